//! Row and queries of the table `Lineages`, and the rule for numbers that callers keep.
//!
//! A lineage is the time between two restores or recoveries. Change events and row versions that are given in it
//! have numbers above its base, which is above all numbers of the database that was replaced: a number
//! of one lineage is never taken for one of another.

use std::ops::Add;

use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::schema::lineages::{self, dsl};
use crate::sqlite::connection::Connection;
use crate::sqlite::{Conn, dialect};
use crate::types::Timestamp;

/// Beginning of a lineage, by a restore or a recovery of the database.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    Queryable,
    Selectable,
    Identifiable,
    Insertable,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = lineages, primary_key(base), check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct Lineage {
    /// Number above which the lineage's numbers are, the primary key.
    pub base: i64,
    /// Time at which the lineage began.
    pub began_at: Timestamp,
}

/// Number above which all numbers of the present lineage are; 0 in a database that was never restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NumberBase(i64);

impl NumberBase {
    /// Reads the base.
    pub(crate) fn read(conn: &mut Conn) -> QueryResult<Self> {
        read(conn).map(Self)
    }

    /// Returns the base in the open transaction of a connection, which remembers it as long as nobody else commits.
    pub(crate) fn of_transaction(connection: &mut Connection) -> Result<Self> {
        connection.remembered(read).map(Self)
    }

    /// Returns the base as a number.
    pub(crate) fn number(self) -> i64 {
        self.0
    }

    /// Returns the version of a row that is inserted.
    pub(crate) fn first_version(self) -> i64 {
        self.0 + 1
    }

    /// Returns the version of a row that had another one before.
    pub(crate) fn next_version(self, version: i64) -> i64 {
        version.max(self.0) + 1
    }

    /// Returns [`next_version`](Self::next_version) of a column, for statements that change a row unread.
    pub(crate) fn next_version_of<C>(self, version: C) -> dialect::greater_of<C::Output, i64>
    where
        C: Add<i64>,
        C::Output: diesel::expression::AsExpression<BigInt>,
    {
        dialect::greater_of(version + 1, self.first_version())
    }
}

fn read(conn: &mut Conn) -> QueryResult<i64> {
    let base: Option<i64> = dsl::lineages.select(max(dsl::base)).first(conn)?;
    Ok(base.unwrap_or(0))
}

/// Inserts a lineage, which is the present one from then on.
pub(crate) fn insert(conn: &mut Conn, lineage: &Lineage) -> QueryResult<()> {
    diesel::insert_into(lineages::table)
        .values(lineage)
        .execute(conn)
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_count_up_from_the_base() {
        let (never_restored, restored) = (NumberBase(0), NumberBase(1000));
        assert_eq!(never_restored.first_version(), 1);
        assert_eq!(never_restored.next_version(1), 2);
        assert_eq!(restored.first_version(), 1001);
        // One that the backup brought along, the first of the lineage, and a later one.
        assert_eq!(restored.next_version(7), 1001);
        assert_eq!(restored.next_version(1000), 1001);
        assert_eq!(restored.next_version(1001), 1002);
    }
}
