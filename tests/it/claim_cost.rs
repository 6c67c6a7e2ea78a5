//! What a claim costs, counted in steps of SQLite's virtual machine, and how its statements find
//! their rows. Both are taken from the statements that really run.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use orchestra_store::models::{AgentId, Task};
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::tasks::{self, Claim, NewTask, QueueScope};
use orchestra_store::types::TaskPriority;
use orchestra_store::{Durability, Error, Store, StoreConfig};

use crate::support::{REPOSITORY, TestStore};
use crate::vm_steps::{watch, watch_new_connections};

/// A store with a queue that is filled.
struct Queue {
    test: TestStore,
    name: &'static str,
}

impl Queue {
    fn new(name: &'static str, tasks: usize) -> Self {
        watch_new_connections();
        let fast = |config: &mut StoreConfig| config.durability = Durability::Normal;
        let test = TestStore::with(fast);
        let path_of = [
            ("own", REPOSITORY),
            ("any", "*"),
            ("other", "/srv/git/other"),
        ];
        for (id, path) in path_of {
            let mut new = NewAgent::new(id, "worker", path);
            new.id = Some(AgentId::new(id).unwrap());
            new.max_concurrent_tasks = 10;
            test.store.write(|uow| agents::register(uow, &new)).unwrap();
        }
        enqueue(&test, tasks);
        Self { test, name }
    }

    /// The same with urgent tasks that are paused, of which every kind that a claim could come across.
    fn with_paused(name: &'static str, paused: usize) -> Self {
        let queue = Self::new(name, 1_000);
        queue.run(&format!(
            "INSERT INTO Tasks (Id, Command, Priority, AvailableAt, RepositoryPath, QueueName, AgentId, IsPinned)
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {paused})
             SELECT 'paused ' || i, 'ls', 3, '2025-01-01 00:00:00.0000000',
                iif(i & 1, '{REPOSITORY}', '/srv/git/other'), iif(i & 1, 'slow', NULL),
                iif(i & 2, 'own', NULL), i >> 1 & 1
             FROM n"
        ));
        for scope in Self::paused_scopes() {
            let paused = queue.store().write(|uow| tasks::pause(uow, &scope, None));
            paused.unwrap();
        }
        queue
    }

    fn paused_scopes() -> [QueueScope; 2] {
        [
            QueueScope::queue("slow"),
            QueueScope::repository("/srv/git/other"),
        ]
    }

    fn store(&self) -> &Store {
        &self.test.store
    }

    /// What it costs to claim in each way, the second time: the first prepares the statements.
    fn costs(&self) -> Vec<(&'static str, i64)> {
        let agent = |id| Claim::agent(&AgentId::new(id).unwrap());
        [
            ("an agent of one repository", agent("own").up_to(3)),
            ("an agent of any repository", agent("any").up_to(3)),
            ("a worker", Claim::repository(REPOSITORY, "w").up_to(3)),
        ]
        .into_iter()
        .map(|(who, claim)| {
            self.release(self.claim(&claim));
            let (claimed, watched) = watch(|| self.claim(&claim));
            assert_eq!(claimed.len(), 3, "{who}, {}", self.name);
            self.release(claimed);
            println!("{}, {who}: {} steps", self.name, watched.steps);
            (who, watched.steps)
        })
        .collect()
    }

    fn run(&self, sql: &str) {
        let run = self
            .store()
            .write(|uow| Ok(uow.connection().batch_execute(sql)?));
        run.unwrap();
    }

    fn claim(&self, claim: &Claim) -> Vec<Task> {
        let tasks = self.store().write(|uow| tasks::claim(uow, claim));
        tasks.unwrap()
    }

    fn release(&self, claimed: Vec<Task>) {
        let release = |task: Task| {
            let token = task.lease_token.as_ref();
            let released = self
                .store()
                .write(|uow| tasks::release(uow, &task.id, token));
            released.unwrap();
        };
        claimed.into_iter().for_each(release);
    }

    /// The plans of statements, without those that only steer a transaction.
    fn plans(&self, statements: &BTreeSet<String>) -> Vec<(String, String)> {
        #[derive(QueryableByName)]
        struct Step {
            #[diesel(sql_type = Text)]
            detail: String,
        }
        let plan = |sql: &String| {
            let steps: Vec<Step> = self
                .store()
                .read(|reader| {
                    sql_query(format!("EXPLAIN QUERY PLAN {sql}"))
                        .load(reader.connection())
                        .map_err(Error::from)
                })
                .unwrap();
            let details: Vec<String> = steps.into_iter().map(|step| step.detail).collect();
            (sql.clone(), details.join("; "))
        };
        statements
            .iter()
            .map(plan)
            .filter(|(_, plan)| !plan.is_empty())
            .collect()
    }
}

/// Fills a queue with tasks in rotating priorities, for one agent in turn with anyone.
fn enqueue(test: &TestStore, count: usize) {
    let own = AgentId::new("own").unwrap();
    let tasks: Vec<NewTask> = (0..count)
        .map(|number| {
            let mut new = NewTask::new("ls", REPOSITORY);
            new.priority = TaskPriority::ALL[number % TaskPriority::ALL.len()];
            // All priorities pinned and open.
            new.agent_id = (number / 4 % 2 == 0).then(|| own.clone());
            new
        })
        .collect();
    for tasks in tasks.chunks(10_000) {
        test.store
            .write(|uow| tasks::enqueue_many(uow, tasks))
            .unwrap();
    }
}

#[test]
fn a_claim_costs_the_same_however_many_tasks_wait() {
    let few = Queue::new("1 000 tasks", 1_000);
    let base = few.costs();

    let mut many = Queue::new("101 000 tasks", 101_000);
    assert_same_costs(&base, &many);
    // The planner decides anew once it knows how the values are spread.
    many.run("ANALYZE");
    assert_same_costs(&base, &many);

    many.run(
        "UPDATE Tasks SET Priority = 3, AvailableAt = '2026-01-02 00:00:00.0000000'
         WHERE rowid > 1000",
    );
    many.name = "1 000 tasks, 100 000 urgent ones for later";
    assert_same_costs(&base, &many);
    many.run("ANALYZE");
    assert_same_costs(&base, &many);
}

#[test]
fn a_claim_costs_the_same_however_many_tasks_are_paused() {
    let base = Queue::with_paused("100 paused", 100).costs();
    let many = Queue::with_paused("100 000 paused", 100_000);
    assert_same_costs(&base, &many);
    many.run("ANALYZE");
    assert_same_costs(&base, &many);
}

fn assert_same_costs(base: &[(&str, i64)], queue: &Queue) {
    for ((who, few), (_, many)) in base.iter().zip(queue.costs()) {
        assert!(
            many <= 2 * few,
            "{who}: {few} steps, {}: {many}",
            queue.name
        );
    }
}

#[test]
fn the_statements_of_a_worker_search_by_index_and_sort_nothing() {
    let queue = Queue::with_paused("1 000 tasks", 1_000);
    let (_, watched) = watch(|| run_every_statement(&queue));
    for analyzed in [false, true] {
        let plans = queue.plans(&watched.statements);
        for (sql, plan) in &plans {
            // The table of pauses has nothing but those that hold, and a statement without a table has one row.
            let plan = plan.replace("SCAN QueuePauses", "");
            let plan = plan.replace("SCAN CONSTANT ROW", "");
            // Nor are the rows of an INSERT a table.
            let mut steps = plan.split("; ");
            let scans = |step: &str| step.contains("SCAN") && !step.ends_with("VALUES CLAUSE");
            let is_fast = !steps.any(scans) && !plan.contains("TEMP B-TREE");
            assert!(is_fast, "analyzed: {analyzed}\n{sql}\n{plan}");
        }
        let used = |index: &str| plans.iter().any(|(_, plan)| plan.contains(index));
        for index in [
            "IX_Tasks_Claim (",
            "IX_Tasks_Claim_Agent (",
            "IX_Tasks_Claim_Queue (",
            "IX_TaskDependencies_DependsOn (",
            "IX_Tasks_Assigned (",
            "IX_Tasks_Lease (",
            "sqlite_autoindex_Tasks_1 (",
        ] {
            assert!(used(index), "analyzed: {analyzed}: {index} in {plans:#?}");
        }
        queue.run("ANALYZE");
    }
}

/// All that a worker does with the queue: claim in each way, run, end, lose the lease.
fn run_every_statement(queue: &Queue) {
    let store = queue.store();
    let own = AgentId::new("own").unwrap();
    let any = Claim::agent(&AgentId::new("any").unwrap());
    let of_worker = Claim::repository(REPOSITORY, "w");
    for claim in [&Claim::agent(&own), &any, &of_worker] {
        queue.release(queue.claim(claim));
    }
    // Without pauses, claims go another way.
    for scope in Queue::paused_scopes() {
        store.write(|uow| tasks::resume(uow, &scope)).unwrap();
    }
    queue.claim(&any);
    queue.claim(&of_worker);
    let claimed = store
        .write(|uow| tasks::claim(uow, &Claim::agent(&own).up_to(3)))
        .unwrap();
    for (number, task) in claimed.iter().enumerate() {
        store.read(|reader| tasks::get(reader, &task.id)).unwrap();
        let token = task.lease_token.as_ref();
        store
            .write(|uow| {
                tasks::start(uow, &task.id, token)?;
                tasks::heartbeat(uow, &task.id, token.unwrap(), None)?;
                tasks::update_progress(uow, &task.id, token, &tasks::TaskProgress::at(50))?;
                match number {
                    0 => tasks::complete(uow, &task.id, token, None).map(drop),
                    1 => tasks::fail(uow, &task.id, token, &tasks::Failure::new("x")).map(drop),
                    _ => Ok(()),
                }
            })
            .unwrap();
    }
    queue.test.advance_seconds(3600);
    let rescued = store.write(|uow| tasks::rescue_expired(uow, 10)).unwrap();
    assert_eq!(rescued.requeued.len(), 3);
}
