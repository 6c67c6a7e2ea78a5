//! Entries of the audit log wait within a write, so that a few of them are one statement. Nobody notices who reads the log,
//! and an entry that can't be written fails its write alone.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use diesel::prelude::*;
use orchestra_store::models::{AgentId, AuditLog};
use orchestra_store::query::Specification;
use orchestra_store::schema::audit_logs;
use orchestra_store::services::audit::{self, AuditFilter, NewAuditLog};
use orchestra_store::services::{agents, data};
use orchestra_store::types::AgentStatus;
use orchestra_store::{Error, ErrorCode, IdGenerator, Result, UnitOfWork, UuidGenerator, registry};

use crate::support::TestStore;
use crate::vm_steps::{watch, watch_new_connections};

/// Reads the log, and returns the number of entries about an agent, or a number that tells as much.
type Reading = fn(&mut UnitOfWork<'_>, &AgentId) -> Result<usize>;

fn about(id: &AgentId) -> Specification<AuditLog> {
    Specification::new().filter(audit_logs::entity_id.eq(id.to_string()))
}

const READINGS: &[(&str, Reading)] = &[
    ("audit::list", |uow, id| {
        let filter = AuditFilter {
            entity_type: Some("Agents".to_owned()),
            entity_id: Some(id.to_string()),
            ..AuditFilter::default()
        };
        Ok(audit::list(uow, &filter, None, 100)?.items.len())
    }),
    ("audit::written_after", |uow, id| {
        let entries = audit::written_after(uow, None, 100)?.items;
        let of_agent = entries
            .iter()
            .filter(|e| e.entity_id.as_deref() == Some(id.as_str()));
        Ok(of_agent.count())
    }),
    ("audit::history", |uow, id| {
        Ok(audit::history(uow, id)?.len())
    }),
    ("audit::state_at", |uow, id| {
        let now = uow.now();
        let state = audit::state_at(uow, id, now)?.unwrap();
        let version = state.0["RowVersion"].as_u64().unwrap();
        Ok(usize::try_from(version).unwrap())
    }),
    ("data::list", |uow, id| {
        Ok(data::list(uow, &about(id))?.len())
    }),
    ("data::count", |uow, id| {
        Ok(usize::try_from(data::count(uow, &about(id))?).unwrap())
    }),
    ("data::get", |uow, id| {
        let ids = data::list(uow, &about(id))?;
        let last: AuditLog = data::get(uow, &ids.last().unwrap().id)?;
        assert_eq!(last.entity_type, "Agents");
        Ok(ids.len())
    }),
    ("registry", |uow, id| {
        let query = serde_json::json!({"where": {"EntityId": id.to_string()}});
        let entity = registry::by_name("AuditLogs").unwrap();
        let page = entity.query(uow, &query)?;
        Ok(page["Items"].as_array().unwrap().len())
    }),
    ("connection", |uow, id| {
        let of_agent = audit_logs::table.filter(audit_logs::entity_id.eq(id.as_str()));
        let count: i64 = of_agent.count().get_result(uow.connection())?;
        Ok(usize::try_from(count).unwrap())
    }),
];

fn toggle(uow: &mut UnitOfWork<'_>, id: &AgentId) -> Result<()> {
    let status = match agents::get(uow, id)?.status {
        AgentStatus::Idle => AgentStatus::Error,
        _ => AgentStatus::Idle,
    };
    agents::set_status(uow, id, status, None).map(drop)
}

#[test]
fn whoever_reads_the_log_in_a_write_finds_its_entries() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let mut entries = 1;
    for (name, read) in READINGS {
        let found = test.store.write(|uow| {
            toggle(uow, &id)?;
            let found = read(uow, &id)?;
            let undone = uow.savepoint(|uow| {
                toggle(uow, &id)?;
                assert_eq!(read(uow, &id)?, found + 1, "{name} in a savepoint");
                toggle(uow, &id)?;
                Err::<(), _>(Error::new(ErrorCode::Cancelled, "on purpose"))
            });
            undone.unwrap_err();
            assert_eq!(read(uow, &id)?, found, "{name} after a savepoint");
            toggle(uow, &id)?;
            Ok(found)
        });
        assert_eq!(found.unwrap(), entries + 1, "{name}");
        entries += 2;
        let read = |uow: &mut UnitOfWork<'_>| read(uow, &id);
        assert_eq!(test.store.write(read).unwrap(), entries, "{name}");
    }
}

/// Functions of the audit log that read it must be above.
#[test]
fn all_that_reads_the_log_is_tried() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rows/audit.rs");
    let text = std::fs::read_to_string(path).unwrap();
    let functions = text.lines().filter_map(|line| {
        let name = line.strip_prefix("pub fn ")?;
        name.split(['(', '<']).next()
    });
    for function in functions.filter(|name| *name != "record") {
        let name = format!("audit::{function}");
        assert!(READINGS.iter().any(|(known, _)| *known == name), "{name}");
    }
}

/// Files that use a connection without the entries of a write name neither table, nor a file that reads them.
#[test]
fn what_does_without_the_entries_reads_no_log() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut directories = vec![sources];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => directories.push(path),
                false => files.push(path),
            }
        }
    }
    let mut users = 0;
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        if path.ends_with("rows/unit_of_work.rs") || !text.contains(".conn()") {
            continue;
        }
        users += 1;
        for table in [
            "audit_logs",
            "change_events",
            "tables::retention",
            "erasure",
        ] {
            assert!(!text.contains(table), "{}: {table}", path.display());
        }
    }
    assert!(users > 20, "{users}");
}

#[test]
fn entries_are_in_the_order_of_the_writes_whoever_makes_them() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let before = test.store.read(|r| audit::written_after(r, None, 100));
    let before = before.unwrap().items.len();
    test.store
        .write(|uow| {
            toggle(uow, &id)?;
            audit::record(uow, &NewAuditLog::new("Execute", "Agents"))?;
            toggle(uow, &id)?;
            uow.savepoint(|uow| toggle(uow, &id))?;
            audit::record(uow, &NewAuditLog::new("Login", "Agents")).map(drop)
        })
        .unwrap();
    let entries = test.store.read(|r| audit::written_after(r, None, 100));
    let entries = entries.unwrap().items;
    let actions: Vec<&str> = entries[before..]
        .iter()
        .map(|e| e.action.as_str())
        .collect();
    assert_eq!(actions, ["Update", "Execute", "Update", "Update", "Login"]);
}

/// Gives an id that no entry can have, where it is told to.
#[derive(Debug, Default)]
struct Spoiled {
    is_spoiled: AtomicBool,
}

impl IdGenerator for Spoiled {
    fn next_id(&self) -> String {
        match self.is_spoiled.load(Ordering::Relaxed) {
            true => "x".repeat(129),
            false => UuidGenerator.next_id(),
        }
    }
}

#[test]
fn an_entry_that_cannot_be_written_fails_its_write_alone_and_for_certain() {
    let ids = Arc::new(Spoiled::default());
    let test = TestStore::with(|config| config.ids = Arc::clone(&ids) as Arc<dyn IdGenerator>);
    let id = test.agent("a", 1);
    let spoiled = |uow: &mut UnitOfWork<'_>| {
        ids.is_spoiled.store(true, Ordering::Relaxed);
        let done = toggle(uow, &id);
        ids.is_spoiled.store(false, Ordering::Relaxed);
        done
    };
    type Way<'a> = &'a dyn Fn(&mut UnitOfWork<'_>) -> Result<()>;
    let ways: [Way<'_>; 5] = [
        &spoiled,
        &|uow| {
            spoiled(uow)?;
            // The error is kept until the end.
            uow.connection();
            toggle(uow, &id)
        },
        &|uow| {
            spoiled(uow)?;
            audit::list(uow, &AuditFilter::default(), None, 10).map(drop)
        },
        &|uow| {
            spoiled(uow)?;
            let savepoint = uow.savepoint(|uow| toggle(uow, &id));
            assert!(savepoint.is_err());
            Ok(())
        },
        &|uow| {
            for _ in 0..10 {
                // Whoever ignores the error can't commit either.
                let _ = spoiled(uow);
            }
            Ok(())
        },
    ];
    for (number, way) in ways.iter().enumerate() {
        let mut transaction = test.store.begin().unwrap();
        let before = test.get_agent(&id).status;
        transaction.write(|uow| toggle(uow, &id)).unwrap();
        let failed = transaction.write(way).unwrap_err();
        assert_eq!(
            failed.code(),
            ErrorCode::ConstraintViolation,
            "{number}: {failed}"
        );
        transaction.commit().unwrap();
        assert_ne!(test.get_agent(&id).status, before, "{number}");
    }
    // A savepoint that is rolled back takes its failure along.
    let written = test.store.write(|uow| {
        toggle(uow, &id)?;
        let failed = uow.savepoint(|uow| {
            spoiled(uow)?;
            uow.connection();
            Ok(())
        });
        assert_eq!(failed.unwrap_err().code(), ErrorCode::ConstraintViolation);
        Ok(())
    });
    written.unwrap();
    let changes = test.store.read(|r| audit::history(r, &id)).unwrap();
    assert_eq!(changes.len(), 2 + ways.len());
}

#[test]
fn a_few_entries_are_one_statement_and_so_are_a_few_events() {
    watch_new_connections();
    let test = TestStore::new();
    let id = test.agent("a", 1);
    for (changes, statements) in [(1, 1), (2, 1), (3, 2), (4, 1), (9, 3)] {
        let work = |uow: &mut UnitOfWork<'_>| {
            for _ in 0..changes {
                toggle(uow, &id)?;
            }
            Ok(())
        };
        let ((), watched) = watch(|| test.store.write(work).unwrap());
        for table in ["AuditLogs", "ChangeEvents"] {
            let begin = format!("INSERT INTO \"{table}\"");
            let runs = watched
                .runs
                .iter()
                .filter(|(sql, _)| sql.starts_with(&begin));
            let runs: usize = runs.map(|(_, runs)| runs).sum();
            assert_eq!(runs, statements, "{table}: {changes} changes");
        }
    }
}
