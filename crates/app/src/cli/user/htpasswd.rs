//! Users as `htpasswd -B` writes them: a line `name:hash` each. Such a file knows of no roles.

use std::collections::HashSet;

use portcullis_core::domain::grant::Grant;
use portcullis_core::domain::secret::PasswordHash;
use portcullis_core::domain::user::Username;

use super::candidate::{Candidate, Reading};

/// Whether a text is of this form: each line a name and a hash, with nothing between them but a colon. A list of users in
/// YAML has lines that end in a colon, or have a space after it.
pub(super) fn is(text: &str) -> bool {
    let is_entry = |line: &str| {
        let halves = line.split_once(':');
        halves.is_some_and(|(name, hash)| {
            !name.is_empty() && !hash.is_empty() && !line.contains(char::is_whitespace)
        })
    };
    lines(text).next().is_some() && lines(text).all(|(_, line)| is_entry(line))
}

/// Reads the lines. All users get the same roles.
pub(super) fn read(text: &str, grants: &[Grant]) -> Reading {
    let (mut reading, mut known) = (Reading::default(), HashSet::new());
    for (number, line) in lines(text) {
        match entry(line, grants, &known) {
            Ok(candidate) => {
                known.insert(candidate.name.clone());
                reading.candidates.push(candidate);
            }
            Err(why) => reading.refused.push(format!("line {number}: {why}")),
        }
    }
    reading
}

/// A line of this form.
pub(super) fn line(candidate: &Candidate) -> String {
    format!("{}:{}", candidate.name, candidate.hash.expose())
}

/// The lines that say something, counted from 1.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim_end()));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

fn entry(line: &str, grants: &[Grant], known: &HashSet<Username>) -> Result<Candidate, String> {
    let (name, hash) = line.split_once(':').ok_or("expected name:hash")?;
    let name = Username::parse(name).map_err(|error| error.to_string())?;
    if known.contains(&name) {
        return Err(format!("user `{name}`: the name is taken by an earlier line"));
    }
    let hash = PasswordHash::parse(hash).map_err(|error| format!("user `{name}`: {error}"))?;
    Ok(Candidate { name, hash, active: true, api_login: true, grants: grants.to_vec() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::candidate::testing::{HASH, anybody, candidate};
    use super::super::yaml;
    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back_but_for_what_such_a_file_does_not_know(candidate in anybody()) {
            let text = line(&candidate) + "\n";
            prop_assert!(is(&text));
            let reading = read(&text, &candidate.grants);
            let known = Candidate { active: true, api_login: true, ..candidate.clone() };
            prop_assert_eq!(reading, Reading { candidates: vec![known], refused: vec![] });
            let as_yaml = format!("{}\n{}\n", yaml::HEAD, yaml::item(&candidate));
            prop_assert!(!is(&as_yaml));
        }
    }

    #[test]
    fn comments_and_empty_lines_say_nothing_and_lines_may_end_as_on_windows() {
        let text = format!("# staff\r\n\r\nalice:{HASH}\r\nbob:{HASH}");
        let viewer = candidate("x", &["viewer"]).grants;
        let reading = read(&text, &viewer);
        assert_eq!(reading.candidates, [candidate("alice", &["viewer"]), candidate("bob", &["viewer"])]);
        assert!(is(&text) && reading.refused.is_empty());
    }

    #[test]
    fn what_can_not_be_taken_over_is_told_with_its_line_and_without_its_hash() {
        let text = format!("alice:{HASH}\nbob:$apr1$x$y\nALICE:{HASH}\nä:{HASH}\ncarol\n");
        let refused = read(&text, &[]).refused;
        assert_eq!(
            refused,
            [
                "line 2: user `bob`: expected a bcrypt hash that begins with $2a$, $2b$ or $2y$",
                "line 3: user `ALICE`: the name is taken by an earlier line",
                "line 4: a user name must be 1 to 64 characters of A-Z a-z 0-9 . _ - @ +",
                "line 5: expected name:hash",
            ]
        );
    }

    #[test]
    fn yaml_is_not_taken_for_such_a_file() {
        for text in ["", "#\n", "api:\n  users: []", "api:", "api: {users: []}", "a", "a: b"] {
            assert!(!is(text), "{text}");
        }
    }
}
