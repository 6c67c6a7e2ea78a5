//! The rows of the audit log.

use std::io::Write as _;

use orchestra_store::types::Timestamp;
use serde::Serialize;

use super::{Connection, Environment, Statement};

/// Writes audit rows.
#[derive(Debug)]
pub struct AuditTrail {
    insert: Statement,
}

impl AuditTrail {
    pub(super) fn new(connection: &Connection) -> Self {
        let insert = connection.prepare(
            "INSERT INTO AuditLogs (Id, EntityType, EntityId, Action, OldValues, NewValues,
                 ChangedProperties, UserId, Timestamp, Success, RiskLevel)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 0)",
        );
        Self { insert }
    }

    /// A row was added.
    pub(super) fn created(
        &mut self,
        environment: &Environment,
        (table, id): (&str, &str),
        now: Timestamp,
        row: &impl Serialize,
    ) {
        let none: Option<&str> = None;
        let new_values = serde_json::to_string(row).unwrap();
        self.insert.execute(&[
            &environment.new_id(),
            &table,
            &id,
            &"Create",
            &none,
            &new_values,
            &none,
            &environment.user,
            &now,
        ]);
    }

    /// Columns of a row were changed.
    pub(super) fn updated(
        &mut self,
        environment: &Environment,
        (table, id): (&str, &str),
        now: Timestamp,
        changes: Changes,
    ) {
        let (old, new, names) = changes.finish();
        self.insert.execute(&[
            &environment.new_id(),
            &table,
            &id,
            &"Update",
            &old,
            &new,
            &names,
            &environment.user,
            &now,
        ]);
    }
}

/// What an update changes, written as JSON column by column.
#[derive(Debug, Default)]
pub(super) struct Changes {
    old: Vec<u8>,
    new: Vec<u8>,
    names: Vec<u8>,
}

impl Changes {
    /// Sets a value, and notes it if it differs from what it was.
    pub(super) fn set<T: Serialize + PartialEq>(&mut self, name: &str, place: &mut T, value: T) {
        if *place == value {
            return;
        }
        put(&mut self.old, b'{', name, place);
        put(&mut self.new, b'{', name, &value);
        let separator = if self.names.is_empty() { '[' } else { ',' };
        write!(self.names, "{separator}\"{name}\"").unwrap();
        *place = value;
    }

    fn finish(mut self) -> (String, String, String) {
        self.old.push(b'}');
        self.new.push(b'}');
        self.names.push(b']');
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (text(self.old), text(self.new), text(self.names))
    }
}

fn put(json: &mut Vec<u8>, begin: u8, name: &str, value: &impl Serialize) {
    json.push(if json.is_empty() { begin } else { b',' });
    write!(json, "\"{name}\":").unwrap();
    serde_json::to_writer(json, value).unwrap();
}
