//! The exchange with the upstream: one request, one answer.

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use http::uri::PathAndQuery;
use http::{Method, Response, StatusCode};
use http_body_util::BodyExt as _;
use portcullis_core::domain::path::Target;
use portcullis_core::domain::permit::Permit;
use portcullis_guard::body::{empty, full};
use portcullis_guard::outbound::strip_response;
use portcullis_guard::{Body, BoxError, target};
use tokio::select;

use crate::body::{Download, Upload};
use crate::error::{GatewayError, Phase};
use crate::framing::{frame_answer, framing_of};
use crate::http1::connection::Answer;
use crate::http1::failed::Failed;
use crate::http1::request_head::RequestHead;
use crate::http1::sending::Sending;
use crate::options::UpstreamOptions;
use crate::patience::Patience;
use crate::pool::Line;
use crate::progress::Progress;
use crate::session_end::{SessionEnd, SessionEnded};
use crate::tunnel::Tunnel;
use crate::upgrade::Upgrade;
use crate::upstreams::{AddressState, Addresses, Round};

/// The way to the upstream, with the connections that are kept open to it. Clones share them. A connection lives on
/// the runtime that made it, so where there are several, each is given a gateway of its own.
#[derive(Clone)]
pub struct Gateway {
    addresses: Arc<Addresses>,
    response_head: Duration,
    tunnel_idle: Duration,
}

/// What is sent, beside the target, which is the permit's.
#[derive(Debug)]
pub struct Outbound<B, F> {
    /// The method.
    pub method: Method,
    /// The target as the client sent it. Where it is the permit's, byte for byte, it need not be read once more.
    pub asked: Option<PathAndQuery>,
    /// Puts the header fields into the head, once for each time that the request is sent. They are clean: nothing in them is
    /// about another connection, and `Host` is as the client wrote it.
    pub fields: F,
    /// The body.
    pub body: B,
    /// The upgrade that the request asks for.
    pub upgrade: Option<Upgrade>,
    /// The end of the session that the request was made in, where it has one.
    pub session_end: Option<SessionEnd>,
}

impl Gateway {
    /// A gateway to this upstream. Nothing is connected before there is a request.
    pub fn new(options: UpstreamOptions) -> Self {
        Self::made(options, None)
    }

    /// The same in the place of another one. Addresses that stay keep their connections, and what is known of them.
    pub fn instead_of(before: &Self, options: UpstreamOptions) -> Self {
        Self::made(options, Some(&before.addresses))
    }

    fn made(options: UpstreamOptions, before: Option<&Addresses>) -> Self {
        Self {
            response_head: options.response_head,
            tunnel_idle: options.tunnel_idle,
            addresses: Arc::new(Addresses::new(options, before)),
        }
    }

    /// The upstream's addresses as they are now, in the order of the options.
    pub fn addresses(&self) -> Vec<AddressState> {
        self.addresses.states()
    }

    /// Sends what was permitted, with the target that was decided on byte for byte, and returns the answer as soon as
    /// its head is there. Whoever drops this future, or the body of the answer, takes the request back.
    pub async fn forward<B, F>(
        &self,
        permit: &Permit,
        outbound: Outbound<B, F>,
    ) -> Result<Response<Body>, GatewayError>
    where
        B: http_body::Body<Data = bytes::Bytes, Error: Into<BoxError>> + Unpin + Send + 'static,
        F: Fn(&mut RequestHead),
    {
        let Outbound { method, asked, fields, body, upgrade, mut session_end } = outbound;
        let progress = (!body.is_end_stream()).then(|| Arc::new(Progress::begin()));
        let upload = progress.as_ref().map_or_else(Upload::empty, |progress| Upload::new(body, progress));
        let is_repeatable = method.is_safe() && progress.is_none() && upgrade.is_none();
        let target = path_and_query(permit.target(), asked)?;
        let draft = Draft { method: &method, target, fields, upgrade: upgrade.as_ref() };

        let limit = permit.route().timeout.unwrap_or(self.response_head);
        let request = draft.request(upload);
        let mut round = Round::new(is_repeatable);
        let exchanged = select! {
            biased;
            exchanged = self.exchange(request, progress.as_deref(), limit, &mut round) => exchanged,
            () = cut_off(progress.as_deref(), &mut session_end) => Err(GatewayError::RequestBody(SessionEnded.into())),
        };
        let (answer, line) = match exchanged {
            // An idle connection may be closed by the upstream at the very moment when it is used again. What changes
            // nothing is asked once more then (RFC 9110 9.2.2).
            Err(error) if is_repeatable && error.is_broken_connection() => {
                let request = draft.request(Upload::empty());
                round.again();
                Box::pin(self.exchange(request, None, limit, &mut round)).await?
            }
            exchanged => exchanged?,
        };
        match upgrade {
            Some(upgrade) if answer.head.status == StatusCode::SWITCHING_PROTOCOLS => {
                self.open_tunnel(upgrade, answer, line, session_end)
            }
            _ => pass_on(answer, line, &method, session_end),
        }
    }

    /// Sends a request, and waits for the head of its answer; the rest of it comes by the connection that is returned
    /// with it, unless that one has served its time.
    async fn exchange(
        &self,
        mut request: Sending,
        progress: Option<&Progress>,
        limit: Duration,
        round: &mut Round,
    ) -> Result<(Answer, Line), GatewayError> {
        loop {
            let (mut line, turn) = self.addresses.line(round).await?;
            let mut patience = std::mem::take(&mut line.patience);
            let sent = select! {
                biased;
                sent = line.connection.exchange(&mut request) => sent,
                () = overdue(progress, limit, &mut patience) => return Err(GatewayError::TimedOut(Phase::ResponseHead)),
            };
            match sent {
                Ok(answer) => {
                    turn.answered();
                    line.patience = patience;
                    if !request.is_over() && !answer.is_deaf {
                        line.connection = line.connection.sending_on(request);
                    }
                    return Ok((answer, line));
                }
                // A request of which nothing was sent, since its connection had been closed meanwhile, gets another one.
                // One of which anything may have been sent never does.
                Err(Failed::Unsent(_)) if line.is_used => {}
                Err(failed) => {
                    let error = GatewayError::of_exchange(failed);
                    turn.broke(round, &error, line.is_used);
                    return Err(error);
                }
            }
        }
    }

    /// Answers the client that the protocol changes, and joins the two connections when it does.
    fn open_tunnel(
        &self,
        upgrade: Upgrade,
        mut upstream: Answer,
        line: Line,
        session_end: Option<SessionEnd>,
    ) -> Result<Response<Body>, GatewayError> {
        let answer = upgrade.answer(std::mem::take(&mut upstream.head.headers))?;
        let (stream, read_ahead) = line
            .connection
            .into_stream()
            .ok_or_else(|| GatewayError::malformed("a change of protocol too early"))?;
        let tunnel = Tunnel {
            client: upgrade.client,
            reclaim: upgrade.reclaim,
            upstream: stream,
            read_ahead,
            idle: self.tunnel_idle,
            session_end,
        };
        tokio::spawn(tunnel.run());
        Ok(answer)
    }
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gateway")
    }
}

/// A request, to be sent once or twice.
struct Draft<'r, F> {
    method: &'r Method,
    target: PathAndQuery,
    fields: F,
    upgrade: Option<&'r Upgrade>,
}

impl<F: Fn(&mut RequestHead)> Draft<'_, F> {
    fn request(&self, upload: Upload) -> Sending {
        let mut head = RequestHead::new(self.method, &self.target);
        (self.fields)(&mut head);
        if let Some(upgrade) = self.upgrade {
            upgrade.announce(&mut head);
        }
        let framing = framing_of(&upload);
        Sending::new(self.method, head.framed(framing), framing, upload)
    }
}

/// The target as it was decided on.
fn path_and_query(target: &Target, asked: Option<PathAndQuery>) -> Result<PathAndQuery, GatewayError> {
    if let Some(asked) = asked.filter(|asked| asked.as_str() == target.as_str()) {
        return Ok(asked);
    }
    target::path_and_query(target).ok_or(GatewayError::Target)
}

/// Comes when the upstream has taken too long, counted from now or from when a piece of the body was last sent.
async fn overdue(progress: Option<&Progress>, limit: Duration, patience: &mut Patience) {
    match progress {
        Some(progress) => {
            progress.touch();
            progress.stalled(limit).await;
        }
        None => patience.ends_after(limit).await,
    }
}

/// Comes when the session ends of a request whose body goes on and on. Most are one piece, which ends before anybody could
/// want it cut off, so that nobody watches the session for it; and what was sent whole is answered.
async fn cut_off(progress: Option<&Progress>, session_end: &mut Option<SessionEnd>) {
    let (Some(progress), Some(end)) = (progress, session_end) else { return pending().await };
    // Whoever takes the pieces is of the same task, and goes first: it need not be woken to see that they go on.
    poll_fn(|cx| if progress.goes_on() { Pin::new(&mut *end).poll(cx) } else { Poll::Pending }).await;
}

/// The upstream's answer, as the client gets it.
fn pass_on(
    answer: Answer,
    mut line: Line,
    method: &Method,
    session_end: Option<SessionEnd>,
) -> Result<Response<Body>, GatewayError> {
    let Answer { mut head, mut ending, is_last, .. } = answer;
    if head.status == StatusCode::SWITCHING_PROTOCOLS {
        return Err(GatewayError::malformed("a change of protocol that nobody asked for"));
    }
    frame_answer(&mut head, method, &ending)?;
    strip_response(&mut head.headers);
    let body = match line.connection.take_whole(&mut ending) {
        Some(body) => {
            if !is_last {
                line.keep();
            }
            if body.is_empty() { empty() } else { full(body) }
        }
        None => Download::new(ending, line, is_last, session_end).boxed_unsync(),
    };
    let mut passed = Response::new(body);
    *passed.status_mut() = head.status;
    *passed.headers_mut() = head.headers;
    Ok(passed)
}
