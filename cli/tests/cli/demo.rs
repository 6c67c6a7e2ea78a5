use std::fs;

use crate::support::Place;

#[test]
fn every_task_ends_once_though_a_worker_is_killed() {
    let place = Place::new();
    let report = place.json(&[
        "demo",
        "--directory",
        "here",
        "--tasks",
        "200",
        "--workers",
        "4",
    ]);
    assert_eq!(report["EveryTaskEndedOnce"], true);
    assert_eq!(report["Problems"].as_array().unwrap().len(), 0);
    assert_eq!(report["Enqueued"], 200);
    assert_eq!(report["RepeatedRequests"], 20);

    let after = &report["Queue"]["After"];
    let count = |status: &str| after[status].as_u64().unwrap();
    assert_eq!(
        count("Pending") + count("Assigned") + count("InProgress"),
        0
    );
    let ended = count("Completed") + count("Failed") + count("Cancelled");
    assert_eq!(
        ended,
        200 + report["Import"]["Tasks"]["Imported"].as_u64().unwrap()
    );
    assert_eq!(report["Analytics"]["Total"], 200);

    let workers = report["Workers"].as_array().unwrap();
    let held = workers
        .iter()
        .filter_map(|worker| worker["DiedHolding"].as_u64());
    let held: Vec<_> = held.collect();
    assert_eq!(held.len(), 1, "one worker is killed");
    let rescued = report["Rescue"]["Requeued"].as_array().unwrap().len();
    assert!(held[0] > 0 && rescued as u64 >= held[0]);

    // What the report says is in the database that it leaves.
    let database = report["Database"].as_str().unwrap();
    let status = place.json(&["status", "--db", database]);
    assert_eq!(status["Tasks"], *after);
    place.ok(&["check", "--db", database]);
}

#[test]
fn the_text_ends_with_the_verdict_and_what_to_do_next() {
    let place = Place::new();
    let text = place.ok(&[
        "demo",
        "--directory",
        "here",
        "--tasks",
        "20",
        "--workers",
        "2",
    ]);
    assert!(
        text.contains("Every task ended exactly once: 422 of 422."),
        "{text}"
    );
    assert!(text.contains("tasks list --status Failed"), "{text}");
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn a_directory_that_is_in_use_is_left_alone() {
    for name in ["orchestra.db", "orchestrator-state.json"] {
        let place = Place::new();
        fs::write(place.path(name), "mine").unwrap();
        let error = place.error(4, &["demo", "--directory", "."]);
        assert_eq!(error["Code"], "AlreadyExists");
        assert!(error["Message"].as_str().unwrap().contains(name), "{error}");
        assert_eq!(place.files(), [name]);
        assert_eq!(fs::read_to_string(place.path(name)).unwrap(), "mine");
    }
}
