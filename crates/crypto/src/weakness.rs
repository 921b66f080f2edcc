//! What gives a bad secret away. A good one is random; nothing here can tell that one is, only that one is surely not.

/// Fewer different bytes than nearly every random text has: 64 random hexadecimal digits have 10 or more but once in a
/// thousand million times.
const LEAST_DIFFERENT: usize = 10;

/// Words that people put into secrets, and texts put into examples. In random text none of them is met.
const WORDS: [&str; 14] = [
    "secret",
    "password",
    "passwort",
    "changeme",
    "change-me",
    "change_me",
    "example",
    "portcullis",
    "athena",
    "admin",
    "qwerty",
    "abcdefgh",
    "12345678",
    "default",
];

/// What makes a secret easy to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    /// So few different bytes.
    FewBytes(usize),
    /// A shorter text of so many bytes, again and again.
    Repetition(usize),
    /// One of the words that are tried first.
    Word(&'static str),
}

impl Weakness {
    /// What is seen of a secret of at least 32 bytes.
    pub(crate) fn of(secret: &[u8]) -> Option<Self> {
        let different = (0..=u8::MAX).filter(|byte| secret.contains(byte)).count();
        let repeats =
            |period: &usize| secret.iter().zip(secret.iter().skip(*period)).all(|(one, other)| one == other);
        let folded = String::from_utf8_lossy(secret).to_ascii_lowercase();
        let word = || WORDS.into_iter().find(|word| folded.contains(word));
        (different < LEAST_DIFFERENT)
            .then_some(Self::FewBytes(different))
            .or_else(|| (1..=secret.len() / 2).find(repeats).map(Self::Repetition))
            .or_else(|| word().map(Self::Word))
    }
}

impl std::fmt::Display for Weakness {
    /// As the end of a sentence that begins with "it".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::FewBytes(number) => write!(f, "has only {number} different bytes"),
            Self::Repetition(period) => write!(f, "repeats itself after {period} bytes"),
            Self::Word(word) => write!(f, "holds the word `{word}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_make_up_is_seen() {
        let of = |text: &str| Weakness::of(text.as_bytes());
        assert_eq!(of(&"x".repeat(40)), Some(Weakness::FewBytes(1)));
        assert_eq!(of("0101010101010101010101010101010101010101"), Some(Weakness::FewBytes(2)));
        assert_eq!(of(&"k3Jx9Qm2Lp7R".repeat(4)), Some(Weakness::Repetition(12)));
        assert_eq!(of("The-Secret-of-our-network-is-long-enough"), Some(Weakness::Word("secret")));
        assert_eq!(of("CHANGE-ME-to-something-of-32-bytes-please"), Some(Weakness::Word("change-me")));
    }

    #[test]
    fn what_a_random_source_made_is_not_taken_for_weak() {
        for good in [
            "Zk7mJ1vQ0dHn5Rr2XcTy8WbUe4Lg6PaSfKo9iMzBhCqVtDxYwNjGuEs3+A/1l0pO",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        ] {
            assert_eq!(Weakness::of(good.as_bytes()), None, "{good}");
        }
    }
}
