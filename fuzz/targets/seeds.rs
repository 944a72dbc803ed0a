//! No target: begun once, it writes the seeds of all. What makes them links every crate, and a target only what it asks.

#![no_main]

libfuzzer_sys::fuzz_target!(init: oracles::write_seeds(), |bytes: &[u8]| { let _ = bytes; });
