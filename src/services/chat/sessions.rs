//! Sessions of a conversation, to which the messages belong.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::rows::query::{Cursor, Slice};
use crate::rows::{Reader, UnitOfWork, data};
use crate::tables::{ChatSession, ChatSessionId, UserId, chat_sessions as rows};
use crate::validate;

/// Session to be created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct NewChatSession {
    /// Id that the host chose; `None`: a new one.
    #[serde(default)]
    pub id: Option<ChatSessionId>,
    /// User that takes part; `None`: nobody whom the host knows.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// Instance of the host, 1 to 128 characters.
    pub instance_id: String,
    /// Title for people, up to 200 characters.
    #[serde(default)]
    pub title: String,
}

impl NewChatSession {
    fn validate(&self) -> Result<()> {
        validate::text("InstanceId", &self.instance_id, 1..=128)?;
        validate::text("Title", &self.title, 0..=200)
    }
}

/// Creates a session, even if the user has others with this instance of the host.
///
/// Fails with [`ErrorCode::AlreadyExists`](crate::ErrorCode::AlreadyExists) if a session with its id exists.
pub fn create_session(uow: &mut UnitOfWork<'_>, new: &NewChatSession) -> Result<ChatSession> {
    new.validate()?;
    let now = uow.now();
    let mut session = ChatSession {
        id: new.id.clone().map_or_else(|| uow.new_id(), Ok)?,
        user_id: new.user_id.clone(),
        instance_id: new.instance_id.clone(),
        title: new.title.clone(),
        created_at: now,
        last_message_at: now,
        row_version: 1,
    };
    uow.insert(&mut session)?;
    Ok(session)
}

/// Returns the session of a user with an instance of the host that has the latest message, or creates one with this
/// title. `None` for the user stands for a user whom the host doesn't know: such sessions belong to nobody.
///
/// `instance_id` has 1 to 128 characters, the title up to 200. An existing session keeps its title.
pub fn get_or_create_session(
    uow: &mut UnitOfWork<'_>,
    user_id: Option<&UserId>,
    instance_id: &str,
    title: &str,
) -> Result<ChatSession> {
    let new = NewChatSession {
        id: None,
        user_id: user_id.cloned(),
        instance_id: instance_id.to_owned(),
        title: title.to_owned(),
    };
    new.validate()?;
    if let Some(session) = rows::latest(uow.conn(), user_id, instance_id)? {
        return Ok(session);
    }
    create_session(uow, &new)
}

/// Returns the session with this id.
pub fn get_session(reader: &mut Reader<'_>, id: &ChatSessionId) -> Result<ChatSession> {
    data::get(reader, id)
}

/// Changes the title of a session, up to 200 characters.
pub fn rename_session(
    uow: &mut UnitOfWork<'_>,
    id: &ChatSessionId,
    title: &str,
) -> Result<ChatSession> {
    validate::text("Title", title, 0..=200)?;
    let mut session = get_session(uow, id)?;
    session.title = title.to_owned();
    uow.update(&mut session)?;
    Ok(session)
}

/// Returns a page of a user's sessions, those with the latest messages first: the first page, or the one after a
/// cursor. It has `size` sessions, 1 to 1000, and the cursor of the next page.
pub fn list_sessions(
    reader: &mut Reader<'_>,
    user_id: &UserId,
    cursor: Option<&Cursor>,
    size: u32,
) -> Result<Slice<ChatSession>> {
    data::after(reader, &rows::of_user(user_id), cursor, size)
}
