//! The body of a service's answer, which is cut off when the session that it was asked for in ends.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use portcullis_core::domain::permit::Principal;
use portcullis_guard::BoxError;

/// Comes when a session ends.
pub(super) type Ending = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Knows when the session of a principal ends, if it is for us to care.
pub(super) type Endings = Arc<dyn Fn(&Principal) -> Option<Ending> + Send + Sync>;

/// A body for as long as a session lasts.
pub(super) struct Watched {
    body: Body,
    /// None once it has come: it must not be asked again.
    ending: Option<Ending>,
}

/// What still ran when its session ended.
#[derive(Debug, thiserror::Error)]
#[error("the session has ended")]
struct SessionEnded;

impl Watched {
    /// This body until then. What is there already needs no watching.
    pub(super) fn until(ending: Option<Ending>, body: Body) -> Body {
        match ending {
            Some(ending) if !body.is_end_stream() => Body::new(Self { body, ending: Some(ending) }),
            Some(_) | None => body,
        }
    }

    fn session_has_ended(&mut self, context: &mut Context<'_>) -> bool {
        let has_ended = self.ending.as_mut().is_some_and(|ending| ending.as_mut().poll(context).is_ready());
        if has_ended {
            self.ending = None;
        }
        has_ended
    }
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        let is_last = match &frame {
            Poll::Pending => false,
            Poll::Ready(Some(_)) => self.body.is_end_stream(),
            Poll::Ready(None) => true,
        };
        // Most bodies come in one piece, and end before anybody could want them cut off.
        if !is_last && self.session_has_ended(context) {
            // Nothing more of it, whoever asks.
            self.body = Body::empty();
            return Poll::Ready(Some(Err(SessionEnded.into())));
        }
        frame.map(|frame| frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use http_body_util::{BodyExt as _, Full};

    use super::*;

    /// A body that says the same thing for ever.
    struct Endless;

    impl http_body::Body for Endless {
        type Data = Bytes;
        type Error = BoxError;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"one")))))
        }
    }

    #[tokio::test]
    async fn a_stream_breaks_off_when_its_session_ends() {
        let mut body = Watched::until(Some(Box::pin(ready(()))), Body::new(Endless));
        assert!(body.frame().await.unwrap().is_err());
        assert!(body.frame().await.is_none());
    }

    #[tokio::test]
    async fn a_body_that_is_there_is_whole_whatever_becomes_of_its_session() {
        let ended: Ending = Box::pin(ready(()));
        let body = Watched::until(Some(ended), Body::new(Full::new(Bytes::from_static(b"whole"))));
        assert_eq!(body.size_hint().exact(), Some(5));
        assert_eq!(body.collect().await.unwrap().to_bytes(), "whole");
    }

    #[tokio::test]
    async fn a_stream_goes_on_while_its_session_does() {
        let mut body = Watched::until(Some(Box::pin(pending())), Body::new(Endless));
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "one");
    }
}
