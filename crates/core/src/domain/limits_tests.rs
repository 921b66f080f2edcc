//! That limits survive being kept, and that no token ever gives more than its owner holds now, or held when it was made.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;
use crate::domain::client::{Client, ClientId, SecretHash};
use crate::domain::decision::decide;
use crate::domain::realm::RealmAsked;
use crate::domain::requirement::{IfMissing, RealmRule, Requirement, Selector};
use crate::domain::right::Right;
use crate::domain::role::{Role, RoleBook};
use crate::domain::standing::Standing;

const ROLES: [&str; 3] = ["one", "two", "three"];
const REALMS: [&str; 2] = ["pop syd", "pop-mel"];
const PATTERNS: [&str; 7] = ["*:*", "device:*", "*:view", "device:view", "device:add", "job:view", "job:run"];
const RIGHTS: [&str; 4] = ["device:view", "device:add", "job:view", "job:run"];

fn role_name(text: &str) -> RoleName {
    RoleName::parse(text).unwrap()
}

fn realm(text: &str) -> Realm {
    Realm::parse(text).unwrap()
}

/// The roles, and what they hold.
fn book(rights: [Vec<&str>; 3]) -> RoleBook {
    let mut book = RoleBook::built_in();
    for (name, rights) in ROLES.into_iter().zip(rights) {
        let rights = rights.into_iter().map(|right| RightPattern::parse(right).unwrap()).collect();
        book.add(Role { name: role_name(name), rights }).unwrap();
    }
    book
}

/// Somebody with these grants of roles that hold this.
fn standing(grants: Vec<Grant>, rights: [Vec<&str>; 3]) -> Standing {
    Standing::new(Client::new(ClientId::parse("c").unwrap(), SecretHash::NOBODY, grants), &book(rights))
}

fn any_grant() -> impl Strategy<Value = Grant> {
    let scope = select(vec![None, Some(REALMS[0]), Some(REALMS[1])]);
    (select(ROLES.to_vec()), scope).prop_map(|(role, scope)| Grant {
        role: role_name(role),
        scope: scope.map_or(Scope::Everywhere, |name| Scope::In(realm(name))),
    })
}

fn any_standing() -> impl Strategy<Value = Standing> {
    let rights = || subsequence(PATTERNS.to_vec(), 0..=3);
    (vec(any_grant(), 0..5), [rights(), rights(), rights()])
        .prop_map(|(grants, rights)| standing(grants, rights))
}

/// Everything that can be asked of somebody, with the realm that is asked about.
fn questions() -> Vec<(Requirement, RealmAsked)> {
    let mut all = vec![];
    for role in ROLES {
        all.push((Requirement::Role(vec![role_name(role)]), RealmAsked::Everywhere));
        all.push((Requirement::Role(vec![role_name(role), role_name("one")]), RealmAsked::Everywhere));
    }
    for right in RIGHTS {
        let right = |realm| Requirement::Right { right: Right::parse(right).unwrap(), realm };
        all.push((right(RealmRule::Everywhere), RealmAsked::Everywhere));
        for name in REALMS.into_iter().chain(["elsewhere"]) {
            all.push((right(RealmRule::In(realm(name))), RealmAsked::Named(realm(name))));
        }
        for missing in [IfMissing::Every, IfMissing::Any] {
            let selector = Selector::Query("realm".into());
            all.push((right(RealmRule::From { selector, missing }), RealmAsked::Unnamed));
        }
    }
    all
}

/// Whether somebody meets it, or holds everything and so could grant himself the role that it asks for.
fn could_meet(requirement: &Requirement, owner: &Standing, asked: &RealmAsked) -> bool {
    decide(requirement, owner, asked).is_ok() || owner.held.iter().any(HeldRole::is_everything)
}

proptest! {
    #[test]
    fn a_token_never_gives_what_its_owner_lacks_now_or_lacked_when_it_was_made(
        then in any_standing(),
        now in any_standing(),
        chosen in vec(any::<bool>(), 5),
    ) {
        let of_all = then.held.iter().zip(chosen.iter().chain(std::iter::repeat(&true)));
        let limits = Limits::of(of_all.filter(|(_, is_chosen)| **is_chosen).map(|(held, _)| held));
        let token = now.limited_to(&Arc::new(limits));
        for (requirement, asked) in questions() {
            if decide(&requirement, &token, &asked).is_ok() {
                prop_assert!(could_meet(&requirement, &now, &asked), "not now: {requirement}");
                prop_assert!(could_meet(&requirement, &then, &asked), "not then: {requirement}");
            }
        }
        for grant in token.grants() {
            let covers = |held: &HeldRole| {
                held.role.name == grant.role && (held.scope == Scope::Everywhere || held.scope == grant.scope)
            };
            let holds = |owner: &Standing| owner.held.iter().any(|held| covers(held) || held.is_everything());
            prop_assert!(holds(&now) && holds(&then), "{grant:?}");
        }
    }

    #[test]
    fn a_token_for_all_that_is_held_gives_all_of_it_while_nothing_changes(owner in any_standing()) {
        let token = owner.limited_to(&Arc::new(Limits::of(&owner.held)));
        for (requirement, asked) in questions() {
            let (token, owner) = (decide(&requirement, &token, &asked), decide(&requirement, &owner, &asked));
            prop_assert_eq!(token, owner);
        }
    }

    #[test]
    fn limits_are_read_as_they_were_written(owner in any_standing()) {
        let limits = Limits::of(&owner.held);
        prop_assert_eq!(Limits::parse(&limits.to_string()), Ok(limits));
    }
}

fn grant(role: &str, scope: Option<&str>) -> Grant {
    let scope = scope.map_or(Scope::Everywhere, |name| Scope::In(realm(name)));
    Grant { role: role_name(role), scope }
}

fn limits(owner: &Standing) -> Arc<Limits> {
    Arc::new(Limits::of(&owner.held))
}

fn told(standing: &Standing) -> Vec<(String, Vec<&str>, bool)> {
    let held = standing.held.iter();
    held.map(|held| {
        let place = held.scope.realm().map_or(String::new(), |realm| format!("@{realm}"));
        let rights = held.role.rights.iter().map(RightPattern::as_str).collect();
        (format!("{}{place}", held.role.name), rights, held.is_whole)
    })
    .collect()
}

#[test]
fn a_role_that_is_widened_or_granted_later_widens_no_token() {
    let then = standing(vec![grant("one", None)], [vec!["device:view"], vec![], vec![]]);
    let wider = || [vec!["device:*", "job:run"], vec!["*:view"], vec![]];
    let now = standing(vec![grant("one", None), grant("two", None)], wider());
    let token = now.limited_to(&limits(&then));
    let left =
        [("one".to_owned(), vec!["device:view"], true), ("two".to_owned(), vec!["device:view"], false)];
    assert_eq!(told(&token), left);
    assert_eq!(token.grants(), [grant("one", None)]);
    // The same after the roles were read again, and nothing once they are no more.
    assert_eq!(told(&token.renewed(now.subject.clone(), &book(wider()))), left);
    assert_eq!(told(&token.renewed(now.subject.clone(), &RoleBook::built_in())), []);
}

#[test]
fn what_is_held_everywhere_and_was_meant_for_one_realm_counts_there_and_the_other_way_round() {
    let rights = || [vec!["device:*"], vec![], vec![]];
    let everywhere = standing(vec![grant("one", None)], rights());
    let in_syd = standing(vec![grant("one", Some("pop syd"))], rights());
    let in_mel = standing(vec![grant("one", Some("pop-mel"))], rights());
    let expected = [("one@pop syd".to_owned(), vec!["device:*"], true)];
    assert_eq!(told(&everywhere.limited_to(&limits(&in_syd))), expected);
    assert_eq!(told(&in_syd.limited_to(&limits(&everywhere))), expected);
    assert_eq!(told(&in_mel.limited_to(&limits(&in_syd))), []);
}

#[test]
fn whoever_holds_everything_makes_tokens_for_any_role_by_its_name() {
    let rights = || [vec!["*:*"], vec!["device:view"], vec![]];
    let admin = standing(vec![grant("one", None)], rights());
    let of_two = Limits::of(&standing(vec![grant("two", None)], rights()).held);
    let token = admin.limited_to(&Arc::new(of_two.clone()));
    let roles: Vec<_> = token.roles_everywhere().map(ToString::to_string).collect();
    assert_eq!(
        (roles, token.rights().len(), token.rights()[0].as_str()),
        (vec!["two".to_owned()], 1, "device:view")
    );
    // Once he no longer does, the name is gone as well.
    let demoted = standing(vec![grant("three", None)], rights());
    assert_eq!(told(&demoted.limited_to(&Arc::new(of_two))), []);
}

#[test]
fn a_role_without_rights_is_called_by_its_name() {
    let caller = standing(vec![grant("three", None)], [vec![], vec![], vec![]]);
    let token = caller.limited_to(&limits(&caller));
    assert_eq!(told(&token), [("three".to_owned(), vec![], true)]);
}

#[test]
fn what_is_no_limit_is_refused() {
    assert_eq!(Limits::parse(""), Ok(Limits::default()));
    for wrong in ["x", "role", "role ", "right device", "right a:b  x", "grant viewer", "role viewer\n\n"] {
        assert_eq!(Limits::parse(wrong), Err(LimitsError), "{wrong:?}");
    }
}
