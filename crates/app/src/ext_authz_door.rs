//! The door of Envoy's own listener: gRPC, and nothing else.

use std::net::IpAddr;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use portcullis_ext_authz::{Asker, ExtAuthz, too_late};
use portcullis_guard::Body;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::config::{Config, ExtAuthzAddress};
use crate::failure::Failure;
use crate::front_door::FrontDoor;
use crate::listener::{self, Address, Door, Drain, Limits, Peer, Plain};

/// How long an answer may take, the arrival of the question included. Envoy waits for 200 ms, unless it is told otherwise.
const ANSWER: Duration = Duration::from_secs(10);

/// Connections at one time. Envoy opens one for each of its threads, and some more under load.
const CONNECTIONS: u32 = 1000;

/// Answers Envoy.
#[derive(Clone)]
struct ExtAuthzDoor {
    service: ExtAuthz,
    front: FrontDoor,
}

/// A door that stands open, if the configuration wants one.
pub(crate) struct Open(Option<JoinHandle<Drain>>);

/// Opens a door at which the same is decided as at `front`, until `closing` says that it is over.
pub(crate) async fn open(
    config: &Config,
    front: &FrontDoor,
    mut closing: watch::Receiver<bool>,
) -> Result<Open, Failure> {
    let address = match &config.ext_authz {
        None => return Ok(Open(None)),
        Some(ExtAuthzAddress::Tcp(address)) => Address::Tcp(*address),
        Some(ExtAuthzAddress::Unix(path)) => Address::Unix(path.clone()),
    };
    let limits = Limits { connections: CONNECTIONS, ..Limits::default() };
    let options =
        listener::Options { addresses: vec![address], certificates: None, plain: Plain::Http2, limits };
    let listener = listener::bind(options).await?;
    for address in listener.addresses() {
        tracing::info!(%address, "answering Envoy on {address}");
    }
    let door = ExtAuthzDoor { service: front.ext_authz(), front: front.clone() };
    // An error means that whoever would say so is gone, and everything with him.
    let over = async move { drop(closing.wait_for(|over| *over).await) };
    Ok(Open(Some(tokio::spawn(listener.serve(door, over)))))
}

impl Open {
    /// Waits until the last answer has been given, or until time is up.
    pub(crate) async fn shut(self) {
        let Some(door) = self.0 else { return };
        if let Ok(Drain::CutOff { connections }) = door.await {
            tracing::warn!(connections, "connections of Envoy were cut off");
        }
    }
}

impl Door for ExtAuthzDoor {
    async fn answer(&self, call: Request<Incoming>, peer: Peer) -> Response<Body> {
        let asker = peer.address.map_or(Asker::OnSocket, Asker::At);
        timeout(ANSWER, self.service.answer(call, asker)).await.unwrap_or_else(|_| too_late())
    }

    fn may_crowd(&self, address: IpAddr) -> bool {
        self.front.may_crowd(address)
    }
}
