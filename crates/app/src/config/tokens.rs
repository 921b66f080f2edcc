//! `token` and `oauth`: how login tokens are made and judged, and what they are signed with.

use std::time::Duration;

use portcullis_core::domain::refresh::RefreshPolicy;
use portcullis_core::domain::token::TokenPolicy;
use portcullis_crypto::keys::KeyAlgorithm;
use portcullis_store_yaml::document::Faults;

use super::durations::Bounds;
use super::layers::Settings;

/// How long a token may last, a user's or a client's.
pub(super) const LIFETIME: Bounds = Bounds::new(Duration::from_secs(1), Duration::from_hours(30 * 24));
/// A key is told of some minutes before it signs, so that it makes no sense to change it every few minutes.
const ROTATION: Bounds = Bounds::new(Duration::from_hours(1), Duration::from_hours(3650 * 24));

/// The longest issuer or audience, in characters: both are in every token.
const LONGEST_NAME: usize = 255;

/// The policy of login tokens.
pub(super) fn policy(settings: &Settings<'_>, faults: &mut Faults) -> TokenPolicy {
    let ttl = settings.duration("token.ttl", Duration::from_hours(1), LIFETIME, faults);
    let issuer = name(settings, "token.issuer", faults).unwrap_or_else(|| "portcullis".to_owned());
    let audience = name(settings, "token.audience", faults);
    TokenPolicy { issuer, audience, ttl }
}

/// Which logins give refresh tokens.
pub(super) fn refresh(settings: &Settings<'_>, faults: &mut Faults) -> RefreshPolicy {
    RefreshPolicy {
        password_grant: settings.bool("oauth.password_grant", false, faults),
        after_login: settings.bool("token.refresh", false, faults),
    }
}

/// What tokens are signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyPolicy {
    /// The algorithm of the key ring; none if the shared secret signs.
    pub(crate) algorithm: Option<KeyAlgorithm>,
    /// How old a key becomes before another one takes its place; it stays if nothing is said.
    pub(crate) rotate: Option<Duration>,
}

/// What login tokens are signed with.
pub(super) fn keys(settings: &Settings<'_>, faults: &mut Faults, warnings: &mut Vec<String>) -> KeyPolicy {
    let of_the_ring = KeyAlgorithm::ALL.map(|algorithm| (algorithm.name(), Some(algorithm)));
    let algorithm = settings.choice("token.algorithm", ("HS256", None), &of_the_ring, faults);
    let rotate = settings.optional("token.rotate").and_then(|rotate| rotate.duration(ROTATION, faults));
    if algorithm.is_none() && rotate.is_some() {
        warnings.push("`token.rotate` changes nothing as long as `token.algorithm` is HS256".to_owned());
    }
    KeyPolicy { algorithm, rotate }
}

/// The audience may be `null`: tokens then have none. So may the issuer: it is then the usual one.
fn name(settings: &Settings<'_>, key: &str, faults: &mut Faults) -> Option<String> {
    let usable = |text: &str| {
        let fits = (1..=LONGEST_NAME).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        fits.then(|| text.to_owned())
    };
    settings.optional(key)?.read("1 to 255 characters", faults, usable)
}
