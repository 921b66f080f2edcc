//! Sessions are ended on the command line, wherever the users are.

use portcullis_tests::cast::{ADMIN, OPERATOR, VIEWER};
use portcullis_tests::setup::Setup;
use portcullis_tests::token::claims;

use super::{Office, wrong_use};

#[tokio::test]
async fn one_session_ends_and_no_other() {
    let office = Office::open().await;
    let (first, second) = (office.gate.login(&OPERATOR).await, office.gate.login(&OPERATOR).await);
    let id = claims(&first)["sid"].as_str().unwrap().to_owned();
    assert_eq!(office.done(&["session", "end", &id]), format!("ended session {id}\n"));
    office.soon_dead(&first).await;
    assert!(office.is_alive(&second).await);
    office.refused(&["session", "end", &id], "there is no open session of this id");
    let list = office.done(&["session", "list", "--user", "operator"]);
    assert!(!list.contains(&id) && list.contains(claims(&second)["sid"].as_str().unwrap()), "{list}");
}

#[tokio::test]
async fn all_sessions_of_somebody_end_and_later_ones_are_good() {
    for (arguments, said, others) in [
        (&["--user", "Operator"][..], "ended all sessions of Operator: 1 user\n", true),
        (&["--role", "operator"], "ended all sessions of whoever holds operator: 1 user\n", true),
        (&["--realm", "pop-syd"], "ended all sessions of whoever holds a role in pop-syd: 1 user\n", true),
        (&["--everybody"], "ended all sessions of everybody\n", false),
    ] {
        let office = Office::open().await;
        office.done(&["user", "grant", "operator", "viewer@pop-syd"]);
        let tokens = [office.gate.login(&OPERATOR).await, office.gate.login(&OPERATOR).await];
        let (admin, viewer) = (office.gate.login(&ADMIN).await, office.gate.login(&VIEWER).await);
        assert_eq!(office.done(&[&["session", "end"], arguments].concat()), said);
        for token in &tokens {
            office.soon_dead(token).await;
        }
        assert_eq!([office.is_alive(&admin).await, office.is_alive(&viewer).await], [others; 2], "{said}");
        let later = office.gate.login(&OPERATOR).await;
        assert!(office.is_alive(&later).await, "{said}");
        let records = office.done(&["audit", "list", "--action", "sessions.end"]);
        assert_eq!(records.lines().count(), 2, "a heading and one record: {records}");
    }
}

#[tokio::test]
async fn what_was_ended_stays_ended_after_kill_9() {
    let office = Office::open().await;
    let (operator, admin) = (office.gate.login(&OPERATOR).await, office.gate.login(&ADMIN).await);
    office.done(&["session", "end", "--user", "operator"]);
    let office = Office { gate: office.gate.restart().await };
    assert!(!office.is_alive(&operator).await && office.is_alive(&admin).await);
}

#[tokio::test]
async fn sessions_of_users_of_a_file_end_too() {
    let office = Office { gate: Setup::new().start().await };
    let (operator, admin) = (office.gate.login(&OPERATOR).await, office.gate.login(&ADMIN).await);
    assert_eq!(office.done(&["session", "list"]).lines().count(), 3);
    office.done(&["session", "end", "--user", "operator"]);
    office.soon_dead(&operator).await;
    assert!(office.is_alive(&admin).await);
    office.done(&["session", "end", "--everybody"]);
    office.soon_dead(&admin).await;
}

#[tokio::test]
async fn whose_sessions_must_be_said_and_in_one_way() {
    let office = Office::open().await;
    wrong_use(&office.run(&["session", "end"]), "--everybody");
    wrong_use(&office.run(&["session", "end", "--everybody", "--user", "operator"]), "--user");
    wrong_use(&office.run(&["session", "end", "x"]), "32 hexadecimal digits");
    wrong_use(&office.run(&["session", "end", &"0".repeat(32), "--everybody"]), "--everybody");
    office.refused(&["session", "end", "--user", "nobody-of-this-name"], "there is no such user");
    office.refused(&["session", "end", &"0".repeat(32)], "there is no open session of this id");
}
