//! The workflows that are run.

use serde_json::{Value, json};

fn stage(name: &str, depends_on: Option<&[&str]>, on_failure: &str, tasks: usize) -> Value {
    let tasks = vec![json!({"command": format!("make {name}"), "retries": 1}); tasks];
    let mut stage = json!({"name": name, "onFailure": on_failure, "tasks": tasks});
    if let Some(stages) = depends_on {
        stage["dependsOn"] = json!(stages);
    }
    stage
}

pub fn chain() -> Value {
    json!({"stages": [
        stage("fetch", None, "fail", 1),
        stage("build", None, "fail", 1),
        stage("test", None, "fail", 1),
    ]})
}

pub fn diamond() -> Value {
    json!({"stages": [
        stage("fetch", None, "retry", 1),
        stage("lint", Some(&["fetch"]), "continue", 1),
        stage("build", Some(&["fetch"]), "fail", 1),
        stage("publish", Some(&["lint", "build"]), "fail", 1),
    ]})
}

pub fn stubborn() -> Value {
    json!({"stages": [stage("build", None, "retry", 2), stage("test", None, "retry", 1)]})
}
