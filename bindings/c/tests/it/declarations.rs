//! What the header declares, taken apart.

use std::fs;

use crate::paths;

/// A structure that C sees into.
pub struct Struct {
    pub name: String,
    /// Each as its type and its name.
    pub fields: Vec<(String, String)>,
}

/// The declarations of a header that cbindgen wrote, each on one line.
#[derive(Default)]
pub struct Declarations {
    /// Each as its name and its value.
    pub constants: Vec<(String, String)>,
    /// Structures of which C knows only the name.
    pub handles: Vec<String>,
    /// Other names of types, and callbacks: what stands behind `typedef`.
    pub types: Vec<String>,
    pub structs: Vec<Struct>,
    /// Each as it is declared.
    pub functions: Vec<String>,
}

impl Declarations {
    /// Those of the committed header.
    pub fn of_header() -> Self {
        let header = fs::read_to_string(paths::include().join("orchestra_store.h")).unwrap();
        Self::parse(&header)
    }

    pub fn parse(header: &str) -> Self {
        let mut found = Self::default();
        let code = without_comments(header);
        let (directives, code): (Vec<_>, Vec<_>) =
            code.lines().partition(|line| line.starts_with('#'));
        found.constants = directives.into_iter().filter_map(constant).collect();
        // In C the braces of `extern "C"` are left out.
        let code = code.join(" ").replace(r#"extern "C" {"#, " ");
        for declaration in split_outside_braces(&code) {
            found.add(&declaration);
        }
        found
    }

    fn add(&mut self, declaration: &str) {
        let Some(defined) = declaration.strip_prefix("typedef ") else {
            return self.functions.push(declaration.to_owned());
        };
        match defined.strip_prefix("struct ") {
            Some(structure) if structure.contains('{') => {
                self.structs.push(parse_struct(structure))
            }
            Some(handle) => self.handles.push(last_word(handle)),
            None => self.types.push(defined.to_owned()),
        }
    }
}

fn without_comments(header: &str) -> String {
    let mut parts = header.split("/*");
    let first = parts.next().unwrap_or_default().to_owned();
    let code = parts.fold(first, |code, part| {
        let (_, behind) = part.split_once("*/").unwrap();
        code + behind
    });
    let lines = code.lines().map(|line| line.split("//").next().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

fn constant(directive: &str) -> Option<(String, String)> {
    let (name, value) = directive.strip_prefix("#define ")?.split_once(' ')?;
    Some((name.to_owned(), value.to_owned()))
}

/// The declarations, with single spaces; a lone brace, the end of `extern "C"`, is dropped.
fn split_outside_braces(code: &str) -> Vec<String> {
    let mut depth = 0;
    code.split(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ';' && depth == 0
    })
    .map(|declaration| {
        let words: Vec<&str> = declaration.split_whitespace().collect();
        words.join(" ")
    })
    .filter(|declaration| !["", "}"].contains(&declaration.as_str()))
    .collect()
}

fn parse_struct(definition: &str) -> Struct {
    let (name, behind) = definition.split_once('{').unwrap();
    let (body, _) = behind.split_once('}').unwrap();
    let fields = body.split(';').map(str::trim).filter(|f| !f.is_empty());
    Struct {
        name: name.trim().to_owned(),
        fields: fields
            .map(|field| {
                let name = last_word(field);
                let type_ = field.strip_suffix(&name).unwrap().trim();
                (type_.to_owned(), name)
            })
            .collect(),
    }
}

fn last_word(text: &str) -> String {
    let word = text.trim().rsplit([' ', '*']).next();
    word.unwrap_or_default().to_owned()
}

#[test]
fn a_header_is_taken_apart() {
    let found = Declarations::parse(
        "#define A 1\n/* c */ typedef struct h h;\ntypedef int32_t s;\n\
         typedef struct o {\n  /** x; */\n  uint8_t *p;\n  size_t n;\n} o;\n\
         #ifdef __cplusplus\nextern \"C\" {\n#endif // __cplusplus\n\
         s f(const h *a,\n    o *b);\n#ifdef __cplusplus\n} // extern \"C\"\n#endif\n",
    );
    assert_eq!(found.constants, [("A".to_owned(), "1".to_owned())]);
    assert_eq!(found.handles, ["h"]);
    assert_eq!(found.types, ["int32_t s"]);
    assert_eq!(found.functions, ["s f(const h *a, o *b)"]);
    let fields = &found.structs[0].fields;
    assert_eq!(fields[0], ("uint8_t *".to_owned(), "p".to_owned()));
    assert_eq!(fields[1], ("size_t".to_owned(), "n".to_owned()));
}
