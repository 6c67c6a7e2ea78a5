//! Operations that the tables of the persistent caches share: `QueryCache`, `ComputedResults` and `SessionData`.

use diesel::QueryResult;

use crate::rows::lineages::NumberBase;
use crate::sqlite::Conn;
use crate::types::{Id, Timestamp};

/// Row of a cache table: a value under a key, with tags and an expiry.
pub(crate) trait CacheEntry: Sized {
    /// Name of the table.
    const TABLE: &'static str;

    /// Returns the id.
    fn id(&self) -> &Id<Self>;

    /// Returns the time at which the entry expires; none means never.
    fn expires_at(&self) -> Option<Timestamp>;

    /// Inserts the entry, or overwrites the one with its key, which keeps its id. Returns the stored entry.
    fn put(&self, conn: &mut Conn, base: NumberBase) -> QueryResult<Self>;

    /// Returns the ids of the entries that have expired, the longest expired first.
    fn expired(conn: &mut Conn, now: Timestamp, limit: u32) -> QueryResult<Vec<Id<Self>>>;

    /// Returns the ids of the entries that have this tag.
    fn tagged(conn: &mut Conn, tag: &str) -> QueryResult<Vec<Id<Self>>>;

    /// Deletes the entry with this id.
    fn delete(conn: &mut Conn, id: &Id<Self>) -> QueryResult<()>;
}

/// Implements [`CacheEntry`] for the row of a table, by its key and the columns of its value.
macro_rules! cache_entry {
    ($row:ident in $table:ident as $name:literal, key $key:expr, value ($($column:ident),+)) => {
        impl $crate::tables::caches::CacheEntry for $row {
            const TABLE: &'static str = $name;

            fn id(&self) -> &Id<Self> {
                &self.id
            }

            fn expires_at(&self) -> Option<Timestamp> {
                self.expires_at
            }

            fn put(
                &self,
                conn: &mut Conn,
                base: $crate::rows::lineages::NumberBase,
            ) -> QueryResult<Self> {
                use diesel::upsert::excluded;

                let upsert = diesel::insert_into($table::table)
                    .values(self)
                    .on_conflict($key)
                    .do_update()
                    .set((
                        $($table::$column.eq(excluded($table::$column)),)+
                        $table::tags.eq(excluded($table::tags)),
                        $table::expires_at.eq(excluded($table::expires_at)),
                        $table::updated_at.eq(excluded($table::updated_at)),
                        $table::row_version.eq(base.next_version_of($table::row_version)),
                    ))
                    .returning(Self::as_returning());
                $crate::sqlite::Kept(upsert).get_result(conn)
            }

            fn expired(conn: &mut Conn, now: Timestamp, limit: u32) -> QueryResult<Vec<Id<Self>>> {
                $table::table
                    .filter($table::expires_at.le(now))
                    .order($table::expires_at)
                    .limit(limit.into())
                    .select($table::id)
                    .load(conn)
            }

            fn tagged(conn: &mut Conn, tag: &str) -> QueryResult<Vec<Id<Self>>> {
                use diesel::sql_types::{Bool, Text};
                use $crate::sqlite::dialect;

                let has_tag = diesel::dsl::sql::<Bool>(dialect::LIST_HAS_BEFORE_LIST)
                    .sql("Tags")
                    .sql(dialect::LIST_HAS_BEFORE_TYPES)
                    .sql("'text'")
                    .sql(dialect::LIST_HAS_BEFORE_VALUE)
                    .bind::<Text, _>(tag)
                    .sql(")");
                $table::table.filter(has_tag).select($table::id).load(conn)
            }

            fn delete(conn: &mut Conn, id: &Id<Self>) -> QueryResult<()> {
                diesel::delete($table::table.find(id)).execute(conn).map(drop)
            }
        }
    };
}

pub(crate) use cache_entry;
