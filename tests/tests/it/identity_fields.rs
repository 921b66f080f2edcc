//! Who the caller is, as the upstream reads it: said by the gate alone, whatever the client says.

use portcullis_tests::ask::Ask;
use portcullis_tests::bng::{Bng, Reached};
use portcullis_tests::canned::{Canned, OK};
use portcullis_tests::cast::{ADMIN, VIEWER};
use portcullis_tests::client::Protocol;
use portcullis_tests::gate::Gate;
use portcullis_tests::setup::Setup;
use portcullis_tests::token::claims;

const IDENTITY: [&str; 4] = ["x-auth-user", "x-auth-roles", "x-auth-realms", "x-auth-session"];
const ROUTES: &str =
    "[{path: /__echo/public, require: public}, {path: /__echo/anyone, require: authenticated}]";
/// What a client says that it is; nobody behind the gate may ever read it.
const CLAIMED: &str = "evil";

/// One path for each way in which a request can pass.
const PATHS: [&str; 3] = ["/__echo/public", "/__echo/anyone", "/__echo/by-the-default-rule"];

async fn start(setup: impl FnOnce(Setup) -> Setup) -> (Gate, Bng) {
    let bng = Bng::start().await;
    let gate = setup(Setup::before(bng.address()).with("routes", ROUTES)).start().await;
    (gate, bng)
}

/// The name in the spellings that some server takes for it.
fn spellings(name: &str) -> Vec<String> {
    let capitals: Vec<_> = name.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
    let mut spellings = vec![name.to_owned(), name.to_uppercase(), capitals.join("-")];
    for separator in ["_", "."] {
        spellings.push(name.replace('-', separator));
        spellings.push(name.replacen('-', separator, 1));
        spellings.push(capitals.join(separator));
    }
    spellings.push(name.replacen('-', "_", 1).replacen('-', ".", 1));
    spellings
}

/// What the upstream must read of who the caller is, and nothing else in any spelling.
fn assert_identity(reached: &Reached, token: &str, what: &str) {
    let is_public = reached.target().starts_with(PATHS[0]);
    let session = claims(token)["sid"].as_str().unwrap().to_owned();
    let expected = if is_public {
        ["", "", "", ""].map(str::to_owned)
    } else {
        ["admin", "admin", "*", &session].map(str::to_owned)
    };
    for (name, expected) in IDENTITY.iter().zip(expected) {
        assert_eq!(reached.only(name), expected, "{what}: {name}");
    }
    for (name, value) in reached.fields() {
        let folded = name.replace(['_', '.'], "-");
        assert!(
            !IDENTITY.contains(&folded.as_str()) || IDENTITY.contains(&name),
            "{what}: {name} reached the upstream"
        );
        assert!(!value.contains(CLAIMED), "{what}: {name}: {value} reached the upstream");
    }
}

#[tokio::test]
async fn a_client_s_word_about_who_it_is_never_reaches_the_upstream() {
    let (gate, _bng) = start(|setup| setup).await;
    let token = gate.login(&ADMIN).await;
    let host = gate.address();
    let mut wire = gate.wire().await;
    for path in PATHS {
        for name in IDENTITY.iter().flat_map(|name| spellings(name)) {
            for fields in [
                format!("{name}: {CLAIMED}\r\n"),
                format!("{name}:{CLAIMED}\r\n{name}: {CLAIMED}\r\n"),
                format!("{name}: {CLAIMED}\r\nConnection: {name}\r\n"),
                format!("Connection: keep-alive, {name}\r\n{name}: {CLAIMED}\r\n"),
            ] {
                let head =
                    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n");
                wire.write(format!("{head}{fields}\r\n")).await;
                let answer = wire.answer().await.unwrap();
                assert_eq!(answer.status, 200, "{fields}");
                assert_identity(&Reached::from(&answer.body), &token, &fields);
            }
        }
    }
}

#[tokio::test]
async fn a_client_can_t_have_our_word_dropped() {
    let (gate, _bng) = start(|setup| setup).await;
    let token = gate.login(&ADMIN).await;
    for path in PATHS {
        for value in [
            "X-Auth-User",
            "close, x-auth-user",
            "x-auth-user, x-auth-roles, x-auth-realms, x-auth-session",
            "X-AUTH-USER,,X_Auth_User",
            "host, x-request-id, x-forwarded-for, forwarded, x-auth-user",
        ] {
            let ask = Ask::get(path).bearer(&token).field("connection", value);
            let reached = Reached::of(&gate.send(ask).await);
            assert_identity(&reached, &token, value);
            assert_eq!(reached.only("x-forwarded-for"), "127.0.0.1");
            assert!(!reached.only("host").is_empty() && !reached.only("x-request-id").is_empty());
        }
    }
}

#[tokio::test]
async fn over_http_2_it_is_the_same() {
    let (gate, _bng) = start(Setup::tls).await;
    let token = gate.login(&ADMIN).await;
    let mut client = gate.client(Protocol::Http2);
    for path in PATHS {
        for name in IDENTITY.iter().flat_map(|name| spellings(name)) {
            let ask = Ask::get(path).bearer(&token).field(&name, CLAIMED).field(&name, CLAIMED);
            assert_identity(&Reached::of(&client.send(ask).await), &token, &name);
        }
    }
}

#[tokio::test]
async fn nobody_is_named_as_nobody() {
    let (gate, _bng) = start(|setup| setup).await;
    let reached = Reached::of(&gate.send(Ask::get(PATHS[0]).field("x-auth-user", CLAIMED)).await);
    for name in IDENTITY {
        assert_eq!(reached.only(name), "", "{name}");
    }
}

#[tokio::test]
async fn a_user_is_named_as_the_file_spells_him_and_with_the_roles_that_he_has_now() {
    let (gate, _bng) = start(|setup| setup).await;
    let token = gate.login(&VIEWER).await;
    let reached = Reached::of(&gate.send(Ask::get("/__echo/anyone").bearer(&token)).await);
    assert_eq!((reached.only("x-auth-user"), reached.only("x-auth-roles")), ("Vera.Viewer", "viewer"));
    gate.take_over(&gate.setup().users(&[VIEWER.but("roles: [operator, viewer]")])).await;
    let reached = Reached::of(&gate.send(Ask::get("/__echo/anyone").bearer(&token)).await);
    assert_eq!(reached.only("x-auth-roles"), "operator,viewer");
}

#[tokio::test]
async fn trailers_bring_nothing_along() {
    let canned = Canned::answering(OK).await;
    let gate = Setup::before(canned.address()).start().await;
    let token = gate.login(&ADMIN).await;
    let request = format!(
        "POST /x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nTransfer-Encoding: chunked\r\n\
         Trailer: X-Auth-User, X-Checksum\r\nTE: trailers\r\nConnection: close\r\n\r\n\
         4\r\nbody\r\n0\r\nX-Auth-User: {CLAIMED}\r\nX-Checksum: {CLAIMED}\r\n\r\n"
    );
    let answers = gate.exchange(request).await;
    assert_eq!(answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), [200]);
    let received = canned.only();
    assert!(!received.contains(CLAIMED) && received.contains("4\r\nbody\r\n0\r\n\r\n"), "{received}");
    assert_eq!(received.to_lowercase().matches("x-auth-user").count(), 1, "{received}");
    assert!(!received.to_lowercase().contains("trailer"), "{received}");
}

#[tokio::test]
async fn the_token_ends_at_the_gate_unless_the_upstream_is_to_check_it_too() {
    let (gate, _bng) = start(|setup| setup).await;
    let token = gate.login(&ADMIN).await;
    for path in PATHS {
        let reached = Reached::of(&gate.send(Ask::get(path).bearer(&token)).await);
        assert_eq!(reached.all("authorization"), Vec::<&str>::new(), "{path}");
    }
    let (gate, _bng) = start(|setup| setup.with("upstream_authorization", "keep")).await;
    let bearer = format!("bearer {token}");
    for path in PATHS {
        let reached = Reached::of(&gate.send(Ask::get(path).field("authorization", &bearer)).await);
        assert_eq!(reached.only("authorization"), bearer, "{path}");
    }
}
