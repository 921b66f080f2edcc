//! Request targets as attackers write them: what the BNG's API is called, spelled in every way that some server reads
//! as it.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

/// What is worth reaching, and what is open to everybody who may look.
const PATHS: &[&str] = &[
    "api/v1/webhooks",
    "api/v1/webhooks/wh-1",
    "api/v1/auth/login",
    "api/v1/auth/me",
    "api/v1/auth/explain",
    "api/v1/health",
    "metrics",
    "api/v1/subscribers",
    "api/v1/subscribers/summary",
    "api/v1/subscribers/sub-1001",
    "api/v1/subscribers/sub-1001/rate",
    "api/v1/system/config",
    "api/v1/system/config/commit",
    "api/v1/interfaces/vlans",
    "api/v1/routing/bgp",
    "api/v1/routing/webhooks",
    "open/secret",
    "open/secret/deeper",
    "open/vault/x/y",
    "open/interface=Gi0/config",
    "elsewhere",
];

/// Where one path is left for another.
const DETOURS: &[&str] = &[
    "api/v1/routing/../webhooks",
    "api/v1/subscribers/..;/webhooks",
    "api/v1/subscribers/%2e%2e/webhooks",
    "api/v1/subscribers/..%2Fwebhooks",
    "api/v1/subscribers/x%2F..%2F..%2Fwebhooks",
    "open/..%2Fapi%2Fv1%2Fwebhooks",
    "open/x%2F..%2F..%2Fmetrics",
    "open/%2e%2e%2fsecret",
    "open/%252e%252e%252fsecret",
    "open/x%2F..%2Fsecret",
    "open%2Fsecret",
    "open/x/..%5c..%5cmetrics",
    "api/v1/routing/%c0%ae%c0%ae/webhooks",
    "api/v1/routing/%e2%80%ae",
    "api/v1/webhooks%00.json",
    "api/v1/webhooks%3f.json",
    "api/v1/webhooks%23",
    "api/v1/webhooks;a=b",
    "api/v1/webhooks%3Ba=b",
    "api/v1/routing/x?/../../webhooks",
    "api/v1/routing/x#/../../webhooks",
];

const JOINTS: &[&str] =
    &["//", "/./", "/../", "/%2e/", "%2F", "%2f", "%252F", "%5C", "%5c", "\\", "/;/", "/%20/", "/.%2e/"];

const ENDS: &[&str] = &[
    "/",
    "//",
    ".",
    "/.",
    "/..",
    "%2e",
    "%2E",
    "%2F",
    "%2f/",
    ";x",
    "%3B",
    "%3bx=y",
    "%20",
    "%09",
    "%00",
    "%0d%0a",
    "%7f",
    "%C2%85",
    "%C3%A9",
    "%ff",
    "%",
    "%4",
    "%zz",
    "%25",
    "%252e",
    "?",
    "?a=b",
    "?/../webhooks",
    "?%2e%2e",
    "#x",
    "#/../x",
    "~",
    "*",
    ":",
    "@",
    "=",
    "&",
    ",",
    "!",
    "'",
    "(",
    ")",
    "+",
    "$",
    "\"",
    "<",
    ">",
    "[",
    "]",
    "^",
    "`",
    "{",
    "|",
    "}",
    "%41",
    "%7E",
    "..",
    "...",
    "\u{e9}",
];

/// A letter, as it may be spelled.
fn spelled(letter: char) -> BoxedStrategy<String> {
    let code = u32::from(letter);
    prop_oneof![
        60 => Just(letter.to_string()),
        1 => Just(if letter.is_ascii_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }.to_string()),
        1 => Just(format!("%{code:02x}")),
        1 => Just(format!("%{code:02X}")),
        1 => Just(format!("%25{code:02x}")),
    ]
    .boxed()
}

/// What stands between two segments.
fn joint() -> impl Strategy<Value = &'static str> {
    prop_oneof![24 => Just("/"), 1 => prop::sample::select(JOINTS)]
}

/// One of the paths, mangled here and there.
fn mangled(path: &'static str) -> impl Strategy<Value = String> {
    let letters = path.chars().map(|letter| match letter {
        '/' => joint().prop_map(str::to_owned).boxed(),
        letter => spelled(letter),
    });
    (letters.collect::<Vec<_>>(), prop_oneof![2 => Just(""), 1 => prop::sample::select(ENDS)])
        .prop_map(|(letters, end)| format!("/{}{end}", letters.concat()))
}

/// Words and joints in any order, so that what nobody thought of is there too.
fn wild() -> impl Strategy<Value = String> {
    let words: Vec<_> = PATHS.iter().flat_map(|path| path.split('/')).collect();
    let part =
        (joint(), prop::sample::select(words), prop_oneof![3 => Just(""), 1 => prop::sample::select(ENDS)]);
    let part = part.prop_map(|(joint, word, end)| format!("{joint}{word}{end}"));
    prop::collection::vec(part, 1..6).prop_map(|parts| format!("/{}", parts.concat().trim_start_matches('/')))
}

fn target() -> impl Strategy<Value = String> {
    let named = prop_oneof![4 => prop::sample::select(PATHS), 1 => prop::sample::select(DETOURS)];
    prop_oneof![4 => named.prop_flat_map(mangled), 1 => wild()]
}

/// Mostly reads, since those are what an operator may do.
fn method() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        8 => Just("GET"),
        1 => prop::sample::select(vec!["HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "PROPFIND", "get"]),
    ]
}

/// So many requests, always the same ones.
pub(crate) fn requests(number: usize) -> Vec<(&'static str, String)> {
    let mut runner = TestRunner::deterministic();
    let strategy = (method(), target());
    (0..number).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}
