//! Agents that work: tasks are added, claimed, started and completed, each step acknowledged.

use std::path::Path;
use std::thread;

use orchestra_store::maintenance::integrity;
use orchestra_store::models::AgentId;
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::tasks::{self, Claim, NewTask};
use orchestra_store::{Durability, Result, Store, StoreConfig, UnitOfWork};

use super::ledger::{Damage, Ledger, Marks};
use crate::support::{REPOSITORY, scaled, token_of};

/// Small enough that checkpoints come every few commits, and large enough that not each commit is followed by one.
const PAGES_PER_CHECKPOINT: u32 = 100;

fn config(database: &Path) -> StoreConfig {
    let mut config = StoreConfig::new(database);
    config.wal_autocheckpoint = PAGES_PER_CHECKPOINT;
    config
}

/// Works in two sessions: between them the write-ahead log is removed.
pub fn work(database: &Path, durability: Durability, marks: &Marks) -> Result<()> {
    for session in 0..2 {
        let mut config = config(database);
        config.durability = durability;
        let store = Store::open(config)?;
        let agent = register(&store, session)?;
        for _ in 0..scaled(3, 12) {
            do_task(&store, &agent, marks)?;
        }
        store.close()?;
    }
    Ok(())
}

/// Works in threads whose writes share commits.
pub fn work_together(database: &Path, marks: &Marks) -> Result<()> {
    let store = Store::open(config(database))?;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..3)
            .map(|number| {
                let store = &store;
                scope.spawn(move || {
                    let agent = register(store, number)?;
                    (0..scaled(2, 8)).try_for_each(|_| do_task(store, &agent, marks))
                })
            })
            .collect();
        threads.into_iter().try_for_each(|t| t.join().unwrap())
    })?;
    store.close()
}

fn register(store: &Store, number: usize) -> Result<AgentId> {
    let mut new = NewAgent::new(format!("agent {number}"), "worker", REPOSITORY);
    new.id = Some(AgentId::new(format!("agent-{number}"))?);
    Ok(store.write(|uow| agents::register(uow, &new))?.id)
}

fn do_task(store: &Store, agent: &AgentId, marks: &Marks) -> Result<()> {
    let mut new = NewTask::new("x".repeat(1000), REPOSITORY);
    new.agent_id = Some(agent.clone());
    marks.task(&store.write_owned(move |uow| tasks::enqueue(uow, &new))?);
    for task in store.write(|uow| tasks::claim(uow, &Claim::agent(agent)))? {
        marks.task(&task);
        let (id, token) = (task.id.clone(), token_of(&task));
        let start = move |uow: &mut UnitOfWork<'_>| tasks::start(uow, &id, Some(&token));
        marks.task(&store.write_owned(start)?);
        // The token tells the result of this run from that of any other.
        let (id, token) = (&task.id, token_of(&task));
        let result = Some(token.as_str());
        let complete = |uow: &mut UnitOfWork<'_>| tasks::complete(uow, id, Some(&token), result);
        marks.task(&store.write(complete)?);
    }
    Ok(())
}

/// Opens the database as after any crash, looks at all that was acknowledged, and goes on working.
pub fn check(database: &Path, ledger: &Ledger) -> Result<(), Damage> {
    let store = Store::open(config(database)).map_err(unsound)?;
    require_sound(&store)?;
    ledger.find_lost_task(&store)?;
    let new = NewTask::new("ls", REPOSITORY);
    store
        .write(|uow| tasks::enqueue(uow, &new))
        .map_err(unsound)?;
    store.close().map_err(unsound)
}

pub fn require_sound(store: &Store) -> Result<(), Damage> {
    let report = store.read(integrity::check).map_err(unsound)?;
    if report.is_ok() {
        return Ok(());
    }
    Err(Damage::Unsound(format!("{:?}", report.findings)))
}

pub fn unsound(error: orchestra_store::Error) -> Damage {
    Damage::Unsound(error.to_string())
}
