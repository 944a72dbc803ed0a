//! How much was asked of the site when: the ground on which a plot shows an incident.
//!
//! Requests are counted by the hour, and those that failed among them. There is a bound on how many hours are kept, and
//! times are strangers' text: where there are more, all stretches are doubled until they fit. How long a stretch is
//! thus depends on the set of hours alone, and a stretch is the sum of its halves, so merging is exact in any
//! order. Stretches without a request take no room: one forged time far away is one stretch more, not a million.

use std::collections::BTreeMap;

use accesslog::Time;
use serde::{Deserialize, Serialize};

use crate::kept;

/// How many stretches of time are kept: more than a year of hours.
pub(crate) const STRETCHES_MAX: usize = 10_000;

/// The shortest stretch, in seconds.
const HOUR: i64 = 3_600;

/// How many nanoseconds are a second.
const NANOS: i64 = 1_000_000_000;

/// Requests over time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Traffic {
    /// How often stretches were doubled.
    #[serde(deserialize_with = "kept::doublings")]
    doublings: u32,
    cells: BTreeMap<i64, Counts>,
    /// The stretch that is counted in now, both ends included, in nanoseconds; not yet among the cells. Logs are in order
    /// of time, nearly, so that most lines cost two comparisons.
    first: i64,
    last: i64,
    now: Counts,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Counts {
    requests: u64,
    failures: u64,
}

/// A stretch of time, and what was asked in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// How many stretches after the beginning of 1970 it begins.
    pub number: i64,
    /// All requests.
    pub requests: u64,
    /// Those that failed: with a status of 400 or above.
    pub failures: u64,
}

impl Default for Traffic {
    fn default() -> Traffic {
        // No time is in a stretch that ends before it begins.
        Traffic { doublings: 0, cells: BTreeMap::new(), first: 1, last: 0, now: Counts::default() }
    }
}

impl Traffic {
    /// Takes in a request.
    pub(crate) fn observe(&mut self, time: Option<Time>, status: Option<u16>) {
        let Some(Time(nanos)) = time else { return };
        if nanos < self.first || self.last < nanos {
            self.turn_to(nanos);
        }
        self.now.requests += 1;
        self.now.failures += u64::from(status.is_some_and(|status| 400 <= status));
    }

    /// Goes on in the stretch of another time.
    #[cold]
    fn turn_to(&mut self, nanos: i64) {
        self.settle();
        let width = i128::from(self.width_seconds()) * i128::from(NANOS);
        let first = i128::from(nanos).div_euclid(width) * width;
        let within = |nanos: i128| nanos.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
        (self.first, self.last) = (within(first), within(first + width - 1));
    }

    /// Puts what was counted last among the cells, and enforces the bound, so that equal contents have equal states.
    pub(crate) fn settle(&mut self) {
        if 0 < self.now.requests {
            let number = self.first.div_euclid(NANOS).div_euclid(self.width_seconds());
            self.cells.entry(number).or_default().add(std::mem::take(&mut self.now));
        }
        (self.first, self.last) = (1, 0);
        while STRETCHES_MAX < self.cells.len() {
            self.double();
        }
    }

    fn double(&mut self) {
        self.doublings += 1;
        for (number, counts) in std::mem::take(&mut self.cells) {
            self.cells.entry(number.div_euclid(2)).or_default().add(counts);
        }
    }

    /// Takes in what another worker saw.
    pub(crate) fn merge(&mut self, mut other: Traffic) {
        self.settle();
        other.settle();
        while self.doublings < other.doublings {
            self.double();
        }
        while other.doublings < self.doublings {
            other.double();
        }
        for (number, counts) in other.cells {
            self.cells.entry(number).or_default().add(counts);
        }
        self.settle();
    }

    /// How long a stretch is, in seconds.
    pub fn width_seconds(&self) -> i64 {
        HOUR << self.doublings
    }

    /// Whether stretches are longer than an hour, since there are too many.
    pub(crate) fn is_full(&self) -> bool {
        0 < self.doublings
    }

    /// When the first stretch begins in which there were requests.
    pub(crate) fn begin(&self) -> Option<Time> {
        let (first, _) = self.cells.first_key_value()?;
        Some(Time(first.saturating_mul(self.width_seconds()).saturating_mul(NANOS)))
    }

    /// When the first stretch begins in which there were requests, and when the last one does.
    pub(crate) fn span(&self) -> Option<(Time, Time)> {
        let (last, _) = self.cells.last_key_value()?;
        Some((self.begin()?, Time(last.saturating_mul(self.width_seconds()).saturating_mul(NANOS))))
    }

    /// The stretches in which there were requests, in order.
    pub fn stretches(&self) -> impl Iterator<Item = Stretch> {
        debug_assert!(self.now == Counts::default(), "what was counted last is among the cells");
        self.cells.iter().map(|(&number, &Counts { requests, failures })| Stretch { number, requests, failures })
    }
}

impl Counts {
    fn add(&mut self, other: Counts) {
        self.requests += other.requests;
        self.failures += other.failures;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::hash;

    fn seen(hours: impl Iterator<Item = i64>) -> Traffic {
        let mut traffic = Traffic::default();
        for hour in hours {
            let time = hour.saturating_mul(HOUR).saturating_mul(NANOS).saturating_add(7);
            traffic.observe(Some(Time(time)), Some(if hour % 3 == 0 { 404 } else { 200 }));
        }
        traffic.settle();
        traffic
    }

    fn state(traffic: &Traffic) -> (i64, Vec<Stretch>) {
        (traffic.width_seconds(), traffic.stretches().collect())
    }

    #[test]
    fn requests_are_counted_by_the_hour_with_those_that_failed() {
        let traffic = seen([5, 5, 6, 5, 9, -1].into_iter());
        let stretch = |number, requests, failures| Stretch { number, requests, failures };
        assert_eq!(
            state(&traffic),
            (3_600, vec![stretch(-1, 1, 0), stretch(5, 3, 0), stretch(6, 1, 1), stretch(9, 1, 1)])
        );
        assert!(!traffic.is_full());
    }

    #[test]
    fn the_ends_of_time_are_stretches_like_others() {
        let mut traffic = Traffic::default();
        for nanos in [i64::MIN, i64::MAX, 0, i64::MAX, i64::MIN] {
            traffic.observe(Some(Time(nanos)), None);
        }
        traffic.settle();
        let counts: Vec<u64> = traffic.stretches().map(|stretch| stretch.requests).collect();
        assert_eq!(counts, [2, 1, 2]);
        assert_eq!(traffic.stretches().nth(1).map(|stretch| stretch.number), Some(0));
    }

    #[test]
    fn too_many_hours_are_doubled_and_merged_alike_however_they_were_split() {
        let hours = || (0..60_000_u64).map(|n| (hash(&n.to_le_bytes()) % 50_000) as i64 - 20_000);
        let whole = seen(hours());
        assert!(whole.is_full());
        assert!(whole.stretches().count() <= STRETCHES_MAX);
        assert_eq!(whole.stretches().map(|stretch| stretch.requests).sum::<u64>(), 60_000);
        for parts in [2, 3, 7, 40] {
            let pieces = || (0..parts).map(|part| seen(hours().skip(part).step_by(parts)));
            let sum = |pieces: &mut dyn Iterator<Item = Traffic>| {
                pieces.fold(Traffic::default(), |mut sum, piece| {
                    sum.merge(piece);
                    sum
                })
            };
            let backwards: Vec<Traffic> = pieces().collect();
            assert_eq!(state(&sum(&mut pieces())), state(&whole), "{parts} parts");
            assert_eq!(state(&sum(&mut backwards.into_iter().rev())), state(&whole), "{parts} parts, backwards");
        }
    }

    #[test]
    fn the_bound_is_reached_by_one_more_than_fit() {
        let most = STRETCHES_MAX as i64;
        assert!(!seen(0..most).is_full());
        assert_eq!(seen(0..most + 1).width_seconds(), 2 * HOUR);
    }
}
