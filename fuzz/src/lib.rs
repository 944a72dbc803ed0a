//! What must hold of any bytes: an oracle for each target of the fuzzer.
//!
//! An oracle is more than "no panic". It knows a second way to the same answer, or something that the answer must be. The
//! fuzzer drives them with what it finds; the tests of the workspace take this file in too, and try each oracle on the
//! seeds, on every input that once broke one (`regressions/`), and on some mutations of both.

pub mod checkpoint;
pub mod client;
pub mod decode;
pub mod document;
pub mod elements;
pub mod escape;
pub mod json;
pub mod layout;
pub mod line;
pub mod lines;
pub mod masked;
pub mod recognised;
pub mod settings;
pub mod shown;
pub mod time;
pub mod undone;
pub mod unpack;

mod plain;
mod seeds;
mod seen;

use std::path::PathBuf;
use std::{env, fs};

pub use seeds::seeds;

/// Where a target is to write the seeds of all, before it begins.
const SEEDS: &str = "KEYTRACE_SEEDS";

/// Writes the seeds of every target into a folder of its name, if the environment names one for them.
pub fn write_seeds() {
    let Some(folder) = env::var_os(SEEDS).map(PathBuf::from) else { return };
    for (name, _) in TARGETS {
        let folder = folder.join(name);
        fs::create_dir_all(&folder).expect("the folder is made");
        for (number, seed) in seeds(name).iter().enumerate() {
            fs::write(folder.join(format!("seed-{number}")), seed).expect("the seed is written");
        }
    }
}

/// A target: its name, and its oracle.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 17] = [
    ("time", time::check),
    ("undone", undone::check),
    ("client", client::check),
    ("json", json::check),
    ("elements", elements::check),
    ("line", line::check),
    ("lines", lines::check),
    ("recognised", recognised::check),
    ("decode", decode::check),
    ("masked", masked::check),
    ("shown", shown::check),
    ("unpack", unpack::check),
    ("escape", escape::check),
    ("document", document::check),
    ("settings", settings::check),
    ("layout", layout::check),
    ("checkpoint", checkpoint::check),
];
