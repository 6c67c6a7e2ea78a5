//! The examples of docs/workflows.md work.

use orchestra_store::services::templates::{self, Instantiation, NewTemplate};
use orchestra_store::services::workflows::{NewDefinition, Start};
use orchestra_store::types::WorkflowExecutionStatus;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::flow::{End, Flow};
use crate::support::{REPOSITORY, TestStore};

const PAGE: &str = include_str!("../../../docs/workflows.md");

/// The JSON document of the page that has this name.
fn document<T: DeserializeOwned>(name: &str) -> T {
    let mut blocks = PAGE.split("```json\n").skip(1);
    let name = format!("\"Name\": \"{name}\"");
    let block = blocks.find(|block| block.contains(&name)).unwrap();
    let (text, _) = block.split_once("```").unwrap();
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_workflow_of_the_page_runs() {
    let new: NewDefinition = document("Release");
    let flow = Flow::publish(&new);
    let start = |version: &str| {
        flow.start_with(&Start {
            input_parameters: json!({ "version": version }).into(),
            ..Start::default()
        })
    };
    let refused = start("1.2").unwrap_err();
    let column = refused.details().column.as_deref();
    assert_eq!(column, Some("InputParameters.version"));
    let id = start("1.2.0").unwrap().id;

    flow.run("git switch 'main'", End::Good);
    assert_eq!(flow.waiting(), ["make lint", "make linux", "make windows"]);
    flow.run("make lint", End::Lost);
    flow.run("make windows", End::Bad);
    flow.run("make linux", End::Good);
    flow.run("make windows", End::Good);
    let publish = flow.begin("make publish VERSION='1.2.0'");
    flow.end_with(&publish, End::Good, r#"{"url": "https://example.com"}"#);
    let execution = flow.get(&id);
    assert_eq!(execution.status, WorkflowExecutionStatus::Completed);
    assert_eq!(execution.failed_stages.unwrap().0, ["lint"]);
}

#[test]
fn the_template_of_the_page_runs() {
    let test = TestStore::new();
    let new: NewTemplate = document("Switch and test");
    let with = Instantiation {
        parameters: json!({"branch": "main"}).as_object().unwrap().clone(),
        repository_path: REPOSITORY.to_owned(),
        ..Instantiation::default()
    };
    let tasks = test.store.write(|uow| {
        let template = templates::publish(uow, &new)?;
        templates::instantiate(uow, &template.id, &with)
    });
    let tasks = tasks.unwrap();
    let commands: Vec<&str> = tasks.iter().map(|task| task.command.as_str()).collect();
    assert_eq!(commands, ["git switch 'main'", "dotnet test -c Release"]);
}
