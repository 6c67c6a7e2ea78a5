//! A row as JSON text, with the place of each column's value in it. What differs, what the audit
//! log tells and what is stored is cut out of this one text; nothing is built in between.

use std::borrow::Cow;
use std::ops::Range;

use serde::Serialize;
use serde::ser::{self, Error as _, Impossible, Serializer};
use serde_json::Error;

use crate::encryption::ENCRYPTED;
use crate::error;
use crate::rows::Entity;

/// A row, or some columns of it, as a JSON object.
#[derive(Debug)]
pub(crate) struct RowText {
    text: String,
    values: Vec<(&'static str, Range<usize>)>,
}

/// The names of columns as a JSON array; none of them needs escaping.
pub(crate) fn json_names(names: &[&str]) -> String {
    format!("[\"{}\"]", names.join("\",\""))
}

impl RowText {
    /// The whole row.
    pub(crate) fn of<E: Entity>(row: &E) -> error::Result<Self> {
        Self::with(row, |_| true)
    }

    /// Those of these columns that the row has.
    pub(crate) fn of_columns<E: Entity>(row: &E, names: &[&str]) -> error::Result<Self> {
        Self::with(row, |name| names.contains(&name))
    }

    fn with<E: Entity>(row: &E, is_wanted: impl Fn(&str) -> bool) -> error::Result<Self> {
        let mut writer = Writer {
            text: Vec::with_capacity(2048),
            values: Vec::with_capacity(48),
            is_wanted,
        };
        let written = row.serialize(&mut writer).and_then(|()| {
            let text = String::from_utf8(writer.text).map_err(Error::custom)?;
            Ok(Self {
                text,
                values: writer.values,
            })
        });
        written.map_err(|_| error::Error::no_json_form(E::NAME))
    }

    /// The columns with their values as JSON.
    pub(crate) fn columns(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.values
            .iter()
            .map(|(name, place)| (*name, &self.text[place.clone()]))
    }

    /// The value of a column as JSON.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let mut columns = self.columns();
        columns.find(|(known, _)| *known == name).map(|(_, v)| v)
    }

    /// The columns whose values are others in another text of the same kind of row.
    pub(crate) fn differing<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'static str> {
        let pairs = self.columns().zip(other.columns());
        pairs.filter(|(a, b)| a.1 != b.1).map(|(a, _)| a.0)
    }

    /// Whether any text in it has a NUL, which JSON can only escape; seldom so where none has.
    pub(crate) fn may_contain_nul(&self) -> bool {
        // Most rows have no backslash at all, which is found out much sooner.
        self.text.contains('\\') && self.text.contains(r"\u0000")
    }

    /// The object with all columns, without what these keep secret.
    pub(crate) fn told(&self, secrets: &[&str]) -> Cow<'_, str> {
        if secrets.is_empty() {
            return Cow::Borrowed(&self.text);
        }
        let all: Vec<&str> = self.values.iter().map(|(name, _)| *name).collect();
        Cow::Owned(self.told_of(&all, secrets))
    }

    /// The object with these columns, without what these keep secret.
    pub(crate) fn told_of(&self, names: &[&str], secrets: &[&str]) -> String {
        let mut told = String::new();
        for (name, value) in self.columns().filter(|(name, _)| names.contains(name)) {
            told.push_str(if told.is_empty() { "{\"" } else { ",\"" });
            told.push_str(name);
            told.push_str("\":");
            if secrets.contains(&name) {
                told.extend(["\"", ENCRYPTED, "\""]);
            } else {
                told.push_str(value);
            }
        }
        told.push('}');
        told
    }
}

/// Writes the fields of a struct one after the other; a row is nothing else.
struct Writer<F> {
    text: Vec<u8>,
    values: Vec<(&'static str, Range<usize>)>,
    is_wanted: F,
}

impl<F: Fn(&str) -> bool> ser::SerializeStruct for &mut Writer<F> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        if !(self.is_wanted)(name) {
            return Ok(());
        }
        let text = &mut self.text;
        text.extend_from_slice(if text.is_empty() { b"{\"" } else { b",\"" });
        text.extend_from_slice(name.as_bytes());
        text.extend_from_slice(b"\":");
        let start = text.len();
        value.serialize(&mut serde_json::Serializer::new(&mut *text))?;
        self.values.push((name, start..text.len()));
        Ok(())
    }

    fn end(self) -> Result<(), Error> {
        self.text.extend_from_slice(b"}");
        Ok(())
    }
}

macro_rules! refuse {
    ($($method:ident($($argument:ty),*) -> $ok:ty;)+) => {
        $(fn $method(self $(, _: $argument)*) -> Result<$ok, Error> {
            Err(Error::custom("not a struct"))
        })+
    };
}

impl<F: Fn(&str) -> bool> Serializer for &mut Writer<F> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Impossible<(), Error>;
    type SerializeTuple = Impossible<(), Error>;
    type SerializeTupleStruct = Impossible<(), Error>;
    type SerializeTupleVariant = Impossible<(), Error>;
    type SerializeMap = Impossible<(), Error>;
    type SerializeStruct = Self;
    type SerializeStructVariant = Impossible<(), Error>;

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Error> {
        Ok(self)
    }

    refuse! {
        serialize_bool(bool) -> ();
        serialize_i8(i8) -> ();
        serialize_i16(i16) -> ();
        serialize_i32(i32) -> ();
        serialize_i64(i64) -> ();
        serialize_u8(u8) -> ();
        serialize_u16(u16) -> ();
        serialize_u32(u32) -> ();
        serialize_u64(u64) -> ();
        serialize_f32(f32) -> ();
        serialize_f64(f64) -> ();
        serialize_char(char) -> ();
        serialize_str(&str) -> ();
        serialize_bytes(&[u8]) -> ();
        serialize_none() -> ();
        serialize_unit() -> ();
        serialize_unit_struct(&'static str) -> ();
        serialize_unit_variant(&'static str, u32, &'static str) -> ();
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<(), Error> {
        self.serialize_none()
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: &T,
    ) -> Result<(), Error> {
        self.serialize_none()
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Error> {
        self.serialize_none()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::types::Timestamp;
    use serde_json::{Value, json};

    fn row() -> crate::tables::TemplateCategory {
        serde_json::from_value(json!({
            "Id": "c1", "Name": "a \"b\" \u{0}", "Description": null, "ParentCategoryId": null,
            "SortOrder": 3, "CreatedAt": Timestamp::UNIX_EPOCH,
            "UpdatedAt": Timestamp::UNIX_EPOCH, "CreatedBy": "ann", "UpdatedBy": "ann",
            "RowVersion": 1,
        }))
        .unwrap()
    }

    #[test]
    fn is_what_serde_json_writes() {
        let (row, text) = (row(), RowText::of(&row()).unwrap());
        let told: Value = serde_json::from_str(&text.told(&[])).unwrap();
        assert_eq!(told, serde_json::to_value(&row).unwrap());
        assert_eq!(text.value("Name"), Some(r#""a \"b\" \u0000""#));
        assert!(text.may_contain_nul());
    }

    #[test]
    fn tells_what_differs_and_keeps_secrets() {
        let (before, mut row) = (RowText::of(&row()).unwrap(), row());
        row.name = "c".to_owned();
        row.sort_order = 4;
        let after = RowText::of(&row).unwrap();
        let names: Vec<_> = before.differing(&after).collect();
        assert_eq!(names, ["Name", "SortOrder"]);
        let told = after.told_of(&names, &["Name"]);
        assert_eq!(told, r#"{"Name":"[encrypted]","SortOrder":4}"#);
        let whole: Value = serde_json::from_str(&after.told(&["Name"])).unwrap();
        assert_eq!(whole["Name"], "[encrypted]");
        assert_eq!(whole["Id"], "c1");
        let stamps = RowText::of_columns(&row, &["RowVersion"]).unwrap();
        assert_eq!(stamps.told(&[]), r#"{"RowVersion":1}"#);
    }
}
