//! What became of all that was put into the queue.

use std::collections::{BTreeMap, BTreeSet};

use orchestra_store::maintenance::integrity;
use orchestra_store::models::{Agent, Task, TaskDependency, TaskId, WorkflowExecution};
use orchestra_store::services::tasks::{self, Reason};
use orchestra_store::types::{TaskStatus, WorkflowExecutionStatus};
use orchestra_store::{Reader, Store};

use super::recount::rows;

/// How many tasks are in each state.
pub type Census = BTreeMap<TaskStatus, usize>;

/// Each task has ended, or it can't go on, for a reason that the store tells and that holds.
pub fn check(store: &Store) -> Census {
    let tasks = rows::<Task>(store);
    let status: BTreeMap<&TaskId, TaskStatus> = tasks.iter().map(|t| (&t.id, t.status)).collect();
    let mut parents: BTreeMap<TaskId, Vec<TaskId>> = BTreeMap::new();
    for edge in rows::<TaskDependency>(store) {
        parents
            .entry(edge.task_id)
            .or_default()
            .push(edge.depends_on_task_id);
    }
    let mut census = Census::new();
    for task in &tasks {
        *census.entry(task.status).or_default() += 1;
        if task.completed_at.is_none() {
            let parents = parents.get(&task.id).into_iter().flatten();
            let unmet = parents
                .map(|id| (id, status[id]))
                .filter(|(_, s)| *s != TaskStatus::Completed);
            let unmet: Vec<_> = unmet.collect();
            let waits_for_stage = check_open(store, task, &unmet);
            let counted = unmet.len() + usize::from(waits_for_stage);
            assert_eq!(task.unmet_dependencies as usize, counted, "{}", task.id);
        }
    }
    check_executions(store, &tasks);
    let report = store.read(integrity::check).unwrap();
    assert_eq!(report.findings, []);
    census
}

/// Returns true if the stage of the task waits for another one.
fn check_open(store: &Store, task: &Task, unmet: &[(&TaskId, TaskStatus)]) -> bool {
    let told = store
        .read(|reader| tasks::explain(reader, &task.id))
        .unwrap();
    for (parent, status) in unmet {
        let reason = match status {
            TaskStatus::Failed | TaskStatus::Cancelled => Reason::BlockedBy {
                task_id: (*parent).clone(),
                status: *status,
            },
            _ => Reason::WaitsFor {
                task_id: (*parent).clone(),
                status: *status,
            },
        };
        assert!(told.reasons.contains(&reason), "{told:?}");
    }
    let nobody = |reason: &Reason| matches!(reason, Reason::NobodyServes { .. });
    let is_told = told.reasons.iter().any(nobody);
    assert_eq!(
        is_told,
        !task.is_pinned && !is_served(store, &task.repository_path),
        "{told:?}"
    );
    let of_stage = |reason: &Reason| matches!(reason, Reason::WaitsForStage { .. });
    let waits_for_stage = told.reasons.iter().any(of_stage);
    assert!(
        !unmet.is_empty() || is_told || waits_for_stage,
        "nothing keeps {told:?}"
    );
    waits_for_stage
}

fn is_served(store: &Store, path: &str) -> bool {
    let agents = rows::<Agent>(store);
    agents
        .iter()
        .any(|agent| [path, "*"].contains(&agent.repository_path.as_str()))
}

/// An execution has ended, or has a task that is kept from it.
fn check_executions(store: &Store, tasks: &[Task]) {
    use WorkflowExecutionStatus::{Cancelled, Completed, Failed};
    let open = tasks.iter().filter(|task| task.completed_at.is_none());
    let open: BTreeSet<_> = open
        .filter_map(|task| task.workflow_execution_id.as_ref())
        .collect();
    for execution in rows::<WorkflowExecution>(store) {
        let has_ended = [Cancelled, Completed, Failed].contains(&execution.status);
        assert!(has_ended || open.contains(&execution.id), "{execution:?}");
    }
}

/// While all goes on: each task that waits has a reason.
pub fn explain_some(reader: &mut Reader<'_>) -> orchestra_store::Result<()> {
    for task in tasks::list_pending(reader, 50)? {
        let told = tasks::explain(reader, &task.id)?;
        assert!(!told.reasons.is_empty(), "{told:?}");
    }
    Ok(())
}
