//! Who may do what to whom; and that somebody who can manage users is always left.

use std::sync::Arc;

use super::super::*;
use crate::domain::record::Verdict;
use crate::domain::role::RoleName;
use crate::domain::secret::Password;
use crate::services::registry::testing::{World, by, by_machine, entry, grants, new_user, role};
use crate::services::registry::{Authority, UnknownRole};
use crate::services::testing::name;

fn holding(all: &[&str]) -> Changes {
    Changes { grants: Some(Regrant::These(grants(all))), ..Changes::default() }
}

fn deactivated() -> Changes {
    Changes { active: Some(false), ..Changes::default() }
}

/// Every way to take his power from somebody.
fn strippings() -> [Changes; 4] {
    let without_login = Changes { api_login: Some(false), ..Changes::default() };
    [deactivated(), without_login, holding(&[]), holding(&["admin@pop-syd", "viewer"])]
}

fn is_beyond<T>(result: Result<T, AdminError>, lack: &str) -> bool {
    matches!(result, Err(AdminError::Beyond(lacking)) if lacking.to_string() == lack)
}

#[tokio::test]
async fn a_name_is_taken_in_every_case() {
    let world = World::usual();
    for taken in ["user", "USER"] {
        let refused = world.users.add(&by("admin"), new_user(taken, &[])).await;
        assert!(matches!(&refused, Err(AdminError::Taken(who)) if who == "User 'user'"), "{refused:?}");
    }
}

#[tokio::test]
async fn whoever_is_not_there_is_not_found() {
    let world = World::usual();
    let (admin, nobody) = (by("admin"), name("nobody"));
    assert!(matches!(world.users.show(&nobody).await, Err(AdminError::NotFound)));
    assert!(matches!(world.users.change(&admin, &nobody, &deactivated()).await, Err(AdminError::NotFound)));
    assert!(matches!(world.users.remove(&admin, &nobody).await, Err(AdminError::NotFound)));
}

#[tokio::test]
async fn nobody_touches_somebody_who_holds_more_than_he_does() {
    let world = World::usual();
    let (help, admin) = (by("help"), name("admin"));
    let password = Credential::Password(Password::new("the helper's new phrase".to_owned()));
    let mut touches = strippings().to_vec();
    touches.push(Changes { credential: Some(password), ..Changes::default() });
    touches.push(holding(&["admin", "viewer"]));
    touches.push(Changes::default());
    for changes in touches {
        let refused = world.users.change(&help, &admin, &changes).await;
        assert!(is_beyond(refused, "Right '*:*' required"), "{changes:?}");
    }
    assert!(is_beyond(world.users.remove(&help, &admin).await, "Right '*:*' required"));
    assert_eq!(world.register.entry("admin"), Some(entry("admin", "the admin's own phrase", &["admin"])));
}

#[tokio::test]
async fn what_somebody_holds_counts_also_while_he_is_deactivated() {
    let world = World::usual();
    world.register.put(Edit::PutUser(UserEntry { active: false, ..entry("former", "x", &["admin"]) }));
    assert!(is_beyond(world.users.remove(&by("help"), &name("former")).await, "Right '*:*' required"));
}

#[tokio::test]
async fn nobody_grants_what_he_does_not_hold() {
    let world = World::usual();
    world.register.put(Edit::PutUser(entry("local", "x", &["helpdesk", "planner@pop-syd"])));
    for (who, what, lack) in [
        ("help", "admin", "Right '*:*' required"),
        ("help", "Administrator", "Right '*:*' required"),
        ("help", "viewer", "Right 'group:view' required"),
        ("help", "admin@pop-syd", "Right '*:*' required in realm 'pop-syd'"),
        ("local", "viewer", "Right 'device:view' required"),
        ("local", "viewer@pop-mel", "Right 'device:view' required in realm 'pop-mel'"),
        ("local", "admin@pop-syd", "Right '*:*' required in realm 'pop-syd'"),
        ("local", "device-helpdesk@pop-mel", "Right 'device:*' required in realm 'pop-mel'"),
    ] {
        let add = world.users.add(&by(who), new_user("new", &[what])).await;
        assert!(is_beyond(add, lack), "{who} adds somebody with {what}");
        let change = world.users.change(&by(who), &name("user"), &holding(&[what])).await;
        assert!(is_beyond(change, lack), "{who} grants {what} to another");
        let mine = world.users.change(&by(who), &name(who), &holding(&[what])).await;
        assert!(is_beyond(mine, lack), "{who} grants {what} to himself");
    }
    for (who, what) in [
        ("help", "device-helpdesk"),
        ("help", "helpdesk@pop-mel"),
        ("local", "viewer@POP-SYD"),
        ("local", "device-helpdesk@pop-syd"),
        ("admin", "administrator"),
        ("admin", "operator"),
    ] {
        world.users.change(&by(who), &name("user"), &holding(&[what])).await.unwrap();
        world.users.change(&by("admin"), &name("user"), &holding(&[])).await.unwrap();
    }
}

#[tokio::test]
async fn a_role_that_routes_ask_for_by_name_is_granted_by_whoever_holds_it_or_everything() {
    let world = World::usual();
    world.register.put(Edit::PutRole(role("root", &["*:*"])));
    world.register.put(Edit::PutUser(entry("golden", "x", &["helpdesk", "gold"])));
    world.register.put(Edit::PutUser(entry("gilded", "x", &["helpdesk", "gold@pop-syd"])));
    world.register.put(Edit::PutUser(entry("rooted", "x", &["root"])));
    let grant = async |who: &str, what: &str| {
        world.users.change(&by(who), &name("user"), &holding(&[what])).await?;
        world.users.change(&by("admin"), &name("user"), &holding(&[])).await
    };
    for who in ["help", "gilded"] {
        assert!(is_beyond(grant(who, "GOLD").await, "Gold role required"), "{who}");
        grant(who, "gold@pop-syd").await.unwrap();
    }
    for (who, what) in [("golden", "gold"), ("rooted", "gold"), ("rooted", "admin")] {
        grant(who, what).await.unwrap();
    }
    assert!(is_beyond(world.users.remove(&by("help"), &name("golden")).await, "Gold role required"));
}

#[tokio::test]
async fn a_role_that_does_not_exist_is_not_granted_and_which_one_is_told() {
    let world = World::usual();
    let refused =
        world.users.add(&by("admin"), new_user("new", &["viewer", "ghost", "admin", "spook@x"])).await;
    let unknown = |index, role| UnknownRole { index, role: RoleName::parse(role).unwrap() };
    let expected = [unknown(1, "ghost"), unknown(3, "spook")];
    assert!(matches!(&refused, Err(AdminError::UnknownRoles(told)) if *told == expected), "{refused:?}");
}

#[tokio::test]
async fn the_last_who_can_manage_users_stays_and_stays_so() {
    // `help` could, were he active; `local` can in one realm alone, which is not enough.
    let inactive = UserEntry { active: false, ..entry("help", "x", &["device-helpdesk"]) };
    let world =
        World::of(&[entry("admin", "x", &["admin"]), inactive, entry("local", "x", &["helpdesk@pop-syd"])]);
    for editor in [by("admin"), by_machine()] {
        let losses = [Loss::Deactivation, Loss::Deactivation, Loss::Stripping, Loss::Stripping];
        for (changes, loss) in strippings().into_iter().zip(losses) {
            let refused = world.users.change(&editor, &name("ADMIN"), &changes).await;
            assert!(
                matches!(refused, Err(AdminError::LastAdmin(told)) if told == loss),
                "{changes:?}: {refused:?}"
            );
        }
        let refused = world.users.remove(&editor, &name("admin")).await;
        assert!(matches!(refused, Err(AdminError::LastAdmin(Loss::Removal))), "{refused:?}");
    }
    world.users.change(&by("admin"), &name("admin"), &holding(&["administrator"])).await.unwrap();
}

#[tokio::test]
async fn whoever_is_not_the_last_may_go_himself() {
    for changes in strippings() {
        let world = World::of(&[entry("admin", "x", &["admin"]), entry("help", "x", &["helpdesk"])]);
        world.users.change(&by("admin"), &name("admin"), &changes).await.unwrap();
    }
    let world = World::of(&[entry("admin", "x", &["admin"]), entry("help", "x", &["helpdesk"])]);
    world.users.remove(&by("admin"), &name("admin")).await.unwrap();
    assert!(matches!(
        world.users.remove(&by("help"), &name("help")).await,
        Err(AdminError::LastAdmin(Loss::Removal))
    ));
}

#[tokio::test]
async fn whoever_lost_his_right_since_he_was_let_in_changes_nothing() {
    let world = World::usual();
    let add = async |who: &str| world.users.add(&by(who), new_user("new", &[])).await;
    assert!(is_beyond(add("user").await, "Right 'users:edit' required"));
    assert!(matches!(add("nobody").await, Err(AdminError::Unwelcome)));
    let standing = world.live.current().standing(&name("admin")).await.unwrap().unwrap();
    let with_a_token = Editor { authority: Authority::Token(standing), ..by("admin") };
    world.register.put(Edit::PutUser(UserEntry { active: false, ..entry("admin", "x", &["admin"]) }));
    assert!(matches!(add("admin").await, Err(AdminError::Unwelcome)));
    let refused = world.users.add(&with_a_token, new_user("new", &[])).await;
    assert!(matches!(refused, Err(AdminError::Unwelcome)), "{refused:?}");
    world.register.put(Edit::PutUser(entry("local", "x", &["helpdesk@pop-syd"])));
    assert!(is_beyond(add("local").await, "Right 'users:edit' required"));
}

#[tokio::test]
async fn whoever_tries_what_he_must_not_is_recorded_with_the_id_that_he_is_told() {
    let world = World::usual();
    world.users.remove(&by("help"), &name("admin")).await.unwrap_err();
    let record = world.register.only_record();
    assert_eq!((record.verdict, record.action.as_str()), (Verdict::Refused, "user.remove"));
    assert_eq!(record.reason, "Right '*:*' required");
    assert_eq!(record.decision_id.as_deref(), Some("decision"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_who_add_one_name_one_does() {
    let world = Arc::new(World::usual());
    let adding = (0..50).map(|number| {
        let world = Arc::clone(&world);
        let spelled = if number % 2 == 0 { "New" } else { "nEW" };
        tokio::spawn(async move { world.users.add(&by("admin"), new_user(spelled, &[])).await })
    });
    let mut added = 0;
    for attempt in adding.collect::<Vec<_>>() {
        match attempt.await.unwrap() {
            Ok(_) => added += 1,
            Err(error) => assert!(matches!(error, AdminError::Taken(_)), "{error:?}"),
        }
    }
    assert_eq!(added, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_who_remove_each_other_one_remains() {
    for round in 0..500 {
        let world = Arc::new(World::of(&[entry("one", "x", &["admin"]), entry("two", "x", &["admin"])]));
        let removing = [("one", "two"), ("two", "one")].map(|(who, whom)| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.users.remove(&by(who), &name(whom)).await.is_ok() })
        });
        let mut removed = 0;
        for removal in removing {
            removed += usize::from(removal.await.unwrap());
        }
        assert_eq!((removed, world.register.names().len()), (1, 1), "round {round}");
    }
}
