//! Users who turn into somebody who takes what is others'.
//!
//! A walk of many records is how some users are, and how all are who help them. What tells is in the lines of a second pass:
//! a user comes back to what it knows, and turns on some day. Who helps the users takes others' records from the first day on.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use accesslog::Time;
use hashbrown::HashSet;

use crate::finding::Finding;
use crate::profile::is_answer;
use crate::route::{Object, route_of};
use crate::target::Target;
use crate::walks::is_miss;

/// On how many days somebody used a route, at least, for it to be told that its use has turned into another.
pub(crate) const TURN_DAYS_MIN: u32 = 8;

/// The same where so many of the records that were looked at are known to be others'.
pub(crate) const TURN_DAYS_OF_OTHERS_MIN: u32 = 4;
pub(crate) const TURN_FOREIGN_MIN: u32 = 1;

/// How many bits it is that it has.
pub(crate) const TURN_BITS: i32 = 6;

/// How many records somebody takes anew whose use of a route has turned, at least, and at least on average of its days.
const RECORDS_MIN: (usize, usize) = (20, 4);

/// The same where there are few days, and how many times as many on average as on the days before.
const RECORDS_OF_OTHERS_MIN: (usize, usize) = (40, 10);
const TIMES_MIN: usize = 8;

/// How long after the log begins somebody comes who was not there before, in nanoseconds: two days.
const NEWCOMER_NANOS: i64 = 2 * 86_400 * 1_000_000_000;

/// How long a visit lasts at most, in nanoseconds: an hour.
const VISIT_NANOS: i64 = 3_600 * 1_000_000_000;

/// What a client took on one day.
#[derive(Default)]
struct Day<'t> {
    /// Records that it had not asked for on a day before.
    fresh: usize,
    agents: BTreeSet<&'t [u8]>,
}

/// That a client which came back to what it knew, day after day, took what it had never asked for later on; of the records
/// that were looked at so many are known to be others'.
pub(crate) fn turned(traces: &[Finding], foreign: u32) -> Option<String> {
    let days = days(traces);
    let of_few_days = || if TURN_FOREIGN_MIN <= foreign { turning(&days) } else { None };
    let before = habit(&days).or_else(of_few_days)?;
    let after = before.end..days.len();
    Some(format!(
        "{} records never asked for before on its last {} days, and {} on the {} before these",
        fresh(&days[after.clone()]),
        after.len(),
        fresh(&days[before.clone()]),
        before.len()
    ))
}

/// When the lines were written that say so.
pub(crate) fn times(traces: &[Finding]) -> impl Iterator<Item = Time> + '_ {
    traces.iter().filter_map(|trace| trace.time)
}

/// Whether a client came when the log had lasted for some days, and is one and the same: an address that many share, and who
/// was there from the first day on, take what is others' for a reason.
pub(crate) fn is_newcomer(traces: &[Finding], begin: Option<Time>) -> bool {
    let agents: BTreeSet<Option<&[u8]>> = traces.iter().map(|trace| trace.agent.as_deref()).collect();
    let first = times(traces).min();
    let is_later = first.zip(begin).is_some_and(|(first, begin)| NEWCOMER_NANOS <= first.0.saturating_sub(begin.0));
    agents.len() == 1 && is_later
}

/// Whether all is of one visit: by one agent, within an hour.
pub(crate) fn is_one_visit(traces: &[Finding]) -> bool {
    let agents: BTreeSet<Option<&[u8]>> = traces.iter().map(|trace| trace.agent.as_deref()).collect();
    let span = times(traces).min().zip(times(traces).max()).map(|(first, last)| last.0.saturating_sub(first.0));
    agents.len() == 1 && span.is_some_and(|span| span <= VISIT_NANOS)
}

/// Whether what was missed are guesses: objects that none of the clients of a story was ever given. Who misses now and then what
/// it is given otherwise meets a service that fails.
pub(crate) fn is_guessing<'t>(traces: impl Iterator<Item = &'t Finding>) -> bool {
    let (mut given, mut missed) = (HashSet::new(), HashSet::new());
    for trace in traces {
        let target = Target::new(trace.target.as_deref().unwrap_or_default());
        let Some((object, status)) = route_of(&target).object.zip(trace.status) else { continue };
        match status {
            _ if is_answer(status) => given.insert(object),
            _ if is_miss(status) => missed.insert(object),
            _ => false,
        };
    }
    let guesses = missed.difference(&given).count();
    GUESSES_MIN <= guesses && (guesses + given.len()) * GUESSES <= guesses * 100
}

/// How many objects are guesses, at least, and what share of them is, in hundredths.
const GUESSES_MIN: usize = 3;
const GUESSES: usize = 3;

/// Whether nearly all objects that a client was given are asked for again another day: it knows them.
pub(crate) fn comes_back(traces: &[Finding]) -> bool {
    let mut spans: BTreeMap<Object, (Time, Time)> = BTreeMap::new();
    for trace in traces.iter().filter(|trace| trace.status.is_some_and(is_answer)) {
        let target = Target::new(trace.target.as_deref().unwrap_or_default());
        let Some((object, time)) = route_of(&target).object.zip(trace.time) else { continue };
        let (first, last) = spans.entry(object).or_insert((time, time));
        (*first, *last) = (time.min(*first), time.max(*last));
    }
    let again = spans.values().filter(|(first, last)| BACK_NANOS <= last.0.saturating_sub(first.0)).count();
    !spans.is_empty() && spans.len() * 3 <= again * 4
}

/// How much later another day is, in nanoseconds: half of one.
const BACK_NANOS: i64 = 43_200 * 1_000_000_000;

fn days(traces: &[Finding]) -> Vec<Day<'_>> {
    let mut known: HashSet<Object> = HashSet::new();
    let mut days: BTreeMap<i64, Day<'_>> = BTreeMap::new();
    for trace in traces {
        let Some((time, target)) = trace.time.zip(trace.target.as_deref()) else { continue };
        let day = days.entry(time.day()).or_default();
        let object = route_of(&Target::new(target)).object;
        day.fresh += usize::from(object.is_some_and(|object| known.insert(object)));
        day.agents.insert(trace.agent.as_deref().unwrap_or_default());
    }
    days.into_values().collect()
}

fn fresh(days: &[Day<'_>]) -> usize {
    days.iter().map(|day| day.fresh).sum()
}

/// The days of a habit, where many are known and the second half of them is unlike it. On the first days all is new.
fn habit(days: &[Day<'_>]) -> Option<Range<usize>> {
    let (quarter, half) = (days.len() / 4, days.len() / 2);
    let (total, daily) = RECORDS_MIN;
    let has_turned = TURN_DAYS_MIN as usize <= days.len()
        && fresh(&days[quarter..half]) <= half - quarter
        && total.max(daily * (days.len() - half)) <= fresh(&days[half..]);
    has_turned.then_some(quarter..half)
}

/// The days before a client turned, where few are known: then what follows is unlike all that was before, and by the same
/// agent, since an address may go over to somebody else.
fn turning(days: &[Day<'_>]) -> Option<Range<usize>> {
    let (total, daily) = RECORDS_OF_OTHERS_MIN;
    let has_turned = |at: &usize| {
        let (before, after) = days.split_at(*at);
        let agents: BTreeSet<&[u8]> = after.iter().flat_map(|day| &day.agents).copied().collect();
        let is_same = agents.len() == 1 && before.iter().any(|day| day.agents.is_superset(&agents));
        is_same
            && total.max(daily * after.len()) <= fresh(after)
            && fresh(before) * after.len() * TIMES_MIN <= fresh(after) * before.len()
    };
    let last = days.len().checked_sub(DAYS_EACH_MIN)?;
    (DAYS_EACH_MIN..=last).rev().find(has_turned).map(|at| 0..at)
}

/// How many days there are of each kind, at least.
const DAYS_EACH_MIN: usize = 2;

/// Whether a client may have turned that took so many new records on each of its days, where these are drawn from all and each
/// stands for so many; so many of the records that were looked at are known to be others'. Whoever has turned is let
/// through, and now and then somebody who has not.
pub(crate) fn may_have_turned(drawn: &[usize], each: f64, foreign: u32) -> bool {
    let sum = |days: &[usize]| days.iter().sum::<usize>() as f64;
    let is_drawn = 1.0 < each;
    // Three times as much as what is drawn strays by, and half of what there should be. More than all is never drawn.
    let at_most =
        |count: f64| if is_drawn { count.min(count / each + 3.0 * (count / each).sqrt() + 3.0) } else { count };
    let at_least = |count: usize| if is_drawn { count as f64 / each / 2.0 } else { count as f64 };
    let enough = |(total, daily): (usize, usize), days: usize| at_least(total.max(daily * days));
    let (quarter, half) = (drawn.len() / 4, drawn.len() / 2);
    let is_habit = TURN_DAYS_MIN as usize <= drawn.len()
        && sum(&drawn[quarter..half]) <= at_most((half - quarter) as f64)
        && enough(RECORDS_MIN, drawn.len() - half) <= sum(&drawn[half..]);
    let may_turn = |at: usize| {
        let (before, after) = drawn.split_at(at);
        let strays = if is_drawn { 2.0 * sum(after).sqrt() } else { 0.0 };
        let usual = (sum(after) + strays) * each * before.len() as f64 / (after.len() * TIMES_MIN) as f64;
        enough(RECORDS_OF_OTHERS_MIN, after.len()) <= sum(after) && sum(before) <= at_most(usual)
    };
    let last = drawn.len().saturating_sub(DAYS_EACH_MIN);
    is_habit || TURN_FOREIGN_MIN <= foreign && (DAYS_EACH_MIN..=last).any(may_turn)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Days on which so many new records were taken, under one agent each.
    fn days<'t>(fresh: &[(usize, &'t str)]) -> Vec<Day<'t>> {
        let day = |(fresh, agent): &(usize, &'t str)| Day { fresh: *fresh, agents: BTreeSet::from([agent.as_bytes()]) };
        fresh.iter().map(day).collect()
    }

    #[test]
    fn a_user_that_turns_is_told_after_few_days_and_who_helps_is_not() {
        let of = |fresh: &[usize]| turning(&days(&fresh.iter().map(|fresh| (*fresh, "a")).collect::<Vec<_>>()));
        assert_eq!(of(&[2, 1, 0, 40, 30]), Some(0..3));
        assert_eq!(of(&[2, 1, 70]), None, "one day is a day of much work");
        assert_eq!(of(&[40, 30, 35, 40, 30]), None, "from the first day on");
        assert_eq!(of(&[3, 3, 12, 12, 12, 12]), None, "four times as many are no other use");
        assert_eq!(of(&[2]), None);
    }

    #[test]
    fn an_address_that_goes_over_to_somebody_else_has_not_turned() {
        let of = |after: &str| turning(&days(&[(2, "a"), (1, "a"), (40, after), (40, "a")]));
        assert_eq!((of("a"), of("b")), (Some(0..2), None));
    }

    #[test]
    fn whoever_has_turned_may_have() {
        let mut seed = 7_u64;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize
        };
        let mut turned = 0;
        for _ in 0..2_000 {
            let (count, usual, after) = (3 + next() % 20, next() % 4, next() % 60);
            let turn = 1 + next() % count;
            let all: Vec<usize> = (0..count).map(|day| if day < turn { usual } else { after }).collect();
            let days = days(&all.iter().map(|fresh| (*fresh, "a")).collect::<Vec<_>>());
            let has_turned = habit(&days).or_else(|| turning(&days)).is_some();
            assert_eq!(may_have_turned(&all, 1.0, 1), has_turned, "{all:?}");
            // One in four is drawn.
            let drawn: Vec<usize> = all.iter().map(|fresh| (0..*fresh).filter(|_| next() % 4 == 0).count()).collect();
            assert!(
                !has_turned || may_have_turned(&drawn, 4.0, 1) || all.iter().sum::<usize>() < 60,
                "{all:?} {drawn:?}"
            );
            turned += usize::from(has_turned);
        }
        assert!(200 <= turned, "{turned}");
        assert!(!may_have_turned(&[10; 16], 4.0, 1), "forty a day from the first on");
    }

    #[test]
    fn of_many_days_the_second_half_is_held_against_the_days_before() {
        let of = |fresh: &[usize]| habit(&days(&fresh.iter().map(|fresh| (*fresh, "a")).collect::<Vec<_>>()));
        assert_eq!(of(&[3, 2, 0, 1, 5, 6, 7, 8]), Some(2..4));
        assert_eq!(of(&[3, 2, 5, 6, 5, 6, 7, 8]), None);
        assert_eq!(of(&[3, 0, 0, 40, 40, 40, 40]), None, "seven days");
    }
}
