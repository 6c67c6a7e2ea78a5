//! Queues that a host would use instead, each a program of its own under `benches/peers/`.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::{Done, Run, Side};
use crate::peers::Program;
use crate::queues::pragmas;

/// A queue that a host would use instead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    /// Its name.
    pub(crate) name: &'static str,
    program: Program,
}

/// All of them.
pub(crate) const PEERS: [Peer; 3] = [
    Peer {
        name: "plainjob",
        program: Program::Node {
            folder: "plainjob",
            script: "plainjob",
        },
    },
    Peer {
        name: "Hangfire",
        program: Program::DotNet("hangfire"),
    },
    Peer {
        name: "persist-queue",
        program: Program::Debian {
            package: "python3-persist-queue",
            script: "persist-queue/persist_queue",
        },
    },
];

/// A peer that is installed.
#[derive(Debug)]
pub(crate) struct QueuePeer {
    peer: Peer,
    program: Command,
    /// What it says of its versions.
    pub(crate) versions: String,
}

impl QueuePeer {
    /// Installs a peer, or says why it can't be.
    pub(crate) fn install(peer: Peer) -> Result<Self, String> {
        let program = peer.program.install()?;
        let mut installed = Self {
            peer,
            program,
            versions: String::new(),
        };
        installed.versions = installed.ask(&["versions"])?;
        Ok(installed)
    }

    fn ask(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(self.program.get_program());
        command.args(self.program.get_args()).args(arguments);
        for (name, value) in self.program.get_envs() {
            command.env(name, value.unwrap());
        }
        let output = command.output().map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

impl Side for QueuePeer {
    fn name(&self) -> &'static str {
        self.peer.name
    }

    fn fill(&self, path: &Path, tasks: u64) {
        let path = path.to_str().unwrap();
        self.ask(&["fill", path, &tasks.to_string()]).unwrap();
    }

    fn run(&self, path: &Path, run: Run) -> Done {
        let told = self.ask(&[
            "run",
            path.to_str().unwrap(),
            &pragmas(run.conditions.durability),
            &run.conditions.workers.to_string(),
            &run.limit.as_millis().to_string(),
        ]);
        let told = told.unwrap();
        let numbers: Vec<u64> = told
            .split_whitespace()
            .map(|number| number.parse().unwrap())
            .collect();
        let [nanoseconds, completed, waiting] = numbers[..] else {
            panic!("{told}")
        };
        Done {
            completed,
            waiting,
            elapsed: Duration::from_nanos(nanoseconds),
        }
    }
}
