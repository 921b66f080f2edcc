//! One's own password: whoever knows the present one gets another; and a token that was found is no way to guess it.

use portcullis_tests::cast::OPERATOR;
use serde_json::json;

use super::{PASSWORD, PHRASE, ask, fault, faults, is_alive, login, stored, told};

#[tokio::test]
async fn another_password_makes_an_end_of_every_token_of_its_user() {
    let gate = stored().await;
    let (first, second) = (gate.login(&OPERATOR).await, gate.login(&OPERATOR).await);
    let body = json!({ "current": OPERATOR.password, "new": PHRASE });
    let changed = ask(&gate, &first, "POST", PASSWORD, &body).await;
    assert_eq!((changed.status, changed.text().as_str()), (204, ""));
    assert!(!is_alive(&gate, &first).await && !is_alive(&gate, &second).await);
    assert_eq!(login(&gate, OPERATOR.name, OPERATOR.password).await, Err(401));
    let third = login(&gate, OPERATOR.name, PHRASE).await.unwrap();
    let gate = gate.restart().await;
    assert!(is_alive(&gate, &third).await && !is_alive(&gate, &first).await);
}

#[tokio::test]
async fn after_all_sessions_were_ended_once_it_works_as_before() {
    let gate = stored().await;
    let admin = gate.login(&portcullis_tests::cast::ADMIN).await;
    let path = "/api/v1/auth/users/operator/sessions";
    assert_eq!(ask(&gate, &admin, "DELETE", path, &serde_json::Value::Null).await.status, 204);
    let operator = gate.login(&OPERATOR).await;
    let body = json!({ "current": OPERATOR.password, "new": PHRASE });
    assert_eq!(ask(&gate, &operator, "POST", PASSWORD, &body).await.status, 204);
    assert!(login(&gate, OPERATOR.name, PHRASE).await.is_ok());
}

#[tokio::test]
async fn a_wrong_one_changes_nothing_and_guesses_are_held_as_those_of_a_login() {
    let gate = stored().await;
    let operator = gate.login(&OPERATOR).await;
    let guess = json!({ "current": "a guess", "new": PHRASE });
    for _ in 0..5 {
        let refused = told(&gate, &operator, "POST", PASSWORD, &guess).await;
        assert_eq!(refused, (403, "Current password is wrong".to_owned()));
    }
    let right = json!({ "current": OPERATOR.password, "new": PHRASE });
    let held = ask(&gate, &operator, "POST", PASSWORD, &right).await;
    assert_eq!((held.status, held.detail().as_str()), (429, "Too many failed logins"));
    assert!(held.field("retry-after").is_some() && held.field("portcullis-decision").is_some());
    assert_eq!(
        login(&gate, OPERATOR.name, OPERATOR.password).await,
        Err(429),
        "the count is one with the login's"
    );
    assert!(is_alive(&gate, &operator).await);
}

#[tokio::test]
async fn what_is_no_acceptable_password_is_told_by_each_rule() {
    let gate = stored().await;
    let operator = gate.login(&OPERATOR).await;
    let body = json!({ "current": OPERATOR.password, "new": "Operator" });
    let place = || json!(["body", "new"]);
    let expected =
        [fault("value_error", place()), fault("value_error", place()), fault("value_error", place())];
    assert_eq!(
        faults(&gate, &operator, "POST", PASSWORD, &body).await,
        expected,
        "too short, the name, common"
    );
    let missing = faults(&gate, &operator, "POST", PASSWORD, &json!({ "new": 1, "old": "x" })).await;
    assert_eq!(
        missing,
        [
            fault("missing", json!(["body", "current"])),
            fault("string_type", place()),
            fault("extra_forbidden", json!(["body", "old"])),
        ]
    );
    assert!(is_alive(&gate, &operator).await);
}
