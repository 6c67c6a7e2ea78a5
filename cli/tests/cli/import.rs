use std::fs;

use crate::large_state;
use crate::support::Place;

fn place_with_state() -> Place {
    let place = Place::new();
    let state = serde_json::to_vec_pretty(&large_state::large_state()).unwrap();
    fs::write(place.path("state.json"), state).unwrap();
    place
}

#[test]
fn a_state_file_is_taken_over_and_renamed() {
    let place = place_with_state();
    let report = place.json(&["import", "state.json"]);
    assert_eq!(report["Agents"]["Imported"], 120);
    assert_eq!(report["Tasks"]["Imported"], 402);
    assert_eq!(report["Tasks"]["Rejected"], 2);
    assert_eq!(report["Repositories"]["Imported"], 4);
    let archived = report["ArchivedTo"].as_str().unwrap();
    assert!(
        fs::exists(place.path(archived)).unwrap() && !fs::exists(place.path("state.json")).unwrap()
    );

    let agents = place.json(&["agents", "list"]);
    assert_eq!(agents.as_array().unwrap().len(), 120);
    assert!(agents[0]["CurrentTasks"].is_i64() && agents[0]["Load"].is_f64());
    let agent = place.json(&["agents", "show", "search_002"]);
    assert_eq!(agent["RepositoryPath"], "/srv/git/search");
    assert!(!agent["LatestTasks"].as_array().unwrap().is_empty());
    let text = place.ok(&["agents", "show", "search_002"]);
    assert!(
        text.contains("Claude Code - search (002)") && text.contains("Latest tasks"),
        "{text}"
    );
    assert!(place.ok(&["agents", "list"]).contains("Документы_003"));

    let check = place.ok(&["check"]);
    assert!(check.contains("0 errors"), "{check}");
}

#[test]
fn the_text_names_what_was_rejected() {
    let place = place_with_state();
    let text = place.ok(&["import", "state.json", "--keep"]);
    assert!(
        text.contains("error: TaskQueue[402].Command: must be 1 to 2000 characters long, got 2001"),
        "{text}"
    );
    assert!(fs::exists(place.path("state.json")).unwrap());
    let again = place.json(&["import", "state.json"]);
    assert_eq!(again["Tasks"]["Imported"], 0);
    assert_eq!(again["Tasks"]["Unchanged"], 402);
}

#[test]
fn a_dry_run_tells_the_same_and_leaves_no_trace() {
    let place = place_with_state();
    let would = place.json(&["import", "state.json", "--dry-run"]);
    assert_eq!(place.files(), ["state.json"]);
    assert!(
        place
            .ok(&["import", "state.json", "--dry-run"])
            .contains("nothing was written")
    );
    let did = place.json(&["import", "state.json"]);
    for kind in ["Agents", "Tasks", "Repositories", "Findings"] {
        assert_eq!(would[kind], did[kind], "{kind}");
    }
}

#[test]
fn strict_takes_all_or_nothing() {
    let place = place_with_state();
    let error = place.error(1, &["import", "state.json", "--strict"]);
    assert_eq!(error["Code"], "ImportFailed");
    assert!(fs::exists(place.path("state.json")).unwrap());
    assert_eq!(place.json(&["tasks", "list"]).as_array().unwrap().len(), 0);
}

#[test]
fn a_file_that_is_not_there_or_makes_no_sense_is_an_error() {
    let place = Place::new();
    fs::write(place.path("other.json"), r#"{"Something": "else"}"#).unwrap();
    assert_eq!(
        place.error(1, &["import", "other.json"])["Code"],
        "ImportFailed"
    );
    let error = place.error(3, &["import", "missing.json"]);
    assert!(
        error["Message"].as_str().unwrap().contains("missing.json"),
        "{error}"
    );
}

#[test]
fn running_tasks_are_put_back_and_counted_unless_they_are_kept() {
    let place = place_with_state();
    let said = place.ok(&["import", "state.json", "--keep"]);
    assert!(
        said.contains("tasks were running and are pending again"),
        "{said}"
    );
    assert!(place.ok(&["check"]).contains("0 errors, 0 warnings"));
    for status in ["Assigned", "InProgress"] {
        assert_eq!(
            place.json(&["tasks", "list", "--status", status]),
            serde_json::json!([])
        );
    }
    let kept = place_with_state();
    let report = kept.json(&["import", "state.json", "--keep-running"]);
    assert_eq!(report["Requeued"], 0);
    let running = kept.json(&["tasks", "list", "--status", "InProgress"]);
    assert!(!running.as_array().unwrap().is_empty());
}

#[test]
fn an_import_that_takes_nothing_fails_and_leaves_the_file() {
    let place = Place::new();
    let state =
        r#"{"Agents":{"a1":{"Id":"a1","Status":"Working"}},"TaskQueue":[],"Repositories":{}}"#;
    fs::write(place.path("state.json"), state).unwrap();
    let said = place.run(&["import", "state.json", "--dry-run"]);
    assert_eq!(said.code, 1, "{}", said.stdout);
    let error = place.error(1, &["import", "state.json"]);
    assert_eq!(error["Code"], "ImportFailed");
    assert!(fs::exists(place.path("state.json")).unwrap());
}
