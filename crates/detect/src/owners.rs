//! Whether the objects of a route are each somebody's own, or everybody's.
//!
//! An order is fetched by who placed it, a product by whoever is curious. A sample of a route's objects, those of the
//! smallest hashes, with the clients that were given each, tells the two apart; it is kept exactly under merging.

use serde::{Deserialize, Serialize};

use crate::hash::{bit, salted};
use crate::route::Object;
use crate::sampled::Sampled;

/// How many objects of a route are in the sample.
const SAMPLE: usize = 24;

/// How many groups of clients may share an object that is somebody's own: a person has a phone, a home and a desk.
const OWNERS_MAX: u32 = 4;

/// How many objects it takes to tell.
const OBJECTS_MIN: usize = 12;

/// A sample of a route's objects: the hash of each, and a bit for each of 64 groups of clients.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Owners {
    objects: Sampled<u64, SAMPLE>,
}

impl Owners {
    /// How many bytes they take outside of their place, at most.
    pub(crate) const BYTES_MAX: usize = Sampled::<u64, SAMPLE>::BYTES_MAX;

    /// Takes in that a client was given an object.
    pub(crate) fn add(&mut self, object: Object, client: u64) {
        self.objects.add(salted(object.bits()), bit(client));
    }

    /// Takes in what another worker saw.
    pub(crate) fn merge(&mut self, other: &Owners) {
        self.objects.merge(&other.objects);
    }

    /// Whether most objects are given to no more clients than one person has; `None` where too few are known.
    ///
    /// Most and not all: those who serve the owners, and a thief, are given them too.
    pub(crate) fn are_private(&self) -> Option<bool> {
        if self.objects.len() < OBJECTS_MIN {
            return None;
        }
        let own = self.objects.clients().filter(|clients| clients.count_ones() <= OWNERS_MAX).count();
        Some(self.objects.len() <= own * 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::hash;

    fn given(pairs: impl Iterator<Item = (u64, u64)>) -> Owners {
        let mut owners = Owners::default();
        pairs.for_each(|(object, client)| owners.add(Object::of_number(object), hash(&client.to_le_bytes())));
        owners
    }

    #[test]
    fn orders_are_private_and_products_are_not() {
        assert_eq!(given((0..400).map(|n| (n, n % 97))).are_private(), Some(true));
        assert_eq!(given((0..4000).map(|n| (n % 40, n))).are_private(), Some(false));
        assert_eq!(given((0..5).map(|n| (n, n))).are_private(), None);
    }

    #[test]
    fn the_sample_merges_exactly() {
        let pairs = |part: u64| (0..900).filter(move |n| n % 3 == part).map(|n| (n * 31 % 300, n));
        let whole = given((0..900).map(|n| (n * 31 % 300, n)));
        let mut merged = given(pairs(2));
        merged.merge(&given(pairs(0)));
        merged.merge(&given(pairs(1)));
        assert_eq!(merged, whole);
    }
}
