//! The memory of a query. SQLite doesn't say how much its values take, so the bound is found beforehand: from the
//! query's program, and the length that a value may have.

use std::collections::BTreeSet;

use super::error_of;
use crate::error::{Error, ErrorCode, Result};
use crate::sqlite::raw::{ConnectionLimit, RawHandle, RawStatement, RawValue};

/// Limits of a query's form, which keep the memory and time of preparing it small.
const FORM: [(ConnectionLimit, u64); 8] = [
    (ConnectionLimit::ATTACHED, 0),
    (ConnectionLimit::COLUMN, 500),
    (ConnectionLimit::COMPOUND_SELECT, 100),
    (ConnectionLimit::EXPR_DEPTH, 200),
    (ConnectionLimit::FUNCTION_ARG, MOST_ARGUMENTS),
    (ConnectionLimit::TRIGGER_DEPTH, 1),
    (ConnectionLimit::VARIABLE_NUMBER, 1000),
    (ConnectionLimit::VDBE_OP, 25_000),
];
const MOST_ARGUMENTS: u64 = 32;
/// The page cache of the connection, in KiB.
pub(super) const CACHE_KIB: u32 = 2048;
/// Memory of the connection: its page cache, its schema, the prepared query.
const CONNECTION: u64 = 4 << 20;
/// Memory of a table that SQLite makes for the query, or of a sorter: the rest is in a file.
const TABLE: u64 = 2 << 20;
/// Values that exist beside those in the program: copies for the caller, and documents that the functions for JSON keep.
const FURTHER_VALUES: u64 = 12;
/// Rows that a sorter holds while it merges its files.
const SORTED_ROWS: u64 = 16;
/// How much longer a text gets as JSON: a control character is six characters there.
const ESCAPED: u64 = 6;
/// The shortest limit of a value with which a query is run.
const SHORTEST: u64 = 64 << 10;
/// How many comparisons of characters one LIKE or GLOB may take: about a second.
const COMPARISONS: u64 = 1 << 29;
/// The longest pattern of LIKE and GLOB.
const LONGEST_PATTERN: u64 = 1000;

/// Returns the part of a query's memory that its rows may take; the rest is to work with.
pub(crate) fn memory_of_rows(memory: u64) -> u64 {
    memory / 2
}

/// Returns how much a query's temporary files may have in total.
pub(super) fn temporary_files(memory: u64) -> u64 {
    memory.saturating_mul(8)
}

/// Limits the form of the queries on this connection.
pub(super) fn limit_form(connection: RawHandle<'_>) {
    for (limit, value) in FORM {
        connection.set_limit(limit, value);
    }
    connection.set_limit(ConnectionLimit::WORKER_THREADS, 0);
}

/// Limits the length of values so that all that the program can hold at a time fits into the memory. Returns it.
pub(super) fn limit_values(
    connection: RawHandle<'_>,
    sql: &str,
    statement: &RawStatement<'_>,
    memory: u64,
) -> Result<u64> {
    let program = match statement.is_explain() {
        true => Program::default(),
        false => Program::read(connection, sql)?,
    };
    let working = memory - memory_of_rows(memory);
    let tables = CONNECTION + program.tables * TABLE;
    let values = program.values() + FURTHER_VALUES;
    let longest = working.saturating_sub(tables) / values;
    if longest < SHORTEST {
        let needed = 2 * (tables + values * SHORTEST);
        let message = format!(
            "sql: the query needs a memory of {needed} bytes, and may use {memory}; make it shorter, or raise the limit \
             (`SqlLimits::memory`, --memory)"
        );
        return Err(Error::new(ErrorCode::LimitExceeded, message));
    }
    connection.set_limit(ConnectionLimit::LENGTH, longest);
    let pattern = (COMPARISONS / longest).clamp(1, LONGEST_PATTERN);
    connection.set_limit(ConnectionLimit::LIKE_PATTERN_LENGTH, pattern);
    Ok(longest)
}

/// Values, tables and sorters that the program of a query can hold.
#[derive(Debug, Default)]
struct Program {
    /// Places for values that are read or copied.
    places: BTreeSet<i64>,
    /// Values that functions make. Each call counts, since nothing looks at the time between two in a row.
    made: u64,
    /// Tables and sorters.
    tables: u64,
    /// Set for the pragmas that check a database. They read one row after the other, and keep nothing of it.
    checks_integrity: bool,
}

impl Program {
    /// Reads the program that SQLite has made of a query.
    fn read(connection: RawHandle<'_>, sql: &str) -> Result<Self> {
        let mut program = Self::default();
        let sql = format!("EXPLAIN {sql}");
        let prepared = RawStatement::prepare(connection, &sql);
        let (statement, _) = prepared.map_err(|status| error_of(connection, status))?;
        let Some(mut statement) = statement else {
            return Ok(program);
        };
        while let Some(row) = statement
            .step()
            .map_err(|status| error_of(connection, status))?
        {
            if let [_, RawValue::Text(operation), p1, p2, p3, p4, ..] = row.as_slice() {
                program.count(operation, [*p1, *p2, *p3].map(number), text(*p4));
            }
        }
        Ok(program)
    }

    /// Counts one instruction with its numbers and its text.
    fn count(&mut self, operation: &[u8], [p1, p2, p3]: [i64; 3], p4: &[u8]) {
        match operation {
            b"Column" | b"VColumn" | b"MakeRecord" => self.places.extend([p3]),
            b"RowData" | b"SorterData" => self.places.extend([p2]),
            b"Copy" => self.places.extend(p2..=p2 + p3),
            b"Concat" | b"AggValue" => self.made += 1,
            b"AggFinal" => self.places.extend([p1]),
            b"Function" | b"PureFunc" | b"AggStep" | b"AggInverse" => self.made += weight(p4),
            b"VOpen" => self.made += 3,
            b"OpenEphemeral" | b"OpenAutoindex" => self.tables += 1,
            b"SorterOpen" => {
                self.tables += 1;
                self.made += SORTED_ROWS;
            }
            b"IntegrityCk" => self.checks_integrity = true,
            _ => {}
        }
    }

    fn values(&self) -> u64 {
        let made = if self.checks_integrity { 0 } else { self.made };
        self.places.len() as u64 + made
    }
}

/// Returns how many values of the longest length a call may hold. `function` is its name, with the number of its
/// arguments behind, -1 for any.
fn weight(function: &[u8]) -> u64 {
    let any_number = function.ends_with(b"(-1)");
    let is_json = function.starts_with(b"json");
    let joins = is_json || function.starts_with(b"concat");
    match (any_number && joins, is_json) {
        (true, true) if !function.starts_with(b"json_extract") => MOST_ARGUMENTS * ESCAPED / 2,
        (true, false) => MOST_ARGUMENTS,
        (_, true) => ESCAPED,
        _ => 1,
    }
}

fn number(value: RawValue<'_>) -> i64 {
    match value {
        RawValue::Integer(number) => number,
        _ => 0,
    }
}

fn text(value: RawValue<'_>) -> &[u8] {
    match value {
        RawValue::Text(text) => text,
        _ => &[],
    }
}
