//! Machines: client credentials, a request, introspection, and the end of the token.

use std::sync::Arc;

use super::super::ask::Ask;
use super::super::connection::Connection;
use super::super::ground::{Ground, MACHINE};
use super::Worker;
use super::wallet::TOKENS;

struct Machine {
    ground: Arc<Ground>,
    connection: Connection,
}

pub(super) fn begin(ground: &Arc<Ground>) -> Box<dyn Worker> {
    Box::new(Machine { ground: Arc::clone(ground), connection: Connection::new(ground) })
}

impl Worker for Machine {
    fn turn(&mut self) -> anyhow::Result<()> {
        let answer = self.connection.expect(
            &self.ask(TOKENS, ("grant_type", "client_credentials")),
            200,
            "access_token",
        )?;
        let token = answer.text("/access_token")?;
        self.connection.expect(&Ask::get("/api/v1/subscribers").bearer(&token), 200, r#""status":"ok""#)?;
        let about = self.ask("/oauth2/introspect", ("token", &token));
        self.connection.expect(&about, 200, r#""active":true"#)?;
        self.connection.expect(&self.ask("/oauth2/revoke", ("token", &token)), 200, "")?;
        self.connection.expect_refused(&token)?;
        self.connection.expect(&about, 200, r#""active":false"#).map(drop)
    }
}

impl Machine {
    fn ask(&self, path: &str, field: (&str, &str)) -> Ask {
        let secret = self.ground.machine_secret.as_str();
        Ask::new("POST", path).form(&[("client_id", MACHINE), ("client_secret", secret), field])
    }
}
