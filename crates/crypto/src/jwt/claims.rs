//! The claims of a token (RFC 7519 4, RFC 9068 2.2): all there, each once, each of its type.

use std::fmt;

use portcullis_core::domain::client::ClientId;
use portcullis_core::domain::delegation::{Delegation, scope_text};
use portcullis_core::domain::role::RoleName;
use portcullis_core::domain::session::SessionId;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::domain::token::{Bearer, Claims};
use portcullis_core::domain::user::Username;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::token_type::TokenType;

/// What `sub_kind` says of an access token whose subject is a user. Where there is no such claim, the subject is the client
/// itself: so a user and a client of one name are two.
const USER: &str = "user";

/// Claims as the JSON that is signed.
pub(super) fn write(claims: &Claims) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Written(claims))
}

/// Claims of a token of this type from the JSON that was signed.
pub(super) fn read(json: &[u8], of_type: TokenType) -> Result<Claims, serde_json::Error> {
    serde_json::from_slice::<Partial>(json)?.complete(of_type)
}

struct Written<'c>(&'c Claims);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let claims = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("iss", &claims.issuer)?;
        match &claims.bearer {
            Bearer::User { name, roles } => {
                let roles: Vec<_> = roles.iter().map(RoleName::as_str).collect();
                map.serialize_entry("sub", name.as_str())?;
                map.serialize_entry("role", roles.first().copied().unwrap_or_default())?;
                map.serialize_entry("roles", &roles)?;
            }
            Bearer::Client { id, scope } => {
                map.serialize_entry("sub", id.as_str())?;
                map.serialize_entry("client_id", id.as_str())?;
                map.serialize_entry("scope", &scope_text(scope))?;
            }
            Bearer::Delegated { name, to } => {
                map.serialize_entry("sub", name.as_str())?;
                map.serialize_entry("sub_kind", USER)?;
                map.serialize_entry("client_id", to.client.as_str())?;
                map.serialize_entry("scope", &to.scope_text())?;
            }
        }
        map.serialize_entry("iat", &claims.issued_at.seconds())?;
        map.serialize_entry("exp", &claims.expires_at.seconds())?;
        if let Some(not_before) = claims.not_before {
            map.serialize_entry("nbf", &not_before.seconds())?;
        }
        map.serialize_entry("jti", &claims.id)?;
        if let Bearer::User { .. } | Bearer::Delegated { .. } = claims.bearer {
            map.serialize_entry("sid", claims.session.as_str())?;
        }
        map.serialize_entry("ver", &claims.stamp)?;
        match claims.audience.as_slice() {
            [] => {}
            [only] => map.serialize_entry("aud", only)?,
            several => map.serialize_entry("aud", several)?,
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Partial {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ClaimsVisitor)
    }
}

/// What has been read so far.
#[derive(Default)]
struct Partial {
    issuer: Option<String>,
    subject: Option<String>,
    subject_kind: Option<String>,
    role: Option<String>,
    roles: Option<Vec<String>>,
    client: Option<String>,
    scope: Option<String>,
    issued_at: Option<i64>,
    expires_at: Option<i64>,
    not_before: Option<i64>,
    id: Option<String>,
    session: Option<String>,
    stamp: Option<String>,
    audience: Option<Audience>,
    /// Claims that are not ours. They may be there, but not twice.
    others: Vec<String>,
}

struct ClaimsVisitor;

impl<'de> Visitor<'de> for ClaimsVisitor {
    type Value = Partial;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the claims of a token")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Partial, A::Error> {
        let mut partial = Partial::default();
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "iss" => once(&mut partial.issuer, "iss", &mut map)?,
                "sub" => once(&mut partial.subject, "sub", &mut map)?,
                "sub_kind" => once(&mut partial.subject_kind, "sub_kind", &mut map)?,
                "role" => once(&mut partial.role, "role", &mut map)?,
                "roles" => once(&mut partial.roles, "roles", &mut map)?,
                "client_id" => once(&mut partial.client, "client_id", &mut map)?,
                "scope" => once(&mut partial.scope, "scope", &mut map)?,
                "iat" => once(&mut partial.issued_at, "iat", &mut map)?,
                "exp" => once(&mut partial.expires_at, "exp", &mut map)?,
                "nbf" => once(&mut partial.not_before, "nbf", &mut map)?,
                "jti" => once(&mut partial.id, "jti", &mut map)?,
                "sid" => once(&mut partial.session, "sid", &mut map)?,
                "ver" => once(&mut partial.stamp, "ver", &mut map)?,
                "aud" => once(&mut partial.audience, "aud", &mut map)?,
                _ if partial.others.contains(&name) => {
                    return Err(A::Error::custom("a claim is given twice"));
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    partial.others.push(name);
                }
            }
        }
        Ok(partial)
    }
}

fn once<'de, A: MapAccess<'de>, T: Deserialize<'de>>(
    slot: &mut Option<T>,
    name: &'static str,
    map: &mut A,
) -> Result<(), A::Error> {
    if slot.is_some() {
        return Err(A::Error::duplicate_field(name));
    }
    *slot = Some(map.next_value()?);
    Ok(())
}

impl Partial {
    fn complete<E: Error>(self, of_type: TokenType) -> Result<Claims, E> {
        let id = self.id.ok_or_else(|| E::missing_field("jti"))?;
        let subject = self.subject.ok_or_else(|| E::missing_field("sub"))?;
        let (bearer, session, audience) = match of_type {
            TokenType::Login => {
                let roles = self.roles.ok_or_else(|| E::missing_field("roles"))?;
                self.role.ok_or_else(|| E::missing_field("role"))?;
                let session = self.session.ok_or_else(|| E::missing_field("sid"))?;
                (user(&subject, &roles)?, session, self.audience.unwrap_or_default())
            }
            TokenType::Access => {
                let client = self.client.ok_or_else(|| E::missing_field("client_id"))?;
                let scope = self.scope.ok_or_else(|| E::missing_field("scope"))?;
                let audience = self.audience.ok_or_else(|| E::missing_field("aud"))?;
                let to = delegation(&client, &scope)?;
                match self.subject_kind.as_deref() {
                    Some(USER) => {
                        let name = Username::parse(&subject).map_err(E::custom)?;
                        let session = self.session.ok_or_else(|| E::missing_field("sid"))?;
                        (Bearer::Delegated { name, to }, session, audience)
                    }
                    None if client == subject => {
                        (Bearer::Client { id: to.client, scope: to.scope }, id.clone(), audience)
                    }
                    // A token of a client for somebody else, who is no user either, is none that we make.
                    _ => return Err(E::custom("the subject is neither the client nor a user")),
                }
            }
        };
        Ok(Claims {
            issuer: self.issuer.ok_or_else(|| E::missing_field("iss"))?,
            audience: audience.0,
            bearer,
            issued_at: Timestamp::from_seconds(self.issued_at.ok_or_else(|| E::missing_field("iat"))?),
            not_before: self.not_before.map(Timestamp::from_seconds),
            expires_at: Timestamp::from_seconds(self.expires_at.ok_or_else(|| E::missing_field("exp"))?),
            id,
            session: SessionId::claimed(session),
            stamp: self.stamp.ok_or_else(|| E::missing_field("ver"))?,
        })
    }
}

fn user<E: Error>(name: &str, roles: &[String]) -> Result<Bearer, E> {
    let roles = roles.iter().map(|name| RoleName::parse(name)).collect::<Result<_, _>>();
    Ok(Bearer::User { name: Username::parse(name).map_err(E::custom)?, roles: roles.map_err(E::custom)? })
}

/// An empty scope gives nothing; RFC 6749 3.3 knows none, and nobody is given one who holds any right.
fn delegation<E: Error>(client: &str, scope: &str) -> Result<Delegation, E> {
    Delegation::read(ClientId::parse(client).map_err(E::custom)?, scope).map_err(E::custom)
}

/// `aud`: a string, or a list of strings that is not empty (RFC 7519 4.1.3).
#[derive(Default)]
struct Audience(Vec<String>);

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum OneOrMany {
            One(String),
            Many(Vec<String>),
        }
        match OneOrMany::deserialize(deserializer)? {
            OneOrMany::One(name) => Ok(Self(vec![name])),
            OneOrMany::Many(names) if names.is_empty() => Err(D::Error::custom("an empty audience")),
            OneOrMany::Many(names) => Ok(Self(names)),
        }
    }
}
