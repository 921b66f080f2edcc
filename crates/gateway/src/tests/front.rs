//! A front door as small as can be: a server that hands every request to the gateway, for what takes a client to see.

use std::convert::Infallible;

use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use portcullis_core::domain::permit::Permit;
use portcullis_guard::Body;
use portcullis_guard::body::empty;
use portcullis_guard::outbound::{Authorization, OutboundFacts, put_request_fields};
use portcullis_guard::request_id::RequestId;
use tokio::net::UnixStream;

use super::upstream::Wire;
use crate::{Gateway, Outbound, RequestHead, SessionEnd, Upgrade, reclaim};
use portcullis_testkit::permits::public_permit as permit;

/// A front door of one connection.
#[derive(Clone)]
pub(crate) struct Front {
    pub gateway: Gateway,
    /// What every request is permitted, whatever it asks.
    pub permit: Permit,
    /// When the session of every request ends.
    pub session_end: fn() -> Option<SessionEnd>,
}

impl Front {
    pub(crate) async fn new(gateway: Gateway) -> Self {
        Self { gateway, permit: permit("/ws").await, session_end: || None }
    }

    /// Takes a connection, and returns the client's end of it.
    pub(crate) fn open(self) -> Wire<UnixStream> {
        let (client, server) = UnixStream::pair().unwrap();
        let service = service_fn(move |request| self.clone().answer(request));
        let connection =
            http1::Builder::new().serve_connection(TokioIo::new(server), service).with_upgrades();
        tokio::spawn(connection);
        Wire::new(client)
    }

    /// The same with the server that tells HTTP/1.1 from HTTP/2.
    pub(crate) fn open_to_both_versions(self) -> Wire<UnixStream> {
        let (client, server) = UnixStream::pair().unwrap();
        tokio::spawn(async move {
            let service = service_fn(move |request| self.clone().answer(request));
            let builder = auto::Builder::new(TokioExecutor::new());
            drop(builder.serve_connection_with_upgrades(TokioIo::new(server), service).await);
        });
        Wire::new(client)
    }

    async fn answer(self, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
        let permit = &self.permit;
        let (mut head, body) = request.into_parts();
        let upgrade = Upgrade::asked(&mut head, &body, permit, reclaim::<TokioIo<UnixStream>>);
        let (asked, request_id) = (head.uri.path_and_query().cloned(), RequestId::new("request".to_owned()));
        let facts = OutboundFacts {
            permit,
            request_id: &request_id,
            host: head.headers.get("host"),
            peer: None,
            peer_is_trusted: false,
            encrypted: false,
            authorization: Authorization::Drop,
        };
        let fields = |to: &mut RequestHead| put_request_fields(&head.headers, &facts, to);
        let session_end = (self.session_end)();
        let outbound = Outbound { method: head.method, asked, fields, body, upgrade, session_end };
        Ok(self.gateway.forward(permit, outbound).await.unwrap_or_else(|_| {
            let mut answer = Response::new(empty());
            *answer.status_mut() = StatusCode::BAD_GATEWAY;
            answer
        }))
    }
}
