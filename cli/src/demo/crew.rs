//! The workers' agents.

use orchestra_store::models::AgentId;
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::code_repositories;
use orchestra_store::types::AgentStatus;
use orchestra_store::{Result, Store, UnitOfWork};

use super::worker::WorkerRecord;

/// How many tasks a worker holds at the same time.
pub(super) const CAPACITY: u32 = 4;
/// Each so many-th worker serves one repository only; the others serve all.
const SPECIALIST: u32 = 4;

/// Registers an agent for each worker. The first serves all repositories.
pub(super) fn register(store: &Store, workers: u32) -> Result<Vec<AgentId>> {
    store.write(|uow| {
        let repositories = code_repositories::list(uow)?;
        let mut paths = repositories
            .iter()
            .map(|repository| repository.path.as_str())
            .cycle();
        (1..=workers)
            .map(|number| {
                let special = number % SPECIALIST == 0;
                let path = if special { paths.next() } else { None };
                register_one(uow, number, path.unwrap_or(code_repositories::ANY_PATH))
            })
            .collect()
    })
}

fn register_one(uow: &mut UnitOfWork<'_>, number: u32, path: &str) -> Result<AgentId> {
    let id = AgentId::new(format!("worker-{number}"))?;
    let agent = NewAgent {
        id: Some(id.clone()),
        max_concurrent_tasks: CAPACITY.try_into().unwrap_or(i32::MAX),
        ..NewAgent::new(format!("Worker {number}"), "demo", path)
    };
    agents::register(uow, &agent)?;
    Ok(id)
}

/// Notes which workers will not come back.
pub(super) fn report_dead(store: &Store, workers: &[WorkerRecord]) -> Result<()> {
    let dead = workers
        .iter()
        .filter(|worker| worker.died_holding.is_some());
    store.write(|uow| {
        for worker in dead {
            agents::set_status(uow, &worker.agent_id, AgentStatus::Offline, None)?;
        }
        Ok(())
    })
}
