//! Several clients who ask again and again with one token, on every surface.

use std::time::{Duration, Instant};

use http::StatusCode;
use portcullis_tests::ask::{Answer, Ask};
use portcullis_tests::client::Client;
use portcullis_tests::patience::within;
use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::doors::Site;
use super::kinds::Bearer;
use super::{ASKER, FORM, ME, RIGHTS, SECRET};

/// How many clients ask on each surface.
const CLIENTS: usize = 2;
/// How often each asks again after the change, before it is believed.
const AGAIN: usize = 6;
/// How long each rests before the next request.
const PAUSE: Duration = Duration::from_millis(4);

/// How somebody fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// He gets what he wants.
    In,
    /// He is known, and may not have it any more.
    Less,
    /// He is nobody any more.
    Out,
}

/// Where a token is shown.
#[derive(Debug, Clone, Copy)]
pub(super) enum Surface {
    /// To whatever is behind the gate: an upstream, or the service that the gate is in.
    Behind,
    /// To another proxy, which asks us.
    ForwardAuth,
    /// To an endpoint of ours.
    Own,
    /// To somebody who asks us what it is good for.
    Introspection,
}

pub(super) const SURFACES: [Surface; 4] =
    [Surface::Behind, Surface::ForwardAuth, Surface::Own, Surface::Introspection];

impl Surface {
    fn ask(self, behind: &str, token: &str) -> Ask {
        match self {
            Self::Behind => Ask::get(behind).bearer(token),
            Self::ForwardAuth => Ask::get("/api/v1/auth/verify")
                .bearer(token)
                .field("x-forwarded-method", "GET")
                .field("x-forwarded-uri", behind)
                .field("x-forwarded-host", "bng"),
            Self::Own => Ask::get(ME).bearer(token),
            Self::Introspection => {
                let secret = SECRET.replace(' ', "+").replace(':', "%3A");
                let form = format!("client_id={ASKER}&client_secret={secret}&token={token}");
                Ask::post("/oauth2/introspect").body(FORM, form)
            }
        }
    }

    /// How whoever got this answer fared; none of the three is a fault in any case.
    fn fate(self, answer: &Answer) -> Option<Fate> {
        let has_right = |rights: bool| if rights { Fate::In } else { Fate::Less };
        match (self, StatusCode::from_u16(answer.status).ok()?) {
            (Self::Behind | Self::ForwardAuth, StatusCode::OK) => Some(Fate::In),
            (Self::Behind | Self::ForwardAuth, StatusCode::FORBIDDEN) => Some(Fate::Less),
            (Self::Own, StatusCode::OK) => {
                let rights = answer.json()["data"]["rights"].as_array()?.clone();
                Some(has_right(rights.contains(&Value::from(RIGHTS[0]))))
            }
            (Self::Introspection, StatusCode::OK) if answer.json()["active"] == false => Some(Fate::Out),
            (Self::Introspection, StatusCode::OK) => {
                let state = answer.json();
                Some(has_right(state["scope"].as_str()?.split(' ').any(|right| right == RIGHTS[0])))
            }
            (Self::Introspection, _) => None,
            (_, StatusCode::UNAUTHORIZED) => Some(Fate::Out),
            _ => None,
        }
    }
}

/// What one of them saw.
struct Seen {
    surface: Surface,
    begun: Instant,
    fate: Option<Fate>,
    answer: Answer,
}

/// Clients at work.
pub(super) struct Crowd {
    what: String,
    at_work: JoinSet<Vec<Seen>>,
    /// When the change was made, once it is.
    made: watch::Sender<Option<Instant>>,
}

impl Crowd {
    /// A crowd with this token, in which everybody has been let in already.
    pub(super) async fn before(site: &Site, bearer: &Bearer, surfaces: &[Surface]) -> Self {
        let (made, is_made) = watch::channel(None);
        let (tell, mut begun) = mpsc::channel(surfaces.len() * CLIENTS);
        let mut at_work = JoinSet::new();
        for surface in surfaces.iter().flat_map(|surface| [*surface; CLIENTS]) {
            let ask = surface.ask(site.behind(), &bearer.token);
            at_work.spawn(asks_on(surface, site.client(), ask, tell.clone(), is_made.clone()));
        }
        for _ in 0..surfaces.len() * CLIENTS {
            within("waiting for everybody's first answer", begun.recv()).await.unwrap();
        }
        Self { what: format!("{:?} at {site:?}", bearer.kind), at_work, made }
    }

    /// The change has been made.
    pub(super) fn hears_of(&self, made: Instant) {
        self.made.send_replace(Some(made));
    }

    /// Whatever was asked since then has met this fate.
    pub(super) async fn has_met(self, fate: Fate, made: Instant) {
        let Self { what, at_work, .. } = self;
        let seen = within("waiting for the crowd", at_work.join_all()).await;
        for Seen { surface, begun, fate: met, answer } in seen.into_iter().flatten() {
            let is_after = begun > made;
            let is_right = met == Some(fate) || !is_after && met == Some(Fate::In);
            let when = if is_after { format!("{:?} after", begun - made) } else { "before".to_owned() };
            let said = format!("{} {}", answer.status, answer.text());
            assert!(is_right, "{what}: {surface:?} was {met:?}, asked {when} the change: {said}");
        }
    }
}

/// Asks until it has asked often enough after the change.
async fn asks_on(
    surface: Surface,
    mut client: Client,
    ask: Ask,
    tell: mpsc::Sender<()>,
    is_made: watch::Receiver<Option<Instant>>,
) -> Vec<Seen> {
    let (mut seen, mut again) = (vec![], 0);
    while again < AGAIN {
        let begun = Instant::now();
        let answer = client.send(ask.clone()).await;
        let fate = surface.fate(&answer);
        if seen.is_empty() {
            assert_eq!(fate, Some(Fate::In), "{surface:?}: {} {}", answer.status, answer.text());
            tell.send(()).await.unwrap();
        }
        if is_made.borrow().is_some_and(|made| begun > made) {
            again += 1;
        }
        seen.push(Seen { surface, begun, fate, answer });
        // Two cores serve all of them, and whoever makes the change.
        sleep(PAUSE).await;
    }
    seen
}
