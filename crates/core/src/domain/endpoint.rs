//! Our own endpoints: where they are, and what they need. This and the configured routes are one route table.

use super::method::{MethodSet, Standard};
use super::requirement::Requirement;
use super::right::Right;

/// An endpoint that Portcullis answers itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// A password for a token.
    Login,
    /// Who the caller is.
    Me,
    /// What the gate would say, and why.
    Explain,
    /// What the gate says of a request that another proxy asks about.
    Verify,
    /// Whether the gate works.
    Health,
    /// How it works.
    Metrics,
    /// The description of the API, for programs.
    OpenApi,
    /// The description of the API, for people.
    Docs,
    /// The same, where some look for it.
    Redoc,
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

impl Endpoint {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Login,
        Self::Me,
        Self::Explain,
        Self::Verify,
        Self::Health,
        Self::Metrics,
        Self::OpenApi,
        Self::Docs,
        Self::Redoc,
    ];

    /// Where it is.
    pub fn path(self) -> &'static str {
        match self {
            Self::Login => "/api/v1/auth/login",
            Self::Me => "/api/v1/auth/me",
            Self::Explain => "/api/v1/auth/explain",
            Self::Verify => "/api/v1/auth/verify",
            Self::Health => "/api/v1/health",
            Self::Metrics => "/metrics",
            Self::OpenApi => "/api/openapi.json",
            Self::Docs => "/api/docs",
            Self::Redoc => "/api/redoc",
        }
    }

    /// Which methods it answers.
    pub fn methods(self) -> MethodSet {
        match self {
            Self::Login => [Standard::Post].into_iter().collect(),
            // The proxy that asks uses whichever method it likes; the request that it asks about has its own.
            Self::Verify => MethodSet::every(),
            Self::Me
            | Self::Explain
            | Self::Health
            | Self::Metrics
            | Self::OpenApi
            | Self::Docs
            | Self::Redoc => [Standard::Get].into_iter().collect(),
        }
    }

    /// What it needs; none where the configuration took it away.
    pub fn requirement(self, access: OwnAccess) -> Option<Requirement> {
        match self {
            // Verify is authenticated by its peer.
            Self::Login | Self::Health | Self::Verify => Some(Requirement::Public),
            Self::Me => Some(Requirement::Authenticated),
            Self::Explain => {
                let right = Right::parse("access:explain").ok()?;
                Some(Requirement::RightUnlessSelf { right, parameter: "user" })
            }
            Self::Metrics => match access.metrics {
                MetricsAccess::Public => Some(Requirement::Public),
                MetricsAccess::Authenticated => Some(Requirement::Authenticated),
                MetricsAccess::Elsewhere => None,
            },
            Self::OpenApi | Self::Docs | Self::Redoc => match access.docs {
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
    fn every_endpoint_has_a_path_and_a_requirement_of_its_own() {
        for (index, endpoint) in Endpoint::ALL.into_iter().enumerate() {
            assert!(
                Endpoint::ALL[..index].iter().all(|other| other.path() != endpoint.path()),
                "{endpoint:?}"
            );
            assert!(endpoint.requirement(OwnAccess::default()).is_some(), "{endpoint:?}");
        }
    }
}
