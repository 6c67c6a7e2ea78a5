//! Paths that differ only in case or slashes, where a store treats them as Windows does.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use orchestra_store::models::AgentId;
use orchestra_store::services::agents::{self, NewAgent, SelectionCriteria};
use orchestra_store::services::code_repositories;
use orchestra_store::services::tasks::{self, Claim, NewTask};

use crate::support::TestStore;

const REGISTERED: &str = r"C:\Sources\App";
const SPELLINGS: [&str; 4] = [
    REGISTERED,
    "c:/sources/app",
    r"C:\SOURCES\App\",
    "C:/Sources/App/",
];

fn store(is_windows: bool) -> TestStore {
    let test = TestStore::with(|config| config.windows_paths = is_windows);
    let mut agent = NewAgent::new("A", "claude-code", REGISTERED);
    agent.id = Some(AgentId::new("a").unwrap());
    test.store
        .write(|uow| agents::register(uow, &agent))
        .unwrap();
    test
}

#[test]
fn agents_and_repositories_are_found_by_each_spelling() {
    let test = store(true);
    for path in SPELLINGS {
        test.store
            .read(|reader| {
                let found = code_repositories::get_by_path(reader, path)?;
                assert_eq!(found.unwrap().path, REGISTERED, "{path}");
                assert_eq!(
                    agents::find_available(reader, Some(path))?.len(),
                    1,
                    "{path}"
                );
                let best = agents::find_best(reader, path, &SelectionCriteria::default())?;
                assert_eq!(best.unwrap().id.as_str(), "a", "{path}");
                Ok(())
            })
            .unwrap();
    }
}

#[test]
fn what_is_written_has_the_registered_spelling() {
    let test = store(true);
    for path in SPELLINGS {
        test.store
            .write(|uow| {
                let task = tasks::enqueue(uow, &NewTask::new("ls", path))?;
                assert_eq!(task.repository_path, REGISTERED);
                let claimed = tasks::claim(uow, &Claim::repository(path, "worker"))?;
                assert_eq!(claimed.len(), 1, "{path}");
                let agent = agents::register(uow, &NewAgent::new("B", "codex", path))?;
                assert_eq!(agent.repository_path, REGISTERED);
                assert_eq!(code_repositories::register(uow, path)?.path, REGISTERED);
                Ok(())
            })
            .unwrap();
    }
    let repositories = test.store.read(code_repositories::list).unwrap();
    assert_eq!(repositories.len(), 1);
}

#[test]
fn an_agent_of_another_spelling_claims_the_tasks_of_its_repository() {
    let test = store(true);
    // As an import writes it, which takes the paths as they are.
    let path = test.path();
    let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    conn.batch_execute("UPDATE Agents SET RepositoryPath = 'c:/sources/app'")
        .unwrap();
    drop(conn);
    test.store
        .write(|uow| tasks::enqueue(uow, &NewTask::new("ls", REGISTERED)))
        .unwrap();
    assert_eq!(test.claim(&AgentId::new("a").unwrap(), 1).len(), 1);
}

#[test]
fn other_stores_tell_them_apart() {
    let test = store(false);
    let found = |path| {
        test.store
            .read(|reader| Ok(code_repositories::get_by_path(reader, path)?.is_some()))
            .unwrap()
    };
    assert_eq!(SPELLINGS.map(found), [true, false, false, false]);
}
