//! Reporting the progress of long operations to the host, which may stop them.

use std::ffi::c_void;
use std::ops::ControlFlow;

use kernel::maintenance::Progress;

/// Told how far a long operation is; an answer other than 0 cancels it, and it ends with
/// ORCHESTRA_CANCELLED as if it had not begun.
///
/// `stage` is what the operation is doing, such as `Copying`, or the table that it is at: UTF-8
/// without a NUL at its end, gone when the callback returns. `done` and `total` count within the
/// stage, in the unit that the function names; `total` is 0 where it isn't known.
///
/// It is called on the thread that called the function and never after that returned, so that
/// `context` needs no destructor. It must not throw or jump out, and must not write to the store,
/// which would be ORCHESTRA_MISUSE, or ORCHESTRA_BUSY where the operation holds it otherwise.
pub type orchestra_progress_callback = Option<
    unsafe extern "C" fn(
        context: *mut c_void,
        stage: *const u8,
        stage_len: usize,
        done: u64,
        total: u64,
    ) -> i32,
>;

/// A callback of the host that receives progress, or none.
#[derive(Clone, Copy)]
pub(crate) struct ProgressReporter {
    callback: orchestra_progress_callback,
    context: *mut c_void,
}

impl ProgressReporter {
    /// Takes the callback and its context.
    ///
    /// # Safety
    ///
    /// The callback can be called with this context until the call of the exported function ends.
    pub(crate) unsafe fn new(callback: orchestra_progress_callback, context: *mut c_void) -> Self {
        Self { callback, context }
    }

    /// Returns a closure that reports the progress of an operation in stages.
    pub(crate) fn in_stages(self) -> impl FnMut(Progress) -> ControlFlow<()> {
        move |now| self.report(&format!("{:?}", now.stage), now.done, now.total)
    }

    /// Reports progress, and returns whether the host wants to go on.
    pub(crate) fn report(&self, stage: &str, done: u64, total: u64) -> ControlFlow<()> {
        let Some(callback) = self.callback else {
            return ControlFlow::Continue(());
        };
        // SAFETY: `new` was promised that the two belong together; the text outlives the call.
        match unsafe { callback(self.context, stage.as_ptr(), stage.len(), done, total) } {
            0 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    unsafe extern "C" fn stop_at_the_end(
        context: *mut c_void,
        stage: *const u8,
        stage_len: usize,
        done: u64,
        total: u64,
    ) -> i32 {
        // SAFETY: the test passes a counter, and `report` a text.
        let (calls, stage) = unsafe {
            let stage = std::slice::from_raw_parts(stage, stage_len);
            (&mut *context.cast::<u32>(), stage)
        };
        assert_eq!(stage, b"Copying");
        *calls += 1;
        i32::from(done == total)
    }

    #[test]
    fn the_host_is_told_and_may_stop() {
        let mut calls = 0_u32;
        // SAFETY: the context outlives the calls.
        let progress =
            unsafe { ProgressReporter::new(Some(stop_at_the_end), (&raw mut calls).cast()) };
        assert!(progress.report("Copying", 1, 2).is_continue());
        assert!(progress.report("Copying", 2, 2).is_break());
        assert_eq!(calls, 2);
    }

    #[test]
    fn nobody_is_told_where_there_is_no_callback() {
        // SAFETY: NULL is allowed.
        let progress = unsafe { ProgressReporter::new(None, std::ptr::null_mut()) };
        assert!(progress.report("Copying", 2, 2).is_continue());
    }
}
