//! What the gate records, and whom it tells what it decided.

use mockall::predicate::{eq, function};

use super::*;

#[tokio::test]
async fn a_shadow_route_lets_through_what_it_would_refuse_and_says_so() {
    let world = World::usual();
    let permit = world.ask("GET", "/trial", Credential::Bearer("operator")).await.unwrap();
    assert_eq!(permit.shadowed().unwrap().to_string(), "Admin role required");
    let records = world.ledger.take();
    assert_eq!(records.len(), 1);
    assert_eq!((records[0].verdict, records[0].reason.as_str()), (Verdict::Shadowed, "Admin role required"));
    assert!(world.ask("GET", "/trial", Credential::Bearer("admin")).await.unwrap().shadowed().is_none());
    assert_eq!(world.ledger.take(), []);
    assert_eq!(world.refusal("GET", "/trial", "garbage").await.code(), "invalid_token");
}

#[tokio::test]
async fn mutating_calls_are_recorded_and_plain_reads_are_not() {
    let world = World::usual();
    for method in ["GET", "HEAD", "OPTIONS"] {
        assert!(world.passes(method, "/any/x", "operator").await);
        assert_eq!(world.ledger.take(), [], "{method}");
    }
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        assert!(world.passes(method, "/any/x?secret=1", "operator").await);
        let [record] = &world.ledger.take()[..] else { unreachable!("{method} makes one record") };
        assert_eq!(record.action, format!("{method} /any/x"));
        assert_eq!((record.verdict, record.time, &*record.request_id), (Verdict::Allowed, NOW, "request"));
        assert_eq!((record.subject.as_deref(), record.route.as_deref()), (Some("operator"), Some("/any/**")));
        assert_eq!(record.decision_id, None);
    }
}

#[tokio::test]
async fn every_refusal_is_recorded_under_the_id_that_the_client_is_told() {
    let world = World::usual();
    let mut told = vec![];
    for (method, target, token, subject) in [
        ("GET", "/a/..", "admin", None),
        ("TRACE", "/any", "admin", None),
        ("MKCOL", "/any", "admin", None),
        ("GET", "/any", "garbage", None),
        ("GET", "/any", "former", None),
        ("GET", "/devices?realm=a&realm=b", "tech", Some("tech")),
        ("GET", "/devices?realm=pop-mel", "tech", Some("tech")),
    ] {
        let refused = world.ask(method, target, Credential::Bearer(token)).await.unwrap_err();
        let [record] = &world.ledger.take()[..] else { unreachable!("{method} {target} makes one record") };
        assert_eq!(record.verdict, Verdict::Refused);
        assert_eq!((record.subject.as_deref(), &record.reason), (subject, &refused.refusal.to_string()));
        assert_eq!(record.decision_id.as_ref(), Some(&refused.decision_id));
        assert_eq!(record.route.as_deref(), refused.route.as_ref().map(|route| route.id.as_str()));
        assert!(!told.contains(&refused.decision_id));
        told.push(refused.decision_id);
    }
}

#[tokio::test]
async fn a_record_holds_the_realm_and_the_beginning_of_the_path() {
    let world = World::usual();
    world.refusal("GET", "/devices?realm=Pop-Mel", "tech").await;
    assert_eq!(world.ledger.take()[0].realm.as_ref().map(Realm::as_str), Some("Pop-Mel"));
    world.refusal("GET", &format!("/{}#fragment", "x".repeat(8000)), "tech").await;
    assert_eq!(world.ledger.take()[0].action, format!("GET /{}", "x".repeat(255)));
}

#[tokio::test]
async fn what_can_not_be_seen_is_written_out_in_a_record() {
    let world = World::usual();
    world.refusal("G\u{9b}T", "/a\u{202e}b\u{85}\u{2028}c\u{1b}[2J?\u{2066}", "tech").await;
    let record = world.ledger.take().remove(0);
    assert_eq!(record.action, "G\\u{9b}T /a\\u{202e}b\\u{85}\\u{2028}c\\u{1b}[2J");
    world.refusal("GET", "/devices?realm=pop%E2%80%AEmel", "tech").await;
    assert!(!format!("{:?}", world.ledger.take()).contains('\u{202e}'));
    let (credential, fields) = (Credential::Absent, &NoFields);
    let view = RequestView { method: "GET", target: "/", credential, fields, id: "request", address: None };
    world.gate.record_misframed(&view, "field x\u{9b}\u{2066}\n");
    assert_eq!(world.ledger.take()[0].reason, "field x\\u{9b}\\u{2066}\\u{a}");
}

#[tokio::test]
async fn the_observer_sees_each_decision_once() {
    let mut observer = MockDecisionObserver::new();
    let is_any = |permit: &Permit| permit.route().id.as_str() == "/any/**";
    observer.expect_passed().with(eq("DELETE"), function(is_any)).times(1).return_const(());
    let is_forbidden = |refused: &Refused| refused.refusal.code() == "role_required";
    observer.expect_refused().with(eq("GET"), function(is_forbidden)).times(1).return_const(());
    let live = Arc::new(LivePolicy::new(policy(Users(usual_users()))));
    let gate = observed(live, Tokens::of(&usual_users()), Arc::new(Notebook::default()), observer);
    let world = World { gate, ..World::usual() };
    assert!(world.passes("DELETE", "/any/x", "operator").await);
    world.refusal("GET", "/admin", "operator").await;
}
