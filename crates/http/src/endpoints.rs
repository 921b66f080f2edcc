//! From an endpoint to its handler: one exhaustive list.

use std::net::IpAddr;
use std::pin::Pin;
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
        let asked = Asked { endpoints: self, permit, caller, request };
        let answering = match endpoint {
            Endpoint::Login => asked.of(athena::login::post),
            Endpoint::Bmc(_, BmcCall::About) => asked.of(bmc::about::get),
            Endpoint::Bmc(_, BmcCall::Swagger) => asked.of(bmc::about::swagger),
            Endpoint::Bmc(_, BmcCall::OpenToken) => asked.of(bmc::token::post),
            Endpoint::Bmc(_, BmcCall::ExtendToken) => asked.of(bmc::token::get),
            Endpoint::Bmc(_, BmcCall::EndToken) => asked.of(bmc::token::delete),
            Endpoint::Health => asked.of(athena::health::get),
            Endpoint::Me => asked.of(account::me::get),
            Endpoint::Logout => asked.of(account::logout::post),
            Endpoint::Password => asked.of(account::password::post),
            Endpoint::PersonalTokens => asked.of(account::personal_tokens::list),
            Endpoint::AddPersonalToken => asked.of(account::personal_tokens::add),
            Endpoint::PersonalToken => asked.of(account::personal_tokens::show),
            Endpoint::RemovePersonalToken => asked.of(account::personal_tokens::remove),
            Endpoint::Users => asked.of(admin::users::list),
            Endpoint::AddUser => asked.of(admin::users::add),
            Endpoint::User => asked.of(admin::users::show),
            Endpoint::ChangeUser => asked.of(admin::users::change),
            Endpoint::RemoveUser => asked.of(admin::users::remove),
            Endpoint::Roles => asked.of(admin::roles::list),
            Endpoint::AddRole => asked.of(admin::roles::add),
            Endpoint::ReplaceRole => asked.of(admin::roles::replace),
            Endpoint::RemoveRole => asked.of(admin::roles::remove),
            Endpoint::Clients => asked.of(admin::clients::list),
            Endpoint::AddClient => asked.of(admin::clients::add),
            Endpoint::Client => asked.of(admin::clients::show),
            Endpoint::RemoveClient => asked.of(admin::clients::remove),
            Endpoint::Sessions => asked.of(admin::sessions::list),
            Endpoint::EndSession => asked.of(admin::sessions::end),
            Endpoint::EndSessions => asked.of(admin::sessions::end_many),
            Endpoint::EndUserSessions => asked.of(admin::sessions::end_of_user),
            Endpoint::Audit => asked.of(admin::audit::list),
            Endpoint::Explain => asked.of(account::explain::get),
            Endpoint::Verify => {
                return forward_auth::answer(&self.0.gate, &asked.caller, asked.request.headers()).await;
            }
            Endpoint::OAuthToken => asked.of(oauth::token::post),
            Endpoint::Introspect => asked.of(oauth::introspect::post),
            Endpoint::Revoke => asked.of(oauth::revoke::post),
            Endpoint::OAuthMetadata => asked.of(oauth::metadata::get),
            Endpoint::Jwks => asked.of(oauth::jwks::get),
            Endpoint::Metrics => asked.of(metrics::get),
            Endpoint::OpenApi => asked.of(docs::openapi::get),
            Endpoint::Docs | Endpoint::Redoc => asked.of(docs::page::get),
        };
        answering.await.map(|body| body.map_err(BoxError::from).boxed_unsync())
    }
}

/// A request that the gate let through, with all that is known of it.
struct Asked<'e, B> {
    endpoints: &'e Endpoints,
    permit: Permit,
    caller: Caller,
    request: http::Request<B>,
}

/// An answer of ours, as it is made.
type Answering = Pin<Box<dyn Future<Output = axum::response::Response> + Send>>;

impl<B> Asked<'_, B>
where
    B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    /// Asks a handler, which finds the permit and the caller beside the request.
    fn of<T>(self, handler: impl Handler<T, Endpoints, Future = Answering>) -> Answering {
        let mut request: Request = self.request.map(axum::body::Body::new);
        request.extensions_mut().insert(self.permit);
        request.extensions_mut().insert(self.caller);
        handler.call(request, self.endpoints.clone())
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
