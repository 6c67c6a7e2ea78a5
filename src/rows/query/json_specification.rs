//! The JSON form of a specification, as callers across the C ABI give it.
//!
//! Columns are looked up among those of the entity and values are bound, so that no text from outside becomes SQL.
//! The grammar is in `docs/queries.md`.

use serde_json::Value;

use super::columns::{Column, ColumnKind, must_be};
use super::condition::{Comparison, Scalar, Test};
use super::fields::{array, at_most, object, only_field, refuse};
use super::path::check_path;
use super::specification::column;
use super::value::StoredValue;
use super::{Condition, Direction, Specification};
use crate::error::Result;
use crate::rows::Entity;

/// Maximum nesting of conditions.
const MAX_DEPTH: usize = 32;
/// Maximum number of tests of a document.
const MAX_TESTS: usize = 500;
/// Maximum number of values of one list.
const MAX_VALUES: usize = 1000;
/// Maximum number of values of all lists together: SQLite allows 32 766 parameters in one statement.
const MAX_ALL_VALUES: usize = 20_000;
/// Maximum length of a text to search for, in bytes: SQLite allows a pattern of 50 000.
const MAX_PATTERN: usize = 10_000;
/// Maximum number of columns of an order.
const MAX_ORDERS: usize = 16;

/// Operators of a column.
const OPERATORS: &str = "eq, ne, lt, lte, gt, gte, in, notIn, between, isNull, contains, startsWith, endsWith, has, path";
/// Operators of a path in a JSON column.
const PATH_OPERATORS: &str = "eq, ne, lt, lte, gt, gte";

impl<E: Entity> Specification<E> {
    /// Reads the JSON form that `docs/queries.md` describes.
    ///
    /// Fails with [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument), and names the place in the
    /// document, such as `where.and[1].Status.eq`.
    pub fn from_json(document: &Value) -> Result<Self> {
        let document = object(document, "")?;
        let mut specification = Self::new();
        for (key, value) in document {
            match key.as_str() {
                "where" | "orderBy" | "withDeleted" => {
                    specification = specification.read_part(key, value)?;
                }
                other => {
                    let reason = "must be `where`, `orderBy` or `withDeleted`";
                    return Err(refuse(other, reason));
                }
            }
        }
        Ok(specification)
    }

    /// Reads one of the parts of a specification in a document.
    pub(super) fn read_part(mut self, key: &str, value: &Value) -> Result<Self> {
        match key {
            "orderBy" => read_orders(&mut self, value)?,
            "withDeleted" => match value.as_bool() {
                Some(true) => return Ok(self.with_deleted()),
                Some(false) => {}
                None => return Err(refuse(key, must_be("true or false", value))),
            },
            _ => {
                let condition = ConditionParser::default().condition(value, key, 0)?;
                return Ok(self.matching(condition));
            }
        }
        Ok(self)
    }
}

fn read_orders<E: Entity>(specification: &mut Specification<E>, value: &Value) -> Result<()> {
    let orders = array(value, "orderBy")?;
    if orders.len() > MAX_ORDERS {
        return Err(refuse(
            "orderBy",
            at_most(MAX_ORDERS, "columns", orders.len()),
        ));
    }
    for (index, order) in orders.iter().enumerate() {
        let place = format!("orderBy[{index}]");
        let (name, direction) = match order {
            Value::String(name) => (name.as_str(), Direction::Ascending),
            Value::Object(fields) => {
                let (name, direction) = only_field(fields, &place)?;
                (name, read_direction(direction, &format!("{place}.{name}"))?)
            }
            _ => {
                let expected = "a column or {\"column\": \"asc\"|\"desc\"}";
                return Err(refuse(&place, must_be(expected, order)));
            }
        };
        let column = known_column::<E>(name, &place)?;
        if !column.is_sortable() {
            return Err(refuse(&place, column.without_order()));
        }
        specification.push_order(column, direction);
    }
    Ok(())
}

fn read_direction(value: &Value, place: &str) -> Result<Direction> {
    match value.as_str() {
        Some("asc") => Ok(Direction::Ascending),
        Some("desc") => Ok(Direction::Descending),
        _ => Err(refuse(place, must_be("\"asc\" or \"desc\"", value))),
    }
}

/// Parser of conditions, which counts the tests and values of a document.
#[derive(Default)]
struct ConditionParser {
    tests: usize,
    values: usize,
}

impl ConditionParser {
    fn count_test(&mut self, place: &str) -> Result<()> {
        self.tests += 1;
        if self.tests > MAX_TESTS {
            let reason = at_most(MAX_TESTS, "tests in all", self.tests);
            return Err(refuse(place, reason));
        }
        Ok(())
    }

    fn condition<E: Entity>(
        &mut self,
        value: &Value,
        place: &str,
        depth: usize,
    ) -> Result<Condition<E>> {
        if depth > MAX_DEPTH {
            return Err(refuse(
                place,
                format!("must not be nested deeper than {MAX_DEPTH} levels"),
            ));
        }
        let fields = object(value, place)?;
        if fields.is_empty() {
            self.count_test(place)?;
        }
        let mut all = Vec::new();
        for (key, value) in fields {
            let place = format!("{place}.{key}");
            all.push(match key.as_str() {
                "and" => Condition::all(self.conditions(value, &place, depth)?),
                "or" => Condition::any(self.conditions(value, &place, depth)?),
                "not" => self.condition(value, &place, depth + 1)?.not(),
                name => self.column(known_column::<E>(name, &place)?, value, &place)?,
            });
        }
        Ok(match all.len() {
            1 => all.remove(0),
            _ => Condition::all(all),
        })
    }

    fn conditions<E: Entity>(
        &mut self,
        value: &Value,
        place: &str,
        depth: usize,
    ) -> Result<Vec<Condition<E>>> {
        let items = array(value, place)?;
        if items.is_empty() {
            self.count_test(place)?;
        }
        let items = items.iter().enumerate();
        items
            .map(|(index, item)| self.condition(item, &format!("{place}[{index}]"), depth + 1))
            .collect()
    }

    /// Reads all tests of one column; a bare value stands for `eq`.
    fn column<E: Entity>(
        &mut self,
        column: &'static Column,
        value: &Value,
        place: &str,
    ) -> Result<Condition<E>> {
        let Value::Object(operators) = value else {
            return self.test(column, "eq", value, place);
        };
        if operators.is_empty() {
            return Err(refuse(place, "must have an operator, such as \"eq\""));
        }
        let tests = operators.iter().map(|(operator, value)| {
            let place = format!("{place}.{operator}");
            self.test(column, operator, value, &place)
        });
        Ok(Condition::all(tests.collect::<Result<Vec<_>>>()?))
    }

    fn test<E: Entity>(
        &mut self,
        column: &'static Column,
        operator: &str,
        value: &Value,
        place: &str,
    ) -> Result<Condition<E>> {
        self.count_test(place)?;
        let compare = |comparison| compare(column, comparison, value, place);
        let test = match operator {
            "eq" | "ne" if value.is_null() => Test::IsNull(column),
            "eq" | "ne" => compare(Comparison::Equal)?,
            "lt" => compare(Comparison::Less)?,
            "lte" => compare(Comparison::LessOrEqual)?,
            "gt" => compare(Comparison::Greater)?,
            "gte" => compare(Comparison::GreaterOrEqual)?,
            "in" | "notIn" => Test::In(column, self.values(column, value, place)?),
            "between" => between(column, value, place)?,
            "isNull" => Test::IsNull(column),
            "contains" => Test::Like(column, format!("%{}%", pattern(column, value, place)?)),
            "startsWith" => Test::Like(column, format!("{}%", pattern(column, value, place)?)),
            "endsWith" => Test::Like(column, format!("%{}", pattern(column, value, place)?)),
            "has" => has(column, value, place)?,
            "path" => return self.path(column, value, place),
            _ => return Err(refuse(place, format!("must be one of {OPERATORS}"))),
        };
        let condition = Condition::test(test);
        let negated = match operator {
            "ne" | "notIn" => true,
            "isNull" => !value
                .as_bool()
                .ok_or_else(|| refuse(place, must_be("true or false", value)))?,
            _ => false,
        };
        Ok(if negated { condition.not() } else { condition })
    }
}

impl ConditionParser {
    /// Reads `{"at": "$.a[0].b", "eq": 1}`, a comparison of the value at a path in a JSON column.
    fn path<E: Entity>(
        &mut self,
        column: &'static Column,
        value: &Value,
        place: &str,
    ) -> Result<Condition<E>> {
        only_for(column, &[ColumnKind::Json], place, "a JSON value")?;
        let fields = object(value, place)?;
        let path = fields.get("at").and_then(Value::as_str).ok_or_else(|| {
            refuse(
                place,
                "must have a path in `at`, such as \"$.steps[0].name\"",
            )
        })?;
        check_path(path, &format!("{place}.at"))?;
        let tests = fields.iter().filter(|(key, _)| *key != "at");
        let tests = tests.map(|(operator, value)| {
            let place = format!("{place}.{operator}");
            self.count_test(&place)?;
            let (comparison, negated) = match operator.as_str() {
                "eq" => (Comparison::Equal, false),
                "ne" => (Comparison::Equal, true),
                "lt" => (Comparison::Less, false),
                "lte" => (Comparison::LessOrEqual, false),
                "gt" => (Comparison::Greater, false),
                "gte" => (Comparison::GreaterOrEqual, false),
                _ => return Err(refuse(&place, format!("must be one of {PATH_OPERATORS}"))),
            };
            let value = scalar(value, &place)?;
            let condition = Condition::test(Test::Path(column, path.to_owned(), comparison, value));
            Ok(if negated { condition.not() } else { condition })
        });
        let tests = tests.collect::<Result<Vec<_>>>()?;
        if tests.is_empty() {
            return Err(refuse(place, "must have an operator, such as \"eq\""));
        }
        Ok(Condition::all(tests))
    }

    fn values(
        &mut self,
        column: &'static Column,
        json: &Value,
        place: &str,
    ) -> Result<Vec<StoredValue>> {
        let list = array(json, place)?;
        if list.len() > MAX_VALUES {
            return Err(refuse(place, at_most(MAX_VALUES, "values", list.len())));
        }
        self.values += list.len();
        if self.values > MAX_ALL_VALUES {
            let reason = at_most(MAX_ALL_VALUES, "values in all lists", self.values);
            return Err(refuse(place, reason));
        }
        let items = list.iter().enumerate();
        items
            .map(|(index, item)| value(column, item, &format!("{place}[{index}]")))
            .collect()
    }
}

fn compare(
    column: &'static Column,
    comparison: Comparison,
    json: &Value,
    place: &str,
) -> Result<Test> {
    if comparison != Comparison::Equal && !has_order(column) {
        return Err(refuse(place, column.without_order()));
    }
    Ok(Test::Compare(
        column,
        comparison,
        value(column, json, place)?,
    ))
}

fn between(column: &'static Column, json: &Value, place: &str) -> Result<Test> {
    if !has_order(column) {
        return Err(refuse(place, column.without_order()));
    }
    match array(json, place)?.as_slice() {
        [least, most] => Ok(Test::Between(
            column,
            value(column, least, &format!("{place}[0]"))?,
            value(column, most, &format!("{place}[1]"))?,
        )),
        other => {
            let reason = format!("must be a list of two values, got {}", other.len());
            Err(refuse(place, reason))
        }
    }
}

/// Returns the text with the wildcards of LIKE escaped.
fn pattern(column: &Column, json: &Value, place: &str) -> Result<String> {
    only_for(column, &[ColumnKind::Text], place, "a text")?;
    let text = json
        .as_str()
        .ok_or_else(|| refuse(place, must_be("a text", json)))?;
    crate::validate::no_nul(place, text)?;
    if text.len() > MAX_PATTERN {
        let reason = at_most(MAX_PATTERN, "bytes", text.len());
        return Err(refuse(place, reason));
    }
    let mut pattern = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    Ok(pattern)
}

fn has(column: &'static Column, json: &Value, place: &str) -> Result<Test> {
    let kinds = [ColumnKind::List, ColumnKind::Json];
    only_for(column, &kinds, place, "a list or a JSON value")?;
    Ok(Test::Has(column, scalar(json, place)?))
}

/// Returns a value in the form in which `json_each` and `json_extract` return it.
fn scalar(json: &Value, place: &str) -> Result<Scalar> {
    let (value, types) = match json {
        Value::Bool(value) => (StoredValue::Integer((*value).into()), "'true', 'false'"),
        Value::String(text) => {
            crate::validate::no_nul(place, text)?;
            (StoredValue::Text(text.clone()), "'text'")
        }
        Value::Number(number) => {
            let whole = number.as_i64().map(StoredValue::Integer);
            let real = || StoredValue::Real(number.as_f64().unwrap_or(f64::MAX));
            (whole.unwrap_or_else(real), "'integer', 'real'")
        }
        Value::Null | Value::Array(_) | Value::Object(_) => {
            return Err(refuse(
                place,
                must_be("a text, a number, true or false", json),
            ));
        }
    };
    Ok(Scalar { value, types })
}

fn has_order(column: &Column) -> bool {
    matches!(
        column.kind,
        ColumnKind::Text
            | ColumnKind::Integer
            | ColumnKind::Real
            | ColumnKind::Time
            | ColumnKind::Enum(_)
    )
}

fn only_for(column: &Column, kinds: &[ColumnKind], place: &str, expected: &str) -> Result<()> {
    let fits =
        |kind: &ColumnKind| std::mem::discriminant(kind) == std::mem::discriminant(&column.kind);
    if kinds.iter().any(fits) {
        return Ok(());
    }
    let (name, kind) = (column.name, column.expects());
    let reason =
        format!("must be used with a column that holds {expected}, and {name} holds {kind}");
    Err(refuse(place, reason))
}

fn value(column: &Column, json: &Value, place: &str) -> Result<StoredValue> {
    if matches!(column.kind, ColumnKind::Json | ColumnKind::List) {
        let reason = format!(
            "must be `has` or `path`, since {} holds {}",
            column.name,
            column.expects()
        );
        return Err(refuse(place, reason));
    }
    if let Some(text) = json.as_str() {
        crate::validate::no_nul(place, text)?;
    }
    column.value(json).map_err(|reason| refuse(place, reason))
}

fn known_column<E: Entity>(name: &str, place: &str) -> Result<&'static Column> {
    column::<E>(name).map_err(|e| refuse(place, e.message()))
}
