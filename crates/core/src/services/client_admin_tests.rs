//! The rules for managing clients, against a register in memory.

use super::*;
use crate::domain::directory::UserEntry;
use crate::domain::network::network;
use crate::domain::record::Amendment;
use crate::domain::right::RightPattern;
use crate::domain::role::RoleName;
use crate::domain::standing::Standing;
use crate::services::registry::testing::{Spelling, World, by, by_machine, entry, grants, role};
use crate::services::registry::{Authority, Origin};
use crate::services::testing::{NOW, name};

fn id(text: &str) -> ClientId {
    ClientId::parse(text).unwrap()
}

fn new(text: &str, held: &[&str]) -> NewClient {
    NewClient { id: id(text), grants: grants(held), token_ttl: None, allow_from: vec![] }
}

/// `admin`; `help`, who may edit clients and holds all about devices; and `local`, who holds that in one realm.
fn world() -> World {
    let world = World::of(&[
        entry("admin", "x", &["admin"]),
        entry("help", "x", &["clients-editor", "device-helpdesk"]),
        entry("local", "x", &["clients-editor", "device-helpdesk@pop-syd"]),
        entry("user", "x", &["viewer"]),
    ]);
    world.register.put(Edit::PutRole(role("clients-editor", &["clients:edit"])));
    world
}

/// The same client as one who asks for something with a token for these rights.
async fn as_editor(world: &World, of: &str, rights: &[&str]) -> Editor {
    let policy = world.live.current();
    policy.set_store_roles(&policy.users.roles().await.unwrap());
    let standing = policy.standing_of_client(&id(of)).await.unwrap().unwrap();
    let rights: Vec<_> = rights.iter().map(|right| RightPattern::parse(right).unwrap()).collect();
    let standing = standing.narrowed_to(&rights.into()).map_or(standing, Arc::new);
    Editor { authority: Authority::Client(standing), ..by("user") }
}

fn is_beyond<T: std::fmt::Debug>(result: Result<T, AdminError>, lack: &str) -> bool {
    matches!(result, Err(AdminError::Beyond(lacking)) if lacking.to_string() == lack)
}

async fn standing(world: &World, of: &str) -> Option<Arc<Standing>> {
    world.live.current().standing_of_client(&id(of)).await.unwrap()
}

#[tokio::test]
async fn a_client_comes_with_a_secret_and_goes_with_its_standing_and_is_recorded() {
    let world = world();
    let allow_from = vec![network("192.0.2.0/24").unwrap()];
    let asked = NewClient {
        token_ttl: Some(Duration::from_mins(15)),
        allow_from,
        ..new("Backup", &["VIEWER", "planner@pop-syd", "viewer"])
    };
    let (added, secret) = world.clients.add(&by("admin"), asked).await.unwrap();
    assert!(secret.expose().starts_with("pcs_") && added.client.secret.is_of(&secret));
    assert_eq!((added.source, added.created_at), (ClientSource::Store, Some(NOW)));
    assert_eq!(*added.client.grants, grants(&["viewer", "planner@pop-syd"]));
    assert_eq!(world.clients.show(&id("BACKUP")).await.unwrap().client.id.as_str(), "Backup");
    assert_eq!(standing(&world, "backup").await.unwrap().held.len(), 2);

    world.clients.remove(&by("admin"), &id("backup")).await.unwrap();
    assert!(standing(&world, "backup").await.is_none(), "in force when it is answered");
    assert!(matches!(world.clients.show(&id("backup")).await, Err(AdminError::NotFound)));
    let (again, another) = world.clients.add(&by("admin"), new("backup", &[])).await.unwrap();
    assert!(again.client.stamp != added.client.stamp && another.expose() != secret.expose());

    let told = world.register.records().into_iter().map(|record| (record.action, record.amendment.unwrap()));
    let words = "viewer, planner in 'pop-syd'; tokens for 15m; from 192.0.2.0/24";
    let row = |action: &str, object: &str, before: Option<&str>, after: Option<&str>| {
        let (before, after) = (before.map(str::to_owned), after.map(str::to_owned));
        (action.to_owned(), Amendment { object: object.to_owned(), before, after })
    };
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            row("client.add", "client Backup", None, Some(words)),
            row("client.remove", "client Backup", Some(words), None),
            row("client.add", "client backup", None, Some("no roles")),
        ]
    );
}

#[tokio::test]
async fn an_id_is_taken_in_every_case_by_the_store_and_by_the_configuration() {
    let world = world();
    world.clients.add(&by("admin"), new("backup", &[])).await.unwrap();
    for (taken, known) in [("BACKUP", "backup"), ("Configured", "configured")] {
        let refused = world.clients.add(&by("admin"), new(taken, &[])).await.unwrap_err();
        assert_eq!(refused.to_string(), format!("Client '{known}' exists already"));
    }
    // A user of that name is somebody else.
    world.clients.add(&by("admin"), new("admin", &[])).await.unwrap();
    let all = world.clients.list(Page::first(9)).await.unwrap();
    let all: Vec<_> = all.iter().map(|known| (known.client.id.as_str(), known.source.as_str())).collect();
    assert_eq!(all, [("admin", "store"), ("backup", "store"), ("configured", "configuration")]);
}

#[tokio::test]
async fn a_client_of_the_configuration_stays_and_one_that_is_not_there_is_not_found() {
    let world = world();
    let removed = world.clients.remove(&by("admin"), &id("CONFIGURED")).await.unwrap_err().to_string();
    assert_eq!(removed, "Client 'configured' is defined in the configuration; edit it there");
    let removed = world.clients.remove(&by("admin"), &id("nobody")).await;
    assert!(matches!(removed, Err(AdminError::NotFound)), "{removed:?}");
}

#[tokio::test]
async fn nobody_gives_a_client_more_than_he_holds_nor_removes_one_that_holds_more() {
    let world = world();
    for (held, lack) in [
        (&["admin"][..], "Right '*:*' required"),
        (&["viewer"], "Right 'group:view' required"),
        (&["device-helpdesk", "config-role@pop-syd"], "Right 'config:view' required in realm 'pop-syd'"),
        (&["gold"], "Gold role required"),
    ] {
        let refused = world.clients.add(&by("help"), new("c", held)).await;
        assert!(is_beyond(refused.map(|_| ()), lack), "{held:?}");
        let only = world.register.only_record();
        assert_eq!((only.action.as_str(), only.reason.as_str()), ("client.add", lack));
        world.clients.add(&by("admin"), new("c", held)).await.unwrap();
        assert!(is_beyond(world.clients.remove(&by("help"), &id("c")).await, lack), "{held:?}");
        world.clients.remove(&by_machine(), &id("c")).await.unwrap();
        world.register.records();
    }
    for (held, lack) in [
        ("device-helpdesk", "Right 'users:edit' required"),
        ("device-helpdesk@pop-mel", "Right 'users:edit' required in realm 'pop-mel'"),
    ] {
        assert!(is_beyond(world.clients.add(&by("local"), new("c", &[held])).await.map(|_| ()), lack));
    }
    world.clients.add(&by("local"), new("c", &["device-helpdesk@pop-syd"])).await.unwrap();
    world.clients.remove(&by("help"), &id("c")).await.unwrap();
    let refused = world.clients.add(&by("user"), new("c", &[])).await;
    assert!(is_beyond(refused.map(|_| ()), "Right 'clients:edit' required"));
}

#[tokio::test]
async fn roles_that_do_not_exist_are_told() {
    let refused = world().clients.add(&by("admin"), new("c", &["viewer", "ghost"])).await.unwrap_err();
    assert!(
        matches!(&refused, AdminError::UnknownRoles(unknown) if unknown.len() == 1 && unknown[0].index == 1)
    );
}

#[tokio::test]
async fn a_role_that_a_client_holds_is_in_use() {
    let world = world();
    let helpdesk = RoleName::parse("helpdesk").unwrap();
    // More than are read at a time stand before it.
    for number in 0..1_001 {
        world.clients.add(&by_machine(), new(&format!("c{number}"), &[])).await.unwrap();
    }
    world.clients.add(&by("admin"), new("last", &["Helpdesk@pop-syd"])).await.unwrap();
    let removed = world.roles.remove(&by("admin"), &helpdesk).await.unwrap_err().to_string();
    assert_eq!(removed, "Role 'helpdesk' is in use");
    world.clients.remove(&by("admin"), &id("last")).await.unwrap();
    world.roles.remove(&by("admin"), &helpdesk).await.unwrap();
}

#[tokio::test]
async fn beside_the_users_of_a_file_clients_are_listed_and_never_changed() {
    let users: [UserEntry; 1] = [entry("admin", "x", &["admin"])];
    let world = World::with(&users, Origin::File("bng.yaml".to_owned()), Arc::new(Spelling));
    let why = "Clients are defined in bng.yaml; edit it there";
    let added = world.clients.add(&by("admin"), new("c", &[])).await;
    assert_eq!(added.unwrap_err().to_string(), why);
    for removed in ["configured", "nobody"] {
        assert_eq!(world.clients.remove(&by("admin"), &id(removed)).await.unwrap_err().to_string(), why);
    }
    assert_eq!(world.clients.list(Page::first(9)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_client_does_what_its_token_is_for_as_long_as_it_is_there() {
    let world = world();
    world.clients.add(&by("admin"), new("robot", &["clients-editor", "device-helpdesk"])).await.unwrap();
    let whole = as_editor(&world, "robot", &["clients:edit", "device:*", "users:edit"]).await;
    let part = as_editor(&world, "robot", &["clients:edit", "device:view"]).await;
    world.register.put(Edit::PutRole(role("looker", &["device:view"])));
    world.clients.add(&whole, new("a", &["device-helpdesk"])).await.unwrap();
    world.clients.add(&part, new("b", &["looker"])).await.unwrap();
    let beyond = world.clients.add(&part, new("c", &["device-helpdesk"])).await;
    assert!(is_beyond(beyond.map(|_| ()), "Right 'users:edit' required"));
    // It removes itself, and whatever it asks afterwards, let in before, is refused.
    world.clients.remove(&whole, &id("robot")).await.unwrap();
    for late in [&whole, &part] {
        let refused = world.clients.add(late, new("d", &[])).await;
        assert!(matches!(refused, Err(AdminError::Unwelcome)), "{refused:?}");
    }
    // Neither does one that was made again and has another secret.
    world.clients.add(&by("admin"), new("robot", &["admin"])).await.unwrap();
    let refused = world.clients.add(&whole, new("d", &[])).await;
    assert!(matches!(refused, Err(AdminError::Unwelcome)), "{refused:?}");
}

#[tokio::test]
async fn what_a_user_does_through_a_client_ends_with_the_client() {
    let world = world();
    world.clients.add(&by("admin"), new("portal", &["admin"])).await.unwrap();
    let admin = world.live.current().standing(&name("admin")).await.unwrap().unwrap();
    let through = Arc::new(admin.through(standing(&world, "portal").await.unwrap()));
    let through = Editor { authority: Authority::Token(through), ..by("admin") };
    world.clients.add(&through, new("a", &["viewer"])).await.unwrap();
    world.clients.remove(&by("admin"), &id("portal")).await.unwrap();
    let refused = world.clients.add(&through, new("b", &[])).await;
    assert!(matches!(refused, Err(AdminError::Unwelcome)), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_who_add_one_id_at_once_add_it_once() {
    let world = Arc::new(world());
    let adding = (0..50).map(|number| {
        let world = Arc::clone(&world);
        let spelled = if number % 2 == 0 { "Backup" } else { "backup" };
        tokio::spawn(async move { world.clients.add(&by("admin"), new(spelled, &["viewer"])).await })
    });
    let (mut secrets, mut taken) = (vec![], 0);
    for adding in adding.collect::<Vec<_>>() {
        match adding.await.unwrap() {
            Ok((_, secret)) => secrets.push(secret),
            Err(error) => taken += usize::from(matches!(error, AdminError::Taken(_))),
        }
    }
    assert_eq!((secrets.len(), taken), (1, 49));
    assert!(world.clients.show(&id("backup")).await.unwrap().client.secret.is_of(&secrets[0]));
}
