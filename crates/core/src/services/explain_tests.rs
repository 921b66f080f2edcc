//! The explanation: it agrees with the gate, and says why.

use std::sync::Arc;

use super::super::policy::LivePolicy;
use super::super::testing::*;
use super::*;
use crate::domain::request::{Credential, RequestView};

async fn explained(who: &str, method: &str, target: &str, realm: Option<&str>) -> Explanation {
    let policy = policy(Users(usual_users()));
    let standing = policy.standing(&name(who)).await.unwrap().unwrap();
    let realm = realm.map(|realm| Realm::parse(realm).unwrap());
    explain(&policy, &standing, &Question { method, target, realm })
}

#[tokio::test]
async fn it_says_what_the_gate_would_say() {
    let live = Arc::new(LivePolicy::new(policy(Users(usual_users()))));
    let gate = gate(live, Tokens::of(&usual_users()), Arc::new(Notebook::default()));
    for who in ["admin", "operator", "tech", "newcomer", "former", "console"] {
        for method in ["GET", "HEAD", "DELETE", "MKCOL", "TRACE"] {
            for target in [
                "/public",
                "/any/x",
                "/admin",
                "/trial",
                "/realms",
                "/devices",
                "/devices?realm=pop-syd",
                "/nowhere",
                "/devices?realm=pop-mel",
                "/devices?realm=a&realm=b",
                "/a/..",
                "/ADMIN",
                "/api/v1/auth/me",
                "/api/v1/auth/login",
                "/api/v1/auth/explain",
                "/api/v1/auth/explain?user=operator",
                "/api/v1/auth/explain?user=admin&user=operator",
                "",
            ] {
                let credential = Credential::Bearer(who);
                let fields = &NoFields;
                let view = RequestView { method, target, credential, fields, id: "request", address: None };
                let explanation = explained(who, method, target, None).await;
                match gate.admit(&view).await {
                    Ok(permit) => {
                        assert!(explanation.allowed, "{who} {method} {target}: {explanation:?}");
                        assert_eq!(explanation.missing.as_ref(), permit.shadowed());
                        assert_eq!(explanation.route.as_ref(), Some(&permit.route().id));
                    }
                    Err(refused) => {
                        assert!(!explanation.allowed, "{who} {method} {target}: {explanation:?}");
                        assert_eq!(explanation.reason, refused.refusal.to_string());
                        assert_eq!(explanation.route.as_ref(), refused.route.as_ref().map(|route| &route.id));
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn it_names_the_route_the_requirement_and_what_is_missing() {
    let explanation = explained("operator", "GET", "/admin", None).await;
    assert_eq!(explanation.route.unwrap().as_str(), "/admin");
    assert_eq!(explanation.requires.as_deref(), Some("role admin"));
    assert_eq!(explanation.reason, "Admin role required");
    assert_eq!(explanation.missing.unwrap().to_string(), "Admin role required");
    let looked: Vec<_> = explanation.grants.iter().map(|looked| looked.role.as_str()).collect();
    assert_eq!(looked, ["operator"]);
}

#[tokio::test]
async fn a_realm_can_be_asked_about_that_the_request_does_not_name() {
    for (realm, allowed) in [(Some("pop-syd"), true), (Some("pop-mel"), false), (None, false)] {
        assert_eq!(explained("tech", "GET", "/devices", realm).await.allowed, allowed, "{realm:?}");
        // It is not asked about where the route has none.
        assert!(!explained("tech", "GET", "/realms", realm).await.allowed);
    }
    let explanation = explained("tech", "GET", "/devices", Some("pop-mel")).await;
    assert_eq!(explanation.reason, "Right 'device:view' required in realm 'pop-mel'");
    let words = "right device:view in the realm that the query parameter `realm` names";
    assert_eq!(explanation.requires.as_deref(), Some(words));
}

#[tokio::test]
async fn a_shadow_route_is_open_and_says_what_it_would_refuse() {
    let explanation = explained("operator", "GET", "/trial", None).await;
    assert!(explanation.allowed && explanation.missing.is_some());
    assert_eq!(explanation.reason, "the route is not enforced; it would refuse: Admin role required");
}

#[tokio::test]
async fn a_path_that_leads_nowhere_has_no_route() {
    let explanation = explained("admin", "GET", "/a//b", None).await;
    assert_eq!((explanation.route, explanation.requires, explanation.missing), (None, None, None));
    assert_eq!(explanation.reason, "ambiguous request path: the path holds an empty segment");
}
