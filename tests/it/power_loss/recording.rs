//! What a process did to a directory: the files that it found, and each change.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::disk::{Disk, Event, Model, Remains, Sabotage};
use super::image::files_of;
use super::workload::Workload;
use crate::random::Random;
use crate::support::{child_process, note};

/// Name of the variable that tells the recorder, and the process, where marks are written.
pub const MARKS: &str = "ORCHESTRA_RECORD_MARKS";

pub struct Recording {
    before: Vec<(u64, PathBuf, Option<Vec<u8>>)>,
    pub events: Vec<Event>,
}

impl Recording {
    /// Runs the workload in a process of its own. Nothing where that can't be recorded.
    pub fn of(workload: Workload) -> Option<Self> {
        let recorder = recorder()?;
        let place = tempfile::tempdir().unwrap();
        let place = place.path().canonicalize().unwrap();
        let directory = place.join("recorded");
        std::fs::create_dir(&directory).unwrap();
        workload.prepare(&directory);
        let before = files_of(&directory);

        let log = place.join("log");
        let argument = format!("{workload:?} {}", directory.display());
        let output = child_process("power_loss::child_works", &argument)
            .env("LD_PRELOAD", recorder)
            .env("ORCHESTRA_RECORD_LOG", &log)
            .env("ORCHESTRA_RECORD_DIRECTORY", &directory)
            .env(MARKS, place.join("marks"))
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{workload:?}: {told}");
        let events = events_in(&std::fs::read(&log).unwrap(), &directory);
        let recording = Self { before, events };
        recording.assert_complete(&directory);
        Some(recording)
    }

    /// Everything that was recorded makes the directory that the process left.
    fn assert_complete(&self, directory: &Path) {
        let mut disk = self.disk(Sabotage::None);
        self.events.iter().for_each(|event| disk.apply(event));
        for model in [Model::Ordered, Model::Strict] {
            let image = disk.image(model, Remains::Everything, &mut Random::new(0));
            image.assert_is(directory);
        }
    }

    /// The disk before the first event.
    pub fn disk(&self, sabotage: Sabotage) -> Disk {
        Disk::holding(&self.before, sabotage)
    }
}

/// The compiled recorder. Where it can't be, a note says why.
fn recorder() -> Option<&'static Path> {
    static RECORDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let compiled = RECORDER.get_or_init(|| {
        let compiled = compile();
        compiled
            .map_err(|why| note(&format!("no power was lost: {why}")))
            .ok()
    });
    compiled.as_deref()
}

fn compile() -> Result<PathBuf, String> {
    if !cfg!(all(
        target_os = "linux",
        target_env = "gnu",
        target_pointer_width = "64"
    )) {
        return Err("the recorder needs Linux with the GNU C library and 64 bits".to_owned());
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/power_loss/recorder.c");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let partial = target.join(format!("recorder-{}.so", std::process::id()));
    let compiled = Command::new("cc")
        .args(["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror"])
        .args(["-shared", "-fPIC", "-pthread", "-o"])
        .args([&partial, &source])
        .output()
        .map_err(|e| format!("the recorder needs a C compiler: {e}"))?;
    let told = String::from_utf8_lossy(&compiled.stderr);
    assert!(compiled.status.success(), "{told}");
    // Another run of the tests may have the last one loaded.
    let recorder = target.join("power-loss-recorder.so");
    std::fs::rename(partial, &recorder).unwrap();
    Ok(recorder)
}

/// The rest of a log, as recorder.c writes it.
struct Log<'l>(&'l [u8]);

impl<'l> Log<'l> {
    fn bytes(&mut self, length: usize) -> &'l [u8] {
        let (bytes, rest) = self.0.split_at(length);
        self.0 = rest;
        bytes
    }

    fn half(&mut self) -> usize {
        u32::from_ne_bytes(self.bytes(4).try_into().unwrap()) as usize
    }

    fn number(&mut self) -> u64 {
        u64::from_ne_bytes(self.bytes(8).try_into().unwrap())
    }

    fn path(&mut self, length: usize, directory: &Path) -> PathBuf {
        let path = Path::new(std::str::from_utf8(self.bytes(length)).unwrap());
        let inside = path.strip_prefix(directory);
        inside.map(Path::to_owned).unwrap_or_default()
    }

    fn event(&mut self, directory: &Path) -> Event {
        let (kind, lengths) = (self.half(), [self.half(), self.half(), self.half()]);
        let (inode, offset) = (self.number(), usize::try_from(self.number()).unwrap());
        let from = self.path(lengths[0], directory);
        let to = self.path(lengths[1], directory);
        let data = self.bytes(lengths[2]).to_owned();
        let is_directory = kind == 8;
        match kind {
            1 | 8 => Event::Create {
                inode,
                path: from,
                is_directory,
            },
            2 => Event::Write {
                inode,
                offset,
                data,
            },
            3 => Event::Truncate {
                inode,
                length: offset,
            },
            4 => Event::Sync { inode },
            5 => Event::Rename { from, to },
            6 => Event::Link { from, to },
            7 => Event::Unlink { path: from },
            9 => Event::Mark(String::from_utf8(data).unwrap()),
            _ => panic!("record of kind {kind}"),
        }
    }
}

fn events_in(log: &[u8], directory: &Path) -> Vec<Event> {
    let mut log = Log(log);
    let mut events = Vec::new();
    while !log.0.is_empty() {
        events.push(log.event(directory));
    }
    assert!(!events.is_empty(), "the recorder saw nothing");
    events
}
