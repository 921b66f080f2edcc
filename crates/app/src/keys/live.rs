//! The ring in use: what the codec signs and verifies with follows the files, the clock and the configuration.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::clock::Clock;
use portcullis_crypto::jwt::JwtCodec;
use portcullis_crypto::keys::{KeyRing, TokenKey};
use tokio::runtime::Handle;

use super::chain::{Chain, Entry};
use super::error::KeysError;
use super::folder::{Draft, Kept, KeyFolder};
use super::{GRACE, Signing};
use crate::failure::Failure;
use crate::telemetry::records::rfc3339;

/// How often the files and the clock are looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Writes down that a key was made.
pub(crate) type Tell = Box<dyn Fn(&str) + Send + Sync>;

/// The ring of a server.
pub(crate) struct LiveKeys {
    folder: KeyFolder,
    codec: Arc<JwtCodec>,
    clock: Arc<dyn Clock>,
    tell: Tell,
    /// Nobody waits for it who verifies or signs a token.
    state: Mutex<State>,
}

struct State {
    signing: Signing,
    /// The list as it was when it was read last.
    text: Option<String>,
    chain: Chain,
    keys: Vec<Arc<TokenKey>>,
    /// The name of the key that the codec signs with.
    signs: Option<String>,
    /// What could not be done, so that it is said once.
    failure: Option<KeysError>,
}

impl LiveKeys {
    /// The ring in this folder, put into the codec.
    pub(crate) fn open(
        folder: KeyFolder,
        signing: Signing,
        codec: Arc<JwtCodec>,
        clock: Arc<dyn Clock>,
        tell: Tell,
    ) -> Result<Arc<Self>, KeysError> {
        let state =
            State { signing, text: None, chain: Chain::default(), keys: vec![], signs: None, failure: None };
        let keys = Self { folder, codec, clock, tell, state: Mutex::new(state) };
        keys.adopt(signing)?;
        Ok(Arc::new(keys))
    }

    /// Goes by another configuration from now on, or changes nothing. Makes a key if there is none for the algorithm: it
    /// signs at once if nothing else has signed with a key, and else once others have had the time to hear of it.
    pub(crate) fn adopt(&self, signing: Signing) -> Result<(), KeysError> {
        let mut state = self.state();
        let before = mem::replace(&mut state.signing, signing);
        let adopted = self.bring_about(&mut state, adapt);
        if adopted.is_err() {
            state.signing = before;
        }
        adopted
    }

    /// Follows the files and the clock, from a thread of its own for as long as somebody holds the ring: a file system may
    /// keep whoever asks it waiting.
    pub(crate) fn watch(self: &Arc<Self>) -> Result<(), Failure> {
        let (keys, runtime) = (Arc::downgrade(self), Handle::current());
        let thread = std::thread::Builder::new().name("keys".to_owned());
        let follow = move || {
            let _inside = runtime.enter();
            while let Some(keys) = Weak::upgrade(&keys) {
                keys.look();
                drop(keys);
                std::thread::sleep(LOOK);
            }
        };
        thread.spawn(follow).map(drop).map_err(Failure::failed)
    }

    /// Looks once. What can't be done is said, and tried again; until then everything stays as it is.
    pub(super) fn look(&self) {
        let mut state = self.state();
        let looked = self.follow(&mut state);
        match &looked {
            Err(error) if state.failure.as_ref() != Some(error) => {
                tracing::error!("the key ring can't be followed: {error}; the keys before stay in force");
            }
            Ok(()) if state.failure.is_some() => tracing::info!("the key ring is followed again"),
            Ok(()) | Err(_) => {}
        }
        state.failure = looked.err();
    }

    fn follow(&self, state: &mut State) -> Result<(), KeysError> {
        let is_same = self.folder.text()? == state.text;
        let now = self.clock.now();
        if is_same && !state.is_due(now) {
            return Ok(());
        }
        self.bring_about(state, |draft, signing, now| {
            if draft.chain.0.is_empty() {
                return adapt(draft, signing, now);
            }
            match (signing.algorithm, draft.chain.last()) {
                (Some(algorithm), Some(last)) if last.is_old(signing, now) => {
                    draft.add(algorithm, now, now.plus(GRACE)).map(Some)
                }
                _ => Ok(None),
            }
        })
    }

    /// Changes the ring on disk, and then what the codec does. A key is in the list before it signs, and its tokens'
    /// lifetime is as well.
    fn bring_about(
        &self,
        state: &mut State,
        change: impl FnOnce(&mut Draft<'_>, Signing, Timestamp) -> Result<Option<Entry>, KeysError>,
    ) -> Result<(), KeysError> {
        let (signing, now) = (state.signing, self.clock.now());
        let (chain, text, made) = if signing.algorithm.is_none() && self.folder.text()?.is_none() {
            (Chain::default(), None, None)
        } else {
            let mut draft = self.folder.draft()?;
            let made = change(&mut draft, signing, now)?;
            if signing.algorithm.is_some() {
                draft.chain.note_lifetime(now, signing.ttl);
            }
            draft.chain.remove_done(now);
            let Kept { chain, text } = draft.keep()?;
            (chain, text, made)
        };
        let keys: Result<Vec<_>, _> = chain.0.iter().map(|entry| self.loaded(state, entry)).collect();
        let signs = signing.algorithm.and_then(|_| chain.signing(now)).map(|entry| entry.id.clone());
        let keys = keys?;
        let is_another = signs != state.signs || !is_same_list(&keys, &state.keys);
        (state.text, state.chain, state.keys, state.signs) = (text, chain, keys, signs);
        if is_another {
            self.codec.set_ring(KeyRing::new(state.keys.clone(), state.signs.as_deref()));
            let kid = state.signs.as_deref().unwrap_or("the shared secret");
            tracing::info!(kid, keys = state.keys.len(), "tokens are signed with {kid}");
        }
        if let Some(Entry { id, algorithm, signs_from, .. }) = made {
            let signs_from = rfc3339(signs_from.micros());
            (self.tell)(&format!("{algorithm} key {id} signs from {signs_from}"));
            tracing::info!(kid = id, %algorithm, "a new key, which signs from {signs_from}");
        }
        Ok(())
    }

    /// A key that is in use already is not read again: its name tells its content.
    fn loaded(&self, state: &State, entry: &Entry) -> Result<Arc<TokenKey>, KeysError> {
        let is_it = |key: &&Arc<TokenKey>| key.id() == entry.id && key.algorithm() == entry.algorithm;
        state.keys.iter().find(is_it).map_or_else(|| self.folder.key(entry), |key| Ok(Arc::clone(key)))
    }

    /// A panic in between leaves a state that the next look puts right.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes the ring such as a configuration wants it.
fn adapt(draft: &mut Draft<'_>, signing: Signing, now: Timestamp) -> Result<Option<Entry>, KeysError> {
    let Some(algorithm) = signing.algorithm else {
        draft.chain.retire_used(now);
        return Ok(None);
    };
    if draft.chain.last().is_some_and(|last| last.algorithm == algorithm) {
        return Ok(None);
    }
    let another_signs = draft.chain.signing(now).is_some_and(|key| key.longest_token.is_some());
    let signs_from = if another_signs { now.plus(GRACE) } else { now };
    draft.add(algorithm, now, signs_from).map(Some)
}

fn is_same_list(one: &[Arc<TokenKey>], other: &[Arc<TokenKey>]) -> bool {
    one.iter().map(|key| key.id()).eq(other.iter().map(|key| key.id()))
}

impl State {
    /// Whether the time has come for something, though the files are the same.
    fn is_due(&self, now: Timestamp) -> bool {
        let Self { signing, chain, signs, .. } = self;
        let next = signing.algorithm.and_then(|_| chain.signing(now));
        let is_done = |entry: &Entry| entry.verifies_until().is_some_and(|until| until <= now);
        next.map(|entry| entry.id.as_str()) != signs.as_deref()
            || next.is_some_and(|entry| entry.longest_token < Some(signing.ttl))
            || chain.0.iter().any(is_done)
            || signing.algorithm.is_some() && chain.last().is_some_and(|last| last.is_old(*signing, now))
    }
}

impl Entry {
    fn is_old(&self, signing: Signing, now: Timestamp) -> bool {
        signing.rotate.is_some_and(|age| self.created.plus(age) <= now)
    }
}
