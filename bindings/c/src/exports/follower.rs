//! Changes from the outbox, one after the other, whoever commits them.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use kernel::Result;
use kernel::events::{self, ChangeFilter, Follower};

use crate::abi::boundary::{boundary, boundary_infallible};
use crate::abi::buffer::orchestra_buffer;
use crate::abi::callback_thread;
use crate::abi::error::orchestra_error;
use crate::abi::handle::{self, Opaque};
use crate::abi::one_at_a_time;
use crate::abi::output::Output;
use crate::abi::status::orchestra_status;
use crate::abi::text::text;
use crate::exports::store::orchestra_store;

/// Follows changes. One thread at a time uses it; a call that meets another one is ORCHESTRA_MISUSE.
pub struct orchestra_follower {
    _opaque: [u8; 0],
}

impl Opaque for orchestra_follower {
    type Value = Mutex<Follower>;
    const NAME: &'static str = "orchestra_follower";
    const TAG: u64 = u64::from_ne_bytes(*b"orch_fol");
}

fn lock(follower: &Mutex<Follower>) -> Result<MutexGuard<'_, Follower>> {
    one_at_a_time::lock("orchestra_follower", follower)
}

/// Follows the changes behind the number `from` that a filter takes, of this process and all others:
/// each comes exactly once and in order. 0 is for all that are kept, orchestra_change_newest() for
/// those that are yet to come.
///
/// `filter` is as for orchestra_change_subscribe(). The follower belongs to the caller, who frees it
/// with orchestra_follower_free(); it keeps the store alive. What cancels `store` cancels it too.
/// ORCHESTRA_EVENTS_GONE and ORCHESTRA_INVALID_ARGUMENT as for orchestra_change_since().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_follower_open(
    store: *const orchestra_store,
    from: i64,
    filter: *const u8,
    filter_len: usize,
    follower: *mut *mut orchestra_follower,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, filter, follower, error) = unsafe {
        (
            handle::borrow(store),
            text("filter", filter, filter_len),
            Output::new(follower),
            Output::new(error),
        )
    };
    boundary(error, || {
        let follower = follower.required("follower")?;
        let filter: ChangeFilter = filter.json_or_default()?;
        let opened = events::follow(store?.store()?, from, filter)?;
        follower.set(handle::into_raw(Mutex::new(opened)));
        Ok(())
    })
}

/// Waits for the next change, for so many milliseconds at most.
///
/// `event` receives the change as orchestra_change_callback is told it, or nothing (NULL) when the time
/// is over. Free it with orchestra_buffer_free(). After an error nothing is lost, and the next call
/// tries again; ORCHESTRA_EVENTS_GONE: it was so slow that what comes next is no longer kept.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_follower_next(
    follower: *const orchestra_follower,
    timeout_ms: u32,
    event: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (follower, event, error) = unsafe {
        (
            handle::borrow(follower),
            Output::new(event),
            Output::new(error),
        )
    };
    boundary(error, || {
        let event = event.required("event")?;
        callback_thread::refuse()?;
        let timeout = Duration::from_millis(timeout_ms.into());
        match lock(follower?)?.recv_timeout(timeout)? {
            Some(change) => event.set_json(&change),
            None => Ok(()),
        }
    })
}

/// Tells up to which number changes were handed out: following from it brings the next one. A host
/// that keeps it goes on from there, after a crash too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_follower_position(
    follower: *const orchestra_follower,
    position: *mut i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (follower, position, error) = unsafe {
        (
            handle::borrow(follower),
            Output::new(position),
            Output::new(error),
        )
    };
    boundary(error, || {
        let position = position.required("position")?;
        position.set(lock(follower?)?.position());
        Ok(())
    })
}

/// Frees a follower. NULL is fine. No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_follower_free(follower: *mut orchestra_follower) {
    // SAFETY: the header asks for a handle that nobody uses any more.
    boundary_infallible(|| unsafe { handle::free(follower) });
}
