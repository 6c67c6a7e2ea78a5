//! Removing old messages, if the host asks for it.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::rows::{Entity as _, Reader, UnitOfWork, removals, room_left};
use crate::services::retention_clock;
use crate::tables::{ChatMessage, ChatMessageId, chat_messages as rows};
use crate::types::{ChangeAction, TimeSpan, Timestamp};
use crate::validate;

/// Most messages that one call removes.
pub const MAX_BATCH: u32 = 1000;

/// Rule that decides which messages are old.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MessageRetention {
    /// Messages are old that were written longer ago than this; not negative.
    OlderThan(TimeSpan),
    /// Each session keeps this many of its newest messages; the others are old.
    NewestPerSession(u32),
}

impl MessageRetention {
    fn validate(self) -> Result<()> {
        match self {
            Self::OlderThan(age) => validate::number("OlderThan", age.ticks(), 0..=i64::MAX),
            Self::NewestPerSession(_) => Ok(()),
        }
    }
}

/// Returns the number of messages that [`remove_expired`] would remove in all.
pub fn count_expired(reader: &mut Reader<'_>, retention: MessageRetention) -> Result<i64> {
    retention.validate()?;
    let now = reader.now();
    let conn = reader.connection();
    Ok(match retention {
        MessageRetention::OlderThan(age) => rows::count_older(conn, now - age)?,
        MessageRetention::NewestPerSession(kept) => {
            let sessions = rows::sessions_over(conn, kept.into())?;
            sessions.iter().map(|(_, excess)| excess).sum()
        }
    })
}

/// Removes old messages for good, at most `limit` (1 to [`MAX_BATCH`]), and returns their number: less than `limit` if
/// no more are left.
///
/// Answers to a removed message stay, without the link to it. The audit log gets one entry for each 500, with their
/// ids and without the texts; its entries about the writing of the messages stay as long as the log does.
pub fn remove_expired(
    uow: &mut UnitOfWork<'_>,
    retention: MessageRetention,
    limit: u32,
) -> Result<usize> {
    retention.validate()?;
    validate::number("limit", limit, 1..=MAX_BATCH)?;
    let ids = expired(uow, retention, limit)?;
    remove(uow, &ids)
}

/// Removes messages of a time for good, the oldest first, as [`remove_expired`] does.
pub(crate) fn remove_of_time(
    uow: &mut UnitOfWork<'_>,
    time: &Range<Timestamp>,
    limit: u32,
) -> Result<usize> {
    let found = rows::of_time(uow.connection(), time, limit)?;
    let ids: Vec<_> = found.into_iter().map(|(id, _)| id).collect();
    remove(uow, &ids)
}

fn remove(uow: &mut UnitOfWork<'_>, ids: &[ChatMessageId]) -> Result<usize> {
    for id in ids {
        ChatMessage::delete(uow.connection(), id)?;
        uow.note_change(
            ChatMessage::NAME,
            id.as_str(),
            ChangeAction::Delete,
            Vec::new(),
        );
    }
    removals::record(uow, ids)?;
    Ok(ids.len())
}

fn expired(
    uow: &mut UnitOfWork<'_>,
    retention: MessageRetention,
    limit: u32,
) -> Result<Vec<ChatMessageId>> {
    let now = retention_clock::believed_now(uow)?;
    let conn = uow.connection();
    let kept = match retention {
        MessageRetention::OlderThan(age) => {
            let found = rows::of_time(conn, &(Timestamp::MIN..now - age), limit)?;
            return Ok(found.into_iter().map(|(id, _)| id).collect());
        }
        MessageRetention::NewestPerSession(kept) => kept,
    };
    let mut ids = Vec::new();
    for (session_id, excess) in rows::sessions_over(conn, kept.into())? {
        let left = room_left(limit, ids.len());
        if left == 0 {
            break;
        }
        ids.extend(rows::oldest(
            conn,
            &session_id,
            u32::try_from(excess).unwrap_or(left).min(left),
        )?);
    }
    Ok(ids)
}
