//! The write-ahead log as a file: a header, and frames of one page each, of which some end a transaction. Its form is
//! fixed (`SQLite`, "Database File Format", 4: "The Write-Ahead Log").

use std::collections::HashSet;
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
    let mut frames = Frames::of(log)?;
    let mut changes = Changes::Nothing;
    let (mut is_that, mut is_marked) = (false, false);
    while let Some(Frame { number, is_last }) = frames.next()? {
        is_that |= number == page;
        is_marked |= frames.content.windows(mark.len()).any(|part| part == mark);
        if is_last {
            changes = if is_marked { Changes::Marked } else { Changes::Others };
            if is_that {
                return Ok(Changes::That);
            }
        }
    }
    Ok(changes)
}

/// The pages that the transactions of a log have changed, by their numbers.
pub(super) fn pages(log: &Path) -> io::Result<HashSet<u32>> {
    let mut frames = Frames::of(log)?;
    let (mut pages, mut unfinished) = (HashSet::new(), vec![]);
    while let Some(Frame { number, is_last }) = frames.next()? {
        unfinished.push(number);
        if is_last {
            pages.extend(unfinished.drain(..));
        }
    }
    Ok(pages)
}

/// A page in a log.
struct Frame {
    number: u32,
    /// It ends a transaction.
    is_last: bool,
}

/// The frames of a log, one after the other.
struct Frames {
    log: BufReader<File>,
    page_size: u64,
    /// What each must carry: where another follows, it was left by an earlier log. None: it is no log.
    salt: Option<[u32; 2]>,
    /// The page of the last one.
    content: Vec<u8>,
}

impl Frames {
    fn of(log: &Path) -> io::Result<Self> {
        let mut log = BufReader::new(File::open(log)?);
        let (mut page_size, mut salt) = (0, None);
        if let Some([magic, _, size, _, first, second, _, _]) = numbers(&mut log)? {
            page_size = u64::from(size);
            salt = MAGIC.contains(&magic).then_some([first, second]);
        }
        Ok(Self { log, page_size, salt, content: vec![] })
    }

    fn next(&mut self) -> io::Result<Option<Frame>> {
        let Some(salt) = self.salt else { return Ok(None) };
        let Some([number, pages_after_commit, first, second, _, _]) = numbers(&mut self.log)? else {
            return Ok(None);
        };
        if [first, second] != salt {
            return Ok(None);
        }
        self.content.clear();
        self.log.by_ref().take(self.page_size).read_to_end(&mut self.content)?;
        let is_whole = self.content.len() as u64 == self.page_size;
        Ok(is_whole.then_some(Frame { number, is_last: pages_after_commit > 0 }))
    }
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

    fn pages_of(log: &[u32]) -> Vec<u32> {
        let file = tempfile::NamedTempFile::new().unwrap();
        let bytes: Vec<u8> = log.iter().flat_map(|number| number.to_be_bytes()).collect();
        std::fs::write(file.path(), bytes).unwrap();
        let mut pages: Vec<_> = pages(file.path()).unwrap().into_iter().collect();
        pages.sort_unstable();
        pages
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

    #[test]
    fn the_pages_of_a_log_are_those_of_its_whole_transactions() {
        assert_eq!(pages_of(&log(&[[5, 0, 7, 8], [6, 9, 7, 8], [4, 0, 7, 8]])), [5, 6]);
        assert_eq!(pages_of(&log(&[[5, 9, 7, 8], [6, 9, 7, 6]])), [5]);
        assert_eq!(pages_of(&[]), [0; 0]);
    }
}
