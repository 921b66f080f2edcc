//! The journal of requests received, for a test in the same process to read.

use std::collections::VecDeque;

use axum::{
    extract::{Request, State},
    http::{Uri, uri::PathAndQuery},
    middleware::Next,
    response::Response,
};

use crate::Sim;

/// Enough for any one test; more would only be memory of a demonstration that was left running.
const KEPT: usize = 10_000;

/// The last requests received, oldest first.
#[derive(Default)]
pub(crate) struct Journal {
    entries: VecDeque<(String, String)>,
}

impl Journal {
    fn push(&mut self, method: &str, target: &str) {
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back((method.to_owned(), target.to_owned()));
    }

    pub(crate) fn entries(&self) -> Vec<(String, String)> {
        self.entries.iter().cloned().collect()
    }
}

/// Middleware: writes the request down, whatever becomes of it.
pub(crate) async fn record(State(sim): State<Sim>, request: Request, next: Next) -> Response {
    sim.journal().push(request.method().as_str(), raw_target(request.uri()));
    next.run(request).await
}

/// Path and query as they were received: neither decoded nor normalised.
pub(crate) fn raw_target(uri: &Uri) -> &str {
    uri.path_and_query().map_or("", PathAndQuery::as_str)
}

#[cfg(test)]
mod tests {
    use super::{Journal, KEPT};
    use crate::{Sim, testing::send};

    #[tokio::test]
    async fn every_request_is_seen_in_order_known_or_not() {
        let sim = Sim::new();
        send(&sim, "GET", "/api/v1/qos?x=1", None).await;
        send(&sim, "PATCH", "/api/v1/qos", None).await;
        send(&sim, "DELETE", "/no/../%2e%2e//where", None).await;
        let expected =
            [("GET", "/api/v1/qos?x=1"), ("PATCH", "/api/v1/qos"), ("DELETE", "/no/../%2e%2e//where")];
        assert_eq!(sim.seen(), expected.map(|(method, target)| (method.to_owned(), target.to_owned())));
    }

    #[test]
    fn a_full_journal_forgets_the_oldest() {
        let mut journal = Journal::default();
        for number in 0..=KEPT {
            journal.push("GET", &number.to_string());
        }
        let entries = journal.entries();
        assert_eq!(entries.len(), KEPT);
        assert_eq!((entries[0].1.as_str(), entries[KEPT - 1].1.as_str()), ("1", "10000"));
    }
}
