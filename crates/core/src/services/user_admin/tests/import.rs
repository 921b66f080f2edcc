//! Many users at once.

use crate::domain::record::Amendment;
use crate::services::registry::AdminError;
use crate::services::registry::testing::{World, by, new_user};

#[tokio::test]
async fn many_are_added_by_one_change_with_one_record() {
    let world = World::usual();
    let before = world.register.revised();
    let new = ["alice", "bea"].map(|name| new_user(name, &["viewer"])).to_vec();
    world.users.add_all(&by("admin"), new).await.unwrap();
    assert_eq!(world.register.revised(), before + 2, "one for each step");
    assert!(world.register.entry("alice").is_some() && world.register.entry("bea").is_some());
    let record = world.register.only_record();
    assert_eq!(record.action, "user.import");
    let Amendment { object, before, after } = record.amendment.unwrap();
    assert_eq!((object.as_str(), before), ("2 users", None));
    let each = "active; may log in; viewer";
    assert_eq!(after.unwrap(), format!("alice: {each}\nbea: {each}"));
}

#[tokio::test]
async fn of_many_nobody_is_added_if_one_can_not_be() {
    let world = World::usual();
    let names = world.register.names();
    for faulty in [new_user("Admin", &[]), new_user("Alice", &[]), new_user("bob", &["nobody-knows"])] {
        let refused = world.users.add_all(&by("admin"), vec![new_user("alice", &[]), faulty]).await;
        let is_right = matches!(refused, Err(AdminError::Taken(_) | AdminError::UnknownRoles(_)));
        assert!(is_right, "{refused:?}");
    }
    // Nor by whoever holds less than he gives away.
    let beyond = world.users.add_all(&by("help"), vec![new_user("alice", &["admin"])]).await;
    assert!(matches!(beyond, Err(AdminError::Beyond(_))), "{beyond:?}");
    assert_eq!(world.register.names(), names);
    world.users.add_all(&by("admin"), vec![]).await.unwrap();
}
