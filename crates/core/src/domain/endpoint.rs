//! Our own endpoints: where they are, and what they need. This and the configured routes are one route table.

use super::method::{MethodSet, Standard};
use super::requirement::{RealmRule, Requirement};
use super::right::Right;

/// The places below which everything is ours: what is no endpoint there is nothing, and nobody else's either, so that what
/// becomes an endpoint one day is not somebody else's until then.
pub const OURS: [&str; 4] = [
    "/api/v1/auth/**",
    "/oauth2/**",
    "/.well-known/oauth-authorization-server/**",
    "/.well-known/jwks.json/**",
];

/// An endpoint that Portcullis answers itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// A password for a token.
    Login,
    /// Who the caller is.
    Me,
    /// The end of the caller's session.
    Logout,
    /// Another password for the caller.
    Password,
    /// The caller's personal tokens.
    PersonalTokens,
    /// One more personal token.
    AddPersonalToken,
    /// One personal token.
    PersonalToken,
    /// One personal token less.
    RemovePersonalToken,
    /// What the gate would say, and why.
    Explain,
    /// The users.
    Users,
    /// One more user.
    AddUser,
    /// One user.
    User,
    /// Something else about a user.
    ChangeUser,
    /// One user less.
    RemoveUser,
    /// The roles.
    Roles,
    /// One more role.
    AddRole,
    /// Another role of the same name.
    ReplaceRole,
    /// One role less.
    RemoveRole,
    /// The clients.
    Clients,
    /// One more client.
    AddClient,
    /// One client.
    Client,
    /// One client less.
    RemoveClient,
    /// The sessions that are open.
    Sessions,
    /// The end of many sessions at once.
    EndSessions,
    /// The end of one session.
    EndSession,
    /// The end of all sessions of one user.
    EndUserSessions,
    /// What happened.
    Audit,
    /// What the gate says of a request that another proxy asks about.
    Verify,
    /// Whether the gate works.
    Health,
    /// A token for a client (RFC 6749 3.2).
    OAuthToken,
    /// Whether a token is good (RFC 7662 2).
    Introspect,
    /// The end of a token (RFC 7009 2).
    Revoke,
    /// What OAuth 2.0 clients can do here (RFC 8414 3).
    OAuthMetadata,
    /// What others verify our tokens with.
    Jwks,
    /// How it works.
    Metrics,
    /// The description of the API, for programs.
    OpenApi,
    /// The description of the API, for people.
    Docs,
    /// The same, where some look for it.
    Redoc,
    /// A call of BMC Network Automation's surface, at one of the two places where it is.
    Bmc(BmcBase, BmcCall),
}

/// Where BMC's surface is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BmcBase {
    /// At `/bca-networks/api`, as there.
    BcaNetworks,
    /// At `/api`.
    Api,
}

/// The calls of BMC's surface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BmcCall {
    /// What this is.
    About,
    /// The description of a version.
    Swagger,
    /// A token for a password.
    OpenToken,
    /// How long a token may be unused, which begins again.
    ExtendToken,
    /// The end of a token.
    EndToken,
}

impl BmcCall {
    /// Where it is below the base.
    pub const fn below(self) -> &'static str {
        match self {
            Self::About => "/about",
            Self::Swagger => "/{version}/swagger.json",
            Self::OpenToken | Self::ExtendToken | Self::EndToken => "/token",
        }
    }

    /// Its row in the table.
    const fn row(self, base: BmcBase) -> (&'static [Standard], &'static str, Need) {
        use BmcBase::{Api, BcaNetworks};
        use Standard::{Delete, Get, Post};
        let (about, swagger, token) = match base {
            BcaNetworks => (
                "/bca-networks/api/about",
                "/bca-networks/api/{version}/swagger.json",
                "/bca-networks/api/token",
            ),
            Api => ("/api/about", "/api/{version}/swagger.json", "/api/token"),
        };
        match self {
            Self::About => (&[Get], about, Need::Nothing),
            Self::Swagger => (&[Get], swagger, Need::Nothing),
            Self::OpenToken => (&[Post], token, Need::Nothing),
            Self::ExtendToken => (&[Get], token, Need::Token),
            Self::EndToken => (&[Delete], token, Need::Token),
        }
    }
}

/// Who may read the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricsAccess {
    /// Anybody.
    Public,
    /// Whoever has a token.
    Authenticated,
    /// Nobody on this listener: they have one of their own.
    Elsewhere,
}

/// Who may read the description of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocsAccess {
    /// Anybody.
    Public,
    /// Nobody: there is none.
    Off,
}

/// What of our own endpoints the configuration decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnAccess {
    /// Who may read the metrics.
    pub metrics: MetricsAccess,
    /// Who may read the description of the API.
    pub docs: DocsAccess,
}

impl Default for OwnAccess {
    fn default() -> Self {
        Self { metrics: MetricsAccess::Public, docs: DocsAccess::Public }
    }
}

/// What an endpoint needs, before the configuration has its say.
#[derive(Debug, Clone, Copy)]
enum Need {
    Nothing,
    Token,
    Right(&'static str),
    RightUnlessSelf(&'static str, &'static str),
    AsMetrics,
    AsDocs,
}

const PERSONAL_TOKENS: &str = "/api/v1/auth/tokens";
const PERSONAL_TOKEN: &str = "/api/v1/auth/tokens/{id}";
const USERS: &str = "/api/v1/auth/users";
const USER: &str = "/api/v1/auth/users/{name}";
const ROLES: &str = "/api/v1/auth/roles";
const ROLE: &str = "/api/v1/auth/roles/{name}";
const CLIENTS: &str = "/api/v1/auth/clients";
const CLIENT: &str = "/api/v1/auth/clients/{id}";

impl Endpoint {
    /// All of them.
    pub const ALL: [Self; 48] = [
        Self::Login,
        Self::Me,
        Self::Logout,
        Self::Password,
        Self::PersonalTokens,
        Self::AddPersonalToken,
        Self::PersonalToken,
        Self::RemovePersonalToken,
        Self::Explain,
        Self::Users,
        Self::AddUser,
        Self::User,
        Self::ChangeUser,
        Self::RemoveUser,
        Self::Roles,
        Self::AddRole,
        Self::ReplaceRole,
        Self::RemoveRole,
        Self::Clients,
        Self::AddClient,
        Self::Client,
        Self::RemoveClient,
        Self::Sessions,
        Self::EndSessions,
        Self::EndSession,
        Self::EndUserSessions,
        Self::Audit,
        Self::Verify,
        Self::Health,
        Self::OAuthToken,
        Self::Introspect,
        Self::Revoke,
        Self::OAuthMetadata,
        Self::Jwks,
        Self::Metrics,
        Self::OpenApi,
        Self::Docs,
        Self::Redoc,
        Self::Bmc(BmcBase::BcaNetworks, BmcCall::About),
        Self::Bmc(BmcBase::BcaNetworks, BmcCall::Swagger),
        Self::Bmc(BmcBase::BcaNetworks, BmcCall::OpenToken),
        Self::Bmc(BmcBase::BcaNetworks, BmcCall::ExtendToken),
        Self::Bmc(BmcBase::BcaNetworks, BmcCall::EndToken),
        Self::Bmc(BmcBase::Api, BmcCall::About),
        Self::Bmc(BmcBase::Api, BmcCall::Swagger),
        Self::Bmc(BmcBase::Api, BmcCall::OpenToken),
        Self::Bmc(BmcBase::Api, BmcCall::ExtendToken),
        Self::Bmc(BmcBase::Api, BmcCall::EndToken),
    ];

    /// The table: method, path, and what is needed.
    const fn row(self) -> (&'static [Standard], &'static str, Need) {
        use Need::{AsDocs, AsMetrics, Nothing, Right, RightUnlessSelf, Token};
        use Standard::{Delete, Get, Patch, Post, Put};
        match self {
            Self::Login => (&[Post], "/api/v1/auth/login", Nothing),
            Self::Me => (&[Get], "/api/v1/auth/me", Token),
            Self::Logout => (&[Post], "/api/v1/auth/logout", Token),
            Self::Explain => (&[Get], "/api/v1/auth/explain", RightUnlessSelf("access:explain", "user")),
            Self::Password => (&[Post], "/api/v1/auth/password", Token),
            Self::PersonalTokens => (&[Get], PERSONAL_TOKENS, Token),
            Self::AddPersonalToken => (&[Post], PERSONAL_TOKENS, Token),
            Self::PersonalToken => (&[Get], PERSONAL_TOKEN, Token),
            Self::RemovePersonalToken => (&[Delete], PERSONAL_TOKEN, Token),
            Self::Users => (&[Get], USERS, Right("users:view")),
            Self::AddUser => (&[Post], USERS, Right("users:edit")),
            Self::User => (&[Get], USER, Right("users:view")),
            Self::ChangeUser => (&[Patch], USER, Right("users:edit")),
            Self::RemoveUser => (&[Delete], USER, Right("users:edit")),
            Self::Roles => (&[Get], ROLES, Right("roles:view")),
            Self::AddRole => (&[Post], ROLES, Right("roles:edit")),
            Self::ReplaceRole => (&[Put], ROLE, Right("roles:edit")),
            Self::RemoveRole => (&[Delete], ROLE, Right("roles:edit")),
            Self::Clients => (&[Get], CLIENTS, Right("clients:view")),
            Self::AddClient => (&[Post], CLIENTS, Right("clients:edit")),
            Self::Client => (&[Get], CLIENT, Right("clients:view")),
            Self::RemoveClient => (&[Delete], CLIENT, Right("clients:edit")),
            Self::Sessions => (&[Get], "/api/v1/auth/sessions", Right("sessions:view")),
            Self::EndSessions => (&[Delete], "/api/v1/auth/sessions", Right("sessions:end")),
            Self::EndSession => (&[Delete], "/api/v1/auth/sessions/{id}", Right("sessions:end")),
            Self::EndUserSessions => (&[Delete], "/api/v1/auth/users/{name}/sessions", Right("sessions:end")),
            Self::Audit => (&[Get], "/api/v1/auth/audit", Right("audit:view")),
            // Authenticated by its peer. The proxy that asks uses whichever method it likes; the request that it asks
            // about has its own.
            Self::Verify => (&[], "/api/v1/auth/verify", Nothing),
            Self::Health => (&[Get], "/api/v1/health", Nothing),
            // Clients authenticate themselves there.
            Self::OAuthToken => (&[Post], "/oauth2/token", Nothing),
            Self::Introspect => (&[Post], "/oauth2/introspect", Nothing),
            Self::Revoke => (&[Post], "/oauth2/revoke", Nothing),
            Self::OAuthMetadata => (&[Get], "/.well-known/oauth-authorization-server", Nothing),
            Self::Jwks => (&[Get], "/.well-known/jwks.json", Nothing),
            Self::Metrics => (&[Get], "/metrics", AsMetrics),
            Self::OpenApi => (&[Get], "/api/openapi.json", AsDocs),
            Self::Docs => (&[Get], "/api/docs", AsDocs),
            Self::Redoc => (&[Get], "/api/redoc", AsDocs),
            Self::Bmc(base, call) => call.row(base),
        }
    }

    /// Where it is: a pattern as routes have one.
    pub const fn path(self) -> &'static str {
        self.row().1
    }

    /// Which methods it answers. Two endpoints may share a path, but no method there.
    pub fn methods(self) -> MethodSet {
        match self.row().0 {
            [] => MethodSet::every(),
            some => some.iter().copied().collect(),
        }
    }

    /// What it needs; none where the configuration took it away.
    pub fn requirement(self, access: OwnAccess) -> Option<Requirement> {
        match self.row().2 {
            Need::Nothing => Some(Requirement::Public),
            Need::Token => Some(Requirement::Authenticated),
            Need::Right(right) => {
                Some(Requirement::Right { right: Right::parse(right).ok()?, realm: RealmRule::Everywhere })
            }
            Need::RightUnlessSelf(right, parameter) => {
                Some(Requirement::RightUnlessSelf { right: Right::parse(right).ok()?, parameter })
            }
            Need::AsMetrics => match access.metrics {
                MetricsAccess::Public => Some(Requirement::Public),
                MetricsAccess::Authenticated => Some(Requirement::Authenticated),
                MetricsAccess::Elsewhere => None,
            },
            Need::AsDocs => match access.docs {
                DocsAccess::Public => Some(Requirement::Public),
                DocsAccess::Off => None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_has_methods_of_its_own_at_its_path_and_a_requirement() {
        for (index, endpoint) in Endpoint::ALL.into_iter().enumerate() {
            let shares = |other: &&Endpoint| other.path() == endpoint.path();
            for other in Endpoint::ALL[..index].iter().filter(shares) {
                assert!(!other.methods().meets(&endpoint.methods()), "{endpoint:?} {other:?}");
            }
            assert!(endpoint.requirement(OwnAccess::default()).is_some(), "{endpoint:?}");
        }
    }

    #[test]
    fn the_calls_of_bmc_are_at_the_same_place_below_either_base() {
        use BmcCall::{About, EndToken, ExtendToken, OpenToken, Swagger};
        for call in [About, Swagger, OpenToken, ExtendToken, EndToken] {
            for (base, path) in [(BmcBase::BcaNetworks, "/bca-networks/api"), (BmcBase::Api, "/api")] {
                assert_eq!(Endpoint::Bmc(base, call).path(), format!("{path}{}", call.below()));
            }
        }
    }
}
