//! The `methods` of a route.

use portcullis_core::domain::method::{Method, MethodSet, Standard};
use portcullis_store_yaml::document::{Faults, Field, Kind, shown};

/// The methods that a route lists; every standard one if it lists none.
pub(super) fn methods(list: Option<&Field<'_>>, faults: &mut Faults) -> MethodSet {
    let Some(list) = list else { return MethodSet::standard() };
    let items = list.list(faults);
    let named: Vec<_> = items.iter().filter_map(|item| Some((item, read_method(item, faults)?))).collect();
    let mut methods = MethodSet::default();
    for (_, method) in &named {
        methods.insert(method);
    }
    if items.is_empty() && list.kind() == Kind::List {
        faults.push(list.fault("names no method; a route for all of them has no `methods`"));
    }
    deny_head_alone(&named, faults);
    methods
}

/// HEAD is decided as GET, so that a route for HEAD alone would let GET through without saying so.
fn deny_head_alone(named: &[(&Field<'_>, Method)], faults: &mut Faults) {
    let place_of = |wanted| named.iter().find(|(_, method)| *method == Method::Standard(wanted));
    if let (Some((item, _)), None) = (place_of(Standard::Head), place_of(Standard::Get)) {
        faults.push(item.fault("HEAD is decided as GET; write GET"));
    }
}

fn read_method(item: &Field<'_>, faults: &mut Faults) -> Option<Method> {
    let text = item.scalar(faults)?;
    match check(text) {
        Ok(()) => Some(Method::new(text)),
        Err(message) => {
            faults.push(item.fault(message));
            None
        }
    }
}

/// Methods compare with case (RFC 9110 9.1); those in use are in capitals, and `get` would match no request.
fn check(text: &str) -> Result<(), String> {
    let upper = text.to_ascii_uppercase();
    if !is_token(text) {
        return Err(format!("expected a method, found `{}`", shown(text)));
    }
    if Method::is_never_served(&upper) {
        return Err(format!("{upper} is never served, whatever a route says"));
    }
    if upper != text {
        return Err(format!("methods are written in capitals: `{upper}`"));
    }
    Ok(())
}

/// A token as RFC 9110 5.6.2 has it, of a length that a server takes.
pub(super) fn is_token(text: &str) -> bool {
    let is_token_character = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(is_token_character)
}
