//! How large a query gets when SQLite puts the body of each common table expression where its name is: a few lines can
//! stand for billions. SQLite looks at no limit and no clock while it does so.

use std::collections::HashMap;

use super::limit_exceeded;
use crate::error::Result;

/// The longest text of a query, in bytes.
const LONGEST_TEXT: usize = 256 << 10;
/// The largest size in words. SQLite makes about 100 bytes of one.
const LARGEST: u64 = 200_000;
/// The most expressions with a name.
const MOST_NAMED: usize = 100;
/// Words that `*` may stand for: as many columns as a query may have.
const COLUMNS: u64 = 500;

/// Fails where a query would get too large.
pub(super) fn check(sql: &str) -> Result<()> {
    if sql.len() > LONGEST_TEXT {
        let reason = format!("a query must have at most {LONGEST_TEXT} bytes; make it shorter");
        return Err(limit_exceeded(reason));
    }
    let words = words(sql);
    let named = named(&words);
    if named.len() > MOST_NAMED {
        let reason = format!(
            "a query must have at most {MOST_NAMED} common table expressions; make it shorter"
        );
        return Err(limit_exceeded(reason));
    }
    let mut sizes = Sizes {
        words: &words,
        named: &named,
        known: vec![None; named.len()],
    };
    match sizes.of(0, words.len()) > LARGEST {
        true => Err(limit_exceeded(format!(
            "a query must have at most {LARGEST} words, each common table expression counted wherever it is used; make it \
             shorter"
        ))),
        false => Ok(()),
    }
}

/// A part of a query.
#[derive(Debug, PartialEq, Eq)]
enum Word {
    /// A name, a keyword, a number or a text, in lower case and without quotes.
    Name(String),
    Sign(u8),
}

impl Word {
    fn is(&self, keyword: &str) -> bool {
        matches!(self, Self::Name(name) if name == keyword)
    }
}

fn words(sql: &str) -> Vec<Word> {
    let (mut words, mut rest) = (Vec::new(), sql);
    while let Some(first) = rest.chars().next() {
        let (word, length) = match first {
            '-' if rest.starts_with("--") => (None, until(rest, "\n")),
            '/' if rest.starts_with("/*") => (None, until(rest, "*/")),
            '\'' | '"' | '`' => quoted(rest, first),
            '[' => quoted(rest, ']'),
            c if is_of_name(c) => {
                let end = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
                (Some(Word::Name(rest[..end].to_ascii_lowercase())), end)
            }
            c if c.is_ascii_whitespace() => (None, 1),
            c => (Some(Word::Sign(c as u8)), c.len_utf8()),
        };
        words.extend(word);
        rest = &rest[length..];
    }
    words
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$') || !c.is_ascii()
}

/// Returns the length of a text that begins with two signs and goes on until others.
fn until(text: &str, end: &str) -> usize {
    let behind = text[2..].find(end).map(|at| at + 2 + end.len());
    behind.unwrap_or(text.len())
}

/// Returns the text in quotes, and its length with them.
fn quoted(text: &str, end: char) -> (Option<Word>, usize) {
    let inner = &text[1..];
    let length = inner.find(end).unwrap_or(inner.len());
    let name = Word::Name(inner[..length].to_ascii_lowercase());
    (Some(name), (length + 2).min(text.len()))
}

/// An expression with a name: `name (columns) AS (body)`.
struct Named<'w> {
    name: &'w str,
    /// Its first word and the one behind the last.
    body: (usize, usize),
}

fn named(words: &[Word]) -> Vec<Named<'_>> {
    let as_words = words.iter().enumerate().filter(|(_, word)| word.is("as"));
    as_words.filter_map(|(at, _)| named_at(words, at)).collect()
}

/// Returns the expression whose `AS` is at this place, if it is one.
fn named_at(words: &[Word], at: usize) -> Option<Named<'_>> {
    let columns = match words.get(at.checked_sub(1)?)? {
        Word::Sign(b')') => words[..at]
            .iter()
            .rposition(|word| *word == Word::Sign(b'('))?,
        _ => at,
    };
    let Word::Name(name) = words.get(columns.checked_sub(1)?)? else {
        return None;
    };
    let hints = words[at + 1..]
        .iter()
        .take_while(|word| word.is("not") || word.is("materialized"));
    let begin = at + 1 + hints.count();
    if *words.get(begin)? != Word::Sign(b'(') {
        return None;
    }
    let mut open = 0_usize;
    let length = words[begin..].iter().position(|word| {
        match word {
            Word::Sign(b'(') => open += 1,
            Word::Sign(b')') => open -= 1,
            _ => {}
        }
        open == 0
    });
    let end = length.map_or(words.len(), |length| begin + length);
    let body = (begin + 1, end);
    Some(Named { name, body })
}

/// Sizes of expressions, each found once.
struct Sizes<'w> {
    words: &'w [Word],
    named: &'w [Named<'w>],
    known: Vec<Option<u64>>,
}

impl Sizes<'_> {
    /// Returns the size of the words from one to the one before another.
    fn of(&mut self, begin: usize, end: usize) -> u64 {
        let mut uses: HashMap<&str, u64> = HashMap::new();
        let mut size = 0_u64;
        for word in &self.words[begin..end] {
            match word {
                Word::Name(name) => {
                    *uses.entry(name).or_default() += 1;
                    size += 1;
                }
                Word::Sign(b'*') => size += COLUMNS,
                Word::Sign(_) => size += 1,
            }
        }
        for index in 0..self.named.len() {
            if let Some(times) = uses.get(self.named[index].name) {
                size = size.saturating_add(self.of_named(index).saturating_mul(*times));
            }
        }
        size
    }

    /// Returns the size of an expression; nothing for one that is used in itself, since that is its recursion.
    fn of_named(&mut self, index: usize) -> u64 {
        if let Some(size) = self.known[index] {
            return size;
        }
        self.known[index] = Some(0);
        let (begin, end) = self.named[index].body;
        let size = self.of(begin, end);
        self.known[index] = Some(size);
        size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a query of expressions, each of which uses the one before this often.
    fn chain(length: usize, times: usize) -> String {
        let mut sql = "WITH a0 AS (SELECT 1 AS x)".to_owned();
        for number in 1..length {
            let names = vec![format!("a{}", number - 1); times].join(", \"");
            let names = names.replace(", \"", ", ");
            sql += &format!(", a{number} (x) AS NOT MATERIALIZED (SELECT 1 FROM {names})");
        }
        format!("{sql} SELECT count(*) FROM a{}", length - 1)
    }

    #[test]
    fn what_is_used_often_counts_as_often() {
        assert!(check(&chain(10, 1)).is_ok());
        assert!(check(&chain(10, 2)).is_ok());
        assert!(check(&chain(5, 40)).is_err());
        assert!(check(&chain(30, 2)).is_err());
        assert!(check(&chain(200, 1)).is_err());
    }

    #[test]
    fn quotes_and_comments_hide_nothing() {
        for (name, used) in [
            ("\"A0\"", "[a0]"),
            ("a0", "'A0'"),
            ("a0 /* ( */", "`a0` -- )\n"),
        ] {
            let sql = chain(5, 40)
                .replacen("a0 AS", &format!("{name} AS"), 1)
                .replace("FROM a0", &format!("FROM {used}"));
            assert!(check(&sql).is_err(), "{sql}");
        }
    }

    #[test]
    fn any_text_has_an_answer() {
        for text in [
            "",
            "(",
            ")",
            "as (",
            "x as",
            ") as (",
            "[",
            "'",
            "é as (é",
            "/*",
            "x (y) as ((((",
            "a as ()) )",
        ] {
            assert!(check(text).is_ok(), "{text}");
        }
        assert!(
            check("WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n").is_ok()
        );
    }
}
