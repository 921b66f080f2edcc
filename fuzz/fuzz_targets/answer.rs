//! `cargo +nightly fuzz run answer`
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portcullis_fuzz_bodies::answer(data));
