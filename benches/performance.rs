//! Measures everything: `cargo bench -p orchestra-bench -- [--full] [--only TEXT]`.

use orchestra_bench::cases::{self, equality};
use orchestra_bench::harness::{Bench, Effort};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_full = arguments.iter().any(|argument| argument == "--full");
    let only = arguments
        .iter()
        .position(|argument| argument == "--only")
        .and_then(|place| arguments.get(place + 1).cloned());
    equality::check();
    let effort = if is_full { Effort::FULL } else { Effort::SHORT };
    let mut bench = Bench::new(effort, only);
    cases::run(&mut bench, 100_000);
}
