//! Queries of lists: what to look for, how many, and after which.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_core::domain::directory::Page;
use portcullis_core::domain::selector::query_value;
use serde::Serialize;

use crate::validation::Fault;

/// How many are listed unless the query says otherwise, and at most.
const USUAL: usize = 50;
const MOST: usize = 500;

/// A query that is read parameter by parameter; all that is wrong with it is told at once.
pub(crate) struct Query<'q> {
    query: Option<&'q str>,
    faults: Vec<Fault>,
}

impl<'q> Query<'q> {
    pub(crate) fn new(query: Option<&'q str>) -> Self {
        Self { query, faults: vec![] }
    }

    /// The value of a parameter, decoded, as text.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        query_value(self.query, name).unwrap_or_else(|_| {
            self.wrong(name, "Given more than once");
            None
        })
    }

    /// The value of a parameter, if it is one.
    pub(crate) fn value<T, E: ToString>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match parse(&self.text(name)?) {
            Ok(value) => Some(value),
            Err(error) => {
                self.wrong(name, error.to_string());
                None
            }
        }
    }

    /// How many are asked for.
    pub(crate) fn limit(&mut self) -> usize {
        let limit = |text: &str| match text.parse() {
            Ok(limit) if (1..=MOST).contains(&limit) && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Ok(limit)
            }
            _ => Err(format!("Input should be a number from 1 to {MOST}")),
        };
        self.value("limit", limit).unwrap_or(USUAL)
    }

    /// Says that something is wrong with a parameter.
    pub(crate) fn wrong(&mut self, name: &str, why: impl Into<String>) {
        self.faults.push(Fault::value_error("query", name, why));
    }

    /// What was read, if nothing is wrong with any of it.
    pub(crate) fn done<T>(self, read: T) -> Result<T, Vec<Fault>> {
        if self.faults.is_empty() { Ok(read) } else { Err(self.faults) }
    }
}

/// A part of a list.
#[derive(Debug, Serialize)]
pub(crate) struct Listing<T> {
    items: Vec<T>,
    /// The cursor of the part that follows; none at the end.
    next: Option<String>,
}

/// Names the last one of a part. A name may hold a `+`, which a careless client would send as a space.
pub(crate) fn written_cursor(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

/// Reads it again.
pub(crate) fn read_cursor<T, E>(
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, &'static str> {
    let name = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    name.and_then(|name| parse(&name).ok()).ok_or("Not a cursor of this list")
}

/// One more than is asked for is read, which tells whether anything follows.
pub(crate) fn one_more(page: Page) -> Page {
    Page { limit: page.limit + 1, ..page }
}

impl<T> Listing<T> {
    /// The first `limit` of what was read; `cursor` names an item for whoever asks what comes after it.
    pub(crate) fn of<S>(
        mut read: Vec<S>,
        limit: usize,
        cursor: impl Fn(&S) -> String,
        item: impl Fn(S) -> T,
    ) -> Self {
        let goes_on = read.len() > limit;
        read.truncate(limit);
        let next = read.last().filter(|_| goes_on).map(cursor);
        Self { items: read.into_iter().map(item).collect(), next }
    }
}

#[cfg(test)]
mod tests {
    use portcullis_core::domain::user::Username;

    use super::*;

    #[test]
    fn a_limit_is_a_number_from_1_to_500() {
        let limit = |query| {
            let mut query = Query::new(query);
            let limit = query.limit();
            query.done(limit).ok()
        };
        assert_eq!(limit(None), Some(50));
        assert_eq!(limit(Some("limit=1")), Some(1));
        assert_eq!(limit(Some("limit=500")), Some(500));
        for wrong in [
            "limit=0",
            "limit=501",
            "limit=",
            "limit=%2B5",
            "limit=-1",
            "limit=x",
            "limit=1&limit=2",
            "limit=5.0",
        ] {
            assert_eq!(limit(Some(wrong)), None, "{wrong}");
        }
    }

    #[test]
    fn a_cursor_is_a_name_and_nothing_else() {
        let name = Username::parse("A+b@x.org").unwrap();
        assert_eq!(read_cursor(&written_cursor(name.key()), Username::parse), Ok(name));
        let long = written_cursor(&"x".repeat(65));
        for wrong in ["", "alice", "YQ==", "YSBi", "JyBPUiAxPTE", "_w", &long] {
            assert!(read_cursor(wrong, Username::parse).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_list_says_how_it_goes_on_and_that_it_has_ended() {
        let list = |read: &[u8], limit| {
            let Listing { items, next } = Listing::of(read.to_vec(), limit, u8::to_string, |item| item);
            (items, next)
        };
        assert_eq!(list(&[1, 2, 3], 2), (vec![1, 2], Some("2".to_owned())));
        assert_eq!(list(&[1, 2], 2), (vec![1, 2], None));
        assert_eq!(list(&[], 2), (vec![], None));
    }
}
