//! The commands of `orchestra tasks` that run a task by hand, as its worker would.

use clap::{Args, Subcommand};
use orchestra_store::models::{LeaseToken, Task, TaskId};
use orchestra_store::services::tasks::{self, Failure, TaskProgress};
use orchestra_store::{Result, Store};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a task; one that is claimed needs the token of its lease
    Start(Held),
    /// Tell how far a running task is
    Progress {
        #[command(flatten)]
        task: Held,
        /// How much is done, 0 to 100
        #[arg(long, value_name = "NUMBER")]
        percent: i32,
        /// What it does
        #[arg(long, value_name = "TEXT")]
        message: Option<String>,
    },
    /// Complete a running task
    Complete {
        #[command(flatten)]
        task: Held,
        /// What came out
        #[arg(long, value_name = "TEXT")]
        result: Option<String>,
    },
    /// End the run of a task as failed
    Fail {
        #[command(flatten)]
        task: Held,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "failed by hand")]
        message: String,
        /// Don't try again
        #[arg(long)]
        permanent: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Held {
    /// The task's id
    id: TaskId,
    /// The token of its lease, if it is leased
    #[arg(long, value_name = "TOKEN")]
    token: Option<LeaseToken>,
}

impl Command {
    fn held(&self) -> &Held {
        match self {
            Self::Start(task)
            | Self::Progress { task, .. }
            | Self::Complete { task, .. }
            | Self::Fail { task, .. } => task,
        }
    }
}

/// Does what was asked for, and returns the task.
pub(super) fn run(command: &Command, store: &Store) -> Result<Task> {
    let Held { id, token } = command.held();
    let token = token.as_ref();
    store.write(|uow| match command {
        Command::Start(_) => tasks::start(uow, id, token),
        Command::Progress {
            percent, message, ..
        } => {
            let progress = TaskProgress {
                message: message.clone(),
                ..TaskProgress::at(*percent)
            };
            tasks::update_progress(uow, id, token, &progress)
        }
        Command::Complete { result, .. } => tasks::complete(uow, id, token, result.as_deref()),
        Command::Fail {
            message, permanent, ..
        } => {
            let failure = Failure {
                permanent: *permanent,
                ..Failure::new(message)
            };
            tasks::fail(uow, id, token, &failure)
        }
    })
}
