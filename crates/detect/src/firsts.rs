//! Whether there are one, two, three or more clients.
//!
//! A bit for each of 64 groups tells a few from many, but two of three clients are in one group by chance in one log of
//! twenty: where the difference between two and three decides, these few are known by their hashes.

use serde::{Deserialize, Serialize};

/// How many are told apart.
const KEPT: usize = 3;

/// The smallest hashes of some clients, ascending; the largest number there is where there are fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Firsts([u64; KEPT]);

impl Default for Firsts {
    fn default() -> Firsts {
        Firsts([u64::MAX; KEPT])
    }
}

impl Firsts {
    /// Takes in a client, by its hash.
    #[inline]
    pub(crate) fn add(&mut self, client: u64) {
        let Firsts(kept) = self;
        if client < kept[KEPT - 1] && !kept.contains(&client) {
            kept[KEPT - 1] = client;
            kept.sort_unstable();
        }
    }

    /// Takes in what another worker saw.
    pub(crate) fn merge(&mut self, other: &Firsts) {
        other.0.iter().for_each(|client| self.add(*client));
    }

    /// How many there are; of more than three, three.
    pub(crate) fn count(self) -> usize {
        self.0.iter().filter(|client| **client != u64::MAX).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(clients: &[u64]) -> Firsts {
        let mut firsts = Firsts::default();
        clients.iter().for_each(|client| firsts.add(*client));
        firsts
    }

    #[test]
    fn few_are_counted_in_any_order_and_however_they_are_shared_out() {
        let counts = [&[][..], &[7], &[7, 7], &[9, 7, 9], &[9, 7, 3], &[1, 2, 3, 4, 5]].map(|all| of(all).count());
        assert_eq!(counts, [0, 1, 1, 2, 3, 3]);
        let mut merged = of(&[9, 4, 4]);
        merged.merge(&of(&[2, 8, 9]));
        assert_eq!(merged, of(&[2, 4, 8, 9]));
    }
}
