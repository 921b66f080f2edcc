//! Whatever is asked, by whomever, over HTTP and over gRPC: the same answer, to the byte.

#[path = "../../../xtask/src/interop/corpus.rs"]
mod corpus;
#[path = "../../../xtask/src/interop/routes.rs"]
mod routes;

use std::collections::BTreeMap;

use portcullis_tests::ask::{Answer, Ask};
use portcullis_tests::cast::{ADMIN, OPERATOR, VIEWER};
use portcullis_tests::client::Protocol;
use portcullis_tests::gate::Gate;
use portcullis_tests::setup::Setup;

use self::corpus::{Generated, Who, detours, requests};
use self::routes::ROUTES;
use crate::envoy::{Envoy, Held, Told};

const GENERATED: usize = 10_000;

async fn gate() -> Gate {
    let local = VIEWER.but("grants: [{role: viewer, realm: pop-syd}]");
    let setup =
        Setup::new().users(&[ADMIN, OPERATOR, local]).with("routes", ROUTES.trim_start_matches("  routes:"));
    setup.with("ext_authz", "127.0.0.1:0").with("trusted_proxies", "[127.0.0.1]").start().await
}

/// What is compared of an answer: the status, what the client or the upstream gets to see, and the body.
type Seen = (u16, [Option<String>; 8], String);

const COMPARED: [&str; 8] = [
    "x-auth-user",
    "x-auth-roles",
    "x-auth-realms",
    "x-auth-session",
    "www-authenticate",
    "allow",
    "content-type",
    "cache-control",
];

fn over_http(answer: &Answer) -> Seen {
    (answer.status, COMPARED.map(|name| answer.field(name).map(str::to_owned)), answer.text())
}

fn over_grpc(told: &Told) -> Seen {
    let status = u16::try_from(told.status).unwrap();
    (status, COMPARED.map(|name| told.field(name).map(str::to_owned)), told.body.clone())
}

#[tokio::test]
async fn ten_thousand_questions_are_answered_alike_over_http_and_over_grpc() {
    let gate = gate().await;
    let (admin, operator) = (gate.login(&ADMIN).await, gate.login(&OPERATOR).await);
    let local = gate.login(&VIEWER).await;
    let (stem, _) = admin.rsplit_once('.').unwrap();
    let (_, signature) = operator.rsplit_once('.').unwrap();
    let forged = format!("{stem}.{signature}");
    let token = |request: &Generated| match request.who {
        Who::Nobody => None,
        Who::Garbage => Some("garbage"),
        Who::Forged => Some(forged.as_str()),
        Who::Operator => Some(operator.as_str()),
        Who::Local => Some(local.as_str()),
        Who::Admin => Some(admin.as_str()),
    };
    let (mut client, mut envoy) = (gate.client(Protocol::Http1), Envoy::of(&gate).await);
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    for request in detours().into_iter().chain(requests(GENERATED)) {
        let mut ask = Ask::get("/api/v1/auth/verify")
            .field("x-original-method", request.method)
            .field("x-original-uri", &request.target);
        let mut held = Held::new(request.method, &request.target);
        let token = token(&request).map(|token| ("authorization", format!("Bearer {token}")));
        for (name, value) in token.into_iter().chain(request.realm.map(|realm| ("realm", realm.to_owned()))) {
            ask = ask.field(name, &value);
            held = held.field(name, &value);
        }
        let answer = over_http(&client.send(ask).await);
        assert_eq!(over_grpc(&envoy.asks(&held).await), answer, "{request:?}");
        *statuses.entry(answer.0).or_default() += 1;
    }
    assert!(statuses.values().sum::<usize>() >= GENERATED, "{statuses:?}");
    for status in [200, 401, 403] {
        assert!(statuses.get(&status).is_some_and(|number| *number >= 1000), "{status}: {statuses:?}");
    }
}
