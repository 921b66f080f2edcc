//! What holds for any text: reading never panics, places lie in the text, what is written is what is read.

use proptest::prelude::*;
use proptest::sample::Index;

use super::{Document, Faults, Field, Kind};

const VALID: &str = "\
# the BNG's file
radius: &base {secret: \"s\\u00e9\", servers: [10.0.0.1, 'x']}
api:
  <<: *base
  enabled: true
  port: !!int 8443
  users:
  - username: admin
    password_hash: \"$2b$12$x\"
    grants: [{role: field-tech, realm: größe}]
  ? explicit
  : - |
      block
    - >-
      folded
  audience: ~
";

/// Pieces that mean something to YAML.
const PIECES: &[&str] = &[
    "\n",
    "\r\n",
    "  ",
    "\t",
    ": ",
    "- ",
    "? ",
    ",",
    "[",
    "]",
    "{",
    "}",
    "&a ",
    "*a",
    "*base",
    "<<: ",
    "!",
    "!!str ",
    "!x ",
    "#",
    " #",
    "|\n",
    ">-\n",
    "'",
    "\"",
    "\\",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "\u{feff}",
    "é",
    "𝄞",
    "\0",
    "\u{85}",
    "~",
    "a",
    "1",
];

/// A cut (from, length) and a piece to put there.
type Edit = (Index, usize, Option<Index>);

fn edited(edits: &[Edit]) -> String {
    let mut text: Vec<char> = VALID.chars().collect();
    for (from, length, piece) in edits {
        let from = from.index(text.len() + 1);
        let to = text.len().min(from + length);
        let piece = piece.map_or("", |piece| *piece.get(PIECES));
        text.splice(from..to, piece.chars());
    }
    text.into_iter().collect()
}

/// Reads everything in every way, and checks every place.
fn read_all(field: &Field<'_>, lines: usize, faults: &mut Faults) {
    assert!((1..=lines).contains(&usize::try_from(field.at().line).unwrap()), "{:?}", field.at());
    field.bool(faults);
    field.parse::<u16>("a number", faults);
    for item in field.list(faults) {
        read_all(&item, lines, faults);
    }
    let Some(map) = field.map(faults) else { return };
    map.deny_unknown(&["api", "port", "username"], faults);
    for key in ["api", "radius", "users", "grants", "port", "servers", "explicit", "a", "1"] {
        if let Some(member) = map.field(key) {
            read_all(&member, lines, faults);
        }
    }
}

fn survives(text: &str) {
    let lines = text.split(['\n', '\r']).count();
    match Document::parse(text) {
        Err(fault) => assert!(fault.at.is_some_and(|at| at.line >= 1 && at.column >= 1), "{fault}"),
        Ok(document) => {
            let mut faults = Faults::new();
            read_all(&document.root(), lines, &mut faults);
            assert!(faults.iter().all(|fault| !fault.to_string().contains(['\n', '\r', '\0'])));
        }
    }
}

fn quoted(text: &str) -> String {
    let escaped = text.chars().map(|character| format!("\\U{:08x}", u32::from(character)));
    format!("\"{}\"", escaped.collect::<String>())
}

#[test]
fn the_text_that_is_mutated_is_valid() {
    let document = Document::parse(VALID).unwrap();
    assert_eq!(document.root().kind(), Kind::Map);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        survives(&text);
    }

    #[test]
    fn any_sequence_of_yaml_pieces_is_read_or_refused(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40),
    ) {
        survives(&pieces.concat());
    }

    #[test]
    fn any_mutation_of_a_valid_text_is_read_or_refused(
        edits in prop::collection::vec((any::<Index>(), 0_usize..12, any::<Option<Index>>()), 1..6),
    ) {
        survives(&edited(&edits));
    }

    #[test]
    fn what_is_written_is_what_is_read(
        values in prop::collection::btree_map("[a-z]{1,8}", any::<String>(), 0..8),
    ) {
        let members = values.iter().map(|(key, value)| format!("{key}: {}, ", quoted(value)));
        let document = Document::parse(&format!("{{{}}}", members.collect::<String>())).unwrap();
        let mut faults = Faults::new();
        let map = document.root().map(&mut faults).unwrap();
        for (key, value) in &values {
            prop_assert_eq!(map.require(key, &mut faults).unwrap().scalar(&mut faults), Some(value.as_str()));
        }
        prop_assert!(faults.is_empty());
    }

    #[test]
    fn a_value_is_found_where_it_stands(before in "[a-zéß東𝄞]{0,6}", blank_lines in 0_usize..5) {
        let text = format!("{}k{before}: {{x: {before}, y: here}}\n", "\n".repeat(blank_lines));
        let document = Document::parse(&text).unwrap();
        let mut faults = Faults::new();
        let outer = document.section(&format!("k{before}"), &mut faults).unwrap().map(&mut faults).unwrap();
        let at = outer.require("y", &mut faults).unwrap().at();
        let line = text.lines().nth(usize::try_from(at.line).unwrap() - 1).unwrap();
        let found: String = line.chars().skip(usize::try_from(at.column).unwrap() - 1).collect();
        prop_assert!(found.starts_with("here}"), "{} at {}", found, at);
    }
}
