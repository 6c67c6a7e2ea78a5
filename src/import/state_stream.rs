//! A legacy file as a stream: only one record at a time is in memory.

use std::fmt;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::error::Category;

use super::legacy;
use super::read_file::ReadFile;
use super::record::reason_of_json;
use crate::error::{Error, ErrorCode, Result, shortened};
use crate::sqlite::plain_file::{self, PlainFile};

/// Maximum size of a file, in bytes: 64 GiB.
const MAX_SIZE: u64 = 64 << 30;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A top-level member of a legacy file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    /// The agents: by id in a state file, in a list in a configuration.
    Agents,
    /// The tasks, in a list.
    TaskQueue,
    /// The repositories, by name.
    Repositories,
    /// The time at which the state was written.
    LastUpdate,
    /// The interval of the agents' signs of life.
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

/// Kind of value of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Object,
    Array,
    Scalar,
}

/// Place of a value within its section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ValueKey {
    Name(String),
    Index(u64),
    /// The value is the section.
    Whole,
}

/// Formats the place of a value for findings.
pub(super) fn place(section: Section, key: &ValueKey) -> String {
    let section = section.name();
    match key {
        ValueKey::Name(name) => shortened(format!("{section}[{name:?}]")),
        ValueKey::Index(index) => format!("{section}[{index}]"),
        ValueKey::Whole => section.to_owned(),
    }
}

/// A reader of a file from its beginning to its end.
pub(super) trait Pass {
    /// Returns true if this section is to be read.
    fn wants(&self, section: Section) -> bool;

    /// Begins a section.
    fn section(&mut self, section: Section, shape: Shape);

    /// Takes one record of a section.
    fn record(&mut self, section: Section, key: ValueKey, value: Value) -> Result<()>;
}

/// A legacy file that stays open.
#[derive(Debug)]
pub(super) struct LegacyFile {
    path: PathBuf,
    /// Noted before the file was opened.
    noted: ReadFile,
    file: PlainFile,
    version: Version,
}

/// Properties that differ once a file was written to.
#[derive(Debug, PartialEq, Eq)]
struct Version {
    length: u64,
    modified: Option<SystemTime>,
}

impl LegacyFile {
    pub(super) fn open(path: &Path) -> Result<Self> {
        // Opening a pipe would wait for a writer.
        let metadata = plain_file::metadata(path)?;
        if !metadata.is_file() {
            let (path, kind) = (path.display(), plain_file::kind_of(&metadata));
            let message = format!("{path}: must be a regular file, got {kind}");
            return Err(Error::new(ErrorCode::Io, message));
        }
        let failed = |e: std::io::Error| Error::from(e).while_doing(path.display());
        let noted = ReadFile::new(path);
        let file = plain_file::open_input(path)?;
        let version = version(&file).map_err(failed)?;
        if version.length > MAX_SIZE {
            let reason = format!("must have at most {MAX_SIZE} bytes, got {}", version.length);
            return Err(legacy::failed(path, reason));
        }
        Ok(Self {
            path: path.to_owned(),
            noted,
            file,
            version,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn noted(&self) -> &ReadFile {
        &self.noted
    }

    /// Reads the whole file. Fails if it was written to since it was opened.
    pub(super) fn read(&mut self, pass: &mut impl Pass) -> Result<()> {
        self.parse(pass)?;
        if version(&self.file).map_err(|e| self.io(e))? == self.version {
            return Ok(());
        }
        Err(legacy::changed(&self.path))
    }

    fn parse(&mut self, pass: &mut impl Pass) -> Result<()> {
        (&*self.file).rewind().map_err(|e| self.io(e))?;
        // One that grows has changed.
        let all = (&*self.file).take(self.version.length.saturating_add(1));
        let mut reader = BufReader::with_capacity(1 << 16, all);
        let begin = reader.fill_buf().map_err(|e| self.io(e))?;
        let has_mark = begin.starts_with(BYTE_ORDER_MARK);
        let text = begin.strip_prefix(BYTE_ORDER_MARK).unwrap_or(begin);
        let is_object = text.trim_ascii_start().starts_with(b"{");
        if has_mark {
            reader.consume(BYTE_ORDER_MARK.len());
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
            (Err(error), None) => Err(self.failed(malformed(&error, is_object)).with_source(error)),
        }
    }

    /// Returns the error of a failed import of this file.
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

/// Describes the error of a file that can't be parsed, with its line and column. Only a file that begins as an object
/// is taken for JSON.
fn malformed(error: &serde_json::Error, is_object: bool) -> String {
    let reason = reason_of_json(error);
    let place = format!("at line {} column {}", error.line(), error.column());
    match error.classify() {
        Category::Data | Category::Io => format!("{reason} {place}"),
        Category::Syntax | Category::Eof if is_object => {
            format!("must be valid JSON, got an error {place}: {reason}")
        }
        Category::Syntax | Category::Eof => format!(
            "must be JSON or an SQLite database, got neither ({reason} {place}); import an orchestrator-state.json, \
             an agent-config.json or the database of a host"
        ),
    }
}

/// The whole of a file.
struct LegacyDocument<'a, P> {
    pass: &'a mut P,
    /// Error of the pass, which serde's own error type can't carry.
    failure: &'a mut Option<Error>,
}

impl<'de, P: Pass> Visitor<'de> for LegacyDocument<'_, P> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with an orchestrator's state or configuration")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut seen = Vec::new();
        while let Some(name) = members.next_key::<String>()? {
            let Some(section) = Section::named(&name).filter(|s| self.pass.wants(*s)) else {
                members.next_value::<IgnoredAny>()?;
                continue;
            };
            if seen.contains(&section) {
                let reason = format!("must have `{name}` once, got it twice");
                return Err(de::Error::custom(reason));
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

    /// Takes null for an absent section.
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
