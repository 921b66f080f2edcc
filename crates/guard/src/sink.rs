//! Where the fields of a message are put, one after the other: into a map, or into the text that is sent.

use bytes::{BufMut, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::values::Values;

/// Takes the fields of a message.
pub trait FieldSink {
    /// What values are written into.
    type Buffer: BufMut;

    /// Takes a field as it is.
    fn pass(&mut self, name: &HeaderName, value: &HeaderValue);

    /// Takes a field with the value that `write` writes, or with none, if that is no value (RFC 9110 5.5). It is the only
    /// one of its name.
    fn write(&mut self, name: &HeaderName, write: impl FnOnce(&mut Self::Buffer));
}

/// Puts fields into a map.
pub(crate) struct IntoMap<'m> {
    headers: &'m mut HeaderMap,
    values: Values,
}

impl<'m> IntoMap<'m> {
    pub(crate) fn new(headers: &'m mut HeaderMap) -> Self {
        Self { headers, values: Values::new() }
    }
}

impl FieldSink for IntoMap<'_> {
    type Buffer = BytesMut;

    fn pass(&mut self, name: &HeaderName, value: &HeaderValue) {
        self.headers.append(name, value.clone());
    }

    fn write(&mut self, name: &HeaderName, write: impl FnOnce(&mut BytesMut)) {
        self.headers.insert(name, self.values.written(write));
    }
}
