//! Taking the texts of one person out of the database: the facts stay, and who did what and when.

use std::collections::BTreeMap;

use serde_json::json;

use crate::error::Result;
use crate::rows::audit::{self, NewAuditLog};
use crate::rows::lineages::NumberBase;
use crate::rows::{AuditLog, Entity, UnitOfWork, room_left};
use crate::sqlite::Conn;
use crate::tables::erasure as rows;
use crate::tables::{
    ApprovalRequest, ChatMessage, ChatSession, QueuePause, User, UserId, UserPreference,
};
use crate::types::ChangeAction::{self, Delete, Update};
use crate::types::{Id, Json};

/// Tables whose entries in the audit log show a person's texts, with the paths at which their values name the person.
const AUDITED: [(&str, &[&str]); 6] = [
    (ChatMessage::NAME, &["$.UserId", "$.CreatedBy"]),
    (ChatSession::NAME, &["$.UserId"]),
    (UserPreference::NAME, &["$.UserId"]),
    (QueuePause::NAME, &["$.CreatedBy"]),
    (ApprovalRequest::NAME, &["$.DecidedBy"]),
    (User::NAME, &["$.Id"]),
];

/// Number of rows by table.
pub(crate) type Counts = BTreeMap<&'static str, u64>;

/// Takes the texts of a user out of at most `limit` rows and about as many rows' entries of the audit log, and returns the
/// numbers by table; empty if nothing is left.
///
/// Neither the rows nor the audit log keep the old values. The audit log gets one entry `Erasure` for the call.
pub(crate) fn erase_batch(uow: &mut UnitOfWork<'_>, user: &UserId, limit: u32) -> Result<Counts> {
    let mut batch = ErasureBatch {
        uow,
        user,
        limit,
        counts: Counts::new(),
    };
    batch.rows(Update, rows::messages, rows::erase_message)?;
    batch.rows(Update, rows::sessions, rows::erase_session)?;
    batch.rows(Delete, rows::preferences, |conn, id, _| {
        UserPreference::delete(conn, id)
    })?;
    batch.rows(Update, rows::approvals, rows::erase_approval)?;
    batch.rows(Update, rows::pauses, rows::erase_pause)?;
    batch.rows(
        Update,
        |conn, user, _| Ok(rows::named_user(conn, user)?.into_iter().collect()),
        rows::erase_user_row,
    )?;
    batch.audit_log()?;
    let counts = batch.counts;
    if !counts.is_empty() {
        let mut mark = NewAuditLog::new("Erasure", User::NAME);
        mark.entity_id = Some(user.to_string());
        mark.properties = Some(Json(json!({ "Erased": counts })));
        audit::record(uow, &mark)?;
    }
    Ok(counts)
}

struct ErasureBatch<'b, 'u> {
    uow: &'b mut UnitOfWork<'u>,
    user: &'b UserId,
    limit: u32,
    counts: Counts,
}

impl ErasureBatch<'_, '_> {
    /// Returns the number of rows that the batch may still change.
    fn room(&self) -> u32 {
        let changed: u64 = self.counts.values().sum();
        room_left(self.limit, usize::try_from(changed).unwrap_or(usize::MAX))
    }

    fn count(&mut self, table: &'static str, rows: usize) {
        if rows > 0 {
            *self.counts.entry(table).or_default() += rows as u64;
        }
    }

    /// Erases rows of one table, and the values of their entries in the audit log.
    fn rows<E: Entity>(
        &mut self,
        action: ChangeAction,
        find: impl FnOnce(&mut Conn, &UserId, u32) -> diesel::QueryResult<Vec<Id<E>>>,
        erase: impl Fn(&mut Conn, &Id<E>, NumberBase) -> diesel::QueryResult<usize>,
    ) -> Result<()> {
        let room = self.room();
        if room == 0 {
            return Ok(());
        }
        let base = self.uow.number_base();
        let found = find(self.uow.connection(), self.user, room)?;
        for id in &found {
            erase(self.uow.connection(), id, base)?;
            self.uow
                .note_change(E::NAME, id.as_str(), action, Vec::new());
        }
        self.count(E::NAME, found.len());
        let ids: Vec<String> = found.iter().map(ToString::to_string).collect();
        self.erase_values(E::NAME, &ids)
    }

    /// Takes the values out of the audit log's entries on the person's rows, whether these are still there or not, and
    /// out of those that the person wrote.
    fn audit_log(&mut self) -> Result<()> {
        for (table, paths) in AUDITED {
            for path in paths {
                let room = self.room();
                if room == 0 {
                    return Ok(());
                }
                let conn = self.uow.connection();
                let found = rows::audited_rows(conn, table, path, self.user, room)?;
                self.erase_values(table, &found)?;
            }
            let room = self.room();
            let written = rows::erase_values_by(self.uow.connection(), table, self.user, room)?;
            self.count_entries(written);
        }
        let room = self.room();
        let found = rows::audited_messages(self.uow.connection(), self.user, room)?;
        self.erase_values(ChatMessage::NAME, &found)
    }

    fn erase_values(&mut self, table: &str, ids: &[String]) -> Result<()> {
        for id in ids {
            let erased = rows::erase_values_of(self.uow.connection(), table, id)?;
            self.count_entries(erased);
        }
        Ok(())
    }

    fn count_entries(&mut self, entries: usize) {
        self.count(AuditLog::NAME, entries);
    }
}
