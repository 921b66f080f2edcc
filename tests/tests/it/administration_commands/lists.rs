//! What is listed and shown: for people in columns, for programs as the endpoints answer.

use portcullis_tests::ask::Ask;
use portcullis_tests::cast::{ADMIN, OPERATOR};
use serde_json::Value;

use super::Office;

/// The lines of a list in JSON.
fn lines(printed: &str) -> Vec<Value> {
    printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn answered(office: &Office, path: &str) -> Vec<Value> {
    let admin = office.gate.login(&ADMIN).await;
    let answer = office.gate.send(Ask::get(path).bearer(&admin)).await.json();
    answer["data"]["items"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
}

#[tokio::test]
async fn programs_are_told_what_the_endpoints_tell() {
    let office = Office::open().await;
    office.gate.login(&OPERATOR).await;
    office.done(&["user", "grant", "operator", "viewer@pop-syd"]);
    for (path, arguments) in [
        ("/api/v1/auth/users", &["user", "list", "--json"][..]),
        ("/api/v1/auth/sessions", &["session", "list", "--json"]),
        ("/api/v1/auth/sessions?user=operator", &["session", "list", "--json", "--user", "Operator"]),
        ("/api/v1/auth/audit?limit=500", &["audit", "list", "--json"]),
        ("/api/v1/auth/audit?user=operator", &["audit", "list", "--json", "--user", "operator"]),
        ("/api/v1/auth/audit?action=user.import", &["audit", "list", "--json", "--action", "user.import"]),
    ] {
        let answered = answered(&office, path).await;
        assert!(!answered.is_empty(), "{path}");
        assert_eq!(lines(&office.done(arguments)), answered, "{path}");
    }
    let one = lines(&office.done(&["user", "show", "OPERATOR", "--json"]));
    assert_eq!(one[0]["username"], "operator");
    assert!(one[0]["last_login_at"].as_str().unwrap().ends_with('Z'), "{one:?}");
}

#[tokio::test]
async fn people_are_told_in_columns() {
    let office = Office::open().await;
    let list = office.done(&["user", "list"]);
    let words: Vec<Vec<_>> = list
        .lines()
        .map(|line| line.split("  ").filter(|cell| !cell.is_empty()).map(str::trim).collect())
        .collect();
    assert_eq!(
        words,
        [
            ["USER", "STATE", "LAST LOGIN", "ROLES"],
            ["admin", "active", "-", "admin"],
            ["console+only", "no API login", "-", "admin"],
            ["former.employee", "deactivated", "-", "admin"],
            ["nobody", "active", "-", "-"],
            ["operator", "active", "-", "operator"],
            ["Vera.Viewer", "active", "-", "viewer"],
        ]
    );
    let shown = office.done(&["user", "show", "operator"]);
    assert!(shown.starts_with("user        operator\nstate       active\nroles       operator\n"), "{shown}");
}

#[tokio::test]
async fn a_part_of_a_list_goes_on_after_its_last_one() {
    let office = Office::open().await;
    let names = |arguments: &[&str]| {
        let printed = office.done(&[&["user", "list", "--json"], arguments].concat());
        let name = |user: &Value| user["username"].as_str().unwrap().to_owned();
        lines(&printed).iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(names(&["--limit", "2"]), ["admin", "console+only"]);
    assert_eq!(names(&["--limit", "2", "--after", "Console+only"]), ["former.employee", "nobody"]);
    assert_eq!(names(&["--after", "operator"]), ["Vera.Viewer"]);
    assert_eq!(names(&["--after", "vera.viewer"]), Vec::<String>::new());
}

#[tokio::test]
async fn the_record_is_read_from_wherever_one_wants() {
    let office = Office::open().await;
    office.gate.login(&OPERATOR).await;
    let reasons =
        |arguments: &[&str]| lines(&office.done(&[&["audit", "list", "--json"], arguments].concat()));
    let all = reasons(&[]);
    assert_eq!(reasons(&["--limit", "2"]), all[..2]);
    assert_eq!(reasons(&["--after", "2"]), all[2..]);
    assert_eq!(reasons(&["--after", "2", "--limit", "1"]), all[2..3]);
    let third = all[2]["time"].as_str().unwrap();
    assert!(
        reasons(&["--since", third]).contains(&all[2]) && !reasons(&["--since", third]).contains(&all[0])
    );
    assert_eq!(reasons(&["--since", "2999-01-01T00:00:00Z"]), Vec::<Value>::new());
    let people = office.done(&["audit", "list", "--action", "user.import", "--limit", "1"]);
    assert!(people.contains("6 users: new: admin: active; may log in; admin\\noperator: "), "{people}");
    super::wrong_use(&office.run(&["audit", "list", "--since", "yesterday"]), "expected a time such as");
}

#[tokio::test]
async fn what_a_client_calls_himself_is_no_command_to_the_terminal() {
    let office = Office::open().await;
    // A control character that HTTP lets through.
    let ask = Ask::login(OPERATOR.name, OPERATOR.password).field("user-agent", "evil\tb");
    assert_eq!(office.status(ask).await, 200);
    let list = office.done(&["session", "list"]);
    assert!(list.contains("evil\\u{9}b") && !list.contains('\t'), "{list}");
}
