//! What the steps of a task write into indexes: the rule, over all indexes that the database has.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use orchestra_store::models::AgentId;
use orchestra_store::services::tasks::{self, Failure, NewTask, TaskProgress};
use orchestra_store::services::{agents, code_repositories};
use orchestra_store::{Result, UnitOfWork};

use crate::support::{REPOSITORY, TestStore, token_of};

/// The tables that every step of a task writes.
const HOT: [&str; 5] = [
    "Tasks",
    "Agents",
    "Repositories",
    "AuditLogs",
    "ChangeEvents",
];

/// Indexes that name a column which a step changes, although rows that were worked on are in them, with the reason.
const EXCEPTIONS: [(&str, &str); 3] = [
    // The sweep of agents finds the silent ones without reading the others. Only a ping changes the column, no step of
    // a task.
    ("IX_Agents_Due", "LastPing"),
    ("IX_Agents_Health", "LastPing"),
    // Only planned tasks of a workflow are in it: at the end of each, those of its stage are counted by state.
    ("IX_Tasks_Stage", "Status"),
];

/// The columns of each table that a step changed from one value to another, or took away. A value where none was puts
/// a row into an index, where it stays.
type Changed = BTreeMap<&'static str, BTreeSet<String>>;

struct Steps {
    test: TestStore,
    agent: AgentId,
    changed: Changed,
}

impl Steps {
    fn new() -> Self {
        let test = TestStore::new();
        test.store
            .write(|uow| code_repositories::register(uow, REPOSITORY))
            .unwrap();
        let agent = test.agent("worker", 2);
        Self {
            test,
            agent,
            changed: Changed::new(),
        }
    }

    fn texts(&self, sql: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            text: String,
        }
        let rows: Vec<Row> = self
            .test
            .store
            .read(|reader| Ok(sql_query(sql).load(reader.connection())?))
            .unwrap();
        rows.into_iter().map(|row| row.text).collect()
    }

    /// All columns, those that the database computes included.
    fn columns(&self, table: &str) -> Vec<String> {
        self.texts(&format!(
            "SELECT name AS text FROM pragma_table_xinfo('{table}')"
        ))
    }

    /// The values of a table's rows, by row and column.
    fn values(&self, table: &str) -> BTreeMap<(String, String), String> {
        let mut values = BTreeMap::new();
        for column in self.columns(table) {
            let cells = self.texts(&format!(
                "SELECT rowid || ' ' || quote({column}) AS text FROM {table}"
            ));
            for cell in cells {
                let (row, value) = cell.split_once(' ').unwrap();
                values.insert((row.to_owned(), column.clone()), value.to_owned());
            }
        }
        values
    }

    fn step<T>(&mut self, step: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>) -> T {
        self.test.advance_seconds(1);
        let before = HOT.map(|table| self.values(table));
        let outcome = self.test.store.write(step).unwrap();
        for (table, before) in HOT.into_iter().zip(before) {
            let after = self.values(table);
            for ((row, column), value) in before {
                let is_same = after.get(&(row, column.clone())) == Some(&value);
                if !is_same && value != "NULL" {
                    self.changed.entry(table).or_default().insert(column);
                }
            }
        }
        outcome
    }

    /// Enqueues a task, and runs it until its end.
    fn run(&mut self, fails: bool) {
        let agent = self.agent.clone();
        self.step(|uow| tasks::enqueue(uow, &NewTask::new("ls", REPOSITORY)));
        let claim = tasks::Claim::agent(&agent);
        let task = self.step(|uow| tasks::claim(uow, &claim)).remove(0);
        let token = token_of(&task);
        self.step(|uow| tasks::start(uow, &task.id, Some(&token)));
        self.step(|uow| agents::heartbeat(uow, &agent));
        self.step(|uow| tasks::heartbeat(uow, &task.id, &token, None));
        let half = TaskProgress::at(50);
        self.step(|uow| tasks::update_progress(uow, &task.id, Some(&token), &half));
        if fails {
            let mut failure = Failure::new("no");
            failure.permanent = true;
            self.step(|uow| tasks::fail(uow, &task.id, Some(&token), &failure));
        } else {
            self.step(|uow| tasks::complete(uow, &task.id, Some(&token), None));
        }
    }
}

/// An index, with the columns of its key and those of its condition.
struct Index {
    name: String,
    columns: BTreeSet<String>,
    condition: String,
}

impl Index {
    fn of(steps: &Steps, table: &str) -> Vec<Self> {
        let names = steps.texts(&format!(
            "SELECT name AS text FROM pragma_index_list('{table}')"
        ));
        names
            .into_iter()
            .map(|name| Self::named(steps, table, name))
            .collect()
    }

    fn named(steps: &Steps, table: &str, name: String) -> Self {
        let keys = steps.texts(&format!(
            "SELECT coalesce(name, '?') AS text FROM pragma_index_info('{name}')"
        ));
        assert!(!keys.contains(&"?".to_owned()), "{name} has an expression");
        let sql = steps.texts(&format!(
            "SELECT coalesce(sql, '') AS text FROM sqlite_schema WHERE name = '{name}'"
        ));
        let condition = sql[0].split_once(" WHERE ").map_or("1", |(_, found)| found);
        let is_named = |column: &String| {
            let mut words = condition.split(|c: char| !c.is_alphanumeric());
            words.any(|word| word == column)
        };
        let named = steps.columns(table).into_iter().filter(is_named);
        Self {
            columns: keys.into_iter().chain(named).collect(),
            condition: condition.to_owned(),
            name,
        }
    }
}

/// The rows of a table that were worked on to the end.
fn done(table: &str) -> &'static str {
    match table {
        "Tasks" => "Status = 3",
        _ => "1",
    }
}

#[test]
fn a_step_changes_no_column_of_an_index_that_has_what_was_worked_on() {
    let mut steps = Steps::new();
    steps.run(false);
    steps.run(true);
    let tasks = &steps.changed["Tasks"];
    for column in ["Status", "LeaseExpiresAt", "RowVersion", "OpenPriority"] {
        assert!(tasks.contains(column), "{column} in {tasks:?}");
    }
    // What is only in some tasks, and thus in partial indexes.
    let all = "UPDATE Tasks SET StagePosition = 0, CorrelationId = Id, HangfireJobId = Id, IdempotencyKey = Id, \
               QueueName = 'q' WHERE Status = 3";
    let written = steps
        .test
        .store
        .write(|uow| Ok(sql_query(all).execute(uow.connection())?));
    assert_eq!(written.unwrap(), 1);

    let mut found = Vec::new();
    for table in HOT {
        for index in Index::of(&steps, table) {
            let has_them = steps.texts(&format!(
                "SELECT count(*) AS text FROM {table} WHERE {} AND ({})",
                done(table),
                index.condition
            ));
            if has_them == ["0"] {
                continue;
            }
            let none = BTreeSet::new();
            let changed = steps.changed.get(table).unwrap_or(&none);
            for column in index.columns.intersection(changed) {
                found.push((index.name.clone(), column.clone()));
            }
        }
    }
    found.sort();
    let allowed = EXCEPTIONS.map(|(index, column)| (index.to_owned(), column.to_owned()));
    assert_eq!(found, allowed);
}

#[test]
fn no_table_has_its_numbers_in_a_table_of_sqlites() {
    let steps = Steps::new();
    let sql = "SELECT name AS text FROM sqlite_schema WHERE sql LIKE '%AUTOINCREMENT%'";
    assert_eq!(steps.texts(sql), [""; 0]);
}
