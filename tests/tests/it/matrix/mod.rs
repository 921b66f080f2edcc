//! The authorization matrix: every route and every endpoint of ours, for everybody, by every method.
//!
//! The rows are compared with the route table both ways, so that nobody adds a route without saying who gets what
//! there, and nobody leaves a row behind.

mod rows;

use std::collections::BTreeSet;

use portcullis_core::domain::endpoint::OwnAccess;
use portcullis_core::domain::route_table::{DefaultRule, RouteTable, built_in_routes};
use portcullis_tests::ask::{Answer, Ask};
use portcullis_tests::bng::Bng;
use portcullis_tests::cast::{ADMIN, OPERATOR};
use portcullis_tests::client::Protocol;
use portcullis_tests::setup::Setup;
use portcullis_tests::token::with_claims;
use serde_json::json;

use self::rows::{Answers, METHODS, ROWS, Row};

/// What somebody presents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Nobody,
    Garbage,
    Expired,
    Operator,
    Admin,
}

/// What became of a request.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// The upstream got it, once, as it was sent.
    Upstream,
    /// We answered.
    Own(u16),
    /// The gate refused.
    Refused(u16, String),
}

const CALLERS: [Caller; 5] =
    [Caller::Nobody, Caller::Garbage, Caller::Expired, Caller::Operator, Caller::Admin];

fn refused(status: u16, detail: &str) -> Outcome {
    Outcome::Refused(status, detail.to_owned())
}

impl Row {
    fn expected(&self, caller: Caller, method: &str) -> Outcome {
        let has_token = matches!(caller, Caller::Operator | Caller::Admin);
        match self.answers {
            Answers::Own { methods, .. } | Answers::Right { methods, .. } if !methods.contains(&method) => {
                refused(405, "Method Not Allowed")
            }
            Answers::Own { without: 401, .. } | Answers::Right { .. } | Answers::Upstream { .. }
                if !has_token =>
            {
                refused(401, self.unauthenticated())
            }
            Answers::Right { right, .. } if caller == Caller::Operator => {
                refused(403, &format!("Right '{right}' required"))
            }
            Answers::Right { admin, .. } => Outcome::Own(admin),
            Answers::OfPeers => refused(403, "Not a trusted proxy"),
            Answers::Own { without, with, .. } => Outcome::Own(if has_token { with } else { without }),
            Answers::Upstream { operator } if caller == Caller::Operator && !operator.contains(&method) => {
                refused(403, "Admin role required")
            }
            Answers::Upstream { .. } => Outcome::Upstream,
        }
    }
}

fn outcome(answer: &Answer, method: &str, reached: &[(String, String)], path: &str) -> Outcome {
    if answer.is_refusal() {
        assert_eq!(reached, [], "{method} {path} was refused and forwarded");
        // A refusal of HEAD has no body to read.
        let detail = if method == "HEAD" { String::new() } else { answer.detail() };
        return Outcome::Refused(answer.status, detail);
    }
    match reached {
        [] => Outcome::Own(answer.status),
        [(seen, target)] if seen == method && target == path => Outcome::Upstream,
        other => panic!("{method} {path} reached the upstream as {other:?}"),
    }
}

#[tokio::test]
async fn everybody_gets_by_every_method_what_the_matrix_says() {
    let bng = Bng::start().await;
    let gate = Setup::before(bng.address()).start().await;
    let mut admin = gate.login(&ADMIN).await;
    let mut operator = gate.login(&OPERATOR).await;
    let expired = with_claims(&admin, |claims| claims["exp"] = json!(claims["iat"].as_i64().unwrap() - 1));
    let mut client = gate.client(Protocol::Http1);
    let (mut seen, mut wrong) = (0, vec![]);
    for row in ROWS {
        for (path, caller, method) in cells(row) {
            let ask = Ask::new(method, path);
            let answer = client
                .send(match caller {
                    Caller::Nobody => ask,
                    Caller::Garbage => ask.bearer("garbage"),
                    Caller::Expired => ask.bearer(&expired),
                    Caller::Operator => ask.bearer(&operator),
                    Caller::Admin => ask.bearer(&admin),
                })
                .await;
            assert_no_browser_is_told_anything(&answer, &format!("{method} {path}"));
            let journal = bng.seen();
            let got = outcome(&answer, method, &journal[seen..], path);
            seen = journal.len();
            let mut expected = row.expected(caller, method);
            if let (Outcome::Refused(_, detail), "HEAD") = (&mut expected, method) {
                detail.clear();
            }
            if got != expected {
                wrong.push(format!("{}: {caller:?} {method} {path}: {got:?}, not {expected:?}", row.id));
            }
        }
        if row.ends_sessions() {
            (admin, operator) = (gate.login(&ADMIN).await, gate.login(&OPERATOR).await);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What a browser would act on for pages of other sites is in no answer: no cookie, and no leave to read it (CORS).
fn assert_no_browser_is_told_anything(answer: &Answer, what: &str) {
    for name in ["set-cookie", "access-control-allow-origin", "access-control-allow-credentials"] {
        assert!(answer.field(name).is_none(), "{what}: {name}");
    }
}

fn cells(row: &Row) -> impl Iterator<Item = (&'static str, Caller, &'static str)> {
    let paths = row.paths.iter().copied();
    let is_anothers = |path: &str, method: &str| {
        let shares = |other: &&Row| other.id != row.id && other.paths.contains(&path);
        ROWS.iter().filter(shares).any(|other| other.own_methods().contains(&method))
    };
    paths.flat_map(move |path| {
        let methods = METHODS.into_iter().filter(move |method| !is_anothers(path, method));
        CALLERS.into_iter().flat_map(move |caller| methods.clone().map(move |method| (path, caller, method)))
    })
}

#[test]
fn every_route_has_a_row_and_every_row_a_route() {
    let mut table = RouteTable::new(DefaultRule::OperatorMayRead, OwnAccess::default());
    for (pattern, route) in built_in_routes() {
        table.add(pattern, route).unwrap();
    }
    let listed = table.listed().map(|(_, route)| route);
    let mut routes: BTreeSet<_> = listed.chain(table.own()).map(|route| route.id.as_str()).collect();
    routes.insert("default");
    let rows: BTreeSet<_> = ROWS.iter().map(|row| row.id).collect();
    assert_eq!(rows.len(), ROWS.len(), "two rows have one id");
    let without_row: Vec<_> = routes.difference(&rows).collect();
    let without_route: Vec<_> = rows.difference(&routes).collect();
    assert!(
        without_row.is_empty() && without_route.is_empty(),
        "no row: {without_row:?}, no route: {without_route:?}"
    );
}
