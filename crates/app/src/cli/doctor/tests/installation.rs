//! A good installation: users in a database, a ring of keys, a certificate of an authority, routes, a client.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use portcullis_core::domain::directory::Profile;
use portcullis_core::domain::grant::{Grant, Scope};
use portcullis_core::domain::opaque::TokenHash;
use portcullis_core::domain::personal::{Personal, TokenName};
use portcullis_core::domain::right::RightPattern;
use portcullis_core::domain::role::{Role, RoleName};
use portcullis_core::domain::secret::PasswordHash;
use portcullis_core::domain::session::{Session, SessionId, SessionKind};
use portcullis_core::domain::time::Timestamp;
use portcullis_core::domain::user::{Stamp, User, Username};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use tempfile::TempDir;

use crate::cli::doctor::disk::{Disk, Room};
use crate::cli::doctor::examined;
use crate::cli::doctor::finding::Finding;
use crate::cli::doctor::openapi::Operation;
use crate::cli::doctor::seen::{People, Person, Seen};
use crate::config::{Config, Surroundings};
use crate::secret::Secrets;

/// 2027-01-15.
pub(super) const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

const TAIL: &str = "abcdefghijklmnopqrstuurMY81APmSEiT1iMIjNrGHNRdC0U9WWm";
const SECRET: &str = "Zk7mJ1vQ0dHn5Rr2XcTy8WbUe4Lg6PaSfKo9iMzBhCqVtDxYwNjGuEs3+A/1l0pO";

const TEXT: &str = r#"
api:
  enabled: true
  listen: 0.0.0.0
  metrics: authenticated
  docs: off
  tls_cert: FOLDER/cert.pem
  tls_key: FOLDER/key.pem
  upstream: http://127.0.0.1:8000
  state_dir: FOLDER/state
  user_store: sqlite:users.db
  trusted_proxies: [192.0.2.1]
  audit: {keep: 365d}
  throttle: {per_user: 5, never_limit: [192.0.2.0/24]}
  token: {ttl: 1h, issuer: "https://gate.example", algorithm: EdDSA}
  session: {idle_timeout: 30m, max_age: 24h}
  roles:
    - {name: field-tech, rights: ["device:*", "config:view"]}
    - {name: onlooker, rights: ["device:view"]}
  clients:
    - client_id: robot
      secret_sha256: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
      grants: [{role: field-tech}]
      token_ttl: 1h
      allow_from: [192.0.2.0/24]
  routes:
    - {path: "/api/v1/devices/**", methods: [GET], require: {right: "device:view"}}
    - {path: "/api/v1/devices/**", methods: [POST, DELETE], require: {right: "device:edit"}}
    - {path: "/api/v1/config", methods: [GET], require: {right: "config:view"}}
    - {path: "/status", methods: [GET], require: public}
"#;

const OPERATIONS: &[&str] = &[
    "GET /api/v1/devices",
    "GET /api/v1/devices/{id}",
    "POST /api/v1/devices",
    "DELETE /api/v1/devices/{id}",
    "GET /api/v1/config",
    "GET /status",
];

/// Made once: a key takes a while.
static CERTIFICATE: LazyLock<(String, String)> = LazyLock::new(|| certificate(|_| ()));

/// A certificate of an authority and its key, in PEM, for `gate.example`, from 2026 to 2030.
pub(super) fn certificate(change: impl FnOnce(&mut CertificateParams)) -> (String, String) {
    let mut authority = CertificateParams::new(vec![]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(rcgen::DnType::CommonName, "an authority");
    let issuer = Issuer::new(authority, KeyPair::generate().unwrap());
    let mut params = CertificateParams::new(vec!["gate.example".to_owned()]).unwrap();
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2030, 1, 1);
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    (params.signed_by(&key, &issuer).unwrap().pem(), key.serialize_pem())
}

pub(super) struct Installation {
    folder: TempDir,
    pub(super) text: String,
    pub(super) persons: Vec<Person>,
    pub(super) store_roles: Vec<Role>,
    pub(super) tokens: Vec<Session>,
    pub(super) is_unreadable: bool,
    pub(super) room: Room,
    pub(super) environment: Vec<(&'static str, String)>,
    pub(super) operations: Vec<Operation>,
}

impl Installation {
    pub(super) fn good() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let installation = Self {
            text: TEXT.replace("FOLDER", folder.path().to_str().unwrap()),
            folder,
            persons: vec![
                person("boss", "admin"),
                person("chief", "administrator"),
                person("olga", "onlooker"),
            ],
            store_roles: vec![],
            tokens: vec![personal_token(90)],
            is_unreadable: false,
            room: Room { size: 100 << 30, free: 50 << 30 },
            environment: vec![("ABNG_API_SECRET", SECRET.to_owned())],
            operations: OPERATIONS.iter().map(|text| operation(text)).collect(),
        };
        installation.put_certificate(&CERTIFICATE);
        fs::write(installation.path("gate.yaml"), "").unwrap();
        for folder in ["state", "state/keys"] {
            fs::create_dir(installation.path(folder)).unwrap();
            installation.chmod(folder, 0o700);
        }
        for file in [
            "gate.yaml",
            "secret",
            "state/users.db",
            "state/users.db-wal",
            "state/audit-key.pem",
            "state/keys/a.pem",
        ] {
            fs::write(installation.path(file), SECRET).unwrap();
            installation.chmod(file, 0o600);
        }
        installation
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn chmod(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), Permissions::from_mode(mode)).unwrap();
    }

    pub(super) fn put_certificate(&self, (certificate, key): &(String, String)) {
        fs::write(self.path("cert.pem"), certificate).unwrap();
        fs::write(self.path("key.pem"), key).unwrap();
        self.chmod("key.pem", 0o600);
    }

    /// Changes the configuration, which must have this text.
    pub(super) fn replace(&mut self, from: &str, to: &str) {
        assert!(self.text.contains(from), "{from}");
        self.text = self.text.replacen(from, to, 1);
    }

    /// Adds a line below `api`.
    pub(super) fn add(&mut self, line: &str) {
        self.text = format!("{}  {line}\n", self.text);
    }

    /// Adds a route; the routes are the last of the file.
    pub(super) fn route(&mut self, route: &str) {
        self.add(&format!("  - {{{route}}}"));
    }

    pub(super) fn set(&mut self, variable: &'static str, value: &str) {
        self.environment.retain(|(known, _)| *known != variable);
        self.environment.push((variable, value.to_owned()));
    }

    pub(super) fn operation(&mut self, text: &str) {
        self.operations.push(operation(text));
    }

    /// Everything that is found, but for passwords.
    pub(super) fn findings(&self) -> Vec<Finding> {
        self.with_seen(|seen| examined(seen, Some(&self.operations)))
    }

    pub(super) fn with_seen<T>(&self, look: impl FnOnce(&Seen<'_>) -> T) -> T {
        let file = self.path("gate.yaml");
        let config = Config::from_text(&self.text, &file, &Surroundings::new([], 1));
        let config = config.map_err(|error| error.to_string()).unwrap();
        let mut roles = config.roles.clone();
        for role in &self.store_roles {
            roles.add(role.clone()).unwrap();
        }
        let of =
            |name: &str| self.environment.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
        let people = People {
            persons: self.persons.clone(),
            roles,
            clients: config.clients.clone(),
            tokens: self.tokens.clone(),
            unread: None,
        };
        look(&Seen {
            file: &file,
            config: &config,
            secrets: Secrets::read(&|name| of(name).map(Into::into)),
            secret_files: of("ABNG_API_SECRET_FILE")
                .map(|file| Path::new(file).to_owned())
                .into_iter()
                .collect(),
            people: if self.is_unreadable { Err("the database is locked".to_owned()) } else { Ok(people) },
            disks: vec![Disk { folder: self.path("state"), room: Ok(self.room) }],
            now: NOW,
        })
    }
}

fn operation(text: &str) -> Operation {
    let (method, path) = text.split_once(' ').unwrap();
    Operation { method: method.to_owned(), path: path.to_owned() }
}

/// Somebody who was made a year ago, and logged in yesterday.
pub(super) fn person(name: &str, role: &str) -> Person {
    let user = User {
        name: Username::parse(name).unwrap(),
        stamp: Stamp::from_bytes([0; 8]),
        active: true,
        api_login: true,
        grants: [Grant { role: RoleName::parse(role).unwrap(), scope: Scope::Everywhere }].into(),
    };
    let profile = Profile { user, created_at: Some(days_ago(365)), last_login_at: Some(days_ago(1)) };
    Person { profile, hash: PasswordHash::parse(&format!("$2b$12${TAIL}")).unwrap() }
}

pub(super) fn role(name: &str, right: &str) -> Role {
    Role { name: RoleName::parse(name).unwrap(), rights: vec![RightPattern::parse(right).unwrap()] }
}

pub(super) fn cheap_hash() -> PasswordHash {
    PasswordHash::parse(&format!("$2b$04${TAIL}")).unwrap()
}

pub(super) fn days_ago(days: u64) -> Timestamp {
    let span = Duration::from_hours(days * 24);
    Timestamp::from_seconds(NOW.seconds() - i64::try_from(span.as_secs()).unwrap())
}

/// A personal token that was made yesterday, and lasts so many days.
pub(super) fn personal_token(days: u64) -> Session {
    let issued_at = days_ago(1);
    let personal = Personal {
        token: TokenHash::from_bytes([0; 32]),
        stamp: Stamp::from_bytes([0; 8]),
        name: TokenName::parse("nightly backup").unwrap(),
        limits: Arc::default(),
        allow_from: Box::default(),
    };
    Session {
        id: SessionId::from_bytes([0; 16]),
        user: Username::parse("olga").unwrap(),
        kind: SessionKind::Personal(Arc::new(personal)),
        issued_at,
        last_seen_at: issued_at,
        expires_at: issued_at.plus(Duration::from_hours(days * 24)),
        address: None,
        agent: None,
    }
}
