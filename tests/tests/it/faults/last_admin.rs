//! Two administrators remove each other at one moment, again and again: one of them always remains.

use portcullis_tests::ask::Ask;
use portcullis_tests::cast::{ADMIN, OPERATOR, Person};
use portcullis_tests::client::{Client, Protocol};
use portcullis_tests::gate::Gate;
use portcullis_tests::setup::Setup;
use serde_json::{Value, json};

use super::{USERS, either, import};

/// The other administrator.
const OTHER: Person = OPERATOR.but("role: admin");

/// One of the two, with a connection of his own.
struct Admin {
    person: Person,
    token: String,
    client: Client,
}

impl Admin {
    async fn of(gate: &Gate, person: Person) -> Self {
        Self { person, token: gate.login(&person).await, client: gate.client(Protocol::Http1) }
    }

    async fn send(&mut self, method: &str, path: &str, body: &Value) -> u16 {
        let ask = Ask::new(method, path).bearer(&self.token);
        self.client.send(if body.is_null() { ask } else { ask.json(body) }).await.status
    }

    /// Takes the other one's rights away, in one way or another.
    async fn attack(&mut self, other: &Person, way: usize) -> u16 {
        let path = format!("{USERS}/{}", other.name);
        match way {
            0 => self.send("PATCH", &path, &json!({ "active": false })).await,
            1 => self.send("PATCH", &path, &json!({ "grants": [] })).await,
            2 => {
                let in_a_realm = json!([{ "role": "admin", "realm": "pop-syd" }, { "role": "viewer" }]);
                self.send("PATCH", &path, &json!({ "grants": in_a_realm })).await
            }
            _ => self.send("DELETE", &path, &Value::Null).await,
        }
    }

    /// Gives everything back.
    async fn restore(&mut self, other: &Person, way: usize) {
        let grants = json!([{ "role": "admin" }]);
        let status = if way < 3 {
            let path = format!("{USERS}/{}", other.name);
            self.send("PATCH", &path, &json!({ "active": true, "grants": grants })).await
        } else {
            let body = json!({ "username": other.name, "password": other.password, "grants": grants });
            self.send("POST", USERS, &body).await
        };
        assert!(
            [200, 201].contains(&status),
            "{} can't give {} his rights back: {status}",
            self.person.name,
            other.name
        );
    }
}

#[tokio::test]
async fn of_two_administrators_who_remove_each_other_one_remains() {
    let gate = Setup::new().users(&[ADMIN, OTHER]).in_database().start().await;
    import(&gate);
    let (mut one, mut other) = (Admin::of(&gate, ADMIN).await, Admin::of(&gate, OTHER).await);
    let mut survivors = [0, 0];
    for round in 0..either(60, 500) {
        // Removal is the rarest, since whoever comes back needs a new hash and a new token.
        let way = |number: usize| if number.is_multiple_of(20) { 3 } else { number % 3 };
        let ways = [way(round + 1), way(round / 3 + 1)];
        let done = {
            let (first, second) = (one.person, other.person);
            // Whoever stands first sends first, so they take turns in that.
            if round.is_multiple_of(2) {
                tokio::join!(one.attack(&second, ways[0]), other.attack(&first, ways[1]))
            } else {
                let (second, first) =
                    tokio::join!(other.attack(&first, ways[1]), one.attack(&second, ways[0]));
                (first, second)
            }
        };
        // He who was too late is refused: as nobody any more, as one without the right, or as one who would be the last.
        let is_done = |status| [200, 204].contains(&status);
        let is_refused = |status| [401, 403, 409].contains(&status);
        let (survivor, beaten, way) = match done {
            (first, second) if is_done(first) && is_refused(second) => {
                survivors[0] += 1;
                (&mut one, &mut other, ways[0])
            }
            (first, second) if is_refused(first) && is_done(second) => {
                survivors[1] += 1;
                (&mut other, &mut one, ways[1])
            }
            both => panic!("round {round}, {ways:?}: {both:?}"),
        };
        survivor.restore(&beaten.person, way).await;
        if way == 3 {
            beaten.token = gate.login(&beaten.person).await;
        }
    }
    assert!(survivors.iter().all(|count| *count > 0), "it was no race: {survivors:?}");
}
