//! A C program that calls every function of the header with what no caller should pass.
//!
//! It is generated, so that no function is forgotten: for each parameter there are bad values by its
//! type, and every call passes one of them, among usable values for the others.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::header::{Function, Parameter, declarations};
use crate::operations::required_outputs;

/// How a handle of each type is made; `*_free` frees it. A transaction that has ended, so that it
/// doesn't hold the write lock.
const HANDLES: [(&str, &str); 7] = [
    (
        "orchestra_store",
        "orchestra_store_open(TEXT(\"hostile.db\"), NULL, &the_orchestra_store, NULL)",
    ),
    (
        "orchestra_error",
        "(orchestra_cancel_new(NULL, &the_orchestra_error), 0)",
    ),
    (
        "orchestra_cancel",
        "orchestra_cancel_new(&the_orchestra_cancel, NULL)",
    ),
    (
        "orchestra_transaction",
        "orchestra_transaction_begin(the_orchestra_store, &the_orchestra_transaction, NULL) || orchestra_transaction_rollback(the_orchestra_transaction, NULL)",
    ),
    (
        "orchestra_cursor",
        "orchestra_sql_open_cursor(the_orchestra_store, TEXT(\"SELECT 1\"), NULL, 0, 0, &the_orchestra_cursor, NULL)",
    ),
    (
        "orchestra_subscription",
        "orchestra_change_subscribe(the_orchestra_store, NULL, 0, ignore_change, NULL, NULL, &the_orchestra_subscription, NULL)",
    ),
    (
        "orchestra_follower",
        "orchestra_follower_open(the_orchestra_store, 0, NULL, 0, &the_orchestra_follower, NULL)",
    ),
];

const PROLOGUE: &str = r#"#include "check.h"

static uint64_t zeros[512];
static uint64_t room[512];
static const char deep[] = "{\"where\":{\"not\":{\"not\":{\"not\":{\"not\":{\"not\":{}}}}}}}";
static int calls, refusals;
static orchestra_error *error;

/* Aligned for nothing. */
#define CROOKED(type) ((type)(void *)((uint8_t *)room + 1))
/* Memory that a handle was freed from, or that never was one. */
#define FREED(type) ((type)(void *)zeros)
#define GIB ((size_t)1 << 30)

static void ignore_change(void *context, const uint8_t *event, size_t event_len, int64_t first, int64_t last) {
    (void)context, (void)event, (void)event_len, (void)first, (void)last;
}

static void note(const char *function, const char *what, orchestra_status status, int must_fail) {
    ++calls;
    refusals += status != ORCHESTRA_OK;
    if (status == ORCHESTRA_INTERNAL || (must_fail && status == ORCHESTRA_OK)) {
        fprintf(stderr, "%s with %s is %d\n", function, what, (int)status);
        exit(1);
    }
}
"#;

/// Writes the program, and returns where it is.
pub fn generate(directory: &Path) -> PathBuf {
    let functions = declarations();
    let mut source = PROLOGUE.to_owned();
    for (handle, _) in HANDLES {
        writeln!(source, "static {handle} *the_{handle};").unwrap();
    }
    source.push_str("\nstatic void prepare(void) {\n");
    for (handle, made) in HANDLES {
        writeln!(
            source,
            "    if (the_{handle} == NULL) {{\n        CHECK(({made}) == 0);\n    }}"
        )
        .unwrap();
    }
    source.push_str("}\n");
    // The one that closes the store for all comes last.
    let (closing, others): (Vec<_>, Vec<_>) = functions
        .iter()
        .partition(|f| f.name == "orchestra_store_close");
    let functions: Vec<&Function> = others.into_iter().chain(closing).collect();
    for function in &functions {
        source.push_str(&attack(function));
    }
    source.push_str("\nstatic void leave_out(void) {\n    int64_t before, after;\n");
    source.push_str(NEWEST_BEFORE);
    for function in &functions {
        source.push_str(&left_out(function));
    }
    source.push_str(NOTHING_WRITTEN);
    source.push_str(
        "\nint main(int argc, char **argv) {\n    CHECK(argc == 3);\n    CHECK(chdir(argv[1]) == 0);\n    \
         int stride = atoi(argv[2]);\n    \
         prepare();\n    leave_out();\n",
    );
    for function in &functions {
        writeln!(
            source,
            "    prepare();\n    attack_{}(stride);",
            function.name
        )
        .unwrap();
    }
    for (handle, _) in HANDLES.iter().rev() {
        writeln!(source, "    {handle}_free(the_{handle});").unwrap();
    }
    source
        .push_str("    printf(\"%d calls, %d refused\\n\", calls, refusals);\n    return 0;\n}\n");
    let source = source.replacen(
        "#include \"check.h\"\n",
        "#define _DEFAULT_SOURCE\n#include \"check.h\"\n\n#include <math.h>\n#include <unistd.h>\n",
        1,
    );
    let file = directory.join("hostile.c");
    fs::write(&file, source).unwrap();
    file
}

const NEWEST_BEFORE: &str =
    "    CHECK(orchestra_change_newest(the_orchestra_store, &before, NULL) == ORCHESTRA_OK);\n";

const NOTHING_WRITTEN: &str = "    \
    CHECK(orchestra_change_newest(the_orchestra_store, &after, NULL) == ORCHESTRA_OK);\n    \
    CHECK(before == after);\n}\n";

/// Calls without a handle, and without an output that is required: these are named before anything is
/// looked at.
fn left_out(function: &Function) -> String {
    let required = required_outputs(&function.name);
    let message = |parameter: &Parameter| match handle_of(&parameter.of_type) {
        Some(handle) => Some(format!("{handle}: the handle is NULL")),
        None if required.contains(&parameter.name) => {
            let name = &parameter.name;
            Some(format!("{name}: the output is NULL, but is required"))
        }
        None => None,
    };
    if !is_fallible(function) {
        return String::new();
    }
    let parameters = function.parameters.iter().enumerate();
    let calls = parameters.filter_map(|(at, parameter)| {
        let message = message(parameter)?;
        let (declared, arguments, freed) = arguments(function, &Bad::new("", "NULL"), at);
        let arguments = arguments.rsplit_once(", ").unwrap().0;
        let call = format!("{}({arguments}, &error)", function.name);
        Some(format!(
            "    {{\n{declared}        MISUSED(\"{message}\", {call});\n{freed}    }}\n"
        ))
    });
    calls.collect()
}

/// One C function that makes all calls of a function.
fn attack(function: &Function) -> String {
    let mut body = format!(
        "\nstatic void attack_{}(int stride) {{\n    int i = 0;\n",
        function.name
    );
    let parameters = &function.parameters;
    for (index, parameter) in parameters.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| &parameters[before]);
        for (bad, must_fail) in bad_values(function, parameter, before) {
            body.push_str(&call(function, index, &bad, must_fail));
        }
    }
    if parameters.is_empty() {
        writeln!(body, "    (void){}();", function.name).unwrap();
    }
    body.push_str("    (void)i, (void)stride;\n}\n");
    body
}

/// A call with one bad value, after which all that it gave is freed.
fn call(function: &Function, at: usize, bad: &Bad, must_fail: bool) -> String {
    let (declared, arguments, freed) = arguments(function, bad, at);
    let name = &function.name;
    let what = bad.what.replace('"', "'");
    let made = match function.result.as_str() {
        "void" => format!("{name}({arguments});"),
        _ if is_fallible(function) => format!(
            "note(\"{name}\", \"{what}\", {name}({arguments}), {});",
            i32::from(must_fail)
        ),
        _ => format!("(void){name}({arguments});"),
    };
    format!("    if (i++ % stride == 0) {{\n{declared}        {made}\n{freed}    }}\n")
}

/// The arguments of a call of which one is bad; what declares them, and what frees what they hold.
fn arguments(function: &Function, bad: &Bad, at: usize) -> (String, String, String) {
    let mut declared = String::new();
    let mut freed = String::new();
    let mut arguments = Vec::new();
    for (index, parameter) in function.parameters.iter().enumerate() {
        let (value, declares, frees) = usable(function, parameter, index);
        declared.push_str(&declares);
        freed.push_str(&frees);
        let replaced = bad.value_at(index, at);
        arguments.push(replaced.map_or(value, str::to_owned));
    }
    (declared, arguments.join(", "), freed)
}

fn is_fallible(function: &Function) -> bool {
    let parameters = &function.parameters;
    parameters.iter().any(|p| p.of_type == "orchestra_error**")
}

/// A value that no caller should pass, and for a text also its length.
struct Bad {
    what: String,
    value: String,
    /// In place of the parameter behind it.
    length: Option<String>,
}

impl Bad {
    fn new(what: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            value: value.into(),
            length: None,
        }
    }

    fn text(what: &str, value: &str, length: &str) -> Self {
        Self {
            length: Some(length.to_owned()),
            ..Self::new(what, value)
        }
    }

    fn value_at(&self, index: usize, at: usize) -> Option<&str> {
        match index {
            _ if index == at => Some(&self.value),
            _ if index == at + 1 => self.length.as_deref(),
            _ => None,
        }
    }
}

/// Bad values for a parameter, and whether a call with them has to fail.
fn bad_values(
    function: &Function,
    parameter: &Parameter,
    before: Option<&Parameter>,
) -> Vec<(Bad, bool)> {
    let Parameter { of_type, name } = parameter;
    let named = |what: &str| format!("{name}: {what}");
    let is_fallible = is_fallible(function);
    if let Some(handle) = handle_of(of_type) {
        let other = if handle == "orchestra_cancel" {
            "error"
        } else {
            "cancel"
        };
        return vec![
            (Bad::new(named("NULL"), "NULL"), is_fallible),
            (
                Bad::new(
                    named("another type"),
                    format!("(void *)the_orchestra_{other}"),
                ),
                is_fallible,
            ),
            (
                Bad::new(named("freed"), format!("FREED({of_type})")),
                is_fallible,
            ),
            (
                Bad::new(named("not aligned"), format!("CROOKED({of_type})")),
                is_fallible,
            ),
        ];
    }
    match of_type.as_str() {
        "const uint8_t*" => {
            let bad =
                |what: &str, value: &str, length: &str| Bad::text(&named(what), value, length);
            let here = "(const uint8_t *)room";
            vec![
                (bad("NULL with a length", "NULL", "1"), true),
                (bad("NULL, SIZE_MAX", "NULL", "SIZE_MAX"), true),
                (bad("NULL, 1 GiB", "NULL", "GIB"), true),
                (bad("SIZE_MAX", here, "SIZE_MAX"), true),
                (bad("1 GiB", here, "GIB"), true),
                (
                    bad("no UTF-8", "(const uint8_t *)\"\\xff\\xfe\"", "2"),
                    true,
                ),
                (bad("empty", here, "0"), false),
                (bad("NULL", "NULL", "0"), false),
                (
                    bad("half of an object", "(const uint8_t *)\"{\\\"a\\\":\"", "5"),
                    false,
                ),
                (bad("an array", "(const uint8_t *)\"[]\"", "2"), false),
                (bad("a number", "(const uint8_t *)\"1e999\"", "5"), false),
                (bad("NUL", "(const uint8_t *)\"\\0\"", "1"), false),
                (
                    bad("deep", "(const uint8_t *)deep", "sizeof deep - 1"),
                    false,
                ),
            ]
        }
        // Tested with the text before it.
        "size_t" if before.is_some_and(|p| p.of_type == "const uint8_t*") => Vec::new(),
        "orchestra_error**" => vec![
            (Bad::new(named("NULL"), "NULL"), false),
            (
                Bad::new(named("not aligned"), format!("CROOKED({of_type})")),
                false,
            ),
        ],
        "int32_t" => numbers(name, &["0", "-1", "INT32_MIN", "INT32_MAX"]),
        "int64_t" => numbers(name, &["0", "-1", "INT64_MIN", "INT64_MAX"]),
        // Who asks for a long wait gets it.
        "uint32_t" if name.contains("timeout") => numbers(name, &["0"]),
        "uint32_t" => numbers(name, &["0", "UINT32_MAX"]),
        "size_t" => numbers(name, &["0", "SIZE_MAX"]),
        "uint64_t" => numbers(name, &["0", "UINT64_MAX"]),
        "double" => numbers(name, &["0", "-1", "NAN", "INFINITY", "-INFINITY"]),
        "void*" => Vec::new(),
        callback if callback.ends_with("_callback") => {
            vec![(Bad::new(named("NULL"), "NULL"), false)]
        }
        options if options.ends_with("_options*") => vec![
            (
                Bad::new(named("no size"), format!("({of_type})(void *)zeros")),
                true,
            ),
            (
                Bad::new(named("not aligned"), format!("CROOKED({of_type})")),
                true,
            ),
        ],
        output if output.ends_with('*') => vec![
            (Bad::new(named("NULL"), "NULL"), false),
            (
                Bad::new(named("not aligned"), format!("CROOKED({of_type})")),
                is_fallible,
            ),
        ],
        unknown => panic!("{}: no bad values are known for {unknown}", function.name),
    }
}

fn numbers(name: &str, values: &[&str]) -> Vec<(Bad, bool)> {
    let bad = |value: &&str| (Bad::new(format!("{name}: {value}"), *value), false);
    values.iter().map(bad).collect()
}

/// The type of handle that this is a pointer to.
fn handle_of(of_type: &str) -> Option<&str> {
    let handle = of_type.strip_suffix('*')?;
    let handle = handle.strip_prefix("const ").unwrap_or(handle);
    HANDLES
        .iter()
        .map(|(name, _)| *name)
        .find(|name| *name == handle)
}

/// A usable value for a parameter; what declares it, and what frees it.
fn usable(function: &Function, parameter: &Parameter, index: usize) -> (String, String, String) {
    let plain = |value: &str| (value.to_owned(), String::new(), String::new());
    let of_type = parameter.of_type.as_str();
    if let Some(handle) = handle_of(of_type) {
        // Freed as something else, or not at all.
        return match function.name.ends_with("_free") {
            true => plain("NULL"),
            false => plain(&format!("the_{handle}")),
        };
    }
    match of_type {
        "const uint8_t*" | "void*" => plain("NULL"),
        "size_t" | "int32_t" | "int64_t" | "uint32_t" | "uint64_t" | "double" => plain("0"),
        other if other.ends_with("_callback") || other.ends_with("_options*") => plain("NULL"),
        output => {
            let variable = format!("out{index}");
            let held = output.strip_suffix('*').unwrap_or(output);
            let (empty, frees) = match held {
                "orchestra_buffer" => ("{NULL, 0}", format!("orchestra_buffer_free(&{variable});")),
                handle if handle_of(handle).is_some() => {
                    let name = handle.trim_end_matches('*');
                    ("NULL", format!("{name}_free({variable});"))
                }
                pointer if pointer.ends_with('*') => ("NULL", String::new()),
                _ => ("{0}", String::new()),
            };
            (
                format!("&{variable}"),
                format!("        {held} {variable} = {empty};\n"),
                format!("        {frees}(void){variable};\n"),
            )
        }
    }
}
