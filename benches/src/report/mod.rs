//! The report: what was measured, on what, and what came out.

mod machine;
mod markdown;
mod plots;
mod queues;

use std::path::Path;

use crate::growth::Point;
use crate::harness::Measurement;
use crate::peers::PeerMeasurement;

/// All that a run found.
#[derive(Debug, Default)]
pub struct Findings {
    /// Whether nothing was left out.
    pub is_full: bool,
    /// The cases against code by hand.
    pub cases: Vec<Measurement>,
    /// What operations cost as the database grows.
    pub growth: Vec<Point>,
    /// The cases against what a host would use instead.
    pub peers: Vec<PeerMeasurement>,
}

pub use queues::write as write_queues;

/// Writes `performance.md` and its plots into a directory. The section on queues stays as it is.
pub fn write(findings: &Findings, directory: &Path) {
    let plots = directory.join("performance");
    std::fs::create_dir_all(&plots).unwrap();
    plots::draw(&findings.growth, &plots);
    let mut text = markdown::render(findings, &machine::Machine::this());
    let page = directory.join("performance.md");
    let before = std::fs::read_to_string(&page).unwrap_or_default();
    text.push_str(queues::of_page(&before));
    std::fs::write(page, text).unwrap();
}
