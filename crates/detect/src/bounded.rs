//! A map that keeps the entries of the smallest keys, exactly.
//!
//! Keys are hashes, so the smallest are a fair sample of all, and whether a key is among them does not depend on
//! when it came: a key that is among the smallest of everything was among the smallest of every part, so its
//! count is whole. That is what lets a bounded state merge exactly, in any order.
//!
//! The entries lie close together in the order in which they came, and a table of places, eight bytes each, tells where.
//! So memory is what the entries take, growing copies none of them, and what a batch of requests will ask for can be
//! fetched ahead of asking ([`Bounded::fetch_place`], then [`Bounded::likely`]): a large map is never in the cache, but many
//! fetches can be under way at once where asking one by one waits for each. Of what the bound has passed nothing is fetched.

use std::marker::PhantomData;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ahead;

/// A map from hashes to values that keeps at most so many.
#[derive(Clone, Debug)]
pub(crate) struct Bounded<V, E = (u64, V)> {
    /// By the upper bits of a spread key: these bits, and below them the number of its entry, from 1; 0 where none is.
    ///
    /// Invariant: their number is a power of two, and half of them are empty. What does not stand in its own place stands in
    /// the nearest that was empty ([`Places::near`]).
    places: Places,
    entries: Vec<E>,
    capacity: usize,
    /// The largest key that may still be kept.
    ceiling: u64,
    of: PhantomData<V>,
}

/// Where the entry of a key most likely is: its number, from 1, or 0 where there is none.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Likely(u32);

/// A key and its value.
pub(crate) trait Entry<V> {
    fn new(key: u64, value: V) -> Self;
    fn key(&self) -> u64;
    fn value(&self) -> &V;
    fn value_mut(&mut self) -> &mut V;
    fn into_value(self) -> V;
}

impl<V> Entry<V> for (u64, V) {
    fn new(key: u64, value: V) -> (u64, V) {
        (key, value)
    }

    fn key(&self) -> u64 {
        self.0
    }

    fn value(&self) -> &V {
        &self.1
    }

    fn value_mut(&mut self) -> &mut V {
        &mut self.1
    }

    fn into_value(self) -> V {
        self.1
    }
}

/// An entry that begins where the alignment of `A` says: one that is as long as a line of the cache, or half of one, is
/// fetched at once then, where it would lie in two lines as it comes.
#[derive(Clone, Debug)]
pub(crate) struct Aligned<V, A> {
    key: u64,
    value: V,
    _at: [A; 0],
}

/// The length of a line of the cache.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(crate) struct Line;

/// Half of one.
#[derive(Clone, Debug)]
#[repr(align(32))]
pub(crate) struct HalfLine;

impl<V, A> Entry<V> for Aligned<V, A> {
    fn new(key: u64, value: V) -> Aligned<V, A> {
        Aligned { key, value, _at: [] }
    }

    fn key(&self) -> u64 {
        self.key
    }

    fn value(&self) -> &V {
        &self.value
    }

    fn value_mut(&mut self) -> &mut V {
        &mut self.value
    }

    fn into_value(self) -> V {
        self.value
    }
}

impl<V: Serialize, A> Serialize for Aligned<V, A> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        (self.key, &self.value).serialize(out)
    }
}

/// How many keys are looked for together where maps are merged.
const BATCH: usize = 32;

/// How many places a line of the cache has.
const WIDE: usize = 8;

/// Places for entries, a line of the cache at a time.
#[derive(Clone, Debug)]
struct Places(Vec<PlacesOfLine>);

#[derive(Clone, Debug, Default)]
#[repr(align(64))]
struct PlacesOfLine([u64; WIDE]);

const _: () = assert!(size_of::<PlacesOfLine>() == 64, "the places near each other are fetched at once");

impl Places {
    /// So many lines of empty places: a power of two.
    fn new(lines: usize) -> Places {
        Places(vec![PlacesOfLine::default(); lines])
    }

    fn count(&self) -> usize {
        self.0.len() * WIDE
    }

    /// The number of a place: the one that is that far from the first. As numbers differ by their lowest bits first, those near
    /// each other are in one line of the cache, and going further and further comes by each place once.
    #[inline]
    fn near(&self, first: u64, further: usize) -> usize {
        (first as usize ^ further) & (self.count() - 1)
    }

    #[inline]
    fn get(&self, place: usize) -> u64 {
        self.0[place / WIDE].0[place % WIDE]
    }

    #[inline]
    fn set(&mut self, place: usize, content: u64) {
        self.0[place / WIDE].0[place % WIDE] = content;
    }

    /// Puts a content where it belongs.
    fn put(&mut self, content: u64) {
        let mut further = 0;
        while self.get(self.near(content >> 32, further)) != 0 {
            further += 1;
        }
        self.set(self.near(content >> 32, further), content);
    }
}

/// How many lines of places a new map has.
const LINES: usize = 2;

/// The bits of a place that are the number of the entry.
const NUMBER: u64 = u32::MAX as u64;

impl<V, E: Entry<V>> Bounded<V, E> {
    pub(crate) fn new(capacity: usize) -> Bounded<V, E> {
        Bounded { places: Places::new(LINES), entries: Vec::new(), capacity, ceiling: u64::MAX, of: PhantomData }
    }

    /// A map without entries that drops what this one would.
    pub(crate) fn emptied(&self) -> Bounded<V, E> {
        Bounded { ceiling: self.ceiling, ..Bounded::new(self.capacity) }
    }

    /// How many bytes the entries take at most, where each has so many outside of the map.
    pub(crate) fn bytes(&self, beside: usize) -> usize {
        self.entries.len() * (size_of::<E>() + beside) + self.places.count() * size_of::<u64>()
    }

    /// The value of a key, made if it is new; `None` if the key is past the bound.
    #[inline]
    pub(crate) fn get_or_insert_with(&mut self, key: u64, make: impl FnOnce() -> V) -> Option<&mut V> {
        if self.ceiling < key {
            return None;
        }
        let number = match self.find(key) {
            Ok(number) => number,
            Err(_) if self.room() <= self.entries.len() => {
                self.prune();
                return self.get_or_insert_with(key, make);
            }
            Err(place) => self.insert(place, key, make()),
        };
        Some(self.entries[number].value_mut())
    }

    pub(crate) fn get(&self, key: u64) -> Option<&V> {
        self.find(key).ok().map(|number| self.entries[number].value())
    }

    /// Fetches where the search for a key begins. For one past the bound nobody will search, and what is fetched for it is at hand.
    #[inline]
    pub(crate) fn fetch_place(&self, key: u64) {
        let place = self.places.near(self.sought(key), 0);
        ahead::fetch(&self.places.0[place / WIDE]);
    }

    /// Where a key that is kept most likely is: of a few places the one that tells the same bits of it.
    ///
    /// A search that stops where the key is found guesses wrong where to stop, and a processor that guessed wrong forgets
    /// what it would have asked for next; this asks nothing, and whoever goes there sees whether it is the key.
    #[inline]
    pub(crate) fn likely(&self, key: u64) -> Likely {
        let spread = self.sought(key);
        let place = |further: usize| self.places.get(self.places.near(spread, further));
        let told = |place: u64, or: u64| if place >> 32 == spread { place } else { or };
        Likely((told(place(0), told(place(1), told(place(2), place(3)))) & NUMBER) as u32)
    }

    /// The value that is most likely that of a key: there to be fetched, and nothing may be made of it.
    #[inline]
    pub(crate) fn at(&self, Likely(number): Likely) -> Option<&V> {
        self.entries.get((number as usize).wrapping_sub(1)).map(E::value)
    }

    /// As [`get_or_insert_with`](Bounded::get_or_insert_with), where it is said where the key most likely is.
    #[inline]
    pub(crate) fn get_or_insert_near(
        &mut self,
        Likely(number): Likely,
        key: u64,
        make: impl FnOnce() -> V,
    ) -> Option<&mut V> {
        let place = (number as usize).wrapping_sub(1);
        if self.entries.get(place).is_some_and(|entry| entry.key() == key) {
            return Some(self.entries[place].value_mut());
        }
        self.get_or_insert_with(key, make)
    }

    /// The bits by which a key will be searched for; those of one key for all that are past the bound.
    #[inline]
    fn sought(&self, key: u64) -> u64 {
        spread(if key <= self.ceiling { key } else { 0 })
    }

    /// The number of a key's entry, or the empty place where it belongs.
    #[inline]
    fn find(&self, key: u64) -> Result<usize, usize> {
        let spread = spread(key);
        let mut further = 0;
        loop {
            let place = self.places.near(spread, further);
            let content = self.places.get(place);
            let number = content & NUMBER;
            if number == 0 {
                return Err(place);
            }
            if content >> 32 == spread && self.entries[number as usize - 1].key() == key {
                return Ok(number as usize - 1);
            }
            further += 1;
        }
    }

    fn insert(&mut self, place: usize, key: u64, value: V) -> usize {
        if self.entries.len() == self.entries.capacity() {
            self.make_room();
        }
        self.entries.push(E::new(key, value));
        self.places.set(place, spread(key) << 32 | self.entries.len() as u64);
        if self.places.count() <= self.entries.len() * 2 {
            self.grow();
        }
        self.entries.len() - 1
    }

    /// For how many entries there is room: half as many again as the bound, so that it is enforced seldom, and then in one go. Of more
    /// room the system would clear more pages than that spares.
    fn room(&self) -> usize {
        self.capacity.saturating_add((self.capacity / 2).max(1))
    }

    /// Doubles the room for entries; all that there may ever be is made at once where an eighth of the bound is there.
    ///
    /// Each time entries are moved, what they are moved to is cleared by the system first and what they leave stays for a
    /// moment. Room that nothing was put into is no memory yet.
    #[cold]
    fn make_room(&mut self) {
        let (here, most) = (self.entries.len(), self.room());
        let wanted = if here < self.capacity / 8 { (here * 2).max(4) } else { most.max(here + here / 2 + 1) };
        self.entries.reserve_exact(wanted - here);
    }

    /// Doubles the places. What stands in one tells where it belongs among more.
    #[cold]
    fn grow(&mut self) {
        let more = Places::new(self.places.0.len() * 2);
        let Places(lines) = std::mem::replace(&mut self.places, more);
        let contents = lines.into_iter().flat_map(|PlacesOfLine(places)| places);
        contents.filter(|content| *content != 0).for_each(|content| self.places.put(content));
    }

    /// Drops all but the entries of the smallest keys.
    pub(crate) fn prune(&mut self) {
        if self.entries.len() <= self.capacity {
            return;
        }
        let mut keys: Vec<u64> = self.entries.iter().map(E::key).collect();
        let (_, ceiling, _) = keys.select_nth_unstable(self.capacity - 1);
        self.keep_to(*ceiling);
    }

    /// Drops the entries whose keys are larger.
    fn keep_to(&mut self, ceiling: u64) {
        self.ceiling = ceiling;
        let before = self.entries.len();
        self.entries.retain(|entry| entry.key() <= ceiling);
        if self.entries.len() < before {
            self.places.0.fill(PlacesOfLine::default());
            for (number, entry) in (1..).zip(&self.entries) {
                self.places.put(spread(entry.key()) << 32 | number);
            }
        }
    }

    /// Takes in the entries of another map, joining the values of keys that both have.
    pub(crate) fn merge(&mut self, other: Bounded<V, E>, join: impl Fn(&mut V, V)) {
        self.merge_fetched(other, ahead::fetch, join);
    }

    /// The same, where a value may lie in more than one line of the cache: how it is fetched.
    pub(crate) fn merge_fetched(&mut self, other: Bounded<V, E>, fetch: impl Fn(&V), join: impl Fn(&mut V, V)) {
        if other.ceiling < self.ceiling {
            self.keep_to(other.ceiling);
        }
        let ceiling = self.ceiling;
        if self.entries.is_empty() {
            (self.places, self.entries) = (other.places, other.entries);
            if ceiling < other.ceiling {
                self.keep_to(ceiling);
            }
            return self.prune();
        }
        let mut rest = other.entries.into_iter();
        while !rest.as_slice().is_empty() {
            let batch = rest.as_slice().len().min(BATCH);
            let keys = || rest.as_slice()[..batch].iter().map(E::key);
            keys().for_each(|key| self.fetch_place(key));
            keys().filter_map(|key| self.at(self.likely(key))).for_each(&fetch);
            for entry in rest.by_ref().take(batch).filter(|entry| entry.key() <= ceiling) {
                let key = entry.key();
                match self.find(key) {
                    Ok(number) => join(self.entries[number].value_mut(), entry.into_value()),
                    Err(place) => {
                        self.insert(place, key, entry.into_value());
                    }
                }
            }
        }
        self.prune();
    }

    /// Whether entries were dropped.
    pub(crate) fn is_full(&self) -> bool {
        self.ceiling < u64::MAX
    }

    /// How many entries are kept, at most.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// The values, to be changed, in no order.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.iter_mut().map(E::value_mut)
    }

    /// The entries, in no order: what is made of them must not depend on it.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &V)> {
        self.entries.iter().map(|entry| (entry.key(), entry.value()))
    }
}

impl<V, E: Serialize> Serialize for Bounded<V, E> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        (self.capacity as u64, self.ceiling, &self.entries).serialize(out)
    }
}

impl<'de, V: Deserialize<'de>, E: Entry<V>> Deserialize<'de> for Bounded<V, E> {
    /// The places are made anew: they follow from the entries, and are too many to be believed.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Bounded<V, E>, D::Error> {
        let (capacity, ceiling, entries): (u64, u64, Vec<(u64, V)>) = Deserialize::deserialize(from)?;
        let capacity = usize::try_from(capacity).ok().filter(|capacity| (1..=1 << 30).contains(capacity));
        let mut map = Bounded::new(capacity.ok_or_else(|| D::Error::custom("a bound of nothing, or none"))?);
        map.ceiling = ceiling;
        for (key, value) in entries {
            match map.find(key) {
                Err(place) if key <= ceiling => map.insert(place, key, value),
                _ => return Err(D::Error::custom("an entry twice, or past the bound")),
            };
        }
        Ok(map)
    }
}

/// The bits of a key by which its place is found, in the lower half. Keys are hashes, but their order may mean something:
/// those of one client may share their upper half.
fn spread(key: u64) -> u64 {
    key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::hash::hash;

    fn counts(keys: &[u64], parts: usize) -> Vec<(u64, u32)> {
        let mut merged: Bounded<u32> = Bounded::new(10);
        for part in 0..parts {
            let mut one = Bounded::new(10);
            for key in keys.iter().skip(part).step_by(parts) {
                if let Some(count) = one.get_or_insert_with(*key, || 0) {
                    *count += 1;
                }
            }
            merged.merge(one, |mine, other| *mine += other);
        }
        merged.prune();
        let mut entries: Vec<(u64, u32)> = merged.iter().map(|(key, count)| (key, *count)).collect();
        entries.sort_unstable();
        entries
    }

    proptest! {
        #[test]
        fn it_holds_what_an_ordered_map_holds(keys in prop::collection::vec(0..400_u64, 0..900), capacity in 1..120_usize) {
            let key = |number: u64| if number < 200 { number } else { hash(&number.to_le_bytes()) };
            let mut bounded: Bounded<u32> = Bounded::new(capacity);
            let mut whole: BTreeMap<u64, u32> = BTreeMap::new();
            for number in keys {
                *whole.entry(key(number)).or_default() += 1;
                if let Some(count) = bounded.get_or_insert_with(key(number), || 0) {
                    *count += 1;
                }
            }
            bounded.prune();
            prop_assert_eq!(bounded.is_full(), capacity < whole.len());
            let kept: Vec<(u64, u32)> = whole.into_iter().take(capacity).collect();
            prop_assert!(kept.iter().all(|(key, count)| bounded.get(*key) == Some(count)));
            let mut entries: Vec<(u64, u32)> = bounded.iter().map(|(key, count)| (key, *count)).collect();
            entries.sort_unstable();
            prop_assert_eq!(entries, kept);
        }
    }

    #[test]
    fn an_empty_map_takes_another_in_as_it_is_but_for_what_is_past_its_own_bound() {
        let of = |keys: std::ops::Range<u64>| {
            let mut map: Bounded<u64> = Bounded::new(10);
            for key in keys {
                map.get_or_insert_with(key, || key);
            }
            map.prune();
            map
        };
        let kept = |map: &Bounded<u64>| {
            let mut kept: Vec<u64> = map.iter().map(|(key, _)| key).collect();
            kept.sort_unstable();
            assert!(kept.iter().all(|key| map.get(*key) == Some(key)));
            kept
        };
        for (mut empty, expected) in [(Bounded::new(10), 10), (of(0..60).emptied(), 10), (Bounded::new(4), 4)] {
            empty.merge(of(0..50), |_, _| ());
            assert_eq!((kept(&empty), empty.is_full()), ((0..expected).collect(), true));
            empty.merge(of(2..9), |_, _| ());
            assert_eq!(kept(&empty), (0..expected).collect::<Vec<_>>());
        }
        let mut lower = of(0..50).emptied();
        lower.merge(of(5..15), |_, _| ());
        assert_eq!(kept(&lower), (5..10).collect::<Vec<_>>(), "all that it would have dropped is dropped");
    }

    #[test]
    fn what_is_fetched_ahead_is_nearly_always_what_is_asked_for_and_nothing_past_the_bound() {
        let keys = || (0..20_000_u64).map(|number| hash(&number.to_le_bytes()));
        let mut map: Bounded<u64> = Bounded::new(1 << 12);
        for key in keys() {
            map.get_or_insert_with(key, || key);
            map.fetch_place(key);
        }
        map.prune();
        let (kept, past): (Vec<u64>, Vec<u64>) = keys().partition(|key| map.get(*key).is_some());
        assert_eq!(kept.len(), 1 << 12);
        let right = kept.iter().filter(|key| map.at(map.likely(**key)) == Some(*key)).count();
        assert!(kept.len() * 19 <= right * 20, "{right}");
        for key in &kept {
            let likely = map.likely(*key);
            assert_eq!(map.get_or_insert_near(likely, *key, || 0).copied(), Some(*key));
            assert_eq!(map.get_or_insert_near(Likely::default(), *key, || 0).copied(), Some(*key));
        }
        assert!(past.iter().all(|key| map.sought(*key) == map.sought(0)));
    }

    #[test]
    fn what_is_kept_is_counted_whole_however_it_was_split() {
        let keys: Vec<u64> = (0..5000_u64).map(|n| hash(&(n * n % 97).to_le_bytes())).collect();
        let whole = counts(&keys, 1);
        assert_eq!(whole.len(), 10);
        for parts in [2, 3, 7, 100] {
            assert_eq!(counts(&keys, parts), whole, "{parts} parts");
        }
        for (key, count) in whole {
            assert_eq!(count as usize, keys.iter().filter(|other| **other == key).count());
        }
    }
}
