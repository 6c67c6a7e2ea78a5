//! Format of `WorkflowDefinitions.Definition`: stages, their tasks and their dependencies.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::services::steps::{self, Step};
use crate::services::tasks;
use crate::types::{Json, StageFailurePolicy};
use crate::validate;

/// Column that holds the specification.
const COLUMN: &str = "Definition";

/// Specification of a workflow: stages of tasks, and their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkflowSpec {
    /// Repository of the tasks that name none, which may contain placeholders; none means the one given at the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// Stages, 1 to 100, with unique names.
    pub stages: Vec<Stage>,
}

/// A stage of a workflow: tasks that may run at the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Stage {
    /// Name of the stage, 1 to 255 characters.
    pub name: String,
    /// Purpose of the stage, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Names of the stages that must end first; none means the stage listed before this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depends_on: Option<Vec<String>>,
    /// Policy for a task of the stage that fails or is cancelled.
    #[serde(default)]
    pub on_failure: OnFailure,
    /// Number of retries of the failed tasks, 0 to 10, if `on_failure` is [`OnFailure::Retry`]; none means one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<u32>,
    /// Tasks, 1 to 100.
    pub tasks: Vec<Step>,
}

/// Policy for a stage that fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OnFailure {
    /// The execution fails, and its open tasks are cancelled.
    #[default]
    Fail,
    /// The stages that depend on the stage run nevertheless.
    Continue,
    /// The failed tasks are retried; if they fail again, the execution fails.
    Retry,
}

impl From<OnFailure> for StageFailurePolicy {
    fn from(policy: OnFailure) -> Self {
        match policy {
            OnFailure::Fail => Self::Fail,
            OnFailure::Continue => Self::Continue,
            OnFailure::Retry => Self::Retry,
        }
    }
}

impl WorkflowSpec {
    /// Reads and checks a specification. `is_known` returns true for the placeholders that will have a value. An error
    /// names the place at fault, such as `Definition.stages[1].tasks[0].command`.
    pub(super) fn parse(json: &Json, is_known: &dyn Fn(&str) -> bool) -> Result<Self> {
        let spec: Self = steps::read(COLUMN, json)?;
        spec.check(is_known)?;
        Ok(spec)
    }

    fn check(&self, is_known: &dyn Fn(&str) -> bool) -> Result<()> {
        steps::check_count(&place("stages"), self.stages.len())?;
        if let Some(repository) = &self.repository {
            steps::check_text(&place("repository"), repository, is_known)?;
        }
        let mut names = BTreeSet::new();
        for (index, stage) in self.stages.iter().enumerate() {
            stage.check(&format!("stages[{index}]"), is_known)?;
            if !names.insert(&stage.name) {
                let reason = format!("must be unique, got '{}' twice", stage.name);
                return Err(refuse(&format!("stages[{index}].name"), reason));
            }
        }
        let dependencies = self.dependencies()?;
        match tasks::parents_first(&dependencies) {
            Ok(_) => Ok(()),
            Err(cycle) => Err(self.refuse_cycle(&cycle)),
        }
    }

    /// Returns the indexes of the stages that each stage waits for.
    pub(super) fn dependencies(&self) -> Result<Vec<Vec<usize>>> {
        let stages = self.stages.iter().enumerate();
        let by_name: HashMap<_, _> = stages.map(|(index, s)| (s.name.as_str(), index)).collect();
        let of_stage = |(index, stage): (usize, &Stage)| {
            let Some(names) = &stage.depends_on else {
                return Ok(index.checked_sub(1).into_iter().collect());
            };
            let mut found = BTreeSet::new();
            for (number, name) in names.iter().enumerate() {
                let place = format!("stages[{index}].dependsOn[{number}]");
                let other = by_name.get(name.as_str()).ok_or_else(|| {
                    refuse(&place, format!("must be the name of a stage, got '{name}'"))
                })?;
                if !found.insert(*other) {
                    return Err(refuse(
                        &place,
                        format!("must be unique, got '{name}' twice"),
                    ));
                }
            }
            Ok(found.into_iter().collect())
        };
        self.stages.iter().enumerate().map(of_stage).collect()
    }

    fn refuse_cycle(&self, stages: &[usize]) -> Error {
        let name = |&index: &usize| self.stages[index].name.as_str();
        let names: Vec<_> = stages.iter().map(name).collect();
        let first = stages.first().copied().unwrap_or_default();
        let reason = format!("must not form a cycle, got {}", names.join(" -> "));
        refuse(&format!("stages[{first}].dependsOn"), reason)
    }
}

impl Stage {
    /// Returns the number of times that failed tasks of the stage are requeued.
    pub(super) fn retries(&self) -> u32 {
        match self.on_failure {
            OnFailure::Retry => self.retries.unwrap_or(1),
            _ => 0,
        }
    }

    fn check(&self, at: &str, is_known: &dyn Fn(&str) -> bool) -> Result<()> {
        validate::text(&place(&format!("{at}.name")), &self.name, validate::NAME)?;
        if let Some(retries) = self.retries {
            let at = place(&format!("{at}.retries"));
            if self.on_failure != OnFailure::Retry {
                return Err(Error::invalid(
                    at,
                    "must be left out unless onFailure is \"retry\"",
                ));
            }
            validate::number(&at, retries, 0..=10)?;
        }
        steps::check_count(&place(&format!("{at}.tasks")), self.tasks.len())?;
        for (index, task) in self.tasks.iter().enumerate() {
            task.check(&place(&format!("{at}.tasks[{index}]")), is_known)?;
        }
        Ok(())
    }
}

/// Returns the place of a part of the specification, for errors.
pub(super) fn place(at: &str) -> String {
    format!("{COLUMN}.{at}")
}

fn refuse(at: &str, reason: impl std::fmt::Display) -> Error {
    Error::invalid(place(at), reason)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parse(definition: Value) -> Result<WorkflowSpec> {
        WorkflowSpec::parse(&Json(definition), &|name| name == "branch")
    }

    fn stage(name: &str, depends_on: Value) -> Value {
        json!({"name": name, "dependsOn": depends_on, "tasks": [{"command": "ls"}]})
    }

    #[test]
    fn stages_wait_for_the_previous_one_or_for_those_they_name() {
        let definition = parse(json!({"stages": [
            {"name": "fetch", "tasks": [{"command": "git fetch origin {{branch}}"}]},
            {"name": "build", "tasks": [{"command": "make", "priority": "High", "retries": 2}]},
            stage("lint", json!(["fetch"])),
            stage("other", json!([])),
            stage("publish", json!(["lint", "build"])),
        ]}));
        let dependencies = definition.unwrap().dependencies().unwrap();
        assert_eq!(dependencies, [vec![], vec![0], vec![0], vec![], vec![1, 2]]);
    }

    #[test]
    fn an_error_names_its_place() {
        let one = |stage: Value| json!({"stages": [stage]});
        let task = |task: Value| one(json!({"name": "a", "tasks": [task]}));
        let cases = [
            (json!([]), "Definition"),
            (json!({}), "Definition"),
            (json!({"stages": []}), "Definition.stages"),
            (json!({"stages": [], "version": 1}), "Definition.version"),
            (one(json!({"tasks": []})), "Definition.stages[0]"),
            (
                one(json!({"name": "", "tasks": []})),
                "Definition.stages[0].name",
            ),
            (
                one(json!({"name": "a", "tasks": []})),
                "Definition.stages[0].tasks",
            ),
            (
                one(json!({"name": "a", "task": []})),
                "Definition.stages[0].task",
            ),
            (task(json!("ls")), "Definition.stages[0].tasks[0]"),
            (
                task(json!({"command": ""})),
                "Definition.stages[0].tasks[0].command",
            ),
            (
                task(json!({"command": 1})),
                "Definition.stages[0].tasks[0].command",
            ),
            (
                task(json!({"command": "{{x}}"})),
                "Definition.stages[0].tasks[0].command",
            ),
            (
                task(json!({"command": "{{"})),
                "Definition.stages[0].tasks[0].command",
            ),
            (
                task(json!({"command": "a", "repository": "{{x}}"})),
                "Definition.stages[0].tasks[0].repository",
            ),
            (
                task(json!({"command": "a", "agent": ""})),
                "Definition.stages[0].tasks[0].agent",
            ),
            (
                task(json!({"command": "a", "priority": "Highest"})),
                "Definition.stages[0].tasks[0].priority",
            ),
            (
                task(json!({"command": "a", "retries": 11})),
                "Definition.stages[0].tasks[0].retries",
            ),
            (
                one(json!({"name": "a", "onFailure": "stop", "tasks": []})),
                "Definition.stages[0].onFailure",
            ),
            (
                one(json!({"name": "a", "retries": 2, "tasks": [{"command": "a"}]})),
                "Definition.stages[0].retries",
            ),
            (
                one(
                    json!({"name": "a", "onFailure": "retry", "retries": 11, "tasks": [{"command": "a"}]}),
                ),
                "Definition.stages[0].retries",
            ),
            (
                json!({"stages": [stage("a", json!([])), stage("a", json!([]))]}),
                "Definition.stages[1].name",
            ),
            (
                one(stage("a", json!(["b"]))),
                "Definition.stages[0].dependsOn[0]",
            ),
            (
                one(stage("a", json!(["a"]))),
                "Definition.stages[0].dependsOn",
            ),
            (
                json!({"stages": [stage("a", json!([])), stage("b", json!(["a", "a"]))]}),
                "Definition.stages[1].dependsOn[1]",
            ),
        ];
        for (definition, place) in cases {
            let error = parse(definition.clone()).unwrap_err();
            assert_eq!(
                error.details().column.as_deref(),
                Some(place),
                "{definition}: {error}"
            );
        }
    }

    #[test]
    fn an_error_names_a_cycle_without_the_stages_that_only_lead_to_it() {
        let error = parse(json!({"stages": [
            stage("after", json!(["a"])),
            stage("before", json!([])),
            stage("a", json!(["before", "b"])),
            stage("b", json!(["c"])),
            stage("c", json!(["a"])),
        ]}))
        .unwrap_err();
        assert_eq!(
            error.details().column.as_deref(),
            Some("Definition.stages[2].dependsOn")
        );
        assert!(
            error.message().ends_with(" got a -> b -> c -> a"),
            "{error}"
        );
    }
}
