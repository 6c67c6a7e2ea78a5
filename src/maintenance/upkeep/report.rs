//! What a round of upkeep did.

use serde::Serialize;

use super::step::Done;
use crate::error::{ErrorCode, Result};

/// What a round of upkeep did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpkeepReport {
    /// Each step, in the order of the list.
    pub steps: Vec<StepReport>,
    /// Whether another round has, or may have, something to do at once.
    pub more_due: bool,
}

/// What one step did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StepReport {
    /// Its name.
    pub step: &'static str,
    /// How many batches it did; 0 where the budget didn't reach so far.
    pub runs: u32,
    /// How many rows, tasks or pages it dealt with.
    pub count: u64,
    /// Whether more is due, or may be.
    pub more: bool,
    /// Why it failed, if it did. What its batches before did stays done.
    pub error: Option<StepError>,
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StepError {
    /// The code.
    pub code: ErrorCode,
    /// The message for people.
    pub message: String,
}

impl UpkeepReport {
    pub(super) fn new(steps: Vec<StepReport>) -> Self {
        Self {
            more_due: steps.iter().any(|step| step.more),
            steps,
        }
    }

    /// The steps that failed.
    pub fn errors(&self) -> impl Iterator<Item = (&'static str, &StepError)> {
        let steps = self.steps.iter();
        steps.filter_map(|step| Some((step.step, step.error.as_ref()?)))
    }
}

impl StepReport {
    pub(super) fn not_run(step: &'static str) -> Self {
        Self {
            step,
            runs: 0,
            count: 0,
            more: true,
            error: None,
        }
    }

    pub(super) fn add(&mut self, outcome: Result<Done>) {
        self.runs += 1;
        match outcome {
            Ok(done) => {
                self.count += done.count;
                self.more = done.more;
            }
            Err(error) => {
                tracing::warn!(step = self.step, %error, "a step of the upkeep failed");
                self.error = Some(StepError {
                    code: error.code(),
                    message: error.message().to_owned(),
                });
            }
        }
    }

    /// Whether another run in the same round has something to do.
    pub(super) fn is_to_go_on(&self) -> bool {
        self.more && self.error.is_none()
    }
}
