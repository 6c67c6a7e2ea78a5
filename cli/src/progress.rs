//! Progress bars: on the standard error, and only where that is a terminal and people read it.

use std::ops::ControlFlow;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use orchestra_store::maintenance::{Phase, Progress};

use crate::interrupt;
use crate::output::Output;

/// How far something is, how fast it goes, and how long it takes from now on.
const THINGS: &str = "{msg:11} {bar:30} {pos}/{len}, {per_sec}, {eta} left";
/// The same where bytes are counted.
const BYTES: &str = "{msg:11} {bar:30} {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left";

/// A bar for this many steps; where nobody would see it, one that is never drawn.
pub(crate) fn bar(output: Output, what: &'static str, total: u64) -> ProgressBar {
    styled(output, what, total, THINGS)
}

fn styled(output: Output, what: &'static str, total: u64, template: &str) -> ProgressBar {
    let target = if output.is_text() {
        // Draws nothing unless it is a terminal.
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(total), target)
        .with_style(style)
        .with_message(what)
}

/// Shows how far a long operation is, one bar for each stage; nothing of it is left at the end.
#[derive(Debug)]
pub(crate) struct Watch {
    output: Output,
    stage: Option<(Phase, ProgressBar)>,
}

impl Watch {
    pub(crate) fn new(output: Output) -> Self {
        Self {
            output,
            stage: None,
        }
    }

    pub(crate) fn show(&mut self, now: Progress) -> ControlFlow<()> {
        if self
            .stage
            .as_ref()
            .is_none_or(|(stage, _)| *stage != now.stage)
        {
            self.clear();
            let template = match now.stage {
                Phase::Salvaging => THINGS,
                _ => BYTES,
            };
            let bar = styled(self.output, name(now.stage), now.total, template);
            self.stage = Some((now.stage, bar));
        }
        if let Some((_, bar)) = &self.stage {
            bar.set_length(now.total);
            bar.set_position(now.done);
        }
        interrupt::go_on()
    }

    fn clear(&mut self) {
        if let Some((_, bar)) = self.stage.take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.clear();
    }
}

fn name(stage: Phase) -> &'static str {
    match stage {
        Phase::Copying => "copying",
        Phase::Compressing => "compressing",
        Phase::Unpacking => "unpacking",
        Phase::KeepingCopy => "keeping",
        Phase::Restoring => "restoring",
        Phase::Salvaging => "salvaging",
        _ => "working",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_ones() {
        for template in [THINGS, BYTES] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
