//! Users in the file, changed under a running gate: in force at the next request, whatever token is at hand.

use std::fs;
use std::time::{Duration, Instant};

use portcullis_tests::ask::Ask;
use portcullis_tests::bng::Bng;
use portcullis_tests::cast::{ADMIN, FORMER, NOBODY, OPERATOR, OTHER_PASSWORD, Person, VIEWER};
use portcullis_tests::client::Protocol;
use portcullis_tests::gate::{Gate, Signal, TAKEN_OVER};
use portcullis_tests::patience::until_told;
use portcullis_tests::setup::Setup;
use serde_json::Value;

const ME: &str = "/api/v1/auth/me";

async fn status(gate: &Gate, path: &str, token: &str) -> u16 {
    gate.send(Ask::get(path).bearer(token)).await.status
}

#[tokio::test]
async fn a_removed_user_is_out_with_the_token_that_he_holds() {
    let gate = Setup::new().start().await;
    let (operator, admin) = (gate.login(&OPERATOR).await, gate.login(&ADMIN).await);
    gate.take_over(&gate.setup().users(&[ADMIN])).await;
    assert_eq!(status(&gate, ME, &operator).await, 401);
    assert_eq!(gate.send(Ask::login(OPERATOR.name, OPERATOR.password)).await.status, 401);
    assert_eq!(status(&gate, ME, &admin).await, 200);
}

#[tokio::test]
async fn a_changed_file_is_in_force_within_two_seconds() {
    let gate = Setup::new().start().await;
    let token = gate.login(&OPERATOR).await;
    let mut client = gate.client(Protocol::Http1);
    gate.write(&gate.setup().users(&[ADMIN]).text(gate.file().parent().unwrap()));
    let written = Instant::now();
    let is_refused = async || client.send(Ask::get(ME).bearer(&token)).await.status == 401;
    until_told("the first refusal", is_refused).await;
    assert!(written.elapsed() <= Duration::from_secs(2), "{:?}", written.elapsed());
}

#[tokio::test]
async fn a_file_that_is_written_in_place_is_taken_over_too() {
    let gate = Setup::new().start().await;
    let token = gate.login(&OPERATOR).await;
    fs::write(gate.file(), gate.setup().users(&[ADMIN]).text(gate.file().parent().unwrap())).unwrap();
    gate.log().said(TAKEN_OVER).await;
    assert_eq!(status(&gate, ME, &token).await, 401);
}

#[tokio::test]
async fn a_hangup_takes_the_file_over_at_once() {
    let gate = Setup::new().start().await;
    let token = gate.login(&OPERATOR).await;
    // Nothing has changed: only the signal can be the reason.
    gate.signal(Signal::HUP);
    gate.log().said(TAKEN_OVER).await;
    assert_eq!(status(&gate, ME, &token).await, 200);
    gate.write(&gate.setup().users(&[ADMIN]).text(gate.file().parent().unwrap()));
    gate.signal(Signal::HUP);
    gate.log().said_again(TAKEN_OVER, 1).await;
    assert_eq!(status(&gate, ME, &token).await, 401);
}

#[tokio::test]
async fn a_deactivated_user_is_out_and_in_again_when_he_is_active_again() {
    for rest in ["role: operator, active: false", "role: operator, api_login: false"] {
        let gate = Setup::new().start().await;
        let token = gate.login(&OPERATOR).await;
        let deactivated = gate.setup().users(&[ADMIN, OPERATOR.but(rest)]);
        gate.take_over(&deactivated).await;
        assert_eq!(status(&gate, ME, &token).await, 401, "{rest}");
        gate.take_over(&gate.setup()).await;
        // He was never told that his token had ended, and it had not.
        assert_eq!(status(&gate, ME, &token).await, 200, "{rest}");
    }
}

#[tokio::test]
async fn a_demoted_user_may_no_longer_do_what_he_could_with_the_very_same_token() {
    let bng = Bng::start().await;
    let gate = Setup::before(bng.address()).start().await;
    let token = gate.login(&ADMIN).await;
    assert_eq!(status(&gate, "/api/v1/webhooks", &token).await, 200);
    gate.take_over(&gate.setup().users(&[ADMIN.but("role: operator"), OPERATOR])).await;
    assert_eq!(status(&gate, "/api/v1/webhooks", &token).await, 403);
    assert_eq!(status(&gate, "/api/v1/subscribers", &token).await, 200);
    gate.take_over(&gate.setup()).await;
    assert_eq!(status(&gate, "/api/v1/webhooks", &token).await, 200);
}

#[tokio::test]
async fn a_new_password_ends_the_tokens_of_the_old_one() {
    let gate = Setup::new().start().await;
    let (operator, admin) = (gate.login(&OPERATOR).await, gate.login(&ADMIN).await);
    let (password, hash) = OTHER_PASSWORD;
    let changed = Person { password, hash, ..OPERATOR };
    gate.take_over(&gate.setup().users(&[ADMIN, changed])).await;
    assert_eq!(status(&gate, ME, &operator).await, 401);
    assert_eq!(status(&gate, ME, &admin).await, 200);
    assert_eq!(gate.send(Ask::login(OPERATOR.name, OPERATOR.password)).await.status, 401);
    assert_eq!(status(&gate, ME, &gate.login(&changed).await).await, 200);
}

#[tokio::test]
async fn somebody_else_of_the_same_name_does_not_inherit_its_tokens() {
    let gate = Setup::new().start().await;
    let token = gate.login(&OPERATOR).await;
    gate.take_over(&gate.setup().users(&[ADMIN])).await;
    let (password, hash) = OTHER_PASSWORD;
    gate.take_over(&gate.setup().users(&[ADMIN, Person { password, hash, ..OPERATOR }])).await;
    assert_eq!(status(&gate, ME, &token).await, 401);
}

#[tokio::test]
async fn a_broken_file_leaves_everything_as_it_was_and_says_where_it_is_broken() {
    let gate = Setup::new().start().await;
    let token = gate.login(&OPERATOR).await;
    let text = gate.setup().users(&[ADMIN]).text(gate.file().parent().unwrap());
    for (number, (broken, place, hint)) in [
        (text.replace("  port: 0\n", "  prot: 0\n"), "bng.yaml:6:3: ", "did you mean `port`?"),
        (text.replace("tls: off", "tls: maybe"), "bng.yaml:7:8: ", "maybe"),
        (format!("{text}  - ]["), "bng.yaml:", ""),
        (text.replace("role: admin", "role: amdin"), "bng.yaml:10:", "did you mean `admin`?"),
    ]
    .into_iter()
    .enumerate()
    {
        gate.write(&broken);
        gate.signal(Signal::HUP);
        gate.log().said_again("the changed configuration is not taken over", number).await;
        let is_place = |event: &Value| {
            event["message"].as_str().is_some_and(|text| text.contains(place) && text.contains(hint))
        };
        gate.log().wait_for(place, is_place, 0).await;
        assert_eq!(status(&gate, ME, &token).await, 200, "{place}");
    }
    assert_eq!(gate.log().count(TAKEN_OVER), 0);
    gate.take_over(&gate.setup().users(&[ADMIN])).await;
    assert_eq!(status(&gate, ME, &token).await, 401);
}

#[tokio::test]
async fn a_file_that_is_gone_changes_nothing() {
    let gate = Setup::new().start().await;
    let token = gate.login(&OPERATOR).await;
    fs::remove_file(gate.file()).unwrap();
    gate.signal(Signal::HUP);
    gate.log().said("the changed configuration is not taken over").await;
    assert_eq!(status(&gate, ME, &token).await, 200);
}

#[tokio::test]
async fn who_was_deactivated_before_a_restart_is_so_after_it() {
    let gate = Setup::new().start().await;
    let (operator, admin) = (gate.login(&OPERATOR).await, gate.login(&ADMIN).await);
    let deactivated = gate.setup().users(&[ADMIN, OPERATOR.but("role: operator, active: false")]);
    gate.take_over(&deactivated).await;
    let gate = gate.restart_with(deactivated).await;
    assert_eq!(status(&gate, ME, &operator).await, 401);
    assert_eq!(status(&gate, ME, &admin).await, 200);
}

#[tokio::test]
async fn routes_and_roles_change_with_the_users_as_one_whole() {
    let bng = Bng::start().await;
    let gate = Setup::before(bng.address()).start().await;
    let viewer = gate.login(&VIEWER).await;
    let nobody = gate.login(&NOBODY).await;
    assert_eq!(status(&gate, "/__echo/x", &viewer).await, 403);
    let changed = gate
        .setup()
        .with("roles", "[{name: echoer, rights: ['echo:view']}]")
        .with("routes", "[{path: /__echo/**, require: {right: 'echo:view'}}]")
        .users(&[ADMIN, VIEWER.but("role: echoer"), NOBODY, FORMER]);
    gate.take_over(&changed).await;
    assert_eq!(status(&gate, "/__echo/x", &viewer).await, 200);
    assert_eq!(status(&gate, "/__echo/x", &nobody).await, 403);
}

#[tokio::test]
async fn what_only_a_restart_changes_is_named_and_the_rest_is_taken_over() {
    let gate = Setup::new().start().await;
    let token = gate.login(&OPERATOR).await;
    gate.take_over(&gate.setup().with("port", "1").with("workers", "1").users(&[ADMIN])).await;
    for key in ["port", "workers"] {
        assert_eq!(gate.log().count(&format!("a changed `{key}` needs a restart")), 1);
    }
    assert_eq!(status(&gate, ME, &token).await, 401);
}
