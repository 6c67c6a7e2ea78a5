//! Compressed backups: a copy is verified and then compressed, before it gets its name.

use std::ops::ControlFlow;
use std::path::Path;

use super::list::BackupState;
use crate::cancel;
use crate::config::StoreConfig;
use crate::error::{Error, ErrorCode, Result};
use crate::maintenance::progress::{OnProgress, Phase, as_stage};
use crate::sqlite::connection::{Connection, Role};
use crate::sqlite::copy_file::{Partial, copy_verified};
use crate::sqlite::soundness::{self, Extras, Sound};
use crate::sqlite::target::{Existing, Target};
use crate::sqlite::{DatabaseLocation, disk, gzip};

/// Copies the database into `TARGET.plain.partial`, verifies it, compresses it into `TARGET.partial`, and renames that.
pub(super) fn create(
    database: &DatabaseLocation,
    config: &StoreConfig,
    target: &Target,
    on_progress: &mut OnProgress<'_>,
) -> Result<Sound> {
    let compressed = Partial::reserve(target.location())?;
    let plain = target.location().sibling(".plain");
    let (plain, sound) = copy_verified(
        database,
        config,
        &Target::of_copy(&plain, database, Existing::Keep)?,
        &mut as_stage(Phase::Copying, on_progress),
    )?;
    let path = plain.location.path();
    // Incompressible content needs as much room again.
    disk::require(path, std::fs::metadata(path)?.len(), config.min_free_disk)?;
    gzip::compress(
        path,
        compressed.writer(),
        &sound.schema_version,
        &mut as_stage(Phase::Compressing, on_progress),
    )?;
    compressed.publish(target)?;
    Ok(sound)
}

/// Reads the schema version and state of a compressed backup. To verify it, it is unpacked beside itself.
pub(super) fn read(path: &Path, verified: bool) -> Result<(Option<String>, BackupState)> {
    let label = gzip::label(path)?;
    if !label.is_database {
        let path = path.display();
        let message = format!("{path}: must be a compressed database, got other compressed data");
        return Err(Error::new(ErrorCode::NotADatabase, message));
    }
    if !verified {
        return Ok((label.schema_version, BackupState::Unverified));
    }
    let sound = unpack_and_verify(path)?;
    Ok((Some(sound.schema_version), BackupState::Verified))
}

fn unpack_and_verify(path: &Path) -> Result<Sound> {
    let config = StoreConfig::new(path);
    let unpacked = DatabaseLocation::new(path)?.beside(".unpacked");
    let unpacked = Partial::reserve(&unpacked)?.shown_as(path.display());
    let room = gzip::Room {
        max_size: u64::MAX,
        min_free_disk: config.min_free_disk,
    };
    let location = &unpacked.location;
    let go_on = &mut |_| match cancel::is_asked() {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    };
    gzip::unpack(path, unpacked.writer(), location.path(), room, go_on)?;
    let mut conn = Connection::open(location, Role::Probe, &config)?;
    let sound = soundness::require(&mut conn, location, Extras::Allowed);
    sound.map_err(|e| conn.explain(e))
}
