//! The page that `orchestra report` writes: one file, without scripts and without the network.

mod durations;
mod page;
mod scale;
mod space;
mod tables;
mod text;
mod throughput;

use orchestra_store::maintenance::space::Space;
use orchestra_store::models::CodeRepository;
use orchestra_store::services::agents::AgentLoad;
use orchestra_store::services::analytics::Report;
use orchestra_store::services::tasks::QueueState;

/// What the page tells.
pub(crate) struct Facts {
    pub(crate) database: String,
    pub(crate) space: Space,
    pub(crate) report: Report,
    pub(crate) queues: Vec<QueueState>,
    pub(crate) agents: Vec<AgentLoad>,
    pub(crate) repositories: Vec<CodeRepository>,
}

/// The page as HTML.
pub(crate) fn render(facts: &Facts) -> String {
    page::page(facts).into_string()
}
