//! Queries of the full-text index of chat messages.

use diesel::prelude::*;

use super::{AgentId, ChatMessage, ChatSessionId, UserId};
use crate::schema::{
    chat_messages as messages, chat_search_entries as entries, chat_sessions as sessions,
};
use crate::sqlite::dialect::{matches, snippet};
use crate::sqlite::{Backend, Conn};
use crate::types::Timestamp;

// Not in `schema.rs`: it is a virtual table, whose columns have no types of their own.
diesel::table! {
    /// Full-text index, whose row numbers are those of `ChatSearchEntries`.
    #[sql_name = "ChatSearch"]
    chat_search (row_number) {
        /// Number of a message.
        #[sql_name = "rowid"]
        row_number -> BigInt,
        /// Hidden column that MATCH and the functions of FTS5 take as the index.
        #[sql_name = "ChatSearch"]
        index -> Text,
        /// BM25 score of a match; less is better.
        rank -> Double,
    }
}

diesel::allow_tables_to_appear_in_same_query!(chat_search, entries);
diesel::allow_tables_to_appear_in_same_query!(chat_search, messages);
diesel::allow_tables_to_appear_in_same_query!(chat_search, sessions);

/// Maximum number of words of a snippet.
const SNIPPET_WORDS: i32 = 24;

/// Conditions that narrow a search; `None` does not narrow it.
pub(crate) struct SearchScope<'a> {
    pub(crate) session_id: Option<&'a ChatSessionId>,
    pub(crate) user_id: Option<&'a UserId>,
    pub(crate) agent_id: Option<&'a AgentId>,
    pub(crate) from: Option<Timestamp>,
    pub(crate) to: Option<Timestamp>,
}

/// Returns the messages that match an FTS5 expression best, each with its rank and a snippet.
pub(crate) fn best(
    conn: &mut Conn,
    expression: &str,
    scope: &SearchScope<'_>,
    limit: u32,
) -> QueryResult<Vec<(ChatMessage, f64, String)>> {
    let snippet = snippet(chat_search::index, 0, "[", "]", "…", SNIPPET_WORDS);
    let mut query = chat_search::table
        .inner_join(entries::table.on(entries::row_number.eq(chat_search::row_number)))
        .inner_join(messages::table.on(messages::id.eq(entries::id)))
        .filter(matches(chat_search::index, expression))
        .select((ChatMessage::as_select(), chat_search::rank, snippet))
        .order((
            chat_search::rank,
            messages::timestamp.desc(),
            messages::id.desc(),
        ))
        .limit(limit.into())
        .into_boxed::<Backend>();
    if let Some(id) = scope.session_id {
        query = query.filter(messages::session_id.eq(id));
    }
    if let Some(id) = scope.user_id {
        let own = sessions::table
            .filter(sessions::user_id.eq(id))
            .select(sessions::id);
        query = query.filter(messages::session_id.eq_any(own));
    }
    if let Some(id) = scope.agent_id {
        query = query.filter(messages::agent_id.assume_not_null().eq(id));
    }
    if let Some(from) = scope.from {
        query = query.filter(messages::timestamp.ge(from));
    }
    if let Some(to) = scope.to {
        query = query.filter(messages::timestamp.lt(to));
    }
    query.load(conn)
}

/// Makes this connection read the structure of the index anew.
///
/// SQLite's integrity check relies on the structure that the connection remembers, and reports segments as corrupt that
/// another connection has merged since. A query compares it with the database first.
pub(crate) fn refresh(conn: &mut Conn) -> QueryResult<()> {
    let any = chat_search::table.select(chat_search::row_number);
    any.first::<i64>(conn).optional().map(drop)
}
