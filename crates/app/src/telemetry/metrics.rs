//! The metrics: counts that name routes by their pattern, and never a user, a token or a path.

use std::fmt::{self, Write as _};
use std::hash::{Hash, Hasher};
use std::time::Duration;

use portcullis_core::domain::method::{Method, Standard};
use portcullis_core::domain::permit::Permit;
use portcullis_core::domain::record::Verdict;
use portcullis_core::domain::route::RouteId;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::decision_observer::DecisionObserver;
use portcullis_core::services::gate::Refused;
use portcullis_core::services::login::THROTTLED;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::gauges::Gauges;

/// Everything that is counted.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    decisions: Family<DecisionLabels, Counter>,
    logins: Family<LoginLabels, Counter>,
    upstream_failures: Family<UpstreamLabels, Counter>,
    reloads: Family<ReloadLabels, Counter>,
    added: Histogram,
    upstream: Histogram,
    confirmed: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, EncodeLabelSet)]
struct DecisionLabels {
    route: RouteLabel,
    method: &'static str,
    result: &'static str,
    reason: &'static str,
}

/// Words by their ends: every request is counted, and there are so few of them that these tell enough of them apart.
impl Hash for DecisionLabels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let route = self.route.0.as_ref().map_or("", RouteId::as_str);
        state.write(route.as_bytes());
        for word in [self.method, self.result, self.reason] {
            state.write_u32(word.as_bytes().last_chunk().map_or(0, |end| u32::from_ne_bytes(*end)));
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct RouteLabel(Option<RouteId>);

impl EncodeLabelValue for RouteLabel {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        encoder.write_str(self.0.as_ref().map_or("none", RouteId::as_str))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LoginLabels {
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct UpstreamLabels {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReloadLabels {
    result: &'static str,
}

impl Metrics {
    /// All counts at nothing.
    pub(crate) fn new(gauges: Gauges) -> Self {
        let mut registry = Registry::with_prefix("portcullis");
        let (decisions, logins) = (Family::default(), Family::default());
        let (upstream_failures, reloads) = (Family::default(), Family::default());
        let version = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The program that runs", version);
        registry.register("decisions", "Requests that were decided on", decisions.clone());
        registry.register("logins", "Logins with a password", logins.clone());
        registry.register(
            "upstream_failures",
            "Requests without an upstream's answer",
            upstream_failures.clone(),
        );
        registry.register("config_reloads", "Changed configurations", reloads.clone());
        let added = Histogram::new(exponential_buckets(1e-6, 4.0, 10));
        let upstream = Histogram::new(exponential_buckets(1e-4, 4.0, 10));
        registry.register_with_unit(
            "added",
            "What the gate adds to a request before it goes on",
            Unit::Seconds,
            added.clone(),
        );
        registry.register_with_unit(
            "upstream_head",
            "From sending a request on to the head of its answer",
            Unit::Seconds,
            upstream.clone(),
        );
        let confirmed = Gauge::default();
        registry.register_with_unit(
            "database_confirmed",
            "When what is in memory was last known to be what the database says, in seconds since 1970",
            Unit::Seconds,
            confirmed.clone(),
        );
        registry.register_collector(Box::new(gauges));
        Self { registry, decisions, logins, upstream_failures, reloads, added, upstream, confirmed }
    }

    /// As text, for whoever scrapes.
    pub(crate) fn render(&self) -> String {
        let mut text = String::new();
        let _ = encode(&mut text, &self.registry);
        text
    }

    /// What is in memory was known to hold at this time.
    pub(crate) fn confirmed(&self, at: Option<Timestamp>) {
        self.confirmed.set(at.map_or(0, Timestamp::seconds));
    }

    /// A request was refused before the gate.
    pub(crate) fn misframed(&self, method: &str) {
        self.decided(None, method, "refused", "framing");
    }

    fn decided(&self, route: Option<RouteId>, method: &str, result: &'static str, reason: &'static str) {
        let labels =
            DecisionLabels { route: RouteLabel(route), method: method_label(method), result, reason };
        self.decisions.get_or_create(&labels).inc();
    }

    /// Somebody logged in, or failed to.
    pub(crate) fn login(&self, verdict: Verdict, reason: &str) {
        let result = match (verdict, reason) {
            (Verdict::Refused, THROTTLED) => "throttled",
            (verdict, _) => verdict.as_str(),
        };
        self.logins.get_or_create(&LoginLabels { result }).inc();
    }

    /// The upstream gave no answer.
    pub(crate) fn upstream_failed(&self, reason: &'static str) {
        self.upstream_failures.get_or_create(&UpstreamLabels { reason }).inc();
    }

    /// What the gate added to a request, and how long the upstream took to begin its answer.
    pub(crate) fn forwarded(&self, added: Duration, upstream: Duration) {
        self.added.observe(added.as_secs_f64());
        self.upstream.observe(upstream.as_secs_f64());
    }

    /// A changed configuration was taken over, or not.
    pub(crate) fn reloaded(&self, taken: bool) {
        let result = if taken { "taken" } else { "refused" };
        self.reloads.get_or_create(&ReloadLabels { result }).inc();
    }
}

impl DecisionObserver for Metrics {
    fn passed(&self, method: &str, permit: &Permit) {
        let (result, reason) = match (permit.shadowed(), permit.principal()) {
            (Some(_), _) => ("shadowed", "requirement_not_met"),
            (None, None) => ("allowed", "public"),
            (None, Some(_)) => ("allowed", "requirement_met"),
        };
        self.decided(Some(permit.route().id.clone()), method, result, reason);
    }

    fn refused(&self, method: &str, refused: &Refused) {
        let route = refused.route.as_ref().map(|route| route.id.clone());
        self.decided(route, method, "refused", refused.refusal.code());
    }
}

/// The method if it is a known one: clients make up others, and each would be a time series.
fn method_label(method: &str) -> &'static str {
    match Method::new(method) {
        Method::Standard(Standard::Get) => "GET",
        Method::Standard(Standard::Head) => "HEAD",
        Method::Standard(Standard::Options) => "OPTIONS",
        Method::Standard(Standard::Post) => "POST",
        Method::Standard(Standard::Put) => "PUT",
        Method::Standard(Standard::Patch) => "PATCH",
        Method::Standard(Standard::Delete) => "DELETE",
        Method::Other(_) => "other",
    }
}
