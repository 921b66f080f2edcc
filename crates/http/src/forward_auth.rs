//! `/api/v1/auth/verify`: what the gate says of a request that another proxy holds in its hand.
//!
//! It is authenticated by its peer. The same gate decides, so the answer is the one that the request would get here.

use http::{HeaderMap, Response};
use portcullis_core::domain::endpoint::Endpoint;
use portcullis_core::domain::request::{Credential, RequestView};
use portcullis_core::services::gate::Gate;
use portcullis_guard::Body;
use portcullis_guard::body::empty;
use portcullis_guard::credential::credential;
use portcullis_guard::fields::HeaderFields;
use portcullis_guard::forward_auth::Original;
use portcullis_guard::outbound::set_identity;
use portcullis_guard::question::{Told, not_trusted, told, unclear};

use crate::endpoints::Caller;

/// Answers for another proxy: 200 with the identity fields and no body, or a refusal; never a redirect.
///
/// It takes nothing but the fields, and so it is no handler of axum: it is asked before every request of that proxy.
pub(crate) async fn answer(gate: &Gate, caller: &Caller, headers: &HeaderMap) -> Response<Body> {
    let fields = HeaderFields(headers);
    let question = |method, target, credential| RequestView {
        method,
        target,
        credential,
        fields: &fields,
        id: &caller.request_id,
        address: caller.address,
    };
    let asking = question("GET", Endpoint::Verify.path(), Credential::Absent);
    if !caller.by_trusted_proxy {
        return not_trusted(gate, &asking);
    }
    let original = match Original::read(headers) {
        Ok(original) => original,
        Err(fault) => return unclear(gate, &asking, &fault.to_string()),
    };
    let about = question(original.method, original.target, credential(headers));
    match told(gate, &gate.policy(), &about).await {
        Told::Passes(permit) => {
            let mut response = Response::new(empty());
            set_identity(response.headers_mut(), &permit);
            response
        }
        Told::Refused(response) => response,
    }
}
