//! All walks by their routes, and their clients by the agents that they name.
//!
//! To judge walks is to go through all of them, and a log of a day may have as many as there is room for. What is made for
//! that is as large as they are, and of new memory the system clears every page first, which costs more than to write to it.
//! So a route has the numbers of its walks, what is known of the clients is put down once, and one route after the other
//! uses the same room.

use std::cmp::Reverse;
use std::sync::{Mutex, PoisonError};

use hashbrown::HashMap;

use crate::apart::{self, Apart};
use crate::harvest::{FLOOD_PAGES, PEERS_MIN, Taken};
use crate::walks::{Walk, Walks};

/// A walk, whose it is, and what of it all are asked for.
#[derive(Clone, Copy)]
pub(crate) struct Whose<'w> {
    /// The hash of the client.
    pub(crate) client: u64,
    pub(crate) route: u64,
    pub(crate) agent: u64,
    /// About how many different objects it has.
    pub(crate) distinct: u32,
    pub(crate) walk: &'w Walk,
}

/// How many clients are asked for at a time, so that their entries are fetched together.
pub(crate) const FETCHED: usize = 64;

/// How many walks are looked up by one worker at a time.
const PIECE: usize = 1 << 14;

/// The walks on each route that has enough of them or a long one, by their numbers and in the order of their clients, those routes
/// first on which there are the most.
pub(crate) fn by_route(all: &[Whose<'_>]) -> Vec<(u64, Vec<u32>)> {
    let mut counts: HashMap<u64, (usize, bool)> = HashMap::new();
    for one in all {
        let (count, is_long) = counts.entry(one.route).or_default();
        *count += 1;
        *is_long |= FLOOD_PAGES <= one.distinct;
    }
    let is_told = |(_, (count, is_long)): &(u64, (usize, bool))| PEERS_MIN < *count || *is_long;
    let told = counts.into_iter().filter(is_told);
    let mut routes: HashMap<u64, Vec<u32>> =
        told.map(|(route, (count, _))| (route, Vec::with_capacity(count))).collect();
    for (number, one) in (0..).zip(all) {
        if let Some(walks) = routes.get_mut(&one.route) {
            walks.push(number);
        }
    }
    let mut routes: Vec<(u64, Vec<u32>)> = routes.into_iter().collect();
    routes.sort_unstable_by_key(|(_, walks)| Reverse(walks.len()));
    routes
}

/// The walks of some numbers beside what is known of their clients, in the same order.
pub(crate) fn taken<'w>(all: &[Whose<'w>], own: &[u32], walks: &Walks, apart: &dyn Apart) -> Vec<Taken<'w>> {
    let mut taken: Vec<Taken<'w>> = own.iter().map(|number| Taken::of(&all[*number as usize])).collect();
    let look_up = |piece: &mut [Taken<'w>]| {
        for batch in piece.chunks_mut(FETCHED) {
            walks.fetch(batch.iter().map(|one| one.client));
            for one in batch {
                walks.of_client(one.client).into_iter().for_each(|known| one.know(known));
            }
        }
    };
    apart::mapped(apart, taken.chunks_mut(PIECE).collect(), look_up);
    taken
}

/// How many clients name each agent: the walks of one client come one behind the other.
pub(crate) fn by_agent(all: &[Whose<'_>]) -> HashMap<u64, usize> {
    let mut named: HashMap<u64, (usize, Option<u64>)> = HashMap::new();
    for one in all {
        let (clients, last) = named.entry(one.agent).or_default();
        *clients += usize::from(*last != Some(one.client));
        *last = Some(one.client);
    }
    named.into_iter().map(|(agent, (clients, _))| (agent, clients)).collect()
}

/// Room for copies of walks that one route after the other uses: of new memory the system clears every page first.
#[derive(Default)]
pub(crate) struct Buffers(Mutex<Vec<Vec<Walk>>>);

impl Buffers {
    pub(crate) fn take(&self) -> Vec<Walk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    pub(crate) fn give_back(&self, mut buffer: Vec<Walk>) {
        buffer.clear();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
    }
}
