//! The known key that was probably meant by an unknown one.

/// The nearest of the known keys, the first of them if several are as near; `None` if none is near enough to be
/// misspelt: one edit, and one more for every four characters. Case, `-` and `_` make no difference.
pub fn nearest<'k>(key: &str, known: &[&'k str]) -> Option<&'k str> {
    let meant = folded(key);
    let length = meant.chars().count();
    let farthest = 1 + length / 4;

    let near = known.iter().filter_map(|&name| {
        let name_folded = folded(name);
        let name_length = name_folded.chars().count();
        // A key may be as long as the file; the distance is never less than the difference of the lengths.
        if name_length.abs_diff(length) > farthest {
            return None;
        }
        let distance = strsim::damerau_levenshtein(&meant, &name_folded);
        let something_in_common = distance < length.max(name_length);
        (distance <= farthest && something_in_common).then_some((distance, name))
    });
    near.min_by_key(|&(distance, _)| distance).map(|(_, name)| name)
}

/// The key without what is commonly confused: `TLS-Cert`, `tlsCert` and `tls_cert` are one.
pub(super) fn folded(key: &str) -> String {
    key.chars().filter(|character| !matches!(character, '-' | '_')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    const KNOWN: &[&str] =
        &["token", "tls", "tls_cert", "tls_key", "upstream", "upstream_ca", "users", "roles"];

    #[test]
    fn a_misspelling_finds_its_key() {
        assert_eq!(nearest("tokn", KNOWN), Some("token"));
        assert_eq!(nearest("user", KNOWN), Some("users"));
        assert_eq!(nearest("usres", KNOWN), Some("users"));
        assert_eq!(nearest("upstraem_ca", KNOWN), Some("upstream_ca"));
    }

    #[test]
    fn case_and_separators_make_no_difference() {
        assert_eq!(nearest("TLS-Cert", KNOWN), Some("tls_cert"));
        assert_eq!(nearest("upstreamCa", KNOWN), Some("upstream_ca"));
        assert_eq!(nearest("TOKEN", KNOWN), Some("token"));
    }

    #[test]
    fn the_nearest_wins_and_the_first_of_equals() {
        assert_eq!(nearest("tls_keyy", KNOWN), Some("tls_key"));
        assert_eq!(nearest("bat", &["cat", "hat"]), Some("cat"));
    }

    #[test]
    fn something_else_has_no_nearest_key() {
        assert_eq!(nearest("subscribers", KNOWN), None);
        assert_eq!(nearest("x", &["y"]), None);
        assert_eq!(nearest("", KNOWN), None);
        assert_eq!(nearest("token", &[]), None);
    }

    #[test]
    fn a_key_as_long_as_the_file_is_cheap() {
        let started = Instant::now();
        assert_eq!(nearest(&"k".repeat(1 << 20), &KNOWN.repeat(100)), None);
        assert!(started.elapsed() < Duration::from_secs(5), "took {:?}", started.elapsed());
    }
}
