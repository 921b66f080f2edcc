//! Passwords that are guessed, and those that are not.

use std::num::NonZeroUsize;

use portcullis_core::domain::secret::{Cost, Password, PasswordHash};
use portcullis_core::ports::password_hasher::PasswordHasher as _;
use portcullis_crypto::bcrypt::Bcrypt;

use super::installation::person;
use super::*;
use crate::cli::doctor::passwords::{guessable, planned};

/// What is found where `kim` has this password.
fn found(password: &str) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut installation = Installation::good();
    let mut kim = person("Kim", "onlooker");
    let hasher = Bcrypt::new(NonZeroUsize::MIN).unwrap();
    let password = Password::new(password.to_owned());
    kim.hash = runtime.block_on(hasher.hash(password, Cost::LEAST)).unwrap();
    installation.persons = vec![kim];
    let found =
        installation.with_seen(|seen| runtime.block_on(guessable(seen, NonZeroUsize::new(2).unwrap())));
    found.iter().map(|finding| format!("{}: {}", finding.code.word, finding.title)).collect()
}

#[test]
fn default_passwords_and_common_ones_are_found_and_others_are_not() {
    for default in ["changeme", "sysadmin", "Kim", "kim"] {
        assert_eq!(found(default), ["default-password: the password of Kim is a default one"]);
    }
    for common in ["password", "123456"] {
        assert_eq!(found(common), ["common-password: the password of Kim is one of the most common"]);
    }
    for good in ["correct-horse", "changeme!", "Changeme"] {
        assert_eq!(found(good), [""; 0], "{good}");
    }
}

#[test]
fn of_more_comparisons_than_there_is_time_for_the_rest_is_counted() {
    // One at the highest cost takes eight times as long as one at the usual cost.
    let mut slow = person("slow", "onlooker");
    let tail = slow.hash.expose().get(7..).unwrap().to_owned();
    slow.hash = PasswordHash::parse(&format!("$2b$15${tail}")).unwrap();
    let guesses_for_each = 3 + 6;
    assert_eq!(planned(&vec![slow.clone(); 100]).left_out, 100 * guesses_for_each - 100);
    assert_eq!(planned(&[slow]).left_out, 0);
}
