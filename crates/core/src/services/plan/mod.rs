//! Two configurations compared by what they mean: who gains and who loses which route, in which realm.
//!
//! Requests are made that tell the two tables of routes apart wherever they can be told apart, and each is decided on
//! under both by the very steps of the gate. So every change comes with a witness: a request that one of the two lets
//! through and the other one refuses.

mod change;
mod paths;
mod requests;
mod spelling;
mod who;

pub use change::{Change, Direction, Reach, Witness};
pub use who::Who;

use self::requests::{Side, Situation, situations};
use self::who::{Compared, everybody};
use crate::domain::client::Client;
use crate::domain::realm::{Realm, RealmAsked};
use crate::domain::requirement::{RealmRule, Requirement};
use crate::domain::role::RoleBook;
use crate::domain::route::Pattern;
use crate::domain::route_table::RouteTable;
use crate::domain::user::User;

/// What of a configuration decides on requests.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'c> {
    /// What needs what.
    pub routes: &'c RouteTable,
    /// What a role holds.
    pub roles: &'c RoleBook,
    /// Who there is.
    pub users: &'c [User],
    /// Which machines get tokens. What of them is compared is what they hold, not where they may come from.
    pub clients: &'c [Client],
}

/// The realms of both configurations, and a word that is in neither of them: for a realm, a segment or a name that no
/// rule knows.
#[derive(Debug)]
struct Words {
    realms: Vec<Realm>,
    unknown: String,
}

/// Who may do what under `new` that he may not do under `old`, and the other way round: first what anybody may without a
/// token, then user by user, client by client, then role by role as if somebody held it, so that what matters to nobody yet is seen too.
pub fn plan(old: &Rules<'_>, new: &Rules<'_>) -> Vec<Change> {
    let words = Words::of(old, new);
    let situations = situations([old.routes, new.routes], &words);
    let compared = everybody(old, new, &words);
    let mut changes: Vec<Change> = vec![];
    for someone in &compared {
        let found = differences(someone, &situations, &words);
        // A role in one realm is told of only where it says more than the role itself, or than another realm does.
        let is_new = |change: &Change| !changes.iter().any(|known| known.tells_already(change));
        changes.extend(found.into_iter().filter(is_new).collect::<Vec<_>>());
    }
    changes
}

/// What one gains, then what he loses; what is between the same two routes is one change.
fn differences(someone: &Compared, situations: &[Situation], words: &Words) -> Vec<Change> {
    let mut changes: Vec<Change> = vec![];
    for situation in situations {
        let [old, new] = [&situation.old, &situation.new];
        let [before, after] = &someone.holders;
        let (direction, through, instead, refusal) =
            match (old.admits(before.as_ref()), new.admits(after.as_ref())) {
                (Err(refusal), Ok(())) => (Direction::Gain, new, old, refusal),
                (Ok(()), Err(refusal)) => (Direction::Loss, old, new, refusal),
                (Ok(()), Ok(())) | (Err(_), Err(_)) => continue,
            };
        let Some(route) = through.route() else { continue };
        let instead_of = instead.route();
        let is_same = |change: &&mut Change| {
            change.direction == direction && change.route == *route && change.other.as_ref() == instead_of
        };
        if let Some(change) = changes.iter_mut().find(is_same) {
            change.also(&situation.methods, &asked(through, instead), words);
        } else {
            let mut change = Change {
                who: someone.who.clone(),
                direction,
                witness: situation.witness.clone(),
                methods: vec![],
                route: route.clone(),
                other: instead_of.cloned(),
                realms: Reach::default(),
                reason: someone.why(&refusal),
            };
            change.also(&situation.methods, &asked(through, instead), words);
            changes.push(change);
        }
    }
    // Stable: within either direction in the order in which they were found.
    changes.sort_by_key(|change| change.direction);
    changes
}

/// The realm that a change is about: the one that is asked about where the request passes, if one is.
fn asked(through: &Side, instead: &Side) -> RealmAsked {
    match through.asked() {
        RealmAsked::Everywhere => instead.asked(),
        realm => realm,
    }
}

impl Words {
    fn of(old: &Rules<'_>, new: &Rules<'_>) -> Self {
        let mut realms: Vec<Realm> = [old, new].into_iter().flat_map(mentioned).collect();
        realms.sort_by(|one, other| one.key().cmp(other.key()));
        realms.dedup();
        let is_taken = |word: &str| {
            let is_pattern = |pattern: &Pattern| pattern.as_str().to_ascii_lowercase().contains(word);
            realms.iter().any(|realm| realm.key() == word)
                || [old, new].iter().any(|rules| {
                    rules.routes.listed().any(|(pattern, _)| is_pattern(pattern))
                        || rules.users.iter().any(|user| user.name.key() == word)
                        || rules.clients.iter().any(|client| client.id.key() == word)
                })
        };
        let words =
            (1..).map(|number| if number == 1 { "other".to_owned() } else { format!("other-{number}") });
        let unknown = words.into_iter().find(|word| !is_taken(word)).unwrap_or_default();
        Self { realms, unknown }
    }
}

/// The realms that a configuration speaks of, in grants and in requirements.
fn mentioned(rules: &Rules<'_>) -> Vec<Realm> {
    let of_users = rules.users.iter().flat_map(|user| user.grants.iter());
    let of_clients = rules.clients.iter().flat_map(|client| client.grants.iter());
    let granted = of_users.chain(of_clients).filter_map(|grant| grant.scope.realm());
    let required = rules.routes.listed().filter_map(|(_, route)| match &route.requirement {
        Requirement::Right { realm: RealmRule::In(realm), .. } => Some(realm),
        _ => None,
    });
    granted.chain(required).cloned().collect()
}

#[cfg(test)]
mod brute_force;
#[cfg(test)]
mod tests;
