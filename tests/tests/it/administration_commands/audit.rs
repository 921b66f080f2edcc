//! What happened can be taken away, and verified where it was taken.

use std::fs;

use portcullis_tests::cast::{ADMIN, OPERATOR};
use portcullis_tests::command::{Ended, Portcullis};
use portcullis_tests::setup::Setup;
use serde_json::Value;

use super::{Office, wrong_use};

/// The lines of an export.
fn exported(office: &Office, more: &[&str]) -> Vec<String> {
    office.done(&[&["audit", "export"], more].concat()).lines().map(str::to_owned).collect()
}

/// Verifies lines with the public key of a gate.
fn verified(office: &Office, lines: &[String]) -> Ended {
    let (file, key) = (office.gate.file().with_file_name("audit.jsonl"), office.gate.state_dir());
    fs::write(&file, lines.join("\n") + "\n").unwrap();
    let key = key.join("audit-key.pub.pem");
    let arguments = ["audit", "verify", "--json", "--key", key.to_str().unwrap(), file.to_str().unwrap()];
    Portcullis::with(&arguments).run()
}

fn is_record(line: &str) -> bool {
    !line.starts_with(r#"{"checkpoint":"#) && !line.starts_with(r#"{"excerpt":"#)
}

async fn busy() -> Office {
    let office = Office::open().await;
    for _ in 0..6 {
        office.gate.login(&OPERATOR).await;
    }
    office.done(&["user", "deactivate", "operator"]);
    office
}

#[tokio::test]
async fn an_export_is_verified_without_the_gate_and_its_database() {
    let office = busy().await;
    let lines = exported(&office, &[]);
    let records = lines.iter().filter(|line| is_record(line)).count();
    assert!(lines.len() > records && !is_record(lines.last().unwrap()), "the end is sealed");
    let told = verified(&office, &lines);
    assert_eq!((told.status, told.error.as_str()), (0, ""), "{told:?}");
    let told = told.json();
    let is = |name: &str, value: Value| assert_eq!(told[name], value, "{name}: {told}");
    is("ok", true.into());
    is("first", 1.into());
    is("last", records.into());
    is("signatures_verified", true.into());
    // A second export goes on where the first one ended.
    assert!(exported(&office, &[]).starts_with(&lines));
}

#[tokio::test]
async fn whatever_was_done_to_an_export_is_named_with_its_line() {
    let office = busy().await;
    let lines = exported(&office, &[]);
    // Four records in a row.
    let at = lines.windows(4).position(|row| row.iter().all(|line| is_record(line))).unwrap();
    let line = |behind: usize| (at + behind) as u64 + 1;
    let with = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = lines.clone();
        change(&mut lines);
        let told = verified(&office, &lines);
        assert_eq!(told.status, 1, "{told:?}");
        let told = told.json();
        (told["fault"].as_str().unwrap().to_owned(), told["line"].as_u64().unwrap())
    };
    let named = |fault: &str, line: u64| (fault.to_owned(), line);
    assert_eq!(with(&|lines| lines[at] = lines[at].replace("allowed", "Allowed")), named("edited", line(0)));
    assert_eq!(with(&|lines| lines[at] = lines[at].replacen(':', ": ", 1)), named("edited", line(0)));
    assert_eq!(with(&|lines| drop(lines.remove(at + 1))), named("removed", line(1)));
    assert_eq!(with(&|lines| drop(lines.drain(..1))), named("removed", 1));
    let sealed = lines.iter().position(|line| !is_record(line)).unwrap();
    assert_eq!(with(&|lines| drop(lines.drain(..sealed))), named("removed", 1));
    assert_eq!(with(&|lines| lines.swap(at + 1, at + 2)), named("reordered", line(1)));
    assert_eq!(with(&|lines| lines[at] = "{}".to_owned()), named("unreadable", line(0)));
    let end = lines.len() as u64 - 1;
    assert_eq!(with(&|lines| drop(lines.pop())), named("cut off", end));
    assert_eq!(with(&|lines| lines.clear()).0, "unreadable");
}

#[tokio::test]
async fn nobody_can_seal_it_with_another_key() {
    let (office, other) = (busy().await, busy().await);
    let lines = exported(&office, &[]);
    let told = verified(&other, &lines);
    let first = lines.iter().position(|line| !is_record(line)).unwrap() + 1;
    assert_eq!((told.status, &told.json()["fault"]), (1, &"forged".into()), "{told:?}");
    assert_eq!(told.json()["line"], first);
    // Without a key that can't be seen, and is said.
    let file = other.gate.file().with_file_name("audit.jsonl");
    let told = Portcullis::with(&["audit", "verify", file.to_str().unwrap()]).run();
    assert!(told.status == 0 && told.error.contains("without a key"), "{told:?}");
    assert!(told.output.contains("are as they were written"), "{told:?}");
    let by_configuration = office.run(&["audit", "verify", file.to_str().unwrap()]);
    assert_eq!((by_configuration.status, by_configuration.error.as_str()), (0, ""), "{by_configuration:?}");
}

#[tokio::test]
async fn what_is_pruned_is_gone_and_the_rest_is_verified() {
    let office = busy().await;
    let before = exported(&office, &[]);
    let early = office.done(&["audit", "prune", "--before", "2020-01-01T00:00:00Z"]);
    assert_eq!(early, "no checkpoint was set before that time, so that nothing was removed\n");
    let pruned = office.done(&["audit", "prune", "--before", "2999-01-01T00:00:00Z"]);
    assert!(pruned.starts_with("removed the records up to "), "{pruned}");
    let after = exported(&office, &[]);
    assert!(!is_record(&after[0]) && !after.contains(&before[0]), "{after:?}");
    let told = verified(&office, &after);
    assert_eq!(told.status, 0, "{told:?}");
    let told = told.json();
    assert!(
        told["first"].as_u64().unwrap() > 1 && told["pruned_by"].as_u64() > told["first"].as_u64(),
        "{told}"
    );
    let records = office.done(&["audit", "list", "--json", "--action", "audit.prune"]);
    assert!(records.contains("uid ") && records.contains("records before 2999-"), "{records}");
}

#[tokio::test]
async fn an_export_from_a_time_on_begins_with_a_checkpoint_before_it() {
    let office = busy().await;
    exported(&office, &[]);
    office.gate.login(&ADMIN).await;
    let all = exported(&office, &[]);
    assert_eq!(exported(&office, &["--since", "2020-01-01T00:00:00Z"]), all);
    let late = exported(&office, &["--since", "2999-01-01T00:00:00Z"]);
    assert!(late.len() < all.len() && late.iter().all(|line| !is_record(line)), "{late:?}");
    let told = verified(&office, &late);
    assert_eq!((told.status, &told.json()["since"]), (0, &"2999-01-01T00:00:00.000000Z".into()), "{told:?}");
    let file = office.gate.file().with_file_name("audit.jsonl");
    let told = office.run(&["audit", "verify", file.to_str().unwrap()]);
    assert!(told.output.contains("exported since 2999-01-01T00:00:00"), "{told:?}");
    // Without its head it is what somebody has cut off.
    let told = verified(&office, &late[1..]);
    assert_eq!((told.status, &told.json()["fault"]), (1, &"removed".into()), "{told:?}");
}

#[tokio::test]
async fn bytes_that_are_no_text_are_a_fault_with_their_line() {
    let office = busy().await;
    let lines = exported(&office, &[]);
    let file = office.gate.file().with_file_name("audit.jsonl");
    let mut bytes = (lines.join("\n") + "\n").into_bytes();
    bytes[lines[0].len() + 10] = 0xFF;
    fs::write(&file, bytes).unwrap();
    let told = office.run(&["audit", "verify", "--json", file.to_str().unwrap()]);
    let json = told.json();
    assert_eq!((told.status, &json["fault"], &json["line"]), (1, &"no UTF-8".into(), &2.into()), "{told:?}");
}

#[tokio::test]
async fn it_is_kept_with_users_of_a_file_too() {
    let office = Office { gate: Setup::new().start().await };
    office.gate.login(&OPERATOR).await;
    let lines = exported(&office, &[]);
    assert!(lines.iter().any(|line| line.contains(r#""action":"login""#)), "{lines:?}");
    assert_eq!(verified(&office, &lines).status, 0);
    wrong_use(&office.run(&["audit", "verify", "/nowhere"]), "cannot read /nowhere");
    let file = office.gate.file();
    let no_key = ["audit", "verify", "--key", file.to_str().unwrap(), file.to_str().unwrap()];
    wrong_use(&Portcullis::with(&no_key).run(), "holds no key");
}
