//! Queries of the persistent caches: `QueryCache`, `ComputedResults` and `SessionData`.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel::upsert::excluded;

use super::{ComputedResult, QueryCacheEntry, SessionDataEntry};
use crate::sqlite::{Conn, Kept, dialect};
use crate::types::{Id, Timestamp};

/// Defines the queries that all three tables have: by expiry, by tag, and the removal of one entry.
macro_rules! cache_table {
    ($table:ident, $row:ident) => {
        /// Returns the ids of the entries that have expired, the longest expired first.
        pub(crate) fn expired(
            conn: &mut Conn,
            now: Timestamp,
            limit: i64,
        ) -> QueryResult<Vec<Id<$row>>> {
            dsl::$table
                .filter(dsl::expires_at.le(now))
                .order(dsl::expires_at)
                .limit(limit)
                .select(dsl::id)
                .load(conn)
        }

        /// Returns the ids of the entries that have this tag.
        pub(crate) fn tagged(conn: &mut Conn, tag: &str) -> QueryResult<Vec<Id<$row>>> {
            let list = sql::<Bool>(dialect::LIST_HAS_BEFORE_LIST).sql("Tags");
            let has_tag = list
                .sql(dialect::LIST_HAS_BEFORE_TYPES)
                .sql("'text'")
                .sql(dialect::LIST_HAS_BEFORE_VALUE)
                .bind::<Text, _>(tag)
                .sql(")");
            dsl::$table.filter(has_tag).select(dsl::id).load(conn)
        }

        /// Deletes an entry and returns the number of rows deleted.
        pub(crate) fn delete(conn: &mut Conn, id: &Id<$row>) -> QueryResult<usize> {
            diesel::delete(dsl::$table.find(id)).execute(conn)
        }
    };
}

pub(crate) mod query_cache {
    use super::*;
    use crate::schema::query_cache::dsl;

    cache_table!(query_cache, QueryCacheEntry);

    pub(crate) fn get(conn: &mut Conn, key: &str) -> QueryResult<Option<QueryCacheEntry>> {
        dsl::query_cache
            .filter(dsl::key.eq(key))
            .select(QueryCacheEntry::as_select())
            .first(conn)
            .optional()
    }

    /// Inserts an entry, or overwrites the one with its key, which keeps its id.
    pub(crate) fn put(conn: &mut Conn, row: &QueryCacheEntry) -> QueryResult<QueryCacheEntry> {
        let upsert = diesel::insert_into(dsl::query_cache)
            .values(row)
            .on_conflict(dsl::key)
            .do_update()
            .set((
                dsl::value.eq(excluded(dsl::value)),
                dsl::sliding_expiration.eq(excluded(dsl::sliding_expiration)),
                dsl::tags.eq(excluded(dsl::tags)),
                dsl::expires_at.eq(excluded(dsl::expires_at)),
                dsl::updated_at.eq(excluded(dsl::updated_at)),
                dsl::row_version.eq(dsl::row_version + 1),
            ))
            .returning(QueryCacheEntry::as_returning());
        Kept(upsert).get_result(conn)
    }

    /// Writes the time at which an entry expires.
    pub(crate) fn save_expiry(
        conn: &mut Conn,
        id: &Id<QueryCacheEntry>,
        expires_at: Timestamp,
    ) -> QueryResult<()> {
        let changes = dsl::expires_at.eq(expires_at);
        dialect::update_row(conn, "QueryCache", id, changes)
    }
}

pub(crate) mod computed_results {
    use super::*;
    use crate::schema::computed_results::dsl;

    cache_table!(computed_results, ComputedResult);

    pub(crate) fn get(conn: &mut Conn, key: &str) -> QueryResult<Option<ComputedResult>> {
        dsl::computed_results
            .filter(dsl::key.eq(key))
            .select(ComputedResult::as_select())
            .first(conn)
            .optional()
    }

    /// Inserts an entry, or overwrites the one with its key, which keeps its id.
    pub(crate) fn put(conn: &mut Conn, row: &ComputedResult) -> QueryResult<ComputedResult> {
        let upsert = diesel::insert_into(dsl::computed_results)
            .values(row)
            .on_conflict(dsl::key)
            .do_update()
            .set((
                dsl::value.eq(excluded(dsl::value)),
                dsl::input_hash.eq(excluded(dsl::input_hash)),
                dsl::computation_time.eq(excluded(dsl::computation_time)),
                dsl::tags.eq(excluded(dsl::tags)),
                dsl::expires_at.eq(excluded(dsl::expires_at)),
                dsl::updated_at.eq(excluded(dsl::updated_at)),
                dsl::row_version.eq(dsl::row_version + 1),
            ))
            .returning(ComputedResult::as_returning());
        Kept(upsert).get_result(conn)
    }
}

pub(crate) mod session_data {
    use super::*;
    use crate::schema::session_data::dsl;

    cache_table!(session_data, SessionDataEntry);

    pub(crate) fn get(
        conn: &mut Conn,
        session_id: &str,
        key: &str,
    ) -> QueryResult<Option<SessionDataEntry>> {
        dsl::session_data
            .filter(dsl::session_id.eq(session_id))
            .filter(dsl::key.eq(key))
            .select(SessionDataEntry::as_select())
            .first(conn)
            .optional()
    }

    /// Lists the entries of a session, by key.
    pub(crate) fn list(conn: &mut Conn, session_id: &str) -> QueryResult<Vec<SessionDataEntry>> {
        dsl::session_data
            .filter(dsl::session_id.eq(session_id))
            .order(dsl::key)
            .select(SessionDataEntry::as_select())
            .load(conn)
    }

    /// Inserts an entry, or overwrites the one with its session and key, which keeps its id.
    pub(crate) fn put(conn: &mut Conn, row: &SessionDataEntry) -> QueryResult<SessionDataEntry> {
        let upsert = diesel::insert_into(dsl::session_data)
            .values(row)
            .on_conflict((dsl::session_id, dsl::key))
            .do_update()
            .set((
                dsl::value.eq(excluded(dsl::value)),
                dsl::tags.eq(excluded(dsl::tags)),
                dsl::expires_at.eq(excluded(dsl::expires_at)),
                dsl::updated_at.eq(excluded(dsl::updated_at)),
                dsl::row_version.eq(dsl::row_version + 1),
            ))
            .returning(SessionDataEntry::as_returning());
        Kept(upsert).get_result(conn)
    }
}
