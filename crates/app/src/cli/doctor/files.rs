//! Who else on this machine can read or write what the server rests on.

use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::codes;
use super::finding::{Code, Finding, some_of};
use super::seen::Seen;
use crate::config::{TlsMode, UserSource};
use crate::{stores, tls};

const READ_BY_OTHERS: u32 = 0o004;
const WRITTEN_BY_OTHERS: u32 = 0o002;
const WRITTEN_BY_MORE: u32 = 0o022;
const ANY_BY_OTHERS: u32 = 0o007;
const ANY_BY_MORE: u32 = 0o077;
const STICKY: u32 = 0o1000;

/// A database of this size, in bytes, is one whose records are worth a limit.
const LARGE: u64 = 1 << 30;

/// The configuration and the files of the secrets.
pub(super) fn configuration(seen: &Seen<'_>) -> Vec<Finding> {
    let holds_hashes = matches!(&seen.config.users, UserSource::File(users) if !users.is_empty())
        || !seen.config.clients.is_empty();
    let mut found = vec![];
    found.extend(judged(seen.file, WRITTEN_BY_OTHERS, codes::CONFIGURATION_WRITABLE, "o-w"));
    if holds_hashes {
        found.extend(judged(seen.file, READ_BY_OTHERS, codes::CONFIGURATION_READABLE, "o-r"));
    }
    for file in &seen.secret_files {
        found.extend(judged(file, ANY_BY_OTHERS, codes::SECRET_OPEN, "o-rwx"));
    }
    if let TlsMode::Files { key, .. } = &seen.config.tls {
        found.extend(judged(key, ANY_BY_OTHERS, codes::TLS_KEY_OPEN, "o-rwx"));
    }
    let absolute = std::path::absolute(seen.file).unwrap_or_else(|_| seen.file.to_owned());
    found.extend(absolute.parent().and_then(writable_folder));
    found
}

/// A folder in which everybody may put and replace files; one such as /tmp, where nobody can replace another's, is none.
fn writable_folder(folder: &Path) -> Option<Finding> {
    let mode = fs::metadata(folder).ok()?.mode();
    let is_open = mode & WRITTEN_BY_OTHERS != 0 && mode & STICKY == 0;
    let title = format!("everybody can write to {} (mode {:04o})", folder.display(), mode & 0o7777);
    is_open.then(|| codes::FOLDER_WRITABLE.found(title, format!("chmod o-w {}", folder.display())))
}

/// The state directory, and whatever is in it.
pub(super) fn state(seen: &Seen<'_>) -> Vec<Finding> {
    let folder = &seen.config.state_dir;
    let metadata = match fs::metadata(folder) {
        Ok(metadata) => metadata,
        // The first start makes it.
        Err(error) if error.kind() == ErrorKind::NotFound => return vec![],
        Err(error) => return vec![not_checked(folder, &error)],
    };
    let mut found = vec![];
    if let Err(error) = fs::read_dir(folder) {
        found.push(not_checked(folder, &error));
    }
    let mode = metadata.mode();
    if mode & (WRITTEN_BY_MORE | READ_BY_OTHERS) != 0 {
        let title = format!("the state directory {} has mode {:04o}", folder.display(), mode & 0o7777);
        found.push(codes::STATE_FOLDER_OPEN.found(title, format!("chmod 700 {}", folder.display())));
    }
    let database = stores::path(seen.config);
    let mut owners = vec![];
    for path in private_files(folder, &database) {
        let code = match &path {
            path if is_of_database(path, &database) => codes::DATABASE_OPEN,
            path if path.ends_with(tls::OWN_KEY) => codes::TLS_KEY_OPEN,
            _ => codes::KEYS_OPEN,
        };
        found.extend(judged(&path, ANY_BY_MORE, code, "go-rwx"));
        owners.extend(fs::metadata(&path).ok().map(|file| (file.uid(), path)));
    }
    found.extend(other_owners(&metadata, &owners, folder));
    if seen.config.audit.keep.is_none() && fs::metadata(&database).is_ok_and(|file| file.len() > LARGE) {
        let title = format!("{} has more than 1 GiB, and no record is ever removed", database.display());
        found.push(codes::AUDIT_GROWS.found(title, seen.edit("audit: {keep: 365d}")));
    }
    found
}

/// The database, and every key; what is public of a key pair is none.
fn private_files(folder: &Path, database: &Path) -> Vec<PathBuf> {
    let mut all = vec![database.to_owned(), beside(database, "-wal"), beside(database, "-shm")];
    for folder in [folder.to_owned(), folder.join("keys")] {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        all.extend(entries.map(|entry| entry.path()).filter(|path| is_key(path)));
    }
    all.retain(|path| path.exists());
    all.sort();
    all
}

fn is_key(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_pem = name.ends_with(".pem") && !name.ends_with(".pub.pem") && name != tls::OWN_CERTIFICATE;
    path.is_file() && (is_pem || name.ends_with(".key"))
}

fn is_of_database(path: &Path, database: &Path) -> bool {
    path.to_string_lossy().starts_with(&*database.to_string_lossy())
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// What somebody else has made than whoever the directory belongs to: a command that was run as root, say.
fn other_owners(folder: &Metadata, owners: &[(u32, PathBuf)], at: &Path) -> Option<Finding> {
    let strange = owners.iter().filter(|(owner, _)| *owner != folder.uid());
    let strange: Vec<_> = strange.map(|(_, path)| path.display()).collect();
    let title = format!("not of the user who owns {}: {}", at.display(), some_of(&strange));
    let mend = format!("chown -R --reference={0} {0}", at.display());
    (!strange.is_empty()).then(|| codes::STATE_OWNER.found(title, mend))
}

/// A finding if a file gives more rights than it should.
fn judged(path: &Path, forbidden: u32, code: Code, without: &str) -> Option<Finding> {
    let mode = match fs::metadata(path) {
        Ok(metadata) => metadata.mode(),
        // What is missing is the business of whoever reads it.
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        Err(error) => return Some(not_checked(path, &error)),
    };
    let title = format!("{} has mode {:04o}", path.display(), mode & 0o7777);
    (mode & forbidden != 0).then(|| code.found(title, format!("chmod {without} {}", path.display())))
}

fn not_checked(path: &Path, error: &std::io::Error) -> Finding {
    let title = format!("{}: {}", path.display(), tls::reason(error));
    codes::NOT_CHECKED.found(title, "run this command as the user that the server runs as")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_user_has_made_in_the_state_directory_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let metadata = fs::metadata(folder.path()).unwrap();
        let owned_by = |owner| other_owners(&metadata, &[(owner, "users.db".into())], folder.path());
        assert_eq!(owned_by(metadata.uid()), None);
        let found = owned_by(metadata.uid() + 1).unwrap();
        assert_eq!(found.code, codes::STATE_OWNER);
        assert!(found.title.ends_with("users.db"), "{found:?}");
    }

    #[test]
    fn keys_are_known_by_their_names_and_what_is_public_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let is_key = |name: &str| {
            let path = folder.path().join(name);
            fs::write(&path, "").unwrap();
            is_key(&path)
        };
        assert!(is_key("audit-key.pem") && is_key("self-signed.key") && is_key("a-key-of-the-ring.pem"));
        assert!(!is_key("audit-key.pub.pem") && !is_key("self-signed.pem") && !is_key("ring.json"));
    }
}
