//! The answers to Envoy, in its words.

use std::collections::BTreeSet;

use envoy_types::ext_authz::v3::pb::{
    CheckResponse, DeniedHttpResponse, HeaderAppendAction, HeaderValue, HeaderValueOption, HttpResponse,
    HttpStatus, OkHttpResponse,
};
use envoy_types::pb::google::rpc;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Response, StatusCode};
use http_body_util::BodyExt as _;
use portcullis_core::domain::permit::Permit;
use portcullis_guard::outbound::set_identity;
use portcullis_guard::request_id::{RequestId, X_REQUEST_ID};
use portcullis_guard::{Body, BoxError};
use tonic::Code;

/// The request may pass, with these fields in place of the client's and without those.
pub(crate) fn passes(permit: &Permit, id: &RequestId, removed: BTreeSet<String>) -> CheckResponse {
    let mut set = HeaderMap::new();
    set_identity(&mut set, permit);
    set.insert(X_REQUEST_ID, id.value());
    let passes = OkHttpResponse {
        headers: fields(&set),
        headers_to_remove: removed.into_iter().collect(),
        ..OkHttpResponse::default()
    };
    response(Code::Ok, HttpResponse::OkResponse(passes))
}

/// It may not, and this is what its client gets.
pub(crate) async fn refused(answer: Response<Body>, id: &RequestId) -> Result<CheckResponse, BoxError> {
    let (mut head, body) = answer.into_parts();
    let body = body.collect().await?.to_bytes();
    // Envoy counts by itself.
    head.headers.remove(CONTENT_LENGTH);
    head.headers.insert(X_REQUEST_ID, id.value());
    let denied = DeniedHttpResponse {
        status: Some(HttpStatus { code: i32::from(head.status.as_u16()) }),
        headers: fields(&head.headers),
        body: String::from_utf8(body.to_vec())?,
    };
    Ok(response(code(head.status), HttpResponse::DeniedResponse(denied)))
}

/// Anything but `Ok` keeps the request out; which it is tells the reader of a trace why.
fn code(status: StatusCode) -> Code {
    match status {
        StatusCode::UNAUTHORIZED => Code::Unauthenticated,
        status if status.is_server_error() => Code::Unavailable,
        _ => Code::PermissionDenied,
    }
}

fn response(code: Code, answer: HttpResponse) -> CheckResponse {
    let status = rpc::Status { code: code.into(), ..rpc::Status::default() };
    CheckResponse { status: Some(status), http_response: Some(answer), ..CheckResponse::default() }
}

/// Each replaces all fields of its name, and an empty one is a field too.
fn fields(headers: &HeaderMap) -> Vec<HeaderValueOption> {
    let option = |(name, value): (&http::HeaderName, &http::HeaderValue)| HeaderValueOption {
        header: Some(HeaderValue {
            key: name.as_str().to_owned(),
            value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
            ..HeaderValue::default()
        }),
        append_action: HeaderAppendAction::OverwriteIfExistsOrAdd.into(),
        keep_empty_value: true,
        ..HeaderValueOption::default()
    };
    headers.iter().map(option).collect()
}
