//! `password`: what a new password must be like.

use std::ops::RangeInclusive;

use portcullis_core::services::password_rules::PasswordRules;
use portcullis_store_yaml::document::Faults;

use super::layers::Settings;

/// The fewest bytes that may be asked for, and the most that bcrypt reads.
const LENGTHS: RangeInclusive<usize> = 8..=72;

/// The rules for a new password.
pub(super) fn rules(settings: &Settings<'_>, faults: &mut Faults) -> PasswordRules {
    let PasswordRules { shortest } = PasswordRules::default();
    PasswordRules { shortest: settings.number("password.min_length", LENGTHS, shortest, faults) }
}
