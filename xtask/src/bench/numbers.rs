//! A few numbers out of many.

/// The middle of some values; of an even number of them, the mean of the two in the middle. None of none.
pub(super) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    let upper = *values.get(half)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(*values.get(half.checked_sub(1)?)?, upper))
}

/// The value that such a share of the values does not exceed. None of none.
pub(super) fn percentile(values: impl IntoIterator<Item = f64>, share: f64) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let within = |rank: usize| number(rank as u64 + 1) >= share * number(values.len() as u64);
    values.iter().enumerate().find(|(rank, _)| within(*rank)).map(|(_, value)| *value)
}

/// A count as a number to calculate with. Exact up to 2^53, which nothing here comes near.
#[expect(clippy::cast_precision_loss, reason = "counts of one run are far below 2^53")]
pub(crate) fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle_whatever_the_order() {
        assert_eq!(median([3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median([7.0]), Some(7.0));
        assert_eq!(median([]), None);
    }

    #[test]
    fn a_percentile_is_exceeded_by_the_rest_alone() {
        let hundred = || (1..=100).rev().map(f64::from);
        assert_eq!(percentile(hundred(), 0.99), Some(99.0));
        assert_eq!(percentile(hundred(), 0.5), Some(50.0));
        assert_eq!(percentile([3.0], 0.99), Some(3.0));
        assert_eq!(percentile([], 0.99), None);
    }
}
