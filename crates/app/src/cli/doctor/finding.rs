//! What a check finds: a code with its weight and its reason, and for the case in hand a title and the way to mend it.

use serde_json::{Value, json};

use super::super::output::harmless;

/// How much a finding matters. The heaviest comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// Somebody who should not can get in, or the server will not start or soon stop working.
    Serious,
    /// Makes it easier to get in, or harder to notice.
    Warning,
    /// Worth knowing; may well be meant.
    Note,
}

impl Weight {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Serious => "serious",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A kind of finding: a stable word, how much it matters, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Code {
    /// For programs, and for the reference.
    pub(super) word: &'static str,
    /// How much it matters.
    pub(super) weight: Weight,
    /// Why it matters, in a sentence.
    pub(super) why: &'static str,
}

impl Code {
    /// One that was found.
    pub(super) fn found(self, title: impl Into<String>, mend: impl Into<String>) -> Finding {
        Finding { code: self, title: title.into(), mend: mend.into() }
    }
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// What kind of thing.
    pub(super) code: Code,
    /// What it is here.
    pub(super) title: String,
    /// What to do about it: a command where there is one.
    pub(super) mend: String,
}

impl Finding {
    /// For people, in three lines. What others chose, such as the name in a certificate, does nothing to their terminal.
    pub(super) fn as_lines(&self) -> Vec<String> {
        let Self { code, title, mend } = self;
        let first = format!("{:7}  {}: {}", code.weight.as_str(), code.word, harmless(title));
        vec![first, format!("         why   {}", code.why), format!("         mend  {}", harmless(mend))]
    }

    /// For programs.
    pub(super) fn as_json(&self) -> Value {
        let Self { code: Code { word, weight, why }, title, mend } = self;
        json!({ "weight": weight.as_str(), "code": word, "title": title, "why": why, "mend": mend })
    }
}

/// The heaviest first, and of one weight in the order of their codes.
pub(super) fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|one, other| {
        let key = |finding: &Finding| (finding.code.weight, finding.code.word);
        key(one).cmp(&key(other)).then_with(|| one.title.cmp(&other.title))
    });
    findings.dedup();
    findings
}

/// How many of each weight, in words.
pub(super) fn totals(findings: &[Finding]) -> String {
    let count = |weight| findings.iter().filter(|finding| finding.code.weight == weight).count();
    let words = |number: usize, one: &str| match number {
        1 => format!("1 {one}"),
        number => format!("{number} {one}s"),
    };
    let (warnings, notes) = (words(count(Weight::Warning), "warning"), words(count(Weight::Note), "note"));
    format!("{} serious, {warnings}, {notes}", count(Weight::Serious))
}

/// The first few of a list, and how many more there are.
pub(super) fn some_of<T: ToString>(all: &[T]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<String> = all.iter().take(SHOWN).map(ToString::to_string).collect();
    match all.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        1 => format!("{} and 1 other", shown.join(", ")),
        more => format!("{} and {more} others", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::codes::{DOCS_PUBLIC, PLAIN_HTTP, TOKEN_LONG};
    use super::*;

    #[test]
    fn the_heaviest_finding_comes_first_and_each_is_counted() {
        let found = [DOCS_PUBLIC, TOKEN_LONG, PLAIN_HTTP, DOCS_PUBLIC].map(|code| code.found("x", "y"));
        let found = sorted(found.to_vec());
        let words: Vec<_> = found.iter().map(|finding| finding.code.word).collect();
        assert_eq!(words, ["plain-http", "token-long", "docs-public"]);
        assert_eq!(totals(&found), "1 serious, 1 warning, 1 note");
        assert_eq!(totals(&[]), "0 serious, 0 warnings, 0 notes");
    }

    #[test]
    fn a_title_that_somebody_else_chose_does_nothing_to_the_terminal() {
        let lines = PLAIN_HTTP.found("a\u{1b}[2J\nb", "m").as_lines();
        assert_eq!(lines.first().map(String::as_str), Some("serious  plain-http: a\\u{1b}[2J\\nb"));
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn of_a_long_list_the_first_few_are_shown() {
        assert_eq!(some_of(&["a", "b"]), "a, b");
        assert_eq!(some_of(&["a", "b", "c", "d", "e", "f"]), "a, b, c, d, e and 1 other");
        assert_eq!(some_of(&[1, 2, 3, 4, 5, 6, 7]), "1, 2, 3, 4, 5 and 2 others");
    }
}
