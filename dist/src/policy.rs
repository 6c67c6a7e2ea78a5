//! Checks dependencies against `deny.toml`, for machines without cargo-deny.

use std::fs;

use serde_json::Value;
use toml::Table;

use crate::Result;
use crate::command::run;
use crate::metadata::{Package, cargo, read_package, workspace};

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Checks the licence and the source of each package in `Cargo.lock`, those that only build or test
/// included, and returns how many there are.
///
/// Fails with a list of the packages that `deny.toml` doesn't allow.
pub fn check() -> Result<usize> {
    let policy: Table = fs::read_to_string(workspace().join("deny.toml"))?.parse()?;
    let allowed = allowed_licences(&policy)?;
    let json = run(cargo().args(["metadata", "--format-version", "1", "--locked"]))?;
    let json: Value = serde_json::from_str(&json)?;
    let packages = json["packages"]
        .as_array()
        .ok_or("Cargo lists no packages")?;
    let faults: Vec<String> = packages
        .iter()
        .filter_map(|package| fault(package, &allowed))
        .collect();
    match faults.is_empty() {
        true => Ok(packages.len()),
        false => Err(faults.join("\n").into()),
    }
}

fn allowed_licences(policy: &Table) -> Result<Vec<String>> {
    let allowed = policy["licenses"]
        .get("allow")
        .and_then(|list| list.as_array())
        .ok_or("deny.toml must list licenses.allow")?;
    let names = allowed.iter().filter_map(|name| name.as_str());
    Ok(names.map(str::to_owned).collect())
}

fn fault(package: &Value, allowed: &[String]) -> Option<String> {
    let source = package["source"].as_str();
    let Package {
        name,
        version,
        licence,
        ..
    } = read_package(package);
    if source.is_some_and(|source| source != REGISTRY) {
        return Some(format!(
            "{name} {version}: its source must be crates.io, got {source:?}"
        ));
    }
    (!is_allowed(&licence, allowed))
        .then(|| format!("{name} {version}: deny.toml doesn't allow its licence '{licence}'"))
}

/// Evaluates an SPDX expression; the deprecated `A/B` reads as `A OR B`.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let mut tokens = spaced.split_whitespace().peekable();
    let is_allowed = any_of(&mut tokens, allowed).unwrap_or(false);
    is_allowed && tokens.next().is_none()
}

type Tokens<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any_of(tokens: &mut Tokens<'_>, allowed: &[String]) -> Option<bool> {
    let mut any = all_of(tokens, allowed)?;
    while tokens.next_if_eq(&"OR").is_some() {
        any |= all_of(tokens, allowed)?;
    }
    Some(any)
}

fn all_of(tokens: &mut Tokens<'_>, allowed: &[String]) -> Option<bool> {
    let mut all = one(tokens, allowed)?;
    while tokens.next_if_eq(&"AND").is_some() {
        all &= one(tokens, allowed)?;
    }
    Some(all)
}

/// Evaluates a licence or an expression in parentheses; none where there is neither.
fn one(tokens: &mut Tokens<'_>, allowed: &[String]) -> Option<bool> {
    if tokens.next_if_eq(&"(").is_some() {
        let inner = any_of(tokens, allowed)?;
        return (tokens.next() == Some(")")).then_some(inner);
    }
    let name = tokens.next()?;
    if tokens.next_if_eq(&"WITH").is_none() {
        return Some(allowed.iter().any(|known| known == name));
    }
    let name = format!("{name} WITH {}", tokens.next()?);
    Some(allowed.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(expression: &str) -> bool {
        is_allowed(expression, &["MIT".to_owned(), "Unicode-3.0".to_owned()])
    }

    #[test]
    fn one_allowed_alternative_is_enough() {
        assert!(allows("MIT"));
        assert!(allows("GPL-3.0 OR MIT"));
        assert!(allows("Apache-2.0/MIT"));
        assert!(allows("Apache-2.0 WITH LLVM-exception OR MIT"));
        assert!(!allows("GPL-3.0 OR Apache-2.0"));
    }

    #[test]
    fn each_part_that_applies_must_be_allowed() {
        assert!(allows("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(!allows("MIT AND Apache-2.0"));
        assert!(!allows("MIT WITH some-exception"));
    }

    #[test]
    fn anything_but_an_expression_is_refused() {
        for text in ["", "(MIT", "MIT)", "MIT OR", "MIT MIT"] {
            assert!(!allows(text), "{text}");
        }
    }

    #[test]
    fn the_present_dependencies_are_allowed() {
        assert!(check().unwrap() > 50);
    }
}
