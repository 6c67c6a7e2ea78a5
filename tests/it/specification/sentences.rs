//! The list of sentences against the tests and the differences, and the page that shows them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use super::differences::{Difference, allowed};
use super::facts::SPECIFIED;

const SENTENCES: &str = include_str!("sentences.txt");

/// What a sentence that has no test has instead of one.
const NO_TEST: &str = "-";

/// Modules of the suite that hold its lists and tools.
const TOOLS: [&str; 4] = ["differences", "facts", "mutations", "sentences"];

/// The heading of the part of the page that the test writes.
const GENERATED: &str = "<!-- Below: made by the tests. ORCHESTRA_UPDATE_GENERATED=1 cargo test --test it -- specification::sentences:: -->\n";

struct Chapter {
    module: &'static str,
    title: &'static str,
    /// Names of tests, or [`NO_TEST`], with the sentences.
    sentences: Vec<(&'static str, &'static str)>,
}

fn chapters() -> Vec<Chapter> {
    let mut chapters: Vec<Chapter> = Vec::new();
    for line in SENTENCES.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            let (module, title) = heading.split_once(": ").unwrap();
            chapters.push(Chapter {
                module,
                title,
                sentences: Vec::new(),
            });
        } else if let Some(sentence) = line.split_once(" | ") {
            chapters.last_mut().unwrap().sentences.push(sentence);
        }
    }
    chapters
}

/// The names of the tests of the sentences, such as `context::set_of_agents`.
fn listed() -> Vec<String> {
    let names = chapters().into_iter().flat_map(|chapter| {
        let tests = chapter
            .sentences
            .into_iter()
            .filter(|(test, _)| *test != NO_TEST);
        tests.map(move |(test, _)| format!("{}::{test}", chapter.module))
    });
    names.collect()
}

/// The tests that this program has, as it says itself.
fn present() -> BTreeSet<String> {
    let program = std::env::current_exe().unwrap();
    let output = Command::new(program)
        .args(["specification::", "--list"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let names = text
        .lines()
        .filter_map(|line| line.strip_prefix("specification::")?.strip_suffix(": test"));
    let of_sentences = names.filter(|name| !TOOLS.contains(&name.split("::").next().unwrap()));
    of_sentences.map(str::to_owned).collect()
}

fn of_sentences() -> Vec<Difference> {
    let mut differences = allowed();
    differences
        .retain(|difference| difference.subject == NO_TEST || difference.subject.contains("::"));
    differences
}

#[test]
fn every_sentence_has_its_test_and_every_test_its_sentence() {
    let listed = listed();
    let names: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(names.len(), listed.len(), "a test stands there twice");
    let present = present();
    assert!(present.len() > 300, "{}", present.len());
    let missing: Vec<_> = names.symmetric_difference(&present).collect();
    assert!(
        missing.is_empty(),
        "only in sentences.txt or only among the tests: {missing:?}"
    );
}

#[test]
fn every_sentence_without_a_test_is_a_difference() {
    let chapters = chapters();
    let sentences = chapters.iter().flat_map(|chapter| &chapter.sentences);
    let without: BTreeSet<&str> = sentences
        .filter(|(test, _)| *test == NO_TEST)
        .map(|(_, sentence)| *sentence)
        .collect();
    let differences = of_sentences();
    let reasoned = differences
        .iter()
        .filter(|difference| difference.subject == NO_TEST);
    let reasoned: BTreeSet<&str> = reasoned.map(|difference| difference.specified).collect();
    assert_eq!(without, reasoned);
}

#[test]
fn every_difference_of_a_sentence_names_its_test() {
    let listed = listed();
    for difference in of_sentences() {
        let is_listed = listed.iter().any(|name| name == difference.subject);
        assert!(is_listed || difference.subject == NO_TEST, "{difference:?}");
    }
}

#[test]
fn every_difference_has_a_reason() {
    for difference in allowed() {
        assert!(
            difference.reason.ends_with('.') && difference.reason.len() > 20,
            "{difference:?}"
        );
    }
}

/// A cell of a table in Markdown: prose as it is, code as such.
fn cell(text: &str) -> String {
    let escaped = text.replace('|', "\\|");
    let has_marks = text == NO_TEST || text.contains('`') || text.contains("](");
    let is_code = text.contains(['(', '=', '.', '_', '{', '*', ':', '<']) || !text.contains(' ');
    if has_marks || !is_code {
        escaped
    } else {
        format!("`{escaped}`")
    }
}

fn table(differences: &[&Difference]) -> String {
    let mut table = "| subject | specified | built | reason |\n|---|---|---|---|\n".to_owned();
    for Difference {
        subject,
        specified,
        built,
        reason,
    } in differences
    {
        let [subject, specified, built] = [subject, specified, built].map(|text| cell(text));
        writeln!(table, "| {subject} | {specified} | {built} | {reason} |").unwrap();
    }
    table
}

/// The counts of the chapters, and the differences.
fn generated() -> String {
    let differences = allowed();
    let of_sentences: Vec<&Difference> = differences
        .iter()
        .filter(|d| d.subject == NO_TEST || d.subject.contains("::"))
        .collect();
    let of_schema: Vec<&Difference> = differences
        .iter()
        .filter(|d| d.subject != NO_TEST && !d.subject.contains("::"))
        .collect();
    let mut page =
        "\n| chapter | | sentences | tests | differences |\n|---|---|---:|---:|---:|\n".to_owned();
    let mut total = BTreeMap::from([("sentences", 0), ("tests", 0), ("differences", 0)]);
    for Chapter {
        module,
        title,
        sentences,
    } in chapters()
    {
        let tests = sentences
            .iter()
            .filter(|(test, _)| *test != NO_TEST)
            .count();
        let prefix = format!("{module}::");
        let shown = of_sentences
            .iter()
            .filter(|difference| difference.subject.starts_with(&prefix))
            .count();
        let different = shown + sentences.len() - tests;
        writeln!(
            page,
            "| `{module}` | {title} | {} | {tests} | {different} |",
            sentences.len()
        )
        .unwrap();
        *total.get_mut("sentences").unwrap() += sentences.len();
        *total.get_mut("tests").unwrap() += tests;
        *total.get_mut("differences").unwrap() += different;
    }
    let [sentences, tests, different] =
        ["sentences", "tests", "differences"].map(|name| total[name]);
    writeln!(page, "| | together | {sentences} | {tests} | {different} |").unwrap();
    let facts = SPECIFIED.len();
    writeln!(
        page,
        "\nThe tests of `schema` compare {facts} facts of the tables; {} lines allow what differs.",
        of_schema.len()
    )
    .unwrap();
    write!(
        page,
        "\n## Sentences that are built otherwise\n\n{}",
        table(&of_sentences)
    )
    .unwrap();
    write!(page, "\n## Tables that are built otherwise\n\nA `*` stands for any text, the same in the second and the third column.\n\n{}", table(&of_schema)).unwrap();
    page
}

#[test]
fn the_page_shows_the_sentences_and_the_differences() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/specification.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (prose, shown) = page.split_once(GENERATED).unwrap();
    let generated = generated();
    if std::env::var_os("ORCHESTRA_UPDATE_GENERATED").is_some_and(|value| value == "1") {
        std::fs::write(&path, format!("{prose}{GENERATED}{generated}")).unwrap();
        return;
    }
    assert!(
        shown == generated,
        "docs/specification.md must be made again: ORCHESTRA_UPDATE_GENERATED=1"
    );
}
