//! `cargo +nightly fuzz run path`
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portcullis_fuzz_bodies::path(data));
