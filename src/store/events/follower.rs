//! Events from the outbox, one after the other, whoever commits them.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::{ChangeFilter, since};
use crate::error::Result;
use crate::store::Store;
use crate::tables::ChangeEvent;

/// How many events are read at a time.
const PAGE: u32 = 256;

/// Follows the outbox: each event comes exactly once and in order, also while others write, in this
/// process or any. As an iterator it waits for each, and ends when the store is closed, or with
/// the first error.
///
/// It reads from the outbox alone, and remembers nothing but a place. A host that keeps the number
/// of the last event that it is done with goes on from there, after a crash too.
#[derive(Debug)]
pub struct Follower {
    store: Store,
    filter: ChangeFilter,
    /// All events up to here were handed out, or not taken by the filter.
    position: i64,
    /// What was read and not yet handed out.
    page: VecDeque<ChangeEvent>,
    page_end: i64,
    poll: Duration,
    failed: bool,
}

/// Follows the events behind the number `from` that a filter takes: 0 for all,
/// [`newest`](super::newest) for those that are yet to come.
///
/// Fails as [`since`] does. A follower that is so slow that retention overtakes it fails with
/// [`ErrorCode::EventsGone`](crate::ErrorCode::EventsGone) later.
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
    /// Looks for the commits of other stores and processes this often; each look is one read.
    /// Default: 100 ms. Commits of the own store are noticed at once.
    #[must_use]
    pub fn poll_every(mut self, interval: Duration) -> Self {
        self.poll = interval.max(Duration::from_millis(1));
        self
    }

    /// The place up to which events were handed out: following from it brings the next one.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// The next event, waited for so long; none when the time is over.
    ///
    /// After an error, which is [`ErrorCode::Busy`](crate::ErrorCode::Busy) or what [`since`]
    /// fails with, nothing is lost, and the next call tries again.
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<Option<ChangeEvent>> {
        let now = Instant::now();
        // A time that no clock can tell is for ever.
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
