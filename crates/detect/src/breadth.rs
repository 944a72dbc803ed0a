//! How much of a service one client looks at.
//!
//! Who fetches records and nothing around them is no user of an application. Which routes a client asked for is kept in three
//! words, as every request of every client is counted so.

use serde::{Deserialize, Serialize};

use crate::hash::bit;

/// How many routes of a client are told apart exactly: by one more than a narrow client has.
const ROUTES_EXACT: usize = 3;

/// Which routes one client asked for.
///
/// Bits of groups alone would now and then take three routes for two, and so a user for somebody who asks for nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Breadth {
    /// A bit for each of 64 groups of routes.
    pub(crate) groups: u64,
    /// The routes of the smallest keys, ascending, by the upper half of these and never 0; 0 where there are no more.
    few: [u32; ROUTES_EXACT],
    /// How many requests there are.
    pub(crate) requests: u32,
}

impl Breadth {
    /// Takes in a request for a route, by its key.
    #[inline]
    pub(crate) fn add(&mut self, route: u64) {
        self.requests = self.requests.saturating_add(1);
        self.groups |= bit(route);
        self.keep(((route >> 32) as u32).max(1));
    }

    #[inline]
    fn keep(&mut self, route: u32) {
        // Who looks around has asked for smaller ones already.
        let last = self.few[ROUTES_EXACT - 1];
        if last != 0 && last <= route || self.few.contains(&route) {
            return;
        }
        let place = self.few.iter().position(|few| *few == 0 || route < *few);
        if let Some(place) = place {
            self.few.copy_within(place..ROUTES_EXACT - 1, place + 1);
            self.few[place] = route;
        }
    }

    /// Takes in what another worker saw.
    pub(crate) fn merge(&mut self, other: Breadth) {
        self.requests = self.requests.saturating_add(other.requests);
        self.groups |= other.groups;
        other.few.into_iter().filter(|route| *route != 0).for_each(|route| self.keep(route));
    }

    /// About how many routes there are, a few of them exactly.
    pub(crate) fn count(&self) -> u32 {
        let few = self.few.iter().filter(|route| **route != 0).count() as u32;
        if few < ROUTES_EXACT as u32 { few } else { self.groups.count_ones().max(few) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_routes_are_told_apart_and_merge_exactly() {
        let asked = |routes: &[u64]| {
            let mut breadth = Breadth::default();
            routes.iter().for_each(|route| breadth.add(route << 32));
            breadth
        };
        assert_eq!(asked(&[]).count(), 0);
        assert_eq!(asked(&[9, 7, 9]).count(), 2);
        assert_eq!(asked(&[9, 7, 8, 9]).count(), 3, "of one group of routes");
        for (one, other) in [(&[5_u64, 4, 3][..], &[1_u64, 2, 3][..]), (&[], &[6]), (&[1, 2], &[2])] {
            let (mut merged, mut turned) = (asked(one), asked(other));
            merged.merge(asked(other));
            turned.merge(asked(one));
            assert_eq!(merged, turned);
            assert_eq!(merged, asked(&[one, other].concat()));
        }
    }
}
