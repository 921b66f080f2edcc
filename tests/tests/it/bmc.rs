//! The surface of BMC Network Automation: what a client that was written for it relies on. Each test that is named after a
//! sentence of its documentation says that sentence.

use portcullis_tests::ask::{Answer, Ask};
use portcullis_tests::bng::Bng;
use portcullis_tests::cast::{ADMIN, CONSOLE, FORMER, OPERATOR, Person};
use portcullis_tests::gate::Gate;
use portcullis_tests::setup::Setup;
use serde_json::{Value, json};

const BASES: [&str; 2] = ["/bca-networks/api", "/api"];
const FORM: &str = "application/x-www-form-urlencoded";

fn form(text: &str, path: &str) -> Ask {
    Ask::post(path).body(FORM, text.to_owned())
}

fn login(base: &str, name: &'static str, password: &'static str) -> Ask {
    form(&Person { name, password, ..ADMIN }.form(), &format!("{base}/token"))
}

async fn token(gate: &Gate, base: &str, person: &Person) -> String {
    let answer = gate.send(login(base, person.name, person.password)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.field("cache-control"), Some("no-store"));
    let body = answer.json();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(1800)));
    let token = body["access_token"].as_str().unwrap().to_owned();
    assert!(token.parse::<i64>().unwrap() > 0 && !token.starts_with('0'), "{token}");
    token
}

fn error(answer: &Answer) -> (u16, String, String) {
    let body = answer.json();
    let names: Vec<_> = body.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["error", "error_description"], "{body}");
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (answer.status, text("error"), text("error_description"))
}

fn failed(status: u16, error: &str, description: &str) -> (u16, String, String) {
    (status, error.to_owned(), description.to_owned())
}

#[tokio::test]
async fn every_request_must_contain_an_authorization_header_with_the_value_bearer_token() {
    let bng = Bng::start().await;
    let gate = Setup::before(bng.address()).start().await;
    let groups = "/bca-networks/apidocs/v1.0/groups?filter.realm=Default&orderBy=%2Bname&offset=1&limit=25";
    for base in BASES {
        let token = token(&gate, base, &ADMIN).await;
        gate.send(Ask::get(groups).bearer(&token)).await;
        assert_eq!(bng.seen().last().unwrap().1, groups);
        // Either kind of token opens either surface.
        let me = gate.send(Ask::get("/api/v1/auth/me").bearer(&token)).await;
        assert_eq!((me.status, &me.json()["data"]["username"]), (200, &json!("admin")));
    }
    let jwt = gate.login(&ADMIN).await;
    let seen = bng.seen().len();
    gate.send(Ask::get(groups).bearer(&jwt)).await;
    assert_eq!(bng.seen().len(), seen + 1);
}

#[tokio::test]
async fn a_request_that_omits_a_valid_unexpired_token_results_in_401_user_authentication_failed() {
    let gate = Setup::new().start().await;
    let refused = failed(401, "invalid_token", "User authentication failed");
    for path in
        ["/bca-networks/apidocs/v1.0/groups", "/bca-networks/api/token", "/api/token", "/api/v1.0/devices"]
    {
        assert_eq!(error(&gate.send(Ask::get(path)).await), refused, "{path}");
        for wrong in ["4747653682905491905", "0", "garbage", "-1", "01", "9223372036854775808", "a.b.c"] {
            assert_eq!(error(&gate.send(Ask::get(path).bearer(wrong)).await), refused, "{path} {wrong}");
        }
    }
    // The BNG's paths keep their words.
    let answer = gate.send(Ask::get("/api/v1/subscribers").bearer("4747653682905491905")).await;
    assert_eq!((answer.status, answer.detail().as_str()), (401, "Could not validate credentials"));
}

#[tokio::test]
async fn incorrect_credentials_or_a_user_that_has_been_deactivated_result_in_401_unauthorized() {
    let gate = Setup::new().start().await;
    let refused = failed(401, "invalid_grant", "User authentication failed");
    for base in BASES {
        for (name, password) in [
            ("admin", "wrong"),
            ("unknown", "wrong"),
            (FORMER.name, FORMER.password),
            (CONSOLE.name, "wrong"),
        ] {
            assert_eq!(error(&gate.send(login(base, name, password)).await), refused, "{name}");
        }
    }
}

#[tokio::test]
async fn the_user_must_be_granted_the_right_to_login_using_web_services() {
    let gate = Setup::new().start().await;
    for base in BASES {
        let answer = gate.send(login(base, CONSOLE.name, CONSOLE.password)).await;
        assert_eq!(error(&answer), failed(403, "access_denied", "Not allowed to access web services"));
    }
}

#[tokio::test]
async fn endpoints_not_requiring_tokens_are_about_swagger_and_token() {
    let gate = Setup::new().start().await;
    for base in BASES {
        let about = gate.send(Ask::get(&format!("{base}/about"))).await;
        let body = about.json();
        assert_eq!((about.status, &body["apiVersions"]), (200, &json!(["v1.0"])));
        assert!(body["productName"].is_string() && body["productVersion"].is_string(), "{body}");
        let swagger = gate.send(Ask::get(&format!("{base}/v1.0/swagger.json"))).await;
        assert_eq!((swagger.status, &swagger.json()["swagger"]), (200, &json!("2.0")));
        assert_eq!(swagger.json()["basePath"], base);
    }
    let unknown = gate.send(Ask::get("/bca-networks/api/v9.9/swagger.json")).await;
    assert_eq!(error(&unknown), failed(404, "not_found", "Not Found"));
}

#[tokio::test]
async fn a_token_request_has_one_grant_type_one_name_and_one_password_in_a_form() {
    let gate = Setup::new().start().await;
    let good = "grant_type=password&username=admin&password=admin%27s+password";
    for (text, word) in [
        ("grant_type=client_credentials&username=admin&password=x", "unsupported_grant_type"),
        ("grant_type=Password&username=admin&password=x", "unsupported_grant_type"),
        ("username=admin&password=x", "invalid_request"),
        ("grant_type=&username=admin&password=x", "invalid_request"),
        ("grant_type=password&password=x", "invalid_request"),
        ("grant_type=password&username=admin", "invalid_request"),
        ("grant_type=password&username=admin&password=", "invalid_request"),
        ("", "invalid_request"),
        (&format!("{good}&grant_type=password"), "invalid_request"),
        (&format!("{good}&username=admin"), "invalid_request"),
        (&format!("{good}&%70assword=x"), "invalid_request"),
    ] {
        let answer = gate.send(form(text, "/api/token")).await;
        let (status, error, _) = error(&answer);
        assert_eq!((status, error.as_str()), (400, word), "{text}");
    }
    // Nothing is read from the query, nor from another content type.
    for ask in [
        Ask::post(&format!("/api/token?{good}")),
        form("", &format!("/api/token?{good}")),
        Ask::post("/api/token").body("application/json", good),
        Ask::post("/api/token")
            .json(&json!({"grant_type": "password", "username": "admin", "password": ADMIN.password})),
    ] {
        assert_eq!(error(&gate.send(ask).await).0, 400);
    }
    assert_eq!(gate.send(form(good, "/api/token")).await.status, 200);
}

#[tokio::test]
async fn tokens_contain_an_expiry_time_after_which_they_are_no_longer_valid() {
    let gate = Setup::new().with("session", "{idle_timeout: 2s, max_age: 1h}").start().await;
    let answer = gate.send(login("/api", ADMIN.name, ADMIN.password)).await;
    assert_eq!(answer.json()["expires_in"], 2);
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    let ask = || Ask::get("/api/token").bearer(&token);
    let begin = std::time::Instant::now();
    // Each use begins the time again.
    while begin.elapsed().as_millis() < 3_500 {
        let answer = gate.send(ask()).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, "2000"));
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(2_100)).await;
    assert_eq!(gate.send(ask()).await.status, 401);
}

#[tokio::test]
async fn the_idle_timeout_is_told_in_milliseconds_and_an_ended_token_is_dead() {
    let gate = Setup::new().start().await;
    for base in BASES {
        let path = format!("{base}/token");
        let (first, second) = (token(&gate, base, &OPERATOR).await, token(&gate, base, &OPERATOR).await);
        let answer = gate.send(Ask::get(&path).bearer(&first)).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, "1800000"));
        let ended = gate.send(Ask::new("DELETE", &path).bearer(&first)).await;
        assert_eq!((ended.status, ended.text().as_str()), (204, ""));
        assert_eq!(gate.send(Ask::get(&path).bearer(&first)).await.status, 401);
        assert_eq!(gate.send(Ask::get(&path).bearer(&second)).await.status, 200);
    }
}

#[tokio::test]
async fn a_token_outlives_a_restart_and_an_ended_one_does_not_come_back() {
    let gate = Setup::new().start().await;
    let (kept, ended) = (token(&gate, "/api", &OPERATOR).await, token(&gate, "/api", &OPERATOR).await);
    gate.send(Ask::new("DELETE", "/api/token").bearer(&ended)).await;
    let gate = gate.restart().await;
    assert_eq!(gate.send(Ask::get("/api/token").bearer(&kept)).await.status, 200);
    assert_eq!(gate.send(Ask::get("/api/token").bearer(&ended)).await.status, 401);
}

#[tokio::test]
async fn a_token_ends_with_the_sessions_and_with_the_password_of_its_user() {
    let gate = Setup::new().start().await;
    let (admin, opaque) = (gate.login(&ADMIN).await, token(&gate, "/api", &OPERATOR).await);
    let alive = async |token: &str| gate.send(Ask::get("/api/token").bearer(token)).await.status == 200;
    let sessions = gate.send(Ask::get("/api/v1/auth/sessions?user=operator").bearer(&admin)).await.json();
    assert_eq!(sessions["data"]["items"][0]["kind"], "opaque");
    assert!(alive(&opaque).await);
    gate.send(Ask::new("DELETE", "/api/v1/auth/users/operator/sessions").bearer(&admin)).await;
    assert!(!alive(&opaque).await);
    let another = token(&gate, "/api", &OPERATOR).await;
    assert!(alive(&another).await);
    let changed = Person { hash: ADMIN.hash, password: ADMIN.password, ..OPERATOR };
    gate.take_over(&gate.setup().users(&[ADMIN, changed])).await;
    assert!(!alive(&another).await);
}

#[tokio::test]
async fn if_the_user_lacks_the_required_right_a_403_is_returned() {
    let routes = "\n- {path: \"/bca-networks/apidocs/v1.0/devices\", require: {right: \"device:add\", realm: {query: \"filter.realm\"}}}";
    let gate = Setup::new().with("routes", routes).start().await;
    let token = token(&gate, "/bca-networks/api", &OPERATOR).await;
    let devices = "/bca-networks/apidocs/v1.0/devices?filter.realm=Default";
    let answer = gate.send(Ask::post(devices).bearer(&token)).await;
    assert_eq!(
        error(&answer),
        failed(403, "insufficient_scope", "Right 'device:add' required in realm 'Default'")
    );
}

#[tokio::test]
async fn who_guesses_tokens_is_not_listened_to_for_a_while() {
    let gate = Setup::new().with("throttle", "{per_address: 3, window: 1m}").start().await;
    let (good, ended) = (token(&gate, "/api", &OPERATOR).await, token(&gate, "/api", &OPERATOR).await);
    assert_eq!(gate.send(Ask::new("DELETE", "/api/token").bearer(&ended)).await.status, 204);
    assert_eq!(gate.send(Ask::get("/api/token").bearer(&good)).await.status, 200);
    for guess in 1..=3 {
        assert_eq!(gate.send(Ask::get("/api/token").bearer(&guess.to_string())).await.status, 401);
    }
    let answer = gate.send(Ask::get("/api/token").bearer("4")).await;
    assert_eq!(error(&answer).1, "too_many_requests");
    assert_eq!((answer.status, answer.field("retry-after").is_some()), (429, true));
    // A token that is known is no guess, neither is one that was given out just now; one that has to be looked up might be.
    assert_eq!(gate.send(Ask::get("/api/token").bearer(&good)).await.status, 200);
    let fresh = token(&gate, "/api", &OPERATOR).await;
    assert_eq!(gate.send(Ask::get("/api/token").bearer(&fresh)).await.status, 200);
    assert_eq!(gate.send(Ask::get("/api/token").bearer(&ended)).await.status, 429);
    // Signed tokens can't be guessed.
    assert_eq!(gate.send(Ask::get("/api/v1/auth/me").bearer(&gate.login(&ADMIN).await)).await.status, 200);
}

#[tokio::test]
async fn the_database_does_not_hold_the_token() {
    let gate = Setup::new().start().await;
    let token = token(&gate, "/api", &ADMIN).await;
    // Neither as it is written nor as a number; the session itself is there.
    assert!(!gate.keeps(token.as_bytes()) && !gate.keeps(&token.parse::<i64>().unwrap().to_be_bytes()));
    assert!(gate.keeps(ADMIN.name.as_bytes()));
    let log = gate.log().events(|_| true);
    assert!(!Value::from(log).to_string().contains(&token));
}
