use std::collections::BTreeSet;

use crate::support::Place;

const PAGE: &str = include_str!("../../../docs/cli.md");

/// The lines of a section of a help text.
fn section<'a>(help: &'a str, title: &str) -> impl Iterator<Item = &'a str> {
    let lines = help
        .lines()
        .skip_while(move |line| !line.starts_with(title));
    lines.skip(1).take_while(|line| !line.is_empty())
}

/// The commands that the help knows, such as `tasks list`, with the help of each.
pub(crate) fn commands(place: &Place) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![Vec::<String>::new()];
    while let Some(command) = open.pop() {
        let arguments: Vec<&str> = command.iter().map(String::as_str).collect();
        let help = place.ok(&[&arguments[..], &["--help"]].concat());
        let names = section(&help, "Commands:").filter_map(|line| line.split_whitespace().next());
        let inner: Vec<_> = names.filter(|name| *name != "help").collect();
        if inner.is_empty() {
            found.push((command.join(" "), help.clone()));
        }
        for name in inner {
            open.push(command.iter().cloned().chain([name.to_owned()]).collect());
        }
    }
    found
}

#[test]
fn the_page_has_the_commands_that_there_are() {
    let rows = PAGE.lines().skip_while(|line| *line != "## Commands");
    let rows = rows.skip(1).take_while(|line| !line.starts_with("## "));
    let first_cells = rows.filter_map(|row| row.strip_prefix("| `")?.split('`').next());
    let is_name = |word: &&str| word.chars().all(char::is_lowercase);
    let on_page: BTreeSet<String> = first_cells
        .map(|cell| {
            cell.split(' ')
                .filter(is_name)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    let in_help: BTreeSet<String> = commands(&Place::new()).into_iter().map(|c| c.0).collect();
    assert_eq!(on_page, in_help);
}

#[test]
fn the_page_has_every_option() {
    for (command, help) in commands(&Place::new()) {
        for line in section(&help, "Options:") {
            let option = line.split_whitespace().find(|word| word.starts_with("--"));
            if let Some(option) = option.filter(|_| line.trim_start().starts_with('-')) {
                assert!(PAGE.contains(&format!("`{option}")), "{command} {option}");
            }
        }
    }
}

#[test]
fn the_page_has_the_exit_codes_of_the_help() {
    let help = Place::new().ok(&["--help"]);
    let codes: Vec<_> = section(&help, "Exit codes:").collect();
    assert_eq!(codes.len(), 8);
    for line in codes {
        let (code, meaning) = line.trim().split_once("  ").unwrap();
        assert!(PAGE.contains(&format!("| {code} | {meaning} |")), "{line}");
    }
}

#[test]
fn every_shell_gets_its_completions() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.ok(&["completions", shell]);
        assert!(script.contains("enqueue"), "{shell}: {script}");
    }
    assert_eq!(place.run(&["completions", "dos"]).code, 2);
}

#[test]
fn every_command_has_a_manual_page() {
    let place = Place::new();
    place.ok(&["man", "pages"]);
    for (command, _) in commands(&place) {
        let name = format!("orchestra-{}.1", command.replace(' ', "-"));
        let page = std::fs::read_to_string(place.path("pages").join(&name));
        assert!(page.unwrap().contains(".TH"), "{name}");
    }
}
