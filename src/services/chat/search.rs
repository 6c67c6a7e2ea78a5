//! Full-text search in messages.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::rows::Reader;
use crate::tables::{AgentId, ChatMessage, ChatSessionId, UserId, chat_search as rows};
use crate::types::Timestamp;
use crate::validate;

/// Most characters in the text of a search.
const MAX_TEXT: usize = 1000;
/// Most words in the text of a search.
const MAX_WORDS: usize = 64;
/// Most messages that one search returns.
const MAX_HITS: u32 = 100;

/// Way in which a message matches the text of a search.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Matching {
    /// The message has all words, in any order.
    #[default]
    Words,
    /// The message has, for each word, one that begins with it, in any order.
    Prefixes,
    /// The message has the words one after the other.
    Phrase,
}

/// Search for messages: the words, and the scope.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SearchQuery {
    /// Words to find, 1 to 1000 characters with at least one letter or digit and at most 64 words. No word is an
    /// operator.
    pub text: String,
    /// Way in which a message matches the words.
    #[serde(default)]
    pub matching: Matching,
    /// Session of the messages; `None`: any.
    #[serde(default)]
    pub session_id: Option<ChatSessionId>,
    /// User of the sessions; `None`: any.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// Agent of the messages; `None`: any.
    #[serde(default)]
    pub agent_id: Option<AgentId>,
    /// Earliest time of the messages.
    #[serde(default)]
    pub from: Option<Timestamp>,
    /// End of the time range, not included.
    #[serde(default)]
    pub to: Option<Timestamp>,
}

impl SearchQuery {
    /// Creates a search in all sessions for messages that have all these words.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            matching: Matching::Words,
            session_id: None,
            user_id: None,
            agent_id: None,
            from: None,
            to: None,
        }
    }
}

/// Message that a search found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SearchHit {
    /// Row of the message.
    pub message: ChatMessage,
    /// Rank by BM25; a lower rank is a better match.
    pub rank: f64,
    /// Excerpt around the match, which is enclosed in `[` and `]`; `…` stands for omitted text.
    pub snippet: String,
}

/// Returns the messages that match, the best match first, at most `limit`, 1 to 100; of equally good ones the newest
/// first.
///
/// A word is a sequence of letters and digits; case and diacritics make no difference. All other characters separate
/// words, emoji included. In a language written without spaces, each sequence is one long word, which
/// [`Matching::Prefixes`] finds by its beginning. The cost grows with the number of matches.
pub fn search(reader: &mut Reader<'_>, query: &SearchQuery, limit: u32) -> Result<Vec<SearchHit>> {
    validate::number("limit", limit, 1..=MAX_HITS)?;
    let expression = expression(&query.text, query.matching)?;
    let scope = rows::SearchScope {
        session_id: query.session_id.as_ref(),
        user_id: query.user_id.as_ref(),
        agent_id: query.agent_id.as_ref(),
        from: query.from,
        to: query.to,
    };
    let found = rows::best(reader.connection(), &expression, &scope, limit)?;
    Ok(found
        .into_iter()
        .map(|(message, rank, snippet)| SearchHit {
            message,
            rank,
            snippet,
        })
        .collect())
}

/// Returns the text as an FTS5 expression, with each word quoted, so that none is an operator.
fn expression(text: &str, matching: Matching) -> Result<String> {
    validate::text("Text", text, 1..=MAX_TEXT)?;
    let words: Vec<&str> = text
        .split_whitespace()
        .filter(|word| is_word(word))
        .collect();
    if words.is_empty() {
        let reason = format!("must contain a letter or a digit, got {text:?}");
        return Err(Error::invalid("Text", reason));
    }
    validate::number("words", words.len(), 1..=MAX_WORDS)?;
    let words: Vec<String> = words.into_iter().map(quoted).collect();
    Ok(match matching {
        Matching::Words => words.join(" "),
        Matching::Prefixes => words.join("* ") + "*",
        Matching::Phrase => words.join(" + "),
    })
}

fn is_word(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_is_an_operator() {
        let words = |text| expression(text, Matching::Words).unwrap();
        assert_eq!(words("fix OR break"), r#""fix" "OR" "break""#);
        assert_eq!(words(r#"say "hi"* NEAR("#), r#""say" """hi""*" "NEAR(""#);
        assert_eq!(words(" Content : x - 🎉 "), r#""Content" "x""#);
    }

    #[test]
    fn prefixes_and_phrases_are_said_outside_of_the_quotes() {
        assert_eq!(
            expression("a b", Matching::Prefixes).unwrap(),
            r#""a"* "b"*"#
        );
        assert_eq!(expression("a b", Matching::Phrase).unwrap(), r#""a" + "b""#);
    }

    #[test]
    fn what_can_never_be_found_is_refused() {
        for text in ["", "  ", "🎉", "\"", "* -", "a\0b"] {
            let error = expression(text, Matching::Words).unwrap_err();
            assert_eq!(error.details().column.as_deref(), Some("Text"), "{text:?}");
        }
        assert!(expression(&"a ".repeat(65), Matching::Words).is_err());
        assert!(expression(&"a".repeat(1001), Matching::Words).is_err());
    }
}
