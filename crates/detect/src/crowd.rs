//! Many clients of whatever agent that ask for nothing else, and take what belongs to everybody else.
//!
//! Who changes the agent with the address leaves no agent whose clients stand out. But a user who follows a link takes
//! its own, and so does an application that asks in the background; each of these takes the records of several others. There are
//! innocents who do: agencies that check the papers of many, drivers. What they do is a practice, and is there
//! from the first day on; a theft begins. That is in the times, and for the second look ([`is_practice`]).

use accesslog::Time;

use crate::aims::{Aim, Suspicion};
use crate::budget::{Chance, bits_above};
use crate::harvest::Taken;
use crate::hash::join;
use crate::ownership::{Mixing, Ownership};
use crate::peers::Peers;
use crate::signs::{NARROW, OF_ANY, Privacy, Users, add_misses, add_mixing, add_narrow, add_privacy, is_named, misses};
use crate::walked::DAY_NANOS;

/// How many clients make a crowd.
const CLIENTS_MIN: usize = 20;

/// How many clients a practice had in the first quarter of the log, at least: one in so many; and how surprising it may be, in bits,
/// that the others came later, of clients that come at any time: innocents who do the same hide no theft.
const EARLY: usize = 20;
const LATE_USUAL: f64 = 0.75;
const LATE_BITS_MAX: u32 = 8;

/// The aims of a crowd, of those whom nothing else tells.
pub(crate) fn aims(
    route: u64,
    rest: &[Taken<'_>],
    peers: &Peers,
    (privacy, ownership, span): (Privacy, &Ownership, Option<(Time, Time)>),
    users: &dyn Fn(u64) -> Users,
) -> Vec<Aim> {
    let mut members: Vec<Taken<'_>> = rest.iter().filter(|one| one.is_orphan() && !one.walk.is_list).copied().collect();
    leave_out_programs(&mut members);
    if members.len() < CLIENTS_MIN || privacy.is_private != Some(true) {
        return Vec::new();
    }
    let mut mixing = Mixing::default();
    members.iter().for_each(|one| mixing.add(ownership.mixing(one.client, one.walk)));
    if mixing.is_of_same() {
        return Vec::new();
    }
    let objects: u32 = members.iter().map(|one| one.distinct).sum();
    let mut suspicion = Suspicion { is_crowd: true, ..Suspicion::default() };
    suspicion.add(
        "walk-length",
        4,
        format!("{objects} different objects by {} clients that ask for nothing else", members.len()),
        format!("about {} each, among other requests", peers.usual()),
    );
    let each = objects / members.len() as u32;
    let others = peers.without(&members);
    let is_narrow = add_narrow(&mut suspicion, NARROW, 0, others.breadth().max(peers.breadth_of_long(each)));
    let is_guessing = add_misses(&mut suspicion, misses(&members), &others);
    // Of no agent in particular: all are the measure.
    let of_any = (OF_ANY, members.len() as u32);
    let borrowed = members.iter().filter(|one| users(one.walk.agent).is_some() && !is_named(users(one.walk.agent)));
    let borrowed = borrowed.count();
    let is_mixing = add_mixing(&mut suspicion, mixing, of_any, ownership);
    if !is_mixing {
        // Whose the records are is not known of many. That nobody had come so for days, and then so many, is shown. Who guesses
        // does not know which there are, and so has none of them.
        suspicion.is_unowned = !is_guessing;
        // Of whom it is known that they were there early no line tells more.
        let firsts = members.iter().map(|one| one.walk.begin.end());
        if suspicion.is_unowned && is_practice(firsts, span) {
            return Vec::new();
        }
        // Who names no agent may be anything, and those who name none have nothing in common.
        let is_told = is_narrow
            && members.len() < borrowed * 2
            && suspicion.add(
                "orphan-fetch",
                3,
                format!("{} clients fetch several records each and never a page, a list or a setting", members.len()),
                "clients that load what is around a record".to_owned(),
            );
        if !is_told {
            return Vec::new();
        }
    }
    if members.len() < borrowed * 2 {
        suspicion.add(
            "borrowed-agent",
            2,
            format!("{borrowed} of them name agents of this service's users"),
            "agents of their own, as honest programs name themselves".to_owned(),
        );
    }
    add_privacy(&mut suspicion, privacy, objects);
    suspicion.chance = Some(Chance::Bits(ownership.surprise(mixing, 0, (of_any.1, mixing)).bits));
    if suspicion.bits() < BITS_MIN {
        return Vec::new();
    }
    Aim::of_many(members.iter().map(|one| one.client), (route, join(join(route, 0), 6)), &suspicion).collect()
}

/// Leaves out who takes many times as much as the middle one: a program that is judged by itself is no part of a crowd.
fn leave_out_programs(members: &mut Vec<Taken<'_>>) {
    let mut lengths: Vec<u32> = members.iter().map(|one| one.distinct).collect();
    lengths.sort_unstable();
    let Some(middle) = lengths.get(lengths.len() / 2) else { return };
    members.retain(|one| one.distinct <= middle * TIMES_MAX);
}

/// How many times as much as the middle one a client of a crowd takes, at most.
const TIMES_MAX: u32 = 8;

/// How many bits make a crowd worth a second look: whether its records are of persons is not among them.
const BITS_MIN: i32 = 8;

/// Whether what a crowd does was done by some from the beginning on, or cannot be told as the log is short of it.
///
/// Each client is told by the time at which it came first.
pub(crate) fn is_practice(firsts: impl Iterator<Item = Time>, span: Option<(Time, Time)>) -> bool {
    let Some((begin, end)) = span else { return true };
    let quarter = begin.0.saturating_add(end.0.saturating_sub(begin.0) / 4);
    let (mut all, mut early) = (0_usize, 0_usize);
    for first in firsts {
        all += 1;
        early += usize::from(first.0 <= quarter);
    }
    all < early * EARLY && bits_above((all - early) as u32, all as u32, LATE_USUAL) < LATE_BITS_MAX
}

/// Whether a client keeps the hours of a desk, and was there from the first day on: it works day after day, half of each of
/// them never.
pub(crate) fn is_desk(times: &[Time], span: Option<(Time, Time)>) -> bool {
    let Some(((begin, _), first)) = span.zip(times.iter().min()) else { return false };
    first.0.saturating_sub(begin.0) <= DAY_NANOS && keeps_hours(times, DESK_DAYS_MIN)
}

/// Whether a client works on so many days at least, half of each of them never.
pub(crate) fn keeps_hours(times: &[Time], days_min: usize) -> bool {
    let mut days: Vec<i64> = times.iter().map(|time| time.day()).collect();
    days.sort_unstable();
    days.dedup();
    let hours = times.iter().fold(0_u32, |hours, time| hours | 1 << time.seconds().div_euclid(3_600).rem_euclid(24));
    days_min <= days.len() && is_half_free(hours)
}

/// Whether somebody came within the first day of a log that goes on for so long that one can come later.
pub(crate) fn is_of_first_day(times: &[Time], span: Option<(Time, Time)>) -> bool {
    let first = times.iter().min();
    span.zip(first).is_some_and(|((begin, end), first)| {
        DAYS_MIN * DAY_NANOS <= end.0.saturating_sub(begin.0) && first.0.saturating_sub(begin.0) <= DAY_NANOS
    })
}

/// How many days a log has for its first to be told from the others.
const DAYS_MIN: i64 = 4;

/// Whether a client was there in nearly every hour of a log of some days, from its first to its last.
pub(crate) fn never_rests(times: &[Time], span: Option<(Time, Time)>) -> bool {
    let hour = |time: Time| time.0.div_euclid(HOUR_NANOS);
    let mut hours: Vec<i64> = times.iter().map(|time| hour(*time)).collect();
    hours.sort_unstable();
    hours.dedup();
    span.is_some_and(|(begin, end)| {
        let all = hour(end) - hour(begin) + 1;
        DAYS_MIN * DAY_NANOS <= end.0.saturating_sub(begin.0) && all * 9 <= hours.len() as i64 * 10
    })
}

/// Whether all is of a job that begins at one time of the day and leaves a week between, at least, or nearly: as a house settles
/// its accounts. Who takes what is others' comes when he can, or night after night.
pub(crate) fn is_job(times: &[Time]) -> bool {
    let mut times: Vec<i64> = times.iter().map(|time| time.0).collect();
    times.sort_unstable();
    let begins = || {
        let behind = times.windows(2).filter(|pair| VISIT_NANOS < pair[1] - pair[0]).map(|pair| pair[1]);
        times.first().copied().into_iter().chain(behind)
    };
    let off = |begin: i64| {
        let off = (begin - times[0]).rem_euclid(DAY_NANOS);
        off.min(DAY_NANOS - off)
    };
    2 <= begins().count()
        && begins().all(|begin| off(begin) <= PUNCTUAL_NANOS)
        && begins().zip(begins().skip(1)).all(|(one, next)| JOB_NANOS <= next - one)
}

/// For how long a visit stops at most, how late one may be, and how long it is between two of a job, in nanoseconds: an hour,
/// ten minutes, six days.
const VISIT_NANOS: i64 = HOUR_NANOS;
const PUNCTUAL_NANOS: i64 = 600 * 1_000_000_000;
const JOB_NANOS: i64 = 6 * DAY_NANOS;

/// How long an hour is, in nanoseconds, and on how many days a desk works, at least.
const HOUR_NANOS: i64 = 3_600 * 1_000_000_000;
const DESK_DAYS_MIN: usize = 5;

/// Whether of the hours of a day, a bit for each, half lie free side by side.
fn is_half_free(hours: u32) -> bool {
    const HALF: u32 = (1 << 12) - 1;
    let twice = u64::from(hours) | u64::from(hours) << 24;
    (0..24).any(|first| twice >> first & u64::from(HALF) == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_every_hour_never_rests_and_who_comes_late_or_sleeps_does() {
        let span = Some((hours(0), hours(200)));
        let every: Vec<Time> = (0..200).map(hours).collect();
        assert!(never_rests(&every, span) && never_rests(&every[9..], span));
        assert!(!never_rests(&every[40..], span), "it came on the second day");
        assert!(!never_rests(&every[..150], span), "it ceased");
        let by_day: Vec<Time> = every.iter().copied().filter(|time| time.0 / HOUR_NANOS % 24 < 16).collect();
        assert!(!never_rests(&by_day, span));
        assert!(!never_rests(&every[..40], Some((hours(0), hours(40)))), "a short log tells nothing");
        assert!(!never_rests(&every, None));
    }

    /// So many hours after the beginning.
    fn hours(hours: i64) -> Time {
        Time(hours * 3_600 * 1_000_000_000)
    }

    #[test]
    fn a_practice_is_there_from_the_beginning_on_and_a_theft_begins() {
        let span = Some((hours(0), hours(240)));
        let all_along = (0..40).map(|client| hours(client * 6));
        let begun = (0..60).map(|client| hours(100 + client * 2));
        assert!(is_practice(all_along, span) && !is_practice(begun.clone(), span));
        assert!(is_practice(begun.clone().take(20).chain((0..4).map(hours)), span), "some were there before");
        assert!(!is_practice(begun.clone().chain((0..3).map(hours)), span), "a few innocents who do the same");
        assert!(is_practice(begun, None), "a log without times tells nothing");
    }

    #[test]
    fn a_desk_works_day_after_day_from_the_first_on_and_sleeps() {
        let span = Some((hours(0), hours(240)));
        let at = |days: std::ops::Range<i64>, of_day: &[i64]| -> Vec<Time> {
            days.flat_map(|day| of_day.iter().map(move |hour| hours(day * 24 + hour))).collect()
        };
        assert!(is_desk(&at(0..8, &[8, 11, 16]), span));
        assert!(!is_desk(&at(0..8, &[2, 8, 14, 20]), span), "around the clock");
        assert!(!is_desk(&at(3..9, &[8, 11, 16]), span), "it began on some day");
        assert!(!is_desk(&at(0..3, &[8, 11, 16]), span), "three days are no habit");
        assert!(!is_desk(&[], span) && !is_desk(&at(0..8, &[8]), None));
        assert!(keeps_hours(&at(3..6, &[8, 11]), 3) && !keeps_hours(&at(3..6, &[2, 8, 14, 20]), 3));
    }

    #[test]
    fn a_job_comes_at_one_hour_each_week_and_a_thief_does_not() {
        let at = |begins: &[i64]| -> Vec<Time> {
            let minute = 60 * 1_000_000_000;
            begins.iter().flat_map(|begin| (0..90).map(move |n| Time(hours(*begin).0 + n * minute))).collect()
        };
        assert!(is_job(&at(&[3, 7 * 24 + 3])) && is_job(&at(&[31 * 24 + 3, 3])));
        assert!(!is_job(&at(&[3])), "once is none");
        assert!(!is_job(&at(&[3, 24 + 3, 48 + 3])), "night after night");
        assert!(!is_job(&at(&[3, 7 * 24 + 5])), "at another hour");
        assert!(!is_job(&at(&[3, 10, 7 * 24 + 3])), "and in between");
        assert!(is_job(&at(&[0, 7 * 24]).iter().map(|time| Time(time.0 - 300_000_000_000)).collect::<Vec<_>>()));
        assert!(!is_job(&[]));
    }

    #[test]
    fn half_of_the_day_is_free_wherever_it_begins() {
        let hours = |of: &[u32]| of.iter().fold(0, |hours, hour| hours | 1 << hour);
        assert!(is_half_free(hours(&[8, 9, 12, 17])));
        assert!(is_half_free(hours(&[22, 23, 0, 3, 6])), "a desk on the other side of the world");
        assert!(is_half_free(hours(&[6, 17])) && !is_half_free(hours(&[6, 12, 18])));
        assert!(!is_half_free(hours(&[0, 6, 12, 18])));
        assert!(is_half_free(0));
    }
}
