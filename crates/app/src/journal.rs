//! What the process itself does, on the record: it starts, it stops, it takes a changed configuration over.

use std::sync::Arc;

use portcullis_core::domain::record::{Record, Verdict};
use portcullis_core::ports::clock::Clock;
use portcullis_core::ports::ledger::Ledger;
use portcullis_core::services::actor::Actor;

/// Who the process is, on the record.
const SELF: &str = "portcullis";

/// Writes down what the process does.
#[derive(Clone)]
pub(crate) struct Journal {
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
}

impl Journal {
    pub(crate) fn new(ledger: Arc<dyn Ledger>, clock: Arc<dyn Clock>) -> Self {
        Self { ledger, clock }
    }

    /// Notes that something was done.
    pub(crate) fn note(&self, action: &str, reason: &str) {
        self.ledger.note(self.record(action, Verdict::Allowed, reason));
    }

    /// Notes that something could not be done.
    pub(crate) fn note_failure(&self, action: &str, reason: &str) {
        self.ledger.note(self.record(action, Verdict::Refused, reason));
    }

    fn record(&self, action: &str, verdict: Verdict, reason: &str) -> Record {
        let actor = Actor { subject: SELF.to_owned(), address: None, request_id: String::new() };
        Record { verdict, reason: reason.to_owned(), ..actor.record(action, self.clock.now(), None) }
    }
}
