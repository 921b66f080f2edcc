//! `cargo +nightly fuzz run authorization`
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portcullis_fuzz_bodies::authorization(data));
