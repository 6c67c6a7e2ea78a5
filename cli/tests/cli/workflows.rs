use orchestra_store::services::tasks::{self, Claim, Failure};
use serde_json::{Value, json};

use crate::support::{Place, column, text};

fn publish(place: &Place, command: &str, document: &Value) -> Value {
    std::fs::write(place.path("new.json"), document.to_string()).unwrap();
    place.json(&[command, "publish", "new.json"])
}

fn workflow() -> Value {
    json!({"Name": "Build", "Definition": {"stages": [
        {"name": "fetch", "tasks": [{"command": "git switch {{branch}}"}]},
        {"name": "build", "tasks": [{"command": "make"}]},
    ]}})
}

fn start(place: &Place) -> String {
    let start = ["workflows", "start", "Build", "--repository", "/srv/x"];
    let input = ["--input", r#"{"branch": "main"}"#, "--priority", "high"];
    let execution = place.json(&[&start[..], &input].concat());
    assert_eq!(execution["Status"], "Pending");
    assert_eq!(execution["TriggerType"], "Manual");
    text(&execution["Id"]).to_owned()
}

/// Fails the one task that can be claimed.
fn fail_next(place: &Place) {
    let failure = Failure {
        permanent: true,
        ..Failure::new("no such branch")
    };
    let failed = place.store().write(|uow| {
        let task = tasks::claim(uow, &Claim::repository("/srv/x", "w"))?.remove(0);
        let token = task.lease_token.as_ref();
        tasks::start(uow, &task.id, token)?;
        tasks::fail(uow, &task.id, token, &failure)
    });
    failed.unwrap();
}

#[test]
fn a_workflow_is_published_started_and_steered() {
    let place = Place::with_database();
    let published = publish(&place, "workflows", &workflow());
    assert_eq!(published["Version"], "1.0.0");
    let listed = place.json(&["workflows", "list"]);
    assert_eq!(column(&listed, "Name"), ["Build"]);

    let id = start(&place);
    assert_eq!(place.json(&["workflows", "pause", &id])["Status"], "Paused");
    let page = place.ok(&["workflows", "show", &id]);
    assert!(
        page.contains("git switch main") && page.contains("fetch: Pending"),
        "{page}"
    );
    let shown = place.json(&["workflows", "show", &id]);
    let task = text(&shown["Stages"][0]["Tasks"][0]["Id"]);
    let page = place.ok(&["tasks", "explain", task]);
    assert!(
        page.contains(&format!("execution {id} is paused")),
        "{page}"
    );
    assert_eq!(
        place.json(&["workflows", "resume", &id])["Status"],
        "Running"
    );
    let error = place.error(4, &["workflows", "resume", &id]);
    assert_eq!(error["Code"], "InvalidTransition");

    fail_next(&place);
    let shown = place.json(&["workflows", "show", "Build"]);
    assert_eq!(shown["FailureCount"], 1);
    assert_eq!(column(&shown["LatestExecutions"], "Status"), ["Failed"]);
    let page = place.ok(&["workflows", "show", &id]);
    assert!(page.contains("no such branch"), "{page}");
    let retried = place.json(&["workflows", "retry", &id, "--from", "fetch"]);
    assert_eq!(retried["Status"], "Running");
    let cancelled = place.json(&["workflows", "cancel", &id, "--reason", "enough"]);
    assert_eq!(cancelled["ErrorMessage"], "enough");
    let page = place.ok(&["workflows", "list"]);
    assert!(page.contains("Build"), "{page}");
}

#[test]
fn what_is_wrong_with_a_workflow_is_told_with_its_place() {
    let place = Place::with_database();
    publish(&place, "workflows", &workflow());
    let mut broken = workflow();
    broken["Definition"]["stages"][1]["dependsOn"] = json!(["fecth"]);
    std::fs::write(place.path("broken.json"), broken.to_string()).unwrap();
    let error = place.error(2, &["workflows", "publish", "broken.json"]);
    assert_eq!(
        error["Details"]["Column"],
        "Definition.stages[1].dependsOn[0]"
    );
    place.error(3, &["workflows", "publish", "nothing.json"]);
    std::fs::write(place.path("text.json"), "text").unwrap();
    place.error(2, &["workflows", "publish", "text.json"]);

    let start = ["workflows", "start", "Build", "--repository", "/srv/x"];
    let error = place.error(2, &start);
    assert!(text(&error["Message"]).contains("'branch'"), "{error}");
    place.error(3, &["workflows", "start", "Nothing"]);
    place.error(3, &["workflows", "show", "Nothing"]);
    place.error(3, &["workflows", "cancel", "nothing"]);
}

#[test]
fn a_template_is_published_and_run_with_its_parameters() {
    let place = Place::with_database();
    let template = json!({
        "Name": "Log",
        "Category": "Git",
        "Definition": {
            "steps": [
                {"command": "git switch {{branch}}", "description": "Go there"},
                {"command": "git log -{{depth}}"},
            ],
            "parameters": {
                "branch": {"type": "string", "required": true},
                "depth": {"type": "integer", "default": 10},
            },
        },
    });
    publish(&place, "templates", &template);
    let page = place.ok(&["templates", "show", "Log"]);
    assert!(
        page.contains("Go there") && page.contains("depth"),
        "{page}"
    );
    let page = place.ok(&["templates", "list"]);
    assert!(page.contains("Git") && page.contains("1.0.0"), "{page}");

    let run = ["templates", "run", "Log", "--repository", "/srv/x"];
    let with = |more: &[&'static str]| [&run[..], more].concat();
    let tasks = place.json(&with(&["--set", "branch=7", "--set", "depth=3"]));
    assert_eq!(column(&tasks, "Command"), ["git switch 7", "git log -3"]);
    let page = place.ok(&with(&["--set", "branch=a=b"]));
    assert!(
        page.contains("git switch a=b") && page.contains("git log -10"),
        "{page}"
    );
    for (arguments, at) in [
        (&[][..], "Parameters.branch"),
        (
            &["--set", "branch=a", "--set", "depth=x"],
            "Parameters.depth",
        ),
        (&["--set", "branch=a", "--set", "dept=1"], "Parameters.dept"),
        (&["--set", "branch"], "set"),
    ] {
        let error = place.error(2, &with(arguments));
        assert_eq!(error["Details"]["Column"], at);
    }
    place.error(
        3,
        &["templates", "run", "Nothing", "--repository", "/srv/x"],
    );
    assert_eq!(place.json(&["tasks", "list"]).as_array().unwrap().len(), 4);
}
