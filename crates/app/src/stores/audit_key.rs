//! The key that signs the audit's checkpoints: made once, kept in the state directory for its owner's eyes.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use portcullis_crypto::signing::SigningKey;

const PRIVATE: &str = "audit-key.pem";
const PUBLIC: &str = "audit-key.pub.pem";

/// The key in this directory; made first if it is not there. Its public half lies beside it, for whoever verifies.
pub(super) fn kept_in(state_dir: &Path) -> anyhow::Result<SigningKey> {
    let (private, public) = (state_dir.join(PRIVATE), state_dir.join(PUBLIC));
    if !private.try_exists().with_context(|| format!("cannot look at {}", private.display()))? {
        let key = SigningKey::generate().context("cannot make the audit's key")?;
        write(&private, &key, 0o600).with_context(|| format!("cannot write {}", private.display()))?;
    }
    let mode = fs::metadata(&private).map(|file| file.permissions().mode());
    if mode.with_context(|| format!("cannot look at {}", private.display()))? & 0o077 != 0 {
        let path = private.display();
        bail!("the audit's key {path} is accessible to others than its owner; run: chmod 600 {path}");
    }
    let text = fs::read_to_string(&private).with_context(|| format!("cannot read {}", private.display()))?;
    let key = SigningKey::from_pem(&text).with_context(|| format!("{} holds no key", private.display()))?;
    let pem = key.verifying().to_pem();
    if fs::read_to_string(&public).ok().as_ref() != Some(&pem) {
        write(&public, &pem, 0o644).with_context(|| format!("cannot write {}", public.display()))?;
    }
    Ok(key)
}

/// Written beside and put in place whole, so that there is never half a key.
fn write(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let draft = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_kept_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let first = kept_in(folder.path()).unwrap();
        let again = kept_in(folder.path()).unwrap();
        assert_eq!(first.verifying().name(), again.verifying().name());
        let mode = |name| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(PRIVATE), mode(PUBLIC)), (0o600, 0o644));
        assert_eq!(fs::read_to_string(folder.path().join(PUBLIC)).unwrap(), first.verifying().to_pem());
    }

    #[test]
    fn a_key_that_others_can_read_or_that_is_none_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        kept_in(folder.path()).unwrap();
        let path = folder.path().join(PRIVATE);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(kept_in(folder.path()).unwrap_err().to_string().contains("chmod 600"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "").unwrap();
        assert!(kept_in(folder.path()).unwrap_err().to_string().contains("holds no key"));
    }
}
