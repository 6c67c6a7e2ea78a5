//! What the programs in Rust have in common: the protocol, and values of rows.

use std::io::{BufRead, Write};
use std::time::Instant;

use serde_json::{Map, Value};

/// What a peer can do.
pub trait Peer {
    /// Prepares what `work` needs for this many runs, outside of the time.
    fn prepare(&mut self, work: &str, count: u64);
    /// Does it once.
    fn once(&mut self, work: &str);
}

/// Says the versions, and does what it is told until the input ends.
pub fn serve(versions: &str, peer: &mut impl Peer) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{versions}").unwrap();
    output.flush().unwrap();
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        let [_, work, count] = words[..] else {
            panic!("{line}")
        };
        let count = count.parse().unwrap();
        peer.prepare(work, count);
        let started = Instant::now();
        (0..count).for_each(|_| peer.once(work));
        writeln!(output, "{}", started.elapsed().as_nanos()).unwrap();
        output.flush().unwrap();
    }
}

/// The version of a package that a lock file names.
pub fn locked_version<'l>(lock: &'l str, package: &str) -> &'l str {
    let (_, rest) = lock
        .split_once(&format!("name = \"{package}\"\nversion = \""))
        .unwrap();
    rest.split('"').next().unwrap()
}

/// The present moment, as the database has it.
pub fn now() -> String {
    let now = chrono::Utc::now().format("%Y-%m-%d %H:%M:%S%.6f");
    format!("{now}0")
}

pub fn in_a_minute() -> String {
    let then =
        (chrono::Utc::now() + chrono::TimeDelta::seconds(60)).format("%Y-%m-%d %H:%M:%S%.6f");
    format!("{then}0")
}

/// Seconds between two moments of the database.
pub fn seconds_between(from: &str, to: &str) -> f64 {
    let read = |text| chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").unwrap();
    (read(to) - read(from)).as_seconds_f64()
}

/// A length of time, as the database has it.
pub fn time_span(seconds: f64) -> String {
    let whole = seconds as u64;
    let ticks = ((seconds - seconds.floor()) * 1e7) as u64;
    format!(
        "{:02}:{:02}:{:02}.{ticks:07}",
        whole / 3600 % 24,
        whole / 60 % 60,
        whole % 60
    )
}

/// What a length of time from the database is in seconds.
pub fn seconds_of(span: &str) -> f64 {
    let (days, rest) = match span.split_once('.') {
        Some((days, rest)) if rest.contains(':') => (days.parse().unwrap(), rest),
        _ => (0.0, span),
    };
    let parts = rest.split(':').map(|part| part.parse::<f64>().unwrap());
    days * 86_400.0 + parts.fold(0.0, |sum, part| sum * 60.0 + part)
}

pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// The id of a task that was there before.
pub fn task_id(number: u64) -> String {
    format!("01940000-0000-7000-8000-{number:012x}")
}

pub fn path(number: u64) -> String {
    format!("/srv/git/repository-{:02}", number % 16)
}

pub fn command(number: u64) -> String {
    format!("cargo test --package search --test case_{number}")
}

/// The values before and afterwards of what an update changes, with the columns' names.
pub fn changes(pairs: &[(&str, Value, Value)]) -> (String, String, String) {
    let pick = |of: fn(&(&str, Value, Value)) -> Value| {
        let values: Map<String, Value> = pairs.iter().map(|p| (p.0.to_owned(), of(p))).collect();
        Value::Object(values).to_string()
    };
    let names: Vec<&str> = pairs.iter().map(|pair| pair.0).collect();
    (
        pick(|p| p.1.clone()),
        pick(|p| p.2.clone()),
        serde_json::to_string(&names).unwrap(),
    )
}

/// The lower bound of Wilson's score interval at 95 %.
pub fn reliability(successes: f64, trials: f64) -> f64 {
    let (z2, share) = (1.959_963_984_540_054_f64.powi(2), successes / trials);
    let margin = (z2 * (share * (1.0 - share) + z2 / (4.0 * trials)) / trials).sqrt();
    (share + z2 / (2.0 * trials) - margin) / (1.0 + z2 / trials)
}
