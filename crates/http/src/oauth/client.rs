//! What the endpoints for clients have in common: a form, and a client that has shown its secret (RFC 6749 2.3.1).

use std::sync::Arc;

use axum::extract::{FromRef, FromRequest, Request};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use portcullis_core::domain::client::ClientSecret;
use portcullis_core::services::ids::Ids;
use portcullis_core::services::oauth::client_auth::{
    ClientAttempt, ClientAuth, ClientAuthError, KnownClient,
};

use super::error::OAuthError;
use crate::api_error::{ApiError, whole_seconds};
use crate::body::SmallBody;
use crate::endpoints::Caller;
use crate::form::{Form, Malformed, decoded};

/// A form and how it came, before anybody is believed.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) form: Form,
    pub(crate) caller: Caller,
    /// The id under which he, and the record, know the refusal, if it comes to one.
    pub(crate) decision_id: String,
    headers: HeaderMap,
}

impl<S: Send + Sync> FromRequest<S> for Asked
where
    Arc<Ids>: FromRef<S>,
{
    type Rejection = OAuthError;

    async fn from_request(request: Request, state: &S) -> Result<Self, OAuthError> {
        let decision_id = Arc::<Ids>::from_ref(state).next();
        let caller = request.extensions().get::<Caller>().cloned().ok_or_else(ApiError::internal)?;
        let headers = request.headers().clone();
        // What stands in a URL stands in logs.
        if request.uri().query().is_some_and(|query| !query.is_empty()) {
            return Err(OAuthError::InvalidRequest("Parameters belong in the body, not in the URL"));
        }
        let SmallBody(body) = SmallBody::from_request(request, &()).await?;
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let form = Form::read(content_type, &body).map_err(|_| {
            OAuthError::InvalidRequest("A body of application/x-www-form-urlencoded is expected")
        })?;
        Ok(Self { form, caller, decision_id, headers })
    }
}

impl Asked {
    /// The client that shows its secret.
    pub(crate) async fn client(&self, auth: &ClientAuth) -> Result<KnownClient, OAuthError> {
        let (client_id, secret) = shown(&self.headers, &self.form)?;
        let attempt = ClientAttempt {
            client_id,
            secret: ClientSecret::new(secret),
            address: self.caller.address,
            request_id: self.caller.request_id.clone(),
            decision_id: self.decision_id.clone(),
        };
        auth.admit(attempt).await.map_err(|error| told(&error, self.decision_id.clone()))
    }

    /// Whether nobody says that he is a client, rightly or not.
    pub(crate) fn is_of_nobody(&self) -> Result<bool, Malformed> {
        let (id, secret) = (self.form.optional("client_id")?, self.form.optional("client_secret")?);
        Ok(id.is_none() && secret.is_none() && !self.headers.contains_key(AUTHORIZATION))
    }

    /// What is used to ask.
    pub(crate) fn agent(&self) -> Option<String> {
        self.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).map(str::to_owned)
    }
}

/// A client, and what it asks. Whoever has one need not ask again who it is.
#[derive(Debug)]
pub(crate) struct Asking {
    pub(crate) client: KnownClient,
    form: Form,
}

impl<S: Send + Sync> FromRequest<S> for Asking
where
    Arc<ClientAuth>: FromRef<S>,
    Arc<Ids>: FromRef<S>,
{
    type Rejection = OAuthError;

    async fn from_request(request: Request, state: &S) -> Result<Self, OAuthError> {
        let asked = Asked::from_request(request, state).await?;
        let client = asked.client(&Arc::<ClientAuth>::from_ref(state)).await?;
        Ok(Self { client, form: asked.form })
    }
}

impl Asking {
    /// A parameter that must be there.
    pub(crate) fn only(&self, name: &str) -> Result<String, OAuthError> {
        self.form.only(name).map_err(OAuthError::from)
    }
}

impl From<Malformed> for OAuthError {
    fn from(_: Malformed) -> Self {
        Self::InvalidRequest("A parameter is missing or given more than once")
    }
}

fn told(error: &ClientAuthError, decision_id: String) -> OAuthError {
    match error {
        ClientAuthError::Rejected => OAuthError::InvalidClient(Some(decision_id)),
        ClientAuthError::Throttled { retry_after } => {
            OAuthError::TooMany(whole_seconds(*retry_after), decision_id)
        }
        ClientAuthError::Store(_) => ApiError::unavailable(error).into(),
    }
}

/// The id and the secret that a client shows: in the field `Authorization` or in the body, and never in both.
fn shown(headers: &HeaderMap, form: &Form) -> Result<(String, String), OAuthError> {
    let (id, secret) = (form.optional("client_id")?, form.optional("client_secret")?);
    let mut fields = headers.get_all(AUTHORIZATION).iter();
    let basic = match (fields.next(), fields.next()) {
        (None, _) => {
            return match (id, secret) {
                (Some(id), Some(secret)) => Ok((id, secret)),
                _ => Err(OAuthError::InvalidClient(None)),
            };
        }
        (Some(field), None) => field.to_str().ok().and_then(basic).ok_or(OAuthError::InvalidClient(None))?,
        (Some(_), Some(_)) => return Err(OAuthError::InvalidRequest("Two credentials are given")),
    };
    // An id in the body is no second credential, if it is the same.
    if secret.is_some() || id.is_some_and(|id| id != basic.0) {
        return Err(OAuthError::InvalidRequest("The client authenticates itself in two ways"));
    }
    Ok(basic)
}

/// The id and the secret of `Basic`, both of them form-encoded first.
fn basic(field: &str) -> Option<(String, String)> {
    let (scheme, credentials) = field.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(credentials.trim_matches(' ')).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    Some((decoded(id)?, decoded(secret)?))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn read(fields: &[&str], body: &str) -> Result<(String, String), (u16, &'static str)> {
        let fields = fields.iter().map(|value| (AUTHORIZATION, HeaderValue::from_str(value).unwrap()));
        let form = Form::read(Some("application/x-www-form-urlencoded"), body.as_bytes()).unwrap();
        shown(&fields.collect(), &form).map_err(|error| match error {
            OAuthError::InvalidClient(_) => (401, ""),
            OAuthError::InvalidRequest(what) => (400, what),
            other => unreachable!("{other:?}"),
        })
    }

    fn of(pair: &str) -> String {
        format!("Basic {}", STANDARD.encode(pair))
    }

    #[test]
    fn a_client_is_named_in_the_field_or_in_the_body() {
        let expected = Ok(("backup".to_owned(), "s: é".to_owned()));
        assert_eq!(read(&[&of("backup:s%3A+%C3%A9")], ""), expected);
        assert_eq!(read(&[&of("backup:s:+%c3%a9").replace("Basic", "bAsIc ")], "client_id=backup"), expected);
        assert_eq!(read(&[], "client_id=backup&client_secret=s%3A+%C3%A9"), expected);
    }

    #[test]
    fn a_client_that_is_not_named_or_shows_no_secret_is_none() {
        for body in
            ["", "client_id=a", "client_secret=b", "client_id=&client_secret=b", "client_id=a&client_secret="]
        {
            assert_eq!(read(&[], body).unwrap_err().0, 401, "{body}");
        }
        for field in
            ["", "Basic", "Basic ", "Basic !", "Bearer abc", &of("no-colon"), &of("a:%zz"), "Basic YTpi="]
        {
            assert_eq!(read(&[field], "").unwrap_err().0, 401, "{field}");
        }
    }

    #[test]
    fn no_client_is_named_twice() {
        let both = (400, "The client authenticates itself in two ways");
        for body in ["client_secret=b", "client_id=a&client_secret=b", "client_id=other"] {
            assert_eq!(read(&[&of("a:b")], body), Err(both), "{body}");
        }
        assert_eq!(read(&[&of("a:b"), &of("a:b")], "").unwrap_err().0, 400);
        for body in ["client_id=a&client_id=a&client_secret=b", "client_id=a&client_secret=b&client_secret=b"]
        {
            assert_eq!(read(&[], body).unwrap_err().0, 400, "{body}");
        }
    }
}
