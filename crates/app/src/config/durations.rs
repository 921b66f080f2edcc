//! Spans of time as people write them: `90s`, `30m`, `1h`.

use std::time::Duration;

use portcullis_store_yaml::document::Faults;

use super::layers::{Settings, digits};
use super::setting::Setting;

/// The units, greatest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// What a span may be, both ends included. No span is 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    least: Duration,
    most: Duration,
}

impl Bounds {
    pub(super) const fn new(least: Duration, most: Duration) -> Self {
        Self { least, most }
    }
}

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
        let Bounds { least, most } = bounds;
        let expected =
            format!("a duration such as 90s, 30m or 1h, from {} to {}", spelled(least), spelled(most));
        self.read(&expected, faults, |text| parse(text).filter(|span| (least..=most).contains(span)))
    }
}

/// Digits and a unit, once.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let unit_at = text.find(|character: char| !character.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(unit_at)?;
    let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit)?;
    digits::<u64>(number)?.checked_mul(*millis).map(Duration::from_millis)
}

/// In the greatest unit that leaves no rest.
fn spelled(span: Duration) -> String {
    let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    let (unit, size) = UNITS.into_iter().find(|(_, size)| millis.is_multiple_of(*size)).unwrap_or(("ms", 1));
    format!("{}{unit}", millis / size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_unit_make_a_duration() {
        for (text, millis) in
            [("250ms", 250), ("90s", 90_000), ("30m", 1_800_000), ("1h", 3_600_000), ("2d", 172_800_000)]
        {
            assert_eq!(parse(text), Some(Duration::from_millis(millis)), "{text}");
            assert_eq!(spelled(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn anything_else_makes_none() {
        for text in [
            "",
            "s",
            "90",
            "+1s",
            "-1s",
            "1.5h",
            "1h30m",
            "1 h",
            " 1h",
            "1H",
            "1w",
            "1hour",
            "1٣s",
            "9".repeat(30).as_str(),
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse("99999999999999999999s"), None);
        assert_eq!(parse("18446744073709551615d"), None);
    }
}
