//! The Markdown files agree with each other and with the sources that mention them.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::repository::Repository;

impl Repository {
    /// All Markdown files.
    fn pages() -> Self {
        Self::read(&[""], &["md"])
    }

    /// Returns why a target, such as `docs/queue.md#states`, doesn't exist; the path is from the
    /// root.
    fn fault(&self, target: &str) -> Option<String> {
        let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
        let path = normal(Path::new(path));
        if !self.root.join(&path).exists() {
            return Some(format!("{} doesn't exist", path.display()));
        }
        if anchor.is_empty() {
            return None;
        }
        let page = self.files.get(&path)?;
        (!anchors(page).contains(anchor))
            .then(|| format!("{} has no anchor #{anchor}", path.display()))
    }
}

/// Resolves `..` and `.` without looking at the disk.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => assert!(normal.pop(), "{} leaves the root", path.display()),
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}

/// Returns the lines of a page outside of its code blocks.
fn prose(page: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    page.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// Returns the headings of a page at this level.
fn headings<'a>(page: &'a str, level: &'a str) -> impl Iterator<Item = &'a str> {
    prose(page).filter_map(move |line| line.strip_prefix(level)?.strip_prefix(' '))
}

/// Returns the anchors that links may name: those of headings, and explicit ones.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in prose(page) {
        let explicit = line.split("<a id=\"").skip(1);
        found.extend(explicit.map(|rest| rest.split('"').next().unwrap().to_owned()));
        if line.starts_with('#') {
            let slug = slug(line.trim_start_matches('#').trim());
            let repeated = (1..).map(|n| format!("{slug}-{n}"));
            let mut names = std::iter::once(slug.clone()).chain(repeated);
            found.insert(names.find(|name| !found.contains(name)).unwrap());
        }
    }
    found
}

/// Returns the anchor that GitHub makes of a heading.
fn slug(heading: &str) -> String {
    let lower = heading.to_lowercase();
    let kept = lower
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Returns the targets of the inline links and images of a page.
fn links(page: &str) -> Vec<&str> {
    let targets = prose(page).flat_map(|line| line.split("](").skip(1));
    targets
        .filter_map(|rest| Some(rest.split_once(')')?.0))
        .collect()
}

/// Returns the Markdown files below `docs/` that a source mentions, with their anchors.
fn mentions(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for rest in source.split("docs/").skip(1) {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-_/.#".contains(c);
        let word: String = rest.chars().take_while(|c| is_part(*c)).collect();
        let word = word.trim_end_matches('.');
        if word.ends_with(".md") || word.contains(".md#") {
            found.push(format!("docs/{word}"));
        }
    }
    found
}

#[test]
fn links_lead_somewhere() {
    let pages = Repository::pages();
    let mut faults = Vec::new();
    for (path, page) in &pages.files {
        for link in links(page).into_iter().filter(|link| !link.contains("://")) {
            let target = match link.strip_prefix('#') {
                Some(_) => format!("{}{link}", path.display()),
                None => path.with_file_name(link).display().to_string(),
            };
            faults.extend(
                pages
                    .fault(&target)
                    .map(|fault| format!("{}: {fault}", path.display())),
            );
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn sources_mention_pages_that_exist() {
    let places = [
        "benches", "bindings", "cli", "dist", "fuzz", "include", "src", "tests", ".cargo",
    ];
    let extensions = ["rs", "c", "h", "cs", "toml", "sql"];
    let sources = Repository::read(&places, &extensions);
    let pages = Repository::pages();
    let mut faults = Vec::new();
    for (path, source) in &sources.files {
        for mention in mentions(source) {
            faults.extend(
                pages
                    .fault(&mention)
                    .map(|fault| format!("{}: {fault}", path.display())),
            );
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn decisions_are_dated_and_listed() {
    let records = Repository::read(&["docs/decisions"], &["md"]);
    let list = include_str!("../../docs/decisions.md");
    let listed: Vec<String> = links(list).into_iter().map(str::to_owned).collect();
    let mut expected = Vec::new();
    for (path, page) in &records.files {
        for heading in headings(page, "##") {
            let text = page.split_once(&format!("\n## {heading}\n\n**")).unwrap().1;
            let form: String = text
                .chars()
                .take(10)
                .map(|c| if c.is_ascii_digit() { '0' } else { c })
                .collect();
            assert_eq!(form, "0000-00-00", "{}: {heading}", path.display());
            let name = path.file_name().unwrap().to_string_lossy();
            expected.push(format!("decisions/{name}#{}", slug(heading)));
        }
    }
    let sorted = |mut links: Vec<String>| {
        links.sort();
        links
    };
    assert_eq!(sorted(listed), sorted(expected));
}

#[test]
fn anchors_are_those_of_github() {
    let page = "# The disk is full (`DiskFull`, exit code 1)\n## A\n## A\n```\n# no\n```\n<a id=\"b\"></a>";
    let expected = ["a", "a-1", "b", "the-disk-is-full-diskfull-exit-code-1"];
    assert_eq!(anchors(page), expected.map(str::to_owned).into());
}

#[test]
fn mentions_end_with_the_name() {
    let source =
        "See `docs/queue.md`, docs/queries.md. And docs/decisions/queue.md#pauses-as-rows.";
    let expected = [
        "docs/queue.md",
        "docs/queries.md",
        "docs/decisions/queue.md#pauses-as-rows",
    ];
    assert_eq!(mentions(source), expected);
}
