//! Spans of time as people write them: `90s`, `30m`, `1h`.

use std::fmt;
use std::time::Duration;

/// The units, greatest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// What a span may be, both ends included.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    least: Duration,
    most: Duration,
}

impl Bounds {
    /// From the one to the other.
    pub const fn new(least: Duration, most: Duration) -> Self {
        Self { least, most }
    }

    /// Reads a span, if it is within.
    pub fn read(self, text: &str) -> Option<Duration> {
        parse(text).filter(|span| (self.least..=self.most).contains(span))
    }
}

/// What is expected, in words.
impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (least, most) = (spelled(self.least), spelled(self.most));
        write!(f, "a duration such as 90s, 30m or 1h, from {least} to {most}")
    }
}

/// Digits and a unit, once.
pub fn parse(text: &str) -> Option<Duration> {
    let unit_at = text.find(|character: char| !character.is_ascii_digit()).filter(|at| *at > 0)?;
    let (number, unit) = text.split_at_checked(unit_at)?;
    let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*millis).map(Duration::from_millis)
}

/// In the greatest unit that leaves no rest.
pub fn spelled(span: Duration) -> String {
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

    #[test]
    fn both_ends_are_within_bounds() {
        let bounds = Bounds::new(Duration::from_secs(1), Duration::from_hours(24));
        assert_eq!(bounds.to_string(), "a duration such as 90s, 30m or 1h, from 1s to 1d");
        assert!(bounds.read("1s").is_some() && bounds.read("24h").is_some());
        assert!(
            bounds.read("999ms").is_none() && bounds.read("86401s").is_none() && bounds.read("0s").is_none()
        );
    }
}
