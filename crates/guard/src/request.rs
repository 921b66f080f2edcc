//! The view that the gate has of an HTTP request.

use std::net::IpAddr;

use http::request::Parts;
use portcullis_core::domain::request::RequestView;

use crate::credential::credential;
use crate::fields::HeaderFields;

/// What a request asks for: its path and query, as they came.
pub fn target(request: &Parts) -> &str {
    request.uri.path_and_query().map_or("", |target| target.as_str())
}

/// What the gate sees of a request: its line and its header fields, as they came.
pub fn view<'r>(
    request: &'r Parts,
    fields: &'r HeaderFields<'r>,
    id: &'r str,
    address: Option<IpAddr>,
) -> RequestView<'r> {
    RequestView {
        method: request.method.as_str(),
        target: target(request),
        credential: credential(&request.headers),
        fields,
        id,
        address,
    }
}
