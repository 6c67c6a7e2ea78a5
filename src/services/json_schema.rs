//! Checks of values against a JSON schema.

use jsonschema::paths::LocationSegment;
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// Compiles a schema, which is draft 2020-12 unless it names another one. References must point into the schema
/// itself: nothing is fetched. Patterns have no back-references and no look-around, so that matching takes linear time.
pub(super) fn compile(column: &str, schema: &Value) -> Result<Validator> {
    jsonschema::options()
        .offline()
        .with_pattern_options(PatternOptions::regex())
        .build(schema)
        .map_err(|e| refused(column, &e))
}

/// Fails unless the value matches the schema; the error names the place in the value.
pub(super) fn check(column: &str, value: &Value, schema: &Validator) -> Result<()> {
    schema.validate(value).map_err(|e| refused(column, &e))
}

/// Returns the properties that the schema declares, by name; none if it declares none.
pub(super) fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties")?.as_object()
}

/// Adds the values that are missing and have a default in the schema.
pub(super) fn fill_in_defaults(values: &mut Map<String, Value>, schema: &Value) {
    for (name, property) in properties(schema).into_iter().flatten() {
        if let Some(default) = property.get("default")
            && !values.contains_key(name)
        {
            values.insert(name.clone(), default.clone());
        }
    }
}

/// Creates the error of a value. It doesn't contain the value, which may be long or confidential.
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
    fn an_error_names_the_place_and_not_the_value() {
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
    fn an_invalid_schema_or_one_with_outside_references_is_refused() {
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
    fn defaults_are_added_where_values_are_missing() {
        let schema = json!({"properties": {"a": {"default": 1}, "b": {"default": 2}, "c": true}});
        let mut values = Map::new();
        values.insert("a".to_owned(), json!(null));
        fill_in_defaults(&mut values, &schema);
        assert_eq!(Value::Object(values), json!({"a": null, "b": 2}));
    }
}
