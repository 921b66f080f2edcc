//! The write-ahead log as a file: a header, and frames of one page each, of which some end a transaction. Its form is
//! fixed (<https://www.sqlite.org/fileformat2.html#walformat>).

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

/// The two marks by which a log begins; they differ in how its sums are reckoned.
const MAGIC: [u32; 2] = [0x377F_0682, 0x377F_0683];

/// What the transactions of a log have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Changes {
    /// Nothing: there is no whole transaction in it.
    Nothing,
    /// The page that was asked about, perhaps among others.
    That,
    /// Not that one, but one with the mark in it.
    Marked,
    /// Others alone.
    Others,
}

/// Whether a log has changed a page, by its number; and if not, whether one in which a mark is.
pub(super) fn changes(log: &Path, page: u32, mark: &[u8]) -> io::Result<Changes> {
    let mut log = BufReader::new(File::open(log)?);
    let mut changes = Changes::Nothing;
    let Some([magic, _, page_size, _, salt, more_salt, _, _]) = numbers(&mut log)? else {
        return Ok(changes);
    };
    let (mut is_that, mut is_marked) = (false, false);
    let mut content = vec![];
    while MAGIC.contains(&magic) {
        let Some([number, pages_after_commit, frame_salt, more_frame_salt, _, _]) = numbers(&mut log)? else {
            break;
        };
        // What follows was left by an earlier log.
        if (frame_salt, more_frame_salt) != (salt, more_salt) {
            break;
        }
        content.clear();
        log.by_ref().take(page_size.into()).read_to_end(&mut content)?;
        is_that |= number == page;
        is_marked |= content.windows(mark.len()).any(|part| part == mark);
        if pages_after_commit > 0 {
            changes = if is_marked { Changes::Marked } else { Changes::Others };
            if is_that {
                return Ok(Changes::That);
            }
        }
    }
    Ok(changes)
}

/// The next numbers of 32 bits, the highest byte first; none where the file ends.
fn numbers<const COUNT: usize>(file: &mut impl Read) -> io::Result<Option<[u32; COUNT]>> {
    let mut numbers = [0; COUNT];
    for number in &mut numbers {
        let mut bytes = [0; 4];
        match file.read_exact(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        }
        *number = u32::from_be_bytes(bytes);
    }
    Ok(Some(numbers))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes_of(log: &[u32], page: u32) -> Changes {
        let file = tempfile::NamedTempFile::new().unwrap();
        let bytes: Vec<u8> = log.iter().flat_map(|number| number.to_be_bytes()).collect();
        std::fs::write(file.path(), bytes).unwrap();
        changes(file.path(), page, &[0, 0, 0, 9]).unwrap()
    }

    /// A log with pages of 4 bytes, which are their own numbers, and the salt 7, 8. The mark is the page 9.
    fn log(frames: &[[u32; 4]]) -> Vec<u32> {
        let frames =
            frames.iter().flat_map(|[page, commit, salt, more]| [*page, *commit, *salt, *more, 0, 0, *page]);
        [MAGIC[0], 0, 4, 0, 7, 8, 0, 0].into_iter().chain(frames).collect()
    }

    #[test]
    fn a_page_that_a_whole_transaction_has_changed_is_found() {
        let log = log(&[[5, 0, 7, 8], [3, 9, 7, 8], [4, 9, 7, 8]]);
        for (page, expected) in [(5, Changes::That), (4, Changes::That), (8, Changes::Others)] {
            assert_eq!(changes_of(&log, page), expected, "{page}");
        }
    }

    #[test]
    fn a_page_with_the_mark_is_found_unless_it_is_that_page() {
        let log = log(&[[5, 8, 7, 8], [9, 9, 7, 8]]);
        assert_eq!(changes_of(&log, 6), Changes::Marked);
        assert_eq!(changes_of(&log, 9), Changes::That);
    }

    #[test]
    fn what_was_not_finished_or_is_of_an_earlier_log_does_not_count() {
        for log in [
            &log(&[[5, 0, 7, 8], [5, 0, 7, 8]])[..],
            &log(&[[5, 0, 7, 8], [5, 9, 7, 6]]),
            &log(&[[5, 0, 7, 8], [5, 9, 7, 8]])[..18],
            &[],
            &[1, 2, 3, 4, 5, 6, 7, 8, 5, 9, 5, 6],
        ] {
            assert_eq!(changes_of(log, 5), Changes::Nothing, "{log:?}");
        }
        assert_eq!(changes_of(&log(&[[3, 9, 7, 8], [5, 0, 7, 8]]), 5), Changes::Others);
    }
}
