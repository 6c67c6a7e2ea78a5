//! A new database against the specification's tables, indexes and entity configurations, fact by fact.

use super::differences::{Found, allowed, between};
use super::facts::{BUILT, Facts, SPECIFIED};

/// Differences of the facts of one kind. Of a table that isn't specified only its name counts, of a column that isn't
/// specified only that it is there.
fn differences_of(kind: &str) -> Vec<Found> {
    let of_kind = |facts: &Facts| -> Facts {
        let facts = facts.iter().filter(|(subject, _)| subject.ends_with(kind));
        facts
            .map(|(subject, value)| (subject.clone(), value.clone()))
            .collect()
    };
    let is_compared = |subject: &str| {
        let owner = subject.split(['.', ' ', '(']).next().unwrap();
        let column = subject.split(' ').next().unwrap();
        let table = SPECIFIED.contains_key(&format!("{owner} table"));
        match kind {
            " table" => true,
            " index" | " check" => is_of_a_specified_table(owner),
            " type" | " key" | " unique" => table,
            _ => {
                table
                    && (!column.contains('.') || SPECIFIED.contains_key(&format!("{column} type")))
            }
        }
    };
    let mut found = between(&of_kind(&SPECIFIED), &of_kind(&BUILT));
    found.retain(|[subject, ..]| is_compared(subject));
    found
}

/// Whether the name of an index or a check, such as `IX_Tasks_Status`, has the name of a specified table.
fn is_of_a_specified_table(name: &str) -> bool {
    let table = name.split('_').nth(1).unwrap();
    SPECIFIED.contains_key(&format!("{table} table"))
}

/// Fails for a difference of this kind that isn't in the list, and for one of the list that isn't there.
#[track_caller]
fn agree(kind: &str, count: usize) {
    let subjects = SPECIFIED.keys().filter(|subject| subject.ends_with(kind));
    assert_eq!(subjects.count(), count, "specified facts");
    let (found, mut allowed) = (differences_of(kind), allowed());
    allowed.retain(|difference| difference.subject.ends_with(kind));
    for difference in &found {
        let [subject, specified, built] = difference;
        assert!(
            allowed.iter().any(|line| line.allows(difference)),
            "must be as specified, or in differences.txt: {subject} | {specified} | {built}"
        );
    }
    for line in &allowed {
        assert!(
            found.iter().any(|difference| line.allows(difference)),
            "is no difference any more, take it out of differences.txt: {line:?}"
        );
    }
}

#[test]
fn tables() {
    agree(" table", 11);
}

#[test]
fn columns_and_their_types() {
    agree(" type", 214);
}

#[test]
fn nullability() {
    agree(" nullability", 214);
}

#[test]
fn defaults() {
    agree(" default", 214);
}

#[test]
fn primary_keys() {
    agree(" key", 9);
}

#[test]
fn foreign_keys_and_what_a_deletion_does() {
    agree(" references", 14);
}

#[test]
fn unique_constraints() {
    agree(" unique", 2);
}

#[test]
fn check_constraints() {
    agree(" check", 8);
}

#[test]
fn maximum_lengths() {
    agree(" max length", 10);
}

#[test]
fn computed_columns() {
    agree(" computed", 2);
}

#[test]
fn indexes_with_their_columns_and_conditions() {
    agree(" index", 39);
}

#[test]
fn every_fact_is_compared() {
    const KINDS: [&str; 11] = [
        " table",
        " type",
        " nullability",
        " default",
        " key",
        " references",
        " unique",
        " check",
        " max length",
        " computed",
        " index",
    ];
    for subject in SPECIFIED.keys().chain(BUILT.keys()) {
        assert!(
            KINDS.iter().any(|kind| subject.ends_with(kind)),
            "{subject}"
        );
    }
}
