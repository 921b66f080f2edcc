//! What the logic of this crate asks of a database, so that each kind of database is one implementation and no copy.
//!
//! A statement is a constant that every database here understands, with `$1`, `$2` for its values: nothing that came
//! from outside ever becomes part of one.

use std::time::Duration;

use async_trait::async_trait;
use portcullis_core::ports::store_error::{BoxError, StoreError};

/// A value that a statement is given.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'v> {
    Integer(i64),
    Text(&'v str),
    Bytes(&'v [u8]),
    Null,
}

impl From<i64> for Value<'_> {
    fn from(integer: i64) -> Self {
        Self::Integer(integer)
    }
}

impl From<bool> for Value<'_> {
    fn from(yes: bool) -> Self {
        Self::Integer(i64::from(yes))
    }
}

impl<'v> From<&'v str> for Value<'v> {
    fn from(text: &'v str) -> Self {
        Self::Text(text)
    }
}

impl<'v> From<&'v [u8]> for Value<'v> {
    fn from(bytes: &'v [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<V: Into<Self>> From<Option<V>> for Value<'_> {
    fn from(value: Option<V>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// What stands in one column of a row.
#[derive(Debug)]
pub(crate) enum Cell {
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
    Null,
}

/// A row, which is read column by column in the order of the statement.
#[derive(Debug)]
pub(crate) struct Row(std::vec::IntoIter<Cell>);

impl Row {
    pub(crate) fn new(cells: Vec<Cell>) -> Self {
        Self(cells.into_iter())
    }

    /// The next column, which is a number. `field` is how it is called where it is malformed.
    pub(crate) fn integer(&mut self, field: &'static str) -> Result<i64, StoreError> {
        self.optional_integer(field)?.ok_or_else(|| malformed(field, "nothing is there"))
    }

    pub(crate) fn optional_integer(&mut self, field: &'static str) -> Result<Option<i64>, StoreError> {
        match self.0.next() {
            Some(Cell::Integer(integer)) => Ok(Some(integer)),
            Some(Cell::Null) => Ok(None),
            _ => Err(malformed(field, "expected a number")),
        }
    }

    /// The next column, which is a number that is never negative.
    pub(crate) fn count(&mut self, field: &'static str) -> Result<u64, StoreError> {
        u64::try_from(self.integer(field)?).map_err(|error| malformed(field, error))
    }

    /// The next column, which is yes or no.
    pub(crate) fn yes(&mut self, field: &'static str) -> Result<bool, StoreError> {
        Ok(self.integer(field)? != 0)
    }

    pub(crate) fn text(&mut self, field: &'static str) -> Result<String, StoreError> {
        self.optional_text(field)?.ok_or_else(|| malformed(field, "nothing is there"))
    }

    pub(crate) fn optional_text(&mut self, field: &'static str) -> Result<Option<String>, StoreError> {
        match self.0.next() {
            Some(Cell::Text(text)) => Ok(Some(text)),
            Some(Cell::Null) => Ok(None),
            _ => Err(malformed(field, "expected a text")),
        }
    }

    pub(crate) fn bytes(&mut self, field: &'static str) -> Result<Vec<u8>, StoreError> {
        match self.0.next() {
            Some(Cell::Bytes(bytes)) => Ok(bytes),
            _ => Err(malformed(field, "expected bytes")),
        }
    }

    /// The next column, which is so many bytes.
    pub(crate) fn array<const LENGTH: usize>(
        &mut self,
        field: &'static str,
    ) -> Result<[u8; LENGTH], StoreError> {
        let bytes = self.bytes(field)?;
        bytes.try_into().map_err(|_| malformed(field, "bytes of another number"))
    }

    /// The same of a column that may be empty.
    pub(crate) fn optional_array<const LENGTH: usize>(
        &mut self,
        field: &'static str,
    ) -> Result<Option<[u8; LENGTH]>, StoreError> {
        let bytes = match self.0.next() {
            Some(Cell::Bytes(bytes)) => bytes,
            Some(Cell::Null) => return Ok(None),
            _ => return Err(malformed(field, "expected bytes")),
        };
        bytes.try_into().map(Some).map_err(|_| malformed(field, "bytes of another number"))
    }

    /// The next column as a text that `parse` makes something of.
    pub(crate) fn parsed<T, E: Into<BoxError>>(
        &mut self,
        field: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, StoreError> {
        parse(&self.text(field)?).map_err(|error| malformed(field, error))
    }

    /// The same of a column that may be empty.
    pub(crate) fn optionally_parsed<T, E: Into<BoxError>>(
        &mut self,
        field: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, StoreError> {
        let text = self.optional_text(field)?;
        text.map(|text| parse(&text)).transpose().map_err(|error| malformed(field, error))
    }

    /// The next column as words that `parse` makes something of; none where it is empty. A word that makes no sense is
    /// never passed over: where somebody may come from is kept like this, and none of it would be from anywhere.
    pub(crate) fn words<T>(
        &mut self,
        field: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, StoreError> {
        let parsed = |word: &str| parse(word).ok_or("a word that makes no sense");
        let all = |text: &str| text.split(' ').map(parsed).collect::<Result<Vec<T>, _>>();
        Ok(self.optionally_parsed(field, all)?.unwrap_or_default())
    }
}

/// What is stored makes no sense in this field.
pub(crate) fn malformed(field: &'static str, source: impl Into<BoxError>) -> StoreError {
    StoreError::Corrupt { field, source: source.into() }
}

/// A log of writes that stands beside the database, and without which that is not complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Log {
    /// Nothing is in it: the database is complete by itself.
    Empty,
    /// Something is in it, or there is no such thing.
    Other,
}

/// A connection to a database.
#[async_trait]
pub(crate) trait Sql: Send {
    /// Runs a statement, and says how many rows it changed.
    async fn execute(&mut self, statement: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError>;

    /// Runs a statement that returns rows.
    async fn rows(&mut self, statement: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError>;

    /// Begins a transaction that nobody else writes beside; says how the log of writes is then.
    async fn begin(&mut self) -> Result<Log, StoreError>;

    /// Runs a statement that returns at most one row.
    async fn row(
        &mut self,
        statement: &'static str,
        values: &[Value<'_>],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(statement, values).await?.into_iter().next())
    }

    /// Makes what was written since the beginning durable.
    async fn commit(&mut self) -> Result<(), StoreError> {
        self.execute("COMMIT", &[]).await.map(|_| ())
    }

    /// Forgets what was written since the beginning.
    async fn roll_back(&mut self) -> Result<(), StoreError> {
        self.execute("ROLLBACK", &[]).await.map(|_| ())
    }
}

/// A number of the domain as a database keeps it; what is beyond its range is the end of that.
pub(crate) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A span as it is kept.
pub(crate) fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

/// Words as [`Row::words`] reads them.
pub(crate) fn words(all: &[impl ToString]) -> Option<String> {
    let words: Vec<_> = all.iter().map(ToString::to_string).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// How many rows are asked for at most.
pub(crate) fn at_most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
