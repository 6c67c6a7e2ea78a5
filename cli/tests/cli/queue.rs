use orchestra_store::services::tasks::{self, Claim, Failure};
use serde_json::json;

use crate::support::{Place, column, text};

#[test]
fn a_task_is_enqueued_with_all_that_was_said_of_it() {
    let place = Place::new();
    let request = [
        "tasks",
        "enqueue",
        "git fetch",
        "--repository",
        "/srv/x/",
        "--priority",
        "high",
        "--at",
        "2030-01-31T10:00:00+02:00",
        "--max-retries",
        "7",
        "--idempotency-key",
        "k1",
        "--correlation-id",
        "c1",
    ];
    let task = place.json(&request);
    assert_eq!(task["Command"], "git fetch");
    assert_eq!(task["RepositoryPath"], "/srv/x");
    assert_eq!(task["Priority"], "High");
    assert_eq!(task["Status"], "Pending");
    assert_eq!(task["AvailableAt"], "2030-01-31T08:00:00.0000000Z");
    assert_eq!(task["MaxRetries"], 7);
    assert_eq!(task["CorrelationId"], "c1");
    assert_eq!(place.json(&["tasks", "show", text(&task["Id"])]), task);

    assert_eq!(place.json(&request)["Id"], task["Id"]);
    for (argument, other) in [(2, "git pull"), (6, "low")] {
        let mut changed = request;
        changed[argument] = other;
        let refused = place.error(4, &changed);
        assert_eq!(refused["Details"]["Column"], "IdempotencyKey", "{other}");
    }
}

#[test]
fn the_list_is_filtered_and_limited_newest_first() {
    let place = Place::with_database();
    let ids: Vec<_> = ["a", "b", "c"].map(|command| place.enqueue(command)).into();
    place.ok(&["tasks", "cancel", &ids[0]]);
    place.ok(&[
        "tasks",
        "enqueue",
        "d",
        "--repository",
        "/srv/y",
        "--correlation-id",
        "c1",
    ]);

    let commands = |arguments: &[&str]| {
        let tasks = place.json(&[&["tasks", "list"], arguments].concat());
        json!(column(&tasks, "Command"))
    };
    assert_eq!(commands(&[]), json!(["d", "c", "b", "a"]));
    assert_eq!(commands(&["--limit", "2"]), json!(["d", "c"]));
    assert_eq!(commands(&["--status", "cancelled"]), json!(["a"]));
    assert_eq!(
        commands(&["--repository", "/srv/x/"]),
        json!(["c", "b", "a"])
    );
    assert_eq!(commands(&["--correlation-id", "c1"]), json!(["d"]));
    assert_eq!(commands(&["--agent", "nobody"]), json!([]));

    let table = place.ok(&["tasks", "list", "--status", "Pending", "--limit", "1"]);
    assert!(
        table.contains("Repository") && table.contains("/srv/y"),
        "{table}"
    );
    assert!(!table.contains("/srv/x"), "{table}");
}

#[test]
fn a_cancelled_task_says_why_and_only_a_retry_leads_back() {
    let place = Place::with_database();
    let id = place.enqueue("sleep 1");
    let task = place.json(&["tasks", "cancel", &id, "--reason", "no longer needed"]);
    assert_eq!(task["Status"], "Cancelled");
    assert_eq!(task["ErrorMessage"], "no longer needed");
    let shown = place.ok(&["tasks", "show", &id]);
    assert!(
        shown.contains("no longer needed") && shown.contains("Cancelled"),
        "{shown}"
    );

    for command in ["cancel", "release"] {
        let error = place.error(4, &["tasks", command, &id]);
        assert_eq!(error["Code"], "InvalidTransition");
        assert_eq!(error["Details"]["From"], "Cancelled");
        assert_eq!(error["Details"]["Id"], id.as_str());
    }
    assert_eq!(place.json(&["tasks", "retry", &id])["Status"], "Pending");
}

#[test]
fn a_failed_task_is_retried() {
    let place = Place::with_database();
    let id = place.enqueue("a");
    let fail_for_good = Failure {
        permanent: true,
        ..Failure::new("no such file")
    };
    place
        .store()
        .write(|uow| {
            let task = tasks::claim(uow, &Claim::repository("/srv/x", "w"))?.remove(0);
            tasks::start(uow, &task.id, task.lease_token.as_ref())?;
            tasks::fail(uow, &task.id, task.lease_token.as_ref(), &fail_for_good)
        })
        .unwrap();
    let failed = place.json(&["tasks", "list", "--status", "Failed"]);
    assert_eq!(failed[0]["ErrorMessage"], "no such file");
    let stats = place.ok(&["stats"]);
    assert!(
        stats.contains("Most frequent errors") && stats.contains("no such file"),
        "{stats}"
    );
    assert_eq!(place.json(&["tasks", "retry", &id])["Status"], "Pending");
}

#[test]
fn a_running_task_is_asked_to_stop() {
    let place = Place::with_database();
    let id = place.enqueue("a");
    let claim = Claim::repository("/srv/x", "w");
    place
        .store()
        .write(|uow| tasks::claim(uow, &claim))
        .unwrap();
    let text = place.ok(&["tasks", "cancel", &id]);
    assert!(text.contains("its worker was asked to stop"), "{text}");
    let task = place.json(&["tasks", "show", &id]);
    assert_eq!(task["Status"], "Assigned");
    assert!(task["CancelRequestedAt"].is_string());
}

#[test]
fn a_queue_is_paused_explained_and_resumed() {
    let place = Place::with_database();
    let task = |queue: &str| {
        let enqueue = [
            "tasks",
            "enqueue",
            "ls",
            "--repository",
            "/srv/x",
            "--queue",
            queue,
        ];
        text(&place.json(&enqueue)["Id"]).to_owned()
    };
    let first = task("slow");
    let slow = ["--queue", "slow"];
    let pause = [&["queue", "pause"], &slow[..], &["--reason", "a release"]].concat();
    assert_eq!(place.json(&pause)["QueueName"], "slow");
    assert_eq!(place.error(4, &pause)["Code"], "AlreadyExists");

    let explain = ["tasks", "explain", &first];
    let reasons = place.json(&explain)["Reasons"].clone();
    assert_eq!(reasons[0]["Reason"], "Paused");
    assert_eq!(reasons[0]["Because"], "a release");
    assert_eq!(reasons[1]["Reason"], "NobodyServes");
    let told = place.ok(&explain);
    assert!(told.contains("queue 'slow' is paused by"), "{told}");
    assert!(told.contains("no agent is registered for /srv/x"), "{told}");

    let queues = place.json(&["queue", "list"]);
    assert_eq!(
        (&queues[0]["Pending"], &queues[0]["QueueName"]),
        (&json!(1), &json!("slow"))
    );
    assert!(place.ok(&["queue", "list"]).contains("slow"));
    let resume = [&["queue", "resume"], &slow[..]].concat();
    assert_eq!(place.ok(&resume), "queue 'slow' is resumed\n");
    assert_eq!(place.error(4, &resume)["Code"], "InvalidTransition");
    assert_eq!(place.run(&["queue", "resume"]).code, 2);
}

#[test]
fn a_claim_waits_for_a_task() {
    let place = Place::with_database();
    let register = [
        "agents",
        "register",
        "Ada",
        "--type",
        "t",
        "--repository",
        "/srv/x",
    ];
    let ada = text(&place.json(&register)["Id"]).to_owned();
    let claim = ["tasks", "claim", &ada, "--wait"];
    assert_eq!(place.json(&[&claim[..], &["0s"]].concat()), json!([]));
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| place.json(&[&claim[..], &["2m"]].concat()));
        std::thread::sleep(std::time::Duration::from_millis(100));
        assert!(!waits.is_finished());
        place.json(&["tasks", "enqueue", "ls", "--repository", "/srv/x"]);
        assert_eq!(column(&waits.join().unwrap(), "Status"), ["Assigned"]);
    });
    assert_eq!(place.run(&[&claim[..], &["soon"]].concat()).code, 2);
}

#[test]
fn dead_tasks_are_listed_and_a_task_waits_for_another() {
    let place = Place::with_database();
    let enqueue = ["tasks", "enqueue", "ls", "--repository", "/srv/x"];
    let first = place.json(&enqueue);
    let id = text(&first["Id"]);
    let second = place.json(&[&enqueue[..], &["--depends-on", id]].concat());
    assert_eq!(second["UnmetDependencies"], 1);
    let told = place.ok(&["tasks", "explain", text(&second["Id"])]);
    assert!(told.contains(&format!("it waits for {id}")), "{told}");
    place.ok(&["tasks", "cancel", id]);
    let told = place.ok(&["tasks", "explain", text(&second["Id"])]);
    let waiting = text(&second["Id"]);
    let says = format!(
        "blocked by {id} (Cancelled); run `orchestra tasks depend --remove --on {id} {waiting}`"
    );
    assert!(told.contains(&says), "{told}");
    assert_eq!(place.json(&["tasks", "list", "--dead"]), json!([]));
}

#[test]
fn what_failed_is_redriven_and_what_waits_is_changed() {
    let place = Place::with_database();
    let ids = ["one", "two"].map(|command| {
        let arguments = [
            "tasks",
            "enqueue",
            command,
            "--repository",
            "/srv/x",
            "--max-retries",
            "0",
        ];
        text(&place.json(&arguments)["Id"]).to_owned()
    });
    let store = place.store();
    for task in store
        .write(|uow| tasks::claim(uow, &Claim::repository("/srv/x", "w").up_to(2)))
        .unwrap()
    {
        let token = task.lease_token.as_ref();
        let failed = store.write(|uow| {
            tasks::start(uow, &task.id, token)?;
            tasks::fail(uow, &task.id, token, &Failure::new("no"))
        });
        failed.unwrap();
    }
    let none = place.json(&["tasks", "redrive", "--repository", "/srv/other"]);
    assert_eq!(none, json!([]));
    let redriven = place.json(&["tasks", "redrive", "--repository", "/srv/x", "--limit", "1"]);
    assert_eq!(column(&redriven, "Status"), ["Pending"]);
    assert_eq!(
        column(&place.json(&["tasks", "redrive"]), "Status"),
        ["Pending"]
    );

    let [one, two] = ids;
    let depend =
        |extra: &[&str]| place.json(&[&["tasks", "depend", &two, "--on", &one], extra].concat());
    assert_eq!(depend(&[])["UnmetDependencies"], 1);
    place.error(4, &["tasks", "depend", &two, "--on", &one]);
    place.error(2, &["tasks", "depend", &one, "--on", &two]);
    assert_eq!(depend(&["--remove"])["UnmetDependencies"], 0);
    place.error(3, &["tasks", "depend", &two, "--on", &one, "--remove"]);
}

#[test]
fn many_tasks_are_counted_and_then_changed() {
    let place = Place::with_database();
    for command in ["one", "two", "three"] {
        place.enqueue(command);
    }
    let change = |more: &[&str]| place.json(&[&["tasks", "change"], more].concat());
    let two = r#"{"Command": "two"}"#;
    assert_eq!(change(&["cancel", "--where", two]), json!({"Tasks": 1}));
    assert_eq!(
        change(&["set-priority", "--priority", "High", "--all", "--yes"]),
        json!({"Changed": 3, "Refused": [], "Next": null})
    );
    let cancelled = place.ok(&["tasks", "change", "cancel", "--where", two, "--yes"]);
    assert!(cancelled.contains("1 tasks changed"), "{cancelled}");
    let again = change(&["cancel", "--repository", "/srv/x", "--status", "Pending"]);
    assert_eq!(again, json!({"Tasks": 2}));
    assert_eq!(change(&["retry", "--all"]), json!({"Tasks": 0}));

    place.error(
        2,
        &["tasks", "change", "cancel", "--where", r#"{"Nonsense": 1}"#],
    );
    place.error(
        3,
        &[
            "tasks", "change", "reassign", "--all", "--to", "nobody", "--yes",
        ],
    );
    for incomplete in [
        &["cancel"][..],
        &["cancel", "--where", "[]"],
        &["set-priority", "--all"],
    ] {
        let refused = place.run(&[&["tasks", "change"], incomplete].concat());
        assert_eq!(refused.code, 2, "{}", refused.stderr);
    }
}
