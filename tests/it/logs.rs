//! The error log and the orchestration log.

use orchestra_store::models::{ErrorLog, OrchestrationLog, TaskId};
use orchestra_store::services::error_logs::{self, ErrorLogFilter, NewErrorLog};
use orchestra_store::services::orchestration_logs::{
    self, NewOrchestrationLog, OrchestrationLogFilter,
};
use orchestra_store::types::ErrorSeverity;
use orchestra_store::{Clock as _, ErrorCode, UserContext};

use crate::support::TestStore;

fn error(test: &TestStore, message: &str, change: impl FnOnce(&mut NewErrorLog)) -> ErrorLog {
    let mut new = NewErrorLog::new(message);
    change(&mut new);
    test.advance_seconds(1);
    test.store.write(|uow| error_logs::log(uow, &new)).unwrap()
}

fn errors(test: &TestStore, filter: &ErrorLogFilter) -> Vec<String> {
    let found = test
        .store
        .read(|r| error_logs::list(r, filter, None, 100))
        .unwrap();
    found.items.into_iter().map(|log| log.message).collect()
}

#[test]
fn errors_are_found_by_what_is_known_of_them() {
    let test = TestStore::new();
    error(&test, "one", |e| e.severity = ErrorSeverity::Warning);
    error(&test, "two", |e| {
        e.source = Some("scheduler".to_owned());
        e.error_code = Some("Busy".to_owned());
    });
    let middle = test.clock.now();
    error(&test, "three", |e| {
        e.severity = ErrorSeverity::Critical;
        e.entity_type = Some("Tasks".to_owned());
        e.entity_id = Some("t1".to_owned());
    });
    let user = UserContext {
        correlation_id: Some("c1".to_owned()),
        ..UserContext::user("ann")
    };
    let logged = test
        .store
        .context(user)
        .write(|uow| error_logs::log(uow, &NewErrorLog::new("four")))
        .unwrap();
    assert_eq!(logged.user_id.unwrap().as_str(), "ann");

    let by = |change: &dyn Fn(&mut ErrorLogFilter)| {
        let mut filter = ErrorLogFilter::default();
        change(&mut filter);
        errors(&test, &filter)
    };
    assert_eq!(by(&|_| {}).len(), 4);
    let at_least = |severity| by(&|f| f.minimum_severity = Some(severity));
    assert_eq!(at_least(ErrorSeverity::Critical), ["three"]);
    assert_eq!(at_least(ErrorSeverity::Error).len(), 3);
    assert_eq!(by(&|f| f.source = Some("scheduler".to_owned())), ["two"]);
    assert_eq!(by(&|f| f.error_code = Some("Busy".to_owned())), ["two"]);
    assert_eq!(by(&|f| f.correlation_id = Some("c1".to_owned())), ["four"]);
    let of_task = |f: &mut ErrorLogFilter| {
        f.entity_type = Some("Tasks".to_owned());
        f.entity_id = Some("t1".to_owned());
    };
    assert_eq!(by(&of_task), ["three"]);
    assert_eq!(by(&|f| f.to = Some(middle)), ["one"]);
    assert_eq!(by(&|f| f.from = Some(middle)).len(), 3);

    let alone = ErrorLogFilter {
        entity_id: Some("t1".to_owned()),
        ..ErrorLogFilter::default()
    };
    let refused = test.store.read(|r| error_logs::list(r, &alone, None, 10));
    assert_eq!(refused.unwrap_err().code(), ErrorCode::InvalidArgument);
}

#[test]
fn codes_are_counted_within_a_period() {
    let test = TestStore::new();
    let start = test.clock.now();
    for code in ["Busy", "DiskFull", "Busy", ""] {
        error(&test, "x", |e| {
            e.error_code = (!code.is_empty()).then(|| code.to_owned());
        });
    }
    let last_busy = error(&test, "x", |e| e.error_code = Some("Busy".to_owned()));
    let end = test.clock.now();
    let count = |to, limit| {
        let counted = test
            .store
            .read(|r| error_logs::counts_by_code(r, start, to, limit))
            .unwrap();
        let each = counted
            .into_iter()
            .map(|c| (c.error_code, c.count, c.last_at));
        each.collect::<Vec<_>>()
    };
    let all = count(end + orchestra_store::types::TimeSpan::from_ticks(1), 10);
    assert_eq!(
        all[0],
        (Some("Busy".to_owned()), 3, Some(last_busy.timestamp))
    );
    assert_eq!(all.len(), 3);
    assert_eq!(count(end, 1)[0].1, 2, "the end is not in the period");
}

#[test]
fn a_message_is_needed_and_a_field_too_long_is_named() {
    let test = TestStore::new();
    let log = |new: &NewErrorLog| {
        let error = test
            .store
            .write(|uow| error_logs::log(uow, new))
            .unwrap_err();
        error.details().column.clone()
    };
    assert_eq!(log(&NewErrorLog::new("")).as_deref(), Some("Message"));
    let mut new = NewErrorLog::new("x");
    new.source = Some("x".repeat(256));
    assert_eq!(log(&new).as_deref(), Some("Source"));
    assert!(errors(&test, &ErrorLogFilter::default()).is_empty());
}

fn event(test: &TestStore, new: &NewOrchestrationLog) -> OrchestrationLog {
    test.advance_seconds(1);
    test.store
        .write(|uow| orchestration_logs::append(uow, new))
        .unwrap()
}

#[test]
fn events_are_found_by_what_they_are_about() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let task = test.enqueue(&orchestra_store::services::tasks::NewTask::new(
        "ls",
        "/srv/git/b",
    ));
    let mut new = NewOrchestrationLog::new("TaskQueued", "queued");
    new.task_id = Some(task.id.clone());
    new.repository_id = task.repository_id.clone();
    event(&test, &new);
    let mut new = NewOrchestrationLog::new("AgentLost", "lost");
    new.level = ErrorSeverity::Warning;
    new.agent_id = Some(agent.clone());
    event(&test, &new);
    event(&test, &NewOrchestrationLog::new("Started", "started"));

    let by = |change: &dyn Fn(&mut OrchestrationLogFilter)| {
        let mut filter = OrchestrationLogFilter::default();
        change(&mut filter);
        let found = test
            .store
            .read(|r| orchestration_logs::list(r, &filter, None, 100))
            .unwrap();
        let messages = found.items.into_iter().map(|log| log.message);
        messages.collect::<Vec<_>>()
    };
    assert_eq!(by(&|_| {}), ["started", "lost", "queued"]);
    assert_eq!(
        by(&|f| f.minimum_level = Some(ErrorSeverity::Warning)),
        ["lost"]
    );
    assert_eq!(
        by(&|f| f.event_type = Some("Started".to_owned())),
        ["started"]
    );
    assert_eq!(by(&|f| f.agent_id = Some(agent.clone())), ["lost"]);
    assert_eq!(by(&|f| f.task_id = Some(task.id.clone())), ["queued"]);
    assert_eq!(
        by(&|f| f.repository_id = task.repository_id.clone()),
        ["queued"]
    );
    let now = test.clock.now();
    assert_eq!(by(&|f| f.from = Some(now)), ["started"]);
    assert_eq!(by(&|f| f.to = Some(now)).len(), 2);

    let mut new = NewOrchestrationLog::new("TaskQueued", "queued");
    new.task_id = TaskId::new("nobody").ok();
    let refused = test
        .store
        .write(|uow| orchestration_logs::append(uow, &new))
        .unwrap_err();
    assert_eq!(refused.code(), ErrorCode::ConstraintViolation);
}

#[test]
fn pages_of_a_log_follow_one_another() {
    let test = TestStore::new();
    for number in 0..10 {
        let new = NewOrchestrationLog::new("Step", number.to_string());
        test.store
            .write(|uow| orchestration_logs::append(uow, &new))
            .unwrap();
    }
    let filter = OrchestrationLogFilter::default();
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = test
            .store
            .read(|r| orchestration_logs::list(r, &filter, cursor.as_ref(), 3))
            .unwrap();
        seen.extend(page.items.into_iter().map(|log| log.message));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    seen.sort();
    let all: Vec<String> = (0..10).map(|number| number.to_string()).collect();
    assert_eq!(seen, all);
}
