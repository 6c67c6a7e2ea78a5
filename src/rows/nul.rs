//! Finding NUL in the texts of a row, without making anything of the row.

use std::fmt::Display;

use serde::Serialize;
use serde::ser::{self, Impossible, Serializer};

/// Whether a field of this row may be a text with NUL in it: not so where the answer is no.
pub(crate) fn may_be_in(row: &impl Serialize) -> bool {
    // What is no struct of plain values is for somebody else to look into.
    row.serialize(Finder).unwrap_or(true)
}

/// Says of a value whether it is a text with NUL in it.
struct Finder;

/// The fields of a struct that were looked at so far.
struct Fields {
    found: bool,
}

/// A value that isn't plain.
#[derive(Debug, thiserror::Error)]
#[error("not a plain value")]
struct NotPlain;

impl ser::Error for NotPlain {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

impl ser::SerializeStruct for Fields {
    type Ok = bool;
    type Error = NotPlain;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        _: &'static str,
        value: &T,
    ) -> Result<(), NotPlain> {
        // JSON escapes NUL, so that lists and objects are stored without.
        self.found |= value.serialize(Finder).unwrap_or(false);
        Ok(())
    }

    fn end(self) -> Result<bool, NotPlain> {
        Ok(self.found)
    }
}

macro_rules! no_text {
    ($($method:ident($($argument:ty),*);)+) => {
        $(fn $method(self $(, _: $argument)*) -> Result<bool, NotPlain> {
            Ok(false)
        })+
    };
}

macro_rules! not_plain {
    ($($method:ident($($argument:ty),*);)+) => {
        $(fn $method(self $(, _: $argument)*) -> Result<Impossible<bool, NotPlain>, NotPlain> {
            Err(NotPlain)
        })+
    };
}

impl Serializer for Finder {
    type Ok = bool;
    type Error = NotPlain;
    type SerializeSeq = Impossible<bool, NotPlain>;
    type SerializeTuple = Impossible<bool, NotPlain>;
    type SerializeTupleStruct = Impossible<bool, NotPlain>;
    type SerializeTupleVariant = Impossible<bool, NotPlain>;
    type SerializeMap = Impossible<bool, NotPlain>;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Impossible<bool, NotPlain>;

    fn serialize_str(self, text: &str) -> Result<bool, NotPlain> {
        Ok(text.contains('\0'))
    }

    fn serialize_char(self, char: char) -> Result<bool, NotPlain> {
        Ok(char == '\0')
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<bool, NotPlain> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<bool, NotPlain> {
        value.serialize(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields, NotPlain> {
        Ok(Fields { found: false })
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<bool, NotPlain> {
        Err(NotPlain)
    }

    no_text! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    not_plain! {
        serialize_seq(Option<usize>);
        serialize_tuple(usize);
        serialize_tuple_struct(&'static str, usize);
        serialize_tuple_variant(&'static str, u32, &'static str, usize);
        serialize_map(Option<usize>);
        serialize_struct_variant(&'static str, u32, &'static str, usize);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Serialize)]
    struct Row {
        number: i64,
        id: crate::types::Id<()>,
        text: Option<String>,
        list: Vec<String>,
        document: serde_json::Value,
    }

    fn row(text: Option<&str>) -> Row {
        Row {
            number: 0,
            id: crate::types::Id::new("r1").unwrap(),
            text: text.map(str::to_owned),
            list: vec!["\0".to_owned()],
            document: json!({ "a": "\0" }),
        }
    }

    #[test]
    fn texts_are_searched_and_what_is_stored_as_json_is_not() {
        assert!(!may_be_in(&row(None)));
        assert!(!may_be_in(&row(Some("a\\u0000b"))));
        assert!(may_be_in(&row(Some("a\0b"))));
        assert!(may_be_in(&row(Some("\0"))));
    }

    #[test]
    fn what_is_no_row_may_have_any() {
        assert!(may_be_in(&[1, 2]));
    }
}
