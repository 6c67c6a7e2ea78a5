use diesel::prelude::*;
use orchestra_store::UnitOfWork;
use orchestra_store::models::UserId;
use orchestra_store::schema::repositories;
use orchestra_store::services::chat::{self, NewMessage};
use orchestra_store::services::error_logs::{self, NewErrorLog};
use orchestra_store::services::orchestration_logs::{self, NewOrchestrationLog};
use orchestra_store::types::{ErrorSeverity, MessageType};
use serde_json::Value;

use crate::support::{Place, column};

#[test]
fn init_makes_a_database_once() {
    let place = Place::new();
    let first = place.json(&["init"]);
    assert_eq!(first["Created"], true);
    assert!(first["Path"].as_str().unwrap().ends_with("orchestra.db"));
    let second = place.json(&["init"]);
    assert_eq!(second["Created"], false);
    assert_eq!(first["Migrations"], second["Migrations"]);
    assert!(place.ok(&["init"]).contains("was there already"));
}

#[test]
fn the_database_is_named_by_option_then_environment() {
    let place = Place::new();
    let mut command = place.command(&["init"]);
    assert!(
        command
            .env("ORCHESTRA_DB", "from-environment.db")
            .output()
            .unwrap()
            .status
            .success()
    );
    let mut command = place.command(&["init", "--db", "from-option.db"]);
    assert!(
        command
            .env("ORCHESTRA_DB", "from-environment.db")
            .output()
            .unwrap()
            .status
            .success()
    );
    for name in ["from-environment.db", "from-option.db"] {
        assert!(place.files().contains(&name.to_owned()), "{name}");
    }
    assert!(!place.files().contains(&"orchestra.db".to_owned()));
}

#[test]
fn status_tells_sizes_migrations_and_counts() {
    let place = Place::with_database();
    place.enqueue("a");
    let status = place.json(&["status"]);
    assert!(status["DatabaseSize"].as_u64().unwrap() > 0);
    assert!(status["WalSize"].is_u64());
    assert_eq!(status["Tasks"]["Pending"], 1);
    assert_eq!(status["Tasks"]["Failed"], 0);
    assert_eq!(status["Agents"]["Idle"], 0);
    assert_eq!(status["Repositories"], 1);
    let states = column(&status["Migrations"], "State");
    assert!(!states.is_empty() && states.iter().all(|state| *state == "Applied"));

    let text = place.ok(&["status"]);
    for part in [
        "orchestra.db",
        "Write-ahead log",
        "Pending",
        "Offline",
        "applied",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn stats_count_what_was_made_in_the_period() {
    let place = Place::with_database();
    place.enqueue("a");
    let stats = place.json(&["stats", "--period", "7d", "--repository", "/srv/x"]);
    assert_eq!(stats["Total"], 1);
    assert_eq!(stats["ByStatus"]["Pending"], 1);
    assert_eq!(stats["Duration"]["Count"], 0);
    assert!(place.ok(&["stats"]).contains("1 tasks were made from"));

    let error = place.error(3, &["stats", "--repository", "/nowhere"]);
    assert_eq!(error["Details"]["Entity"], "Repositories");
    assert_eq!(
        place.error(3, &["stats", "--agent", "nobody"])["Details"]["Entity"],
        "Agents"
    );
    place.error(2, &["stats", "--period", "5 parsecs"]);
    place.error(2, &["stats", "--period", "9999w"]);
}

#[test]
fn check_finds_a_new_database_sound() {
    let place = Place::with_database();
    assert_eq!(
        place.json(&["check"])["Findings"].as_array().unwrap().len(),
        0
    );
    assert!(place.ok(&["check"]).contains("0 errors, 0 warnings"));
}

#[test]
fn check_finds_what_is_wrong() {
    let place = Place::with_database();
    place.enqueue("a");
    let forget = |uow: &mut UnitOfWork<'_>| {
        let zero = repositories::total_tasks.eq(0);
        let forget = diesel::update(repositories::table).set(zero);
        Ok(forget.execute(uow.connection())?)
    };
    assert_eq!(place.store().write(forget).unwrap(), 1);

    let ran = place.run(&["check", "--json"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["Findings"][0]["Severity"], "Error");
    assert_eq!(report["Findings"][0]["Table"], "Repositories");
    let ran = place.run(&["check"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stdout.contains("is not sound: 1 errors"),
        "{}",
        ran.stdout
    );
}

#[test]
fn what_is_piped_has_no_colours() {
    let place = Place::with_database();
    let id = place.enqueue("printf '\u{1b}[31mred'");
    let lists: [&[&str]; 8] = [
        &["--help"],
        &["status"],
        &["tasks", "list"],
        &["agents", "list"],
        &["stats"],
        &["check"],
        &["tasks", "show", &id],
        &["tasks", "show", "\u{1b}[31mnothing"],
    ];
    for arguments in lists {
        let ran = place.run(arguments);
        assert!(
            !(ran.stdout + &ran.stderr).contains('\u{1b}'),
            "{arguments:?}"
        );
    }
}

#[test]
fn who_closes_the_pipe_sees_no_error() {
    let place = Place::with_database();
    let mut command = place.command(&["status"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ran = command.stdout(writer).output().unwrap();
    assert!(ran.status.success() && ran.stderr.is_empty(), "{ran:?}");
}

#[test]
fn messages_are_found_by_their_words() {
    let place = Place::with_database();
    let say = |uow: &mut UnitOfWork<'_>, user: &str, text: &str| {
        let session = chat::get_or_create_session(uow, Some(&UserId::new(user)?), "desk", "")?;
        chat::append_message(uow, &NewMessage::new(&session.id, MessageType::User, text))
    };
    let store = place.store();
    store
        .write(|uow| {
            say(uow, "ann", "the parser fails")?;
            say(uow, "bob", "fails the parser")
        })
        .unwrap();
    store.close().unwrap();
    let found = |arguments: &[&str]| {
        let hits = place.json(&[&["chat", "search"], arguments].concat());
        hits.as_array().unwrap().len()
    };
    assert_eq!(found(&["parser"]), 2);
    assert_eq!(found(&["parser fails", "--phrase"]), 1);
    assert_eq!(found(&["pars", "--prefix", "--user", "ann"]), 1);
    assert_eq!(found(&["pars"]), 0);
    assert!(
        place
            .ok(&["chat", "search", "parser"])
            .contains("the [parser] fails")
    );
    assert_eq!(
        place.error(2, &["chat", "search", "*"])["Code"],
        "InvalidArgument"
    );
}

#[test]
fn logs_are_shown_from_a_level_on() {
    let place = Place::with_database();
    let store = place.store();
    store
        .write(|uow| {
            let mut error = NewErrorLog::new("disk full");
            error.severity = ErrorSeverity::Critical;
            error_logs::log(uow, &error)?;
            error_logs::log(uow, &NewErrorLog::new("busy"))?;
            orchestration_logs::append(uow, &NewOrchestrationLog::new("Started", "hello"))
        })
        .unwrap();
    store.close().unwrap();
    let all = place.json(&["logs", "errors"]);
    assert_eq!(column(&all, "Message"), ["busy", "disk full"]);
    let critical = place.json(&["logs", "errors", "--level", "critical"]);
    assert_eq!(column(&critical, "Message"), ["disk full"]);
    assert!(place.ok(&["logs", "events"]).contains("Started"));
    let none = place.json(&["logs", "events", "--level", "Warning"]);
    assert_eq!(none.as_array().unwrap().len(), 0);
}
