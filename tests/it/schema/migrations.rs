//! Every way through the migrations leads to the same database.

use diesel_migrations::MigrationHarness;

use super::{Database, MIGRATIONS};

/// The whole schema as text, without comments and spaces: columns that were dropped and added again
/// come without them.
fn schema(database: &mut Database) -> Vec<String> {
    let plain = |sql: String| -> String {
        let code = sql.lines().map(|line| line.split("--").next().unwrap());
        code.flat_map(str::split_whitespace).collect()
    };
    let sqls = database.texts("SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema WHERE name NOT GLOB '*__diesel*' AND name <> 'sqlite_sequence'");
    sqls.into_iter().map(plain).collect()
}

#[test]
fn down_and_up_again_gives_the_same_schema() {
    let mut database = Database::migrated();
    let fresh = schema(&mut database);

    database
        .connection
        .revert_all_migrations(MIGRATIONS)
        .unwrap();
    assert_eq!(schema(&mut database), Vec::<String>::new());

    database
        .connection
        .run_pending_migrations(MIGRATIONS)
        .unwrap();
    assert_eq!(schema(&mut database), fresh);
}

#[test]
fn one_by_one_gives_the_same_schema_as_all_at_once() {
    let mut stepped = Database::empty();
    while stepped
        .connection
        .has_pending_migration(MIGRATIONS)
        .unwrap()
    {
        stepped.connection.run_next_migration(MIGRATIONS).unwrap();
    }
    assert_eq!(schema(&mut stepped), schema(&mut Database::migrated()));
}

#[test]
fn each_step_down_works_with_data_and_undoes_its_step_up() {
    let mut steps = Vec::new();
    let mut stepped = Database::empty();
    while stepped
        .connection
        .has_pending_migration(MIGRATIONS)
        .unwrap()
    {
        steps.push(schema(&mut stepped));
        stepped.connection.run_next_migration(MIGRATIONS).unwrap();
    }

    let mut database = Database::with_rows();
    for before in steps.into_iter().rev() {
        database
            .connection
            .revert_last_migration(MIGRATIONS)
            .unwrap();
        let mut now = schema(&mut database);
        let mut before = before;
        now.sort();
        before.sort();
        assert_eq!(now, before);
    }
}

#[test]
fn a_migrated_database_is_sound() {
    let mut database = Database::with_rows();
    assert_eq!(
        database.texts("SELECT integrity_check FROM pragma_integrity_check"),
        ["ok"]
    );
    assert!(
        database
            .texts("SELECT \"table\" FROM pragma_foreign_key_check")
            .is_empty()
    );
}
