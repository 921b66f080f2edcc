//! What a change does, and what is recorded of it.

use super::super::*;
use crate::domain::record::Verdict;
use crate::domain::secret::Password;
use crate::services::password_rules::BrokenRule;
use crate::services::registry::Origin;
use crate::services::registry::testing::{World, by, by_machine, entry, grant, grants, new_user, spelled};
use crate::services::testing::{NOW, name};

fn password(text: &str) -> Changes {
    let credential = Some(Credential::Password(Password::new(text.to_owned())));
    Changes { credential, ..Changes::default() }
}

#[tokio::test]
async fn a_new_user_is_kept_as_he_was_described() {
    let world = World::usual();
    let mut new = new_user("Alice", &["VIEWER@pop-syd", "viewer", "Viewer"]);
    new.api_login = false;
    let added = world.users.add(&by("admin"), new).await.unwrap();
    assert_eq!((added.user.name.as_str(), added.created_at, added.last_login_at), ("Alice", Some(NOW), None));
    let kept = world.register.entry("alice").unwrap();
    assert_eq!(kept.hash, spelled("a phrase that nobody guesses"));
    assert!(kept.active && !kept.api_login);
    assert_eq!(kept.grants, grants(&["viewer@pop-syd", "viewer"]));
    assert_eq!(kept.grants[0].role.as_str(), "viewer", "spelled as the role is");
    assert_eq!(world.users.show(&name("ALICE")).await.unwrap().user.stamp, kept.stamp);
}

#[tokio::test]
async fn a_change_is_in_force_when_it_is_answered() {
    let world = World::usual();
    let policy = world.live.current();
    assert!(policy.standing(&name("user")).await.unwrap().unwrap().subject.is_welcome());
    let changes = Changes { active: Some(false), ..Changes::default() };
    world.users.change(&by("admin"), &name("user"), &changes).await.unwrap();
    assert!(!policy.standing(&name("user")).await.unwrap().unwrap().subject.is_welcome());
    world.users.remove(&by("admin"), &name("user")).await.unwrap();
    assert!(policy.standing(&name("user")).await.unwrap().is_none());
}

#[tokio::test]
async fn what_is_not_named_stays_and_another_password_gives_another_stamp() {
    let world = World::usual();
    let before = world.register.entry("help").unwrap();
    let changes = Changes { grants: Some(Regrant::Also(grant("viewer"))), ..Changes::default() };
    world.users.change(&by("admin"), &name("help"), &changes).await.unwrap();
    let after = world.register.entry("help").unwrap();
    assert_eq!(after, UserEntry { grants: grants(&["device-helpdesk", "viewer"]), ..before.clone() });
    world.users.change(&by("admin"), &name("help"), &password("another good phrase")).await.unwrap();
    let renewed = world.register.entry("help").unwrap();
    assert!(renewed.stamp != before.stamp && renewed.hash == spelled("another good phrase"));
    assert_eq!(UserEntry { stamp: after.stamp, hash: after.hash.clone(), ..renewed }, after);
}

#[tokio::test]
async fn whoever_is_shut_out_gets_another_stamp_and_keeps_it_when_he_is_let_in_again() {
    let (active, api_login) = (
        |active| Changes { active: Some(active), ..Changes::default() },
        |api_login| Changes { api_login: Some(api_login), ..Changes::default() },
    );
    for [shut, let_in] in [[active(false), active(true)], [api_login(false), api_login(true)]] {
        let world = World::usual();
        let stamp_after = async |changes: &Changes| {
            let shown = world.users.change(&by("admin"), &name("help"), changes).await.unwrap();
            (world.register.entry("help").unwrap().stamp, shown.user.is_welcome())
        };
        let before = world.register.entry("help").unwrap();
        let (shut_out, is_welcome) = stamp_after(&shut).await;
        assert!(shut_out != before.stamp && !is_welcome, "{shut:?}");
        assert_eq!(stamp_after(&shut).await, (shut_out, false), "once is enough");
        assert_eq!(stamp_after(&let_in).await, (shut_out, true), "{let_in:?}");
        assert_eq!(UserEntry { stamp: shut_out, ..before }, world.register.entry("help").unwrap());
    }
}

#[tokio::test]
async fn grants_are_replaced_added_or_taken_one_by_one() {
    let world = World::usual();
    let regrant = async |regrant| {
        let changes = Changes { grants: Some(regrant), ..Changes::default() };
        let shown = world.users.change(&by("admin"), &name("user"), &changes).await.unwrap();
        shown.user.grants.to_vec()
    };
    assert_eq!(regrant(Regrant::These(grants(&["viewer", "manager"]))).await, grants(&["viewer", "manager"]));
    assert_eq!(regrant(Regrant::Also(grant("Viewer"))).await, grants(&["viewer", "manager"]));
    assert_eq!(regrant(Regrant::Also(grant("viewer@x"))).await, grants(&["viewer", "manager", "viewer@x"]));
    assert_eq!(regrant(Regrant::Without(grant("VIEWER"))).await, grants(&["manager", "viewer@x"]));
    assert_eq!(regrant(Regrant::Without(grant("nothing"))).await, grants(&["manager", "viewer@x"]));
}

#[tokio::test]
async fn every_change_is_recorded_as_it_was_and_is_and_without_a_secret() {
    let world = World::usual();
    world.users.add(&by("admin"), new_user("alice", &["viewer@pop-syd"])).await.unwrap();
    let changes = Changes { active: Some(false), ..password("another good phrase") };
    world.users.change(&by("admin"), &name("alice"), &changes).await.unwrap();
    for active in [true, false] {
        let changes = Changes { active: Some(active), ..Changes::default() };
        world.users.change(&by("admin"), &name("alice"), &changes).await.unwrap();
    }
    world.users.remove(&by("admin"), &name("alice")).await.unwrap();
    let records = world.register.records();
    let told: Vec<_> = records
        .iter()
        .map(|record| {
            let amendment = record.amendment.as_ref().unwrap();
            assert_eq!((record.verdict, record.subject.as_deref()), (Verdict::Allowed, Some("admin")));
            assert_eq!(amendment.object, "user alice");
            (record.action.as_str(), amendment.before.as_deref(), amendment.after.as_deref())
        })
        .collect();
    let (active, deactivated) =
        ("active; may log in; viewer in 'pop-syd'", "deactivated; may log in; viewer in 'pop-syd'");
    let renewed = format!("{deactivated}; new password");
    assert_eq!(
        told,
        [
            ("user.add", None, Some(active)),
            ("user.change", Some(active), Some(renewed.as_str())),
            ("user.change", Some(deactivated), Some(active)),
            ("user.change", Some(active), Some(deactivated)),
            ("user.remove", Some(deactivated), None),
        ]
    );
    assert!(!format!("{records:?}").contains("phrase"));
}

#[tokio::test]
async fn what_changes_nothing_leaves_no_record() {
    let world = World::usual();
    let revision = world.register.revised();
    let changes = Changes { active: Some(true), grants: Some(Regrant::These(vec![])), ..Changes::default() };
    for changes in [Changes::default(), changes] {
        world.users.change(&by("admin"), &name("user"), &changes).await.unwrap();
    }
    assert_eq!((world.register.revised(), world.register.records()), (revision, vec![]));
}

#[tokio::test]
async fn an_unacceptable_password_is_refused_by_each_rule_that_it_breaks() {
    let world = World::usual();
    let mut new = new_user("alice", &[]);
    new.credential = Credential::Password(Password::new("Alice".to_owned()));
    let refused = world.users.add(&by("admin"), new).await;
    let expected = [BrokenRule::Short { shortest: 12 }, BrokenRule::Name];
    assert!(matches!(refused, Err(AdminError::Password(broken)) if broken == expected));
    let refused = world.users.change(&by("admin"), &name("user"), &password("password1234")).await;
    assert!(matches!(refused, Err(AdminError::Password(broken)) if broken == [BrokenRule::Common]));
    assert!(world.register.entry("alice").is_none() && world.register.records().is_empty());
}

#[tokio::test]
async fn a_hash_that_was_made_elsewhere_is_kept_as_it_is() {
    let world = World::usual();
    let hash = spelled("short");
    let new = NewUser { credential: Credential::Hash(hash.clone()), ..new_user("alice", &[]) };
    world.users.add(&by_machine(), new).await.unwrap();
    assert_eq!(world.register.entry("alice").unwrap().hash, hash);
}

#[tokio::test]
async fn the_users_of_a_file_are_shown_and_never_changed() {
    let users = [entry("admin", "x", &["admin"]), entry("user", "x", &[])];
    let origin = Origin::File("/etc/bng/config.yaml".to_owned());
    let world =
        World::with(&users, origin, std::sync::Arc::new(crate::services::registry::testing::Spelling));
    let admin = by("admin");
    let refused = [
        world.users.add(&admin, new_user("a", &[])).await.err(),
        world.users.change(&admin, &name("nobody"), &Changes::default()).await.err(),
        world.users.remove(&admin, &name("user")).await.err(),
        world
            .users
            .change_own_password(&admin, &name("admin"), Password::new("y".into()), Password::new("z".into()))
            .await
            .err(),
    ];
    for error in refused {
        assert_eq!(error.unwrap().to_string(), "Users are defined in /etc/bng/config.yaml; edit it there");
    }
    assert_eq!(world.users.list(Page::first(10)).await.unwrap().len(), 2);
}

#[tokio::test]
async fn users_are_listed_part_by_part() {
    let world = World::usual();
    let names = async |after: Option<&str>, limit| {
        let page = Page { after: after.map(str::to_owned), limit };
        let listed = world.users.list(page).await.unwrap();
        listed.iter().map(|profile| profile.user.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(None, 2).await, ["admin", "help"]);
    assert_eq!(names(Some("help"), 2).await, ["user"]);
}
