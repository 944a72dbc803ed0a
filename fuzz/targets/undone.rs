//! See the oracle of the same name.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::undone::check(bytes));
