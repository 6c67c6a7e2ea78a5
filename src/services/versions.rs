//! Versions of workflows and templates: semantic versions that only go up, one of which is active.

use diesel::QueryResult;
use semver::Version;

use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Entity, Reader, UnitOfWork};
use crate::sqlite::Conn;

/// First version of a name.
const FIRST: Version = Version::new(1, 0, 0);

/// Returns the version to publish next: the given one, which must be greater than all known ones, or else the next
/// minor version. Known texts that are no semantic versions are ignored.
pub(super) fn next(given: Option<&str>, known: &[String]) -> Result<String> {
    let newest = known.iter().filter_map(|v| Version::parse(v).ok()).max();
    let version = match (given, newest) {
        (None, None) => FIRST,
        (None, Some(newest)) => Version::new(newest.major, newest.minor + 1, 0),
        (Some(given), newest) => greater(given, newest)?,
    };
    Ok(version.to_string())
}

fn parse(given: &str) -> Result<Version> {
    Version::parse(given).map_err(|e| {
        let reason = format!("must be a semantic version such as 1.2.0, got '{given}': {e}");
        Error::invalid("Version", reason)
    })
}

fn greater(given: &str, newest: Option<Version>) -> Result<Version> {
    let version = parse(given)?;
    match newest {
        Some(newest) if version <= newest => {
            let message =
                format!("Version: must be greater than {newest}, the newest, got {version}");
            Err(Error::new(ErrorCode::Conflict, message)
                .with_details(|d| d.column = Some("Version".to_owned())))
        }
        _ => Ok(version),
    }
}

/// Returns the index of the newest of these versions. Texts that are no semantic versions count as older than any
/// version.
pub(super) fn newest(known: &[String]) -> Option<usize> {
    let versions = known.iter().map(|version| Version::parse(version).ok());
    let newest = versions.enumerate().max_by(|a, b| a.1.cmp(&b.1));
    newest.map(|(index, _)| index)
}

/// Row that is one of the versions of a name.
pub(super) trait Versioned: Entity {
    /// Returns the active version of a name.
    fn active(conn: &mut Conn, name: &str) -> QueryResult<Option<Self>>;
    fn name(&self) -> &str;
    fn version(&self) -> &str;
    fn is_active(&self) -> bool;
    fn set_active(&mut self, is_active: bool);
}

/// Returns the active version of a name, or fails with [`ErrorCode::NotFound`].
pub(super) fn active<V: Versioned>(reader: &mut Reader<'_>, name: &str) -> Result<V> {
    V::active(reader.conn(), name)?.ok_or_else(|| {
        let message = format!(
            "{}: no version of '{name}' is active; publish or activate one",
            V::NAME
        );
        Error::new(ErrorCode::NotFound, message).with_details(|d| {
            d.entity = Some(V::NAME);
            d.id = Some(name.to_owned());
        })
    })
}

/// Fails with [`ErrorCode::Conflict`] unless the row is the active version of its name.
pub(super) fn require_active<V: Versioned>(row: &V) -> Result<()> {
    if row.is_active() {
        return Ok(());
    }
    let message = format!(
        "{}: version {} of '{}' is not the active one; activate it, or use the active one",
        V::NAME,
        row.version(),
        row.name()
    );
    Err(Error::new(ErrorCode::Conflict, message).with_details(|d| {
        d.entity = Some(V::NAME);
        d.id = Some(row.id().to_string());
        d.column = Some("IsActive".to_owned());
    }))
}

/// Inserts a version and makes it the active one.
pub(super) fn add<V: Versioned>(uow: &mut UnitOfWork<'_>, mut row: V) -> Result<V> {
    uow.savepoint(|uow| {
        deactivate::<V>(uow, row.name())?;
        uow.insert(&mut row)?;
        Ok(row)
    })
}

/// Inserts a version whose row a host has made: the active one, unless its row says otherwise.
///
/// Fails with [`ErrorCode::AlreadyExists`] if it is among the known versions of its name.
pub(super) fn add_given<V: Versioned>(
    uow: &mut UnitOfWork<'_>,
    mut row: V,
    known: &[String],
) -> Result<V> {
    parse(row.version())?;
    if known.iter().any(|version| version == row.version()) {
        let message = format!(
            "{}: '{}' has a version {} already; give the new one another version",
            V::NAME,
            row.name(),
            row.version()
        );
        return Err(
            Error::new(ErrorCode::AlreadyExists, message).with_details(|d| {
                d.entity = Some(V::NAME);
                d.column = Some("Version".to_owned());
            }),
        );
    }
    if row.is_active() {
        return add(uow, row);
    }
    uow.insert(&mut row)?;
    Ok(row)
}

/// Makes a version the active one, and deactivates the one that was active.
pub(super) fn activate<V: Versioned>(uow: &mut UnitOfWork<'_>, mut row: V) -> Result<V> {
    if row.is_active() {
        return Ok(row);
    }
    uow.savepoint(|uow| {
        deactivate::<V>(uow, row.name())?;
        row.set_active(true);
        uow.update(&mut row)?;
        Ok(row)
    })
}

fn deactivate<V: Versioned>(uow: &mut UnitOfWork<'_>, name: &str) -> Result<()> {
    if let Some(mut row) = V::active(uow.conn(), name)? {
        row.set_active(false);
        uow.update(&mut row)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(versions: &[&str]) -> Vec<String> {
        versions.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn versions_are_ordered_by_number_not_by_text() {
        assert_eq!(next(None, &[]).unwrap(), "1.0.0");
        let versions = known(&["1.9.3", "1.10.0", "1.10.0-beta", "a draft"]);
        assert_eq!(next(None, &versions).unwrap(), "1.11.0");
        assert_eq!(next(Some("2.0.0-rc.1"), &versions).unwrap(), "2.0.0-rc.1");
        assert_eq!(newest(&versions), Some(1));
        assert_eq!(newest(&[]), None);
    }

    #[test]
    fn an_existing_or_older_version_is_a_conflict_and_any_other_text_is_invalid() {
        let versions = known(&["1.10.0"]);
        for given in ["1.10.0", "1.9.9", "1.10.0-beta"] {
            let error = next(Some(given), &versions).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Conflict, "{given}");
        }
        for given in ["", "2", "2.0", "v2.0.0", "2.0.0 "] {
            let error = next(Some(given), &versions).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument, "{given}");
        }
    }
}
