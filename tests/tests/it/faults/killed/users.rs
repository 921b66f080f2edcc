//! Users who are changed, removed and added until the gate is killed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use portcullis_tests::ask::Ask;
use portcullis_tests::cast::OPERATOR;
use serde_json::{Value, json};

use super::super::{Site, USERS};
use super::{Sender, acknowledged, listed};

/// How many users are changed, one after the other.
const CHANGED: u64 = 40;
/// How many users there are at least to be removed in a round, if it comes to that.
const REMOVED: usize = 100;

/// What an added user logs in with.
const PHRASE: &str = "a phrase that nobody guesses";

/// Takes users with these names into the database, beside the running gate.
fn import(site: &Site, names: impl Iterator<Item = String>) {
    let mut text = "api:\n  users:\n".to_owned();
    for name in names {
        writeln!(text, "    - {{username: {name}, password_hash: \"{}\", roles: []}}", OPERATOR.hash)
            .unwrap();
    }
    let file = site.gate.file().with_file_name("more.yaml");
    std::fs::write(&file, text).unwrap();
    let imported = site.command(&["user", "import", file.to_str().unwrap()]);
    assert_eq!(imported.status, 0, "{imported:?}");
}

/// All users with what they hold.
async fn users(site: &Site) -> BTreeMap<String, Value> {
    let all = listed(site, &format!("{USERS}?limit=500")).await;
    all.into_iter()
        .map(|user| (user["username"].as_str().unwrap().to_owned(), user["grants"].clone()))
        .collect()
}

/// Changes: each gives a user another realm, whose name is a number that grows.
pub(super) struct Changes {
    /// By user the last one that was acknowledged.
    last: BTreeMap<u64, u64>,
    /// The newest, and whether it was acknowledged.
    newest: (u64, bool),
    acknowledged: u64,
    unanswered: u64,
}

impl Changes {
    pub(super) fn of(site: &Site) -> Self {
        import(site, (0..CHANGED).map(Self::name));
        Self { last: BTreeMap::new(), newest: (0, true), acknowledged: 0, unanswered: 0 }
    }

    fn name(user: u64) -> String {
        format!("changed-{user}")
    }

    fn grants(number: u64) -> Value {
        json!([{ "role": "viewer", "realm": format!("realm-{number}") }, { "role": "planner", "realm": "same" }])
    }

    pub(super) async fn until_killed(mut self, mut sender: Sender) -> Self {
        loop {
            let number = self.newest.0 + 1;
            self.newest = (number, false);
            let path = format!("{USERS}/{}", Self::name(number % CHANGED));
            let ask = Ask::new("PATCH", &path).json(&json!({ "grants": Self::grants(number) }));
            if acknowledged(sender.send(ask).await, 200).is_none() {
                self.unanswered += 1;
                return self;
            }
            self.last.insert(number % CHANGED, number);
            self.newest = (number, true);
            self.acknowledged += 1;
        }
    }

    /// Each user holds what was acknowledged last, or what was on its way.
    pub(super) async fn are_there(&mut self, site: &Site) {
        let users = users(site).await;
        let (newest, _) = self.newest;
        if users[&Self::name(newest % CHANGED)] == Self::grants(newest) {
            self.last.insert(newest % CHANGED, newest);
        }
        for (user, number) in &self.last {
            assert_eq!(users[&Self::name(*user)], Self::grants(*number), "{user}");
        }
    }

    pub(super) fn numbers(&self) -> [u64; 2] {
        [self.acknowledged, self.acknowledged + self.unanswered]
    }
}

/// Removals, and now and then somebody who is added.
pub(super) struct Removals {
    present: BTreeSet<String>,
    removed: BTreeSet<String>,
    /// Who was on his way to either.
    between: Option<String>,
    added: Vec<String>,
    /// How many names were given so far.
    named: usize,
    acknowledged: u64,
    unanswered: u64,
}

impl Removals {
    pub(super) fn of(site: &Site) -> Self {
        let (present, removed, added) = (BTreeSet::new(), BTreeSet::new(), vec![]);
        let mut removals =
            Self { present, removed, between: None, added, named: 0, acknowledged: 0, unanswered: 0 };
        removals.restock(site);
        removals
    }

    /// Sees to it that there is somebody to be removed.
    fn restock(&mut self, site: &Site) {
        if self.present.len() < REMOVED {
            let names: Vec<_> = (0..3 * REMOVED).map(|_| self.name("removed")).collect();
            import(site, names.iter().cloned());
            self.present.extend(names);
        }
    }

    /// A name that nobody had before.
    fn name(&mut self, kind: &str) -> String {
        self.named += 1;
        format!("{kind}-{}", self.named)
    }

    pub(super) async fn until_killed(mut self, mut sender: Sender) -> Self {
        for number in 0_usize.. {
            let is_removal = number % 10 < 8 && !self.present.is_empty();
            let done = if is_removal { self.remove(&mut sender).await } else { self.add(&mut sender).await };
            if done.is_none() {
                self.unanswered += u64::from(is_removal);
                break;
            }
            self.between = None;
        }
        self
    }

    async fn remove(&mut self, sender: &mut Sender) -> Option<()> {
        let name = self.present.pop_last()?;
        self.between = Some(name.clone());
        acknowledged(sender.send(Ask::new("DELETE", &format!("{USERS}/{name}"))).await, 204)?;
        self.removed.insert(name);
        self.acknowledged += 1;
        Some(())
    }

    async fn add(&mut self, sender: &mut Sender) -> Option<()> {
        let name = self.name("added");
        self.between = Some(name.clone());
        let body = json!({ "username": name, "password": PHRASE, "grants": Changes::grants(0) });
        acknowledged(sender.send(Ask::post(USERS).json(&body)).await, 201)?;
        self.added.push(name);
        Some(())
    }

    /// Whoever was removed is gone, and whoever was not is there.
    pub(super) async fn are_there(&mut self, site: &Site) {
        let users = users(site).await;
        if let Some(name) = self.between.take() {
            match users.get(&name) {
                Some(grants) if name.starts_with("added") => {
                    assert_eq!(grants, &Changes::grants(0));
                    self.added.push(name);
                }
                Some(_) => drop(self.present.insert(name)),
                None => drop(self.removed.insert(name)),
            }
        }
        let is_there = |name: &String| users.contains_key(name);
        assert!(self.present.iter().chain(&self.added).all(is_there), "somebody is gone");
        assert!(!self.removed.iter().any(is_there), "somebody is back");
        self.restock(site);
    }

    /// Whoever was added lately can log in.
    pub(super) async fn can_log_in(&self, site: &Site) {
        for name in self.added.iter().rev().take(3) {
            assert_eq!(site.status(Ask::login(name, PHRASE)).await, 200, "{name}");
        }
    }

    pub(super) fn numbers(&self) -> [u64; 2] {
        [self.acknowledged, self.acknowledged + self.unanswered]
    }
}
