//! `POST`, `GET` and `DELETE /api/token`: an opaque token, its idle timeout, and its end.

use std::sync::Arc;

use axum::extract::{FromRequest as _, Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, USER_AGENT};
use portcullis_core::domain::refusal::{Refusal, Unauthenticated};
use portcullis_core::domain::secret::Password;
use portcullis_core::domain::session::{Session, SessionKind};
use portcullis_core::ports::ledger::Ledger;
use portcullis_core::services::ids::Ids;
use portcullis_core::services::login::{Attempt, Login, OpaqueIssued};
use portcullis_core::services::sessions::Sessions;
use portcullis_guard::dialect::Dialect;
use portcullis_guard::refusal::reply;
use portcullis_guard::reply::Reply;
use serde::Serialize;

use crate::api_error::ApiError;
use crate::body::SmallBody;
use crate::endpoints::Caller;
use crate::extract::{Doer, Passed};
use crate::form::{Form, Malformed};

#[derive(Serialize)]
struct TokenBody {
    access_token: String,
    token_type: &'static str,
    /// Seconds without use.
    expires_in: u64,
}

/// A token for a name and a password.
pub(crate) async fn post(
    State(login): State<Arc<Login>>,
    State(ids): State<Arc<Ids>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let issued = match open(&login, &ids, caller, &headers, request).await {
        Ok(issued) => issued,
        Err(error) => return error.write(Dialect::Bmc),
    };
    let content = TokenBody {
        access_token: issued.token.expose().to_string(),
        token_type: "Bearer",
        expires_in: issued.idle_timeout.as_secs(),
    };
    ([(CACHE_CONTROL, "no-store")], Json(content)).into_response()
}

async fn open(
    login: &Login,
    ids: &Ids,
    caller: Caller,
    headers: &HeaderMap,
    request: Request,
) -> Result<OpaqueIssued, ApiError> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let SmallBody(body) = SmallBody::from_request(request, &()).await?;
    let form = Form::read(text(CONTENT_TYPE), &body)?;
    let grant_type = form.only("grant_type")?;
    if grant_type != "password" {
        let detail = "The grant type is not supported here";
        return Err(Reply::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", detail).into());
    }
    let attempt = Attempt {
        username: form.only("username")?,
        password: Password::new(form.only("password")?),
        address: caller.address,
        is_local: caller.is_local,
        agent: text(USER_AGENT).map(str::to_owned),
        request_id: caller.request_id,
        decision_id: ids.next(),
    };
    let decision_id = attempt.decision_id.clone();
    login.for_opaque_token(attempt).await.map_err(|error| ApiError::of_login(&error, decision_id))
}

impl From<Malformed> for ApiError {
    fn from(_: Malformed) -> Self {
        let detail = "A form with one grant_type, one username and one password is expected";
        Reply::new(StatusCode::BAD_REQUEST, "invalid_form", detail).into()
    }
}

/// The idle timeout of the caller's session in milliseconds. That it was asked for began it again. A session of a signed
/// token has none, and nothing begins again: what is told is how long it lasts in all.
pub(crate) async fn get(State(ledger): State<Arc<dyn Ledger>>, Passed(principal): Passed) -> Response {
    let session = ledger.session(&principal.session).await;
    let timeout = match session {
        Ok(Some(Session { kind: SessionKind::Opaque { idle_timeout, .. }, .. })) => idle_timeout.as_millis(),
        // It was ended just now, somewhere else.
        Ok(None) if principal.kind.token().is_some() => return ended().write(Dialect::Bmc),
        Ok(_) => {
            let lifetime = principal.expires_at.micros().saturating_sub(principal.issued_at.micros());
            u128::try_from(lifetime / 1000).unwrap_or_default()
        }
        Err(error) => return ApiError::unavailable(&error).write(Dialect::Bmc),
    };
    ([(CACHE_CONTROL, "no-store"), (CONTENT_TYPE, "application/json")], timeout.to_string()).into_response()
}

fn ended() -> ApiError {
    let why = Refusal::Unauthenticated(Unauthenticated::UnknownToken);
    reply(&why).into()
}

/// The end of the token.
pub(crate) async fn delete(
    State(sessions): State<Sessions>,
    Passed(principal): Passed,
    Doer(actor): Doer,
) -> Response {
    match sessions.log_out(&principal, &actor).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => ApiError::from(error).write(Dialect::Bmc),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use portcullis_core::domain::opaque::TokenHash;
    use portcullis_core::domain::permit::Principal;
    use portcullis_core::domain::role::RoleBook;
    use portcullis_core::domain::session::SessionId;
    use portcullis_core::domain::standing::Standing;
    use portcullis_core::domain::time::Timestamp;
    use portcullis_core::domain::user::{Stamp, User, Username};
    use portcullis_testkit::memory_directory::MemoryDirectory;

    use super::*;

    /// Whoever shows a token of this kind, whose session no ledger knows.
    fn of_no_session(kind: SessionKind) -> Principal {
        let user = User {
            name: Username::parse("operator").unwrap(),
            stamp: Stamp::from_bytes([1; 8]),
            active: true,
            api_login: true,
            grants: Arc::default(),
        };
        Principal {
            standing: Arc::new(Standing::new(user, &RoleBook::built_in())),
            session: SessionId::from_bytes([1; 16]),
            kind,
            issued_at: Timestamp::from_seconds(0),
            expires_at: Timestamp::from_seconds(60),
        }
    }

    #[tokio::test]
    async fn a_token_that_was_ended_elsewhere_has_no_timeout_and_a_signed_one_has_its_lifetime() {
        let opaque = SessionKind::Opaque {
            token: TokenHash::from_bytes([1; 32]),
            idle_timeout: Duration::from_secs(30),
            stamp: Stamp::from_bytes([1; 8]),
        };
        for (kind, status, said) in [
            (opaque, 401, r#""error_description":"User authentication failed""#),
            (SessionKind::Jwt, 200, "60000"),
        ] {
            let ledger: Arc<dyn Ledger> = Arc::new(MemoryDirectory::new());
            let response = get(State(ledger), Passed(of_no_session(kind))).await;
            let challenge = response.headers().contains_key("www-authenticate");
            assert_eq!((response.status().as_u16(), challenge), (status, status == 401));
            let body = axum::body::to_bytes(response.into_body(), 1024).await.unwrap();
            assert!(String::from_utf8_lossy(&body).contains(said), "{body:?}");
        }
    }
}
