//! Taking a person's texts out of the database, and out of nothing else.

use std::fs;

use orchestra_store::maintenance::erase_user::{EraseOptions, ErasureReport, erase_user};
use orchestra_store::maintenance::{backup, integrity, space, unobserved};
use orchestra_store::models::{ApprovalRequestId, ChatMessageId, ChatSessionId, User, UserId};
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::approvals::{self, Decision, NewApproval};
use orchestra_store::services::audit::{self, AuditFilter};
use orchestra_store::services::chat::{self, Attachment, Edit, NewMessage, SearchQuery};
use orchestra_store::services::data;
use orchestra_store::services::preferences::{self, NewPreference, PreferenceScope};
use orchestra_store::services::tasks::{self, QueueScope};
use orchestra_store::types::{Json, MessageType};
use orchestra_store::{ErrorCode, Result, Store, UnitOfWork, UserContext};
use serde_json::json;

use crate::support::TestStore;

/// A word of each of Ann's texts.
const MARKER: &str = "xq7marker41f7";

fn ann() -> UserId {
    UserId::new("ann").unwrap()
}

fn text() -> String {
    format!("so {MARKER} says")
}

struct Written {
    session: ChatSessionId,
    edited: ChatMessageId,
    deleted: ChatMessageId,
    approval: ApprovalRequestId,
}

/// Writes what Ann says, wherever a person can say anything.
fn say_all(store: &Store) -> Written {
    let hers = store.context(UserContext::user("ann"));
    hers.write(|uow| {
        let mut user = User {
            id: ann(),
            user_name: text(),
            display_name: Some(text()),
            email: Some(text()),
            is_active: true,
            created_at: uow.now(),
            updated_at: uow.now(),
            created_by: String::new(),
            updated_by: String::new(),
            row_version: 1,
        };
        data::add(uow, &mut user)?;
        let session = chat::get_or_create_session(uow, Some(&ann()), "desk", &text())?.id;
        let edited = talk(uow, &session)?;
        let edit = Edit {
            content: format!("{} again", text()),
            formatted_content: None,
            reason: Some(text()),
        };
        chat::edit_message(uow, &edited, &edit)?;
        let deleted = talk(uow, &session)?;
        data::hard_delete(uow, &deleted)?;
        preferences::set(
            uow,
            &NewPreference::new("motto", text(), PreferenceScope::default()),
        )?;
        tasks::pause(uow, &QueueScope::queue("slow"), Some(&text()))?;
        let agent = agents::register(uow, &NewAgent::new("A", "t", "*"))?;
        let approval = approvals::request(uow, &NewApproval::new(&agent.id))?.id;
        let decision = Decision {
            reason: Some(text()),
            ..Decision::default()
        };
        approvals::approve(uow, &approval, &decision)?;
        Ok(Written {
            session,
            edited,
            deleted,
            approval,
        })
    })
    .unwrap()
}

fn talk(uow: &mut UnitOfWork<'_>, session: &ChatSessionId) -> Result<ChatMessageId> {
    let mut new = NewMessage::new(session, MessageType::User, text());
    new.user_id = Some(ann());
    new.formatted_content = Some(text());
    new.metadata = Some(Json(json!({"Note": text()})));
    new.attachments = vec![Attachment {
        name: text(),
        content_type: None,
        size: 1,
        location: None,
    }];
    Ok(chat::append_message(uow, &new)?.id)
}

fn run(test: &TestStore, dry_run: bool) -> ErasureReport {
    let options = EraseOptions {
        dry_run,
        backups: None,
    };
    erase_user(&test.store, &ann(), &options).unwrap()
}

fn holds_the_marker(test: &TestStore) -> bool {
    space::vacuum(&test.store).unwrap();
    space::checkpoint(&test.store).unwrap();
    let file = fs::read(test.path()).unwrap();
    file.windows(MARKER.len())
        .any(|bytes| bytes == MARKER.as_bytes())
}

#[test]
fn nothing_that_a_person_wrote_is_left_in_the_file() {
    let test = TestStore::new();
    let written = say_all(&test.store);
    // Somebody else in her session, about her.
    test.store
        .write(|uow| {
            let answer = NewMessage::new(&written.session, MessageType::Agent, text());
            chat::append_message(uow, &answer)
        })
        .unwrap();
    assert!(holds_the_marker(&test));

    let rehearsed = run(&test, true);
    assert!(holds_the_marker(&test), "a dry run changes nothing");
    let done = run(&test, false);
    assert!(!holds_the_marker(&test));
    assert_eq!((rehearsed.is_dry_run, done.is_dry_run), (true, false));
    assert_eq!(rehearsed.counts, done.counts);
    let tables: Vec<_> = done.counts.keys().copied().collect();
    let expected = [
        "ApprovalRequests",
        "AuditLogs",
        "ChatMessages",
        "ChatSessions",
        "QueuePauses",
        "UserPreferences",
        "Users",
    ];
    assert_eq!(tables, expected);
    assert!(run(&test, false).counts.is_empty(), "nothing is left to do");
    assert_eq!(test.store.read(integrity::check).unwrap().findings, []);
}

#[test]
fn who_did_what_and_when_stays() {
    let test = TestStore::new();
    let written = say_all(&test.store);
    let entries = |test: &TestStore| {
        let all = AuditFilter::default();
        let list = test.store.read(|r| audit::list(r, &all, None, 1000));
        list.unwrap().items
    };
    let before = entries(&test);
    run(&test, false);
    let after = entries(&test);
    let marks: Vec<_> = after.iter().filter(|e| e.action == "Erasure").collect();
    assert_eq!(marks.len(), 1);
    assert_eq!(marks[0].entity_id.as_deref(), Some("ann"));
    let facts = |entries: &[orchestra_store::models::AuditLog]| -> Vec<_> {
        let changes = entries.iter().filter(|e| e.action != "Erasure");
        let fact = |e: &orchestra_store::models::AuditLog| {
            let who = (e.user_id.clone(), e.timestamp);
            (
                who,
                e.action.clone(),
                e.entity_id.clone(),
                e.changed_properties.clone(),
            )
        };
        changes.map(fact).collect()
    };
    assert_eq!(facts(&before), facts(&after));

    test.store
        .read(|reader| {
            let message = chat::get_message(reader, &written.edited)?;
            assert_eq!(message.content, "[erased]");
            assert_eq!((message.user_id, message.is_edited), (Some(ann()), true));
            assert_eq!(message.file_count, 1);
            let approval = approvals::get(reader, &written.approval)?;
            assert_eq!(approval.decided_by.as_deref(), Some("ann"));
            assert_eq!(approval.decision_reason, None);
            let changes = audit::history(reader, &written.deleted)?;
            assert_eq!(changes.len(), 2, "created and deleted");
            let state = audit::state_at(reader, &written.edited, reader.now());
            assert_eq!(state.unwrap_err().code(), ErrorCode::NotFound);
            let hits = chat::search(reader, &SearchQuery::new(MARKER), 10)?;
            assert!(hits.is_empty());
            Ok(())
        })
        .unwrap();
}

#[test]
fn what_others_wrote_stays() {
    let test = TestStore::new();
    say_all(&test.store);
    let bobs = test.store.context(UserContext::user("bob"));
    let said = bobs
        .write(|uow| {
            let bob = UserId::new("bob")?;
            let session = chat::get_or_create_session(uow, Some(&bob), "desk", "Bob's")?;
            let new = NewMessage::new(&session.id, MessageType::User, "about ann");
            preferences::set(
                uow,
                &NewPreference::new("motto", "mine", PreferenceScope::default()),
            )?;
            chat::append_message(uow, &new)
        })
        .unwrap();
    run(&test, false);
    bobs.read(|reader| {
        assert_eq!(chat::get_message(reader, &said.id)?, said);
        assert!(audit::state_at(reader, &said.id, reader.now())?.is_some());
        let motto = preferences::get(reader, "motto", &PreferenceScope::default())?;
        assert_eq!(motto.unwrap().text(), "mine");
        Ok(())
    })
    .unwrap();
}

#[test]
fn many_rows_take_several_transactions_and_the_next_call_goes_on() {
    let test = TestStore::new();
    test.store
        .write(|uow| {
            let session = chat::get_or_create_session(uow, Some(&ann()), "desk", "")?.id;
            (0..1200).try_for_each(|_| talk(uow, &session).map(drop))
        })
        .unwrap();
    let token = orchestra_store::CancelToken::new();
    let cancelled = test.store.cancellable(&token);
    token.cancel();
    let options = EraseOptions::default();
    let error = erase_user(&cancelled, &ann(), &options).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Cancelled);
    let done = run(&test, false);
    assert_eq!(done.counts["ChatMessages"], 1200);
    let erasures = AuditFilter {
        entity_type: Some("Users".to_owned()),
        ..AuditFilter::default()
    };
    let marks = test.store.read(|r| audit::list(r, &erasures, None, 100));
    assert!(marks.unwrap().items.len() >= 3);
}

#[test]
fn the_backups_that_still_hold_the_texts_are_named() {
    let test = TestStore::new();
    say_all(&test.store);
    let directory = test.path().with_file_name("backups");
    fs::create_dir(&directory).unwrap();
    let file = directory.join("monday.db");
    backup::create(&test.store, &file, false, &mut unobserved).unwrap();
    let options = EraseOptions {
        dry_run: true,
        backups: Some(directory.clone()),
    };
    let report = erase_user(&test.store, &ann(), &options).unwrap();
    let named: Vec<_> = report.backups.iter().map(|b| b.path.clone()).collect();
    assert_eq!(named, [file]);
    let elsewhere = EraseOptions {
        dry_run: true,
        backups: Some(directory.join("none")),
    };
    assert!(erase_user(&test.store, &ann(), &elsewhere).is_err());
}
