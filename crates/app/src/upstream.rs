//! The ways to the upstreams that the configuration describes.

mod trust;

use std::sync::Arc;

use anyhow::Context as _;
use portcullis_core::domain::path::Target;
use portcullis_core::domain::prefix::{Prefix, Prefixes};
use portcullis_gateway::{AddressState, Change, Endpoint, Gateway, OnChange, UpstreamOptions};
use portcullis_guard::cause::with_causes;
use portcullis_guard::outbound::Authorization;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;

use crate::config::{Config, Service, Upstream, UpstreamAuthorization};
use crate::telemetry::gauges::{AddressGauge, AddressLabels};
use trust::Trust;
pub(crate) use trust::authorities;

/// What is behind the gate, by the paths that it is for.
#[derive(Default)]
pub(crate) struct Upstreams {
    gateways: Prefixes<Gateway>,
    trust: Option<Trust>,
}

impl Upstreams {
    /// Those of a configuration. Of the ones before, what stays keeps its connections.
    pub(crate) fn open(config: &Config, before: &Self) -> anyhow::Result<Self> {
        let mut trust = None;
        let mut trusting = || {
            let known = match trust.take() {
                Some(known) => known,
                None => Trust::read(config.upstream_ca.as_deref(), before.trust.as_ref())?,
            };
            Ok(Arc::clone(&trust.insert(known).client))
        };
        let gateways: Vec<_> = config
            .services
            .iter()
            .map(|service| Ok((service.prefix.clone(), gateway(service, config, &mut trusting, before)?)))
            .collect::<anyhow::Result<_>>()?;
        Ok(Self { gateways: Prefixes::new(gateways), trust })
    }

    /// The one that a request goes to, by the path that was decided on; none if none is for it.
    pub(crate) fn of(&self, target: &Target) -> Option<&Gateway> {
        self.gateways.find(target)
    }

    /// The addresses of those that have several, for whoever scrapes.
    pub(crate) fn gauges(&self) -> Vec<AddressGauge> {
        let several = self.states().filter(|(_, addresses)| addresses.len() > 1);
        several
            .flat_map(|(prefix, addresses)| {
                (0..).zip(addresses).map(|(address, state)| AddressGauge {
                    labels: AddressLabels { prefix: prefix.as_str().to_owned(), address },
                    is_in_service: state.is_in_service,
                    times_left_out: state.times_left_out,
                })
            })
            .collect()
    }

    /// Each with its addresses as they are now, the longest prefix first.
    pub(crate) fn states(&self) -> impl Iterator<Item = (&Prefix, Vec<AddressState>)> {
        self.gateways.iter().map(|(prefix, gateway)| (prefix, gateway.addresses()))
    }
}

fn gateway(
    service: &Service,
    config: &Config,
    trusting: &mut impl FnMut() -> anyhow::Result<Arc<ClientConfig>>,
    before: &Upstreams,
) -> anyhow::Result<Gateway> {
    let endpoints = service.to.iter().map(|upstream| endpoint(upstream, trusting));
    let mut endpoints = endpoints.collect::<anyhow::Result<Vec<_>>>()?.into_iter();
    let first = endpoints.next().context("the upstream has no address")?;
    let timeouts = config.upstream_timeouts;
    let options = UpstreamOptions {
        others: endpoints.collect(),
        on_change: Some(told_to_the_log(&service.prefix)),
        connect: timeouts.connect,
        response_head: timeouts.response_head,
        pool_idle: timeouts.pool_idle,
        ..UpstreamOptions::new(first)
    };
    Ok(match before.gateways.get(&service.prefix) {
        Some(before) => Gateway::instead_of(before, options),
        None => Gateway::new(options),
    })
}

fn endpoint(
    upstream: &Upstream,
    trusting: &mut impl FnMut() -> anyhow::Result<Arc<ClientConfig>>,
) -> anyhow::Result<Endpoint> {
    Ok(match upstream {
        Upstream::Http { authority } => {
            Endpoint::Http(authority.parse().context("the upstream's host can't be used")?)
        }
        Upstream::Https { host, port } => Endpoint::Https {
            host: ServerName::try_from(host.clone()).context("the upstream's host can't be used")?,
            port: *port,
            tls: trusting()?,
        },
        Upstream::Unix(path) => Endpoint::Unix(path.clone()),
    })
}

fn told_to_the_log(prefix: &Prefix) -> OnChange {
    let prefix = prefix.as_str().to_owned();
    OnChange::new(move |endpoint, change| match change {
        Change::LeftOut { span, why } => {
            let (error, seconds) = (with_causes(why), span.as_secs());
            tracing::warn!(error, prefix, address = %endpoint, seconds, "an address of the upstream is left out");
        }
        Change::Back => tracing::info!(prefix, address = %endpoint, "an address of the upstream is back"),
    })
}

/// The configuration's word in the guard's terms.
pub(crate) fn authorization(configured: UpstreamAuthorization) -> Authorization {
    match configured {
        UpstreamAuthorization::Drop => Authorization::Drop,
        UpstreamAuthorization::Keep => Authorization::Keep,
    }
}
