//! Permits for the tests, from a gate that lets everybody through.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use portcullis_core::domain::endpoint::OwnAccess;
use portcullis_core::domain::method::MethodSet;
use portcullis_core::domain::permit::Permit;
use portcullis_core::domain::record::{Entry, Record, Sequence};
use portcullis_core::domain::request::{AmbiguousField, Credential, Fields, RequestView};
use portcullis_core::domain::requirement::Requirement;
use portcullis_core::domain::role::RoleBook;
use portcullis_core::domain::route::{EncodedDelimiters, Pattern, Route, RouteId};
use portcullis_core::domain::route_table::{DefaultRule, RouteTable};
use portcullis_core::domain::session::{Session, SessionId};
use portcullis_core::domain::time::Timestamp;
use portcullis_core::domain::token::{Claims, TokenPolicy};
use portcullis_core::ports::decision_observer::DecisionObserver;
use portcullis_core::ports::ledger::{Change, Ledger};
use portcullis_core::ports::store_error::StoreError;
use portcullis_core::ports::token_codec::{SignError, TokenCodec, TokenError};
use portcullis_core::services::gate::{Gate, Refused};
use portcullis_core::services::ids::Ids;
use portcullis_core::services::policy::{LivePolicy, LoginPolicy, Policy};
use portcullis_testkit::clock::StoppedClock;
use portcullis_testkit::entropy::CountedEntropy;
use portcullis_testkit::memory_users::MemoryUserStore;

/// A permit for this target, on a public route with nothing out of the ordinary.
pub(crate) async fn permit(target: &str) -> Permit {
    permit_on(target, |_| {}).await
}

/// A permit for this target, on a public route that is changed first.
pub(crate) async fn permit_on(target: &str, change: impl FnOnce(&mut Route)) -> Permit {
    let mut route =
        Route::to_upstream(RouteId::named("everything"), MethodSet::standard(), Requirement::Public);
    route.encoded_delimiters = EncodedDelimiters::Forward;
    change(&mut route);
    let view = RequestView {
        method: "GET",
        target,
        credential: Credential::Absent,
        fields: &NoFields,
        id: "request",
        address: None,
    };
    gate(route).admit(&view).await.unwrap()
}

fn gate(route: Route) -> Gate {
    let mut routes = RouteTable::new(DefaultRule::Admin, OwnAccess::default());
    routes.add(Pattern::parse("/**").unwrap(), route).unwrap();
    let tokens =
        TokenPolicy { issuer: "portcullis".to_owned(), audience: None, ttl: Duration::from_hours(1) };
    let users = Arc::new(MemoryUserStore::default());
    let policy = Policy::new(routes, RoleBook::built_in(), tokens, users, LoginPolicy::default());
    Gate::new(
        Arc::new(LivePolicy::new(policy)),
        Arc::new(NoTokens),
        Arc::new(NoLedger),
        Arc::new(StoppedClock::at(Timestamp::from_seconds(0))),
        Arc::new(Nobody),
        Arc::new(Ids::new(&CountedEntropy::new()).unwrap()),
    )
}

struct NoFields;

impl Fields for NoFields {
    fn only(&self, _: &str) -> Result<Option<&str>, AmbiguousField> {
        Ok(None)
    }
}

struct NoTokens;

impl TokenCodec for NoTokens {
    fn sign(&self, _: &Claims) -> Result<String, SignError> {
        Err(SignError("no tokens here".into()))
    }

    fn verify(&self, _: &str) -> Result<Claims, TokenError> {
        Err(TokenError::Malformed)
    }
}

struct NoLedger;

#[async_trait]
impl Ledger for NoLedger {
    async fn commit(&self, _: Change, _: Record) -> Result<Sequence, StoreError> {
        Err(StoreError::Unavailable("no ledger here".into()))
    }

    fn note(&self, _: Record) {}

    async fn since(&self, _: Sequence, _: usize) -> Result<Vec<Entry>, StoreError> {
        Ok(vec![])
    }

    async fn session(&self, _: &SessionId) -> Result<Option<Session>, StoreError> {
        Ok(None)
    }
}

struct Nobody;

impl DecisionObserver for Nobody {
    fn passed(&self, _: &str, _: &Permit) {}

    fn refused(&self, _: &str, _: &Refused) {}
}
