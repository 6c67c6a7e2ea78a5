//! Who may change which column by a generic update: each entity, each column.

use std::cell::RefCell;

use orchestra_store::models::Task;
use orchestra_store::query::Specification;
use orchestra_store::registry::{self, AnyEntity, ColumnInfo};
use orchestra_store::services::{data, tasks};
use orchestra_store::types::{TaskPriority, TaskStatus};
use orchestra_store::{Error, ErrorCode, Result};
use serde_json::{Value, json};

use crate::every_entity::{add_three, for_each_entity, row, write};
use crate::support::{TestStore, token_of};

/// Columns that any update may change. A column that isn't here is one that an operation or the store writes.
const OF_CALLERS: &str = "
    Agents: Name Type SessionId ConfigurationJson MaxConcurrentTasks HealthCheckInterval
    AgentSessions: AgentId SessionId ProcessId WorkingDirectory
    ApprovalRequests: SessionId AgentId ExpiresAt RequestDetails
    ChatMessages: AgentId UserId MessageType FormattedContent Attachments HasFiles FileCount TotalFileSize ThreadId
        ParentMessageId ProcessingTime TokenCount ModelVersion SentimentScore Language Topics ResponseTime QueueTime
        LinkedTaskId WorkflowExecutionId Timestamp Metadata
    ChatSessions: UserId InstanceId Title
    Repositories: Name Description Type IsActive SettingsJson DefaultBranch AllowedOperations AccessLevel OwnerUserId
        PerformanceRating
    PerformanceMetrics: EntityType EntityId MetricName MetricUnit Timestamp PeriodType PeriodStart PeriodEnd Tags
        Properties
    QueuePauses: Reason
    Tasks: Command Priority AvailableAt MaxRetries CorrelationId ParentTaskId HangfireJobId QueueName
    TaskDependencies: OnFailure
    TaskTemplates: Description Category CategoryId Tags IsPublic
    TemplateCategories: Name Description ParentCategoryId SortOrder
    UserPreferences: UserId Key Value Type Category RepositoryId AgentId Description IsReadOnly
    Users: UserName DisplayName Email IsActive
    WorkflowDefinitions: Description Category Tags Author IsPublic ChangeLog
    WorkflowExecutions: ProgressMessage PeakMemoryUsage CpuTime IoOperations TriggerUserId TriggerType
        ParentExecutionId
";

/// Other columns whose first values a new row may give.
const GIVEN: &str = "
    Agents: Id Status LastPing RepositoryPath RepositoryId
    AgentSessions: Id
    ApprovalRequests: Id
    ChatMessages: Id SessionId Content
    ChatSessions: Id LastMessageAt
    Repositories: Id Path LastAccessedAt
    PerformanceMetrics: Id MetricValue SampleCount MinValue MaxValue Sum M2 StandardDeviation
    QueuePauses: Id QueueName RepositoryPath
    Tasks: Id AgentId IsPinned IdempotencyKey RepositoryPath RepositoryId WorkflowId WorkflowExecutionId WorkflowStep
    TaskDependencies: Id TaskId DependsOnTaskId
    TaskTemplates: Id Name Version Definition IsActive
    TemplateCategories: Id
    UserPreferences: Id
    Users: Id
    WorkflowDefinitions: Id Name Version Definition InputSchema OutputSchema IsActive PreviousVersionId
    WorkflowExecutions: Id WorkflowDefinitionId WorkflowVersion InputParameters StartedAt
";

fn is_of_callers(entity: &str, column: &str) -> bool {
    is_in(OF_CALLERS, entity, column)
}

fn is_in(list: &str, entity: &str, column: &str) -> bool {
    let mut of_entity = false;
    for word in list.split_whitespace() {
        match word.strip_suffix(':') {
            Some(name) => of_entity = name == entity,
            None if of_entity && word == column => return true,
            None => {}
        }
    }
    false
}

/// Two values of this kind.
fn values_of(column: &ColumnInfo) -> [Value; 2] {
    match column.kind {
        "Text" => [json!("other"), json!("another")],
        "Real" => [json!(0.5), json!(0.25)],
        "Bool" => [json!(true), json!(false)],
        "Time" => ["2025", "2024"].map(|year| json!(format!("{year}-01-01 00:00:00.0000000"))),
        "TimeSpan" => [json!("00:00:01"), json!("00:00:02")],
        "Json" => [json!({"a": 1}), json!({"a": 2})],
        "List" => [json!(["a"]), json!(["b"])],
        _ => [json!(1), json!(2)],
    }
}

/// A value that the row doesn't have; the number of an enum reads as a name.
fn another(test: &TestStore, entity: &dyn AnyEntity, column: &ColumnInfo, value: &Value) -> Value {
    let [first, second] = values_of(column);
    let is_first = match column.kind {
        "Enum" => {
            let document = json!({"where": {"Id": "row-1", column.name: first}});
            test.store.read(|r| entity.exists(r, &document)).unwrap()
        }
        _ => *value == first,
    };
    if is_first { second } else { first }
}

/// Gives one column of a row another value: by a row, by rows, and by a filter.
fn change(test: &TestStore, entity: &dyn AnyEntity, column: &ColumnInfo) -> [Result<()>; 3] {
    let row = test.store.read(|r| entity.get(r, "row-1")).unwrap();
    let value = another(test, entity, column, &row[column.name]);
    let mut changed = row;
    changed[column.name] = value.clone();
    let alone = json!({"where": {"Id": "row-1"}});
    [
        test.store
            .write(|uow| entity.update(uow, &changed).map(drop)),
        test.store.write(|uow| {
            entity
                .update_many(uow, std::slice::from_ref(&changed))
                .map(drop)
        }),
        test.store.write(|uow| {
            entity
                .bulk_update(uow, &alone, &json!({column.name: value}))
                .map(drop)
        }),
    ]
}

#[test]
fn a_column_that_an_operation_or_the_store_writes_is_refused_by_its_name() {
    for_each_entity(|test, entity| {
        if entity.is_log() {
            return;
        }
        let before = add_three(test, entity).remove(0);
        for column in entity.columns().iter().filter(|c| c.name != "Id") {
            let place = format!("{}.{}", entity.name(), column.name);
            let is_of_callers = is_of_callers(entity.name(), column.name);
            assert_eq!(column.writer.is_none(), is_of_callers, "{place}");
            if is_of_callers {
                continue;
            }
            // What changes without a new version may have changed since the row was read.
            let code = match column.name {
                "RowVersion" | "LastPing" | "LastAccessedAt" | "IsHeld" => ErrorCode::Conflict,
                "LeaseExpiresAt" | "LeaseRenewedAt" | "LeaseBoot" | "LeaseDeadline" => {
                    ErrorCode::Conflict
                }
                _ => ErrorCode::InvalidArgument,
            };
            let [one, many, bulk] = change(test, entity, column);
            for (error, code) in [
                (one, code),
                (many, code),
                (bulk, ErrorCode::InvalidArgument),
            ] {
                let error = error.expect_err(&place);
                assert_eq!(error.code(), code, "{place}: {error}");
                let named = error.details().column.as_deref();
                assert!(
                    code == ErrorCode::Conflict || named == Some(column.name),
                    "{place}: {error}"
                );
            }
        }
        let after = test.store.read(|r| entity.get(r, "row-1")).unwrap();
        assert_eq!(after, before, "{}", entity.name());
    });
}

#[test]
fn a_new_row_leaves_out_what_an_operation_or_the_store_writes() {
    let replaced = RefCell::new(Vec::new());
    for_each_entity(|test, entity| {
        if entity.is_log() {
            return;
        }
        for column in entity.columns() {
            let place = format!("{}.{}", entity.name(), column.name);
            let mut new = row(entity.name(), 9);
            new[column.name] = values_of(&column)[usize::from(column.kind != "Bool")].clone();
            let may_be_given = is_of_callers(entity.name(), column.name)
                || is_in(GIVEN, entity.name(), column.name);
            let mut outcome = None;
            let rolled_back = test.store.write(|uow| -> Result<()> {
                outcome = Some(entity.insert(uow, &new));
                Err(Error::new(ErrorCode::Misuse, "each column is tried alone"))
            });
            assert!(rolled_back.is_err());
            let outcome = outcome.unwrap();
            if may_be_given {
                // Another rule may refuse it.
                let message = outcome.err().map(|e| e.message().to_owned());
                let is_refused = message.is_some_and(|m| m.contains("must be left out"));
                if is_refused {
                    replaced.borrow_mut().push(place);
                }
                continue;
            }
            let error = outcome.expect_err(&place);
            assert_eq!(error.code(), ErrorCode::InvalidArgument, "{place}: {error}");
            assert_eq!(
                error.details().column.as_deref(),
                Some(column.name),
                "{place}"
            );
        }
    });
    assert_eq!(replaced.into_inner(), REPLACED);
}

/// Columns of new rows that the operation which adds them fills from something else, with which they have to agree.
const REPLACED: [&str; 9] = [
    "Agents.RepositoryId",
    "Tasks.IsPinned",
    "Tasks.RepositoryId",
    "WorkflowExecutions.WorkflowVersion",
    "WorkflowExecutions.ProgressMessage",
    "WorkflowExecutions.PeakMemoryUsage",
    "WorkflowExecutions.CpuTime",
    "WorkflowExecutions.IoOperations",
    "WorkflowExecutions.TriggerUserId",
];

#[test]
fn a_column_of_the_callers_is_written() {
    let written = RefCell::new(Vec::new());
    for_each_entity(|test, entity| {
        if entity.is_log() {
            return;
        }
        add_three(test, entity);
        let columns = entity.columns();
        for column in columns
            .iter()
            .filter(|c| is_of_callers(entity.name(), c.name))
        {
            let [outcome, ..] = change(test, entity, column);
            match outcome {
                Ok(()) => written.borrow_mut().push(column.name),
                // References to rows that don't exist, and values that another rule refuses.
                Err(error) => assert!(!error.message().contains("only"), "{error}"),
            }
        }
    });
    let written = written.into_inner();
    assert!(written.len() > 60, "{}: {written:?}", written.len());
}

#[test]
fn a_task_that_somebody_has_leased_ends_by_its_operations_alone() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    test.task("ls");
    let claimed = test.claim(&agent, 1).remove(0);
    let entity = registry::by_name("Tasks").unwrap();
    let read = || {
        test.store
            .read(|r| entity.get(r, claimed.id.as_str()))
            .unwrap()
    };
    let mut whole = read();
    whole["Priority"] = json!("Critical");
    let whole = write(&test, |uow| entity.update(uow, &whole));

    let mut ended = whole.clone();
    ended["Status"] = json!("Completed");
    let refused = test
        .store
        .write(|uow| entity.update(uow, &ended))
        .unwrap_err();
    assert_eq!(refused.code(), ErrorCode::InvalidArgument);
    assert!(refused.message().contains("complete"), "{refused}");
    let mut task = test.get_task(&claimed.id);
    task.status = TaskStatus::Cancelled;
    let refused = test
        .store
        .write(|uow| data::update(uow, &mut task))
        .unwrap_err();
    assert_eq!(refused.code(), ErrorCode::InvalidArgument);
    let all = Specification::<Task>::new();
    let cancel = |task: &mut Task| task.status = TaskStatus::Cancelled;
    let refused = test
        .store
        .write(|uow| data::bulk_update(uow, &all, cancel))
        .unwrap_err();
    assert_eq!(refused.details().column.as_deref(), Some("Status"));
    assert_eq!(read(), whole);

    let token = token_of(&claimed);
    write(&test, |uow| tasks::start(uow, &claimed.id, Some(&token)));
    let stale = test
        .store
        .write(|uow| entity.update(uow, &ended))
        .unwrap_err();
    assert_eq!(stale.code(), ErrorCode::Conflict, "read it again first");
    let completed = write(&test, |uow| {
        tasks::complete(uow, &claimed.id, Some(&token), None)
    });
    assert_eq!(completed.priority, TaskPriority::Critical);
}
