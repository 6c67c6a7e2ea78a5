//! The JSON form of a specification: what a caller across the C ABI can ask for.
//!
//! Every column is looked up in the entity's own list and every value is bound, so that no text
//! from outside becomes SQL. The grammar is in `docs/queries.md`.

use serde_json::{Map, Value};

use super::columns::{Column, ColumnKind};
use super::condition::{Comparison, Scalar, Test};
use super::specification::column;
use super::value::StoredValue;
use super::{Condition, Direction, Specification};
use crate::error::{Error, Result};
use crate::rows::Entity;

/// How deep conditions may be nested.
const MAX_DEPTH: usize = 32;
/// How many tests a document may have.
const MAX_TESTS: usize = 500;
/// How many values a list may have.
const MAX_VALUES: usize = 1000;
/// How many values all lists may have together: SQLite takes 32 766 in one statement.
const MAX_ALL_VALUES: usize = 20_000;
/// How long a text to look for may be, in bytes: SQLite takes a pattern of 50 000.
const MAX_PATTERN: usize = 10_000;
/// How many digits an index in a path may have: SQLite lets greater ones overflow.
const MAX_INDEX_DIGITS: usize = 9;
/// How many columns an order may have.
const MAX_ORDERS: usize = 16;

impl<E: Entity> Specification<E> {
    /// Reads the JSON form, as `docs/queries.md` describes it.
    ///
    /// Fails with [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) that names the
    /// place in the document, such as `where.and[1].Status.eq`.
    pub fn from_json(document: &Value) -> Result<Self> {
        let document = object(document, "")?;
        let mut specification = Self::new();
        for (key, value) in document {
            match key.as_str() {
                "where" | "orderBy" | "withDeleted" => {
                    specification = specification.read_part(key, value)?;
                }
                other => {
                    let reason = "neither `where`, `orderBy` nor `withDeleted`";
                    return Err(refuse(other, reason));
                }
            }
        }
        Ok(specification)
    }

    /// Reads one of the parts that a specification has in a document.
    pub(super) fn read_part(mut self, key: &str, value: &Value) -> Result<Self> {
        match key {
            "orderBy" => read_orders(&mut self, value)?,
            "withDeleted" => match value.as_bool() {
                Some(true) => return Ok(self.with_deleted()),
                Some(false) => {}
                None => return Err(refuse(key, "neither true nor false")),
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
        return Err(refuse("orderBy", format!("more than {MAX_ORDERS} columns")));
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
                return Err(refuse(
                    &place,
                    "neither a column nor {\"column\": \"asc\"|\"desc\"}",
                ));
            }
        };
        let column = known_column::<E>(name, &place)?;
        if !column.is_sortable() {
            return Err(refuse(&place, format!("{name} has no order")));
        }
        specification.push_order(column, direction);
    }
    Ok(())
}

fn read_direction(value: &Value, place: &str) -> Result<Direction> {
    match value.as_str() {
        Some("asc") => Ok(Direction::Ascending),
        Some("desc") => Ok(Direction::Descending),
        _ => Err(refuse(place, "neither \"asc\" nor \"desc\"")),
    }
}

/// Counts what a document asks for.
#[derive(Default)]
struct ConditionParser {
    tests: usize,
    values: usize,
}

impl ConditionParser {
    fn count_test(&mut self, place: &str) -> Result<()> {
        self.tests += 1;
        if self.tests > MAX_TESTS {
            return Err(refuse(place, format!("more than {MAX_TESTS} tests")));
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
            return Err(refuse(place, format!("nested deeper than {MAX_DEPTH}")));
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

    /// All tests of one column: a value stands for `eq`.
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
            return Err(refuse(place, "an operator is missing, such as \"eq\""));
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
            _ => return Err(refuse(place, "no such operator")),
        };
        let condition = Condition::test(test);
        let negated = match operator {
            "ne" | "notIn" => true,
            "isNull" => !value
                .as_bool()
                .ok_or_else(|| refuse(place, "neither true nor false"))?,
            _ => false,
        };
        Ok(if negated { condition.not() } else { condition })
    }
}

impl ConditionParser {
    /// `{"at": "$.a[0].b", "eq": 1}`: a comparison of what is at a place in a JSON column.
    fn path<E: Entity>(
        &mut self,
        column: &'static Column,
        value: &Value,
        place: &str,
    ) -> Result<Condition<E>> {
        only_for(column, &[ColumnKind::Json], place, "path")?;
        let fields = object(value, place)?;
        let path = fields
            .get("at")
            .and_then(Value::as_str)
            .ok_or_else(|| refuse(place, "`at` is missing, such as \"$.steps[0].name\""))?;
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
                _ => return Err(refuse(&place, "no such operator for a path")),
            };
            let value = scalar(value, &place)?;
            let condition = Condition::test(Test::Path(column, path.to_owned(), comparison, value));
            Ok(if negated { condition.not() } else { condition })
        });
        let tests = tests.collect::<Result<Vec<_>>>()?;
        if tests.is_empty() {
            return Err(refuse(place, "an operator is missing, such as \"eq\""));
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
            return Err(refuse(place, format!("more than {MAX_VALUES} values")));
        }
        self.values += list.len();
        if self.values > MAX_ALL_VALUES {
            let reason = format!("more than {MAX_ALL_VALUES} values in all lists");
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
        return Err(refuse(place, format!("{} has no order", column.name)));
    }
    Ok(Test::Compare(
        column,
        comparison,
        value(column, json, place)?,
    ))
}

fn between(column: &'static Column, json: &Value, place: &str) -> Result<Test> {
    if !has_order(column) {
        return Err(refuse(place, format!("{} has no order", column.name)));
    }
    match array(json, place)?.as_slice() {
        [least, most] => Ok(Test::Between(
            column,
            value(column, least, &format!("{place}[0]"))?,
            value(column, most, &format!("{place}[1]"))?,
        )),
        _ => Err(refuse(place, "not a list of two values")),
    }
}

/// The text as a part of a LIKE pattern that stands for itself.
fn pattern(column: &Column, json: &Value, place: &str) -> Result<String> {
    only_for(column, &[ColumnKind::Text], place, "a test of text")?;
    let text = json.as_str().ok_or_else(|| refuse(place, "not a text"))?;
    crate::validate::no_nul(place, text)?;
    if text.len() > MAX_PATTERN {
        return Err(refuse(place, format!("longer than {MAX_PATTERN} bytes")));
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
    only_for(column, &[ColumnKind::List, ColumnKind::Json], place, "has")?;
    Ok(Test::Has(column, scalar(json, place)?))
}

/// A value as `json_each` and `json_extract` give it.
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
            return Err(refuse(place, "not a text, number, true or false"));
        }
    };
    Ok(Scalar { value, types })
}

/// A path that SQLite takes for sure: `$`, then `.name`, `."any text"` or `[index]`.
fn check_path(path: &str, place: &str) -> Result<()> {
    crate::validate::no_nul(place, path)?;
    let mut rest = path
        .strip_prefix('$')
        .ok_or_else(|| refuse(place, "does not begin with $"))?;
    while !rest.is_empty() {
        rest = after_step(rest)
            .ok_or_else(|| refuse(place, format!("no step of a path begins at '{rest}'")))?;
    }
    Ok(())
}

fn after_step(rest: &str) -> Option<&str> {
    if let Some(index) = rest.strip_prefix('[') {
        let (digits, after) = index.split_once(']')?;
        let is_index = (1..=MAX_INDEX_DIGITS).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit());
        return is_index.then_some(after);
    }
    let name = rest.strip_prefix('.')?;
    if let Some(quoted) = name.strip_prefix('"') {
        return quoted.split_once('"').map(|(_, after)| after);
    }
    let end = name
        .find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-')
        .unwrap_or(name.len());
    (end > 0).then(|| &name[end..])
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

fn only_for(column: &Column, kinds: &[ColumnKind], place: &str, what: &str) -> Result<()> {
    let fits =
        |kind: &ColumnKind| std::mem::discriminant(kind) == std::mem::discriminant(&column.kind);
    if kinds.iter().any(fits) {
        return Ok(());
    }
    Err(refuse(
        place,
        format!("{} is not a column for {what}", column.name),
    ))
}

fn value(column: &Column, json: &Value, place: &str) -> Result<StoredValue> {
    if matches!(column.kind, ColumnKind::Json | ColumnKind::List) {
        let reason = format!("{} is compared with `has` or `path`", column.name);
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

pub(super) fn object<'v>(value: &'v Value, place: &str) -> Result<&'v Map<String, Value>> {
    value
        .as_object()
        .ok_or_else(|| refuse(place, "not an object"))
}

pub(super) fn array<'v>(value: &'v Value, place: &str) -> Result<&'v Vec<Value>> {
    value.as_array().ok_or_else(|| refuse(place, "not a list"))
}

fn only_field<'v>(fields: &'v Map<String, Value>, place: &str) -> Result<(&'v str, &'v Value)> {
    let mut fields = fields.iter();
    match (fields.next(), fields.next()) {
        (Some((name, value)), None) => Ok((name, value)),
        _ => Err(refuse(place, "not exactly one column")),
    }
}

pub(super) fn refuse(place: &str, reason: impl std::fmt::Display) -> Error {
    let place = if place.is_empty() { "query" } else { place };
    Error::invalid(place, reason)
}
