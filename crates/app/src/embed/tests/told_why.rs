//! What the log of programs says when an upstream gives no answer: why, to the innermost cause, since the outermost says
//! little.

use std::io::{self, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use http_body_util::Empty;
use serde_json::Value;

use super::{Answer, CLIENT, Embedded, connection, from};

/// What was logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// The first line with this message.
    fn said(&self, message: &str) -> Value {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let mut events = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        events.find(|event| event["message"] == message).expect(&text)
    }
}

/// Where nobody listens.
fn nowhere() -> String {
    format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap())
}

#[tokio::test]
async fn the_innermost_cause_is_told_of_a_request_and_of_an_address() {
    let api = format!(
        "  upstreams: [{{prefix: /, to: [{}, {}]}}]\n  routes: [{{path: /a, require: public}}]\n",
        nowhere(),
        nowhere()
    );
    let embedded = Embedded::open(&api).await;
    let lines = Lines::default();
    let writer = lines.clone();
    let log = tracing_subscriber::fmt().json().flatten_event(true).with_writer(move || writer.clone());
    let _log = tracing::subscriber::set_default(log.finish());
    let mut line = connection(&embedded).await;
    for _ in 0..10 {
        line.ready().await.unwrap();
        let request = from(CLIENT, "POST", "/a").body(Empty::new()).unwrap();
        assert_eq!(Answer::read(line.send_request(request).await.unwrap()).await.status, 502);
    }
    for message in ["no answer from the upstream", "an address of the upstream is left out"] {
        let event = lines.said(message);
        assert!(event["error"].as_str().unwrap().contains("Connection refused"), "{event}");
    }
}
