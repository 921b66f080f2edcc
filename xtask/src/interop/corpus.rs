//! Requests as attackers and honest clients write them, always the same ones: methods, paths in every spelling that
//! some server reads as something else, and tokens of several people.

/// Who sends a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Nobody,
    /// With something that is no token.
    Garbage,
    /// With a token that has been tampered with.
    Forged,
    Operator,
    /// Holds a role in one realm only.
    Local,
    Admin,
}

/// One generated request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Generated {
    pub(super) method: &'static str,
    pub(super) target: String,
    pub(super) who: Who,
    /// The field `Realm`, if there is one.
    pub(super) realm: Option<&'static str>,
}

/// What is worth reaching, and what is open.
const PATHS: &[&str] = &[
    "/api/v1/webhooks",
    "/api/v1/webhooks/wh-1",
    "/api/v1/auth/me",
    "/api/v1/auth/login",
    "/api/v1/auth/explain",
    "/api/v1/health",
    "/metrics",
    "/api/v1/subscribers",
    "/api/v1/subscribers/summary",
    "/api/v1/subscribers/sub-1001",
    "/api/v1/system/config/commit",
    "/api/v1/devices",
    "/api/v1/pops/pop-syd/devices",
    "/api/v1/groups",
    "/api/v2/anything",
    "/open/page",
    "/open/deep/er/page",
    "/restconf/data/interface=Gi0%2F0",
    "/restconf/data/interface=Gi0%2F0/config",
    "/elsewhere",
    "/",
];

/// Where one path is left for another.
const DETOURS: &[&str] = &[
    "/open/../api/v1/webhooks",
    "/open/..;/api/v1/webhooks",
    "/open/%2e%2e/api/v1/webhooks",
    "/open/..%2Fapi%2Fv1%2Fwebhooks",
    "/open/x%2F..%2F..%2Fapi/v1/webhooks",
    "/open/%252e%252e/api/v1/webhooks",
    "/open\\..\\api\\v1\\webhooks",
    "/open/..%5capi/v1/webhooks",
    "/open/page#/../../api/v1/webhooks",
    "/open/page?/../../api/v1/webhooks",
    "/api/v1/auth/../webhooks",
    "/api/v1/auth/..;/webhooks",
    "/api/v1/auth/%2e%2e/webhooks",
    "/api/v1/auth/login/../../webhooks",
    "/api/v1/auth/..%2fwebhooks",
    "/restconf/data/..%2F..%2Fapi%2Fv1%2Fwebhooks",
    "/restconf/data/x%2F%2E%2E%2F../api/v1/webhooks",
    "//api/v1/webhooks",
    "//open/page",
    "/open//page",
    "/API/v1/webhooks",
    "/api/v1/WEBHOOKS",
    "/Open/page",
    "/api/v1/webhooks%00.json",
    "/api/v1/webhooks%3f.json",
    "/api/v1/webhooks%23",
    "/api/v1/routing/%c0%ae%c0%ae/webhooks",
    "http://bng.example.net/api/v1/webhooks",
    "http://bng.example.net/open/page",
    "?/api/v1/webhooks",
    "*",
];

const JOINTS: &[&str] =
    &["//", "/./", "/../", "/%2e/", "%2F", "%2f", "%252F", "%5C", "\\", "/;/", "/%20/", "/.%2e/"];

const ENDS: &[&str] = &[
    "/",
    "//",
    ".",
    "/.",
    "/..",
    "%2e",
    "%2F",
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
    "?",
    "?a=b",
    "?realm=pop-syd",
    "?realm=pop-mel",
    "?realm=pop-syd&realm=x",
    "?/../webhooks",
    "#x",
    "#/../x",
    "~",
    "*",
    ":",
    "@",
    "=",
    ",",
    "'",
    "(",
    "+",
    "$",
    "\"",
    "<",
    "[",
    "^",
    "`",
    "{",
    "|",
    "%41",
    "...",
    "\u{e9}",
];

const METHODS: &[&str] = &["HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "PROPFIND", "TRACE", "get"];

/// So many requests, always the same ones.
pub(super) fn requests(number: usize) -> Vec<Generated> {
    let mut dice = Dice(0x5eed_0f9a_7ec0_1115);
    (0..number).map(|_| generated(&mut dice)).collect()
}

/// The paths that lead from one resource to another, each as somebody who may have the first and not the second.
pub(super) fn detours() -> Vec<Generated> {
    let of = |target: &&str| {
        [Who::Nobody, Who::Operator].map(|who| Generated {
            method: "GET",
            target: (*target).to_owned(),
            who,
            realm: None,
        })
    };
    DETOURS.iter().flat_map(of).collect()
}

fn generated(dice: &mut Dice) -> Generated {
    let who = [Who::Operator, Who::Operator, Who::Local, Who::Admin, Who::Nobody, Who::Garbage, Who::Forged];
    Generated {
        // Mostly reads, since those are what most may do.
        method: if dice.one_in(2) { "GET" } else { dice.pick(METHODS) },
        target: target(dice),
        who: dice.pick(&who),
        realm: if dice.one_in(4) { Some(dice.pick(&["pop-syd", "pop-mel", "*", ""])) } else { None },
    }
}

fn target(dice: &mut Dice) -> String {
    let base = if dice.one_in(6) { dice.pick(DETOURS) } else { dice.pick(PATHS) };
    let mut target = if dice.one_in(2) { base.to_owned() } else { mangled(base, dice) };
    if dice.one_in(3) {
        target += dice.pick(ENDS);
    }
    target
}

/// The path, spelled otherwise here and there.
fn mangled(path: &str, dice: &mut Dice) -> String {
    let mut spelled = String::new();
    for (place, letter) in path.chars().enumerate() {
        match letter {
            '/' if place > 0 && dice.one_in(12) => spelled += dice.pick(JOINTS),
            'a'..='z' if dice.one_in(25) => spelled.push(letter.to_ascii_uppercase()),
            'a'..='z' | '.' if dice.one_in(15) => spelled.extend(encoded("%", letter)),
            'a'..='z' if dice.one_in(40) => spelled.extend(encoded("%25", letter)),
            _ => spelled.push(letter),
        }
    }
    spelled
}

/// A letter, percent-encoded.
fn encoded(percent: &str, letter: char) -> [String; 2] {
    [percent.to_owned(), format!("{:02x}", u32::from(letter))]
}

/// A small generator whose numbers are the same everywhere: `SplitMix64`.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn one_in(&mut self, number: u64) -> bool {
        self.roll().is_multiple_of(number)
    }

    /// One of a list that is not empty.
    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        let length = u64::try_from(list.len()).unwrap_or(1);
        let place = usize::try_from(self.roll() % length).unwrap_or(0);
        let Some(picked) = list.get(place) else { unreachable!("the remainder is less than the length") };
        *picked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_requests_are_always_the_same_and_of_every_kind() {
        let requests = requests(3000);
        assert_eq!(requests, super::requests(3000));
        for method in METHODS {
            assert!(requests.iter().any(|request| request.method == *method), "{method}");
        }
        for end in ENDS {
            assert!(requests.iter().any(|request| request.target.ends_with(end)), "{end}");
        }
        for detour in DETOURS {
            assert!(requests.iter().any(|request| request.target.contains(detour)), "{detour}");
        }
    }

    #[test]
    fn nothing_in_a_request_ends_its_line() {
        let blank = |letter: char| letter.is_ascii_control() || letter == ' ';
        assert!(!requests(3000).iter().any(|request| request.target.contains(blank)));
    }
}
