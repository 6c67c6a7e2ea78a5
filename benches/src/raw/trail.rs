//! What tells of a change: the rows of the audit log and of the outbox.

use std::io::Write as _;

use orchestra_store::types::{ChangeAction, Timestamp};
use serde::Serialize;

use super::{Connection, Environment, Statement};

/// Writes audit rows at once, and at the end of the transaction the change events.
#[derive(Debug)]
pub struct Trail {
    environment: Environment,
    audit: Option<Statement>,
    event: Statement,
    /// The changes of which the outbox is still to be told.
    untold: Vec<Change>,
    /// The imported rows of which the audit log is still to be told, as JSON.
    imported: Vec<String>,
}

/// Imported rows that one audit row has, as the kernel writes them.
const IMPORTED_AT_ONCE: usize = 200;

#[derive(Debug)]
struct Change {
    table: &'static str,
    id: String,
    action: ChangeAction,
    names: Option<String>,
}

impl Trail {
    /// On this connection, with or without audit rows.
    pub fn new(connection: &Connection, environment: &Environment, audited: bool) -> Self {
        let audit = || {
            connection.prepare(
                "INSERT INTO AuditLogs (Id, EntityType, EntityId, Action, OldValues, NewValues,
                     ChangedProperties, UserId, Timestamp, Success, RiskLevel)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 0)",
            )
        };
        Self {
            environment: environment.clone(),
            audit: audited.then(audit),
            event: connection.prepare(
                "INSERT INTO ChangeEvents (EntityType, EntityId, Action, ChangedProperties, UserId,
                     Timestamp)
                 VALUES (?, ?, ?, ?, ?, ?)",
            ),
            untold: Vec::new(),
            imported: Vec::new(),
        }
    }

    /// A row was added.
    pub(super) fn created(
        &mut self,
        (table, id): (&'static str, &str),
        now: Timestamp,
        row: &impl Serialize,
    ) {
        if let Some(insert) = &mut self.audit {
            let none: Option<&str> = None;
            let new_values = without_unset(row);
            insert.execute(&[
                &self.environment.new_id(),
                &table,
                &id,
                &"Create",
                &none,
                &new_values,
                &none,
                &self.environment.user,
                &now,
            ]);
        }
        self.note(table, id, ChangeAction::Create, None);
    }

    /// A row was imported: many of them have one audit row.
    pub(super) fn imported(
        &mut self,
        (table, id): (&'static str, &str),
        now: Timestamp,
        row: &impl Serialize,
    ) {
        self.imported.push(without_unset(row));
        self.note(table, id, ChangeAction::Create, None);
        if self.imported.len() == IMPORTED_AT_ONCE {
            self.finish_import(table, now);
        }
    }

    /// Writes the audit row of the imported rows that have none yet.
    pub(super) fn finish_import(&mut self, table: &'static str, now: Timestamp) {
        let rows = std::mem::take(&mut self.imported);
        if let Some(insert) = self.audit.as_mut().filter(|_| !rows.is_empty()) {
            let none: Option<&str> = None;
            let (entry, new_values) = (self.environment.new_id(), format!("[{}]", rows.join(",")));
            insert.execute(&[
                &entry,
                &table,
                &none,
                &"Import",
                &none,
                &new_values,
                &none,
                &self.environment.user,
                &now,
            ]);
            self.note("AuditLogs", &entry, ChangeAction::Create, None);
        }
    }

    /// Columns of a row were changed.
    pub(super) fn updated(
        &mut self,
        (table, id): (&'static str, &str),
        now: Timestamp,
        changes: Changes,
    ) {
        let Recorded { old, new, names } = changes.finish();
        if let Some(insert) = &mut self.audit {
            insert.execute(&[
                &self.environment.new_id(),
                &table,
                &id,
                &"Update",
                &old,
                &new,
                &names,
                &self.environment.user,
                &now,
            ]);
        }
        self.note(table, id, ChangeAction::Update, Some(names));
    }

    /// Columns of a row were changed that follow from entries on other rows: only the outbox is told.
    pub(super) fn derived(&mut self, (table, id): (&'static str, &str), changes: Changes) {
        let names = changes.finish().names;
        self.note(table, id, ChangeAction::Update, Some(names));
    }

    /// Columns of a row were changed of which only the outbox is told.
    pub(super) fn counted(&mut self, (table, id): (&'static str, &str), names: &str) {
        self.note(table, id, ChangeAction::Update, Some(names.to_owned()));
    }

    fn note(&mut self, table: &'static str, id: &str, action: ChangeAction, names: Option<String>) {
        self.untold.push(Change {
            table,
            id: id.to_owned(),
            action,
            names,
        });
    }

    /// Writes the events: the last thing in a transaction.
    pub(super) fn finish(&mut self) {
        let now = self.environment.now();
        for change in self.untold.drain(..) {
            self.event.execute(&[
                &change.table,
                &change.id,
                &change.action,
                &change.names,
                &self.environment.user,
                &now,
            ]);
        }
    }
}

/// What an update changes, written as JSON column by column.
#[derive(Debug, Default)]
pub(super) struct Changes {
    old: Vec<u8>,
    new: Vec<u8>,
    names: Vec<u8>,
}

/// The finished JSON of an update.
struct Recorded {
    old: String,
    new: String,
    names: String,
}

impl Changes {
    /// Sets a value, and notes it if it differs from what it was.
    pub(super) fn set<T: Serialize + PartialEq>(&mut self, name: &str, place: &mut T, value: T) {
        if *place == value {
            return;
        }
        let old = serde_json::to_string(place).unwrap();
        if old != "null" {
            put(&mut self.old, name, &old);
        }
        put(&mut self.new, name, &serde_json::to_string(&value).unwrap());
        put_name(&mut self.names, name);
        *place = value;
    }

    fn finish(mut self) -> Recorded {
        if self.old.is_empty() {
            self.old.push(b'{');
        }
        self.old.push(b'}');
        self.new.push(b'}');
        self.names.push(b']');
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Recorded {
            old: text(self.old),
            new: text(self.new),
            names: text(self.names),
        }
    }
}

fn put_name(names: &mut Vec<u8>, name: &str) {
    let separator = if names.is_empty() { '[' } else { ',' };
    write!(names, "{separator}\"{name}\"").unwrap();
}

fn put(json: &mut Vec<u8>, name: &str, value: &str) {
    json.push(if json.is_empty() { b'{' } else { b',' });
    write!(json, "\"{name}\":{value}").unwrap();
}

/// Writes a row as JSON, without columns that are null, 0 or false, or that SQLite computes. None of its values is an object.
fn without_unset(row: &impl Serialize) -> String {
    const UNSET: [&str; 4] = ["\":null", "\":0", "\":0.0", "\":false"];
    let json = serde_json::to_string(row).unwrap();
    let is_told = |member: &&str| {
        let is_computed = member.starts_with("SuccessRate\"");
        !is_computed && !UNSET.iter().any(|unset| member.ends_with(unset))
    };
    // Inside of a text, a quotation mark is never alone.
    let members: Vec<&str> = json[1..json.len() - 1]
        .split(",\"")
        .filter(is_told)
        .collect();
    format!("{{{}}}", members.join(",\""))
}
