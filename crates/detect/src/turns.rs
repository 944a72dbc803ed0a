//! Who may have turned: on which days somebody asked, and when first for which objects.
//!
//! A user that turns came back to its own records day after day, and then takes what it had never asked for. Its lines tell,
//! and so do those of many who never turned: whoever uses a service more than others is a nominee. To keep the lines of
//! all of them would cost more than the rest of a scan, and push out those of thieves. So of a nominee the days are kept,
//! and of a sample of its objects, those of the smallest hashes, the first day of each: that merges exactly, and tells
//! nearly all who did not turn. The lines of those who are left are looked at once more, and decide.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::harvest::TURN_DAYS_MIN;
use crate::memory::Memory;

/// How many objects of a nominee are kept.
const SAMPLE: usize = 256;

/// How many days are, which is more than ten years.
const DAYS_MAX: usize = 4096;

/// How many records somebody takes anew whose use of a route has turned, at least, and at least on average of its days.
const RECORDS_MIN: (usize, usize) = (20, 4);

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

/// How many records were asked for the first time on some days before, and on how many; and on those that followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fresh {
    pub(crate) before: (usize, usize),
    pub(crate) after: (usize, usize),
}

impl Fresh {
    /// Of the number of new records on each day, in their order; nothing of too few days. On the first days all is new.
    pub(crate) fn of(fresh: &[usize]) -> Option<Fresh> {
        let (quarter, half) = (fresh.len() / 4, fresh.len() / 2);
        let sum = |days: &[usize]| (days.iter().sum::<usize>(), days.len());
        let is_long = TURN_DAYS_MIN as usize <= fresh.len();
        is_long.then(|| Fresh { before: sum(&fresh[quarter..half]), after: sum(&fresh[half..]) })
    }

    /// Whether somebody who came back to what it knew took much that it did not know.
    pub(crate) fn is_turn(self) -> bool {
        self.before.0 <= self.before.1 && self.enough() <= self.after.0
    }

    fn enough(self) -> usize {
        let (total, daily) = RECORDS_MIN;
        total.max(daily * self.after.1)
    }

    /// Whether that may be so, where each of these records stands for so many.
    fn may_be_turn(self, each: f64) -> bool {
        let before = self.before.1 as f64 / each;
        // Three times as much as what is drawn strays by.
        let most = before + 3.0 * before.sqrt() + 3.0;
        self.before.0 as f64 <= most && self.enough() as f64 / each / 2.0 <= self.after.0 as f64
    }
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
    pub(crate) fn add(&mut self, aim: u64, object: u64, day: i64) {
        let turn = self.by_aim.entry(aim).or_default();
        turn.days.insert(day);
        turn.put((object, day), self.sample);
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
    pub(crate) fn may_have(&self, aim: u64) -> bool {
        self.by_aim.get(&aim).is_some_and(|turn| turn.may_be(self.sample))
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

    fn may_be(&self, sample: usize) -> bool {
        let mut fresh: BTreeMap<i64, usize> = self.days.iter().map(|day| (*day, 0)).collect();
        for (_, day) in &self.firsts {
            *fresh.entry(*day).or_default() += 1;
        }
        let fresh: Vec<usize> = fresh.into_values().collect();
        // Of hashes that lie so densely there are so many (Bar-Yossef et al., 2002).
        let each = match self.firsts.last() {
            Some((last, _)) if self.firsts.len() == sample => {
                (sample as f64 - 1.0) / (*last as f64 / u64::MAX as f64).max(f64::MIN_POSITIVE) / sample as f64
            }
            _ => 1.0,
        };
        Fresh::of(&fresh).is_some_and(|fresh| if each <= 1.0 { fresh.is_turn() } else { fresh.may_be_turn(each) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::hash;

    /// What is known of one who asks for these objects, a day after the other.
    fn turns(days: &[Vec<u64>]) -> Turns {
        let mut turns = Turns::within(Memory::default());
        for (day, objects) in days.iter().enumerate() {
            objects.iter().for_each(|object| turns.add(1, hash(&object.to_le_bytes()), day as i64));
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
            assert!(thief(count).may_have(1), "{count} a day");
        }
        assert!(!thief(2).may_have(1), "an order or two a day");
        let busy = |count: u64| turns(&(0..16).map(|day| anew(day, count)).collect::<Vec<_>>());
        for count in [4, 20, 300] {
            assert!(!busy(count).may_have(1), "{count} a day, from the first on");
        }
        let young = turns(&(0..7).map(|day| if day < 3 { own() } else { anew(day, 90) }).collect::<Vec<_>>());
        assert!(!young.may_have(1) && !young.may_have(2));
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
                    objects.iter().for_each(|object| one.add(1, hash(&object.to_le_bytes()), day as i64));
                }
                merged.merge(one);
            }
            assert_eq!(merged.by_aim, whole.by_aim);
        }
    }
}
