//! The binary interface changes only by what is added, unless its version moves.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::compiler::run_code;
use crate::declarations::{Declarations, Struct};
use crate::generated::is_update;

const TITLE: &str = "\
# The binary interface: what a program that was compiled with the header relies on. Layouts are those
# of machines with 64 bits. `cargo test -p orchestra-store-c` compares it with the header and a C
# compiler, and with ORCHESTRA_UPDATE_GENERATED=1 adds what is new. What is here stays as it is, unless
# ORCHESTRA_ABI_VERSION moves.
";

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("abi.txt")
}

/// The interface as lines, of which each has to stay.
fn describe(declarations: &Declarations) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for (name, value) in &declarations.constants {
        if name == "ORCHESTRA_ABI_VERSION" {
            lines.insert(version_line(value));
        } else {
            lines.insert(format!("constant {name} = {value}"));
        }
    }
    let names = declarations.handles.iter();
    lines.extend(names.map(|name| format!("handle {name}")));
    lines.extend(declarations.types.iter().map(|t| format!("type {t}")));
    let functions = declarations.functions.iter();
    lines.extend(functions.map(|function| format!("function {function}")));
    lines.extend(layouts(&declarations.structs));
    lines
}

fn version_line(version: &str) -> String {
    format!("version {version}")
}

/// Sizes and places of fields, as a C compiler has them. A structure that begins with its size may
/// grow, and the library takes it wherever its first field is aligned, so both are left out.
fn layouts(structs: &[Struct]) -> Vec<String> {
    let mut statements = String::new();
    for Struct { name, fields } in structs {
        if grows(fields) {
            writeln!(statements, r#"printf("struct {name}: grows\n");"#).unwrap();
        } else {
            let text = format!("struct {name}: %zu bytes, aligned to %zu");
            let values = format!("sizeof({name}), _Alignof({name})");
            writeln!(statements, r#"printf("{text}\n", {values});"#).unwrap();
        }
        for (type_, field) in fields {
            let text = format!("field {name}.{field}: {type_} at");
            writeln!(
                statements,
                r#"printf("{text} %zu\n", offsetof({name}, {field}));"#
            )
            .unwrap();
        }
    }
    printed_by(&statements).lines().map(str::to_owned).collect()
}

fn grows(fields: &[(String, String)]) -> bool {
    fields[0] == ("uint32_t".to_owned(), "struct_size".to_owned())
}

fn printed_by(statements: &str) -> String {
    run_code(&format!(
        "#include \"orchestra_store.h\"\n#include <stdio.h>\nint main(void) {{\n{statements}return 0;\n}}\n"
    ))
}

/// What to do about a difference between two states of the interface.
#[derive(Debug, PartialEq)]
enum Verdict {
    Same,
    /// It grew, or is of another version: the new state has to be committed.
    Outdated(Vec<String>),
    /// It changed, and its version didn't.
    Broken(Vec<String>),
}

fn judge(committed: &BTreeSet<String>, current: &BTreeSet<String>) -> Verdict {
    let gone: Vec<String> = committed.difference(current).cloned().collect();
    let version_moved = gone.iter().any(|line| line.starts_with("version "));
    if !gone.is_empty() && !version_moved {
        return Verdict::Broken(gone);
    }
    match current.difference(committed).cloned().collect::<Vec<_>>() {
        new if new.is_empty() => Verdict::Same,
        new => Verdict::Outdated(new),
    }
}

fn read(file: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

fn write(file: &Path, lines: &BTreeSet<String>) {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    fs::write(file, format!("{TITLE}{}\n", lines.join("\n"))).unwrap();
}

#[test]
#[cfg_attr(
    not(target_pointer_width = "64"),
    ignore = "layouts are those of 64 bits"
)]
fn the_interface_only_grows() {
    let current = describe(&Declarations::of_header());
    match judge(&read(&committed()), &current) {
        Verdict::Same => {}
        Verdict::Outdated(_) if is_update() => write(&committed(), &current),
        Verdict::Outdated(new) => panic!(
            "bindings/c/abi.txt lacks {new:#?}: run the tests once with \
             ORCHESTRA_UPDATE_GENERATED=1 and commit it"
        ),
        Verdict::Broken(gone) => panic!(
            "programs that were compiled before rely on {gone:#?}: keep it, or raise \
             ORCHESTRA_ABI_VERSION"
        ),
    }
}

#[test]
fn what_is_removed_or_changed_needs_a_new_version() {
    let state = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
    let before = state(&["version 1", "constant A = 1", "function f(void)"]);
    let judged = |lines: &[&str]| judge(&before, &state(lines));
    let list = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();

    let same = judged(&["version 1", "constant A = 1", "function f(void)"]);
    assert_eq!(same, Verdict::Same);
    let grown = judged(&[
        "version 1",
        "constant A = 1",
        "constant B = 2",
        "function f(void)",
    ]);
    assert_eq!(grown, Verdict::Outdated(list(&["constant B = 2"])));
    let removed = judged(&["version 1", "constant A = 1"]);
    assert_eq!(removed, Verdict::Broken(list(&["function f(void)"])));
    let changed = judged(&["version 1", "constant A = 2", "function f(void)"]);
    assert_eq!(changed, Verdict::Broken(list(&["constant A = 1"])));
    let moved = judged(&["version 2", "constant A = 2"]);
    assert_eq!(
        moved,
        Verdict::Outdated(list(&["constant A = 2", "version 2"]))
    );
}

#[test]
fn layouts_are_those_of_the_compiler() {
    let declarations = Declarations::of_header();
    let of = |name: &str| {
        let lines = layouts(&declarations.structs);
        let own = move |line: &String| line.contains(&format!(" {name}"));
        lines.into_iter().filter(own).collect::<Vec<_>>()
    };
    let buffer = [
        "struct orchestra_buffer: 16 bytes, aligned to 8",
        "field orchestra_buffer.ptr: uint8_t * at 0",
        "field orchestra_buffer.len: size_t at 8",
    ];
    assert_eq!(of("orchestra_buffer"), buffer);
    let options = of("orchestra_import_options");
    assert_eq!(options[0], "struct orchestra_import_options: grows");
    assert_eq!(
        options[2],
        "field orchestra_import_options.dry_run: uint32_t at 4"
    );
}

/// What a caller leaves in a gap would be taken for a field of a later version.
#[test]
fn what_grows_has_no_gaps() {
    for Struct { name, fields } in Declarations::of_header().structs {
        if grows(&fields) {
            let sizes = fields
                .iter()
                .map(|(_, field)| format!("sizeof (({name} *)0)->{field}"));
            let sum = sizes.collect::<Vec<_>>().join(" + ");
            let statement = format!(r#"printf("%d", {sum} == sizeof({name}));"#);
            assert_eq!(printed_by(&statement), "1", "{name}");
        }
    }
}
