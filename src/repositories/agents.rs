//! Queries of `Agents`.

use diesel::dsl::count_star;
use diesel::dsl::not;
use diesel::prelude::*;

use crate::db::{Conn, Kept, dialect};
use crate::models::{Agent, AgentId};
use crate::schema::agents::dsl;
use crate::types::{AgentStatus, Timestamp};

/// All that are not deleted, by id.
pub(crate) fn list(conn: &mut Conn) -> QueryResult<Vec<Agent>> {
    dsl::agents
        .filter(not(dsl::is_deleted))
        .order(dsl::id)
        .select(Agent::as_select())
        .load(conn)
}

/// All in this state that are not deleted, by id.
pub(crate) fn list_by_status(conn: &mut Conn, status: AgentStatus) -> QueryResult<Vec<Agent>> {
    dsl::agents
        .filter(not(dsl::is_deleted))
        .filter(dsl::status.eq(status))
        .order(dsl::id)
        .select(Agent::as_select())
        .load(conn)
}

/// All that are not deleted and whose last sign of life is before this moment, in that order.
pub(crate) fn list_pinged_before(conn: &mut Conn, moment: Timestamp) -> QueryResult<Vec<Agent>> {
    dsl::agents
        .filter(not(dsl::is_deleted))
        .filter(dsl::last_ping.lt(moment))
        .order((dsl::last_ping, dsl::id))
        .select(Agent::as_select())
        .load(conn)
}

/// All in one of these states that serve a repository, or any where no path is given.
pub(crate) fn list_serving(
    conn: &mut Conn,
    statuses: &[AgentStatus],
    repository_path: Option<&str>,
) -> QueryResult<Vec<Agent>> {
    let query = dsl::agents
        .filter(not(dsl::is_deleted))
        .filter(dsl::status.eq_any(statuses))
        .order(dsl::id)
        .select(Agent::as_select());
    match repository_path {
        Some(path) => {
            let serves = dsl::repository_path
                .eq(path)
                .or(dsl::repository_path.eq("*"));
            Kept(query.filter(serves)).load(conn)
        }
        None => Kept(query).load(conn),
    }
}

/// Whether there is such a row, deleted or not.
pub(crate) fn exists(conn: &mut Conn, id: &AgentId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(dsl::agents.find(id))).get_result(conn)
}

/// Whether there is any row.
pub(crate) fn any(conn: &mut Conn) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(dsl::agents.select(dsl::id))).get_result(conn)
}

/// How many agents of each path are in each state, deleted or not.
pub(crate) fn count_by_path_and_status(
    conn: &mut Conn,
) -> QueryResult<Vec<(String, AgentStatus, i64)>> {
    dsl::agents
        .group_by((dsl::repository_path, dsl::status))
        .select((dsl::repository_path, dsl::status, count_star()))
        .load(conn)
}

/// Writes the moment of the last sign of life.
pub(crate) fn update_ping(conn: &mut Conn, id: &AgentId, at: Timestamp) -> QueryResult<()> {
    let changes = dsl::last_ping.eq(at);
    dialect::update_row(conn, "Agents", id, changes)
}
