//! Spans of time in the configuration.

use std::time::Duration;

pub(super) use portcullis_core::domain::span::Bounds;
pub(crate) use portcullis_core::domain::span::parse;
use portcullis_store_yaml::document::Faults;

use super::layers::Settings;
use super::setting::Setting;

impl Settings<'_> {
    /// A span of time within bounds.
    pub(super) fn duration(
        &self,
        key: &str,
        default: Duration,
        bounds: Bounds,
        faults: &mut Faults,
    ) -> Duration {
        self.get(key).and_then(|setting| setting.duration(bounds, faults)).unwrap_or(default)
    }
}

impl Setting<'_> {
    /// A span of time within bounds.
    pub(super) fn duration(&self, bounds: Bounds, faults: &mut Faults) -> Option<Duration> {
        self.read(&bounds.to_string(), faults, |text| bounds.read(text))
    }
}
