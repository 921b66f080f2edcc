//! Secrets, logins and lifetimes: what a token is worth, and how hard it is to get one.

use std::fs::File;
use std::io::ErrorKind;
use std::time::Duration;

use portcullis_core::domain::span::spelled;

use super::codes;
use super::exposure::is_wide;
use super::finding::{Finding, some_of};
use super::seen::Seen;
use crate::secret::SecretError;

/// A working day, and the night after it.
const A_DAY: Duration = Duration::from_hours(24);
const A_WEEK: Duration = Duration::from_hours(7 * 24);

/// More failures than this within a window are no mistakes any more.
const MOST_PER_USER: usize = 50;
const MOST_PER_ADDRESS: usize = 500;
/// Less than this is no time to whoever tries passwords.
const LEAST_WAIT: Duration = Duration::from_secs(30);

const MAKE_ONE: &str = "openssl rand -base64 48";

/// The secrets that tokens are signed with.
pub(super) fn secrets(seen: &Seen<'_>) -> Vec<Finding> {
    let secrets = match &seen.secrets {
        Err(error) => return vec![unusable(error)],
        Ok(secrets) => secrets,
    };
    let mut found = vec![];
    if secrets.random {
        // With keys of its own the server signs with those.
        if seen.config.keys.algorithm.is_none() {
            let title = "ABNG_API_SECRET is not set in the environment of this command";
            let mend = format!(
                "export ABNG_API_SECRET=\"$({MAKE_ONE})\", where the server gets its environment; if it has one there, run this command with it"
            );
            found.push(codes::SECRET_MISSING.found(title, mend));
        }
        return found;
    }
    let weakness = secrets.current.weakness();
    found.extend(weakness.map(|weakness| {
        let mend = format!("{MAKE_ONE}, and put that in the place of the secret; the old one as ABNG_API_SECRET_PREVIOUS would stay as weak");
        codes::SECRET_WEAK.found(format!("the secret {weakness}"), mend)
    }));
    if let Some(previous) = &secrets.previous {
        let mend = "unset ABNG_API_SECRET_PREVIOUS, and restart, once the longest token has expired";
        let title = "ABNG_API_SECRET_PREVIOUS is set; since when is not known";
        found.push(codes::SECRET_PREVIOUS_SET.found(title, mend));
        found.extend(
            previous
                .weakness()
                .map(|weakness| codes::SECRET_WEAK.found(format!("the previous secret {weakness}"), mend)),
        );
    }
    found
}

/// A file that only others can read is a matter of who runs this command.
fn unusable(error: &SecretError) -> Finding {
    if let SecretError::File { path, .. } = error
        && File::open(path).is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
    {
        let title = format!("the secret in {}, which this user can't read", path.display());
        return codes::NOT_CHECKED.found(title, "run this command as the user that the server runs as");
    }
    codes::SECRET_UNUSABLE.found(error.to_string(), format!("set it to what this makes: {MAKE_ONE}"))
}

/// How logins are guarded.
pub(super) fn logins(seen: &Seen<'_>) -> Vec<Finding> {
    let logins = &seen.config.logins;
    let throttle = &logins.throttle;
    let mut found = vec![];
    if logins.allow_default_passwords {
        let title = "changeme, sysadmin and a user's own name are accepted from everywhere";
        found.push(
            codes::DEFAULT_PASSWORDS_ALLOWED
                .found(title, seen.edit("remove `allow_default_passwords: true`")),
        );
    }
    let weak = [
        (throttle.per_user > MOST_PER_USER, format!("throttle.per_user is {}", throttle.per_user)),
        (
            throttle.per_address > MOST_PER_ADDRESS,
            format!("throttle.per_address is {}", throttle.per_address),
        ),
        (throttle.window < LEAST_WAIT, format!("throttle.window is {}", spelled(throttle.window))),
        (throttle.max_delay < LEAST_WAIT, format!("throttle.max_delay is {}", spelled(throttle.max_delay))),
    ];
    let mend = seen.edit(
        "remove what stands below `throttle`; the usual limits are 5 for a user, 20 for an address, in 5m",
    );
    let weak = weak.into_iter().filter(|(is_weak, _)| *is_weak);
    found.extend(weak.map(|(_, title)| codes::THROTTLE_WEAK.found(title, &mend)));
    let exempt: Vec<_> = throttle.never_limit.iter().filter(|network| is_wide(network)).collect();
    if !exempt.is_empty() {
        let title = format!("throttle.never_limit holds {}", some_of(&exempt));
        found.push(
            codes::THROTTLE_EXEMPT
                .found(title, seen.edit("throttle.never_limit: the addresses of those who need it")),
        );
    }
    found
}

/// How long tokens last.
pub(super) fn lifetimes(seen: &Seen<'_>) -> Vec<Finding> {
    let (tokens, opaque) = (&seen.config.tokens, &seen.config.logins.opaque);
    let mut found = vec![];
    if tokens.ttl > A_DAY {
        let title = format!("token.ttl is {}", spelled(tokens.ttl));
        found.push(codes::TOKEN_LONG.found(title, seen.edit("token: {ttl: 1h}")));
    }
    for (key, value, limit, usual) in [
        ("session.idle_timeout", opaque.idle_timeout, A_DAY, "30m"),
        ("session.max_age", opaque.max_age, A_WEEK, "24h"),
    ] {
        if value > limit {
            let mend = seen.edit(&format!("{key}: {usual}"));
            found.push(codes::SESSION_LONG.found(format!("{key} is {}", spelled(value)), mend));
        }
    }
    found
}
