//! What is wrong with a ring before anybody uses it: nothing is made, and nothing changed.

use portcullis_core::domain::time::Timestamp;

use super::Signing;
use super::chain::Chain;
use super::error::KeysError;
use super::folder::{KeyFolder, own_user};

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// What stops the server.
    pub(crate) faults: Vec<KeysError>,
    /// What is worth knowing.
    pub(crate) warnings: Vec<String>,
}

impl KeyFolder {
    /// Reads all keys, of both purposes, as the server would.
    pub(crate) fn survey(&self, signing: Signing, now: Timestamp) -> Survey {
        let mut survey = Survey::default();
        match self.text().and_then(|text| self.chain(text.as_deref())) {
            Ok(chain) => {
                let loaded = chain.0.iter().filter_map(|entry| self.key(entry).err());
                survey.faults.extend(loaded.filter(|fault| !is_of_root(fault)));
                survey.warnings.extend(chain.disagreement(signing, now));
            }
            Err(fault) => survey.faults.push(fault),
        }
        let audit_key =
            self.audit_entry().and_then(|entry| entry.map(|entry| self.read_audit_key(&entry)).transpose());
        survey.faults.extend(audit_key.err());
        survey
    }
}

/// Root may look at what is another's; that other one uses it.
fn is_of_root(fault: &KeysError) -> bool {
    matches!(fault, KeysError::OthersKey { .. }) && own_user() == 0
}

impl Chain {
    /// Says where the key that signs is not for the algorithm that is to sign.
    fn disagreement(&self, signing: Signing, now: Timestamp) -> Option<String> {
        let (wanted, signs) = (signing.algorithm?, self.signing(now)?.algorithm);
        (wanted != signs).then(|| {
            format!(
                "`token.algorithm` is {wanted}, and the key that signs is for {signs}: \
                the server makes another key, which signs some minutes later"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::Duration;

    use portcullis_crypto::keys::KeyAlgorithm;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn signing(algorithm: Option<KeyAlgorithm>) -> Signing {
        Signing { algorithm, rotate: None, ttl: Duration::from_hours(1) }
    }

    fn told(folder: &KeyFolder, algorithm: Option<KeyAlgorithm>) -> (Vec<String>, usize) {
        let Survey { faults, warnings } = folder.survey(signing(algorithm), NOW);
        (faults.iter().map(ToString::to_string).collect(), warnings.len())
    }

    #[test]
    fn a_ring_that_is_whole_or_not_there_has_no_fault_and_is_not_made() {
        let state_dir = tempfile::tempdir().unwrap();
        let folder = KeyFolder::within(state_dir.path());
        assert_eq!(told(&folder, Some(KeyAlgorithm::EdDsa)), (vec![], 0));
        assert!(!folder.path().exists());
        folder.rotate(KeyAlgorithm::EdDsa, NOW, NOW).unwrap();
        folder.audit_key(NOW).unwrap();
        assert_eq!(told(&folder, Some(KeyAlgorithm::EdDsa)), (vec![], 0));
        assert_eq!(told(&folder, None), (vec![], 0));
        assert_eq!(told(&folder, Some(KeyAlgorithm::Es256)), (vec![], 1));
    }

    #[test]
    fn every_key_that_can_not_be_used_is_named() {
        let state_dir = tempfile::tempdir().unwrap();
        let folder = KeyFolder::within(state_dir.path());
        let exposed = folder.file_of(&folder.rotate(KeyAlgorithm::EdDsa, NOW, NOW).unwrap().id);
        let empty = folder.file_of(&folder.rotate(KeyAlgorithm::EdDsa, NOW, NOW).unwrap().id);
        let audit = folder.file_of(&folder.audit_key(NOW).unwrap().verifying().name());
        for path in [&exposed, &audit] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
        }
        fs::write(&empty, "").unwrap();
        let (faults, _) = told(&folder, None);
        for path in [&exposed, &empty, &audit] {
            let path = path.display().to_string();
            assert_eq!(faults.iter().filter(|fault| fault.contains(&path)).count(), 1, "{faults:?}");
        }
        fs::write(folder.path().join("ring.json"), "{}").unwrap();
        assert!(told(&folder, None).0.iter().any(|fault| fault.contains("ring.json")));
    }
}
