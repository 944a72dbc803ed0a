//! The ways in which a route is asked, where these are few.
//!
//! An application asks its service the same from every phone: `/settings?fields=name,logo`, and that is all that the route is
//! ever asked. Whoever asks it for other fields has looked at what it might give besides, and no list of words need know
//! what these are called. A search is asked in as many ways as there are people; of such a route nothing is said here.
//!
//! The ways are known by hashes of the query, and the smallest of these are kept, with the clients that were answered, so that
//! the states of several workers merge exactly: as long as there are few, they are all there.

use serde::{Deserialize, Serialize};

use crate::hash::bit;
use crate::sampled::Sampled;

/// How many ways of a route are kept; where there are as many, it is not asked in few.
const KEPT: usize = 16;

/// How many groups of clients ask in a way that is one of many clients', and in all of these ways together.
const SHARED_MIN: u32 = 3;
const CLIENTS_MIN: u32 = 8;

/// A way to ask a route: a hash of the query; none where the route tells its objects apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Choice(u32);

impl Choice {
    pub(crate) const NONE: Choice = Choice(0);

    /// The way without any query.
    pub(crate) const BARE: Choice = Choice(1);

    /// The query by its hash, where one tells how a route is asked.
    pub(crate) fn query(self) -> Option<u32> {
        (Choice::BARE < self).then_some(self.0)
    }

    /// The way of a query, by its hash.
    pub(crate) fn of(hash: u64) -> Choice {
        Choice((hash >> 32) as u32 | 1)
    }
}

/// The ways in which a route was asked and answered: each with a bit for each of 64 groups of clients.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Choices {
    ways: Sampled<Choice, KEPT>,
}

impl Choices {
    /// How many bytes they take outside of their place, at most.
    pub(crate) const BYTES_MAX: usize = Sampled::<Choice, KEPT>::BYTES_MAX;

    /// Takes in that a client was answered what it asked in a way.
    pub(crate) fn add(&mut self, way: Choice, client: u64) {
        if way != Choice::NONE {
            self.ways.add(way, bit(client));
        }
    }

    /// Takes in what another worker saw.
    pub(crate) fn merge(&mut self, other: &Choices) {
        self.ways.merge(&other.ways);
    }

    /// In how many ways many clients ask; none where others than these clients, by their bits, ask in as many ways of their own.
    pub(crate) fn shared(&self, but: u64) -> Option<usize> {
        let others = || self.ways.clients().map(|clients| clients & !but).filter(|clients| *clients != 0);
        let shared = others().filter(|clients| SHARED_MIN <= clients.count_ones()).count();
        let all = others().fold(0, |all, clients| all | clients);
        let is_closed = !self.ways.is_full() && others().count() - shared <= shared;
        (is_closed && CLIENTS_MIN <= all.count_ones()).then_some(shared)
    }

    /// Whether anybody but these clients, by their bits, was answered what was asked in a way.
    pub(crate) fn has_other(&self, way: Choice, but: u64) -> bool {
        self.ways.get(way).is_some_and(|clients| clients & !but != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::hash;

    fn client(number: u64) -> u64 {
        hash(&number.to_le_bytes())
    }

    fn asked(pairs: impl Iterator<Item = (u64, u64)>) -> Choices {
        let mut choices = Choices::default();
        pairs.for_each(|(way, number)| choices.add(Choice::of(hash(&way.to_le_bytes())), client(number)));
        choices
    }

    #[test]
    fn what_one_alone_asks_is_known_where_the_ways_are_few() {
        let thief = bit(client(1_000));
        let way = |number: u64| Choice::of(hash(&number.to_le_bytes()));
        let application = asked((0..200).map(|n| (n % 3, n)).chain([(77, 1_000)]));
        assert_eq!(application.shared(thief), Some(3));
        assert!(application.has_other(way(1), thief) && !application.has_other(way(77), thief));
        assert!(application.has_other(way(77), 0) && !application.has_other(way(78), 0));
        assert_eq!(asked((0..200).map(|n| (n, n))).shared(thief), None, "a search");
        assert_eq!(asked((0..9).map(|n| (n % 5, n))).shared(thief), None, "few come, each with a question of its own");
        assert_eq!(asked((0..5).map(|n| (0, n))).shared(thief), None, "five clients are no measure");
    }

    #[test]
    fn parts_make_the_whole() {
        let pairs = |part: u64| (0..900_u64).filter(move |n| n % 3 == part).map(|n| (n * 31 % 300, n));
        let mut merged = asked(pairs(2));
        merged.merge(&asked(pairs(0)));
        merged.merge(&asked(pairs(1)));
        assert_eq!(merged, asked((0..3).flat_map(pairs)));
    }
}
