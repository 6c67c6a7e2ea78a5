//! Format of `TaskTemplates.Definition`: steps, and the parameters of their commands.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::services::steps::{self, Step};
use crate::types::Json;

/// Column that holds the specification.
const COLUMN: &str = "Definition";

/// Specification of a template: the steps, which run one after the other, and their parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateSpec {
    /// Steps, 1 to 100.
    pub steps: Vec<Step>,
    /// Parameters, by name.
    #[serde(default)]
    pub parameters: BTreeMap<String, TemplateParameter>,
}

/// A parameter of a template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateParameter {
    /// Type of the values.
    #[serde(rename = "type")]
    pub kind: ParameterType,
    /// Purpose of the parameter, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Value used if none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// True if there must be a value, given or default.
    #[serde(default)]
    pub required: bool,
}

/// Type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ParameterType {
    /// A text.
    String,
    /// A number.
    Number,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
}

impl fmt::Display for ParameterType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::String => "a string",
            Self::Number => "a number",
            Self::Integer => "an integer",
            Self::Boolean => "a boolean",
        })
    }
}

impl ParameterType {
    fn takes(self, value: &Value) -> bool {
        match self {
            Self::String => value.is_string(),
            Self::Number => value.is_number(),
            Self::Integer => value.is_i64() || value.is_u64(),
            Self::Boolean => value.is_boolean(),
        }
    }

    fn check(self, place: String, value: &Value) -> Result<()> {
        if self.takes(value) {
            return Ok(());
        }
        let reason = format!("must be {self}, got {}", type_of(value));
        Err(Error::invalid(place, reason))
    }
}

impl TemplateSpec {
    /// Reads and checks a specification. An error names the place at fault, such as `Definition.steps[1].command`.
    pub(super) fn parse(json: &Json) -> Result<Self> {
        let spec: Self = steps::read(COLUMN, json)?;
        steps::check_count(&format!("{COLUMN}.steps"), spec.steps.len())?;
        for (name, parameter) in &spec.parameters {
            parameter.check(name)?;
        }
        let is_known = |name: &str| spec.parameters.contains_key(name);
        for (index, step) in spec.steps.iter().enumerate() {
            step.check(&place_of_step(index), &is_known)?;
        }
        Ok(spec)
    }

    /// Returns the values of all parameters: the given one, the default, or null for an optional one without either.
    pub(super) fn values(&self, given: &Map<String, Value>) -> Result<Map<String, Value>> {
        if let Some(name) = given
            .keys()
            .find(|name| !self.parameters.contains_key(*name))
        {
            return Err(Error::invalid(
                place_of(name),
                "must be a parameter of the template",
            ));
        }
        let value_of = |(name, parameter): (&String, &TemplateParameter)| {
            let value = parameter.value(name, given.get(name))?;
            Ok((name.clone(), value))
        };
        self.parameters.iter().map(value_of).collect()
    }
}

impl TemplateParameter {
    fn check(&self, name: &str) -> Result<()> {
        let place = format!("{COLUMN}.parameters.{name}");
        if !steps::is_name(name) {
            return Err(Error::invalid(
                place,
                "must be a name of letters, digits, '_' and '-', not beginning with a digit",
            ));
        }
        match &self.default {
            Some(default) => self.kind.check(format!("{place}.default"), default),
            None => Ok(()),
        }
    }

    fn value(&self, name: &str, given: Option<&Value>) -> Result<Value> {
        let given = given.filter(|value| !value.is_null());
        match given.or(self.default.as_ref()) {
            Some(value) => {
                self.kind.check(place_of(name), value)?;
                Ok(value.clone())
            }
            None if self.required => Err(Error::invalid(place_of(name), "must be given, got none")),
            None => Ok(Value::Null),
        }
    }
}

/// Returns the type of a value for errors, which don't contain the value itself: it may be confidential.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a fraction",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn place_of(parameter: &str) -> String {
    format!("Parameters.{parameter}")
}

/// Returns the place of a step in the specification.
pub(super) fn place_of_step(index: usize) -> String {
    format!("{COLUMN}.steps[{index}]")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(definition: Value) -> Result<TemplateSpec> {
        TemplateSpec::parse(&Json(definition))
    }

    fn place(error: Error) -> String {
        error.details().column.clone().unwrap()
    }

    #[test]
    fn an_error_in_a_specification_names_its_place() {
        let steps = json!([{"command": "ls {{a}}"}]);
        let parameters = |p: Value| json!({"steps": steps, "parameters": p});
        let cases = [
            (json!({}), "Definition"),
            (json!({"steps": []}), "Definition.steps"),
            (json!({"steps": steps}), "Definition.steps[0].command"),
            (
                json!({"steps": [{"description": "a"}]}),
                "Definition.steps[0]",
            ),
            (parameters(json!({"a": {}})), "Definition.parameters.a"),
            (
                parameters(json!({"a": {"type": "text"}})),
                "Definition.parameters.a.type",
            ),
            (
                parameters(json!({"a b": {"type": "string"}})),
                "Definition.parameters.a b",
            ),
            (
                parameters(json!({"a": {"type": "integer", "default": 1.5}})),
                "Definition.parameters.a.default",
            ),
            (
                parameters(json!({"a": {"type": "string", "requird": true}})),
                "Definition.parameters.a.requird",
            ),
        ];
        for (definition, expected) in cases {
            assert_eq!(
                place(parse(definition.clone()).unwrap_err()),
                expected,
                "{definition}"
            );
        }
    }

    #[test]
    fn a_value_is_the_given_one_or_the_default_and_has_the_type() {
        let definition = parse(json!({
            "steps": [{"command": "{{text}}{{number}}{{whole}}{{flag}}"}],
            "parameters": {
                "text": {"type": "string", "required": true},
                "number": {"type": "number", "default": 1, "required": true},
                "whole": {"type": "integer"},
                "flag": {"type": "boolean", "default": false},
            },
        }))
        .unwrap();
        let values = |given: Value| definition.values(given.as_object().unwrap());
        let all = json!({"text": "a", "number": 2.5, "whole": -3, "flag": true});
        assert_eq!(Value::Object(values(all.clone()).unwrap()), all);
        let least = values(json!({"text": "", "flag": null})).unwrap();
        let expected = json!({"text": "", "number": 1, "whole": null, "flag": false});
        assert_eq!(Value::Object(least), expected);

        for (given, parameter) in [
            (json!({}), "text"),
            (json!({"text": null}), "text"),
            (json!({"text": 1}), "text"),
            (json!({"text": "a", "number": "1"}), "number"),
            (json!({"text": "a", "whole": 1.5}), "whole"),
            (json!({"text": "a", "flag": 0}), "flag"),
            (json!({"text": "a", "txet": "b"}), "txet"),
        ] {
            let error = values(given.clone()).unwrap_err();
            assert_eq!(place(error), format!("Parameters.{parameter}"), "{given}");
        }
    }
}
