//! Hub that distributes the events of this store's commits to those who wait for them.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use super::subscription::Mailbox;
use crate::rows::ChangeLog;
use crate::tables::ChangeEvent;

/// Distributor of the events of each commit, in the order of the commits: whoever holds the writing connection calls
/// it.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    state: Mutex<HubState>,
    committed: Condvar,
}

#[derive(Debug, Default)]
struct HubState {
    mailboxes: Vec<Weak<Mailbox>>,
    /// Number of commits that had events.
    commits: u64,
    closed: bool,
}

impl Hub {
    fn state(&self) -> MutexGuard<'_, HubState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Delivers the events of a commit, without waiting for anyone.
    pub(crate) fn publish(&self, changed: &ChangeLog) {
        self.hand_out(changed, Mailbox::deliver);
    }

    /// Reports the events of a commit with an unknown outcome as missed, so that subscribers read the outbox.
    pub(crate) fn doubt(&self, changed: &ChangeLog) {
        self.hand_out(changed, Mailbox::miss);
    }

    fn hand_out(&self, changed: &ChangeLog, hand_out: impl Fn(&Mailbox, &ChangeEvent)) {
        if !changed.has_events() {
            return;
        }
        let mut state = self.state();
        state.commits += 1;
        let mut events = None;
        state.mailboxes.retain(|mailbox| {
            let Some(mailbox) = mailbox.upgrade() else {
                return false;
            };
            if let Some((first, last)) = changed.unheld {
                mailbox.miss_all(first, last);
            }
            let events = events.get_or_insert_with(|| changed.events());
            events.iter().for_each(|event| hand_out(&mailbox, event));
            true
        });
        self.committed.notify_all();
    }

    /// Reports all events behind a number as missed, up to another one: the database was replaced, and has none of
    /// them.
    pub(crate) fn replaced(&self, newest: i64, base: i64) {
        let mut state = self.state();
        state.commits += 1;
        let mailboxes = state.mailboxes.iter();
        let open = mailboxes.filter_map(Weak::upgrade);
        open.for_each(|mailbox| mailbox.miss_all(newest + 1, base));
        self.committed.notify_all();
    }

    /// Adds a mailbox, which stays until its reader drops it.
    pub(super) fn add(&self, mailbox: &Arc<Mailbox>) {
        let mut state = self.state();
        if state.closed {
            mailbox.close();
        }
        state.mailboxes.push(Arc::downgrade(mailbox));
    }

    /// Ends all waiting, permanently.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        let mailboxes = state.mailboxes.drain(..);
        let open = mailboxes.filter_map(|mailbox| mailbox.upgrade());
        open.for_each(|mailbox| mailbox.close());
        self.committed.notify_all();
    }

    /// Returns the number of commits.
    pub(super) fn commits(&self) -> u64 {
        self.state().commits
    }

    /// Waits until there are more commits than `commits`, the hub is closed, or the time `until` has come.
    pub(super) fn wait_for_more_than(&self, commits: u64, until: Instant) {
        let timeout = until.saturating_duration_since(Instant::now());
        let waited = self
            .committed
            .wait_timeout_while(self.state(), timeout, |state| {
                state.commits == commits && !state.closed
            });
        drop(waited);
    }
}
