//! What a person looks after: agents that need it, and what they ask for.

use orchestra_store::models::{AgentId, ApprovalRequest};
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::approvals::{self, NewApproval};
use orchestra_store::services::chat::{self, NewMessage};
use orchestra_store::types::{AgentStatus, Json, MessageType};
use serde_json::json;

use crate::support::{Place, column};

/// A database with an agent in error, which asks whether it may do something, twice.
fn with_trouble() -> (Place, Vec<ApprovalRequest>) {
    let place = Place::with_database();
    let mut new = NewAgent::new("Ada", "claude-code", "/srv/x");
    new.id = AgentId::new("ada").ok();
    let asked = place.store().write(|uow| {
        agents::register(uow, &new)?;
        agents::register(uow, &NewAgent::new("Well", "claude-code", "/srv/x"))?;
        let agent = agents::set_status(uow, &"ada".parse()?, AgentStatus::Error, None)?;
        let mut new = NewApproval::new(&agent.id);
        new.request_details = Some(Json(json!({"tool": "rm -r build"})));
        (0..2).map(|_| approvals::request(uow, &new)).collect()
    });
    (place, asked.unwrap())
}

#[test]
fn agents_in_trouble_are_listed_with_the_reason() {
    let (place, _) = with_trouble();
    let due = place.json(&["agents", "maintenance"]);
    assert_eq!(column(&due, "Id"), ["ada"]);
    assert_eq!(due[0]["Reasons"], json!([{"Reason": "Error"}]));
    let text = place.ok(&["agents", "maintenance"]);
    assert!(
        text.contains("Ada") && text.contains("it can't work"),
        "{text}"
    );
}

#[test]
fn agents_that_are_silent_are_listed() {
    let (place, _) = with_trouble();
    assert_eq!(place.json(&["agents", "stale"]), json!([]));
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let stale = place.json(&["agents", "stale", "--threshold", "1s"]);
    assert_eq!(column(&stale, "Name"), ["Well", "Ada"]);
    assert!(
        place
            .ok(&["agents", "stale", "--threshold", "1s"])
            .contains("Ada")
    );
    let error = place.error(2, &["agents", "stale", "--threshold", "0s"]);
    assert_eq!(error["Details"]["Column"], "threshold");
}

#[test]
fn an_agent_in_error_is_put_back_to_work() {
    let (place, _) = with_trouble();
    let set = ["agents", "set", "ada", "--status", "Busy"];
    let busy = place.json(&[&set[..], &["--current-task", "cleaning"]].concat());
    assert_eq!(busy["CurrentTask"], "cleaning");
    place.ok(&["agents", "heartbeat", "ada"]);
    assert_eq!(place.json(&["agents", "maintenance"]), json!([]));
    place.error(3, &["agents", "set", "nobody", "--status", "Idle"]);
}

#[test]
fn requests_are_listed_and_decided_once() {
    let (place, asked) = with_trouble();
    let waiting = place.json(&["approvals", "list", "--agent", "ada"]);
    assert_eq!(waiting.as_array().unwrap().len(), 2);
    assert!(place.ok(&["approvals", "list"]).contains("rm -r build"));

    let (first, second) = (asked[0].id.as_str(), asked[1].id.as_str());
    let because = ["--by", "anna", "--reason", "it is only a build"];
    let approved = place.json(&[&["approvals", "approve", first], &because[..]].concat());
    assert_eq!(
        (&approved["Status"], &approved["DecidedBy"]),
        (&json!("Approved"), &json!("anna"))
    );
    assert_eq!(approved["DecisionReason"], "it is only a build");
    let rejected = place.ok(&["approvals", "reject", second, "--by", "anna"]);
    assert_eq!(rejected, format!("{second}: Rejected\n"));
    assert_eq!(place.json(&["approvals", "list"]), json!([]));

    let again = place.error(4, &["approvals", "reject", first, "--by", "ben"]);
    assert_eq!(again["Code"], "InvalidTransition");
    place.error(3, &["approvals", "approve", "nobody's", "--by", "ben"]);
}

#[test]
fn what_a_person_wrote_is_taken_out_once_it_is_meant() {
    let place = Place::with_database();
    let said = |place: &Place| {
        let found = place.json(&["chat", "search", "secret"]);
        found.as_array().unwrap().len()
    };
    place
        .store()
        .write(|uow| {
            let ann = "ann".parse()?;
            let session = chat::get_or_create_session(uow, Some(&ann), "desk", "")?;
            let new = NewMessage::new(&session.id, MessageType::User, "a secret");
            chat::append_message(uow, &new)
        })
        .unwrap();
    place.ok(&["backup", "create", "monday.db"]);

    let erase = ["users", "erase", "ann", "--backups", "."];
    let text = place.ok(&erase);
    assert!(
        text.contains("ChatMessages") && text.contains("--yes"),
        "{text}"
    );
    assert!(text.contains("monday.db"), "{text}");
    assert_eq!(said(&place), 1);
    let done = place.json(&[&erase[..], &["--yes"]].concat());
    assert_eq!(done["IsDryRun"], false);
    assert_eq!(done["Counts"]["ChatMessages"], 1);
    assert_eq!(said(&place), 0);
    let text = place.ok(&["users", "erase", "ann", "--yes"]);
    assert!(text.contains("taken out"), "{text}");
}
