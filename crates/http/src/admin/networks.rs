//! Where a client, or a token, may come from, as it is written in a body: `"allow_from": ["10.0.0.0/8", "::1"]`; without it, or
//! with null, from anywhere.

use ipnet::IpNet;
use portcullis_core::domain::network::{NETWORK, network};

use crate::json_object::JsonObject;
use crate::validation::Fault;

const NAME: &str = "allow_from";

/// The networks that `what` may come from; what is wrong with them is remembered by `body`.
pub(crate) fn read(body: &mut JsonObject, what: &str) -> Vec<IpNet> {
    let Some(list) = body.nullable_list(NAME) else { return vec![] };
    if list.is_empty() {
        // It would let nobody in, or everybody: whichever it is, it was not meant.
        let why = format!("Input should name a network; leave it out to let the {what} come from anywhere");
        body.reject::<()>(Fault::value_error("body", NAME, why));
    }
    body.texts(NAME, &list, |text| network(text).ok_or_else(|| format!("Input should be {NETWORK}")))
}

/// The same as it was read.
pub(crate) fn written(networks: &[IpNet]) -> Option<Vec<String>> {
    (!networks.is_empty()).then(|| networks.iter().map(ToString::to_string).collect())
}
