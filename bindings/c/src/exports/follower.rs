//! Changes from the outbox, one after the other, whoever commits them.

use std::time::Duration;

use kernel::events::{self, Follower};

use crate::abi::callback_thread;
use crate::abi::exclusive::Exclusive;
use crate::abi::handle::opaque;
use crate::abi::prelude::*;

/// Follows changes. One thread at a time uses it; a call that meets another one is ORCHESTRA_MISUSE.
pub struct orchestra_follower {
    _opaque: [u8; 0],
}

opaque!(orchestra_follower, b"orch_fol", Exclusive<Follower>);

/// Follows the changes behind the number `from` that a filter takes, of this process and all others:
/// each comes exactly once and in order. After a restore or a recovery of the database none comes any
/// more, but ORCHESTRA_EVENTS_GONE: the host reads the rows again, and follows from
/// orchestra_change_newest(). 0 is for all that are kept, orchestra_change_newest() for those that are
/// yet to come.
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
    call!(follower.open reads [EventsGone, InvalidArgument]; error;
          whole store, json_or_default filter + filter_len -> required follower => {
        let opened = events::follow(store, from, filter)?;
        follower.set_handle(Exclusive::new("orchestra_follower", opened));
    })
}

/// Waits for the next change, for so many milliseconds at most.
///
/// `event` receives the change as orchestra_change_callback is told it, or nothing (NULL) when the time
/// is over. Free it with orchestra_buffer_free(). After an error nothing is lost, and the next call
/// tries again; ORCHESTRA_EVENTS_GONE: it was so slow that what comes next is no longer kept, or the
/// database was restored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_follower_next(
    follower: *const orchestra_follower,
    timeout_ms: u32,
    event: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(follower.next reads [EventsGone]; error; borrow follower -> required event => {
        callback_thread::refuse()?;
        let timeout = Duration::from_millis(timeout_ms.into());
        event.set_json_if_any(follower.lock()?.recv_timeout(timeout)?.as_ref())?;
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
    call!(follower.position; error; lock follower -> required position => {
        position.set(follower.position());
    })
}

/// Frees a follower. NULL is fine. No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_follower_free(follower: *mut orchestra_follower) {
    call!(follower.free; release follower)
}
