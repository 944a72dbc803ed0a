//! The smallest keys of some, and who has to do with each.
//!
//! Keys are hashes, so the smallest are a fair sample of all, and which these are depends on neither order nor cut: it merges
//! exactly. As long as there are fewer than are kept, they are all there.

use serde::{Deserialize, Serialize};

/// At most `MAX` keys, the smallest, each with a bit for each of 64 groups of clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sampled<K, const MAX: usize> {
    /// Ascending.
    entries: Vec<(K, u64)>,
}

impl<K, const MAX: usize> Default for Sampled<K, MAX> {
    fn default() -> Sampled<K, MAX> {
        Sampled { entries: Vec::new() }
    }
}

impl<K: Ord + Copy, const MAX: usize> Sampled<K, MAX> {
    /// How many bytes they take outside of their place, at most.
    pub(crate) const BYTES_MAX: usize = MAX.next_power_of_two() * size_of::<(K, u64)>();

    /// Takes in that some clients, by their bits, have to do with a key.
    #[inline]
    pub(crate) fn add(&mut self, key: K, clients: u64) {
        // Where there is one key, it comes often.
        if let [(first, known), ..] = &mut self.entries[..]
            && *first == key
        {
            *known |= clients;
            return;
        }
        if MAX <= self.entries.len() && self.entries[MAX - 1].0 < key {
            return;
        }
        match self.entries.binary_search_by_key(&key, |(key, _)| *key) {
            Ok(place) => self.entries[place].1 |= clients,
            Err(place) => {
                self.entries.truncate(MAX - 1);
                self.entries.insert(place.min(self.entries.len()), (key, clients));
            }
        }
    }

    /// Takes in what another worker saw.
    pub(crate) fn merge(&mut self, other: &Sampled<K, MAX>) {
        other.entries.iter().for_each(|(key, clients)| self.add(*key, *clients));
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are more than are kept, or may be.
    pub(crate) fn is_full(&self) -> bool {
        MAX <= self.entries.len()
    }

    /// The clients of each key, by their bits.
    pub(crate) fn clients(&self) -> impl Iterator<Item = u64> {
        self.entries.iter().map(|(_, clients)| *clients)
    }

    /// The clients of one key, if it is kept.
    pub(crate) fn get(&self, key: K) -> Option<u64> {
        let place = self.entries.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        Some(self.entries[place].1)
    }
}
