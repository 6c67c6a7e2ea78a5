//! A change of an optional value, or none.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Change of a value that may be absent. In JSON: a missing property keeps the value, `null` clears it, anything else
/// replaces it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum FieldChange<T> {
    /// The value stays.
    #[default]
    Keep,
    /// The value goes away.
    Clear,
    /// The value is replaced by this one.
    Set(T),
}

impl<T> FieldChange<T> {
    /// Returns true if the value stays.
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// Returns the new value, if there is one.
    pub fn new_value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }
}

impl<T: Clone> FieldChange<T> {
    /// Changes a value.
    pub(crate) fn apply(&self, value: &mut Option<T>) {
        if !self.is_keep() {
            *value = self.new_value().cloned();
        }
    }
}

impl<T> From<Option<T>> for FieldChange<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Clear, Self::Set)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for FieldChange<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::from)
    }
}

/// A value that stays can't be written; fields leave it out with `skip_serializing_if`.
impl<T: Serialize> Serialize for FieldChange<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.new_value().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Changes {
        #[serde(default, skip_serializing_if = "FieldChange::is_keep")]
        name: FieldChange<String>,
    }

    #[test]
    fn absent_null_and_a_value_are_three_things() {
        for (json, change, after) in [
            ("{}", FieldChange::Keep, Some("old")),
            (r#"{"name":null}"#, FieldChange::Clear, None),
            (
                r#"{"name":"new"}"#,
                FieldChange::Set("new".to_owned()),
                Some("new"),
            ),
        ] {
            let changes: Changes = serde_json::from_str(json).unwrap();
            assert_eq!(changes.name, change);
            assert_eq!(serde_json::to_string(&changes).unwrap(), json);
            let mut value = Some("old".to_owned());
            change.apply(&mut value);
            assert_eq!(value.as_deref(), after, "{json}");
        }
    }
}
