//! What the product does otherwise than the specification says, each with its reason: `differences.txt`.

use super::facts::{Facts, is_entry};

/// The one list of differences. `*` stands for any text, the same in each column of a line.
const DIFFERENCES: &str = include_str!("differences.txt");

/// What stands for a fact that one side doesn't have.
pub const ABSENT: &str = "-";

/// A line of the list.
#[derive(Debug)]
pub struct Difference {
    pub subject: &'static str,
    pub specified: &'static str,
    pub built: &'static str,
    pub reason: &'static str,
}

/// All differences that are allowed.
pub fn allowed() -> Vec<Difference> {
    let lines = DIFFERENCES.lines().filter(|line| is_entry(line));
    let parsed = lines.map(|line| {
        let columns: Vec<&str> = line.split(" | ").collect();
        let [subject, specified, built, reason] = columns[..] else {
            panic!("must have four columns: {line}");
        };
        Difference {
            subject,
            specified,
            built,
            reason,
        }
    });
    parsed.collect()
}

/// A fact that differs: its subject, what is specified, what is built.
pub type Found = [String; 3];

/// The facts that differ.
pub fn between(specified: &Facts, built: &Facts) -> Vec<Found> {
    let subjects = specified
        .keys()
        .chain(built.keys().filter(|s| !specified.contains_key(*s)));
    let value =
        |facts: &Facts, subject| facts.get(subject).map_or(ABSENT, String::as_str).to_owned();
    let all = subjects.map(|s| [s.clone(), value(specified, s), value(built, s)]);
    all.filter(|[_, specified, built]| specified != built)
        .collect()
}

impl Difference {
    /// Whether the line allows this.
    pub fn allows(&self, [subject, specified, built]: &Found) -> bool {
        let pairs = [
            (self.subject, subject),
            (self.specified, specified),
            (self.built, built),
        ];
        pairs.iter().all(|(pattern, text)| is_like(pattern, text))
            && is_same(self.specified, specified, self.built, built)
    }
}

/// Returns the text that the star of a pattern stands for; none if the text isn't like the pattern.
fn starred<'t>(pattern: &str, text: &'t str) -> Option<&'t str> {
    match pattern.split_once('*') {
        Some((before, after)) => text.strip_prefix(before)?.strip_suffix(after),
        None => (pattern == text).then_some(""),
    }
}

fn is_like(pattern: &str, text: &str) -> bool {
    starred(pattern, text).is_some()
}

/// Whether the stars of two patterns stand for the same text.
fn is_same(pattern: &str, text: &str, other_pattern: &str, other: &str) -> bool {
    let are_starred = pattern.contains('*') && other_pattern.contains('*');
    !are_starred || starred(pattern, text) == starred(other_pattern, other)
}

#[test]
fn a_difference_is_allowed_where_its_line_says_so() {
    let line = Difference {
        subject: "IX_Agents_* index",
        specified: "* WHERE IsDeleted = 0",
        built: "* WHERE NOT IsDeleted",
        reason: "",
    };
    let found = |subject: &str, specified: &str, built: &str| {
        [subject, specified, built].map(str::to_owned)
    };
    let same = found(
        "IX_Agents_Status index",
        "A(b) WHERE IsDeleted = 0",
        "A(b) WHERE NOT IsDeleted",
    );
    assert!(line.allows(&same));
    for other in [
        found(
            "IX_Tasks_Status index",
            "A(b) WHERE IsDeleted = 0",
            "A(b) WHERE NOT IsDeleted",
        ),
        found(
            "IX_Agents_Status index",
            "A(b) WHERE IsDeleted = 0",
            "A(c) WHERE NOT IsDeleted",
        ),
        found("IX_Agents_Status index", "A(b) WHERE IsDeleted = 0", ABSENT),
    ] {
        assert!(!line.allows(&other), "{other:?}");
    }
}
