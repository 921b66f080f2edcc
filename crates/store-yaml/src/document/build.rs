//! From the parser's events to the tree.

use granit_parser::{ErrorKind, Event, Marker, Parser, ScalarStyle, ScanError, Span, StructureStyle, Tag};

use super::anchors::{self, Anchors, Built, Size};
use super::fault::{Fault, Position};
use super::map::OpenMap;
use super::tree::{Flaw, Node, Scalar, Value};

/// Reads a text of at most one document; the caller bounds its length.
pub(super) fn build(text: &str) -> Result<Node, Fault> {
    let mut builder = Builder { text, documents: 0, open: Vec::new(), anchors: Anchors::new(), root: None };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| syntax_fault(&error))?;
        builder.take(event, &span)?;
    }
    let nothing = || Node::new(Position { line: 1, column: 1 }, Value::Null, Vec::new());
    Ok(builder.root.unwrap_or_else(nothing))
}

struct Builder<'t> {
    text: &'t str,
    documents: usize,
    /// The lists and maps that have begun and not ended, outermost first.
    open: Vec<Open>,
    anchors: Anchors,
    root: Option<Node>,
}

struct Open {
    at: Position,
    anchor: usize,
    flaws: Vec<Flaw>,
    size: Size,
    items: Items,
}

enum Items {
    List(Vec<Node>),
    Map(OpenMap),
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: &Span) -> Result<(), Fault> {
        let at = place(&span.start);
        match event {
            Event::DocumentStart(..) => self.begin_document(at)?,
            Event::Alias(anchor) => {
                let copy = self.anchors.copy(anchor, at, self.open.len())?;
                self.put(copy);
            }
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && !tag.as_deref().is_some_and(makes_text);
                let flaws = flaws_of_tag(tag.as_deref(), span);
                let size = Size::of_text(text.len());
                let node = Node::scalar(at, Scalar { text: text.into_owned(), plain }, flaws);
                self.finish(anchor, Built { node, size });
            }
            Event::SequenceStart(style, anchor, tag) => {
                let at = self.start_of_list(style, &span.start).unwrap_or(at);
                self.begin(at, anchor, flaws_of_tag(tag.as_deref(), span), Items::List(Vec::new()))?;
            }
            Event::MappingStart(_, anchor, tag) => {
                self.begin(at, anchor, flaws_of_tag(tag.as_deref(), span), Items::Map(OpenMap::default()))?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            _ => {}
        }
        Ok(())
    }

    fn begin_document(&mut self, at: Position) -> Result<(), Fault> {
        self.documents += 1;
        if self.documents > 1 {
            return Err(Fault::of_place(at, "the file holds more than one YAML document"));
        }
        Ok(())
    }

    fn begin(&mut self, at: Position, anchor: usize, flaws: Vec<Flaw>, items: Items) -> Result<(), Fault> {
        anchors::check_depth(self.open.len(), at)?;
        self.open.push(Open { at, anchor, flaws, size: Size::of_collection(), items });
        Ok(())
    }

    fn end(&mut self) {
        let Some(Open { at, anchor, mut flaws, size, items }) = self.open.pop() else { return };
        let value = match items {
            Items::List(nodes) => Value::List(nodes),
            Items::Map(map) => {
                let (members, flaws_of_keys) = map.close();
                flaws.extend(flaws_of_keys);
                Value::Map(members)
            }
        };
        self.finish(anchor, Built { node: Node::new(at, value, flaws), size });
    }

    fn finish(&mut self, anchor: usize, built: Built) {
        self.anchors.define(anchor, &built);
        self.put(built);
    }

    /// Puts a node where it belongs: into the innermost list or map, or at the root.
    fn put(&mut self, Built { node, size }: Built) {
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        parent.size.add(size);
        match &mut parent.items {
            Items::List(nodes) => nodes.push(node),
            Items::Map(map) => map.take(node),
        }
    }

    /// The first dash of a list that stands as deep as its key; the parser gives the place behind it.
    fn start_of_list(&self, style: StructureStyle, behind_dash: &Marker) -> Option<Position> {
        let is_value = matches!(&self.open.last()?.items, Items::Map(map) if map.awaits_value());
        if style != StructureStyle::Block || !is_value {
            return None;
        }
        let before = self.text.get(..behind_dash.byte_offset()?)?;
        let line = before.rsplit(['\n', '\r']).next()?;
        let from_dash = line.trim_start_matches(' ');
        let column = number(line.len() - from_dash.len()).saturating_add(1);
        from_dash.starts_with('-').then_some(Position { line: number(behind_dash.line()), column })
    }
}

/// `!!str` and the lone `!` make text of what would else be null, true or false (YAML 1.2.2, 6.9.1).
fn makes_text(tag: &Tag) -> bool {
    tag.is_yaml_core_schema_tag("str") || is_non_specific(tag)
}

fn is_non_specific(tag: &Tag) -> bool {
    tag.parts() == ("", "!")
}

/// A tag of another program changes what a value means, so that it can't be read as if it had none. The tag is
/// not shown, since it is a password if somebody left the quotes away: `password: !hunter2`.
fn flaws_of_tag(tag: Option<&Tag>, span: &Span) -> Vec<Flaw> {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema() && !is_non_specific(tag) => {
            let at = place(&span.tag_start().unwrap_or(span.start));
            let message = "this tag is not understood; text that begins with `!` needs quotes";
            vec![Flaw { at, key: None, message: message.to_owned() }]
        }
        _ => Vec::new(),
    }
}

fn syntax_fault(error: &ScanError) -> Fault {
    let at = place(error.marker());
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => anchors::too_deep(at),
        kind => Fault::of_place(at, format!("not YAML: {kind}")),
    }
}

/// The parser counts lines from 1 and columns from 0.
fn place(marker: &Marker) -> Position {
    Position { line: number(marker.line()), column: number(marker.col()).saturating_add(1) }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
