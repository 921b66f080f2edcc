//! How text of the file is quoted in a message: on one line, short, and harmless to a terminal or a log.

/// The longest piece of text that a message quotes, in characters.
const MAX_CHARS: usize = 60;

/// The text with control and invisible characters escaped, cut at a length that is easy to read.
pub fn shown(text: &str) -> String {
    let mut shown = String::new();
    for (index, character) in text.chars().enumerate() {
        if index == MAX_CHARS {
            shown.push('…');
            break;
        }
        match character {
            '"' | '\'' => shown.push(character),
            _ => shown.extend(character.escape_debug()),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_is_shown_as_it_is() {
        assert_eq!(shown("it's \"8443\" für 東京"), "it's \"8443\" für 東京");
    }

    #[test]
    fn what_would_act_on_a_terminal_or_fake_a_log_line_is_escaped() {
        assert_eq!(shown("a\u{1b}[31m\nb\u{202e}c"), "a\\u{1b}[31m\\nb\\u{202e}c");
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(shown(&"x".repeat(60)), "x".repeat(60));
        assert_eq!(shown(&"x".repeat(1 << 20)), format!("{}…", "x".repeat(60)));
    }
}
