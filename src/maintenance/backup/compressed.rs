//! Backups that are compressed: a verified copy as of any other, made smaller before it gets its name.

use std::ops::ControlFlow;
use std::path::Path;

use super::list::BackupState;
use crate::config::StoreConfig;
use crate::error::{Error, ErrorCode, Result};
use crate::maintenance::progress::{OnProgress, Phase, as_stage};
use crate::sqlite::connection::{Connection, Role};
use crate::sqlite::copy_file::{Existing, Partial, copy_verified, refuse_taken};
use crate::sqlite::soundness::{self, Extras, Sound};
use crate::sqlite::{DatabaseLocation, disk, gzip};

/// Copies the database into `TARGET.plain.partial`, verifies that, compresses it into
/// `TARGET.partial`, and gives this one its name.
pub(super) fn create(
    database: &DatabaseLocation,
    config: &StoreConfig,
    target: &DatabaseLocation,
    existing: Existing,
    on_progress: &mut OnProgress<'_>,
) -> Result<Sound> {
    refuse_taken(database, target, existing)?;
    let compressed = Partial::reserve(target)?;
    let plain = DatabaseLocation::new(&target.sibling(".plain"))?;
    let (plain, sound) = copy_verified(
        database,
        config,
        &plain,
        Existing::Keep,
        &mut as_stage(Phase::Copying, on_progress),
    )?;
    let path = plain.location.path();
    // What can't be made smaller needs as much again.
    disk::require(path, std::fs::metadata(path)?.len(), config.min_free_disk)?;
    gzip::compress(
        path,
        compressed.writer(),
        &sound.schema_version,
        &mut as_stage(Phase::Compressing, on_progress),
    )?;
    compressed.publish(target, existing)?;
    Ok(sound)
}

/// What is known of a compressed backup; to verify it, it is unpacked beside itself.
pub(super) fn read(path: &Path, verified: bool) -> Result<(Option<String>, BackupState)> {
    let label = gzip::label(path)?;
    if !label.is_database {
        let message = format!("{}: what is compressed is no database", path.display());
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
    let unpacked = DatabaseLocation::new(path)?.sibling(".unpacked");
    let unpacked = Partial::reserve(&DatabaseLocation::new(&unpacked)?)?;
    let room = gzip::Room {
        max_size: u64::MAX,
        min_free_disk: config.min_free_disk,
    };
    let location = &unpacked.location;
    let go_on = &mut |_| ControlFlow::Continue(());
    gzip::unpack(path, unpacked.writer(), location.path(), room, go_on)?;
    let mut conn = Connection::open(location, Role::Probe, &config)?;
    let sound = soundness::require(&mut conn, location, Extras::Allowed);
    sound.map_err(|e| conn.explain(e))
}
