//! The kernel against what a host would use instead of it, called in the way of that host.
//!
//! Each peer is a program of its own under `benches/peers/`, since a process must not have two
//! copies of SQLite that are linked by one name. It is told over a pipe what to do how often, and
//! answers with the time that it took; so both sides take turns here too. Rust calls the kernel in
//! this process; the programs in Python and JavaScript also have the kernel's shared library and
//! call it themselves.

mod install;
mod kernel;
mod process;

pub(crate) use install::Program;

use orchestra_store::Durability;

use crate::c_abi;
use crate::harness::{Bench, Case, Effort, Measurement};
use crate::sides::Sides;

use self::kernel::Kernel;
use self::process::Process;

/// How many tasks are there at the beginning.
const TASKS: u64 = 100_000;

/// What each peer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// A task by its id.
    ReadById,
    /// The second page of 50 of the waiting tasks, with their number.
    Page,
    /// A task with its audit row, in a transaction.
    Insert,
    /// Ten thousand of them in one.
    Batch,
    /// Claim, start and complete, each in a transaction, with audit rows and statistics.
    Run,
}

impl Work {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::ReadById,
        Self::Page,
        Self::Insert,
        Self::Batch,
        Self::Run,
    ];

    /// Its name, for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReadById => "read a task by id",
            Self::Page => "page of 50 with the total",
            Self::Insert => "insert with commit",
            Self::Batch => "10 000 in one call",
            Self::Run => "claim + start + complete",
        }
    }

    /// Its name in the protocol of the programs.
    const fn word(self) -> &'static str {
        match self {
            Self::ReadById => "read_by_id",
            Self::Page => "page",
            Self::Insert => "insert",
            Self::Batch => "batch",
            Self::Run => "run",
        }
    }
}

/// What a host would use instead.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// Its name.
    pub name: &'static str,
    /// What it does more or less than the kernel.
    pub difference: &'static str,
    pub(crate) program: Program,
}

impl Peer {
    /// How the kernel is called in comparison with it.
    pub const fn kernel_call(&self) -> &'static str {
        match self.program {
            Program::Python(_) => "ctypes, JSON",
            Program::Node { .. } => "koffi, JSON",
            _ => "directly",
        }
    }
}

/// All of them.
pub const PEERS: [Peer; 5] = [
    Peer {
        name: "rusqlite",
        difference: "Statements by hand. Times and enums stay texts and numbers.",
        program: Program::Rust("rusqlite"),
    },
    Peer {
        name: "sea-orm",
        difference: "Asynchronous, on a thread of its own. Times and enums stay texts and numbers.",
        program: Program::Rust("sea-orm"),
    },
    Peer {
        name: "sqlalchemy",
        difference: "A new session for each operation, as in a web application.",
        program: Program::Python("sqlalchemy"),
    },
    Peer {
        name: "better-sqlite3",
        difference: "Statements by hand, rows are plain objects.",
        program: Program::Node {
            folder: "node",
            script: "better-sqlite3",
        },
    },
    Peer {
        name: "mikro-orm",
        difference: "A fork of the entity manager for each operation, as in a web application.",
        program: Program::Node {
            folder: "node",
            script: "mikro-orm",
        },
    },
];

/// What came out of one kind of work of one peer.
#[derive(Debug, Clone)]
pub struct PeerMeasurement {
    /// The peer.
    pub peer: Peer,
    /// What it says of its versions.
    pub versions: String,
    /// What was done.
    pub work: Work,
    /// How fast both were.
    pub measurement: Measurement,
}

/// Installs the peers, and measures all, or those whose names contain a text.
pub fn measure(effort: Effort, only: Option<&str>) -> Vec<PeerMeasurement> {
    let wanted = |peer: &&Peer| only.is_none_or(|only| peer.name.contains(only));
    let peers = PEERS.iter().filter(wanted);
    peers.flat_map(|peer| measure_one(*peer, effort)).collect()
}

fn measure_one(peer: Peer, effort: Effort) -> Vec<PeerMeasurement> {
    let sides = Sides::with_tasks(TASKS);
    let is_rust = matches!(peer.program, Program::Rust(_));
    let mut program = peer.program.install().unwrap();
    program.arg(sides.raw_path()).arg(TASKS.to_string());
    if !is_rust {
        program
            .arg(sides.kernel_path())
            .arg(c_abi::shared_library());
    }
    let process = Process::start(program);
    let kernel = is_rust.then(|| Kernel::new(sides.store(Durability::Normal), TASKS));
    let mut bench = Bench::new(effort, None);
    println!("{}: {}", peer.name, process.versions());
    for work in Work::ALL {
        bench.compare(
            Case::new(work.name()).against(peer.name).at_least(1.0),
            |count| match &kernel {
                Some(kernel) => kernel.work(work, count),
                None => process.work("kernel", work, count),
            },
            |count| process.work("peer", work, count),
        );
    }
    let of_work = Work::ALL.into_iter().zip(bench.measurements);
    of_work
        .map(|(work, measurement)| PeerMeasurement {
            peer,
            versions: process.versions().to_owned(),
            work,
            measurement,
        })
        .collect()
}
