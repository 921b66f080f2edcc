//! One's own password: whoever knows the present one changes it, and nobody guesses it with a token that he found.

use super::super::*;
use crate::domain::record::Verdict;
use crate::domain::secret::Password;
use crate::services::registry::testing::{World, by, entry, spelled};
use crate::services::testing::name;

const OLD: &str = "the user's own phrase";
const NEW: &str = "the user's new phrase";

async fn change(world: &World, current: &str, new: &str) -> Result<(), AdminError> {
    let (current, new) = (Password::new(current.to_owned()), Password::new(new.to_owned()));
    world.users.change_own_password(&by("user"), &name("user"), current, new).await
}

#[tokio::test]
async fn whoever_knows_his_password_gets_another_one_and_another_stamp() {
    let world = World::usual();
    let before = world.register.entry("user").unwrap();
    change(&world, OLD, NEW).await.unwrap();
    let after = world.register.entry("user").unwrap();
    assert!(after.hash == spelled(NEW) && after.stamp != before.stamp);
    assert_eq!(UserEntry { hash: before.hash.clone(), stamp: before.stamp, ..after }, before);
    let record = world.register.only_record();
    assert_eq!((record.action.as_str(), record.verdict), ("user.password", Verdict::Allowed));
    let now = record.amendment.as_ref().unwrap().after.as_deref();
    assert_eq!(now, Some("active; may log in; no roles; new password"));
}

#[tokio::test]
async fn a_wrong_password_changes_nothing_and_is_recorded() {
    let world = World::usual();
    assert!(matches!(change(&world, "a guess", NEW).await, Err(AdminError::WrongPassword)));
    assert_eq!(world.register.entry("user"), Some(entry("user", OLD, &[])));
    let record = world.register.only_record();
    assert_eq!((record.verdict, record.reason.as_str()), (Verdict::Refused, "Current password is wrong"));
    assert_eq!(record.decision_id.as_deref(), Some("decision"));
}

#[tokio::test]
async fn guesses_are_held_like_those_of_a_login() {
    let world = World::usual();
    for guess in 0..5 {
        let refused = change(&world, &format!("guess {guess}"), NEW).await;
        assert!(matches!(refused, Err(AdminError::WrongPassword)), "{refused:?}");
    }
    let held = change(&world, OLD, NEW).await;
    assert!(matches!(held, Err(AdminError::Throttled { .. })), "{held:?}");
    assert_eq!(world.register.entry("user"), Some(entry("user", OLD, &[])));
}

#[tokio::test]
async fn what_is_no_password_is_told_before_anything_is_compared() {
    let world = World::usual();
    for _ in 0..10 {
        let refused = change(&world, "a guess", "short").await;
        assert!(matches!(refused, Err(AdminError::Password(_))), "{refused:?}");
    }
    change(&world, OLD, NEW).await.unwrap();
}

#[tokio::test]
async fn whoever_was_removed_since_he_was_let_in_changes_nothing() {
    let world = World::usual();
    world.register.put(Edit::RemoveUser(name("user")));
    assert!(matches!(change(&world, OLD, NEW).await, Err(AdminError::Unwelcome)));
    assert!(world.register.entry("user").is_none());
}

/// An administrator gives the user another password while the present one is being compared.
struct Overtaken(std::sync::Arc<crate::services::registry::testing::Register>);

#[async_trait::async_trait]
impl PasswordHasher for Overtaken {
    async fn verify(
        &self,
        comparison: crate::ports::password_hasher::Comparison,
    ) -> Result<bool, crate::ports::password_hasher::HasherError> {
        let stamp = Stamp::of(&[b"another"]);
        self.0.put(Edit::PutUser(UserEntry { stamp, ..entry("user", "given by the admin", &[]) }));
        crate::services::registry::testing::Spelling.verify(comparison).await
    }

    async fn hash(
        &self,
        password: Password,
        _: Cost,
    ) -> Result<crate::domain::secret::PasswordHash, crate::ports::password_hasher::HasherError> {
        Ok(spelled(password.expose()))
    }
}

#[tokio::test]
async fn a_password_that_was_replaced_meanwhile_opens_nothing() {
    let world = World::usual();
    let overtaken = std::sync::Arc::new(Overtaken(world.register.clone()));
    let users =
        UserAdmin::new(world.users.registrar.clone(), overtaken, world.users.entropy.clone(), <_>::default());
    let (current, new) = (Password::new(OLD.to_owned()), Password::new(NEW.to_owned()));
    let refused = users.change_own_password(&by("user"), &name("user"), current, new).await;
    assert!(matches!(refused, Err(AdminError::WrongPassword)), "{refused:?}");
    assert_eq!(world.register.entry("user").unwrap().hash, spelled("given by the admin"));
}
