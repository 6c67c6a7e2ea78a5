//! Holds the structure that ARCHITECTURE.md shows: each layer of the kernel imports only from those below it, a type
//! has a name of its own, files stay short, and documentation is written in whole sentences.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::repository::Repository;

/// The layers from the top; each may import from those behind it.
const LAYERS: [&str; 16] = [
    "import",
    "maintenance",
    "store",
    "services",
    "tables",
    "rows",
    "sqlite",
    "config",
    "encryption",
    "validate",
    "cancel",
    "clock",
    "command_line",
    "schema",
    "types",
    "error",
];

/// The longest file, in lines.
const LONGEST: usize = 450;

/// Openings of documentation that don't say what a thing does.
const OPENINGS: [&str; 4] = ["What", "The same", "Who", "Whether"];

struct Source {
    /// The path behind `src/`.
    name: String,
    text: String,
}

impl Source {
    fn modules(&self) -> Vec<String> {
        let path = self.name.trim_end_matches(".rs").trim_end_matches("/mod");
        path.split('/').map(str::to_owned).collect()
    }

    fn layer(&self) -> String {
        self.modules().remove(0)
    }

    fn tokens(&self) -> TokenStream {
        self.text.parse().expect(&self.name)
    }
}

/// The sources of the kernel, but for its root.
fn sources() -> Vec<Source> {
    let files = Repository::read(&["src"], &["rs"]).files.into_iter();
    let sources = files.map(|(path, text)| Source {
        name: path.strip_prefix("src").unwrap().display().to_string(),
        text,
    });
    let sources: Vec<Source> = sources.filter(|source| source.name != "lib.rs").collect();
    assert!(sources.len() > 200, "{}", sources.len());
    sources
}

/// The modules that the names of the crate's root stand for, such as `store` for `Store`.
fn reexports() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let tokens: TokenStream = fs::read_to_string(root).unwrap().parse().unwrap();
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut names = BTreeMap::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.to_string() == "use" {
            let mut paths = Vec::new();
            read_tree(&tokens[at + 1..], Vec::new(), &mut paths);
            for path in paths.iter().filter(|path| path.len() > 1) {
                names.insert(path[path.len() - 1].clone(), path[0].clone());
            }
        }
    }
    assert_eq!(names["Store"], "store");
    names
}

/// Reads the paths of a `use` tree, or one path of an expression, from its beginning.
fn read_tree(tokens: &[TokenTree], mut path: Vec<String>, paths: &mut Vec<Vec<String>>) {
    let mut tokens = tokens.iter();
    loop {
        match tokens.next() {
            Some(TokenTree::Ident(name)) => path.push(name.to_string()),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let items: Vec<TokenTree> = group.stream().into_iter().collect();
                for item in items.split(|token| token.to_string() == ",") {
                    read_tree(item, path.clone(), paths);
                }
                return;
            }
            _ => break,
        }
        let is_separator = |token: Option<&TokenTree>| token.is_some_and(|t| t.to_string() == ":");
        if !(is_separator(tokens.next()) && is_separator(tokens.next())) {
            break;
        }
    }
    paths.push(path);
}

/// Finds all paths that begin with `crate` or `super`, also those in the bodies of macros, and makes them begin at the
/// root of the crate.
fn paths_in(tokens: TokenStream, module: &[String], paths: &mut Vec<Vec<String>>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let text_at = |at: usize| tokens.get(at).map(ToString::to_string).unwrap_or_default();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => {
                let mut inner = module.to_vec();
                if at >= 2 && text_at(at - 2) == "mod" {
                    inner.push(text_at(at - 1));
                }
                paths_in(group.stream(), &inner, paths);
            }
            TokenTree::Ident(name) if name == "crate" || name == "super" => {
                let is_inside = at > 0 && text_at(at - 1) == ":";
                if !is_inside && text_at(at + 1) == ":" {
                    let mut found = Vec::new();
                    read_tree(&tokens[at..], Vec::new(), &mut found);
                    paths.extend(found.iter().map(|path| absolute(path, module)));
                }
            }
            _ => {}
        }
    }
}

fn absolute(path: &[String], module: &[String]) -> Vec<String> {
    let ups = path.iter().take_while(|name| *name == "super").count();
    if ups == 0 {
        return path[1..].to_vec();
    }
    [&module[..module.len() - ups], &path[ups..]].concat()
}

#[test]
fn each_layer_imports_only_from_those_below_it() {
    let rank = |name: &str| LAYERS.iter().position(|layer| *layer == name);
    let reexports = reexports();
    let mut found = BTreeSet::new();
    let mut upwards = Vec::new();
    for source in sources() {
        let layer = source.layer();
        let here = rank(&layer).unwrap_or_else(|| panic!("{layer} is no layer: add it to LAYERS"));
        found.insert(here);
        let mut paths = Vec::new();
        paths_in(source.tokens(), &source.modules(), &mut paths);
        for path in paths.iter().filter(|path| !path.is_empty()) {
            let target = reexports.get(&path[0]).unwrap_or(&path[0]);
            if rank(target).is_none_or(|there| there < here) {
                upwards.push(format!("{}: {}", source.name, path.join("::")));
            }
        }
    }
    assert_eq!(found.len(), LAYERS.len(), "LAYERS has more than there are");
    assert!(
        upwards.is_empty(),
        "imports against the order: {upwards:#?}"
    );
}

#[test]
fn upward_imports_are_found_wherever_they_stand() {
    let found = |text: &str, module: &[&str]| {
        let module: Vec<String> = module.iter().map(|&name| name.to_owned()).collect();
        let mut paths = Vec::new();
        paths_in(text.parse().unwrap(), &module, &mut paths);
        let paths = paths.iter().map(|path| path.join("::"));
        paths.collect::<Vec<_>>()
    };
    assert_eq!(
        found("use crate::{a::{b, c}, d};", &["x"]),
        ["a::b", "a::c", "d"]
    );
    assert_eq!(found("fn f() { m!(crate::a::b(1)) }", &["x"]), ["a::b"]);
    assert_eq!(found("use super::super::a;", &["x", "y", "z"]), ["x::a"]);
    assert_eq!(found("mod t { use super::a; }", &["x", "y"]), ["x::y::a"]);
    assert_eq!(found("macro { $crate::a }", &["x"]), ["a"]);
    assert!(found("/// [crate::a]\nfn f() {}", &["x"]).is_empty());
}

#[test]
fn a_type_name_is_defined_once() {
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources() {
        for name in types_in(source.tokens()) {
            places.entry(name).or_default().insert(source.name.clone());
        }
    }
    assert!(places.len() > 300, "{}", places.len());
    places.retain(|_, files| files.len() > 1);
    assert!(places.is_empty(), "defined more than once: {places:#?}");
}

/// The names of the types of a module, without those inside of functions, of implementations, and of tests.
fn types_in(tokens: TokenStream) -> Vec<String> {
    const DECLARES: [&str; 5] = ["struct", "enum", "trait", "type", "union"];
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut names = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let text_at = |at: usize| tokens.get(at).map(ToString::to_string).unwrap_or_default();
        match token {
            TokenTree::Group(group) if at >= 2 && text_at(at - 2) == "entity" => {
                names.extend(types_in(group.stream()));
            }
            TokenTree::Ident(word) if DECLARES.iter().any(|declares| word == declares) => {
                names.push(text_at(at + 1));
            }
            _ => {}
        }
    }
    names
}

#[test]
fn what_is_kept_rare_stays_where_it_is() {
    let files_with = |text: &str| {
        let found = sources()
            .into_iter()
            .filter(|source| source.text.contains(text));
        found.map(|source| source.name).collect::<Vec<_>>()
    };
    assert_eq!(
        files_with("thread_local!"),
        [
            "cancel.rs",
            "sqlite/statement_log.rs",
            "store/events/callback.rs"
        ]
    );
    assert_eq!(files_with("allow(unsafe_code"), ["sqlite/raw/mod.rs"]);
    assert_eq!(files_with("r2d2::"), ["sqlite/pool.rs"]);
}

#[test]
fn files_are_short() {
    let lines = |source: &Source| source.text.lines().count();
    let long: Vec<String> = sources()
        .iter()
        .filter(|source| source.name != "schema.rs" && lines(source) > LONGEST)
        .map(|source| format!("{}: {} lines", source.name, lines(source)))
        .collect();
    assert!(long.is_empty(), "over {LONGEST} lines: {long:#?}");
}

#[test]
fn documentation_says_what_a_thing_does() {
    let mut found = Vec::new();
    for source in sources() {
        let mut begins = true;
        for (number, line) in source.text.lines().enumerate() {
            let line = line.trim_start();
            let Some(doc) = ["///", "//!"]
                .iter()
                .find_map(|mark| line.strip_prefix(mark))
            else {
                begins = true;
                continue;
            };
            let doc = doc.trim();
            let opens = OPENINGS.iter().any(|opening| {
                let behind = doc.strip_prefix(opening);
                let is_word = behind.is_some_and(|b| b.starts_with(|c: char| !c.is_alphanumeric()));
                let is_sentence = format!("{doc} ").contains(&format!(". {opening} "));
                (begins && is_word) || is_sentence
            });
            if opens {
                found.push(format!("{}:{}: {doc}", source.name, number + 1));
            }
            begins = doc.is_empty() || doc.ends_with(['.', '!', '?', ':']);
        }
    }
    assert!(found.is_empty(), "{} sentences: {found:#?}", found.len());
}
