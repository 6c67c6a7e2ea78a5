//! Templates of tasks: what is published, instantiated and refused.

use orchestra_store::models::{Task, TaskTemplate, TemplateCategory};
use orchestra_store::services::tasks::{self, Claim, Failure, TaskFilter};
use orchestra_store::services::templates::{self, Instantiation, NewCategory, NewTemplate};
use orchestra_store::types::{FailurePolicy, Json, TaskPriority, TaskStatus};
use orchestra_store::{ErrorCode, Result};
use serde_json::{Value, json};

use crate::support::{REPOSITORY, TestStore};

/// The templates that a new database begins with.
const SEEDED: [&str; 2] = ["Code Review", "Build and Test"];

impl TestStore {
    fn active_template(&self, name: &str) -> TaskTemplate {
        let active = self.store.read(|reader| templates::active(reader, name));
        active.unwrap()
    }

    fn publish_template(&self, new: &NewTemplate) -> Result<TaskTemplate> {
        self.store.write(|uow| templates::publish(uow, new))
    }

    fn instantiate(&self, template: &TaskTemplate, parameters: Value) -> Result<Vec<Task>> {
        let with = Instantiation {
            parameters: parameters.as_object().unwrap().clone(),
            repository_path: REPOSITORY.to_owned(),
            ..Instantiation::default()
        };
        self.instantiate_with(template, &with)
    }

    fn instantiate_with(&self, template: &TaskTemplate, with: &Instantiation) -> Result<Vec<Task>> {
        self.store
            .write(|uow| templates::instantiate(uow, &template.id, with))
    }

    fn category(&self, name: &str, parent: Option<&TemplateCategory>) -> TemplateCategory {
        let new = NewCategory {
            name: name.to_owned(),
            parent_category_id: parent.map(|parent| parent.id.clone()),
            ..NewCategory::default()
        };
        let created = self
            .store
            .write(|uow| templates::create_category(uow, &new));
        created.unwrap()
    }

    /// Claims the one task that can be claimed, and runs it.
    fn run_next(&self, succeeds: bool) -> Option<String> {
        let claim = Claim::repository(REPOSITORY, "worker").up_to(10);
        let mut claimed = self.store.write(|uow| tasks::claim(uow, &claim)).unwrap();
        let task = claimed.pop()?;
        assert!(claimed.is_empty(), "{claimed:?}");
        let token = task.lease_token.as_ref();
        let failure = Failure {
            permanent: true,
            ..Failure::new("it broke")
        };
        let ended = self.store.write(|uow| {
            tasks::start(uow, &task.id, token)?;
            match succeeds {
                true => tasks::complete(uow, &task.id, token, None),
                false => tasks::fail(uow, &task.id, token, &failure),
            }
        });
        ended.unwrap();
        Some(task.command)
    }

    fn count_tasks(&self) -> usize {
        let listed = self
            .store
            .read(|reader| tasks::list(reader, &TaskFilter::default(), 1000));
        listed.unwrap().len()
    }
}

fn commands(tasks: &[Task]) -> Vec<&str> {
    tasks.iter().map(|task| task.command.as_str()).collect()
}

#[test]
fn the_templates_of_the_seed_data_run_as_they_are_written() {
    let test = TestStore::new();
    for name in SEEDED {
        let template = test.active_template(name);
        let tasks = test.instantiate(&template, json!({})).unwrap();
        assert_eq!(tasks.len(), 3);
        let steps = template.definition.0["steps"].as_array().unwrap();
        let expected: Vec<&str> = steps
            .iter()
            .map(|s| s["command"].as_str().unwrap())
            .collect();
        assert_eq!(commands(&tasks), expected);
        // Each waits for the one before.
        for command in expected {
            assert_eq!(test.run_next(true).as_deref(), Some(command));
        }
        assert_eq!(test.run_next(true), None);
    }
}

#[test]
fn parameters_are_put_into_commands_as_data() {
    let test = TestStore::new();
    let template = test
        .publish_template(&NewTemplate::new(
            "Switch",
            json!({
                "steps": [
                    {"command": "git switch {{branch|shell}}", "priority": "High", "retries": 1},
                    {"command": "echo {{branch}} {{depth}} {{{{x}}", "repository": "/srv/{{project}}"},
                ],
                "parameters": {
                    "branch": {"type": "string", "required": true},
                    "depth": {"type": "integer"},
                    "project": {"type": "string", "default": "app"},
                },
            }),
        ))
        .unwrap();
    let branch = "x'; DROP TABLE Tasks; -- {{depth}}";
    let tasks = test
        .instantiate(&template, json!({"branch": branch, "depth": 3}))
        .unwrap();
    let expected = [
        r"git switch 'x'\''; DROP TABLE Tasks; -- {{depth}}'",
        "echo x'; DROP TABLE Tasks; -- {{depth}} 3 {{x}}",
    ];
    assert_eq!(commands(&tasks), expected);
    assert_eq!(
        (tasks[0].priority, tasks[0].max_retries),
        (TaskPriority::High, 1)
    );
    assert_eq!(
        (tasks[1].priority, tasks[1].max_retries),
        (TaskPriority::Normal, 3)
    );
    let paths: Vec<&str> = tasks
        .iter()
        .map(|task| task.repository_path.as_str())
        .collect();
    assert_eq!(paths, [REPOSITORY, "/srv/app"]);
}

#[test]
fn a_parameter_that_is_missing_or_wrong_is_named_and_nothing_is_written() {
    let test = TestStore::new();
    let definition = json!({
        "steps": [{"command": "echo ok"}, {"command": "{{text}}"}],
        "parameters": {"text": {"type": "string", "required": true}},
    });
    let template = test
        .publish_template(&NewTemplate::new("T", definition))
        .unwrap();
    let long = "x".repeat(2001);
    for (parameters, column) in [
        (json!({}), "Parameters.text"),
        (json!({"text": null}), "Parameters.text"),
        (json!({"text": 7}), "Parameters.text"),
        (json!({"text": "a", "txet": "b"}), "Parameters.txet"),
        // What the values make of a command is checked as any command.
        (json!({"text": ""}), "Command"),
        (json!({"text": long}), "Command"),
        (json!({"text": "a\0b"}), "Command"),
    ] {
        let error = test.instantiate(&template, parameters).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{error}");
        assert_eq!(error.details().column.as_deref(), Some(column), "{error}");
    }
    let without_repository = Instantiation {
        parameters: json!({"text": "a"}).as_object().unwrap().clone(),
        ..Instantiation::default()
    };
    let error = test
        .instantiate_with(&template, &without_repository)
        .unwrap_err();
    let column = error.details().column.as_deref();
    assert_eq!(column, Some("Definition.steps[0].repository"));
    assert_eq!(test.count_tasks(), 0);
}

#[test]
fn a_chain_waits_for_the_retry_of_a_step_that_failed_or_is_cancelled_with_it() {
    let test = TestStore::new();
    let template = test.active_template("Build and Test");
    let chain = test.instantiate(&template, json!({})).unwrap();
    assert_eq!(test.run_next(false).as_deref(), Some("dotnet restore"));
    assert_eq!(test.run_next(true), None);
    test.store
        .write(|uow| tasks::retry(uow, &chain[0].id))
        .unwrap();
    for command in commands(&chain) {
        assert_eq!(test.run_next(true).as_deref(), Some(command));
    }

    let with = Instantiation {
        repository_path: REPOSITORY.to_owned(),
        on_failure: FailurePolicy::Cancel,
        ..Instantiation::default()
    };
    let chain = test.instantiate_with(&template, &with).unwrap();
    test.run_next(false);
    let states = chain.iter().map(|task| test.get_task(&task.id).status);
    let expected = [
        TaskStatus::Failed,
        TaskStatus::Cancelled,
        TaskStatus::Cancelled,
    ];
    assert_eq!(states.collect::<Vec<_>>(), expected);
}

#[test]
fn a_new_version_takes_the_place_of_the_one_before_which_stays() {
    let test = TestStore::new();
    let first = test.active_template("Code Review");
    let mut next = NewTemplate::new("Code Review", first.definition.clone());
    next.version = Some(first.version.clone());
    let again = test.publish_template(&next).unwrap_err();
    assert_eq!(again.code(), ErrorCode::Conflict);
    next.version = None;
    let second = test.publish_template(&next).unwrap();
    assert_eq!(second.version, "1.1.0");
    assert_eq!(test.active_template("Code Review"), second);
    let refused = test.instantiate(&first, json!({})).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Conflict);
    let back = test
        .store
        .write(|uow| templates::activate(uow, &first.id))
        .unwrap();
    assert!(back.is_active);
    assert_eq!(test.active_template("Code Review").id, first.id);
    let unknown = test
        .store
        .read(|reader| templates::active(reader, "?"))
        .unwrap_err();
    assert_eq!(unknown.code(), ErrorCode::NotFound);
}

#[test]
fn a_definition_that_cannot_work_is_not_published() {
    let test = TestStore::new();
    let typo = json!({
        "steps": [{"command": "git switch {{brnach}}"}],
        "parameters": {"branch": {"type": "string"}},
    });
    let error = test
        .publish_template(&NewTemplate::new("T", typo))
        .unwrap_err();
    assert_eq!(
        error.details().column.as_deref(),
        Some("Definition.steps[0].command")
    );
    assert!(error.message().contains("brnach"), "{error}");
    let no_object = NewTemplate::new("T", Json::default());
    assert!(test.publish_template(&no_object).is_err());
    let nowhere = NewTemplate {
        category_id: Some("nowhere".parse().unwrap()),
        ..NewTemplate::new("T", json!({"steps": [{"command": "ls"}]}))
    };
    let error = test.publish_template(&nowhere).unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
    let listed = test
        .store
        .read(|reader| templates::list(reader, None))
        .unwrap();
    assert_eq!(listed.len(), SEEDED.len());
}

#[test]
fn categories_are_a_tree_that_templates_are_listed_by() {
    let test = TestStore::new();
    let development = test.category("Development", None);
    let quality = test.category("Quality", Some(&development));
    let reviews = test.category("Reviews", Some(&quality));
    let operations = test.category("Operations", None);
    let tree = |root: Option<&TemplateCategory>| {
        let root = root.map(|root| &root.id);
        let tree = test
            .store
            .read(|reader| templates::subtree(reader, root))
            .unwrap();
        let line =
            |(depth, category): (usize, TemplateCategory)| format!("{depth} {}", category.name);
        tree.into_iter().map(line).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(
        tree(None),
        "0 Development, 1 Quality, 2 Reviews, 0 Operations"
    );
    assert_eq!(tree(Some(&quality)), "0 Quality, 1 Reviews");

    let template = NewTemplate {
        category_id: Some(reviews.id.clone()),
        ..NewTemplate::new("T", json!({"steps": [{"command": "ls"}]}))
    };
    let template = test.publish_template(&template).unwrap();
    let listed = |root: &TemplateCategory| {
        let listed = test
            .store
            .read(|reader| templates::list(reader, Some(&root.id)));
        listed.unwrap()
    };
    assert_eq!(listed(&development), [template]);
    assert_eq!(listed(&operations), []);

    let moved = |category: &TemplateCategory, parent: Option<&TemplateCategory>| {
        let parent = parent.map(|parent| &parent.id);
        test.store
            .write(|uow| templates::move_category(uow, &category.id, parent))
    };
    for parent in [&development, &quality, &reviews] {
        let error = moved(&development, Some(parent)).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{error}");
        assert_eq!(error.details().column.as_deref(), Some("ParentCategoryId"));
    }
    moved(&quality, Some(&operations)).unwrap();
    assert_eq!(
        tree(None),
        "0 Development, 0 Operations, 1 Quality, 2 Reviews"
    );
    moved(&quality, None).unwrap();
    assert_eq!(
        tree(None),
        "0 Development, 0 Operations, 0 Quality, 1 Reviews"
    );
    assert_eq!(listed(&operations), []);
}
