//! A login, and a token that is always good: the next is got with a refresh token before the one before ends.

use std::time::{Duration, Instant};

use serde_json::json;

use super::super::ask::Ask;
use super::super::connection::Connection;
use super::super::ground::PASSWORD;

/// Long before a token ends, even if the machine has other things to do.
const RENEWED: Duration = Duration::from_secs(10);

pub(super) const LOGIN: &str = "/api/v1/auth/login";
pub(super) const TOKENS: &str = "/oauth2/token";

/// What a login gives.
pub(super) struct Pair {
    pub(super) token: String,
    pub(super) refresh: String,
}

/// Somebody's token.
pub(super) struct Wallet {
    user: &'static str,
    pair: Option<(Pair, Instant)>,
}

impl Pair {
    /// Logs in, which has to succeed.
    pub(super) fn login(connection: &mut Connection, user: &str) -> anyhow::Result<Self> {
        let ask = Ask::new("POST", LOGIN).json(&json!({"username": user, "password": PASSWORD}));
        let answer = connection.expect(&ask, 200, "access_token")?;
        Ok(Self { token: answer.text("/access_token")?, refresh: answer.text("/refresh_token")? })
    }

    /// The next pair of the same login.
    pub(super) fn next(&self, connection: &mut Connection) -> anyhow::Result<Self> {
        let answer = connection.expect(&self.refreshing(), 200, "access_token")?;
        Ok(Self { token: answer.text("/access_token")?, refresh: answer.text("/refresh_token")? })
    }

    /// Asks for the next.
    pub(super) fn refreshing(&self) -> Ask {
        Ask::new("POST", TOKENS).form(&[("grant_type", "refresh_token"), ("refresh_token", &self.refresh)])
    }
}

impl Wallet {
    pub(super) fn of(user: &'static str) -> Self {
        Self { user, pair: None }
    }

    /// A token that is good.
    pub(super) fn token(&mut self, connection: &mut Connection) -> anyhow::Result<String> {
        let pair = match self.pair.take() {
            Some((pair, since)) if since.elapsed() < RENEWED => (pair, since),
            Some((pair, _)) => (pair.next(connection)?, Instant::now()),
            None => (Pair::login(connection, self.user)?, Instant::now()),
        };
        Ok(self.pair.insert(pair).0.token.clone())
    }
}
