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

/// A function as the header declares it.
pub struct Function {
    pub name: String,
    pub result: String,
    pub parameters: Vec<Parameter>,
}

/// A parameter: its type without spaces around `*`, such as `const uint8_t*`, and its name.
pub struct Parameter {
    pub of_type: String,
    pub name: String,
}

/// What the header declares.
pub fn declarations() -> Vec<Function> {
    let header = fs::read_to_string(paths::include().join("orchestra_store.h")).unwrap();
    let is_comment = |line: &&str| line.starts_with("/*") || line.starts_with(" *");
    let code: Vec<&str> = header.lines().filter(|line| !is_comment(line)).collect();
    let code = code.join("\n");
    let declare = |name: String| {
        let at = code.find(&format!("{name}(")).unwrap();
        let line = code[..at].rfind('\n').map_or(0, |end| end + 1);
        let (parameters, _) = code[at + name.len() + 1..].split_once(");").unwrap();
        Function {
            result: tidy(&code[line..at]),
            parameters: parameters
                .split(',')
                .filter(|parameter| *parameter != "void")
                .map(parameter)
                .collect(),
            name,
        }
    };
    functions().into_iter().map(declare).collect()
}

fn parameter(text: &str) -> Parameter {
    let text = text.trim();
    let (of_type, name) = text.split_at(text.rfind([' ', '*']).unwrap() + 1);
    Parameter {
        of_type: tidy(of_type),
        name: name.to_owned(),
    }
}

fn tidy(of_type: &str) -> String {
    of_type.trim().replace("struct ", "").replace(" *", "*")
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
