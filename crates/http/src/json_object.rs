//! The body of a request to an endpoint of ours: one JSON object, with each member once and none that nobody asked for.
//!
//! A handler takes the members that it knows, one by one; what is wrong with any of them is remembered, and told all at
//! once at the end.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::validation::{Fault, Step};

/// An object whose members are being taken.
pub(crate) struct JsonObject {
    members: Vec<(String, Value)>,
    faults: Vec<Fault>,
}

impl JsonObject {
    /// Reads a body.
    pub(crate) fn read(content_type: Option<&str>, body: &[u8]) -> Result<Self, Vec<Fault>> {
        if !content_type.is_none_or(is_json) {
            return Err(vec![Fault::json_invalid(0, "the content type is not application/json")]);
        }
        let members =
            serde_json::from_slice::<Members>(body).map_err(|error| vec![json_fault(body, &error)])?.0;
        Ok(Self { members, faults: vec![] })
    }

    /// A string that must be there.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        let value = self.required(name)?;
        self.as_text(name, value)
    }

    /// A string, where it is given.
    pub(crate) fn optional_text(&mut self, name: &str) -> Option<String> {
        let value = self.take(name)?;
        self.as_text(name, value)
    }

    /// A string, where it is given and is not null.
    pub(crate) fn nullable_text(&mut self, name: &str) -> Option<String> {
        let value = self.take(name).filter(|value| !value.is_null())?;
        self.as_text(name, value)
    }

    /// A boolean, where it is given.
    pub(crate) fn optional_flag(&mut self, name: &str) -> Option<bool> {
        match self.take(name)? {
            Value::Bool(flag) => Some(flag),
            _ => self.reject(Fault::bool_type("body", name)),
        }
    }

    /// A list that must be there.
    pub(crate) fn list(&mut self, name: &str) -> Option<Vec<Value>> {
        let value = self.required(name)?;
        self.as_list(name, value)
    }

    /// A list, where it is given.
    pub(crate) fn optional_list(&mut self, name: &str) -> Option<Vec<Value>> {
        let value = self.take(name)?;
        self.as_list(name, value)
    }

    /// A list, where it is given and is not null.
    pub(crate) fn nullable_list(&mut self, name: &str) -> Option<Vec<Value>> {
        let value = self.take(name).filter(|value| !value.is_null())?;
        self.as_list(name, value)
    }

    /// Reads the elements of a list, each of which must be a text that `parse` makes something of.
    pub(crate) fn texts<T, E: fmt::Display>(
        &mut self,
        name: &str,
        list: &[Value],
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<T> {
        let mut all = vec![];
        for (index, value) in list.iter().enumerate() {
            let text = value.as_str().ok_or_else(|| "Input should be a valid string".to_owned());
            match text.and_then(|text| parse(text).map_err(|error| error.to_string())) {
                Ok(parsed) => all.push(parsed),
                Err(why) => {
                    let mut fault = Fault::value_error("body", name, why);
                    fault.loc.push(Step::Place(index));
                    self.faults.push(fault);
                }
            }
        }
        all
    }

    /// What `parse` makes of a text that was given; what it says against it is told.
    pub(crate) fn parsed<T, E: fmt::Display>(
        &mut self,
        name: &str,
        text: Option<String>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match parse(&text?) {
            Ok(parsed) => Some(parsed),
            Err(error) => self.reject(Fault::value_error("body", name, error.to_string())),
        }
    }

    /// Reads the elements of a list, each of which must be an object.
    pub(crate) fn objects<T>(
        &mut self,
        name: &str,
        list: Vec<Value>,
        read: impl Fn(&mut JsonObject) -> Option<T>,
    ) -> Vec<T> {
        let mut all = vec![];
        for (index, value) in list.into_iter().enumerate() {
            let place = || [Step::Name(name.to_owned()), Step::Place(index)];
            let Value::Object(members) = value else {
                self.faults.push(Fault::object_type("body", name, index));
                continue;
            };
            let mut object = Self { members: members.into_iter().collect(), faults: vec![] };
            all.extend(read(&mut object));
            let faults = object.finish().err().unwrap_or_default();
            self.faults.extend(faults.into_iter().map(|fault| fault.below(place())));
        }
        all
    }

    /// Remembers what is wrong.
    pub(crate) fn reject<T>(&mut self, fault: Fault) -> Option<T> {
        self.faults.push(fault);
        None
    }

    /// Everything was taken: what is left was not asked for.
    pub(crate) fn finish(mut self) -> Result<(), Vec<Fault>> {
        self.faults.extend(self.members.iter().map(|(name, _)| Fault::extra_forbidden("body", name)));
        if self.faults.is_empty() { Ok(()) } else { Err(self.faults) }
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        let index = self.members.iter().position(|(member, _)| member == name)?;
        Some(self.members.remove(index).1)
    }

    fn required(&mut self, name: &str) -> Option<Value> {
        match self.take(name) {
            Some(value) => Some(value),
            None => self.reject(Fault::missing("body", name)),
        }
    }

    fn as_text(&mut self, name: &str, value: Value) -> Option<String> {
        match value {
            Value::String(text) => Some(text),
            _ => self.reject(Fault::string_type("body", name)),
        }
    }

    fn as_list(&mut self, name: &str, value: Value) -> Option<Vec<Value>> {
        match value {
            Value::Array(list) => Some(list),
            _ => self.reject(Fault::list_type("body", name)),
        }
    }
}

/// `application/json`, or a type that is built on it (RFC 6839 3.1), with whatever parameters.
fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type == "application/json"
        || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

fn json_fault(body: &[u8], error: &serde_json::Error) -> Fault {
    let lines = body.split(|byte| *byte == b'\n').take(error.line().saturating_sub(1));
    let place = lines.map(|line| line.len() + 1).sum::<usize>() + error.column().saturating_sub(1);
    let why = match error.classify() {
        serde_json::error::Category::Eof => "the text ends too early",
        serde_json::error::Category::Data => "an object is expected, with each member once",
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => "not JSON",
    };
    Fault::json_invalid(place, why)
}

/// The members of an object, each once; the same of every object in it.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members: Vec<(String, Value)> = vec![];
        while let Some((name, Strict(value))) = map.next_entry()? {
            if members.iter().any(|(earlier, _)| *earlier == name) {
                return Err(A::Error::custom("a member is given twice"));
            }
            members.push((name, value));
        }
        Ok(Members(members))
    }
}

/// A value whose objects have each member once.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
        Ok(Value::Object(MembersVisitor.visit_map(map)?.0.into_iter().collect()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut all = vec![];
        while let Some(Strict(value)) = sequence.next_element()? {
            all.push(value);
        }
        Ok(Value::Array(all))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Value, E> {
        Ok(flag.into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
}

#[cfg(test)]
#[path = "json_object_tests.rs"]
mod tests;
