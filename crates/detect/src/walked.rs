//! The objects of one walk, and on which day each was first asked for.
//!
//! Most walks are of a few objects, which are kept as they are. What can be told of more is told by samples, of the
//! smallest hashes, and by bits for all of them: how many there are, how their identifiers lie, and on which days the
//! client took what it had not asked for before. The samples lie beside the walk, which is short for that. Which of the two
//! it is depends on how many different objects there are and on nothing else, so it merges exactly.

use accesslog::Time;
use serde::{Deserialize, Serialize};

use crate::ahead;
use crate::hash::{counted, each_stands_for, salted};
use crate::route::Object;

/// How many objects of a walk are kept as they are: those of the smallest hashes.
pub(crate) const SAMPLE: usize = 6;

/// Of how many objects of a long walk the first day is kept, at most.
pub(crate) const DATED: usize = 256;

/// After how many requests for objects fewer are kept of each walk.
pub(crate) const REQUESTS: usize = 1 << 21;

/// Of how many objects of each long walk the first day is kept where there were so many requests for objects, each of which may
/// have been for another, and there are fewer from so many on: it is never much more than these that is kept in all.
pub(crate) fn dated(requests: u64, fewer_from: u64) -> usize {
    match requests / fewer_from.max(1) {
        0 => DATED,
        1 => DATED / 2,
        _ => DATED / 16,
    }
}

/// How many words of bits count the different objects of a long walk.
const SKETCH: usize = 4;

/// How many nanoseconds a day has.
pub(crate) const DAY_NANOS: i64 = 86_400 * 1_000_000_000;

/// A day, by its number since 1970; the last is none. There are days enough until 2149.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Day(pub(crate) u16);

impl Day {
    /// No day: behind all others.
    pub(crate) const NONE: Day = Day(u16::MAX);

    /// The day of so many since 1970.
    pub(crate) fn of(day: i64) -> Day {
        Day(day.clamp(0, i64::from(u16::MAX) - 1) as u16)
    }

    /// Its last moment.
    pub(crate) fn end(self) -> Time {
        Time((i64::from(self.0) + 1).saturating_mul(DAY_NANOS).saturating_sub(1))
    }
}

/// The objects of a walk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Walked {
    /// All of them, in the order of their hashes, and the first day of each; empty places are at the end.
    Few { objects: [Option<Object>; SAMPLE], firsts: [Day; SAMPLE] },
    /// More than these.
    Many(Many),
}

/// What is kept of many objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Many {
    /// Bits of all objects, by their hash.
    sketch: [u64; SKETCH],
    /// Of the objects of the smallest hashes these, ascending, each with its first day.
    firsts: Vec<Dated>,
    /// The objects of the smallest hashes, in the order of these.
    sample: Box<[Option<Object>; SAMPLE]>,
    /// The upper 16 bits of the last hash that is kept with a day, where as many as may be are. Of objects behind it, which are most where
    /// there are many, what lies beside the walk need not be asked.
    ceiling: u16,
}

/// The upper 48 bits of an object's hash, and below them its first day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Dated(u64);

impl Dated {
    fn new(hash: u64, day: Day) -> Dated {
        Dated(hash & !0xffff | u64::from(day.0))
    }

    fn hash(self) -> u64 {
        self.0 & !0xffff
    }

    fn upper(self) -> u16 {
        (self.0 >> 48) as u16
    }

    fn day(self) -> Day {
        Day(self.0 as u16)
    }
}

impl Default for Walked {
    fn default() -> Walked {
        Walked::Few { objects: [None; SAMPLE], firsts: [Day::NONE; SAMPLE] }
    }
}

impl Walked {
    /// Takes in that an object was asked for on a day; of how many the first day is kept, if they are more than a few.
    pub(crate) fn add(&mut self, object: Object, day: Day, dated: usize) {
        match self {
            Walked::Few { objects, firsts } => {
                if !put((objects, firsts), object, day) {
                    let mut many = Many::of(objects, firsts, dated);
                    many.add(object, day, dated);
                    *self = Walked::Many(many);
                }
            }
            Walked::Many(many) => many.add(object, day, dated),
        }
    }

    /// Keeps the first days of so many objects and no more.
    pub(crate) fn shorten(&mut self, dated: usize) {
        if let Walked::Many(many) = self {
            many.shorten(dated);
            many.firsts.shrink_to(2 * dated);
        }
    }

    /// Fetches what [`add`](Walked::add) will ask of what lies beside the walk.
    #[inline]
    pub(crate) fn fetch(&self, object: Object) {
        if let Walked::Many(many) = self
            && let Some(near) = many.firsts.get(many.guess(salted(object.bits())))
        {
            ahead::fetch(near);
        }
    }

    /// Takes in what another worker saw. As many first days are kept as may be at most: [`shorten`](Walked::shorten) comes behind.
    pub(crate) fn merge(&mut self, other: Walked) {
        match (&mut *self, other) {
            (_, Walked::Few { objects, firsts }) => {
                each(&objects, &firsts).for_each(|(object, day)| self.add(object, day, DATED));
            }
            (Walked::Few { objects, firsts }, Walked::Many(mut many)) => {
                each(objects, firsts).for_each(|(object, day)| many.add(object, day, DATED));
                *self = Walked::Many(many);
            }
            (Walked::Many(many), Walked::Many(other)) => many.merge(other),
        }
    }

    /// The objects that are kept as they are.
    pub(crate) fn sample(&self) -> &[Option<Object>; SAMPLE] {
        match self {
            Walked::Few { objects, .. } => objects,
            Walked::Many(many) => &many.sample,
        }
    }

    /// About how many different objects there are, of so many requests: exact for a few.
    pub(crate) fn distinct(&self, requests: u32) -> u32 {
        match self {
            Walked::Few { objects, .. } => objects.iter().flatten().count() as u32,
            Walked::Many(many) => match counted(&many.sketch) {
                Some(estimate) => estimate.clamp(SAMPLE as u32 + 1, requests.max(SAMPLE as u32 + 1)),
                // Every bit is set from about six times as many objects on: beyond that the requests bound it.
                None => requests.min(1_500),
            },
        }
    }

    /// How many bytes lie beside the walk.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Walked::Few { .. } => 0,
            Walked::Many(many) => size_of_val(&*many.sample) + many.firsts.capacity() * size_of::<Dated>(),
        }
    }

    /// The first days of the objects that are kept, and for how many objects each of these stands; of a few nothing.
    pub(crate) fn firsts(&self) -> Option<(impl Iterator<Item = Day>, f64)> {
        let Walked::Many(many) = self else { return None };
        let is_drawn = many.ceiling < u16::MAX;
        let each = match many.firsts.last().filter(|_| is_drawn) {
            Some(last) => each_stands_for(many.firsts.len(), last.hash()),
            None => 1.0,
        };
        Some((many.firsts.iter().map(|one| one.day()), each))
    }
}

/// Puts an object where it belongs among a few, or takes in that it was asked for on that day as well. False if there is no room.
fn put((objects, firsts): (&mut [Option<Object>; SAMPLE], &mut [Day; SAMPLE]), object: Object, day: Day) -> bool {
    let one = Some(object);
    if let Some(place) = objects.iter().position(|other| *other == one) {
        firsts[place] = firsts[place].min(day);
        return true;
    }
    if objects[SAMPLE - 1].is_some() {
        return false;
    }
    let own = rank(one);
    let place = objects.partition_point(|other| rank(*other) < own);
    objects.copy_within(place..SAMPLE - 1, place + 1);
    firsts.copy_within(place..SAMPLE - 1, place + 1);
    (objects[place], firsts[place]) = (one, day);
    true
}

/// The objects of a few and the first day of each.
fn each(objects: &[Option<Object>; SAMPLE], firsts: &[Day; SAMPLE]) -> impl Iterator<Item = (Object, Day)> {
    objects.iter().zip(firsts).filter_map(|(object, day)| Some(((*object)?, *day)))
}

impl Many {
    fn of(objects: &[Option<Object>; SAMPLE], firsts: &[Day; SAMPLE], dated: usize) -> Many {
        let sample = Box::new([None; SAMPLE]);
        let own = Vec::with_capacity(2 * SAMPLE);
        let mut many = Many { sketch: [0; SKETCH], firsts: own, sample, ceiling: u16::MAX };
        each(objects, firsts).for_each(|(object, day)| many.add(object, day, dated));
        many
    }

    fn add(&mut self, object: Object, day: Day, dated: usize) {
        let hash = salted(object.bits());
        self.sketch[(hash >> 62) as usize] |= 1 << (hash >> 56 & 63);
        if (hash >> 48) as u16 <= self.ceiling {
            // What is new among the first of these is new in the sample, and nothing else is.
            let new = self.date(Dated::new(hash, day), dated);
            if new.is_some_and(|place| place < SAMPLE) {
                keep(&mut self.sample, object);
            }
        }
    }

    /// Takes in an object with a day. Gives where it stands if it is new.
    fn date(&mut self, one: Dated, dated: usize) -> Option<usize> {
        // Others may have kept more.
        if dated < self.firsts.len() {
            self.shorten(dated);
        }
        let place = self.place(one);
        match self.firsts.get_mut(place) {
            Some(same) if same.hash() == one.hash() => {
                *same = one.min(*same);
                None
            }
            None if dated <= place => None,
            _ => {
                self.shorten(dated - 1);
                self.firsts.insert(place, one);
                self.shorten(dated);
                Some(place)
            }
        }
    }

    fn shorten(&mut self, dated: usize) {
        self.firsts.truncate(dated);
        if let Some(last) = self.firsts.get(dated - 1) {
            self.ceiling = last.upper();
        }
    }

    /// Where an object stands among the others, or belongs. As hashes lie evenly, it is near where so much of all of them is below:
    /// that is one line of the cache, where halving would ask for several.
    fn place(&self, one: Dated) -> usize {
        let hash = one.hash();
        let mut place = self.guess(hash);
        while place < self.firsts.len() && self.firsts[place].hash() < hash {
            place += 1;
        }
        while 0 < place && hash <= self.firsts[place - 1].hash() {
            place -= 1;
        }
        place
    }

    /// Where a hash stands among the others, about.
    fn guess(&self, hash: u64) -> usize {
        let (upper, all) = ((hash >> 48) as usize, usize::from(self.ceiling) + 1);
        (upper * self.firsts.len() / all).min(self.firsts.len())
    }

    fn merge(&mut self, other: Many) {
        self.sketch.iter_mut().zip(other.sketch).for_each(|(mine, other)| *mine |= other);
        other.sample.iter().flatten().for_each(|object| keep(&mut self.sample, *object));
        for one in other.firsts {
            self.date(one, DATED);
        }
    }
}

/// Keeps an object if it is among those of the smallest hashes.
fn keep(sample: &mut [Option<Object>; SAMPLE], object: Object) {
    let one = Some(object);
    let own = rank(one);
    if rank(sample[SAMPLE - 1]) <= own || sample.contains(&one) {
        return;
    }
    let place = sample.partition_point(|other| rank(*other) < own);
    sample.copy_within(place..SAMPLE - 1, place + 1);
    sample[place] = one;
}

/// The order of the objects of a sample: by hash, the empty places last.
fn rank(object: Option<Object>) -> (u64, u64) {
    object.map_or((u64::MAX, u64::MAX), |object| (salted(object.bits()), object.bits()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn walked(requests: impl Iterator<Item = (u64, u16)>, dated: usize) -> Walked {
        let mut walked = Walked::default();
        requests.for_each(|(number, day)| walked.add(Object::of_number(number), Day(day), dated));
        walked
    }

    proptest! {
        #[test]
        fn it_merges_exactly_and_a_few_are_all_of_them(
            requests in prop::collection::vec((0..400_u64, 0..90_u16), 0..600),
            objects in prop_oneof![Just(5_u64), Just(7), Just(12), Just(400)],
            deal in prop::collection::vec(0..3_usize, 600),
            dated in prop_oneof![Just(DATED), Just(64), Just(16)],
        ) {
            let requests: Vec<(u64, u16)> = requests.iter().map(|(number, day)| (number % objects, *day)).collect();
            let whole = walked(requests.iter().copied(), dated);
            let part = |worker: usize| {
                let own = requests.iter().zip(&deal).filter(|(_, place)| **place == worker);
                // Who saw less keeps more of it.
                walked(own.map(|(one, _)| *one), DATED.min(dated * (1 + worker)))
            };
            for order in [[0, 1, 2], [2, 0, 1]] {
                let mut merged = Walked::default();
                order.iter().for_each(|worker| merged.merge(part(*worker)));
                merged.shorten(dated);
                prop_assert_eq!(&merged, &whole);
            }
            let mut all: Vec<(u64, Object)> =
                requests.iter().map(|(number, _)| Object::of_number(*number)).map(|one| (salted(one.bits()), one)).collect();
            all.sort_unstable();
            all.dedup();
            let smallest: Vec<Object> = all.iter().take(SAMPLE).map(|(_, object)| *object).collect();
            prop_assert_eq!(whole.sample().iter().flatten().copied().collect::<Vec<_>>(), smallest);
            prop_assert_eq!(matches!(whole, Walked::Few { .. }), all.len() <= SAMPLE);
            if let Some((firsts, each)) = whole.firsts() {
                let first = |object: Object| {
                    requests.iter().filter(|(number, _)| Object::of_number(*number) == object).map(|(_, day)| Day(*day)).min()
                };
                let expected: Vec<Day> = all.iter().take(dated).filter_map(|(_, object)| first(*object)).collect();
                prop_assert_eq!(firsts.collect::<Vec<_>>(), expected);
                let told = each * all.len().min(dated) as f64;
                // Sixteen tell next to nothing.
                prop_assert!(dated < 64 || (told - all.len() as f64).abs() <= 0.9 * all.len() as f64, "{} of {}", told, all.len());
            }
        }
    }

    #[test]
    fn who_asks_without_a_day_has_none() {
        let walked = walked([(1, 9), (1, Day::NONE.0), (2, Day::NONE.0)].into_iter(), DATED);
        let Walked::Few { firsts, .. } = walked else { panic!("two objects are few") };
        assert_eq!(firsts.iter().filter(|day| **day == Day(9)).count(), 1);
        assert_eq!(Day::of(-4), Day(0));
        assert!(Day::of(i64::MAX) < Day::NONE);
    }
}
