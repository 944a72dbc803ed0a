//! A scan of identifiers that no client made alone: each asked for one or two, and together they leave none out.
//!
//! Machines of others ask once each, under whatever agent, and there is no walk to see. But their identifiers lie side by
//! side, which those of strangers do by chance alone. The longest run of near neighbours that different narrow clients
//! asked for is held against how densely such identifiers lie everywhere else (a scan statistic: Naus, 1965). Where every
//! owner comes by a link and asks for one record, they lie densely everywhere, and no run is a wonder.

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
/// Of the rest it is known how many lie close to the one before; that often, and once more, a run of any length goes on.
pub(crate) fn longest(numbers: &[(u64, u64)]) -> Option<Run> {
    let is_close = |place: usize| {
        let (before, here) = (numbers[place - 1], numbers[place]);
        before.1 != here.1 && before.0 < here.0 && here.0 - before.0 <= GAP
    };
    let (mut from, mut best) = (0, (0, 0));
    for place in 1..numbers.len() {
        if !is_close(place) {
            from = place;
        }
        // Of two as long the first.
        if best.1 - best.0 < place + 1 - from {
            best = (from, place + 1);
        }
    }
    let length = best.1 - best.0;
    if length < RUN_MIN {
        return None;
    }
    let close = (1..numbers.len()).filter(|place| is_close(*place)).count();
    let (rest, close_elsewhere) = (numbers.len() - length, (close + 1).saturating_sub(length));
    // One of how many goes on, from below: a run is no wonder where one of two does.
    let one_in = ((rest + 8) / (close_elsewhere + 4)).max(1);
    let bits = length as i64 * i64::from(one_in.ilog2()) - i64::from(numbers.len().ilog2());
    (8 <= bits).then_some(Run { from: best.0, to: best.1, bits: bits.min(64) as i32 })
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
    fn the_row_of_one_client_is_none() {
        let row: Vec<(u64, u64)> = (0..300).map(|n| (n, 7)).collect();
        assert_eq!(longest(&row), None);
    }
}
