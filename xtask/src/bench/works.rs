//! What is asked for under load, of whom, and what is aimed at: a table.

use super::aims::Bound;
use super::contestants::{
    BARE, CADDY, CLIENT_BASIC, Contestant, ENVOY, FASTAPI, GATE, GATE_BESIDE, GATE_EDDSA, GATE_ES256,
    GATE_MANY_ROUTES, GATE_MANY_USERS, GATE_ROUTES, GATE_SQLITE, GATE_TLS, HAPROXY, HAPROXY_TLS, NGINX,
    NGINX_TLS, TRAEFIK,
};
use super::options::Part;
use super::site::PATH;

/// A request that is made again and again. `{token}` stands for the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) path: &'static str,
    pub(super) fields: &'static [(&'static str, &'static str)],
    /// The form that is posted; without one it is a GET.
    pub(super) form: Option<&'static str>,
    /// What is in the answer of whoever did the work, where the status alone does not tell.
    pub(super) answer: &'static str,
}

/// One request, those who answer it by turns, and how cheap it should be. The first of them is what others are put
/// beside.
pub(super) struct Work {
    pub(super) part: Part,
    pub(super) title: &'static str,
    pub(super) ask: Ask,
    pub(super) contestants: &'static [Contestant],
    pub(super) aims: &'static [Aim],
}

/// What is aimed at, in processor time for one request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Aim {
    /// The time of one, divided by that of the other in the same round.
    Beside { who: usize, other: usize, at_most: f64 },
    /// Requests that a core has time for in a second, of the first.
    PerCore { at_least: f64 },
}

impl Aim {
    pub(super) fn bound(self) -> Bound {
        match self {
            Self::Beside { at_most, .. } => Bound::AtMost(at_most),
            Self::PerCore { at_least } => Bound::AtLeast(at_least),
        }
    }
}

/// What an operator asks for.
pub(super) const READ: Ask = Ask { path: PATH, fields: &[BEARER], form: None, answer: "" };
const BEARER: (&str, &str) = ("Authorization", "Bearer {token}");

/// All of them.
pub(super) const WORKS: &[Work] = &[
    Work {
        part: Part::Gate,
        title: "a verified request, HS256, plain HTTP",
        ask: READ,
        contestants: &[GATE, NGINX, HAPROXY, ENVOY, TRAEFIK, CADDY, FASTAPI],
        aims: &[
            Aim::Beside { who: 0, other: 1, at_most: 1.0 },
            Aim::Beside { who: 0, other: 2, at_most: 0.62 },
        ],
    },
    Work {
        part: Part::Tls,
        title: "a verified request, HS256, TLS 1.3 to the client",
        ask: READ,
        contestants: &[GATE_TLS, NGINX_TLS, HAPROXY_TLS],
        aims: &[
            Aim::Beside { who: 0, other: 1, at_most: 0.85 },
            Aim::Beside { who: 0, other: 2, at_most: 0.6 },
        ],
    },
    Work {
        part: Part::Keys,
        title: "a verified request, tokens signed with a key",
        ask: READ,
        contestants: &[GATE, GATE_EDDSA, GATE_ES256],
        aims: &[
            Aim::Beside { who: 1, other: 0, at_most: 1.05 },
            Aim::Beside { who: 2, other: 0, at_most: 1.05 },
        ],
    },
    Work {
        part: Part::ForwardAuth,
        title: "an answer to another proxy",
        ask: Ask {
            path: "/api/v1/auth/verify",
            fields: &[
                BEARER,
                ("X-Forwarded-Method", "GET"),
                ("X-Forwarded-Uri", PATH),
                ("X-Forwarded-Host", "bng.example.net"),
            ],
            ..READ
        },
        contestants: &[GATE_BESIDE, BARE],
        aims: &[Aim::Beside { who: 0, other: 1, at_most: 1.2 }],
    },
    Work {
        part: Part::Me,
        title: "an answer of our own",
        ask: Ask { path: "/api/v1/auth/me", ..READ },
        contestants: &[GATE, BARE],
        aims: &[Aim::Beside { who: 0, other: 1, at_most: 1.3 }],
    },
    Work {
        part: Part::Routes,
        title: "a verified request, few routes and many",
        ask: READ,
        contestants: &[GATE_ROUTES, GATE_MANY_ROUTES],
        aims: &[Aim::Beside { who: 1, other: 0, at_most: 1.05 }],
    },
    Work {
        part: Part::Users,
        title: "a verified request, two users and many",
        ask: READ,
        contestants: &[GATE, GATE_MANY_USERS],
        aims: &[Aim::Beside { who: 1, other: 0, at_most: 1.05 }],
    },
    Work {
        part: Part::Introspection,
        title: "a question about a token (RFC 7662), HTTP Basic",
        ask: Ask {
            path: "/oauth2/introspect",
            fields: &[("Authorization", CLIENT_BASIC)],
            form: Some("token={token}"),
            answer: r#""active":true"#,
        },
        contestants: &[GATE_SQLITE],
        aims: &[Aim::PerCore { at_least: 2000.0 }],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_aim_is_about_somebody_who_takes_part() {
        for work in WORKS {
            for aim in work.aims {
                let Aim::Beside { who, other, .. } = *aim else { continue };
                let (count, name) = (work.contestants.len(), work.part.name());
                assert!(who != other && who < count && other < count, "{name}");
            }
        }
    }

    #[test]
    fn nobody_takes_part_twice_under_one_name() {
        for work in WORKS {
            let mut names: Vec<_> = work.contestants.iter().map(|who| who.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), work.contestants.len(), "{}", work.part.name());
        }
    }
}
