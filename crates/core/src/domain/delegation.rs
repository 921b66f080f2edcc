//! What a user lets a client do for him (RFC 6749 1.4).

use std::sync::Arc;

use super::client::ClientId;
use super::right::{RightError, RightPattern};

/// A client that acts for a user, and the rights for which it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// The client.
    pub client: ClientId,
    /// The rights. They give what both the user and the client hold of them, whenever a token is shown.
    pub scope: Arc<[RightPattern]>,
}

impl Delegation {
    /// The rights, separated by spaces (RFC 6749 3.3).
    pub fn scope_text(&self) -> String {
        scope_text(&self.scope)
    }

    /// Reads what [`Delegation::scope_text`] wrote: an empty text is no right at all.
    pub fn read(client: ClientId, scope: &str) -> Result<Self, RightError> {
        let rights = scope.split(' ').filter(|_| !scope.is_empty()).map(RightPattern::parse);
        Ok(Self { client, scope: rights.collect::<Result<_, _>>()? })
    }
}

/// Rights, separated by spaces.
pub fn scope_text(rights: &[RightPattern]) -> String {
    rights.iter().map(RightPattern::as_str).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_read_as_it_was_written() {
        for text in ["", "qos:view", "qos:view device:*"] {
            let delegation = Delegation::read(ClientId::parse("portal").unwrap(), text).unwrap();
            assert_eq!(delegation.scope_text(), text);
        }
        for wrong in [" ", "qos:view ", "qos", "qos:view  device:*"] {
            assert!(Delegation::read(ClientId::parse("portal").unwrap(), wrong).is_err(), "{wrong:?}");
        }
    }
}
