//! What every text file looks like, down to its bytes.

use super::finding::{Finding, in_each_line};
use super::rust::is_rust;

/// Folders that exist on one person's machine. Written in pieces, so that this file does not find itself.
const MACHINE_FOLDERS: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];

/// Line feeds only: one spelling of a line end, on every system.
pub(super) fn has_plain_line_ends(path: &str, text: &str) -> Vec<Finding> {
    // Not `in_each_line`: its lines come without their ends.
    (1..)
        .zip(text.split('\n'))
        .filter(|(_, line)| line.contains('\r'))
        .map(|(number, _)| Finding::at(path, number, "has a carriage return"))
        .collect()
}

/// Blanks only, as rustfmt writes them; in strings and comments rustfmt leaves a tab alone.
pub(super) fn has_no_tab_in_rust(path: &str, text: &str) -> Vec<Finding> {
    if !is_rust(path) {
        return Vec::new();
    }
    in_each_line(path, text, "has a tab", |line| line.contains('\t'))
}

/// Nothing invisible at the end of a line.
pub(super) fn has_no_trailing_blanks(path: &str, text: &str) -> Vec<Finding> {
    in_each_line(path, text, "ends with blanks", |line| line.ends_with([' ', '\t']))
}

/// A line has an end; an empty file has no line.
pub(super) fn ends_with_a_newline(path: &str, text: &str) -> Vec<Finding> {
    if text.is_empty() || text.ends_with('\n') {
        return Vec::new();
    }
    vec![Finding::at(path, text.lines().count(), "the last line has no end")]
}

/// What is written here holds on everybody's machine.
pub(super) fn names_no_machine_path(path: &str, text: &str) -> Vec<Finding> {
    in_each_line(path, text, "names a path of one machine", |line| {
        MACHINE_FOLDERS.iter().any(|folder| begins_a_path(line, folder))
    })
}

/// Whether the folder occurs as the beginning of a path: in `example.org/x/` or `../x/` it is none.
fn begins_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(start, _)| {
        let before = line.get(..start).and_then(|before| before.chars().next_back());
        !before.is_some_and(|letter| letter.is_alphanumeric() || ['.', '-', '_', '}', '~'].contains(&letter))
    })
}

#[cfg(test)]
mod tests {
    use super::super::finding::{NOWHERE, lines};
    use super::*;

    #[test]
    fn a_carriage_return_is_found_wherever_it_stands() {
        assert_eq!(lines(&has_plain_line_ends("a.md", "one\ntwo\n")), NOWHERE);
        assert_eq!(lines(&has_plain_line_ends("a.md", "one\ntwo\r\nth\rree\n")), [2, 3]);
    }

    #[test]
    fn a_tab_is_found_in_rust_only() {
        assert_eq!(lines(&has_no_tab_in_rust("a.rs", "one\n\ttwo\n")), [2]);
        assert_eq!(lines(&has_no_tab_in_rust("Makefile", "one\n\ttwo\n")), NOWHERE);
    }

    #[test]
    fn trailing_blanks_are_found() {
        assert_eq!(lines(&has_no_trailing_blanks("a.md", "one\n\n  two\n")), NOWHERE);
        assert_eq!(lines(&has_no_trailing_blanks("a.md", "one \n \ntwo\t\nthree")), [1, 2, 3]);
    }

    #[test]
    fn the_last_line_has_an_end() {
        assert_eq!(lines(&ends_with_a_newline("a.md", "one\n")), NOWHERE);
        assert_eq!(lines(&ends_with_a_newline(".gitkeep", "")), NOWHERE);
        assert_eq!(lines(&ends_with_a_newline("a.md", "one\ntwo")), [2]);
    }

    #[test]
    fn a_path_of_one_machine_is_found() {
        for folder in MACHINE_FOLDERS {
            let text = format!("see\n`{folder}main/a.rs`\ncd {folder}\n{folder}b\n");
            assert_eq!(lines(&names_no_machine_path("a.md", &text)), [2, 3, 4], "{folder}");
        }
    }

    #[test]
    fn a_folder_amid_a_path_is_everybodys() {
        for folder in MACHINE_FOLDERS {
            let text = format!("https://example.org{folder}a ..{folder}a $HOME/x{folder} ${{A}}{folder}\n");
            assert_eq!(lines(&names_no_machine_path("a.md", &text)), NOWHERE, "{folder}");
        }
    }
}
