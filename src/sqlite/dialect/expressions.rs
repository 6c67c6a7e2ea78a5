//! Expressions and functions that queries in Diesel's DSL are made of.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Text};

/// `COLUMN IN (SELECT … json_each(LIST))`, between column and list; two parentheses follow.
pub(crate) const IN_JSON: &str = " IN (SELECT value FROM json_each(";
/// `EXISTS (… json_each(LIST) … type IN (TYPES) AND atom = VALUE)`, before the list.
pub(crate) const LIST_HAS_BEFORE_LIST: &str = "EXISTS (SELECT 1 FROM json_each(";
/// The part between list and types.
pub(crate) const LIST_HAS_BEFORE_TYPES: &str = ") AS item WHERE item.type IN (";
/// The part between types and value; a closing parenthesis follows the value.
pub(crate) const LIST_HAS_BEFORE_VALUE: &str = ") AND item.atom = ";
/// The begin of a call that takes a JSON text and a path, and returns the type of what is there.
pub(crate) const JSON_TYPE: &str = "json_type(";
/// The begin of a call that takes a JSON text and a path, and returns what is there.
pub(crate) const JSON_EXTRACT: &str = "json_extract(";

/// The place of a row of `AuditLogs` among all that were written. The log is only ever cut at its
/// old end, so that a new row always has the greatest; a VACUUM may change the numbers, not their
/// order.
pub(crate) fn audit_log_row_number() -> SqlLiteral<BigInt> {
    sql("AuditLogs.rowid")
}

/// `RiskLevel > 0` as the index of risky rows says it; it takes no bound value.
pub(crate) fn audit_log_is_risky() -> SqlLiteral<Bool> {
    sql("AuditLogs.RiskLevel > 0")
}

/// `EntityType`, kept from the index by entity: where no id is asked for, that index doesn't have
/// the order of time.
pub(crate) fn audit_log_entity_type_unindexed() -> SqlLiteral<Text> {
    sql("+AuditLogs.EntityType")
}

mod full_text {
    use diesel::sql_types::Bool;

    diesel::infix_operator!(Matches, " MATCH ", Bool, backend: diesel::sqlite::Sqlite);
}

/// Whether a row of a full-text index matches an expression; `index` is the column that has the
/// table's name.
pub(crate) fn matches<C>(index: C, expression: &str) -> full_text::Matches<C, Bound<'_>>
where
    C: Expression<SqlType = Text>,
{
    full_text::Matches::new(index, expression.into_sql::<Text>())
}

/// A text that is bound.
type Bound<'a> = diesel::dsl::AsExprOf<&'a str, Text>;

#[diesel::declare_sql_function]
extern "SQL" {
    /// The words of a column around a match in a full-text index, with texts before and behind the
    /// match and where something is left out.
    fn snippet(
        index: Text,
        column: Integer,
        before: Text,
        behind: Text,
        left_out: Text,
        words: Integer,
    ) -> Text;
}
