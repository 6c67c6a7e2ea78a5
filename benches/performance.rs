//! Measures everything; `CONTRIBUTING.md` tells how to call it.

use std::path::{Path, PathBuf};

use orchestra_bench::cases::{self, Sizes, equality};
use orchestra_bench::harness::{Bench, Effort};
use orchestra_bench::queues::Options;
use orchestra_bench::report::{self, Findings};
use orchestra_bench::{growth, peers, queues};

/// What is asked for on the command line.
struct Arguments(Vec<String>);

impl Arguments {
    fn has(&self, flag: &str) -> bool {
        self.0.iter().any(|argument| argument == flag)
    }

    fn value_of(&self, flag: &str) -> Option<&str> {
        let place = self.0.iter().position(|argument| argument == flag)?;
        self.0.get(place + 1).map(String::as_str)
    }
}

fn main() {
    queues::waiting::wait_if_asked();
    let arguments = Arguments(std::env::args().skip(1).collect());
    if arguments.has("waiting") {
        queues::waiting::measure(500, std::env::current_exe().ok().as_deref());
        return;
    }
    if arguments.has("queues") {
        return measure_queues(&arguments);
    }
    let findings = measure(&arguments);
    if arguments.has("--report") {
        report::write(&findings, &docs());
    }
    let grown = growth::growth(&findings.growth);
    grown.iter().for_each(|found| println!("{found}"));
    let is_within_limit = grown.iter().all(growth::Growth::is_within_limit);
    assert!(is_within_limit, "the cost grows too much");
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

fn measure_queues(arguments: &Arguments) {
    let options = if arguments.has("--quick") {
        Options::QUICK
    } else {
        Options::FULL
    };
    let has_peers = options.has_peers && !arguments.has("--no-peers") || arguments.has("--peers");
    let options = Options {
        has_peers,
        ..options
    };
    let found = queues::measure(&options, std::env::current_exe().ok().as_deref());
    if arguments.has("--report") {
        report::write_queues(&found, &docs());
    }
}

fn measure(arguments: &Arguments) -> Findings {
    let is_full = arguments.has("--full");
    let only = arguments.value_of("--only");
    let effort = if is_full { Effort::FULL } else { Effort::SHORT };
    equality::check();
    let mut bench = Bench::new(effort, only.map(str::to_owned));
    cases::run(&mut bench, Sizes::NAMED);
    let sizes = if is_full { growth::FULL } else { growth::SHORT };
    Findings {
        is_full,
        cases: bench.measurements,
        growth: match only {
            None | Some("growth") => growth::measure(sizes, growth::REPETITIONS),
            Some(_) => Vec::new(),
        },
        peers: match arguments.has("--peers") {
            true => peers::measure(effort.shortened(), only),
            false => Vec::new(),
        },
    }
}
