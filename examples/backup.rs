//! Shows a backup: made while the store is in use, verified, and put back after a mistake.
//!
//! ```sh
//! cargo run --example backup             # on a database that is removed afterwards
//! cargo run --example backup backup.db   # on one that stays
//! ```
//!
//! It prints:
//!
//! ```text
//! the backup is Verified
//! agents after the mistake: 0
//! agents after restoring: 1
//! problems found: 0
//! ```

use std::path::PathBuf;

use orchestra_store::maintenance::restore::RestoreOptions;
use orchestra_store::maintenance::{backup, integrity, restore, unobserved};
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::{Result, Store, StoreConfig};

fn main() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let path = std::env::args().nth(1).map(PathBuf::from);
    let path = path.unwrap_or_else(|| directory.path().join("backup.db"));
    let store = Store::open(StoreConfig::new(path))?;
    let new = NewAgent::new("Ada", "claude-code", "/srv/git/app");
    let agent = store.write(|uow| agents::register(uow, &new))?;

    // A name that ends in `.gz` asks for compression. A program that shows how far it is passes
    // a closure instead of `unobserved`, which may also cancel.
    let file = directory.path().join("orchestra-backup.db.gz");
    backup::create(&store, &file, false, &mut unobserved)?;
    println!("the backup is {:?}", backup::verify(&file)?.state);

    store.write(|uow| agents::remove(uow, &agent.id))?;
    println!("agents after the mistake: {}", count(&store)?);

    // What was there before is kept in a file beside the database.
    restore::restore(&store, &file, &RestoreOptions::default(), &mut unobserved)?;
    println!("agents after restoring: {}", count(&store)?);

    let report = store.read(integrity::check)?;
    println!("problems found: {}", report.findings.len());
    store.close()
}

fn count(store: &Store) -> Result<usize> {
    store.read(|reader| Ok(agents::list(reader)?.len()))
}
