//! Progress bars: on the standard error, and only where that is a terminal and people read it.

use std::ops::ControlFlow;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use orchestra_store::maintenance::{Progress, Stage};

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

/// Shows how far a long operation is, one bar for each stage; nothing of it is left at the end.
#[derive(Debug)]
pub(crate) struct Watch {
    output: Output,
    stage: Option<(Stage, ProgressBar)>,
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
            self.stage = Some((now.stage, bar(self.output, name(now.stage), now.total)));
        }
        if let Some((_, bar)) = &self.stage {
            bar.set_length(now.total);
            bar.set_position(now.done);
        }
        ControlFlow::Continue(())
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

fn name(stage: Stage) -> &'static str {
    match stage {
        Stage::Copying => "copying",
        Stage::Compressing => "compressing",
        Stage::Unpacking => "unpacking",
        Stage::KeepingCopy => "keeping",
        Stage::Restoring => "restoring",
        Stage::Salvaging => "salvaging",
        _ => "working",
    }
}
