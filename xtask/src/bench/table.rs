//! Rows and columns of text.

use std::fmt::Write as _;

/// A line with a name and cells behind it, each at the right of its column.
pub(super) fn row(name: &str, cells: &[&str]) -> String {
    let mut text = format!("{name:<28}");
    for cell in cells {
        let _ = write!(text, "{cell:>14}");
    }
    text.trim_end().to_owned() + "\n"
}

/// Two values and how they relate, or one.
pub(super) fn compared(name: &str, value: f64, other: Option<f64>, unit: &str) -> String {
    let shown = |value: f64| figure(value, unit);
    let Some(other) = other else { return row(name, &[&shown(value)]) };
    row(name, &[&shown(value), &shown(other), &format!("{:.2}", value / other)])
}

/// A value with two digits behind the point, as long as they tell something.
pub(super) fn figure(value: f64, unit: &str) -> String {
    let shown = if value < 1000.0 { format!("{value:.2} {unit}") } else { format!("{value:.0} {unit}") };
    shown.trim_end().to_owned()
}

/// A time with a fitting unit.
pub(super) fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        short if short < 1e3 => format!("{short:.0} ns"),
        middle if middle < 1e6 => format!("{:.2} µs", middle / 1e3),
        long => format!("{:.1} ms", long / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_ends_with_its_last_cell() {
        assert_eq!(row("name", &["1", ""]), "name                                     1\n");
    }

    #[test]
    fn a_figure_has_the_digits_that_tell_something() {
        assert_eq!(figure(12.345, "ms"), "12.35 ms");
        assert_eq!(figure(12345.6, ""), "12346");
        assert_eq!([time(12.0), time(1234.0), time(2e8)], ["12 ns", "1.23 µs", "200.0 ms"]);
    }
}
