//! What the checks look at: read once, as it is, and nothing of it changed.

use std::path::{Path, PathBuf};

use portcullis_core::domain::client::Client;
use portcullis_core::domain::directory::{Page, Profile};
use portcullis_core::domain::right::Right;
use portcullis_core::domain::role::RoleBook;
use portcullis_core::domain::secret::PasswordHash;
use portcullis_core::domain::standing::{Reach, Standing};
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::user_store::UserStore as _;
use portcullis_store_sql::Survey;
use portcullis_store_yaml::snapshot::YamlUsers;

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

    /// The machines.
    pub(super) fn clients(&self) -> &[Client] {
        &self.config.clients
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
}

impl People {
    /// Reads them where they are kept. A database is only looked at.
    pub(super) async fn of(config: &Config) -> Result<Self, String> {
        match &config.users {
            UserSource::File(users) => Self::of_file(users, config).await,
            UserSource::Sqlite(_) => {
                let Survey { users, roles } =
                    Survey::of(&stores::path(config)).await.map_err(|error| in_words(&error))?;
                let mut book = config.roles.clone();
                // As the server does: where both have a role, the configuration's counts.
                for role in roles {
                    let _ = book.add(role);
                }
                let persons = users.into_iter().map(|(profile, hash)| Person { profile, hash }).collect();
                Ok(Self { persons, roles: book })
            }
        }
    }

    async fn of_file(users: &YamlUsers, config: &Config) -> Result<Self, String> {
        let mut persons = vec![];
        let profiles = users.profiles(Page::first(usize::MAX)).await;
        for profile in profiles.map_err(|error| in_words(&error))? {
            let credentials = users.credentials(&profile.user.name).await;
            if let Some(credentials) = credentials.map_err(|error| in_words(&error))? {
                persons.push(Person { profile, hash: credentials.hash });
            }
        }
        Ok(Self { persons, roles: config.roles.clone() })
    }
}

fn in_words(error: &(dyn std::error::Error + 'static)) -> String {
    portcullis_guard::cause::with_causes(error)
}
