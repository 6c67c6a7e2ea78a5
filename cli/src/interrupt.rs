//! Ctrl-C and a request to terminate: the first ends the work cleanly, the second at once.

use std::ops::ControlFlow;
use std::sync::LazyLock;

use orchestra_store::{CancelToken, Error, ErrorCode, Result};

use crate::exit_code::Exit;

/// The token of this process, since a signal is sent to a process.
static TOKEN: LazyLock<CancelToken> = LazyLock::new(CancelToken::new);

/// Listens to the signals from now on.
pub(crate) fn listen() -> Result<()> {
    let listening = ctrlc::set_handler(|| {
        if TOKEN.is_cancelled() {
            std::process::exit(Exit::Cancelled as i32);
        }
        TOKEN.cancel();
    });
    listening.map_err(|e| {
        Error::new(ErrorCode::Io, "the process can't listen to signals").with_source(e)
    })
}

/// The token by which a signal ends operations.
pub(crate) fn token() -> &'static CancelToken {
    &TOKEN
}

/// Fails once a signal has come: before a step that looks at no token itself.
pub(crate) fn check() -> Result<()> {
    TOKEN.run(|| Ok(()))
}

/// What a callback of progress answers.
pub(crate) fn go_on() -> ControlFlow<()> {
    if TOKEN.is_cancelled() {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}
