//! How many different things were seen, in little room.
//!
//! The smallest hashes are kept. While there are few, that is a count; where there are more, how close together the
//! smallest lie tells how many there are. What is kept depends on neither order nor cut, so it merges exactly.

/// The smallest hashes of what was seen, at most `MAX` of them, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Distinct<const MAX: usize> {
    smallest: Vec<u64>,
}

/// A number of different things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// How many.
    pub number: u64,
    /// Whether that is an estimate, not a count.
    pub is_estimate: bool,
}

impl<const MAX: usize> Distinct<MAX> {
    pub(crate) fn add(&mut self, hash: u64) {
        if self.smallest.len() == MAX && self.smallest.last().is_some_and(|last| *last < hash) {
            return;
        }
        if let Err(place) = self.smallest.binary_search(&hash) {
            self.smallest.insert(place, hash);
            self.smallest.truncate(MAX);
        }
    }

    pub(crate) fn merge(&mut self, other: &Distinct<MAX>) {
        other.smallest.iter().for_each(|hash| self.add(*hash));
    }

    /// How many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.smallest.len() * size_of::<u64>()
    }

    /// How many there were. Of `MAX` kept, the estimate is off by about one part in the root of `MAX`.
    pub(crate) fn count(&self) -> Count {
        match self.smallest.last() {
            Some(last) if self.smallest.len() == MAX => {
                let number = ((MAX as u128 - 1) << 64) / (u128::from(*last) + 1);
                Count { number: u64::try_from(number).unwrap_or(u64::MAX).max(MAX as u64), is_estimate: true }
            }
            _ => Count { number: self.smallest.len() as u64, is_estimate: false },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::hash;

    fn of(numbers: impl Iterator<Item = u64>) -> Distinct<128> {
        let mut distinct = Distinct::default();
        numbers.for_each(|number| distinct.add(hash(&number.to_le_bytes())));
        distinct
    }

    #[test]
    fn few_are_counted_and_many_estimated() {
        assert_eq!(of((0..100).chain(0..100)).count(), Count { number: 100, is_estimate: false });
        let many = of(0..100_000).count();
        assert!(many.is_estimate && (80_000..125_000).contains(&many.number), "{many:?}");
    }

    #[test]
    fn parts_make_the_whole() {
        let mut one = of((0..9_000).step_by(2));
        one.merge(&of((1..9_000).step_by(2)));
        assert_eq!(one, of(0..9_000));
    }
}
