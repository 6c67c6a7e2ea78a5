//! The header is what the sources say.

use std::collections::BTreeSet;

use crate::declarations::Declarations;
use crate::generated::assert_current;
use crate::paths;

fn generate() -> String {
    let config = cbindgen::Config::from_file(paths::workspace().join("cbindgen.toml")).unwrap();
    let mut builder = cbindgen::Builder::new().with_config(config);
    for source in paths::sources() {
        builder = builder.with_src(source);
    }
    let mut header = Vec::new();
    builder.generate().unwrap().write(&mut header);
    String::from_utf8(header).unwrap()
}

/// The names of the functions that the header declares.
pub fn functions() -> BTreeSet<String> {
    let declarations = Declarations::of_header().functions.into_iter();
    declarations
        .map(|function| name(&function).to_owned())
        .collect()
}

/// The name of a function that is declared.
pub fn name(function: &str) -> &str {
    let (declared, _) = function.split_once('(').unwrap();
    declared.rsplit([' ', '*']).next().unwrap()
}

#[test]
fn header_is_current() {
    assert_current(&paths::include().join("orchestra_store.h"), &generate());
}

#[test]
fn every_function_is_documented() {
    let header = generate();
    let lines: Vec<&str> = header.lines().collect();
    for function in functions() {
        let declared = lines
            .iter()
            .position(|line| line.contains(&format!("{function}(")) && !line.starts_with(' '))
            .unwrap();
        assert_eq!(lines[declared - 1], " */", "{function}");
    }
}
