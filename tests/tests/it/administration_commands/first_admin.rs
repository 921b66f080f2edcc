//! An empty store has no user: whoever is on the machine makes the first one.

use std::fs;
use std::path::Path;
use std::thread;

use portcullis_tests::ask::Ask;
use portcullis_tests::command::Ended;
use portcullis_tests::setup::Setup;
use tempfile::TempDir;

use super::{NEW_PASSWORD, refused, run, wrong_use};

/// A folder with a configuration, and no database.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bng.yaml"), Setup::new().in_database().text(folder.path())).unwrap();
    folder
}

fn add(folder: &Path, name: &str, more: &[&str]) -> Ended {
    let arguments = [&["user", "add", name, "--password-stdin"], more].concat();
    run(&folder.join("bng.yaml"), &arguments, NEW_PASSWORD)
}

#[tokio::test]
async fn the_first_admin_makes_the_database_and_logs_in() {
    let folder = folder();
    let added = add(folder.path(), "Root", &["--first-admin"]);
    assert_eq!((added.status, added.output.as_str()), (0, "added Root: admin\n"), "{added:?}");
    assert!(folder.path().join("state/users.db").is_file());
    let gate = Setup::new().in_database().start_in(folder).await;
    assert_eq!(gate.send(Ask::login("root", NEW_PASSWORD)).await.status, 200);
}

#[tokio::test]
async fn a_gate_that_found_nobody_lets_the_first_admin_in() {
    let gate = Setup::new().in_database().start().await;
    assert_eq!(gate.send(Ask::login("root", NEW_PASSWORD)).await.status, 401);
    let folder = gate.file().parent().unwrap().to_owned();
    assert_eq!(add(&folder, "root", &["--first-admin", "--role", "viewer@pop-syd"]).status, 0);
    assert_eq!(gate.send(Ask::login("root", NEW_PASSWORD)).await.status, 200);
}

#[test]
fn there_is_one_first_admin() {
    let folder = folder();
    let ended: Vec<_> = thread::scope(|scope| {
        let all: Vec<_> = ["one", "two", "three"]
            .map(|name| {
                let folder = folder.path();
                scope.spawn(move || add(folder, name, &["--first-admin"]))
            })
            .into();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(ended.iter().filter(|ended| ended.status == 0).count(), 1, "{ended:?}");
    for ended in ended.iter().filter(|ended| ended.status != 0) {
        refused(ended, "there are users already; add another one without --first-admin");
    }
}

#[test]
fn without_a_database_nobody_else_is_added_and_nothing_is_made() {
    let folder = folder();
    let words = "there is no database";
    wrong_use(&add(folder.path(), "bob", &["--role", "viewer"]), words);
    for arguments in [&["user", "list"][..], &["session", "list"], &["audit", "list"], &["audit", "export"]] {
        let ended = run(&folder.path().join("bng.yaml"), arguments, "");
        wrong_use(&ended, words);
        assert!(ended.error.contains("user add --first-admin"), "{ended:?}");
    }
    assert!(!folder.path().join("state").exists());
}

#[test]
fn a_first_admin_whose_password_is_refused_can_be_tried_again() {
    let folder = folder();
    let file = folder.path().join("bng.yaml");
    let arguments = ["user", "add", "root", "--first-admin", "--password-stdin"];
    refused(&run(&file, &arguments, "short"), "A password has at least 12 bytes");
    assert_eq!(run(&file, &arguments, NEW_PASSWORD).status, 0);
    for switch in ["--inactive", "--no-api-login"] {
        wrong_use(&add(folder.path(), "root", &["--first-admin", switch]), switch);
    }
}
