//! Users are changed on the command line, and the running gate knows soon.

use std::thread;

use portcullis_tests::ask::Ask;
use portcullis_tests::cast::{ADMIN, OPERATOR, VIEWER};
use serde_json::json;

use super::{NEW_PASSWORD, Office, refused, run, wrong_use};

#[tokio::test]
async fn whoever_is_deactivated_is_refused_soon_and_let_in_again_when_he_is_activated() {
    let office = Office::open().await;
    let token = office.gate.login(&OPERATOR).await;
    assert_eq!(office.done(&["user", "deactivate", "OPERATOR"]), "operator: deactivated\n");
    office.soon_dead(&token).await;
    assert!(!office.can_log_in(OPERATOR.name, OPERATOR.password).await);
    assert_eq!(office.done(&["user", "activate", "operator"]), "operator: active\n");
    assert!(office.can_log_in(OPERATOR.name, OPERATOR.password).await);
}

#[tokio::test]
async fn whoever_is_removed_is_refused_soon_and_his_token_is_nobodys_who_comes_after_him() {
    let office = Office::open().await;
    let token = office.gate.login(&OPERATOR).await;
    assert_eq!(office.done(&["user", "remove", "operator"]), "removed operator\n");
    office.soon_dead(&token).await;
    assert_eq!(office.add("operator", "operator", OPERATOR.password).status, 0);
    assert!(office.can_log_in("operator", OPERATOR.password).await);
    assert!(!office.is_alive(&token).await);
    office.refused(&["user", "remove", "nobody-of-this-name"], "there is no user `nobody-of-this-name`");
}

#[tokio::test]
async fn after_another_password_the_old_one_and_every_token_are_worth_nothing() {
    let office = Office::open().await;
    let token = office.gate.login(&OPERATOR).await;
    let ended = office.run_with(&["user", "passwd", "operator", "--password-stdin"], NEW_PASSWORD);
    assert_eq!((ended.status, ended.error.as_str()), (0, ""), "{ended:?}");
    office.soon_dead(&token).await;
    assert!(!office.can_log_in("operator", OPERATOR.password).await);
    assert!(office.can_log_in("operator", NEW_PASSWORD).await);
    let printed = ended.output + &office.done(&["audit", "list", "--json"]);
    assert!(!printed.contains(NEW_PASSWORD) && !printed.contains("$2b$"), "{printed}");
}

#[tokio::test]
async fn a_role_is_in_force_soon_without_another_login_and_so_is_its_loss() {
    let office = Office::open().await;
    let token = office.gate.login(&OPERATOR).await;
    let webhooks = || Ask::get("/api/v1/webhooks").bearer(&token);
    assert_eq!(office.status(webhooks()).await, 403);
    assert_eq!(office.done(&["user", "grant", "operator", "Admin"]), "operator: operator, admin\n");
    office.soon(webhooks(), 404).await;
    assert_eq!(office.done(&["user", "revoke", "operator", "admin"]), "operator: operator\n");
    office.soon(webhooks(), 403).await;
    let granted = office.done(&["user", "grant", "operator", "viewer@pop-syd"]);
    assert_eq!(granted, "operator: operator, viewer@pop-syd\n");
}

#[tokio::test]
async fn a_role_that_is_not_held_so_is_not_taken_away_in_silence() {
    let office = Office::open().await;
    office.done(&["user", "grant", "operator", "viewer@pop-syd"]);
    let held = "held: operator, viewer@pop-syd";
    let words = format!("operator does not hold viewer@pop-sdy; {held}");
    office.refused(&["user", "revoke", "operator", "viewer@pop-sdy"], &words);
    office.refused(
        &["user", "revoke", "operator", "viewer"],
        &format!("operator does not hold viewer; {held}"),
    );
    office.refused(&["user", "grant", "operator", "amdin"], "There is no role 'amdin'");
    office.refused(
        &["user", "grant", "nobody-of-this-name", "admin"],
        "there is no user `nobody-of-this-name`",
    );
}

#[tokio::test]
async fn the_last_admin_stays() {
    let office = Office::open().await;
    let all = [
        (&["user", "remove", "admin"][..], "The last active admin cannot be removed"),
        (&["user", "deactivate", "admin"], "The last active admin cannot be deactivated"),
        (&["user", "revoke", "admin", "admin"], "The last active admin cannot be stripped of users:edit"),
    ];
    for (arguments, words) in all {
        office.refused(arguments, words);
    }
    let refusals = office.done(&["audit", "list", "--json"]);
    for (_, words) in all {
        assert_eq!(refusals.matches(words).count(), 1, "{refusals}");
    }
    office.done(&["user", "grant", "operator", "admin"]);
    office.done(&["user", "remove", "admin"]);
}

#[tokio::test]
async fn a_new_user_can_log_in_and_one_without_the_right_to_can_not() {
    let office = Office::open().await;
    let added = office.run_with(
        &["user", "add", "Bob", "--role", "operator", "--role", "viewer@pop-syd", "--password-stdin"],
        NEW_PASSWORD,
    );
    assert_eq!(
        (added.status, added.output.as_str()),
        (0, "added Bob: operator, viewer@pop-syd\n"),
        "{added:?}"
    );
    assert!(office.can_log_in("bob", NEW_PASSWORD).await);
    for (name, switch) in [("robot", "--no-api-login"), ("later", "--inactive")] {
        let arguments = ["user", "add", name, "--role", "viewer", "--password-stdin", switch];
        assert_eq!(office.run_with(&arguments, NEW_PASSWORD).status, 0);
        assert!(!office.can_log_in(name, NEW_PASSWORD).await, "{switch}");
    }
}

#[tokio::test]
async fn a_user_is_refused_in_the_words_of_the_rule_that_is_broken() {
    let office = Office::open().await;
    refused(&office.add("OPERATOR", "viewer", NEW_PASSWORD), "User 'operator' exists already");
    refused(&office.add("bob", "amdin", NEW_PASSWORD), "There is no role 'amdin'");
    refused(&office.add("bob", "viewer", "short"), "A password has at least 12 bytes");
    refused(
        &office.add("bob-of-the-shop", "viewer", "Bob-of-the-shop"),
        "A password is not the name of its user",
    );
    refused(&office.add("bob", "viewer", &"x".repeat(73)), "A password has at most 72 bytes");
    let both = "A password has at least 12 bytes\nThis password is one of those that are tried first";
    refused(&office.add("bob", "viewer", "password"), both);
    refused(&office.run_with(&["user", "passwd", "operator", "--password-stdin"], "password"), both);
    office.refused(&["user", "show", "bob"], "there is no user `bob`");
}

#[tokio::test]
async fn wrong_use_is_told_before_anything_is_asked() {
    let office = Office::open().await;
    wrong_use(&office.run(&["user", "add", "bob", "--role", "viewer"]), "--password-stdin");
    wrong_use(&office.run(&["user", "passwd", "operator"]), "--password-stdin");
    wrong_use(&office.run(&["user", "add", "bob", "--password-stdin"]), "--role");
    wrong_use(&office.run(&["user", "add", "b b", "--role", "viewer"]), "a user name must be");
    wrong_use(&office.add("bob.", "viewer", NEW_PASSWORD), "must not end in a dot");
    wrong_use(&office.add("bob", "viewer@", NEW_PASSWORD), "a realm name must be");
    wrong_use(
        &office.run(&["user", "add", "bob", "--role", "viewer", "--password", NEW_PASSWORD]),
        "--password",
    );
    let nowhere = office.gate.file().with_file_name("nowhere.yaml");
    wrong_use(&run(&nowhere, &["user", "list"], ""), "nowhere.yaml");
}

#[tokio::test]
async fn of_ten_who_add_one_user_at_a_time_one_has_done_it() {
    let office = Office::open().await;
    let statuses = thread::scope(|scope| {
        let all: Vec<_> = (0..10)
            .map(|number| {
                let office = &office;
                scope.spawn(move || office.add("bob", "viewer", &format!("{NEW_PASSWORD} {number}")))
            })
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    let (done, taken): (Vec<_>, Vec<_>) = statuses.iter().partition(|ended| ended.status == 0);
    assert_eq!(done.len(), 1, "{statuses:?}");
    for ended in taken {
        refused(ended, "User 'bob' exists already");
    }
    let added = office.done(&["audit", "list", "--json", "--action", "user.add"]);
    assert_eq!(added.matches(r#""object":"user bob""#).count(), 1, "{added}");
}

#[tokio::test]
async fn a_change_is_on_the_record_with_whoever_made_it_before_and_after() {
    let office = Office::open().await;
    office.done(&["user", "grant", "operator", "viewer@pop-syd"]);
    let records = office.done(&["audit", "list", "--json", "--action", "user.change"]);
    let record: serde_json::Value = serde_json::from_str(records.lines().last().unwrap()).unwrap();
    let uid = format!("uid {}", rustix::process::getuid().as_raw());
    assert_eq!((&record["user"], &record["decision"]), (&json!(uid), &json!("allowed")));
    assert_eq!(
        record["change"],
        json!({
            "object": "user operator",
            "before": "active; may log in; operator",
            "after": "active; may log in; operator, viewer in 'pop-syd'",
        })
    );
}

#[tokio::test]
async fn both_ways_to_change_users_are_one() {
    let office = Office::open().await;
    let admin = office.gate.login(&ADMIN).await;
    let body = json!({"username": "bob", "password": NEW_PASSWORD, "grants": [{"role": "viewer"}]});
    assert_eq!(office.status(Ask::post("/api/v1/auth/users").bearer(&admin).json(&body)).await, 201);
    assert_eq!(office.done(&["user", "grant", "bob", "operator"]), "bob: viewer, operator\n");
    let told = office.gate.send(Ask::get("/api/v1/auth/users/bob").bearer(&admin)).await.json();
    assert_eq!(told["data"]["grants"][1]["role"], "operator");
    assert_eq!(office.status(Ask::new("DELETE", "/api/v1/auth/users/bob").bearer(&admin)).await, 204);
    office.refused(&["user", "show", "bob"], "there is no user `bob`");
    let viewer = office.gate.login(&VIEWER).await;
    assert!(office.is_alive(&viewer).await);
}
