//! SPDX licence expressions: whether one can be met with licences of a list (SPDX 2.3, annex D).

/// Whether the expression is understood, and lets itself be met by the licences that are accepted.
pub(super) fn allows(expression: &str, accepted: &[&str]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, accepted };
    reader.choice() == Some(true) && reader.words.is_empty()
}

/// What is left to read. Nothing comes of what is no expression.
struct Reader<'a> {
    words: &'a [&'a str],
    accepted: &'a [&'a str],
}

impl<'a> Reader<'a> {
    /// `a OR b`: one of them is enough.
    fn choice(&mut self) -> Option<bool> {
        let mut met = self.all()?;
        while self.takes("OR") {
            met |= self.all()?;
        }
        Some(met)
    }

    /// `a AND b`: both have to be met.
    fn all(&mut self) -> Option<bool> {
        let mut met = self.one()?;
        while self.takes("AND") {
            met &= self.one()?;
        }
        Some(met)
    }

    /// A licence, or an expression in brackets.
    fn one(&mut self) -> Option<bool> {
        if self.takes("(") {
            let met = self.choice()?;
            return self.takes(")").then_some(met);
        }
        let name = self.word().filter(|word| !["OR", "AND", "WITH", ")"].contains(word))?;
        // An exception permits more than the licence alone.
        if self.takes("WITH") {
            self.word()?;
        }
        Some(self.accepted.contains(&name))
    }

    fn takes(&mut self, wanted: &str) -> bool {
        let is_next = self.words.first() == Some(&wanted);
        if is_next {
            self.word();
        }
        is_next
    }

    fn word(&mut self) -> Option<&'a str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCEPTED: &[&str] = &["MIT", "ISC"];

    #[test]
    fn a_choice_needs_one_licence_and_a_sum_needs_all() {
        for met in [
            "MIT",
            "GPL-3.0 OR MIT",
            "MIT AND ISC",
            "GPL-3.0 AND X OR MIT",
            "ISC AND (X OR MIT)",
            "(MIT)",
            "MIT WITH an-exception",
        ] {
            assert!(allows(met, ACCEPTED), "{met}");
        }
        for unmet in
            ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND X", "X OR Y", "mit", "X WITH MIT", "MIT-0"]
        {
            assert!(!allows(unmet, ACCEPTED), "{unmet}");
        }
    }

    #[test]
    fn what_is_no_expression_allows_nothing() {
        for broken in ["", "MIT ISC", "MIT OR", "OR MIT", "(MIT", "MIT)", "()", "MIT WITH"] {
            assert!(!allows(broken, ACCEPTED), "{broken:?}");
        }
    }
}
