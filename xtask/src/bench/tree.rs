//! A process and what it started: some programs are begun by a script that waits for them.

use std::fs;

/// A process and all that come from it, as far as they run; itself first.
pub(super) fn of(root: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let process = entry.ok()?.file_name().to_str()?.parse().ok()?;
            Some((process, parent(&fs::read_to_string(format!("/proc/{process}/stat")).ok()?)?))
        })
        .collect();
    below(root, &parents)
}

/// The name of the program, in parentheses, may hold anything; the state and then the parent are behind it (proc(5)).
fn parent(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_ascii_whitespace().nth(1)?.parse().ok()
}

fn below(root: u32, parents: &[(u32, u32)]) -> Vec<u32> {
    let children = parents.iter().filter(|(process, parent)| *parent == root && *process != root);
    let later = children.flat_map(|(process, _)| below(*process, parents));
    std::iter::once(root).chain(later).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_is_found_behind_any_name() {
        assert_eq!(parent("4711 (a ) b) S 12 2 3"), Some(12));
        assert_eq!(parent("4711"), None);
    }

    #[test]
    fn whom_a_process_started_belong_to_it_and_so_do_theirs() {
        let parents = [(2, 1), (3, 1), (4, 2), (5, 9), (1, 0)];
        assert_eq!(below(1, &parents), [1, 2, 4, 3]);
        assert_eq!(below(5, &parents), [5]);
    }

    #[test]
    fn a_test_is_a_process_too() {
        assert_eq!(of(std::process::id()).first(), Some(&std::process::id()));
    }
}
