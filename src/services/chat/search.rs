//! Finding messages by their words.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::rows::Reader;
use crate::tables::{AgentId, ChatMessage, ChatSessionId, UserId, chat_search as rows};
use crate::types::Timestamp;
use crate::validate;

/// The most characters that the text of a search may have.
const MAX_TEXT: usize = 1000;
/// The most words that it may have.
const MAX_WORDS: usize = 64;
/// The most messages that one search finds.
const MAX_HITS: u32 = 100;

/// How a message has to match the text of a search.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Matching {
    /// It has all words, in any order.
    #[default]
    Words,
    /// It has words that begin with these, all of them, in any order.
    Prefixes,
    /// It has these words one after the other.
    Phrase,
}

/// A search: for which words, and where.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SearchQuery {
    /// The words, 1 to 1000 characters with at least one letter or digit and at most 64 words.
    /// Nothing in it is an operator.
    pub text: String,
    /// How they have to match.
    #[serde(default)]
    pub matching: Matching,
    /// Only in this session.
    #[serde(default)]
    pub session_id: Option<ChatSessionId>,
    /// Only in sessions of this user.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// Only messages of this agent.
    #[serde(default)]
    pub agent_id: Option<AgentId>,
    /// Not before this moment.
    #[serde(default)]
    pub from: Option<Timestamp>,
    /// Before this moment.
    #[serde(default)]
    pub to: Option<Timestamp>,
}

impl SearchQuery {
    /// Messages of anybody that have all these words.
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

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SearchHit {
    /// The message.
    pub message: ChatMessage,
    /// How well it matches, by BM25: the less, the better.
    pub rank: f64,
    /// The words around the match, which is in `[` and `]`; `…` where more comes before or behind.
    pub snippet: String,
}

/// Returns the messages that match best, at most `limit`, 1 to 100; equally good ones by time, the newest
/// first.
///
/// A word is a run of letters and digits; case and diacritics make no difference. All else
/// separates words, emoji included. Languages that write without spaces make one long word of each
/// run, whose beginning [`Matching::Prefixes`] finds. The cost grows with the number of matches.
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
    let found = rows::best(reader.connection(), &expression, &scope, limit.into())?;
    Ok(found
        .into_iter()
        .map(|(message, rank, snippet)| SearchHit {
            message,
            rank,
            snippet,
        })
        .collect())
}

/// Returns the text as FTS5 asks for it: each word quoted, so that none is an operator.
fn expression(text: &str, matching: Matching) -> Result<String> {
    validate::text("Text", text, 1..=MAX_TEXT)?;
    let words: Vec<&str> = text
        .split_whitespace()
        .filter(|word| is_word(word))
        .collect();
    if words.is_empty() {
        let reason = "has no letter and no digit, and nothing else can be found";
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
