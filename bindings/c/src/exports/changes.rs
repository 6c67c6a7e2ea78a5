//! Changes: received by a callback, or read from the outbox.

use std::ffi::c_void;
use std::sync::Arc;

use kernel::Store;
use kernel::events::{self, ChangeCallback, Delivery};

use crate::abi::callback_thread;
use crate::abi::handle::opaque;
use crate::abi::host_context::{HostContext, orchestra_destroy_callback};
use crate::abi::prelude::*;

/// Keeps a callback for changes registered.
pub struct orchestra_subscription {
    _opaque: [u8; 0],
}

opaque!(orchestra_subscription, b"orch_sub", Registration);

/// A registered callback, and the store whose changes it receives, which is dropped after it.
pub(crate) struct Registration {
    _callback: ChangeCallback,
    _store: Store,
}

/// Told of a change that was committed: `event` is a JSON object with Sequence, EntityType (the
/// table), EntityId, Action (Create, Update, Delete, …), ChangedProperties (columns, or null),
/// UserId, Timestamp; `first` and `last` are its Sequence. It is UTF-8 without a NUL at its end, and
/// gone when the callback returns.
///
/// NULL for `event` says that the events from `first` to `last` were missed, since this callback was
/// too slow, or since nobody knows whether they were committed: orchestra_change_since() reads them.
///
/// It is called on a thread of its own, one call after another, and must not throw or jump out. It may
/// take its time, and may free its subscription. Calling back into the store is ORCHESTRA_MISUSE:
/// another thread does that.
pub type orchestra_change_callback = Option<
    unsafe extern "C" fn(
        context: *mut c_void,
        event: *const u8,
        event_len: usize,
        first: i64,
        last: i64,
    ),
>;

/// The callback of the host that receives changes.
struct Listener {
    callback: unsafe extern "C" fn(*mut c_void, *const u8, usize, i64, i64),
    context: HostContext,
}

impl Listener {
    fn receive(&self, delivery: &Delivery) {
        match delivery {
            Delivery::Event(event) => match serde_json::to_vec(event) {
                Ok(json) => self.call(Some(&json), event.sequence, event.sequence),
                Err(error) => {
                    tracing::error!(%error, "an event has no JSON form");
                    self.call(None, event.sequence, event.sequence);
                }
            },
            Delivery::Missed(missed) => self.call(None, missed.first, missed.last),
        }
    }

    fn call(&self, event: Option<&[u8]>, first: i64, last: i64) {
        let address = event.map_or(std::ptr::null(), <[u8]>::as_ptr);
        let length = event.map_or(0, <[u8]>::len);
        let context = self.context.as_ptr();
        // SAFETY: the host passed the two together, and the event lives until the call ends.
        callback_thread::during(|| unsafe {
            (self.callback)(context, address, length, first, last);
        });
    }
}

/// Calls a callback for each change that this store commits from now on, through any of its handles.
/// They are of all rows, also of other users' preferences, but have no values.
/// What other processes commit is not among them: orchestra_follower_open() has these too.
///
/// `filter` is a JSON object with any of EntityTypes (names of tables) and EntityId (only with one
/// table), or NULL for all changes. The subscription belongs to the caller, who frees it with
/// orchestra_subscription_free(); it keeps the store alive.
///
/// `context` is passed to the callback; after the last call `destroy` is called with it, once and on
/// any thread, unless that is NULL. When this function fails, `context` is still the caller's.
/// ORCHESTRA_MISUSE: the callback is NULL, or changes are not recorded (no_change_events).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_change_subscribe(
    store: *const orchestra_store,
    filter: *const u8,
    filter_len: usize,
    callback: orchestra_change_callback,
    context: *mut c_void,
    destroy: orchestra_destroy_callback,
    subscription: *mut *mut orchestra_subscription,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(changes.subscribe [Misuse]; error; whole store, json_or_default filter + filter_len,
          callback callback, context context + destroy -> required subscription => {
        let listener = Arc::new(Listener { callback, context });
        let called = Arc::clone(&listener);
        let registered = store.on_change(filter, move |delivery| called.receive(&delivery))?;
        listener.context.keep();
        subscription.set_handle(Registration {
            _callback: registered,
            _store: store.clone(),
        });
    })
}

/// Ends a subscription. Waits for a call of the callback that is under way, unless it is the callback
/// that frees it; afterwards none begins. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_subscription_free(subscription: *mut orchestra_subscription) {
    call!(subscription.free; release subscription)
}

/// Tells the number of the newest change; 0 before the first, unless the database was restored. Read in the transaction in which the
/// rows are read, it is the place to follow from.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_change_newest(
    store: *const orchestra_store,
    sequence: *mut i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(changes.newest reads; error; borrow store -> required sequence => {
        sequence.set(store.read(events::newest)?);
    })
}

/// Reads the changes behind a number that a filter takes, at most `limit` (1 to 10000), whoever
/// committed them; behind 0, these are all that are kept.
///
/// `filter` is as for orchestra_change_subscribe(). `page` receives a JSON object with Events, Position
/// (where to go on), More (whether there may be more). Free it with orchestra_buffer_free().
/// ORCHESTRA_EVENTS_GONE: some of them are no longer kept, or the number is from before a restore of the
/// database; ORCHESTRA_INVALID_ARGUMENT: the number is beyond the newest change.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_change_since(
    store: *const orchestra_store,
    sequence: i64,
    filter: *const u8,
    filter_len: usize,
    limit: u32,
    page: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(changes.since reads [EventsGone, InvalidArgument]; error;
          borrow store, json_or_default filter + filter_len -> required page => {
        page.set_json(&store.read(|reader| events::since(reader, sequence, &filter, limit))?)?;
    })
}
