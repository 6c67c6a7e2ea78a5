use std::fs;

use crate::support::Place;

const LOOKING: [&[&str]; 12] = [
    &["status"],
    &["agents", "list"],
    &["agents", "show", "a"],
    &["tasks", "list"],
    &["tasks", "show", "t"],
    &["tasks", "cancel", "t"],
    &["tasks", "retry", "t"],
    &["stats"],
    &["check"],
    &["backup", "create", "copy.db"],
    &["vacuum"],
    &["checkpoint"],
];

#[test]
fn looking_at_a_database_that_is_not_there_makes_none() {
    let place = Place::new();
    for arguments in LOOKING {
        let error = place.error(3, arguments);
        assert_eq!(error["Code"], "NotFound");
        let message = error["Message"].as_str().unwrap();
        assert!(
            message.contains("orchestra.db") && message.contains("init"),
            "{message}"
        );
    }
    assert!(place.files().is_empty(), "{:?}", place.files());
}

#[test]
fn a_file_that_is_no_database_is_left_as_it_was() {
    let place = Place::new();
    let content = "Dear diary, today I was not a database. ".repeat(100);
    fs::write(place.path("orchestra.db"), &content).unwrap();
    for arguments in LOOKING.into_iter().chain([&["init"] as &[_]]) {
        assert_eq!(
            place.error(6, arguments)["Code"],
            "NotADatabase",
            "{arguments:?}"
        );
    }
    assert_eq!(
        fs::read_to_string(place.path("orchestra.db")).unwrap(),
        content
    );
}

#[test]
fn an_id_that_is_not_there_is_named() {
    let place = Place::with_database();
    let commands: [(&str, &[&str]); 4] = [
        ("Agents", &["agents", "show", "nobody"]),
        ("Tasks", &["tasks", "show", "nobody"]),
        ("Tasks", &["tasks", "cancel", "nobody"]),
        ("Tasks", &["tasks", "retry", "nobody"]),
    ];
    for (entity, arguments) in commands {
        let error = place.error(3, arguments);
        assert_eq!(error["Code"], "NotFound");
        assert_eq!(error["Details"]["Entity"], entity);
        assert_eq!(error["Details"]["Id"], "nobody");
    }
}

#[test]
fn a_value_that_is_not_accepted_is_named_and_nothing_is_written() {
    let place = Place::with_database();
    let long = "x".repeat(2001);
    let error = place.error(2, &["tasks", "enqueue", &long, "--repository", "/srv/x"]);
    assert_eq!(error["Code"], "InvalidArgument");
    assert_eq!(error["Details"]["Column"], "Command");

    let base = ["tasks", "enqueue", "a", "--repository", "/srv/x"];
    let enqueue = |more: [&'static str; 2]| [&base[..], &more].concat();
    let error = place.error(2, &enqueue(["--max-retries", "11"]));
    assert_eq!(error["Details"]["Column"], "MaxRetries");
    let error = place.error(3, &enqueue(["--agent", "nobody"]));
    assert_eq!(error["Details"]["Entity"], "Agents");
    for wrong in [
        ["--priority", "urgent"],
        ["--at", "tomorrow"],
        ["--agent", ""],
    ] {
        let error = place.error(2, &enqueue(wrong));
        assert!(
            error["Message"].as_str().unwrap().contains(wrong[0]),
            "{error}"
        );
    }
    assert_eq!(place.json(&["tasks", "list"]).as_array().unwrap().len(), 0);
}

#[test]
fn usage_is_told_by_clap() {
    let place = Place::new();
    for arguments in [
        &["tasks", "enqueue"] as &[_],
        &["no-such-command"],
        &["tasks", "list", "--limit", "-1"],
    ] {
        assert_eq!(place.run(arguments).code, 2, "{arguments:?}");
    }
    assert_eq!(place.run(&[]).code, 2);
    assert_eq!(place.run(&["--version"]).code, 0);
}

#[test]
fn a_busy_database_can_be_tried_again() {
    let place = Place::with_database();
    place
        .store()
        .write(|_| {
            let error = place.run(&["tasks", "enqueue", "a", "--repository", "/srv/x"]);
            assert_eq!(error.code, 5, "{}", error.stderr);
            Ok(())
        })
        .unwrap();
    place.enqueue("a");
}

#[test]
fn a_command_that_only_reads_needs_no_right_to_write() {
    let place = Place::with_database();
    place.ok(&["tasks", "enqueue", "make", "--repository", "/srv"]);
    let before = place.files();
    for arguments in [
        &["status", "--read-only"][..],
        &["tasks", "list", "--read-only"],
        &["check", "--read-only"],
        &["stats", "--read-only"],
        &["sql", "SELECT count(*) FROM Tasks", "--read-only"],
    ] {
        place.ok(arguments);
    }
    let refused = place.error(
        4,
        &[
            "tasks",
            "enqueue",
            "make",
            "--repository",
            "/srv",
            "--read-only",
        ],
    );
    assert_eq!(refused["Code"], "ReadOnly");
    let missing = place.error(3, &["init", "--read-only", "--db", "another.db"]);
    assert_eq!(missing["Code"], "NotFound");
    assert_eq!(place.files(), before);
}

#[cfg(unix)]
#[test]
fn a_database_with_two_names_is_written_to_only_when_told() {
    let place = Place::with_database();
    fs::hard_link(place.path("orchestra.db"), place.path("second.db")).unwrap();
    let enqueue = ["tasks", "enqueue", "make", "--repository", "/srv"];
    let refused = place.error(6, &enqueue);
    assert_eq!(refused["Code"], "FileUnsafe");
    for looking in [
        &["status"][..],
        &["check"],
        &["sql", "SELECT 1"],
        &["backup", "create", "copy.db"],
    ] {
        place.ok(looking);
    }
    place.ok(&[&enqueue[..], &["--allow-unsafe-location"]].concat());
}
