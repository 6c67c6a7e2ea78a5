//! Queues: pausing, claims from some of them, what they hold, and tasks that grow more urgent.

use std::time::Duration;

use orchestra_store::models::{AgentId, Task};
use orchestra_store::services::tasks::{self, Claim, NewTask, QueueScope};
use orchestra_store::types::TaskPriority;
use orchestra_store::{Clock as _, ErrorCode, Result, UserContext};

use crate::support::{REPOSITORY, TestStore, token_of};

const OTHER: &str = "/srv/git/other";

/// A task that is called by its command.
fn in_queue(command: &str, path: &str, queue: Option<&str>) -> NewTask {
    let mut new = NewTask::new(command, path);
    new.queue_name = queue.map(str::to_owned);
    new
}

fn commands(tasks: Vec<Task>) -> Vec<String> {
    tasks.into_iter().map(|task| task.command).collect()
}

fn pause(test: &TestStore, scope: &QueueScope) {
    test.store
        .write(|uow| tasks::pause(uow, scope, None))
        .unwrap();
}

fn resume(test: &TestStore, scope: &QueueScope) {
    test.store.write(|uow| tasks::resume(uow, scope)).unwrap();
}

fn claim(test: &TestStore, claim: &Claim) -> Vec<String> {
    let claimed = test.store.write(|uow| tasks::claim(uow, claim)).unwrap();
    let names = claimed.clone();
    for task in claimed {
        let token = token_of(&task);
        test.store
            .write(|uow| tasks::release(uow, &task.id, Some(&token)))
            .unwrap();
    }
    commands(names)
}

/// Everything that anybody could claim, by one agent and one worker.
fn claimable(test: &TestStore, agent: &AgentId) -> [Vec<String>; 2] {
    let mut of_agent = claim(test, &Claim::agent(agent).up_to(10));
    let mut of_worker = claim(test, &Claim::repository("*", "w").up_to(10));
    of_agent.sort();
    of_worker.sort();
    [of_agent, of_worker]
}

#[test]
fn what_is_paused_is_not_handed_out() {
    let test = TestStore::new();
    let agent = test.agent("a", 10);
    for (command, path, queue) in [
        ("plain", REPOSITORY, None),
        ("slow", REPOSITORY, Some("slow")),
        ("fast", REPOSITORY, Some("fast")),
        ("other", OTHER, None),
        ("other slow", OTHER, Some("slow")),
    ] {
        test.enqueue(&in_queue(command, path, queue));
    }
    let mut pinned = in_queue("pinned slow", OTHER, Some("slow"));
    pinned.agent_id = Some(agent.clone());
    test.enqueue(&pinned);
    let all = claimable(&test, &agent);
    assert_eq!(all[0], ["fast", "pinned slow", "plain", "slow"]);
    assert_eq!(all[1], ["fast", "other", "other slow", "plain", "slow"]);

    let slow = QueueScope::queue("slow");
    pause(&test, &slow);
    let left = claimable(&test, &agent);
    assert_eq!(left[0], ["fast", "plain"]);
    assert_eq!(left[1], ["fast", "other", "plain"]);

    let repository = QueueScope::repository(format!("{REPOSITORY}/"));
    pause(&test, &repository);
    assert_eq!(claimable(&test, &agent), [vec![], vec!["other".to_owned()]]);
    resume(&test, &slow);
    let left = claimable(&test, &agent);
    assert_eq!(left[0], ["pinned slow"]);
    assert_eq!(left[1], ["other", "other slow"]);
    resume(&test, &repository);

    // One queue of one repository.
    let both = QueueScope {
        queue_name: Some("slow".to_owned()),
        repository_path: Some(OTHER.to_owned()),
    };
    pause(&test, &both);
    let left = claimable(&test, &agent);
    assert_eq!(left[0], ["fast", "plain", "slow"]);
    assert_eq!(left[1], ["fast", "other", "plain", "slow"]);
    resume(&test, &both);
    assert_eq!(claimable(&test, &agent), all);
}

#[test]
fn what_runs_goes_on_in_a_paused_queue() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let id = test.task("one");
    let token = token_of(&test.claim(&agent, 1)[0]);
    pause(&test, &QueueScope::repository(REPOSITORY));
    test.store
        .write(|uow| {
            tasks::start(uow, &id, Some(&token))?;
            tasks::heartbeat(uow, &id, &token, None)?;
            tasks::complete(uow, &id, Some(&token), None)
        })
        .unwrap();
}

#[test]
fn a_pause_tells_who_and_why_and_is_there_once() {
    let test = TestStore::new();
    let slow = QueueScope::queue("slow");
    let ada = test.store.context(UserContext::user("ada"));
    let paused = ada
        .write(|uow| tasks::pause(uow, &slow, Some("a release")))
        .unwrap();
    assert_eq!(
        (paused.created_by.as_str(), paused.created_at),
        ("ada", test.clock.now())
    );
    assert_eq!(paused.reason.as_deref(), Some("a release"));
    let pauses = test.store.read(tasks::list_pauses).unwrap();
    assert_eq!(pauses.first(), Some(&paused));

    let again = test.store.write(|uow| tasks::pause(uow, &slow, None));
    let error = again.unwrap_err();
    assert_eq!(error.code(), ErrorCode::AlreadyExists);
    assert!(
        error.message().contains("'ada' since 2026-01-01"),
        "{error}"
    );
    let resumed = test.store.write(|uow| tasks::resume(uow, &slow)).unwrap();
    assert_eq!(resumed, paused);
}

#[test]
fn what_is_not_paused_can_not_be_resumed() {
    let test = TestStore::new();
    pause(&test, &QueueScope::queue("slow"));
    let resume = |scope: &QueueScope| test.store.write(|uow| tasks::resume(uow, scope));
    for scope in [QueueScope::queue("fast"), QueueScope::repository("slow")] {
        let error = resume(&scope).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidTransition);
        assert!(error.message().contains("isn't paused"), "{error}");
    }
    for scope in [QueueScope::default(), QueueScope::queue("")] {
        let error = resume(&scope).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
    }
    assert_eq!(test.store.read(tasks::list_pauses).unwrap().len(), 1);
}

#[test]
fn a_claim_can_be_limited_to_queues() {
    let test = TestStore::new();
    let agent = test.agent("a", 10);
    for queue in [None, Some("slow"), Some("fast"), Some("other")] {
        test.enqueue(&in_queue(queue.unwrap_or("none"), REPOSITORY, queue));
        test.advance_seconds(1);
    }
    let wanted = Claim::agent(&agent)
        .up_to(10)
        .from_queues(["fast", "slow", "gone"]);
    assert_eq!(claim(&test, &wanted), ["slow", "fast"]);
    pause(&test, &QueueScope::queue("slow"));
    assert_eq!(claim(&test, &wanted), ["fast"]);
    let nameless = Claim::agent(&agent).from_queues([""]);
    let error: Result<_> = test.store.write(|uow| tasks::claim(uow, &nameless));
    assert_eq!(
        error.unwrap_err().details().column.as_deref(),
        Some("QueueName")
    );
}

#[test]
fn queues_tell_their_depth_and_what_stops_them() {
    let test = TestStore::new();
    let agent = test.agent("a", 10);
    let first = test.enqueue(&in_queue("one", REPOSITORY, Some("slow")));
    test.claim(&agent, 1);
    test.advance_seconds(5);
    let oldest = test.enqueue(&in_queue("two", REPOSITORY, Some("slow")));
    let mut waiting = in_queue("three", REPOSITORY, Some("slow"));
    waiting.depends_on.push(first.id.into());
    test.enqueue(&waiting);
    test.enqueue(&in_queue("four", OTHER, None));
    let done = test.enqueue(&in_queue("five", OTHER, Some("gone")));
    test.store
        .write(|uow| tasks::cancel(uow, &done.id, None))
        .unwrap();
    pause(&test, &QueueScope::queue("slow"));

    let queues = test.store.read(tasks::list_queues).unwrap();
    let [plain, slow] = queues.as_slice() else {
        panic!("{queues:#?}");
    };
    assert_eq!((plain.repository_path.as_str(), plain.pending), (OTHER, 1));
    assert!(plain.pauses.is_empty());
    assert_eq!(slow.queue_name.as_deref(), Some("slow"));
    assert_eq!(
        (slow.pending, slow.waiting_for_others, slow.running),
        (2, 1, 1)
    );
    assert_eq!(slow.oldest_available_at, Some(oldest.available_at));
    assert_eq!(slow.pauses.len(), 1);
}

// Ageing

fn ageing_store() -> (TestStore, AgentId) {
    let test = TestStore::with(|config| config.queue.ageing = Some(Duration::from_secs(60)));
    let agent = test.agent("a", 1);
    (test, agent)
}

fn add(test: &TestStore, priority: TaskPriority) {
    let mut new = NewTask::new(priority.name(), REPOSITORY);
    new.priority = priority;
    test.enqueue(&new);
}

fn next_of(test: &TestStore, agent: &AgentId) -> String {
    claim_and_keep(test, agent).remove(0)
}

fn claim_and_keep(test: &TestStore, agent: &AgentId) -> Vec<String> {
    let claimed = test.claim(agent, 1);
    for task in &claimed {
        let token = token_of(task);
        // Ends it, so that the agent has room.
        test.store
            .write(|uow| tasks::acknowledge_cancel(uow, &task.id, &token))
            .unwrap();
    }
    commands(claimed)
}

#[test]
fn a_task_that_waited_long_counts_as_of_a_higher_priority() {
    use TaskPriority::{Critical, High, Low, Normal};
    let (test, agent) = ageing_store();
    add(&test, Low);
    test.advance_seconds(59);
    add(&test, Normal);
    assert_eq!(next_of(&test, &agent), "Normal");
    // After a minute it is as urgent as a normal one, and was there before.
    add(&test, Normal);
    test.advance_seconds(1);
    assert_eq!(next_of(&test, &agent), "Low");
    assert_eq!(next_of(&test, &agent), "Normal");

    add(&test, Low);
    test.advance_seconds(180);
    add(&test, High);
    add(&test, Critical);
    // Three minutes lead to the top, and no further.
    assert_eq!(next_of(&test, &agent), "Low");
    assert_eq!(next_of(&test, &agent), "Critical");
    assert_eq!(next_of(&test, &agent), "High");
    assert!(claim_and_keep(&test, &agent).is_empty());
}

#[test]
fn nothing_ages_unless_it_is_asked_for() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    add(&test, TaskPriority::Low);
    test.advance_seconds(1_000_000);
    add(&test, TaskPriority::Normal);
    assert_eq!(next_of(&test, &agent), "Normal");
}

#[test]
fn a_task_from_the_first_moment_of_all_is_claimed_with_and_without_ageing() {
    for ageing in [None, Some(Duration::from_secs(60))] {
        let test = TestStore::with(|config| config.queue.ageing = ageing);
        let agent = test.agent("a", 1);
        let mut new = NewTask::new("ls", REPOSITORY);
        new.available_at = Some(orchestra_store::types::Timestamp::MIN);
        new.priority = TaskPriority::Low;
        test.enqueue(&new);
        assert_eq!(test.claim(&agent, 1).len(), 1, "{ageing:?}");
    }
}

#[test]
fn a_pause_is_listed_whatever_it_stops() {
    let test = TestStore::new();
    pause(&test, &QueueScope::queue("misspelt"));
    pause(&test, &QueueScope::repository("/srv/none"));
    let queues = test.store.read(tasks::list_queues).unwrap();
    let listed: Vec<_> = queues
        .iter()
        .map(|queue| {
            (
                queue.queue_name.as_deref(),
                queue.repository_path.as_str(),
                queue.pauses.len(),
            )
        })
        .collect();
    assert_eq!(listed, [(None, "/srv/none", 1), (Some("misspelt"), "*", 1)]);
    assert!(
        queues
            .iter()
            .all(|queue| queue.pending + queue.running == 0)
    );
}
