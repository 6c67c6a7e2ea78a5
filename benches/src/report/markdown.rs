//! The text of the report.

use std::fmt::Write as _;

use super::Findings;
use super::machine::Machine;
use super::plots::{PLOTS, grouped};
use crate::cases::reason;
use crate::growth::{self, LIMIT, Operation, Point};
use crate::harness::{Measurement, Spread};
use crate::peers::PeerMeasurement;

const INTRODUCTION: &str = include_str!("introduction.md");

pub(super) fn render(findings: &Findings, machine: &Machine) -> String {
    let mut text = String::from(INTRODUCTION);
    text.push_str(&machine_section(findings, machine));
    text.push_str(&cases_section(&findings.cases));
    if !findings.growth.is_empty() {
        text.push_str(&growth_section(&findings.growth));
    }
    if !findings.peers.is_empty() {
        text.push_str(&peers_section(&findings.peers));
    }
    text
}

fn machine_section(findings: &Findings, machine: &Machine) -> String {
    let form = if findings.is_full { "full" } else { "short" };
    format!(
        "\n## Machine and versions\n\n\
         {} with {} threads, {}, databases on {}. {}, SQLite {}, {}. This is the {form} form.\n",
        machine.processor,
        machine.cores,
        machine.system,
        machine.file_system,
        machine.rustc,
        machine.sqlite,
        machine.crates.join(", "),
    )
}

fn cases_section(cases: &[Measurement]) -> String {
    let mut text = String::from(
        "\n## Against code by hand\n\n\
         | case | kernel | baseline | ratio (middle half) | at least | met |\n\
         |---|---|---|---|---|---|\n",
    );
    for found in cases {
        let baseline = match found.case.baseline {
            "by hand" => time(found.baseline.median),
            other => format!("{} ({other})", time(found.baseline.median)),
        };
        let target = found
            .case
            .target
            .map_or(String::new(), |t| format!("{t:.2}"));
        writeln!(
            text,
            "| {} | {} | {baseline} | {} | {target} | {} |",
            found.case.name,
            time(found.kernel.median),
            ratio(found.ratio),
            verdict(found.meets_target()),
        )
        .unwrap();
    }
    let missed = cases
        .iter()
        .filter(|found| found.meets_target() == Some(false));
    let reasons: Vec<String> = missed
        .map(|found| {
            format!(
                "- **{}**: {}\n",
                found.case.name,
                reason(&found.case, cases)
            )
        })
        .collect();
    if !reasons.is_empty() {
        write!(
            text,
            "\nMissed targets, with the reason:\n\n{}",
            reasons.concat()
        )
        .unwrap();
    }
    text
}

fn growth_section(points: &[Point]) -> String {
    let mut text = String::from("\n## Cost against size\n\n");
    for plot in &PLOTS {
        writeln!(text, "![{}](performance/{})", plot.title, plot.file).unwrap();
    }
    text.push_str(
        "\n| operation | tasks | time | steps | pages | memory |\n|---|---|---|---|---|---|\n",
    );
    for operation in Operation::ALL {
        for point in points.iter().filter(|p| p.operation == operation) {
            text.push_str(&point_row(point));
        }
    }
    let growth = growth::growth(points);
    writeln!(
        text,
        "\nThe largest database compared with the one of {} tasks; the limit is {LIMIT}:\n\n\
         | operation | steps | pages | met |\n|---|---|---|---|",
        grouped(growth::base(points) as f64)
    )
    .unwrap();
    let is_met = growth.iter().all(|found| found.is_within_limit());
    for found in growth {
        writeln!(
            text,
            "| {} | {:.2} | {:.2} | {} |",
            found.operation.name(),
            found.steps,
            found.pages,
            verdict(Some(found.is_within_limit())),
        )
        .unwrap();
    }
    if !is_met {
        text.push_str(DEEPER);
    }
    text
}

const DEEPER: &str = "\nPages are those that SQLite looks at, cached or not. Each row of a page is found by a walk \
    through the table's tree, which has more levels the more tasks there are.\n";

fn point_row(point: &Point) -> String {
    let memory = match point.memory {
        Some(bytes) if bytes >= 1 << 20 => format!("{:.0} MiB", bytes as f64 / 1_048_576.0),
        Some(_) => "< 1 MiB".to_owned(),
        None => "unknown".to_owned(),
    };
    format!(
        "| {} | {} | {} | {} | {} | {memory} |\n",
        point.operation.name(),
        grouped(point.tasks as f64),
        time(point.seconds),
        grouped(point.steps as f64),
        grouped(point.pages as f64),
    )
}

fn peers_section(found: &[PeerMeasurement]) -> String {
    let mut text = String::from(
        "\n## Against what a host would use instead\n\n\
         Each peer writes the tasks, audit rows and statistics; the kernel also writes its outbox.\n\n\
         | peer | work | kernel | peer | times as fast (middle half) |\n|---|---|---|---|---|\n",
    );
    for found in found {
        let measured = &found.measurement;
        writeln!(
            text,
            "| {} | {} | {} | {} | {}{} |",
            found.peer.name,
            found.work.name(),
            time(measured.kernel.median),
            time(measured.baseline.median),
            ratio(measured.ratio),
            if measured.ratio.median < 1.0 {
                ", **slower**"
            } else {
                ""
            },
        )
        .unwrap();
    }
    text.push_str("\n| peer | versions | kernel called | differences |\n|---|---|---|---|\n");
    for found in found
        .iter()
        .filter(|found| found.work == crate::peers::Work::ALL[0])
    {
        let peer = found.peer;
        writeln!(
            text,
            "| {} | {} | {} | {} |",
            peer.name,
            found.versions,
            peer.kernel_call(),
            peer.difference
        )
        .unwrap();
    }
    if found
        .iter()
        .any(|found| found.measurement.ratio.median < 1.0)
    {
        text.push_str(SLOWER);
    }
    text
}

const SLOWER: &str = "\nWhere the kernel is slower than a peer, the peer leaves out work that the kernel does in each \
    call: checking arguments, typed columns, comparing each row with the stored one before a write and, when called \
    from another language, writing and reading JSON.\n";

pub(super) fn ratio(spread: Spread) -> String {
    format!(
        "{:.2} ({:.2}–{:.2})",
        spread.median, spread.lower, spread.upper
    )
}

fn verdict(is_met: Option<bool>) -> &'static str {
    match is_met {
        Some(true) => "yes",
        Some(false) => "**no**",
        None => "",
    }
}

fn time(seconds: f64) -> String {
    let micros = seconds * 1e6;
    match micros {
        ..100.0 => format!("{micros:.1} µs"),
        ..10_000.0 => format!("{micros:.0} µs"),
        ..1_000_000.0 => format!("{:.0} ms", micros / 1e3),
        _ => format!("{seconds:.2} s"),
    }
}
