//! The place of a database file: whether SQLite's locks and log work there for everyone who may use the file.

use std::path::Path;

use super::{DatabaseLocation, plain_file};
use crate::config::StoreConfig;
use crate::error::{Error, ErrorCode, Result};

/// The way to a file's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Medium {
    Local,
    /// A file system in user space, which may be anything.
    UserSpace,
    /// A file system that other machines share. Its locks and shared memory don't reach them.
    Network(&'static str),
}

/// Fails with [`ErrorCode::FileUnsafe`] where a database must not be written at this place: on a network file system,
/// or under one of several names, each of which would have a log of its own. `allow_unsafe_location` lets an existing
/// database pass.
pub(super) fn check(location: &DatabaseLocation, config: &StoreConfig) -> Result<()> {
    let exists = location.has_content()?;
    let directory = location.path().parent().unwrap_or(location.path());
    let place = if exists { location.path() } else { directory };
    let medium = medium_of(place);
    if medium == Medium::UserSpace {
        tracing::warn!(database = %location, "the file system runs in user space: its locks may not work");
    }
    let Some(why) = why_not(medium, names_of(location.path())) else {
        return Ok(());
    };
    if exists && config.allow_unsafe_location {
        tracing::warn!(database = %location, "{why}");
        return Ok(());
    }
    let way_out = if exists {
        "move the file to a local disk under one name, open it with `read_only`, or set \
         `allow_unsafe_location` if nobody else uses it"
    } else {
        "create the database on a local disk"
    };
    let message = format!("{location} {why}; {way_out}");
    let setting = "allow_unsafe_location".to_owned();
    Err(Error::new(ErrorCode::FileUnsafe, message).with_details(|d| d.column = Some(setting)))
}

fn why_not(medium: Medium, names: u64) -> Option<String> {
    match (medium, names) {
        (Medium::Network(kind), _) => Some(format!(
            "must not lie on a network file system ({kind}), where SQLite's locks don't keep others out"
        )),
        (_, 2..) => Some(format!(
            "must have one name, got {names} (hard links), each of which would have a log of its own"
        )),
        _ => None,
    }
}

/// Returns the number of names of a file.
#[cfg(unix)]
fn names_of(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).map_or(1, |file| file.nlink())
}

#[cfg(not(unix))]
fn names_of(_: &Path) -> u64 {
    1
}

#[cfg(target_os = "linux")]
fn medium_of(path: &Path) -> Medium {
    let existing = path.ancestors().find(|place| place.exists());
    let Some(answer) = existing.and_then(|place| nix::sys::statfs::statfs(place).ok()) else {
        return Medium::Local;
    };
    // The field's type differs between architectures; the numbers have 32 bits.
    let magic = answer.filesystem_type().0 as u32;
    medium_by_magic(magic, || mounted_type(existing.unwrap_or(path)))
}

#[cfg(not(target_os = "linux"))]
fn medium_of(_: &Path) -> Medium {
    Medium::Local
}

/// Decides by the number of a file system's type, as `statfs` returns it. A file system that answers as FUSE is named
/// by `mounted_type`.
///
/// <https://man7.org/linux/man-pages/man2/statfs.2.html>
#[cfg(target_os = "linux")]
fn medium_by_magic(magic: u32, mounted_type: impl FnOnce() -> Option<String>) -> Medium {
    const FUSE: u32 = 0x6573_5546;
    const NETWORKS: [(u32, &str); 15] = [
        (0x6969, "NFS"),
        (0x517b, "SMB"),
        (0xfe53_4d42, "SMB"),
        (0xff53_4d42, "CIFS"),
        (0x0102_1997, "9p"),
        (0x00c3_6400, "Ceph"),
        (0x0bd0_0bd0, "Lustre"),
        (0x4750_4653, "GPFS"),
        (0x5346_414f, "AFS"),
        (0x6b41_4653, "AFS"),
        (0x7375_7245, "Coda"),
        (0x0116_1970, "GFS2"),
        (0x7461_636f, "OCFS2"),
        (0x564c, "NCP"),
        (0xaad7_aaea, "PanFS"),
    ];
    match NETWORKS.iter().find(|(number, _)| *number == magic) {
        Some((_, name)) => Medium::Network(name),
        None if magic == FUSE => match mounted_type().as_deref() {
            Some("virtiofs") => Medium::Network("virtiofs"),
            _ => Medium::UserSpace,
        },
        None => Medium::Local,
    }
}

/// Returns the type of the mounted file system that holds a file, by its device.
#[cfg(target_os = "linux")]
fn mounted_type(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let device = std::fs::metadata(path).ok()?.dev();
    let device = format!(
        "{}:{}",
        nix::sys::stat::major(device),
        nix::sys::stat::minor(device)
    );
    let mounts = plain_file::read_of_system("/proc/self/mountinfo").ok()?;
    let of_device = |line: &&str| line.split(' ').nth(2) == Some(&device);
    let line = mounts.lines().find(of_device)?;
    // The optional fields before the type end with a hyphen.
    let (_, rest) = line.split_once(" - ")?;
    rest.split(' ').next().map(str::to_owned)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn medium(magic: u32) -> Medium {
        medium_by_magic(magic, || None)
    }

    #[test]
    fn file_systems_are_told_by_their_numbers() {
        for (magic, name) in [
            (0x6969, "NFS"),
            (0xfe53_4d42, "SMB"),
            (0xff53_4d42, "CIFS"),
            (0x0102_1997, "9p"),
        ] {
            assert_eq!(medium(magic), Medium::Network(name), "{magic:x}");
        }
        // ext4, XFS, Btrfs, tmpfs, overlay, ZFS.
        for magic in [
            0xef53,
            0x5846_5342,
            0x9123_683e,
            0x0102_1994,
            0x794c_7630,
            0x2fc1_2fc1,
        ] {
            assert_eq!(medium(magic), Medium::Local, "{magic:x}");
        }
        let fuse = |kind: &str| medium_by_magic(0x6573_5546, || Some(kind.to_owned()));
        assert_eq!(fuse("fuse.sshfs"), Medium::UserSpace);
        assert_eq!(fuse("virtiofs"), Medium::Network("virtiofs"));
    }

    #[test]
    fn a_network_and_a_second_name_are_reasons() {
        assert_eq!(why_not(Medium::Local, 1), None);
        assert_eq!(why_not(Medium::UserSpace, 1), None);
        assert!(why_not(Medium::Local, 2).is_some_and(|why| why.contains("got 2")));
        assert!(why_not(Medium::Network("NFS"), 1).is_some_and(|why| why.contains("NFS")));
    }

    #[test]
    fn the_place_of_a_file_is_found_whether_it_exists_or_not() {
        let directory = tempfile::tempdir().unwrap();
        assert!(mounted_type(directory.path()).is_some());
        assert_eq!(
            medium_of(&directory.path().join("no/such/file")),
            medium_of(directory.path())
        );
    }
}
