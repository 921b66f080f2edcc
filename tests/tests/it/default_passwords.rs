//! Passwords that everybody knows: they open the door from this machine, and from nowhere else.

use portcullis_tests::ask::Ask;
use portcullis_tests::cast::{ADMIN, OPERATOR, Person, VIEWER};
use portcullis_tests::gate::Gate;
use portcullis_tests::line::Line;
use portcullis_tests::raw::RawAnswer;
use portcullis_tests::setup::Setup;

const CHANGEME: Person = Person {
    password: "changeme",
    hash: "$2b$04$PortcullisChangeMe123.uSJXDhwF7PdnFgQ2di28QvwO6ttKZF.",
    ..ADMIN
};
const SYSADMIN: Person = Person {
    password: "sysadmin",
    hash: "$2b$04$PortcullisSysadmin123.7kE62Of.LzDjtwvxGos98bzIcfGmWZS",
    ..OPERATOR
};
/// His own name, in another case than the file's.
const OWN_NAME: Person = Person {
    password: "vERA.vIEWER",
    hash: "$2b$04$PortcullisOwnName1234.UmbjinpIthWs.cnojQZKhBKoccpn3WW",
    ..VIEWER
};
/// One that only looks like a default password.
const NEARLY: Person = Person {
    name: "nearly",
    password: "changeme1",
    hash: "$2b$04$PortcullisNearly.1234./AedV46t7EfBOP0nHANpB5MBxRawaoG",
    rest: "role: operator",
};

const DEFAULTS: [Person; 3] = [CHANGEME, SYSADMIN, OWN_NAME];

/// A gate behind a proxy on this machine, whose word is believed.
fn setup() -> Setup {
    let users = [CHANGEME, SYSADMIN, OWN_NAME, NEARLY];
    let throttle = "{per_user: 1000, per_address: 1000}";
    Setup::new().users(&users).with("trusted_proxies", "[127.0.0.1]").with("throttle", throttle)
}

async fn login_from(gate: &Gate, address: &str, person: &Person, password: &str) -> RawAnswer {
    let ask = Ask::login(person.name, password).field("x-forwarded-for", address);
    Line::tcp(gate.address()).await.send(ask).await
}

/// What a client reads, but for what is another one in every answer.
fn shown(answer: &RawAnswer) -> (u16, Vec<&str>, String) {
    // What is of one answer alone.
    let own = ["date:", "x-request-id:", "portcullis-decision:"];
    let is_of_all = |line: &&str| !own.iter().any(|field| line.starts_with(field));
    (answer.status, answer.head.lines().filter(is_of_all).collect(), answer.text())
}

#[tokio::test]
async fn from_this_machine_a_default_password_is_as_good_as_any() {
    let gate = setup().start().await;
    for person in DEFAULTS {
        gate.login(&person).await;
        for address in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            let answer = login_from(&gate, address, &person, person.password).await;
            assert_eq!(answer.status, 200, "{} from {address}", person.name);
        }
    }
}

#[tokio::test]
async fn over_a_unix_socket_nobody_can_tell_where_it_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gate.sock");
    let gate = setup().with("listen", &format!("[127.0.0.1, \"unix:{}\"]", path.display())).start().await;
    for person in [CHANGEME, SYSADMIN, OWN_NAME, NEARLY] {
        let login = Ask::login(person.name, person.password);
        for ask in [login.clone(), login.field("x-forwarded-for", "127.0.0.1")] {
            let status = Line::unix(&path).await.unwrap().send(ask).await.status;
            assert_eq!(status, if person.name == NEARLY.name { 200 } else { 401 }, "{}", person.name);
        }
    }
    drop(gate);
}

#[tokio::test]
async fn what_somebody_on_this_machine_passes_on_may_come_from_anywhere() {
    let gate = setup().with("trusted_proxies", "[]").start().await;
    for (name, value) in [
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-for", "192.0.2.7"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "bng.example"),
        ("forwarded", "for=127.0.0.1"),
        ("x-real-ip", "127.0.0.1"),
        ("x_forwarded_for", "127.0.0.1"),
    ] {
        let ask = |person: Person| Ask::login(person.name, person.password).field(name, value);
        for person in DEFAULTS {
            assert_eq!(gate.send(ask(person)).await.status, 401, "{} with {name}: {value}", person.name);
        }
        assert_eq!(gate.send(ask(NEARLY)).await.status, 200, "{name}: {value}");
    }
}

#[tokio::test]
async fn whom_a_trusted_proxy_does_not_name_legibly_may_be_anywhere() {
    let gate = setup().start().await;
    for (name, value) in [
        ("x-forwarded-for", "192.0.2.7:4711"),
        ("x-forwarded-for", "192.0.2.7:4711, 127.0.0.1"),
        ("x-real-ip", "192.0.2.7"),
        ("forwarded", "for=192.0.2.7"),
    ] {
        let ask = |person: Person| Ask::login(person.name, person.password).field(name, value);
        for person in DEFAULTS {
            assert_eq!(gate.send(ask(person)).await.status, 401, "{} with {name}: {value}", person.name);
        }
        assert_eq!(gate.send(ask(NEARLY)).await.status, 200, "{name}: {value}");
    }
}

#[tokio::test]
async fn from_elsewhere_it_is_wrong_in_the_words_of_any_wrong_password() {
    let gate = setup().start().await;
    for address in ["192.0.2.7", "10.0.0.1", "2001:db8::7", "::ffff:192.0.2.7", "0.0.0.0"] {
        for person in DEFAULTS {
            let wrong = login_from(&gate, address, &person, "wrong").await;
            assert_eq!((wrong.status, wrong.text().contains("Incorrect username or password")), (401, true));
            let default = login_from(&gate, address, &person, person.password).await;
            assert_eq!(shown(&default), shown(&wrong), "{} from {address}", person.name);
        }
        assert_eq!(login_from(&gate, address, &NEARLY, NEARLY.password).await.status, 200, "{address}");
    }
    let reason = "known default password from elsewhere than loopback";
    let event = gate.log().wait_for(reason, |event| event["reason"] == reason, 0).await;
    assert_eq!((&event["subject"], &event["decision"]), (&"admin".into(), &"refused".into()));
}

#[tokio::test]
async fn who_only_says_that_he_is_on_this_machine_is_not() {
    let gate = setup().with("trusted_proxies", "[127.0.0.0/8, 192.0.2.0/24]").start().await;
    for list in ["192.0.2.7", "203.0.113.9, 192.0.2.7", "127.0.0.1, 203.0.113.9"] {
        let answer = login_from(&gate, list, &CHANGEME, CHANGEME.password).await;
        assert_eq!(answer.status, 401, "{list}");
    }
}

#[tokio::test]
async fn where_the_file_allows_them_they_are_good_from_everywhere() {
    let gate = setup().with("allow_default_passwords", "true").start().await;
    for person in DEFAULTS {
        for address in ["192.0.2.7", "2001:db8::7", "127.0.0.1"] {
            let answer = login_from(&gate, address, &person, person.password).await;
            assert_eq!(answer.status, 200, "{} from {address}", person.name);
        }
    }
}
