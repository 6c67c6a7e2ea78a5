//! `orchestra queue`: looks at the queues, pauses and resumes them.

use clap::{Args, Subcommand};
use orchestra_store::models::QueuePause;
use orchestra_store::services::code_repositories;
use orchestra_store::services::tasks::{self, QueueScope, QueueState, TaskFilter};
use orchestra_store::{Reader, Result};

use super::agents::to_the_second;
use crate::exit_code::Exit;
use crate::output::Page;
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The queues that have tasks which haven't ended, and the pauses
    List,
    /// Hand out no tasks of a queue, a repository, or a queue of a repository
    Pause {
        #[command(flatten)]
        scope: Scope,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Hand out the tasks of a paused queue or repository again
    Resume {
        #[command(flatten)]
        scope: Scope,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct Scope {
    /// The queue; without, every queue of the repository
    #[arg(long, value_name = "NAME")]
    queue: Option<String>,
    /// The repository; without, the queue in every repository
    #[arg(long, value_name = "PATH")]
    repository: Option<String>,
}

impl Scope {
    fn to_scope(&self) -> QueueScope {
        QueueScope {
            queue_name: self.queue.clone(),
            repository_path: self.repository.clone(),
        }
    }
}

pub(super) fn run(command: &Command, session: &Session) -> Result<Exit> {
    let store = session.open()?;
    match command {
        Command::List => {
            let queues = store.read(tasks::list_queues)?;
            session.output.print(&queues, |queues| list_page(queues))?;
        }
        Command::Pause { scope, reason } => {
            let scope = scope.to_scope();
            let pause = store.write(|uow| tasks::pause(uow, &scope, reason.as_deref()))?;
            let is_known = store.read(|reader| is_known(reader, &pause))?;
            session.output.print(&pause, |pause| {
                let unknown = "no task or repository has that so far; `orchestra queue list` shows the queues";
                change_page(pause, "paused").when(!is_known, |page| page.line(unknown))
            })?;
        }
        Command::Resume { scope } => {
            let pause = store.write(|uow| tasks::resume(uow, &scope.to_scope()))?;
            session
                .output
                .print(&pause, |pause| change_page(pause, "resumed"))?;
        }
    }
    Ok(Exit::Ok)
}

/// Returns true if there is a task or a repository that the pause is about.
fn is_known(reader: &mut Reader<'_>, pause: &QueuePause) -> Result<bool> {
    let path = pause
        .repository_path
        .as_deref()
        .filter(|_| pause.queue_name.is_none());
    if let Some(path) = path
        && code_repositories::get_by_path(reader, path)?.is_some()
    {
        return Ok(true);
    }
    let paused = TaskFilter {
        queue_name: pause.queue_name.clone(),
        repository_path: pause.repository_path.clone(),
        ..TaskFilter::default()
    };
    Ok(!tasks::list(reader, &paused, 1)?.is_empty())
}

fn change_page(pause: &QueuePause, change: &str) -> Page {
    let scope = QueueScope {
        queue_name: pause.queue_name.clone(),
        repository_path: pause.repository_path.clone(),
    };
    Page::new().line(format!("{scope} is {change}"))
}

fn list_page(queues: &[QueueState]) -> Page {
    let headings = [
        "Queue",
        "Repository",
        "Pending",
        "Waiting",
        "Running",
        "Oldest",
        "Paused by",
    ];
    Page::new().table(headings, queues.iter().map(row))
}

fn row(queue: &QueueState) -> [String; 7] {
    let paused_by: Vec<&str> = queue.pauses.iter().map(|p| p.created_by.as_str()).collect();
    [
        queue.queue_name.clone().unwrap_or_default(),
        queue.repository_path.clone(),
        queue.pending.to_string(),
        queue.waiting_for_others.to_string(),
        queue.running.to_string(),
        queue
            .oldest_available_at
            .map(to_the_second)
            .unwrap_or_default(),
        paused_by.join(", "),
    ]
}
