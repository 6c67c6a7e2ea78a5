//! Values held against a JSON schema.

use jsonschema::paths::LocationSegment;
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// Reads a schema, which is draft 2020-12 unless it says otherwise. A reference must lead
/// to a place inside of it: nothing is fetched. Patterns have no back-references or look-around, so that
/// their cost is linear whoever wrote them.
pub(super) fn compile(column: &str, schema: &Value) -> Result<Validator> {
    jsonschema::options()
        .offline()
        .with_pattern_options(PatternOptions::regex())
        .build(schema)
        .map_err(|e| refused(column, &e))
}

/// Refuses a value that isn't what the schema says; the error has the place in the value.
pub(super) fn check(column: &str, value: &Value, schema: &Validator) -> Result<()> {
    schema.validate(value).map_err(|e| refused(column, &e))
}

/// Returns the names that the schema declares, if it declares any.
pub(super) fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties")?.as_object()
}

/// Puts in what is missing and has a default in the schema.
pub(super) fn fill_in_defaults(values: &mut Map<String, Value>, schema: &Value) {
    for (name, property) in properties(schema).into_iter().flatten() {
        if let Some(default) = property.get("default")
            && !values.contains_key(name)
        {
            values.insert(name.clone(), default.clone());
        }
    }
}

/// Without the value itself, which may be long, or nobody's business.
fn refused(column: &str, error: &ValidationError<'_>) -> Error {
    let mut place = column.to_owned();
    for segment in error.instance_path().segments() {
        match segment {
            LocationSegment::Property(name) => place.extend([".", &name]),
            LocationSegment::Index(index) => place.push_str(&format!("[{index}]")),
        }
    }
    Error::invalid(place, error.masked())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_place_of_what_is_refused_is_named_and_its_value_is_not() {
        let schema = json!({"properties": {"hosts": {"items": {"properties": {"port": {"type": "integer"}}}}}});
        let schema = compile("InputSchema", &schema).unwrap();
        let value = json!({"hosts": [{}, {"port": "secret"}]});
        let error = check("InputParameters", &value, &schema).unwrap_err();
        let place = error.details().column.as_deref();
        assert_eq!(place, Some("InputParameters.hosts[1].port"));
        assert!(error.message().contains("integer"), "{error}");
        assert!(!error.message().contains("secret"), "{error}");
    }

    #[test]
    fn a_schema_that_is_none_or_points_outside_is_refused() {
        for schema in [
            json!({"type": "text"}),
            json!(7),
            json!({"$ref": "https://example.com/schema.json"}),
            json!({"$ref": "file:///etc/passwd"}),
            json!({"pattern": "(a)\\1"}),
        ] {
            let error = compile("InputSchema", &schema).unwrap_err();
            let place = error.details().column.as_deref().unwrap();
            assert!(place.starts_with("InputSchema"), "{error}");
        }
    }

    #[test]
    fn defaults_fill_in_what_is_missing() {
        let schema = json!({"properties": {"a": {"default": 1}, "b": {"default": 2}, "c": true}});
        let mut values = Map::new();
        values.insert("a".to_owned(), json!(null));
        fill_in_defaults(&mut values, &schema);
        assert_eq!(Value::Object(values), json!({"a": null, "b": 2}));
    }
}
