//! Those who follow the events, and lose their connections again and again.

use std::num::NonZeroUsize;
use std::time::Duration;

use orchestra_store::Store;
use orchestra_store::events::{self, ChangeFilter, Delivery, Follower, Subscription};
use orchestra_store::models::ChangeEvent;

use crate::random::Random;

/// Of one event: its number, and the table that it is about.
type Seen = (i64, String);

/// Follows the outbox.
#[derive(Debug)]
struct Reader {
    filter: ChangeFilter,
    connection: Option<Follower>,
    /// What it would keep in a file of its own: where to go on.
    place: i64,
    seen: Vec<Seen>,
}

/// Listens to the store, and reads from the outbox what it didn't hear.
#[derive(Debug)]
struct Listener {
    connection: Option<Subscription>,
    last: i64,
    missed: usize,
}

#[derive(Debug)]
pub struct Followers {
    readers: Vec<Reader>,
    listener: Listener,
    pub connections: usize,
}

impl Followers {
    pub fn of(store: &Store) -> Self {
        let place = store.read(events::newest).unwrap();
        let filters = [
            ChangeFilter::all(),
            ChangeFilter::of("Tasks"),
            ChangeFilter::of("QueuePauses"),
        ];
        let reader = |filter| Reader {
            filter,
            connection: None,
            place,
            seen: Vec::new(),
        };
        Self {
            readers: filters.map(reader).into(),
            listener: Listener {
                connection: None,
                last: place,
                missed: 0,
            },
            connections: 0,
        }
    }

    /// Some of them read some of what there is, and some lose their connections.
    pub fn read_some(&mut self, store: &Store, random: &mut Random) {
        for reader in &mut self.readers {
            if random.happens(300) {
                self.connections += usize::from(reader.connection.is_none());
                reader.read(store, random.number(1..20_000));
            }
            if random.happens(100) {
                reader.connection = None;
            }
        }
        if random.happens(300) {
            self.connections += usize::from(self.listener.connection.is_none());
            self.listener.listen(store);
        }
        if random.happens(100) {
            self.listener.connection = None;
        }
    }

    /// All read to the end: each event came once and in order, to whom it was meant for. Returns how
    /// many there were, and how many the listener had to read from the outbox.
    pub fn check(mut self, store: &Store) -> (usize, usize) {
        for reader in &mut self.readers {
            reader.read(store, u64::MAX);
        }
        self.listener.listen(store);
        let newest = store.read(events::newest).unwrap();
        assert_eq!(self.listener.last, newest);
        let all = &self.readers[0].seen;
        assert_eq!(all.last().map(|seen| seen.0), Some(newest));
        assert!(all.windows(2).all(|pair| pair[0].0 + 1 == pair[1].0));
        for reader in &self.readers[1..] {
            let meant = all
                .iter()
                .filter(|(_, table)| reader.filter.entity_types.contains(table));
            assert!(meant.eq(&reader.seen), "{:?}", reader.filter);
        }
        (all.len(), self.listener.missed)
    }
}

impl Reader {
    fn read(&mut self, store: &Store, limit: u64) {
        let (place, filter) = (self.place, self.filter.clone());
        let connection = self
            .connection
            .get_or_insert_with(|| events::follow(store, place, filter).unwrap());
        for _ in 0..limit {
            let Some(event) = connection.recv_timeout(Duration::ZERO).unwrap() else {
                break;
            };
            self.seen.push((event.sequence, event.entity_type));
        }
        self.place = Follower::position(connection);
    }
}

impl Listener {
    /// Takes what has come; behind a new connection and where the mailbox was full, from the outbox.
    fn listen(&mut self, store: &Store) {
        if self.connection.is_none() {
            let capacity = NonZeroUsize::new(64).unwrap();
            self.connection = Some(store.subscribe_with(ChangeFilter::all(), capacity).unwrap());
            let newest = store.read(events::newest).unwrap();
            self.read_up_to(store, newest);
        }
        while let Some(delivery) = self.next() {
            match delivery {
                Delivery::Event(event) => self.take(&event),
                Delivery::Missed(missed) => {
                    assert_eq!(missed.first, self.last + 1);
                    self.missed += (missed.last - self.last) as usize;
                    self.read_up_to(store, missed.last);
                }
            }
        }
    }

    fn next(&mut self) -> Option<Delivery> {
        let connection = self.connection.as_mut()?;
        connection.recv_timeout(Duration::ZERO).unwrap()
    }

    fn read_up_to(&mut self, store: &Store, end: i64) {
        while self.last < end {
            let limit = (end - self.last).min(1000) as u32;
            let page =
                store.read(|reader| events::since(reader, self.last, &ChangeFilter::all(), limit));
            page.unwrap()
                .events
                .iter()
                .for_each(|event| self.take(event));
        }
    }

    fn take(&mut self, event: &ChangeEvent) {
        assert_eq!(event.sequence, self.last + 1);
        self.last = event.sequence;
    }
}
