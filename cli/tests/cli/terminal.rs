//! No text of a database steers a terminal, whatever command prints it.

use std::collections::BTreeSet;
use std::process::{Command, Output, Stdio};

use diesel::RunQueryDsl as _;
use orchestra_store::registry;
use orchestra_store::services::agents;
use orchestra_store::services::approvals::{self, Decision};
use orchestra_store::services::tasks::{self, Claim, Dependency, Failure, NewTask};
use serde_json::{Value, json};

use crate::documentation::commands;
use crate::large_state::large_state;
use crate::support::{Place, text};

const HOSTILE: &str = "x\u{1b}]0;title\u{7}\u{9b}31m\u{202e}\u{8}\r\u{200f}";

fn steers(c: char) -> bool {
    let is_layout = c == '\n' || c == '\t';
    (c.is_control() && !is_layout)
        || matches!(c, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text without the program's own colours and bars.
fn without_colours(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        match rest.strip_prefix(['m', 'K', 'A', 'B']) {
            Some(rest) => plain.push_str(rest),
            None => plain.push_str(&format!("\u{1b}[{piece}")),
        }
    }
    plain
}

/// Inserts a row of each entity that a command shows.
fn insert_rows(place: &Place) {
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
            json!({"Id": "request", "AgentId": HOSTILE, "RequestDetails": {"tool": HOSTILE}}),
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
            "AgentSessions",
            json!({"AgentId": HOSTILE, "SessionId": HOSTILE, "WorkingDirectory": HOSTILE}),
        ),
        ("AuditLogs", json!({"EntityType": "Tests", "Action": "Try"})),
        (
            "PerformanceMetrics",
            json!({"EntityType": "Host", "MetricName": "Load", "MetricValue": 0.5}),
        ),
        ("TemplateCategories", json!({"Name": HOSTILE})),
        (
            "Users",
            json!({"UserName": HOSTILE, "DisplayName": HOSTILE, "Email": HOSTILE}),
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
            tasks::fail(uow, &claimed[0].id, token, &Failure::new(HOSTILE))?;
            let mut waiting = NewTask::new(HOSTILE, HOSTILE);
            for id in ["leased", "waiting", "waiting-too", "dependent"] {
                waiting.id = Some(id.parse()?);
                if id == "dependent" {
                    waiting.depends_on = vec![Dependency::Task("waiting-too".parse()?)];
                }
                tasks::enqueue(uow, &waiting)?;
                if id == "leased" {
                    tasks::claim(uow, &Claim::repository(HOSTILE, HOSTILE))?;
                }
            }
            waiting.id = Some("running".parse()?);
            waiting.depends_on.clear();
            tasks::enqueue(uow, &waiting)?;
            tasks::start(uow, &"running".parse()?, None)?;
            let mut worker = agents::NewAgent::new(HOSTILE, HOSTILE, HOSTILE);
            worker.id = Some("worker".parse()?);
            agents::register(uow, &worker)?;
            let decided = json!({"Id": "decided", "AgentId": HOSTILE});
            registry::by_name("ApprovalRequests")?.insert(uow, &decided)?;
            let decision = Decision {
                decided_by: Some(HOSTILE.to_owned()),
                reason: Some(HOSTILE.to_owned()),
                resume_session: false,
            };
            approvals::approve(uow, &"decided".parse()?, &decision)?;
            Ok(())
        })
        .unwrap();
}

/// Columns of texts, apart from keys, that take no hostile text, with the reason.
const UNFILLED: [(&str, &[&str]); 4] = [
    (
        "the pause is of a queue, which the commands name",
        &["QueuePauses.RepositoryPath"],
    ),
    (
        "they refer to rows, whose ids the commands take",
        &[
            "Agents.RepositoryId",
            "ChatMessages.ParentMessageId",
            "ChatMessages.SessionId",
            "ChatMessages.WorkflowExecutionId",
            "OrchestrationLogs.RepositoryId",
            "TaskDependencies.DependsOnTaskId",
            "TaskDependencies.TaskId",
            "TaskTemplates.CategoryId",
            "Tasks.ParentTaskId",
            "Tasks.RepositoryId",
            "Tasks.WorkflowExecutionId",
            "Tasks.WorkflowId",
            "TemplateCategories.ParentCategoryId",
            "UserPreferences.RepositoryId",
            "WorkflowDefinitions.PreviousVersionId",
            "WorkflowExecutions.ParentExecutionId",
            "WorkflowExecutions.WorkflowDefinitionId",
        ],
    ),
    (
        "the schema keeps them in a form",
        &[
            "PerformanceMetrics.PeriodType",
            "UserPreferences.EncryptionKeyId",
        ],
    ),
    (
        "they have a form of their own; definitions are published with hostile texts",
        &[
            "TaskTemplates.Definition",
            "WorkflowDefinitions.Definition",
            "WorkflowDefinitions.InputSchema",
            "WorkflowDefinitions.OutputSchema",
            "WorkflowExecutions.ExecutionPlan",
        ],
    ),
];

/// Puts the hostile text into every column of texts of every row, in the form that the column takes. A new column is
/// filled, or has to be listed.
fn fill_columns(place: &Place) {
    let listed: BTreeSet<_> = UNFILLED.iter().flat_map(|(_, names)| *names).collect();
    let mut unfilled = BTreeSet::new();
    let triggers = drop_triggers(place);
    for entity in registry::entities() {
        let columns = entity.columns().into_iter();
        let texts = columns.filter(|column| ["Text", "Json", "List"].contains(&column.kind));
        for column in texts.filter(|column| !column.is_generated && column.name != "Id") {
            let name = format!("{}.{}", entity.name(), column.name);
            if listed.contains(&&*name) || !fill(place, entity.name(), column.name) {
                unfilled.insert(name);
            }
        }
    }
    for trigger in triggers {
        execute(place, &trigger, None).unwrap();
    }
    let listed: BTreeSet<String> = listed.into_iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(unfilled, listed);
}

/// Puts the hostile text into a column of all rows that take it, in some form, and returns true if there are any.
fn fill(place: &Place, table: &str, column: &str) -> bool {
    let documents = [json!([HOSTILE]), json!({HOSTILE: HOSTILE})].map(|value| value.to_string());
    let mut forms = [HOSTILE.to_owned()].into_iter().chain(documents);
    let update = format!("UPDATE OR IGNORE {table} SET {column} = ?");
    forms.any(|form| execute(place, &update, Some(&form)).is_ok_and(|rows| rows > 0))
}

/// Takes away the triggers that refuse to change rows, and returns their statements.
fn drop_triggers(place: &Place) -> Vec<String> {
    #[derive(diesel::QueryableByName)]
    struct Trigger {
        #[diesel(sql_type = diesel::sql_types::Text)]
        name: String,
        #[diesel(sql_type = diesel::sql_types::Text)]
        sql: String,
    }
    let refusing =
        "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND sql LIKE '%BEFORE UPDATE%'";
    let triggers = place
        .store()
        .read(|reader| Ok(diesel::sql_query(refusing).load::<Trigger>(reader.connection())?))
        .unwrap();
    for trigger in &triggers {
        execute(place, &format!("DROP TRIGGER {}", trigger.name), None).unwrap();
    }
    triggers.into_iter().map(|trigger| trigger.sql).collect()
}

fn execute(place: &Place, sql: &str, text: Option<&str>) -> orchestra_store::Result<usize> {
    let query = diesel::sql_query(sql);
    place.store().write(|uow| {
        let conn = uow.connection();
        Ok(match text {
            None => query.execute(conn)?,
            Some(text) => query
                .bind::<diesel::sql_types::Text, _>(text)
                .execute(conn)?,
        })
    })
}

fn publish(place: &Place, command: &str, definition: &Value) {
    let document = json!({"Name": HOSTILE, "Definition": definition});
    std::fs::write(place.path(command), document.to_string()).unwrap();
    place.json(&[command, "publish", command]);
}

/// Ids of executions that the commands steer.
struct Executions {
    pending: String,
    paused: String,
    failed: String,
}

fn start_executions(place: &Place) -> Executions {
    let id = || {
        let start = ["workflows", "start", HOSTILE, "--repository", "/w"];
        text(&place.json(&start)["Id"]).to_owned()
    };
    let failed = id();
    let failure = Failure {
        permanent: true,
        ..Failure::new(HOSTILE)
    };
    let ended = place.store().write(|uow| {
        let task = tasks::claim(uow, &Claim::repository("/w", "w"))?.remove(0);
        let token = task.lease_token.as_ref();
        tasks::start(uow, &task.id, token)?;
        tasks::fail(uow, &task.id, token, &failure)
    });
    ended.unwrap();
    let paused = id();
    place.ok(&["workflows", "pause", &paused]);
    Executions {
        pending: id(),
        paused,
        failed,
    }
}

/// A database of hostile texts, and files with such.
fn hostile_place() -> (Place, Executions) {
    let place = Place::with_database();
    insert_rows(&place);
    let stages = json!({"stages": [{"name": "a", "tasks": [{"command": HOSTILE}]}]});
    publish(&place, "workflows", &stages);
    publish(
        &place,
        "templates",
        &json!({"steps": [{"command": HOSTILE}]}),
    );
    let executions = start_executions(&place);
    fill_columns(&place);
    place.ok(&["queue", "pause", "--queue", "other"]);
    place.ok(&["backup", "create", "old.db"]);
    let state = serde_json::to_string(&large_state()).unwrap();
    let escaped = serde_json::to_string(HOSTILE).unwrap();
    let state = state.replace("Billing API", escaped.trim_matches('"'));
    std::fs::write(place.path("state.json"), state).unwrap();
    (place, executions)
}

/// A call of a command that succeeds; a new command has to have one.
fn call<'a>(command: &'a str, executions: &'a Executions) -> Vec<&'a str> {
    let more: &[&str] = match command {
        "init" | "status" | "agents list" | "agents stale" | "agents maintenance"
        | "tasks list" | "approvals list" | "queue list" | "workflows list" | "templates list"
        | "stats" | "check" | "vacuum" | "checkpoint" | "maintain" | "logs errors"
        | "logs events" => &[],
        "agents show" | "tasks show" | "tasks explain" | "tasks retry" => &[HOSTILE],
        "templates show" | "workflows show" => &[HOSTILE],
        "agents heartbeat" => &[HOSTILE],
        "tasks claim" => &["worker"],
        "agents register" => &[HOSTILE, "--type", HOSTILE, "--repository", HOSTILE],
        "agents set" => &[HOSTILE, "--max-tasks", "2"],
        "tasks cancel" | "tasks reassign" | "tasks reschedule" | "tasks start" => &["waiting"],
        "tasks delete" => &["dependent"],
        "tasks heartbeat" | "tasks release" => &["leased", "--token", HOSTILE],
        "tasks progress" => &["running", "--percent", "50"],
        "tasks complete" => &["running", "--result", HOSTILE],
        "tasks fail" => &["running", "--message", HOSTILE],
        "tasks depend" => &["waiting", "--on", "waiting-too"],
        "tasks enqueue" => &[HOSTILE, "--repository", HOSTILE],
        "tasks change" => &[
            "set-priority",
            "--priority",
            "High",
            "--repository",
            HOSTILE,
            "--yes",
        ],
        "users erase" => &[HOSTILE, "--yes"],
        "tasks redrive" => &["--limit", "1"],
        "approvals approve" | "approvals reject" => &["request", "--by", HOSTILE],
        "import" => &["state.json"],
        "restore" => &["old.db", "--yes"],
        "backup verify" => &["old.db"],
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
        "queue pause" => &["--queue", "\u{1b}]0;x\u{7}"],
        "queue resume" => &["--queue", HOSTILE],
        "workflows publish" => &["workflows"],
        "templates publish" => &["templates"],
        "templates run" | "workflows start" => &[HOSTILE, "--repository", HOSTILE],
        "workflows cancel" | "workflows pause" => &[&executions.pending],
        "workflows resume" => &[&executions.paused],
        "workflows retry" => &[&executions.failed],
        other => panic!("{other} must have a call in this table"),
    };
    command.split(' ').chain(more.iter().copied()).collect()
}

/// Fails where a text steers; returns whether it shows what would have.
fn look_at(words: &[&str], output: &[u8]) -> bool {
    let text = without_colours(&String::from_utf8_lossy(output));
    let found = text.chars().find(|c| steers(*c));
    assert_eq!(found, None, "{words:?}: {text:?}");
    text.contains("u{1b}") || text.contains("u001b")
}

/// The call on a pseudo-terminal; none where there is no Python to make one.
fn on_a_terminal(place: &Place, words: &[&str]) -> Option<Output> {
    const SPAWN: &str = "import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
    let program = env!("CARGO_BIN_EXE_orchestra");
    let mut python = Command::new("python3");
    python.args(["-c", SPAWN, program]).args(words);
    python
        .current_dir(place.path(""))
        .env_remove("ORCHESTRA_DB");
    python.stdin(Stdio::null()).output().ok()
}

#[test]
fn no_text_of_a_row_steers_a_terminal() {
    let (hostile, executions) = hostile_place();
    let mut shown = 0;
    for (command, _) in commands(&Place::new()) {
        for json in [false, true] {
            let mut words = call(&command, &executions);
            words.extend(json.then_some("--json"));
            let place = hostile.copy();
            let mut run = place.command(&words);
            // So that the program's own escapes are printed into the pipe, too.
            let output = run.env("CLICOLOR_FORCE", "1").output().unwrap();
            let error = String::from_utf8_lossy(&output.stderr);
            let printed = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "{words:?}: {printed} {error}");
            shown += usize::from(look_at(&words, &output.stdout));
            look_at(&words, &output.stderr);
        }
    }
    assert!(shown > 20, "{shown}");
}

#[test]
fn nor_on_a_terminal_itself() {
    let (hostile, executions) = hostile_place();
    for (command, _) in commands(&Place::new()) {
        let words = call(&command, &executions);
        let Some(output) = on_a_terminal(&hostile.copy(), &words) else {
            eprintln!("skipped: there is no python3");
            return;
        };
        assert!(output.status.success(), "{words:?}");
        // The terminal ends lines with one, and bars begin with one; pipes show any other.
        let plain: Vec<u8> = output.stdout.into_iter().filter(|b| *b != b'\r').collect();
        look_at(&words, &plain);
    }
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
