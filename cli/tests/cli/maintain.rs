use orchestra_store::services::tasks::{self, TaskFilter};
use serde_json::Value;

use crate::support::Place;

/// The report of one step.
fn step<'a>(report: &'a Value, name: &str) -> &'a Value {
    let steps = report["Steps"].as_array().unwrap();
    steps.iter().find(|step| step["Step"] == name).unwrap()
}

fn task_count(place: &Place) -> usize {
    let all = TaskFilter::default();
    let store = place.store();
    store
        .read(|reader| tasks::list(reader, &all, 100))
        .unwrap()
        .len()
}

#[test]
fn what_a_policy_does_not_keep_is_deleted_and_nothing_else() {
    let place = Place::with_database();
    let id = place.enqueue("a");
    place.enqueue("b");
    place.ok(&["tasks", "cancel", &id]);
    place.ok(&["maintain"]);
    assert_eq!(task_count(&place), 2);

    let keep = ["maintain", "--keep", "cancelled-tasks=0s"];
    let dry = place.json(&[&keep[..], &["--dry-run"]].concat());
    assert_eq!(step(&dry, "delete cancelled tasks")["Count"], 1);
    assert_eq!(task_count(&place), 2);

    let report = place.json(&keep);
    assert_eq!(step(&report, "delete cancelled tasks")["Count"], 1);
    assert_eq!(report["MoreDue"], false);
    assert_eq!(task_count(&place), 1);
    assert!(place.ok(&["maintain"]).contains("Nothing more is due."));
}

#[test]
fn a_budget_that_is_spent_says_that_more_is_due() {
    let place = Place::with_database();
    let report = place.json(&["maintain", "--budget", "0s"]);
    assert_eq!(report["MoreDue"], true);
    let steps = report["Steps"].as_array().unwrap();
    let runs = steps.iter().map(|step| step["Runs"].as_u64().unwrap());
    assert_eq!(runs.sum::<u64>(), 1);
    assert!(
        place
            .ok(&["maintain", "--budget", "0s"])
            .contains("not tried")
    );
}

#[test]
fn a_step_that_fails_fails_the_command_which_names_it() {
    use diesel::connection::SimpleConnection;

    let place = Place::with_database();
    let drop = "DROP TABLE SessionData";
    let dropped = place
        .store()
        .write(|uow| Ok(uow.connection().batch_execute(drop)?));
    dropped.unwrap();
    let ran = place.run(&["maintain"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        ran.stdout.contains("expire session data: "),
        "{}",
        ran.stdout
    );
}

#[test]
fn kinds_and_lengths_that_there_are_not_are_refused() {
    let place = Place::with_database();
    for keep in [
        "tasks=1d",
        "completed-tasks",
        "completed-tasks=1",
        "audit-logs=-1d",
    ] {
        place.error(2, &["maintain", "--keep", keep]);
    }
    place.error(2, &["maintain", "--budget", "soon"]);
}

/// Adds 4 MB of tasks that are cancelled.
fn fill(place: &Place) {
    let store = place.store();
    let filled = store.write(|uow| {
        for number in 0..1000 {
            let command = format!("{number} {}", "x".repeat(1900));
            let task = tasks::enqueue(uow, &tasks::NewTask::new(command, "/srv/app"))?;
            tasks::cancel(uow, &task.id, None)?;
        }
        Ok(())
    });
    filled.unwrap();
}

#[test]
fn a_database_that_is_too_large_shrinks_or_says_what_holds_the_space() {
    let place = Place::with_database();
    fill(&place);
    let kept = place.ok(&["maintain", "--max-size", "3MiB", "--budget", "1m"]);
    assert!(kept.contains("Nothing more may be deleted now: "), "{kept}");
    assert!(
        kept.contains("AuditLogs ") && kept.contains("keeps for ever: completed tasks"),
        "{kept}"
    );

    let keep = ["--keep", "cancelled-tasks=90d", "--keep", "audit-logs=90d"];
    let limited = [
        &["maintain", "--max-size", "3MiB", "--budget", "1m"],
        &keep[..],
    ]
    .concat();
    let dry = place.json(&[&limited[..], &["--dry-run"]].concat());
    let rows = dry["Size"]["Deleted"].as_array().unwrap().iter();
    assert_eq!(
        rows.map(|of| of["Rows"].as_u64().unwrap()).sum::<u64>(),
        100
    );
    let shrunk = place.ok(&limited);
    assert!(shrunk.contains("cancelled tasks deleted"), "{shrunk}");
    let size = |name| std::fs::metadata(place.path(name)).map_or(0, |file| file.len());
    assert!(size("orchestra.db") + size("orchestra.db-wal") <= 3 << 20);
    assert!(task_count(&place) > 0);
    let report = place.json(&limited);
    assert!(
        report["Size"]["Held"].is_null() && report["Size"]["After"].as_u64().unwrap() <= 3 << 20
    );
    for wrong in ["3", "0MiB", "3 MiB", "-1MiB"] {
        place.error(2, &["maintain", &format!("--max-size={wrong}")]);
    }
}
