//! What is kept in memory is believed for exactly as long as it holds: whoever loses something has lost it with the next
//! request after the answer that says so, while several clients go on asking with the same token. A request that was begun
//! after that answer and is let in all the same fails the test.
//!
//! What is kept, and which of the changes below would find it out if it were kept for too long:
//!
//! | kept in memory | changes that concern it |
//! |---|---|
//! | tokens whose signature was found good (`crypto/jwt/known.rs`), for each ring of keys | expiry, a leaked key |
//! | the ring of keys and what is published of it (`crypto/jwt`, `app/keys/live.rs`) | a leaked key |
//! | users with what they hold (`core/services/policy.rs`) | grants, role, deactivation, removal, password, all sessions, file |
//! | clients with what they hold (the same) | role, removal, all sessions, file |
//! | what a role holds (the same) | role, file |
//! | sessions of opaque and personal tokens (`core/services/opaque_sessions.rs`) | expiry, the session, all sessions |
//! | what a personal token gives of what its owner holds (the same) | grants, role, file |
//! | sessions that were ended (`core/services/ended_sessions.rs`) | the session |
//! | routes, trusted proxies, users of the file: one policy, swapped as a whole (`app/front_door.rs`) | file |
//!
//! Which change concerns which token, and why the others are not concerned, is in [`kinds`]. Introspection, forward-auth and
//! the layer in a service of somebody else's keep nothing of their own, and are asked all the same.

mod crowd;
mod doors;
mod file;
mod keys;
mod kinds;
mod store;
mod time;

use std::time::Instant;

use portcullis_tests::cast::{ADMIN, OPERATOR, Person};
use portcullis_tests::setup::Setup;

use self::crowd::{Crowd, Fate, SURFACES, Surface};
use self::doors::{Door, Site};
use self::kinds::{Bearer, Change, Kind};

const ME: &str = "/api/v1/auth/me";
const USERS: &str = "/api/v1/auth/users";
const ROLES: &str = "/api/v1/auth/roles";
const CLIENTS: &str = "/api/v1/auth/clients";
const TOKENS: &str = "/api/v1/auth/tokens";
const SESSIONS: &str = "/api/v1/auth/sessions";
const FORM: &str = "application/x-www-form-urlencoded";

/// The role by which everybody here is let in.
const ROLE: &str = "shift";
/// What it holds.
const RIGHTS: [&str; 2] = ["echo:view", "subscribers:view"];
/// Needs `echo:view`, before a BNG and in a service.
const BEHIND: [&str; 2] = ["/__echo", "/fields"];

/// Asks what tokens are good for; its secret is `the secret: of clients`, and so is that of every client of the file.
const ASKER: &str = "asker";
const SECRET: &str = "the secret: of clients";
const SECRET_HASH: &str = "14fc48d621387642d90cc814ba895edba3900ab268a738e29663b3b84540c89c";

/// The clients that have tokens in their hands.
const HANDS: [&str; 2] = ["robot", "agent"];

/// The users, one for each kind of token that a user has; their password is the operator's.
const PEOPLE: [Person; 4] = [
    Person { name: "of-a-login", ..OPERATOR.but("role: shift") },
    Person { name: "of-an-opaque-token", ..OPERATOR.but("role: shift") },
    Person { name: "of-a-client", ..OPERATOR.but("role: shift") },
    Person { name: "of-a-personal-token", ..OPERATOR.but("role: shift") },
];

/// What all doors here have in common.
fn setup() -> Setup {
    Setup::new()
        .with("routes", &routes("{right: 'echo:view'}", ""))
        .with("clients", &configured(&[], "grants: []"))
        .with("oauth", "{password_grant: true}")
        .with("trusted_proxies", "[127.0.0.1]")
        // Who goes on showing an opaque token that has ended is held for guessing, and would be told that.
        .with("throttle", "{never_limit: [127.0.0.1]}")
}

/// What needs what, and some more routes.
fn routes(behind: &str, more: &str) -> String {
    format!("[{}{more}]", BEHIND.map(|path| format!("{{path: {path}, require: {behind}}}")).join(", "))
}

/// Clients of the file: the one that asks, and these.
fn configured(ids: &[&str], rest: &str) -> String {
    let one = |id: &str, rest: &str| format!("\n- {{client_id: {id}, secret_sha256: {SECRET_HASH}, {rest}}}");
    let others = ids.iter().map(|id| one(id, rest));
    std::iter::once(one(ASKER, "grants: []")).chain(others).collect()
}

/// The same with the users, the role and the clients who hold it in the file.
fn setup_of_file() -> Setup {
    setup()
        .with("roles", &format!("[{{name: {ROLE}, rights: ['{}']}}]", RIGHTS.join("', '")))
        .with("clients", &configured(&HANDS, &format!("grants: [{{role: {ROLE}}}]")))
        .users(&everybody(&PEOPLE))
}

/// Everybody, among them an administrator who is never concerned.
fn everybody(people: &[Person]) -> Vec<Person> {
    std::iter::once(ADMIN).chain(people.iter().copied()).collect()
}

/// Has a crowd ask with each of these tokens, makes the change, and sees that everybody meets this fate once it is made.
async fn are_honoured(
    site: &Site,
    bearers: &[Bearer],
    surfaces: &[Surface],
    fate: Fate,
    change: impl AsyncFnOnce(),
) {
    each_is_honoured(site, bearers, surfaces, |_| fate, change).await;
}

/// The same, where not everybody meets the same.
async fn each_is_honoured(
    site: &Site,
    bearers: &[Bearer],
    surfaces: &[Surface],
    fate: impl Fn(&Bearer) -> Fate,
    change: impl AsyncFnOnce(),
) {
    let mut crowds = vec![];
    for bearer in bearers {
        crowds.push((fate(bearer), Crowd::before(site, bearer, surfaces).await));
    }
    change().await;
    let made = Instant::now();
    for (_, crowd) in &crowds {
        crowd.hears_of(made);
    }
    for (fate, crowd) in crowds {
        crowd.has_met(fate, made).await;
    }
}
