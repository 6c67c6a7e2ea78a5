//! Enums that are an INTEGER in the database and a name in JSON.

use std::fmt;
use std::marker::PhantomData;

use serde::de;

use crate::types::InvalidValue;

/// Declares such an enum, with the noun that messages have for it:
///
/// ```text
/// stored_enum! {
///     /// The state of a traffic light.
///     #[derive(Default)]              // where the column has a default
///     Light("traffic light") {
///         /// Cars stop.
///         #[default]
///         Red = 0,
///         /// Cars go.
///         Green = 1,
///     }
/// }
/// ```
///
/// It has `ALL`, `name()`, `number()`, `TryFrom<i32>`, `FromStr` (a name in any case, or a number), `Display` (the
/// name), serde both ways (writes the name, reads name or number) and Diesel's traits for `Integer`. A number that
/// isn't declared is an [`InvalidValue`] wherever it comes from. Values order by their numbers.
macro_rules! stored_enum {
    (
        $(#[$attribute:meta])*
        $enum:ident($noun:literal) {
            $( $(#[$value_attribute:meta])* $value:ident = $number:literal, )+
        }
    ) => {
        $(#[$attribute])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            ::diesel::expression::AsExpression, ::diesel::deserialize::FromSqlRow,
        )]
        #[diesel(sql_type = ::diesel::sql_types::Integer)]
        #[repr(i32)]
        pub enum $enum {
            $( $(#[$value_attribute])* $value = $number, )+
        }

        impl $enum {
            /// All values, by number.
            pub const ALL: &[Self] = &[$( Self::$value ),+];

            /// Returns the name, as JSON has it.
            pub const fn name(self) -> &'static str {
                match self {
                    $( Self::$value => stringify!($value), )+
                }
            }

            /// Returns the number, as the database has it.
            pub const fn number(self) -> i32 {
                self as i32
            }
        }

        impl $crate::types::enums::stored_enum::StoredEnum for $enum {
            const NOUN: &'static str = $noun;
            const VALUES: &'static [Self] = Self::ALL;

            fn of_number(number: i64) -> Option<Self> {
                match number {
                    $( $number => Some(Self::$value), )+
                    _ => None,
                }
            }

            fn name_and_number(self) -> (&'static str, i32) {
                (self.name(), self.number())
            }
        }

        impl TryFrom<i32> for $enum {
            type Error = $crate::types::InvalidValue;

            fn try_from(number: i32) -> Result<Self, $crate::types::InvalidValue> {
                $crate::types::enums::stored_enum::from_number(number.into())
            }
        }

        impl ::std::str::FromStr for $enum {
            type Err = $crate::types::InvalidValue;

            fn from_str(text: &str) -> Result<Self, $crate::types::InvalidValue> {
                $crate::types::enums::stored_enum::from_text(text)
            }
        }

        impl ::std::fmt::Display for $enum {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl ::serde::Serialize for $enum {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $enum {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                deserializer.deserialize_any(
                    $crate::types::enums::stored_enum::NameOrNumber::new(),
                )
            }
        }

        impl ::diesel::serialize::ToSql<::diesel::sql_types::Integer, ::diesel::sqlite::Sqlite>
            for $enum
        {
            fn to_sql<'b>(
                &'b self,
                out: &mut ::diesel::serialize::Output<'b, '_, ::diesel::sqlite::Sqlite>,
            ) -> ::diesel::serialize::Result {
                out.set_value(self.number());
                Ok(::diesel::serialize::IsNull::No)
            }
        }

        impl ::diesel::deserialize::FromSql<::diesel::sql_types::Integer, ::diesel::sqlite::Sqlite>
            for $enum
        {
            // As 64 bits: SQLite would cut a greater number to 32, which can make it look like a valid one.
            fn from_sql(
                value: ::diesel::sqlite::SqliteValue<'_, '_, '_>,
            ) -> ::diesel::deserialize::Result<Self> {
                let number = <i64 as ::diesel::deserialize::FromSql<
                    ::diesel::sql_types::BigInt,
                    ::diesel::sqlite::Sqlite,
                >>::from_sql(value)?;
                Ok($crate::types::enums::stored_enum::from_number(number)?)
            }
        }
    };
}

pub(super) use stored_enum;

/// The facts of one enum that the functions for all of them need.
pub(in crate::types) trait StoredEnum: Copy + 'static {
    /// The word for the enum in messages.
    const NOUN: &'static str;
    /// All values, by number.
    const VALUES: &'static [Self];

    /// Returns the value with this number, if there is one.
    fn of_number(number: i64) -> Option<Self>;

    /// Returns the name and the number of this value.
    fn name_and_number(self) -> (&'static str, i32);
}

/// Returns the value with this number, or an error that lists the numbers there are.
pub(in crate::types) fn from_number<E: StoredEnum>(number: i64) -> Result<E, InvalidValue> {
    E::of_number(number).ok_or_else(|| unknown_number::<E>(number))
}

/// Returns the value with this name, in any case, or with this number.
pub(in crate::types) fn from_text<E: StoredEnum>(text: &str) -> Result<E, InvalidValue> {
    if let Ok(number) = text.parse() {
        return from_number(number);
    }
    E::VALUES
        .iter()
        .copied()
        .find(|value| value.name_and_number().0.eq_ignore_ascii_case(text))
        .ok_or_else(|| {
            let must = must_be_one_of::<E>(|name, _| name.to_owned());
            InvalidValue::got_text(E::NOUN, &must, text)
        })
}

fn unknown_number<E: StoredEnum>(number: impl fmt::Display) -> InvalidValue {
    let must = must_be_one_of::<E>(|name, number| format!("{number} ({name})"));
    InvalidValue::got(E::NOUN, &must, number)
}

fn must_be_one_of<E: StoredEnum>(form: fn(&str, i32) -> String) -> String {
    let values = E::VALUES.iter().map(|value| {
        let (name, number) = value.name_and_number();
        form(name, number)
    });
    format!("must be one of {}", values.collect::<Vec<_>>().join(", "))
}

/// Reads a value from its name or number in JSON.
pub(in crate::types) struct NameOrNumber<E>(PhantomData<E>);

impl<E> NameOrNumber<E> {
    pub(in crate::types) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<E: StoredEnum> de::Visitor<'_> for NameOrNumber<E> {
    type Value = E;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} as name or number", E::NOUN)
    }

    fn visit_str<R: de::Error>(self, text: &str) -> Result<E, R> {
        from_text(text).map_err(R::custom)
    }

    fn visit_i64<R: de::Error>(self, number: i64) -> Result<E, R> {
        from_number(number).map_err(R::custom)
    }

    fn visit_u64<R: de::Error>(self, number: u64) -> Result<E, R> {
        match i64::try_from(number) {
            Ok(number) => self.visit_i64(number),
            Err(_) => Err(R::custom(unknown_number::<E>(number))),
        }
    }
}
