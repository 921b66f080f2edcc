//! The gate: who is this, and may he do that here? The walk of a request is `Gate::walk`; it fits on one page.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use super::ids::Ids;
use super::known_sessions::KnownSessions;
use super::policy::{LivePolicy, Policy};
use super::throttle::Held;
use super::token_reader::TokenReader;
use crate::domain::client::SubjectId;
use crate::domain::decision::{Missing, decide};
use crate::domain::method::Method;
use crate::domain::network::may_come_from;
use crate::domain::opaque::TokenHash;
use crate::domain::path::Target;
use crate::domain::permit::{Permit, Principal};
use crate::domain::personal::PersonalToken;
use crate::domain::realm::{Realm, RealmAsked};
use crate::domain::record::{Record, Verdict};
use crate::domain::refusal::{Refusal, Unauthenticated};
use crate::domain::request::{Credential, RequestView};
use crate::domain::requirement::Requirement;
use crate::domain::route::{Enforcement, Route};
use crate::domain::selector::{query_value, realm_asked};
use crate::domain::standing::Standing;
use crate::domain::time::Timestamp;
use crate::domain::visible::{excerpt, visible};
use crate::ports::clock::Clock;
use crate::ports::decision_observer::DecisionObserver;
use crate::ports::ledger::Ledger;
use crate::ports::store_error::StoreError;
use crate::ports::token_codec::TokenCodec;

/// How much of a method a record keeps, in characters: whoever sends it chooses it.
const RECORDED_METHOD: usize = 32;
/// How much of a path a record keeps, in characters.
const RECORDED_PATH: usize = 256;

/// Decides on every request, before anything else sees it.
pub struct Gate {
    live: Arc<LivePolicy>,
    reader: TokenReader,
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
    observer: Arc<dyn DecisionObserver>,
    ids: Arc<Ids>,
}

/// A request that did not pass.
#[derive(Debug)]
pub struct Refused {
    /// Why.
    pub refusal: Refusal,
    /// The id of this decision, for the client to quote and for the log.
    pub decision_id: String,
    /// The route that counted, if it came so far.
    pub route: Option<Arc<Route>>,
}

/// What has been found out about a request so far.
#[derive(Default)]
struct Findings {
    route: Option<Arc<Route>>,
    who: Option<Arc<Standing>>,
    realm: Option<Realm>,
}

impl Gate {
    /// A gate before what `live` describes.
    pub fn new(
        live: Arc<LivePolicy>,
        codec: Arc<dyn TokenCodec>,
        known: Arc<KnownSessions>,
        ledger: Arc<dyn Ledger>,
        clock: Arc<dyn Clock>,
        observer: Arc<dyn DecisionObserver>,
        ids: Arc<Ids>,
    ) -> Self {
        let reader = TokenReader::new(codec, known, ledger.clone());
        Self { live, reader, ledger, clock, observer, ids }
    }

    /// Lets a request through or refuses it, and records refusals and whatever may change something.
    pub async fn admit(&self, view: &RequestView<'_>) -> Result<Permit, Refused> {
        self.admit_under(&self.live.current(), view).await
    }

    /// The same under a policy that the caller holds, so that what he does afterwards is of the same moment.
    pub async fn admit_under(&self, policy: &Policy, view: &RequestView<'_>) -> Result<Permit, Refused> {
        let now = self.clock.now();
        let mut findings = Findings::default();
        match self.walk(policy, view, now, &mut findings).await {
            Ok(permit) => {
                self.record_passage(view, now, findings, &permit);
                self.observer.passed(view.method, &permit);
                Ok(permit)
            }
            Err(refusal) => {
                let refused = self.record_refusal(view, now, findings, refusal);
                self.observer.refused(view.method, &refused);
                Err(refused)
            }
        }
    }

    /// What decisions rest on now, for whoever decides under it and acts on it afterwards.
    pub fn policy(&self) -> Arc<Policy> {
        self.live.current()
    }

    /// An id for a request that brought none.
    pub fn request_id(&self) -> String {
        self.ids.next()
    }

    /// Records a request that was refused before it could be decided on, since it is not clear what it is. Returns the id
    /// of the refusal, for the client to quote.
    pub fn record_misframed(&self, view: &RequestView<'_>, why: &str) -> String {
        let decision_id = self.ids.next();
        let (now, id) = (self.clock.now(), Some(decision_id.clone()));
        self.ledger.note(record(view, now, Findings::default(), id, Verdict::Refused, why));
        decision_id
    }

    /// The walk of a request, in the order in which a client learns what is wrong: path, method, token, right.
    async fn walk(
        &self,
        policy: &Policy,
        view: &RequestView<'_>,
        now: Timestamp,
        findings: &mut Findings,
    ) -> Result<Permit, Refusal> {
        let (target, route) = policy.routes.lead(&Method::new(view.method), view.target)?;
        let route = Arc::clone(route);
        findings.route = Some(Arc::clone(&route));
        if route.requirement.is_public() {
            // Where anybody may log in or ask about a token, the endpoint itself sees to what it records.
            if !route.is_own() {
                self.check_recordable(policy, view)?;
            }
            return Ok(Permit::public(route, target));
        }

        let principal = self.authenticate(policy, view, now).await?;
        findings.who = Some(Arc::clone(&principal.standing));

        let asked = realm_asked(&route.requirement, &target, view.fields)?;
        if let RealmAsked::Named(realm) = &asked {
            findings.realm = Some(realm.clone());
        }
        let shadowed = judge(&route, &principal.standing, &target, &asked).map_err(Refusal::Forbidden)?;
        self.check_recordable(policy, view)?;
        Ok(Permit::of(principal, route, target, shadowed))
    }

    /// Who sent this? A credential that is there but bad is never taken for none.
    async fn authenticate(
        &self,
        policy: &Policy,
        view: &RequestView<'_>,
        now: Timestamp,
    ) -> Result<Principal, Refusal> {
        let token = match view.credential {
            Credential::Bearer(token) => token,
            Credential::Absent => return Err(Unauthenticated::NoCredential.into()),
            Credential::Malformed { bearer } => {
                return Err(Unauthenticated::MalformedCredential { bearer }.into());
            }
        };
        if TokenHash::is_meant(token) {
            return self.authenticate_opaque(policy, token, view.address, now).await;
        }
        let (principal, _) = self.reader.signed(policy, token, now).await?;
        match principal.standing.client() {
            Some(client) if !client.may_come_from(view.address) => Err(Unauthenticated::Elsewhere.into()),
            Some(_) | None => Ok(principal),
        }
    }

    /// The same for a token that says nothing. Whoever shows many that nobody has is not listened to for a while.
    async fn authenticate_opaque(
        &self,
        policy: &Policy,
        token: &str,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Principal, Refusal> {
        let known = self.reader.known();
        let (guesses, throttle) = (&known.guesses, &policy.logins.throttle);
        let check_guesser = || {
            let held = guesses.check_guesser(address, throttle, now);
            held.map_err(|Held(retry_after)| Refusal::Throttled { retry_after })
        };
        // A token that is in use is no guess, whoever else is at this address. Of 256 bits nobody guesses any, so that
        // a personal token is looked up before anybody is held.
        let is_in_use =
            || TokenHash::of_sent(token).and_then(|token| known.opaque.ready(token, now)).is_some();
        if !PersonalToken::is_meant(token) && !is_in_use() {
            check_guesser()?;
        }
        let Some((principal, session)) = self.reader.opaque(policy, token, now).await? else {
            check_guesser()?;
            guesses.count_guess(address, throttle, now);
            return Err(Unauthenticated::UnknownToken.into());
        };
        if principal.kind.personal().is_some_and(|token| !may_come_from(&token.allow_from, address)) {
            return Err(Unauthenticated::Elsewhere.into());
        }
        known.opaque.used(&session, &*self.ledger, now);
        Ok(principal)
    }

    /// Where the configuration wants it so, nothing is changed that can't be recorded.
    fn check_recordable(&self, policy: &Policy, view: &RequestView<'_>) -> Result<(), Refusal> {
        let is_recorded = policy.refuses_unrecorded && !Method::new(view.method).is_safe();
        if is_recorded && self.ledger.condition().is_failing {
            return Err(Refusal::Unavailable(StoreError::Unavailable("records can't be written".into())));
        }
        Ok(())
    }

    /// Reads that passed are counted, not recorded: the record is of what was refused and of what may change things. Our
    /// own endpoints record for themselves what they change.
    fn record_passage(&self, view: &RequestView<'_>, now: Timestamp, findings: Findings, permit: &Permit) {
        let (verdict, reason) = match permit.shadowed() {
            Some(missing) => (Verdict::Shadowed, missing.to_string().into()),
            None if permit.route().is_own() || Method::new(view.method).is_safe() => return,
            None if permit.principal().is_none() => (Verdict::Allowed, Cow::Borrowed("public")),
            None => (Verdict::Allowed, "requirement met".into()),
        };
        self.ledger.note(record(view, now, findings, None, verdict, &reason));
    }

    fn record_refusal(
        &self,
        view: &RequestView<'_>,
        now: Timestamp,
        findings: Findings,
        refusal: Refusal,
    ) -> Refused {
        let decision_id = self.ids.next();
        let route = findings.route.clone();
        let reason = refusal.to_string();
        self.ledger.note(record(view, now, findings, Some(decision_id.clone()), Verdict::Refused, &reason));
        Refused { refusal, decision_id, route }
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gate")
    }
}

/// May he do that here? On a shadow route, what is missing is told and not held against him.
pub(super) fn judge(
    route: &Route,
    standing: &Standing,
    target: &Target,
    asked: &RealmAsked,
) -> Result<Option<Missing>, Missing> {
    if is_about_himself(&route.requirement, standing, target) {
        return Ok(None);
    }
    match (decide(&route.requirement, standing, asked), route.enforcement) {
        (Ok(()), _) => Ok(None),
        (Err(missing), Enforcement::Shadow) => Ok(Some(missing)),
        (Err(missing), Enforcement::Enforced) => Err(missing),
    }
}

/// Whether the requirement is waived because the request is about the caller himself.
fn is_about_himself(requirement: &Requirement, standing: &Standing, target: &Target) -> bool {
    let Requirement::RightUnlessSelf { parameter, .. } = requirement else { return false };
    match query_value(target.query(), parameter) {
        Ok(None) => true,
        Ok(Some(name)) => SubjectId::parse(&name).is_ok_and(|named| named == standing.subject.id()),
        Err(_) => false,
    }
}

/// What was asked for and found out, as it is kept: whatever a client chose is cut to a length, and what can't be seen of it
/// written out, since this is what the log shows too.
fn record(
    view: &RequestView<'_>,
    time: Timestamp,
    findings: Findings,
    decision_id: Option<String>,
    verdict: Verdict,
    reason: &str,
) -> Record {
    let method = excerpt(view.method, RECORDED_METHOD);
    let path = view.target.split(['?', '#']).next().unwrap_or_default();
    let path = excerpt(path, RECORDED_PATH);
    Record {
        time,
        request_id: view.id.to_owned(),
        decision_id,
        subject: findings.who.map(|who| who.subject.id().to_string()),
        address: view.address,
        action: format!("{method} {path}"),
        route: findings.route.map(|route| route.id.as_str().to_owned()),
        realm: findings.realm,
        verdict,
        reason: visible(reason).into_owned(),
        amendment: None,
    }
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
