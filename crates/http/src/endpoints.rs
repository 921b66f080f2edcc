//! From an endpoint to its handler: one exhaustive list.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRef, Request};
use axum::handler::Handler;
use http::{HeaderMap, Response};
use http_body_util::BodyExt as _;
use portcullis_core::domain::endpoint::{BmcCall, Endpoint};
use portcullis_core::domain::permit::Permit;
use portcullis_core::ports::ledger::Ledger;
use portcullis_core::services::client_admin::ClientAdmin;
use portcullis_core::services::gate::Gate;
use portcullis_core::services::ids::Ids;
use portcullis_core::services::login::Login;
use portcullis_core::services::oauth::client_auth::ClientAuth;
use portcullis_core::services::oauth::client_tokens::ClientTokens;
use portcullis_core::services::oauth::refresh_grant::RefreshGrant;
use portcullis_core::services::oauth::token_affairs::TokenAffairs;
use portcullis_core::services::personal_tokens::PersonalTokens;
use portcullis_core::services::policy::LivePolicy;
use portcullis_core::services::role_admin::RoleAdmin;
use portcullis_core::services::sessions::Sessions;
use portcullis_core::services::user_admin::UserAdmin;
use portcullis_guard::origin::Origin;
use portcullis_guard::request_id::RequestId;
use portcullis_guard::{Body, BoxError};

use crate::{account, admin, athena, bmc, docs, forward_auth, metrics, oauth};

/// Writes the metrics as text, when somebody asks for them.
pub type RenderMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// Where the upstream describes itself, if the configuration says so.
pub type DocsLink = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// Writes the public halves of the keys that verify tokens now, as a JSON Web Key Set (RFC 7517 5).
#[derive(Clone)]
pub struct RenderJwks(pub Arc<dyn Fn() -> String + Send + Sync>);

/// What the listener knows of whoever made a request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The id of the request.
    pub request_id: String,
    /// Where he is, if that is known.
    pub address: Option<IpAddr>,
    /// Whether he surely is on this machine.
    pub is_local: bool,
    /// Whether the request came from a proxy whose word is believed.
    pub by_trusted_proxy: bool,
}

impl Caller {
    /// Whoever made the request of this id, from there.
    pub fn new(id: &RequestId, origin: &Origin, headers: &HeaderMap) -> Self {
        Self {
            request_id: id.as_str().to_owned(),
            address: origin.client,
            is_local: origin.is_local(headers),
            by_trusted_proxy: origin.by_trusted_proxy,
        }
    }
}

/// Our own endpoints.
#[derive(Clone)]
pub struct Endpoints(Arc<Services>);

/// What the endpoints need.
#[derive(Clone)]
pub struct Services {
    /// Logs people in.
    pub login: Arc<Login>,
    /// Names refusals.
    pub ids: Arc<Ids>,
    /// Decides for other proxies.
    pub gate: Arc<Gate>,
    /// What is explained.
    pub live: Arc<LivePolicy>,
    /// Manages personal tokens.
    pub personal_tokens: Arc<PersonalTokens>,
    /// Manages users.
    pub users: Arc<UserAdmin>,
    /// Manages roles.
    pub roles: Arc<RoleAdmin>,
    /// Manages clients.
    pub clients: Arc<ClientAdmin>,
    /// The sessions.
    pub sessions: Sessions,
    /// What happened.
    pub ledger: Arc<dyn Ledger>,
    /// How it all is doing.
    pub metrics: RenderMetrics,
    /// Where the upstream describes itself.
    pub docs: DocsLink,
    /// Knows clients.
    pub client_auth: Arc<ClientAuth>,
    /// Gives them tokens.
    pub client_tokens: Arc<ClientTokens>,
    /// Exchanges refresh tokens.
    pub refresh_grant: Arc<RefreshGrant>,
    /// Knows of tokens, and ends them.
    pub token_affairs: Arc<TokenAffairs>,
    /// What others verify our tokens with.
    pub jwks: RenderJwks,
}

impl Endpoints {
    /// Endpoints over these services.
    pub fn new(services: Services) -> Self {
        Self(Arc::new(services))
    }

    /// Answers a request that the gate let through to `endpoint`.
    pub async fn call<B>(
        &self,
        endpoint: Endpoint,
        permit: Permit,
        caller: Caller,
        request: http::Request<B>,
    ) -> Response<Body>
    where
        B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let mut request: Request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(permit);
        request.extensions_mut().insert(caller);
        let state = self.clone();
        let response = match endpoint {
            Endpoint::Login => athena::login::post.call(request, state).await,
            Endpoint::Bmc(_, BmcCall::About) => bmc::about::get.call(request, state).await,
            Endpoint::Bmc(_, BmcCall::Swagger) => bmc::about::swagger.call(request, state).await,
            Endpoint::Bmc(_, BmcCall::OpenToken) => bmc::token::post.call(request, state).await,
            Endpoint::Bmc(_, BmcCall::ExtendToken) => bmc::token::get.call(request, state).await,
            Endpoint::Bmc(_, BmcCall::EndToken) => bmc::token::delete.call(request, state).await,
            Endpoint::Health => athena::health::get.call(request, state).await,
            Endpoint::Me => account::me::get.call(request, state).await,
            Endpoint::Logout => account::logout::post.call(request, state).await,
            Endpoint::Password => account::password::post.call(request, state).await,
            Endpoint::PersonalTokens => account::personal_tokens::list.call(request, state).await,
            Endpoint::AddPersonalToken => account::personal_tokens::add.call(request, state).await,
            Endpoint::PersonalToken => account::personal_tokens::show.call(request, state).await,
            Endpoint::RemovePersonalToken => account::personal_tokens::remove.call(request, state).await,
            Endpoint::Users => admin::users::list.call(request, state).await,
            Endpoint::AddUser => admin::users::add.call(request, state).await,
            Endpoint::User => admin::users::show.call(request, state).await,
            Endpoint::ChangeUser => admin::users::change.call(request, state).await,
            Endpoint::RemoveUser => admin::users::remove.call(request, state).await,
            Endpoint::Roles => admin::roles::list.call(request, state).await,
            Endpoint::AddRole => admin::roles::add.call(request, state).await,
            Endpoint::ReplaceRole => admin::roles::replace.call(request, state).await,
            Endpoint::RemoveRole => admin::roles::remove.call(request, state).await,
            Endpoint::Clients => admin::clients::list.call(request, state).await,
            Endpoint::AddClient => admin::clients::add.call(request, state).await,
            Endpoint::Client => admin::clients::show.call(request, state).await,
            Endpoint::RemoveClient => admin::clients::remove.call(request, state).await,
            Endpoint::Sessions => admin::sessions::list.call(request, state).await,
            Endpoint::EndSession => admin::sessions::end.call(request, state).await,
            Endpoint::EndSessions => admin::sessions::end_many.call(request, state).await,
            Endpoint::EndUserSessions => admin::sessions::end_of_user.call(request, state).await,
            Endpoint::Audit => admin::audit::list.call(request, state).await,
            Endpoint::Explain => account::explain::get.call(request, state).await,
            Endpoint::Verify => forward_auth::any.call(request, state).await,
            Endpoint::OAuthToken => oauth::token::post.call(request, state).await,
            Endpoint::Introspect => oauth::introspect::post.call(request, state).await,
            Endpoint::Revoke => oauth::revoke::post.call(request, state).await,
            Endpoint::OAuthMetadata => oauth::metadata::get.call(request, state).await,
            Endpoint::Jwks => oauth::jwks::get.call(request, state).await,
            Endpoint::Metrics => metrics::get.call(request, state).await,
            Endpoint::OpenApi => docs::openapi::get.call(request, state).await,
            Endpoint::Docs | Endpoint::Redoc => docs::page::get.call(request, state).await,
        };
        response.map(|body| body.map_err(BoxError::from).boxed_unsync())
    }
}

impl std::fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Endpoints")
    }
}

/// Handlers take what they need of the services by its type.
macro_rules! handed_out {
    ($($field:ident: $type:ty),+ $(,)?) => {$(
        impl FromRef<Endpoints> for $type {
            fn from_ref(endpoints: &Endpoints) -> Self {
                endpoints.0.$field.clone()
            }
        }
    )+};
}

handed_out! {
    login: Arc<Login>,
    ids: Arc<Ids>,
    gate: Arc<Gate>,
    live: Arc<LivePolicy>,
    personal_tokens: Arc<PersonalTokens>,
    users: Arc<UserAdmin>,
    roles: Arc<RoleAdmin>,
    clients: Arc<ClientAdmin>,
    sessions: Sessions,
    ledger: Arc<dyn Ledger>,
    metrics: RenderMetrics,
    docs: DocsLink,
    client_auth: Arc<ClientAuth>,
    client_tokens: Arc<ClientTokens>,
    refresh_grant: Arc<RefreshGrant>,
    token_affairs: Arc<TokenAffairs>,
    jwks: RenderJwks,
}
