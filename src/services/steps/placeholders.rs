//! Texts with placeholders for values, such as `git switch {{branch}}`.

use serde_json::{Map, Value};

/// Parsed text with placeholders.
#[derive(Debug, PartialEq)]
pub(crate) struct Pattern<'t>(Vec<Part<'t>>);

#[derive(Debug, PartialEq)]
enum Part<'t> {
    Text(&'t str),
    Value { path: &'t str, is_quoted: bool },
}

impl<'t> Pattern<'t> {
    /// Parses a text. `{{name}}` is a placeholder for a value, `{{name.inner}}` for a value inside it,
    /// `{{name|shell}}` for the value quoted as one word of a shell, and `{{{{` stands for `{{`.
    pub(crate) fn parse(text: &'t str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, inside)) = rest.split_once("{{") {
            parts.push(Part::Text(before));
            if let Some(behind) = inside.strip_prefix("{{") {
                parts.push(Part::Text("{{"));
                rest = behind;
                continue;
            }
            let Some((place, behind)) = inside.split_once("}}") else {
                return Err("'{{' must be closed by '}}'; write '{{{{' for two braces".to_owned());
            };
            parts.push(part(place)?);
            rest = behind;
        }
        parts.push(Part::Text(rest));
        Ok(Self(parts))
    }

    /// Returns the names of the values, without the paths inside them.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'t str> {
        self.0.iter().filter_map(|part| match part {
            Part::Value { path, .. } => path.split('.').next(),
            Part::Text(_) => None,
        })
    }

    /// Replaces the placeholders with these values. Braces inside a value are not placeholders and stay.
    pub(crate) fn expand(&self, values: &Map<String, Value>) -> Result<String, String> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Value { path, is_quoted } => {
                    let value = find(values, path)
                        .ok_or_else(|| format!("must have a value for '{path}', got none"))?;
                    let value = text_of(value);
                    text.push_str(&if *is_quoted { quoted(&value) } else { value });
                }
            }
        }
        Ok(text)
    }
}

fn part(place: &str) -> Result<Part<'_>, String> {
    let (path, filter) = match place.split_once('|') {
        Some((path, filter)) => (path.trim(), Some(filter.trim())),
        None => (place.trim(), None),
    };
    if !path.split('.').all(is_name) {
        return Err(format!(
            "a placeholder must be the name of a value, got '{place}'; write '{{{{{{{{' for two braces"
        ));
    }
    match filter {
        None | Some("shell") => Ok(Part::Value {
            path,
            is_quoted: filter.is_some(),
        }),
        Some(filter) => Err(format!("a filter must be 'shell', got '{filter}'")),
    }
}

/// Returns true if the text is a valid name of a value: letters, digits, `_` and `-`, not beginning with a digit.
pub(crate) fn is_name(text: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.chars().all(is_letter) && text.starts_with(|c: char| !c.is_ascii_digit() && is_letter(c))
}

fn find<'v>(values: &'v Map<String, Value>, path: &str) -> Option<&'v Value> {
    let mut names = path.split('.');
    let value = values.get(names.next()?)?;
    names.try_fold(value, |value, name| value.get(name))
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Quotes the text as one word of a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn expand(text: &str, values: &Value) -> Result<String, String> {
        Pattern::parse(text)?.expand(values.as_object().unwrap())
    }

    #[test]
    fn values_are_inserted_unchanged() {
        let values = json!({"a": "x; rm {{b}}", "b": 7, "c": {"d": [1, true]}, "n": null});
        for (text, expected) in [
            ("ls", "ls"),
            ("{{a}}{{ b }}", "x; rm {{b}}7"),
            ("{{c.d}}|{{n}}|", "[1,true]||"),
            ("C:\\{{b}}\\}}", "C:\\7\\}}"),
            (
                "docker ps --format '{{{{.Names}}'",
                "docker ps --format '{{.Names}}'",
            ),
            ("{{{{b}}", "{{b}}"),
            ("find . {} \\;", "find . {} \\;"),
            ("{{a|shell}} {{ n | shell }}", "'x; rm {{b}}' ''"),
        ] {
            assert_eq!(expand(text, &values).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn malformed_placeholders_are_refused() {
        for text in [
            "{{",
            "{{a",
            "{{}}",
            "{{ }}",
            "{{a b}}",
            "{{1}}",
            "{{a.}}",
            "{{.a}}",
            "{{{a}}}",
            "{{a|html}}",
            "{{a|}}",
        ] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
        let error = expand("{{a}} {{b.c}}", &json!({"a": 1, "b": 2})).unwrap_err();
        assert!(error.contains("'b.c'"), "{error}");
    }

    #[test]
    fn names_are_those_of_the_whole_values() {
        let pattern = Pattern::parse("{{a}} {{{{ {{b.c}} {{a|shell}}").unwrap();
        assert_eq!(pattern.names().collect::<Vec<_>>(), ["a", "b", "a"]);
    }

    proptest! {
        #[test]
        fn no_text_panics_and_text_without_braces_stays(text in ".*", plain in "[^{]*") {
            let _ = Pattern::parse(&text);
            prop_assert_eq!(expand(&plain, &json!({})).unwrap(), plain);
        }

        #[test]
        fn a_quoted_value_is_one_word_that_ends_where_it_should(text in "['a ;$\\\\]*") {
            let word = quoted(&text);
            let mut inside = false;
            let mut escaped = false;
            let mut read = String::new();
            for c in word.chars() {
                match (c, inside, escaped) {
                    ('\'', false, true) => { read.push(c); escaped = false; }
                    ('\'', _, _) => inside = !inside,
                    ('\\', false, false) => escaped = true,
                    (c, true, _) => read.push(c),
                    (c, false, _) => prop_assert!(false, "{c} is outside of the quotes"),
                }
            }
            prop_assert!(!inside && !escaped);
            prop_assert_eq!(read, text);
        }
    }
}
