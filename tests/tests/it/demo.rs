//! `portcullis demo`: every line of the tour that it prints does what the comment above it says.

use std::process::Command;

use portcullis_tests::command::Portcullis;
use serde_json::{Value, json};

/// What stands between two answers.
const MARK: &str = "\u{1e}";

/// A line of the tour, with what was said before it.
struct Stop {
    comment: String,
    line: String,
}

/// The lines that are to be pasted; one that ends in a backslash goes on in the next.
fn stops(tour: &str) -> Vec<Stop> {
    let lines =
        tour.split("Paste into another terminal:\n").nth(1).unwrap().split("Stop with").next().unwrap();
    let (mut stops, mut comment) = (vec![], String::new());
    for line in lines.replace("\\\n", "").lines().filter(|line| !line.is_empty()) {
        match line.strip_prefix("# ") {
            Some(text) => text.clone_into(&mut comment),
            None => stops.push(Stop { comment: comment.clone(), line: line.to_owned() }),
        }
    }
    stops
}

/// Pastes the lines into one shell; the answer to each.
fn pasted(stops: &[Stop]) -> Vec<String> {
    let lines: Vec<_> = stops.iter().map(|stop| format!("{}\nprintf '{MARK}'\n", stop.line)).collect();
    let ended =
        Command::new("timeout").args(["60", "bash", "--norc", "-c", &lines.concat()]).output().unwrap();
    assert!(ended.status.success() && ended.stderr.is_empty(), "{}", String::from_utf8_lossy(&ended.stderr));
    let output = String::from_utf8(ended.stdout).unwrap();
    let mut answers: Vec<_> = output.split(MARK).map(str::to_owned).collect();
    assert_eq!(answers.pop().as_deref(), Some(""));
    answers
}

#[test]
fn every_line_of_the_tour_does_what_its_comment_says() {
    let folder = tempfile::tempdir().unwrap();
    let demo =
        Portcullis::with(&["demo", "--port", "0"]).environment("TMPDIR", folder.path().to_str().unwrap());
    let (_demo, tour) = demo.start_until("Stop with");
    let stops = stops(&tour);
    let answers = pasted(&stops);
    let said: Vec<_> = stops
        .iter()
        .zip(&answers)
        .map(|(stop, answer)| (stop.comment.as_str(), serde_json::from_str(answer).unwrap_or(json!(answer))))
        .collect();
    let [stranger, login, look, disconnect, admin_login, admin_disconnect, admin_look, why]: &[(&str, Value);
         8] = said.as_slice().try_into().unwrap_or_else(|_| panic!("another tour: {tour}"));
    let all = |(_, answer): &(&str, Value)| answer["data"]["total"].as_u64();

    assert_eq!(stranger.0, "Without a token nobody passes.");
    assert_eq!(stranger.1["detail"], "Could not validate credentials");
    assert_eq!((login.0, &login.1), ("The operator logs in,", &json!("")));
    assert_eq!(look.0, "may look,");
    assert!(all(look).is_some_and(|total| total > 0), "{look:?}");
    assert_eq!(disconnect.0, "and may not disconnect anybody.");
    assert_eq!(disconnect.1["detail"], "Admin role required");
    assert_eq!((admin_login.0, &admin_login.1), ("The admin may.", &json!("")));
    assert_eq!(admin_disconnect.1["status"], "ok", "{admin_disconnect:?}");
    assert_eq!(all(admin_look).unwrap() + 1, all(look).unwrap());
    assert_eq!(why.0, "Why could the operator not?");
    assert_eq!(
        (&why.1["data"]["allowed"], &why.1["data"]["reason"]),
        (&json!(false), &json!("Admin role required"))
    );
}

#[test]
fn two_demonstrations_at_once_do_not_meet() {
    let folder = tempfile::tempdir().unwrap();
    let start = || {
        let demo = Portcullis::with(&["demo", "--port", "0"]);
        demo.environment("TMPDIR", folder.path().to_str().unwrap()).start_until("Stop with")
    };
    let ((_one, first), (_other, second)) = (start(), start());
    let line =
        |tour: &str, begin: &str| tour.lines().find(|line| line.starts_with(begin)).unwrap().to_owned();
    for begin in ["A simulated BNG stands", "Its configuration is", "Users:", "Certificate SHA-256:"] {
        assert_ne!(line(&first, begin), line(&second, begin));
    }
}

#[test]
fn neither_a_real_gate_s_environment_nor_the_name_of_the_folder_has_a_say_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join("a: b #c \"d\"");
    std::fs::create_dir(&odd).unwrap();
    let demo = Portcullis::with(&["demo", "--port", "0"])
        .environment("TMPDIR", odd.to_str().unwrap())
        .environment("ABNG_API_SECRET", "short")
        .environment("PORTCULLIS_UPSTREAM", "nowhere");
    let (_demo, tour) = demo.start_until("Stop with");
    assert!(tour.contains(odd.to_str().unwrap()), "{tour}");
}
