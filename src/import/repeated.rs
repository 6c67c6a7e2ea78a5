//! Warnings that many records cause, each reported once.

use std::collections::BTreeMap;

use super::report::Findings;

/// Reasons, each with its first place and the number of further places.
#[derive(Debug, Default)]
pub(super) struct Repeated(BTreeMap<String, (String, u64)>);

impl Repeated {
    pub(super) fn note(&mut self, reason: String, place: impl FnOnce() -> String) {
        self.0
            .entry(reason)
            .and_modify(|(_, more)| *more += 1)
            .or_insert_with(|| (place(), 0));
    }

    /// Adds the warnings to the findings; `others` describes the further places.
    pub(super) fn report(self, findings: &mut Findings, others: &str) {
        for (mut reason, (place, more)) in self.0 {
            if more > 0 {
                reason.push_str(&format!("; {more} more {others}"));
            }
            findings.warn(place, reason);
        }
    }
}
