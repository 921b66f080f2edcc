//! Request methods (RFC 9110 9) and sets of them.

use std::fmt;

/// A request method. Methods compare with case (RFC 9110 9.1).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Method {
    /// One that every route without `methods` accepts.
    Standard(Standard),
    /// Any other: 405 unless a route names it.
    Other(Box<str>),
}

/// The methods that are known without being named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Standard {
    Get = 1,
    Head = 2,
    Options = 4,
    Post = 8,
    Put = 16,
    Patch = 32,
    Delete = 64,
}

impl Standard {
    /// All of them, in the order in which `Allow` lists them.
    pub const ALL: [Self; 7] =
        [Self::Get, Self::Head, Self::Options, Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// The method as it stands on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl Method {
    /// Takes a method as it stands on the wire.
    pub fn new(text: &str) -> Self {
        Standard::ALL
            .into_iter()
            .find(|standard| standard.as_str() == text)
            .map_or_else(|| Self::Other(text.into()), Self::Standard)
    }

    /// The method as it stands on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Standard(standard) => standard.as_str(),
            Self::Other(name) => name,
        }
    }

    /// The method that this one is decided as: HEAD is decided as GET.
    pub fn decided_as(&self) -> &Self {
        match self {
            Self::Standard(Standard::Head) => &Self::Standard(Standard::Get),
            other => other,
        }
    }

    /// Whether it is safe (RFC 9110 9.2.1): GET, HEAD or OPTIONS.
    pub fn is_safe(&self) -> bool {
        matches!(self, Self::Standard(Standard::Get | Standard::Head | Standard::Options))
    }

    /// Whether it is one of those that no route can name.
    pub fn is_never_served(text: &str) -> bool {
        matches!(text, "CONNECT" | "TRACE")
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of methods, as a route lists them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MethodSet {
    standard: u8,
    others: Vec<Box<str>>,
    /// Whatever else somebody makes up is in it too.
    open: bool,
}

impl MethodSet {
    /// Every standard method: what a route that lists none accepts.
    pub fn standard() -> Self {
        Standard::ALL.into_iter().collect()
    }

    /// Every method there is.
    pub fn every() -> Self {
        Self { open: true, ..Self::standard() }
    }

    /// Adds a method; HEAD is decided as GET, so the one stands for both.
    pub fn insert(&mut self, method: &Method) {
        match method.decided_as() {
            Method::Standard(standard) => self.standard |= *standard as u8,
            Method::Other(name) if self.others.contains(name) => {}
            Method::Other(name) => self.others.push(name.clone()),
        }
    }

    /// Those of this set and those of the other.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.standard |= other.standard;
        self.open |= other.open;
        let new: Vec<_> = other.others.iter().filter(|name| !self.others.contains(name)).cloned().collect();
        self.others.extend(new);
        self
    }

    /// Whether a request with this method is meant.
    pub fn contains(&self, method: &Method) -> bool {
        match method.decided_as() {
            Method::Standard(standard) => self.standard & *standard as u8 != 0,
            Method::Other(name) => self.open || self.others.contains(name),
        }
    }

    /// Whether some method is in both.
    pub fn meets(&self, other: &Self) -> bool {
        self.standard & other.standard != 0 || self.others.iter().any(|name| other.others.contains(name))
    }

    /// Whether every standard method is in it.
    pub fn is_every_standard(&self) -> bool {
        self.standard == Self::standard().standard && self.others.is_empty()
    }

    /// The methods, HEAD where GET is, as the field `Allow` lists them (RFC 9110 10.2.1).
    pub fn names(&self) -> Vec<&str> {
        let contained = |standard: &Standard| self.contains(&Method::Standard(*standard));
        let mut names: Vec<&str> =
            Standard::ALL.into_iter().filter(contained).map(Standard::as_str).collect();
        names.extend(self.others.iter().map(AsRef::<str>::as_ref));
        names
    }
}

impl FromIterator<Standard> for MethodSet {
    fn from_iter<I: IntoIterator<Item = Standard>>(methods: I) -> Self {
        let mut set = Self::default();
        methods.into_iter().for_each(|method| set.insert(&Method::Standard(method)));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn head_is_decided_as_get() {
        let get: MethodSet = [Standard::Get].into_iter().collect();
        assert!(get.contains(&Method::new("HEAD")));
        assert_eq!(get.names(), ["GET", "HEAD"]);
    }

    #[test]
    fn methods_compare_with_case() {
        assert_eq!(Method::new("get"), Method::Other("get".into()));
        assert!(!MethodSet::standard().contains(&Method::new("get")));
        assert!(!MethodSet::standard().contains(&Method::new("PROPFIND")));
    }
}
