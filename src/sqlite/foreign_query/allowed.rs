//! The actions that a query may take: reading, and calling functions whose time and memory have a bound.

use crate::sqlite::raw::{Authorizer, SqlAction};

/// The pragmas that are allowed without an argument. One with an argument would change something, unless the
/// argument names an object to describe.
const PRAGMAS: [&str; 21] = [
    "application_id",
    "collation_list",
    "compile_options",
    "data_version",
    "database_list",
    "encoding",
    "foreign_key_check",
    "foreign_key_list",
    "freelist_count",
    "function_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "journal_mode",
    "page_count",
    "page_size",
    "quick_check",
    "table_info",
    "table_list",
    "table_xinfo",
];
const PRAGMAS_WITH_ARGUMENT: [&str; 9] = [
    "foreign_key_check",
    "foreign_key_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "quick_check",
    "table_info",
    "table_xinfo",
];

/// SQLite's functions that queries may call.
const FUNCTIONS: &str = "-> ->> abs avg bm25 changes char coalesce concat concat_ws count cume_dist current_date \
    current_time current_timestamp date datetime dense_rank first_value format fts5_get_locale fts5_insttoken \
    fts5_locale fts5_source_id glob group_concat hex if ifnull iif instr json json_array json_array_insert \
    json_array_length json_error_position json_extract json_insert json_object json_quote json_remove \
    json_replace json_set json_type json_valid jsonb jsonb_array jsonb_array_insert jsonb_extract \
    jsonb_insert jsonb_object jsonb_remove jsonb_replace jsonb_set julianday lag last_insert_rowid last_value lead \
    length like likelihood likely lower ltrim match max min nth_value ntile nullif octet_length percent_rank printf \
    quote random randomblob rank replace round row_number rtrim sign soundex sqlite_compileoption_get \
    sqlite_compileoption_used sqlite_source_id sqlite_version strftime string_agg substr substring subtype sum time \
    timediff total total_changes trim typeof unicode unistr unistr_quote unixepoch unlikely upper zeroblob";

/// Functions without a bound on time or memory, each with something else to use.
const UNBOUNDED: [(&str, &str); 10] = [
    (
        "json_group_array",
        "'[' || group_concat(json_quote(…)) || ']'",
    ),
    (
        "json_group_object",
        "group_concat(json_quote(…) || ':' || json_quote(…))",
    ),
    ("jsonb_group_array", "group_concat(json_quote(…))"),
    ("jsonb_group_object", "group_concat(json_quote(…))"),
    ("json_pretty", "json(…), and lay the answer out elsewhere"),
    ("json_patch", "json_set"),
    ("jsonb_patch", "jsonb_set"),
    ("unhex", "a BLOB as x'…'"),
    ("highlight", "`orchestra chat search`"),
    ("snippet", "`orchestra chat search`"),
];

/// Beginning of SQLite's message about a function that isn't allowed.
const REFUSED: &str = "not authorized to use function: ";

/// Returns what can be used in the place of a function that was refused for having no bound.
pub(super) fn instead_of_refused(message: &str) -> Option<(&str, &'static str)> {
    let name = message.strip_prefix(REFUSED)?;
    let (_, instead) = UNBOUNDED.iter().find(|(function, _)| *function == name)?;
    Some((name, instead))
}

/// An authoriser that allows statements to read, and nothing else.
pub(super) struct ReadOnly;

impl Authorizer for ReadOnly {
    fn allows(action: &SqlAction<'_>) -> bool {
        match action {
            SqlAction::Read => true,
            SqlAction::Function(name) => is_bounded(name),
            SqlAction::Pragma { name, has_argument } => pragma_is_allowed(name, *has_argument),
            SqlAction::Other => false,
        }
    }
}

fn is_bounded(function: &str) -> bool {
    let function = function.to_ascii_lowercase();
    FUNCTIONS.split_whitespace().any(|name| name == function)
}

fn pragma_is_allowed(name: &str, has_argument: bool) -> bool {
    let name = name.to_ascii_lowercase();
    let allowed: &[&str] = if has_argument {
        &PRAGMAS_WITH_ARGUMENT
    } else {
        &PRAGMAS
    };
    allowed.contains(&name.as_str())
}

#[cfg(all(test, feature = "bundled"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use diesel::prelude::*;
    use diesel::sql_types::Text;

    use super::*;
    use crate::sqlite::library;

    /// Functions that reach outside of a query, or belong to kinds of tables that the schema doesn't have.
    const OUTSIDE: [&str; 11] = [
        "diesel_manage_updated_at",
        "fts3_tokenizer",
        "fts5",
        "load_extension",
        "matchinfo",
        "offsets",
        "optimize",
        "rtreecheck",
        "rtreedepth",
        "rtreenode",
        "sqlite_log",
    ];

    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        name: String,
    }

    #[test]
    fn each_function_of_sqlite_is_known() {
        let mut connection = library::establish_in_memory().unwrap();
        let all = "SELECT DISTINCT name FROM pragma_function_list";
        for Row { name } in diesel::sql_query(all).load::<Row>(&mut connection).unwrap() {
            let is_refused = UNBOUNDED.iter().any(|(function, _)| *function == name)
                || OUTSIDE.contains(&name.as_str());
            assert!(
                is_bounded(&name) != is_refused,
                "{name}: say in this file whether its time and memory have a bound"
            );
        }
    }
}
