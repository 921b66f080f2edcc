//! Gates that let little through: without any route, and without anybody behind them.

use portcullis_tests::ask::Ask;
use portcullis_tests::bng::Bng;
use portcullis_tests::cast::{ADMIN, NOBODY, OPERATOR, VIEWER};
use portcullis_tests::setup::Setup;

#[tokio::test]
async fn with_an_empty_list_of_routes_everything_needs_admin() {
    let bng = Bng::start().await;
    let gate = Setup::before(bng.address()).with("routes", "[]").start().await;
    for path in ["/", "/api/v1/subscribers", "/api/v1/qos", "/__echo/x"] {
        for method in ["GET", "HEAD", "OPTIONS", "POST"] {
            assert_eq!(gate.send(Ask::new(method, path)).await.status, 401, "{method} {path}");
            for person in [NOBODY, VIEWER, OPERATOR] {
                let answer = gate.send(Ask::new(method, path).bearer(&gate.login(&person).await)).await;
                assert_eq!(answer.status, 403, "{method} {path} as {}", person.name);
            }
        }
    }
    assert_eq!(bng.seen(), []);
    let admin = gate.login(&ADMIN).await;
    assert_eq!(gate.send(Ask::get("/api/v1/subscribers").bearer(&admin)).await.status, 200);
}

#[tokio::test]
async fn our_own_endpoints_are_there_without_any_route() {
    let gate = Setup::new().with("routes", "[]").start().await;
    let token = gate.login(&NOBODY).await;
    assert_eq!(gate.send(Ask::get("/api/v1/auth/me").bearer(&token)).await.status, 200);
    assert_eq!(gate.send(Ask::get("/api/v1/health")).await.status, 200);
}

#[tokio::test]
async fn without_an_upstream_nothing_is_there_for_those_who_may_know() {
    let gate = Setup::new().start().await;
    assert_eq!(gate.send(Ask::get("/api/v1/subscribers")).await.status, 401);
    let operator = gate.login(&OPERATOR).await;
    assert_eq!(gate.send(Ask::get("/api/v1/webhooks").bearer(&operator)).await.status, 403);
    let get = gate.send(Ask::get("/api/v1/subscribers").bearer(&operator)).await;
    assert_eq!((get.status, get.detail().as_str()), (404, "Not Found"));
    let head = gate.send(Ask::new("HEAD", "/api/v1/subscribers").bearer(&operator)).await;
    assert_eq!((head.status, head.field("content-length")), (404, get.field("content-length")));
}
