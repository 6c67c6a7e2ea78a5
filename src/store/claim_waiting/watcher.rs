//! The thread that looks for tasks on behalf of the claims that wait for one database.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::line::{ClaimGroup, ClaimLine, Look, ReadsAs, WatcherOrder};
use crate::config::StoreConfig;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::Reader;
use crate::services::tasks::{self, PromisedTasks};
use crate::sqlite::commit_watch::CommitWatch;
use crate::sqlite::connection::{Connection, Role};
use crate::sqlite::{Conn, ConnectionTransaction, DatabaseLocation, TransactionKind};
use crate::types::Timestamp;

/// Time between two looks for commits of others, which cost one system call each, and at tokens.
const TICK: Duration = Duration::from_millis(5);

/// Time for which the thread goes on without a claim, so that a worker that waits again finds it running.
const LINGER: Duration = Duration::from_secs(1);

/// Time between two checks that the files are still the ones that were opened.
const FILE_CHECK: Duration = Duration::from_secs(1);

/// Share of the time that looking for tasks may take, as a divisor: many claims that tasks of others keep from sleep
/// would take a core otherwise.
const SHARE: u32 = 10;

/// Longest pause between two looks for tasks.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// Most tasks that are looked for at a time for claims that get the same ones.
const MOST_TASKS: usize = 64;

/// Starts the watcher of a line.
pub(super) fn start(line: &Arc<ClaimLine>, config: &StoreConfig) -> Result<JoinHandle<()>> {
    let mut watcher = Watcher::new(line, config)?;
    let line = Arc::clone(line);
    let thread = thread::Builder::new().name("orchestra-store-watcher".to_owned());
    let failed = |e| Error::from(e).while_doing("a thread that watches for tasks can't be started");
    thread
        .spawn(move || {
            // A clock of the host may panic.
            if catch_unwind(AssertUnwindSafe(|| watcher.run())).is_err() {
                drop(watcher);
                let message = "the thread that watches for tasks panicked";
                line.lose_watcher(&Error::new(ErrorCode::Internal, message));
            }
        })
        .map_err(failed)
}

/// Looks for tasks on behalf of the claims in a line.
struct Watcher {
    line: Arc<ClaimLine>,
    location: DatabaseLocation,
    config: StoreConfig,
    /// Opened with the first look for tasks.
    connection: Option<Connection>,
    /// Behind the connection: the entry in the list of open databases outlasts it.
    commits: CommitWatch,
    /// Set until the claims in the line were looked for.
    has_to_look: bool,
    /// Times at which tasks become due, by the clock of each store.
    due: Vec<(ReadsAs, Timestamp)>,
    not_before: Instant,
    files_checked: Instant,
    last_needed: Instant,
}

impl Watcher {
    fn new(line: &Arc<ClaimLine>, config: &StoreConfig) -> Result<Self> {
        let location = DatabaseLocation::new(&config.path)?;
        let now = Instant::now();
        Ok(Self {
            line: Arc::clone(line),
            commits: CommitWatch::new(&location)?,
            location,
            config: config.clone(),
            connection: None,
            has_to_look: true,
            due: Vec::new(),
            not_before: now,
            files_checked: now,
            last_needed: now,
        })
    }

    fn run(&mut self) {
        while let WatcherOrder::Look(look) = self.line.next_order(self.pause()) {
            let now = Instant::now();
            if !self.line.is_empty() {
                self.last_needed = now;
            } else if now - self.last_needed > LINGER && self.line.release_watcher() {
                return;
            }
            self.has_to_look |= look != Look::None;
            match self.watch(now) {
                Err(error) if !error.is_retryable() => {
                    self.connection = None;
                    self.line.fail(&error, |_, _| true);
                }
                _ => {}
            }
        }
    }

    fn pause(&self) -> Duration {
        match self.has_to_look {
            true => TICK.min(self.not_before.saturating_duration_since(Instant::now())),
            false => TICK,
        }
    }

    fn watch(&mut self, now: Instant) -> Result<()> {
        self.line.fail_cancelled();
        if now - self.files_checked > FILE_CHECK {
            self.commits.check_files()?;
            self.files_checked = now;
        }
        self.has_to_look |= self.commits.anyone_committed()? || self.is_any_due();
        if !self.has_to_look || now < self.not_before {
            return Ok(());
        }
        let looked = self.look();
        self.has_to_look = looked.is_err();
        let pause = match looked {
            // A look that leads to work needs no bound.
            Ok(true) => Duration::ZERO,
            Ok(false) => now.elapsed().saturating_mul(SHARE).min(LONGEST_PAUSE),
            Err(_) => LONGEST_PAUSE,
        };
        self.not_before = Instant::now() + pause;
        looked.map(drop)
    }

    fn is_any_due(&self) -> bool {
        let is_due = |(store, due): &(ReadsAs, Timestamp)| store.environment.clock.now() >= *due;
        self.due.iter().any(is_due)
    }

    /// Looks for tasks for all claims that sleep, in one snapshot, and calls those that would get any.
    /// Returns whether any was called.
    fn look(&mut self) -> Result<bool> {
        let stores = self.line.stores();
        self.due.clear();
        if stores.is_empty() {
            return Ok(false);
        }
        let connection = match &mut self.connection {
            Some(connection) => connection,
            closed => closed.insert(Connection::open(
                &self.location,
                Role::Reader,
                &self.config,
            )?),
        };
        let mut transaction = ConnectionTransaction::begin(connection, TransactionKind::Read)?;
        let conn = transaction.connection();
        let mut has_called = false;
        let looked = stores.into_iter().try_for_each(|store| {
            has_called |= look_for_store(conn, &self.line, store, &mut self.due)?;
            Ok(())
        });
        transaction.finish(looked)?;
        Ok(has_called)
    }
}

/// Looks for tasks for the claims of a store. Returns whether any was called.
fn look_for_store(
    conn: &mut Conn,
    line: &ClaimLine,
    store: ReadsAs,
    due: &mut Vec<(ReadsAs, Timestamp)>,
) -> Result<bool> {
    let reader = &mut Reader::new(conn, &store.environment, &store.user);
    if let Some(next) = tasks::next_due(reader)? {
        due.push((store.clone(), next));
    }
    let mut promised = line.promised();
    let mut has_called = false;
    if !tasks::may_have_claimable(reader, &promised)? {
        return Ok(false);
    }
    for group in line.groups(&store) {
        if look_for_group(reader, line, &group, &mut promised)? {
            has_called = true;
            // Mostly there was one task, and the other groups need no search.
            if !tasks::may_have_claimable(reader, &promised)? {
                break;
            }
        }
    }
    Ok(has_called)
}

/// Calls those claims of a group, from the first on, for which there are tasks that no other was told of. Returns whether
/// there were any.
fn look_for_group(
    reader: &mut Reader<'_>,
    line: &ClaimLine,
    group: &ClaimGroup,
    promised: &mut PromisedTasks,
) -> Result<bool> {
    let limits = group.members.iter().map(|(_, limit)| *limit);
    let wanted = limits.fold(0, usize::saturating_add).min(MOST_TASKS);
    let found = match tasks::claimable(reader, &group.claim, promised, wanted) {
        Err(error) if !error.is_retryable() => {
            let is_member = |number| group.members.iter().any(|(member, _)| *member == number);
            line.fail(&error, |number, _| is_member(number));
            return Ok(false);
        }
        found => found?,
    };
    let has_found = !found.is_empty();
    let mut found = found.into_iter();
    for &(number, limit) in &group.members {
        let tasks: Vec<_> = found.by_ref().take(limit).collect();
        if tasks.is_empty() {
            break;
        }
        promised.add(&group.claim, &tasks);
        if !line.call(number, tasks) {
            // It has left, and the tasks are for another.
            line.ask(Look::Now);
        }
    }
    Ok(has_found)
}
