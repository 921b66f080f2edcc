//! What a gate answers to somebody without a token.

use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, HeaderName, SERVER, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use http::{Method, StatusCode};

use super::Place;
use super::connect::{Answer, asked};
use crate::cli::doctor::codes;
use crate::cli::doctor::finding::Finding;

/// What needs a token on every gate: our own account, and what a BNG has.
const PROTECTED: [&str; 4] =
    ["/api/v1/auth/me", "/api/v1/auth/users", "/api/v1/subscribers", "/api/v1/system/config"];
/// Such as tells what is going on.
const METRICS: &str = "/metrics";
const DOCS: [&str; 3] = ["/api/docs", "/api/redoc", "/api/openapi.json"];

/// Everything that is asked, and what is wrong with the answers.
pub(super) async fn judged(place: &Place) -> Vec<Finding> {
    let mut found = vec![];
    for path in PROTECTED {
        match asked(place, Method::GET, path).await {
            Ok(answer) => found.extend(of_protected(place, path, &answer)),
            Err(error) => found.push(not_asked(place, path, &error)),
        }
    }
    found.extend(of_public(place).await);
    // Whoever hangs up at that has refused it.
    if let Ok(answer) = asked(place, Method::TRACE, "/").await
        && answer.status.is_success()
    {
        let mend = "switch TRACE off in whatever answers there; Portcullis answers it with 405";
        found
            .push(codes::TRACE_ANSWERED.found(format!("{place} answers TRACE with {}", answer.status), mend));
    }
    found
}

fn of_protected(place: &Place, path: &str, answer: &Answer) -> Vec<Finding> {
    let mut found = vec![];
    if answer.status.is_success() {
        let title = format!("{place}{path} answers {} without a token", answer.status);
        let mend = "let no request get to the upstream but through the gate, and see its route with `portcullis explain`";
        found.push(codes::OPEN_WITHOUT_TOKEN.found(title, mend));
    }
    if path == PROTECTED[0] {
        found.extend(of_fields(place, answer));
    }
    found
}

/// What stands beside an answer, whatever it is.
fn of_fields(place: &Place, answer: &Answer) -> Vec<Finding> {
    let text = |name: &HeaderName| answer.fields.get(name).and_then(|value| value.to_str().ok());
    let mut found = vec![];
    if let Some(server) = text(&SERVER).filter(|server| server.bytes().any(|byte| byte.is_ascii_digit())) {
        let mend = "have whatever answers there leave its version out: `server_tokens off` in nginx, say";
        found.push(codes::SERVER_BANNER.found(format!("{place} says that it is {server}"), mend));
    }
    if text(&ACCESS_CONTROL_ALLOW_ORIGIN) == Some("*") {
        let mend = "name the sites that may, in whatever adds this field";
        found.push(
            codes::CORS_ANYBODY.found(format!("{place} answers with Access-Control-Allow-Origin: *"), mend),
        );
    }
    for (name, said, is_wanted) in [
        (X_CONTENT_TYPE_OPTIONS, "X-Content-Type-Options: nosniff", true),
        (STRICT_TRANSPORT_SECURITY, "Strict-Transport-Security: max-age=31536000", place.is_encrypted),
    ] {
        if is_wanted && !answer.fields.contains_key(&name) {
            let mend = format!("add `{said}` in a proxy before the gate, if browsers come here");
            found.push(codes::HEADER_MISSING.found(format!("{place} answers without {name}"), mend));
        }
    }
    found
}

async fn of_public(place: &Place) -> Vec<Finding> {
    let mut found = vec![];
    match asked(place, Method::GET, METRICS).await {
        Ok(answer) if is_metrics(&answer) => {
            let mend = "metrics: authenticated, or metrics: 127.0.0.1:9464, in the configuration there";
            found
                .push(codes::METRICS_PUBLIC.found(format!("{place}{METRICS} answers without a token"), mend));
        }
        Ok(_) => {}
        Err(error) => found.push(not_asked(place, METRICS, &error)),
    }
    for path in DOCS {
        match asked(place, Method::GET, path).await {
            Ok(answer) if answer.status == StatusCode::OK => {
                let title = format!("{place}{path} answers without a token");
                found.push(codes::DOCS_PUBLIC.found(title, "docs: off, in the configuration there"));
            }
            Ok(_) => {}
            Err(error) => found.push(not_asked(place, path, &error)),
        }
    }
    found
}

/// Some servers answer every path with the same page.
fn is_metrics(answer: &Answer) -> bool {
    let text = String::from_utf8_lossy(&answer.body);
    answer.status == StatusCode::OK && text.lines().any(|line| line.starts_with("# TYPE "))
}

/// Whether what speaks TLS there, or stands at the port of plain HTTP beside it, answers without TLS as well.
pub(super) async fn of_plaintext(place: &Place) -> Option<Finding> {
    let usual = (place.port == 443).then_some(80);
    for port in std::iter::once(place.port).chain(usual) {
        let plain = Place { port, is_encrypted: false, ..place.clone() };
        // That it sends whoever comes to TLS is right, and so is that it says he is wrong here.
        let speaks =
            |status: StatusCode| status.is_success() || matches!(status.as_u16(), 401 | 403 | 405 | 422);
        let answer = asked(&plain, Method::GET, PROTECTED[0]).await;
        if let Ok(Answer { status, .. }) = answer
            && speaks(status)
        {
            let mend = "close that port, or have it answer every request with a redirection to https://";
            return Some(codes::PLAIN_HTTP_ANSWERS.found(format!("{plain} answers {status}"), mend));
        }
    }
    None
}

fn not_asked(place: &Place, path: &str, error: &str) -> Finding {
    codes::NOT_CHECKED.found(format!("{place}{path}: {error}"), "try again")
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn what_answers_without_tls_where_it_should_not_is_found_unless_it_sends_everybody_to_tls() {
        for (status, is_found) in
            [("200 OK", true), ("401 Unauthorized", true), ("308 Permanent Redirect", false)]
        {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let place = Place::parse(&format!("https://{}", listener.local_addr().unwrap())).unwrap();
            let answering = tokio::spawn(async move {
                while let Ok((mut stream, _)) = listener.accept().await {
                    stream.read_buf(&mut Vec::new()).await.unwrap();
                    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            });
            let found = of_plaintext(&place).await;
            answering.abort();
            let code = found.map(|finding| finding.code);
            assert_eq!(code, is_found.then_some(codes::PLAIN_HTTP_ANSWERS), "{status}");
        }
    }

    #[tokio::test]
    async fn what_gets_no_answer_is_said_to_be_not_checked() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = Place::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        // Whoever connects is hung up on.
        let hanging_up = tokio::spawn(async move { while listener.accept().await.is_ok() {} });
        let found = judged(&place).await;
        hanging_up.abort();
        for path in PROTECTED.iter().chain(&[METRICS]).chain(&DOCS) {
            let title = format!("{place}{path}: ");
            let is_of_path = |finding: &&Finding| finding.title.starts_with(&title);
            let of_path: Vec<_> = found.iter().filter(is_of_path).map(|finding| finding.code).collect();
            assert_eq!(of_path, [codes::NOT_CHECKED], "{path}: {found:?}");
        }
    }
}
