//! Anchors, and the budget within which aliases may refer to them.
//!
//! An alias shares its anchor's node, so that even a bomb of aliases takes no memory. The budget bounds the
//! work of whoever reads the tree, to whom every alias looks like a copy.

use std::collections::BTreeMap;

use super::fault::{Fault, Position};
use super::tree::Node;

/// What all aliases together may add, in nodes. A long text counts as several.
const COPY_BUDGET: usize = 20_000;

/// So many bytes of text count as one node more.
const BYTES_PER_NODE: usize = 64;

/// How deep lists and maps may be nested, those that aliases bring along included.
const MAX_DEPTH: usize = 64;

/// A finished node, and what it costs to have it once more.
#[derive(Clone)]
pub(super) struct Built {
    pub(super) node: Node,
    pub(super) size: Size,
}

/// The extent of a subtree.
#[derive(Clone, Copy)]
pub(super) struct Size {
    /// Nodes, and what their texts count for.
    nodes: usize,
    /// Levels of lists and maps.
    height: usize,
}

impl Size {
    /// A text of this many bytes.
    pub(super) fn of_text(bytes: usize) -> Self {
        Self { nodes: 1 + bytes / BYTES_PER_NODE, height: 0 }
    }

    /// A list or map that holds nothing yet.
    pub(super) fn of_collection() -> Self {
        Self { nodes: 1, height: 1 }
    }

    /// The collection grows by a child. Can't overflow: the text bounds what is written, the budget what is
    /// copied.
    pub(super) fn add(&mut self, child: Self) {
        self.nodes += child.nodes;
        self.height = self.height.max(child.height + 1);
    }
}

/// The anchors whose nodes are complete.
pub(super) struct Anchors {
    nodes: BTreeMap<usize, Built>,
    budget: usize,
}

impl Anchors {
    pub(super) fn new() -> Self {
        Self { nodes: BTreeMap::new(), budget: COPY_BUDGET }
    }

    /// Remembers a node under its anchor; 0 means that it has none.
    pub(super) fn define(&mut self, anchor: usize, built: &Built) {
        if anchor != 0 {
            self.nodes.insert(anchor, built.clone());
        }
    }

    /// The node of an anchor, for an alias at `at` that is `depth` levels deep. It stands where the alias
    /// stands; what is inside it keeps the places where it is written.
    pub(super) fn copy(&mut self, anchor: usize, at: Position, depth: usize) -> Result<Built, Fault> {
        // The parser knows every anchor that began, so one without a node has not ended yet.
        let Some(Built { node, size }) = self.nodes.get(&anchor) else {
            return Err(Fault::of_place(at, "an alias must not stand inside its own anchor"));
        };
        if depth + size.height > MAX_DEPTH {
            return Err(too_deep(at));
        }
        let Some(rest) = self.budget.checked_sub(size.nodes) else {
            let message = format!("the aliases of this file stand for more than {COPY_BUDGET} values");
            return Err(Fault::of_place(at, message));
        };
        self.budget = rest;
        Ok(Built { node: Node { at, ..node.clone() }, size: *size })
    }
}

/// Whether one more list or map may begin inside `depth` others.
pub(super) fn check_depth(depth: usize, at: Position) -> Result<(), Fault> {
    if depth < MAX_DEPTH { Ok(()) } else { Err(too_deep(at)) }
}

pub(super) fn too_deep(at: Position) -> Fault {
    Fault::of_place(at, format!("nested more than {MAX_DEPTH} levels deep"))
}
