//! The audit log and preferences.

use std::hint::black_box;

use orchestra_store::services::audit::{self, AuditFilter};
use orchestra_store::services::preferences::{self, NewPreference, PreferenceScope};
use orchestra_store::services::{code_repositories, tasks};
use orchestra_store::{Durability, Store};

use crate::dataset;
use crate::harness::{Bench, Case, timed};
use crate::raw::{AuditReader, Preferences, Role};
use crate::sides::Sides;

const AUDIT: Case = Case::new("audit query: the newest 50 of a user");
const PREFERENCE: Case = Case::new("resolve a preference");
const SIZE: u32 = 50;
const KEY: &str = "editor.theme";

pub(super) fn run(bench: &mut Bench) {
    if !bench.wants(&[AUDIT, PREFERENCE]) {
        return;
    }
    let sides = Sides::with_tasks(0);
    let store = sides.store(Durability::Normal);
    fill(&store);
    sides.copy_to_raw(&store);
    newest_entries(bench, &sides, &store);
    preference(bench, &sides, &store);
}

/// A log of some length, and a preference for everybody, a repository, an agent, and both.
fn fill(store: &Store) {
    let new: Vec<_> = (0..2_000).map(dataset::new_task).collect();
    let written = store.write(|uow| {
        tasks::enqueue_many(uow, &new)?;
        let repository = code_repositories::register(uow, &dataset::path(0))?.id;
        let agent = dataset::agent(0);
        for scope in [
            PreferenceScope::everyone(),
            PreferenceScope::user().in_repository(&repository),
            PreferenceScope::user().of_agent(&agent),
            PreferenceScope::user()
                .in_repository(&repository)
                .of_agent(&agent),
        ] {
            preferences::set(uow, &NewPreference::new(KEY, "dark", scope))?;
        }
        Ok(())
    });
    written.unwrap();
}

fn newest_entries(bench: &mut Bench, sides: &Sides, store: &Store) {
    let user = sides.environment().user;
    let filter = AuditFilter {
        user_id: Some(user.clone()),
        ..AuditFilter::default()
    };
    let mut log = AuditReader::new(&sides.raw(Role::Reader));
    bench.compare(
        AUDIT,
        |count| {
            timed(|| {
                for _ in 0..count {
                    let found = store.read(|reader| audit::list(reader, &filter, None, SIZE));
                    black_box(found.unwrap());
                }
            })
        },
        |count| {
            timed(|| {
                for _ in 0..count {
                    black_box(log.newest(&user, i64::from(SIZE) + 1));
                }
            })
        },
    );
}

fn preference(bench: &mut Bench, sides: &Sides, store: &Store) {
    let by_path = |path: &str| store.read(|r| code_repositories::get_by_path(r, path));
    let repository = by_path(&dataset::path(0)).unwrap().unwrap().id;
    let (agent, user) = (dataset::agent(0), sides.environment().user);
    let mut by_hand = Preferences::new(&sides.raw(Role::Reader));
    bench.compare(
        PREFERENCE,
        |count| {
            timed(|| {
                for _ in 0..count {
                    let found = store.read(|reader| {
                        preferences::resolve(reader, KEY, Some(&repository), Some(&agent))
                    });
                    black_box(found.unwrap().unwrap());
                }
            })
        },
        |count| {
            timed(|| {
                for _ in 0..count {
                    let found = by_hand.resolve(&user, KEY, &repository, &agent);
                    black_box(found.unwrap());
                }
            })
        },
    );
}
