//! Backups, restoring, recovering, and keeping the files in size.

use std::fs;

use crate::support::{Place, column, text};

#[test]
fn a_backup_is_made_listed_and_restored() {
    let place = Place::with_database();
    place.enqueue("kept");
    let made = place.json(&["backup", "create", "copy.db"]);
    assert!(made["Size"].as_u64().unwrap() > 0);
    let error = place.error(4, &["backup", "create", "copy.db"]);
    assert_eq!(error["Code"], "AlreadyExists");
    place.json(&["backup", "create", "copy.db", "--yes"]);
    place.enqueue("lost");

    assert_eq!(
        place.error(4, &["restore", "copy.db"])["Code"],
        "AlreadyExists"
    );
    let restored = place.json(&["restore", "copy.db", "--yes"]);
    assert_eq!(restored["Migrated"], false);
    let before = text(&restored["Before"][0]);
    assert!(before.contains(".before-restore-"), "{before}");
    assert_eq!(column(&place.json(&["tasks", "list"]), "Command"), ["kept"]);
    assert!(
        place
            .ok(&["restore", "copy.db", "--yes"])
            .contains("restored")
    );
}

#[test]
fn a_restore_needs_a_backup_and_the_database_alone() {
    let place = Place::with_database();
    assert_eq!(
        place.error(3, &["restore", "no.db", "--yes"])["Code"],
        "NotFound"
    );
    fs::write(place.path("notes.txt"), "Dear diary. ".repeat(100)).unwrap();
    place.error(6, &["restore", "notes.txt", "--yes"]);
    place.ok(&["backup", "create", "copy.db"]);
    let open = place.store();
    place.error(5, &["restore", "copy.db", "--yes"]);
    place.ok(&["restore", "copy.db", "--yes", "--force"]);
    drop(open);
    // Where there is no database, nothing is replaced.
    place.ok(&["--db", "new.db", "restore", "copy.db"]);
}

#[test]
fn backups_by_policy_are_listed_with_their_state() {
    let place = Place::with_database();
    let auto =
        |arguments: &[&str]| place.json(&[&["backup", "auto", "backups"], arguments].concat());
    assert!(auto(&[])["Made"]["Path"].is_string());
    assert!(auto(&[])["Made"].is_null());
    assert!(
        place
            .ok(&["backup", "auto", "backups"])
            .contains("No backup is due")
    );

    let listed = place.json(&["backup", "list", "backups"]);
    assert_eq!(column(&listed, "State"), ["Unverified"]);
    let path = text(&listed[0]["Path"]).to_owned();
    let verified = place.json(&["backup", "list", "backups", "--verify"]);
    assert_eq!(column(&verified, "State"), ["Verified"]);
    assert_eq!(
        place.json(&["backup", "verify", &path])["State"],
        "Verified"
    );

    let backup = place.path(&path);
    let whole = fs::read(&backup).unwrap();
    fs::write(&backup, &whole[..whole.len() / 2]).unwrap();
    let ran = place.run(&["backup", "list", "backups", "--verify"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("damaged"), "{}", ran.stdout);
}

#[test]
fn a_damaged_database_is_salvaged_into_a_file_or_in_its_place() {
    let place = Place::with_database();
    place.enqueue("kept");
    let path = place.path("orchestra.db");
    let mut content = fs::read(&path).unwrap();
    content[..100].fill(0);
    fs::write(&path, content).unwrap();
    place.error(6, &["tasks", "list"]);

    let recovery = place.json(&["recover", "--into", "recovered.db"]);
    assert_eq!(recovery["Before"].as_array().unwrap().len(), 0);
    let tasks = place.json(&["--db", "recovered.db", "tasks", "list"]);
    assert_eq!(column(&tasks, "Command"), ["kept"]);

    assert_eq!(place.error(4, &["recover"])["Code"], "AlreadyExists");
    let text = place.ok(&["recover", "--yes"]);
    assert!(text.contains(".damaged-"), "{text}");
    assert_eq!(column(&place.json(&["tasks", "list"]), "Command"), ["kept"]);
}

#[test]
fn free_space_is_given_back_and_the_log_is_emptied() {
    let place = Place::with_database();
    place.enqueue("a");
    for arguments in [&["vacuum"] as &[_], &["vacuum", "--incremental"]] {
        let vacuumed = place.json(arguments);
        assert_eq!(vacuumed["Space"]["FreeInDatabase"], 0);
        assert!(place.ok(arguments).contains("given back"));
    }
    assert_eq!(place.json(&["checkpoint"])["Held"], 0);
    let store = place.store();
    store
        .read(|reader| {
            orchestra_store::services::agents::list(reader)?;
            place.enqueue("b");
            assert_eq!(place.run(&["checkpoint"]).code, 5);
            Ok(())
        })
        .unwrap();
}

#[test]
fn what_check_finds_can_be_repaired() {
    use diesel::prelude::*;
    use orchestra_store::schema::repositories;
    let place = Place::with_database();
    place.enqueue("a");
    let forget = diesel::update(repositories::table).set(repositories::total_tasks.eq(0));
    place
        .store()
        .write(|uow| Ok(forget.execute(uow.connection())?))
        .unwrap();
    assert_eq!(place.run(&["check"]).code, 1);
    let text = place.ok(&["check", "--repair"]);
    assert!(
        text.contains("set TotalTasks to 1") && text.contains("is sound"),
        "{text}"
    );
    let report = place.json(&["check", "--repair"]);
    assert_eq!(report["Repairs"].as_array().unwrap().len(), 0);
    place.ok(&["check"]);
}
