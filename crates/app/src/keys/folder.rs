//! The files of the ring. Whoever changes it holds a lock; whoever reads it needs none, since `ring.json` is always whole.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis_core::domain::time::Timestamp;
use portcullis_crypto::keys::{KeyAlgorithm, PrivatePem, TokenKey};

use super::chain::{Chain, Entry, Phase};
use super::error::KeysError;
use super::manifest;
use crate::whole_file;

/// Below the state directory.
const FOLDER: &str = "keys";
const MANIFEST: &str = "ring.json";
const LOCK: &str = "lock";
/// More than any file here needs; keeps a mistaken one from filling the memory.
const LARGEST_FILE: u64 = 64 * 1024;
/// The most keys at a time: all of them are in the list that others read.
const MOST: usize = 32;
/// Any permission for anybody but the owner.
const OTHERS: u32 = 0o077;

/// Where the ring is kept.
#[derive(Debug, Clone)]
pub(crate) struct KeyFolder {
    state_dir: PathBuf,
    path: PathBuf,
}

/// The ring, locked and about to be changed.
pub(super) struct Draft<'f> {
    folder: &'f KeyFolder,
    text: Option<String>,
    before: Chain,
    pub(super) chain: Chain,
    /// Ends with the draft.
    _lock: File,
}

/// The ring as it is on disk now.
pub(super) struct Kept {
    pub(super) chain: Chain,
    /// The list, word for word.
    pub(super) text: Option<String>,
}

impl KeyFolder {
    /// The folder in this state directory, which need not be there yet.
    pub(crate) fn within(state_dir: &Path) -> Self {
        Self { state_dir: state_dir.to_owned(), path: state_dir.join(FOLDER) }
    }

    /// The list of keys as it is written; none if there is no ring. It is as small as to be compared by its content.
    pub(super) fn text(&self) -> Result<Option<String>, KeysError> {
        let path = self.path.join(MANIFEST);
        match File::open(&path) {
            Ok(file) => limited(&file).map(Some).map_err(KeysError::unreadable(&path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(KeysError::unreadable(&path)(error)),
        }
    }

    /// The chain of a list.
    pub(super) fn chain(&self, text: Option<&str>) -> Result<Chain, KeysError> {
        let path = self.path.join(MANIFEST);
        let chain =
            text.map(|text| manifest::read(text).map_err(|reason| KeysError::Manifest { path, reason }));
        Ok(chain.transpose()?.unwrap_or_default())
    }

    /// All keys with what each is good for, in the order in which they were made. `keys_sign` is whether tokens are signed
    /// with them at all.
    pub(crate) fn list(&self, keys_sign: bool, now: Timestamp) -> Result<Vec<(Entry, Phase)>, KeysError> {
        let chain = self.chain(self.text()?.as_deref())?;
        let phase = |entry: &Entry| match chain.phase(&entry.id, now) {
            Phase::Signing if !keys_sign => Phase::Published,
            phase => phase,
        };
        Ok(chain.0.iter().map(|entry| (entry.clone(), phase(entry))).collect())
    }

    /// Makes a key that signs from then on, beside whoever uses the ring.
    pub(crate) fn rotate(
        &self,
        algorithm: KeyAlgorithm,
        now: Timestamp,
        signs_from: Timestamp,
    ) -> Result<Entry, KeysError> {
        let mut draft = self.draft()?;
        let entry = draft.add(algorithm, now, signs_from)?;
        draft.keep()?;
        Ok(entry)
    }

    /// Makes a key that signs at once, and forgets all others: what was signed with them is good no more.
    pub(crate) fn replace_all(&self, algorithm: KeyAlgorithm, now: Timestamp) -> Result<Entry, KeysError> {
        let mut draft = self.draft()?;
        draft.chain = Chain::default();
        let entry = draft.add(algorithm, now, now)?;
        draft.keep()?;
        Ok(entry)
    }

    /// The ring, to be changed by nobody else meanwhile.
    pub(super) fn draft(&self) -> Result<Draft<'_>, KeysError> {
        self.deny_to_others()?;
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.path);
        made.map_err(KeysError::unwritable(&self.path))?;
        let path = self.path.join(LOCK);
        let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let lock = lock.map_err(KeysError::unwritable(&path))?;
        lock.lock().map_err(KeysError::unwritable(&path))?;
        let text = self.text()?;
        let before = self.chain(text.as_deref())?;
        Ok(Draft { folder: self, chain: before.clone(), text, before, _lock: lock })
    }

    /// What root wrote here, the server could not read.
    fn deny_to_others(&self) -> Result<(), KeysError> {
        let folder = if self.path.exists() { &self.path } else { &self.state_dir };
        match fs::metadata(folder) {
            Ok(metadata) if metadata.uid() != own_user() => {
                Err(KeysError::OthersFolder { path: folder.clone(), owner: metadata.uid() })
            }
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(KeysError::unreadable(folder)(error)),
        }
    }

    /// Reads a private key, if nobody else could have read or written it.
    pub(super) fn key(&self, entry: &Entry) -> Result<Arc<TokenKey>, KeysError> {
        let path = self.file_of(&entry.id);
        let file = File::open(&path).map_err(KeysError::unreadable(&path))?;
        let owner = private(&path, &file)?;
        if owner != own_user() {
            return Err(KeysError::OthersKey { path, owner });
        }
        let text = PrivatePem::from(limited(&file).map_err(KeysError::unreadable(&path))?);
        let key = TokenKey::read(entry.algorithm, &text).map_err(KeysError::unusable(&path))?;
        if key.id() != entry.id {
            return Err(KeysError::Another { path });
        }
        Ok(Arc::new(key))
    }

    pub(super) fn file_of(&self, id: &str) -> PathBuf {
        self.path.join(format!("{id}.pem"))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn state_dir(&self) -> &Path {
        &self.state_dir
    }
}

impl Draft<'_> {
    /// Makes a key, and keeps its private half. Nobody knows of it before the list is kept.
    pub(super) fn add(
        &mut self,
        algorithm: KeyAlgorithm,
        now: Timestamp,
        signs_from: Timestamp,
    ) -> Result<Entry, KeysError> {
        if self.chain.0.len() >= MOST {
            return Err(KeysError::TooMany(MOST));
        }
        let unusable = || KeysError::unusable(&self.folder.path);
        let text = TokenKey::generate(algorithm).map_err(unusable())?;
        let key = TokenKey::read(algorithm, &text).map_err(unusable())?;
        let path = self.folder.file_of(key.id());
        write(&path, |file| text.write_to(file)).map_err(KeysError::unwritable(&path))?;
        // Whole seconds are what people read.
        let signs_from = Timestamp::from_seconds(signs_from.seconds());
        self.chain.add(key.id().to_owned(), algorithm, Timestamp::from_seconds(now.seconds()), signs_from);
        self.chain.0.last().cloned().ok_or(KeysError::TooMany(MOST))
    }

    /// Puts the list in the place of the one there is, if it is another, and then removes the files of keys that are gone.
    pub(super) fn keep(self) -> Result<Kept, KeysError> {
        let mut kept = self.text;
        if self.chain != self.before {
            let path = self.folder.path.join(MANIFEST);
            let text = manifest::write(&self.chain);
            let written = write(&path, |file| file.write_all(text.as_bytes()));
            let synced = written.and_then(|()| File::open(&self.folder.path)?.sync_all());
            synced.map_err(KeysError::unwritable(&path))?;
            let is_gone = |entry: &&Entry| !self.chain.0.iter().any(|kept| kept.id == entry.id);
            for gone in self.before.0.iter().filter(is_gone) {
                // It is in no list any more, so that nobody uses it, file or no file.
                let _ = fs::remove_file(self.folder.file_of(&gone.id));
            }
            kept = Some(text);
        }
        Ok(Kept { chain: self.chain, text: kept })
    }
}

/// Refuses the file of a key that others can read; says whose it is. Of the file that was opened, whatever happens to its
/// name meanwhile.
pub(super) fn private(path: &Path, file: &File) -> Result<u32, KeysError> {
    let metadata = file.metadata().map_err(KeysError::unreadable(path))?;
    let mode = metadata.mode() & 0o7777;
    if mode & OTHERS != 0 {
        return Err(KeysError::Exposed { path: path.to_owned(), mode });
    }
    Ok(metadata.uid())
}

/// Written whole or not at all, for its owner's eyes.
pub(super) fn write(path: &Path, content: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    whole_file::write(path, 0o600, content)
}

pub(super) fn limited(file: &File) -> io::Result<String> {
    let mut text = String::new();
    file.take(LARGEST_FILE).read_to_string(&mut text)?;
    Ok(text)
}

pub(super) fn own_user() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::Duration;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn with_one_key() -> (tempfile::TempDir, KeyFolder, Entry) {
        let state_dir = tempfile::tempdir().unwrap();
        let folder = KeyFolder::within(state_dir.path());
        let entry = folder.rotate(KeyAlgorithm::EdDsa, NOW, NOW).unwrap();
        (state_dir, folder, entry)
    }

    #[test]
    fn private_keys_are_for_their_owner_alone_and_in_no_other_file() {
        let (_state_dir, folder, entry) = with_one_key();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder.path), 0o700);
        for file in fs::read_dir(&folder.path).unwrap() {
            let path = file.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
            let is_key = path == folder.file_of(&entry.id);
            assert_eq!(
                fs::read_to_string(&path).unwrap().contains("PRIVATE KEY"),
                is_key,
                "{}",
                path.display()
            );
        }
        assert_eq!(folder.key(&entry).unwrap().id(), entry.id);
    }

    #[test]
    fn a_key_that_others_could_have_read_or_that_is_another_is_refused() {
        let (_state_dir, folder, entry) = with_one_key();
        let path = folder.file_of(&entry.id);
        for mode in [0o640, 0o604, 0o602, 0o610] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(folder.key(&entry).unwrap_err(), KeysError::Exposed { path: path.clone(), mode });
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let other = folder.rotate(KeyAlgorithm::EdDsa, NOW, NOW).unwrap();
        fs::copy(folder.file_of(&other.id), &path).unwrap();
        assert_eq!(folder.key(&entry).unwrap_err(), KeysError::Another { path: path.clone() });
        let as_another_kind = Entry { algorithm: KeyAlgorithm::Es256, ..entry.clone() };
        assert!(folder.key(&as_another_kind).unwrap_err().to_string().contains("no key for ES256"));
        fs::write(&path, "").unwrap();
        let said = folder.key(&entry).unwrap_err().to_string();
        assert!(said.contains("-----BEGIN PRIVATE KEY-----"), "{said}");
    }

    #[test]
    fn the_files_of_keys_that_are_gone_are_removed() {
        let (_state_dir, folder, entry) = with_one_key();
        let next = folder.replace_all(KeyAlgorithm::Es256, NOW).unwrap();
        assert!(!folder.file_of(&entry.id).exists() && folder.file_of(&next.id).exists());
        let listed = folder.list(true, NOW).unwrap();
        assert_eq!(listed, [(next.clone(), Phase::Signing)]);
        assert_eq!(folder.list(false, NOW).unwrap(), [(next, Phase::Published)]);
    }

    #[test]
    fn two_at_a_time_make_two_keys() {
        let (_state_dir, folder, _) = with_one_key();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    folder.rotate(KeyAlgorithm::EdDsa, NOW, NOW.plus(Duration::from_mins(6))).unwrap()
                });
            }
        });
        assert_eq!(folder.list(true, NOW).unwrap().len(), 9);
    }

    #[test]
    fn there_are_not_more_keys_than_others_are_told_of_at_a_time() {
        let (_state_dir, folder, _) = with_one_key();
        for _ in 1..MOST {
            folder.rotate(KeyAlgorithm::EdDsa, NOW, NOW).unwrap();
        }
        let refused = folder.rotate(KeyAlgorithm::EdDsa, NOW, NOW);
        assert_eq!(refused.unwrap_err(), KeysError::TooMany(MOST));
        folder.replace_all(KeyAlgorithm::EdDsa, NOW).unwrap();
    }

    #[test]
    fn no_ring_is_an_empty_one_and_makes_no_files() {
        let state_dir = tempfile::tempdir().unwrap();
        let folder = KeyFolder::within(state_dir.path());
        assert_eq!(folder.list(true, NOW).unwrap(), []);
        assert!(!folder.path.exists());
    }
}
