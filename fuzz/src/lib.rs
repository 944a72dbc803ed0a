//! What must hold of any bytes: an oracle for each target of the fuzzer.
//!
//! An oracle is more than "no panic". It knows a second way to the same answer, or something that the answer must be. The
//! fuzzer drives them with what it finds; the tests of the workspace take this file in too, and try each oracle on the
//! seeds, on every input that once broke one (`regressions/`), and on some mutations of both.

pub mod checkpoint;
pub mod decode;
pub mod document;
pub mod escape;
pub mod layout;
pub mod lines;
pub mod settings;
pub mod unpack;

mod plain;
mod seeds;

pub use seeds::seeds;

/// A target: its name, and its oracle.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 8] = [
    ("lines", lines::check),
    ("decode", decode::check),
    ("unpack", unpack::check),
    ("escape", escape::check),
    ("document", document::check),
    ("settings", settings::check),
    ("layout", layout::check),
    ("checkpoint", checkpoint::check),
];
