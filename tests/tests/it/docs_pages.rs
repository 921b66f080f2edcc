//! The description of our own endpoints: there for anybody unless it is switched off, true, and complete in itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_tests::ask::{Answer, Ask};
use portcullis_tests::bng::Bng;
use portcullis_tests::cast::{ADMIN, OPERATOR};
use portcullis_tests::gate::Gate;
use portcullis_tests::setup::Setup;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

const PAGES: [&str; 2] = ["/api/docs", "/api/redoc"];
const DOCUMENT: &str = "/api/openapi.json";

/// Our endpoints, and by which methods they answer; GET stands for HEAD too.
const ENDPOINTS: &[(&str, &str)] = &[
    ("/.well-known/jwks.json", "get"),
    ("/.well-known/oauth-authorization-server", "get"),
    ("/api/about", "get"),
    ("/api/docs", "get"),
    ("/api/openapi.json", "get"),
    ("/api/redoc", "get"),
    ("/api/token", "delete get post"),
    ("/api/v1/auth/audit", "get"),
    ("/api/v1/auth/clients", "get post"),
    ("/api/v1/auth/clients/{id}", "delete get"),
    ("/api/v1/auth/explain", "get"),
    ("/api/v1/auth/login", "post"),
    ("/api/v1/auth/logout", "post"),
    ("/api/v1/auth/me", "get"),
    ("/api/v1/auth/password", "post"),
    ("/api/v1/auth/roles", "get post"),
    ("/api/v1/auth/roles/{name}", "delete put"),
    ("/api/v1/auth/sessions", "delete get"),
    ("/api/v1/auth/sessions/{id}", "delete"),
    ("/api/v1/auth/tokens", "get post"),
    ("/api/v1/auth/tokens/{id}", "delete get"),
    ("/api/v1/auth/users", "get post"),
    ("/api/v1/auth/users/{name}", "delete get patch"),
    ("/api/v1/auth/users/{name}/sessions", "delete"),
    ("/api/v1/auth/verify", "delete get options patch post put"),
    ("/api/v1/health", "get"),
    ("/api/{version}/swagger.json", "get"),
    ("/bca-networks/api/about", "get"),
    ("/bca-networks/api/token", "delete get post"),
    ("/bca-networks/api/{version}/swagger.json", "get"),
    ("/metrics", "get"),
    ("/oauth2/introspect", "post"),
    ("/oauth2/revoke", "post"),
    ("/oauth2/token", "post"),
];

async fn got(gate: &Gate, path: &str) -> Answer {
    let answer = gate.send(Ask::get(path)).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer
}

/// The endpoints that the document lists, with their methods.
fn listed(document: &Value) -> BTreeMap<String, String> {
    let paths = document["paths"].as_object().unwrap().iter();
    let methods = |operations: &Value| {
        let mut methods: Vec<_> = operations.as_object().unwrap().keys().cloned().collect();
        methods.sort();
        methods.join(" ")
    };
    paths.map(|(path, operations)| (path.clone(), methods(operations))).collect()
}

fn but_for(left_out: &[&str]) -> BTreeMap<String, String> {
    let endpoints = ENDPOINTS.iter().filter(|(path, _)| !left_out.contains(path));
    endpoints.map(|(path, methods)| ((*path).to_owned(), (*methods).to_owned())).collect()
}

#[tokio::test]
async fn the_pages_are_there_and_may_load_nothing() {
    let gate = Setup::new().start().await;
    for path in PAGES {
        let page = got(&gate, path).await;
        assert_eq!(page.field("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(page.field("x-content-type-options"), Some("nosniff"));
        assert_eq!(page.field("referrer-policy"), Some("no-referrer"));
        let policy = page.field("content-security-policy").unwrap().to_owned();
        let directives: BTreeMap<_, _> =
            policy.split("; ").map(|directive| directive.split_once(' ').unwrap()).collect();
        for name in ["default-src", "base-uri", "form-action", "frame-ancestors"] {
            assert_eq!(directives.get(name), Some(&"'none'"), "{policy}");
        }
        // The one style that the page has, and no other.
        let text = page.text();
        let [_, style] = text.split("<style>").collect::<Vec<_>>()[..] else { panic!("{text}") };
        let style = style.split("</style>").next().unwrap();
        let hash = format!("'sha256-{}'", STANDARD.encode(Sha256::digest(style)));
        assert_eq!(directives.get("style-src"), Some(&hash.as_str()), "{policy}");
        assert_eq!(directives.len(), 5, "{policy}");
        assert!(!text.contains(" style="), "{text}");
    }
}

#[tokio::test]
async fn nothing_in_them_leads_elsewhere_but_the_link_that_the_file_gives() {
    let link = "https://bng.example/openapi.json?a=1&b=2";
    for given in [None, Some(link)] {
        let setup = given
            .map_or_else(Setup::new, |link| Setup::new().with("upstream_openapi", &format!("\"{link}\"")));
        let gate = setup.start().await;
        for path in [DOCUMENT, "/api/docs", "/api/redoc"] {
            let text = got(&gate, path).await.text().replace("&amp;", "&");
            let is_there = text.contains(link);
            assert_eq!(is_there, given.is_some(), "{path}");
            let rest = text.replace(link, "");
            for sign in ["://", "src=", "<script", "<link", "<iframe", "<img", "@import", "url(", "=\"//"] {
                assert!(!rest.contains(sign), "{sign} in {path}: {rest}");
            }
        }
        let document = got(&gate, DOCUMENT).await.json();
        assert_eq!(document["externalDocs"]["url"].as_str(), given);
    }
}

#[tokio::test]
async fn a_link_is_text_whatever_is_in_it() {
    let gate = Setup::new().with("upstream_openapi", r#"'x"><script>alert(1)</script>'"#).start().await;
    for path in PAGES {
        let text = got(&gate, path).await.text();
        assert!(!text.contains("<script") && text.contains("&lt;script&gt;"), "{text}");
    }
}

#[tokio::test]
async fn the_document_lists_our_own_endpoints_and_nothing_else() {
    let gate = Setup::new().start().await;
    let answer = got(&gate, DOCUMENT).await;
    assert_eq!(answer.field("content-type"), Some("application/json"));
    let document = answer.json();
    assert_eq!((&document["openapi"], &document["info"]["title"]), (&"3.1.0".into(), &"Portcullis".into()));
    assert_eq!(listed(&document), but_for(&[]));
    let mut ids = vec![];
    for operations in document["paths"].as_object().unwrap().values() {
        for operation in operations.as_object().unwrap().values() {
            ids.push(operation["operationId"].as_str().unwrap().to_owned());
            assert!(operation["summary"].is_string() && operation["responses"].is_object(), "{operation}");
        }
    }
    let number = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), number, "two operations have one id: {ids:?}");
    // The pages list the same.
    for page in PAGES {
        let text = got(&gate, page).await.text();
        let headings = text.split("<h2><code>").skip(1).map(|rest| rest.split("</code>").next().unwrap());
        let headings: BTreeSet<_> = headings.collect();
        assert_eq!(headings, ENDPOINTS.iter().map(|(path, _)| *path).collect(), "{page}");
    }
}

/// What the page writes for a path: its parameters in capitals, and what several have in common left out.
fn written(path: &str) -> Vec<String> {
    let whole = path.replace("{id}", "ID").replace("{name}", "NAME").replace("{version}", "v1.0");
    let below = |base: &&str| whole.strip_prefix(*base).map(|rest| format!("…{rest}"));
    let short: Vec<_> = ["/api/v1/auth", "/bca-networks/api", "/api"].iter().filter_map(below).collect();
    std::iter::once(whole.clone()).chain(short).collect()
}

#[test]
fn every_endpoint_stands_on_its_page() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src/reference/endpoints.md");
    let page = fs::read_to_string(page).unwrap();
    let is_between = |letter: char| letter.is_whitespace() || "`,|?".contains(letter);
    let words: BTreeSet<_> = page.split(is_between).collect();
    for (path, _) in ENDPOINTS {
        let written = written(path);
        assert!(written.iter().any(|written| words.contains(written.as_str())), "{path}: {written:?}");
    }
}

#[tokio::test]
async fn what_the_document_says_of_an_endpoint_is_so() {
    let gate = Setup::new().with("token", "{issuer: https://bng.example}").start().await;
    let document = got(&gate, DOCUMENT).await.json();
    for (path, methods) in listed(&document) {
        for method in methods.split(' ') {
            let operation = &document["paths"][&path][method];
            let target = path.replace("{version}", "v1.0").replace(['{', '}'], "");
            let answer = gate.send(Ask::new(&method.to_uppercase(), &target)).await;
            let is_open = operation["security"].as_array().unwrap().is_empty();
            // Who needs a token is refused, and who needs none is told what is missing at the most.
            assert_eq!(answer.status == 401, !is_open, "{method} {path}: {}", answer.status);
            assert!(![404, 405].contains(&answer.status), "{method} {path}: {}", answer.status);
            let told = operation["responses"].as_object().unwrap();
            assert!(
                told.contains_key(&answer.status.to_string()),
                "{method} {path}: {} is not told",
                answer.status
            );
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_listed() {
    let process = std::process::id();
    // The whole of 127.0.0.0/8 is this machine's; no two test processes share a number at one time.
    let elsewhere = format!("127.78.{}.{}:9464", process / 250 % 250, process % 250 + 1);
    let gate = Setup::new().with("metrics", &elsewhere).start().await;
    assert_eq!(listed(&got(&gate, DOCUMENT).await.json()), but_for(&["/metrics"]));
    assert!(!got(&gate, "/api/docs").await.text().contains("<code>/metrics</code>"));
}

#[tokio::test]
async fn switched_off_they_are_none_of_ours() {
    let gate = Setup::new().with("docs", "off").start().await;
    let bng = Bng::start().await;
    let before = Setup::before(bng.address()).with("docs", "off").start().await;
    let (operator, admin) = (gate.login(&OPERATOR).await, gate.login(&ADMIN).await);
    for path in [DOCUMENT, "/api/docs", "/api/redoc"] {
        assert_eq!(gate.send(Ask::get(path)).await.status, 401, "{path}");
        assert_eq!(gate.send(Ask::post(path).bearer(&operator)).await.status, 403, "{path}");
        for method in ["GET", "POST"] {
            let answer = gate.send(Ask::new(method, path).bearer(&admin)).await;
            assert_eq!((answer.status, answer.detail().as_str()), (404, "Not Found"), "{method} {path}");
        }
        let seen = bng.seen().len();
        assert_eq!(before.send(Ask::get(path)).await.status, 401, "{path}");
        before.send(Ask::get(path).bearer(&admin)).await;
        assert_eq!(bng.seen()[seen..], [("GET".to_owned(), path.to_owned())]);
    }
}
