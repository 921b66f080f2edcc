//! What the operator sees: the log on standard error, and the metrics.

pub(crate) mod gauges;
mod lines;
pub(crate) mod log;
pub(crate) mod metrics;
pub(crate) mod records;
