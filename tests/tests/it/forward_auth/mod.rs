//! `/api/v1/auth/verify`: what another proxy is told of a request that it holds in its hand.

mod agreement;

use portcullis_tests::ask::{Answer, Ask};
use portcullis_tests::cast::{ADMIN, NOBODY, OPERATOR, VIEWER};
use portcullis_tests::client::Protocol;
use portcullis_tests::gate::Gate;
use portcullis_tests::line::Line;
use portcullis_tests::setup::Setup;

const VERIFY: &str = "/api/v1/auth/verify";
const IDENTITY: [&str; 4] = ["x-auth-user", "x-auth-roles", "x-auth-realms", "x-auth-session"];

fn setup() -> Setup {
    Setup::new().with("trusted_proxies", "[127.0.0.1]")
}

/// The two families of fields.
#[derive(Debug, Clone, Copy)]
enum Family {
    Traefik,
    Nginx,
}

const FAMILIES: [Family; 2] = [Family::Traefik, Family::Nginx];

impl Family {
    /// Adds what this family says of a request.
    fn about(self, ask: Ask, method: &str, uri: &str) -> Ask {
        self.fields(method, uri).iter().fold(ask, |ask, (name, value)| ask.field(name, value))
    }

    fn fields(self, method: &str, uri: &str) -> Vec<(&'static str, String)> {
        let host = "bng.example".to_owned();
        let (method, uri) = (method.to_owned(), uri.to_owned());
        match self {
            Self::Traefik => {
                vec![("x-forwarded-method", method), ("x-forwarded-uri", uri), ("x-forwarded-host", host)]
            }
            Self::Nginx => vec![("x-original-method", method), ("x-original-uri", uri)],
        }
    }
}

/// A question about a request.
fn about(method: &str, uri: &str) -> Ask {
    Family::Traefik.about(Ask::get(VERIFY), method, uri)
}

fn identity(answer: &Answer) -> [Option<&str>; 4] {
    IDENTITY.map(|name| answer.field(name))
}

#[tokio::test]
async fn who_is_no_trusted_proxy_is_told_nothing_else_whatever_he_sends() {
    for proxies in ["[]", "[192.0.2.1, \"::1\", 127.0.0.2]"] {
        let gate = Setup::new().with("trusted_proxies", proxies).start().await;
        let token = gate.login(&ADMIN).await;
        for method in ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] {
            let bare = || Ask::new(method, VERIFY);
            for ask in [
                bare(),
                bare().bearer(&token),
                bare().bearer("garbage"),
                Family::Traefik.about(bare().bearer(&token), "GET", "/api/v1/subscribers"),
                Family::Nginx.about(bare(), "GET", "/api/v1/health"),
                Family::Nginx.about(Family::Traefik.about(bare(), "TRACE", "//"), "?", "?"),
                bare().field("x-forwarded-for", "127.0.0.2").field("x-real-ip", "192.0.2.1"),
            ] {
                let answer = gate.send(ask.clone()).await;
                assert_eq!(answer.status, 403, "{ask:?}");
                assert_eq!(identity(&answer), [None; 4], "{ask:?}");
                if method != "HEAD" {
                    assert_eq!(answer.detail(), "Not a trusted proxy", "{ask:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn the_peer_counts_and_not_whom_it_speaks_for() {
    let gate = Setup::new().with("trusted_proxies", "[127.0.0.2]").start().await;
    for (peer, expected) in [("127.0.0.2", 200), ("127.0.0.1", 403), ("127.0.0.3", 403)] {
        for client in ["192.0.2.7", "127.0.0.2"] {
            let ask = about("GET", "/api/v1/health").field("x-forwarded-for", client);
            let answer = Line::tcp_from(peer.parse().unwrap(), gate.address()).await.send(ask).await;
            assert_eq!(answer.status, expected, "{peer} for {client}");
        }
    }
}

#[tokio::test]
async fn who_may_pass_passes_with_the_identity_that_the_upstream_is_to_see() {
    let gate = setup().start().await;
    let token = gate.login(&OPERATOR).await;
    let session = portcullis_tests::token::claims(&token)["sid"].as_str().unwrap().to_owned();
    for family in FAMILIES {
        let ask = family.about(Ask::get(VERIFY).bearer(&token), "GET", "/api/v1/subscribers?limit=1");
        // What a client would like to be said of him goes no further.
        let answer = gate.send(ask.field("x-auth-user", "admin").field("x-auth-roles", "admin")).await;
        assert_eq!((answer.status, answer.body.len()), (200, 0), "{family:?}");
        let expected = [Some("operator"), Some("operator"), Some("*"), Some(session.as_str())];
        assert_eq!(identity(&answer), expected, "{family:?}");
        assert_eq!((answer.field("location"), answer.is_refusal()), (None, false));
    }
}

#[tokio::test]
async fn where_nobody_need_be_known_the_identity_is_there_and_empty() {
    let gate =
        setup().with("routes", "[{path: /open, require: public}, {path: /any, require: authenticated}]");
    let gate = gate.start().await;
    let token = gate.login(&NOBODY).await;
    for (ask, user) in [
        (about("GET", "/open"), ""),
        (about("GET", "/open").bearer(&token), ""),
        (about("DELETE", "/open").bearer("garbage"), ""),
        (about("POST", "/api/v1/auth/login"), ""),
        (about("GET", "/any").bearer(&token), "nobody"),
    ] {
        let answer = gate.send(ask.clone()).await;
        assert_eq!((answer.status, answer.body.len()), (200, 0), "{ask:?}");
        assert_eq!(answer.field("x-auth-user"), Some(user), "{ask:?}");
        assert!(identity(&answer).iter().all(Option::is_some), "{ask:?}: {answer:?}");
        assert_eq!(answer.field("x-auth-roles"), Some(""), "{ask:?}");
    }
}

#[tokio::test]
async fn who_is_not_known_is_401_with_the_challenge_that_the_gate_would_give() {
    let gate = setup().start().await;
    let expired = portcullis_tests::token::with_claims(&gate.login(&ADMIN).await, |claims| {
        claims["exp"] = serde_json::json!(claims["iat"].as_i64().unwrap() - 1);
    });
    let path = "/api/v1/subscribers";
    for family in FAMILIES {
        let ask = || family.about(Ask::get(VERIFY), "GET", path);
        let unknown = gate.send(ask()).await;
        assert_eq!((unknown.status, unknown.field("www-authenticate")), (401, Some("Bearer")));
        assert_eq!(unknown.detail(), "Could not validate credentials");
        assert_eq!(identity(&unknown), [None; 4]);
        for token in ["garbage", &expired] {
            let bad = gate.send(ask().bearer(token)).await;
            let challenge = Some("Bearer error=\"invalid_token\"");
            assert_eq!((bad.status, bad.field("www-authenticate")), (401, challenge), "{token}");
        }
    }
}

#[tokio::test]
async fn who_may_not_is_403_and_told_what_he_would_need() {
    let gate = setup().start().await;
    let operator = gate.login(&OPERATOR).await;
    let viewer = gate.login(&VIEWER).await;
    for family in FAMILIES {
        for (method, path, token, detail) in [
            ("DELETE", "/api/v1/subscribers/sub-1001", &operator, "Admin role required"),
            ("GET", "/api/v1/webhooks", &operator, "Admin role required"),
            ("GET", "/api/v1/subscribers", &viewer, "Admin or operator role required"),
        ] {
            let answer = gate.send(family.about(Ask::get(VERIFY).bearer(token), method, path)).await;
            assert_eq!((answer.status, answer.detail().as_str()), (403, detail), "{method} {path}");
            assert!(answer.is_refusal());
            assert_eq!(identity(&answer), [None; 4]);
        }
    }
}

#[tokio::test]
async fn what_the_gate_answers_400_or_405_is_403_here_and_the_body_says_which() {
    let gate = setup().start().await;
    let admin = gate.login(&ADMIN).await;
    for family in FAMILIES {
        for (method, uri, detail, code) in [
            ("GET", "/api/v1/subscribers/../webhooks", "Ambiguous request path", "ambiguous_path"),
            ("GET", "/a//b", "Ambiguous request path", "ambiguous_path"),
            ("GET", "/API/v1/webhooks", "Ambiguous request path", "ambiguous_path"),
            ("GET", "api/v1/subscribers", "Ambiguous request path", "ambiguous_path"),
            ("GET", "http://bng.example/api/v1/subscribers", "Ambiguous request path", "ambiguous_path"),
            ("GET", "*", "Ambiguous request path", "ambiguous_path"),
            ("GET", "/caf\u{e9}", "Ambiguous request path", "ambiguous_path"),
            ("TRACE", "/api/v1/subscribers", "Method Not Allowed", "method_not_allowed"),
            ("CONNECT", "/api/v1/subscribers", "Method Not Allowed", "method_not_allowed"),
            ("PROPFIND", "/api/v1/subscribers", "Method Not Allowed", "method_not_allowed"),
            ("get", "/api/v1/subscribers", "Method Not Allowed", "method_not_allowed"),
            ("GET, DELETE", "/api/v1/subscribers", "Method Not Allowed", "method_not_allowed"),
            ("GET", "/api/v1/auth/login", "Method Not Allowed", "method_not_allowed"),
        ] {
            let answer = gate.send(family.about(Ask::get(VERIFY).bearer(&admin), method, uri)).await;
            assert_eq!((answer.status, answer.detail().as_str()), (403, detail), "{method} {uri}");
            assert_eq!(answer.json()["code"], code, "{method} {uri}");
            assert!(answer.is_refusal(), "{method} {uri}");
        }
    }
    let no_text =
        Ask::get(VERIFY).bearer(&admin).field("x-original-method", "GET").field("x-original-uri", b"/\xe9");
    assert_eq!(gate.send(no_text).await.status, 403);
}

/// Fields that ask about a request, or try to.
type Question = Vec<(String, String)>;

/// Questions that go wrong by one field of a whole family.
fn spoiled(family: &Question) -> Vec<Question> {
    let other = "/api/v1/webhooks".to_owned();
    let mut questions = vec![];
    for (index, (name, value)) in family.iter().enumerate() {
        let mut without = family.clone();
        without.remove(index);
        let mut add = |to: &Question, name: &str, value: &str| {
            questions.push([to.as_slice(), &[(name.to_owned(), value.to_owned())]].concat());
        };
        // Twice, the same or another; empty; in a spelling that a lenient server takes for it, beside it or alone.
        add(family, name, value);
        add(family, name, &other);
        add(&without, name, "");
        for spelled in [name.replace('-', "_"), name.replace('-', "."), name.replacen('-', "_", 1)] {
            add(family, &spelled, &other);
            add(&without, &spelled, value);
        }
        questions.push(without);
    }
    questions
}

#[tokio::test]
async fn a_question_that_can_be_read_in_two_ways_is_400() {
    let gate = setup().start().await;
    let admin = gate.login(&ADMIN).await;
    let ask = |question: &Question| {
        question.iter().fold(Ask::get(VERIFY).bearer(&admin), |ask, (name, value)| ask.field(name, value))
    };
    let [traefik, nginx] = FAMILIES.map(|family| -> Question {
        let fields = family.fields("GET", "/api/v1/health").into_iter();
        fields.map(|(name, value)| (name.to_owned(), value)).collect()
    });
    let mut questions =
        [vec![vec![], [&*traefik, &*nginx].concat()], spoiled(&traefik), spoiled(&nginx)].concat();
    // A field of one family beside the whole other.
    questions.extend(nginx.iter().map(|field| [&*traefik, std::slice::from_ref(field)].concat()));
    questions.extend(traefik.iter().map(|field| [&*nginx, std::slice::from_ref(field)].concat()));
    // What is no host at all.
    let host = |host: &str| [&traefik[..2], &[(traefik[2].0.clone(), host.to_owned())]].concat();
    questions.extend(["a b", "a/b", "a,b", "user@a"].map(host));
    for question in &questions {
        let answer = gate.send(ask(question)).await;
        let expected = (400, "Ambiguous forwarded request");
        assert_eq!((answer.status, answer.detail().as_str()), expected, "{question:?}");
        assert!(answer.json()["reason"].is_string(), "{question:?}");
        assert_eq!(identity(&answer), [None; 4], "{question:?}");
    }
    assert!(questions.len() > 50, "{}", questions.len());
    assert_eq!(gate.send(ask(&traefik)).await.status, 200);
    assert_eq!(gate.send(ask(&nginx)).await.status, 200);
}

#[tokio::test]
async fn the_proxy_may_ask_by_any_method_with_any_body_and_over_either_protocol() {
    let gate = setup().tls().start().await;
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let mut client = gate.client(protocol);
        let token = client.login(&OPERATOR).await;
        for method in ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] {
            for family in FAMILIES {
                let ask = || Ask::new(method, VERIFY).bearer(&token).body("text/plain", "x".repeat(20_000));
                let good = client.send(family.about(ask(), "GET", "/api/v1/qos")).await;
                assert_eq!((good.status, good.field("x-auth-user")), (200, Some("operator")), "{method}");
                let bad = client.send(family.about(ask(), "DELETE", "/api/v1/qos")).await;
                assert_eq!(bad.status, 403, "{method}");
            }
        }
    }
}

#[tokio::test]
async fn the_decision_is_recorded_as_the_one_about_the_client_s_request() {
    let gate = setup().start().await;
    let token = gate.login(&OPERATOR).await;
    let ask = about("DELETE", "/api/v1/subscribers/sub-1001?x=y").bearer(&token);
    let answer = gate.send(ask.field("x-forwarded-for", "192.0.2.7")).await;
    let id = answer.field("portcullis-decision").unwrap().to_owned();
    let event = gate.log().wait_for("the decision", |event| event["decision.id"] == id.as_str(), 0).await;
    assert_eq!(event["action"], "DELETE /api/v1/subscribers/sub-1001");
    assert_eq!(event["route"], "DELETE /api/v1/subscribers/{id}");
    assert_eq!((&event["subject"], &event["address"]), (&"operator".into(), &"192.0.2.7".into()));
}

#[tokio::test]
async fn a_token_beside_the_question_is_the_client_s_and_one_in_the_target_is_none() {
    let gate = setup().start().await;
    let token = gate.login(&ADMIN).await;
    let in_target = about("GET", &format!("/api/v1/subscribers?access_token={token}"));
    assert_eq!(gate.send(in_target).await.status, 401);
    let two = about("GET", "/api/v1/subscribers").bearer(&token).bearer(&token);
    assert_eq!(gate.send(two).await.status, 401);
}

async fn refusals(gate: &Gate) -> u64 {
    let metrics = gate.send(Ask::get("/metrics")).await.text();
    let lines = metrics.lines().filter(|line| line.contains("reason=\"role_required\""));
    lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

#[tokio::test]
async fn a_decision_for_another_proxy_is_counted_like_one_of_our_own() {
    let gate = setup().start().await;
    let token = gate.login(&OPERATOR).await;
    let before = refusals(&gate).await;
    gate.send(about("GET", "/api/v1/webhooks").bearer(&token)).await;
    gate.send(Ask::get("/api/v1/webhooks").bearer(&token)).await;
    assert_eq!(refusals(&gate).await, before + 2);
}
