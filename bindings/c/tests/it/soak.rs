//! Hosts that are harmed while they work: what was acknowledged is kept in a ledger outside of the database, and is
//! found in it whenever all hosts have ended.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use kernel::maintenance::restore::{RestoreOptions, restore_file};
use kernel::maintenance::{backup, recover, unobserved};
use kernel::{ErrorCode, Result, Store, StoreConfig};

use crate::linking::{beside_sqlite, has_sqlite};
use crate::note::note;
use crate::programs::{Program, is_full, succeed};

/// Size of the file system that is filled, in MiB.
const DISK: u32 = 128;
/// Number of tasks after which the hosts get a new database.
const FULL_LEDGER: usize = 2500;
const WORKERS: usize = 2;

/// What hosts said, and what was done to them.
#[derive(Default)]
struct Ledger {
    acknowledged: BTreeSet<String>,
    /// Number of those that were found in databases before the present one.
    found_before: usize,
    /// How often each code was returned.
    refused: BTreeMap<i32, u32>,
    /// How often each fault struck.
    struck: BTreeMap<String, u32>,
}

impl Ledger {
    fn strike(&mut self, fault: &str) {
        *self.struck.entry(fault.to_owned()).or_default() += 1;
    }

    fn note(&mut self, line: &str) {
        let (what, which) = line.split_once(' ').unwrap_or((line, ""));
        match what {
            "ack" => drop(self.acknowledged.insert(which.to_owned())),
            "struck" => self.strike(which),
            "refused" | "closed" => *self.refused.entry(which.parse().unwrap()).or_default() += 1,
            "opened" => {}
            _ => panic!("{line}"),
        }
    }
}

/// A process that works, and the thread that reads what it prints.
struct Worker {
    child: Child,
    reader: JoinHandle<()>,
    has_opened: Arc<AtomicBool>,
}

impl Worker {
    fn is_over(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits until the process has ended and all that it said is in the ledger.
    fn wait(mut self) {
        self.child.wait().unwrap();
        self.reader.join().unwrap();
    }
}

/// The hosts, their database and the ledger.
struct Soak {
    program: Program,
    /// A file system of its own where one can be made.
    place: PathBuf,
    has_disk: bool,
    ledger: Arc<Mutex<Ledger>>,
    workers: Vec<Worker>,
    started: u64,
    random: u64,
}

impl Soak {
    fn new(seed: u64) -> Self {
        let program = beside_sqlite("tests/c/soak_worker.c");
        let place = program.data();
        let mounted = Command::new("mount")
            .args([
                "-t",
                "tmpfs",
                "-o",
                &format!("size={DISK}m,mode=700"),
                "tmpfs",
            ])
            .arg(&place)
            .stderr(Stdio::null())
            .status();
        let has_disk = mounted.is_ok_and(|status| status.success());
        if !has_disk {
            note("no file system can be mounted: the soak was run without a full disk");
        }
        fs::create_dir(place.join("links")).unwrap();
        std::os::unix::fs::symlink("../orchestra.db", place.join("links/orchestra.db")).unwrap();
        Self {
            program,
            place,
            has_disk,
            ledger: Arc::default(),
            workers: Vec::new(),
            started: 0,
            random: seed * 2 + 1,
        }
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % limit
    }

    fn database(&self) -> PathBuf {
        self.place.join("orchestra.db")
    }

    fn sibling(&self, suffix: &str) -> PathBuf {
        self.place.join(format!("orchestra.db{suffix}"))
    }

    fn config(&self) -> StoreConfig {
        let mut config = StoreConfig::new(self.database());
        config.busy_timeout = Duration::from_secs(5);
        // The whole disk is smaller than what is usually left free.
        config.min_free_disk = 0;
        config
    }

    fn strike(&self, fault: &str) {
        self.ledger.lock().unwrap().strike(fault);
    }

    /// Starts as many hosts as are missing, each by one of the names of the database.
    fn fill_up(&mut self) {
        while self.workers.len() < WORKERS {
            self.started += 1;
            let by_link = self.below(3) == 0;
            let name = if by_link {
                "links/orchestra.db"
            } else {
                "orchestra.db"
            };
            if by_link {
                self.strike("opened-by-a-link");
            }
            let seed = self.below(1 << 30).to_string();
            let worker = format!("w{}", self.started);
            let mut child = self
                .program
                .command(&[name, &worker, &seed])
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let lines = BufReader::new(child.stdout.take().unwrap()).lines();
            let ledger = Arc::clone(&self.ledger);
            let has_opened = Arc::new(AtomicBool::new(false));
            let opened = Arc::clone(&has_opened);
            let reader = thread::spawn(move || {
                // A line without an end is of a process that was killed while it wrote.
                for line in lines.map_while(|line| line.ok().filter(|line| !line.is_empty())) {
                    opened.fetch_or(line.starts_with("opened"), Ordering::SeqCst);
                    ledger.lock().unwrap().note(&line);
                }
            });
            self.workers.push(Worker {
                child,
                reader,
                has_opened,
            });
        }
    }

    fn kill_all(&mut self) {
        for mut worker in self.workers.drain(..) {
            worker.child.kill().unwrap();
            worker.wait();
        }
    }

    /// Removes the hosts that have ended.
    fn bury(&mut self) {
        for mut worker in std::mem::take(&mut self.workers) {
            if worker.is_over() {
                worker.wait();
            } else {
                self.workers.push(worker);
            }
        }
    }

    /// Waits until every host has opened the database or has ended: one that opens it after the harm has nothing to
    /// notice.
    fn wait_for_opening(&mut self) {
        let is_opening =
            |worker: &mut Worker| !worker.has_opened.load(Ordering::SeqCst) && !worker.is_over();
        while self.workers.iter_mut().any(is_opening) {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits until every host has noticed that its files are not safe, and has ended.
    fn wait_for_all(&mut self) {
        let until = Instant::now() + Duration::from_secs(60);
        for mut worker in self.workers.drain(..) {
            while !worker.is_over() {
                assert!(
                    Instant::now() < until,
                    "a host goes on with files that are gone"
                );
                thread::sleep(Duration::from_millis(5));
            }
            worker.wait();
        }
    }

    /// Fails unless the database has all that was acknowledged. Nobody has it open.
    fn assert_nothing_is_missing(&self, after: &str) {
        let store = Store::open(self.config()).unwrap_or_else(|e| panic!("after {after}: {e}"));
        let kept: BTreeSet<String> = store
            .read(|reader| {
                use diesel::prelude::*;
                use kernel::schema::tasks::dsl;
                Ok(dsl::tasks
                    .select(dsl::command)
                    .load(reader.connection())?
                    .into_iter()
                    .collect())
            })
            .unwrap();
        let ledger = self.ledger.lock().unwrap();
        let missing: Vec<_> = ledger.acknowledged.difference(&kept).collect();
        assert!(
            missing.is_empty(),
            "after {after}: {} missing: {missing:?}",
            missing.len()
        );
        let found = store.read(kernel::maintenance::integrity::check).unwrap();
        assert!(found.is_ok(), "after {after}: {found:?}");
        store.close().unwrap();
    }

    /// Begins with a new database and an empty ledger, once there is much in them.
    fn renew(&mut self) {
        let mut ledger = self.ledger.lock().unwrap();
        if ledger.acknowledged.len() < FULL_LEDGER {
            return;
        }
        ledger.found_before += ledger.acknowledged.len();
        ledger.acknowledged.clear();
        fs::remove_file(self.database()).unwrap();
        drop(ledger);
        Store::open(self.config()).unwrap().close().unwrap();
    }

    fn kinds_of_harm(&self) -> u64 {
        if self.has_disk { 7 } else { 6 }
    }

    /// Does each kind of harm once, and then one that is drawn. Returns its name.
    fn harm(&mut self, round: u64) -> &'static str {
        let kinds = self.kinds_of_harm();
        let kind = if round < kinds {
            round
        } else {
            self.below(kinds)
        };
        match kind {
            0 => self.kill_one(),
            1 => self.restore_and_recover_are_busy(),
            2 => self.restore_what_was_backed_up(),
            3 => self.move_away_and_back(),
            4 => self.delete_the_log(),
            5 => self.give_a_second_name(),
            _ => self.fill_the_disk(),
        }
    }

    fn kill_one(&mut self) -> &'static str {
        let chosen = self.below(WORKERS as u64) as usize;
        let mut worker = self.workers.swap_remove(chosen);
        worker.child.kill().unwrap();
        worker.wait();
        "kill"
    }

    /// Nobody replaces the file of a host, by whatever name.
    fn restore_and_recover_are_busy(&mut self) -> &'static str {
        let made = Store::open(self.config()).and_then(|store| {
            let target = self.place.join("busy.backup");
            backup::create(&store, &target, true, &mut unobserved)?;
            store.close()?;
            Ok(target)
        });
        let Ok(target) = made else {
            return "backup-beside-hosts-failed";
        };
        let mut config = self.config();
        config.busy_timeout = Duration::from_millis(100);
        if self.below(2) == 0 {
            config.path = self.place.join("links/orchestra.db");
        }
        let restored = restore_file(
            &config,
            &target,
            &RestoreOptions::default(),
            &mut unobserved,
        );
        let mut options = recover::RecoverOptions::default();
        options.even_if_sound = true;
        let recovered = recover::recover_in_place(&config, &options, &mut unobserved);
        fs::remove_file(target).unwrap();
        let codes = [code(&restored.map(drop)), code(&recovered.map(drop))];
        // Where both hosts have just ended by themselves, nobody is in the way.
        if self.workers.iter_mut().any(|worker| !worker.is_over()) {
            assert_eq!(codes, [Some(ErrorCode::Busy); 2]);
        }
        "restore-and-recover-refused"
    }

    fn restore_what_was_backed_up(&mut self) -> &'static str {
        self.kill_all();
        let target = self.place.join("restored.backup");
        let store = Store::open(self.config()).unwrap();
        backup::create(&store, &target, true, &mut unobserved).unwrap();
        store.close().unwrap();
        let options = RestoreOptions::default();
        let restored = restore_file(&self.config(), &target, &options, &mut unobserved).unwrap();
        fs::remove_file(target).unwrap();
        restored
            .before
            .iter()
            .for_each(|file| fs::remove_file(file).unwrap());
        "restore"
    }

    fn move_away_and_back(&mut self) -> &'static str {
        self.wait_for_opening();
        let away = self.place.join("elsewhere.db");
        fs::rename(self.database(), &away).unwrap();
        self.wait_for_all();
        fs::rename(away, self.database()).unwrap();
        self.remove_kept();
        "file-moved"
    }

    /// What only the deleted log had is in what the hosts kept of it; the last of them knows all.
    fn delete_the_log(&mut self) -> &'static str {
        self.wait_for_opening();
        let Ok(()) = fs::remove_file(self.sibling("-wal")) else {
            return "log-was-not-there";
        };
        self.wait_for_all();
        let kept = self.kept();
        let Some(newest) = kept
            .iter()
            .max_by_key(|path| fs::metadata(path).unwrap().modified().unwrap())
        else {
            // Each of them was just about to open the database.
            return "log-deleted-of-nobody";
        };
        let options = RestoreOptions::default();
        let unpacked = self.place.join("kept.backup");
        let mut kept_config = self.config();
        kept_config.path.clone_from(newest);
        let store = Store::open(kept_config).unwrap();
        backup::create(&store, &unpacked, true, &mut unobserved).unwrap();
        store.close().unwrap();
        let restored = restore_file(&self.config(), &unpacked, &options, &mut unobserved).unwrap();
        restored
            .before
            .iter()
            .for_each(|file| fs::remove_file(file).unwrap());
        fs::remove_file(unpacked).unwrap();
        self.remove_kept();
        "log-deleted"
    }

    fn give_a_second_name(&mut self) -> &'static str {
        let second = self.place.join("second.db");
        fs::hard_link(self.database(), &second).unwrap();
        let opened = Store::open(StoreConfig::new(&second));
        fs::remove_file(&second).unwrap();
        assert_eq!(code(&opened.map(drop)), Some(ErrorCode::FileUnsafe));
        for suffix in [".store-lock", ".migration-lock", "-wal", "-shm"] {
            let _mostly_not_there = fs::remove_file(self.place.join(format!("second.db{suffix}")));
        }
        "hard-link"
    }

    fn fill_the_disk(&mut self) -> &'static str {
        let ballast = self.place.join("ballast");
        let mut file = fs::File::create(&ballast).unwrap();
        let block = vec![0_u8; 64 << 10];
        while file.write_all(&block).is_ok() {}
        while file.write_all(&block[..512]).is_ok() {}
        let pause = 100 + self.below(200);
        thread::sleep(Duration::from_millis(pause));
        fs::remove_file(ballast).unwrap();
        "disk-full"
    }

    fn kept(&self) -> Vec<PathBuf> {
        let paths = fs::read_dir(&self.place)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let is_kept = |path: &PathBuf| {
            let name = path.to_str().unwrap();
            name.contains(".kept-") && name.ends_with(".db")
        };
        paths.filter(is_kept).collect()
    }

    fn remove_kept(&self) {
        for path in fs::read_dir(&self.place)
            .unwrap()
            .map(|entry| entry.unwrap().path())
        {
            if path.to_str().unwrap().contains(".kept-") {
                fs::remove_file(path).unwrap();
            }
        }
    }
}

impl Drop for Soak {
    fn drop(&mut self) {
        for worker in &mut self.workers {
            let _ended_already = worker.child.kill();
            let _ = worker.child.wait();
        }
        if self.has_disk {
            succeed(Command::new("umount").arg("--lazy").arg(&self.place));
        }
    }
}

fn code(outcome: &Result<()>) -> Option<ErrorCode> {
    outcome.as_ref().err().map(kernel::Error::code)
}

/// Codes that a harmed host may get.
const EXPECTED: [ErrorCode; 6] = [
    ErrorCode::FileUnsafe,
    ErrorCode::Busy,
    ErrorCode::DiskFull,
    ErrorCode::OutcomeUnknown,
    ErrorCode::Closed,
    ErrorCode::Io,
];

#[test]
fn hosts_that_are_harmed_lose_nothing_that_they_acknowledged() {
    if !has_sqlite() || !cfg!(target_os = "linux") {
        return;
    }
    let seed = std::env::var("ORCHESTRA_SEED").map_or(1, |seed| seed.parse().unwrap());
    let length = Duration::from_secs(if is_full() { 1800 } else { 20 });
    let mut soak = Soak::new(seed);
    Store::open(soak.config()).unwrap().close().unwrap();
    let (began, mut rounds) = (Instant::now(), 0);
    while began.elapsed() < length || rounds < soak.kinds_of_harm() {
        soak.fill_up();
        let pause = 50 + soak.below(300);
        thread::sleep(Duration::from_millis(pause));
        let fault = soak.harm(rounds);
        soak.strike(fault);
        soak.bury();
        rounds += 1;
        if rounds.is_multiple_of(8) {
            soak.kill_all();
            soak.assert_nothing_is_missing(fault);
            soak.renew();
        }
    }
    soak.kill_all();
    soak.assert_nothing_is_missing("the last fault");
    let ledger = soak.ledger.lock().unwrap();
    let acknowledged = ledger.found_before + ledger.acknowledged.len();
    println!(
        "{acknowledged} acknowledged, 0 missing; seed {seed}; struck: {:?}; refused: {:?}",
        ledger.struck, ledger.refused
    );
    let expected = |code: &&i32| **code == 0 || EXPECTED.iter().any(|e| e.number() == **code);
    let others: Vec<_> = ledger
        .refused
        .keys()
        .filter(|code| !expected(code))
        .collect();
    assert!(others.is_empty(), "{others:?}");
    assert!(soak.started > 1 && acknowledged > 0);
    let faults = [
        "kill",
        "restore",
        "file-moved",
        "log-deleted",
        "hard-link",
        "second-sqlite",
        "plain-close",
        "opened-by-a-link",
        "restore-and-recover-refused",
    ];
    for fault in faults
        .into_iter()
        .chain(soak.has_disk.then_some("disk-full"))
    {
        assert!(ledger.struck.contains_key(fault), "{fault} never struck");
    }
}
