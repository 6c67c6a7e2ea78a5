//! Selecting an agent for work.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::available::{AgentCandidate, candidates};
use crate::error::Result;
use crate::rows::Reader;
use crate::tables::{Agent, AgentId};
use crate::types::SelectionStrategy;
use crate::validate;

/// Weight of the free capacity in the score of [`SelectionStrategy::Weighted`].
const FREE_WEIGHT: f64 = 0.4;
/// Weight of the expected success in that score.
const SUCCESS_WEIGHT: f64 = 0.4;
/// Weight of the speed in that score.
const SPEED_WEIGHT: f64 = 0.2;
/// Speed assumed for an agent that hasn't ended a task yet: neither fast nor slow.
const UNKNOWN_SPEED: f64 = 0.5;

/// Criteria by which an available agent is chosen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct SelectionCriteria {
    /// Strategy that decides among the agents that fit.
    pub strategy: SelectionStrategy,
    /// Type that an agent must have; `None`: any.
    pub type_: Option<String>,
    /// Lowest success rate, 0 to 1. The rate of an agent that hasn't ended a task yet is 0.
    pub min_success_rate: f64,
    /// Preferred agents: if any of them fits, only these are considered.
    pub preferred_agent_ids: Vec<AgentId>,
    /// Capabilities that an agent must have, all of them, in the list `capabilities` of its `ConfigurationJson`.
    pub capabilities: Vec<String>,
}

impl SelectionCriteria {
    /// Creates criteria that any available agent meets, with this strategy.
    pub fn by(strategy: SelectionStrategy) -> Self {
        Self {
            strategy,
            ..Self::default()
        }
    }

    fn validate(&self) -> Result<()> {
        validate::number("MinSuccessRate", self.min_success_rate, 0.0..=1.0)?;
        validate::optional_text("Type", self.type_.as_deref(), 1..=100)?;
        for capability in &self.capabilities {
            validate::text("Capabilities", capability, validate::NAME)?;
        }
        Ok(())
    }

    fn accept(&self, agent: &Agent) -> bool {
        self.type_
            .as_ref()
            .is_none_or(|type_| *type_ == agent.type_)
            && agent.success_rate >= self.min_success_rate
            && self.capabilities.iter().all(|c| is_capable(agent, c))
    }
}

/// Returns the best available agent for work in this repository, or `None` if no agent fits.
///
/// Of two agents that are equally good by the strategy, the less loaded is chosen, then the more successful, then the
/// one whose id comes first. The choice reserves nothing: repeated before the agent claims, it is the same.
pub fn find_best(
    reader: &mut Reader<'_>,
    repository_path: &str,
    criteria: &SelectionCriteria,
) -> Result<Option<Agent>> {
    criteria.validate()?;
    let mut fitting = candidates(reader, Some(repository_path))?;
    fitting.retain(|candidate| criteria.accept(&candidate.agent));
    let is_preferred = |c: &AgentCandidate| criteria.preferred_agent_ids.contains(&c.agent.id);
    if fitting.iter().any(is_preferred) {
        fitting.retain(is_preferred);
    }
    Ok(best(fitting, criteria.strategy))
}

/// Returns the best candidate; of equally good ones the first, since their order decides between equals.
fn best(candidates: Vec<AgentCandidate>, strategy: SelectionStrategy) -> Option<Agent> {
    let fastest = candidates.iter().filter_map(|c| mean_duration(&c.agent));
    let fastest = fastest.fold(f64::INFINITY, f64::min);
    let compare = |a: &AgentCandidate, b: &AgentCandidate| match strategy {
        SelectionStrategy::LeastLoaded => Ordering::Equal,
        SelectionStrategy::BestSuccessRate => b.agent.success_rate.total_cmp(&a.agent.success_rate),
        SelectionStrategy::Fastest => duration_or_infinity(a).total_cmp(&duration_or_infinity(b)),
        SelectionStrategy::RoundRobin => a.agent.last_claimed_at.cmp(&b.agent.last_claimed_at),
        SelectionStrategy::Weighted => score(b, fastest).total_cmp(&score(a, fastest)),
    };
    let best = candidates.into_iter().min_by(compare)?;
    Some(best.agent)
}

fn score(candidate: &AgentCandidate, fastest: f64) -> f64 {
    FREE_WEIGHT * (1.0 - candidate.load)
        + SUCCESS_WEIGHT * expected_success(&candidate.agent)
        + SPEED_WEIGHT * speed(&candidate.agent, fastest)
}

/// Returns the probability of success by Laplace's rule of succession: one half for a new agent, so that it gets work,
/// and nearly the success rate of an agent with many tasks.
fn expected_success(agent: &Agent) -> f64 {
    (agent.total_tasks_completed as f64 + 1.0) / (ended(agent) as f64 + 2.0)
}

/// Returns the mean duration of the fastest agent divided by the agent's own: 0 to 1.
fn speed(agent: &Agent, fastest: f64) -> f64 {
    match mean_duration(agent) {
        None => UNKNOWN_SPEED,
        Some(own) if own <= fastest => 1.0,
        Some(own) => fastest / own,
    }
}

fn mean_duration(agent: &Agent) -> Option<f64> {
    (ended(agent) > 0).then_some(agent.average_execution_time)
}

fn duration_or_infinity(candidate: &AgentCandidate) -> f64 {
    mean_duration(&candidate.agent).unwrap_or(f64::INFINITY)
}

fn ended(agent: &Agent) -> i64 {
    agent.total_tasks_completed + agent.total_tasks_failed
}

fn is_capable(agent: &Agent, capability: &str) -> bool {
    let configuration = agent.configuration_json.as_ref();
    let listed = configuration.and_then(|json| json.0.get("capabilities")?.as_array());
    let is_it = |listed: &Value| listed.as_str() == Some(capability);
    listed.is_some_and(|list| list.iter().any(is_it))
}
