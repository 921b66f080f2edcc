//! Whatever people do who may manage users and roles, in whatever order: nobody gets what none of them held, and whoever
//! held more than they is as he was, and can do what he could.

use proptest::prelude::*;

use super::super::*;
use crate::domain::decision::decide;
use crate::domain::realm::{Realm, RealmAsked};
use crate::domain::requirement::{IfMissing, RealmRule, Requirement, Selector};
use crate::domain::right::Right;
use crate::domain::role::RoleName;
use crate::domain::standing::Standing;
use crate::services::registry::testing::{World, by, entry, grant, grants, new_user, role};
use crate::services::testing::name;

const NAMES: &[&str] = &["keep", "local", "plain", "new", "newer"];
/// Who hold more than they.
const ABOVE: &[&str] = &["boss", "chief"];
const ROLES: &[&str] = &[
    "admin",
    "operator",
    "viewer",
    "planner",
    "keeper",
    "helpdesk",
    "mine",
    "config-role",
    "Mine",
    "gold",
    "shared",
];
const REALMS: &[&str] = &["", "@syd", "@mel"];
const PATTERNS: &[&str] = &[
    "*:*",
    "device:*",
    "*:view",
    "device:view",
    "device:edit",
    "users:edit",
    "roles:edit",
    "config:view",
    "job:*",
];
const RIGHTS: &[&str] = &[
    "device:view",
    "device:edit",
    "users:edit",
    "roles:edit",
    "config:view",
    "config:edit",
    "job:run",
    "a:view",
];

/// Somebody does something.
#[derive(Debug, Clone)]
enum Deed {
    Add(usize, Vec<String>),
    Grant(usize, Vec<String>),
    GrantOne(usize, String),
    Revoke(usize, String),
    AllowLogin(usize, bool),
    Password(usize),
    Activate(usize, bool),
    Remove(usize),
    AddRole(usize, Vec<&'static str>),
    ReplaceRole(usize, Vec<&'static str>),
    RemoveRole(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    let whom = 0..NAMES.len() + ABOVE.len();
    let grant = (prop::sample::select(ROLES), prop::sample::select(REALMS));
    let grant = grant.prop_map(|(role, realm)| format!("{role}{realm}"));
    let held = prop::collection::vec(grant.clone(), 0..3);
    let rights = prop::collection::vec(prop::sample::select(PATTERNS), 0..3);
    let which = 0..ROLES.len();
    prop_oneof![
        (whom.clone(), held.clone()).prop_map(|(whom, held)| Deed::Add(whom, held)),
        (whom.clone(), held).prop_map(|(whom, held)| Deed::Grant(whom, held)),
        (whom.clone(), grant.clone()).prop_map(|(whom, one)| Deed::GrantOne(whom, one)),
        (whom.clone(), grant).prop_map(|(whom, one)| Deed::Revoke(whom, one)),
        (whom.clone(), any::<bool>()).prop_map(|(whom, may)| Deed::AllowLogin(whom, may)),
        whom.clone().prop_map(Deed::Password),
        (whom.clone(), any::<bool>()).prop_map(|(whom, active)| Deed::Activate(whom, active)),
        whom.prop_map(Deed::Remove),
        (which.clone(), rights.clone()).prop_map(|(which, rights)| Deed::AddRole(which, rights)),
        (which.clone(), rights).prop_map(|(which, rights)| Deed::ReplaceRole(which, rights)),
        which.prop_map(Deed::RemoveRole),
    ]
}

/// The people: a boss and a chief, whom nobody of the others can touch, though the chief holds a role of which they hold
/// everything; somebody who manages users, roles and devices; somebody who manages users and plans in one realm; and
/// somebody who holds nothing.
async fn world() -> World {
    let world = World::of(&[
        entry("boss", "x", &["admin"]),
        entry("chief", "x", &["config-role@mel", "shared"]),
        entry("keep", "x", &["keeper"]),
        entry("local", "x", &["helpdesk", "planner@syd"]),
        entry("plain", "x", &[]),
    ]);
    world.roles.add(&by("boss"), &role("shared", &["device:view"])).await.unwrap();
    world
}

/// What they can do together who are not above the others: a right and where, or a role by its name.
async fn powers(world: &World) -> Vec<String> {
    let names = world.register.names();
    powers_of(world, names.iter().map(String::as_str).filter(|name| !ABOVE.contains(name))).await
}

async fn powers_of(world: &World, names: impl Iterator<Item = &str>) -> Vec<String> {
    let policy = world.live.current();
    let mut powers = vec![];
    for name in names {
        let known = world.users.show(&crate::services::testing::name(name)).await.unwrap();
        let standing = Standing::new(known.user, &policy.roles());
        for right in RIGHTS {
            for place in ["", "syd", "mel"] {
                if can(&standing, right, place) {
                    powers.push(format!("{right} in '{place}'"));
                }
            }
        }
        let opens_by_name = |role: &&RoleName| ["admin", "gold"].contains(&role.as_str());
        powers
            .extend(standing.roles_everywhere().filter(opens_by_name).map(|role| format!("the role {role}")));
    }
    powers.sort();
    powers.dedup();
    powers
}

fn can(standing: &Standing, right: &str, place: &str) -> bool {
    let selector = Selector::Query("realm".into());
    let (realm, asked) = match Realm::parse(place) {
        Ok(realm) => (RealmRule::From { selector, missing: IfMissing::Every }, RealmAsked::Named(realm)),
        Err(_) => (RealmRule::Everywhere, RealmAsked::Everywhere),
    };
    decide(&Requirement::Right { right: Right::parse(right).unwrap(), realm }, standing, &asked).is_ok()
}

async fn is_done(world: &World, who: &str, deed: &Deed) -> bool {
    let editor = by(who);
    let user = |whom: &usize| name(NAMES.iter().chain(ABOVE).nth(*whom).unwrap());
    let holding = |held: &Vec<String>| grants(&held.iter().map(String::as_str).collect::<Vec<_>>());
    let named = |which: &usize| RoleName::parse(ROLES[*which]).unwrap();
    let change = async |whom: &usize, changes: Changes| {
        world.users.change(&editor, &user(whom), &changes).await.is_ok()
    };
    match deed {
        Deed::Add(whom, held) => {
            let new = NewUser { grants: holding(held), ..new_user(user(whom).as_str(), &[]) };
            world.users.add(&editor, new).await.is_ok()
        }
        Deed::Grant(whom, held) => {
            change(whom, Changes { grants: Some(Regrant::These(holding(held))), ..Changes::default() }).await
        }
        Deed::GrantOne(whom, one) => {
            change(whom, Changes { grants: Some(Regrant::Also(grant(one))), ..Changes::default() }).await
        }
        Deed::Revoke(whom, one) => {
            change(whom, Changes { grants: Some(Regrant::Without(grant(one))), ..Changes::default() }).await
        }
        Deed::AllowLogin(whom, may) => {
            change(whom, Changes { api_login: Some(*may), ..Changes::default() }).await
        }
        Deed::Password(whom) => {
            let credential = Credential::Password(Password::new("a phrase of somebody else".to_owned()));
            change(whom, Changes { credential: Some(credential), ..Changes::default() }).await
        }
        Deed::Activate(whom, active) => {
            change(whom, Changes { active: Some(*active), ..Changes::default() }).await
        }
        Deed::Remove(whom) => world.users.remove(&editor, &user(whom)).await.is_ok(),
        Deed::AddRole(which, rights) => world.roles.add(&editor, &role(ROLES[*which], rights)).await.is_ok(),
        Deed::ReplaceRole(which, rights) => {
            world.roles.replace(&editor, &role(ROLES[*which], rights)).await.is_ok()
        }
        Deed::RemoveRole(which) => world.roles.remove(&editor, &named(which)).await.is_ok(),
    }
}

/// Those who hold more than they, as they are kept and with what they can do.
async fn above(world: &World) -> Vec<(Option<UserEntry>, Vec<String>)> {
    let mut all = vec![];
    for name in ABOVE {
        all.push((world.register.entry(name), powers_of(world, [*name].into_iter()).await));
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nobody_gets_what_none_of_them_held(deeds in prop::collection::vec((0..NAMES.len(), deed()), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let world = world().await;
            world.roles.add(&by("boss"), &role("unrelated", &[])).await.unwrap();
            let (above, before) = (above(&world).await, powers(&world).await);
            for (who, deed) in deeds {
                let is_done = is_done(&world, NAMES[who], &deed).await;
                let now = powers(&world).await;
                let new: Vec<_> = now.iter().filter(|power| !before.contains(power)).collect();
                prop_assert!(new.is_empty(), "{} did {deed:?}, and now somebody has {new:?}", NAMES[who]);
                prop_assert!(above == self::above(&world).await, "{} did {deed:?} to those above ({is_done})", NAMES[who]);
            }
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn the_people_of_the_property_can_do_something() {
    let world = world().await;
    assert!(is_done(&world, "keep", &Deed::AddRole(6, vec!["device:view"])).await);
    assert!(is_done(&world, "keep", &Deed::Add(3, vec!["mine".into(), "keeper@mel".into()])).await);
    assert!(is_done(&world, "keep", &Deed::ReplaceRole(8, vec!["device:*"])).await);
    assert!(is_done(&world, "local", &Deed::Add(4, vec!["viewer@syd".into()])).await);
    assert!(is_done(&world, "local", &Deed::Password(4)).await);
    assert!(!is_done(&world, "local", &Deed::Password(3)).await);
}
