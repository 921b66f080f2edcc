//! Passwords that everybody knows: each hash is compared with them, as far as the time for that goes.

use std::num::NonZeroUsize;
use std::sync::Arc;

use portcullis_core::domain::secret::{Cost, Password};
use portcullis_core::ports::password_hasher::{Comparison, HasherError, PasswordHasher, Referee};
use portcullis_crypto::bcrypt::Bcrypt;
use tokio::task::JoinSet;

use super::super::output::remark;
use super::codes;
use super::finding::{Code, Finding};
use super::seen::{Person, Seen};
use super::users::change;

/// What the manuals of the BNG and of BMC say.
const DEFAULTS: [&str; 2] = ["changeme", "sysadmin"];
/// What else is tried first.
const COMMON: [&str; 6] = ["password", "admin", "123456", "12345678", "qwerty", "letmein"];

/// How much is compared at most, in rounds: 800 comparisons at the usual cost, which take a core two or three minutes.
const BUDGET: u64 = 800 << 12;
/// From so much on it takes long enough for somebody to wonder.
const LONG: u64 = 20 << 12;
/// After how many comparisons it is said how far it has come.
const STRIDE: usize = 50;

/// One comparison to be made.
struct Guess {
    person: usize,
    password: String,
    code: Code,
}

/// Nobody is kept from guessing here.
struct Nobody;

impl Referee for Nobody {
    fn begin(&self) -> bool {
        true
    }

    fn end(&self, _: bool) {}
}

/// Compares every hash with what is tried first: the defaults of all before the common ones of any.
pub(super) async fn guessable(seen: &Seen<'_>, cores: NonZeroUsize) -> Vec<Finding> {
    let Plan { guesses, left_out, rounds } = planned(seen.persons());
    let mut found = vec![];
    if left_out > 0 {
        let title = format!("{left_out} comparisons of passwords, which would take too long");
        let mend = "let people choose new passwords: those that are set anew are checked";
        found.push(codes::NOT_CHECKED.found(title, mend));
    }
    let Ok(hasher) = Bcrypt::new(cores) else {
        found.push(codes::NOT_CHECKED.found("passwords: no thread can be started", "try again"));
        return found;
    };
    if rounds > LONG {
        remark(&format!("comparing {} passwords; --skip-passwords leaves that out", guesses.len()));
    }
    match matching(&hasher, seen.persons(), guesses, cores).await {
        Ok(matching) => found.extend(matching.into_iter().map(|guess| told(&guess, seen))),
        Err(error) => found.push(codes::NOT_CHECKED.found(format!("passwords: {error}"), "try again")),
    }
    found
}

/// The guesses that are right, each person's first. No more are made at a time than there are cores.
async fn matching(
    hasher: &Bcrypt,
    persons: &[Person],
    guesses: Vec<Guess>,
    cores: NonZeroUsize,
) -> Result<Vec<Guess>, HasherError> {
    let (total, mut done) = (guesses.len(), 0);
    let mut waiting = guesses.into_iter();
    let mut running = JoinSet::new();
    let mut right: Vec<Guess> = vec![];
    loop {
        while running.len() < cores.get() {
            let Some(guess) = waiting.next() else { break };
            let Some(person) = persons.get(guess.person) else { continue };
            if right.iter().any(|known| known.person == guess.person) {
                continue;
            }
            let comparison = Comparison {
                password: Password::new(guess.password.clone()),
                hash: Some(person.hash.clone()),
                at_least: Cost::LEAST,
                referee: Arc::new(Nobody),
            };
            let hasher = hasher.clone();
            running.spawn(async move { hasher.verify(comparison).await.map(|matches| (guess, matches)) });
        }
        let Some(outcome) = running.join_next().await else { return Ok(right) };
        let (guess, matches) = outcome.map_err(|gone| HasherError::Failed(gone.into()))??;
        if matches && right.iter().all(|known| known.person != guess.person) {
            right.push(guess);
        }
        done += 1;
        if done % STRIDE == 0 {
            remark(&format!("{done} of {total} passwords compared"));
        }
    }
}

/// What is to be compared, and how much is left out.
pub(super) struct Plan {
    guesses: Vec<Guess>,
    pub(super) left_out: usize,
    rounds: u64,
}

/// As many guesses as there is time for.
pub(super) fn planned(persons: &[Person]) -> Plan {
    let mut plan = Plan { guesses: vec![], left_out: 0, rounds: 0 };
    for guess in guesses(persons) {
        let rounds = persons.get(guess.person).map_or(0, |person| 1 << person.hash.cost().get());
        if plan.left_out == 0 && plan.rounds + rounds <= BUDGET {
            plan.rounds += rounds;
            plan.guesses.push(guess);
        } else {
            plan.left_out += 1;
        }
    }
    plan
}

fn guesses(persons: &[Person]) -> Vec<Guess> {
    let with = |passwords: fn(&Person) -> Vec<String>, code: Code| {
        persons.iter().enumerate().filter(|(_, person)| person.hash.can_match()).flat_map(
            move |(index, person)| {
                passwords(person).into_iter().map(move |password| Guess { person: index, password, code })
            },
        )
    };
    with(defaults, codes::DEFAULT_PASSWORD).chain(with(common, codes::COMMON_PASSWORD)).collect()
}

fn defaults(person: &Person) -> Vec<String> {
    let mut all: Vec<String> = DEFAULTS.map(str::to_owned).to_vec();
    let name = person.profile.user.name.as_str();
    for spelled in [name.to_owned(), name.to_lowercase()] {
        if !all.contains(&spelled) {
            all.push(spelled);
        }
    }
    all
}

fn common(person: &Person) -> Vec<String> {
    let is_own = |text: &&str| text.eq_ignore_ascii_case(person.name());
    COMMON.into_iter().filter(|text| !is_own(text)).map(str::to_owned).collect()
}

/// Which of the passwords it is, is not said: the report may go to more people than the password should.
fn told(guess: &Guess, seen: &Seen<'_>) -> Finding {
    let person = seen.persons().get(guess.person);
    let name = person.map_or("", Person::name);
    let state =
        if person.is_some_and(|person| person.profile.user.active) { "" } else { ", who is not active" };
    let kind = if guess.code == codes::DEFAULT_PASSWORD { "a default one" } else { "one of the most common" };
    let command = format!("user passwd {name}");
    let edit = format!("put in what `portcullis hash-password` makes, for the user {name}");
    guess.code.found(format!("the password of {name}{state} is {kind}"), change(seen, &command, &edit))
}
