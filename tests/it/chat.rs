//! Conversations: sessions, messages, edits, delivery, search, retention.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use orchestra_store::maintenance::{backup, integrity, unobserved};
use orchestra_store::models::{ChatMessage, ChatMessageId, ChatSession, ChatSessionId, UserId};
use orchestra_store::registry;
use orchestra_store::schema::chat_messages;
use orchestra_store::services::chat::{
    self, Attachment, Edit, Matching, MessageFilter, MessageRetention, NewChatSession, NewMessage,
    SearchQuery,
};
use orchestra_store::services::data;
use orchestra_store::types::{DeliveryStatus, MessageType, TimeSpan};
use orchestra_store::{Clock as _, ErrorCode, Result, Store, StoreConfig, UnitOfWork};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use crate::support::{TestStore, scaled};

fn session(test: &TestStore, user: &str) -> ChatSession {
    let user = UserId::new(user).unwrap();
    write(test, |uow| {
        chat::get_or_create_session(uow, Some(&user), "desk", "Desk")
    })
}

fn write<T>(test: &TestStore, work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>) -> T {
    test.store.write(work).unwrap()
}

fn say(test: &TestStore, session: &ChatSessionId, text: &str) -> ChatMessage {
    let new = NewMessage::new(session, MessageType::User, text);
    write(test, |uow| chat::append_message(uow, &new))
}

fn refused(test: &TestStore, new: &NewMessage) -> (ErrorCode, Option<String>) {
    let error = test
        .store
        .write(|uow| chat::append_message(uow, new))
        .unwrap_err();
    (error.code(), error.details().column.clone())
}

/// The texts that a search finds, in the order of the alphabet.
fn find_in(store: &Store, query: &SearchQuery) -> Vec<String> {
    let hits = store.read(|r| chat::search(r, query, 100)).unwrap();
    let mut texts: Vec<String> = hits.into_iter().map(|hit| hit.message.content).collect();
    texts.sort();
    texts
}

fn find(test: &TestStore, text: &str, matching: Matching) -> Vec<String> {
    let mut query = SearchQuery::new(text);
    query.matching = matching;
    find_in(&test.store, &query)
}

#[test]
fn a_user_has_one_session_with_an_instance() {
    let test = TestStore::new();
    let first = session(&test, "ann");
    test.advance_seconds(60);
    assert_eq!(session(&test, "ann"), first);
    assert_ne!(session(&test, "bob").id, first.id);

    say(&test, &first.id, "hello");
    let ann = UserId::new("ann").unwrap();
    let listed = test
        .store
        .read(|r| chat::list_sessions(r, &ann, None, 10))
        .unwrap();
    assert_eq!(listed.items.len(), 1);
    assert_eq!(listed.items[0].last_message_at, test.clock.now());
    assert_eq!(listed.items[0].row_version, 2);

    let renamed = write(&test, |uow| chat::rename_session(uow, &first.id, "Other"));
    assert_eq!(session(&test, "ann").title, renamed.title);
}

#[test]
fn a_message_has_the_author_and_the_metadata_that_the_host_gives() {
    let test = TestStore::new();
    let session = session(&test, "ann").id;
    let mut new = NewMessage::new(&session, MessageType::Agent, "done");
    new.author = Some("Claude".to_owned());
    new.metadata = Some(serde_json::json!({"Mood": "calm"}).into());
    let message = write(&test, |uow| chat::append_message(uow, &new));
    assert_eq!(message.created_by, "Claude");
    assert_eq!(message.metadata, new.metadata);
    let stored = test.store.read(|r| chat::get_message(r, &message.id));
    assert_eq!(stored.unwrap(), message);
    assert_eq!(say(&test, &session, "and?").created_by, "system");

    for author in ["", &"x".repeat(129)] {
        new.author = Some(author.to_owned());
        let expected = (ErrorCode::InvalidArgument, Some("Author".to_owned()));
        assert_eq!(refused(&test, &new), expected, "{author}");
    }
}

#[test]
fn nobody_has_a_session_too() {
    let test = TestStore::new();
    let of = |user: Option<&UserId>| {
        write(&test, |uow| {
            chat::get_or_create_session(uow, user, "desk", "")
        })
    };
    let nobodys = of(None);
    assert_eq!(nobodys.user_id, None);
    let anns = of(Some(&UserId::new("ann").unwrap()));
    assert_ne!(anns.id, nobodys.id);
    assert_eq!(of(None), nobodys);
}

#[test]
fn a_host_chooses_the_id_of_a_session() {
    let test = TestStore::new();
    let new = NewChatSession {
        id: Some(ChatSessionId::new("talk-7").unwrap()),
        user_id: None,
        instance_id: "desk".to_owned(),
        title: "Seven".to_owned(),
    };
    let created = write(&test, |uow| chat::create_session(uow, &new));
    assert_eq!(Some(&created.id), new.id.as_ref());
    let again = test.store.write(|uow| chat::create_session(uow, &new));
    assert_eq!(again.unwrap_err().code(), ErrorCode::AlreadyExists);

    let unnamed = NewChatSession { id: None, ..new };
    let [a, b] = [0, 1].map(|_| write(&test, |uow| chat::create_session(uow, &unnamed)));
    assert_ne!(a.id, b.id);
}

#[test]
fn every_way_to_add_a_message_advances_the_session() {
    let test = TestStore::new();
    let session = session(&test, "ann").id;
    let template = say(&test, &session, "first");
    let copies = |count: usize| -> Vec<ChatMessage> {
        let numbered = (0..count).map(|_| ChatMessage {
            id: ChatMessageId::new(test.clock.now().to_string()).unwrap(),
            timestamp: test.clock.now(),
            number: 0,
            ..template.clone()
        });
        numbered.collect()
    };
    type Way<'a> = &'a dyn Fn(&mut UnitOfWork<'_>, Vec<ChatMessage>) -> Result<()>;
    let ways: [(&str, Way<'_>); 4] = [
        ("add", &|uow, mut rows| data::add(uow, &mut rows[0])),
        ("add_many", &|uow, mut rows| {
            data::add_many(uow, &mut rows).map(drop)
        }),
        ("bulk_insert", &|uow, rows| {
            data::bulk_insert(uow, rows).map(drop)
        }),
        ("registry", &|uow, rows| {
            let row = serde_json::to_value(&rows[0]).unwrap();
            let entity = registry::by_name("ChatMessages")?;
            entity.insert(uow, &row).map(drop)
        }),
    ];
    for (way, insert) in ways {
        test.advance_seconds(60);
        let rows = copies(1);
        write(&test, |uow| insert(uow, rows));
        let found = test.store.read(|r| chat::get_session(r, &session)).unwrap();
        assert_eq!(found.last_message_at, test.clock.now(), "{way}");
    }
}

#[test]
fn an_answer_belongs_to_the_thread_of_what_it_answers() {
    let test = TestStore::new();
    let here = session(&test, "ann").id;
    let there = session(&test, "bob").id;
    let question = say(&test, &here, "why?");

    let mut answer = NewMessage::new(&here, MessageType::Agent, "because");
    answer.parent_message_id = Some(question.id.clone());
    let first = write(&test, |uow| chat::append_message(uow, &answer));
    assert_eq!(first.thread_id, Some(question.id.to_string()));
    answer.parent_message_id = Some(first.id.clone());
    let second = write(&test, |uow| chat::append_message(uow, &answer));
    assert_eq!(second.thread_id, first.thread_id);

    let filter = MessageFilter {
        thread_id: first.thread_id.clone(),
        ..MessageFilter::default()
    };
    let thread = test
        .store
        .read(|r| chat::list_messages(r, &here, &filter, None, 10))
        .unwrap();
    assert_eq!(thread.items, [second, first]);

    answer.thread_id = Some("another".to_owned());
    let expected = (ErrorCode::InvalidArgument, Some("ThreadId".to_owned()));
    assert_eq!(refused(&test, &answer), expected);
    answer.thread_id = None;
    answer.session_id = there;
    let expected = (
        ErrorCode::InvalidArgument,
        Some("ParentMessageId".to_owned()),
    );
    assert_eq!(refused(&test, &answer), expected);
    answer.parent_message_id = Some(ChatMessageId::new("nobody").unwrap());
    assert_eq!(refused(&test, &answer).0, ErrorCode::NotFound);
    answer.parent_message_id = None;
    answer.session_id = ChatSessionId::new("nowhere").unwrap();
    assert_eq!(refused(&test, &answer).0, ErrorCode::NotFound);
}

#[test]
fn attached_files_are_counted() {
    let test = TestStore::new();
    let session = session(&test, "ann").id;
    let file = |name: &str, size| Attachment {
        name: name.to_owned(),
        content_type: None,
        size,
        location: None,
    };
    let mut new = NewMessage::new(&session, MessageType::User, "");
    let expected = (ErrorCode::InvalidArgument, Some("Content".to_owned()));
    assert_eq!(refused(&test, &new), expected, "neither text nor file");

    new.attachments = vec![file("a.txt", 10), file("b.png", 32)];
    let message = write(&test, |uow| chat::append_message(uow, &new));
    assert!(message.has_files);
    assert_eq!((message.file_count, message.total_file_size), (2, 42));

    new.attachments = vec![file("a.txt", -1)];
    assert_eq!(refused(&test, &new).0, ErrorCode::InvalidArgument);
    let all = write(&test, |uow| {
        chat::list_messages(uow, &session, &MessageFilter::default(), None, 10)
    });
    assert_eq!(all.items, [message]);
}

#[test]
fn an_edit_keeps_what_was_said_before() {
    let test = TestStore::new();
    let session = session(&test, "ann").id;
    let id = say(&test, &session, "first").id;
    let edit = |content: &str, reason: Option<&str>| {
        let edit = Edit {
            content: content.to_owned(),
            formatted_content: None,
            reason: reason.map(str::to_owned),
        };
        write(&test, |uow| chat::edit_message(uow, &id, &edit))
    };
    assert!(!edit("first", None).is_edited, "nothing changed");
    test.advance_seconds(1);
    edit("second", Some("typing error"));
    let message = edit("third", None);

    assert!(message.is_edited);
    assert_eq!(message.content, "third");
    let history = chat::edit_history(&message).unwrap();
    let said: Vec<&str> = history
        .iter()
        .map(|e| e.previous_content.as_str())
        .collect();
    assert_eq!(said, ["first", "second"]);
    assert_eq!(history[0].reason.as_deref(), Some("typing error"));
    assert_eq!(history[0].edited_at, test.clock.now());
    assert_eq!(find(&test, "first", Matching::Words), [""; 0]);
    assert_eq!(find(&test, "third", Matching::Words), ["third"]);
}

#[test]
fn what_was_delivered_is_acknowledged_once() {
    let test = TestStore::new();
    let session = session(&test, "ann").id;
    let id = say(&test, &session, "hello").id;
    let acknowledge = || {
        test.advance_seconds(1);
        let store = &test.store;
        store.write(|uow| chat::acknowledge_message(uow, &id))
    };
    for to in [DeliveryStatus::Sent, DeliveryStatus::Delivered] {
        let early = acknowledge().unwrap_err();
        assert_eq!(early.code(), ErrorCode::InvalidTransition, "{early}");
        write(&test, |uow| chat::set_delivery_status(uow, &id, to));
    }
    let first = acknowledge().unwrap();
    assert_eq!(first.acknowledged_at, Some(test.clock.now()));
    write(&test, |uow| {
        chat::set_delivery_status(uow, &id, DeliveryStatus::Read)
    });
    let again = acknowledge().unwrap();
    assert_eq!(again.acknowledged_at, first.acknowledged_at);
    let nobody = ChatMessageId::new("nobody").unwrap();
    let unknown = test
        .store
        .write(|uow| chat::acknowledge_message(uow, &nobody));
    assert_eq!(unknown.unwrap_err().code(), ErrorCode::NotFound);
}

#[test]
fn delivery_only_moves_forward() {
    let test = TestStore::new();
    let session = session(&test, "ann").id;
    for path in [
        &[
            DeliveryStatus::Sent,
            DeliveryStatus::Delivered,
            DeliveryStatus::Read,
        ][..],
        &[DeliveryStatus::Sent, DeliveryStatus::Failed],
        &[DeliveryStatus::Failed],
    ] {
        let id = say(&test, &session, "hello").id;
        for (step, to) in path.iter().enumerate() {
            test.advance_seconds(1);
            let set = |to| {
                test.store
                    .write(|uow| chat::set_delivery_status(uow, &id, to))
            };
            let message = set(*to).unwrap();
            assert_eq!(message.delivery_status, *to);
            if *to == DeliveryStatus::Read {
                assert_eq!(message.read_at, Some(test.clock.now()));
                assert!(message.delivered_at < message.read_at);
            }
            for back in [DeliveryStatus::Pending, *to].iter().chain(&path[..step]) {
                let error = set(*back).unwrap_err();
                assert_eq!(error.code(), ErrorCode::InvalidTransition);
                assert_eq!(error.details().from, Some(to.to_string()));
            }
        }
    }
}

#[test]
fn the_newest_come_first_and_a_cursor_leads_to_older_ones() {
    let test = TestStore::new();
    let here = session(&test, "ann").id;
    let other = session(&test, "bob").id;
    let texts: Vec<String> = (0..25).map(|number| number.to_string()).collect();
    for (number, text) in texts.iter().enumerate() {
        say(&test, &here, text);
        say(&test, &other, text);
        // Some have the same moment.
        test.advance_seconds(u64::from(number % 3 == 0));
    }
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let filter = MessageFilter::default();
        let page = test
            .store
            .read(|r| chat::list_messages(r, &here, &filter, cursor.as_ref(), 7))
            .unwrap();
        seen.extend(page.items.into_iter().map(|message| message.content));
        // What comes later doesn't move the pages.
        say(&test, &here, "later");
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    seen.reverse();
    assert_eq!(seen, texts);
}

#[test]
fn words_prefixes_and_phrases_are_found() {
    let test = TestStore::new();
    let session = session(&test, "ann").id;
    for text in [
        "The tests of the parser fail",
        "Parser: all tests pass 🎉",
        "Café au lait",
        "修复了搜索 的错误",
        "src/services/chat.rs is new",
        "NOT a NEAR miss",
    ] {
        say(&test, &session, text);
    }
    let words = |text| find(&test, text, Matching::Words);
    assert_eq!(words("PARSER tests").len(), 2);
    assert_eq!(words("parser fail"), ["The tests of the parser fail"]);
    assert_eq!(words("cafe"), ["Café au lait"]);
    assert_eq!(words("services/chat.rs").len(), 1);
    assert_eq!(words("parse"), [""; 0]);
    // Emoji aren't indexed, and don't count beside words.
    assert_eq!(words("🎉 pass").len(), 1);

    let prefixes = |text| find(&test, text, Matching::Prefixes);
    assert_eq!(prefixes("pars fai"), ["The tests of the parser fail"]);
    assert_eq!(prefixes("修复"), ["修复了搜索 的错误"]);

    let phrase = |text| find(&test, text, Matching::Phrase);
    assert_eq!(phrase("all tests").len(), 1);
    assert_eq!(phrase("tests all"), [""; 0]);
}

#[test]
fn a_snippet_shows_where_and_the_best_come_first() {
    let test = TestStore::new();
    let session = session(&test, "ann").id;
    say(
        &test,
        &session,
        &format!("{} lease {}", "word ".repeat(60), "word ".repeat(60)),
    );
    say(&test, &session, "lease, lease and lease");
    let hits = test
        .store
        .read(|r| chat::search(r, &SearchQuery::new("lease"), 10))
        .unwrap();
    assert_eq!(hits[0].message.content, "lease, lease and lease");
    assert!(hits[0].rank < hits[1].rank);
    assert!(hits[1].snippet.contains("[lease]"), "{}", hits[1].snippet);
    assert!(hits[1].snippet.len() < 200, "{}", hits[1].snippet);
}

#[test]
fn a_search_stays_within_its_scope() {
    let test = TestStore::new();
    let ann = session(&test, "ann").id;
    let bob = session(&test, "bob").id;
    say(&test, &ann, "hello from ann");
    test.advance_seconds(10);
    say(&test, &bob, "hello from bob");
    let found = |change: &dyn Fn(&mut SearchQuery)| {
        let mut query = SearchQuery::new("hello");
        change(&mut query);
        find_in(&test.store, &query)
    };
    let now = test.clock.now();
    assert_eq!(found(&|_| {}).len(), 2);
    assert_eq!(
        found(&|q| q.session_id = Some(ann.clone())),
        ["hello from ann"]
    );
    assert_eq!(
        found(&|q| q.user_id = UserId::new("bob").ok()),
        ["hello from bob"]
    );
    assert_eq!(found(&|q| q.from = Some(now)), ["hello from bob"]);
    assert_eq!(found(&|q| q.to = Some(now)), ["hello from ann"]);
}

/// No text from outside is taken for FTS5's syntax: each finds the message that says it.
#[test]
fn whatever_is_searched_for_is_words() {
    let test = TestStore::new();
    let session = session(&test, "ann").id;
    let config = Config {
        cases: scaled(60, 2000),
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[3; 32]);
    let piece = proptest::sample::select(vec![
        "a",
        "AND",
        "OR",
        "NOT",
        "NEAR(a b, 2)",
        "\"",
        "\"\"",
        "*",
        "^",
        "Content :",
        "{a b}",
        "-",
        "+",
        "(",
        ")",
        "'",
        ";--",
        "ü",
        "e\u{301}",
        "🎉",
        "修复",
        "\\",
        "%",
        "x y",
    ]);
    let texts = proptest::collection::vec(piece, 1..6).prop_map(|pieces| pieces.join(" "));
    let outcome = TestRunner::new_with_rng(config, rng).run(&texts, |text| {
        let said = say(&test, &session, &text);
        for matching in [Matching::Words, Matching::Prefixes, Matching::Phrase] {
            let mut query = SearchQuery::new(&text);
            query.matching = matching;
            match test.store.read(|r| chat::search(r, &query, 100)) {
                Ok(hits) => prop_assert!(
                    hits.len() == 100 || hits.iter().any(|hit| hit.message.id == said.id),
                    "{text:?} {matching:?}"
                ),
                Err(error) => {
                    prop_assert_eq!(error.code(), ErrorCode::InvalidArgument, "{}", text);
                    prop_assert!(!text.contains(char::is_alphanumeric));
                }
            }
        }
        Ok::<(), TestCaseError>(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// FTS5's own check that the index says what the messages say.
fn check_index(store: &Store) {
    let check = "INSERT INTO ChatSearch (ChatSearch, rank) VALUES ('integrity-check', 1)";
    store
        .write(|uow| Ok(uow.connection().batch_execute(check)?))
        .unwrap();
}

#[test]
fn the_index_follows_every_change_of_the_messages() {
    let test = TestStore::new();
    let first = session(&test, "ann").id;
    let second = session(&test, "bob").id;
    let gone = say(&test, &first, "apple one");
    let kept = say(&test, &first, "apple two");
    say(&test, &second, "apple three");
    write(&test, |uow| data::delete(uow, &gone.id));
    assert_eq!(
        find(&test, "apple", Matching::Words),
        ["apple three", "apple two"]
    );

    // By a cascade, by a change of the id, and by REPLACE, past all services.
    write(&test, |uow| data::delete(uow, &second));
    let sql = format!(
        "UPDATE ChatMessages SET Id = 'other' WHERE Id = '{}';
         REPLACE INTO ChatMessages (Id, SessionId, MessageType, Content)
         VALUES ('other', '{first}', 0, 'pear');",
        kept.id
    );
    write(&test, |uow| Ok(uow.connection().batch_execute(&sql)?));
    assert_eq!(find(&test, "apple", Matching::Words), [""; 0]);
    assert_eq!(find(&test, "pear", Matching::Words), ["pear"]);
    check_index(&test.store);

    // A rollback takes the index back too.
    let outcome: Result<()> = test.store.write(|uow| {
        chat::append_message(uow, &NewMessage::new(&first, MessageType::User, "plum"))?;
        Err(orchestra_store::Error::new(ErrorCode::Cancelled, "no"))
    });
    assert!(outcome.is_err());
    assert_eq!(find(&test, "plum", Matching::Words), [""; 0]);
    check_index(&test.store);
}

#[test]
fn the_check_reads_the_index_as_others_left_it() {
    let test = TestStore::new();
    let session = session(&test, "ann");
    let is_sound = || test.store.read(integrity::check).unwrap().is_ok();
    for round in 0..40 {
        // The writer merges segments that the reading connection knows from the last check.
        say(&test, &session.id, "hello");
        assert!(round % 10 > 0 || is_sound(), "round {round}");
    }
    assert!(is_sound());
}

#[test]
fn a_backup_finds_what_the_original_finds() {
    let test = TestStore::new();
    let session = session(&test, "ann").id;
    let messages: Vec<ChatMessage> = (0..50)
        .map(|number| say(&test, &session, &format!("message number{number}")))
        .collect();
    // Leaves gaps in the numbers, which VACUUM INTO closes where it may.
    for message in messages.iter().step_by(3) {
        write(&test, |uow| data::delete(uow, &message.id));
    }
    let copy = test.path().with_file_name("copy.db");
    backup::create(&test.store, &copy, false, &mut unobserved).unwrap();
    let restored = Store::open(StoreConfig::new(&copy)).unwrap();
    for (number, _) in messages.iter().enumerate().filter(|(n, _)| n % 3 != 0) {
        let query = SearchQuery::new(format!("number{number}"));
        assert_eq!(
            find_in(&restored, &query),
            [format!("message number{number}")]
        );
    }
    check_index(&restored);
    let report = restored.read(integrity::check).unwrap();
    assert!(report.is_ok(), "{report:?}");
}

#[test]
fn the_tables_of_the_index_can_not_be_written() {
    let test = TestStore::new();
    let outcome = test.store.write(|uow| {
        Ok(uow
            .connection()
            .batch_execute("DELETE FROM ChatSearch_data")?)
    });
    assert!(outcome.is_err(), "defensive mode is off");
}

fn contents(test: &TestStore) -> Vec<String> {
    let all = chat_messages::table
        .order(chat_messages::content)
        .select(chat_messages::content);
    test.store.read(|r| Ok(all.load(r.connection())?)).unwrap()
}

#[test]
fn old_messages_are_removed_in_batches() {
    let test = TestStore::new();
    let session = session(&test, "ann").id;
    for number in 0..5 {
        let id = say(&test, &session, &format!("m{number}")).id;
        if number == 0 {
            write(&test, |uow| {
                chat::set_delivery_status(uow, &id, DeliveryStatus::Sent)
            });
        }
        test.advance_seconds(60);
    }
    // The last was written a minute ago, the first five minutes ago.
    let retention =
        MessageRetention::OlderThan(TimeSpan::from_ticks(2 * TimeSpan::TICKS_PER_MINUTE));
    let count = || {
        test.store
            .read(|r| chat::count_expired(r, retention))
            .unwrap()
    };
    let remove = |limit| write(&test, |uow| chat::remove_expired(uow, retention, limit));
    assert_eq!(count(), 3);
    assert_eq!(contents(&test).len(), 5, "counting removes nothing");
    assert_eq!(remove(2), 2);
    assert_eq!(remove(2), 1);
    assert_eq!(remove(2), 0);
    assert_eq!(count(), 0);
    assert_eq!(contents(&test), ["m3", "m4"]);
    check_index(&test.store);

    let negative = MessageRetention::OlderThan(TimeSpan::from_ticks(-1));
    let error = test
        .store
        .write(|uow| chat::remove_expired(uow, negative, 10))
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
}

#[test]
fn each_session_keeps_its_newest_messages() {
    let test = TestStore::new();
    for (user, count) in [("ann", 5), ("bob", 2), ("eve", 4)] {
        let session = session(&test, user).id;
        for number in 0..count {
            say(&test, &session, &format!("{user}{number}"));
            test.advance_seconds(1);
        }
    }
    let retention = MessageRetention::NewestPerSession(2);
    let count = test.store.read(|r| chat::count_expired(r, retention));
    assert_eq!(count.unwrap(), 5);
    let remove = |limit| write(&test, |uow| chat::remove_expired(uow, retention, limit));
    assert_eq!(remove(4), 4);
    assert_eq!(remove(4), 1);
    assert_eq!(remove(4), 0);
    assert_eq!(
        contents(&test),
        ["ann3", "ann4", "bob0", "bob1", "eve2", "eve3"]
    );
}
