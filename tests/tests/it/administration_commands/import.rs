//! Users come from AthenaBNG's file or from htpasswd with their hashes, and go back as they came.

use std::fs;

use portcullis_tests::cast::{ADMIN, CONSOLE, FORMER, NOBODY, OPERATOR, OTHER_PASSWORD, VIEWER};
use portcullis_tests::setup::Setup;
use serde_json::{Value, json};

use super::{Office, wrong_use};

/// A configuration as AthenaBNG's page on authentication has it.
const ATHENA: &str = r#"
interfaces:
  eth0: {mtu: 1500}
api:
  enabled: true
  port: 8443
  users:
    - username: chief
      password_hash: "$2b$12$5u2qWSu8T8.Y6Epvg.AgsetWG7hIrx7V8d.stkKXNPmQth9JQhdma"
      role: admin
    - username: clerk
      password_hash: "$2b$04$2WwcNn7C1KOYPpVxJ2UoJORrYsMcAIXdUcNePOTPhsOFlRjmD7kN."
      role: operator
"#;

/// Somebody of this name and role, with the password of the operator.
fn line(name: &str, role: &str) -> String {
    format!("    - {{username: {name}, password_hash: \"{}\", role: {role}}}\n", OPERATOR.hash)
}

fn file(lines: &[String]) -> String {
    format!("api:\n  users:\n{}", lines.concat())
}

#[tokio::test]
async fn whoever_could_log_in_at_the_bng_can_log_in_here_with_the_same_password() {
    let office = Office::open().await;
    let imported = office.import(ATHENA, &[]);
    let lines: Vec<_> = imported.output.lines().collect();
    assert_eq!(lines, ["added  chief  admin", "added  clerk  operator"], "{imported:?}");
    assert!(
        office.can_log_in("chief", "changeme").await && office.can_log_in("clerk", OPERATOR.password).await
    );
    assert!(!office.can_log_in("chief", "another").await);
    // Once more: there is nothing to do. The login has made the clerk a hash of the usual cost.
    let again = office.import(ATHENA, &[]);
    let lines: Vec<_> = again.output.lines().collect();
    assert_eq!((again.status, lines), (0, vec!["same     chief", "differs  clerk  password"]), "{again:?}");
    assert!(office.can_log_in("clerk", OPERATOR.password).await);
}

#[tokio::test]
async fn a_dry_run_says_what_would_become_of_each_and_does_nothing() {
    let office = Office::open_with(Setup::new().users(&[ADMIN, OPERATOR, VIEWER])).await;
    let known = format!("    - {}\n", VIEWER.yaml());
    let text = file(&[line("bob", "viewer"), line("Operator", "operator"), line("admin", "operator"), known]);
    let dry = office.import(&text, &["--dry-run"]);
    let lines: Vec<_> = dry.output.lines().collect();
    assert_eq!(
        (dry.status, lines),
        (
            0,
            vec![
                "new      bob          viewer",
                "same     Operator",
                "differs  admin        password, roles",
                "same     Vera.Viewer"
            ]
        ),
        "{dry:?}"
    );
    office.refused(&["user", "show", "bob"], "there is no user `bob`");
    let imported = office.import(&text, &["--json"]);
    let told: Vec<Value> = imported.output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(told[0], json!({"verdict": "added", "user": "bob", "why": "viewer"}));
    assert_eq!(told[1], json!({"verdict": "same", "user": "Operator", "why": null}));
    assert_eq!(told[2], json!({"verdict": "differs", "user": "admin", "why": "password, roles"}));
    // Whoever differs stays as he is.
    assert!(
        office.can_log_in("bob", OPERATOR.password).await && office.can_log_in("admin", ADMIN.password).await
    );
}

#[tokio::test]
async fn if_anybody_is_refused_nobody_is_added() {
    let office = Office::open().await;
    let text = file(&[
        line("bob", "viewer"),
        line("carol", "amdin"),
        line("dave.", "viewer"),
        "    - {username: erin, password_hash: plain, role: viewer}\n".to_owned(),
        line("BOB", "viewer"),
    ]);
    for more in [&["--dry-run"][..], &[]] {
        let ended = office.import(&text, more);
        let lines: Vec<_> = ended.output.lines().collect();
        let place = |line: u32| format!("refused  line {line} column ");
        assert_eq!((ended.status, lines.len(), lines[0]), (1, 5, "new  bob  viewer"), "{ended:?}");
        for (line, place, part) in [
            (lines[1], place(4), "user `carol`: unknown role `amdin`; did you mean `admin`?"),
            (lines[2], place(6), "user `erin`: expected a bcrypt hash"),
            (lines[3], place(7), "user `BOB`: the name is taken by `bob`"),
            (lines[4], "refused  user `dave.`: ".to_owned(), "must not end in a dot"),
        ] {
            assert!(line.starts_with(&place) && line.contains(part), "{line}");
        }
        assert_eq!(ended.error.is_empty(), !more.is_empty(), "{ended:?}");
    }
    office.refused(&["user", "show", "bob"], "there is no user `bob`");
}

#[tokio::test]
async fn an_htpasswd_file_gives_everybody_the_roles_that_are_said() {
    let office = Office::open().await;
    // As `htpasswd -B` writes it.
    let text =
        format!("# staff\nbob:{}\ncarol:{}\n", OPERATOR.hash.replace("$2b$", "$2y$"), OTHER_PASSWORD.1);
    wrong_use(&office.import(&text, &[]), "say --role");
    let unknown = office.import(&text, &["--role", "amdin"]);
    assert_eq!((unknown.status, unknown.error.as_str()), (1, "portcullis: There is no role 'amdin'\n"));
    let imported = office.import(&text, &["--role", "viewer", "--role", "operator@pop-syd"]);
    let lines: Vec<_> = imported.output.lines().collect();
    let roles = "viewer, operator@pop-syd";
    assert_eq!(lines, [format!("added  bob    {roles}"), format!("added  carol  {roles}")], "{imported:?}");
    assert!(
        office.can_log_in("bob", OPERATOR.password).await
            && office.can_log_in("carol", OTHER_PASSWORD.0).await
    );
    wrong_use(&office.import(ATHENA, &["--role", "viewer"]), "says itself");
}

#[tokio::test]
async fn what_is_exported_is_what_was_imported() {
    let one = Office::open().await;
    one.done(&["user", "grant", "operator", "viewer@a: \"b\" # '{c}'\\ ü"]);
    let exported = one.done(&["user", "export"]);
    assert!(exported.starts_with("api:\n  users:\n    - username: \"admin\"\n"), "{exported}");
    let other = Office::open_with(Setup::new().users(&[])).await;
    let imported = other.import(&exported, &[]);
    assert_eq!((imported.status, imported.output.lines().count()), (0, 6), "{imported:?}");
    assert_eq!(other.done(&["user", "export"]), exported);
    // A gate can have them in its file just as well.
    let file = one.gate.file().with_file_name("exported.yaml");
    fs::write(&file, &exported).unwrap();
    assert_eq!(super::run(&file, &["user", "export"], "").output, exported);
    let parts = ["--limit=4", "--after=nobody"]
        .map(|part| one.done(&["user", "export", part]).replace("api:\n  users:\n", ""));
    assert_eq!(format!("api:\n  users:\n{}", parts.concat()), exported);
    assert_eq!(one.done(&["audit", "list", "--json", "--action", "user.export"]).lines().count(), 3);
}

#[tokio::test]
async fn who_may_not_log_in_is_not_exported_where_that_can_not_be_said() {
    let office = Office::open().await;
    let exported = office.run(&["user", "export", "--format", "htpasswd"]);
    for person in [ADMIN, OPERATOR, VIEWER, NOBODY] {
        assert!(exported.output.contains(&format!("{}:{}\n", person.name, person.hash)), "{exported:?}");
    }
    for person in [FORMER, CONSOLE] {
        assert!(!exported.output.contains(person.name), "{exported:?}");
    }
    assert!(exported.error.contains("2 who may not log in were left out"), "{exported:?}");
    let nobody = Office::open_with(Setup::new().users(&[])).await;
    assert_eq!(nobody.done(&["user", "export"]), "api:\n  users: []\n");
    assert_eq!(nobody.import("api:\n  users: []\n", &[]).status, 0);
}

#[tokio::test]
async fn a_file_that_is_no_list_of_users_is_told_so() {
    let office = Office::open().await;
    for text in ["", "api: [", "bgp: 1", "alice"] {
        let ended = office.import(text, &["--dry-run"]);
        assert!(ended.status == 1 && ended.output.starts_with("refused  "), "{text}: {ended:?}");
    }
    wrong_use(&office.run(&["user", "import", "/nowhere"]), "cannot read /nowhere");
    let mistyped =
        file(&[line("bob", "viewer").replace(OPERATOR.hash, &OPERATOR.hash.replace("D7kN.", "D7kNz"))]);
    let ended = office.import(&mistyped, &["--dry-run"]);
    assert!(
        ended.status == 0 && ended.error.contains("no password can match the hash of user `bob`"),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_long_file_is_taken_over_in_parts_which_are_told_of() {
    let office = Office::open().await;
    let lines: Vec<_> = (0..1200).map(|number| line(&format!("user-{number}"), "viewer")).collect();
    let imported = office.import(&file(&lines), &[]);
    let told: Vec<_> = imported.error.lines().collect();
    let each = [500, 1000, 1200].map(|added| format!("portcullis: added {added} of 1200 users"));
    assert_eq!((imported.status, told), (0, each.iter().map(String::as_str).collect()));
    // The office's own people came by one more.
    assert_eq!(office.done(&["audit", "list", "--json", "--action", "user.import"]).lines().count(), 1 + 3);
    assert!(office.can_log_in("user-1199", OPERATOR.password).await);
}
