//! The functions that write, as the sources have them.

use std::collections::BTreeSet;
use std::path::Path;

use crate::repository::Repository;

/// The public functions that write, each with the module that callers name.
pub fn functions() -> BTreeSet<String> {
    let places = [
        "src/services",
        "src/rows",
        "src/store/registry",
        "src/maintenance",
    ];
    let mut sources = Repository::read(&places, &["rs"]);
    sources.files.retain(|path, _| is_of_hosts(path));
    let mut found = BTreeSet::new();
    for (path, source) in &sources.files {
        if path.starts_with("src/store") {
            found.extend(of_trait(source));
            continue;
        }
        let module = module_of(&sources, path);
        for declaration in source.split("pub fn ").skip(1) {
            let signature = declaration.split('{').next().unwrap();
            if ["&mut UnitOfWork<", "store: &Store"]
                .iter()
                .any(|t| signature.contains(t))
            {
                found.insert(format!("{module}::{}", name_of(signature)));
            }
        }
    }
    assert!(found.len() > 100, "{}", found.len());
    found
}

/// Whether a file has functions that change rows for a host. Of the rows' modules, `services` shows one; of the
/// maintenance, the others copy files or run by themselves.
fn is_of_hosts(path: &Path) -> bool {
    match path.iter().nth(1).unwrap().to_str().unwrap() {
        "rows" => path.ends_with("audit.rs"),
        "maintenance" => path.ends_with("erase_user.rs"),
        _ => true,
    }
}

/// The innermost public module that a file is in.
fn module_of(sources: &Repository, path: &Path) -> String {
    let stem = path.file_stem().unwrap().to_str().unwrap();
    let folder = path.parent().unwrap();
    let parent = folder.file_name().unwrap().to_str().unwrap();
    let declared = sources.files.get(&folder.join("mod.rs"));
    let is_public = declared.is_none_or(|source| source.contains(&format!("pub mod {stem};")));
    match stem {
        "mod" => parent.to_owned(),
        stem if is_public => stem.to_owned(),
        _ => parent.to_owned(),
    }
}

/// The functions of the trait `AnyEntity` that write.
fn of_trait(source: &str) -> BTreeSet<String> {
    let Some((_, behind)) = source.split_once("pub trait AnyEntity") else {
        return BTreeSet::new();
    };
    let body = behind.split("\n}").next().unwrap();
    let declarations = body.split("\n    fn ").skip(1);
    let signatures = declarations.map(|declaration| declaration.split(';').next().unwrap());
    let writing = signatures.filter(|signature| signature.contains("&mut UnitOfWork<"));
    writing
        .map(|signature| format!("AnyEntity::{}", name_of(signature)))
        .collect()
}

fn name_of(signature: &str) -> &str {
    signature.split(['<', '(']).next().unwrap()
}
