//! Permits for tests of those who take one. Only a gate makes a permit, so here is a gate with one route for everything.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use portcullis_core::domain::client::SubjectId;
use portcullis_core::domain::directory::Page;
use portcullis_core::domain::endpoint::OwnAccess;
use portcullis_core::domain::method::MethodSet;
use portcullis_core::domain::opaque::TokenHash;
use portcullis_core::domain::permit::Permit;
use portcullis_core::domain::record::{Entry, Record, RecordFilter, Sequence};
use portcullis_core::domain::refresh::{Family, RefreshHash};
use portcullis_core::domain::request::{AmbiguousField, Credential, Fields, RequestView};
use portcullis_core::domain::requirement::Requirement;
use portcullis_core::domain::role::RoleBook;
use portcullis_core::domain::route::{EncodedDelimiters, Pattern, Route, RouteId};
use portcullis_core::domain::route_table::{DefaultRule, RouteTable};
use portcullis_core::domain::session::{Generation, Session, SessionId};
use portcullis_core::domain::time::Timestamp;
use portcullis_core::domain::token::TokenPolicy;
use portcullis_core::domain::user::Username;
use portcullis_core::ports::decision_observer::DecisionObserver;
use portcullis_core::ports::ledger::{Change, Changed, CommitError, Condition, Ended, FeedPlace, Ledger};
use portcullis_core::ports::store_error::StoreError;
use portcullis_core::ports::user_store::UserStore as _;
use portcullis_core::services::gate::{Gate, Refused};
use portcullis_core::services::ids::Ids;
use portcullis_core::services::policy::{LivePolicy, LoginPolicy, Policy};

use crate::clock::StoppedClock;
use crate::directory::entry_of;
use crate::entropy::CountedEntropy;
use crate::memory_directory::MemoryDirectory;
use crate::seed::SeedUser;
use crate::tokens::PlainTokens;

/// A permit for this target, on a public route with nothing out of the ordinary.
pub async fn public_permit(target: &str) -> Permit {
    public_permit_on(target, |_| {}).await
}

/// A permit for this target, on a public route that is changed first.
pub async fn public_permit_on(target: &str, change: impl FnOnce(&mut Route)) -> Permit {
    let gate = gate(route(Requirement::Public, change), Arc::default());
    gate.admit(&view(target, Credential::Absent)).await.expect("a public route lets everybody through")
}

/// A gate that lets everybody through to everything but to our own endpoints, which want what they always want.
pub fn open_gate() -> Gate {
    gate(route(Requirement::Public, |_| {}), Arc::default())
}

/// A permit of this user, in the session `session`, on a route that he must be able to meet.
pub async fn permit_of(user: SeedUser, requirement: Requirement, target: &str) -> Permit {
    let name = user.name.clone();
    let users = Arc::new(MemoryDirectory::with([entry_of(user, Timestamp::from_seconds(0))]));
    let known = users.user(&name).await.expect("a store that works").expect("the user");
    let token = format!("{name}/{}/session/{}", known.stamp, i64::from(u32::MAX));
    let gate = gate(route(requirement, |_| {}), users);
    gate.admit(&view(target, Credential::Bearer(&token))).await.expect("a user who meets the requirement")
}

fn route(requirement: Requirement, change: impl FnOnce(&mut Route)) -> Route {
    let mut route = Route::to_upstream(RouteId::named("everything"), MethodSet::standard(), requirement);
    route.encoded_delimiters = EncodedDelimiters::Forward;
    change(&mut route);
    route
}

fn view<'r>(target: &'r str, credential: Credential<'r>) -> RequestView<'r> {
    RequestView { method: "GET", target, credential, fields: &NoFields, id: "request", address: None }
}

fn gate(route: Route, users: Arc<MemoryDirectory>) -> Gate {
    let mut routes = RouteTable::new(DefaultRule::Admin, OwnAccess::default());
    routes.add(Pattern::parse("/**").expect("a pattern"), route).expect("the only route");
    let tokens =
        TokenPolicy { issuer: "portcullis".to_owned(), audience: None, ttl: Duration::from_hours(1) };
    let policy = Policy::new(routes, RoleBook::built_in(), tokens, users, LoginPolicy::default());
    Gate::new(
        Arc::new(LivePolicy::new(policy)),
        Arc::new(PlainTokens),
        Arc::default(),
        Arc::new(NoLedger),
        Arc::new(StoppedClock::at(Timestamp::from_seconds(0))),
        Arc::new(NoObserver),
        Arc::new(Ids::new(&CountedEntropy::default()).expect("an entropy that works")),
    )
}

/// A request without header fields.
#[derive(Debug, Clone, Copy)]
pub struct NoFields;

impl Fields for NoFields {
    fn only(&self, _: &str) -> Result<Option<&str>, AmbiguousField> {
        Ok(None)
    }
}

/// Nobody looks at decisions.
struct NoObserver;

impl DecisionObserver for NoObserver {
    fn passed(&self, _: &str, _: &Permit) {}

    fn refused(&self, _: &str, _: &Refused) {}
}

/// A ledger that can't be written; what is noted is lost.
struct NoLedger;

#[async_trait]
impl Ledger for NoLedger {
    async fn commit(&self, _: Change, _: Record) -> Result<Sequence, CommitError> {
        Err(StoreError::Unavailable("no ledger here".into()).into())
    }

    fn note(&self, _: Record) {}

    async fn since(&self, _: Sequence, _: &RecordFilter, _: usize) -> Result<Vec<Entry>, StoreError> {
        Ok(vec![])
    }

    async fn session(&self, _: &SessionId) -> Result<Option<Session>, StoreError> {
        Ok(None)
    }

    async fn session_of(&self, _: &TokenHash) -> Result<Option<Session>, StoreError> {
        Ok(None)
    }

    async fn family(&self, _: &RefreshHash) -> Result<Option<(Session, Family)>, StoreError> {
        Ok(None)
    }

    fn seen(&self, _: &SessionId, _: Timestamp) {}

    async fn sessions(&self, _: Option<Username>, _: Timestamp, _: Page) -> Result<Vec<Session>, StoreError> {
        Ok(vec![])
    }

    async fn generation(&self, _: &SubjectId) -> Result<Generation, StoreError> {
        Ok(Generation::default())
    }

    async fn ended(&self, _: Timestamp) -> Result<Ended, StoreError> {
        Ok(Ended::default())
    }

    async fn changes(&self, _: FeedPlace, _: usize) -> Result<Vec<(FeedPlace, Changed)>, StoreError> {
        Ok(vec![])
    }

    fn condition(&self) -> Condition {
        Condition::default()
    }
}
