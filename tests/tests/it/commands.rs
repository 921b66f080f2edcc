//! The command line beside `serve` and `check`: help, hashes of passwords, explanations.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use portcullis_tests::ask::Ask;
use portcullis_tests::cast::{ADMIN, OPERATOR, Person, VIEWER};
use portcullis_tests::command::{Ended, Portcullis, folder};
use portcullis_tests::setup::Setup;
use portcullis_tests::token::SECRET;
use serde_json::json;

/// The commands that a help lists; none if there are none below a command.
pub(crate) fn listed(help: &str) -> Vec<&str> {
    let Some((_, commands)) = help.split_once("Commands:\n") else { return vec![] };
    let commands = commands.split("\n\n").next().unwrap();
    // A description that goes on in a second line is further to the right.
    let lines =
        commands.lines().filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')));
    lines.map(|line| line.split(' ').next().unwrap()).collect()
}

#[test]
fn every_command_has_a_help_that_says_what_it_takes() {
    let all = Portcullis::with(&["--help"]).run();
    assert_eq!((all.status, all.error.as_str()), (0, ""));
    let commands = listed(&all.output);
    for command in ["serve", "demo", "check", "hash-password", "explain"] {
        assert!(commands.contains(&command), "{command}: {}", all.output);
    }
    for command in commands.into_iter().filter(|command| *command != "help") {
        let help = Portcullis::with(&[command, "--help"]).run();
        assert_eq!((help.status, help.error.as_str()), (0, ""), "{command}");
        assert!(help.output.contains("Usage: portcullis"), "{}", help.output);
    }
    let version = Portcullis::with(&["--version"]).run();
    assert!(version.status == 0 && version.output.starts_with("portcullis "), "{version:?}");
}

#[test]
fn wrong_use_is_status_2_and_told_on_standard_error() {
    for arguments in [
        &[][..],
        &["sevre"],
        &["serve"],
        &["serve", "--config"],
        &["serve", "bng.yaml"],
        &["check", "--config", "a", "--config", "b"],
        &["hash-password", "a password"],
        &["hash-password", "--cost", "3"],
        &["hash-password", "--cost", "16"],
        &["hash-password", "--password", "a password"],
        &["explain", "--config", "bng.yaml", "GET", "/"],
        &["demo", "--port", "65536"],
    ] {
        let ended = Portcullis::with(arguments).run();
        assert_eq!((ended.status, ended.output.as_str()), (2, ""), "{arguments:?}: {ended:?}");
        assert!(!ended.error.is_empty(), "{arguments:?}");
    }
}

#[test]
fn where_nothing_can_be_written_a_command_fails_and_does_not_panic() {
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    let mut command = Command::new(folder().join("portcullis"));
    let status = command.args(["completions", "bash"]).env_clear().stdout(full()).stderr(full()).status();
    assert_eq!(status.unwrap().code(), Some(1));
}

fn hashed(input: &str, cost: &str) -> Ended {
    Portcullis::with(&["hash-password", "--cost", cost]).input(input).run()
}

#[tokio::test]
async fn a_password_from_standard_input_becomes_a_hash_that_logs_in() {
    for (input, password) in [
        ("a new password", "a new password"),
        ("a new password\n", "a new password"),
        ("a new password\r\n", "a new password"),
        (" spaces count \n", " spaces count "),
        ("pässwörd", "pässwörd"),
    ] {
        let ended = hashed(input, "4");
        assert_eq!((ended.status, ended.error.as_str()), (0, ""), "{ended:?}");
        let hash = ended.output.strip_suffix('\n').unwrap();
        assert!(hash.starts_with("$2b$04$") && hash.len() == 60, "{hash}");
        let hash = Box::leak(hash.to_owned().into_boxed_str());
        let gate = Setup::new().users(&[Person { hash, ..ADMIN }]).start().await;
        assert_eq!(gate.send(Ask::login(ADMIN.name, password)).await.status, 200, "{input:?}");
        assert_eq!(gate.send(Ask::login(ADMIN.name, "another")).await.status, 401, "{input:?}");
    }
}

#[test]
fn two_hashes_of_one_password_differ_and_the_usual_cost_is_12() {
    assert_ne!(hashed("a password", "4").output, hashed("a password", "4").output);
    let usual = Portcullis::with(&["hash-password"]).input("a password").run();
    assert!(usual.output.starts_with("$2b$12$"), "{usual:?}");
}

#[test]
fn what_can_be_no_password_is_not_hashed() {
    for input in ["", "\n", "a\0b", &"x".repeat(73), &"ä".repeat(37)] {
        let ended = hashed(input, "4");
        assert_eq!((ended.status, ended.output.as_str()), (2, ""), "{input:?}: {ended:?}");
        assert!(ended.error.contains("1 to 72 bytes"), "{ended:?}");
    }
    assert_eq!(hashed(&"x".repeat(72), "4").status, 0);
}

fn explained(more: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bng.yaml");
    let roles = "[{name: field-tech, rights: ['device:*']}]";
    let field = VIEWER.but("grants: [{role: field-tech, realm: pop-syd}]");
    fs::write(&file, Setup::new().users(&[ADMIN, OPERATOR, field]).with("roles", roles).text(folder.path()))
        .unwrap();
    let arguments = [&["explain", "--config", file.to_str().unwrap()], more].concat();
    Portcullis::with(&arguments).environment("ABNG_API_SECRET", SECRET).run()
}

#[test]
fn an_explanation_ends_with_0_if_the_request_would_pass_1_if_not_and_2_if_nobody_can_say() {
    for (arguments, status) in [
        (&["--as", "operator", "GET", "/api/v1/subscribers"][..], 0),
        (&["--as", "OPERATOR", "GET", "/api/v1/subscribers"], 0),
        (&["--as", "operator", "DELETE", "/api/v1/subscribers/sub-1"], 1),
        (&["--as", "operator", "GET", "/a//b"], 1),
        (&["--as", "operator", "PROPFIND", "/a"], 1),
        (&["--as", "nobody-of-this-name", "GET", "/"], 2),
        (&["--as", "no name", "GET", "/"], 2),
    ] {
        let ended = explained(arguments);
        assert_eq!(ended.status, status, "{arguments:?}: {ended:?}");
        assert_eq!(ended.output.is_empty(), status == 2, "{ended:?}");
        assert_eq!(ended.error.is_empty(), status != 2, "{ended:?}");
    }
    let nowhere = Portcullis::with(&["explain", "--config", "/nowhere", "--as", "admin", "GET", "/"]).run();
    assert_eq!(nowhere.status, 2, "{nowhere:?}");
}

#[test]
fn an_explanation_says_which_route_counts_what_it_needs_and_what_is_missing() {
    let refused = explained(&["--as", "operator", "DELETE", "/api/v1/subscribers/sub-1"]);
    for line in [
        "refused: DELETE /api/v1/subscribers/sub-1 as operator\n",
        "DELETE /api/v1/subscribers/{id}\n",
        "role admin\n",
        "operator everywhere\n",
        "Admin role required\n",
    ] {
        assert!(refused.output.contains(line), "{line}: {}", refused.output);
    }
    let json = explained(&["--json", "--as", "operator", "DELETE", "/api/v1/subscribers/sub-1"]);
    let told = json.json();
    assert_eq!(json.status, 1);
    assert_eq!((&told["allowed"], &told["missing"]), (&json!(false), &json!({"role": "admin"})));
    assert_eq!(told["route"], "DELETE /api/v1/subscribers/{id}");
    let json = explained(&["--json", "--as", "vera.viewer", "GET", "/api/v1/health"]);
    assert_eq!((json.status, &json.json()["allowed"]), (0, &json!(true)));
}
