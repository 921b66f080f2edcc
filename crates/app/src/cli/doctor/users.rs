//! The people: administrators, accounts that nobody uses, hashes, roles.

use std::collections::HashSet;
use std::time::Duration;

use portcullis_core::domain::grant::Grant;
use portcullis_core::domain::right::RightPattern;
use portcullis_core::domain::role::{RoleName, is_built_in};
use portcullis_core::domain::time::Timestamp;

use super::codes;
use super::finding::{Finding, some_of};
use super::seen::{Person, Seen};

/// A cost at which a leaked hash withstands a machine that tries passwords for some time.
const LEAST_COST: u8 = 10;
/// How long somebody who was just made has to log in for the first time.
const FIRST_LOGIN: Duration = Duration::from_hours(7 * 24);
/// How long somebody may stay away.
const ABSENCE: Duration = Duration::from_hours(90 * 24);
/// More than this hold everything because it was easy.
const FEW: usize = 5;

/// What could not be read of all this.
pub(super) fn unreadable(seen: &Seen<'_>) -> Vec<Finding> {
    let unread = match &seen.people {
        Err(reason) => Some(format!("users, roles and clients: {reason}")),
        Ok(people) => people.unread.as_ref().map(|reason| format!("personal tokens: {reason}")),
    };
    let mend = "run this command as the user that the server runs as; `portcullis serve` makes a database that is not there";
    unread.map(|title| codes::NOT_CHECKED.found(title, mend)).into_iter().collect()
}

/// Those who may manage users.
pub(super) fn admins(seen: &Seen<'_>) -> Vec<Finding> {
    if seen.people.is_err() {
        return vec![];
    }
    let admins: Vec<&Person> = seen.persons().iter().filter(|person| person.is_admin(seen.roles())).collect();
    let (welcome, inactive): (Vec<&Person>, Vec<&Person>) =
        admins.into_iter().partition(|person| person.profile.user.is_welcome());
    let mut found = vec![];
    match welcome.as_slice() {
        [] => {
            let mend = match (seen.is_database(), seen.persons()) {
                (true, []) => seen.command("user add NAME --first-admin"),
                (true, _) => seen.command("user add NAME --role admin"),
                (false, _) => {
                    seen.edit("add a user with `role: admin`; `portcullis hash-password` makes the hash")
                }
            };
            found.push(codes::NO_ADMIN.found("no active user may manage users everywhere", mend));
        }
        [only] => {
            let title = format!("{} is the only active user who may manage users everywhere", only.name());
            found.push(codes::ONE_ADMIN.found(title, more_people(seen)));
        }
        _ => {}
    }
    if !inactive.is_empty() {
        let title = format!("may not log in, and would manage users everywhere again: {}", names(&inactive));
        let mend = change(seen, "user revoke NAME ROLE", "remove the role, or the user");
        found.push(codes::INACTIVE_ADMIN.found(title, mend));
    }
    found.extend(held_by_many(seen));
    found
}

fn held_by_many(seen: &Seen<'_>) -> Option<Finding> {
    let everything = RightPattern::everything();
    let holds_everything = |grant: &Grant| {
        let role = seen.roles().get(&grant.role);
        role.is_some_and(|role| role.rights.contains(&everything))
    };
    let active = seen.persons().iter().filter(|person| person.profile.user.is_welcome());
    let holding: Vec<_> =
        active.filter(|person| person.profile.user.grants.iter().any(holds_everything)).collect();
    let title = format!("{} users hold a role with every right: {}", holding.len(), names(&holding));
    let mend = "make roles that hold what each of them needs: see `portcullis role add --help`";
    (holding.len() > FEW).then(|| codes::EVERYTHING_HELD_BY_MANY.found(title, mend))
}

fn more_people(seen: &Seen<'_>) -> String {
    change(seen, "user add NAME --role admin", "add a second one")
}

/// Those who have not logged in for long, where the store keeps when they did.
pub(super) fn absent(seen: &Seen<'_>) -> Vec<Finding> {
    let active = || seen.persons().iter().filter(|person| person.profile.user.is_welcome());
    let is_longer_ago = |at: Timestamp, span: Duration| at.plus(span) < seen.now;
    let never: Vec<_> = active()
        .filter(|person| person.profile.last_login_at.is_none() && person.is_admin(seen.roles()))
        .filter(|person| person.profile.created_at.is_some_and(|at| is_longer_ago(at, FIRST_LOGIN)))
        .collect();
    let unseen: Vec<_> = active()
        .filter(|person| {
            let last = person.profile.last_login_at.or(person.profile.created_at);
            last.is_some_and(|at| is_longer_ago(at, ABSENCE))
        })
        .filter(|person| never.iter().all(|other| other.name() != person.name()))
        .collect();
    let mut found = vec![];
    if !never.is_empty() {
        let title = format!("may manage users, and never logged in: {}", names(&never));
        found.push(codes::ADMIN_NEVER_SEEN.found(title, seen.command("user deactivate NAME")));
    }
    if !unseen.is_empty() {
        let title = format!("not logged in for 90 days: {}", names(&unseen));
        found.push(codes::USER_UNSEEN.found(title, seen.command("user deactivate NAME")));
    }
    found
}

/// Hashes that are made too cheaply.
pub(super) fn hashes(seen: &Seen<'_>) -> Vec<Finding> {
    let cheap: Vec<_> =
        seen.persons().iter().filter(|person| person.hash.cost().get() < LEAST_COST).collect();
    if cheap.is_empty() {
        return vec![];
    }
    let title = format!("hashes of a cost below {LEAST_COST}: {}", names(&cheap));
    // A database has each hash made anew when its user logs in.
    let mend = change(seen, "user passwd NAME", "put in what `portcullis hash-password` makes");
    vec![codes::HASH_COST_LOW.found(title, mend)]
}

/// Roles that nobody holds, and grants of roles that don't exist.
pub(super) fn roles(seen: &Seen<'_>) -> Vec<Finding> {
    if seen.people.is_err() {
        return vec![];
    }
    let of_users = seen.persons().iter().flat_map(|person| {
        person.profile.user.grants.iter().map(move |grant| (person.name().to_owned(), grant.role.clone()))
    });
    let of_clients = seen.clients().iter().flat_map(|client| {
        client.grants.iter().map(move |grant| (format!("client:{}", client.id), grant.role.clone()))
    });
    let held: Vec<(String, RoleName)> = of_users.chain(of_clients).collect();
    let mut found = vec![];
    let names: HashSet<&RoleName> = held.iter().map(|(_, role)| role).collect();
    let is_unused =
        |role: &&RoleName| !is_built_in(role) && !names.contains(*role) && !seen.config.routes.asks_for(role);
    let mut unused: Vec<_> = seen.roles().names().filter(is_unused).collect();
    unused.sort_by_key(|role| role.key());
    let (of_file, of_database): (Vec<_>, Vec<_>) =
        unused.into_iter().partition(|role| seen.config.roles.get(role).is_some());
    let mends = [seen.edit("remove them from `roles`"), seen.command("role remove NAME")];
    for (unused, mend) in [of_file, of_database].iter().zip(mends).filter(|(unused, _)| !unused.is_empty()) {
        let title = format!("nobody holds the roles {}", some_of(unused));
        found.push(codes::ROLE_UNUSED.found(title, mend));
    }
    let unknown = held.iter().filter(|(_, role)| seen.roles().get(role).is_none());
    let unknown: Vec<_> = unknown.map(|(name, role)| format!("{role} of {name}")).collect();
    if !unknown.is_empty() {
        let title = format!("granted, but there is no such role: {}", some_of(&unknown));
        let revoke = seen.command("user revoke NAME ROLE");
        let mend = format!("{revoke}; remove a client, and add it as it should be");
        found.push(codes::GRANT_OF_UNKNOWN_ROLE.found(title, mend));
    }
    found
}

fn names(persons: &[&Person]) -> String {
    some_of(&persons.iter().map(|person| person.name()).collect::<Vec<_>>())
}

/// The command for a database, and what to do in the file where the users are there.
pub(super) fn change(seen: &Seen<'_>, command: &str, edit: &str) -> String {
    if seen.is_database() { seen.command(command) } else { seen.edit(edit) }
}
