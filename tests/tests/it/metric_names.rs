//! The names of the metrics: dashboards and alerts are built on them, so that a change of any is a change of this list.

use std::collections::{BTreeMap, BTreeSet};

use portcullis_tests::ask::Ask;
use portcullis_tests::bng::Bng;
use portcullis_tests::cast::{ADMIN, OPERATOR};
use portcullis_tests::client::Protocol;
use portcullis_tests::gate::{Signal, TAKEN_OVER};
use portcullis_tests::setup::Setup;

/// Each family, its type, the names of its samples, and their labels.
const FAMILIES: &[(&str, &str, &[&str], &[&str])] = &[
    ("portcullis_build", "info", &["_info"], &["version"]),
    ("portcullis_decisions", "counter", &["_total"], &["method", "reason", "result", "route"]),
    ("portcullis_logins", "counter", &["_total"], &["result"]),
    ("portcullis_upstream_failures", "counter", &["_total"], &["reason"]),
    ("portcullis_config_reloads", "counter", &["_total"], &["result"]),
    ("portcullis_added_seconds", "histogram", &["_bucket", "_count", "_sum"], &["le"]),
    ("portcullis_upstream_head_seconds", "histogram", &["_bucket", "_count", "_sum"], &["le"]),
    ("portcullis_upstream_in_service", "gauge", &[""], &["address", "prefix"]),
    ("portcullis_upstream_left_out", "counter", &["_total"], &["address", "prefix"]),
    ("portcullis_audit_failing", "gauge", &[""], &[]),
    ("portcullis_audit_lost_records", "counter", &["_total"], &[]),
    ("portcullis_hashing_queue", "gauge", &[""], &[]),
    ("portcullis_database_confirmed_seconds", "gauge", &[""], &[]),
    ("portcullis_certificate_expiry_seconds", "gauge", &[""], &[]),
];

type Families = BTreeMap<String, (String, BTreeSet<String>, BTreeSet<String>)>;

fn expected() -> Families {
    let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    FAMILIES
        .iter()
        .map(|(name, kind, samples, labels)| {
            ((*name).to_owned(), ((*kind).to_owned(), own(samples), own(labels)))
        })
        .collect()
}

/// The families in a text of metrics.
fn families(text: &str) -> Families {
    let mut families = Families::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            let is_new = families
                .insert(name.to_owned(), (kind.to_owned(), BTreeSet::new(), BTreeSet::new()))
                .is_none();
            assert!(is_new, "{name} is there twice");
        } else if !line.starts_with('#') {
            let (name, labels) = sample(line);
            let family = families
                .iter_mut()
                .filter(|(family, _)| name.starts_with(family.as_str()))
                .max_by_key(|(family, _)| family.len());
            let (family, (_, samples, keys)) = family.unwrap_or_else(|| panic!("of no family: {line}"));
            samples.insert(name[family.len()..].to_owned());
            keys.extend(labels.into_iter().map(|(key, _)| key));
        }
    }
    families
}

/// The name and the labels of a sample.
fn sample(line: &str) -> (&str, Vec<(String, String)>) {
    let (sample, _) = line.rsplit_once(' ').unwrap();
    let Some((name, labels)) = sample.split_once('{') else { return (sample, vec![]) };
    let labels = labels.strip_suffix("\"}").unwrap().split("\",").map(|label| {
        let (key, value) = label.split_once("=\"").unwrap();
        (key.to_owned(), value.to_owned())
    });
    (name, labels.collect())
}

#[tokio::test]
async fn the_families_their_samples_and_their_labels_are_these() {
    let bng = Bng::start().await;
    let several = "[{prefix: /several, to: ['unix:/nowhere/1', 'unix:/nowhere/2']}]";
    let gate = Setup::before(bng.address()).with("upstreams", several).tls().start().await;
    let mut client = gate.client(Protocol::Http1);
    let login = client.send(Ask::login(OPERATOR.name, OPERATOR.password)).await.json();
    let token = login["access_token"].as_str().unwrap();
    for (ask, status) in [
        (Ask::get("/api/v1/subscribers").bearer(token), 200),
        (Ask::get("/api/v1/webhooks").bearer(token), 403),
        (Ask::get("/api/v1/webhooks"), 401),
        (Ask::get("/a//b"), 400),
        (Ask::new("BREW", "/a"), 405),
        (Ask::login(ADMIN.name, "wrong"), 401),
    ] {
        assert_eq!(client.send(ask).await.status, status);
    }
    drop(bng);
    assert_eq!(client.send(Ask::get("/api/v1/qos").bearer(token)).await.status, 502);
    gate.signal(Signal::HUP);
    gate.log().said(TAKEN_OVER).await;
    let text = client.send(Ask::get("/metrics")).await.text();
    assert_eq!(families(&text), expected(), "{text}");
    assert!(text.ends_with("# EOF\n"));
}

/// So that the size of what is scraped does not depend on what clients send.
#[tokio::test]
async fn every_label_has_one_of_few_values_whatever_clients_send() {
    let bng = Bng::start().await;
    let gate = Setup::before(bng.address()).start().await;
    let token = gate.login(&OPERATOR).await;
    let mut client = gate.client(Protocol::Http1);
    let series = async |client: &mut portcullis_tests::client::Client| {
        let text = client.send(Ask::get("/metrics")).await.text();
        text.lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.rsplit_once(' ').unwrap().0.to_owned())
            .collect::<BTreeSet<_>>()
    };
    let send = async |client: &mut portcullis_tests::client::Client, number: u32| {
        for ask in [
            Ask::get(&format!("/api/v1/subscribers/customer-{number}")).bearer(&token),
            Ask::get(&format!("/private-{number}")).bearer(&token),
            Ask::get(&format!("/private-{number}//x")),
            Ask::new(&format!("BREW{number}"), "/a"),
            Ask::get("/a").bearer(&format!("token-{number}")),
            Ask::get("/a").field("host", format!("host-{number}")).field("host", "x"),
            Ask::login(&format!("user-{number}"), "wrong"),
        ] {
            client.send(ask).await;
        }
    };
    send(&mut client, 1).await;
    let before = series(&mut client).await;
    for number in 2..10 {
        send(&mut client, number).await;
    }
    let after = series(&mut client).await;
    assert_eq!(after.difference(&before).collect::<Vec<_>>(), Vec::<&String>::new());
    let text = after.into_iter().collect::<Vec<_>>().join("\n").to_lowercase();
    for word in ["customer", "private", "brew", "token-", "host-", "user-", "operator", "127.0.0.1"] {
        assert!(!text.contains(word), "{word}:\n{text}");
    }
}
