//! Queries that find rows in a cycle of references, which no constraint can prevent.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;

use super::TaskDependencyId;
use crate::rows::lineages::NumberBase;
use crate::schema::{
    chat_messages, task_dependencies, tasks, template_categories, workflow_definitions,
    workflow_executions,
};
use crate::sqlite::Conn;

/// Loads the references between the rows of one table, as pairs of ids.
macro_rules! references {
    ($conn:expr, $table:ident: $from:ident -> $to:ident) => {{
        let edges = $table::table
            .filter($table::$to.is_not_null())
            .select(($table::$from, $table::$to.assume_not_null()));
        edges.load::<(String, String)>($conn)?
    }};
}

/// Returns the table and id of each row that is its own ancestor or lies between two such rows.
pub(crate) fn rows_among_their_parents(
    conn: &mut Conn,
) -> QueryResult<Vec<(&'static str, String)>> {
    let references = [
        ("Tasks", references!(conn, tasks: id -> parent_task_id)),
        (
            "WorkflowDefinitions",
            references!(conn, workflow_definitions: id -> previous_version_id),
        ),
        (
            "WorkflowExecutions",
            references!(conn, workflow_executions: id -> parent_execution_id),
        ),
        (
            "ChatMessages",
            references!(conn, chat_messages: id -> parent_message_id),
        ),
        (
            "TemplateCategories",
            references!(conn, template_categories: id -> parent_category_id),
        ),
    ];
    let circular = references.iter().flat_map(|(table, edges)| {
        circular(edges)
            .into_iter()
            .map(|id| (*table, id.to_owned()))
    });
    Ok(circular.collect())
}

/// Returns the ids of the tasks that depend on themselves, directly or through others, or lie between two such tasks.
pub(crate) fn tasks_that_wait_for_themselves(conn: &mut Conn) -> QueryResult<Vec<String>> {
    let edges = task_dependencies::table
        .select((
            task_dependencies::task_id,
            task_dependencies::depends_on_task_id,
        ))
        .load::<(String, String)>(conn)?;
    Ok(circular(&edges).into_iter().map(str::to_owned).collect())
}

/// Takes the parent from a row of one of these tables.
pub(crate) fn detach(
    conn: &mut Conn,
    table: &str,
    id: &str,
    base: NumberBase,
) -> QueryResult<usize> {
    /// Sets the reference of the row to null, by a new version.
    macro_rules! without {
        ($table:ident: $to:ident) => {
            diesel::update($table::table.filter($table::id.eq(id)))
                .set((
                    $table::$to.eq(None::<String>),
                    $table::row_version.eq(base.next_version_of($table::row_version)),
                ))
                .execute(conn)
        };
    }
    match table {
        "Tasks" => without!(tasks: parent_task_id),
        "WorkflowDefinitions" => without!(workflow_definitions: previous_version_id),
        "WorkflowExecutions" => without!(workflow_executions: parent_execution_id),
        "ChatMessages" => without!(chat_messages: parent_message_id),
        _ => without!(template_categories: parent_category_id),
    }
}

/// Returns a dependency between two tasks that wait for each other, with the task that depends, if there is one.
pub(crate) fn dependency_in_a_cycle(
    conn: &mut Conn,
) -> QueryResult<Option<(TaskDependencyId, String)>> {
    let circular = tasks_that_wait_for_themselves(conn)?;
    let Some(task) = circular.first() else {
        return Ok(None);
    };
    let edges: Vec<(TaskDependencyId, String)> = task_dependencies::table
        .filter(task_dependencies::task_id.eq(task))
        .order(task_dependencies::id)
        .select((task_dependencies::id, task_dependencies::depends_on_task_id))
        .load(conn)?;
    let in_cycle = edges.into_iter().find(|(_, to)| circular.contains(to));
    Ok(in_cycle.map(|(id, _)| (id, task.clone())))
}

/// Returns the nodes on a cycle or on a path between two cycles, sorted.
fn circular(edges: &[(String, String)]) -> Vec<&str> {
    let edges = edges.iter().map(|(from, to)| (from.as_str(), to.as_str()));
    let led_to = peel(edges.collect());
    let left = peel(led_to.into_iter().map(|(from, to)| (to, from)).collect());
    let circular: BTreeSet<&str> = left.into_iter().map(|(_, from)| from).collect();
    circular.into_iter().collect()
}

/// Removes nodes that no edge leads to until none is left, and returns the remaining edges.
fn peel<'a>(edges: Vec<(&'a str, &'a str)>) -> Vec<(&'a str, &'a str)> {
    let mut leading_to: HashMap<&str, usize> = HashMap::new();
    let mut from: HashMap<&str, Vec<&str>> = HashMap::new();
    for &(begin, end) in &edges {
        *leading_to.entry(end).or_default() += 1;
        from.entry(begin).or_default().push(end);
    }
    let is_free = |item: &&str| !leading_to.contains_key(item);
    let mut free: Vec<&str> = from.keys().copied().filter(is_free).collect();
    while let Some(item) = free.pop() {
        for end in from.remove(item).unwrap_or_default() {
            if let Some(count) = leading_to.get_mut(end) {
                *count -= 1;
                if *count == 0 {
                    free.push(end);
                }
            }
        }
    }
    let is_left = |(begin, _): &(&str, &str)| from.contains_key(begin);
    edges.into_iter().filter(is_left).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_on_a_circle_is_found_and_not_what_leads_to_it_or_away() {
        let edges = ["ab", "bc", "cb", "cd", "de", "ff", "ga", "df"];
        let edges = edges.map(|edge| (edge[..1].to_owned(), edge[1..].to_owned()));
        assert_eq!(circular(&edges[..6]), ["b", "c", "f"]);
        // "d" lies on a path between two cycles.
        assert_eq!(circular(&edges), ["b", "c", "d", "f"]);
        assert!(circular(&edges[..2]).is_empty());
    }
}
