//! Versions of workflows and templates: semantic ones, which only go up, and of which one is active.

use diesel::QueryResult;
use semver::Version;

use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Entity, Reader, UnitOfWork};
use crate::sqlite::Conn;

/// The version of the first of its name.
const FIRST: Version = Version::new(1, 0, 0);

/// Returns the version that is published next: the one given, if it is greater than all that are known, or
/// the next minor one. Known ones that are no semantic versions don't count.
pub(super) fn next(given: Option<&str>, known: &[String]) -> Result<String> {
    let newest = known.iter().filter_map(|v| Version::parse(v).ok()).max();
    let version = match (given, newest) {
        (None, None) => FIRST,
        (None, Some(newest)) => Version::new(newest.major, newest.minor + 1, 0),
        (Some(given), newest) => greater(given, newest)?,
    };
    Ok(version.to_string())
}

fn greater(given: &str, newest: Option<Version>) -> Result<Version> {
    let version = Version::parse(given)
        .map_err(|e| Error::invalid("Version", format!("'{given}' is no version: {e}")))?;
    match newest {
        Some(newest) if version <= newest => {
            let message = format!("Version: {version} is not greater than {newest}, the newest");
            Err(Error::new(ErrorCode::Conflict, message)
                .with_details(|d| d.column = Some("Version".to_owned())))
        }
        _ => Ok(version),
    }
}

/// Returns the index of the newest of these versions; what is no semantic version is older than all that
/// are.
pub(super) fn newest(known: &[String]) -> Option<usize> {
    let versions = known.iter().map(|version| Version::parse(version).ok());
    let newest = versions.enumerate().max_by(|a, b| a.1.cmp(&b.1));
    newest.map(|(index, _)| index)
}

/// A row that is a version of what has its name.
pub(super) trait Versioned: Entity {
    /// Returns the active version of a name.
    fn active(conn: &mut Conn, name: &str) -> QueryResult<Option<Self>>;
    fn name(&self) -> &str;
    fn is_active(&mut self) -> &mut bool;
}

/// Returns the active version of a name.
pub(super) fn active<V: Versioned>(reader: &mut Reader<'_>, name: &str) -> Result<V> {
    V::active(reader.connection(), name)?.ok_or_else(|| Error::not_found(V::NAME, name))
}

/// Adds a version, which is the active one from then on.
pub(super) fn add<V: Versioned>(uow: &mut UnitOfWork<'_>, mut row: V) -> Result<V> {
    uow.savepoint(|uow| {
        deactivate::<V>(uow, row.name())?;
        uow.insert(&mut row)?;
        Ok(row)
    })
}

/// Makes a version the active one; the one that was is no longer.
pub(super) fn activate<V: Versioned>(uow: &mut UnitOfWork<'_>, mut row: V) -> Result<V> {
    if *row.is_active() {
        return Ok(row);
    }
    uow.savepoint(|uow| {
        deactivate::<V>(uow, row.name())?;
        *row.is_active() = true;
        uow.update(&mut row)?;
        Ok(row)
    })
}

fn deactivate<V: Versioned>(uow: &mut UnitOfWork<'_>, name: &str) -> Result<()> {
    if let Some(mut row) = V::active(uow.connection(), name)? {
        *row.is_active() = false;
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
    fn versions_go_up_by_number_not_by_text() {
        assert_eq!(next(None, &[]).unwrap(), "1.0.0");
        let versions = known(&["1.9.3", "1.10.0", "1.10.0-beta", "a draft"]);
        assert_eq!(next(None, &versions).unwrap(), "1.11.0");
        assert_eq!(next(Some("2.0.0-rc.1"), &versions).unwrap(), "2.0.0-rc.1");
        assert_eq!(newest(&versions), Some(1));
        assert_eq!(newest(&[]), None);
    }

    #[test]
    fn a_version_that_is_there_or_older_is_a_conflict_and_any_other_text_no_version() {
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
