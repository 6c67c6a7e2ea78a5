//! The section on queues, which has a run of its own.

use std::fmt::Write as _;
use std::path::Path;

use super::markdown::ratio;
use crate::queues::{BY_HAND, BY_HAND_SOURCE, Conditions, Found, word};

const INTRODUCTION: &str = include_str!("queues.md");
/// The section is the end of the page.
const BEGINNING: &str = "\n## Queues\n";

/// What was measured on another machine, of queues that can't be installed everywhere.
const ELSEWHERE: &str = "
### Measured elsewhere

Of other queues, on one machine, FULL durability, with the code by hand of that run (3 793 and 3 470 cycles per second with
1 and 8 workers). They were not part of the run above.

| queue | 1 worker | 8 workers | of by hand, 1 / 8 | log per cycle | kept per task |
|---|---|---|---|---|---|
| effectum 0.7 | 2 296 | 8 315 | 0.61 / 2.40 | 36 / 11 KB | 299 B |
| plainjob 0.0.14 | 2 740 | 2 894 | 0.72 / 0.83 | 22 KB | 92 B |
| huey, litequeue, persist-queue 1.1 | 2 000–2 400 | 1 600–1 800 | 0.52–0.62 / 0.47–0.51 | 8–21 KB | 84–195 B |
| apalis-sqlite (10 a batch) | 1 318 | 2 559 | 0.35 / 0.74 | 9 KB | 140 B |

Where the kernel is behind one of them, it writes what they don't have: an audit entry for each step of a task, an event for
each row that changed, the counters of the agent and the repository, and the indexes by which tasks are claimed in order of
priority, by agent, queue and repository.
";

/// The section of the page as it is.
pub(super) fn of_page(page: &str) -> &str {
    page.find(BEGINNING).map_or("", |place| &page[place..])
}

/// Writes the section into `performance.md` of a directory, whose other sections stay.
pub fn write(found: &Found, directory: &Path) {
    let page = directory.join("performance.md");
    let before = std::fs::read_to_string(&page).unwrap_or_default();
    let rest = before.len() - of_page(&before).len();
    std::fs::write(page, format!("{}{}", &before[..rest], render(found))).unwrap();
}

fn render(found: &Found) -> String {
    let mut text = format!("\n{INTRODUCTION}");
    if !found.rates.is_empty() {
        text.push_str(&rates(found));
    }
    if !found.costs.is_empty() {
        text.push_str(&costs(found));
    }
    text.push_str(ELSEWHERE);
    write!(
        text,
        "\n## Appendix: the queue by hand\n\n```rust\n{BY_HAND_SOURCE}```\n"
    )
    .unwrap();
    text
}

fn rates(found: &Found) -> String {
    let mut text = String::from("\n| side |");
    for conditions in Conditions::ALL {
        let (durability, workers) = (word(conditions.durability), conditions.workers);
        write!(text, " {durability}, {workers} |").unwrap();
    }
    text.push_str("\n|---|---|---|---|---|\n");
    let of_first = found.rates.iter();
    let of_first = of_first.filter(|rate| rate.conditions == Conditions::ALL[0]);
    for side in of_first.map(|rate| rate.side) {
        write!(text, "| {side} |").unwrap();
        for conditions in Conditions::ALL {
            let rate = found.rate(side, conditions).unwrap();
            let by_hand = found.rate(BY_HAND, conditions).unwrap();
            write!(text, " {rate:.0} ({:.2}) |", rate / by_hand).unwrap();
        }
        text.push('\n');
    }
    text.push('\n');
    for (peer, versions) in &found.peers {
        writeln!(text, "- {peer}: {versions}").unwrap();
    }
    for skipped in &found.skipped {
        writeln!(text, "- {} couldn't be installed", skipped.peer).unwrap();
    }
    text
}

fn costs(found: &Found) -> String {
    let mut text = String::from(
        "\n| side | pages of the log per cycle, one worker | bytes of the log | bytes kept per finished task |\n\
         |---|---|---|---|\n",
    );
    for costs in &found.costs {
        writeln!(
            text,
            "| {} | {:.1} | {:.0} | {:.0} |",
            costs.side,
            costs.pages(),
            costs.log_bytes,
            costs.kept
        )
        .unwrap();
    }
    text.push_str("\n| | kernel | by hand | ratio |\n|---|---|---|---|\n");
    for enqueues in &found.enqueues {
        writeln!(
            text,
            "| enqueues per second, {} | {:.0} | {:.0} | {:.2} |",
            word(enqueues.durability),
            enqueues.ours,
            enqueues.by_hand,
            enqueues.ratio()
        )
        .unwrap();
    }
    if let Some(opening) = &found.opening {
        writeln!(
            text,
            "| opening and closing a file of 20 000 tasks | {:.0} µs | {:.0} µs | {} |",
            opening.kernel.median * 1e6,
            opening.baseline.median * 1e6,
            ratio(opening.ratio)
        )
        .unwrap();
    }
    text.push_str("\nFrom the end of an enqueueing to the start of the task by one of 100 claims that wait:\n\n");
    for latency in &found.waiting {
        writeln!(text, "- {latency}").unwrap();
    }
    text
}
