//! Text that somebody sent, such as can be shown: what can't be seen, or turns the text around it, is written out.
//!
//! A log, a record and a list of sessions are read on a terminal, and copied into mails. A control character there is a
//! command to the terminal; a bidirectional one makes a line read as another one (CVE-2021-42574).

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character can't be seen and yet does something: a control character (C0, DEL, C1), one that turns the
/// direction of the text (Unicode Standard Annex 9), or one that ends a line.
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'
                | '\u{2029}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}

/// The text, with every hidden character written out: `\u{202e}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_hidden) { excerpt(text, usize::MAX).into() } else { text.into() }
}

/// The same of its first characters, so many at the most.
pub fn excerpt(text: &str, limit: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(limit));
    for character in text.chars().take(limit) {
        if is_hidden(character) {
            let _ = write!(shown, "{}", character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_be_seen_is_written_out() {
        for (hidden, written) in [
            ('\0', "\\u{0}"),
            ('\n', "\\u{a}"),
            ('\u{1b}', "\\u{1b}"),
            ('\u{7f}', "\\u{7f}"),
            ('\u{85}', "\\u{85}"),
            ('\u{9b}', "\\u{9b}"),
            ('\u{61c}', "\\u{61c}"),
            ('\u{200e}', "\\u{200e}"),
            ('\u{200f}', "\\u{200f}"),
            ('\u{2028}', "\\u{2028}"),
            ('\u{2029}', "\\u{2029}"),
            ('\u{202a}', "\\u{202a}"),
            ('\u{202e}', "\\u{202e}"),
            ('\u{2066}', "\\u{2066}"),
            ('\u{2069}', "\\u{2069}"),
        ] {
            assert_eq!(visible(&format!("a{hidden}b")), format!("a{written}b"));
        }
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        let text = "it's \"8443\" \\ für 東京 \u{a0}\u{200d}\u{2065}\u{206a}";
        assert!(matches!(visible(text), Cow::Borrowed(same) if same == text));
    }

    #[test]
    fn an_excerpt_counts_what_was_sent() {
        assert_eq!(excerpt("a\u{202e}bc", 3), "a\\u{202e}b");
        assert_eq!(excerpt("ab", 0), "");
    }
}
