//! Values of a row, column by column, which are compared, stored, and written as JSON without knowing the type of the
//! row.

use std::any::Any;

use serde::Serialize;

use crate::encryption::ENCRYPTED;
use crate::error::{Error, Result};
use crate::rows::query::StoredValue;
use crate::rows::query::columns::ReadEnum;
use crate::types::*;

/// A column of a row with its value.
#[derive(Clone, Copy)]
pub struct Cell<'a> {
    /// Name of the column.
    pub name: &'static str,
    /// Value of the column.
    pub value: &'a dyn CellValue,
}

/// A value of any column, of any type.
pub trait CellValue: Any {
    /// Compares two values; those of different types differ.
    fn is_same(&self, other: &dyn CellValue) -> bool;

    /// Returns the form in which the value is stored; none for NULL.
    fn stored(&self) -> Option<StoredValue>;

    /// Returns true for NULL.
    fn is_null(&self) -> bool;

    /// Appends the value as JSON.
    fn write_json(&self, json: &mut Vec<u8>) -> serde_json::Result<()>;

    /// Returns true for 0 and false, but not in a column that may be NULL.
    fn is_zero(&self) -> bool;

    /// Returns the size of the value in memory beside the row's own, about, in bytes.
    fn size(&self) -> usize;

    /// Returns why the value can't be written, if it can't.
    fn flaw(&self) -> Option<Flaw>;

    /// Returns true for what the column of a new row has, or .NET's variable, if nothing was set.
    fn is_unset(&self) -> bool;
}

/// A type that a field of a row can have.
pub trait FieldType {
    /// Function that reads the names and numbers of an enum; none for other types.
    const ENUM: Option<ReadEnum> = None;

    /// Returns the form in which the value is stored; none for NULL.
    fn to_stored(&self) -> Option<StoredValue>;

    /// Returns true for NULL.
    fn is_none(&self) -> bool {
        false
    }

    /// Returns true for 0 and false, but not for a value that could be none.
    fn is_plain_zero(&self) -> bool {
        false
    }

    /// Returns the size of a text in bytes, about; others are part of the row.
    fn to_size(&self) -> usize {
        0
    }

    /// Returns why the value can't be written, if it can't: it would not be read as it is.
    fn to_flaw(&self) -> Option<Flaw> {
        None
    }

    /// Returns true for the value of a column or variable that nobody has set, other than NULL.
    fn is_default(&self) -> bool {
        false
    }
}

/// Reason why a value can't be written, as an error continues the name of a column.
pub(crate) type Flaw = &'static str;

fn flaw_of_text(text: &str) -> Option<Flaw> {
    if text.len() > Json::MAX_BYTES {
        return Some(Json::TOO_LONG);
    }
    // SQLite stores NUL in a text, but C callers would see the text cut short. JSON has none, since it escapes NUL.
    text.contains('\0').then_some("must not contain NUL")
}

impl<T: FieldType + PartialEq + Serialize + 'static> CellValue for T {
    fn is_same(&self, other: &dyn CellValue) -> bool {
        let other: &dyn Any = other;
        other.downcast_ref::<T>() == Some(self)
    }

    fn stored(&self) -> Option<StoredValue> {
        self.to_stored()
    }

    fn is_null(&self) -> bool {
        FieldType::is_none(self)
    }

    fn is_zero(&self) -> bool {
        self.is_plain_zero()
    }

    fn write_json(&self, json: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(json, self)
    }

    fn size(&self) -> usize {
        self.to_size()
    }

    fn flaw(&self) -> Option<Flaw> {
        self.to_flaw()
    }

    fn is_unset(&self) -> bool {
        self.is_default()
    }
}

impl<T: FieldType> FieldType for Option<T> {
    const ENUM: Option<ReadEnum> = T::ENUM;

    fn to_stored(&self) -> Option<StoredValue> {
        self.as_ref().and_then(T::to_stored)
    }

    fn is_none(&self) -> bool {
        Option::is_none(self)
    }

    fn to_size(&self) -> usize {
        self.as_ref().map_or(0, T::to_size)
    }

    fn to_flaw(&self) -> Option<Flaw> {
        self.as_ref().and_then(T::to_flaw)
    }

    fn is_default(&self) -> bool {
        self.as_ref().is_none_or(T::is_default)
    }
}

impl FieldType for String {
    fn to_stored(&self) -> Option<StoredValue> {
        Some(StoredValue::Text(self.clone()))
    }

    fn to_size(&self) -> usize {
        self.len()
    }

    fn to_flaw(&self) -> Option<Flaw> {
        flaw_of_text(self)
    }

    fn is_default(&self) -> bool {
        self.is_empty()
    }
}

impl<T> FieldType for Id<T> {
    fn to_stored(&self) -> Option<StoredValue> {
        Some(StoredValue::Text(self.to_string()))
    }

    fn to_size(&self) -> usize {
        self.as_str().len()
    }

    fn to_flaw(&self) -> Option<Flaw> {
        flaw_of_text(self.as_str())
    }
}

impl FieldType for f64 {
    fn to_stored(&self) -> Option<StoredValue> {
        Some(StoredValue::Real(*self))
    }

    // JSON has no other numbers.
    fn to_flaw(&self) -> Option<Flaw> {
        (!self.is_finite()).then_some("must be a finite number")
    }

    fn is_default(&self) -> bool {
        *self == 0.0
    }

    fn is_plain_zero(&self) -> bool {
        self.is_default()
    }
}

impl FieldType for StringList {
    fn to_stored(&self) -> Option<StoredValue> {
        Some(StoredValue::Text(self.to_string()))
    }

    fn to_flaw(&self) -> Option<Flaw> {
        (self.to_string().len() > Json::MAX_BYTES).then_some(Json::TOO_LONG)
    }
}

impl FieldType for Json {
    fn to_stored(&self) -> Option<StoredValue> {
        Some(StoredValue::Text(self.to_string()))
    }

    fn to_size(&self) -> usize {
        self.size()
    }

    fn to_flaw(&self) -> Option<Flaw> {
        self.flaw()
    }
}

macro_rules! whole_numbers {
    ($($type:ty),+) => {
        $(impl FieldType for $type {
            fn to_stored(&self) -> Option<StoredValue> {
                Some(StoredValue::Integer((*self).into()))
            }

            fn is_default(&self) -> bool {
                *self == Self::default()
            }

            fn is_plain_zero(&self) -> bool {
                self.is_default()
            }
        })+
    };
}

macro_rules! texts {
    ($($type:ty, unset $unset:expr;)+) => {
        $(impl FieldType for $type {
            fn to_stored(&self) -> Option<StoredValue> {
                Some(StoredValue::Text(self.to_string()))
            }

            fn is_default(&self) -> bool {
                *self == $unset
            }
        })+
    };
}

macro_rules! enums {
    ($($type:ty $(: $default:ident)?),+ $(,)?) => {
        $(impl FieldType for $type {
            const ENUM: Option<ReadEnum> = Some(|json| {
                let value = serde_json::from_value::<Self>(json.clone());
                value.map(|v| (v.number(), v.name())).map_err(|e| e.to_string())
            });

            fn to_stored(&self) -> Option<StoredValue> {
                Some(StoredValue::Integer(self.number().into()))
            }

            $(fn is_default(&self) -> bool {
                *self == Self::$default()
            })?
        })+
    };
}

whole_numbers!(bool, i32, i64);
texts! {
    TimeSpan, unset Self::ZERO;
    Timestamp, unset Self::MIN;
}
enums!(
    AccessLevel: default,
    AgentStatus: default,
    ApprovalStatus: default,
    DeliveryStatus: default,
    ErrorSeverity,
    FailurePolicy: default,
    MessageType,
    PreferenceType: default,
    RepositoryType: default,
    RiskLevel: default,
    SessionStatus: default,
    TaskPriority: default,
    TaskStatus: default,
    WorkflowExecutionStatus: default,
);

/// Writes cells as a JSON object, with a placeholder for the values of secret columns.
pub(crate) fn json_object<'a>(
    cells: impl IntoIterator<Item = Cell<'a>>,
    secrets: &[&str],
) -> Result<String> {
    let mut json = Vec::with_capacity(2048);
    for cell in cells {
        json.extend_from_slice(if json.is_empty() { b"{\"" } else { b",\"" });
        json.extend_from_slice(cell.name.as_bytes());
        json.extend_from_slice(b"\":");
        if secrets.contains(&cell.name) {
            json.extend([b"\"", ENCRYPTED.as_bytes(), b"\""].concat());
        } else {
            let written = cell.value.write_json(&mut json);
            written.map_err(|_| Error::no_json_form(cell.name))?;
        }
    }
    json.extend_from_slice(if json.is_empty() { b"{}" } else { b"}" });
    String::from_utf8(json).map_err(|_| Error::no_json_form("JSON"))
}

/// Writes the cells that aren't null as a JSON object, as [`json_object`] does.
pub(crate) fn json_values<'a>(
    cells: impl IntoIterator<Item = Cell<'a>>,
    secrets: &[&str],
) -> Result<String> {
    let is_told = |cell: &Cell<'_>| !cell.value.is_null() || secrets.contains(&cell.name);
    json_object(cells.into_iter().filter(is_told), secrets)
}

/// Writes the names of columns as a JSON array; none of them needs escaping.
pub(crate) fn json_names(names: &[&str]) -> String {
    format!("[\"{}\"]", names.join("\",\""))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::rows::{Entity as _, User};

    fn user() -> User {
        serde_json::from_value(json!({
            "Id": "u1", "UserName": "a \"b\" \u{0}", "DisplayName": null, "Email": null,
            "IsActive": true, "CreatedAt": Timestamp::UNIX_EPOCH,
            "UpdatedAt": Timestamp::UNIX_EPOCH, "CreatedBy": "ann", "UpdatedBy": "ann",
            "RowVersion": 1,
        }))
        .unwrap()
    }

    #[test]
    fn cells_are_what_serde_writes() {
        let user = user();
        let json = json_object(user.cells(), &[]).unwrap();
        let value: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value, serde_json::to_value(&user).unwrap());
        assert!(json.contains(r#""a \"b\" \u0000""#));
        let flawed = user.cells().filter(|cell| cell.value.flaw().is_some());
        assert_eq!(flawed.map(|c| c.name).collect::<Vec<_>>(), ["UserName"]);
    }

    #[test]
    fn values_of_one_type_are_compared_and_secrets_are_kept() {
        let (before, mut after) = (user(), user());
        after.user_name = "c".to_owned();
        after.is_active = false;
        let pairs = before.cells().zip(after.cells());
        let changed: Vec<Cell<'_>> = pairs
            .filter(|(a, b)| !a.value.is_same(b.value))
            .map(|(_, b)| b)
            .collect();
        let json = json_object(changed, &["UserName"]).unwrap();
        assert_eq!(json, r#"{"UserName":"[encrypted]","IsActive":false}"#);
        assert!(!1_i32.is_same(&1_i64));
        assert_eq!(json_object([], &[]).unwrap(), "{}");
        let without_nulls = json_values(after.cells(), &[]).unwrap();
        assert!(!without_nulls.contains("null") && without_nulls.contains("IsActive"));
        let secret = json_values(after.cells(), &["Email"]).unwrap();
        assert!(secret.contains(r#""Email":"[encrypted]""#), "{secret}");
        assert_eq!(json_names(&["A", "B"]), r#"["A","B"]"#);
    }
}
