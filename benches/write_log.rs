//! Writes one of the benches' logs to standard output, for whoever compares programs: `NAME LENGTH`.
//!
//! The length is a number of mebibytes; of a flood, which is written as it comes, also one of lines (`10000000l`). Without
//! arguments, as in a test, it shows that each gives the same log twice.

#![allow(missing_docs)]

#[allow(unreachable_pub, dead_code)]
mod floods;
#[allow(unreachable_pub, dead_code)]
mod shapes;
#[allow(unreachable_pub, dead_code)]
mod shop;

use std::io::{self, BufWriter, Write};

use floods::{Flood, Length};
use shapes::Shape;

const SEED: u64 = 2024;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [name, length] = &arguments[..] else {
        return every_log_is_the_same_twice();
    };
    let mut out = BufWriter::with_capacity(1 << 20, io::stdout().lock());
    let number = |text: &str| text.parse::<u64>().expect("a number of mebibytes, or of lines as in 1000l");
    let written = match (shape(name), flood(name)) {
        (Some(shape), _) => out.write_all(&shape.log(SEED, (number(length) << 20) as usize)),
        (_, Some(flood)) => {
            let length = match length.strip_suffix('l') {
                Some(lines) => Length::Lines(number(lines)),
                None => Length::Bytes(number(length) << 20),
            };
            flood.write(length, &mut out)
        }
        (None, None) => {
            panic!("{name} is none of {:?} and {:?}", Shape::ALL.map(Shape::name), Flood::ALL.map(Flood::name))
        }
    };
    written.and_then(|()| out.flush()).expect("the log is written");
}

fn shape(name: &str) -> Option<Shape> {
    Shape::ALL.into_iter().find(|shape| shape.name() == name)
}

fn flood(name: &str) -> Option<Flood> {
    Flood::ALL.into_iter().find(|flood| flood.name() == name)
}

fn every_log_is_the_same_twice() {
    for shape in Shape::ALL {
        assert_eq!(shape.log(1, 4096), shape.log(1, 4096), "{}", shape.name());
    }
    for flood in Flood::ALL {
        let log = |length| {
            let mut out = Vec::new();
            flood.write(length, &mut out).expect("memory can be written");
            out
        };
        let lines = log(Length::Lines(1000));
        assert_eq!(lines.iter().filter(|byte| **byte == b'\n').count(), 1000, "{}", flood.name());
        assert!(
            log(Length::Bytes(4096)).len() >= 4096 && lines.starts_with(&log(Length::Bytes(4096))),
            "{}",
            flood.name()
        );
        let mut targets: Vec<&[u8]> = lines.split(|byte| *byte == b'"').skip(1).step_by(6).collect();
        targets.sort_unstable();
        targets.dedup();
        assert_eq!(targets.len(), 1000, "{} has a target twice", flood.name());
    }
}
