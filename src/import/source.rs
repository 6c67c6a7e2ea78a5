//! Reading a legacy file as a stream: no more of it is in memory than one record.

use std::fmt;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Seek as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::error::Category;

use super::legacy;
use super::record::shortened;
use crate::error::{Error, ErrorCode, Result};

/// What a top-level member of a legacy file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    /// The agents: by id in a state file, in a list in a configuration.
    Agents,
    /// The tasks, in a list.
    TaskQueue,
    /// The repositories, by name.
    Repositories,
    /// When the state was written.
    LastUpdate,
    /// How often agents are to give a sign of life.
    PingIntervalSeconds,
}

impl Section {
    const ALL: [Self; 5] = [
        Self::Agents,
        Self::TaskQueue,
        Self::Repositories,
        Self::LastUpdate,
        Self::PingIntervalSeconds,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Agents => "Agents",
            Self::TaskQueue => "TaskQueue",
            Self::Repositories => "Repositories",
            Self::LastUpdate => "LastUpdate",
            Self::PingIntervalSeconds => "PingIntervalSeconds",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.name() == name)
    }

    const fn allows(self, shape: Shape) -> bool {
        match self {
            Self::Agents => matches!(shape, Shape::Object | Shape::Array),
            Self::TaskQueue => matches!(shape, Shape::Array),
            Self::Repositories => matches!(shape, Shape::Object),
            Self::LastUpdate | Self::PingIntervalSeconds => matches!(shape, Shape::Scalar),
        }
    }

    const fn expected(self) -> &'static str {
        match self {
            Self::Agents => "an object or an array of agents",
            Self::TaskQueue => "an array of tasks",
            Self::Repositories => "an object of repositories",
            Self::LastUpdate => "a time",
            Self::PingIntervalSeconds => "a number of seconds",
        }
    }
}

/// What kind of value a section is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Object,
    Array,
    Scalar,
}

/// Where a value is within its section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ValueKey {
    Name(String),
    Index(u64),
    /// It is the section.
    Whole,
}

/// The place of a value, as findings name it.
pub(super) fn place(section: Section, key: &ValueKey) -> String {
    let section = section.name();
    match key {
        ValueKey::Name(name) => shortened(format!("{section}[{name:?}]")),
        ValueKey::Index(index) => format!("{section}[{index}]"),
        ValueKey::Whole => section.to_owned(),
    }
}

/// Someone who reads a file from its beginning to its end.
pub(super) trait Pass {
    /// Whether this section is to be read at all.
    fn wants(&self, section: Section) -> bool;

    /// A section begins.
    fn section(&mut self, section: Section, shape: Shape);

    /// One record of a section.
    fn record(&mut self, section: Section, key: ValueKey, value: Value) -> Result<()>;
}

/// A legacy file.
#[derive(Debug)]
pub(super) struct LegacyFile {
    path: PathBuf,
    file: File,
    version: Version,
}

/// What tells that a file was written to.
#[derive(Debug, PartialEq, Eq)]
struct Version {
    length: u64,
    modified: Option<SystemTime>,
}

impl LegacyFile {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let failed = |e: std::io::Error| Error::from(e).while_doing(path.display());
        // Before opening: that of a pipe waits for somebody who writes.
        if !std::fs::metadata(path).map_err(failed)?.is_file() {
            let message = format!("{}: not a regular file", path.display());
            return Err(Error::new(ErrorCode::Io, message));
        }
        let file = File::open(path).map_err(failed)?;
        let version = version(&file).map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            version,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the file through. It must be the one that the first pass read.
    pub(super) fn read(&mut self, pass: &mut impl Pass) -> Result<()> {
        self.parse(pass)?;
        if version(&self.file).map_err(|e| self.io(e))? == self.version {
            return Ok(());
        }
        Err(self.failed("it was written to while it was read"))
    }

    fn parse(&mut self, pass: &mut impl Pass) -> Result<()> {
        self.file.rewind().map_err(|e| self.io(e))?;
        let mut reader = BufReader::with_capacity(1 << 16, &self.file);
        if reader
            .fill_buf()
            .map_err(|e| self.io(e))?
            .starts_with(b"\xEF\xBB\xBF")
        {
            reader.consume(3);
        }
        let mut json = serde_json::Deserializer::from_reader(reader);
        let mut failure = None;
        let read = json.deserialize_any(LegacyDocument {
            pass,
            failure: &mut failure,
        });
        match (read.and_then(|()| json.end()), failure) {
            (Ok(()), _) => Ok(()),
            (Err(_), Some(failure)) => Err(failure),
            (Err(error), None) if error.classify() == Category::Io => Err(self.io(error.into())),
            (Err(error), None) => Err(self.failed(in_short(&error)).with_source(error)),
        }
    }

    /// The import of this file failed.
    pub(super) fn failed(&self, reason: impl fmt::Display) -> Error {
        legacy::failed(&self.path, reason)
    }

    fn io(&self, error: std::io::Error) -> Error {
        Error::from(error).while_doing(self.path.display())
    }
}

fn version(file: &File) -> std::io::Result<Version> {
    let metadata = file.metadata()?;
    Ok(Version {
        length: metadata.len(),
        modified: metadata.modified().ok(),
    })
}

/// What is wrong, and where: serde quotes the whole of a value that it doesn't take, in front of
/// the line and column.
fn in_short(error: &serde_json::Error) -> String {
    let place = format!(" at line {} column {}", error.line(), error.column());
    let text = error.to_string();
    let reason = text.strip_suffix(&place).unwrap_or(&text);
    shortened(reason.to_owned()) + &place
}

/// The whole of a file.
struct LegacyDocument<'a, P> {
    pass: &'a mut P,
    /// The error of the pass, which serde's own error type can't carry.
    failure: &'a mut Option<Error>,
}

impl<'de, P: Pass> Visitor<'de> for LegacyDocument<'_, P> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an orchestrator's state or configuration, which is an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut seen = Vec::new();
        while let Some(name) = members.next_key::<String>()? {
            let Some(section) = Section::named(&name).filter(|s| self.pass.wants(*s)) else {
                members.next_value::<IgnoredAny>()?;
                continue;
            };
            if seen.contains(&section) {
                return Err(de::Error::custom(format!("`{name}` is there twice")));
            }
            seen.push(section);
            members.next_value_seed(Member {
                section,
                pass: &mut *self.pass,
                failure: &mut *self.failure,
            })?;
        }
        Ok(())
    }
}

/// One section of a file.
struct Member<'a, P> {
    section: Section,
    pass: &'a mut P,
    failure: &'a mut Option<Error>,
}

impl<P: Pass> Member<'_, P> {
    fn begin<E: de::Error>(&mut self, shape: Shape, found: de::Unexpected<'_>) -> Result<(), E> {
        if !self.section.allows(shape) {
            return Err(E::invalid_type(found, &self.section.expected()));
        }
        self.pass.section(self.section, shape);
        Ok(())
    }

    fn record<E: de::Error>(&mut self, key: ValueKey, value: Value) -> Result<(), E> {
        self.pass.record(self.section, key, value).map_err(|error| {
            *self.failure = Some(error);
            E::custom("the pass failed")
        })
    }

    fn scalar<E: de::Error>(
        mut self,
        value: impl Into<Value>,
        found: de::Unexpected<'_>,
    ) -> Result<(), E> {
        self.begin(Shape::Scalar, found)?;
        self.record(ValueKey::Whole, value.into())
    }
}

impl<'de, P: Pass> DeserializeSeed<'de> for Member<'_, P> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, P: Pass> Visitor<'de> for Member<'_, P> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.section.expected())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        self.begin(Shape::Object, de::Unexpected::Map)?;
        while let Some((name, value)) = entries.next_entry()? {
            self.record(ValueKey::Name(name), value)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        self.begin(Shape::Array, de::Unexpected::Seq)?;
        let mut index = 0;
        while let Some(value) = items.next_element()? {
            self.record(ValueKey::Index(index), value)?;
            index += 1;
        }
        Ok(())
    }

    /// Null: as if the section weren't there.
    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        self.scalar(text, de::Unexpected::Str(text))
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<(), E> {
        self.scalar(flag, de::Unexpected::Bool(flag))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<(), E> {
        self.scalar(number, de::Unexpected::Signed(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<(), E> {
        self.scalar(number, de::Unexpected::Unsigned(number))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<(), E> {
        self.scalar(number, de::Unexpected::Float(number))
    }
}
