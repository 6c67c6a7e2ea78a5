//! The proof that every task ended exactly once: the notes of the workers against the database.

use std::collections::HashMap;
use std::ops::ControlFlow;

use orchestra_store::maintenance::integrity::IntegrityReport;
use orchestra_store::models::{Agent, AgentId, Task, TaskId};
use orchestra_store::query::Specification;
use orchestra_store::services::{agents, data};
use orchestra_store::types::TaskStatus;
use orchestra_store::{Reader, Result};

use super::backlog::Backlog;
use super::shift::{Outcome, TaskEnd};

/// The tasks that were there before the workers began.
#[derive(Debug)]
pub(super) struct Baseline(HashMap<TaskId, TaskStatus>);

impl Baseline {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let tasks = all_tasks(reader)?;
        Ok(Self(
            tasks
                .into_iter()
                .map(|task| (task.id, task.status))
                .collect(),
        ))
    }

    /// How the task had ended, if it had.
    fn end_of(&self, id: &TaskId) -> Option<TaskStatus> {
        self.0.get(id).copied().filter(|&status| has_ended(status))
    }
}

type Ends<'a> = HashMap<TaskId, Vec<(Option<&'a AgentId>, TaskEnd)>>;

/// What is wrong; nothing where every task ended exactly once and the database says the same.
pub(super) fn problems(
    reader: &mut Reader<'_>,
    baseline: &Baseline,
    backlog: &Backlog,
    outcome: &Outcome,
    integrity: &IntegrityReport,
) -> Result<Vec<String>> {
    let tasks = all_tasks(reader)?;
    let mut ends = Ends::new();
    for (agent_id, end) in outcome.ends() {
        ends.entry(end.task_id.clone())
            .or_default()
            .push((agent_id, end));
    }
    let mut problems = Vec::new();
    let expected = baseline.0.len() + backlog.enqueued;
    if tasks.len() != expected {
        problems.push(format!("{} tasks are there, not {expected}", tasks.len()));
    }
    if backlog.repeated_in_vain > 0 {
        let count = backlog.repeated_in_vain;
        problems.push(format!(
            "{count} repeated requests did not get their first task"
        ));
    }
    for task in &tasks {
        let noted = ends.remove(&task.id).unwrap_or_default();
        problems.extend(problem_of(task, baseline.end_of(&task.id), &noted));
    }
    problems.extend(
        ends.keys()
            .map(|id| format!("task {id} ended, but isn't there")),
    );
    for worker in &outcome.workers {
        let agent = agents::get(reader, &worker.agent_id)?;
        problems.extend(miscounts(&agent, &tasks));
    }
    if !integrity.is_ok() {
        problems.push("the integrity check found errors".to_owned());
    }
    Ok(problems)
}

fn problem_of(
    task: &Task,
    ended_before: Option<TaskStatus>,
    noted: &[(Option<&AgentId>, TaskEnd)],
) -> Option<String> {
    let (id, status) = (&task.id, task.status);
    match (ended_before, noted) {
        _ if !has_ended(status) => Some(format!("task {id} is still {status}")),
        (Some(before), []) if before == status => None,
        (Some(before), _) => Some(format!("task {id} had ended as {before} and ended again")),
        (None, []) => Some(format!("task {id} is {status}, but nobody ended it")),
        (None, [(by, end)]) => {
            let agrees =
                end.status == status && by.is_none_or(|by| task.agent_id.as_ref() == Some(by));
            (!agrees).then(|| {
                format!(
                    "task {id} is {status}, but ended as {} by {by:?}",
                    end.status
                )
            })
        }
        (None, many) => Some(format!("task {id} ended {} times", many.len())),
    }
}

/// Holds an agent's counters against the tasks that it ended, which agree with the notes.
fn miscounts(agent: &Agent, tasks: &[Task]) -> impl Iterator<Item = String> {
    let count = |status| {
        let own = tasks
            .iter()
            .filter(|task| task.agent_id.as_ref() == Some(&agent.id));
        own.filter(|task| task.status == status).count() as i64
    };
    let compare = |what, counted: i64, noted: i64| {
        let id = &agent.id;
        (counted != noted).then(|| format!("{id} counts {counted} tasks {what}, but ended {noted}"))
    };
    [
        compare(
            "completed",
            agent.total_tasks_completed,
            count(TaskStatus::Completed),
        ),
        compare(
            "failed",
            agent.total_tasks_failed,
            count(TaskStatus::Failed),
        ),
    ]
    .into_iter()
    .flatten()
}

/// Whether a task in this state is done with.
pub(super) fn has_ended(status: TaskStatus) -> bool {
    matches!(
        status,
        TaskStatus::Completed | TaskStatus::Failed | TaskStatus::Cancelled
    )
}

fn all_tasks(reader: &mut Reader<'_>) -> Result<Vec<Task>> {
    let mut tasks = Vec::new();
    data::for_each(reader, &Specification::new(), |task| {
        tasks.push(task);
        ControlFlow::Continue(())
    })?;
    Ok(tasks)
}

#[cfg(test)]
mod tests {
    use orchestra_store::services::agents::NewAgent;
    use orchestra_store::services::tasks::{self, Claim, NewTask, Rescue};
    use orchestra_store::{Store, StoreConfig, UnitOfWork};

    use super::super::supervisor::Loads;
    use super::super::worker::WorkerRecord;
    use super::*;

    /// A database in which the agent completed the first of two tasks.
    struct Case {
        _directory: tempfile::TempDir,
        store: Store,
        agent_id: AgentId,
        tasks: Vec<Task>,
    }

    impl Case {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let store = Store::open(StoreConfig::new(directory.path().join("t.db"))).unwrap();
            let new = [NewTask::new("a", "/srv/x"), NewTask::new("b", "/srv/x")];
            let (agent_id, tasks) = store
                .write(|uow| {
                    let agent = agents::register(uow, &NewAgent::new("A", "test", "*"))?;
                    let tasks = tasks::enqueue_many(uow, &new)?;
                    complete_next(uow, &agent.id)?;
                    Ok((agent.id, tasks))
                })
                .unwrap();
            Self {
                _directory: directory,
                store,
                agent_id,
                tasks,
            }
        }

        /// What is wrong where the agent noted these ends.
        fn problems(&self, noted: &[(usize, TaskStatus)]) -> Vec<String> {
            let end = |&(task, status): &(usize, TaskStatus)| TaskEnd {
                task_id: self.tasks[task].id.clone(),
                status,
            };
            let worker = WorkerRecord {
                ends: noted.iter().map(end).collect(),
                ..WorkerRecord::new(self.agent_id.clone())
            };
            let outcome = Outcome {
                workers: vec![worker],
                rescue: Rescue::default(),
                loads: Loads::default(),
            };
            let backlog = Backlog {
                enqueued: 2,
                repeated: 0,
                repeated_in_vain: 0,
            };
            let (nothing, sound) = (Baseline(HashMap::new()), IntegrityReport::default());
            let read = |reader: &mut Reader<'_>| {
                super::problems(reader, &nothing, &backlog, &outcome, &sound)
            };
            self.store.read(read).unwrap()
        }

        fn complete_next(&self) {
            let complete = |uow: &mut UnitOfWork<'_>| complete_next(uow, &self.agent_id);
            self.store.write(complete).unwrap();
        }
    }

    fn complete_next(uow: &mut UnitOfWork<'_>, agent: &AgentId) -> Result<()> {
        for task in tasks::claim(uow, &Claim::agent(agent))? {
            tasks::start(uow, &task.id, task.lease_token.as_ref())?;
            tasks::complete(uow, &task.id, task.lease_token.as_ref(), None)?;
        }
        Ok(())
    }

    const DONE: TaskStatus = TaskStatus::Completed;

    #[track_caller]
    fn assert_one(problems: &[String], part: &str) {
        assert!(
            problems.len() == 1 && problems[0].contains(part),
            "{problems:?}"
        );
    }

    #[test]
    fn a_task_that_has_not_ended_is_a_problem() {
        assert_one(&Case::new().problems(&[(0, DONE)]), "is still Pending");
    }

    #[test]
    fn what_is_noted_once_and_stored_alike_is_fine_and_nothing_else() {
        let case = Case::new();
        case.complete_next();
        assert_eq!(case.problems(&[(1, DONE), (0, DONE)]), [""; 0]);
        assert_one(
            &case.problems(&[(0, DONE), (1, DONE), (0, DONE)]),
            "ended 2 times",
        );
        assert_one(&case.problems(&[(0, DONE)]), "nobody ended it");
        let as_failed = [(0, DONE), (1, TaskStatus::Failed)];
        assert_one(&case.problems(&as_failed), "but ended as Failed");
    }

    #[test]
    fn counters_that_do_not_agree_are_a_problem() {
        let case = Case::new();
        case.complete_next();
        let mut agent = case.store.read(|r| agents::get(r, &case.agent_id)).unwrap();
        agent.total_tasks_completed += 1;
        let tasks = case.store.read(all_tasks).unwrap();
        let problems: Vec<_> = miscounts(&agent, &tasks).collect();
        assert_one(&problems, "counts 3 tasks completed, but ended 2");
    }
}
