//! Metrics that are asked for when somebody reads them, instead of being counted.

use std::fmt;

use portcullis_core::ports::ledger::Condition;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

/// Reads the end of the certificate, in seconds since 1970.
pub(crate) type ReadExpiry = Box<dyn Fn() -> Option<i64> + Send + Sync>;

/// Who knows the present values.
#[derive(Default)]
pub(crate) struct Gauges {
    /// Logins that wait to be hashed.
    pub(crate) hashing_queue: Option<Box<dyn Fn() -> i64 + Send + Sync>>,
    /// The certificate's end, in seconds since 1970.
    pub(crate) certificate_expiry: Option<ReadExpiry>,
    /// Every address of every upstream that has several.
    pub(crate) addresses: Option<Box<dyn Fn() -> Vec<AddressGauge> + Send + Sync>>,
    /// How the ledger is.
    pub(crate) audit: Option<Box<dyn Fn() -> Condition + Send + Sync>>,
}

/// One address of an upstream, named by its place in the configuration.
pub(crate) struct AddressGauge {
    pub(crate) labels: AddressLabels,
    pub(crate) is_in_service: bool,
    pub(crate) times_left_out: u64,
}

/// The prefix of the upstream, and the place of the address among the others, counted from 0.
#[derive(Debug, EncodeLabelSet)]
pub(crate) struct AddressLabels {
    pub(crate) prefix: String,
    pub(crate) address: u64,
}

impl Collector for Gauges {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut told = |name: &str, help: &str, unit: Option<&Unit>, value: &dyn Value| {
            value.encoded(encoder.encode_descriptor(name, help, unit, value.kind())?)
        };
        if let Some(waiting) = &self.hashing_queue {
            told("hashing_queue", "Logins that wait to be hashed", None, &ConstGauge::new(waiting()))?;
        }
        if let Some(end) = self.certificate_expiry.as_ref().and_then(|expiry| expiry()) {
            let help = "When the certificate ends, in seconds since 1970";
            told("certificate_expiry", help, Some(&Unit::Seconds), &ConstGauge::new(end))?;
        }
        if let Some(Condition { is_failing, lost }) = self.audit.as_ref().map(|condition| condition()) {
            let help = "Whether records can't be written just now";
            told("audit_failing", help, None, &ConstGauge::new(i64::from(is_failing)))?;
            told("audit_lost_records", "Records that were lost", None, &ConstCounter::new(lost))?;
        }
        let addresses = self.addresses.as_ref().map(|addresses| addresses()).unwrap_or_default();
        if addresses.is_empty() { Ok(()) } else { encode_addresses(&addresses, &mut encoder) }
    }
}

fn encode_addresses(addresses: &[AddressGauge], encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let help = "Whether an address of an upstream gets requests as the others do";
    let mut family = encoder.encode_descriptor("upstream_in_service", help, None, MetricType::Gauge)?;
    for AddressGauge { labels, is_in_service, .. } in addresses {
        ConstGauge::new(i64::from(*is_in_service)).encode(family.encode_family(labels)?)?;
    }
    let help = "How often an address of an upstream was left out";
    let mut family = encoder.encode_descriptor("upstream_left_out", help, None, MetricType::Counter)?;
    for AddressGauge { labels, times_left_out, .. } in addresses {
        ConstCounter::new(*times_left_out).encode(family.encode_family(labels)?)?;
    }
    Ok(())
}

/// A value of either kind.
trait Value {
    fn kind(&self) -> MetricType;
    fn encoded(&self, encoder: prometheus_client::encoding::MetricEncoder<'_>) -> fmt::Result;
}

impl<M: EncodeMetric> Value for M {
    fn kind(&self) -> MetricType {
        self.metric_type()
    }

    fn encoded(&self, encoder: prometheus_client::encoding::MetricEncoder<'_>) -> fmt::Result {
        self.encode(encoder)
    }
}

impl fmt::Debug for Gauges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gauges")
    }
}
