//! The secret that tokens are signed with: changed, kept in a file, or made up for the time being.

use std::fs;

use portcullis_tests::ask::Ask;
use portcullis_tests::cast::OPERATOR;
use portcullis_tests::gate::Gate;
use portcullis_tests::setup::Setup;
use portcullis_tests::token::{HEADER, OTHER_SECRET, SECRET, signed};

const VARIABLE: &str = "ABNG_API_SECRET";
const PREVIOUS: &str = "ABNG_API_SECRET_PREVIOUS";

async fn status(gate: &Gate, token: &str) -> u16 {
    gate.send(Ask::get("/api/v1/auth/me").bearer(token)).await.status
}

/// The same claims, signed with another secret.
fn resigned(token: &str, secret: &str) -> String {
    signed(secret, HEADER, token.split('.').nth(1).unwrap())
}

#[tokio::test]
async fn the_previous_secret_verifies_and_does_not_sign() {
    let gate = Setup::new().environment(PREVIOUS, OTHER_SECRET).start().await;
    let token = gate.login(&OPERATOR).await;
    assert_eq!(resigned(&token, SECRET), token);
    assert_eq!(status(&gate, &resigned(&token, OTHER_SECRET)).await, 200);
    assert_eq!(status(&gate, &resigned(&token, "a third secret, that nobody ever told us")).await, 401);
}

#[tokio::test]
async fn without_a_previous_secret_a_new_one_ends_the_tokens_of_the_old() {
    let old = Setup::new().start().await;
    let token = old.login(&OPERATOR).await;
    let new = Setup::new().environment(VARIABLE, OTHER_SECRET).start().await;
    assert_eq!(status(&new, &token).await, 401);
    let in_between =
        Setup::new().environment(VARIABLE, OTHER_SECRET).environment(PREVIOUS, SECRET).start().await;
    assert_eq!(status(&in_between, &token).await, 200);
}

#[tokio::test]
async fn a_secret_in_a_file_is_the_secret_without_its_last_line_feed() {
    let folder = tempfile::tempdir().unwrap();
    let (current, previous) = (folder.path().join("current"), folder.path().join("previous"));
    fs::write(&current, format!("{SECRET}\n")).unwrap();
    fs::write(&previous, OTHER_SECRET).unwrap();
    let gate = Setup::new()
        .without_environment(VARIABLE)
        .environment("ABNG_API_SECRET_FILE", current.to_str().unwrap())
        .environment("ABNG_API_SECRET_PREVIOUS_FILE", previous.to_str().unwrap())
        .start()
        .await;
    let token = gate.login(&OPERATOR).await;
    assert_eq!(resigned(&token, SECRET), token);
    assert_eq!(status(&gate, &resigned(&token, OTHER_SECRET)).await, 200);
}

#[tokio::test]
async fn with_the_same_secret_tokens_survive_a_restart() {
    let gate = Setup::new().start().await;
    let token = gate.login(&OPERATOR).await;
    let gate = gate.restart().await;
    assert_eq!(status(&gate, &token).await, 200);
}

#[tokio::test]
async fn a_random_secret_is_warned_of_and_ends_with_the_process() {
    let gate = Setup::new().without_environment(VARIABLE).start().await;
    assert_eq!(gate.log().count("ABNG_API_SECRET is not set"), 1);
    let token = gate.login(&OPERATOR).await;
    assert_eq!(status(&gate, &token).await, 200);
    let gate = gate.restart().await;
    assert_eq!(status(&gate, &token).await, 401);
}

#[tokio::test]
async fn a_random_secret_that_signs_nothing_is_not_warned_of() {
    let setup = Setup::new().with("token", "{algorithm: EdDSA}").without_environment(VARIABLE);
    let gate = setup.start().await;
    assert_eq!(gate.log().count("ABNG_API_SECRET is not set"), 0);
    let token = gate.login(&OPERATOR).await;
    let gate = gate.restart().await;
    assert_eq!(status(&gate, &token).await, 200);
}
