//! The decision over any requirement and anything held: what can open a door, what can't, and what never closes one.

use proptest::prelude::*;

use super::*;
use crate::domain::client::{Client, ClientId, SecretHash};
use crate::domain::grant::Grant;
use crate::domain::requirement::Selector;
use crate::domain::right::RightPattern;
use crate::domain::role::{Role, RoleBook};
use crate::domain::user::{Stamp, User, Username};

const ROLES: [&str; 8] =
    ["admin", "operator", "viewer", "manager", "planner", "administrator", "field-tech", "auditor"];
const RIGHTS: [&str; 6] =
    ["device:view", "device:add", "config:edit", "job:run", "system:view", "inventory:purge"];
const PATTERNS: [&str; 7] =
    ["*:*", "*:view", "device:*", "device:view", "config:edit", "inventory:purge", "job:*"];
const REALMS: [&str; 3] = ["Default", "pop-syd", "pop-mel"];

fn book() -> RoleBook {
    let mut book = RoleBook::built_in();
    for (name, rights) in [("field-tech", vec!["device:*", "config:view"]), ("auditor", vec!["*:view"])] {
        let rights = rights.into_iter().map(|right| RightPattern::parse(right).unwrap()).collect();
        book.add(Role { name: role(name), rights }).unwrap();
    }
    book
}

fn role(name: &str) -> RoleName {
    RoleName::parse(name).unwrap()
}

fn right(text: &str) -> Right {
    Right::parse(text).unwrap()
}

fn realm(name: &str) -> Realm {
    Realm::parse(name).unwrap()
}

fn everywhere(name: &str) -> Grant {
    Grant { role: role(name), scope: Scope::Everywhere }
}

fn within(name: &str, place: &str) -> Grant {
    Grant { role: role(name), scope: Scope::In(realm(place)) }
}

fn holding(grants: &[Grant]) -> Standing {
    let name = Username::parse("somebody").unwrap();
    let user = User { name, stamp: Stamp::of(&[]), active: true, api_login: true, grants: grants.into() };
    Standing::new(user, &book())
}

/// A right in the realm that the request names.
fn in_named_realm(text: &str, missing: IfMissing) -> Requirement {
    let realm = RealmRule::From { selector: Selector::Query("filter.realm".into()), missing };
    Requirement::Right { right: right(text), realm }
}

fn right_everywhere(text: &str) -> Requirement {
    Requirement::Right { right: right(text), realm: RealmRule::Everywhere }
}

fn grant() -> impl Strategy<Value = Grant> {
    let scope = prop_oneof![
        Just(Scope::Everywhere),
        prop::sample::select(REALMS.as_slice()).prop_map(|name| Scope::In(realm(name))),
    ];
    (prop::sample::select(ROLES.as_slice()), scope)
        .prop_map(|(name, scope)| Grant { role: role(name), scope })
}

fn grants() -> impl Strategy<Value = Vec<Grant>> {
    prop::collection::vec(grant(), 0..5)
}

/// A requirement together with the realm that its request asks about, as `realm_asked` would say it.
fn asked() -> impl Strategy<Value = (Requirement, RealmAsked)> {
    let any_right = || prop::sample::select(RIGHTS.as_slice()).prop_map(right);
    let place = || prop::sample::select(REALMS.as_slice()).prop_map(realm);
    let roles = prop::collection::vec(prop::sample::select(ROLES.as_slice()).prop_map(role), 1..3);
    prop_oneof![
        Just((Requirement::Public, RealmAsked::Everywhere)),
        Just((Requirement::Authenticated, RealmAsked::Everywhere)),
        roles.prop_map(|roles| (Requirement::Role(roles), RealmAsked::Everywhere)),
        any_right().prop_map(|right| (
            Requirement::Right { right, realm: RealmRule::Everywhere },
            RealmAsked::Everywhere
        )),
        (any_right(), place()).prop_map(|(right, place)| {
            (Requirement::Right { right, realm: RealmRule::In(place.clone()) }, RealmAsked::Named(place))
        }),
        (any_right(), prop::option::of(place()), any::<bool>()).prop_map(|(right, place, any)| {
            let missing = if any { IfMissing::Any } else { IfMissing::Every };
            (in_named_realm(right.as_str(), missing), place.map_or(RealmAsked::Unnamed, RealmAsked::Named))
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn another_role_never_takes_access_away((requirement, asked) in asked(), held in grants(), more in grant()) {
        let before = decide(&requirement, &holding(&held), &asked).is_ok();
        let after = decide(&requirement, &holding(&[held, vec![more]].concat()), &asked).is_ok();
        prop_assert!(!before || after);
    }

    #[test]
    fn what_is_held_together_opens_what_one_of_it_opens((requirement, asked) in asked(), held in grants()) {
        let together = decide(&requirement, &holding(&held), &asked).is_ok();
        let nothing = decide(&requirement, &holding(&[]), &asked).is_ok();
        let alone = held.iter().any(|grant| decide(&requirement, &holding(std::slice::from_ref(grant)), &asked).is_ok());
        prop_assert_eq!(together, nothing || alone);
    }

    #[test]
    fn the_order_of_grants_means_nothing((requirement, asked) in asked(), held in grants()) {
        let reversed: Vec<_> = held.iter().rev().cloned().collect();
        let decided = |grants: &[Grant]| decide(&requirement, &holding(grants), &asked);
        prop_assert_eq!(decided(&held), decided(&reversed));
    }

    #[test]
    fn what_is_held_in_one_realm_opens_no_other_and_nothing_without_a_realm(
        (requirement, asked) in asked(),
        held in grants(),
    ) {
        let elsewhere = |grant: &Grant| match (&grant.scope, &asked) {
            (Scope::Everywhere, _) => false,
            (Scope::In(realm), RealmAsked::Named(asked)) => realm != asked,
            (Scope::In(_), RealmAsked::Everywhere | RealmAsked::Unnamed) => true,
        };
        let is_any = matches!(
            requirement,
            Requirement::Right { realm: RealmRule::From { missing: IfMissing::Any, .. }, .. }
        );
        prop_assume!(!(is_any && asked == RealmAsked::Unnamed));
        let held: Vec<_> = held.into_iter().filter(elsewhere).collect();
        let nobody = decide(&requirement, &holding(&[]), &asked);
        prop_assert_eq!(decide(&requirement, &holding(&held), &asked), nobody);
    }

    #[test]
    fn a_clients_token_opens_what_its_grants_and_its_scope_both_do_and_nothing_else(
        (requirement, asked) in asked(),
        held in grants(),
        scope in prop::collection::vec(prop::sample::select(PATTERNS.as_slice()), 0..4),
    ) {
        let scope: Vec<_> = scope.into_iter().map(|text| RightPattern::parse(text).unwrap()).collect();
        let client = Client::new(ClientId::parse("robot").unwrap(), SecretHash::NOBODY, held);
        let whole = Standing::new(client, &book());
        let shown = whole.narrowed_to(&scope.clone().into()).unwrap_or_else(|| whole.clone());
        let by_grants = decide(&requirement, &whole, &asked).is_ok();
        let by_token = decide(&requirement, &shown, &asked).is_ok();
        prop_assert!(by_grants || !by_token);
        match &requirement {
            Requirement::Right { right, .. } => {
                let is_asked_for = scope.iter().any(|pattern| pattern.holds(right));
                prop_assert_eq!(by_token, by_grants && is_asked_for);
            }
            Requirement::Role(_) => {
                let has_all = shown.roles_everywhere().all(|name| {
                    let rights = &book().get(name).unwrap().rights.clone();
                    rights.iter().all(|right| scope.iter().any(|pattern| pattern.covers(right)))
                });
                prop_assert!(has_all);
            }
            _ => prop_assert!(by_token),
        }
    }

    #[test]
    fn admin_everywhere_meets_every_right((requirement, asked) in asked()) {
        let decided = decide(&requirement, &holding(&[everywhere("admin")]), &asked);
        let by_role = matches!(&requirement, Requirement::Role(roles) if !roles.contains(&role("admin")));
        prop_assert_eq!(decided.is_err(), by_role);
    }

    #[test]
    fn what_is_missing_is_what_was_asked_for((requirement, asked) in asked(), held in grants()) {
        let place = match &asked {
            RealmAsked::Everywhere => Place::Anywhere,
            RealmAsked::Named(realm) => Place::In(realm.clone()),
            RealmAsked::Unnamed => Place::EveryRealm,
        };
        match (decide(&requirement, &holding(&held), &asked), requirement) {
            (Ok(()), _) => {}
            (Err(missing), Requirement::Role(roles)) => prop_assert_eq!(missing, Missing::Role(roles)),
            (Err(missing), Requirement::Right { right, .. }) => {
                prop_assert_eq!(missing, Missing::Right { right, place });
            }
            (Err(missing), open) => prop_assert!(false, "{open:?} lacks {missing:?}"),
        }
    }
}

#[test]
fn nothing_at_all_is_enough_for_what_needs_no_right() {
    for requirement in [Requirement::Public, Requirement::Authenticated] {
        assert_eq!(decide(&requirement, &holding(&[]), &RealmAsked::Everywhere), Ok(()));
    }
}

#[test]
fn a_role_counts_only_where_it_is_held_everywhere() {
    let requirement = Requirement::Role(vec![role("admin"), role("operator")]);
    let meets = |grant| decide(&requirement, &holding(&[grant]), &RealmAsked::Everywhere).is_ok();
    assert!(meets(everywhere("Operator")) && meets(everywhere("ADMIN")));
    assert!(!meets(within("admin", "Default")) && !meets(everywhere("administrator")));
}

#[test]
fn a_right_in_a_realm_is_met_there_in_any_case_and_nowhere_else() {
    let tech = holding(&[within("field-tech", "POP-Syd")]);
    let in_realm = |name| RealmAsked::Named(realm(name));
    let requirement = in_named_realm("device:add", IfMissing::Every);
    assert_eq!(decide(&requirement, &tech, &in_realm("pop-syd")), Ok(()));
    let refused = decide(&requirement, &tech, &in_realm("pop-mel")).unwrap_err();
    assert_eq!(refused.to_string(), "Right 'device:add' required in realm 'pop-mel'");
}

#[test]
fn a_request_that_names_no_realm_needs_every_one_unless_any_will_do() {
    let tech = holding(&[within("field-tech", "pop-syd")]);
    let refused = decide(&in_named_realm("device:add", IfMissing::Every), &tech, &RealmAsked::Unnamed);
    assert_eq!(refused.unwrap_err().to_string(), "Right 'device:add' required in every realm");
    assert_eq!(decide(&in_named_realm("device:add", IfMissing::Any), &tech, &RealmAsked::Unnamed), Ok(()));
    let other_right = decide(&in_named_realm("config:edit", IfMissing::Any), &tech, &RealmAsked::Unnamed);
    assert!(other_right.is_err(), "any realm, but not any right");
    let everywhere = holding(&[everywhere("field-tech")]);
    assert_eq!(
        decide(&in_named_realm("device:add", IfMissing::Every), &everywhere, &RealmAsked::Unnamed),
        Ok(())
    );
}

#[test]
fn a_right_without_a_realm_or_about_somebody_else_is_not_met_from_within_a_realm() {
    let about_others = Requirement::RightUnlessSelf { right: right("access:explain"), parameter: "user" };
    for requirement in [right_everywhere("access:explain"), about_others] {
        let meets = |grant| decide(&requirement, &holding(&[grant]), &RealmAsked::Everywhere).is_ok();
        assert!(meets(everywhere("admin")) && !meets(within("admin", "Default")));
    }
}

#[test]
fn a_role_that_does_not_exist_opens_nothing() {
    let ghost = holding(&[everywhere("no-such-role")]);
    let requirement = Requirement::Role(vec![role("no-such-role")]);
    assert!(decide(&requirement, &ghost, &RealmAsked::Everywhere).is_err());
    assert!(decide(&right_everywhere("device:view"), &ghost, &RealmAsked::Everywhere).is_err());
}

#[test]
fn what_is_missing_is_said_as_clients_know_it() {
    let roles = |names: &[&str]| Missing::Role(names.iter().map(|name| role(name)).collect()).to_string();
    assert_eq!(roles(&["admin"]), "Admin role required");
    assert_eq!(roles(&["admin", "operator"]), "Admin or operator role required");
    assert_eq!(roles(&["a", "b", "c"]), "A, b or c role required");
    let anywhere = Missing::Right { right: right("config:edit"), place: Place::Anywhere };
    assert_eq!(anywhere.to_string(), "Right 'config:edit' required");
}
