//! Requests that are counted together, and which of them want an entry of a table.
//!
//! A table that is larger than any cache is asked for a whole batch at once: first where the search for each key begins, then
//! where it most likely ends, and then what is there is changed. Each of the three is a loop of its own over those requests alone
//! that want something of the table, so that many fetches are under way at a time, and a processor has nothing to guess.

use crate::bounded::{Bounded, Entry, Likely};

/// How many requests are counted together, at most: several times as many as a processor fetches entries at a time, as each
/// round of fetches waits for the last of them.
pub(crate) const BATCH: usize = 64;

/// The requests of a batch that want an entry of a table, by their numbers in it.
pub(crate) struct Wanting {
    keys: [u64; BATCH],
    numbers: [u8; BATCH],
    likely: [Likely; BATCH],
    count: usize,
}

impl Wanting {
    /// Of a batch, those that have a key in the table; there are no more than [`BATCH`].
    pub(crate) fn of<T>(batch: &[T], key: impl Fn(&T) -> (u64, bool)) -> Wanting {
        debug_assert!(batch.len() <= BATCH, "a batch is no longer");
        let likely = [Likely::default(); BATCH];
        let mut wanting = Wanting { keys: [0; BATCH], numbers: [0; BATCH], likely, count: 0 };
        for (number, one) in batch.iter().take(BATCH).enumerate() {
            let (key, wants) = key(one);
            // What is put down of one that wants nothing is overwritten by the next.
            let place = wanting.count.min(BATCH - 1);
            (wanting.keys[place], wanting.numbers[place]) = (key, number as u8);
            wanting.count += usize::from(wants);
        }
        wanting
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Fetches where the searches begin.
    pub(crate) fn fetch_places<V, E: Entry<V>>(&self, table: &Bounded<V, E>) {
        self.keys[..self.count].iter().for_each(|key| table.fetch_place(*key));
    }

    /// Fetches the entries, where they most likely are.
    pub(crate) fn fetch_entries<V, E: Entry<V>>(&mut self, table: &Bounded<V, E>, fetch: impl Fn(&V)) {
        for (key, likely) in self.keys[..self.count].iter().zip(&mut self.likely) {
            *likely = table.likely(*key);
            if let Some(value) = table.at(*likely) {
                fetch(value);
            }
        }
    }

    /// The numbers of the requests, their keys, and where the entries most likely are.
    pub(crate) fn each(&self) -> impl Iterator<Item = (usize, u64, Likely)> {
        let wanting = self.numbers.iter().zip(&self.keys).zip(&self.likely).take(self.count);
        wanting.map(|((number, key), likely)| (usize::from(*number), *key, *likely))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ahead;
    use crate::hash::hash;

    #[test]
    fn those_that_want_something_come_in_their_order_with_where_it_is() {
        let mut table: Bounded<u64> = Bounded::new(1 << 10);
        let batch: Vec<u64> = (0..BATCH as u64).map(|number| hash(&number.to_le_bytes())).collect();
        batch.iter().step_by(2).for_each(|key| *table.get_or_insert_with(*key, || 0).unwrap() = *key);
        for wanted in [1, 2, 3, 64] {
            let wants = |number: usize| number.is_multiple_of(wanted);
            let of = |key: &u64| (*key, wants(batch.iter().position(|one| one == key).unwrap()));
            let mut wanting = Wanting::of(&batch, of);
            wanting.fetch_places(&table);
            wanting.fetch_entries(&table, ahead::fetch);
            let each: Vec<(usize, u64, Likely)> = wanting.each().collect();
            assert_eq!(each.len(), (0..BATCH).filter(|number| wants(*number)).count());
            for (number, key, likely) in each {
                assert!(wants(number) && batch[number] == key);
                let before = table.get(key).copied();
                assert_eq!(table.get_or_insert_near(likely, key, || 1).copied(), before.or(Some(1)));
            }
        }
        assert_eq!(Wanting::of(&[0_u8; 0], |_| (0, true)).each().count(), 0);
    }
}
