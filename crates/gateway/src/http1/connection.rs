//! A connection to the upstream: what is read from it is read for the one request that has it.

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker, ready};

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, ReadBuf, ReadHalf, split};
use tokio::select;
use tokio::task::coop::unconstrained;

use super::ending::Ending;
use super::failed::Failed;
use super::head::{Head, Heads};
use super::rest::Rest;
use super::sending::Sending;
use crate::connector::Stream;

/// What is read at once, in bytes: a head with a body as APIs have them.
const USUAL: usize = 8 * 1024;
/// What is read at once where so much comes that it fills the usual.
const LARGE: usize = 64 * 1024;

/// A connection to the upstream.
pub(crate) struct Connection {
    io: Io,
    /// Whether what fails to be written is known not to have been sent. Under TLS it may have been, in part.
    is_plain: bool,
    /// What was read, and is not yet used.
    unread: Bytes,
    /// Whether more came the last time than is usually read at once.
    is_flowing: bool,
}

enum Io {
    Whole(Box<dyn Stream>),
    /// While the rest of a request is sent by a task of its own.
    Read(ReadHalf<Box<dyn Stream>>, Rest),
}

/// The head of an answer, and what is to come of it.
pub(crate) struct Answer {
    pub(crate) head: Head,
    pub(crate) ending: Ending,
    /// Whether its connection serves no other request after it.
    pub(crate) is_last: bool,
    /// Whether the upstream takes no more of the request.
    pub(crate) is_deaf: bool,
}

impl Connection {
    pub(crate) fn new(stream: Box<dyn Stream>, is_plain: bool) -> Self {
        Self { io: Io::Whole(stream), is_plain, unread: Bytes::new(), is_flowing: false }
    }

    /// Whether nothing has come on a connection that nobody uses, and it has not ended. If so, this wakes when it is not
    /// so any more.
    pub(crate) fn is_quiet(&mut self, waker: &Waker) -> bool {
        let mut byte = [MaybeUninit::uninit()];
        let mut room = ReadBuf::uninit(&mut byte);
        let Io::Whole(stream) = &mut self.io else { return false };
        // What a task has left to do before it must give way says nothing about the connection.
        let read = unconstrained(poll_fn(|cx| Pin::new(&mut *stream).poll_read(cx, &mut room)));
        self.unread.is_empty() && pin!(read).poll(&mut Context::from_waker(waker)).is_pending()
    }

    /// Sends a request, and returns the head of its answer, which may come before the request is sent whole.
    pub(crate) async fn exchange(&mut self, sending: &mut Sending) -> Result<Answer, Failed> {
        let (mut heads, mut deaf) = (Heads::default(), None);
        let head = poll_fn(|cx| {
            // An answer that is there already must not wait for what is left of a request, which may never pause.
            let was_begun = sending.is_touched();
            if was_begun && let Poll::Ready(head) = self.poll_head(cx, &mut heads) {
                return Poll::Ready(head);
            }
            if deaf.is_none() {
                match self.poll_send(cx, sending) {
                    Poll::Ready(Err(Failed::Unsent(broken))) if self.is_plain => {
                        return Poll::Ready(Err(Failed::Unsent(broken)));
                    }
                    // It takes no more, but may have said why.
                    Poll::Ready(Err(Failed::Broken(broken) | Failed::Unsent(broken))) => deaf = Some(broken),
                    Poll::Ready(Err(failed)) => return Poll::Ready(Err(failed)),
                    Poll::Ready(Ok(())) | Poll::Pending => {}
                }
            }
            if was_begun { Poll::Pending } else { self.poll_head(cx, &mut heads) }
        });
        let head = head.await?;
        let ending = Ending::of(&head, sending.method())?;
        let is_last = deaf.is_some()
            || head.is_last()
            || head.speaks_of_a_body_in_vain()
            || matches!(ending, Ending::WithConnection);
        Ok(Answer { head, ending, is_last, is_deaf: deaf.is_some() })
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, sending: &mut Sending) -> Poll<Result<(), Failed>> {
        match &mut self.io {
            Io::Whole(stream) => sending.poll_send(cx, stream),
            Io::Read(..) => Poll::Ready(Err(Failed::broken(io::ErrorKind::NotConnected.into()))),
        }
    }

    fn poll_head(&mut self, cx: &mut Context<'_>, heads: &mut Heads) -> Poll<Result<Head, Failed>> {
        loop {
            let mut room = [const { MaybeUninit::uninit() }; USUAL];
            let mut room = ReadBuf::uninit(&mut room);
            ready!(self.poll_read(cx, &mut room)).map_err(Failed::broken)?;
            let read = room.filled();
            if read.is_empty() {
                return Poll::Ready(Err(Failed::broken(io::ErrorKind::UnexpectedEof.into())));
            }
            let head = if self.unread.is_empty() {
                let (head, length) = heads.read(read)?;
                self.unread = Bytes::copy_from_slice(read.get(length..).unwrap_or_default());
                head
            } else {
                self.append(read);
                let (head, length) = heads.read(&self.unread)?;
                self.unread.advance(length);
                head
            };
            if let Some(head) = head {
                return Poll::Ready(Ok(head));
            }
        }
    }

    /// The next piece of an answer's body; none where it ends.
    pub(crate) fn poll_piece(
        &mut self,
        cx: &mut Context<'_>,
        ending: &mut Ending,
    ) -> Poll<Option<Result<Bytes, io::Error>>> {
        loop {
            match ending.take(&mut self.unread) {
                Ok(Some(piece)) => return Poll::Ready(Some(Ok(piece))),
                Ok(None) if ending.is_here() => return Poll::Ready(None),
                Ok(None) => {}
                Err(malformed) => return Poll::Ready(Some(Err(io::Error::other(malformed)))),
            }
            match ready!(self.poll_fill(cx)) {
                Ok(true) => {}
                Ok(false) if matches!(ending, Ending::WithConnection) => {
                    *ending = Ending::Here;
                    return Poll::Ready(None);
                }
                Ok(false) => return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into()))),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }

    /// An answer's body, if all of it has come with its head.
    pub(crate) fn take_whole(&mut self, ending: &mut Ending) -> Option<Bytes> {
        let is_here = ending.length().is_some_and(|length| self.unread.len() as u64 >= length);
        if is_here { ending.take(&mut self.unread).ok().map(Option::unwrap_or_default) } else { None }
    }

    /// Reads what comes next of a body, all that was read before being used. False at the end of the connection.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        if self.is_flowing {
            let mut room = BytesMut::with_capacity(LARGE);
            let read = ready!(pin!(self.stream(cx)?.read_buf(&mut room)).poll(cx))?;
            self.is_flowing = read >= USUAL;
            self.unread = room.freeze();
        } else {
            let mut room = [const { MaybeUninit::uninit() }; USUAL];
            let mut room = ReadBuf::uninit(&mut room);
            ready!(self.poll_read(cx, &mut room))?;
            self.unread = Bytes::copy_from_slice(room.filled());
        }
        Poll::Ready(Ok(!self.unread.is_empty()))
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(self.stream(cx)?).poll_read(cx, room))?;
        self.is_flowing = room.remaining() == 0;
        Poll::Ready(Ok(()))
    }

    /// What is read from. Fails when the rest of the request has.
    fn stream(&mut self, cx: &mut Context<'_>) -> io::Result<&mut (dyn AsyncRead + Unpin + Send)> {
        match &mut self.io {
            Io::Whole(stream) => Ok(stream),
            Io::Read(half, rest) => match rest.poll_break(cx) {
                Poll::Ready(error) => Err(io::Error::other(error)),
                Poll::Pending => Ok(half),
            },
        }
    }

    /// Puts what was read behind what is not yet used.
    fn append(&mut self, read: &[u8]) {
        let before = std::mem::take(&mut self.unread);
        let mut all = before.try_into_mut().unwrap_or_else(|before| BytesMut::from(&before[..]));
        all.extend_from_slice(read);
        self.unread = all.freeze();
    }

    /// The same connection, while the rest of its request is sent by a task of its own.
    pub(crate) fn sending_on(self, sending: Sending) -> Self {
        let io = match self.io {
            Io::Whole(stream) => {
                let (read, write) = split(stream);
                Io::Read(read, Rest::spawn(sending, write))
            }
            io @ Io::Read(..) => io,
        };
        Self { io, ..self }
    }

    /// Whether its request was sent whole before its answer came.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.io, Io::Whole(_))
    }

    /// Sends what is left of a request whose answer has been read, until that fails, or the upstream ends the connection
    /// or says anything more.
    pub(crate) async fn finish(self) {
        if let Io::Read(mut read, rest) = self.io {
            let mut byte = [0];
            select! {
                () = rest.finished() => {}
                _ = read.read(&mut byte) => {}
            }
        }
    }

    /// The connection for another protocol, and what was read of that already.
    pub(crate) fn into_stream(self) -> Option<(Box<dyn Stream>, Bytes)> {
        match self.io {
            Io::Whole(stream) => Some((stream, self.unread)),
            Io::Read(..) => None,
        }
    }
}
