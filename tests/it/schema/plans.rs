//! The queries of the hot paths, in Diesel's DSL with bound values, find their index: no scan, no sort.
//!
//! The plans are asked for with nothing bound: so the planner sees no value, as under query-planner stability.

use diesel::SqliteExpressionMethods as _;
use diesel::debug_query;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::query_builder::QueryFragment;
use diesel::sql_types::{Bool, Text};
use diesel::sqlite::Sqlite;
use orchestra_store::schema::{agents, approval_requests, repositories, task_dependencies, tasks};
use orchestra_store::types::{
    AgentStatus, ApprovalStatus, TaskPriority, TaskStatus, TimeSpan, Timestamp,
};

use super::Database;

fn plan<Q: QueryFragment<Sqlite>>(query: &Q) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        detail: String,
    }
    let sql = debug_query::<Sqlite, _>(query).to_string();
    let sql = sql.split(" -- binds:").next().unwrap();
    assert!(sql.contains('?'), "nothing is bound: {sql}");
    diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}"))
        .load::<Row>(&mut Database::migrated().connection)
        .unwrap()
        .into_iter()
        .map(|row| row.detail)
        .collect()
}

fn now() -> Timestamp {
    Timestamp::from_ticks(0).unwrap()
}

#[test]
fn claiming_for_anyone() {
    let query = tasks::table
        .filter(tasks::open_priority.between(0, 3))
        .order((tasks::open_priority.desc(), tasks::available_at, tasks::id))
        .limit(1)
        .select(tasks::id);
    assert_eq!(
        plan(&query),
        ["SEARCH Tasks USING INDEX IX_Tasks_Claim (OpenPriority>? AND OpenPriority<?)"]
    );
    let of_priority = tasks::table
        .filter(tasks::open_priority.eq(TaskPriority::High))
        .filter(tasks::available_at.le(now()))
        .order((tasks::available_at, tasks::id))
        .limit(1)
        .select(tasks::command);
    assert_eq!(
        plan(&of_priority),
        ["SEARCH Tasks USING INDEX IX_Tasks_Claim (OpenPriority=? AND AvailableAt<?)"]
    );
}

#[test]
fn claiming_from_a_queue_of_a_repository() {
    let query = tasks::table
        .filter(tasks::repository_path.eq("/src"))
        .filter(tasks::queue_name.is("slow"))
        .filter(tasks::open_priority.between(0, 3))
        .order((tasks::open_priority.desc(), tasks::available_at, tasks::id))
        .limit(1)
        .select(tasks::command);
    assert_eq!(
        plan(&query),
        [
            "SEARCH Tasks USING INDEX IX_Tasks_Claim_Queue (RepositoryPath=? AND QueueName=? AND OpenPriority>? AND OpenPriority<?)"
        ]
    );
    let of_priority = tasks::table
        .filter(tasks::repository_path.eq("/src"))
        .filter(tasks::queue_name.is("slow"))
        .filter(tasks::open_priority.eq(TaskPriority::High))
        .filter(tasks::available_at.between(now(), now()))
        .order((tasks::available_at, tasks::id))
        .limit(1)
        .select(tasks::command);
    assert_eq!(
        plan(&of_priority),
        [
            "SEARCH Tasks USING INDEX IX_Tasks_Claim_Queue (RepositoryPath=? AND QueueName=? AND OpenPriority=? AND AvailableAt>? AND AvailableAt<?)"
        ]
    );
}

#[test]
fn claiming_what_is_pinned_to_an_agent() {
    let query = tasks::table
        .filter(tasks::agent_id.eq("agent"))
        .filter(tasks::repository_path.eq("/src"))
        .filter(tasks::queue_name.is("slow"))
        .filter(tasks::pinned_priority.between(0, 3))
        .order((
            tasks::pinned_priority.desc(),
            tasks::available_at,
            tasks::id,
        ))
        .limit(1)
        .select(tasks::command);
    assert_eq!(
        plan(&query),
        [
            "SEARCH Tasks USING INDEX IX_Tasks_Claim_Agent (AgentId=? AND RepositoryPath=? AND QueueName=? AND PinnedPriority>? AND PinnedPriority<?)"
        ]
    );
}

#[test]
fn finding_the_queues_of_a_claim() {
    let next_path = tasks::table
        .filter(tasks::agent_id.eq("agent"))
        .filter(tasks::pinned_priority.is_not_null())
        .filter(tasks::repository_path.gt("/src"))
        .order(tasks::repository_path)
        .limit(1)
        .select(tasks::command);
    assert_eq!(
        plan(&next_path),
        ["SEARCH Tasks USING INDEX IX_Tasks_Claim_Agent (AgentId=? AND RepositoryPath>?)"]
    );
    let next_queue = tasks::table
        .filter(tasks::open_priority.is_not_null())
        .filter(tasks::repository_path.eq("/src"))
        .filter(tasks::queue_name.gt("slow"))
        .order(tasks::queue_name)
        .limit(1)
        .select(tasks::command);
    assert_eq!(
        plan(&next_queue),
        ["SEARCH Tasks USING INDEX IX_Tasks_Claim_Queue (RepositoryPath=? AND QueueName>?)"]
    );
}

#[test]
fn finding_what_waits_for_a_task() {
    let query = task_dependencies::table
        .inner_join(tasks::table.on(tasks::id.eq(task_dependencies::task_id)))
        .filter(task_dependencies::depends_on_task_id.eq("task"))
        .filter(tasks::status.eq(TaskStatus::Pending))
        .order(task_dependencies::task_id)
        .select(tasks::command);
    assert_eq!(
        plan(&query),
        [
            "SEARCH TaskDependencies USING COVERING INDEX IX_TaskDependencies_DependsOn (DependsOnTaskId=?)",
            "SEARCH Tasks USING INDEX sqlite_autoindex_Tasks_1 (Id=?)"
        ]
    );
}

#[test]
fn counting_what_is_assigned_to_an_agent() {
    let query = tasks::table
        .filter(tasks::agent_id.eq("agent"))
        .filter(sql::<Bool>("(Tasks.Status = 1 OR Tasks.Status = 2)"))
        .count();
    assert_eq!(
        plan(&query),
        ["SEARCH Tasks USING COVERING INDEX IX_Tasks_Assigned (Status=? AND AgentId=?)"]
    );
}

#[test]
fn finding_expired_leases() {
    let query = tasks::table
        .filter(tasks::lease_expires_at.le(now()))
        .order(tasks::lease_expires_at)
        .limit(100)
        .select(tasks::id);
    assert_eq!(
        plan(&query),
        ["SEARCH Tasks USING INDEX IX_Tasks_Lease (LeaseExpiresAt<?)"]
    );
}

#[test]
fn finding_a_task_by_its_keys() {
    let by_key = tasks::table
        .filter(tasks::idempotency_key.eq("key"))
        .select(tasks::command);
    assert_eq!(
        plan(&by_key),
        ["SEARCH Tasks USING INDEX IX_Tasks_IdempotencyKey (IdempotencyKey=?)"]
    );
    let by_id = tasks::table.find("id").select(tasks::command);
    assert_eq!(
        plan(&by_id),
        ["SEARCH Tasks USING INDEX sqlite_autoindex_Tasks_1 (Id=?)"]
    );
}

#[test]
fn finding_agents_that_are_not_deleted() {
    let here = agents::table
        .filter(diesel::dsl::not(agents::is_deleted))
        .filter(agents::repository_path.eq("/src"))
        .select(agents::name);
    assert_eq!(
        plan(&here),
        ["SEARCH Agents USING INDEX IX_Agents_Repository (RepositoryPath=?)"]
    );
    let stale = agents::table
        .filter(diesel::dsl::not(agents::is_deleted))
        .filter(agents::last_ping.lt(now()))
        .select(agents::name);
    assert_eq!(
        plan(&stale),
        ["SEARCH Agents USING INDEX IX_Agents_Health (LastPing<?)"]
    );
}

#[test]
fn sweeping_the_health_of_agents() {
    let silent = agents::table
        .filter(diesel::dsl::not(agents::is_deleted))
        .filter(agents::health_check_interval.eq(TimeSpan::ZERO))
        .filter(agents::is_expected)
        .filter(agents::last_ping.lt(now()))
        .select(agents::name);
    assert_eq!(
        plan(&silent),
        ["SEARCH Agents USING INDEX IX_Agents_Due (HealthCheckInterval=? AND LastPing<?)"]
    );
    let next_interval = agents::table
        .filter(diesel::dsl::not(agents::is_deleted))
        .filter(agents::is_expected)
        .filter(agents::health_check_interval.gt(TimeSpan::ZERO))
        .order(agents::health_check_interval)
        .select(agents::health_check_interval)
        .limit(1);
    assert_eq!(
        plan(&next_interval),
        ["SEARCH Agents USING INDEX IX_Agents_Due (HealthCheckInterval>?)"]
    );
    let pinged = agents::table
        .filter(diesel::dsl::not(agents::is_deleted))
        .filter(diesel::dsl::not(agents::is_expected))
        .filter(agents::last_ping.gt(agents::updated_at))
        .filter(agents::status.eq(AgentStatus::Offline))
        .order(agents::last_ping.desc())
        .select(agents::name);
    assert_eq!(plan(&pinged), ["SCAN Agents USING INDEX IX_Agents_Pinged"]);
}

#[test]
fn expiring_approvals() {
    let query = approval_requests::table
        .filter(approval_requests::status.eq(ApprovalStatus::Pending))
        .filter(approval_requests::expires_at.le(now()))
        .order(approval_requests::expires_at)
        .select(approval_requests::agent_id);
    assert_eq!(
        plan(&query),
        [
            "SEARCH ApprovalRequests USING INDEX IX_ApprovalRequests_Status (Status=? AND ExpiresAt<?)"
        ]
    );
}

#[test]
fn analysing_a_period() {
    let created = tasks::table
        .filter(tasks::created_at.ge(now()))
        .filter(tasks::created_at.lt(now()))
        .select(tasks::command);
    assert_eq!(
        plan(&created),
        ["SEARCH Tasks USING INDEX IX_Tasks_CreatedAt (CreatedAt>? AND CreatedAt<?)"]
    );
    let ended = tasks::table
        .filter(tasks::completed_at.ge(now()))
        .filter(tasks::completed_at.lt(now()))
        .select(tasks::command);
    assert_eq!(
        plan(&ended),
        ["SEARCH Tasks USING INDEX IX_Tasks_Execution_Timeline (CompletedAt>? AND CompletedAt<?)"]
    );
}

#[test]
fn finding_a_repository_by_its_path() {
    let query = repositories::table
        .filter(repositories::path.eq("/src"))
        .select(repositories::name);
    assert_eq!(
        plan(&query),
        ["SEARCH Repositories USING INDEX sqlite_autoindex_Repositories_2 (Path=?)"]
    );
}
