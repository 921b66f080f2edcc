//! What is aimed at, and whether it was reached.

use serde::Serialize;

/// Where a figure should be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

/// A figure beside what is aimed at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Verdict {
    /// What the figure is of.
    pub(super) what: String,
    pub(super) found: f64,
    pub(super) unit: &'static str,
    pub(super) bound: Bound,
    pub(super) reached: bool,
}

impl Verdict {
    pub(super) fn new(what: impl Into<String>, found: f64, unit: &'static str, bound: Bound) -> Self {
        let reached = match bound {
            Bound::AtMost(most) => found <= most,
            Bound::AtLeast(least) => found >= least,
        };
        Self { what: what.into(), found, unit, bound, reached }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aim_is_reached_at_its_very_edge_and_not_beyond() {
        let reached = |found, bound| Verdict::new("it", found, "", bound).reached;
        assert!(reached(1.0, Bound::AtMost(1.0)) && reached(1.0, Bound::AtLeast(1.0)));
        assert!(!reached(1.01, Bound::AtMost(1.0)) && !reached(0.99, Bound::AtLeast(1.0)));
        assert!(!reached(f64::NAN, Bound::AtMost(1.0)));
    }
}
