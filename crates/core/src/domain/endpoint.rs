//! Our own endpoints: where they are, and what they need. This and the configured routes are one route table.

use super::method::Standard;
use super::requirement::Requirement;
use super::right::Right;

/// An endpoint that Portcullis answers itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `POST /api/v1/auth/login`: a password for a token.
    Login,
    /// `GET /api/v1/auth/me`: who the caller is.
    Me,
    /// `GET /api/v1/auth/explain`: what the gate would say, and why.
    Explain,
    /// `GET /api/v1/health`: whether the gate works.
    Health,
    /// `GET /metrics`: how it works.
    Metrics,
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

/// One row of the table of our own endpoints.
pub(crate) struct Own {
    pub endpoint: Endpoint,
    pub method: Standard,
    pub path: &'static str,
    pub requirement: Requirement,
}

impl Endpoint {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Login, Self::Me, Self::Explain, Self::Health, Self::Metrics];

    /// The row of this endpoint; none where the configuration moved it away.
    pub(crate) fn row(self, metrics: MetricsAccess) -> Option<Own> {
        use Requirement::{Authenticated, Public};
        let (method, path, requirement) = match self {
            Self::Login => (Standard::Post, "/api/v1/auth/login", Public),
            Self::Me => (Standard::Get, "/api/v1/auth/me", Authenticated),
            Self::Explain => (Standard::Get, "/api/v1/auth/explain", explain_requirement()?),
            Self::Health => (Standard::Get, "/api/v1/health", Public),
            Self::Metrics => match metrics {
                MetricsAccess::Public => (Standard::Get, "/metrics", Public),
                MetricsAccess::Authenticated => (Standard::Get, "/metrics", Authenticated),
                MetricsAccess::Elsewhere => return None,
            },
        };
        Some(Own { endpoint: self, method, path, requirement })
    }
}

fn explain_requirement() -> Option<Requirement> {
    let right = Right::parse("access:explain").ok()?;
    Some(Requirement::RightUnlessSelf { right, parameter: "user" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_has_a_row_and_a_path_of_its_own() {
        let paths: Vec<_> =
            Endpoint::ALL.iter().map(|endpoint| endpoint.row(MetricsAccess::Public).unwrap().path).collect();
        for (index, path) in paths.iter().enumerate() {
            assert!(!paths[..index].contains(path), "{path}");
        }
    }
}
