//! Who may have turned: on which days somebody asked, and when first for which objects.
//!
//! A user that turns came back to its own records day after day, and then takes what it had never asked for. Its lines tell,
//! and so do those of many who never turned: whoever uses a service more than others is a nominee. Of most of these the first
//! pass tells that they have not ([`Walked`](crate::walked::Walked)), but not where a log has more days than a walk has bits
//! for, nor where there are so many walks that little is kept of each. To keep the lines of all who are left would cost more
//! than the rest of a scan, and push out those of thieves. So of a nominee the days are kept, and of a sample of its objects,
//! those of the smallest hashes, the first day of each: that merges exactly, and tells nearly all who did not turn. The lines
//! of those who are left are looked at once more, and decide.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::aims::Aim;
use crate::hash::each_stands_for;
use crate::memory::Memory;
use crate::turned::may_have_turned;

/// How many objects of a nominee are kept.
const SAMPLE: usize = 256;

/// How many days are, which is more than ten years.
const DAYS_MAX: usize = 4096;

/// What is known of all nominees, by the keys of their aims.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Turns {
    by_aim: BTreeMap<u64, Turn>,
    /// How many objects of each are kept.
    sample: usize,
}

/// What is known of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Turn {
    /// The days on which it asked, the first of them.
    days: BTreeSet<i64>,
    /// The objects of the smallest hashes, ascending, and the first day of each.
    firsts: Vec<(u64, i64)>,
}

impl Turns {
    /// What keeps within some memory.
    pub(crate) fn within(memory: Memory) -> Turns {
        Turns { by_aim: BTreeMap::new(), sample: memory.share(SAMPLE).clamp(64, SAMPLE) }
    }

    /// Nothing, of as many objects each.
    pub(crate) fn emptied(&self) -> Turns {
        Turns { by_aim: BTreeMap::new(), sample: self.sample }
    }

    /// How many bytes it takes, about.
    pub(crate) fn bytes(&self) -> usize {
        let of_one = |turn: &Turn| size_of::<(u64, Turn)>() + turn.firsts.capacity() * 16 + turn.days.len() * 16;
        self.by_aim.values().map(of_one).sum()
    }

    /// Takes in that an aim's client asked for an object, by its hash, on a day.
    pub(crate) fn add(&mut self, aim: u64, object: Option<u64>, day: i64) {
        let turn = self.by_aim.entry(aim).or_default();
        turn.days.insert(day);
        if let Some(object) = object {
            turn.put((object, day), self.sample);
        }
        turn.prune();
    }

    /// Takes in what another worker saw.
    pub(crate) fn merge(&mut self, other: Turns) {
        for (aim, turn) in other.by_aim {
            let mine = self.by_aim.entry(aim).or_default();
            mine.days.extend(turn.days);
            turn.firsts.into_iter().for_each(|first| mine.put(first, self.sample));
            mine.prune();
        }
    }

    /// Whether the client of an aim may have turned.
    pub(crate) fn may_have(&self, aim: &Aim) -> bool {
        self.by_aim.get(&aim.key()).is_some_and(|turn| turn.may_be(self.sample, aim.suspicion.foreign))
    }
}

impl Turn {
    fn put(&mut self, (object, day): (u64, i64), sample: usize) {
        if self.firsts.len() == sample && self.firsts.last().is_some_and(|(last, _)| *last < object) {
            return;
        }
        match self.firsts.binary_search_by_key(&object, |(object, _)| *object) {
            Ok(place) => self.firsts[place].1 = self.firsts[place].1.min(day),
            Err(place) => {
                self.firsts.insert(place, (object, day));
                self.firsts.truncate(sample);
            }
        }
    }

    fn prune(&mut self) {
        while DAYS_MAX < self.days.len() {
            self.days.pop_last();
        }
    }

    fn may_be(&self, sample: usize, foreign: u32) -> bool {
        let mut fresh: BTreeMap<i64, usize> = self.days.iter().map(|day| (*day, 0)).collect();
        for (_, day) in &self.firsts {
            *fresh.entry(*day).or_default() += 1;
        }
        let fresh: Vec<usize> = fresh.into_values().collect();
        let each = match self.firsts.last() {
            Some((last, _)) if self.firsts.len() == sample => each_stands_for(sample, *last),
            _ => 1.0,
        };
        may_have_turned(&fresh, each, foreign)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::hash;

    const AIM: u64 = 1;

    /// What is known of one who asks for these objects, a day after the other.
    fn turns(days: &[Vec<u64>]) -> Turns {
        let mut turns = Turns::within(Memory::default());
        for (day, objects) in days.iter().enumerate() {
            objects.iter().for_each(|object| turns.add(AIM, Some(hash(&object.to_le_bytes())), day as i64));
        }
        turns
    }

    #[test]
    fn who_took_much_that_it_did_not_know_may_have_turned() {
        let own = || vec![1, 2, 3];
        let anew = |day: u64, count: u64| (0..count).map(|number| 1_000 * day + number).collect::<Vec<u64>>();
        let thief =
            |count: u64| turns(&(0..16).map(|day| if day < 8 { own() } else { anew(day, count) }).collect::<Vec<_>>());
        for count in [4, 20, 300] {
            assert!(thief(count).by_aim[&AIM].may_be(SAMPLE, 0), "{count} a day");
        }
        assert!(!thief(2).by_aim[&AIM].may_be(SAMPLE, 0), "an order or two a day");
        let busy = |count: u64| turns(&(0..16).map(|day| anew(day, count)).collect::<Vec<_>>());
        for count in [4, 20, 300] {
            assert!(!busy(count).by_aim[&AIM].may_be(SAMPLE, 0), "{count} a day, from the first on");
        }
        let young = turns(&(0..7).map(|day| if day < 3 { own() } else { anew(day, 90) }).collect::<Vec<_>>());
        assert!(!young.by_aim[&AIM].may_be(SAMPLE, 0));
    }

    #[test]
    fn it_merges_exactly() {
        let days: Vec<Vec<u64>> =
            (0..12).map(|day| (0..40).map(|number| (day * 29 + number * 13) % 310).collect()).collect();
        let whole = turns(&days);
        for parts in [2, 3, 5] {
            let mut merged = Turns::within(Memory::default());
            for part in (0..parts).rev() {
                let own =
                    |(day, objects): (usize, &Vec<u64>)| if day % parts == part { objects.clone() } else { Vec::new() };
                let mut one = Turns::within(Memory::default());
                for (day, objects) in days.iter().enumerate().map(|(day, objects)| (day, own((day, objects)))) {
                    objects.iter().for_each(|object| one.add(AIM, Some(hash(&object.to_le_bytes())), day as i64));
                }
                merged.merge(one);
            }
            assert_eq!(merged.by_aim, whole.by_aim);
        }
    }
}
