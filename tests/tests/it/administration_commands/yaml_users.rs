//! Users of a file are listed and shown, and changed in the file alone.

use std::fs;

use portcullis_tests::setup::Setup;

use super::{Office, refused, run};

#[tokio::test]
async fn every_change_is_refused_and_names_the_file() {
    let office = Office { gate: Setup::new().start().await };
    let words = format!("Users are defined in {}; edit it there", office.gate.file().display());
    for arguments in [
        &["user", "add", "bob", "--role", "viewer", "--password-stdin"][..],
        // Nothing is asked for that would not be used.
        &["user", "add", "bob", "--role", "viewer"],
        &["user", "add", "bob", "--first-admin"],
        &["user", "grant", "operator", "admin"],
        &["user", "revoke", "operator", "operator"],
        &["user", "activate", "operator"],
        &["user", "deactivate", "operator"],
        &["user", "passwd", "operator"],
        &["user", "remove", "operator"],
        &["user", "import", "nowhere.yaml"],
        &["role", "add", "x", "--right", "a:b"],
        &["role", "set", "x", "--right", "a:b"],
        &["role", "remove", "x"],
    ] {
        office.refused(arguments, &words);
    }
    let words = words.replace("Users", "Clients");
    for arguments in [&["client", "add", "c", "--role", "viewer"][..], &["client", "remove", "c"]] {
        office.refused(arguments, &words);
    }
}

#[test]
fn they_are_read_where_no_gate_ever_ran_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bng.yaml");
    fs::write(&file, Setup::new().text(folder.path())).unwrap();
    for (arguments, part) in [
        (&["user", "list"][..], "console+only     no API login  -           admin\n"),
        (&["user", "show", "OPERATOR"], "roles       operator\n"),
        (&["user", "export"], "    - username: \"admin\"\n      password_hash: \"$2b$04$"),
        (&["user", "export", "--format", "htpasswd"], "operator:$2b$04$"),
        (&["role", "list"], "operator       built in  subscribers:view"),
        (&["role", "show", "admin"], "rights  *:*\n"),
        (&["client", "list"], "CLIENT  FROM  ROLES\n"),
    ] {
        let ended = run(&file, arguments, "");
        assert!(ended.status == 0 && ended.output.contains(part), "{arguments:?}: {ended:?}");
    }
    refused(&run(&file, &["user", "show", "bob"], ""), "there is no user `bob`");
    assert!(!folder.path().join("state").exists());
}
