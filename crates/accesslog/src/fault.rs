//! Why a line is no record.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::kept::{self, Phrase};

/// Where a line stops fitting its format, and what was expected there.
///
/// The expectation is one of a fixed set of phrases, so faults can be counted by it; it never holds bytes of
/// the line, so it can be shown anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Fault {
    /// The offset in the line, in bytes, of the first byte that does not fit.
    pub at: usize,
    /// What was expected there, to be read after the word "expected".
    #[serde(with = "kept::phrase")]
    pub expected: Phrase,
}

impl Fault {
    /// Refuses a line that does not hold the text that every line of its format does. An empty text stands in every line.
    pub(crate) fn unless_held(line: &[u8], text: &[u8]) -> Result<(), Fault> {
        match text.is_empty() || memchr::memmem::find(line, text).is_some() {
            true => Ok(()),
            false => Err(Fault { at: 0, expected: "what every line of the format holds" }),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "byte {}: expected {}", self.at, self.expected)
    }
}

impl std::error::Error for Fault {}
