//! Whatever a file or a variable says, it is a configuration or it has faults, each on a line of its own.

use proptest::prelude::*;
use proptest::sample::Index;

use super::defaults::WHOLE;
use super::*;
use crate::config::environment::variable;
use crate::config::keys::SETTINGS;

/// Pieces that mean something to YAML or to a key.
const PIECES: &[&str] = &[
    "\n",
    "  ",
    "\t",
    ": ",
    "- ",
    "? ",
    ", ",
    "[",
    "]",
    "{",
    "}",
    "&a ",
    "*a",
    "<<: ",
    "!x ",
    "#",
    "|\n",
    "'",
    "\"",
    "\\",
    "---\n",
    "\0",
    "\u{85}",
    "\u{feff}",
    "é",
    "~",
    "null",
    "true",
    "off",
    "0",
    "-1",
    "99999999999999999999",
    "9h",
    "ms",
    "unix:",
    "http://",
    "[::1]",
    "/",
    "%2F",
    "{id}",
    "**",
    "admin",
    "Admin",
    "area:action",
    "HEAD",
    "role: ",
    "realm: ",
    "path: ",
    "right: ",
    "missing: any",
    "grants: ",
    "$2b$12$",
];

/// A cut (from, length) and a piece to put there.
type Edit = (Index, usize, Option<Index>);

fn edited(edits: &[Edit]) -> String {
    let mut text: Vec<char> = WHOLE.chars().collect();
    for (from, length, piece) in edits {
        let from = from.index(text.len() + 1);
        let to = text.len().min(from + length);
        let piece = piece.map_or("", |piece| *piece.get(PIECES));
        text.splice(from..to, piece.chars());
    }
    text.into_iter().collect()
}

fn survives(text: &str, variables: &[(&str, &str)]) {
    let Err(error) = load(text, variables) else { return };
    let said = error.to_string();
    let number = error.faults().count();
    assert!(number > 0);
    assert_eq!(said.lines().count(), number + 1, "{said}");
    assert!(!said.chars().any(|character| character.is_control() && character != '\n'), "{said:?}");
}

proptest! {
    #[test]
    fn any_mutation_of_a_file_is_a_configuration_or_has_faults(
        edits in prop::collection::vec((any::<Index>(), 0_usize..12, any::<Option<Index>>()), 1..5),
    ) {
        survives(&edited(&edits), &[]);
    }

    #[test]
    fn any_text_is_a_configuration_or_has_faults(text in any::<String>()) {
        survives(&text, &[]);
        survives(&format!("api: {text}"), &[]);
    }

    #[test]
    fn any_value_of_a_variable_is_taken_or_has_faults(
        key in prop::sample::select(SETTINGS),
        value in prop_oneof![any::<String>(), prop::sample::select(PIECES).prop_map(str::to_owned)],
    ) {
        survives(WHOLE, &[(&variable(key), &value)]);
    }
}
