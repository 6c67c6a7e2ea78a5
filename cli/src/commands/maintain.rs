//! `orchestra maintain`: one round of upkeep.

use std::time::Duration;

use clap::Args;
use orchestra_store::maintenance::upkeep::{Budget, SizeReport, StepReport, UpkeepReport};
use orchestra_store::services::retention_clock;
use orchestra_store::{Result, RetentionPolicy};

use crate::byte_size::ByteSize;
use crate::exit_code::Exit;
use crate::interrupt;
use crate::output::Page;
use crate::period::Length;
use crate::session::Session;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How long it may take: a number with s, m, h, d or w
    #[arg(long, value_name = "LENGTH", default_value = "10s")]
    budget: Length,
    /// Only tell what one batch of each step would do
    #[arg(long)]
    dry_run: bool,
    /// Delete rows of a kind that are older, such as completed-tasks=90d
    #[arg(long, value_name = "KIND=LENGTH")]
    keep: Vec<Keep>,
    /// Delete the oldest rows of these kinds, and give the space back, as long as the database and its log are larger,
    /// such as 2GiB
    #[arg(long, value_name = "SIZE")]
    max_size: Option<ByteSize>,
    /// Delete by the clock as it is now, although it jumped ahead since the last round
    #[arg(long, conflicts_with = "dry_run")]
    trust_clock: bool,
}

/// What is kept for how long.
#[derive(Debug, Clone)]
struct Keep {
    set: Set,
    length: Duration,
}

/// Says in a policy how long one kind of rows is kept.
type Set = fn(&mut RetentionPolicy, Duration);

/// The kinds of rows that a policy can be about.
const KINDS: [(&str, Set); 9] = [
    ("change-events", |p, length| p.change_events = Some(length)),
    ("completed-tasks", |p, length| {
        p.completed_tasks = Some(length)
    }),
    ("failed-tasks", |p, length| p.failed_tasks = Some(length)),
    ("cancelled-tasks", |p, length| {
        p.cancelled_tasks = Some(length)
    }),
    ("chat-messages", |p, length| p.chat_messages = Some(length)),
    ("metrics", |p, length| p.metrics = Some(length)),
    ("audit-logs", |p, length| p.audit_logs = Some(length)),
    ("error-logs", |p, length| p.error_logs = Some(length)),
    ("orchestration-logs", |p, length| {
        p.orchestration_logs = Some(length)
    }),
];

impl std::str::FromStr for Keep {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, length) = text
            .split_once('=')
            .ok_or("not a kind and a length, such as completed-tasks=90d")?;
        let Some((_, set)) = KINDS.iter().find(|(name, _)| *name == kind) else {
            let names: Vec<_> = KINDS.iter().map(|(name, _)| *name).collect();
            return Err(format!("{kind} is none of {}", names.join(", ")));
        };
        let length: Length = length.parse()?;
        Ok(Self {
            set: *set,
            length: length.0.to_duration().unwrap_or_default(),
        })
    }
}

pub(super) fn run(arguments: &Arguments, session: &Session) -> Result<Exit> {
    let store = session.open_with(|config| {
        for keep in &arguments.keep {
            (keep.set)(&mut config.retention, keep.length);
        }
        config.retention.max_size = arguments.max_size.map(|size| size.0);
    })?;
    if arguments.trust_clock {
        store.write(retention_clock::trust)?;
    }
    let report = if arguments.dry_run {
        store.maintain_dry_run()?
    } else {
        let time = arguments.budget.0.to_duration().unwrap_or_default();
        store.maintain(Budget::from(time))?
    };
    if report.errors().next().is_some() {
        // To the report it is a step that failed.
        interrupt::check()?;
    }
    session.output.print(&report, page)?;
    Ok(match report.errors().next() {
        None => Exit::Ok,
        Some(_) => Exit::Failed,
    })
}

fn page(report: &UpkeepReport) -> Page {
    let rows = report.steps.iter().map(row);
    let page = Page::new().table(["Step", "#Batches", "#Done", "More"], rows);
    let page = page.each(report.errors(), |page, (step, error)| {
        page.bad(format!("{step}: {}", error.message))
    });
    let page = page.each(&report.size, size);
    if report.more_due {
        page.line("More is due.")
    } else {
        page.good("Nothing more is due.")
    }
}

fn size(page: Page, report: &SizeReport) -> Page {
    let page = page.line(format!("Database and log: {report}"));
    page.each(&report.held, |page, held| {
        page.bad(format!("Nothing more may be deleted now: {held}"))
    })
}

fn row(step: &StepReport) -> [String; 4] {
    let more = match (step.runs, step.more) {
        (0, _) => "not tried",
        (_, true) => "yes",
        (_, false) => "",
    };
    [
        step.step.to_owned(),
        step.runs.to_string(),
        step.count.to_string(),
        more.to_owned(),
    ]
}
