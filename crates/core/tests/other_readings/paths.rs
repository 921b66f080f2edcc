//! Paths as attackers write them.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::tables::tables;

/// What stands between segments: a slash, so often as `plain` says.
fn joint(plain: u32) -> impl Strategy<Value = &'static str> {
    prop_oneof![
        plain => Just("/"),
        2 => Just("%2F"),
        1 => Just("%252F"),
        1 => prop::sample::select(vec![
            "%2f", "//", "/./", "/../", "%5C", "%255C", "\\", "%2F..%2F", "/%2e%2e/", "/%252e%252e/", "%2F%2F",
            "/x/..%2F", "/x%2F..%2f", "/..;/", "/..%3B/", "%3Fx%2F", "%23/",
        ]),
    ]
}

/// What stands at the end of a segment: nothing, so often as `plain` says.
fn ending(plain: u32) -> impl Strategy<Value = &'static str> {
    prop_oneof![
        plain => Just(""),
        3 => prop::sample::select(vec![
            ".", "%2e", "%252e", ";x", "%3B", "%3Bx", "%253Bx", ".%3Bx", "%00", "%2500", "%20", "%2520", "%20%3B",
            "%C3%A9", "%3Fx", "%253F", "%23", ".%2F", "%25", "%252541", " ",
        ]),
    ]
}

/// A word as it may be spelled: as it is, in another case, with a letter encoded once or twice.
fn spelled(word: String) -> BoxedStrategy<String> {
    if word.is_empty() {
        return Just(word).boxed();
    }
    let at = 0..word.len();
    let spellings: [fn(u8) -> String; 5] = [
        |byte| char::from(other_case(byte)).to_string(),
        |byte| format!("%{byte:02X}"),
        |byte| format!("%{byte:02x}"),
        |byte| format!("%25{byte:02x}"),
        |byte| format!("%{:02x}", other_case(byte)),
    ];
    prop_oneof![
        12 => Just(word.clone()),
        1 => Just(word.to_ascii_uppercase()),
        2 => (Just(word), at, prop::sample::select(spellings.to_vec())).prop_map(|(word, at, spell)| {
            let spelled = |(index, byte)| if index == at { spell(byte) } else { char::from(byte).to_string() };
            word.bytes().enumerate().map(spelled).collect()
        }),
    ]
    .boxed()
}

fn other_case(byte: u8) -> u8 {
    if byte.is_ascii_uppercase() { byte.to_ascii_lowercase() } else { byte.to_ascii_uppercase() }
}

/// The paths of all rows, each once.
fn paths() -> Vec<&'static str> {
    let mut paths: Vec<_> = tables().iter().flat_map(|table| &table.rows).map(|row| row.path).collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// Words that stand in some table, and a few that don't.
fn words() -> Vec<String> {
    let mut words: Vec<String> = paths()
        .into_iter()
        .flat_map(|path| path.split('/').skip(1))
        .filter(|part| !part.contains(['{', '*']))
        .chain(["7", "pop-syd", "x", "caf%C3%A9", "interface=Gi0"])
        .map(str::to_owned)
        .collect();
    words.sort();
    words.dedup();
    words
}

fn tail() -> impl Strategy<Value = &'static str> {
    prop_oneof![6 => Just(""), 3 => prop::sample::select(vec!["/", "%2F", "/.", "//", "?a=%2F", "#/x", "/%2F", "%3F"])]
}

/// Any path: words and joints in any order.
pub(crate) fn nasty() -> impl Strategy<Value = String> {
    let word = prop::sample::select(words()).prop_flat_map(spelled);
    let part = (joint(9), word, ending(9)).prop_map(|(joint, word, ending)| format!("{joint}{word}{ending}"));
    (prop::collection::vec(part, 1..6), tail())
        .prop_map(|(parts, tail)| format!("/{}{tail}", parts.concat().trim_start_matches('/')))
}

/// A path that is a route of some table, mangled here and there.
pub(crate) fn mangled() -> impl Strategy<Value = String> {
    prop::sample::select(paths())
        .prop_flat_map(|path| (path.split('/').skip(1).map(part).collect::<Vec<_>>(), tail()))
        .prop_map(|(parts, tail)| format!("/{}{tail}", parts.concat().trim_start_matches('/')))
}

fn part(part: &str) -> BoxedStrategy<String> {
    let word = match part {
        "**" => {
            prop_oneof![Just(String::new()), prop::sample::select(words()).prop_flat_map(spelled)].boxed()
        }
        part if part.starts_with('{') => {
            prop_oneof![2 => Just("7".to_owned()), 1 => prop::sample::select(words()).prop_flat_map(spelled)]
                .boxed()
        }
        part => spelled(part.to_owned()),
    };
    (joint(30), word, ending(30)).prop_map(|(joint, word, ending)| format!("{joint}{word}{ending}")).boxed()
}

/// So many paths of both kinds, the same ones each time.
pub(crate) fn sample(count: usize) -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    let any = prop_oneof![nasty(), mangled()];
    (0..count).map(|_| any.new_tree(&mut runner).expect("a path").current()).collect()
}
