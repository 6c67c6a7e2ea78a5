//! Shows preferences: the most specific one wins, and a secret is sealed with the host's key.
//!
//! ```sh
//! cargo run --example preferences                  # on a database that is removed afterwards
//! cargo run --example preferences preferences.db   # on one that stays
//! ```
//!
//! It prints:
//!
//! ```text
//! retries for everyone: 3
//! retries for Ann: 5
//! retries for Ann in /srv/git/app: 0
//! the token, opened: s3cret
//! sealed in the database: true
//! ```

use std::path::PathBuf;
use std::sync::Arc;

use orchestra_store::services::code_repositories;
use orchestra_store::services::preferences::{self, NewPreference, PreferenceScope};
use orchestra_store::{EncryptionKey, Result, StaticKeys, Store, StoreConfig, UserContext};

fn main() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let path = std::env::args().nth(1).map(PathBuf::from);
    let path = path.unwrap_or_else(|| directory.path().join("preferences.db"));
    let mut config = StoreConfig::new(path);
    // A real host keeps its key in the key store of the system: without it, what is sealed is lost.
    config.keys = Some(Arc::new(StaticKeys::new(
        "example",
        EncryptionKey::generate()?,
    )));
    let store = Store::open(config)?;

    // Handles for two users, on one store.
    let bob = store.context(UserContext::user("bob"));
    let ann = store.context(UserContext::user("ann"));
    let app = ann.write(|uow| {
        let app = code_repositories::register(uow, "/srv/git/app")?;
        let here = PreferenceScope::user().in_repository(&app.id);
        preferences::set(
            uow,
            &NewPreference::new("retries", "3", PreferenceScope::everyone()),
        )?;
        preferences::set(
            uow,
            &NewPreference::new("retries", "5", PreferenceScope::user()),
        )?;
        preferences::set(uow, &NewPreference::new("retries", "0", here))?;
        let token = NewPreference::new("token", "s3cret", PreferenceScope::user());
        preferences::set(uow, &token.encrypted())?;
        Ok(app)
    })?;

    let retries = |user: &Store, repository| {
        let found =
            user.read(|reader| preferences::resolve(reader, "retries", repository, None))?;
        found.map_or(Ok(0), |preference| preference.i64())
    };
    println!("retries for everyone: {}", retries(&bob, None)?);
    println!("retries for Ann: {}", retries(&ann, None)?);
    println!(
        "retries for Ann in {}: {}",
        app.path,
        retries(&ann, Some(&app.id))?
    );

    let token = ann.read(|reader| preferences::get(reader, "token", &PreferenceScope::user()))?;
    if let Some(token) = token {
        println!("the token, opened: {}", token.text());
        let is_sealed = !token.row().value.contains("s3cret");
        println!("sealed in the database: {is_sealed}");
    }
    store.close()
}
