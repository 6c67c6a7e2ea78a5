//! JSON documents that C passes in.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use kernel::types::TimeSpan;
use kernel::{Error, Result};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Reads an object.
pub(crate) fn object<T: DeserializeOwned>(name: &str, json: &str) -> Result<T> {
    read::<Object<T>>(name, json).map(|object| object.0)
}

/// Reads an array of objects.
pub(crate) fn objects<T: DeserializeOwned>(name: &str, json: &str) -> Result<Vec<T>> {
    let objects = read::<Vec<Object<T>>>(name, json)?;
    Ok(objects.into_iter().map(|object| object.0).collect())
}

/// Borrows the texts, in the form that the kernel takes.
pub(crate) fn borrowed(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// Converts the length of time of a property, which must not be negative.
pub(crate) fn duration(property: &str, span: Option<TimeSpan>) -> Result<Option<Duration>> {
    let negative = || Error::invalid(property, "negative");
    let duration = span.map(|span| span.to_duration().ok_or_else(negative));
    duration.transpose()
}

/// Reads a value of any form.
pub(crate) fn read<T: DeserializeOwned>(name: &str, json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|e| Error::invalid(name, &e).with_source(e))
}

/// A structure that must be written as an object: serde accepts an array as well, whose meaning would
/// change with the order of the fields.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

#[cfg(test)]
mod tests {
    use kernel::ErrorCode;
    use kernel::services::tasks::NewTask;
    use kernel::types::Json;

    use super::*;

    fn refusal<T: fmt::Debug>(outcome: Result<T>) -> String {
        let error = outcome.unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert_eq!(error.details().column.as_deref(), Some("task"));
        error.message().to_owned()
    }

    #[test]
    fn an_object_is_read() {
        let json = r#"{"Command":"ls","RepositoryPath":"/x"}"#;
        assert_eq!(
            object::<NewTask>("task", json).unwrap(),
            NewTask::new("ls", "/x")
        );
        let list = objects::<NewTask>("task", &format!("[{json},{json}]"));
        assert_eq!(list.unwrap().len(), 2);
        assert_eq!(
            read::<Vec<String>>("ids", r#"["a","b"]"#).unwrap(),
            ["a", "b"]
        );
        assert_eq!(read::<Json>("settings", "null").unwrap(), Json::default());
    }

    #[test]
    fn what_is_no_object_is_refused_with_the_place() {
        let array = refusal(object::<NewTask>("task", r#"[null,"ls"]"#));
        assert!(array.contains("expected an object"), "{array}");
        assert!(refusal(objects::<NewTask>("task", "[[]]")).contains("expected an object"));
        assert!(refusal(object::<NewTask>("task", "{\n\"Comand\":1}")).contains("line 2"));
        assert!(refusal(read::<Json>("task", "{")).contains("EOF"));
        assert!(refusal(read::<Vec<String>>("task", "[1]")).contains("expected a string"));
        assert!(refusal(object::<NewTask>("task", "{} x")).contains("trailing"));
        let deep = "[".repeat(100_000);
        assert!(refusal(object::<NewTask>("task", &format!("{{\"Id\":{deep}"))).contains("line 1"));
    }
}
