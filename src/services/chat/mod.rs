//! Conversations: sessions, messages in threads, edits with their history, delivery, search and retention.
//! `docs/chat.md` documents the rules.
//!
//! ```
//! use orchestra_store::models::UserId;
//! use orchestra_store::services::chat::{self, NewMessage, SearchQuery};
//! use orchestra_store::types::MessageType;
//! # use orchestra_store::{Store, StoreConfig};
//! # let directory = tempfile::tempdir()?;
//! # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
//! store.write(|uow| {
//!     let ann = UserId::new("ann")?;
//!     let session = chat::get_or_create_session(uow, Some(&ann), "desk", "Release")?;
//!     let new = NewMessage::new(&session.id, MessageType::User, "When is the release?");
//!     chat::append_message(uow, &new)
//! })?;
//! let hits = store.read(|reader| chat::search(reader, &SearchQuery::new("release"), 10))?;
//! assert_eq!(hits[0].snippet, "When is the [release]?");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod delivery;
mod edits;
mod messages;
mod retention;
mod search;
mod sessions;

pub use crate::tables::chat_messages::MessageFilter;
pub use delivery::{acknowledge_message, set_delivery_status};
pub use edits::{Edit, MessageEdit, edit_history, edit_message};
pub use messages::{Attachment, NewMessage, append_message, get_message, list_messages};
pub(crate) use retention::remove_of_time;
pub use retention::{MAX_BATCH, MessageRetention, count_expired, remove_expired};
pub use search::{Matching, SearchHit, SearchQuery, search};
pub use sessions::{
    NewChatSession, create_session, get_or_create_session, get_session, list_sessions,
    rename_session,
};
