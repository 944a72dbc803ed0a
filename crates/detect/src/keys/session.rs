//! Where the session of one machine was.
//!
//! A machine is in one place. A gateway that is replaced moves its sessions once, from one network to another; a session
//! that is in a second network between two of its calls from the first is used by somebody else, or has two ways out. So
//! the first and the last time of each session in each network are kept.

use accesslog::Time;
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::Caller;
use crate::bounded::Bounded;
use crate::hash::join;

/// How many stays of machines' sessions in networks are kept.
pub(crate) const STAYS_MAX: usize = 1 << 16;

/// For how long a machine that moves may still be seen where it was, in nanoseconds: five minutes.
const MOVE_NANOS: i64 = 300 * 1_000_000_000;

/// One machine's session in one network.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stay {
    role_key: u64,
    network_key: u64,
    machine_key: u64,
    first: Time,
    last: Time,
}

impl Stay {
    /// The stay that a call is of, with its key; none for what is no machine. The inside of a network is every machine's
    /// place, whatever its way out, and no stay.
    pub(crate) fn of(caller: &Caller, time: Time) -> Option<(u64, Stay)> {
        let machine_key = caller.machine_key.filter(|_| !caller.is_private)?;
        let (role_key, network_key) = (caller.role_key, caller.network_key);
        let stay = Stay { role_key, network_key, machine_key, first: time, last: time };
        Some((join(join(role_key, network_key), machine_key), stay))
    }

    pub(crate) fn merge(&mut self, other: Stay) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }

    fn overlaps(&self, other: &Stay) -> bool {
        let is_within = |time: Time, end: Time| time.0.saturating_add(MOVE_NANOS) < end.0;
        is_within(self.first, other.last) && is_within(other.first, self.last)
    }
}

/// All stays, by role and network.
#[derive(Debug, Default)]
pub(crate) struct Stays<'a> {
    of_place: HashMap<(u64, u64), HashMap<u64, &'a Stay>>,
}

impl<'a> Stays<'a> {
    pub(crate) fn of(stays: &'a Bounded<Stay>) -> Stays<'a> {
        let mut all = Stays::default();
        for (_, stay) in stays.iter() {
            let place = all.of_place.entry((stay.role_key, stay.network_key)).or_default();
            place.insert(stay.machine_key, stay);
        }
        all
    }

    /// Whether a machine of a role was in two networks at the same time.
    pub(crate) fn met(&self, role_key: u64, one: u64, other: u64) -> bool {
        let of = |network| self.of_place.get(&(role_key, network));
        let (Some(one), Some(other)) = (of(one), of(other)) else { return false };
        let (few, many) = if one.len() < other.len() { (one, other) } else { (other, one) };
        few.iter().any(|(machine, stay)| many.get(machine).is_some_and(|other| stay.overlaps(other)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(times: &[(&str, i64)]) -> bool {
        let mut stays: Bounded<Stay> = Bounded::new(8);
        let network = |client: &str| u64::from(client == "away");
        for (client, minutes) in times {
            let (role_key, network_key, machine_key) = (7, network(client), 9);
            let time = Time(minutes * 60 * 1_000_000_000);
            let stay = Stay { role_key, network_key, machine_key, first: time, last: time };
            stays.get_or_insert_with(network_key, || stay).unwrap().merge(stay);
        }
        Stays::of(&stays).met(7, 0, 1)
    }

    #[test]
    fn a_machine_that_moves_is_in_one_place_and_one_that_is_robbed_in_two() {
        assert!(!met(&[("home", 10), ("home", 20), ("away", 30), ("away", 40)]), "a new gateway");
        assert!(!met(&[("home", 10), ("home", 33), ("away", 30), ("away", 40)]), "the last answers of the old one");
        assert!(met(&[("home", 10), ("away", 30), ("home", 40)]), "there and back");
        assert!(!met(&[("home", 10), ("home", 20)]), "at home");
    }
}
