//! `GET /api/v1/auth/explain`: what the gate would say to somebody, and why.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use portcullis_core::domain::client::SubjectId;
use portcullis_core::domain::decision::{Missing, Place};
use portcullis_core::domain::realm::Realm;
use portcullis_core::domain::role::RoleName;
use portcullis_core::domain::selector::query_value;
use portcullis_core::domain::standing::Standing;
use portcullis_core::services::explain::{Explanation, Looked, Question, explain};
use portcullis_core::services::policy::{LivePolicy, Policy};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::me::GrantBody;
use crate::api_error::ApiError;
use crate::envelope::Envelope;
use crate::extract::Passed;
use crate::validation::Fault;

/// An explanation as programs read it, here and on the command line.
#[derive(Debug, Serialize)]
pub struct ExplanationBody {
    allowed: bool,
    route: Option<String>,
    requires: Option<String>,
    reason: String,
    missing: Value,
    grants: Vec<GrantBody>,
}

/// Explains one request of one user or client, the caller if no other is named.
pub(crate) async fn get(
    State(live): State<Arc<LivePolicy>>,
    Passed(principal): Passed,
    RawQuery(query): RawQuery,
) -> Result<Envelope<ExplanationBody>, ApiError> {
    let asked = Asked::read(query.as_deref())?;
    let policy = live.current();
    // For oneself it is what the token gives: whoever has one for less learns nothing of the rest.
    let own = principal.standing.subject.id();
    let standing = match asked.user.as_deref() {
        Some(name) if SubjectId::parse(name).as_ref() != Ok(&own) => find(&policy, name).await?,
        Some(_) | None => principal.standing,
    };
    let question = Question { method: &asked.method, target: &asked.path, realm: asked.realm };
    Ok(Envelope::ok(ExplanationBody::from(&explain(&policy, &standing, &question))))
}

async fn find(policy: &Policy, name: &str) -> Result<Arc<Standing>, ApiError> {
    let subject = SubjectId::parse(name).map_err(|_| ApiError::not_found())?;
    let standing = policy.standing_of(&subject).await.map_err(|error| ApiError::unavailable(&error))?;
    standing.ok_or_else(ApiError::not_found)
}

/// The query.
struct Asked {
    user: Option<String>,
    method: String,
    path: String,
    realm: Option<Realm>,
}

impl Asked {
    fn read(query: Option<&str>) -> Result<Self, Vec<Fault>> {
        let mut faults = vec![];
        let mut value = |name: &str| {
            query_value(query, name).unwrap_or_else(|_| {
                faults.push(Fault::value_error("query", name, "Given more than once"));
                None
            })
        };
        let (user, method, path, realm) = (value("user"), value("method"), value("path"), value("realm"));
        let realm = realm.map(|name| Realm::parse(&name)).transpose().unwrap_or_else(|error| {
            faults.push(Fault::value_error("query", "realm", error.to_string()));
            None
        });
        match path {
            Some(path) if faults.is_empty() => {
                Ok(Self { user, method: method.unwrap_or_else(|| "GET".to_owned()), path, realm })
            }
            Some(_) => Err(faults),
            None => {
                faults.push(Fault::missing("query", "path"));
                Err(faults)
            }
        }
    }
}

impl From<&Explanation> for ExplanationBody {
    fn from(explanation: &Explanation) -> Self {
        let grant = |looked: &Looked| GrantBody {
            role: looked.role.to_string(),
            realm: looked.realm.as_ref().map(ToString::to_string),
        };
        Self {
            allowed: explanation.allowed,
            route: explanation.route.as_ref().map(|route| route.as_str().to_owned()),
            requires: explanation.requires.clone(),
            reason: explanation.reason.clone(),
            missing: missing(explanation.missing.as_ref()),
            grants: explanation.grants.iter().map(grant).collect(),
        }
    }
}

/// `{"role": …}`, `{"right": …, "realm"?: …}`, or nothing; `*` is every realm.
fn missing(missing: Option<&Missing>) -> Value {
    match missing {
        None => Value::Object(Map::new()),
        Some(Missing::Role(roles)) => match roles.as_slice() {
            [only] => json!({ "role": only.as_str() }),
            several => json!({ "role": several.iter().map(RoleName::as_str).collect::<Vec<_>>() }),
        },
        Some(Missing::Right { right, place }) => match place {
            Place::Anywhere => json!({ "right": right.as_str() }),
            Place::In(realm) => json!({ "right": right.as_str(), "realm": realm.as_str() }),
            Place::EveryRealm => json!({ "right": right.as_str(), "realm": "*" }),
        },
    }
}
