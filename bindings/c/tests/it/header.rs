//! The header is what the sources say.

use std::collections::BTreeSet;
use std::fs;

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
    let header = fs::read_to_string(paths::include().join("orchestra_store.h")).unwrap();
    header
        .lines()
        .filter(|line| !line.starts_with([' ', '/', '#']) && !line.starts_with("typedef"))
        .filter_map(|line| line.split_once('('))
        .map(|(declaration, _)| {
            let name = declaration.rsplit([' ', '*']).next();
            name.unwrap_or_default().to_owned()
        })
        .collect()
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
