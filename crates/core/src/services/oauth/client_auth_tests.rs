//! Who a client is: by which ways it may say so, and that whatever is wrong reads alike.

use super::*;
use crate::domain::client::SubjectId;
use crate::services::clients::Clients;
use crate::services::testing::*;

/// `printf secret | sha256sum`
const HASH: &str = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

fn backup() -> Client {
    let secret = SecretHash::parse(HASH).unwrap();
    let client = Client { secret, ..client("Backup", &["operator"]) };
    Client { allow_from: ["192.0.2.0/24".parse().unwrap()].into(), ..client }
}

fn auth() -> (ClientAuth, Arc<Notebook>) {
    let notes: Arc<Notebook> = Arc::default();
    let policy = policy(Users(usual_users())).with_clients(Clients::new([backup()], notes.clone()));
    (ClientAuth::new(Arc::new(LivePolicy::new(policy)), notes.clone(), clock()), notes)
}

fn attempt(id: &str, secret: &str) -> ClientAttempt {
    ClientAttempt {
        client_id: id.to_owned(),
        secret: ClientSecret::new(secret.to_owned()),
        address: "192.0.2.7".parse().ok(),
        request_id: "request".to_owned(),
        decision_id: "decision".to_owned(),
    }
}

#[tokio::test]
async fn a_client_is_known_by_its_secret_and_no_user_of_that_name() {
    let (auth, notes) = auth();
    let known = auth.admit(attempt("bACKUP", "secret")).await.unwrap();
    assert_eq!((known.id().as_str(), known.actor.subject.as_str()), ("Backup", "client:Backup"));
    assert_eq!(known.standing.subject.id(), SubjectId::Client(backup().id));
    assert!(known.standing.subject.user().is_none());
    assert!(notes.take().is_empty());
}

#[tokio::test]
async fn whoever_is_unknown_shows_another_secret_or_comes_from_elsewhere_is_rejected_alike() {
    let (auth, notes) = auth();
    let elsewhere = ClientAttempt { address: "198.51.100.1".parse().ok(), ..attempt("backup", "secret") };
    for (attempt, subject, reason) in [
        (attempt("nobody", "secret"), None, "unknown client"),
        (attempt("admin", "secret"), None, "unknown client"),
        (attempt("no id at all", "secret"), None, "unknown client"),
        (attempt("backup", "Secret"), Some("client:Backup"), "wrong secret"),
        (elsewhere, Some("client:Backup"), "the client may not come from this address"),
    ] {
        assert!(matches!(auth.admit(attempt).await, Err(ClientAuthError::Rejected)), "{reason}");
        let [record] = &notes.take()[..] else { unreachable!("{reason}") };
        assert_eq!((record.subject.as_deref(), record.reason.as_str()), (subject, reason));
        assert_eq!((record.action.as_str(), record.verdict), ("client.authenticate", Verdict::Refused));
        assert_eq!(record.decision_id.as_deref(), Some("decision"));
    }
}

#[tokio::test]
async fn whoever_guesses_is_slowed_down_and_the_right_secret_is_not_looked_at_meanwhile() {
    let (auth, notes) = auth();
    for _ in 0..5 {
        assert!(matches!(auth.admit(attempt("backup", "guess")).await, Err(ClientAuthError::Rejected)));
    }
    for secret in ["guess", "secret"] {
        let held = auth.admit(attempt("backup", secret)).await;
        assert!(matches!(held, Err(ClientAuthError::Throttled { .. })), "{secret}");
    }
    assert_eq!(notes.take().last().unwrap().reason, "too many failed attempts");
}
