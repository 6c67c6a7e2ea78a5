//! The line of the claims that wait for tasks of one database, in the order of their arrival.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::cancel::{self, CancelToken};
use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Environment, UserContext};
use crate::services::tasks::{Claim, Claimant, PromisedTasks};
use crate::tables::{AgentId, TaskId};

/// Line of the claims that wait for tasks of one database.
#[derive(Debug, Default)]
pub(super) struct ClaimLine {
    state: Mutex<LineState>,
    /// Wakes the watcher.
    asked: Condvar,
}

#[derive(Debug, Default)]
struct LineState {
    /// By the number of their arrival.
    waiting: BTreeMap<u64, WaitingClaim>,
    next_number: u64,
    look: Look,
    is_ended: bool,
    /// True while the watcher looks for tasks.
    is_watched: bool,
    /// The last watcher, which may be closing its connection still.
    watcher: Option<JoinHandle<()>>,
}

/// Urgency of the next look for tasks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Look {
    /// Not before anything happens.
    #[default]
    None,
    /// With the next look for commits.
    Soon,
    /// At once.
    Now,
}

/// Order to the watcher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WatcherOrder {
    /// Looks for tasks if that was asked for, and for commits.
    Look(Look),
    /// Ends the thread.
    End,
}

/// Claim that waits.
#[derive(Debug)]
pub(super) struct WaitingClaim {
    pub(super) claim: Arc<Claim>,
    pub(super) reads_as: ReadsAs,
    pub(super) token: Option<CancelToken>,
    pub(super) turn: Turn,
    pub(super) called: Arc<Condvar>,
}

/// Store and user on whose behalf the watcher reads.
#[derive(Debug, Clone)]
pub(super) struct ReadsAs {
    /// Settings of the store, one value for all its claims.
    pub(super) environment: Arc<Environment>,
    pub(super) user: Arc<UserContext>,
}

impl ReadsAs {
    pub(super) fn is_same_store(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.environment, &other.environment)
    }
}

/// State of a claim in the line.
#[derive(Debug)]
pub(super) enum Turn {
    /// Sleeps.
    Waits,
    /// Was told of these tasks, and is about to claim them.
    Called(Vec<TaskId>),
    /// Has to end with this error.
    Fails(Error),
}

/// Claims that get the same tasks.
#[derive(Debug)]
pub(super) struct ClaimGroup {
    pub(super) claim: Arc<Claim>,
    /// Numbers of the claims, and the most tasks that each takes, in the order of their arrival.
    pub(super) members: Vec<(u64, usize)>,
}

impl ClaimLine {
    fn state(&self) -> MutexGuard<'_, LineState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a claim to the end of the line, and starts the watcher if there is none.
    pub(super) fn enter(
        self: &Arc<Self>,
        claim: WaitingClaim,
        start: impl FnOnce(&Arc<Self>) -> Result<JoinHandle<()>>,
    ) -> Result<LinePlace> {
        let mut state = self.state();
        if !state.is_watched {
            state.watcher = Some(start(self)?);
            state.is_watched = true;
        }
        let number = state.next_number;
        state.next_number += 1;
        let called = Arc::clone(&claim.called);
        state.waiting.insert(number, claim);
        drop(state);
        // What was committed since the claim looked itself, the watcher may have noticed before.
        self.ask(Look::Now);
        Ok(LinePlace {
            line: Arc::clone(self),
            number,
            called,
        })
    }

    /// Asks the watcher to look for tasks, if any claim waits.
    pub(super) fn ask(&self, look: Look) {
        let mut state = self.state();
        if state.waiting.is_empty() {
            return;
        }
        state.look = state.look.max(look);
        if state.look == Look::Now {
            self.asked.notify_one();
        }
    }

    /// Waits until the watcher is asked to look at once, at most for this long.
    pub(super) fn next_order(&self, timeout: Duration) -> WatcherOrder {
        let state = self.state();
        let is_idle = |state: &mut LineState| state.look != Look::Now && !state.is_ended;
        let waited = self.asked.wait_timeout_while(state, timeout, is_idle);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        match state.is_ended {
            true => WatcherOrder::End,
            false => WatcherOrder::Look(std::mem::take(&mut state.look)),
        }
    }

    /// Returns the stores whose claims sleep.
    pub(super) fn stores(&self) -> Vec<ReadsAs> {
        let mut stores: Vec<ReadsAs> = Vec::new();
        for waiting in self.state().sleeping() {
            let reads_as = &waiting.1.reads_as;
            if !stores.iter().any(|known| known.is_same_store(reads_as)) {
                stores.push(reads_as.clone());
            }
        }
        stores
    }

    /// Returns the claims of a store that sleep, those together that get the same tasks, by the arrival of the first.
    pub(super) fn groups(&self, store: &ReadsAs) -> Vec<ClaimGroup> {
        let state = self.state();
        let mut groups: Vec<ClaimGroup> = Vec::new();
        let mut places = HashMap::new();
        for (&number, waiting) in state.sleeping() {
            if !waiting.reads_as.is_same_store(store) {
                continue;
            }
            let limit = usize::try_from(waiting.claim.limit).unwrap_or(usize::MAX);
            let place = *places
                .entry(share_of_queue(&waiting.claim))
                .or_insert_with(|| {
                    groups.push(ClaimGroup {
                        claim: Arc::clone(&waiting.claim),
                        members: Vec::new(),
                    });
                    groups.len() - 1
                });
            groups[place].members.push((number, limit));
        }
        groups
    }

    /// Returns the tasks that claims were told of.
    pub(super) fn promised(&self) -> PromisedTasks {
        let mut promised = PromisedTasks::default();
        for waiting in self.state().waiting.values() {
            if let Turn::Called(tasks) = &waiting.turn {
                promised.add(&waiting.claim, tasks);
            }
        }
        promised
    }

    /// Tells a claim of tasks. Returns false if it doesn't wait any more.
    pub(super) fn call(&self, number: u64, tasks: Vec<TaskId>) -> bool {
        self.state().turn_to(number, Turn::Called(tasks))
    }

    /// Ends claims that sleep with an error.
    pub(super) fn fail(&self, error: &Error, is_meant: impl Fn(u64, &WaitingClaim) -> bool) {
        let mut state = self.state();
        let meant = state.sleeping().filter(|(n, claim)| is_meant(**n, claim));
        let numbers: Vec<u64> = meant.map(|(&number, _)| number).collect();
        for number in numbers {
            state.turn_to(number, Turn::Fails(error.for_another()));
        }
    }

    /// Ends the claims whose tokens are set.
    pub(super) fn fail_cancelled(&self) {
        let is_cancelled =
            |_, claim: &WaitingClaim| claim.token.as_ref().is_some_and(CancelToken::is_cancelled);
        self.fail(&cancelled(), is_cancelled);
    }

    /// Returns whether no claim waits.
    pub(super) fn is_empty(&self) -> bool {
        self.state().waiting.is_empty()
    }

    /// Takes note that the watcher ends. Returns false if it is needed: a claim waits.
    pub(super) fn release_watcher(&self) -> bool {
        let mut state = self.state();
        let is_idle = state.waiting.is_empty();
        state.is_watched = !is_idle;
        is_idle
    }

    /// Takes note that the watcher has failed: claims that wait fail as well, and the next one starts another.
    pub(super) fn lose_watcher(&self, error: &Error) {
        self.state().is_watched = false;
        self.fail(error, |_, _| true);
    }

    /// Ends the watcher, and waits for its end. No claim may wait.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.is_ended = true;
        self.asked.notify_one();
        let watcher = state.watcher.take();
        drop(state);
        if watcher.is_some_and(|watcher| watcher.join().is_err()) {
            tracing::error!("the thread that watches for tasks panicked");
        }
    }
}

impl LineState {
    fn sleeping(&self) -> impl Iterator<Item = (&u64, &WaitingClaim)> {
        let sleeps = |(_, claim): &(&u64, &WaitingClaim)| matches!(claim.turn, Turn::Waits);
        self.waiting.iter().filter(sleeps)
    }

    fn turn_to(&mut self, number: u64, turn: Turn) -> bool {
        match self.waiting.get_mut(&number) {
            Some(claim) if matches!(claim.turn, Turn::Waits) => {
                claim.turn = turn;
                claim.called.notify_one();
                true
            }
            _ => false,
        }
    }
}

/// Returns what decides which tasks a claim gets.
fn share_of_queue(claim: &Claim) -> (Option<&AgentId>, Option<&str>, &[String]) {
    let (agent, path) = match &claim.by {
        Claimant::Agent(id) => (Some(id), None),
        Claimant::Worker {
            repository_path, ..
        } => (None, Some(repository_path.as_str())),
    };
    (agent, path, &claim.queues)
}

fn cancelled() -> Error {
    Error::new(ErrorCode::Cancelled, cancel::MESSAGE)
}

/// Place of a claim in the line. Dropping it leaves the line, and passes on what the claim was told of.
#[derive(Debug)]
pub(super) struct LinePlace {
    line: Arc<ClaimLine>,
    number: u64,
    called: Arc<Condvar>,
}

impl LinePlace {
    /// Waits until the claim is told of tasks; returns false if the time is over.
    pub(super) fn wait_for_call(&self, deadline: Option<Instant>) -> Result<bool> {
        let mut state = self.line.state();
        loop {
            let now = Instant::now();
            match state.waiting.get_mut(&self.number) {
                Some(WaitingClaim {
                    turn: Turn::Called(_),
                    ..
                }) => return Ok(true),
                Some(WaitingClaim { turn, .. }) if matches!(turn, Turn::Fails(_)) => {
                    if let Turn::Fails(error) = std::mem::replace(turn, Turn::Waits) {
                        return Err(error);
                    }
                }
                _ if deadline.is_some_and(|deadline| deadline <= now) => return Ok(false),
                _ => {}
            }
            state = match deadline {
                Some(deadline) => {
                    let waited = self.called.wait_timeout(state, deadline - now);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => {
                    let waited = self.called.wait(state);
                    waited.unwrap_or_else(PoisonError::into_inner)
                }
            };
        }
    }

    /// Sleeps again, at the old place, after a call that led to no task.
    pub(super) fn wait_again(&mut self) {
        if let Some(claim) = self.line.state().waiting.get_mut(&self.number) {
            claim.turn = Turn::Waits;
        }
        // Not at once: where a task is there that the claim doesn't get, it would be called again and again.
        self.line.ask(Look::Soon);
    }
}

impl Drop for LinePlace {
    fn drop(&mut self) {
        let left = self.line.state().waiting.remove(&self.number);
        if left.is_some_and(|claim| matches!(claim.turn, Turn::Called(_))) {
            self.line.ask(Look::Now);
        }
    }
}
