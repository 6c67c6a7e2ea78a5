//! Tree of a workflow's tasks, with the figures of each branch.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::topological_order::parents_first;
use crate::error::{Error, Result};
use crate::rows::Reader;
use crate::services::workflows::Plan;
use crate::tables::{
    Task, TaskId, WorkflowDefinitionId, WorkflowExecution, WorkflowExecutionId, task_trees as rows,
};
use crate::types::TaskStatus;
use crate::validate::MAX_ROWS;

/// Workflow execution or definition whose tasks a tree has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TreeOf {
    /// One execution.
    Execution(WorkflowExecutionId),
    /// All executions of a definition, and its tasks without an execution.
    Definition(WorkflowDefinitionId),
}

/// Tasks of a workflow, grouped by execution.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct WorkflowTaskTree {
    /// Executions that have tasks, by id; the tasks without an execution come first.
    pub executions: Vec<ExecutionTree>,
}

/// Tree of the tasks of one execution.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecutionTree {
    /// Id of the execution; `None` for tasks without one.
    pub workflow_execution_id: Option<WorkflowExecutionId>,
    /// Figures of all its tasks together.
    pub total: Rollup,
    /// Tasks, each followed by its parts; siblings by step, then the oldest first.
    pub nodes: Vec<TaskNode>,
    /// Stages of the execution, whose numbers the planned tasks have as `WorkflowStep`; none for tasks without an
    /// execution of this library.
    pub stages: Vec<StageNode>,
    /// Cycles of tasks that are parts of each other or depend on each other. The database refuses both, so that there
    /// are none unless the file was written by other means.
    pub cycles: Vec<Vec<TaskId>>,
}

/// Stage of an execution.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StageNode {
    /// Name of the stage.
    pub name: String,
    /// Numbers, from 0, of the stages that it depends on: each of its tasks depends on all of theirs.
    pub depends_on: Vec<usize>,
}

/// Task of a tree.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TaskNode {
    /// Number of tasks of the tree that it is a part of, directly or not.
    pub depth: usize,
    /// Row of the task.
    pub task: Task,
    /// Figures of the task and all its parts together.
    pub total: Rollup,
    /// Ids of the tasks that it depends on by itself, beside those of other stages.
    pub depends_on: Vec<TaskId>,
}

/// Figures of several tasks together.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Rollup {
    /// State: Pending if all are pending; else InProgress if any runs or can run; else Failed if any failed, Cancelled
    /// if any was cancelled, Pending if any waits for others, otherwise Completed.
    pub status: TaskStatus,
    /// Mean progress, 0 to 100.
    pub progress_percentage: f64,
    /// Number of tasks.
    pub tasks: i64,
    /// Number of tasks in each state.
    pub by_status: BTreeMap<TaskStatus, i64>,
}

/// Returns the tasks of an execution, or of all executions of a definition, as a tree by `ParentTaskId`, with the state
/// and progress of each branch.
///
/// Fails with [`ErrorCode::LimitExceeded`](crate::ErrorCode::LimitExceeded) if there are more than 10 000 tasks.
pub fn workflow_tree(reader: &mut Reader<'_>, of: &TreeOf) -> Result<WorkflowTaskTree> {
    let limit = MAX_ROWS as u32 + 1;
    let tasks = match of {
        TreeOf::Execution(id) => {
            reader.get(id)?;
            rows::of_execution(reader.conn(), id, limit)?
        }
        TreeOf::Definition(id) => {
            reader.get(id)?;
            rows::of_definition(reader.conn(), id, limit)?
        }
    };
    if tasks.len() > MAX_ROWS {
        let reason =
            format!("must have at most {MAX_ROWS} tasks, got more; ask for a single execution");
        return Err(Error::limit_exceeded("workflow", reason));
    }
    let mut depends_on = dependencies(reader, &tasks)?;
    let mut by_execution: BTreeMap<Option<WorkflowExecutionId>, Vec<Task>> = BTreeMap::new();
    for task in tasks {
        let execution = task.workflow_execution_id.clone();
        by_execution.entry(execution).or_default().push(task);
    }
    let mut executions = Vec::new();
    for (id, tasks) in by_execution {
        let stages = stages(reader, id.as_ref())?;
        executions.push(tree(id, tasks, stages, &mut depends_on));
    }
    Ok(WorkflowTaskTree { executions })
}

/// Returns the stages of an execution.
fn stages(reader: &mut Reader<'_>, id: Option<&WorkflowExecutionId>) -> Result<Vec<StageNode>> {
    let execution = match id {
        Some(id) => reader.find::<WorkflowExecution>(id)?,
        None => None,
    };
    let plan = execution.and_then(|execution| Plan::of(&execution).ok());
    let stages = plan.into_iter().flat_map(|plan| plan.stages);
    let stages = stages.map(|stage| StageNode {
        name: stage.name,
        depends_on: stage.depends_on,
    });
    Ok(stages.collect())
}

/// Returns the ids of the tasks that each of the tasks depends on.
fn dependencies(reader: &mut Reader<'_>, tasks: &[Task]) -> Result<HashMap<TaskId, Vec<TaskId>>> {
    let mut depends_on: HashMap<TaskId, Vec<TaskId>> = HashMap::new();
    for task in tasks {
        let parents = rows::depends_on(reader.conn(), &task.id)?;
        depends_on.insert(task.id.clone(), parents);
    }
    Ok(depends_on)
}

fn tree(
    workflow_execution_id: Option<WorkflowExecutionId>,
    tasks: Vec<Task>,
    stages: Vec<StageNode>,
    depends_on: &mut HashMap<TaskId, Vec<TaskId>>,
) -> ExecutionTree {
    let places = tasks.iter().enumerate();
    let places: HashMap<&TaskId, usize> = places.map(|(place, task)| (&task.id, place)).collect();
    let place = |id: &TaskId| places.get(id).copied();
    let whole = |task: &Task| task.parent_task_id.as_ref().and_then(place);
    let mut wholes: Vec<Vec<usize>> = tasks.iter().map(|t| Vec::from_iter(whole(t))).collect();
    let waits_for = |task: &Task| {
        let ids = depends_on.get(&task.id).into_iter().flatten();
        ids.filter_map(place).collect()
    };
    let mut waits: Vec<Vec<usize>> = tasks.iter().map(waits_for).collect();

    let mut cycles = Vec::new();
    cut_cycles(&mut waits, &mut cycles);
    let order = cut_cycles(&mut wholes, &mut cycles);
    let totals = totals(&tasks, &wholes, &order);
    let all = SubtreeCounts::of(&tasks).rollup();
    let preorder = preorder(&wholes);
    let cycles = cycles.into_iter().map(|cycle| {
        let ids = cycle.into_iter().map(|place| tasks[place].id.clone());
        ids.collect()
    });
    let cycles = cycles.collect();
    let mut tasks: Vec<Option<Task>> = tasks.into_iter().map(Some).collect();
    let nodes = preorder.into_iter().filter_map(|(place, depth)| {
        let task = tasks[place].take()?;
        Some(TaskNode {
            depth,
            depends_on: depends_on.remove(&task.id).unwrap_or_default(),
            total: totals[place].rollup(),
            task,
        })
    });
    ExecutionTree {
        workflow_execution_id,
        total: all,
        nodes: nodes.collect(),
        stages,
        cycles,
    }
}

/// Cuts the cycles of a graph, adds them to `cycles`, and returns an order in which parents come first.
fn cut_cycles(parents: &mut [Vec<usize>], cycles: &mut Vec<Vec<usize>>) -> Vec<usize> {
    loop {
        match parents_first(parents) {
            Ok(order) => return order,
            Err(cycle) => {
                if let Some(&first) = cycle.first() {
                    parents[first].clear();
                }
                cycles.push(cycle);
            }
        }
    }
}

/// Returns the counts of each task and its parts together.
fn totals(tasks: &[Task], wholes: &[Vec<usize>], order: &[usize]) -> Vec<SubtreeCounts> {
    let mut totals: Vec<SubtreeCounts> = tasks
        .iter()
        .map(|t| SubtreeCounts::of(std::slice::from_ref(t)))
        .collect();
    for &place in order.iter().rev() {
        let part = totals[place].clone();
        for &whole in &wholes[place] {
            totals[whole].add(&part);
        }
    }
    totals
}

/// Returns the indices of the tasks with their depths, each task followed by its parts.
fn preorder(wholes: &[Vec<usize>]) -> Vec<(usize, usize)> {
    let mut parts = vec![Vec::new(); wholes.len()];
    let mut roots = Vec::new();
    for (place, wholes) in wholes.iter().enumerate() {
        match wholes.first() {
            Some(&whole) => parts[whole].push(place),
            None => roots.push((place, 0)),
        }
    }
    let mut ordered = Vec::new();
    let mut next: Vec<(usize, usize)> = roots.into_iter().rev().collect();
    while let Some((place, depth)) = next.pop() {
        ordered.push((place, depth));
        next.extend(parts[place].iter().rev().map(|&part| (part, depth + 1)));
    }
    ordered
}

/// Counts of a task and its parts.
#[derive(Debug, Clone, Default)]
struct SubtreeCounts {
    by_status: BTreeMap<TaskStatus, i64>,
    /// Number of pending tasks with unmet dependencies.
    waiting: i64,
    progress: i64,
}

impl SubtreeCounts {
    fn of(tasks: &[Task]) -> Self {
        let mut counts = Self::default();
        for task in tasks {
            *counts.by_status.entry(task.status).or_default() += 1;
            let waits = task.status == TaskStatus::Pending && task.unmet_dependencies > 0;
            counts.waiting += i64::from(waits);
            counts.progress += i64::from(task.progress_percentage);
        }
        counts
    }

    fn add(&mut self, other: &Self) {
        for (status, count) in &other.by_status {
            *self.by_status.entry(*status).or_default() += count;
        }
        self.waiting += other.waiting;
        self.progress += other.progress;
    }

    fn rollup(&self) -> Rollup {
        let tasks: i64 = self.by_status.values().sum();
        Rollup {
            status: self.status(tasks),
            progress_percentage: self.progress as f64 / tasks.max(1) as f64,
            tasks,
            by_status: self.by_status.clone(),
        }
    }

    fn status(&self, tasks: i64) -> TaskStatus {
        use TaskStatus::{Assigned, Cancelled, Completed, Failed, InProgress, Pending};
        let count = |status| self.by_status.get(&status).copied().unwrap_or(0);
        let (pending, running) = (count(Pending), count(Assigned) + count(InProgress));
        let can_go_on = running + pending - self.waiting;
        match () {
            () if pending == tasks => Pending,
            () if can_go_on > 0 => InProgress,
            () if count(Failed) > 0 => Failed,
            () if count(Cancelled) > 0 => Cancelled,
            () if pending > 0 => Pending,
            () => Completed,
        }
    }
}
