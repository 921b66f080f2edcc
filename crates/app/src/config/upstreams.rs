//! `upstreams`: whom the gate stands before, for some paths, and where the same service is more than once.

use portcullis_core::domain::prefix::Prefix;
use portcullis_store_yaml::document::{Faults, Field, Kind, Position, shown};

use super::setting::Setting;
use super::upstream::{FORM, Upstream, read};

const KEYS: &[&str] = &["prefix", "to"];

/// At how many addresses one service can be.
const MOST: usize = 32;

/// A service behind the gate: what requests below a prefix are handed on to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Service {
    /// Which requests.
    pub(crate) prefix: Prefix,
    /// Where it is: at each of these; never none.
    pub(crate) to: Vec<Upstream>,
}

/// The services of the file, and `upstream`, which is for what no prefix matches. Those with a fault may be missing from
/// what is returned.
pub(super) fn services(
    list: Option<&Field<'_>>,
    upstream: Option<&Upstream>,
    faults: &mut Faults,
) -> Vec<Service> {
    let items = list.filter(|list| list.kind() != Kind::Null).map(|list| list.list(faults));
    let mut known = Known { places: vec![], has_upstream: upstream.is_some() };
    let mut services: Vec<_> =
        items.unwrap_or_default().iter().filter_map(|item| service(item, &mut known, faults)).collect();
    services.extend(upstream.map(|to| Service { prefix: Prefix::root(), to: vec![to.clone()] }));
    services
}

fn service(item: &Field<'_>, known: &mut Known, faults: &mut Faults) -> Option<Service> {
    let map = item.map(faults)?;
    map.deny_unknown(KEYS, faults);
    let prefix = map.require("prefix", faults).and_then(|field| known.read(&field, faults));
    let to = map.require("to", faults).map(|field| addresses(&field, faults));
    let to = to.filter(|to| !to.is_empty());
    Some(Service { prefix: prefix?, to: to? })
}

/// The prefixes so far, and where they stand.
struct Known {
    places: Vec<(Prefix, Position)>,
    has_upstream: bool,
}

impl Known {
    fn read(&mut self, field: &Field<'_>, faults: &mut Faults) -> Option<Prefix> {
        let text = field.scalar(faults)?;
        let prefix = Prefix::parse(text)
            .map_err(|error| faults.push(field.fault(format!("{error}, found `{}`", shown(text)))))
            .ok()?;
        if self.has_upstream && prefix.is_same_as(&Prefix::root()) {
            faults.push(field.fault("`upstream` is for what no other prefix matches; give one of the two"));
        }
        if let Some((_, at)) = self.places.iter().find(|(known, _)| known.is_same_as(&prefix)) {
            faults.push(field.fault(format!("the prefix is there already, in {at}")));
        }
        self.places.push((prefix.clone(), field.at()));
        Some(prefix)
    }
}

/// One address, or a list of them.
fn addresses(field: &Field<'_>, faults: &mut Faults) -> Vec<Upstream> {
    let items = match field.kind() {
        Kind::List => field.list(faults),
        Kind::Scalar | Kind::Null | Kind::Map => vec![field.clone()],
    };
    if items.is_empty() {
        faults.push(field.fault(format!("names no address; {FORM}, or a list of them")));
    }
    if items.len() > MOST {
        faults.push(field.fault(format!("holds {} addresses, and at most {MOST} are possible", items.len())));
    }
    let mut addresses = vec![];
    for item in items {
        let Some(address) = read(&Setting::Written(item.clone()), faults) else { continue };
        if addresses.contains(&address) {
            faults.push(item.fault("is there twice"));
        }
        addresses.push(address);
    }
    addresses
}
