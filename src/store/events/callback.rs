//! Events by a call back.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::subscription::Mailbox;
use super::{ChangeFilter, Delivery, Subscription};
use crate::error::{Error, ErrorCode, Result};
use crate::store::Store;

thread_local! {
    /// Set in the threads that call callbacks.
    ///
    /// Of a thread, since nothing else tells a call that the host makes in a callback from any other: it comes through
    /// a handle of the store that the host has had all along, be it of this store or of another.
    static CALLS_BACK: Cell<bool> = const { Cell::new(false) };
}

/// Fails in a callback: one that would write would be called for what it wrote, and so on.
pub(crate) fn refuse_in_callback() -> Result<()> {
    if CALLS_BACK.get() {
        let message = "Store::write was called by a callback for changes, which may only read";
        return Err(Error::new(ErrorCode::Misuse, message));
    }
    Ok(())
}

/// Keeps a callback registered. Dropping it waits for a call that is under way, unless it is the
/// callback that does so; afterwards the callback is gone.
#[derive(Debug)]
#[must_use = "the callback is called as long as this is kept"]
pub struct ChangeCallback {
    mailbox: Arc<Mailbox>,
    thread: Option<JoinHandle<()>>,
}

impl Store {
    /// Calls `callback` for what [`subscribe`](Self::subscribe) would deliver, one delivery after
    /// another, on a thread that it has for itself.
    ///
    /// It may take its time, and may read from the store; writing is [`ErrorCode::Misuse`]. Where it
    /// panics, the next delivery is tried. The last call is before the store is closed by dropping
    /// it, or soon after [`close`](Self::close).
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
