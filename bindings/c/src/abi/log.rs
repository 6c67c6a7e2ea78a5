//! The library's log, which a callback of the host receives.

use std::cell::Cell;
use std::ffi::c_void;
use std::fmt::{self, Write as _};
use std::sync::{Arc, Once, PoisonError, RwLock};

use kernel::{Error, Result};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::abi::host_context::HostContext;

/// Something failed, and the caller may not have heard of it.
pub const ORCHESTRA_LOG_ERROR: i32 = 1;
/// Something is not as it should be, but was dealt with.
pub const ORCHESTRA_LOG_WARN: i32 = 2;
/// What happens rarely: a store opens, a database is migrated.
pub const ORCHESTRA_LOG_INFO: i32 = 3;
/// What helps to find a fault in the host.
pub const ORCHESTRA_LOG_DEBUG: i32 = 4;
/// What helps to find a fault in the library.
pub const ORCHESTRA_LOG_TRACE: i32 = 5;

/// Receives what the library logs: one of ORCHESTRA_LOG_*, the part of the library that speaks, and
/// what it says. Both texts are UTF-8 without a NUL at the end, and are gone when the callback
/// returns.
///
/// It is called on any thread, on several at the same time, and must not throw or jump out. What
/// the library would log while the callback calls it is not logged.
pub type orchestra_log_callback = Option<
    unsafe extern "C" fn(
        context: *mut c_void,
        level: i32,
        target: *const u8,
        target_len: usize,
        message: *const u8,
        message_len: usize,
    ),
>;

fn parse_level(level: i32) -> Result<LevelFilter> {
    match level {
        ORCHESTRA_LOG_ERROR => Ok(LevelFilter::ERROR),
        ORCHESTRA_LOG_WARN => Ok(LevelFilter::WARN),
        ORCHESTRA_LOG_INFO => Ok(LevelFilter::INFO),
        ORCHESTRA_LOG_DEBUG => Ok(LevelFilter::DEBUG),
        ORCHESTRA_LOG_TRACE => Ok(LevelFilter::TRACE),
        other => Err(Error::invalid(
            "level",
            format!("{other} is none of 1 (errors) to 5 (everything)"),
        )),
    }
}

type LogCallback = unsafe extern "C" fn(*mut c_void, i32, *const u8, usize, *const u8, usize);

/// The callback that receives what the library logs.
pub(crate) struct LogListener {
    level: LevelFilter,
    callback: LogCallback,
    context: HostContext,
}

impl LogListener {
    /// Makes a listener for everything up to this level, one of ORCHESTRA_LOG_*.
    pub(crate) fn new(level: i32, callback: LogCallback, context: HostContext) -> Result<Self> {
        Ok(Self {
            level: parse_level(level)?,
            callback,
            context,
        })
    }

    fn receive(&self, level: Level, target: &str, message: &str) {
        let level = match level {
            Level::ERROR => ORCHESTRA_LOG_ERROR,
            Level::WARN => ORCHESTRA_LOG_WARN,
            Level::INFO => ORCHESTRA_LOG_INFO,
            Level::DEBUG => ORCHESTRA_LOG_DEBUG,
            Level::TRACE => ORCHESTRA_LOG_TRACE,
        };
        // SAFETY: the host passed the two together, and both texts live until the call ends.
        unsafe {
            (self.callback)(
                self.context.as_ptr(),
                level,
                target.as_ptr(),
                target.len(),
                message.as_ptr(),
                message.len(),
            );
        }
    }
}

static LISTENER: RwLock<Option<Arc<LogListener>>> = RwLock::new(None);

fn listener() -> Option<Arc<LogListener>> {
    LISTENER
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

/// Replaces the listener, by none where that is `None`.
pub(crate) fn install(new: Option<LogListener>) {
    if let Some(listener) = &new {
        listener.context.keep();
    }
    static SUBSCRIBED: Once = Once::new();
    SUBSCRIBED.call_once(|| {
        // Fails where a Rust host that links the static library has a subscriber already: then the
        // log goes there.
        let _ = tracing::subscriber::set_global_default(HostSubscriber);
    });
    let old = {
        let mut current = LISTENER.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *current, new.map(Arc::new))
    };
    tracing::callsite::rebuild_interest_cache();
    // Outside the lock: its `destroy` may call into the library.
    drop(old);
}

thread_local! {
    /// Whether this thread is in the host's callback.
    static IN_CALLBACK: Cell<bool> = const { Cell::new(false) };
}

/// Passes events on to the listener, and ignores spans.
struct HostSubscriber;

impl Subscriber for HostSubscriber {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && listener().is_some_and(|r| *metadata.level() <= r.level)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(listener().map_or(LevelFilter::OFF, |r| r.level))
    }

    fn event(&self, event: &Event<'_>) {
        let Some(listener) = listener() else {
            return;
        };
        let metadata = event.metadata();
        if *metadata.level() > listener.level || IN_CALLBACK.replace(true) {
            return;
        }
        let mut message = EventText::default();
        event.record(&mut message);
        listener.receive(*metadata.level(), metadata.target(), &message.finish());
        // While this thread still counts as in the callback: it may be the last to use it.
        drop(listener);
        IN_CALLBACK.set(false);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The text of an event: its message, followed by its fields.
#[derive(Default)]
struct EventText {
    text: String,
    fields: String,
}

impl EventText {
    fn finish(mut self) -> String {
        self.text.push_str(&self.fields);
        self.text
    }
}

impl Visit for EventText {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a `String` can't fail.
        let _ = if field.name() == "message" {
            write!(self.text, "{value:?}")
        } else {
            write!(self.fields, " {}={value:?}", field.name())
        };
    }
}
