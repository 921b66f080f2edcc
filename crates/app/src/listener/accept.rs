//! Takes connections off a socket, each into a task of its own, and keeps calm when there are too many.

use std::io::{self, ErrorKind};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tracing::warn;

use super::connection::Site;
use super::door::Door;
use super::limits::ACCEPT_PAUSE;
use super::shares::{Share, Shares};
use super::socket::Socket;
use super::transport::Placed;

/// How often the same trouble is worth a line in the log.
const SAID_EVERY: Duration = Duration::from_secs(10);

/// Accepts until it is dropped, which closes the socket. A connection that finds no place is closed at once.
pub(super) async fn accept_all<D: Door>(
    socket: Socket,
    site: Arc<Site<D>>,
    places: Arc<Semaphore>,
    shares: Arc<Shares>,
) {
    let (mut crowded, mut greedy, mut failing) = (Seldom::default(), Seldom::default(), Seldom::default());
    loop {
        match socket.accept().await {
            Ok((transport, address)) => match placed(&places, &shares, &*site, address) {
                Ok(place) => {
                    let site = Arc::clone(&site);
                    let connection = Placed::new(transport, site.patience(), place);
                    tokio::spawn(async move { site.serve(connection, address).await });
                }
                Err(NoPlace::AtAll) => {
                    crowded.say(|| warn!("too many connections, new ones are closed at once"));
                }
                Err(NoPlace::ForHim(address)) => greedy.say(|| {
                    warn!(peer.address = %address, "too many connections of one address, its new ones are closed at once");
                }),
            },
            Err(error) => {
                if let Some(pause) = pause_after(&error) {
                    failing.say(|| warn!(error = %error, "cannot accept connections"));
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }
}

/// The place that a connection takes among all, and among those of its address.
pub(super) type Place = (OwnedSemaphorePermit, Option<Share>);

/// Why a connection finds no place.
enum NoPlace {
    /// There is none.
    AtAll,
    /// His address has its share.
    ForHim(IpAddr),
}

fn placed<D: Door>(
    places: &Arc<Semaphore>,
    shares: &Arc<Shares>,
    site: &Site<D>,
    address: Option<IpAddr>,
) -> Result<Place, NoPlace> {
    let place = Arc::clone(places).try_acquire_owned().map_err(|_| NoPlace::AtAll)?;
    let Some(address) = address.filter(|address| !site.may_crowd(*address)) else { return Ok((place, None)) };
    let share = shares.take(address).ok_or(NoPlace::ForHim(address))?;
    Ok((place, Some(share)))
}

/// Errors of the one connection that would have been accepted pass with it; all others are shortages of the system, which
/// would come again at once (accept(2)).
fn pause_after(error: &io::Error) -> Option<Duration> {
    let passes = matches!(
        error.kind(),
        ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionRefused
            | ErrorKind::Interrupted
    );
    (!passes).then_some(ACCEPT_PAUSE)
}

/// Says a thing now and then, so that a flood of connections is not a flood of log lines.
#[derive(Default)]
struct Seldom(Option<Instant>);

impl Seldom {
    fn say(&mut self, say: impl FnOnce()) {
        if self.0.is_none_or(|last| last.elapsed() >= SAID_EVERY) {
            self.0 = Some(Instant::now());
            say();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortage_is_waited_out_and_an_aborted_connection_is_not() {
        let (out_of_files, out_of_memory, aborted) = (24, 12, 103);
        assert_eq!(pause_after(&io::Error::from_raw_os_error(out_of_files)), Some(ACCEPT_PAUSE));
        assert_eq!(pause_after(&io::Error::from_raw_os_error(out_of_memory)), Some(ACCEPT_PAUSE));
        assert_eq!(pause_after(&io::Error::from_raw_os_error(aborted)), None);
    }

    #[tokio::test(start_paused = true)]
    async fn the_same_trouble_is_said_once_in_a_while() {
        let (mut seldom, mut said) = (Seldom::default(), 0);
        for expected in [1, 2] {
            for _ in 0..3 {
                seldom.say(|| said += 1);
            }
            assert_eq!(said, expected);
            tokio::time::advance(SAID_EVERY).await;
        }
    }
}
