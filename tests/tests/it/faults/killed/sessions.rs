//! Sessions that are opened and ended until the gate is killed.

use std::collections::{BTreeSet, VecDeque};

use portcullis_tests::ask::Ask;
use portcullis_tests::cast::OPERATOR;
use portcullis_tests::token::claims;

use super::super::{LOGOUT, ME, SESSIONS, Site, another};
use super::{Sender, acknowledged, listed};

/// How many visitors are inside before one is thrown out.
const INSIDE: usize = 2;
/// How many of those who left before are looked at in each round.
const LOOKED_AT: usize = 20;

/// Logouts, of sessions that the gate has not seen yet: a token is good wherever its secret is known.
pub(super) struct Leavers {
    /// What their tokens are made from.
    like: String,
    next: u64,
    left: Vec<String>,
    acknowledged: u64,
    unanswered: u64,
}

impl Leavers {
    pub(super) fn new(site: &Site) -> Self {
        let like = site.operator.clone();
        Self { like, next: 1000, left: vec![], acknowledged: 0, unanswered: 0 }
    }

    pub(super) async fn until_killed(mut self, mut sender: Sender) -> Self {
        loop {
            let token = another(&self.like, self.next);
            self.next += 1;
            if acknowledged(sender.send_alone(Ask::post(LOGOUT).bearer(&token)).await, 204).is_none() {
                self.unanswered += 1;
                return self;
            }
            self.left.push(token);
            self.acknowledged += 1;
        }
    }

    /// Nobody who left is let in again.
    pub(super) async fn are_out(&self, site: &Site, all: bool) {
        let skipped = if all { 0 } else { self.left.len().saturating_sub(LOOKED_AT) };
        for token in self.left.iter().take(LOOKED_AT).chain(&self.left[skipped..]) {
            assert_eq!(site.status(Ask::get(ME).bearer(token)).await, 401);
        }
    }

    pub(super) fn numbers(&self) -> [u64; 2] {
        [self.acknowledged, self.acknowledged + self.unanswered]
    }
}

/// Logins, and the ends of their sessions by an administrator, the oldest first.
#[derive(Default)]
pub(super) struct Visitors {
    inside: VecDeque<String>,
    thrown_out: VecDeque<String>,
    ends: u64,
    unanswered: u64,
}

impl Visitors {
    pub(super) async fn until_killed(mut self, mut sender: Sender) -> Self {
        while self.next(&mut sender).await.is_some() {}
        self.unanswered += 1;
        self
    }

    async fn next(&mut self, sender: &mut Sender) -> Option<()> {
        if self.inside.len() < INSIDE {
            let login = sender.send_alone(Ask::login(OPERATOR.name, OPERATOR.password)).await;
            let login = acknowledged(login, 200)?;
            self.inside.push_back(login.json()["access_token"].as_str().unwrap().to_owned());
            return Some(());
        }
        // Not answered: nobody knows whether it is open or not.
        let token = self.inside.pop_front()?;
        let end = Ask::new("DELETE", &format!("{SESSIONS}/{}", session(&token)));
        acknowledged(sender.send(end).await, 204)?;
        self.ends += 1;
        self.thrown_out.push_back(token);
        Some(())
    }

    /// Whoever was let in still is, and whoever was thrown out stays out.
    pub(super) async fn are_in(&mut self, site: &Site) {
        let open = listed(site, &format!("{SESSIONS}?user=operator&limit=500")).await;
        let open: BTreeSet<_> = open.iter().map(|session| session["id"].as_str().unwrap()).collect();
        for (tokens, is_in) in [(&self.inside, true), (&self.thrown_out, false)] {
            for token in tokens {
                assert_eq!(open.contains(session(token).as_str()), is_in);
            }
            for token in tokens.iter().rev().take(LOOKED_AT) {
                let status = if is_in { 200 } else { 401 };
                assert_eq!(site.status(Ask::get(ME).bearer(token)).await, status);
            }
        }
        // A login takes its time, and shall not be all that is ever killed.
        if self.inside.len() < INSIDE {
            self.inside.push_back(site.gate.login(&OPERATOR).await);
        }
    }

    pub(super) fn numbers(&self) -> [u64; 2] {
        [self.ends, self.ends + self.unanswered]
    }
}

/// The id of the session of a token.
fn session(token: &str) -> String {
    claims(token)["sid"].as_str().unwrap().to_owned()
}
