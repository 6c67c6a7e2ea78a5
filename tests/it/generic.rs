//! The generic operations as a whole: trees deleted in one call, nested and filtered relations, computed values, sums that
//! don't fit, and errors that name the foreign key.

use diesel::prelude::*;
use orchestra_store::models::{
    Agent, CodeRepository, OrchestrationLog, Task, TaskDependency, TaskId, TemplateCategory,
};
use orchestra_store::query::{Include, Paging, Query, Specification};
use orchestra_store::schema::{agents, tasks};
use orchestra_store::services::orchestration_logs::NewOrchestrationLog;
use orchestra_store::services::tasks::NewTask;
use orchestra_store::services::{data, metrics, orchestration_logs};
use orchestra_store::types::{Id, TimeSpan};
use orchestra_store::{Error, ErrorCode, Result, registry};
use serde_json::{Value, json};

use crate::support::{REPOSITORY, TestStore};

/// Enqueues a tree: a root, `width` children, and as many below each of them. Returns the root.
fn tree(test: &TestStore, width: usize) -> TaskId {
    let below = |parent: &TaskId, number: usize| {
        let mut new = NewTask::new(format!("child {number}"), REPOSITORY);
        new.parent_task_id = Some(parent.clone());
        test.enqueue(&new).id
    };
    let root = test.task("root");
    for number in 0..width {
        let child = below(&root, number);
        for number in 0..width {
            below(&child, number);
        }
    }
    root
}

fn count<E: orchestra_store::Entity>(test: &TestStore) -> i64 {
    let all = Specification::<E>::new().with_deleted();
    test.store.read(|r| data::count(r, &all)).unwrap()
}

fn query(test: &TestStore, entity: &str, document: &Value) -> Result<Value> {
    let entity = registry::by_name(entity)?;
    test.store.read(|r| entity.query(r, document))
}

fn names(items: &Value, column: &str) -> Vec<String> {
    let items = items.as_array().unwrap();
    let name = |item: &Value| item[column].as_str().unwrap().to_owned();
    items.iter().map(name).collect()
}

#[test]
fn parents_and_children_are_deleted_in_one_call() {
    let test = TestStore::new();
    tree(&test, 3);
    // The order of ids is that of the insertion, in which each parent comes before its children.
    let deleted = test
        .store
        .write(|uow| data::bulk_delete(uow, &Specification::<Task>::new()));
    assert_eq!(deleted.unwrap(), 13);
    assert_eq!(count::<Task>(&test), 0);

    tree(&test, 2);
    let ids = test
        .store
        .read(|r| data::list(r, &Specification::<Task>::new()));
    let ids: Vec<TaskId> = ids.unwrap().into_iter().map(|task| task.id).collect();
    assert_eq!(
        test.store
            .write(|uow| data::delete_many(uow, &ids))
            .unwrap(),
        7
    );
    assert_eq!(count::<Task>(&test), 0);
}

#[test]
fn a_set_that_leaves_a_child_behind_is_refused_whole_and_names_it() {
    let test = TestStore::new();
    let root = tree(&test, 2);
    let only_root = Specification::<Task>::new().filter(tasks::id.eq(root.clone()));
    let refused = test.store.write(|uow| data::bulk_delete(uow, &only_root));
    let error = refused.unwrap_err();
    assert_eq!(error.code(), ErrorCode::ConstraintViolation);
    assert_eq!(
        error.details().constraint.as_deref(),
        Some("Tasks.ParentTaskId"),
        "{error}"
    );
    assert_eq!(error.details().id.as_deref(), Some(root.as_str()));
    assert!(error.message().contains("ParentTaskId of Tasks"), "{error}");
    assert_eq!(count::<Task>(&test), 7);
    // The checks are as before: a single deletion is refused at once.
    let mut transaction = test.store.begin().unwrap();
    let alone = transaction
        .write(|uow| data::delete(uow, &root))
        .unwrap_err();
    assert_eq!(alone.code(), ErrorCode::ConstraintViolation);
    assert_eq!(
        alone.details().constraint.as_deref(),
        Some("Tasks.ParentTaskId")
    );
    transaction.commit().unwrap();
}

#[test]
fn a_subtree_is_deleted_with_all_below_it_and_nothing_else() {
    let test = TestStore::new();
    let (root, other) = (tree(&test, 3), tree(&test, 1));
    let child = Specification::<Task>::new().filter(tasks::parent_task_id.eq(root.clone()));
    let child = test
        .store
        .read(|r| data::first(r, &child))
        .unwrap()
        .unwrap();
    let delete = |id: &TaskId| test.store.write(|uow| data::delete_subtree(uow, id));
    assert_eq!(delete(&child.id).unwrap(), 4);
    assert_eq!(delete(&root).unwrap(), 9);
    assert_eq!(delete(&root).unwrap_err().code(), ErrorCode::NotFound);
    assert_eq!(delete(&other).unwrap(), 3);
    assert_eq!(count::<Task>(&test), 0);

    let no_tree = test
        .store
        .write(|uow| data::delete_subtree(uow, &Id::<Agent>::new("a")?));
    assert_eq!(no_tree.unwrap_err().code(), ErrorCode::InvalidArgument);
}

#[test]
fn a_subtree_that_others_wait_for_is_kept() {
    let test = TestStore::new();
    let root = tree(&test, 2);
    let mut waiting = NewTask::new("later", REPOSITORY);
    waiting.depends_on = vec![root.clone().into()];
    let waiting = test.enqueue(&waiting);
    let refused = test.store.write(|uow| data::delete_subtree(uow, &root));
    let error = refused.unwrap_err();
    assert_eq!(
        error.details().constraint.as_deref(),
        Some("TaskDependencies.DependsOnTaskId")
    );
    assert_eq!(
        (count::<Task>(&test), count::<TaskDependency>(&test)),
        (8, 1)
    );
    let both = Specification::<Task>::new();
    assert_eq!(
        test.store
            .write(|uow| data::bulk_delete(uow, &both))
            .unwrap(),
        8
    );
    assert_eq!(
        (count::<Task>(&test), waiting.command.as_str()),
        (0, "later")
    );
}

#[test]
fn every_entity_that_is_a_tree_has_its_subtrees_deleted() {
    let test = TestStore::new();
    let categories = registry::by_name("TemplateCategories").unwrap();
    let add = |parent: Option<&str>, name: &str| {
        let row = json!({"Id": name, "Name": name, "ParentCategoryId": parent});
        test.store
            .write(|uow| categories.insert(uow, &row))
            .unwrap();
    };
    let before = count::<TemplateCategory>(&test);
    add(None, "a");
    add(Some("a"), "b");
    add(Some("b"), "c");
    let deleted = test.store.write(|uow| categories.delete_subtree(uow, "a"));
    assert_eq!(deleted.unwrap(), 3);
    assert_eq!(count::<TemplateCategory>(&test), before);
}

#[test]
fn rows_are_removed_for_good_in_one_call() {
    let test = TestStore::new();
    for id in ["a", "b", "c"] {
        test.agent(id, 1);
    }
    let agents = registry::by_name("Agents").unwrap();
    let write = |work: &dyn Fn(&mut orchestra_store::UnitOfWork<'_>) -> Result<usize>| {
        test.store.write(|uow| work(uow)).unwrap()
    };
    assert_eq!(
        write(&|uow| agents.bulk_delete(uow, &json!({"where": {"Id": "a"}}))),
        1
    );
    assert_eq!(count::<Agent>(&test), 3);
    assert_eq!(write(&|uow| agents.bulk_hard_delete(uow, &json!({}))), 2);
    assert_eq!(count::<Agent>(&test), 1);
    assert_eq!(
        write(&|uow| agents.bulk_hard_delete(uow, &json!({"withDeleted": true}))),
        1
    );
    assert_eq!(count::<Agent>(&test), 0);
    let log = registry::by_name("OrchestrationLogs").unwrap();
    let refused = test
        .store
        .write(|uow| log.bulk_hard_delete(uow, &json!({})));
    assert_eq!(refused.unwrap_err().code(), ErrorCode::ReadOnly);
}

#[test]
fn a_log_is_emptied_by_its_own_verb_and_written_on() {
    let test = TestStore::new();
    let append = || {
        let new = NewOrchestrationLog::new("Started", "it has begun");
        test.store
            .write(|uow| orchestration_logs::append(uow, &new))
            .unwrap()
    };
    assert_eq!(test.store.write(orchestration_logs::clear).unwrap(), 0);
    let cached = append().id;
    append();
    assert!(test.store.cached(&cached).unwrap().is_some());
    assert_eq!(test.store.write(orchestration_logs::clear).unwrap(), 2);
    assert!(test.store.cached(&cached).unwrap().is_none());
    append();
    assert_eq!(count::<OrchestrationLog>(&test), 1);
    assert_eq!(test.store.write(orchestration_logs::clear).unwrap(), 1);
}

#[test]
fn a_row_is_deleted_only_in_the_version_that_was_read() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let version = test.get_agent(&agent).row_version;
    let agents = registry::by_name("Agents").unwrap();
    let rename = json!({"Id": "a", "Name": "renamed"});
    test.store.write(|uow| agents.update(uow, &rename)).unwrap();
    let delete = |version| {
        test.store
            .write(|uow| agents.delete_unchanged(uow, "a", version))
    };
    let error = delete(version).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Conflict);
    assert_eq!(error.details().current.as_ref().unwrap()["Name"], "renamed");
    assert_eq!(delete(version + 1).unwrap()["IsDeleted"], true);
}

#[test]
fn a_page_has_twenty_rows_unless_it_says_otherwise() {
    let test = TestStore::new();
    for number in 0..25 {
        test.task(&format!("task {number}"));
    }
    for document in [json!({"page": {}}), json!({"after": null})] {
        let page = query(&test, "Tasks", &document).unwrap();
        assert_eq!(page["Items"].as_array().unwrap().len(), 20, "{document}");
    }
    let all = query(&test, "Tasks", &json!({})).unwrap();
    assert_eq!(all["Items"].as_array().unwrap().len(), 25);
}

/// Two repositories with agents, which have tasks of different priorities.
fn with_agents() -> TestStore {
    let test = TestStore::new();
    for (agent, path) in [
        ("ada", REPOSITORY),
        ("grace", REPOSITORY),
        ("alan", "/srv/git/other"),
    ] {
        let registered = orchestra_store::services::agents::NewAgent::new(agent, "t", path);
        let registered = orchestra_store::services::agents::NewAgent {
            id: Some(Id::new(agent).unwrap()),
            ..registered
        };
        test.store
            .write(|uow| orchestra_store::services::agents::register(uow, &registered))
            .unwrap();
        for number in 0..4 {
            let mut new = NewTask::new(format!("{agent} {number}"), path);
            new.agent_id = Some(Id::new(agent).unwrap());
            new.max_retries = Some(number);
            test.enqueue(&new);
            test.advance_seconds(1);
        }
    }
    test
}

#[test]
fn relations_of_relations_are_nested() {
    let test = with_agents();
    let document =
        json!({"where": {"Path": REPOSITORY}, "include": ["Agents.Tasks", "Agents.Sessions"]});
    let answer = query(&test, "Repositories", &document).unwrap();
    let agents = &answer["Items"][0]["Agents"];
    assert_eq!(names(agents, "Id"), ["ada", "grace"]);
    assert_eq!(names(&agents[1]["Tasks"], "Command").len(), 4);
    assert_eq!(agents[0]["Sessions"], json!([]));
    let up_and_down =
        json!({"where": {"Command": "ada 1"}, "include": ["Agent.Repository.Agents"]});
    let task = query(&test, "Tasks", &up_and_down).unwrap();
    assert_eq!(
        names(&task["Items"][0]["Agent"]["Repository"]["Agents"], "Id"),
        ["ada", "grace"]
    );
}

#[test]
fn related_rows_are_filtered_ordered_and_limited() {
    let test = with_agents();
    let document = json!({
        "orderBy": ["Id"],
        "include": [{"Tasks": {
            "where": {"MaxRetries": {"gte": 1}},
            "orderBy": [{"MaxRetries": "desc"}],
            "limit": 2,
            "include": ["Repository"],
        }}],
    });
    let answer = query(&test, "Agents", &document).unwrap();
    for (index, agent) in ["ada", "alan", "grace"].into_iter().enumerate() {
        let tasks = &answer["Items"][index]["Tasks"];
        let expected = [format!("{agent} 3"), format!("{agent} 2")];
        assert_eq!(names(tasks, "Command"), expected);
        assert!(tasks[0]["Repository"]["Path"].is_string());
    }

    let typed = Query::<CodeRepository> {
        specification: Specification::new(),
        include: vec![
            Include::those::<CodeRepository, Agent>(
                "Agents",
                Specification::new().filter(agents::name.like("a%")),
                None,
            )
            .unwrap()
            .then(Include::all::<Agent>("Tasks").unwrap()),
        ],
        paging: Paging::All,
    };
    let answer = test.store.read(|r| data::query(r, &typed)).unwrap();
    let agents = answer["Items"].as_array().unwrap().iter();
    let found: Vec<String> = agents
        .flat_map(|item| names(&item["Agents"], "Id"))
        .collect();
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn agents_have_their_metrics_and_not_those_of_others() {
    let test = with_agents();
    let record = |entity_type: &str, value: f64| {
        let metric = metrics::Sample {
            entity_id: Some("ada".to_owned()),
            ..metrics::Sample::new(entity_type, "Load", value)
        };
        test.store
            .write(|uow| metrics::record(uow, &metric))
            .unwrap();
    };
    record("Agent", 1.0);
    record("Task", 2.0);
    let document =
        json!({"where": {"Id": {"in": ["ada", "alan"]}}, "include": ["PerformanceMetrics"]});
    let answer = query(&test, "Agents", &document).unwrap();
    let metrics = answer["Items"][0]["PerformanceMetrics"].as_array().unwrap();
    assert_eq!(metrics.len(), 1);
    assert_eq!(metrics[0]["MetricValue"], 1.0);
    assert_eq!(answer["Items"][1]["PerformanceMetrics"], json!([]));
}

#[test]
fn a_wrong_relation_is_refused_with_its_place() {
    let test = TestStore::new();
    let many: Vec<String> = (0..17).map(|_| "Agent".to_owned()).collect();
    let deep = "Agent.Tasks.".repeat(10) + "Agent";
    for (include, place) in [
        (json!(["Agent.Nothing"]), "include[0]"),
        (json!(["Nothing.Agent"]), "include[0]"),
        (json!([7]), "include[0]"),
        (
            json!([{"Agent": {"where": {"Nothing": 1}}}]),
            "include[0].Agent.where.Nothing",
        ),
        (json!([{"Agent": {"limit": 0}}]), "include[0].Agent.limit"),
        (
            json!([{"Agent": {"limit": 1001}}]),
            "include[0].Agent.limit",
        ),
        (json!([{"Agent": {"page": {}}}]), "include[0].Agent.page"),
        (json!([{"Agent": 1}]), "include[0].Agent"),
        (json!([{"Agent": {}, "Repository": {}}]), "include[0]"),
        (
            json!([{"Agent": {"include": ["Nothing"]}}]),
            "include[0].Agent.include[0]",
        ),
        (
            json!([{"Agent": {"limit": 1}}, {"Agent": {"limit": 2}}]),
            "include[1].Agent",
        ),
        (json!(many), "include"),
        (json!([deep]), "include[0]"),
    ] {
        let refused = query(&test, "Tasks", &json!({"include": include}));
        let error = refused.expect_err(&include.to_string());
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{error}");
        assert_eq!(error.details().column.as_deref(), Some(place), "{error}");
    }
}

fn bulk_update(test: &TestStore, entity: &str, changes: &Value) -> Result<usize> {
    let entity = registry::by_name(entity)?;
    test.store
        .write(|uow| entity.bulk_update(uow, &json!({}), changes))
}

fn only(test: &TestStore, entity: &str) -> Value {
    query(test, entity, &json!({})).unwrap()["Items"][0].clone()
}

#[test]
fn bulk_updates_compute_from_the_old_value() {
    let test = TestStore::new();
    test.agent("ada", 2);
    let update = |changes: Value| bulk_update(&test, "Agents", &changes).unwrap();
    assert_eq!(
        update(json!({"MaxConcurrentTasks": {"add": 1}, "Name": {"append": " the first"}})),
        1
    );
    assert_eq!(update(json!({"MaxConcurrentTasks": {"multiply": 3}})), 1);
    assert_eq!(
        update(json!({"HealthCheckInterval": {"add": "00:00:30"}})),
        1
    );
    assert_eq!(update(json!({"SessionId": {"append": "x"}})), 0);
    assert_eq!(update(json!({"SessionId": {"ifNull": "s1"}})), 1);
    assert_eq!(update(json!({"SessionId": {"ifNull": "s2"}})), 0);
    let agent = only(&test, "Agents");
    assert_eq!(agent["MaxConcurrentTasks"], 9);
    assert_eq!(agent["SessionId"], "s1");
    assert!(agent["Name"].as_str().unwrap().ends_with(" the first"));
    let before: TimeSpan = "00:01:00".parse().unwrap();
    let interval: TimeSpan = agent["HealthCheckInterval"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(
        interval.checked_sub(before),
        Some("00:00:30".parse().unwrap())
    );

    // JSON columns hold objects, which are values.
    let capabilities = json!({"add": 1});
    assert_eq!(update(json!({"ConfigurationJson": capabilities})), 1);
    assert_eq!(only(&test, "Agents")["ConfigurationJson"], capabilities);

    let typed = test.store.write(|uow| {
        data::bulk_update(uow, &Specification::<Agent>::new(), |agent| {
            agent.max_concurrent_tasks -= 4;
        })
    });
    assert_eq!(typed.unwrap(), 1);
    assert_eq!(only(&test, "Agents")["MaxConcurrentTasks"], 5);
}

#[test]
fn an_expression_that_does_not_fit_its_column_is_refused() {
    let test = TestStore::new();
    test.agent("ada", 2);
    for (changes, column) in [
        (json!({"Name": {"add": 1}}), "Name.add"),
        (
            json!({"MaxConcurrentTasks": {"add": 1.5}}),
            "MaxConcurrentTasks.add",
        ),
        (
            json!({"MaxConcurrentTasks": {"append": "x"}}),
            "MaxConcurrentTasks.append",
        ),
        (
            json!({"MaxConcurrentTasks": {"divide": 1}}),
            "MaxConcurrentTasks.divide",
        ),
        (json!({"MaxConcurrentTasks": {}}), "MaxConcurrentTasks"),
        (
            json!({"MaxConcurrentTasks": {"add": 1, "multiply": 2}}),
            "MaxConcurrentTasks",
        ),
        (
            json!({"HealthCheckInterval": {"add": 1}}),
            "HealthCheckInterval.add",
        ),
        (json!({"Name": {"ifNull": 1}}), "Name"),
    ] {
        let error = bulk_update(&test, "Agents", &changes).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{error}");
        assert_eq!(error.details().column.as_deref(), Some(column), "{error}");
    }
    let too_far = json!({"MaxConcurrentTasks": {"multiply": i64::MAX}});
    let error = bulk_update(&test, "Agents", &too_far).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Overflow, "{error}");
    assert_eq!(
        error.details().column.as_deref(),
        Some("MaxConcurrentTasks")
    );
    // It fits 64 bits, but not the column.
    let error = bulk_update(
        &test,
        "Agents",
        &json!({"MaxConcurrentTasks": {"add": 100}}),
    )
    .unwrap_err();
    assert_eq!(error.code(), ErrorCode::ConstraintViolation, "{error}");
}

fn spans(test: &TestStore, spans: &[&str]) {
    for (index, span) in spans.iter().enumerate() {
        let id = format!("agent {index}");
        test.agent(&id, 1);
        let row = json!({"Id": id, "HealthCheckInterval": span});
        let agents = registry::by_name("Agents").unwrap();
        test.store.write(|uow| agents.update(uow, &row)).unwrap();
    }
}

#[test]
fn time_spans_have_aggregates() {
    let test = TestStore::new();
    spans(&test, &["00:00:09", "1.00:00:00", "00:00:10", "10:00:00"]);
    let all = Specification::<Agent>::new();
    let parse = |text: &str| -> TimeSpan { text.parse().unwrap() };
    let column = agents::health_check_interval;
    let read = |r: &mut orchestra_store::Reader<'_>| -> Result<[Option<TimeSpan>; 4]> {
        Ok([
            data::max(r, &all, column)?,
            data::min(r, &all, column)?,
            data::sum(r, &all, column)?,
            data::average_span(r, &all, column)?,
        ])
    };
    let expected = ["1.00:00:00", "00:00:09", "1.10:00:19", "08:30:04.75"].map(parse);
    assert_eq!(test.store.read(read).unwrap(), expected.map(Some));

    let none = all.clone().filter(agents::name.eq("nobody"));
    let none = test.store.read(|r| data::average_span(r, &none, column));
    assert_eq!(none.unwrap(), None);
    let entity = registry::by_name("Agents").unwrap();
    let long = orchestra_store::query::Aggregate::Max;
    let long = test
        .store
        .read(|r| entity.aggregate(r, &json!({}), long, "HealthCheckInterval"));
    assert_eq!(long.unwrap(), "1.00:00:00");
}

fn overflow<T: std::fmt::Debug>(outcome: Result<T>, column: &str) -> Error {
    let error = outcome.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Overflow, "{error}");
    assert_eq!(error.details().column.as_deref(), Some(column));
    error
}

#[test]
fn a_sum_that_does_not_fit_is_an_error_of_its_own() {
    let test = TestStore::new();
    for id in ["a", "b"] {
        test.agent(id, 1);
    }
    let spoil = |sql: &str| {
        test.store
            .write(|uow| Ok(diesel::sql_query(sql).execute(uow.connection())?))
            .unwrap()
    };
    spoil(
        "UPDATE Agents SET TotalTasksCompleted = 9223372036854775807, AverageExecutionTime = 1.7e308, TotalExecutionTime = '10675199.02:48:05.4775807'",
    );
    let all = Specification::<Agent>::new();
    let whole = test
        .store
        .read(|r| data::sum::<_, _, i64>(r, &all, agents::total_tasks_completed));
    assert!(
        overflow(whole, "TotalTasksCompleted")
            .message()
            .contains("fewer rows")
    );
    let real = test
        .store
        .read(|r| data::sum::<_, _, f64>(r, &all, agents::average_execution_time));
    overflow(real, "AverageExecutionTime");
    let span = test
        .store
        .read(|r| data::sum::<_, _, TimeSpan>(r, &all, agents::total_execution_time));
    overflow(span, "TotalExecutionTime");
    let mean = test
        .store
        .read(|r| data::average_span(r, &all, agents::total_execution_time));
    assert_eq!(mean.unwrap(), Some(TimeSpan::MAX));
}

#[test]
fn a_missing_row_of_a_foreign_key_is_named_with_its_column() {
    let test = TestStore::new();
    let agent = test.agent("ada", 1);
    let agents = registry::by_name("Agents").unwrap();
    let sessions = registry::by_name("ChatMessages").unwrap();
    let row = json!({"SessionId": "no session", "Content": "hello", "Sender": "ada"});
    let refused = test.store.write(|uow| sessions.insert(uow, &row));
    let error = refused.unwrap_err();
    if error.code() == ErrorCode::ConstraintViolation {
        assert_eq!(
            error.details().column.as_deref(),
            Some("SessionId"),
            "{error}"
        );
        assert!(error.message().contains("'no session'"), "{error}");
    } else {
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{error}");
    }
    let mut log = NewOrchestrationLog::new("Started", "x");
    log.agent_id = Some(Id::new("nobody").unwrap());
    let refused = test
        .store
        .write(|uow| orchestration_logs::append(uow, &log));
    let error = refused.unwrap_err();
    assert_eq!(error.code(), ErrorCode::ConstraintViolation);
    assert_eq!(
        error.details().column.as_deref(),
        Some("AgentId"),
        "{error}"
    );
    assert_eq!(error.details().entity, Some("OrchestrationLogs"));
    assert!(
        error.message().contains("Agents") && error.message().contains("'nobody'"),
        "{error}"
    );
    assert_eq!(error.details().sqlite_code, Some(787));
    let _ = (agent, agents);
}
