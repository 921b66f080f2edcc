//! Nobody hands on what opens more than he could open himself, whatever he holds and whatever is asked for.

use proptest::prelude::*;

use super::super::testing::{grants, role};
use super::*;
use crate::domain::client::{Client, ClientId, SecretHash};
use crate::domain::decision::decide;
use crate::domain::realm::{Realm, RealmAsked};
use crate::domain::requirement::{IfMissing, RealmRule, Requirement, Selector};
use crate::domain::right::Right;
use crate::services::testing::{route, table};

const ROLES: [&str; 6] = ["admin", "viewer", "planner", "tech", "auditor", "caller"];
const GRANTS: [&str; 14] = [
    "admin",
    "viewer",
    "planner",
    "tech",
    "auditor",
    "caller",
    "admin@a",
    "viewer@a",
    "planner@a",
    "tech@a",
    "caller@a",
    "tech@b",
    "auditor@b",
    "admin@b",
];
const RIGHTS: [&str; 4] = ["device:view", "device:add", "config:view", "x:y"];

fn book() -> RoleBook {
    let mut book = RoleBook::built_in();
    for role in
        [role("tech", &["device:*", "config:view"]), role("auditor", &["*:view"]), role("caller", &[])]
    {
        book.add(role).unwrap();
    }
    book
}

fn named(text: &str) -> RoleName {
    RoleName::parse(text).unwrap()
}

fn standing(held: &[&str]) -> Standing {
    Standing::new(Client::new(ClientId::parse("c").unwrap(), SecretHash::NOBODY, grants(held)), &book())
}

/// All that can be asked for of these rights and roles, in and outside of realms.
fn questions() -> Vec<(Requirement, RealmAsked)> {
    let mut all: Vec<_> =
        ROLES.iter().map(|role| (Requirement::Role(vec![named(role)]), RealmAsked::Everywhere)).collect();
    for right in RIGHTS.map(|right| Right::parse(right).unwrap()) {
        let of = |realm| Requirement::Right { right: right.clone(), realm };
        all.push((of(RealmRule::Everywhere), RealmAsked::Everywhere));
        for missing in [IfMissing::Every, IfMissing::Any] {
            let from = of(RealmRule::From { selector: Selector::Query("realm".into()), missing });
            all.push((from.clone(), RealmAsked::Unnamed));
            all.extend(
                ["a", "b", "c"].map(|realm| (from.clone(), RealmAsked::Named(Realm::parse(realm).unwrap()))),
            );
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_somebody_hands_on_opens_nothing_that_he_could_not_open_himself(
        held in prop::sample::subsequence(GRANTS.as_slice(), 0..5),
        given in prop::sample::subsequence(GRANTS.as_slice(), 0..4),
    ) {
        let by_name = route("", "/by-name", Requirement::Role(ROLES.map(named).into()));
        let (holder, taker) = (standing(&held), standing(&given));
        let is_covered = Holdings::of(holder.clone()).cover(&grants(&given), &book(), &table([by_name])).is_ok();
        for (requirement, asked) in questions() {
            let takes = decide(&requirement, &taker, &asked).is_ok();
            let had = decide(&requirement, &holder, &asked).is_ok();
            // Whoever holds every right everywhere may call anybody anything.
            let may_name = matches!(requirement, Requirement::Role(_)) && held.contains(&"admin");
            prop_assert!(!is_covered || !takes || had || may_name, "{held:?} gave {given:?}: {requirement} {asked:?}");
        }
    }

    #[test]
    fn everybody_hands_on_all_that_he_holds(held in prop::sample::subsequence(GRANTS.as_slice(), 0..5)) {
        let by_name = route("", "/by-name", Requirement::Role(ROLES.map(named).into()));
        let covered = Holdings::of(standing(&held)).cover(&grants(&held), &book(), &table([by_name]));
        prop_assert_eq!(covered, Ok(()));
    }
}
