//! The BNG's YAML file as a tree that knows its places.
//!
//! A configuration error must name its line, its column and the nearest known key, and all errors must come at
//! once. So the text becomes a tree whose every node has a [`Position`], and the tree is read through [`Field`]
//! and [`MapReader`], which note a [`Fault`] and go on instead of stopping at the first.
//!
//! The file belongs to other programs too. What cannot be read without doubt (a key that stands twice, a tag of
//! another program) is therefore kept as a flaw of its node, and becomes a fault only when that node is read.
//!
//! ```
//! use portcullis_store_yaml::document::{Document, Faults};
//!
//! let document = Document::parse("bgp: 65000\napi:\n  prot: 8443\n  enabled: yes\n")?;
//! let mut faults = Faults::new();
//! if let Some(api) = document.section("api", &mut faults).and_then(|api| api.map(&mut faults)) {
//!     let enabled = api.require("enabled", &mut faults).and_then(|field| field.bool(&mut faults));
//!     let port = api.field("port").and_then(|field| field.parse::<u16>("a port number", &mut faults));
//!     api.deny_unknown(&["enabled", "port"], &mut faults);
//!     assert_eq!((enabled, port), (None, None));
//! }
//! assert_eq!(
//!     faults.to_string(),
//!     "line 3 column 3: api.prot: unknown key; did you mean `port`?\n\
//!      line 4 column 12: api.enabled: expected true or false, found `yes`"
//! );
//! # Ok::<(), portcullis_store_yaml::document::Fault>(())
//! ```

mod fault;
mod field;
mod map_reader;

mod tree;

mod anchors;
mod build;
mod map;

mod nearest;
mod path;
mod shown;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use fault::{Fault, Faults, Position};
pub use field::{Field, Kind};
pub use map_reader::MapReader;
pub use nearest::nearest;
pub use shown::shown;

use path::Path;
use tree::Node;

/// One YAML document, held as a tree in which every node knows where it is written.
#[derive(Debug)]
pub struct Document {
    root: Node,
}

impl Document {
    /// The longest text that [`Document::parse`] takes, in bytes.
    pub const MAX_BYTES: usize = 1 << 20;

    /// Reads exactly one YAML document; an empty file holds the value null.
    ///
    /// # Errors
    /// The text is longer than [`Document::MAX_BYTES`]; or the first place where it is not YAML 1.2, holds a
    /// second document, is nested too deeply, or uses aliases beyond their budget.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        if text.len() > Self::MAX_BYTES {
            return Err(Fault::of_file(format!("the file is longer than {} bytes", Self::MAX_BYTES)));
        }
        Ok(Self { root: build::build(text)? })
    }

    /// The whole document, to be read with everything that is wrong with it.
    pub fn root(&self) -> Field<'_> {
        Field::new(&self.root, Path::default())
    }

    /// One section of a file that is shared with other programs: notes what is wrong with that section's own
    /// key, and nothing about its neighbours. `None` if the file has no such section.
    pub fn section(&self, name: &str, faults: &mut Faults) -> Option<Field<'_>> {
        self.root().section(name, faults)
    }
}
