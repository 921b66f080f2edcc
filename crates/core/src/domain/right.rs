//! Rights: `area:action`, and the patterns by which a role holds them.

use std::fmt;

/// Why a text is no right or no pattern of rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected area:action, each half of letters, digits, '-', '_' or '.'{}", if *.wildcard { ", or *" } else { "" })]
pub struct RightError {
    wildcard: bool,
}

/// One right, such as `config:edit`. Rights are open strings: an upstream may have its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Right {
    text: Box<str>,
    colon: usize,
}

impl Right {
    /// Takes `area:action`.
    pub fn parse(text: &str) -> Result<Self, RightError> {
        let colon = split(text, false)?;
        Ok(Self { text: text.into(), colon })
    }

    /// `area:action`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn halves(&self) -> (&str, &str) {
        halves(&self.text, self.colon)
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What a role holds: a right, or several by a `*` for either half.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RightPattern {
    text: Box<str>,
    colon: usize,
}

impl RightPattern {
    /// Takes `area:action`, where either half may be `*`.
    pub fn parse(text: &str) -> Result<Self, RightError> {
        let colon = split(text, true)?;
        Ok(Self { text: text.into(), colon })
    }

    /// `*:*`.
    pub fn everything() -> Self {
        Self { text: "*:*".into(), colon: 1 }
    }

    /// Whether a role with this pattern holds `right`.
    pub fn holds(&self, right: &Right) -> bool {
        let (area, action) = halves(&self.text, self.colon);
        let (wanted_area, wanted_action) = right.halves();
        (area == "*" || area == wanted_area) && (action == "*" || action == wanted_action)
    }

    /// Whether whoever holds this one holds all that `other` stands for. Of a union of patterns one must do it alone:
    /// there is no end of rights, so several that are narrower never add up to a wider one.
    pub fn covers(&self, other: &Self) -> bool {
        let (area, action) = halves(&self.text, self.colon);
        let (wanted_area, wanted_action) = halves(&other.text, other.colon);
        (area == "*" || area == wanted_area) && (action == "*" || action == wanted_action)
    }

    /// What is of both; none if nothing is.
    pub fn common_with(&self, other: &Self) -> Option<Self> {
        let half = |one: &str, other: &str| match (one, other) {
            (same, "*") | ("*", same) => Some(same.to_owned()),
            (one, other) => (one == other).then(|| one.to_owned()),
        };
        let (area, action) = halves(&self.text, self.colon);
        let (other_area, other_action) = halves(&other.text, other.colon);
        let (area, action) = (half(area, other_area)?, half(action, other_action)?);
        Some(Self { text: format!("{area}:{action}").into(), colon: area.len() })
    }

    /// `area:action` as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

fn halves(text: &str, colon: usize) -> (&str, &str) {
    (text.get(..colon).unwrap_or_default(), text.get(colon + 1..).unwrap_or_default())
}

fn split(text: &str, wildcard: bool) -> Result<usize, RightError> {
    let is_half = |half: &str| {
        (wildcard && half == "*")
            || ((1..=64).contains(&half.len())
                && half.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)))
    };
    text.split_once(':')
        .filter(|(area, action)| is_half(area) && is_half(action))
        .map(|(area, _)| area.len())
        .ok_or(RightError { wildcard })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(pattern: &str, right: &str) -> bool {
        RightPattern::parse(pattern).unwrap().holds(&Right::parse(right).unwrap())
    }

    #[test]
    fn a_star_stands_for_either_half() {
        assert!(holds("device:*", "device:add") && holds("*:view", "device:view") && holds("*:*", "x:y"));
        assert!(!holds("device:*", "devices:add") && !holds("*:view", "device:edit"));
    }

    #[test]
    fn a_pattern_covers_what_is_no_wider_than_itself() {
        let covers = |wide: &str, narrow: &str| {
            RightPattern::parse(wide).unwrap().covers(&RightPattern::parse(narrow).unwrap())
        };
        for narrow in ["*:*", "device:*", "*:view", "device:view"] {
            assert!(covers("*:*", narrow) && covers(narrow, narrow), "{narrow}");
        }
        assert_eq!(RightPattern::everything(), RightPattern::parse("*:*").unwrap());
        assert!(covers("device:*", "device:view") && covers("*:view", "device:view"));
        for (narrow, wide) in [("device:*", "*:*"), ("*:view", "*:*"), ("device:view", "device:*")] {
            assert!(!covers(narrow, wide), "{narrow} {wide}");
        }
        assert!(!covers("device:*", "*:view") && !covers("*:view", "device:*") && !covers("a:b", "a:c"));
    }

    #[test]
    fn what_two_patterns_have_in_common_is_no_wider_than_either() {
        let common = |one: &str, other: &str| {
            let (one, other) = (RightPattern::parse(one).unwrap(), RightPattern::parse(other).unwrap());
            let common = one.common_with(&other);
            assert_eq!(common, other.common_with(&one));
            assert!(common.iter().all(|common| one.covers(common) && other.covers(common)));
            common.map(|common| common.as_str().to_owned())
        };
        assert_eq!(common("device:*", "*:view").as_deref(), Some("device:view"));
        assert_eq!(common("*:*", "device:add").as_deref(), Some("device:add"));
        assert_eq!(common("device:add", "device:add").as_deref(), Some("device:add"));
        assert_eq!(common("device:*", "job:*"), None);
        assert_eq!(common("device:add", "device:view"), None);
    }

    #[test]
    fn what_is_no_right_is_refused() {
        for wrong in ["", ":", "a:", ":b", "a", "a:b:c", "a b:c", "*:view", "a:*"] {
            assert!(Right::parse(wrong).is_err(), "{wrong}");
        }
        for wrong in ["*", "**:view", "de*:view", "a:b*"] {
            assert!(RightPattern::parse(wrong).is_err(), "{wrong}");
        }
    }
}
