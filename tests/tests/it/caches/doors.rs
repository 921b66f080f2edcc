//! The two doors that tokens are shown at: the gate before a BNG, and the gate inside a service.

use std::path::PathBuf;

use portcullis_tests::ask::{Answer, Ask};
use portcullis_tests::bng::Bng;
use portcullis_tests::cast::{ADMIN, Person};
use portcullis_tests::client::{Client, Protocol};
use portcullis_tests::command::Portcullis;
use portcullis_tests::embedded::Embedded;
use portcullis_tests::gate::{Gate, Signal};
use portcullis_tests::patience::until_told;
use portcullis_tests::setup::Setup;
use serde_json::{Value, json};

use super::{BEHIND, PEOPLE, RIGHTS, ROLE, ROLES, USERS, everybody, routes, setup};

/// A door.
#[derive(Debug, Clone, Copy)]
pub(super) enum Door {
    /// The server, before an upstream.
    Gate,
    /// The layer, around somebody else's service.
    Layer,
}

impl Door {
    pub(super) const BOTH: [Self; 2] = [Self::Gate, Self::Layer];
}

enum Process {
    Gate(Gate, Bng),
    Layer(Embedded),
}

/// A door that stands open, with an administrator at hand.
pub(super) struct Site {
    process: Process,
    pub(super) admin: String,
}

impl Site {
    /// With the users in a database. All of them hold the role, which the database keeps as well.
    pub(super) async fn with_database(door: Door) -> Self {
        let mut site = Self::open(door, setup().in_database()).await;
        let people = PEOPLE.map(|person| person.but("roles: []"));
        site.import(&Setup::new().users(&everybody(&people)));
        site.admin = site.login(&ADMIN).await;
        site.does("POST", ROLES, &json!({ "name": ROLE, "rights": RIGHTS }), 201).await;
        for person in PEOPLE {
            let grants = json!({ "grants": [{ "role": ROLE }] });
            site.does("PATCH", &format!("{USERS}/{}", person.name), &grants, 200).await;
        }
        site
    }

    /// With the users, the role and all clients in the file.
    pub(super) async fn with_file(door: Door, setup: Setup) -> Self {
        let mut site = Self::open(door, setup).await;
        site.admin = site.login(&ADMIN).await;
        site
    }

    async fn open(door: Door, setup: Setup) -> Self {
        let process = match door {
            Door::Gate => {
                let bng = Bng::start().await;
                let upstream = format!("http://{}", bng.address());
                Process::Gate(setup.with("upstream", &upstream).start().await, bng)
            }
            Door::Layer => Process::Layer(Embedded::start(&setup)),
        };
        Self { process, admin: String::new() }
    }

    /// What needs the right `echo:view` here.
    pub(super) fn behind(&self) -> &'static str {
        match &self.process {
            Process::Gate(..) => BEHIND[0],
            Process::Layer(_) => BEHIND[1],
        }
    }

    pub(super) fn client(&self) -> Client {
        match &self.process {
            Process::Gate(gate, _) => gate.client(Protocol::Http1),
            Process::Layer(service) => service.client(),
        }
    }

    pub(super) async fn send(&self, ask: Ask) -> Answer {
        self.client().send(ask).await
    }

    pub(super) async fn login(&self, person: &Person) -> String {
        self.client().login(person).await
    }

    /// The administrator does something; the answer says that it is done.
    pub(super) async fn does(&self, method: &str, path: &str, body: &Value, status: u16) -> Value {
        self.done(Ask::new(method, path).bearer(&self.admin), body, status).await
    }

    /// Somebody does something.
    pub(super) async fn done(&self, ask: Ask, body: &Value, status: u16) -> Value {
        let answer = self.send(if body.is_null() { ask } else { ask.json(body) }).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        if answer.body.is_empty() { Value::Null } else { answer.json() }
    }

    /// Runs `portcullis` beside the door.
    pub(super) fn command(&self, arguments: &[&str]) {
        let file = self.file();
        let arguments = [arguments, &["--config", file.to_str().unwrap()]].concat();
        let ended = Portcullis::with(&arguments).within(file.parent().unwrap()).run();
        assert_eq!(ended.status, 0, "{ended:?}");
    }

    /// Puts another configuration in the file, in which this is needed, and waits until somebody has been answered by it: a
    /// route that is public in it, and was not before, shows which one is in force.
    pub(super) async fn take_over(&self, setup: Setup, behind: &str) {
        let marker = "/taken-over";
        let setup = setup.with("routes", &routes(behind, &format!(", {{path: {marker}, require: public}}")));
        assert_eq!(self.send(Ask::get(marker)).await.status, 401);
        match &self.process {
            Process::Gate(gate, bng) => {
                let setup = setup.with("upstream", &format!("http://{}", bng.address()));
                gate.write(&setup.text(gate.file().parent().unwrap()));
                gate.signal(Signal::HUP);
            }
            Process::Layer(service) => service.write(&setup),
        }
        let mut client = self.client();
        until_told("the changed file", async || client.send(Ask::get(marker)).await.status != 401).await;
    }

    fn file(&self) -> PathBuf {
        match &self.process {
            Process::Gate(gate, _) => gate.file(),
            Process::Layer(service) => service.file(),
        }
    }

    fn import(&self, setup: &Setup) {
        let people = self.file().with_file_name("people.yaml");
        std::fs::write(&people, format!("api:\n{}\n", setup.users_yaml().join("\n"))).unwrap();
        self.command(&["user", "import", people.to_str().unwrap()]);
    }
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match &self.process {
            Process::Gate(..) => "the gate",
            Process::Layer(_) => "the layer",
        })
    }
}
