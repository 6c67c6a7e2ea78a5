//! Events from memory, as fast as they come.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::ChangeFilter;
use crate::error::{Error, ErrorCode, Result};
use crate::store::Store;
use crate::tables::ChangeEvent;

/// What a subscriber gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// A change that was committed.
    Event(ChangeEvent),
    /// Events that are not delivered, since the subscriber was too slow, since one transaction had
    /// very many (some of which the filter may not take), or since nobody knows whether they were
    /// committed: whoever wants them reads them by [`since`](super::since).
    Missed(Missed),
}

/// The first and the last of the events in a row that a subscriber missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missed {
    /// The number of the first; reading on from the number before it finds it.
    pub first: i64,
    /// The number of the last.
    pub last: i64,
}

/// The deliveries that a subscriber has yet to take: so many events, and one gap behind them.
#[derive(Debug)]
pub(super) struct Mailbox {
    filter: ChangeFilter,
    capacity: usize,
    state: Mutex<MailboxState>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct MailboxState {
    waiting: VecDeque<Delivery>,
    closed: bool,
}

impl Mailbox {
    fn state(&self) -> MutexGuard<'_, MailboxState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn deliver(&self, event: &ChangeEvent) {
        if !self.filter.takes(event) {
            return;
        }
        let mut state = self.state();
        if state.waiting.len() < self.capacity {
            state.waiting.push_back(Delivery::Event(event.clone()));
        } else {
            state.miss(event.sequence, event.sequence);
        }
        self.arrived.notify_one();
    }

    pub(super) fn miss(&self, event: &ChangeEvent) {
        if self.filter.takes(event) {
            self.state().miss(event.sequence, event.sequence);
            self.arrived.notify_one();
        }
    }

    /// Tells of events that nobody holds, so that it isn't known whether the filter takes them.
    pub(super) fn miss_all(&self, first: i64, last: i64) {
        self.state().miss(first, last);
        self.arrived.notify_one();
    }

    pub(super) fn close(&self) {
        self.state().closed = true;
        self.arrived.notify_all();
    }

    /// Ends the waiting, and drops what is waited for.
    pub(super) fn abandon(&self) {
        self.state().waiting.clear();
        self.close();
    }

    /// The next delivery; none when the time is over.
    fn take(&self, timeout: Option<Duration>) -> Result<Option<Delivery>> {
        let is_idle = |state: &mut MailboxState| state.waiting.is_empty() && !state.closed;
        let state = self.state();
        let mut state = match timeout {
            None => self
                .arrived
                .wait_while(state, is_idle)
                .unwrap_or_else(PoisonError::into_inner),
            Some(timeout) => {
                let waited = self.arrived.wait_timeout_while(state, timeout, is_idle);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
        };
        match state.waiting.pop_front() {
            None if state.closed => Err(Error::new(ErrorCode::Closed, "the store is closed")),
            delivery => Ok(delivery),
        }
    }
}

impl MailboxState {
    fn miss(&mut self, first: i64, last: i64) {
        match self.waiting.back_mut() {
            Some(Delivery::Missed(missed)) => missed.last = last,
            _ => self
                .waiting
                .push_back(Delivery::Missed(Missed { first, last })),
        }
    }
}

/// The events of this store's commits, from memory. As an iterator it waits for each, and ends
/// when the store is closed.
///
/// It never keeps a writer waiting: it holds so many deliveries as it was made for, and where it is
/// full, what comes is [missed](Delivery::Missed).
#[derive(Debug)]
pub struct Subscription {
    mailbox: Arc<Mailbox>,
}

impl Subscription {
    /// How many deliveries a subscription holds unless it is told otherwise.
    pub const CAPACITY: NonZeroUsize = NonZeroUsize::new(1024).unwrap();

    /// The next delivery, waited for so long; none when the time is over.
    ///
    /// When the store is closed and all is delivered, fails with [`ErrorCode::Closed`].
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<Option<Delivery>> {
        self.mailbox.take(Some(timeout))
    }

    pub(super) fn mailbox(&self) -> Arc<Mailbox> {
        Arc::clone(&self.mailbox)
    }
}

impl Iterator for Subscription {
    type Item = Delivery;

    fn next(&mut self) -> Option<Delivery> {
        self.mailbox.take(None).ok().flatten()
    }
}

impl Store {
    /// The events that a filter takes, of the transactions that this store commits from now on,
    /// by all of its handles.
    ///
    /// Other stores' and processes' commits are not among them: [`follow`](super::follow) has
    /// these too. [`ErrorCode::Misuse`] where [`change_events`](crate::StoreConfig::change_events)
    /// is off; an unknown table is refused.
    pub fn subscribe(&self, filter: ChangeFilter) -> Result<Subscription> {
        self.subscribe_with(filter, Subscription::CAPACITY)
    }

    /// The same, for a subscription that holds this many deliveries.
    pub fn subscribe_with(
        &self,
        filter: ChangeFilter,
        capacity: NonZeroUsize,
    ) -> Result<Subscription> {
        filter.check()?;
        self.connections()?;
        if !self.environment().change_events {
            let message = "StoreConfig::change_events is off: there is nothing to subscribe to";
            return Err(Error::new(ErrorCode::Misuse, message));
        }
        let mailbox = Arc::new(Mailbox {
            filter,
            capacity: capacity.get(),
            state: Mutex::default(),
            arrived: Condvar::new(),
        });
        self.events().add(&mailbox);
        Ok(Subscription { mailbox })
    }
}
