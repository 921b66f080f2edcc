//! The metrics: what they count, what they never say, and where they are.

use portcullis_tests::ask::Ask;
use portcullis_tests::bng::Bng;
use portcullis_tests::cast::{ADMIN, NOBODY, OPERATOR, VIEWER};
use portcullis_tests::gate::{Gate, Signal};
use portcullis_tests::raw::Wire;
use portcullis_tests::setup::Setup;

/// The sum of the samples of this name that have these labels.
fn sample(text: &str, name: &str, labels: &[&str]) -> u64 {
    let lines = text.lines().filter(|line| {
        line.strip_prefix(name).is_some_and(|rest| rest.starts_with('{'))
            && labels.iter().all(|label| line.contains(label))
    });
    lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

async fn scraped(gate: &Gate) -> String {
    let answer = gate.send(Ask::get("/metrics")).await;
    assert_eq!(answer.status, 200);
    assert!(answer.field("content-type").unwrap().starts_with("application/openmetrics-text; version=1.0.0"));
    answer.text()
}

#[tokio::test]
async fn decisions_are_counted_by_route_method_and_result() {
    let bng = Bng::start().await;
    let gate = Setup::before(bng.address()).start().await;
    let operator = gate.login(&OPERATOR).await;
    for _ in 0..3 {
        gate.send(Ask::get("/api/v1/subscribers/sub-1001").bearer(&operator)).await;
    }
    gate.send(Ask::new("DELETE", "/api/v1/subscribers/sub-1001").bearer(&operator)).await;
    gate.send(Ask::get("/api/v1/subscribers/sub-1001")).await;
    gate.send(Ask::get("/a//b")).await;
    let text = scraped(&gate).await;
    for (labels, count) in [
        (["route=\"GET /api/v1/subscribers/{id}\"", "method=\"GET\"", "result=\"allowed\""], 3),
        (["route=\"GET /api/v1/subscribers/{id}\"", "reason=\"no_token\"", "result=\"refused\""], 1),
        (["route=\"DELETE /api/v1/subscribers/{id}\"", "reason=\"role_required\"", "result=\"refused\""], 1),
        (["route=\"none\"", "reason=\"ambiguous_path\"", "result=\"refused\""], 1),
    ] {
        assert_eq!(sample(&text, "portcullis_decisions_total", &labels), count, "{labels:?}\n{text}");
    }
    assert!(text.ends_with("# EOF\n"), "{text}");
}

#[tokio::test]
async fn logins_failures_of_the_upstream_and_changes_of_the_file_are_counted() {
    let bng = Bng::start().await;
    let gate = Setup::before(bng.address()).start().await;
    drop(bng);
    let admin = gate.login(&ADMIN).await;
    gate.send(Ask::login(ADMIN.name, "wrong")).await;
    assert_eq!(gate.send(Ask::get("/api/v1/qos").bearer(&admin)).await.status, 502);
    gate.take_over(&gate.setup()).await;
    gate.write("api: {enabled: maybe}");
    gate.signal(Signal::HUP);
    gate.log().said("the changed configuration is not taken over").await;
    let text = scraped(&gate).await;
    assert_eq!(sample(&text, "portcullis_logins_total", &["result=\"allowed\""]), 1, "{text}");
    assert_eq!(sample(&text, "portcullis_logins_total", &["result=\"refused\""]), 1, "{text}");
    assert_eq!(
        sample(&text, "portcullis_upstream_failures_total", &["reason=\"upstream_unavailable\""]),
        1,
        "{text}"
    );
    assert_eq!(sample(&text, "portcullis_config_reloads_total", &["result=\"taken\""]), 1, "{text}");
    assert_eq!(sample(&text, "portcullis_config_reloads_total", &["result=\"refused\""]), 1, "{text}");
}

#[tokio::test]
async fn they_hold_no_user_no_path_no_token_and_no_method_that_a_client_made_up() {
    let bng = Bng::start().await;
    let gate = Setup::before(bng.address()).start().await;
    let token = gate.login(&VIEWER).await;
    gate.send(Ask::login("somebody-whom-nobody-knows", "a password")).await;
    gate.send(Ask::get("/very-private/customer-4711?ssn=1").bearer(&token)).await;
    gate.send(Ask::get("/api/v1/subscribers/customer-4711").bearer(&token)).await;
    gate.send(Ask::new("MADEUP", "/very-private").bearer(&token)).await;
    gate.send(Ask::get("/very-private//customer-4711")).await;
    gate.send(Ask::get("/x").field("host", "very-private.example").field("host", "b")).await;
    let text = scraped(&gate).await.to_lowercase();
    for word in [
        "viewer",
        "somebody",
        "very-private",
        "4711",
        "ssn",
        "madeup",
        &token.to_lowercase()[..20],
        "127.0.0.1",
    ] {
        assert!(!text.contains(word), "{word}:\n{text}");
    }
}

#[tokio::test]
async fn they_may_be_for_those_with_a_token() {
    let gate = Setup::new().with("metrics", "authenticated").start().await;
    assert_eq!(gate.send(Ask::get("/metrics")).await.status, 401);
    let token = gate.login(&NOBODY).await;
    assert_eq!(gate.send(Ask::get("/metrics").bearer(&token)).await.status, 200);
}

#[tokio::test]
async fn they_may_have_an_address_of_their_own_and_then_they_are_nowhere_else() {
    // The whole of 127.0.0.0/8 is this machine's; no two test processes share a number at one time.
    let process = std::process::id();
    let address = format!("127.77.{}.{}:9464", process / 250 % 250, process % 250 + 1);
    let gate = Setup::new().with("metrics", &address).start().await;
    assert_eq!(gate.send(Ask::get("/metrics")).await.status, 401);
    let admin = gate.login(&ADMIN).await;
    assert_eq!(gate.send(Ask::get("/metrics").bearer(&admin)).await.status, 404);

    let status = async |line: &str| {
        let mut wire = Wire::connect(address.parse().unwrap()).await;
        wire.write(format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).await;
        let answer = wire.answer_to(line.split(' ').next().unwrap()).await.unwrap();
        (answer.status, answer.text())
    };
    let (good, text) = status("GET /metrics").await;
    assert!(good == 200 && sample(&text, "portcullis_logins_total", &[]) == 1, "{good}: {text}");
    assert_eq!(status("HEAD /metrics").await.0, 200);
    assert_eq!(status("POST /metrics").await.0, 405);
    for path in ["/", "/api/v1/health", "/api/v1/auth/login", "/metrics/"] {
        assert_eq!(status(&format!("GET {path}")).await.0, 404, "{path}");
    }
}
