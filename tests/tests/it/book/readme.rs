//! The tour of the README, run like a page of the book.

use std::fs;

use super::page::blocks;
use super::stages::{BNG, Stage};
use super::{have_the_simulator, root, run};

const TOUR: Stage =
    Stage { page: "the README", before: &["mkdir -p docs/examples", "cp \"$EXAMPLE\" docs/examples/", BNG] };

#[test]
fn the_tour_of_the_readme_prints_what_it_says() {
    have_the_simulator();
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let mut tour = blocks(&readme);
    tour.retain(|block| block.info == "console");
    // That is for the first terminal, and has been done already.
    let first = tour.remove(0);
    assert!(first.lines[0].starts_with("$ cargo run -p portcullis-bng-sim "), "{:?}", first.lines);
    for line in tour.iter_mut().flat_map(|block| &mut block.lines) {
        // In the reader's second terminal the gate is the first job. What it leaves is removed next, so it must be gone.
        if line == "$ kill %1" {
            *line = "$ kill %2; wait %2".to_owned();
        }
    }
    let faults = run(&TOUR, &tour);
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}
