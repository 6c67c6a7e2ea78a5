//! Approvals: decided once, in time, by somebody.

use std::time::Duration;

use orchestra_store::models::{AgentId, ApprovalRequest};
use orchestra_store::services::agents::sessions::{self, NewSession};
use orchestra_store::services::approvals::{self, Decision, NewApproval};
use orchestra_store::types::{ApprovalStatus, Json, SessionStatus};
use orchestra_store::{Clock as _, ErrorCode, Result, UserContext};

use crate::support::TestStore;

fn request(test: &TestStore, expires_in: Option<u64>) -> ApprovalRequest {
    let mut new = NewApproval::new(&AgentId::new("a").unwrap());
    new.request_details = Some(Json(serde_json::json!({"tool": "rm"})));
    new.expires_at = expires_in.map(|seconds| test.clock.now() + Duration::from_secs(seconds));
    test.store
        .write(|uow| approvals::request(uow, &new))
        .unwrap()
}

fn with_agent() -> TestStore {
    let test = TestStore::new();
    test.agent("a", 1);
    test
}

fn decision(by: Option<&str>, reason: Option<&str>) -> Decision {
    Decision {
        decided_by: by.map(str::to_owned),
        reason: reason.map(str::to_owned),
        resume_session: false,
    }
}

fn waiting(test: &TestStore) -> Vec<ApprovalRequest> {
    test.store
        .read(|r| approvals::list_waiting(r, None, 100))
        .unwrap()
}

/// All ways to end a request.
fn try_all(test: &TestStore, row: &ApprovalRequest) -> [Result<ApprovalRequest>; 3] {
    let decision = Decision::default();
    [
        test.store
            .write(|uow| approvals::approve(uow, &row.id, &decision)),
        test.store
            .write(|uow| approvals::reject(uow, &row.id, &decision)),
        test.store
            .write(|uow| approvals::cancel(uow, &row.id, None)),
    ]
}

fn get(test: &TestStore, row: &ApprovalRequest) -> ApprovalRequest {
    test.store.read(|r| approvals::get(r, &row.id)).unwrap()
}

#[test]
fn the_session_of_a_request_goes_on_with_the_decision() {
    let test = with_agent();
    let agent = AgentId::new("a").unwrap();
    let named = test
        .store
        .write(|uow| {
            sessions::open(uow, &NewSession::new(&agent, "s", "/srv/x"))?;
            sessions::pause(uow, "s")?;
            let mut new = NewApproval::new(&agent);
            new.session_id = Some("s".to_owned());
            Ok([
                approvals::request(uow, &new)?,
                approvals::request(uow, &new)?,
            ])
        })
        .unwrap();
    let and_go_on = Decision {
        resume_session: true,
        ..Decision::default()
    };
    let approve = |row: &ApprovalRequest| {
        test.store
            .write(|uow| approvals::approve(uow, &row.id, &and_go_on))
    };
    test.advance_seconds(5);
    approve(&named[0]).unwrap();
    let session = test.store.read(|r| sessions::get(r, "s")).unwrap();
    assert_eq!(session.status, SessionStatus::Active);
    assert_eq!(session.last_resumed_at, Some(test.clock.now()));

    let refused = approve(&request(&test, None)).unwrap_err();
    assert_eq!(refused.details().column.as_deref(), Some("ResumeSession"));
    test.store.write(|uow| sessions::close(uow, "s")).unwrap();
    let refused = approve(&named[1]).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::InvalidTransition);
    assert_eq!(get(&test, &named[1]), named[1], "nothing was decided");
}

#[test]
fn a_request_waits_until_it_is_decided_with_who_and_why() {
    let test = with_agent();
    let (first, second) = (request(&test, Some(60)), request(&test, None));
    assert_eq!(waiting(&test), [first.clone(), second.clone()]);
    test.advance_seconds(5);
    let because = decision(Some("anna"), Some("looks safe"));
    let approved = test
        .store
        .write(|uow| approvals::approve(uow, &first.id, &because));
    let approved = approved.unwrap();
    assert_eq!(approved, get(&test, &first));
    assert_eq!(
        (approved.status, approved.decided_at),
        (ApprovalStatus::Approved, Some(test.clock.now()))
    );
    assert_eq!(approved.decided_by.as_deref(), Some("anna"));
    assert_eq!(approved.decision_reason.as_deref(), Some("looks safe"));

    let bob = test.store.context(UserContext::user("bob"));
    let rejected = bob.write(|uow| approvals::reject(uow, &second.id, &Decision::default()));
    let rejected = rejected.unwrap();
    assert_eq!(
        (rejected.status, rejected.decided_by.as_deref()),
        (ApprovalStatus::Rejected, Some("bob"))
    );
    assert_eq!(waiting(&test), []);
}

#[test]
fn a_decision_is_final() {
    let test = with_agent();
    for end in 0..3 {
        let row = request(&test, Some(60));
        let ended = match end {
            0 => test
                .store
                .write(|uow| approvals::approve(uow, &row.id, &Decision::default())),
            1 => test
                .store
                .write(|uow| approvals::reject(uow, &row.id, &Decision::default())),
            _ => test
                .store
                .write(|uow| approvals::cancel(uow, &row.id, Some("not needed"))),
        };
        let ended = ended.unwrap();
        for outcome in try_all(&test, &row) {
            let error = outcome.unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidTransition, "{error}");
            assert_eq!(error.details().from.as_deref(), Some(ended.status.name()));
        }
        assert_eq!(get(&test, &row), ended);
    }
}

#[test]
fn what_has_expired_can_not_be_decided() {
    let test = with_agent();
    let row = request(&test, Some(60));
    test.advance_seconds(60);
    assert_eq!(waiting(&test), [], "it is too late at the moment itself");
    let [approved, rejected, cancelled] = try_all(&test, &row);
    for outcome in [approved, rejected] {
        let error = outcome.unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidTransition);
        assert_eq!(error.details().from.as_deref(), Some("Expired"));
    }
    assert_eq!(cancelled.unwrap().status, ApprovalStatus::Cancelled);
}

#[test]
fn expiry_comes_in_batches() {
    let test = with_agent();
    let rows: Vec<_> = [30, 10, 20]
        .map(|seconds| request(&test, Some(seconds)))
        .into();
    let (later, never) = (request(&test, Some(1000)), request(&test, None));
    let expire = |limit| test.store.write(|uow| approvals::expire(uow, limit));
    assert_eq!(expire(10).unwrap(), []);
    test.advance_seconds(30);
    assert_eq!(expire(2).unwrap(), [rows[1].id.clone(), rows[2].id.clone()]);
    assert_eq!(expire(2).unwrap(), [rows[0].id.clone()]);
    assert_eq!(expire(2).unwrap(), []);
    let expired = get(&test, &rows[0]);
    assert_eq!(
        (expired.status, expired.decided_by),
        (ApprovalStatus::Cancelled, None)
    );
    assert_eq!(expired.cancellation_reason.as_deref(), Some("Expired"));
    assert_eq!(waiting(&test), [later, never]);
    assert_eq!(expire(0).unwrap_err().code(), ErrorCode::InvalidArgument);
}

#[test]
fn the_waiting_list_is_of_one_agent_or_of_all() {
    let test = with_agent();
    let b = test.agent("b", 1);
    let of_a = request(&test, None);
    test.advance_seconds(1);
    let of_b = test
        .store
        .write(|uow| approvals::request(uow, &NewApproval::new(&b)))
        .unwrap();
    assert_eq!(waiting(&test), [of_a.clone(), of_b.clone()]);
    let list = |agent, limit| {
        test.store
            .read(|r| approvals::list_waiting(r, agent, limit))
    };
    assert_eq!(list(Some(&b), 10).unwrap(), [of_b]);
    assert_eq!(list(None, 1).unwrap(), [of_a]);
    assert_eq!(
        list(None, 1001).unwrap_err().code(),
        ErrorCode::InvalidArgument
    );
}

#[test]
fn requests_and_decisions_that_make_no_sense_are_refused_by_name() {
    let test = with_agent();
    let mut new = NewApproval::new(&AgentId::new("a").unwrap());
    let ask = |new: &NewApproval| {
        test.store
            .write(|uow| approvals::request(uow, new))
            .unwrap_err()
    };
    new.expires_at = Some(test.clock.now());
    assert_eq!(ask(&new).details().column.as_deref(), Some("ExpiresAt"));
    new.expires_at = None;
    new.session_id = Some("s".repeat(129));
    assert_eq!(ask(&new).details().column.as_deref(), Some("SessionId"));
    let ghost = NewApproval::new(&AgentId::new("ghost").unwrap());
    assert_eq!(ask(&ghost).code(), ErrorCode::NotFound);
    assert_eq!(waiting(&test), []);

    let row = request(&test, None);
    let long = "r".repeat(501);
    for (wrong, column) in [
        (decision(Some(""), None), "DecidedBy"),
        (decision(None, Some(&long)), "Reason"),
    ] {
        let error = test
            .store
            .write(|uow| approvals::approve(uow, &row.id, &wrong))
            .unwrap_err();
        assert_eq!(error.details().column.as_deref(), Some(column));
    }
    let error = test
        .store
        .write(|uow| approvals::cancel(uow, &row.id, Some(&long)))
        .unwrap_err();
    assert_eq!(
        error.details().column.as_deref(),
        Some("CancellationReason")
    );
    assert_eq!(get(&test, &row), row);
}
