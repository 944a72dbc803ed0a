//! A map that keeps the entries of the smallest keys, exactly.
//!
//! Keys are hashes, so the smallest are a fair sample of all, and whether a key is among them does not depend on
//! when it came: a key that is among the smallest of everything was among the smallest of every part, so its
//! count is whole. That is what lets a bounded state merge exactly, in any order.

use hashbrown::HashTable;

/// A map from hashes to values that keeps at most so many.
#[derive(Clone, Debug)]
pub(crate) struct Bounded<V> {
    table: HashTable<(u64, V)>,
    capacity: usize,
    /// The largest key that may still be kept.
    ceiling: u64,
}

impl<V> Bounded<V> {
    pub(crate) fn new(capacity: usize) -> Bounded<V> {
        Bounded { table: HashTable::new(), capacity, ceiling: u64::MAX }
    }

    /// The value of a key, made if it is new; `None` if the key is past the bound.
    pub(crate) fn get_or_insert_with(&mut self, key: u64, make: impl FnOnce() -> V) -> Option<&mut V> {
        if self.ceiling < key {
            return None;
        }
        // Twice the room: the bound is enforced seldom, and then in one go.
        if self.capacity * 2 <= self.table.len() {
            self.prune();
            if self.ceiling < key {
                return None;
            }
        }
        let entry = self.table.entry(spread(key), |(other, _)| *other == key, |(key, _)| spread(*key));
        Some(&mut entry.or_insert_with(|| (key, make())).into_mut().1)
    }

    pub(crate) fn get(&self, key: u64) -> Option<&V> {
        self.table.find(spread(key), |(other, _)| *other == key).map(|(_, value)| value)
    }

    /// Drops all but the entries of the smallest keys.
    pub(crate) fn prune(&mut self) {
        if self.table.len() <= self.capacity {
            return;
        }
        let mut keys: Vec<u64> = self.table.iter().map(|(key, _)| *key).collect();
        let (_, ceiling, _) = keys.select_nth_unstable(self.capacity - 1);
        self.ceiling = *ceiling;
        self.table.retain(|(key, _)| *key <= self.ceiling);
    }

    /// Takes in the entries of another map, joining the values of keys that both have.
    pub(crate) fn merge(&mut self, other: Bounded<V>, join: impl Fn(&mut V, V)) {
        self.ceiling = self.ceiling.min(other.ceiling);
        for (key, value) in other.table {
            if self.ceiling < key {
                continue;
            }
            match self.table.find_mut(spread(key), |(other, _)| *other == key) {
                Some((_, mine)) => join(mine, value),
                None => {
                    self.table.insert_unique(spread(key), (key, value), |(key, _)| spread(*key));
                }
            }
        }
        let ceiling = self.ceiling;
        self.table.retain(|(key, _)| *key <= ceiling);
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

    /// The entries, in no order: what is made of them must not depend on it.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &V)> {
        self.table.iter().map(|(key, value)| (*key, value))
    }
}

/// The place of a key in the table. Keys are hashes, but their order may mean something: those of one client may share
/// their upper half.
fn spread(key: u64) -> u64 {
    let product = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    product ^ product >> 32
}

#[cfg(test)]
mod tests {
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
