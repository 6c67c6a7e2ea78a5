//! Checks that a file is a database of this library, undamaged, and with exactly its schema.

use std::collections::BTreeMap;

use super::standing::{self, Standing};
use super::{Conn, DatabaseLocation, dialect, library, migration_history, migrations};
use crate::error::{Error, ErrorCode, Result, shortened};

/// Tables, indexes, views and triggers by type and name, each with the statement that created it.
type Objects = BTreeMap<(String, String), String>;

/// Decides whether a schema may have objects that aren't this library's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extras {
    /// Allows additions, such as an index or a table.
    Allowed,
    /// Refuses additions: one may be a trigger or a view, which would run with the library's rights.
    Refused,
}

/// The findings of [`require`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sound {
    pub(crate) standing: Standing,
    /// The newest migration that has run on the database.
    pub(crate) schema_version: String,
}

/// Reads the whole database, and fails where anything is wrong with it: `ForeignSchema`, `SchemaTooNew`,
/// `NotADatabase` or `Corrupt`.
///
/// The tables and indexes are not used before the schema is known to be this library's.
pub(crate) fn require(
    conn: &mut Conn,
    location: &DatabaseLocation,
    extras: Extras,
) -> Result<Sound> {
    let standing = standing::standing_of(conn, location)?;
    if standing == Standing::Empty {
        let message = format!("{location} is empty");
        return Err(Error::new(ErrorCode::ForeignSchema, message));
    }
    let schema_version = examine(conn, extras).map_err(|e| e.while_doing(location))?;
    Ok(Sound {
        standing,
        schema_version,
    })
}

/// Returns the newest migration of a sound database.
fn examine(conn: &mut Conn, extras: Extras) -> Result<String> {
    refuse_first(dialect::quick_check(conn)?)?;
    let differences = schema_differences(conn)?.into_iter();
    let refused =
        differences.filter(|d| d.kind == DifferenceKind::Changed || extras == Extras::Refused);
    if let Some(difference) = refused.map(|d| d.message).next() {
        return Err(Error::new(ErrorCode::ForeignSchema, difference));
    }
    refuse_first(dialect::integrity_check(conn)?)?;
    let violations = dialect::foreign_key_check(conn)?;
    refuse_first(violations.iter().map(|v| format!("{v:?}")).collect())?;
    let versions = migration_history::applied_versions(conn)?;
    Ok(versions.into_iter().max().unwrap_or_default())
}

fn refuse_first(problems: Vec<String>) -> Result<()> {
    match problems.into_iter().next() {
        Some(problem) => Err(Error::new(ErrorCode::Corrupt, shortened(problem))),
        None => Ok(()),
    }
}

/// An object that differs from the one that the migrations create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) kind: DifferenceKind,
    pub(crate) message: String,
}

/// The way in which an object differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DifferenceKind {
    /// One of the library's own objects is missing or different.
    Changed,
    /// A table or an index is an addition, which changes nothing that the library reads or writes.
    Extra,
    /// A trigger or a view is an addition: SQL of somebody else, which may run with the library's statements.
    ExtraCode,
}

impl DifferenceKind {
    fn of_extra(object: &str) -> Self {
        match object {
            "trigger" | "view" => Self::ExtraCode,
            _ => Self::Extra,
        }
    }
}

/// Returns the objects in which the schema differs from that of the migrations which have run on it.
pub(crate) fn schema_differences(conn: &mut Conn) -> Result<Vec<Difference>> {
    let present = objects(conn)?;
    let expected = expected_objects(&migration_history::applied_versions(conn)?)?;
    let named = |(kind, name): &(String, String)| format!("{kind} {}", shortened(name));
    let changed = expected
        .iter()
        .filter_map(|(key, sql)| match present.get(key) {
            None => Some(format!("{} is missing", named(key))),
            Some(other) if other != sql => Some(format!("{} is not as we make it", named(key))),
            Some(_) => None,
        });
    let added = present.keys().filter(|key| !expected.contains_key(key));
    let added = added.map(|key| Difference {
        kind: DifferenceKind::of_extra(&key.0),
        message: format!("{} is not ours", named(key)),
    });
    let changed = changed.map(|message| Difference {
        kind: DifferenceKind::Changed,
        message,
    });
    Ok(changed.chain(added).collect())
}

/// Returns all objects but those that SQLite and Diesel create for themselves.
fn objects(conn: &mut Conn) -> Result<Objects> {
    let all = dialect::schema_objects(conn)?.into_iter();
    let ours = all.filter(|o| !(o.kind == "table" && o.name == migration_history::HISTORY_TABLE));
    Ok(ours.map(|o| ((o.kind, o.name), o.sql)).collect())
}

/// Returns the objects that these migrations create, by running them in memory.
fn expected_objects(versions: &[String]) -> Result<Objects> {
    let mut conn = library::establish_in_memory()?;
    migrations::run_only(&mut conn, versions)?;
    objects(&mut conn)
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection as _;
    use diesel_migrations::MigrationHarness as _;

    use super::*;

    fn differences(sql: &str) -> Vec<(String, DifferenceKind)> {
        let mut conn = library::establish_in_memory().unwrap();
        conn.run_pending_migrations(migrations::MIGRATIONS).unwrap();
        conn.batch_execute(sql).unwrap();
        let differences = schema_differences(&mut conn).unwrap().into_iter();
        differences.map(|d| (d.message, d.kind)).collect()
    }

    #[test]
    fn only_our_schema_is_our_schema() {
        use DifferenceKind::{Changed, Extra, ExtraCode};
        let found = |message: &str, kind| (message.to_owned(), kind);
        assert_eq!(differences("ANALYZE"), []);
        assert_eq!(
            differences("CREATE TRIGGER t AFTER INSERT ON Users BEGIN DELETE FROM Tasks; END"),
            [found("trigger t is not ours", ExtraCode)]
        );
        assert_eq!(
            differences("CREATE INDEX i ON Tasks (Result)"),
            [found("index i is not ours", Extra)]
        );
        assert_eq!(
            differences("DROP INDEX IX_Tasks_Status; CREATE VIEW v AS SELECT 1"),
            [
                found("index IX_Tasks_Status is missing", Changed),
                found("view v is not ours", ExtraCode)
            ]
        );
        assert_eq!(
            differences(
                "DROP INDEX IX_Tasks_Status; CREATE INDEX IX_Tasks_Status ON Tasks (Status)"
            ),
            [found("index IX_Tasks_Status is not as we make it", Changed)]
        );
    }
}
