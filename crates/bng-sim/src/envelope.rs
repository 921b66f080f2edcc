//! What every answer of the management API looks like: `{"status":"ok","data":…}`, or `{"detail":…}`.

use axum::{
    Json,
    extract::rejection::{JsonRejection, PathRejection, QueryRejection},
    http::{HeaderName, HeaderValue, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::journal::raw_target;

/// Tells whoever looks at a 404 what path and query had reached the upstream.
const SIM_TARGET: HeaderName = HeaderName::from_static("x-sim-target");

/// What a handler gives: its data in the envelope, or a fault.
pub(crate) type Answer<T> = Result<Envelope<T>, Fault>;

/// `{"status":"ok","data":…}`.
#[derive(Serialize)]
pub(crate) struct Envelope<T> {
    status: &'static str,
    data: T,
}

impl<T> Envelope<T> {
    pub(crate) fn ok(data: T) -> Self {
        Self { status: "ok", data }
    }
}

impl<T: Serialize> IntoResponse for Envelope<T> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

/// `{"detail":…}` with the status that fits.
#[derive(Debug)]
pub(crate) struct Fault {
    status: StatusCode,
    detail: String,
}

impl Fault {
    /// 400: the request broke off or can't be read at all.
    pub(crate) fn unreadable(detail: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, detail: detail.into() }
    }

    /// 404: what the path or body names isn't there.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, detail: detail.into() }
    }

    /// 409: the request is right, the state isn't.
    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self { status: StatusCode::CONFLICT, detail: detail.into() }
    }

    /// 422: the body or query is not what the endpoint takes.
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, detail: detail.into() }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        (self.status, detail(&self.detail)).into_response()
    }
}

impl From<JsonRejection> for Fault {
    fn from(rejection: JsonRejection) -> Self {
        match rejection {
            JsonRejection::BytesRejection(_) => {
                Self { status: rejection.status(), detail: rejection.body_text() }
            }
            _ => Self::invalid(rejection.body_text()),
        }
    }
}

impl From<QueryRejection> for Fault {
    fn from(rejection: QueryRejection) -> Self {
        Self::invalid(rejection.body_text())
    }
}

impl From<PathRejection> for Fault {
    fn from(rejection: PathRejection) -> Self {
        Self { status: rejection.status(), detail: rejection.body_text() }
    }
}

/// Any path that is no endpoint: 404, with the target as received in `X-Sim-Target`.
pub(crate) async fn not_found(uri: Uri) -> Response {
    let mut response = Fault::not_found("Not Found").into_response();
    // A path may hold a byte that a header may not (DEL); the answer is then without the header.
    if let Ok(target) = HeaderValue::from_bytes(raw_target(&uri).as_bytes()) {
        response.headers_mut().insert(SIM_TARGET, target);
    }
    response
}

/// Another method of an endpoint: 405; axum adds `Allow`.
pub(crate) async fn method_not_allowed() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, detail("Method Not Allowed")).into_response()
}

#[derive(Serialize)]
struct Detail<'a> {
    detail: &'a str,
}

fn detail(text: &str) -> Json<Detail<'_>> {
    Json(Detail { detail: text })
}
