//! The layer, the front door and forward-auth, asked the same: whoever is let in by one is let in by all, for the same
//! reason, and a service behind the layer sees what an upstream sees.

#[path = "../../../../../xtask/src/interop/corpus.rs"]
mod corpus;
#[path = "../../../../../xtask/src/interop/routes.rs"]
mod routes;

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use http::{HeaderValue, Request, Uri};
use http_body_util::Empty;
use tokio::net::TcpListener;

use self::corpus::{Generated, Who, detours, requests};
use self::routes::ROUTES;
use super::{Answer, CLIENT, Embedded, connection, from};

/// How many requests are generated. Some are none that HTTP knows, and never come to anybody.
const GENERATED: usize = 14_000;

/// Says what it sees, in a field, since HEAD has no body.
fn echo() -> Router {
    Router::new().fallback(async |request: Request<Body>| {
        let target = request.uri().path_and_query().map_or("", |target| target.as_str());
        // Whether a length is told when there is no body is up to who frames the request.
        let fields = request.headers().iter().filter(|(name, _)| *name != "content-length");
        let mut fields: Vec<_> =
            fields.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        fields.sort();
        let seen = format!("{} {target} | {}", request.method(), fields.join(" | "));
        ([("seen", HeaderValue::from_str(&seen).unwrap())], "seen")
    })
}

/// What a client learns, but for what differs from one time to the next.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// The service got it, and saw this.
    Seen(String),
    /// One of our own endpoints got it, and answered with this status.
    Ours(u16),
    /// Nobody got it.
    Refused { status: u16, challenge: Option<String>, allow: Option<String>, body: String },
}

impl Verdict {
    fn of(answer: &Answer) -> Self {
        let field = |name| answer.field(name).map(str::to_owned);
        assert_eq!(answer.field("x-request-id"), Some("asked"));
        if let Some(seen) = field("seen") {
            return Self::Seen(seen);
        }
        let is_refused = answer.headers.contains_key("portcullis-decision");
        if !is_refused && (answer.status, field("allow")) != (404, None) {
            return Self::Ours(answer.status);
        }
        let (challenge, allow) = (field("www-authenticate"), field("allow"));
        Self::Refused { status: answer.status, challenge, allow, body: answer.body.clone() }
    }

    /// What forward-auth says of the same: whether it may pass, with the identity, and else the same words.
    fn told(&self, asked: &Answer) {
        match self {
            Self::Ours(_) => assert_eq!(asked.status, 200, "{self:?} {asked:?}"),
            Self::Seen(seen) => {
                assert_eq!(asked.status, 200, "{self:?} {asked:?}");
                for name in ["x-auth-user", "x-auth-roles", "x-auth-realms", "x-auth-session"] {
                    let said = format!("| {name}: {}", asked.field(name).unwrap());
                    assert!(seen.contains(&said), "{self:?} {asked:?}");
                }
            }
            Self::Refused { status, challenge, body, .. } => {
                assert_eq!(asked.status, if *status == 401 { 401 } else { 403 }, "{self:?} {asked:?}");
                assert_eq!(asked.field("www-authenticate"), challenge.as_deref(), "{self:?} {asked:?}");
                // An answer to HEAD has none, and the question is none.
                assert!(body.is_empty() || asked.body == *body, "{self:?} {asked:?}");
            }
        }
    }
}

fn with_token<B>(generated: &Generated, tokens: &BTreeMap<&str, String>, request: &mut Request<B>) {
    let token = match generated.who {
        Who::Nobody => None,
        Who::Garbage => Some("garbage".to_owned()),
        // The signature is that of another token.
        Who::Forged => {
            let (stem, _) = tokens["admin"].rsplit_once('.').unwrap();
            let (_, signature) = tokens["operator"].rsplit_once('.').unwrap();
            Some(format!("{stem}.{signature}"))
        }
        Who::Operator => Some(tokens["operator"].clone()),
        Who::Local => Some(tokens["local"].clone()),
        Who::Admin => Some(tokens["admin"].clone()),
    };
    let fields = request.headers_mut();
    if let Some(token) = token {
        fields.insert("authorization", HeaderValue::from_str(&format!("Bearer {token}")).unwrap());
    }
    if let Some(realm) = generated.realm {
        fields.insert("realm", HeaderValue::from_static(realm));
    }
}

#[tokio::test]
async fn ten_thousand_requests_are_decided_alike_by_the_layer_the_front_door_and_forward_auth() {
    let upstream = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = upstream.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(upstream, echo()).await });
    let api = format!("  trusted_proxies: [127.0.0.1]\n  upstream: http://{address}\n{ROUTES}");
    let embedded = Embedded::open(&api).await;
    let tokens = embedded.tokens().await;
    let service = echo();
    let mut line = connection(&embedded).await;

    let mut verdicts: BTreeMap<&str, usize> = BTreeMap::new();
    for generated in detours().into_iter().chain(requests(GENERATED)) {
        if generated.target.parse::<Uri>().is_err() {
            continue;
        }
        let asked = || from(CLIENT, generated.method, &generated.target);
        let mut request = asked().body(Body::empty()).unwrap();
        with_token(&generated, &tokens, &mut request);
        let by_layer = Verdict::of(&embedded.ask(&service, request).await);

        let mut request = asked().body(Empty::new()).unwrap();
        with_token(&generated, &tokens, &mut request);
        line.ready().await.unwrap();
        let by_door = Verdict::of(&Answer::read(line.send_request(request).await.unwrap()).await);
        assert_eq!(by_layer, by_door, "{generated:?}");

        // What has an authority, or none and no path, is no target that a proxy would ask about.
        if generated.target.starts_with('/') {
            let target = generated.target.parse::<Uri>().unwrap();
            let question = from("127.0.0.1", "GET", "/api/v1/auth/verify")
                .header("x-original-method", generated.method)
                .header("x-original-uri", target.path_and_query().unwrap().as_str());
            let mut question = question.body(Body::empty()).unwrap();
            with_token(&generated, &tokens, &mut question);
            by_layer.told(&embedded.ask(&service, question).await);
        }
        let kind = match by_layer {
            Verdict::Seen(_) => "seen",
            Verdict::Ours(_) => "ours",
            Verdict::Refused { status: 400, .. } => "400",
            Verdict::Refused { status: 401, .. } => "401",
            Verdict::Refused { status: 403, .. } => "403",
            Verdict::Refused { status: 404, .. } => "404",
            Verdict::Refused { status: 405, .. } => "405",
            Verdict::Refused { .. } => "another refusal",
        };
        *verdicts.entry(kind).or_default() += 1;
    }
    assert!(verdicts.values().sum::<usize>() >= 10_000, "{verdicts:?}");
    for kind in ["seen", "ours", "400", "401", "403", "404", "405"] {
        assert!(verdicts.get(kind).is_some_and(|number| *number >= 10), "{kind}: {verdicts:?}");
    }
}
