//! The tree: values, their places, and what is wrong with them if somebody reads them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::fault::Position;

/// A value and its place. A clone is cheap and shares the value, which is how an alias stands for its anchor.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) at: Position,
    pub(super) body: Arc<Body>,
}

/// What stands at a node, and its flaws.
#[derive(Debug, Clone)]
pub(super) struct Body {
    pub(super) value: Value,
    pub(super) flaws: Vec<Flaw>,
}

#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Map),
}

pub(super) type Map = BTreeMap<String, Member>;

/// The value of a key, and where the key stands.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) key_at: Position,
    pub(super) node: Node,
}

/// Text, and whether it is written without quotes.
#[derive(Clone)]
pub(super) struct Scalar {
    pub(super) text: String,
    pub(super) plain: bool,
}

/// Shows no text, since it may be a password's hash.
impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scalar").field("plain", &self.plain).finish_non_exhaustive()
    }
}

/// Something that is a fault if the node is read, and nobody's business otherwise.
#[derive(Debug, Clone)]
pub(super) struct Flaw {
    pub(super) at: Position,
    /// The member of the map that is concerned; `None` if it is the node itself.
    pub(super) key: Option<String>,
    pub(super) message: String,
}

impl Node {
    pub(super) fn new(at: Position, value: Value, flaws: Vec<Flaw>) -> Self {
        Self { at, body: Arc::new(Body { value, flaws }) }
    }

    /// Plain `~`, `null`, `Null`, `NULL` and nothing at all are null (YAML 1.2.2, 10.3.2); all else is text.
    pub(super) fn scalar(at: Position, scalar: Scalar, flaws: Vec<Flaw>) -> Self {
        let null = scalar.plain && matches!(scalar.text.as_str(), "" | "~" | "null" | "Null" | "NULL");
        Self::new(at, if null { Value::Null } else { Value::Scalar(scalar) }, flaws)
    }
}
