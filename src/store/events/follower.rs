//! Followers, which read events from the outbox one after another, whichever process committed them.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::{ChangeFilter, since};
use crate::error::Result;
use crate::store::Store;
use crate::tables::ChangeEvent;

/// Number of events that are read at a time.
const PAGE: u32 = 256;

/// Reader of the outbox that returns each event exactly once and in order, even while this or another process writes.
/// Where it can't, as after a restore, it fails with [`ErrorCode::EventsGone`](crate::ErrorCode::EventsGone).
/// As an iterator it waits for each event, and ends when the store is closed or with the first error.
///
/// It reads from the outbox alone, and its only state is a position. A host that stores the number of the last event
/// that it has processed can continue from there, even after a crash.
#[derive(Debug)]
pub struct Follower {
    store: Store,
    filter: ChangeFilter,
    /// Number up to which all events were returned or did not match the filter.
    position: i64,
    /// Events read and not yet returned.
    page: VecDeque<ChangeEvent>,
    page_end: i64,
    poll: Duration,
    failed: bool,
}

/// Follows the events behind the number `from` that match a filter: 0 for all, [`newest`](super::newest) for those to
/// come.
///
/// Fails as [`since`] does. A follower that is too slow for retention, or meets a restore of the database, later fails
/// with [`ErrorCode::EventsGone`](crate::ErrorCode::EventsGone).
pub fn follow(store: &Store, from: i64, filter: ChangeFilter) -> Result<Follower> {
    store.read(|reader| since(reader, from, &filter, 1))?;
    Ok(Follower {
        store: store.clone(),
        filter,
        position: from,
        page: VecDeque::new(),
        page_end: from,
        poll: Duration::from_millis(100),
        failed: false,
    })
}

impl Follower {
    /// Sets the interval at which it looks for commits of other stores and processes, each time with one read.
    /// Default: 100 ms. Commits of its own store are noticed at once.
    #[must_use]
    pub fn poll_every(mut self, interval: Duration) -> Self {
        self.poll = interval.max(Duration::from_millis(1));
        self
    }

    /// Returns the number up to which events were returned; following from it continues with the next one.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// Waits up to `timeout` for the next event and returns it; none if there is no event in that time.
    ///
    /// Fails with [`ErrorCode::Busy`](crate::ErrorCode::Busy), or as [`since`] does. After an error nothing is lost,
    /// and the next call tries again.
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<Option<ChangeEvent>> {
        let now = Instant::now();
        // A time that the clock can't represent means forever.
        let end = now.checked_add(timeout);
        loop {
            if let Some(event) = self.take() {
                return Ok(Some(event));
            }
            let commits = self.store.events().commits();
            self.read()?;
            if !self.page.is_empty() {
                continue;
            }
            let now = Instant::now();
            if end.is_some_and(|end| end <= now) {
                return Ok(None);
            }
            let look = now + self.poll;
            let until = end.map_or(look, |end| end.min(look));
            self.store.events().wait_for_more_than(commits, until);
        }
    }

    fn take(&mut self) -> Option<ChangeEvent> {
        let event = self.page.pop_front()?;
        self.position = if self.page.is_empty() {
            self.page_end
        } else {
            event.sequence
        };
        Some(event)
    }

    fn read(&mut self) -> Result<()> {
        let (position, filter) = (self.position, &self.filter);
        let page = self
            .store
            .read(|reader| since(reader, position, filter, PAGE))?;
        self.page_end = page.position;
        self.page = page.events.into();
        if self.page.is_empty() {
            self.position = self.page_end;
        }
        Ok(())
    }
}

impl Iterator for Follower {
    type Item = Result<ChangeEvent>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.recv_timeout(Duration::MAX);
        self.failed = next.is_err();
        next.transpose()
    }
}
