//! The key that signs the audit's checkpoints: in the ring too, and on a list of its own, which says what it is for. It signs
//! no token, and no key for tokens signs a checkpoint.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use portcullis_core::domain::time::Timestamp;
use portcullis_crypto::signing::SigningKey;
use serde::{Deserialize, Serialize};

use super::error::KeysError;
use super::folder::{KeyFolder, limited, private, write};
use crate::telemetry::records::rfc3339;
use crate::whole_file;

/// Beside the list of keys for tokens.
const MANIFEST: &str = "audit.json";
/// The public half, in the state directory, for whoever verifies.
pub(crate) const PUBLIC: &str = "audit-key.pub.pem";
/// Where the key was before it was in the ring.
const BEFORE: &str = "audit-key.pem";

const VERSION: u8 = 1;
const PURPOSE: &str = "audit";
const ALGORITHM: &str = "EdDSA";
/// How long a name is, in hexadecimal digits.
const NAME: usize = 16;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    version: u8,
    purpose: String,
    /// The last one signs.
    keys: Vec<AuditEntry>,
}

/// The key of the audit, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditEntry {
    /// Its name, as checkpoints say it.
    pub(crate) kid: String,
    /// What it signs with.
    pub(crate) alg: String,
    /// When it was made, or came into the ring.
    pub(crate) created: String,
}

impl KeyFolder {
    /// The key that signs checkpoints; made first if there is none. Its public half lies in the state directory.
    pub(crate) fn audit_key(&self, now: Timestamp) -> Result<SigningKey, KeysError> {
        let entry = match self.audit_entry()? {
            Some(entry) => entry,
            None => self.add_audit_key(now)?,
        };
        let key = self.read_audit_key(&entry)?;
        let (pem, path) = (key.verifying().to_pem(), self.state_dir().join(PUBLIC));
        if fs::read_to_string(&path).ok().as_ref() != Some(&pem) {
            let written = whole_file::write(&path, 0o644, |file| file.write_all(pem.as_bytes()));
            written.map_err(KeysError::unwritable(&path))?;
        }
        Ok(key)
    }

    /// The key that signs checkpoints, as the list has it; none if there is no list.
    pub(crate) fn audit_entry(&self) -> Result<Option<AuditEntry>, KeysError> {
        let path = self.path().join(MANIFEST);
        let text = match File::open(&path) {
            Ok(file) => limited(&file).map_err(KeysError::unreadable(&path))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(KeysError::unreadable(&path)(error)),
        };
        read(&text).map(Some).map_err(|reason| KeysError::Manifest { path, reason })
    }

    /// Reads it, and tries it out.
    pub(crate) fn read_audit_key(&self, entry: &AuditEntry) -> Result<SigningKey, KeysError> {
        let path = self.file_of(&entry.kid);
        let key = read_key(&path)?;
        if key.verifying().name() == entry.kid { Ok(key) } else { Err(KeysError::Another { path }) }
    }

    /// Makes one, or takes over the one that has signed so far.
    fn add_audit_key(&self, now: Timestamp) -> Result<AuditEntry, KeysError> {
        let _draft = self.draft()?;
        if let Some(entry) = self.audit_entry()? {
            return Ok(entry);
        }
        let before = self.state_dir().join(BEFORE);
        let has_signed = fs::exists(&before).map_err(KeysError::unreadable(&before))?;
        let (key, text) = if has_signed {
            let text = fs::read_to_string(&before).map_err(KeysError::unreadable(&before))?;
            (read_key(&before)?, text)
        } else {
            let unusable = |fault| KeysError::UnusableForAudit { path: self.path().to_owned(), fault };
            let text = SigningKey::generate().map_err(unusable)?;
            (SigningKey::from_pem(&text).map_err(unusable)?, text)
        };
        // Whole seconds are what people read.
        let created = rfc3339(Timestamp::from_seconds(now.seconds()).micros());
        let entry = AuditEntry { kid: key.verifying().name(), alg: ALGORITHM.to_owned(), created };
        self.write_synced(&self.file_of(&entry.kid), &text)?;
        self.write_synced(&self.path().join(MANIFEST), &listed(&entry))?;
        if has_signed {
            // The one in the ring counts from now on, whether this goes or not.
            let _ = fs::remove_file(&before);
        }
        Ok(entry)
    }

    fn write_synced(&self, path: &Path, text: &str) -> Result<(), KeysError> {
        let written = write(path, |file| file.write_all(text.as_bytes()));
        let synced = written.and_then(|()| File::open(self.path())?.sync_all());
        synced.map_err(KeysError::unwritable(path))
    }
}

fn read_key(path: &PathBuf) -> Result<SigningKey, KeysError> {
    let file = File::open(path).map_err(KeysError::unreadable(path))?;
    private(path, &file)?;
    let text = limited(&file).map_err(KeysError::unreadable(path))?;
    SigningKey::from_pem(&text).map_err(|fault| KeysError::UnusableForAudit { path: path.clone(), fault })
}

fn listed(entry: &AuditEntry) -> String {
    let manifest = Manifest { version: VERSION, purpose: PURPOSE.to_owned(), keys: vec![entry.clone()] };
    serde_json::to_string_pretty(&manifest).unwrap_or_default() + "\n"
}

fn read(text: &str) -> Result<AuditEntry, String> {
    let mut manifest: Manifest = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if (manifest.version, manifest.purpose.as_str()) != (VERSION, PURPOSE) {
        return Err(format!("expected version {VERSION} and the purpose `{PURPOSE}`"));
    }
    let entry = manifest.keys.pop().ok_or_else(|| "no key is in it".to_owned())?;
    // It becomes the name of a file.
    if entry.kid.len() != NAME || !entry.kid.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err("a `kid` is no name of a key".to_owned());
    }
    if entry.alg != ALGORITHM {
        return Err(format!("the key {} is for `{}`, and not for `{ALGORITHM}`", entry.kid, entry.alg));
    }
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use portcullis_crypto::keys::KeyAlgorithm;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn folder() -> (tempfile::TempDir, KeyFolder) {
        let state_dir = tempfile::tempdir().unwrap();
        let folder = KeyFolder::within(state_dir.path());
        (state_dir, folder)
    }

    #[test]
    fn the_key_is_made_once_and_kept_for_its_owner_alone() {
        let (state_dir, folder) = folder();
        let first = folder.audit_key(NOW).unwrap().verifying().name();
        let again = folder.audit_key(Timestamp::from_seconds(0)).unwrap();
        assert_eq!(first, again.verifying().name());
        let entry = folder.audit_entry().unwrap().unwrap();
        assert_eq!((entry.kid.as_str(), entry.created.as_str()), (first.as_str(), "2027-01-15T08:00:00Z"));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let public = state_dir.path().join(PUBLIC);
        assert_eq!((mode(&folder.file_of(&first)), mode(&public)), (0o600, 0o644));
        assert_eq!(fs::read_to_string(public).unwrap(), again.verifying().to_pem());
    }

    #[test]
    fn the_key_that_has_signed_before_goes_on_signing() {
        let (state_dir, folder) = folder();
        let (text, before) = (SigningKey::generate().unwrap(), state_dir.path().join(BEFORE));
        fs::write(&before, &text).unwrap();
        fs::set_permissions(&before, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(folder.audit_key(NOW).unwrap_err().to_string().contains("chmod 600"));
        fs::set_permissions(&before, fs::Permissions::from_mode(0o600)).unwrap();
        let name = SigningKey::from_pem(&text).unwrap().verifying().name();
        assert_eq!(folder.audit_key(NOW).unwrap().verifying().name(), name);
        assert!(!before.exists() && folder.file_of(&name).exists());
    }

    #[test]
    fn a_key_that_others_can_read_or_that_is_another_or_none_is_refused() {
        let (_state_dir, folder) = folder();
        let path = folder.file_of(&folder.audit_key(NOW).unwrap().verifying().name());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(folder.audit_key(NOW).unwrap_err().to_string().contains("chmod 600"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, SigningKey::generate().unwrap()).unwrap();
        assert_eq!(folder.audit_key(NOW).unwrap_err(), KeysError::Another { path: path.clone() });
        fs::write(&path, "").unwrap();
        assert!(folder.audit_key(NOW).unwrap_err().to_string().contains("-----BEGIN PRIVATE KEY-----"));
    }

    #[test]
    fn keys_for_tokens_come_and_go_without_it() {
        let (_state_dir, folder) = folder();
        let name = folder.audit_key(NOW).unwrap().verifying().name();
        folder.rotate(KeyAlgorithm::EdDsa, NOW, NOW).unwrap();
        folder.replace_all(KeyAlgorithm::Es256, NOW).unwrap();
        assert_eq!(folder.audit_key(NOW).unwrap().verifying().name(), name);
        assert_eq!(folder.list(true, NOW).unwrap().len(), 1);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let entry = AuditEntry { kid: "0".repeat(NAME), alg: ALGORITHM.to_owned(), created: "x".to_owned() };
        let good = listed(&entry);
        assert_eq!(read(&good), Ok(entry));
        for (from, to) in [
            ("\"audit\"", "\"tokens\""),
            ("EdDSA", "HS256"),
            ("0000000000000000", "../../etc/passwd"),
            ("\"version\": 1", "\"version\": 2"),
        ] {
            assert!(good.contains(from) && read(&good.replacen(from, to, 1)).is_err(), "{from}");
        }
    }
}
