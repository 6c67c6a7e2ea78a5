//! Chat: finding messages, and removing old ones.

use kernel::services::chat;

use crate::abi::prelude::*;

/// Finds messages by their words, those that match best first, at most `limit`, 1 to 100. Case and
/// diacritics make no difference, and nothing in the text is an operator.
///
/// `query` is a JSON object: Text (1 to 1000 characters, with a letter or a digit); optional
/// Matching (Words, which is the default: all of them in any order; Prefixes: words that begin with
/// these; Phrase: these one after the other), SessionId, UserId (sessions of this user), AgentId,
/// From and To (ISO 8601; the second is not included).
///
/// `hits` receives a JSON array: Message, Rank (the less, the better), Snippet (the words around
/// the match, which is in brackets). Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_chat_search(
    store: *const orchestra_store,
    query: *const u8,
    query_len: usize,
    limit: u32,
    hits: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(chat.search reads; error; borrow store, json query + query_len -> required hits => {
        hits.set_json(&store.read(|reader| chat::search(reader, &query, limit))?)?;
    })
}

/// Counts the messages that orchestra_chat_remove_expired() would remove in all, and removes none.
///
/// `retention` is a JSON object with one of OlderThan (`[d.]hh:mm:ss`: those written longer ago) or
/// NewestPerSession (all of each session but for so many, the newest).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_chat_count_expired(
    store: *const orchestra_store,
    retention: *const u8,
    retention_len: usize,
    count: *mut i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(chat.count_expired reads; error;
          borrow store, json retention + retention_len -> required count => {
        count.set(store.read(|reader| chat::count_expired(reader, retention))?);
    })
}

/// Removes old messages for good, at most `limit`, 1 to 1000; a host that wants it calls it until
/// it removes less. Answers to them stay. The audit log gets one entry for all of them.
///
/// `retention` is that of orchestra_chat_count_expired(). `count` receives how many were removed;
/// it may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_chat_remove_expired(
    store: *const orchestra_store,
    retention: *const u8,
    retention_len: usize,
    limit: u32,
    count: *mut i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(chat.remove_expired writes; error;
          borrow store, json retention + retention_len -> optional count => {
        count.set_count(store.write(move |uow| chat::remove_expired(uow, retention, limit))?);
    })
}
