//! Cases about roles that the store keeps.

use portcullis_core::domain::directory::Edit;
use portcullis_core::domain::right::RightPattern;
use portcullis_core::domain::role::{Role, RoleName};

use super::{Directory, edit};

/// Nothing of a role is lost: its spelling, its rights and their order, none of them even.
pub async fn roles_are_kept_whole_in_the_order_of_their_names(directory: &dyn Directory) {
    let roles = [
        role("Tech", &["device:view", "*:view", "device:*", "a:b"]),
        role("auditor", &["audit:view"]),
        role("nothing", &[]),
    ];
    edit(directory, roles.clone().map(Edit::PutRole).into()).await;
    let [tech, auditor, nothing] = roles;
    assert_eq!(directory.roles().await.unwrap(), [auditor, nothing, tech]);
}

/// What is put again is what holds, under its last spelling.
pub async fn role_that_is_put_again_is_replaced(directory: &dyn Directory) {
    edit(directory, vec![Edit::PutRole(role("tech", &["device:*", "config:view"]))]).await;
    edit(directory, vec![Edit::PutRole(role("TECH", &["config:edit"]))]).await;
    let kept = directory.roles().await.unwrap();
    assert_eq!(kept, [role("tech", &["config:edit"])]);
    assert!(kept.iter().all(|role| role.name.as_str() == "TECH"));
}

/// It is not there any more; to remove what is not there is no error.
pub async fn removed_role_is_gone(directory: &dyn Directory) {
    edit(directory, ["a", "b"].map(|name| Edit::PutRole(role(name, &["x:y"]))).into()).await;
    edit(directory, vec![Edit::RemoveRole(name("A")), Edit::RemoveRole(name("c"))]).await;
    assert_eq!(directory.roles().await.unwrap(), [role("b", &["x:y"])]);
}

pub(super) fn role(text: &str, rights: &[&str]) -> Role {
    let rights = rights.iter().map(|right| RightPattern::parse(right).unwrap());
    Role { name: name(text), rights: rights.collect() }
}

fn name(text: &str) -> RoleName {
    RoleName::parse(text).unwrap()
}
