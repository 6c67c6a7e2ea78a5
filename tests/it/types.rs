//! Every value type through a real SQLite table, and the texts that times are read from.

mod texts;

use std::time::SystemTime;

use diesel::connection::SimpleConnection;
use diesel::dsl::{max, min};
use diesel::prelude::*;
use diesel::result::Error::DeserializationError;
use diesel::sql_types::Text;
use orchestra_store::types::{
    Id, InvalidValue, Json, StringList, TaskStatus, TimeSpan, Timestamp, sql_types,
};
use proptest::prelude::*;
use serde_json::json;

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use super::sql_types::{Interval, JsonText, StringListText, UtcTime};

    things (id) {
        id -> Text,
        time -> UtcTime,
        maybe_time -> Nullable<UtcTime>,
        span -> Interval,
        json -> JsonText,
        list -> StringListText,
        status -> Integer,
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset)]
#[diesel(table_name = things)]
struct Thing {
    id: Id<Thing>,
    time: Timestamp,
    maybe_time: Option<Timestamp>,
    span: TimeSpan,
    json: Json,
    list: StringList,
    status: TaskStatus,
}

fn connect() -> SqliteConnection {
    let mut connection = SqliteConnection::establish(":memory:").unwrap();
    connection
        .batch_execute(
            "CREATE TABLE things (
                id TEXT PRIMARY KEY NOT NULL,
                time TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (julianday(time) IS NOT NULL),
                maybe_time TEXT,
                span TEXT NOT NULL DEFAULT '00:00:00',
                json TEXT NOT NULL DEFAULT 'null' CHECK (json_valid(json)),
                list TEXT NOT NULL DEFAULT '',
                status INTEGER NOT NULL DEFAULT 0
            ) STRICT",
        )
        .unwrap();
    connection
}

fn timestamp() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        Timestamp::MIN.ticks()..=Timestamp::MAX.ticks(),
        -20_000_000..=20_000_000_i64,
    ]
    .prop_map(|ticks| Timestamp::from_ticks(ticks).unwrap())
}

prop_compose! {
    fn thing()(
        id in "[^\0]{1,128}",
        time in timestamp(),
        maybe_time in prop::option::of(timestamp()),
        ticks in any::<i64>(),
        number in any::<f64>(),
        text in ".*",
        list in prop::collection::vec(".*", 0..4),
        status in prop::sample::select(TaskStatus::ALL),
    ) -> Thing {
        Thing {
            id: Id::new(id).unwrap(),
            time,
            maybe_time,
            span: TimeSpan::from_ticks(ticks),
            json: Json(json!({ "number": number, "text": text })),
            list: list.into(),
            status,
        }
    }
}

fn insert_text(connection: &mut SqliteConnection, column: &str, value: &str) {
    diesel::sql_query(format!("INSERT INTO things (id, {column}) VALUES ('a', ?)"))
        .bind::<Text, _>(value)
        .execute(connection)
        .unwrap();
}

/// The reason why the one row can't be read.
fn refusal(connection: &mut SqliteConnection) -> InvalidValue {
    match things::table.first::<Thing>(connection).unwrap_err() {
        DeserializationError(error) => {
            let mut source: &(dyn std::error::Error + 'static) = &*error;
            loop {
                match source.downcast_ref::<InvalidValue>() {
                    Some(invalid) => return invalid.clone(),
                    None => source = source.source().unwrap(),
                }
            }
        }
        other => panic!("{other}"),
    }
}

proptest! {
    #[test]
    fn rows_come_back(thing in thing()) {
        let mut connection = connect();
        diesel::insert_into(things::table).values(&thing).execute(&mut connection).unwrap();

        let read: Thing = things::table.find(&thing.id).first(&mut connection).unwrap();
        prop_assert_eq!(&read, &thing);

        let found: i64 = things::table
            .filter(things::time.eq(thing.time))
            .filter(things::span.eq(thing.span))
            .filter(things::json.eq(&thing.json))
            .filter(things::list.eq(&thing.list))
            .filter(things::status.eq(thing.status))
            .count()
            .get_result(&mut connection)
            .unwrap();
        prop_assert_eq!(found, 1);
    }

    #[test]
    fn sqlite_orders_times(times in prop::collection::vec(timestamp(), 1..20)) {
        let mut connection = connect();
        for (number, time) in times.iter().enumerate() {
            diesel::insert_into(things::table)
                .values((things::id.eq(number.to_string()), things::time.eq(time)))
                .execute(&mut connection)
                .unwrap();
        }
        let mut sorted = times;
        sorted.sort();

        let by_sqlite: Vec<Timestamp> =
            things::table.select(things::time).order(things::time).load(&mut connection).unwrap();
        prop_assert_eq!(&by_sqlite, &sorted);

        let ends: (Option<Timestamp>, Option<Timestamp>) =
            things::table.select((min(things::time), max(things::time))).first(&mut connection).unwrap();
        prop_assert_eq!(ends, (sorted.first().copied(), sorted.last().copied()));

        let pivot = sorted[sorted.len() / 2];
        let earlier: i64 =
            things::table.filter(things::time.lt(pivot)).count().get_result(&mut connection).unwrap();
        prop_assert_eq!(earlier as usize, sorted.iter().filter(|time| **time < pivot).count());
    }
}

#[test]
fn what_is_stored_is_the_documented_text() {
    let mut connection = connect();
    let thing = Thing {
        id: Id::new("a").unwrap(),
        time: "2026-03-01T12:30:05.1Z".parse().unwrap(),
        maybe_time: None,
        span: TimeSpan::from_millis(-90_061_500),
        json: Json(json!({ "a": [1, null] })),
        list: StringList::from_iter(["a,b", "c"]),
        status: TaskStatus::InProgress,
    };
    diesel::insert_into(things::table)
        .values(&thing)
        .execute(&mut connection)
        .unwrap();

    #[derive(QueryableByName)]
    struct Stored {
        #[diesel(sql_type = Text)]
        row: String,
    }
    let stored: Stored = diesel::sql_query(
        "SELECT concat_ws('|', time, maybe_time, span, json, list, status) AS row FROM things",
    )
    .get_result(&mut connection)
    .unwrap();
    assert_eq!(
        stored.row,
        r#"2026-03-01 12:30:05.1000000|-1.01:01:01.5000000|{"a":[1,null]}|["a,b","c"]|2"#
    );
}

#[test]
fn current_timestamp_is_now() {
    let mut connection = connect();
    insert_text(&mut connection, "list", "a, b");
    let thing: Thing = things::table.first(&mut connection).unwrap();

    let now = Timestamp::from(SystemTime::now());
    assert!(now.saturating_since(thing.time).whole_millis() < 60_000);
    assert!(thing.time <= now);
    assert_eq!(&*thing.list, ["a", "b"]);
}

#[test]
fn ef_core_texts_are_read() {
    for (written, same) in [
        ("2026-03-01 12:30:05", "2026-03-01 12:30:05.0000000"),
        ("2026-03-01 12:30:05.12", "2026-03-01 12:30:05.1200000"),
        (
            "2026-03-01 12:30:05.1234567+04:00",
            "2026-03-01 08:30:05.1234567",
        ),
    ] {
        let mut connection = connect();
        insert_text(&mut connection, "time", written);
        let time: Timestamp = things::table
            .select(things::time)
            .first(&mut connection)
            .unwrap();
        assert_eq!(time.to_string(), same);
    }
}

#[test]
fn texts_of_no_value_are_errors_that_name_the_type() {
    for (column, text, what) in [
        ("maybe_time", "yesterday", "time"),
        ("span", "1h", "time span"),
        ("list", "[1]", "list"),
    ] {
        let mut connection = connect();
        insert_text(&mut connection, column, text);
        let invalid = refusal(&mut connection);
        assert_eq!(invalid.what, what);
        assert!(invalid.reason.contains(text), "{invalid}");
    }
}

#[test]
fn unknown_enum_numbers_are_errors_even_beyond_32_bits() {
    for number in [6, -1, 1_i64 << 32] {
        let mut connection = connect();
        diesel::sql_query(format!(
            "INSERT INTO things (id, status) VALUES ('a', {number})"
        ))
        .execute(&mut connection)
        .unwrap();
        let invalid = refusal(&mut connection);
        assert_eq!(invalid.what, "task status");
        assert!(
            invalid.reason.ends_with(&format!("got {number}")),
            "{invalid}"
        );
    }
}

#[test]
fn invalid_utf8_is_an_error_and_never_replaced() {
    for column in ["id", "maybe_time", "span", "json", "list"] {
        let mut connection = connect();
        insert_text(&mut connection, "list", "[]");
        connection
            .batch_execute(&format!(
                "PRAGMA ignore_check_constraints = ON;
                 UPDATE things SET {column} = CAST(x'22ff22' AS TEXT)"
            ))
            .unwrap();
        assert!(
            things::table.first::<Thing>(&mut connection).is_err(),
            "{column}"
        );
    }
}

#[test]
fn ids_in_the_database_are_read_as_they_are() {
    let mut connection = connect();
    let long = "x".repeat(200);
    insert_text(&mut connection, "list", "[]");
    diesel::sql_query("UPDATE things SET id = ?")
        .bind::<Text, _>(&long)
        .execute(&mut connection)
        .unwrap();
    let id: Id<Thing> = things::table
        .select(things::id)
        .first(&mut connection)
        .unwrap();
    assert_eq!(id.as_str(), long);
}

#[test]
fn updates_and_optional_filters_take_the_types() {
    let mut connection = connect();
    insert_text(&mut connection, "list", "[]");
    let mut thing: Thing = things::table.first(&mut connection).unwrap();
    thing.maybe_time = Some(Timestamp::MAX);
    thing.status = TaskStatus::Cancelled;
    diesel::update(&thing)
        .set(&thing)
        .execute(&mut connection)
        .unwrap();

    let wanted = ["a", "b"].map(|id| Id::<Thing>::new(id).unwrap());
    let found: Thing = things::table
        .filter(things::id.eq_any(&wanted))
        .filter(things::maybe_time.eq(Timestamp::MAX))
        .filter(things::maybe_time.eq(Some(Timestamp::MAX)))
        .filter(things::status.eq_any([TaskStatus::Cancelled, TaskStatus::Failed]))
        .first(&mut connection)
        .unwrap();
    assert_eq!(found, thing);
}
