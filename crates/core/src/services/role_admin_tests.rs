//! The rules for managing roles, against a register in memory.

use super::*;
use crate::domain::directory::{ClientEntry, UserEntry};
use crate::services::registry::Origin;
use crate::services::registry::testing::{Spelling, World, by, by_machine, entry, grants, role};
use crate::services::testing::{NOW, client, name};
use crate::services::user_admin::{Changes, Regrant};

fn named(text: &str) -> RoleName {
    RoleName::parse(text).unwrap()
}

/// `admin`; `keeper`, who may edit roles and holds all about devices; and `tech`, who holds `device-helpdesk`.
fn world() -> World {
    World::of(&[
        entry("admin", "x", &["admin"]),
        entry("keep", "x", &["keeper"]),
        entry("tech", "x", &["device-helpdesk"]),
    ])
}

fn is_beyond<T>(result: Result<T, AdminError>, lack: &str) -> bool {
    matches!(result, Err(AdminError::Beyond(lacking)) if lacking.to_string() == lack)
}

#[tokio::test]
async fn a_role_comes_is_changed_and_goes_and_is_recorded() {
    let world = world();
    world.roles.add(&by("admin"), &role("Noc", &["config:view"])).await.unwrap();
    assert!(world.live.current().roles().get(&named("noc")).is_some(), "in force when it is answered");
    world.roles.replace(&by("admin"), &role("noc", &["config:*", "a:b"])).await.unwrap();
    assert_eq!(world.register.rights("noc").unwrap(), ["config:*", "a:b"]);
    world.roles.remove(&by("admin"), &named("NOC")).await.unwrap();
    assert_eq!(world.register.rights("noc"), None);
    let told: Vec<_> = world
        .register
        .records()
        .into_iter()
        .map(|record| (record.action, record.amendment.unwrap()))
        .map(|(action, amendment)| (action, amendment.object, amendment.before, amendment.after))
        .collect();
    let row = |action: &str, object: &str, before: Option<&str>, after: Option<&str>| {
        (action.to_owned(), object.to_owned(), before.map(str::to_owned), after.map(str::to_owned))
    };
    assert_eq!(
        told,
        [
            row("role.add", "role Noc", None, Some("config:view")),
            row("role.replace", "role noc", Some("config:view"), Some("config:*, a:b")),
            row("role.remove", "role noc", Some("config:*, a:b"), None),
        ]
    );
}

#[tokio::test]
async fn a_role_that_is_changed_counts_at_the_next_request_of_whoever_holds_it() {
    let world = world();
    let policy = world.live.current();
    let rights = async || {
        let standing = policy.standing(&name("tech")).await.unwrap().unwrap();
        standing.rights().into_iter().map(|right| right.as_str().to_owned()).collect::<Vec<_>>()
    };
    policy.set_store_roles(&policy.users.roles().await.unwrap());
    assert_eq!(rights().await, ["device:*", "users:edit"]);
    world.roles.replace(&by("admin"), &role("device-helpdesk", &["device:view"])).await.unwrap();
    assert_eq!(rights().await, ["device:view"]);
}

#[tokio::test]
async fn names_are_taken_in_every_case_and_fixed_roles_stay_what_they_are() {
    let world = world();
    let admin = by("admin");
    let add = async |text: &str| world.roles.add(&admin, &role(text, &[])).await.unwrap_err().to_string();
    assert_eq!(add("Keeper").await, "Role 'keeper' exists already");
    for (text, why) in [
        ("Admin", "Role 'admin' is built in and cannot be changed"),
        ("viewer", "Role 'viewer' is built in and cannot be changed"),
        ("Config-Role", "Role 'config-role' is defined in the configuration; edit it there"),
    ] {
        assert_eq!(add(text).await, why);
        let replaced = world.roles.replace(&admin, &role(text, &[])).await;
        assert_eq!(replaced.unwrap_err().to_string(), why);
        assert_eq!(world.roles.remove(&admin, &named(text)).await.unwrap_err().to_string(), why);
    }
}

#[tokio::test]
async fn a_role_that_is_not_there_is_not_found() {
    let world = world();
    let replaced = world.roles.replace(&by("admin"), &role("nothing", &[])).await;
    assert!(matches!(replaced, Err(AdminError::NotFound)), "{replaced:?}");
    let removed = world.roles.remove(&by("admin"), &named("nothing")).await;
    assert!(matches!(removed, Err(AdminError::NotFound)), "{removed:?}");
}

#[tokio::test]
async fn a_role_is_not_changed_by_somebody_who_could_not_change_each_who_holds_it() {
    let world = world();
    let replaced =
        async |rights: &[&str]| world.roles.replace(&by("keep"), &role("device-helpdesk", rights)).await;
    replaced(&["users:edit"]).await.unwrap();
    world.register.put(Edit::PutUser(entry(
        "chief",
        "x",
        &["device-helpdesk@pop-syd", "config-role@pop-mel"],
    )));
    for rights in [&[][..], &["users:edit", "device:view"]] {
        assert!(
            is_beyond(replaced(rights).await, "Right 'config:view' required in realm 'pop-mel'"),
            "{rights:?}"
        );
    }
    replaced(&["users:edit"]).await.unwrap();
    world.roles.replace(&by("admin"), &role("device-helpdesk", &[])).await.unwrap();
}

#[tokio::test]
async fn of_many_who_hold_a_role_each_counts() {
    let world = world();
    for number in 0..1001 {
        let held = if number == 1000 { &["keeper", "config-role"][..] } else { &["keeper"] };
        world.register.put(Edit::PutUser(entry(&format!("user-{number:04}"), "x", held)));
    }
    let narrower = role("keeper", &["roles:edit"]);
    let replaced = world.roles.replace(&by("keep"), &narrower).await;
    assert!(is_beyond(replaced, "Right 'config:view' required"));
}

#[tokio::test]
async fn of_many_clients_that_hold_a_role_each_counts_too() {
    for many in [1, 1001] {
        let world = world();
        let narrower = role("keeper", &["roles:edit", "users:edit"]);
        for number in 1..=many {
            let held = if number == many { &["keeper", "config-role"][..] } else { &["keeper"] };
            let client = client(&format!("client-{number:04}"), held);
            world.register.put(Edit::PutClient(ClientEntry { client, created_at: NOW }));
        }
        let replaced = world.roles.replace(&by("keep"), &narrower).await;
        assert!(is_beyond(replaced, "Right 'config:view' required"), "{many}");
        world.roles.replace(&by("admin"), &narrower).await.unwrap();
    }
}

#[tokio::test]
async fn a_role_that_gives_nothing_is_filled_only_by_somebody_who_holds_what_it_is_to_give() {
    let world = world();
    world.roles.add(&by("keep"), &role("hollow", &[])).await.unwrap();
    let changes = Changes { grants: Some(Regrant::These(grants(&["hollow@pop-syd"]))), ..Changes::default() };
    world.users.change(&by("keep"), &name("tech"), &changes).await.unwrap();
    let filled = world.roles.replace(&by("keep"), &role("hollow", &["config:edit"])).await;
    assert!(is_beyond(filled, "Right 'config:edit' required"));
    world.roles.replace(&by("keep"), &role("hollow", &["device:view"])).await.unwrap();
    world.roles.replace(&by("admin"), &role("hollow", &["device:view", "config:edit"])).await.unwrap();
    // Now he is somebody whom they can't change any more, nor the role through which he is.
    let emptied = world.roles.replace(&by("keep"), &role("hollow", &[])).await;
    assert!(is_beyond(emptied, "Right 'config:edit' required"));
    assert!(is_beyond(
        world.users.change(&by("keep"), &name("tech"), &changes).await.map(drop),
        "Right 'config:edit' required in realm 'pop-syd'"
    ));
}

#[tokio::test]
async fn nobody_makes_a_role_wider_than_what_he_holds_everywhere_nor_narrows_such_a_one() {
    let world = world();
    world.register.put(Edit::PutRole(role("wide", &["config:edit"])));
    world.register.put(Edit::PutUser(entry("local", "x", &["keeper@pop-syd", "role-editor"])));
    world.register.put(Edit::PutRole(role("role-editor", &["roles:edit"])));
    let keep = by("keep");
    for (rights, lack) in [
        (&["*:*"][..], "Right '*:*' required"),
        (&["device:view", "*:view"], "Right '*:view' required"),
        (&["device:*", "config:view"], "Right 'config:view' required"),
    ] {
        assert!(is_beyond(world.roles.add(&keep, &role("new", rights)).await, lack), "{rights:?}");
        assert!(
            is_beyond(world.roles.replace(&keep, &role("device-helpdesk", rights)).await, lack),
            "{rights:?}"
        );
    }
    assert!(is_beyond(world.roles.replace(&keep, &role("wide", &[])).await, "Right 'config:edit' required"));
    assert!(is_beyond(world.roles.remove(&keep, &named("wide")).await, "Right 'config:edit' required"));
    let in_one_realm = world.roles.add(&by("local"), &role("new", &["device:view"])).await;
    assert!(is_beyond(in_one_realm, "Right 'device:view' required"));
    world.roles.add(&keep, &role("new", &["device:view", "device:*"])).await.unwrap();
    world.roles.replace(&keep, &role("device-helpdesk", &["users:edit", "roles:edit"])).await.unwrap();
}

#[tokio::test]
async fn whoever_may_edit_users_alone_edits_no_role() {
    let refused = world().roles.add(&by("tech"), &role("new", &[])).await;
    assert!(is_beyond(refused, "Right 'roles:edit' required"));
}

#[tokio::test]
async fn a_role_that_somebody_holds_is_not_removed_though_he_is_deactivated() {
    let world = world();
    let deactivated = UserEntry { active: false, ..entry("tech", "x", &["device-helpdesk@syd"]) };
    world.register.put(Edit::PutUser(deactivated));
    let removed = world.roles.remove(&by("admin"), &named("Device-Helpdesk")).await;
    assert!(matches!(removed, Err(AdminError::InUse(_))), "{removed:?}");
    world.users.remove(&by("admin"), &name("tech")).await.unwrap();
    world.roles.remove(&by("admin"), &named("Device-Helpdesk")).await.unwrap();
}

#[tokio::test]
async fn no_change_of_a_role_takes_the_last_who_can_manage_users() {
    let world = World::of(&[
        entry("keep", "x", &["keeper"]),
        entry("other", "x", &["device-helpdesk@pop-syd"]),
        UserEntry { active: false, ..entry("former", "x", &["admin"]) },
    ]);
    for editor in [by("keep"), by_machine()] {
        let replaced = world.roles.replace(&editor, &role("keeper", &["roles:edit", "device:*"])).await;
        assert!(matches!(replaced, Err(AdminError::LastAdmin(Loss::Stripping))), "{replaced:?}");
    }
    world.register.put(Edit::PutUser(entry("other", "x", &["helpdesk"])));
    world.roles.replace(&by("keep"), &role("keeper", &["roles:edit"])).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_role_is_not_removed_while_somebody_gets_it() {
    for round in 0..200 {
        let world = Arc::new(world());
        world.register.put(Edit::PutRole(role("noc", &[])));
        let removing = tokio::spawn({
            let world = Arc::clone(&world);
            async move { world.roles.remove(&by("admin"), &named("noc")).await.is_ok() }
        });
        let granting = tokio::spawn({
            let world = Arc::clone(&world);
            async move {
                let changes =
                    Changes { grants: Some(Regrant::These(grants(&["noc"]))), ..Changes::default() };
                world.users.change(&by("admin"), &name("tech"), &changes).await.is_ok()
            }
        });
        let (removed, granted) = (removing.await.unwrap(), granting.await.unwrap());
        assert!(removed != granted, "round {round}: removed {removed}, granted {granted}");
    }
}

#[tokio::test]
async fn what_changes_nothing_leaves_no_record() {
    let world = world();
    world.roles.replace(&by("admin"), &role("helpdesk", &["users:edit"])).await.unwrap();
    assert_eq!(world.register.records(), []);
}

#[tokio::test]
async fn beside_the_users_of_a_file_roles_are_listed_and_never_changed() {
    let users = [entry("admin", "x", &["admin"])];
    let world = World::with(&users, Origin::File("bng.yaml".to_owned()), Arc::new(Spelling));
    let admin = by("admin");
    let refused = [
        world.roles.add(&admin, &role("viewer", &[])).await,
        world.roles.replace(&admin, &role("nothing", &[])).await,
        world.roles.remove(&admin, &named("admin")).await,
    ];
    for result in refused {
        assert_eq!(result.unwrap_err().to_string(), "Users are defined in bng.yaml; edit it there");
    }
    let names = |page| world.roles.list(page).iter().map(|role| role.name.to_string()).collect::<Vec<_>>();
    assert_eq!(names(Page::first(4)), ["admin", "administrator", "config-role", "gold"]);
    assert_eq!(names(Page { after: Some("gold".to_owned()), limit: 2 }), ["manager", "operator"]);
    assert_eq!(names(Page { after: Some("viewer".to_owned()), limit: 2 }), Vec::<String>::new());
}
