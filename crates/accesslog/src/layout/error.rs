//! Why a string is no layout.

use std::fmt;

/// Where a string that should describe a layout stops making sense, and what was expected there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayoutError {
    /// The offset in the string, in bytes.
    pub at: usize,
    /// What was expected there, to be read after the word "expected".
    pub expected: &'static str,
}

impl fmt::Display for LayoutError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "byte {} of the layout: expected {}", self.at, self.expected)
    }
}

impl std::error::Error for LayoutError {}
