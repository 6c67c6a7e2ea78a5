//! The pages that commits write into the write-ahead log, by the table or index that they belong to.
//! <https://www.sqlite.org/fileformat2.html#the_write_ahead_log>

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};
use orchestra_store::{Error, Store};

const HEADER: u64 = 32;
const FRAME_HEADER: usize = 24;
const PAGE: usize = 4096;
/// Bytes of the log for each page in it.
pub const FRAME: usize = FRAME_HEADER + PAGE;

/// Pages that operations of one kind wrote into the log.
#[derive(Debug, Default)]
pub struct LogPages {
    operations: usize,
    numbers: Vec<u32>,
}

impl LogPages {
    /// Adds the pages that one operation writes. The log must not be copied into the database meanwhile.
    pub fn watch<T>(&mut self, store: &Store, operation: impl FnOnce() -> T) -> T {
        let before = Log::of(store).length();
        let outcome = operation();
        let new = Log::of(store).behind(before.max(HEADER));
        assert_eq!(new.len() % FRAME, 0, "only whole pages are written");
        let numbers = new.chunks_exact(FRAME).map(|frame| {
            let number = frame[..4].try_into().unwrap();
            u32::from_be_bytes(number)
        });
        self.numbers.extend(numbers);
        self.operations += 1;
        outcome
    }

    /// The pages of one operation, on average.
    pub fn each(&self) -> f64 {
        self.numbers.len() as f64 / self.operations as f64
    }

    /// Says how many pages of which table or index one operation writes, on average; the largest first.
    pub fn told(&self, store: &Store) -> String {
        let names = names(store);
        let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
        for number in &self.numbers {
            let name = names.get(number).map_or("(no table)", String::as_str);
            *by_name.entry(name).or_default() += 1;
        }
        let mut by_name: Vec<_> = by_name.into_iter().collect();
        by_name.sort_by_key(|&(name, pages)| (std::cmp::Reverse(pages), name));
        let lines = by_name.into_iter().map(|(name, pages)| {
            let each = pages as f64 / self.operations as f64;
            format!("{each:8.2} {name}\n")
        });
        lines.collect()
    }
}

impl fmt::Display for LogPages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (each, operations) = (self.each(), self.operations);
        let bytes = each * FRAME as f64;
        write!(
            f,
            "{each:.2} pages of the log ({bytes:.0} bytes) on average of {operations}"
        )
    }
}

/// The file of the write-ahead log, which holds no locks that closing it could drop.
struct Log(File);

impl Log {
    fn of(store: &Store) -> Self {
        let mut name = store.path().as_os_str().to_owned();
        name.push("-wal");
        Self(File::open(name).unwrap())
    }

    fn length(&self) -> u64 {
        self.0.metadata().unwrap().len()
    }

    fn behind(mut self, place: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.0.seek(SeekFrom::Start(place)).unwrap();
        self.0.read_to_end(&mut bytes).unwrap();
        bytes
    }
}

/// The table or index of each page that is in one.
fn names(store: &Store) -> BTreeMap<u32, String> {
    #[derive(QueryableByName)]
    struct Page {
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = BigInt)]
        pageno: i64,
    }
    let pages = store.read(|reader| {
        sql_query("SELECT name, pageno FROM dbstat")
            .load::<Page>(reader.connection())
            .map_err(Error::from)
    });
    let pages = pages.unwrap().into_iter();
    pages
        .map(|page| (u32::try_from(page.pageno).unwrap(), page.name))
        .collect()
}

/// Says how many bytes of each larger table and index there are for one of `count` tasks; the largest first.
pub fn sizes(store: &Store, count: usize) -> String {
    #[derive(QueryableByName)]
    struct Tree {
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = BigInt)]
        bytes: i64,
    }
    let trees = store.read(|reader| {
        sql_query("SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name HAVING bytes > 8192 ORDER BY bytes DESC")
            .load::<Tree>(reader.connection())
            .map_err(Error::from)
    });
    let trees = trees.unwrap().into_iter();
    trees
        .map(|tree| format!("{:8.0} {}\n", tree.bytes as f64 / count as f64, tree.name))
        .collect()
}
