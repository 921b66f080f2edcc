//! What of the benchmark is wanted, and how it is said.

/// How to measure, and how to say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Options {
    /// Short rounds: to see that it works, not to quote.
    pub(crate) quick: bool,
    /// For a program to read.
    pub(crate) json: bool,
    /// What is to be done.
    pub(crate) task: Task,
    /// One piece of the work alone.
    pub(crate) only: Option<Part>,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Task {
    /// Measure what a request costs.
    #[default]
    Requests,
    /// Measure a store with very many users, and nothing else.
    Store,
    /// Get the programs to compare with, and measure nothing.
    Install,
}

/// A piece of the work, that can be asked for by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Parts,
    Starts,
    Gate,
    Tls,
    Keys,
    ForwardAuth,
    Me,
    Routes,
    Users,
    Introspection,
    Logins,
    Memory,
}

/// All of them, in the order of the report.
const PARTS: &[(&str, Part)] = &[
    ("parts", Part::Parts),
    ("starts", Part::Starts),
    ("gate", Part::Gate),
    ("tls", Part::Tls),
    ("keys", Part::Keys),
    ("forward-auth", Part::ForwardAuth),
    ("me", Part::Me),
    ("routes", Part::Routes),
    ("users", Part::Users),
    ("introspection", Part::Introspection),
    ("logins", Part::Logins),
    ("memory", Part::Memory),
];

impl Part {
    /// What it is asked for by.
    pub(super) fn name(self) -> &'static str {
        PARTS.iter().find(|(_, part)| *part == self).map_or("", |(name, _)| name)
    }

    fn parse(word: &str) -> Result<Self, String> {
        let known = PARTS.iter().find(|(name, _)| *name == word).map(|(_, part)| *part);
        let names = || PARTS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        known.ok_or_else(|| format!("`bench --only` does not know `{word}`, but: {}", names()))
    }
}

impl Options {
    /// Reads the words after `bench`; the error says what is wrong with them.
    pub(crate) fn parse(words: &[&str]) -> Result<Self, String> {
        let misuse = || format!("`bench` does not take `{}`", words.join(" "));
        let mut options = Self::default();
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            match *word {
                "--quick" => options.quick = true,
                "--json" => options.json = true,
                "--install" => options.task = Task::Install,
                "--store" => options.task = Task::Store,
                "--only" => {
                    let part = rest.next().ok_or("`bench --only` needs a name behind it")?;
                    options.only = Some(Part::parse(part)?);
                }
                _ => return Err(misuse()),
            }
        }
        if options.is_possible() { Ok(options) } else { Err(misuse()) }
    }

    /// A store has one table, and all of it is measured; where programs are got, nothing is.
    fn is_possible(self) -> bool {
        match self.task {
            Task::Requests => true,
            Task::Store => !self.json && self.only.is_none(),
            Task::Install => self == Self { task: Task::Install, ..Self::default() },
        }
    }

    /// Whether a piece of the work is to be done.
    pub(super) fn want(self, part: Part) -> bool {
        self.only.is_none_or(|only| only == part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_is_found_by_its_name() {
        for (name, part) in PARTS {
            let options = Options::parse(&["--only", name]).unwrap();
            assert_eq!((options.only, part.name()), (Some(*part), *name));
        }
    }

    #[test]
    fn one_piece_alone_leaves_out_the_others_and_none_leaves_out_nothing() {
        let one = Options { only: Some(Part::Tls), ..Options::default() };
        assert!(one.want(Part::Tls) && !one.want(Part::Gate));
        assert!(Options::default().want(Part::Gate));
    }

    #[test]
    fn what_is_not_known_is_named() {
        assert_eq!(
            Options::parse(&["--json", "--slow"]),
            Err("`bench` does not take `--json --slow`".to_owned())
        );
        assert_eq!(Options::parse(&["--only"]), Err("`bench --only` needs a name behind it".to_owned()));
        for half in [&["--store", "--json"][..], &["--only", "gate", "--store"], &["--install", "--quick"]] {
            assert_eq!(Options::parse(half), Err(format!("`bench` does not take `{}`", half.join(" "))));
        }
        assert!(Options::parse(&["--quick", "--store"]).is_ok() && Options::parse(&["--install"]).is_ok());
        let error = Options::parse(&["--only", "tea"]).unwrap_err();
        assert!(error.contains("`tea`") && error.contains("forward-auth"), "{error}");
    }
}
