//! The walk from the head of a request to its permit: framing, then the gate. There is one, for the front door and for
//! the layer around somebody else's service, so that both refuse the same requests in the same words.

use http::Response;
use http::request::Parts;
use portcullis_core::domain::permit::Permit;
use portcullis_core::domain::refusal::Refusal;
use portcullis_core::services::gate::{Gate, Refused};
use portcullis_core::services::policy::Policy;

use crate::body::Body;
use crate::cause::with_causes;
use crate::dialect::Dialect;
use crate::fields::HeaderFields;
use crate::framing;
use crate::origin::Origin;
use crate::refusal::{framing_reply, known_as, reply};
use crate::reply::Reply;
use crate::request::{target, view};
use crate::request_id::RequestId;

/// A request that got no permit.
#[derive(Debug)]
pub struct Turned {
    reply: Reply,
    decision_id: String,
    is_misframed: bool,
}

/// Lets a request through under this policy, or says what its client reads.
pub async fn admit(
    gate: &Gate,
    policy: &Policy,
    head: &Parts,
    id: &RequestId,
    origin: &Origin,
) -> Result<Permit, Turned> {
    let fields = HeaderFields(&head.headers);
    let view = view(head, &fields, id.as_str(), origin.client);
    if let Err(fault) = framing::check(head) {
        let decision_id = gate.record_misframed(&view, &fault.to_string());
        return Err(Turned { reply: framing_reply(fault), decision_id, is_misframed: true });
    }
    gate.admit_under(policy, &view).await.map_err(Turned::refused)
}

impl Turned {
    /// What the client reads of a refusal; a store that failed is for the log.
    pub(crate) fn refused(refused: Refused) -> Self {
        if let Refusal::Unavailable(error) = &refused.refusal {
            tracing::error!(
                error = with_causes(error),
                decision.id = refused.decision_id,
                "the user store could not be read"
            );
        }
        Self { reply: reply(&refused.refusal), decision_id: refused.decision_id, is_misframed: false }
    }

    /// Whether it was refused before the gate, which knows nothing of it then.
    pub fn is_misframed(&self) -> bool {
        self.is_misframed
    }

    /// The answer to the request, in the dialect of the path that it asked for.
    pub fn answer(self, head: &Parts) -> Response<Body> {
        self.answer_to(target(head))
    }

    pub(crate) fn answer_to(self, target: &str) -> Response<Body> {
        known_as(&self.decision_id, Dialect::of(target).write(self.reply))
    }
}
