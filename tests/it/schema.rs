//! The embedded migrations, on real files.

mod constraints;
mod effects;
mod migrations;
mod models;
mod plans;
mod refused_values;
mod tables;

use std::sync::LazyLock;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tempfile::TempDir;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Two rows of each table, at least: `a` with what must be given, `b` with everything.
const ROWS: &str = include_str!("schema/rows.sql");

const FILE: &str = "orchestra.db";

/// A database file of its own, removed when dropped.
pub struct Database {
    connection: SqliteConnection,
    directory: TempDir,
}

/// A migrated database, which is copied for each test: to migrate takes longer than most tests do.
static MIGRATED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut database = Database::empty();
    database
        .connection
        .run_pending_migrations(MIGRATIONS)
        .unwrap();
    // What a new database begins with, so that a test sees its own rows alone.
    database.run("DELETE FROM UserPreferences; DELETE FROM TaskTemplates;");
    database.into_bytes()
});

/// The same with [`ROWS`].
static WITH_ROWS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut database = Database::migrated();
    database.run(ROWS);
    database.into_bytes()
});

impl Database {
    fn empty() -> Self {
        Self::holding(&[])
    }

    fn migrated() -> Self {
        Self::holding(&MIGRATED)
    }

    pub fn with_rows() -> Self {
        Self::holding(&WITH_ROWS)
    }

    fn holding(content: &[u8]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE);
        std::fs::write(&path, content).unwrap();
        let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        connection
            .batch_execute(
                "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA synchronous = OFF;",
            )
            .unwrap();
        Self {
            connection,
            directory,
        }
    }

    fn into_bytes(self) -> Vec<u8> {
        drop(self.connection);
        std::fs::read(self.directory.path().join(FILE)).unwrap()
    }

    pub fn run(&mut self, sql: &str) {
        self.try_run(sql)
            .unwrap_or_else(|error| panic!("{error}: {sql}"));
    }

    /// The message of the error, if there is one; nothing is kept of a statement that fails.
    pub fn try_run(&mut self, sql: &str) -> Result<(), String> {
        self.connection
            .batch_execute(sql)
            .map_err(|error| error.to_string())
    }

    /// The one column of the rows, as text.
    fn texts(&mut self, sql: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            text: String,
        }
        diesel::sql_query(format!(
            "WITH rows (text) AS ({sql}) SELECT CAST(text AS TEXT) AS text FROM rows"
        ))
        .load::<Row>(&mut self.connection)
        .unwrap_or_else(|error| panic!("{error}: {sql}"))
        .into_iter()
        .map(|row| row.text)
        .collect()
    }

    fn tables(&mut self) -> Vec<String> {
        // Not the full-text index, which is a virtual table, nor the tables that FTS5 makes for it.
        self.texts(
            "SELECT s.name FROM sqlite_schema AS s JOIN pragma_table_list(s.name) AS l
             WHERE l.type = 'table' AND s.type = 'table' AND s.name NOT GLOB 'sqlite_*' AND s.name NOT GLOB '__*'",
        )
    }
}
