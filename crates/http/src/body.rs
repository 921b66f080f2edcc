//! Bodies of requests to our own endpoints: small, and not for long.

use std::time::Duration;

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use portcullis_guard::reply::Reply;

use crate::api_error::ApiError;
use crate::json_object::JsonObject;

/// The most bytes that a body of ours may have.
const LARGEST: usize = 16 * 1024;
/// The most time that it may take to arrive.
const LONGEST: Duration = Duration::from_secs(10);

/// A whole body.
#[derive(Debug)]
pub(crate) struct SmallBody(pub(crate) Bytes);

impl<S: Sync> FromRequest<S> for SmallBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let reading = Limited::new(request.into_body(), LARGEST).collect();
        match tokio::time::timeout(LONGEST, reading).await {
            Ok(Ok(body)) => Ok(Self(body.to_bytes())),
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                Err(Reply::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "Payload Too Large").into())
            }
            Ok(Err(_)) => {
                Err(Reply::new(StatusCode::BAD_REQUEST, "body_broken", "Incomplete request body").into())
            }
            Err(_) => Err(Reply::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", "Request Timeout").into()),
        }
    }
}

/// A whole body that is a JSON object.
pub(crate) struct JsonBody(pub(crate) JsonObject);

impl<S: Sync> FromRequest<S> for JsonBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let content_type = request.headers().get(CONTENT_TYPE).cloned();
        let SmallBody(body) = SmallBody::from_request(request, state).await?;
        let content_type = content_type.as_ref().map(|value| value.to_str().unwrap_or_default());
        Ok(Self(JsonObject::read(content_type, &body)?))
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::HeaderValue;

    use super::*;

    async fn is_taken(content_type: Option<&[u8]>) -> bool {
        let mut request = Request::new(Body::from("{}"));
        if let Some(value) = content_type {
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_bytes(value).unwrap());
        }
        JsonBody::from_request(request, &()).await.is_ok()
    }

    #[tokio::test]
    async fn a_content_type_that_is_no_text_is_not_one_that_is_left_out() {
        assert!(is_taken(None).await && is_taken(Some(b"application/json")).await);
        for wrong in [&b"text/plain"[..], b"", b"application/json\xff"] {
            assert!(!is_taken(Some(wrong)).await, "{wrong:?}");
        }
    }
}
