//! The corpora: whatever a fuzzer or a person once found worth keeping, tried with every change.
#![expect(clippy::unwrap_used, reason = "a test that can't read its corpus can't go on")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use portcullis_fuzz_bodies::BODIES;

fn fuzz() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn names_in(folder: &str) -> BTreeSet<String> {
    let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    fs::read_dir(fuzz().join(folder)).unwrap().map(|entry| stem(entry.unwrap().path())).collect()
}

#[test]
fn every_body_has_a_target_and_a_corpus_and_every_one_of_these_a_body() {
    let bodies: BTreeSet<_> = BODIES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names_in("corpus"), bodies);
    assert_eq!(names_in("fuzz_targets"), bodies);
}

#[test]
fn no_input_of_the_corpora_shakes_its_body() {
    for (name, body) in BODIES {
        let folder = fuzz().join("corpus").join(name);
        let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert!(!files.is_empty(), "{name} has no corpus");
        for file in files {
            // The harness shows what was printed if the body panics, and the last line names the input.
            println!("{}", file.display());
            body(&fs::read(&file).unwrap());
        }
    }
}

#[test]
fn no_body_is_shaken_by_an_input_of_no_form_at_all() {
    let every_byte: Vec<u8> = (0..=255).collect();
    for (_, body) in BODIES {
        for input in [b"".as_slice(), b"\n", b"\n\n", &[0xFF], &every_byte] {
            body(input);
        }
    }
}
