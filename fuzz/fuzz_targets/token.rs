//! `cargo +nightly fuzz run token`
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portcullis_fuzz_bodies::token(data));
