//! Conversations: sessions, messages in threads, edits with their history, delivery, search and
//! retention. `docs/chat.md` tells the rules.

mod delivery;
mod edits;
mod messages;
mod retention;
mod search;
mod sessions;

pub use delivery::{acknowledge_message, set_delivery_status};
pub use edits::{Edit, MessageEdit, edit_history, edit_message};
pub use messages::{
    Attachment, MessageFilter, NewMessage, append_message, get_message, list_messages,
};
pub use retention::{MAX_BATCH, MessageRetention, count_expired, remove_expired};
pub use search::{Matching, SearchHit, SearchQuery, search};
pub use sessions::{get_or_create_session, get_session, list_sessions, rename_session};
