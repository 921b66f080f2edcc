//! The kinds of token, and which change concerns which of them.

use portcullis_tests::ask::Ask;
use portcullis_tests::cast::Person;
use serde_json::{Value, json};

use super::doors::Site;
use super::{CLIENTS, FORM, ME, PEOPLE, ROLE, SECRET, TOKENS};
use crate::personal_tokens::in_hours;

/// A kind of token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The JWT of a login.
    Login,
    /// The opaque token of BMC's surface.
    Opaque,
    /// The `at+jwt` of a client.
    Client,
    /// The `at+jwt` of a user, in the hands of a client.
    Delegated,
    /// `ptc_`.
    Personal,
}

/// A change that takes something from whoever has a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Expiry,
    Session,
    AllSessions,
    Grants,
    Role,
    Deactivation,
    NoApi,
    Removal,
    RemovalOfClient,
    Password,
    LeakedKey,
}

impl Kind {
    pub(super) const ALL: [Self; 5] =
        [Self::Login, Self::Opaque, Self::Client, Self::Delegated, Self::Personal];

    /// Those that a change concerns.
    pub(super) fn concerned_by(change: Change) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |kind| kind.why_not(change).is_none())
    }

    /// Why a change does not concern this kind of token, if it does not.
    pub(super) fn why_not(self, change: Change) -> Option<&'static str> {
        use Change as C;
        match (change, self) {
            (C::Grants, Self::Client) => {
                Some("the grants of a client never change: it is removed, and made anew")
            }
            (C::Deactivation | C::NoApi, Self::Client) => Some("a client is there or is not"),
            (C::Removal, Self::Client) => Some("it has no user; see the removal of the client"),
            (C::RemovalOfClient, Self::Login | Self::Opaque | Self::Personal) => Some("it has no client"),
            (C::Password, Self::Client) => Some("the secret of a client never changes"),
            (C::LeakedKey, Self::Opaque | Self::Personal) => Some("nobody has signed it, and it goes on"),
            (
                C::Expiry
                | C::Session
                | C::AllSessions
                | C::Grants
                | C::Role
                | C::Deactivation
                | C::NoApi
                | C::Removal
                | C::RemovalOfClient
                | C::Password
                | C::LeakedKey,
                _,
            ) => None,
        }
    }

    /// Whose it is, but for a client's.
    fn owner(self) -> Option<Person> {
        let [login, opaque, delegated, personal] = PEOPLE;
        match self {
            Self::Login => Some(login),
            Self::Opaque => Some(opaque),
            Self::Client => None,
            Self::Delegated => Some(delegated),
            Self::Personal => Some(personal),
        }
    }

    /// The client that has it in its hands, if one has.
    pub(super) fn hands(self) -> Option<&'static str> {
        match self {
            Self::Client => Some("robot"),
            Self::Delegated => Some("agent"),
            Self::Login | Self::Opaque | Self::Personal => None,
        }
    }
}

/// A token, and what it takes to end it.
pub(super) struct Bearer {
    pub(super) kind: Kind,
    pub(super) token: String,
    /// Of its session.
    pub(super) session: String,
    /// The secret of the client that has it.
    pub(super) secret: String,
}

impl Bearer {
    /// A token of this kind. A client that is not in the file is made for it.
    pub(super) async fn of(kind: Kind, site: &Site) -> Self {
        Self::lasting(kind, site, &in_hours(1)).await
    }

    /// The same; a personal one until then, all others as long as the configuration says.
    pub(super) async fn lasting(kind: Kind, site: &Site, expires_at: &str) -> Self {
        let secret = match kind.hands() {
            Some(id) => secret(site, id).await,
            None => String::new(),
        };
        let token = match kind {
            Kind::Login => site.login(&PEOPLE[0]).await,
            Kind::Opaque => granted(site, "/bca-networks/api/token", &PEOPLE[1].form()).await,
            Kind::Client => {
                let form = format!("grant_type=client_credentials&{}", of_client("robot", &secret));
                granted(site, "/oauth2/token", &form).await
            }
            Kind::Delegated => {
                let form = format!("{}&{}", PEOPLE[2].form(), of_client("agent", &secret));
                granted(site, "/oauth2/token", &form).await
            }
            Kind::Personal => {
                let login = site.login(&PEOPLE[3]).await;
                let body = json!({ "name": "script", "expires_at": expires_at });
                let made = site.done(Ask::post(TOKENS).bearer(&login), &body, 201).await;
                made["data"]["token"].as_str().unwrap().to_owned()
            }
        };
        let me = site.done(Ask::get(ME).bearer(&token), &Value::Null, 200).await;
        let session = me["data"]["session"]["id"].as_str().unwrap().to_owned();
        Self { kind, token, session, secret }
    }

    /// The user whose token it is; a client's has none.
    pub(super) fn owner(&self) -> &'static str {
        self.kind.owner().map_or("", |person| person.name)
    }

    /// The client in whose hands it is.
    pub(super) fn hands(&self) -> &'static str {
        self.kind.hands().unwrap_or_default()
    }

    /// Has the client in whose hands it is give it back.
    pub(super) fn revoke(&self) -> Ask {
        let form = format!("{}&token={}", of_client(self.hands(), &self.secret), self.token);
        Ask::post("/oauth2/revoke").body(FORM, form)
    }
}

/// The secret of a client: that of the file, or of one that is made now.
async fn secret(site: &Site, id: &str) -> String {
    let known = site.send(Ask::get(&format!("{CLIENTS}/{id}")).bearer(&site.admin)).await;
    if known.status == 200 {
        return SECRET.to_owned();
    }
    let body = json!({ "client_id": id, "grants": [{ "role": ROLE }] });
    let made = site.does("POST", CLIENTS, &body, 201).await;
    made["data"]["client_secret"].as_str().unwrap().to_owned()
}

fn of_client(id: &str, secret: &str) -> String {
    format!("client_id={id}&client_secret={}", secret.replace(' ', "+").replace(':', "%3A"))
}

async fn granted(site: &Site, path: &str, form: &str) -> String {
    let answer = site.send(Ask::post(path).body(FORM, form.to_owned())).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["access_token"].as_str().unwrap().to_owned()
}
