//! The JSON form of a specification: what a caller across the C ABI can ask for.
//!
//! Every column is looked up in the entity's own list and every value is bound, so that no text
//! from outside becomes SQL. The grammar is in `docs/queries.md`.

use serde_json::{Map, Value};

use super::columns::{Column, Kind};
use super::condition::{Comparison, Test};
use super::specification::column;
use super::value::SqlValue;
use super::{Condition, Direction, Specification};
use crate::entity::Entity;
use crate::error::{Error, Result};

/// How deep conditions may be nested.
const MAX_DEPTH: usize = 32;
/// How many tests a document may have.
const MAX_TESTS: usize = 500;
/// How many values a list may have.
const MAX_VALUES: usize = 1000;

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
                "where" => {
                    let mut reader = Reader { tests: 0 };
                    let condition = reader.condition(value, "where", 0)?;
                    specification = specification.matching(condition);
                }
                "orderBy" => read_orders(&mut specification, value)?,
                "withDeleted" => match value.as_bool() {
                    Some(true) => specification = specification.with_deleted(),
                    Some(false) => {}
                    None => return Err(refuse(key, "neither true nor false")),
                },
                other => {
                    let reason = "neither `where`, `orderBy` nor `withDeleted`";
                    return Err(refuse(other, reason));
                }
            }
        }
        Ok(specification)
    }
}

fn read_orders<E: Entity>(specification: &mut Specification<E>, value: &Value) -> Result<()> {
    for (index, order) in array(value, "orderBy")?.iter().enumerate() {
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
        if matches!(column.kind, Kind::Span | Kind::Json | Kind::List) {
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

struct Reader {
    tests: usize,
}

impl Reader {
    fn condition<E: Entity>(
        &mut self,
        value: &Value,
        place: &str,
        depth: usize,
    ) -> Result<Condition<E>> {
        if depth > MAX_DEPTH {
            return Err(refuse(place, format!("nested deeper than {MAX_DEPTH}")));
        }
        let mut all = Vec::new();
        for (key, value) in object(value, place)? {
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
        let items = array(value, place)?.iter().enumerate();
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
        self.tests += 1;
        if self.tests > MAX_TESTS {
            return Err(refuse(place, format!("more than {MAX_TESTS} tests")));
        }
        let compare = |comparison| compare(column, comparison, value, place);
        let test = match operator {
            "eq" | "ne" if value.is_null() => Test::IsNull(column),
            "eq" | "ne" => compare(Comparison::Equal)?,
            "lt" => compare(Comparison::Less)?,
            "lte" => compare(Comparison::LessOrEqual)?,
            "gt" => compare(Comparison::Greater)?,
            "gte" => compare(Comparison::GreaterOrEqual)?,
            "in" | "notIn" => Test::In(column, values(column, value, place)?),
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

impl Reader {
    /// `{"path": "$.a[0].b", "eq": 1}`: a comparison of what is at a place in a JSON column.
    fn path<E: Entity>(
        &mut self,
        column: &'static Column,
        value: &Value,
        place: &str,
    ) -> Result<Condition<E>> {
        only_for(column, &[Kind::Json], place, "path")?;
        let fields = object(value, place)?;
        let path = fields
            .get("at")
            .and_then(Value::as_str)
            .ok_or_else(|| refuse(place, "`at` is missing, such as \"$.steps[0].name\""))?;
        check_path(path, &format!("{place}.at"))?;
        let tests = fields.iter().filter(|(key, _)| *key != "at");
        let tests = tests.map(|(operator, value)| {
            let place = format!("{place}.{operator}");
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

fn values(column: &'static Column, json: &Value, place: &str) -> Result<Vec<SqlValue>> {
    let list = array(json, place)?;
    if list.len() > MAX_VALUES {
        return Err(refuse(place, format!("more than {MAX_VALUES} values")));
    }
    let items = list.iter().enumerate();
    items
        .map(|(index, item)| value(column, item, &format!("{place}[{index}]")))
        .collect()
}

/// The text as a part of a LIKE pattern that stands for itself.
fn pattern(column: &Column, json: &Value, place: &str) -> Result<String> {
    only_for(column, &[Kind::Text], place, "a test of text")?;
    let text = json.as_str().ok_or_else(|| refuse(place, "not a text"))?;
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
    only_for(column, &[Kind::List, Kind::Json], place, "has")?;
    Ok(Test::Has(column, scalar(json, place)?))
}

/// A value as `json_each` and `json_extract` give it.
fn scalar(json: &Value, place: &str) -> Result<SqlValue> {
    let value = match json {
        Value::Bool(value) => Some(SqlValue::Integer((*value).into())),
        Value::String(text) => Some(SqlValue::Text(text.clone())),
        Value::Number(number) => match number.as_i64() {
            Some(number) => Some(SqlValue::Integer(number)),
            None => number.as_f64().map(SqlValue::Real),
        },
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    value.ok_or_else(|| refuse(place, "not a text, number, true or false"))
}

/// A path that SQLite takes for sure: `$`, then `.name`, `."any text"` or `[index]`.
fn check_path(path: &str, place: &str) -> Result<()> {
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
        let is_index = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
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
        Kind::Text | Kind::Integer | Kind::Real | Kind::Time | Kind::Enum(_)
    )
}

fn only_for(column: &Column, kinds: &[Kind], place: &str, what: &str) -> Result<()> {
    let fits = |kind: &Kind| std::mem::discriminant(kind) == std::mem::discriminant(&column.kind);
    if kinds.iter().any(fits) {
        return Ok(());
    }
    Err(refuse(
        place,
        format!("{} is not a column for {what}", column.name),
    ))
}

fn value(column: &Column, json: &Value, place: &str) -> Result<SqlValue> {
    if matches!(column.kind, Kind::Json | Kind::List) {
        let reason = format!("{} is compared with `has` or `path`", column.name);
        return Err(refuse(place, reason));
    }
    column.value(json).map_err(|reason| refuse(place, reason))
}

fn known_column<E: Entity>(name: &str, place: &str) -> Result<&'static Column> {
    column::<E>(name).map_err(|e| refuse(place, e.message()))
}

fn object<'v>(value: &'v Value, place: &str) -> Result<&'v Map<String, Value>> {
    value
        .as_object()
        .ok_or_else(|| refuse(place, "not an object"))
}

fn array<'v>(value: &'v Value, place: &str) -> Result<&'v Vec<Value>> {
    value.as_array().ok_or_else(|| refuse(place, "not a list"))
}

fn only_field<'v>(fields: &'v Map<String, Value>, place: &str) -> Result<(&'v str, &'v Value)> {
    let mut fields = fields.iter();
    match (fields.next(), fields.next()) {
        (Some((name, value)), None) => Ok((name, value)),
        _ => Err(refuse(place, "not exactly one column")),
    }
}

fn refuse(place: &str, reason: impl std::fmt::Display) -> Error {
    let place = if place.is_empty() { "query" } else { place };
    Error::invalid(place, reason)
}
