//! Whose data left, as far as that is known.

use serde::{Deserialize, Serialize};

use crate::Untrusted;

/// How many of the objects that left were looked into, and what is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// Distinct objects that left or may have, and that an entry of `keytrace.toml` is about.
    pub objects: u64,
    /// Those that were found, read to their end, and left whole.
    pub whole: u64,
    /// Those that were found and read to their end, of which it is not certain that all left.
    pub in_part: u64,
    /// Those that were not found.
    pub missing: u64,
    /// Those that could not be read, or not to their end.
    pub unread: u64,
    /// Distinct objects that no entry is about.
    pub without_entry: u64,
    /// Rows and records in which no identifier could be read.
    pub unnamed: u64,
}

impl Contents {
    /// Whether there may be more persons than were counted.
    pub fn is_open(&self) -> bool {
        self.missing + self.unread + self.without_entry + self.unnamed != 0
    }
}

/// Persons who lost the same items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Persons {
    /// What identifies them: `customer`.
    pub kind: Untrusted,
    /// The items.
    pub items: Vec<Untrusted>,
    /// Of how many exactly these left for certain.
    pub certain: u64,
    /// Of how many it may be these, at most.
    pub at_most: u64,
}
