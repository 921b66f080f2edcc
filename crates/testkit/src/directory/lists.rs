//! Cases about lists of users: pages and selections.

use portcullis_core::domain::directory::{Page, Selection};
use portcullis_core::domain::realm::Realm;
use portcullis_core::domain::role::RoleName;
use portcullis_core::domain::user::Username;

use super::{Directory, entry, put_all};
use crate::seed::{SeedUser, fixture_users, hash};

/// Page after page each user comes once, whole, in the order of names without case.
pub async fn users_are_listed_page_by_page_in_the_order_of_their_names(directory: &dyn Directory) {
    put_all(directory, fixture_users().into_iter().map(entry)).await;
    let mut listed = vec![];
    let mut page = Page::first(2);
    for _ in 0..9 {
        let profiles = directory.profiles(page).await.unwrap();
        let Some(last) = profiles.last() else { break };
        page = Page { after: Some(last.user.name.key().to_owned()), limit: 2 };
        listed.extend(profiles);
    }
    let mut expected = fixture_users();
    expected.sort_by(|one, other| one.name.key().cmp(other.name.key()));
    let names = |profile: &portcullis_core::domain::directory::Profile| profile.user.name.clone();
    assert!(listed.iter().map(names).eq(expected.iter().map(|seed| seed.name.clone())));
    for (profile, seed) in listed.iter().zip(expected) {
        assert_eq!(*profile.user.grants, *seed.grants, "{}", seed.name);
    }
    assert!(directory.profiles(Page::first(0)).await.unwrap().is_empty());
    assert_eq!(directory.profiles(Page::first(usize::MAX)).await.unwrap().len(), 7);
}

/// Whoever holds one of the roles, wherever, in whatever state; once, though he holds it twice.
pub async fn users_are_selected_by_role(directory: &dyn Directory) {
    fill(directory).await;
    for (roles, expected) in [
        (&["Tech"][..], &["a", "b", "c", "e"][..]),
        (&["lead"], &["C", "d"]),
        (&["lead", "tech", "lead"], &["a", "b", "C", "d", "e"]),
        (&["nothing"], &[]),
        (&[], &[]),
    ] {
        assert_names(directory, Selection::Holding(named(roles)), expected).await;
    }
}

/// Whoever is welcome and holds one of the roles everywhere.
pub async fn users_are_selected_by_what_they_rule_with(directory: &dyn Directory) {
    fill(directory).await;
    for (roles, expected) in
        [(&["tech"][..], &["a"][..]), (&["LEAD"], &["c", "d"]), (&["tech", "lead"], &["a", "c", "d"])]
    {
        assert_names(directory, Selection::RulingWith(named(roles)), expected).await;
    }
}

/// Whoever holds something in the realm, and nobody by what he holds everywhere.
pub async fn users_are_selected_by_realm(directory: &dyn Directory) {
    fill(directory).await;
    for (realm, expected) in [("pop-syd", &["b", "c"][..]), ("POP-MEL", &["b"]), ("pop", &[])] {
        assert_names(directory, Selection::In(Realm::parse(realm).unwrap()), expected).await;
    }
}

/// Page after page each comes once, over several roles too.
pub async fn selection_is_read_page_by_page(directory: &dyn Directory) {
    let many = ["x", "y", "z"].into_iter().cycle().zip(10..40).map(|(role, number)| {
        SeedUser::new(&format!("user{number}"), hash(4, 'a')).with(role).with_in("y", "here")
    });
    put_all(directory, many.map(entry)).await;
    for (selection, expected) in [
        (Selection::Holding(named(&["x", "y"])), 30),
        (Selection::RulingWith(named(&["z", "x"])), 20),
        (Selection::In(Realm::parse("here").unwrap()), 30),
    ] {
        let mut listed: Vec<String> = vec![];
        loop {
            let page = Page { after: listed.last().cloned(), limit: 4 };
            let names = directory.selected(&selection, page).await.unwrap();
            assert!(names.len() <= 4);
            if names.is_empty() {
                break;
            }
            listed.extend(names.iter().map(|name| name.key().to_owned()));
        }
        assert!(listed.is_sorted_by(|one, other| one < other), "{listed:?}");
        assert_eq!(listed.len(), expected, "{selection:?}");
    }
}

async fn fill(directory: &dyn Directory) {
    let of = |name| SeedUser::new(name, hash(4, 'a'));
    let users = [
        of("e").with_in("tech", "pop-per"),
        of("d").with("viewer").with("lead"),
        of("C").with("lead").with_in("tech", "pop-syd").with_in("lead", "pop-syd"),
        of("b").with_in("tech", "pop-syd").with_in("tech", "Pop-Mel"),
        of("a").with("tech"),
        SeedUser { active: false, ..of("f").with("admin") },
    ];
    put_all(directory, users.map(entry)).await;
    let gone = [
        SeedUser { active: false, ..of("e").with("tech") },
        SeedUser {
            api_login: false,
            ..of("b").with("tech").with_in("tech", "pop-syd").with_in("x", "pop-mel")
        },
    ];
    put_all(directory, gone.map(entry)).await;
}

async fn assert_names(directory: &dyn Directory, selection: Selection, expected: &[&str]) {
    let names = directory.selected(&selection, Page::first(99)).await.unwrap();
    let expected: Vec<String> = expected.iter().map(|name| name.to_lowercase()).collect();
    assert_eq!(names.iter().map(Username::key).collect::<Vec<_>>(), expected, "{selection:?}");
}

fn named(roles: &[&str]) -> Vec<RoleName> {
    roles.iter().map(|role| RoleName::parse(role).unwrap()).collect()
}
