//! A route: a pattern of paths and methods, and what it needs.

use std::fmt;
use std::time::Duration;

use super::endpoint::Endpoint;
use super::method::MethodSet;
use super::path::{PathFault, Target};
use super::requirement::Requirement;

/// One segment of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Segment {
    /// Exactly this, decoded.
    Literal(Box<str>),
    /// Any one segment that is not empty.
    Param(Box<str>),
}

/// A pattern of paths: literal segments, `{param}`, and `**` at the end for whatever is below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: Box<str>,
    pub(crate) segments: Vec<Segment>,
    /// Ends in `**`: the path so far, with or without a slash, and all below it.
    pub(crate) and_below: bool,
    has_encoded_delimiter: bool,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// No request could have this path, since the gate refuses it.
    #[error("no request can have this path: {0}")]
    Unreachable(PathFault),
    /// `**` before the end, or a `*` alone.
    #[error("`**` can stand only at the end, as a segment of its own; for one segment write {{name}}")]
    Star,
    /// `{}` or something around the braces.
    #[error("a parameter is a whole segment, {{name}}, with a name of letters, digits, '-' and '_'")]
    Parameter,
    /// Two parameters share a name.
    #[error("the parameter {{{0}}} is there twice")]
    DuplicateParameter(String),
    /// A query is no part of a path.
    #[error("a path has no query and no fragment")]
    Query,
}

impl Pattern {
    /// Reads a pattern such as `/api/v1/subscribers/{id}` or `/restconf/data/**`.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text.contains(['?', '#']) {
            return Err(PatternError::Query);
        }
        let rest = text.strip_prefix('/').ok_or(PatternError::Unreachable(PathFault::NotAbsolute))?;
        let mut pattern =
            Self { text: text.into(), segments: vec![], and_below: false, has_encoded_delimiter: false };
        let mut parts = rest.split('/').peekable();
        while let Some(part) = parts.next() {
            let is_last = parts.peek().is_none();
            match part {
                "**" if is_last => pattern.and_below = true,
                "**" | "*" => return Err(PatternError::Star),
                "" if !is_last => return Err(PatternError::Unreachable(PathFault::EmptySegment)),
                part if part.contains(['{', '}']) => pattern.push_parameter(part)?,
                part => pattern.push_literal(part)?,
            }
        }
        Ok(pattern)
    }

    fn push_parameter(&mut self, part: &str) -> Result<(), PatternError> {
        let name = part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let is_name = |name: &&str| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        let name = name.filter(is_name).ok_or(PatternError::Parameter)?;
        if self.parameter(name).is_some() {
            return Err(PatternError::DuplicateParameter(name.to_owned()));
        }
        self.segments.push(Segment::Param(name.into()));
        Ok(())
    }

    fn push_literal(&mut self, part: &str) -> Result<(), PatternError> {
        let target = Target::parse(&format!("/{part}")).map_err(PatternError::Unreachable)?;
        self.has_encoded_delimiter |= target.has_encoded_delimiter();
        let key = target.key().strip_prefix('/').unwrap_or_default();
        self.segments.push(Segment::Literal(key.into()));
        Ok(())
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The place of a parameter among the segments.
    pub fn parameter(&self, name: &str) -> Option<usize> {
        self.segments.iter().position(|segment| matches!(segment, Segment::Param(param) if **param == *name))
    }

    /// Whether a literal has a capital letter, written as such or encoded.
    pub(crate) fn has_capitals(&self) -> bool {
        let has = |text: &str| text.bytes().any(|byte| byte.is_ascii_uppercase());
        self.segments.iter().any(|segment| matches!(segment, Segment::Literal(text) if has(text)))
    }

    /// Whether the pattern itself holds an encoded delimiter, so that only a route that forwards them can match.
    pub fn has_encoded_delimiter(&self) -> bool {
        self.has_encoded_delimiter
    }
}

/// What becomes of `%2F %3F %23 %3B %25` in a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EncodedDelimiters {
    /// 400.
    #[default]
    Refuse,
    /// Each is one opaque character of its segment and goes on unchanged, as RESTCONF keys need (RFC 8040 3.5.3).
    Forward,
}

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// Portcullis.
    Own(Endpoint),
    /// Portcullis too: the place is ours, and nothing is there.
    Nowhere,
    /// What is behind it.
    Upstream,
}

/// Whether a requirement is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Enforcement {
    /// Refused when not met.
    #[default]
    Enforced,
    /// Decided, logged and counted, but let through: for trying a rule out. A valid token is needed all the same.
    Shadow,
}

/// A route of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// How logs, metrics and `explain` call it.
    pub id: RouteId,
    /// Which methods it is about.
    pub methods: MethodSet,
    /// What it needs.
    pub requirement: Requirement,
    /// Whether that is held to.
    pub enforcement: Enforcement,
    /// What becomes of encoded delimiters.
    pub encoded_delimiters: EncodedDelimiters,
    /// How long its upstream may take to begin its answer; none: as for all.
    pub timeout: Option<Duration>,
    /// Protocols beside WebSocket that a connection on this route may be upgraded to (RFC 9110 7.8).
    pub upgrades: Vec<Box<str>>,
    /// Who answers.
    pub destination: Destination,
}

impl Route {
    /// A route to the upstream, enforced, with nothing out of the ordinary.
    pub fn to_upstream(id: RouteId, methods: MethodSet, requirement: Requirement) -> Self {
        Self {
            id,
            methods,
            requirement,
            enforcement: Enforcement::default(),
            encoded_delimiters: EncodedDelimiters::default(),
            timeout: None,
            upgrades: vec![],
            destination: Destination::Upstream,
        }
    }

    /// Whether Portcullis answers itself.
    pub fn is_own(&self) -> bool {
        self.destination != Destination::Upstream
    }

    /// Whether both ask the same of a caller. Of roles one is enough, so that their order means nothing.
    pub fn needs_the_same_as(&self, other: &Self) -> bool {
        let (mine, theirs) = (&self.requirement, &other.requirement);
        self.enforcement == other.enforcement && mine.implies(theirs) && theirs.implies(mine)
    }

    /// Whether a request that is let through goes on in the same way.
    pub(crate) fn is_served_as(&self, other: &Self) -> bool {
        let way = |route: &Self| (route.encoded_delimiters, route.timeout, route.upgrades.clone());
        way(self) == way(other)
    }

    /// Whether whoever is let through here is surely let through there.
    pub(crate) fn needs_no_less_than(&self, other: &Self) -> bool {
        let asked = |route: &Self| match route.enforcement {
            Enforcement::Shadow if !route.requirement.is_public() => Requirement::Authenticated,
            Enforcement::Shadow | Enforcement::Enforced => route.requirement.clone(),
        };
        asked(self).implies(&asked(other))
    }
}

/// How a route is called: its methods and its pattern, or `default`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RouteId(std::sync::Arc<str>);

impl RouteId {
    /// The name of a route with this pattern and these methods.
    pub fn new(methods: &MethodSet, pattern: &Pattern) -> Self {
        let path = pattern.as_str();
        if methods.is_every_standard() {
            return Self(path.into());
        }
        let names: Vec<_> = methods.names().into_iter().filter(|name| *name != "HEAD").collect();
        Self(format!("{} {path}", names.join(",")).into())
    }

    /// A name that is no pattern.
    pub fn named(name: &str) -> Self {
        Self(name.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RouteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_literals_parameters_and_a_last_star() {
        let pattern = Pattern::parse("/api/{id}/**").unwrap();
        assert_eq!(pattern.segments.len(), 2);
        assert!(pattern.and_below);
        assert_eq!(pattern.parameter("id"), Some(1));
        assert!(
            Pattern::parse("/").is_ok() && Pattern::parse("/**").is_ok() && Pattern::parse("/a/").is_ok()
        );
    }

    #[test]
    fn patterns_that_no_request_can_meet_are_refused() {
        for wrong in [
            "", "a", "/a//b", "/a/../b", "/a?b", "/a#b", "/{}", "/{a}b", "/{a", "/a}", "/**/a", "/*",
            "/{a}/{a}", "/a;b", "/a%zz", "/a\\b", "/{a b}", "/a.", "/é",
        ] {
            assert!(Pattern::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn routes_are_called_by_their_methods_and_pattern() {
        let pattern = Pattern::parse("/a").unwrap();
        assert_eq!(RouteId::new(&MethodSet::standard(), &pattern).as_str(), "/a");
        let get: MethodSet = [super::super::method::Standard::Get].into_iter().collect();
        assert_eq!(RouteId::new(&get, &pattern).as_str(), "GET /a");
    }
}
