//! A library in place of the shared one that passes every call on, and notes which functions were called.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::compiler::compile_library;
use crate::header::{Function, declarations};
use crate::library::libraries;

const PROLOGUE: &str = r#"#define _GNU_SOURCE
#include "orchestra_store.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static void *find(const char *name, atomic_flag *noted) {
    void *library = dlopen(LIBRARY, RTLD_NOW);
    void *found = library ? dlsym(library, name) : NULL;
    if (found == NULL)
        abort();
    if (!atomic_flag_test_and_set(noted)) {
        FILE *notes = fopen(NOTES, "a");
        fprintf(notes, "%s\n", name);
        fclose(notes);
    }
    return found;
}
"#;

/// The library in a directory, under the name of the shared one.
pub struct CallCounter {
    directory: PathBuf,
}

impl CallCounter {
    pub fn new(directory: &Path) -> Self {
        let counter = Self {
            directory: directory.to_owned(),
        };
        let shared = &libraries().shared;
        let mut source = format!(
            "#define LIBRARY {:?}\n#define NOTES {:?}\n{PROLOGUE}",
            shared,
            counter.notes()
        );
        for function in declarations() {
            source.push_str(&passed_on(&function));
        }
        let file = directory.join("calls.c");
        fs::write(&file, source).unwrap();
        compile_library(&file, &directory.join(shared.file_name().unwrap()));
        counter
    }

    /// Where programs look for the library.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    fn notes(&self) -> PathBuf {
        self.directory.join("calls.txt")
    }

    /// The functions that were called at least once.
    pub fn called(&self) -> BTreeSet<String> {
        let notes = fs::read_to_string(self.notes()).unwrap();
        notes.lines().map(str::to_owned).collect()
    }
}

/// A function that notes that it was called.
fn passed_on(function: &Function) -> String {
    let Function { name, result, .. } = function;
    let parameters = function.parameters.iter();
    let taken: Vec<String> = parameters
        .clone()
        .map(|p| format!("{} {}", p.of_type, p.name))
        .collect();
    let given: Vec<&str> = parameters.map(|p| p.name.as_str()).collect();
    let taken = if taken.is_empty() {
        "void".to_owned()
    } else {
        taken.join(", ")
    };
    let returns = if result == "void" { "" } else { "return " };
    let mut source = format!("\ntypedef {result} type_of_{name}({taken});\n");
    writeln!(
        source,
        "static atomic_flag noted_{name} = ATOMIC_FLAG_INIT;"
    )
    .unwrap();
    writeln!(source, "{result} {name}({taken}) {{").unwrap();
    let found = format!("((type_of_{name} *)find(\"{name}\", &noted_{name}))");
    writeln!(source, "    {returns}{found}({});\n}}", given.join(", ")).unwrap();
    source
}
