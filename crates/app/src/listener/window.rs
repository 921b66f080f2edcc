//! A client that gives an answer over HTTP/2 no room: it may not hold it for ever, as little as one that does not read from its
//! connection.
//!
//! Each answer has a window (RFC 9113 5.2), and the connection goes on whatever becomes of it. So each is watched by itself,
//! and only its own stream is reset: others on the connection may be somebody else's, behind a proxy. How far it has got, its
//! [body](super::taken) tells.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Response;
use hyper::rt::Executor;
use portcullis_guard::Body;
use tokio::time::{Sleep, sleep};

use super::taken::{Taken, Unwatched, Watched};

tokio::task_local! {
    /// What the client has taken of the answer of this stream.
    static TAKEN: Arc<Taken>;
}

/// Runs the streams of connections, each in a task of its own, and ends one that finds no room for too long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Streams {
    /// How long a client may take nothing of an answer.
    pub(super) patience: Duration,
}

impl<S> Executor<S> for Streams
where
    S: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: S) {
        let (taken, patience) = (Arc::<Taken>::default(), self.patience);
        let watched = Arc::clone(&taken);
        tokio::spawn(TAKEN.scope(taken, async move {
            let (mut stream, mut stall) = (pin!(stream), None);
            // Dropped before its end, a stream is reset.
            poll_fn(|cx| match stream.as_mut().poll(cx) {
                Poll::Pending => poll_stall(&mut stall, &watched, patience, cx),
                done @ Poll::Ready(()) => done,
            })
            .await;
        }));
    }
}

/// The time that is running out, and how much had gone out when it began.
type Stall = Option<(Pin<Box<Sleep>>, usize)>;

/// Ready when a client has taken nothing for so long although there was something.
fn poll_stall(stall: &mut Stall, taken: &Taken, patience: Duration, cx: &mut Context<'_>) -> Poll<()> {
    if !taken.has_no_room.load(Ordering::Acquire) {
        *stall = None;
        return Poll::Pending;
    }
    loop {
        let moves = taken.moves.load(Ordering::Acquire);
        let (time, before) = stall.get_or_insert_with(|| (Box::pin(sleep(patience)), moves));
        if time.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        if *before == moves {
            return Poll::Ready(());
        }
        // Who takes a little now and then is waited for.
        *stall = None;
    }
}

/// An answer whose body tells what the client takes of it, on a connection on which this much is not watched.
pub(super) fn watched(answer: Response<Body>, unwatched: &Unwatched) -> Response<Watched> {
    let taken = TAKEN.try_with(Arc::clone).unwrap_or_default();
    answer.map(|body| Watched::new(body, taken, unwatched.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);
    const NEARLY: Duration = Duration::from_secs(29);

    /// What becomes of the stream of somebody who was given so much time, and again, and took something in between or not.
    async fn after(times: usize, is_taken: bool) -> Poll<()> {
        let (taken, mut stall) = (Taken::default(), None);
        taken.has_no_room.store(true, Ordering::Release);
        for _ in 0..times {
            let polled = poll_fn(|cx| Poll::Ready(poll_stall(&mut stall, &taken, PATIENCE, cx))).await;
            if polled.is_ready() {
                return polled;
            }
            tokio::time::advance(NEARLY).await;
            if is_taken {
                taken.moves.fetch_add(1, Ordering::AcqRel);
            }
        }
        Poll::Pending
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_for_too_long_is_given_up_and_who_takes_a_little_is_waited_for() {
        assert!(after(3, false).await.is_ready());
        assert!(after(20, true).await.is_pending());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_has_not_begun_or_waits_for_the_upstream_is_not_the_client_s_fault() {
        let (taken, mut stall) = (Taken::default(), None);
        for has_no_room in [false, true, false] {
            taken.has_no_room.store(has_no_room, Ordering::Release);
            let polled = poll_fn(|cx| Poll::Ready(poll_stall(&mut stall, &taken, PATIENCE, cx))).await;
            assert!(polled.is_pending());
            tokio::time::advance(NEARLY).await;
        }
        assert!(stall.is_none());
    }
}
