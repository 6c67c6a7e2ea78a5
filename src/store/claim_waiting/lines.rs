//! The lines of the databases that claims of this process wait for, and the part of each store in them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::line::{ClaimLine, LinePlace, Look, ReadsAs, Turn, WaitingClaim};
use super::watcher;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::{ChangeLog, Entity as _, Environment};
use crate::services::tasks::{Claim, PromisedTasks};
use crate::sqlite::DatabaseLocation;
use crate::sqlite::file_identity::FileIdentity;
use crate::store::Store;
use crate::tables::{Agent, CodeRepository, QueuePause, Task, TaskDependency};

/// Line of a database, with the number of stores that may have claims in it.
#[derive(Debug)]
struct SharedLine {
    database: FileIdentity,
    line: Arc<ClaimLine>,
    stores: usize,
}

static LINES: Mutex<Vec<SharedLine>> = Mutex::new(Vec::new());

fn all_lines() -> MutexGuard<'static, Vec<SharedLine>> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the line of a database, for one store more.
fn attach(location: &DatabaseLocation) -> Result<Arc<ClaimLine>> {
    let found = FileIdentity::of(location.path()).map_err(|e| Error::from(e).while_doing(location));
    let database = found?.ok_or_else(|| {
        let message = format!("{location}: no such file");
        Error::new(ErrorCode::Io, message)
    })?;
    let mut lines = all_lines();
    if let Some(known) = lines.iter_mut().find(|known| known.database == database) {
        known.stores += 1;
        return Ok(Arc::clone(&known.line));
    }
    let line = Arc::<ClaimLine>::default();
    lines.push(SharedLine {
        database,
        line: Arc::clone(&line),
        stores: 1,
    });
    Ok(line)
}

/// Gives the line up for one store; with the last one, ends its watcher.
fn detach(line: &Arc<ClaimLine>) {
    let mut lines = all_lines();
    let Some(place) = lines
        .iter()
        .position(|known| Arc::ptr_eq(&known.line, line))
    else {
        return;
    };
    lines[place].stores -= 1;
    if lines[place].stores == 0 {
        lines.swap_remove(place);
        drop(lines);
        line.end();
    }
}

/// Part of a store in the line of its database.
#[derive(Debug)]
pub(in crate::store) struct ClaimWaiting {
    environment: Arc<Environment>,
    line_use: Mutex<LineUse>,
    has_line: AtomicBool,
    /// The process that opened the store. One that was forked from it has no watcher.
    process: u32,
}

#[derive(Debug)]
enum LineUse {
    /// No claim of the store has waited.
    None,
    Line(Arc<ClaimLine>),
    Closed,
}

impl ClaimWaiting {
    pub(in crate::store) fn new(environment: &Environment) -> Self {
        Self {
            environment: Arc::new(environment.clone()),
            line_use: Mutex::new(LineUse::None),
            has_line: AtomicBool::new(false),
            process: std::process::id(),
        }
    }

    fn line_use(&self) -> MutexGuard<'_, LineUse> {
        self.line_use.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line(&self) -> Option<Arc<ClaimLine>> {
        // Where a claim enters the line at this moment, its watcher looks anyway.
        if !self.has_line.load(Ordering::Relaxed) {
            return None;
        }
        match &*self.line_use() {
            LineUse::Line(line) => Some(Arc::clone(line)),
            LineUse::None | LineUse::Closed => None,
        }
    }

    fn attached(&self, location: &DatabaseLocation) -> Result<Arc<ClaimLine>> {
        let mut line_use = self.line_use();
        match &*line_use {
            LineUse::Line(line) => Ok(Arc::clone(line)),
            LineUse::Closed => Err(closed()),
            LineUse::None => {
                let line = attach(location)?;
                *line_use = LineUse::Line(Arc::clone(&line));
                self.has_line.store(true, Ordering::Relaxed);
                Ok(line)
            }
        }
    }

    /// Returns the tasks that claims which wait were told of.
    pub(super) fn promised(&self) -> PromisedTasks {
        self.line()
            .map_or_else(PromisedTasks::default, |line| line.promised())
    }

    /// Tells the watcher of a commit of this store. That makes it faster: it notices commits by itself as well.
    pub(in crate::store) fn committed(&self, changed: &ChangeLog) {
        if let Some(line) = self.line()
            && may_make_claimable(changed)
        {
            line.ask(Look::Now);
        }
    }

    /// Ends the claims of this store that wait, and the watcher with the last store.
    pub(in crate::store) fn close(&self) {
        if self.process != std::process::id() {
            return;
        }
        let before = std::mem::replace(&mut *self.line_use(), LineUse::Closed);
        if let LineUse::Line(line) = before {
            let is_own = |_, claim: &WaitingClaim| {
                Arc::ptr_eq(&claim.reads_as.environment, &self.environment)
            };
            line.fail(&closed(), is_own);
            detach(&line);
        }
    }
}

/// Returns whether a commit may have made a task claimable.
fn may_make_claimable(changed: &ChangeLog) -> bool {
    const TABLES: [&str; 5] = [
        Task::NAME,
        Agent::NAME,
        QueuePause::NAME,
        TaskDependency::NAME,
        CodeRepository::NAME,
    ];
    let rows = &changed.rows;
    changed.is_partial || rows.is_empty() || rows.iter().any(|row| TABLES.contains(&row.entity))
}

fn closed() -> Error {
    Error::new(ErrorCode::Closed, "the store is closed")
}

impl Store {
    pub(super) fn claim_waiting_state(&self) -> &ClaimWaiting {
        &self.shared.claim_waiting
    }

    /// Enters the line of the database.
    pub(super) fn enter_line(&self, claim: &Claim) -> Result<LinePlace> {
        let connections = self.connections()?;
        let state = self.claim_waiting_state();
        let waiting = WaitingClaim {
            claim: Arc::new(claim.clone()),
            reads_as: ReadsAs {
                environment: Arc::clone(&state.environment),
                user: Arc::clone(&self.user),
            },
            token: self.cancel.clone(),
            turn: Turn::Waits,
            called: Arc::new(Condvar::new()),
        };
        let line = state.attached(self.location())?;
        let place = line.enter(waiting, |line| watcher::start(line, connections.config()))?;
        // A store that was closed before that has told those who waited then.
        self.connections()?;
        Ok(place)
    }
}
