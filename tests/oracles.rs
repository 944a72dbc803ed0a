//! The oracles of the fuzzer, tried in every run: on its seeds, on every input that once broke one, and on mutations.
//!
//! They are the same files: `fuzz/` is built with other flags and a tool of its own, and is no part of the workspace.

use std::fs;

use crate::logs::Dice;
use crate::program::root;
use crate::trials::cases;

#[path = "../fuzz/src/lib.rs"]
#[allow(dead_code, unreachable_pub, reason = "to the fuzzer it is a library of its own")]
mod of_fuzzer;

/// How many mutations of each seed are tried.
const MUTATIONS: u32 = 4;

#[test]
fn every_oracle_holds_on_the_seeds_and_what_is_made_of_them() {
    for (name, check) in of_fuzzer::TARGETS {
        let seeds = of_fuzzer::seeds(name);
        assert!(2 < seeds.len(), "{name} has seeds");
        for (number, seed) in seeds.iter().enumerate() {
            check(seed);
            for case in 0..cases(MUTATIONS) {
                check(&mutated(seed, number as u64 * 1_000_003 + u64::from(case)));
            }
        }
    }
}

#[test]
fn what_once_broke_an_oracle_does_not_any_more() {
    for (name, check) in of_fuzzer::TARGETS {
        let Ok(entries) = fs::read_dir(root().join("fuzz/regressions").join(name)) else { continue };
        for entry in entries {
            check(&fs::read(entry.expect("an entry").path()).expect("an input"));
        }
    }
}

/// The bytes with a few of them changed, doubled or taken out.
fn mutated(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let mut out = bytes.to_vec();
    for _ in 0..1 + dice.below(4) {
        if out.is_empty() {
            break;
        }
        let at = dice.below(out.len());
        let end = (at + 1 + dice.below(12)).min(out.len());
        match dice.below(4) {
            0 => out[at] ^= 1 << dice.below(8),
            1 => out[at] = dice.below(256) as u8,
            2 => drop(out.drain(at..end)),
            _ => {
                let part = out[at..end].to_vec();
                out.splice(at..at, part);
            }
        }
    }
    out
}
