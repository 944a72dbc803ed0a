//! A scan of identifiers that no client made alone: each asked for one or two, and together they leave none out.
//!
//! Machines of others ask once each, under whatever agent, and there is no walk to see. But their identifiers lie side by
//! side, which those of strangers do by chance alone. The longest run of near neighbours that different narrow clients
//! asked for is held against how densely such identifiers lie everywhere else (a scan statistic: Naus, 1965). Where every
//! owner comes by a link and asks for one record, they lie densely everywhere, and no run is a wonder.
//!
//! Nor is one where everybody asks: what is new or dear to many lies side by side too, and those who look around ask for
//! it in the same measure. So a run is no more surprising than the share that those who ask for nothing else have in it.

use crate::budget::bits_above;

/// How far apart the identifiers of a run may lie.
const GAP: u64 = 3;

/// How many identifiers make a run worth a look.
const RUN_MIN: usize = 40;

/// How surprising a run is: its length, and the logarithm of its chance, in bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The first of the numbers given, by place.
    pub(crate) from: usize,
    /// Behind the last.
    pub(crate) to: usize,
    /// The bits.
    pub(crate) bits: i32,
}

/// The most surprising run in numbers that are ascending, each with the client that asked for it.
///
/// A run is the stretch that is the likeliest to be one against what lies around it: it may hold a gap, where one of
/// the machines failed, and numbers that somebody else asked for too. What lies around is known once the run is, so it is
/// looked for twice.
/// Where there is hardly anything around, nothing is known of it.
pub(crate) fn longest(numbers: &[(u64, u64)]) -> Option<Run> {
    let is_close: Vec<Option<bool>> = (0..numbers.len())
        .map(|place| {
            let (before, here) = (*numbers.get(place.checked_sub(1)?)?, numbers[place]);
            // Two who ask for one number say nothing of a row.
            (before.0 < here.0).then_some(before.1 != here.1 && here.0 - before.0 <= GAP)
        })
        .collect();
    let count = |places: &[Option<bool>], close: bool| places.iter().filter(|is| **is == Some(close)).count();
    let mut run = likeliest(&is_close, CLOSE_AT_FIRST);
    for _ in 0..2 {
        let (before, after) = (&is_close[..run.from], &is_close[run.to..]);
        let close = count(before, true) + count(after, true);
        let all = close + count(before, false) + count(after, false);
        if all < RUN_MIN {
            return None;
        }
        run = likeliest(&is_close, (close + 4) as f64 / (all + 8) as f64);
    }
    (RUN_MIN <= run.to - run.from && 8 <= run.bits).then_some(run)
}

/// How surprising a run of these numbers is beside those that everybody else asked for, ascending too, in bits.
///
/// Where hardly anything is known of others it is as surprising as it is.
pub(crate) fn beside(numbers: &[(u64, u64)], run: Run, others: &[(u64, u64)]) -> i32 {
    if others.len() < RUN_MIN {
        return run.bits;
    }
    let (first, last) = (numbers[run.from].0, numbers[run.to - 1].0);
    let within = |numbers: &[(u64, u64)]| {
        numbers.partition_point(|one| one.0 <= last) - numbers.partition_point(|one| one.0 < first)
    };
    let (own, of_others) = (within(numbers), within(others));
    let (own_elsewhere, elsewhere) = (numbers.len() - own, numbers.len() - own + others.len() - of_others);
    let usual = (own_elsewhere + 1) as f64 / (elsewhere + 2) as f64;
    run.bits.min(bits_above(own as u32, (own + of_others) as u32, usual) as i32)
}

/// How often a number has another close before it, where nothing is known of it yet.
const CLOSE_AT_FIRST: f64 = 0.25;

/// How often a number of a run has.
const CLOSE_IN_RUN: f64 = 0.95;

/// The stretch with the largest sum of bits for and against a run, where so many numbers are close elsewhere; of two the
/// first. Its bits are without those for the many places where it might begin.
fn likeliest(is_close: &[Option<bool>], elsewhere: f64) -> Run {
    let for_it = (CLOSE_IN_RUN / elsewhere).log2();
    let against = ((1.0 - CLOSE_IN_RUN) / (1.0 - elsewhere)).log2();
    let mut best = Run { from: 0, to: 0, bits: 0 };
    let (mut from, mut sum, mut most) = (0, 0.0, 0.0);
    if for_it <= 0.0 {
        return best;
    }
    for (place, is_close) in is_close.iter().enumerate() {
        if sum <= 0.0 {
            // The first of a run has none before it that belongs to it.
            (from, sum) = (place.saturating_sub(1), 0.0);
        }
        sum += match is_close {
            Some(true) => for_it,
            Some(false) => against,
            None => 0.0,
        };
        if most < sum {
            most = sum;
            best = Run { from, to: place + 1, bits: 0 };
        }
    }
    Run { bits: (most as i32 - is_close.len().max(1).ilog2() as i32).min(64), ..best }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_many_clients_are_a_run_among_scattered_ones() {
        let scattered = |n: u64| (n * 7_919 % 100_000 + 1_000, n);
        let mut numbers: Vec<(u64, u64)> = (0..200).map(scattered).collect();
        numbers.sort_unstable();
        assert_eq!(longest(&numbers), None);
        numbers.extend((0..60).map(|n| (200_000 + n * 2, 1_000 + n)));
        let run = longest(&numbers).unwrap();
        assert_eq!(run.to - run.from, 60);
    }

    #[test]
    fn where_all_lie_side_by_side_no_run_is_a_wonder() {
        let dense: Vec<(u64, u64)> = (0..600).map(|n| (n * 2 + n / 50 * 30, n)).collect();
        assert_eq!(longest(&dense), None);
    }

    #[test]
    fn a_gap_and_a_number_that_two_asked_for_do_not_end_a_run() {
        let mut numbers: Vec<(u64, u64)> = (0..150).map(|n| (n * 7_919 % 100_000 + 1_000, n)).collect();
        numbers.extend((0..30).map(|n| (200_000 + n, 1_000 + n)));
        numbers.extend((0..30).map(|n| (200_050 + n, 2_000 + n)));
        numbers.push((200_007, 7));
        numbers.sort_unstable();
        let run = longest(&numbers).unwrap();
        assert_eq!((numbers[run.from].0, numbers[run.to - 1].0), (200_000, 200_079));
    }

    #[test]
    fn a_run_of_what_everybody_asks_for_is_no_wonder() {
        let mut numbers: Vec<(u64, u64)> = (0..150).map(|n| (n * 7_919 % 100_000 + 1_000, n)).collect();
        numbers.extend((0..60).map(|n| (200_000 + n, 1_000 + n)));
        numbers.sort_unstable();
        let run = longest(&numbers).unwrap();
        let scattered: Vec<(u64, u64)> = (0..800).map(|n| (n * 300, 10_000 + n)).collect();
        assert_eq!(beside(&numbers, run, &scattered), run.bits);
        let mut popular: Vec<(u64, u64)> = (0..320).map(|n| (200_000 + n / 5, 10_000 + n)).collect();
        popular.extend((0..800).map(|n| (n * 120, 20_000 + n)));
        popular.sort_unstable();
        assert!(beside(&numbers, run, &popular) <= 4);
        assert_eq!(beside(&numbers, run, &[]), run.bits, "nothing is known of others");
    }

    #[test]
    fn the_row_of_one_client_is_none() {
        let row: Vec<(u64, u64)> = (0..300).map(|n| (n, 7)).collect();
        assert_eq!(longest(&row), None);
    }
}
