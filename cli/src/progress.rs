//! Progress bars: on the standard error, and only where that is a terminal and people read it.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::Output;

/// A bar for this many steps; where nobody would see it, one that is never drawn.
pub(crate) fn bar(output: Output, what: &'static str, total: u64) -> ProgressBar {
    let target = if output.is_text() {
        // Draws nothing unless it is a terminal.
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = ProgressStyle::with_template("{msg:10} {bar:40} {pos}/{len}, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(total), target)
        .with_style(style)
        .with_message(what)
}
