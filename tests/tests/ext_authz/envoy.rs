//! Who plays Envoy: asks over real gRPC, and reads what it is told.

use envoy_types::ext_authz::v3::pb::{
    Address, CheckRequest, CheckResponse, HeaderValue, HeaderValueOption, HttpResponse,
};
use envoy_types::pb::envoy::config::core::v3::{self as core, HeaderMap, SocketAddress};
use envoy_types::pb::envoy::service::auth::v3::AttributeContext;
use envoy_types::pb::envoy::service::auth::v3::attribute_context::{HttpRequest, Peer, Request};
use envoy_types::pb::envoy::service::auth::v3::authorization_client::AuthorizationClient;
use portcullis_tests::gate::Gate;
use tonic::Status;
use tonic::transport::{Channel, Endpoint};

/// Somebody who asks.
pub(crate) struct Envoy(AuthorizationClient<Channel>);

/// A request that Envoy holds in its hand.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    method: String,
    path: String,
    fields: Vec<(String, String)>,
    source: String,
}

/// What Envoy is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// 200 if the request may pass.
    pub(crate) status: i32,
    /// For the request to the upstream, or for the client.
    pub(crate) fields: Vec<(String, String)>,
    /// For the client.
    pub(crate) body: String,
    /// What of the request must not go on.
    pub(crate) removed: Vec<String>,
}

impl Held {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        let source = "192.0.2.9".to_owned();
        Self { method: method.to_owned(), path: path.to_owned(), fields: vec![], source }
    }

    pub(crate) fn field(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.field("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn from(self, source: &str) -> Self {
        Self { source: source.to_owned(), ..self }
    }

    /// As Envoy writes it with `encode_raw_headers`.
    pub(crate) fn question(&self) -> CheckRequest {
        let pseudo =
            [(":method", self.method.as_str()), (":path", &self.path), (":authority", "bng.example")];
        let fields = self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let field = |(key, value): (&str, &str)| HeaderValue {
            key: key.to_owned(),
            raw_value: value.as_bytes().to_vec(),
            ..HeaderValue::default()
        };
        let http = HttpRequest {
            id: "1".to_owned(),
            method: self.method.clone(),
            path: self.path.clone(),
            host: "bng.example".to_owned(),
            scheme: "https".to_owned(),
            protocol: "HTTP/1.1".to_owned(),
            size: -1,
            header_map: Some(HeaderMap { headers: pseudo.into_iter().chain(fields).map(field).collect() }),
            ..HttpRequest::default()
        };
        let socket = SocketAddress { address: self.source.clone(), ..SocketAddress::default() };
        let address = Some(core::Address { address: Some(Address::SocketAddress(socket)) });
        CheckRequest {
            attributes: Some(AttributeContext {
                source: Some(Peer { address, ..Peer::default() }),
                request: Some(Request { http: Some(http), ..Request::default() }),
                ..AttributeContext::default()
            }),
        }
    }
}

impl Envoy {
    /// Connects to where this gate answers.
    pub(crate) async fn of(gate: &Gate) -> Self {
        let said = gate.log().said("answering Envoy on ").await;
        let address = said["address"].as_str().unwrap();
        let address =
            if address.starts_with("unix:") { address.to_owned() } else { format!("http://{address}") };
        Self(AuthorizationClient::new(Endpoint::try_from(address).unwrap().connect().await.unwrap()))
    }

    /// Asks about a request.
    pub(crate) async fn asks(&mut self, held: &Held) -> Told {
        Told::of(self.check(held.question()).await.unwrap())
    }

    /// Asks whatever it is.
    pub(crate) async fn check(&mut self, question: CheckRequest) -> Result<CheckResponse, Status> {
        self.0.check(question).await.map(tonic::Response::into_inner)
    }
}

impl Told {
    pub(crate) fn of(response: CheckResponse) -> Self {
        let passes = response.status.unwrap().code == 0;
        match response.http_response.unwrap() {
            HttpResponse::OkResponse(ok) if passes => Self {
                status: 200,
                fields: fields(&ok.headers),
                body: String::new(),
                removed: ok.headers_to_remove,
            },
            HttpResponse::DeniedResponse(denied) if !passes => Self {
                status: denied.status.unwrap().code,
                fields: fields(&denied.headers),
                body: denied.body,
                removed: vec![],
            },
            other => panic!("the status says otherwise: {other:?}"),
        }
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

fn fields(options: &[HeaderValueOption]) -> Vec<(String, String)> {
    let field = |option: &HeaderValueOption| {
        let header = option.header.clone().unwrap();
        (header.key, header.value)
    };
    options.iter().map(field).collect()
}
