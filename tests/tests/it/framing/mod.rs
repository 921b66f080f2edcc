//! Where a request begins and ends, and whom it is for: whoever can make the gate and the upstream disagree about that
//! has a request that nobody decided on.

mod bodies;
mod heads;
mod sizes;

use portcullis_tests::canned::{Canned, OK};
use portcullis_tests::gate::Gate;
use portcullis_tests::raw::RawAnswer;
use portcullis_tests::setup::Setup;

/// What the attacker would like the upstream to take for a request of its own.
const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

/// Routes that decide little, so that everything here is about framing.
const PUBLIC: &str = "[{path: /**, require: public}]";

async fn start() -> (Gate, Canned) {
    let canned = Canned::answering(OK).await;
    (Setup::before(canned.address()).with("routes", PUBLIC).start().await, canned)
}

async fn start_encrypted() -> (Gate, Canned) {
    let canned = Canned::answering(OK).await;
    (Setup::before(canned.address()).with("routes", PUBLIC).tls().start().await, canned)
}

fn statuses(answers: &[RawAnswer]) -> Vec<u16> {
    answers.iter().map(|answer| answer.status).collect()
}

/// Requests that must be refused, each with one answer and the end of the connection, and of which nothing goes on.
async fn assert_unreadable(requests: impl IntoIterator<Item = String>) {
    let (gate, canned) = start().await;
    for request in requests {
        let answers = gate.exchange(&request).await;
        assert_eq!(statuses(&answers), [400], "{request:?}");
        assert_eq!(canned.received(), Vec::<String>::new(), "{request:?}");
    }
}

/// The fields of a request as the upstream got it, in small letters.
fn fields(received: &str) -> String {
    received.split("\r\n\r\n").next().unwrap_or_default().to_lowercase()
}
