//! `users`, `user_store`: who can log in.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis_core::domain::role::RoleBook;
use portcullis_store_yaml::document::{Faults, Field};
use portcullis_store_yaml::snapshot::YamlUsers;
use portcullis_store_yaml::users::read_users;

use super::layers::Settings;

/// Where the users are kept.
#[derive(Debug, Clone)]
pub(crate) enum UserSource {
    /// In the configuration itself.
    File(Arc<YamlUsers>),
    /// In a SQLite database; a relative path is one below the state directory.
    Sqlite(PathBuf),
}

impl UserSource {
    /// The database in the place of the file, if there is one.
    pub(crate) fn store(&self) -> Option<&Path> {
        match self {
            Self::File(_) => None,
            Self::Sqlite(path) => Some(path),
        }
    }

    /// Whether surely nobody can log in.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::File(users) if users.is_empty())
    }
}

/// The users of the file, or the store in their place. What is wrong with a store is said without its text, which may hold
/// a password.
pub(super) fn users(
    list: Option<&Field<'_>>,
    settings: &Settings<'_>,
    roles: &RoleBook,
    faults: &mut Faults,
    warnings: &mut Vec<String>,
) -> UserSource {
    if let Some(store) = settings.optional("user_store") {
        if list.is_some() {
            faults.push(store.fault("can't stand beside `users`"));
        } else if let Some(text) = store.text("sqlite:<path>", faults) {
            match sqlite(&text) {
                Ok(path) => return UserSource::Sqlite(path),
                Err(wrong) => faults.push(store.fault(wrong)),
            }
        }
    }
    let users = list.map(|list| read_users(list, roles, faults)).unwrap_or_default();
    let mistyped = users.iter().filter(|user| !user.hash.can_match());
    warnings.extend(mistyped.map(|user| {
        let name = &user.user.name;
        format!("no password can match the `password_hash` of user `{name}`: it was mistyped or cut")
    }));
    UserSource::File(Arc::new(YamlUsers::new(users)))
}

/// The path in `sqlite:<path>`.
fn sqlite(text: &str) -> Result<PathBuf, &'static str> {
    match text.split_once(':') {
        Some(("sqlite", path)) if is_file(path) => Ok(path.into()),
        Some(("sqlite", _)) => Err("expected sqlite:<path> with the path of a file"),
        Some(("postgres" | "postgresql", _)) => {
            Err("PostgreSQL is not supported in this version; use sqlite:<path>")
        }
        _ => Err("expected sqlite:<path>"),
    }
}

/// Neither a URL nor SQLite's own words for a database that is no file.
fn is_file(path: &str) -> bool {
    let is_special = path.starts_with("//") || path.starts_with(':') || path.contains(['\0', '?', '#']);
    !is_special && !path.is_empty() && !path.ends_with('/')
}
