//! No text of a database steers a terminal, whatever command prints it.

use orchestra_store::registry;
use orchestra_store::services::tasks::{self, Claim, Failure, NewTask};
use serde_json::json;

use crate::documentation::commands;
use crate::support::Place;

const HOSTILE: &str = "x\u{1b}]0;title\u{7}\u{9b}31m\u{202e}\u{8}\r\u{200f}";

fn steers(c: char) -> bool {
    let is_layout = c == '\n' || c == '\t';
    (c.is_control() && !is_layout)
        || matches!(c, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text without the program's own colours.
fn without_colours(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once('m') {
            Some((style, rest)) if style.chars().all(|c| c.is_ascii_digit() || c == ';') => {
                plain.push_str(rest);
            }
            _ => plain.push_str(&format!("\u{1b}[{piece}")),
        }
    }
    plain
}

fn hostile_place() -> Place {
    let place = Place::with_database();
    let store = place.store();
    let rows = [
        (
            "ErrorLogs",
            json!({"Message": HOSTILE, "Source": HOSTILE, "ErrorCode": HOSTILE}),
        ),
        (
            "OrchestrationLogs",
            json!({"EventType": HOSTILE, "Message": HOSTILE}),
        ),
        ("Repositories", json!({"Name": HOSTILE, "Path": HOSTILE})),
        (
            "QueuePauses",
            json!({"QueueName": HOSTILE, "Reason": HOSTILE}),
        ),
        (
            "Agents",
            json!({
                "Id": HOSTILE, "Name": HOSTILE, "Type": HOSTILE, "RepositoryPath": HOSTILE,
                "LastPing": "2026-01-01T00:00:00Z",
            }),
        ),
        (
            "ApprovalRequests",
            json!({"AgentId": HOSTILE, "RequestDetails": {"tool": HOSTILE}}),
        ),
        (
            "ChatSessions",
            json!({"Id": "s", "InstanceId": "one", "Title": HOSTILE}),
        ),
        (
            "ChatMessages",
            json!({"SessionId": "s", "MessageType": "User", "Content": HOSTILE}),
        ),
        (
            "TaskTemplates",
            json!({"Name": HOSTILE, "Definition": {"steps": [HOSTILE]}}),
        ),
        (
            "WorkflowDefinitions",
            json!({"Name": HOSTILE, "Definition": {"stages": []}}),
        ),
    ];
    store
        .write(|uow| {
            for (entity, row) in &rows {
                registry::by_name(entity)?.insert(uow, row)?;
            }
            let mut new = NewTask::new(HOSTILE, HOSTILE);
            new.max_retries = Some(0);
            new.id = Some(HOSTILE.parse()?);
            tasks::enqueue(uow, &new)?;
            let claimed = tasks::claim(uow, &Claim::repository(HOSTILE, "w"))?;
            let token = claimed[0].lease_token.as_ref();
            tasks::start(uow, &claimed[0].id, token)?;
            tasks::fail(uow, &claimed[0].id, token, &Failure::new(HOSTILE)).map(drop)
        })
        .unwrap();
    place
}

/// A call of a command; a new command has to have one.
fn call(command: &str) -> Vec<&str> {
    let more: &[&str] = match command {
        "init"
        | "status"
        | "agents list"
        | "tasks list"
        | "approvals list"
        | "queue list"
        | "workflows list"
        | "workflows executions"
        | "templates list"
        | "stats"
        | "check"
        | "vacuum"
        | "checkpoint"
        | "maintain"
        | "logs errors"
        | "logs events" => &[],
        "import" | "restore" | "backup verify" => &["no-such-file\u{1b}"],
        "backup create" => &["copy.db"],
        "backup auto" | "backup list" => &["."],
        "recover" => &["--into", "recovered.db"],
        "report" => &["--html", "-"],
        "completions" => &["bash"],
        "man" => &["-"],
        "export" => &["Tasks"],
        "sql" => &["SELECT Command AS 'a\u{1b}]0;x\u{7}', ErrorMessage FROM Tasks"],
        "demo" => &["--directory", "demo", "--tasks", "20", "--workers", "2"],
        "chat search" => &["title"],
        "tasks enqueue" => &[HOSTILE, "--repository", HOSTILE],
        "tasks redrive" => &["--limit", "1"],
        "tasks depend" => &[HOSTILE, "--on", HOSTILE],
        "queue pause" | "queue resume" => &["--queue", HOSTILE],
        "workflows publish" | "templates publish" => &["no-such-file\u{1b}"],
        "templates run" => &[HOSTILE, "--repository", HOSTILE],
        // One row, or a name that is asked for.
        _ => &[HOSTILE],
    };
    command.split(' ').chain(more.iter().copied()).collect()
}

#[test]
fn no_text_of_a_row_steers_a_terminal() {
    let place = hostile_place();
    let mut shown = 0;
    for (command, _) in commands(&Place::new()) {
        for json in [false, true] {
            let mut words = call(&command);
            words.extend(json.then_some("--json"));
            let mut run = place.command(&words);
            // So that the program's own escapes are printed into the pipe, too.
            let output = run.env("CLICOLOR_FORCE", "1").output().unwrap();
            for stream in [output.stdout, output.stderr] {
                let text = without_colours(&String::from_utf8(stream).unwrap());
                let found = text.chars().find(|c| steers(*c));
                assert_eq!(found, None, "{command}: {text:?}");
                shown += usize::from(text.contains("u{1b}") || text.contains("u001b"));
            }
        }
    }
    assert!(shown > 20, "{shown}");
}

#[test]
fn a_formula_is_exported_as_a_text() {
    let place = Place::with_database();
    place.enqueue("=HYPERLINK(\"http://x\")");
    let csv = ["export", "Tasks", "--format", "csv"];
    assert!(place.ok(&csv).contains(",\"'=HYPERLINK("));
    let raw = place.ok(&[&csv[..], &["--raw-formulas"]].concat());
    assert!(raw.contains(",\"=HYPERLINK("), "{raw}");
}
