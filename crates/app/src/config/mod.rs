//! The configuration: the section `api` of the BNG's file, and what the environment puts in its place.
//!
//! [`Config::load`] gives a configuration in which nothing is left to be checked, or every fault at once, each with
//! its place. Only the file and the values passed in are read; what needs another file (a certificate, say) is the
//! business of whoever opens it.

pub(crate) mod durations;
mod environment;
mod error;
mod keys;
mod layers;
mod load;
mod network;
mod setting;

mod access;
mod audit;
mod clients;
mod ext_authz;
mod listen;
mod operation;
mod passwords;
mod roles;
mod session;
mod throttle;
mod tls;
mod tokens;
mod upstream;
mod upstreams;
mod users;

mod methods;
mod requirement;
mod route;
mod routes;
mod upgrades;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use portcullis_core::domain::client::{Client, LONGEST_TOKEN};
use portcullis_core::domain::role::RoleBook;
use portcullis_core::domain::route_table::RouteTable;
use portcullis_core::domain::token::TokenPolicy;
use portcullis_core::services::policy::LoginPolicy;

pub(crate) use access::Metrics;
pub(crate) use audit::Audit;
pub(crate) use environment::Surroundings;
pub(crate) use error::ConfigError;
pub(crate) use ext_authz::ExtAuthzAddress;
pub(crate) use listen::ListenAddress;
pub(crate) use tls::TlsMode;
pub(crate) use tokens::KeyPolicy;
pub(crate) use upstream::{Upstream, UpstreamAuthorization, UpstreamTimeouts};
pub(crate) use upstreams::Service;
pub(crate) use users::UserSource;

/// A configuration without fault. Relative paths are those of the working directory.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// Whether to serve at all; a file that doesn't say so doesn't.
    pub(crate) enabled: bool,
    /// Where to listen; never empty.
    pub(crate) listen: Vec<ListenAddress>,
    /// The port on every IP address of `listen`; 0 lets the system choose.
    pub(crate) port: u16,
    /// With which certificate, if any.
    pub(crate) tls: TlsMode,
    /// Whether plain HTTP may be spoken where others can reach it.
    pub(crate) allow_plaintext: bool,
    /// Whom the gate stands before, by prefixes of paths; what none of them matches, and is not ours, is 404.
    pub(crate) services: Vec<Service>,
    /// PEM file of the authorities that are trusted for `https://` upstreams in place of the system's.
    pub(crate) upstream_ca: Option<PathBuf>,
    /// How long the upstream may take for what.
    pub(crate) upstream_timeouts: UpstreamTimeouts,
    /// Whether the upstream gets to see the caller's token.
    pub(crate) upstream_authorization: UpstreamAuthorization,
    /// Where the upstream describes itself, if it does.
    pub(crate) upstream_openapi: Option<String>,
    /// The folder for what must outlive the process.
    pub(crate) state_dir: PathBuf,
    /// Who can log in.
    pub(crate) users: UserSource,
    /// The machines that get tokens with a secret of their own.
    pub(crate) clients: Vec<Client>,
    /// How login tokens are made and judged.
    pub(crate) tokens: TokenPolicy,
    /// What login tokens are signed with.
    pub(crate) keys: KeyPolicy,
    /// What a role holds.
    pub(crate) roles: RoleBook,
    /// What a request needs.
    pub(crate) routes: RouteTable,
    /// How logins are guarded.
    pub(crate) logins: LoginPolicy,
    /// How what happened is kept.
    pub(crate) audit: Audit,
    /// How many threads serve requests; at least 1.
    pub(crate) workers: usize,
    /// Who may read the metrics, and where.
    pub(crate) metrics: Metrics,
    /// The proxies whose word about their own clients is believed.
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// Where Envoy may ask over gRPC, if anywhere.
    pub(crate) ext_authz: Option<ExtAuthzAddress>,
    /// What is no fault, but probably not meant.
    pub(crate) warnings: Vec<String>,
}

impl Config {
    /// Every address of every upstream.
    pub(crate) fn upstreams(&self) -> impl Iterator<Item = &Upstream> {
        self.services.iter().flat_map(|service| &service.to)
    }

    /// How long a token lasts at the most, a user's or a client's; also of those that a store may have got meanwhile.
    pub(crate) fn longest_token(&self) -> Duration {
        let of_clients = self.clients.iter().filter_map(|client| client.token_ttl);
        let of_the_store = self.users.store().map(|_| LONGEST_TOKEN);
        of_clients.chain(of_the_store).fold(self.tokens.ttl, Duration::max)
    }

    /// Reads a configuration file, with what surrounds the process.
    ///
    /// # Errors
    /// The file can't be read, or everything that is wrong with it and with the environment.
    pub(crate) fn load(file: &Path, surroundings: &Surroundings) -> Result<Self, ConfigError> {
        let text = load::read(file)?;
        Self::from_text(&text, file, surroundings)
    }

    /// Reads the text of a configuration; `file` is how faults call it.
    ///
    /// # Errors
    /// Everything that is wrong with the text and with the environment.
    pub(crate) fn from_text(
        text: &str,
        file: &Path,
        surroundings: &Surroundings,
    ) -> Result<Self, ConfigError> {
        load::parse(text, surroundings).map_err(|faults| ConfigError::new(file, faults))
    }
}
