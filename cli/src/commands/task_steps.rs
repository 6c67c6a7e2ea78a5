//! The commands of `orchestra tasks` that move a task by hand: what a worker or a supervisor would do.

use std::time::Duration;

use clap::{Args, Subcommand};
use orchestra_store::models::{AgentId, Task, TaskId};
use orchestra_store::services::data;
use orchestra_store::services::tasks::{self, Claim, Heartbeat, LeaseToken};
use orchestra_store::types::Timestamp;
use orchestra_store::{Result, Store};
use serde_json::json;

use super::task_runs;
use super::tasks::{change_page, list_page};
use crate::output::Page;
use crate::period::duration;
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Put a task that is assigned or running back into the queue, without counting a run
    Release(ReleaseArguments),
    /// Give a task to another agent, or to any; a worker that has it loses it
    Reassign {
        /// The task's id
        id: TaskId,
        /// The agent; without, any of the repository
        #[arg(long, value_name = "ID")]
        to: Option<AgentId>,
    },
    /// Let a task that waits run at another time
    Reschedule {
        /// The task's id
        id: TaskId,
        /// When it may be run at the earliest; without, now
        #[arg(long, value_name = "TIME")]
        at: Option<Timestamp>,
    },
    /// Delete a task with the tasks that are parts of it
    Delete {
        /// The task's id
        id: TaskId,
    },
    /// Claim the next tasks for an agent; the leases end unless they are extended
    Claim {
        /// The agent's id
        agent: AgentId,
        /// How many at the most
        #[arg(long, value_name = "NUMBER", default_value_t = 1)]
        limit: u32,
        /// How long to wait where there is no task; without, not at all
        #[arg(long, value_name = "PERIOD", value_parser = duration)]
        wait: Option<Duration>,
    },
    /// Extend the lease of a task
    Heartbeat {
        /// The task's id
        id: TaskId,
        /// The token of the lease
        #[arg(long, value_name = "TOKEN")]
        token: LeaseToken,
    },
    #[command(flatten)]
    Run(task_runs::Command),
}

#[derive(Debug, Args)]
pub(crate) struct ReleaseArguments {
    #[command(flatten)]
    which: Released,
    /// The token of its lease, if it is leased
    #[arg(long, value_name = "TOKEN")]
    token: Option<LeaseToken>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Released {
    /// The task's id
    id: Option<TaskId>,
    /// All that are assigned or running without a lease, at most 10 000
    #[arg(long, conflicts_with = "token")]
    unleased: bool,
}

/// Most tasks that one command releases.
const RELEASED_AT_ONCE: u32 = 10_000;

/// Does what was asked for.
pub(super) fn run(command: &Command, store: &Store, session: &Session) -> Result<()> {
    let output = session.output;
    match command {
        Command::Release(arguments) => release(arguments, store, session),
        Command::Delete { id } => {
            let deleted = store.write(|uow| data::delete_subtree::<Task>(uow, id))?;
            output.print(&json!({"Deleted": deleted}), |_| {
                Page::new().line(format!("{id}: deleted, with {} parts of it", deleted - 1))
            })
        }
        Command::Claim { agent, limit, wait } => {
            let claim = Claim::agent(agent).up_to(*limit);
            let claimed = match wait {
                Some(wait) => store.claim_waiting(&claim, *wait, tasks::claim),
                None => store.write(|uow| tasks::claim(uow, &claim)),
            }?;
            output.print(&claimed, |tasks| claimed_page(tasks))
        }
        Command::Heartbeat { id, token } => {
            let answer = store.write(|uow| tasks::heartbeat(uow, id, token, None))?;
            output.print(&answer, heartbeat_page)
        }
        Command::Reassign { id, to } => {
            let task = store.write(|uow| tasks::reassign(uow, id, to.as_ref()))?;
            output.print(&task, change_page)
        }
        Command::Reschedule { id, at } => output.print(&reschedule(store, id, *at)?, change_page),
        Command::Run(command) => output.print(&task_runs::run(command, store)?, change_page),
    }
}

fn release(arguments: &ReleaseArguments, store: &Store, session: &Session) -> Result<()> {
    let ReleaseArguments { which, token } = arguments;
    if let Some(id) = &which.id {
        let task = store.write(|uow| tasks::release(uow, id, token.as_ref()))?;
        return session.output.print(&task, change_page);
    }
    let released = store.write(|uow| tasks::release_unleased(uow, RELEASED_AT_ONCE))?;
    session.output.print(&released, |count| {
        Page::new().line(format!("{count} tasks are back in the queue"))
    })
}

fn reschedule(store: &Store, id: &TaskId, at: Option<Timestamp>) -> Result<Task> {
    store.write(|uow| {
        let mut task = tasks::get(uow, id)?;
        task.available_at = at.unwrap_or(uow.now());
        data::update(uow, &mut task)?;
        Ok(task)
    })
}

fn heartbeat_page(answer: &Heartbeat) -> Page {
    let until = answer.lease_expires_at.to_iso8601();
    Page::new()
        .line(format!("leased until {until}"))
        .when(answer.cancel_requested, |page| {
            page.line("its cancellation was requested")
        })
}

fn claimed_page(tasks: &[Task]) -> Page {
    let token = tasks.first().and_then(|task| task.lease_token.as_ref());
    list_page(tasks).record([("Token", token.map(ToString::to_string))])
}
