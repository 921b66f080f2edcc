//! The configurations of the book: each is one, to `portcullis check`.

use std::fs;

use portcullis_tests::command::Portcullis;
use serde_json::Value;

use super::{SOME_HASH, all};

#[test]
fn every_configuration_of_the_book_is_one() {
    let mut seen = 0;
    for (page, blocks) in all() {
        for block in blocks.iter().filter(|block| block.info == "yaml") {
            let text = block.lines.join("\n") + "\n";
            // The files of other programs are included, and run by `cargo xtask interop`.
            if text.starts_with("{{#include ../../how-to-config/") {
                continue;
            }
            let file = tempfile::NamedTempFile::new().unwrap();
            fs::write(&file, text.replace("$2b$12$...", SOME_HASH)).unwrap();
            let checked =
                Portcullis::with(&["check", "--json", "--config", file.path().to_str().unwrap()]).run();
            let answer = checked.json();
            let faults = answer["faults"].as_array().unwrap();
            // A certificate that the page talks of isn't on this machine, and what Envoy asks not in this program; anything
            // else must be right.
            let wrong = |fault: &&Value| {
                let message = fault["message"].as_str().unwrap();
                !message.starts_with("cannot read /etc/") && !message.ends_with("feature `ext-authz`")
            };
            assert_eq!(faults.iter().find(wrong), None, "{page}:\n{text}");
            seen += 1;
        }
    }
    assert!(seen >= 5, "{seen}");
}
