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
    let functions = Declarations::of_header().functions;
    functions
        .iter()
        .map(|declared| function(declared))
        .collect()
}

fn function(declared: &str) -> Function {
    let (result, parameters) = declared.trim_end_matches(')').split_once('(').unwrap();
    let name = name(declared);
    let parameters = parameters
        .split(',')
        .filter(|parameter| *parameter != "void");
    Function {
        name: name.to_owned(),
        result: tidy(result.strip_suffix(name).unwrap()),
        parameters: parameters.map(parameter).collect(),
    }
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

/// The comment above a function of the header.
fn comment(header: &str, function: &str) -> String {
    let declares = |line: &&str| {
        !line.starts_with(' ')
            && [' ', '*']
                .iter()
                .any(|before| line.contains(&format!("{before}{function}(")))
    };
    let lines: Vec<&str> = header.lines().collect();
    let declared = lines.iter().position(declares).unwrap();
    let above = lines[..declared].iter().rev();
    let comment: Vec<&str> = above
        .copied()
        .take_while(|line| line.starts_with(" *"))
        .collect();
    comment.join("\n")
}

/// What has to be freed of that which a function gives.
fn given(function: &Function) -> impl Iterator<Item = &str> {
    let outputs = function
        .parameters
        .iter()
        .filter_map(|p| p.of_type.strip_suffix('*'));
    let owned = outputs.filter_map(|output| match output {
        "orchestra_buffer" => Some(output),
        handle => handle
            .strip_suffix('*')
            .filter(|handle| handle.starts_with("orchestra_")),
    });
    owned.filter(|given| *given != "orchestra_error")
}

#[test]
fn every_function_is_documented() {
    let header = generate();
    for function in functions() {
        let comment = comment(&header, &function);
        assert!(comment.contains(char::is_alphabetic), "{function}");
    }
}

/// What a function gives is freed by a function that its comment names, or as that of the function which it
/// is like.
#[test]
fn every_comment_says_who_frees_what() {
    let (header, functions) = (generate(), functions());
    for function in declarations()
        .iter()
        .filter(|f| f.name != "orchestra_buffer_free")
    {
        let comment = comment(&header, &function.name);
        let names = |other: &str| comment.contains(&format!("{other}()"));
        for given in given(function) {
            let says =
                names(&format!("{given}_free")) || functions.iter().any(|other| names(other));
            assert!(says, "{}: {given}", function.name);
        }
    }
}
