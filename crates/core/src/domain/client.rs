//! Clients: machines that hold rights of their own and show a secret (RFC 6749 2). A client is never a user: where a name
//! stands for either of them, it is a [`SubjectId`], and a client's is written `client:<id>`, which can be no user name.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};

use super::base64url;
use super::grant::Grant;
use super::name::{NameError, caseless_name};
use super::network::may_come_from;
use super::span::Bounds;
use super::user::{Stamp, Username};

caseless_name!(
    /// The name of a client (RFC 6749 2.2); compared without case, kept as it was written.
    ClientId,
    "a client id",
    "1 to 64 characters of A-Z a-z 0-9 . _ - @ +",
    |text| (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-@+".contains(&byte))
);

/// What stands before the name of a client where it could be a user's.
const CLIENT: &str = "client:";

/// Whoever can hold rights. A user and a client of one name are two.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SubjectId {
    /// A person.
    User(Username),
    /// A machine.
    Client(ClientId),
}

impl SubjectId {
    /// Reads what [`fmt::Display`] writes, or [`SubjectId::key`] is.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        match text.strip_prefix(CLIENT) {
            Some(id) => ClientId::parse(id).map(Self::Client),
            None => Username::parse(text).map(Self::User),
        }
    }

    /// As it is compared and as a store would index it: no user and no client have the same.
    pub fn key(&self) -> String {
        match self {
            Self::User(name) => name.key().to_owned(),
            Self::Client(id) => format!("{CLIENT}{}", id.key()),
        }
    }
}

/// A user's name alone, or `client:` and the id.
impl fmt::Display for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => fmt::Display::fmt(name, f),
            Self::Client(id) => write!(f, "{CLIENT}{id}"),
        }
    }
}

impl From<Username> for SubjectId {
    fn from(name: Username) -> Self {
        Self::User(name)
    }
}

impl From<ClientId> for SubjectId {
    fn from(id: ClientId) -> Self {
        Self::Client(id)
    }
}

/// A secret as somebody showed it; never printed, wiped when dropped.
#[derive(Clone)]
pub struct ClientSecret(SecretString);

impl ClientSecret {
    /// Takes any text.
    pub fn new(text: String) -> Self {
        Self(text.into())
    }

    /// Of 256 random bits: known by its first letters to whoever looks for secrets where none should be.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self::new(format!("pcs_{}", base64url::encoded(bytes)))
    }

    /// The text, for whoever it was made for.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret")
    }
}

/// What is kept of a client's secret: its SHA-256. A secret is random and long, unlike a password, so that a quick hash
/// does.
#[derive(Clone, Copy)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// Of nobody: what an unknown client's secret is compared with.
    pub const NOBODY: Self = Self([0; 32]);

    /// What is to be kept of a secret.
    pub fn of(secret: &ClientSecret) -> Self {
        Self(Sha256::digest(secret.expose()).into())
    }

    /// A hash that was kept.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Takes 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let is_hex = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let mut hash = [0; 32];
        for (index, byte) in hash.iter_mut().enumerate() {
            let digits = text.get(2 * index..2 * index + 2).filter(|_| is_hex)?;
            *byte = u8::from_str_radix(digits, 16).ok()?;
        }
        Some(Self(hash))
    }

    /// Whether it is the hash of this secret.
    pub fn is_of(&self, secret: &ClientSecret) -> bool {
        *self == Self::of(secret)
    }

    /// The bytes, for whatever is derived from them.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Looks at all of it, whatever the first difference is.
impl PartialEq for SecretHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0).fold(0, |found, (one, other)| found | (one ^ other)) == 0
    }
}

impl Eq for SecretHash {}

/// Even the hash of a secret is nobody's business.
impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash")
    }
}

/// How long the tokens may last of a client that is kept in a store.
pub const TOKEN_LIFETIME: Bounds = Bounds::new(Duration::from_secs(1), LONGEST_TOKEN);

/// The longest of them. A key that signs no more still verifies for as long, since such a client may come at any time.
pub const LONGEST_TOKEN: Duration = Duration::from_hours(24);

/// A machine that may get tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its name.
    pub id: ClientId,
    /// What its secret is compared with.
    pub secret: SecretHash,
    /// What its tokens must carry as `ver`.
    pub stamp: Stamp,
    /// The roles that it holds, and where.
    pub grants: Arc<[Grant]>,
    /// How long its tokens last; as a login's, if nothing is said.
    pub token_ttl: Option<Duration>,
    /// Where it may come from; empty: from anywhere.
    pub allow_from: Arc<[IpNet]>,
}

impl Client {
    /// A client whose tokens end with its secret, and outlive a restart and any change of its roles.
    pub fn new(id: ClientId, secret: SecretHash, grants: impl Into<Arc<[Grant]>>) -> Self {
        let stamp = Stamp::of(&[b"client-v1", id.key().as_bytes(), secret.bytes()]);
        Self { id, secret, stamp, grants: grants.into(), token_ttl: None, allow_from: Arc::default() }
    }

    /// Whether it may come from there.
    pub fn may_come_from(&self, address: Option<IpAddr>) -> bool {
        may_come_from(&self.allow_from, address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf secret | sha256sum`
    const HASH: &str = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

    fn client(secret: &str) -> Client {
        Client::new(ClientId::parse("Backup").unwrap(), SecretHash::parse(secret).unwrap(), [])
    }

    #[test]
    fn a_user_and_a_client_of_one_name_are_two() {
        let (user, client) =
            (SubjectId::parse("backup").unwrap(), SubjectId::parse("client:Backup").unwrap());
        assert_eq!(user, Username::parse("Backup").unwrap().into());
        assert_eq!(client, ClientId::parse("backup").unwrap().into());
        assert_ne!(user, client);
        assert_eq!((user.key().as_str(), client.key().as_str()), ("backup", "client:backup"));
        assert_eq!((user.to_string().as_str(), client.to_string().as_str()), ("backup", "client:Backup"));
        for wrong in ["", "client:", "client:a b", "user:a", "client:client:a"] {
            assert!(SubjectId::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_known_by_its_hash_and_neither_is_printed() {
        let secret = |text: &str| ClientSecret::new(text.to_owned());
        for hash in [HASH.to_owned(), HASH.to_uppercase()] {
            let hash = SecretHash::parse(&hash).unwrap();
            assert!(hash.is_of(&secret("secret")));
            assert!(!hash.is_of(&secret("Secret")) && !hash.is_of(&secret("")));
            assert_eq!(format!("{hash:?} {:?}", secret("secret")), "SecretHash ClientSecret");
        }
        assert!(!SecretHash::NOBODY.is_of(&secret("secret")));
        for wrong in ["", &HASH[1..], &format!("{HASH}0"), &HASH.replace('2', "g"), &HASH.replace("2b", "+b")]
        {
            assert!(SecretHash::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_secret_that_is_made_is_long_and_told_by_its_first_letters() {
        let secret = ClientSecret::from_bytes(&[0xff; 32]);
        assert_eq!(secret.expose(), format!("pcs_{}8", "_".repeat(42)));
        let kept = SecretHash::of(&secret);
        assert!(kept.is_of(&secret) && kept != SecretHash::of(&ClientSecret::from_bytes(&[0xfe; 32])));
        assert_eq!(SecretHash::from_bytes(*kept.bytes()), kept);
    }

    #[test]
    fn its_stamp_changes_with_its_secret_and_not_with_its_grants() {
        let another = client(&HASH.replace('2', "3")).stamp;
        assert_ne!(client(HASH).stamp, another);
        assert_eq!(client(HASH).stamp, client(&HASH.to_uppercase()).stamp);
    }

    #[test]
    fn it_comes_from_its_networks_alone_if_it_has_any() {
        let mut client = client(HASH);
        assert!(client.may_come_from(None) && client.may_come_from("192.0.2.1".parse().ok()));
        client.allow_from = ["192.0.2.0/24".parse().unwrap()].into();
        assert!(client.may_come_from("192.0.2.1".parse().ok()));
        assert!(client.may_come_from("::ffff:192.0.2.1".parse().ok()));
        assert!(!client.may_come_from("192.0.3.1".parse().ok()) && !client.may_come_from(None));
    }
}
