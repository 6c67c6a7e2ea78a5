//! The declarations under the .NET layer are what the sources say, and the layer uses all of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use crate::declarations::Declarations;
use crate::generated::assert_current;
use crate::{header, paths};

fn layer() -> PathBuf {
    paths::workspace().join("bindings/dotnet/src")
}

fn committed() -> PathBuf {
    layer().join("NativeMethods.g.cs")
}

fn generate() -> String {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("NativeMethods.g.cs");
    let mut builder = csbindgen::Builder::default()
        .csharp_namespace("Orchestra.Store")
        .csharp_class_name("NativeMethods")
        .csharp_dll_name("orchestra_store")
        // What C# 7.2 doesn't know yet.
        .csharp_use_function_pointer(false)
        .csharp_use_nint_types(false)
        .csharp_generate_const_filter(|name| name.starts_with("ORCHESTRA_"));
    for source in paths::sources() {
        builder = builder.input_extern_file(source);
    }
    builder.generate_csharp_file(&file).unwrap();
    fs::read_to_string(&file).unwrap()
}

/// The functions that the layer imports, each as its name and the names of its parameters.
fn imports(generated: &str) -> BTreeSet<(String, Vec<String>)> {
    generated
        .lines()
        .filter_map(|line| line.split_once(" static extern "))
        .map(|(_, declaration)| {
            let declaration = declaration.trim_end_matches(");");
            let (function, parameters) = declaration.split_once('(').unwrap();
            // A name that is a word of C# has an `@`.
            (
                last_word(function),
                parameter_names(&parameters.replace('@', "")),
            )
        })
        .collect()
}

/// The functions of the header, in the same form.
fn exports() -> BTreeSet<(String, Vec<String>)> {
    let declarations = Declarations::of_header().functions.into_iter();
    declarations
        .map(|function| {
            let (_, parameters) = function.trim_end_matches(')').split_once('(').unwrap();
            let names = match parameters {
                "void" => Vec::new(),
                parameters => parameter_names(parameters),
            };
            (header::name(&function).to_owned(), names)
        })
        .collect()
}

fn parameter_names(parameters: &str) -> Vec<String> {
    let parameters = parameters.split(',').filter(|p| !p.trim().is_empty());
    parameters.map(last_word).collect()
}

fn last_word(text: &str) -> String {
    let word = text.trim().rsplit([' ', '*']).next().unwrap();
    word.to_owned()
}

/// What is written by hand.
fn handwritten() -> String {
    fs::read_dir(layer())
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|file| *file != committed())
        .map(|file| fs::read_to_string(file).unwrap())
        .collect()
}

#[test]
fn native_methods_are_current() {
    assert_current(&committed(), &generate());
}

#[test]
fn native_methods_are_those_of_the_header() {
    let generated = generate();
    // csbindgen leaves out what it doesn't understand, and only prints that.
    assert_eq!(imports(&generated), exports());
    for (name, value) in Declarations::of_header().constants {
        let declared = format!(" {name} = {value};");
        assert!(generated.contains(&declared), "{name}");
    }
}

/// Returns the names of the declarations that the layer uses; a function may be called or passed on.
fn used(layer: &str) -> BTreeSet<String> {
    layer
        .split("NativeMethods.")
        .skip(1)
        .map(|rest| {
            let name = rest.chars();
            name.take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        })
        .collect()
}

/// Beginnings of names that this layer doesn't have: it gets nothing new until the .NET library replaces it.
const LEFT_OUT: [&str; 24] = [
    "ORCHESTRA_SECOND_SQLITE_",
    "orchestra_agent_report",
    "orchestra_agent_session_report",
    "orchestra_cache_agent_statistics",
    "orchestra_cache_available_agents",
    "orchestra_cache_get_or_make",
    "orchestra_cache_task_analytics",
    "orchestra_chat_create_session",
    "orchestra_database_rebuild_in_place",
    "orchestra_entity_bulk_hard_delete",
    "orchestra_entity_delete_subtree",
    "orchestra_entity_delete_unchanged",
    "orchestra_orchestration_log_clear",
    "orchestra_store_trust_clock",
    "orchestra_store_with_timeout",
    "orchestra_task_assign_pending",
    "orchestra_task_change_many",
    "orchestra_task_claim_and_start",
    "orchestra_task_claim_waiting",
    "orchestra_task_complete_and_claim",
    "orchestra_task_count_changeable",
    "orchestra_task_fail_and_claim",
    "orchestra_task_set_status",
    "orchestra_user_erase",
];

/// Returns whether the layer does without a function or constant.
pub fn is_left_out(name: &str) -> bool {
    LEFT_OUT.iter().any(|prefix| name.starts_with(prefix))
}

#[test]
fn the_layer_uses_every_function_and_constant() {
    let used = used(&handwritten());
    let constants = Declarations::of_header().constants.into_iter();
    let constants = constants.map(|(name, _)| name);
    let missing: Vec<String> = header::functions()
        .into_iter()
        .chain(constants)
        .filter(|name| !used.contains(name))
        .filter(|name| !is_left_out(name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
