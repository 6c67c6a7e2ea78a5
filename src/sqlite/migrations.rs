//! Migration of a database to the schema that the library is built for, and the state of its migrations.

use std::fs::File;

use diesel::migration::{Migration, MigrationSource};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connection::{Connection, Role};
use super::migration_history::{applied_migrations, applied_versions};
use super::standing::{Standing, inspect, look_at};
use super::transaction::{ConnectionTransaction, TransactionKind};
use super::{Backend, Conn, DatabaseLocation, copy_before_migration, dialect, file_place, target};
use crate::config::StoreConfig;
use crate::error::{Error, ErrorCode, Result};
use crate::types::Timestamp;

pub(super) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// State of a migration in a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum MigrationState {
    /// The migration has run.
    Applied,
    /// The migration is known and has not run.
    Pending,
    /// The migration has run, but this version of the library doesn't know it.
    Unknown,
}

/// One migration and its state.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MigrationStatus {
    /// The number that determines its order, such as `20261123000100`.
    pub version: String,
    /// Its name, such as `2026-11-23-000100_core`, or its version where the library doesn't know it.
    pub name: String,
    /// Its state in the database.
    pub state: MigrationState,
    /// Time at which it ran on the database, or the database that this one was restored from.
    pub applied_at: Option<Timestamp>,
}

/// Creates the database where there is none, migrates one of an older schema, and refuses one that is newer or not
/// this library's without changing it. Returns the connection that inspected it, where that found nothing to do: it
/// has read the schema, and may go on as the one that writes.
pub(crate) fn prepare(
    location: &DatabaseLocation,
    config: &StoreConfig,
) -> Result<Option<Connection>> {
    if config.read_only {
        require_up_to_date(location, config)?;
        return Ok(None);
    }
    file_place::check(location, config)?;
    if location.has_content()?
        && let (Standing::UpToDate, probe) = inspect(location, config)?
    {
        return Ok(probe);
    }
    create_or_migrate(location, config)?;
    Ok(None)
}

fn create_or_migrate(location: &DatabaseLocation, config: &StoreConfig) -> Result<()> {
    if !location.has_content()? {
        target::refuse_reserved(location.path())?;
    }
    location.create_if_absent()?;
    let _lock = lock(location)?;
    // Another process may have migrated the database while this one waited for the lock.
    let standing = if location.has_content()? {
        inspect(location, config)?.0
    } else {
        Standing::Empty
    };
    match standing {
        Standing::UpToDate => return Ok(()),
        Standing::Older => copy_before_migration::keep(location, config)?,
        Standing::Empty => {}
    }
    migrate(location, Role::Writer, config, MIGRATIONS)?;
    copy_before_migration::remove_old(location);
    Ok(())
}

/// Fails where a database that is opened for reading only isn't there, or would have to be migrated.
fn require_up_to_date(location: &DatabaseLocation, config: &StoreConfig) -> Result<()> {
    if !location.has_content()? {
        let message = format!("{location}: no such database; it is not created for reading only");
        return Err(Error::new(ErrorCode::NotFound, message));
    }
    if look_at(location, config)?.0 == Standing::UpToDate {
        return Ok(());
    }
    let message = format!(
        "{location} has the schema of an older version, and is not migrated for reading only; open it once for writing"
    );
    Err(Error::new(ErrorCode::ReadOnly, message))
}

/// Returns all migrations that are known or have run, in order.
pub(crate) fn status(conn: &mut Conn) -> Result<Vec<MigrationStatus>> {
    let applied = applied_migrations(conn)?;
    let applied_at = |version: &str| {
        let found = applied.iter().find(|(applied, _)| applied == version);
        found.map(|(_, at)| *at)
    };
    let known = known_migrations()?;
    let mut all: Vec<_> = known
        .iter()
        .map(|(version, name)| MigrationStatus {
            version: version.clone(),
            name: name.clone(),
            state: if applied_at(version).is_some() {
                MigrationState::Applied
            } else {
                MigrationState::Pending
            },
            applied_at: applied_at(version).flatten(),
        })
        .collect();
    all.extend(
        applied
            .iter()
            .filter(|(version, _)| known.iter().all(|(known, _)| known != version))
            .map(|(version, at)| MigrationStatus {
                name: version.clone(),
                version: version.clone(),
                state: MigrationState::Unknown,
                applied_at: *at,
            }),
    );
    all.sort_by(|a, b| a.version.cmp(&b.version));
    Ok(all)
}

/// Waits until no other process migrates this database.
///
/// The lock is on a file of its own: closing the database file itself would drop SQLite's locks. That file is never
/// removed, since a process may be waiting for the lock.
fn lock(location: &DatabaseLocation) -> Result<File> {
    let file = location.lock_file(".migration-lock")?;
    let locked = file.lock();
    locked.map_err(|e| Error::from(e).while_doing(format!("{location}.migration-lock")))?;
    Ok(file)
}

/// Migrates a file that nobody else knows, and that is thrown away when this fails.
pub(crate) fn migrate_scratch(location: &DatabaseLocation, config: &StoreConfig) -> Result<()> {
    migrate(location, Role::Scratch, config, MIGRATIONS)
}

fn migrate(
    location: &DatabaseLocation,
    role: Role,
    config: &StoreConfig,
    source: impl MigrationSource<Backend>,
) -> Result<()> {
    let mut connection = Connection::open(location, role, config)?;
    // Tables that others refer to can only be rebuilt with these checks off, and the checks can only be switched
    // outside a transaction.
    dialect::set_foreign_keys(&mut connection, false)?;
    let mut transaction = ConnectionTransaction::begin(&mut connection, TransactionKind::Write)?;
    let outcome = run_pending(transaction.connection(), source);
    let migrations = transaction.finish(outcome).map_err(|e| {
        let as_it_was = format!("{location} could not be migrated and is as it was");
        match e.code() {
            ErrorCode::OutcomeUnknown => e.while_doing(location),
            ErrorCode::DiskFull | ErrorCode::Io | ErrorCode::Busy => e.while_doing(as_it_was),
            _ => {
                let source = e.to_string();
                let failed = e.recoded(ErrorCode::MigrationFailed);
                failed.while_doing(as_it_was).with_source(source)
            }
        }
    })?;
    dialect::checkpoint(&mut connection)?;
    tracing::info!(database = %location, migrations, "database migrated");
    Ok(())
}

/// Runs the migrations that have not run yet, and returns how many there were.
fn run_pending(conn: &mut Conn, source: impl MigrationSource<Backend>) -> Result<usize> {
    require_module(conn, "fts5")?;
    let ran = conn
        .run_pending_migrations(source)
        .map_err(migration_error)?
        .len();
    if let Some(violation) = dialect::foreign_key_check(conn)?.first() {
        let message = format!("a foreign key points to nothing: {violation:?}");
        return Err(Error::new(ErrorCode::MigrationFailed, message));
    }
    let applied = i32::try_from(applied_versions(conn)?.len()).unwrap_or(i32::MAX);
    dialect::mark_as_ours(conn, applied)?;
    Ok(ran)
}

/// Refuses an SQLite that was built without a module that the schema needs, which would otherwise fail in the
/// middle of a migration.
fn require_module(conn: &mut Conn, name: &str) -> Result<()> {
    if dialect::has_module(conn, name)? {
        return Ok(());
    }
    let message = format!(
        "the SQLite {} that is linked was built without {name}, which the schema needs",
        super::sqlite_version()
    );
    Err(Error::new(ErrorCode::MigrationFailed, message))
}

/// Runs the migrations of these versions, and no others, in order.
pub(crate) fn run_only(conn: &mut Conn, versions: &[String]) -> Result<()> {
    // This creates Diesel's table, without which no migration runs.
    conn.applied_migrations().map_err(migration_error)?;
    for migration in all()? {
        if versions.contains(&migration.name().version().to_string()) {
            conn.run_migration(&migration).map_err(migration_error)?;
        }
    }
    Ok(())
}

/// Returns the library's migrations, in order.
fn all() -> Result<Vec<Box<dyn Migration<Backend>>>> {
    let mut all = MigrationSource::<Backend>::migrations(&MIGRATIONS).map_err(migration_error)?;
    all.sort_by(|a, b| a.name().version().cmp(&b.name().version()));
    Ok(all)
}

/// Returns the versions of the library's migrations, in order.
pub(crate) fn known_versions() -> Result<Vec<String>> {
    let known = known_migrations()?.into_iter();
    Ok(known.map(|(version, _)| version).collect())
}

fn known_migrations() -> Result<Vec<(String, String)>> {
    let names = |m: &dyn Migration<Backend>| (m.name().version().to_string(), m.name().to_string());
    Ok(all()?.iter().map(|m| names(m.as_ref())).collect())
}

fn migration_error(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::new(ErrorCode::MigrationFailed, error.to_string()).with_source(error)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use diesel::connection::SimpleConnection as _;
    use diesel_migrations::FileBasedMigrations;
    use tempfile::TempDir;

    use super::*;
    use crate::sqlite::soundness::schema_differences;
    use crate::sqlite::standing::standing_of;

    /// A source of the library's migrations and one more.
    struct WithAnother(FileBasedMigrations);

    impl MigrationSource<Backend> for WithAnother {
        fn migrations(&self) -> diesel::migration::Result<Vec<Box<dyn Migration<Backend>>>> {
            let mut all = MigrationSource::<Backend>::migrations(&MIGRATIONS)?;
            all.extend(MigrationSource::<Backend>::migrations(&self.0)?);
            Ok(all)
        }
    }

    /// A directory with a database that has a chat with one message.
    struct Place {
        directory: TempDir,
        location: DatabaseLocation,
        config: StoreConfig,
    }

    impl Place {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("orchestra.db");
            let place = Self {
                location: DatabaseLocation::new(&path).unwrap(),
                config: StoreConfig::new(path),
                directory,
            };
            prepare(&place.location, &place.config).unwrap();
            let chat = "INSERT INTO ChatSessions (Id, InstanceId, Title) VALUES ('s', 'i', 't'); \
                        INSERT INTO ChatMessages (Id, SessionId, MessageType, Content) \
                        VALUES ('m', 's', 1, 'hello');";
            place.open().batch_execute(chat).unwrap();
            place
        }

        fn open(&self) -> Connection {
            Connection::open(&self.location, Role::Writer, &self.config).unwrap()
        }

        /// Migrates with one more migration, made of this SQL.
        fn migrate_by(&self, up: &str) -> Result<()> {
            let folder = self
                .directory
                .path()
                .join("more")
                .join("9999-01-01-000000_more");
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("up.sql"), up).unwrap();
            fs::write(folder.join("down.sql"), "").unwrap();
            let more = FileBasedMigrations::from_path(folder.parent().unwrap()).unwrap();
            migrate(
                &self.location,
                Role::Writer,
                &self.config,
                WithAnother(more),
            )
        }

        fn messages(&self) -> usize {
            use diesel::prelude::*;
            let messages = crate::schema::chat_messages::table.count();
            let count: i64 = messages.get_result(&mut *self.open()).unwrap();
            usize::try_from(count).unwrap()
        }

        #[track_caller]
        fn assert_as_it_was(&self) {
            let mut conn = self.open();
            assert_eq!(schema_differences(&mut conn).unwrap(), []);
            assert_eq!(
                standing_of(&mut conn, &self.location).unwrap(),
                Standing::UpToDate
            );
            drop(conn);
            assert_eq!(self.messages(), 1);
            prepare(&self.location, &self.config).unwrap();
        }
    }

    #[test]
    fn a_migration_that_fails_half_way_leaves_the_database_as_it_was() {
        let place = Place::new();
        for up in [
            "CREATE TABLE Half (Id TEXT) STRICT; DROP TABLE ChatMessages; SELECT no_such_function();",
            "CREATE TABLE Half (Id TEXT) STRICT; this is no SQL;",
        ] {
            let error = place.migrate_by(up).unwrap_err();
            assert_eq!(error.code(), ErrorCode::MigrationFailed, "{error}");
            assert!(error.message().contains("is as it was"), "{error}");
            place.assert_as_it_was();
        }
    }

    #[test]
    fn a_migration_that_leaves_a_foreign_key_without_its_row_is_refused() {
        let place = Place::new();
        let error = place.migrate_by("DELETE FROM ChatSessions").unwrap_err();
        assert_eq!(error.code(), ErrorCode::MigrationFailed, "{error}");
        assert!(error.message().contains("ChatSessions"), "{error}");
        place.assert_as_it_was();
    }

    /// With foreign keys on, dropping the old table would delete the messages of all chats.
    #[test]
    fn a_table_that_others_refer_to_can_be_rebuilt() {
        let place = Place::new();
        place
            .migrate_by(
                "CREATE TABLE NewSessions (Id TEXT PRIMARY KEY NOT NULL, Renamed TEXT) STRICT;
                 INSERT INTO NewSessions SELECT Id, Title FROM ChatSessions;
                 DROP TABLE ChatSessions;
                 ALTER TABLE NewSessions RENAME TO ChatSessions;",
            )
            .unwrap();
        assert_eq!(place.messages(), 1);
        assert!(
            dialect::foreign_key_check(&mut place.open())
                .unwrap()
                .is_empty()
        );
        let error = prepare(&place.location, &place.config).unwrap_err();
        assert_eq!(error.code(), ErrorCode::SchemaTooNew);
    }
}
