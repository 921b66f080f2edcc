//! Who does something that is worth a record, and in which request.

use std::net::IpAddr;

use crate::domain::record::{Amendment, Record, Verdict};
use crate::domain::time::Timestamp;

/// Whoever changes something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// His name.
    pub subject: String,
    /// Where he is, if that is known.
    pub address: Option<IpAddr>,
    /// The request that he does it with.
    pub request_id: String,
}

impl Actor {
    /// The record of what he did. `action` is a stable word of the field: `logout`, `user.add`.
    pub fn record(&self, action: &str, time: Timestamp, amendment: Option<Amendment>) -> Record {
        Record {
            time,
            request_id: self.request_id.clone(),
            decision_id: None,
            subject: Some(self.subject.clone()),
            address: self.address,
            action: action.to_owned(),
            route: None,
            realm: None,
            verdict: Verdict::Allowed,
            reason: "done".to_owned(),
            amendment,
        }
    }
}
