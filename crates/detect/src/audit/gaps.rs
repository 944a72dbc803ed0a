//! Hours that are missing, and how improbable it is that there was nothing to log.
//!
//! What an hour should hold is the mean of the same hour on the other days. Traffic is burstier than chance alone (a
//! crawler, a holiday), so the count of a stretch is taken to be a Poisson variable whose mean itself varies, by as much
//! as that of the other hours does: with the expectation `e` and the dispersion `d`, nothing comes with the chance
//! `(1 + e d)^(-1/d)`, which is `exp(-e)` where `d` is nothing. One factor for the whole stretch is the cautious choice:
//! a quiet day is quiet in all its hours. The chance is then multiplied by how many stretches there might have been.

use std::collections::BTreeMap;

use accesslog::Time;

/// The chance of a gap that is told, at most: one in so many.
const CHANCE_ONE_IN: f64 = 100.0;

/// How many lines a gap should have held, at least.
const EXPECTED_MIN: f64 = 8.0;

/// How many hours with lines make a rhythm.
const HOURS_MIN: usize = 12;

/// How far apart the first and the last hour may be, in hours, for every hour between to be looked at: fifty years.
const SPAN_HOURS_MAX: i64 = 50 * 366 * 24;

/// Hours that are missing from a log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gap {
    /// The kind of log, by its place among those that were given.
    pub kind: usize,
    /// The beginning of the first hour without a line.
    pub from: Time,
    /// The end of the last.
    pub until: Time,
    /// How many lines it should have held.
    pub expected: u64,
    /// The chance that there was nothing to log is one in so many, at most a thousand million.
    pub one_in: u64,
}

/// The gaps in a histogram of hours.
pub(super) fn gaps(kind: usize, hours: &BTreeMap<i64, u64>) -> Vec<Gap> {
    let (Some((&first, _)), Some((&last, _))) = (hours.first_key_value(), hours.last_key_value()) else {
        return Vec::new();
    };
    if hours.len() < HOURS_MIN || SPAN_HOURS_MAX < last - first {
        return Vec::new();
    }
    let rhythm = Rhythm::of(hours, first, last);
    let keys: Vec<i64> = hours.keys().copied().collect();
    let tries = (last - first + 1) as f64;
    let stretches = keys.windows(2).filter(|pair| 1 < pair[1] - pair[0]).map(|pair| (pair[0] + 1, pair[1]));
    stretches
        .filter_map(|(from, until)| {
            let expected: f64 = (from..until).map(|hour| rhythm.expected(hour, from, until)).sum();
            let spread = expected * rhythm.dispersion;
            let log_chance = match rhythm.dispersion < 1e-9 {
                true => -expected,
                false => -spread.ln_1p() / rhythm.dispersion,
            };
            let one_in = (-log_chance - tries.ln()).exp().min(1e9);
            let time = |hour: i64| Time::from_parts(hour * 3600, 0);
            (EXPECTED_MIN <= expected && CHANCE_ONE_IN <= one_in).then_some(Gap {
                kind,
                from: time(from)?,
                until: time(until)?,
                expected: expected.round() as u64,
                one_in: one_in as u64,
            })
        })
        .collect()
}

/// What hours usually hold.
struct Rhythm<'a> {
    hours: &'a BTreeMap<i64, u64>,
    /// The first and the last hour that are whole.
    first: i64,
    last: i64,
    /// The sums of the whole hours by their hour of the day, and how many there are.
    sums: [(u64, u64); 24],
    mean: f64,
    dispersion: f64,
}

impl Rhythm<'_> {
    fn of(hours: &BTreeMap<i64, u64>, first: i64, last: i64) -> Rhythm<'_> {
        // The log began within its first hour and ended within its last: those say nothing of a whole one.
        let (first, last) = (first + 1, last - 1);
        let mut sums = [(0, 0); 24];
        (first..=last).for_each(|hour| {
            let sum = &mut sums[hour.rem_euclid(24) as usize];
            sum.0 += hours.get(&hour).copied().unwrap_or(0);
            sum.1 += 1;
        });
        let (total, count) = sums.iter().fold((0, 0), |sum, more| (sum.0 + more.0, sum.1 + more.1));
        let mean = total as f64 / (count as f64).max(1.0);
        let mut rhythm = Rhythm { hours, first, last, sums, mean, dispersion: 0.0 };
        let (mut excess, mut squares) = (0.0, 0.0);
        for (&hour, &count) in hours.range(first..=last) {
            let expected = rhythm.expected(hour, hour, hour + 1);
            excess += (count as f64 - expected).powi(2) - expected;
            squares += expected * expected;
        }
        rhythm.dispersion = if 0.0 < squares { (excess / squares).max(0.0) } else { 0.0 };
        rhythm
    }

    /// What an hour should hold, by the same hour of other days, those from `from` to `until` left out.
    fn expected(&self, hour: i64, from: i64, until: i64) -> f64 {
        let (mut sum, mut days) = self.sums[hour.rem_euclid(24) as usize];
        let begin = from.max(self.first);
        let mut same = begin + (hour - begin).rem_euclid(24);
        while same < until.min(self.last + 1) {
            sum -= self.hours.get(&same).copied().unwrap_or(0);
            days -= 1;
            same += 24;
        }
        // One day like any other hour is added: of few days, each would count for too much.
        (sum as f64 + self.mean) / (days as f64 + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twenty days whose hours hold so many lines.
    fn days(count: impl Fn(i64, i64) -> u64) -> BTreeMap<i64, u64> {
        (0..480).map(|hour| (hour, count(hour / 24, hour % 24))).filter(|(_, count)| 0 < *count).collect()
    }

    #[test]
    fn hours_that_are_busy_on_other_days_are_missed() {
        let found = gaps(3, &days(|day, hour| if day == 9 && (10..13).contains(&hour) { 0 } else { 30 + hour as u64 }));
        assert_eq!(found.len(), 1, "{found:?}");
        let Gap { kind, from, until, expected, one_in } = found[0];
        assert_eq!((kind, from.seconds() / 3600, until.seconds() / 3600), (3, 9 * 24 + 10, 9 * 24 + 13));
        assert!((115..=130).contains(&expected) && 100_000 < one_in, "{expected} {one_in}");
    }

    #[test]
    fn quiet_nights_and_bursts_are_no_gaps() {
        assert_eq!(gaps(0, &days(|_, hour| if hour < 6 { 0 } else { 40 })), []);
        assert_eq!(gaps(0, &days(|day, hour| u64::from((day + hour) % 5 == 0))), [], "one line in five hours");
        let bursts = days(|day, hour| if (day * 7 + hour * 5) % 11 == 0 { 400 } else { u64::from(day % 2 == 0) });
        assert_eq!(gaps(0, &bursts), [], "much in few hours, nothing in many");
    }

    #[test]
    fn a_missing_day_is_one_gap() {
        let found = gaps(0, &days(|day, _| if day == 5 { 0 } else { 20 }));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].until.0 - found[0].from.0) / 3_600_000_000_000, 24);
    }
}
