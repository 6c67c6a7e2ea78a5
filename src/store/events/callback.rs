//! Change events by callback.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::subscription::Mailbox;
use super::{ChangeFilter, Delivery, Subscription};
use crate::error::{Error, ErrorCode, Result};
use crate::store::Store;

thread_local! {
    /// True in a thread that runs callbacks.
    ///
    /// It belongs to the thread, since nothing else distinguishes a call that the host makes in a callback from any
    /// other: it comes through a handle that the host has had all along, of this store or of another.
    static CALLS_BACK: Cell<bool> = const { Cell::new(false) };
}

/// Fails inside a callback: one that writes would be called for its own write, and so on.
pub(crate) fn refuse_in_callback() -> Result<()> {
    if CALLS_BACK.get() {
        let message =
            "Store::write must not be called by a callback for changes, which may only read";
        return Err(Error::new(ErrorCode::Misuse, message));
    }
    Ok(())
}

/// Registration of a callback. Dropping it waits for a call in progress, unless the callback itself drops it; no call
/// follows.
#[derive(Debug)]
#[must_use = "the callback is called as long as this is kept"]
pub struct ChangeCallback {
    mailbox: Arc<Mailbox>,
    thread: Option<JoinHandle<()>>,
}

impl Store {
    /// Calls `callback` with each delivery that [`subscribe`](Self::subscribe) would make, one after another, on a
    /// thread of its own.
    ///
    /// The callback may take its time, and may read from the store; a write fails with [`ErrorCode::Misuse`]. If it
    /// panics, it is called with the next delivery. The last call ends before the store is closed by dropping it, or
    /// soon after [`close`](Self::close).
    pub fn on_change(
        &self,
        filter: ChangeFilter,
        callback: impl FnMut(Delivery) + Send + 'static,
    ) -> Result<ChangeCallback> {
        let subscription = self.subscribe(filter)?;
        let mailbox = subscription.mailbox();
        let thread = thread::Builder::new()
            .name("orchestra-store-events".to_owned())
            .spawn(move || call_for_each(subscription, callback))?;
        Ok(ChangeCallback {
            mailbox,
            thread: Some(thread),
        })
    }
}

fn call_for_each(subscription: Subscription, mut callback: impl FnMut(Delivery)) {
    CALLS_BACK.set(true);
    for delivery in subscription {
        if catch_unwind(AssertUnwindSafe(|| callback(delivery))).is_err() {
            tracing::error!("a callback for changes panicked");
        }
    }
}

impl Drop for ChangeCallback {
    fn drop(&mut self) {
        self.mailbox.abandon();
        let Some(thread) = self.thread.take() else {
            return;
        };
        if thread.thread().id() != thread::current().id() && thread.join().is_err() {
            tracing::error!("the thread of a callback for changes panicked");
        }
    }
}
