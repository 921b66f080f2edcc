//! The claims of a login token (RFC 7519 4): all there, each once, each of its type.

use std::fmt;

use portcullis_core::domain::role::RoleName;
use portcullis_core::domain::session::SessionId;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::domain::token::Claims;
use portcullis_core::domain::user::Username;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// Claims as the JSON that is signed.
pub(super) fn write(claims: &Claims) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Written(claims))
}

/// Claims from the JSON that was signed.
pub(super) fn read(json: &[u8]) -> Result<Claims, serde_json::Error> {
    serde_json::from_slice::<Read>(json).map(|Read(claims)| claims)
}

struct Written<'c>(&'c Claims);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let claims = self.0;
        let roles: Vec<_> = claims.roles.iter().map(RoleName::as_str).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("iss", &claims.issuer)?;
        map.serialize_entry("sub", claims.subject.as_str())?;
        map.serialize_entry("role", roles.first().copied().unwrap_or_default())?;
        map.serialize_entry("roles", &roles)?;
        map.serialize_entry("iat", &claims.issued_at.seconds())?;
        map.serialize_entry("exp", &claims.expires_at.seconds())?;
        if let Some(not_before) = claims.not_before {
            map.serialize_entry("nbf", &not_before.seconds())?;
        }
        map.serialize_entry("jti", &claims.id)?;
        map.serialize_entry("sid", claims.session.as_str())?;
        map.serialize_entry("ver", &claims.stamp)?;
        match claims.audience.as_slice() {
            [] => {}
            [only] => map.serialize_entry("aud", only)?,
            several => map.serialize_entry("aud", several)?,
        }
        map.end()
    }
}

struct Read(Claims);

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ClaimsVisitor).map(Self)
    }
}

/// What has been read so far.
#[derive(Default)]
struct Partial {
    issuer: Option<String>,
    subject: Option<String>,
    role: Option<String>,
    roles: Option<Vec<String>>,
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
    type Value = Claims;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the claims of a login token")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Claims, A::Error> {
        let mut partial = Partial::default();
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "iss" => once(&mut partial.issuer, "iss", &mut map)?,
                "sub" => once(&mut partial.subject, "sub", &mut map)?,
                "role" => once(&mut partial.role, "role", &mut map)?,
                "roles" => once(&mut partial.roles, "roles", &mut map)?,
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
        partial.complete()
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
    fn complete<E: Error>(self) -> Result<Claims, E> {
        let role_names = self.roles.ok_or_else(|| E::missing_field("roles"))?;
        self.role.ok_or_else(|| E::missing_field("role"))?;
        Ok(Claims {
            issuer: self.issuer.ok_or_else(|| E::missing_field("iss"))?,
            audience: self.audience.map(|Audience(names)| names).unwrap_or_default(),
            subject: Username::parse(&self.subject.ok_or_else(|| E::missing_field("sub"))?)
                .map_err(E::custom)?,
            roles: role_names
                .iter()
                .map(|name| RoleName::parse(name))
                .collect::<Result<_, _>>()
                .map_err(E::custom)?,
            issued_at: Timestamp::from_seconds(self.issued_at.ok_or_else(|| E::missing_field("iat"))?),
            not_before: self.not_before.map(Timestamp::from_seconds),
            expires_at: Timestamp::from_seconds(self.expires_at.ok_or_else(|| E::missing_field("exp"))?),
            id: self.id.ok_or_else(|| E::missing_field("jti"))?,
            session: SessionId::claimed(self.session.ok_or_else(|| E::missing_field("sid"))?),
            stamp: self.stamp.ok_or_else(|| E::missing_field("ver"))?,
        })
    }
}

/// `aud`: a string, or a list of strings that is not empty (RFC 7519 4.1.3).
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
