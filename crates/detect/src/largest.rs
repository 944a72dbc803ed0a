//! The longest answers of a route, and who got them.
//!
//! A body of a `POST` that asks for a hundred records at once shows in no log but by what left. So the few longest answers
//! of a route are kept with their clients: where one client alone got all of them, and nothing in length lies between
//! those and what the route gives everybody else, its lines are worth a look ([`far`](crate::far)). The longest of all are
//! the longest of the longest of each part, so it merges exactly.

use serde::{Deserialize, Serialize};

/// How many answers are kept.
const KEPT: usize = 8;

/// The longest answers, by length and then client, the shortest of them first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Largest {
    answers: Vec<(u64, u64)>,
    /// How many bytes an answer has at least that is one of them: it lies where a route is looked at anyway.
    least: u64,
}

impl Largest {
    /// How many bytes they take outside of their place, at most.
    pub(crate) const BYTES_MAX: usize = KEPT * size_of::<(u64, u64)>();

    /// Takes in that a client got an answer of so many bytes.
    #[inline]
    pub(crate) fn add(&mut self, bytes: u64, client: u64) {
        if bytes < self.least {
            return;
        }
        let answer = (bytes, client);
        if self.answers.len() < KEPT {
            self.answers.reserve_exact(KEPT - self.answers.len());
        } else if answer <= self.answers[0] {
            return;
        } else {
            self.answers.remove(0);
        }
        let place = self.answers.partition_point(|other| *other < answer);
        self.answers.insert(place, answer);
        self.least = if self.answers.len() < KEPT { 0 } else { self.answers[0].0 };
    }

    /// Takes in what another worker saw.
    pub(crate) fn merge(&mut self, other: &Largest) {
        other.answers.iter().for_each(|(bytes, client)| self.add(*bytes, *client));
    }

    /// The client that got all of them, where there are as many as are kept.
    pub(crate) fn of_one(&self) -> Option<u64> {
        let (_, first) = *self.answers.first()?;
        (KEPT <= self.answers.len() && self.answers.iter().all(|(_, client)| *client == first)).then_some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(answers: impl Iterator<Item = (u64, u64)>) -> Largest {
        let mut largest = Largest::default();
        answers.for_each(|(bytes, client)| largest.add(bytes, client));
        largest
    }

    #[test]
    fn parts_make_the_whole() {
        let answers = |part: u64| (0..300_u64).filter(move |n| n % 3 == part).map(|n| (n * 31 % 97, n % 7));
        let whole = of((0..3).flat_map(answers));
        let mut merged = of(answers(2));
        merged.merge(&of(answers(0)));
        merged.merge(&of(answers(1)));
        assert_eq!(merged, whole);
        assert_eq!(whole.answers.len(), KEPT);
    }

    #[test]
    fn one_has_all_of_them_or_nobody() {
        let users = || (0..50).map(|n| (n, n));
        assert_eq!(of(users()).of_one(), None);
        assert_eq!(of(users().chain((0..8).map(|n| (900 + n, 7)))).of_one(), Some(7));
        assert_eq!(of((0..7).map(|n| (900 + n, 7))).of_one(), None, "too few");
    }
}
