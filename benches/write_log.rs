//! Writes one of the benches' logs to standard output, for whoever compares programs: `SHAPE MEBIBYTES`.
//!
//! Without arguments, as in a test, it shows that each shape gives the same log twice.

#![allow(missing_docs)]

#[allow(unreachable_pub, dead_code)]
mod shapes;
#[allow(unreachable_pub, dead_code)]
mod shop;

use std::io::Write;

use shapes::Shape;

const SEED: u64 = 2024;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    match &arguments[..] {
        [name, mebibytes] => {
            let shape = Shape::ALL.into_iter().find(|shape| shape.name() == name).expect("shop, api or hostile");
            let bytes = mebibytes.parse::<usize>().expect("a number of mebibytes") << 20;
            std::io::stdout().write_all(&shape.log(SEED, bytes)).expect("the log is written");
        }
        _ => Shape::ALL.into_iter().for_each(|shape| assert_eq!(shape.log(1, 4096), shape.log(1, 4096))),
    }
}
