//! Programs that have a database open by themselves, without this library: they hold SQLite's own locks only.

use super::file_identity::FileIdentity;
use super::{DatabaseLocation, plain_file};
use crate::error::{Error, ErrorCode, Result};

/// Fails with [`ErrorCode::Busy`] where other processes have the database open, and names them. Finds those whose locks
/// the operating system lists: on Linux, processes that this one sees.
pub(crate) fn refuse(location: &DatabaseLocation) -> Result<()> {
    let processes = processes_with_locks(location);
    if processes.is_empty() {
        return Ok(());
    }
    let named: Vec<_> = processes.iter().map(u32::to_string).collect();
    let message = format!(
        "{location} is open in another program (process {}); end it first",
        named.join(", ")
    );
    Err(Error::new(ErrorCode::Busy, message))
}

#[cfg(target_os = "linux")]
fn processes_with_locks(location: &DatabaseLocation) -> Vec<u32> {
    let identity = FileIdentity::of(location.path()).ok().flatten();
    let (Some(identity), Ok(locks)) = (identity, plain_file::read_of_system("/proc/locks")) else {
        return Vec::new();
    };
    holders(&locks, identity, std::process::id())
}

#[cfg(not(target_os = "linux"))]
fn processes_with_locks(_: &DatabaseLocation) -> Vec<u32> {
    Vec::new()
}

/// Returns the processes, other than this one, that hold locks on a file by a list of all locks.
///
/// <https://man7.org/linux/man-pages/man5/proc_locks.5.html>
#[cfg(target_os = "linux")]
fn holders(locks: &str, file: FileIdentity, this_process: u32) -> Vec<u32> {
    let name = format!(
        "{:02x}:{:02x}:{}",
        nix::sys::stat::major(file.device),
        nix::sys::stat::minor(file.device),
        file.inode
    );
    let holder = |line: &str| {
        let fields: Vec<_> = line.split_whitespace().collect();
        // A lock that is waited for has an arrow behind its number.
        let [_, "POSIX", _, _, process, place, ..] = fields[..] else {
            return None;
        };
        let process = process
            .parse()
            .ok()
            .filter(|process| *process != this_process);
        process.filter(|_| place == name)
    };
    let mut processes: Vec<_> = locks.lines().filter_map(holder).collect();
    processes.sort_unstable();
    processes.dedup();
    processes
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn only_other_processes_with_locks_on_the_file_count() {
        let locks = "\
1: POSIX  ADVISORY  READ  41 fe:01:77 1073741826 1073742335
1: -> POSIX  ADVISORY  WRITE 45 fe:01:77 1073741826 1073742335
2: POSIX  ADVISORY  READ  42 fe:01:77 1073741826 1073742335
3: POSIX  ADVISORY  WRITE 42 fe:01:77 1073741825 1073741825
4: OFDLCK ADVISORY  READ  -1 fe:01:77 1073741826 1073742335
5: POSIX  ADVISORY  READ  43 fe:01:78 0 EOF
6: FLOCK  ADVISORY  WRITE 44 fe:01:77 0 EOF
";
        let file = FileIdentity {
            device: nix::sys::stat::makedev(0xfe, 1),
            inode: 77,
        };
        assert_eq!(holders(locks, file, 41), [42]);
    }
}
