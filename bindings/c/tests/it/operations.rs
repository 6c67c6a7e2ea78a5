//! The lines that `call!` takes, read from the sources: what each exported function does, by group and
//! verb, and whether that is what its name, its parameters, its body and its documentation say.
//!
//! That a listed error is one of the kernel's, that a kind of input exists, and that an output is required
//! or optional, the compiler checks.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use crate::header;

/// An exported function, with what its line says.
#[derive(Debug, Clone, PartialEq)]
struct Operation {
    function: String,
    documentation: String,
    /// Each as its name and its type.
    parameters: Vec<(String, String)>,
    group: String,
    verb: String,
    /// `reads`, `writes`, or nothing.
    effect: String,
    /// Variants of `ErrorCode`.
    errors: Vec<String>,
    /// Each as its kind and its parameters.
    inputs: Vec<(String, Vec<String>)>,
    /// Each as `required` or `optional` and its parameter.
    outputs: Vec<(String, String)>,
    body: String,
}

/// All exported functions.
fn operations() -> Vec<Operation> {
    let files = sources("exports");
    files.iter().flat_map(|source| parse(source)).collect()
}

/// The outputs that a function must be given.
pub fn required_outputs(function: &str) -> Vec<String> {
    static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(operations);
    let operation = OPERATIONS.iter().find(|o| o.function == function).unwrap();
    let required = operation
        .outputs
        .iter()
        .filter(|(need, _)| need == "required");
    required.map(|(_, name)| name.clone()).collect()
}

/// The functions that take a path of a file or directory.
pub fn functions_with_paths() -> Vec<String> {
    const PATHS: [&str; 5] = ["path", "director", "file", "target", "backup"];
    let is_path = |(kind, names): &(String, Vec<String>)| match kind.as_str() {
        "config" => true,
        "json" => names[0] == "policy",
        kind => kind.contains("text") && PATHS.iter().any(|path| names[0].contains(path)),
    };
    // Paths of repositories are names to this library, which opens none of them.
    let names_repository = |operation: &Operation| {
        operation.group == "repositories"
            || operation
                .inputs
                .iter()
                .any(|(_, names)| names[0] == "repository_path")
    };
    let operations = operations().into_iter();
    operations
        .filter(|operation| operation.inputs.iter().any(is_path) && !names_repository(operation))
        .map(|operation| operation.function)
        .collect()
}

/// The sources of a folder of the binding.
fn sources(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src")
        .join(folder);
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap());
    files
        .filter(|file| file.file_name() != "mod.rs")
        .map(|file| fs::read_to_string(file.path()).unwrap())
        .collect()
}

/// The exported functions of a source. One whose body is anything but one `call!` is a panic.
fn parse(source: &str) -> Vec<Operation> {
    let mut parts = source.split("#[unsafe(no_mangle)]\n");
    let mut above = parts.next().unwrap();
    let mut found = Vec::new();
    for part in parts {
        let (function, behind) = part.split_once("\n}\n").unwrap();
        found.push(parse_function(&documentation(above), function));
        above = behind;
    }
    found
}

/// The text of the comment at the end of a source.
fn documentation(source: &str) -> String {
    let lines = source.lines().rev().map_while(|l| l.strip_prefix("///"));
    let mut lines: Vec<&str> = lines.map(str::trim).collect();
    lines.reverse();
    lines.join(" ")
}

fn parse_function(documentation: &str, source: &str) -> Operation {
    let (signature, body) = source.split_once(" {\n").unwrap();
    let (_, signature) = signature.split_once("extern \"C\" fn ").unwrap();
    let (function, behind) = signature.split_once('(').unwrap();
    let (parameters, _) = behind.rsplit_once(')').unwrap();
    let line = body.trim().strip_prefix("call!(");
    let line = line.and_then(|line| line.strip_suffix(')'));
    let line = line.unwrap_or_else(|| panic!("{function} is more or less than one call!"));
    Operation {
        function: function.to_owned(),
        documentation: documentation.to_owned(),
        parameters: list(parameters, ',')
            .iter()
            .map(|p| p.split_once(": ").unwrap())
            .map(|(name, of_type)| (name.to_owned(), of_type.to_owned()))
            .collect(),
        ..parse_line(line)
    }
}

/// A line of the macro, without the function that it is in.
fn parse_line(line: &str) -> Operation {
    let (head, rest) = line.split_once([';', '=']).unwrap();
    let (head, errors) = head.split_once('[').unwrap_or((head, ""));
    let (name, effect) = head.split_once(char::is_whitespace).unwrap_or((head, ""));
    let (group, verb) = name.split_once('.').unwrap();
    // `error;` is there where the function can fail; a handle that is freed or read stands in its place.
    let (fallible, rest) = rest.split_once(';').unwrap_or(("", rest));
    let (arguments, body) = rest.split_once("=> {").unwrap_or(("", rest));
    let (inputs, outputs) = arguments.split_once("->").unwrap_or((arguments, ""));
    let handle = body.split_whitespace().collect::<Vec<_>>();
    let inputs = match (fallible.trim(), handle.as_slice()) {
        ("", [kind @ ("release" | "view"), handle, ..]) => vec![format!("{kind} {handle}")],
        _ => list(inputs, ','),
    };
    Operation {
        function: String::new(),
        documentation: String::new(),
        parameters: Vec::new(),
        group: group.to_owned(),
        verb: verb.to_owned(),
        effect: effect.trim().to_owned(),
        errors: list(errors.trim_end().trim_end_matches(']'), ','),
        inputs: inputs.iter().map(|input| kind_and_names(input)).collect(),
        outputs: list(outputs, ',')
            .iter()
            .map(|output| output.split_once(' ').unwrap())
            .map(|(need, name)| (need.to_owned(), name.to_owned()))
            .collect(),
        body: body.to_owned(),
    }
}

fn kind_and_names(input: &str) -> (String, Vec<String>) {
    let (kind, names) = input.split_once(' ').unwrap();
    (kind.to_owned(), list(names, '+'))
}

fn list(text: &str, separator: char) -> Vec<String> {
    let parts = text.split(separator).map(str::trim);
    parts
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Says what is wrong with an operation.
fn faults(operation: &Operation) -> Vec<String> {
    let checks = [name, effect, errors, arguments, lengths];
    let found = checks.iter().filter_map(|check| check(operation));
    found
        .map(|fault| format!("{}: {fault}", operation.function))
        .collect()
}

/// A function is called after its group, in the singular if that is a plural, and its verb.
fn name(operation: &Operation) -> Option<String> {
    let Operation { group, verb, .. } = operation;
    let mut words = vec![format!("{group}_")];
    words.extend(group.strip_suffix('s').map(|word| format!("{word}_")));
    words.extend(group.strip_suffix("ies").map(|word| format!("{word}y_")));
    if group == "library" {
        words = vec![String::new()];
    }
    let fits = |word: &String| operation.function == format!("orchestra_{word}{verb}");
    (!words.iter().any(fits)).then(|| format!("not what {group}.{verb} is called"))
}

/// What reads or writes rows in its body says so.
fn effect(operation: &Operation) -> Option<String> {
    let body: String = operation.body.split_whitespace().collect();
    let calls = |name: &str| body.contains(&format!("store.{name}("));
    let writes = calls("write") || calls("write_alone");
    let expected = match (calls("read"), writes) {
        (_, true) => "writes",
        (true, false) => "reads",
        (false, false) => return None,
    };
    (operation.effect != expected).then(|| format!("{expected} rows, but doesn't say so"))
}

/// Statuses that a comment names, and that are those of later calls.
const OF_LATER_CALLS: [(&str, &str); 4] = [
    ("orchestra_cancel_set", "Cancelled"),
    ("orchestra_store_close", "Closed"),
    ("orchestra_transaction_store", "Closed"),
    ("orchestra_transaction_store", "Misuse"),
];

/// The errors are those that the comment names.
fn errors(operation: &Operation) -> Option<String> {
    let statuses = statuses();
    let words = operation
        .documentation
        .split(|c: char| c != '_' && !c.is_alphanumeric());
    let named: BTreeSet<&String> = words.filter_map(|word| statuses.get(word)).collect();
    let later = |code: &str| OF_LATER_CALLS.contains(&(operation.function.as_str(), code));
    let named: BTreeSet<&String> = named.into_iter().filter(|code| !later(code)).collect();
    let listed: BTreeSet<&String> = operation.errors.iter().collect();
    (named != listed).then(|| format!("its comment names {named:?}, its line {listed:?}"))
}

/// The statuses of the header but that of success, with the kernel's names for them.
fn statuses() -> BTreeMap<String, String> {
    let source = include_str!("../../src/abi/status.rs");
    let (_, table) = source.split_once("const CODES").unwrap();
    let pairs = table.lines().filter_map(|line| {
        let pair = line.trim().strip_prefix("(ORCHESTRA_")?;
        pair.strip_suffix("),")?.split_once(", ")
    });
    pairs
        .map(|(status, code)| (format!("ORCHESTRA_{status}"), code.to_owned()))
        .collect()
}

/// The line has the parameters in their order; only numbers and callbacks may be left out.
fn arguments(operation: &Operation) -> Option<String> {
    let inputs = operation.inputs.iter().flat_map(|(_, names)| names);
    let outputs = operation.outputs.iter().map(|(_, name)| name);
    let listed: Vec<&String> = inputs.chain(outputs).collect();
    let may_be_left_out = |of_type: &str| {
        let is_number = ["i32", "u32", "i64", "u64", "usize", "f64"].contains(&of_type);
        is_number || of_type.ends_with("_callback")
    };
    let parameters = operation.parameters.iter();
    let expected: Vec<&String> = parameters
        .filter(|(name, of_type)| listed.contains(&name) || !may_be_left_out(of_type))
        .filter(|(_, of_type)| of_type != "*mut *mut orchestra_error")
        .map(|(name, _)| name)
        .collect();
    // What can't fail and frees no handle is a block of its own.
    let is_block = operation.function == "orchestra_buffer_free";
    (listed != expected && !is_block).then(|| format!("the line has {listed:?} for {expected:?}"))
}

/// A text, or the path of a configuration, stands with its own length.
fn lengths(operation: &Operation) -> Option<String> {
    let texts = operation
        .inputs
        .iter()
        .filter(|(kind, _)| !["progress", "writer", "factory", "context"].contains(&kind.as_str()))
        .filter_map(|(_, names)| Some((names.first()?, names.get(1)?)));
    let crossed: Vec<_> = texts
        .filter(|(text, length)| **length != format!("{text}_len"))
        .collect();
    (!crossed.is_empty()).then(|| format!("the length of another text: {crossed:?}"))
}

#[test]
fn every_exported_function_has_a_line() {
    let lines: BTreeSet<String> = operations().into_iter().map(|o| o.function).collect();
    assert_eq!(lines, header::functions());
}

#[test]
fn every_line_says_what_its_function_does() {
    let faults: Vec<String> = operations().iter().flat_map(faults).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Operations that may write many rows, and so commit them alone. All others let another thread run them.
const ALONE: [&str; 10] = [
    "entities.bulk_delete",
    "entities.bulk_hard_delete",
    "entities.bulk_update",
    "entities.delete_subtree",
    "orchestration_logs.clear",
    "preferences.import",
    "preferences.rekey",
    "repositories.recount",
    "repositories.update_ratings",
    "tasks.change_many",
];

#[test]
fn only_operations_on_many_rows_commit_alone() {
    let is_alone = |operation: &Operation| operation.body.contains("write_alone(");
    let found = operations().into_iter().filter(is_alone);
    let found: BTreeSet<String> = found.map(|o| format!("{}.{}", o.group, o.verb)).collect();
    assert_eq!(found, ALONE.map(str::to_owned).into());
}

#[test]
fn no_operation_is_there_twice() {
    let mut names = BTreeSet::new();
    for Operation { group, verb, .. } in operations() {
        assert!(names.insert(format!("{group}.{verb}")), "{group}.{verb}");
    }
}

#[test]
fn a_line_that_says_something_else_is_found() {
    let right = Operation {
        function: "orchestra_category_move".to_owned(),
        documentation: "ORCHESTRA_NOT_FOUND: no such category; ORCHESTRA_OK otherwise.".to_owned(),
        parameters: [
            ("store", "*const s"),
            ("id", "*const u8"),
            ("id_len", "usize"),
            ("limit", "u32"),
            ("row", "*mut b"),
            ("error", "*mut *mut orchestra_error"),
        ]
        .map(|(name, of_type)| (name.to_owned(), of_type.to_owned()))
        .into(),
        ..parse_line(
            "categories.move writes [NotFound]; error;\n borrow store, id id + id_len -> optional row => {\n store.write(|uow| f(limit))\n }",
        )
    };
    assert_eq!(
        right.inputs[1],
        ("id".to_owned(), vec!["id".to_owned(), "id_len".to_owned()])
    );
    assert_eq!(faults(&right), [""; 0]);
    let found = |change: &dyn Fn(&mut Operation)| {
        let mut wrong = right.clone();
        change(&mut wrong);
        faults(&wrong).concat()
    };
    assert!(found(&|o| o.verb = "get".to_owned()).contains("categories.get"));
    assert!(found(&|o| o.effect = "reads".to_owned()).contains("writes rows"));
    assert!(found(&|o| o.errors.clear()).contains("NotFound"));
    assert!(found(&|o| o.outputs.clear()).contains("row"));
    assert!(found(&|o| o.inputs.swap(0, 1)).contains("store"));
    assert!(found(&|o| o.inputs[1].1[1] = "row_len".to_owned()).contains("another text"));
}

/// What several modules of exported functions need is a mechanic, and mechanics know no exports.
#[test]
fn modules_of_exports_stand_alone() {
    for source in sources("exports").into_iter().chain(sources("abi")) {
        let (code, _) = source.split_once("#[cfg(test)]").unwrap_or((&source, ""));
        assert!(!code.contains("crate::exports"), "{code}");
    }
}

/// The sources without the macro: each line becomes the head of a loop, whose body is formatted.
fn without_macro(source: &str) -> String {
    let mut in_line = false;
    let mut lines = Vec::new();
    for line in source.lines() {
        in_line |= line.starts_with("    call!(") && !line.ends_with(')');
        match line {
            "    })" => lines.push("    }"),
            _ if in_line && line.ends_with("=> {") => lines.push("    loop {"),
            _ if in_line => {}
            _ => lines.push(line),
        }
        in_line &= !line.ends_with("=> {");
    }
    lines.join("\n") + "\n"
}

/// rustfmt leaves alone what is inside a macro.
#[test]
fn bodies_are_formatted() {
    let directory = tempfile::tempdir().unwrap();
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.args(["--check", "--edition", "2024"]);
    for (number, source) in sources("exports").iter().enumerate() {
        let file = directory.path().join(format!("{number}.rs"));
        fs::write(&file, without_macro(source)).unwrap();
        rustfmt.arg(file);
        let heads = source
            .lines()
            .filter(|line| line.starts_with("    call!(") || line.starts_with("          "));
        for head in heads {
            assert!(head.chars().count() <= 100, "{head}");
        }
    }
    let output = rustfmt.output().expect("rustfmt is needed");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
