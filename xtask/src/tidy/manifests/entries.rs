//! The entries of a manifest with their comments, one by one.

/// `key = value # comment` in a section.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    /// The name between the brackets; empty before the first.
    pub(super) section: &'a str,
    /// Where it begins, from 1.
    pub(super) line: usize,
    key: &'a str,
    /// Without blanks, since they mean nothing here.
    value: String,
    /// The text after the last `#` of the entry.
    pub(super) comment: Option<&'a str>,
}

impl Entry<'_> {
    /// Whether it is this key with this value.
    pub(super) fn is(&self, key: &str, value: &str) -> bool {
        self.key == key && self.value == value
    }

    /// Whether its inline table has this key.
    pub(super) fn has_key(&self, key: &str) -> bool {
        self.parts().any(|(name, _)| name == key)
    }

    /// Whether it is a dependency, of any kind and for any platform.
    pub(super) fn is_a_dependency(&self) -> bool {
        self.section.split('.').any(|part| part == "dependencies" || part.ends_with("-dependencies"))
    }

    /// Whether the workspace says which version it is, and from where.
    pub(super) fn is_from_the_workspace(&self) -> bool {
        let inherits = self.key.ends_with(".workspace") && self.value == "true"
            || self.parts().any(|part| part == ("workspace", "true"));
        inherits && !["version", "path", "git"].iter().any(|key| self.has_key(key))
    }

    /// What the inline table holds. A list in it falls into pieces, which look like no key.
    fn parts(&self) -> impl Iterator<Item = (&str, &str)> {
        let inside = self.value.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or_default();
        inside.split(',').filter_map(|part| part.split_once('='))
    }
}

/// All entries, in their order. A value over several lines, in brackets, is one entry.
pub(super) fn entries(text: &str) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let mut section = "";
    let mut depth = 0;
    for (line, content) in (1..).zip(text.lines()) {
        let (code, comment) = split_comment(content);
        let code = code.trim();
        if depth > 0 {
            if let Some(entry) = entries.last_mut() {
                entry.value.push_str(&without_blanks(code));
                entry.comment = comment;
            }
        } else if let Some(name) = code.strip_prefix('[') {
            section = name.trim_matches(['[', ']', ' ']);
            continue;
        } else if let Some((key, value)) = code.split_once('=') {
            let value = without_blanks(value);
            entries.push(Entry { section, line, key: key.trim(), value, comment });
        }
        depth += open_brackets(code);
    }
    entries
}

/// The code of a line, and what stands after its `#`.
fn split_comment(line: &str) -> (&str, Option<&str>) {
    let sign = outside_of_strings(line).find(|(_, letter)| *letter == '#');
    match sign.and_then(|(at, _)| line.split_at_checked(at)) {
        Some((code, comment)) => (code, Some(comment.trim_start_matches('#').trim())),
        None => (line, None),
    }
}

/// How many brackets the line leaves open; negative if it closes more than it opens.
fn open_brackets(code: &str) -> i32 {
    outside_of_strings(code)
        .map(|(_, letter)| match letter {
            '[' | '{' => 1,
            ']' | '}' => -1,
            _ => 0,
        })
        .sum()
}

/// The letters, with their places, that are not within quotes.
fn outside_of_strings(line: &str) -> impl Iterator<Item = (usize, char)> {
    let mut open = None;
    line.char_indices().filter(move |(_, letter)| {
        let was_open = open;
        match open {
            None if matches!(letter, '"' | '\'') => open = Some(*letter),
            Some(quote) if quote == *letter => open = None,
            _ => {}
        }
        was_open.is_none() && open.is_none()
    })
}

fn without_blanks(code: &str) -> String {
    code.split_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_knows_its_section_line_and_comment() {
        let text = "a = 1\n\n[one] # first\nb = \"x # y\" # why\n[[two]]\nc.d = { e = 1, f = \"2\" }\n";
        let seen: Vec<_> = entries(text).iter().map(|e| (e.section, e.line, e.key, e.comment)).collect();
        assert_eq!(seen, [("", 1, "a", None), ("one", 4, "b", Some("why")), ("two", 6, "c.d", None)]);
    }

    #[test]
    fn a_value_over_several_lines_is_one_entry() {
        let text = "[one]\na = { b = [\n  \"]\", # inner\n  \"c\",\n], d = 1 } # outer\ne = 1\n";
        let entries = entries(text);
        assert_eq!(entries.iter().map(|entry| entry.line).collect::<Vec<_>>(), [2, 6]);
        assert_eq!(entries[0].comment, Some("outer"));
        assert!(entries[0].has_key("b") && entries[0].has_key("d") && !entries[0].has_key("c"));
    }
}
