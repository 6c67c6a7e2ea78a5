//! Claims that start their tasks, and ends that claim the next ones.

use orchestra_store::models::{AgentId, Task};
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::audit;
use orchestra_store::services::tasks::{self, Claim, EndedAndClaimed, Failure, NewTask};
use orchestra_store::types::{AgentStatus, TaskStatus};
use orchestra_store::{Clock as _, ErrorCode};

use crate::support::{REPOSITORY, TestStore};

struct Work {
    test: TestStore,
    agent: AgentId,
    claim: Claim,
}

impl Work {
    /// Work for an agent that has room for one task.
    fn of(commands: &[&str]) -> Self {
        let test = TestStore::new();
        let new: Vec<_> = (commands.iter())
            .map(|command| NewTask::new(*command, REPOSITORY))
            .collect();
        let agent = test.store.write(|uow| {
            tasks::enqueue_many(uow, &new)?;
            Ok(agents::register(uow, &NewAgent::new("Ada", "worker", REPOSITORY))?.id)
        });
        let agent = agent.unwrap();
        Self {
            claim: Claim::agent(&agent),
            test,
            agent,
        }
    }

    fn begin(&self) -> Task {
        let claimed = self
            .test
            .store
            .write(|uow| tasks::claim_and_start(uow, &self.claim));
        let [task] = <[Task; 1]>::try_from(claimed.unwrap()).unwrap();
        task
    }

    fn complete(&self, task: &Task) -> orchestra_store::Result<EndedAndClaimed> {
        let token = task.lease_token.as_ref();
        self.test
            .store
            .write(|uow| tasks::complete_and_claim(uow, &task.id, token, Some("done"), &self.claim))
    }

    fn fail(&self, task: &Task, failure: &Failure) -> EndedAndClaimed {
        let token = task.lease_token.as_ref();
        let turn = self
            .test
            .store
            .write(|uow| tasks::fail_and_claim(uow, &task.id, token, failure, &self.claim));
        turn.unwrap()
    }

    fn now(&self, task: &Task) -> Task {
        let task = self.test.store.read(|reader| tasks::get(reader, &task.id));
        task.unwrap()
    }

    fn agent(&self) -> orchestra_store::models::Agent {
        let agent = self
            .test
            .store
            .read(|reader| agents::get(reader, &self.agent));
        agent.unwrap()
    }
}

#[test]
fn a_claim_that_starts_is_one_change_of_the_task() {
    let work = Work::of(&["make"]);
    let task = work.begin();
    assert_eq!(task.status, TaskStatus::InProgress);
    assert_eq!(task.started_at, Some(work.test.clock.now()));
    assert!(task.lease_token.is_some());
    assert_eq!(task.row_version, 2);
    assert_eq!(work.now(&task), task);
    let changes = work
        .test
        .store
        .read(|reader| audit::history(reader, &task.id));
    let actions: Vec<_> = changes.unwrap().into_iter().map(|c| c.action).collect();
    assert_eq!(actions, ["Create", "Update"]);
    let agent = work.agent();
    assert_eq!(agent.status, AgentStatus::Busy);
    assert_eq!(agent.current_task.as_deref(), Some(task.id.as_str()));
}

#[test]
fn the_end_of_a_task_makes_room_for_the_next_one() {
    let work = Work::of(&["make", "make test"]);
    let first = work.begin();
    let turn = work.complete(&first).unwrap();
    assert_eq!(turn.ended.status, TaskStatus::Completed);
    assert_eq!(turn.ended.result.as_deref(), Some("done"));
    let [second] = <[Task; 1]>::try_from(turn.claimed).unwrap();
    assert_eq!(second.command, "make test");
    assert_eq!(work.now(&second), second);
    let agent = work.agent();
    assert_eq!(agent.status, AgentStatus::Busy);
    assert_eq!(agent.current_task.as_deref(), Some(second.id.as_str()));
    assert_eq!(agent.total_tasks_completed, 1);

    let turn = work.complete(&second).unwrap();
    assert_eq!(turn.claimed, []);
    let agent = work.agent();
    assert_eq!(
        (agent.status, agent.current_task),
        (AgentStatus::Idle, None)
    );
    assert_eq!(agent.total_tasks_completed, 2);
}

#[test]
fn who_lost_the_lease_neither_ends_nor_claims() {
    let work = Work::of(&["make", "make test"]);
    let mut task = work.begin();
    let before = work.now(&task);
    task.lease_token = Some(orchestra_store::types::Id::new("another").unwrap());
    let refused = work.complete(&task).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Conflict);
    assert_eq!(work.now(&task), before);
    let pending = work
        .test
        .store
        .read(|reader| tasks::list_pending(reader, 10));
    assert_eq!(pending.unwrap().len(), 1);
}

#[test]
fn a_claim_that_none_may_make_ends_nothing() {
    let work = Work::of(&["make", "make test"]);
    let task = work.begin();
    let before = work.now(&task);
    let (token, refused) = (
        task.lease_token.as_ref(),
        work.claim.clone().from_queues([""]),
    );
    // The host goes on with its transaction after the errors.
    let codes = work.test.store.write(|uow| {
        let completed = tasks::complete_and_claim(uow, &task.id, token, None, &refused);
        let failure = Failure::new("no compiler");
        let failed = tasks::fail_and_claim(uow, &task.id, token, &failure, &refused);
        Ok([completed.unwrap_err().code(), failed.unwrap_err().code()])
    });
    assert_eq!(codes.unwrap(), [ErrorCode::InvalidArgument; 2]);
    assert_eq!(work.now(&task), before);
}

#[test]
fn an_agent_that_was_taken_off_work_ends_its_task_and_gets_none() {
    let work = Work::of(&["make", "make test"]);
    let task = work.begin();
    let off = work
        .test
        .store
        .write(|uow| agents::set_status(uow, &work.agent, AgentStatus::Offline, None));
    off.unwrap();
    let turn = work.complete(&task).unwrap();
    assert_eq!(turn.ended.status, TaskStatus::Completed);
    assert_eq!(turn.claimed, []);
    assert_eq!(work.now(&task).status, TaskStatus::Completed);
}

#[test]
fn a_failed_run_makes_room_too() {
    let work = Work::of(&["make", "make test"]);
    let first = work.begin();
    let turn = work.fail(&first, &Failure::new("no compiler"));
    assert_eq!(turn.ended.status, TaskStatus::Pending);
    assert_eq!(turn.ended.retry_count, 1);
    assert_eq!(turn.claimed[0].command, "make test");

    let for_good = Failure {
        permanent: true,
        ..Failure::new("no tests")
    };
    let turn = work.fail(&turn.claimed[0], &for_good);
    assert_eq!(turn.ended.status, TaskStatus::Failed);
    assert_eq!(turn.claimed, [], "the first one waits for its retry");
}

#[test]
fn a_claim_that_starts_takes_no_more_than_there_is_room_for() {
    let work = Work::of(&["a", "b", "c"]);
    let three = work.claim.clone().up_to(3);
    let claim = |claim: &Claim| {
        let claimed = work
            .test
            .store
            .write(|uow| tasks::claim_and_start(uow, claim));
        claimed.unwrap().len()
    };
    assert_eq!((claim(&three), claim(&three)), (1, 0));
    let worker = Claim::repository(REPOSITORY, "w").up_to(3);
    assert_eq!((claim(&worker), claim(&worker)), (2, 0));
}
