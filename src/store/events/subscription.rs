//! Subscriptions, which deliver events from memory as fast as they come.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::ChangeFilter;
use crate::error::{Error, ErrorCode, Result};
use crate::store::Store;
use crate::tables::ChangeEvent;

/// Item that a subscriber receives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// A committed change.
    Event(ChangeEvent),
    /// Events that are not delivered, because the subscriber was too slow, because one transaction had very many
    /// (some of which may not match the filter), because it is unknown whether they were committed, or because the
    /// database was restored. Read them with [`since`](super::since) if you need them; after a restore it fails with
    /// [`ErrorCode::EventsGone`], and all rows are to be read again.
    Missed(Missed),
}

/// Range of consecutive events that a subscriber missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missed {
    /// Number of the first; reading from the number before it on returns it.
    pub first: i64,
    /// Number of the last.
    pub last: i64,
}

/// Deliveries that a subscriber has not taken yet: a limited number of events, and one gap behind them.
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

    /// Reports events that are no longer held, which may or may not match the filter.
    pub(super) fn miss_all(&self, first: i64, last: i64) {
        self.state().miss(first, last);
        self.arrived.notify_one();
    }

    pub(super) fn close(&self) {
        self.state().closed = true;
        self.arrived.notify_all();
    }

    /// Ends the waiting, and drops the deliveries.
    pub(super) fn abandon(&self) {
        self.state().waiting.clear();
        self.close();
    }

    /// Returns the next delivery; none if the time is over.
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

/// Events of this store's commits, from memory. As an iterator it waits for each, and ends when the store is closed.
///
/// It never keeps a writer waiting: if it holds as many deliveries as its capacity allows, further events are
/// [missed](Delivery::Missed).
#[derive(Debug)]
pub struct Subscription {
    mailbox: Arc<Mailbox>,
}

impl Subscription {
    /// Default number of deliveries that a subscription holds.
    pub const CAPACITY: NonZeroUsize = NonZeroUsize::new(1024).unwrap();

    /// Waits up to `timeout` for the next delivery and returns it; none if there is none in that time.
    ///
    /// Fails with [`ErrorCode::Closed`] when the store is closed and all deliveries are taken.
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
    /// Subscribes to the events that match a filter, of all transactions that this store commits from now on through
    /// any of its handles.
    ///
    /// Commits of other stores and processes are not included; use [`follow`](super::follow) for these. Fails with
    /// [`ErrorCode::Misuse`] if [`change_events`](crate::StoreConfig::change_events) is off, and with
    /// [`ErrorCode::InvalidArgument`] for an unknown table.
    pub fn subscribe(&self, filter: ChangeFilter) -> Result<Subscription> {
        self.subscribe_with(filter, Subscription::CAPACITY)
    }

    /// Subscribes as [`subscribe`](Self::subscribe) does, with a capacity of this many deliveries.
    pub fn subscribe_with(
        &self,
        filter: ChangeFilter,
        capacity: NonZeroUsize,
    ) -> Result<Subscription> {
        filter.check()?;
        self.connections()?;
        if !self.environment().change_events {
            let message = "StoreConfig::change_events must be on to subscribe to events";
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
