//! Report of a round of upkeep.

use serde::Serialize;

use super::retention::SizeReport;
use super::step::Done;
use crate::error::{ErrorCode, Result};

/// Report of a round of upkeep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpkeepReport {
    /// All steps, in the order of the list.
    pub steps: Vec<StepReport>,
    /// True if another round has, or may have, something to do at once.
    pub more_due: bool,
    /// Report on the size of the database, if the policy limits it and the step had its turn.
    pub size: Option<SizeReport>,
}

/// Report of one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StepReport {
    /// Name of the step.
    pub step: &'static str,
    /// Number of batches; 0 if the budget was spent before its turn.
    pub runs: u32,
    /// Number of rows, tasks or pages that it processed.
    pub count: u64,
    /// True if more is due, or may be.
    pub more: bool,
    /// Error of the step, if it failed. The effect of its earlier batches stays.
    pub error: Option<StepError>,
}

/// Error of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StepError {
    /// Code of the error.
    pub code: ErrorCode,
    /// Message for people.
    pub message: String,
}

impl UpkeepReport {
    pub(super) fn new(steps: Vec<StepReport>, size: Option<SizeReport>) -> Self {
        Self {
            more_due: steps.iter().any(|step| step.more),
            steps,
            size,
        }
    }

    /// Returns the names and errors of the steps that failed.
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

    /// Returns true if another run in the same round has something to do.
    pub(super) fn is_to_go_on(&self) -> bool {
        self.more && self.error.is_none()
    }
}
