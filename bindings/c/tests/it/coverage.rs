//! What a Rust caller can do, a C caller can do: every public operation of the kernel is named by an
//! exported function, or is an exception with a reason.
//!
//! An operation is a public function of `services`, `maintenance`, `import`, `events`, `audit` or `data` that takes a
//! `Reader`, a `UnitOfWork` or a `Store`; a method of `Store`, `Transaction` or `CancelToken`; or one of what can be
//! done with any entity. That each setting of a store can be set is tested in `src/abi/store_config.rs`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::paths;

/// What has no function of its own, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "data::",
        "orchestra_entity_* do these for any entity by its number",
    ),
    (
        "Store::cached",
        "orchestra_cache_get does it by the entity's number",
    ),
    (
        "Store::cached_result",
        "keeps what a Rust closure computes, as a Rust type",
    ),
    (
        "Store::subscribe",
        "orchestra_change_subscribe calls back instead of being asked",
    ),
    ("Store::subscribe_with", "the same"),
    (
        "Store::write_alone",
        "orchestra_transaction_begin shares its commit with nobody",
    ),
    (
        "Store::find",
        "orchestra_entity_get does it by the entity's number",
    ),
    (
        "audit::history",
        "orchestra_audit_history does it by the entity's number",
    ),
    (
        "audit::state_at",
        "orchestra_audit_state_at does it by the entity's number",
    ),
    (
        "tasks::list_of_agent",
        "orchestra_task_list takes AgentId and Status",
    ),
    ("Store::path", "the host gave it"),
    ("Transaction::read", "read_by is the same for any handle"),
    ("Transaction::write", "write_by is the same for any handle"),
    ("CancelToken::is_cancelled", "the host set it"),
    (
        "CancelToken::run",
        "a call without a store takes a callback of progress, or is quick",
    ),
    ("AnyEntity::query", "query_text is the same as text"),
    (
        "AnyEntity::for_each",
        "orchestra_entity_open_cursor gives them one by one",
    ),
    (
        "AnyEntity::for_each_of_all_users",
        "orchestra_export_entity writes them",
    ),
    (
        "AnyEntity::first_unreadable",
        "orchestra_store_check does it for all entities",
    ),
];

/// The kernel's sources below a folder or file of `src/`.
fn kernel(path: &str) -> Vec<PathBuf> {
    sources(&paths::workspace().join("src").join(path))
}

fn sources(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let files = fs::read_dir(path).unwrap().map(|file| file.unwrap().path());
    let mut found: Vec<PathBuf> = files.flat_map(|file| sources(&file)).collect();
    found.sort();
    found
}

/// A source without its unit tests, in one line.
fn read(file: &Path) -> String {
    let source = fs::read_to_string(file).unwrap();
    let (code, _) = source
        .split_once("\n#[cfg(test)]\n")
        .unwrap_or((&source, ""));
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        // What an operation is called is no call of it.
        .map(|line| match line.trim_start().starts_with("call!(") {
            true => line.split_once(';').map_or("", |(_, arguments)| arguments),
            false => line,
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// The module that callers know an operation by: `tasks` of `services/tasks/claim.rs`, and `sessions` of
/// `services/agents/sessions.rs`, which is public.
fn module(file: &Path) -> String {
    let stem = file.file_stem().unwrap().to_str().unwrap();
    let parent = file.with_file_name("mod.rs");
    let is_public = |parent: String| parent.contains(&format!("\npub mod {stem};"));
    if fs::read_to_string(parent).is_ok_and(is_public) {
        return stem.to_owned();
    }
    let folder = file.parent().unwrap().file_name().unwrap();
    folder.to_str().unwrap().to_owned()
}

/// The operations among the public functions of a source.
fn functions(file: &Path) -> Vec<String> {
    let (source, module) = (read(file), module(file));
    let declarations = source.split("\npub fn ").skip(1);
    declarations
        .filter(|declaration| {
            let signature = declaration.split('{').next().unwrap();
            ["&mut Reader", "&Reader", "&mut UnitOfWork", "&Store"]
                .iter()
                .any(|taken| signature.contains(taken))
        })
        .map(|declaration| format!("{module}::{}", identifier(declaration)))
        .collect()
}

/// The public methods of a type, in whatever file its `impl` stands.
fn methods(of: &str, files: &[PathBuf]) -> Vec<String> {
    let blocks = files.iter().flat_map(|file| {
        let source = format!("\n{}", read(file));
        let header = format!("\nimpl {of} {{\n");
        let blocks = source.split(&header).skip(1);
        let blocks = blocks.map(|block| block.split("\n}").next().unwrap().to_owned());
        blocks.collect::<Vec<_>>()
    });
    let methods = blocks.flat_map(|block| {
        let declarations = block.split("    pub fn ").skip(1);
        declarations.map(identifier).collect::<Vec<_>>()
    });
    methods.map(|method| format!("{of}::{method}")).collect()
}

/// What can be done with any entity.
fn of_any_entity() -> Vec<String> {
    let source = read(&kernel("store/registry/any_entity.rs")[0]);
    let (_, behind) = source.split_once("pub trait AnyEntity").unwrap();
    let body = behind.split("\n}").next().unwrap();
    let declarations = body.split("\n    fn ").skip(1);
    let takes = |d: &&str| {
        ["reader:", "uow:", "store:"]
            .iter()
            .any(|taken| d.contains(taken))
    };
    declarations
        .filter(takes)
        .map(|declaration| format!("AnyEntity::{}", identifier(declaration)))
        .collect()
}

fn identifier(text: &str) -> String {
    text.chars()
        .take_while(|&c| c.is_alphanumeric() || c == '_')
        .collect()
}

fn operations() -> BTreeSet<String> {
    let places = [
        "services",
        "maintenance",
        "import",
        "store/events",
        "rows/audit.rs",
        "rows/data",
    ];
    let functions = places
        .iter()
        .flat_map(|place| kernel(place))
        .flat_map(|f| functions(&f));
    let all = kernel("");
    let methods = ["Store", "Transaction", "CancelToken"]
        .iter()
        .flat_map(|of| methods(of, &all));
    functions.chain(methods).chain(of_any_entity()).collect()
}

/// Whether the binding calls an operation: a function by its module or as an import, a method by its
/// name.
fn is_called(operation: &str, binding: &[String]) -> bool {
    let (of, name) = operation.split_once("::").unwrap();
    let is_method = of.starts_with(char::is_uppercase);
    binding.iter().any(|source| match is_method {
        true => {
            mentions(source, &format!(".{name}"))
                || mentions(source, &format!("{of}::{name}"))
                || (of == "Transaction" && mentions(source, &format!("::{name}")))
        }
        false => mentions(source, &format!("{of}::{name}")) || imports(source, of, name),
    })
}

/// Whether a source has this text, not followed by more of a name.
fn mentions(source: &str, text: &str) -> bool {
    source.match_indices(text).any(|(at, _)| {
        let next = source[at + text.len()..].chars().next();
        next.is_none_or(|c| !c.is_alphanumeric() && c != '_')
    })
}

/// Whether a source imports a function from a module.
fn imports(source: &str, module: &str, name: &str) -> bool {
    let uses = source.split("\nuse ").skip(1);
    uses.filter_map(|used| used.split(';').next())
        .filter_map(|used| used.split_once(&format!("::{module}::")))
        .any(|(_, names)| {
            names
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .any(|imported| imported == name)
        })
}

fn is_excepted(operation: &str) -> bool {
    EXCEPTIONS.iter().any(|(exception, _)| {
        operation == *exception || (exception.ends_with("::") && operation.starts_with(exception))
    })
}

#[test]
fn every_operation_of_the_kernel_has_a_function() {
    let binding = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let binding: Vec<String> = binding.iter().map(|file| read(file)).collect();
    let missing: Vec<String> = operations()
        .into_iter()
        .filter(|operation| !is_excepted(operation) && !is_called(operation, &binding))
        .collect();
    assert!(missing.is_empty(), "without a C function: {missing:#?}");
}

#[test]
fn the_exceptions_are_operations() {
    let operations = operations();
    for (exception, reason) in EXCEPTIONS {
        let names_one = |operation: &String| operation.starts_with(exception);
        assert!(operations.iter().any(names_one), "{exception}: {reason}");
    }
    assert!(operations.contains("tasks::claim") && operations.contains("Store::begin"));
    assert!(operations.len() > 150, "{}", operations.len());
}
