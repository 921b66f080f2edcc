//! What the checks look at: read once, as it is, and nothing of it changed.

use std::path::{Path, PathBuf};

use portcullis_core::domain::client::Client;
use portcullis_core::domain::directory::{Page, Profile};
use portcullis_core::domain::right::Right;
use portcullis_core::domain::role::RoleBook;
use portcullis_core::domain::secret::PasswordHash;
use portcullis_core::domain::session::Session;
use portcullis_core::domain::standing::{Reach, Standing};
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::store_error::StoreError;
use portcullis_core::ports::user_store::UserStore as _;
use portcullis_store_sql::Survey;
use portcullis_store_yaml::snapshot::YamlUsers;

use super::disk::Disk;
use crate::config::{Config, UserSource};
use crate::secret::{SecretError, Secrets};
use crate::stores;

/// What the checks look at.
pub(super) struct Seen<'s> {
    /// The configuration file, as it was named.
    pub(super) file: &'s Path,
    /// What it says.
    pub(super) config: &'s Config,
    /// What tokens are signed with, in the environment of this command.
    pub(super) secrets: Result<Secrets, SecretError>,
    /// The files that hold that.
    pub(super) secret_files: Vec<PathBuf>,
    /// Who there is, or why that could not be read.
    pub(super) people: Result<People, String>,
    /// The disks that are written to.
    pub(super) disks: Vec<Disk>,
    /// When this is.
    pub(super) now: Timestamp,
}

impl Seen<'_> {
    /// Whether others than this machine can connect.
    pub(super) fn is_reachable(&self) -> bool {
        self.config.listen.iter().any(|address| !address.is_local())
    }

    /// Whether users are managed with commands, rather than in the file.
    pub(super) fn is_database(&self) -> bool {
        self.config.users.store().is_some()
    }

    /// `portcullis WORDS --config FILE`, to be pasted.
    pub(super) fn command(&self, words: &str) -> String {
        format!("portcullis {words} --config {}", self.file.display())
    }

    /// What to do with a key of the configuration.
    pub(super) fn edit(&self, what: &str) -> String {
        format!("in {}: {what}", self.file.display())
    }

    /// Who there is; nobody if that could not be read, which has its own finding.
    pub(super) fn persons(&self) -> &[Person] {
        self.people.as_ref().map_or(&[], |people| &people.persons)
    }

    /// The roles that are in force.
    pub(super) fn roles(&self) -> &RoleBook {
        self.people.as_ref().map_or(&self.config.roles, |people| &people.roles)
    }

    /// The sessions of personal tokens.
    pub(super) fn tokens(&self) -> &[Session] {
        self.people.as_ref().map_or(&[], |people| &people.tokens)
    }

    /// The machines.
    pub(super) fn clients(&self) -> &[Client] {
        self.people.as_ref().map_or(&self.config.clients, |people| &people.clients)
    }
}

/// Somebody who can log in.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// Who, and since when.
    pub(super) profile: Profile,
    /// What the password is compared with.
    pub(super) hash: PasswordHash,
}

impl Person {
    /// The name.
    pub(super) fn name(&self) -> &str {
        self.profile.user.name.as_str()
    }

    /// Whether he may manage users everywhere, active or not.
    pub(super) fn is_admin(&self, roles: &RoleBook) -> bool {
        let Ok(right) = Right::parse("users:edit") else { return false };
        let standing = Standing::new(self.profile.user.clone(), roles);
        standing.realms_with(|held| held.holds(&right)) == Reach::Everywhere
    }
}

/// Who there is, and what there is to be held.
#[derive(Debug, Clone)]
pub(super) struct People {
    /// Whoever can log in, in the order of the names.
    pub(super) persons: Vec<Person>,
    /// The roles of the configuration, and those of the store.
    pub(super) roles: RoleBook,
    /// The machines of the configuration, and those of the store.
    pub(super) clients: Vec<Client>,
    /// The sessions of personal tokens.
    pub(super) tokens: Vec<Session>,
    /// Why the tokens could not be read, where the users are in the file and could.
    pub(super) unread: Option<String>,
}

impl People {
    /// Reads them where they are kept. A database is only looked at.
    pub(super) async fn of(config: &Config, now: Timestamp) -> Result<Self, String> {
        let path = stores::path(config);
        let mut people = Self {
            persons: vec![],
            roles: config.roles.clone(),
            clients: config.clients.clone(),
            tokens: vec![],
            unread: None,
        };
        if let UserSource::File(users) = &config.users {
            people.persons = of_file(users).await.map_err(|error| in_words(&error))?;
            if path.exists() {
                match Survey::of(&path, now).await {
                    Ok(survey) => people.tokens = survey.personal,
                    Err(error) => people.unread = Some(in_words(&error)),
                }
            }
            return Ok(people);
        }
        let survey = Survey::of(&path, now).await.map_err(|error| in_words(&error))?;
        let Survey { users, roles, clients, personal } = survey;
        // As the server does: where both have a role, or a client, the configuration's counts.
        for role in roles {
            let _ = people.roles.add(role);
        }
        people.clients.extend(
            clients
                .into_iter()
                .filter(|client| config.clients.iter().all(|configured| configured.id != client.id)),
        );
        people.persons = users.into_iter().map(|(profile, hash)| Person { profile, hash }).collect();
        people.tokens = personal;
        Ok(people)
    }
}

async fn of_file(users: &YamlUsers) -> Result<Vec<Person>, StoreError> {
    let mut persons = vec![];
    for profile in users.profiles(Page::first(usize::MAX)).await? {
        let credentials = users.credentials(&profile.user.name).await?;
        persons.extend(credentials.map(|credentials| Person { profile, hash: credentials.hash }));
    }
    Ok(persons)
}

fn in_words(error: &(dyn std::error::Error + 'static)) -> String {
    portcullis_guard::cause::with_causes(error)
}
