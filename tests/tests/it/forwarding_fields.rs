//! Where a request came from, as the upstream reads it: the gate's word, unless a trusted proxy stands before it.

use portcullis_tests::ask::Ask;
use portcullis_tests::bng::{Bng, Reached};
use portcullis_tests::client::Protocol;
use portcullis_tests::gate::Gate;
use portcullis_tests::setup::Setup;

async fn start(setup: impl FnOnce(Setup) -> Setup) -> (Gate, Bng) {
    let bng = Bng::start().await;
    let routes = "[{path: /__echo/**, require: public}]";
    (setup(Setup::before(bng.address()).with("routes", routes)).start().await, bng)
}

/// What a proxy in front would say, or somebody who would like to be one.
fn forwarded() -> Ask {
    Ask::get("/__echo")
        .field("x-forwarded-for", "198.51.100.7")
        .field("x-forwarded-for", "10.0.0.1")
        .field("x-forwarded-proto", "https")
        .field("x-forwarded-host", "portal.example")
        .field("x-forwarded-port", "443")
        .field("x-real-ip", "198.51.100.7")
        .field("forwarded", "for=198.51.100.7;proto=https")
        .field("x_forwarded_for", "198.51.100.8")
        .field("x.forwarded.host", "198.51.100.8")
}

#[tokio::test]
async fn a_stranger_s_word_about_where_he_is_is_replaced_by_ours() {
    let (gate, _bng) = start(|setup| setup).await;
    let host = gate.address().to_string();
    let reached = Reached::of(&gate.send(forwarded()).await);
    assert_eq!(reached.only("x-forwarded-for"), "127.0.0.1");
    assert_eq!(reached.only("x-forwarded-proto"), "http");
    assert_eq!(reached.only("x-forwarded-host"), host);
    assert_eq!(reached.only("forwarded"), format!("for=127.0.0.1;host=\"{host}\";proto=http"));
    assert_eq!(reached.all("x-forwarded-port").len() + reached.all("x-real-ip").len(), 0);
    assert!(!format!("{reached:?}").contains("198.51.100"), "{reached:?}");
}

#[tokio::test]
async fn over_tls_the_upstream_is_told_so() {
    let (gate, _bng) = start(Setup::tls).await;
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let reached = Reached::of(&gate.client(protocol).send(forwarded()).await);
        assert_eq!(reached.only("x-forwarded-proto"), "https", "{protocol:?}");
        assert_eq!(reached.only("x-forwarded-host"), gate.address().to_string(), "{protocol:?}");
        assert_eq!(reached.only("host"), gate.address().to_string(), "{protocol:?}");
        assert!(reached.only("forwarded").ends_with(";proto=https"), "{protocol:?}");
    }
}

#[tokio::test]
async fn a_trusted_proxy_s_word_is_kept_and_ours_is_added() {
    let (gate, _bng) = start(|setup| setup.with("trusted_proxies", "[127.0.0.0/8]")).await;
    let reached = Reached::of(&gate.send(forwarded()).await);
    assert_eq!(reached.only("x-forwarded-for"), "198.51.100.7, 10.0.0.1, 127.0.0.1");
    assert_eq!(reached.only("x-forwarded-proto"), "https");
    assert_eq!(reached.only("x-forwarded-host"), "portal.example");
    assert_eq!(reached.only("x-forwarded-port"), "443");
    assert_eq!(reached.only("x-real-ip"), "198.51.100.7");
    assert!(reached.only("forwarded").starts_with("for=198.51.100.7;proto=https, for=127.0.0.1;"));
    // In a spelling that only a lenient server knows it is nobody's word.
    assert!(!format!("{reached:?}").contains("198.51.100.8"), "{reached:?}");
}

#[tokio::test]
async fn the_address_in_the_log_is_the_client_s_as_the_trusted_proxy_saw_it() {
    for (proxies, address) in
        [("[]", "127.0.0.1"), ("[127.0.0.1]", "10.0.0.1"), ("[127.0.0.1, 10.0.0.1]", "198.51.100.7")]
    {
        let (gate, _bng) = start(|setup| setup.with("trusted_proxies", proxies)).await;
        gate.send(forwarded().to("/refused")).await;
        let event = gate.log().wait_for("a refusal", |event| event["decision"] == "refused", 0).await;
        assert_eq!(event["address"], address, "{proxies}");
    }
}

#[tokio::test]
async fn what_would_change_method_or_path_is_dropped_whoever_says_it() {
    for proxies in ["[]", "[127.0.0.1]"] {
        let (gate, _bng) = start(|setup| setup.with("trusted_proxies", proxies)).await;
        let names = [
            "x-http-method-override",
            "x-http-method",
            "x-method-override",
            "x-original-url",
            "x-original-uri",
            "x-original-method",
            "x-rewrite-url",
            "x-forwarded-prefix",
            "x-forwarded-uri",
            "x-forwarded-method",
            "x-forwarded-path",
            "x-script-name",
            "x_http_method_override",
            "x.original.url",
            "X_Rewrite_URL",
        ];
        let ask = names.iter().fold(Ask::get("/__echo"), |ask, name| ask.field(name, "DELETE-evil"));
        let reached = Reached::of(&gate.send(ask).await);
        assert!(!format!("{reached:?}").contains("evil"), "{proxies}: {reached:?}");
    }
}

#[tokio::test]
async fn they_have_no_part_in_the_decision_either() {
    let (gate, bng) = start(|setup| setup).await;
    for name in ["x-original-url", "x-rewrite-url", "x-forwarded-uri", "x-forwarded-prefix", "x-original-uri"]
    {
        let answer = gate.send(Ask::get("/refused").field(name, "/__echo")).await;
        assert_eq!(answer.status, 401, "{name}");
    }
    let verify =
        Ask::post("/refused").field("x-http-method-override", "GET").field("user-agent", "kube-probe/1.0");
    assert_eq!(gate.send(verify).await.status, 401);
    assert_eq!(bng.seen(), []);
}
