//! The text of the chain, to the byte: JSON as `jq -cS` prints it, and times of one width.

use std::fmt::Write as _;

use super::time::Timestamp;

/// A JSON object that is written member by member. Whoever writes one gives the names in their order.
#[derive(Debug)]
pub(super) struct Object(String);

impl Object {
    pub(super) fn new() -> Self {
        Self(String::from("{"))
    }

    /// Adds a member whose value is JSON already.
    pub(super) fn json(&mut self, name: &str, value: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        string(&mut self.0, name);
        self.0.push(':');
        self.0.push_str(value);
    }

    /// Adds a text.
    pub(super) fn text(&mut self, name: &str, value: &str) {
        let mut quoted = String::with_capacity(value.len() + 2);
        string(&mut quoted, value);
        self.json(name, &quoted);
    }

    /// Adds a text, if there is one.
    pub(super) fn text_if_there(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    pub(super) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// Appends a text as a JSON string, escaped where jq escapes: quote, backslash, control characters, and DEL.
pub fn string(json: &mut String, text: &str) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\u{8}' => json.push_str("\\b"),
            '\u{C}' => json.push_str("\\f"),
            '\0'..='\u{1F}' | '\u{7F}' => {
                let _ = write!(json, "\\u{:04x}", u32::from(character)); // to a string: never fails
            }
            other => json.push(other),
        }
    }
    json.push('"');
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xF)]).collect()
}

/// A time in UTC with six digits of the second, `2026-01-31T23:59:59.000001Z` (RFC 3339 5.6). What is before the year 0
/// or after 9999 is written as the end of that range, since the format has no more.
pub fn rfc3339(time: Timestamp) -> String {
    const FIRST: i64 = -62_167_219_200_000_000;
    const LAST: i64 = 253_402_300_799_999_999;
    let micros = time.micros().clamp(FIRST, LAST);
    let (seconds, fraction) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:06}Z")
}

/// Year, month and day of a day since 1970 in the Gregorian calendar. Counts in years that begin in March, so that a
/// leap day is the last one, and in eras of 400 years, which are all of one length.
fn civil(days: i64) -> (i64, i64, i64) {
    const ERA: i64 = 146_097;
    let since_march_0 = days + 719_468;
    let (era, of_era) = (since_march_0.div_euclid(ERA), since_march_0.rem_euclid(ERA));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> String {
        let mut json = String::new();
        string(&mut json, text);
        json
    }

    #[test]
    fn texts_are_escaped_as_jq_does() {
        assert_eq!(json("a\"b\\c/é\u{2028}"), "\"a\\\"b\\\\c/é\u{2028}\"");
        assert_eq!(json("\u{1}\u{8}\t\n\u{b}\u{c}\r\u{1f}\u{7f}"), r#""\u0001\b\t\n\u000b\f\r\u001f\u007f""#);
        assert_eq!(json("\u{80}\u{FEFF}\u{10FFFF}"), "\"\u{80}\u{FEFF}\u{10FFFF}\"");
    }

    #[test]
    fn times_are_of_one_width_whatever_they_are() {
        let shown = |micros| rfc3339(Timestamp::from_micros(micros));
        assert_eq!(shown(0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(shown(-1), "1969-12-31T23:59:59.999999Z");
        assert_eq!(shown(951_782_400_000_000), "2000-02-29T00:00:00.000000Z");
        assert_eq!(shown(1_709_251_199_000_001), "2024-02-29T23:59:59.000001Z");
        assert_eq!(shown(4_107_542_400_000_000), "2100-03-01T00:00:00.000000Z");
        assert_eq!(shown(i64::MIN), "0000-01-01T00:00:00.000000Z");
        assert_eq!(shown(i64::MAX), "9999-12-31T23:59:59.999999Z");
    }
}
