//! See the oracle of the same name.

#![no_main]

libfuzzer_sys::fuzz_target!(init: oracles::write_seeds(), |bytes: &[u8]| oracles::layout::check(bytes));
