//! What is wrong with a body or a query, all of it at once, in the form that FastAPI's clients know.

use serde::Serialize;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Fault {
    /// A stable word: `missing`, `string_type`, `bool_type`, `list_type`, `dict_type`, `string_too_long`, `json_invalid`,
    /// `extra_forbidden`, `value_error`.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// Where: `["body", "password"]`.
    pub(crate) loc: Vec<Step>,
    /// For people.
    pub(crate) msg: String,
}

/// A step on the way to what is wrong: a member's name, or a place in the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Step {
    /// A member.
    Name(String),
    /// A byte of the text, or an element of a list.
    Place(usize),
}

impl Fault {
    fn new(kind: &'static str, part: &str, name: &str, msg: impl Into<String>) -> Self {
        Self { kind, loc: vec![Step::Name(part.to_owned()), Step::Name(name.to_owned())], msg: msg.into() }
    }

    /// A field that must be there is not.
    pub(crate) fn missing(part: &str, name: &str) -> Self {
        Self::new("missing", part, name, "Field required")
    }

    /// A field is no string.
    pub(crate) fn string_type(part: &str, name: &str) -> Self {
        Self::new("string_type", part, name, "Input should be a valid string")
    }

    /// A field is no boolean.
    pub(crate) fn bool_type(part: &str, name: &str) -> Self {
        Self::new("bool_type", part, name, "Input should be a valid boolean")
    }

    /// A field is no list.
    pub(crate) fn list_type(part: &str, name: &str) -> Self {
        Self::new("list_type", part, name, "Input should be a valid list")
    }

    /// An element of a list is no object.
    pub(crate) fn object_type(part: &str, name: &str, index: usize) -> Self {
        let mut fault = Self::new("dict_type", part, name, "Input should be a valid dictionary");
        fault.loc.push(Step::Place(index));
        fault
    }

    /// A field is longer than it may be, in characters.
    pub(crate) fn string_too_long(part: &str, name: &str, most: usize) -> Self {
        Self::new("string_too_long", part, name, format!("String should have at most {most} characters"))
    }

    /// A field that nobody asked for.
    pub(crate) fn extra_forbidden(part: &str, name: &str) -> Self {
        Self::new("extra_forbidden", part, name, "Extra inputs are not permitted")
    }

    /// A field is a string, but none that makes sense.
    pub(crate) fn value_error(part: &str, name: &str, msg: impl Into<String>) -> Self {
        Self::new("value_error", part, name, msg)
    }

    /// The body is no JSON object.
    pub(crate) fn json_invalid(place: usize, why: &str) -> Self {
        Self {
            kind: "json_invalid",
            loc: vec![Step::Name("body".to_owned()), Step::Place(place)],
            msg: format!("JSON decode error: {why}"),
        }
    }

    /// The same, found in something that is itself so far below the body.
    #[must_use]
    pub(crate) fn below(mut self, steps: impl IntoIterator<Item = Step>) -> Self {
        self.loc.splice(1..1, steps);
        self
    }
}
