//! What a schema says, fact by fact: a subject, such as `Agents.Name type`, and a value, such as `TEXT`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::support::TestStore;

/// The values, by subject.
pub type Facts = BTreeMap<String, String>;

/// The tables and indexes of the specification.
const SCHEMA: &str = include_str!("schema.sql");

/// What its entity configurations add.
const CONFIGURATION: &str = include_str!("configuration.txt");

/// Queries for the facts that SQLite tells itself.
const QUERIES: [&str; 7] = [
    "SELECT name || ' table' AS subject, 'present' AS value FROM Tables",
    "SELECT Tables.name || '.' || c.name || ' type' AS subject, c.type AS value
     FROM Tables, pragma_table_xinfo(Tables.name) AS c",
    "SELECT Tables.name || '.' || c.name || ' nullability' AS subject, iif(c.\"notnull\", 'NOT NULL', 'NULL') AS value
     FROM Tables, pragma_table_xinfo(Tables.name) AS c",
    "SELECT Tables.name || '.' || c.name || ' default' AS subject, coalesce(c.dflt_value, 'none') AS value
     FROM Tables, pragma_table_xinfo(Tables.name) AS c",
    "SELECT Tables.name || ' key' AS subject, group_concat(c.name) AS value
     FROM Tables, pragma_table_xinfo(Tables.name) AS c WHERE c.pk > 0 GROUP BY 1",
    "SELECT Tables.name || '.' || k.\"from\" || ' references' AS subject,
         k.\"table\" || '(' || k.\"to\" || ') ON DELETE ' || k.on_delete AS value
     FROM Tables, pragma_foreign_key_list(Tables.name) AS k",
    "SELECT Tables.name || '(' || group_concat(c.name) || ') unique' AS subject, 'present' AS value
     FROM Tables, pragma_index_list(Tables.name) AS l, pragma_index_info(l.name) AS c
     WHERE l.origin = 'u' GROUP BY l.name",
];

/// The facts of the specification: its tables and indexes, and its entity configurations.
pub static SPECIFIED: LazyLock<Facts> = LazyLock::new(|| {
    let mut connection = SqliteConnection::establish(":memory:").unwrap();
    connection.batch_execute(SCHEMA).unwrap();
    let mut facts = of_database(&mut connection);
    for line in CONFIGURATION.lines().filter(|line| is_entry(line)) {
        let (subject, value) = line.split_once(" | ").unwrap();
        let former = facts.insert(subject.to_owned(), value.to_owned());
        assert_eq!(former, None, "{subject} stands there twice");
    }
    facts
});

/// The facts of a new database.
pub static BUILT: LazyLock<Facts> = LazyLock::new(|| {
    let test = TestStore::new();
    let facts = test
        .store
        .read(|reader| Ok(of_database(reader.connection())));
    facts.unwrap()
});

/// Whether a line of a list isn't a comment.
pub fn is_entry(line: &str) -> bool {
    !line.is_empty() && !line.starts_with('#')
}

#[derive(QueryableByName)]
struct Fact {
    #[diesel(sql_type = Text)]
    subject: String,
    #[diesel(sql_type = Text)]
    value: String,
}

fn of_database(connection: &mut SqliteConnection) -> Facts {
    let mut facts = Facts::new();
    for query in QUERIES {
        let query = format!(
            "WITH Tables AS (SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE TABLE%'
                 AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '__*' AND name NOT GLOB 'ChatSearch_*')
             {query}"
        );
        facts.extend(load(connection, &query));
    }
    for (name, sql) in load(connection, &texts_of("table")) {
        add_expressions(&mut facts, &name, &sql);
    }
    for (name, sql) in load(connection, &texts_of("index")) {
        let (kind, on) = sql.split_once(&name).unwrap();
        let unique = if kind.contains("UNIQUE") {
            "UNIQUE "
        } else {
            ""
        };
        let on = normal(on.trim_start().strip_prefix("ON ").unwrap()).replacen(" (", "(", 1);
        facts.insert(format!("{name} index"), format!("{unique}{on}"));
    }
    facts
}

fn texts_of(kind: &str) -> String {
    format!(
        "SELECT name AS subject, sql AS value FROM sqlite_schema WHERE type = '{kind}' AND sql IS NOT NULL"
    )
}

fn load(connection: &mut SqliteConnection, query: &str) -> Vec<(String, String)> {
    let facts = diesel::sql_query(query).load::<Fact>(connection).unwrap();
    facts.into_iter().map(|f| (f.subject, f.value)).collect()
}

/// Adds the checks, the lengths that they limit, and the computed columns of a `CREATE TABLE`.
fn add_expressions(facts: &mut Facts, table: &str, sql: &str) {
    for (before, expression) in expressions_after(sql, "CHECK") {
        if let Some((column, length)) = limit_of(&expression) {
            facts.insert(format!("{table}.{column} max length"), length);
        }
        let words: Vec<&str> = before.split_whitespace().rev().take(2).collect();
        if let [name, "CONSTRAINT"] = words[..] {
            facts.insert(format!("{name} check"), expression);
        }
    }
    for (before, expression) in expressions_after(sql, "GENERATED ALWAYS AS") {
        let definition = before.rsplit(['\n', ',']).next().unwrap();
        let column = definition.split_whitespace().next().unwrap();
        facts.insert(format!("{table}.{column} computed"), expression);
    }
}

/// Returns the expressions in parentheses behind a keyword, each with the text before the keyword.
fn expressions_after<'s>(sql: &'s str, keyword: &str) -> Vec<(&'s str, String)> {
    let places = sql.match_indices(keyword);
    let found = places.filter_map(|(start, _)| {
        let behind = sql[start + keyword.len()..].trim_start();
        behind
            .starts_with('(')
            .then(|| (&sql[..start], normal(inside(behind))))
    });
    found.collect()
}

/// Returns the text between the parenthesis that `text` begins with and its counterpart.
fn inside(text: &str) -> &str {
    let mut depth = 0;
    let end = text.find(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth == 0
    });
    &text[1..end.unwrap()]
}

/// Returns the column whose length a check limits, and the limit.
fn limit_of(check: &str) -> Option<(String, String)> {
    let (column, rest) = check.strip_prefix("length(")?.split_once(") ")?;
    let bound = rest.split(" AND instr").next()?.split(" AND ").last()?;
    let limit = bound.trim_start_matches("<= ");
    Some((column.to_owned(), limit.to_owned()))
}

/// Writes an expression in one way: one space between words, none inside of parentheses or before them.
pub fn normal(expression: &str) -> String {
    let words: Vec<&str> = expression.split_whitespace().collect();
    words.join(" ").replace("( ", "(").replace(" )", ")")
}

#[test]
fn an_expression_has_one_form() {
    assert_eq!(
        normal("CASE\n  WHEN ( a + b ) = 0\n END"),
        "CASE WHEN (a + b) = 0 END"
    );
    assert_eq!(inside("(a (b) c) d"), "a (b) c");
    let limit = |check| limit_of(check).map(|(column, limit)| format!("{column} {limit}"));
    assert_eq!(limit("length(Name) <= 100").as_deref(), Some("Name 100"));
    assert_eq!(
        limit("length(Id) BETWEEN 1 AND 128 AND instr(Id, char(0)) = 0").as_deref(),
        Some("Id 128")
    );
}
