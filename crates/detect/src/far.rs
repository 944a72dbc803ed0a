//! Answers far longer than any that a route gives others, by one client that was given ordinary ones before.
//!
//! A question in a body is in no log: a hundred records may be asked for at once (GraphQL, aliases of a field), or all of a
//! list. The answers are as long as what left. That one client has dozens of them, that there is a gap of several times in
//! length between these and the longest of all others', and that the same client had ordinary answers too, is what shows it.
//! It is shown and wakes nobody, as who has more than anybody else may look the same.
//!
//! The innocent twins: a client that is given long answers all its days, as a large customer or a program of the house; a file
//! that is always as long; a release, after which all answers are longer; records and pictures, of which some are long.

use std::collections::BTreeSet;

use crate::aims::{Aim, Kind, Suspicion};
use crate::finding::{Finding, Judged, Severity};
use crate::hash::join;
use crate::profile::{BUCKETS, Profile, RouteProfile, Sizes, is_answer};
use crate::tracer;

/// How many answers of a route are a measure, and of how many groups of clients.
const ANSWERS_MIN: u32 = 200;
const CLIENTS_MIN: u32 = 13;

/// How many answers are far longer, at least, and of how many one at most.
const LONG_MIN: u32 = 20;
const LONG_PART: u32 = 20;

/// How many buckets without any answer lie between these and all others, at least, each an eighth of a doubling.
const GAP: usize = 16;

/// Of a hundred such answers how many are the client's own, at least: the rest is nobody's in particular.
const OWN_SHARE: u32 = 90;

/// How many sizes they have, at least, and on how many days they come at most.
const SIZES_MIN: usize = 8;
const DAYS_MAX: usize = 2;

/// The aims of who got the longest answers of a route.
pub(crate) fn aims(profile: &Profile) -> Vec<Aim> {
    let of_route = |(key, route): (u64, &RouteProfile)| {
        let client = route.largest.of_one().filter(|_| CLIENTS_MIN <= route.clients.count_ones())?;
        let low = far(&route.sizes, route.answered)?;
        let (kind, story) = (Kind::Far { low }, join(join(key, client), 9));
        Some(Aim { client, route: key, story, kind, suspicion: Suspicion::default(), is_turn: false })
    };
    profile.routes.iter().filter_map(of_route).collect()
}

/// From which size on answers are far longer than all others, a few of which are; none where nothing lies apart.
fn far(sizes: &Sizes, answered: u32) -> Option<u64> {
    if answered < ANSWERS_MIN {
        return None;
    }
    let counts = sizes.counts();
    let (mut long, mut gap, mut lowest) = (0_u32, 0, BUCKETS);
    for bucket in (0..BUCKETS).rev() {
        match counts[bucket] {
            0 if lowest == BUCKETS => {}
            0 => gap += 1,
            count if gap < GAP => {
                (lowest, gap) = (bucket, 0);
                long = long.saturating_add(count);
            }
            _ => break,
        }
    }
    let is_rare = long.saturating_mul(LONG_PART) <= answered;
    (LONG_MIN <= long && is_rare && GAP <= gap && gap < lowest).then(|| Sizes::floor(lowest))
}

/// Judges what the client got, its lines by time in hand, beside the sizes of the route.
pub(crate) fn judge(low: u64, lines: &[Finding], sizes: Option<&Sizes>) -> Vec<Judged> {
    let Some(sizes) = sizes else { return Vec::new() };
    let answered = || lines.iter().filter(|line| line.status.is_some_and(is_answer));
    let is_long = |line: &&Finding| line.bytes.is_some_and(|bytes| low <= bytes);
    let long: Vec<&Finding> = answered().filter(is_long).collect();
    let has_ordinary = answered().any(|line| line.bytes.is_some_and(|bytes| 0 < bytes && bytes < low));
    let counts = sizes.counts();
    let of_all: u32 = counts[Sizes::bucket(low)..].iter().sum();
    let different: BTreeSet<u64> = long.iter().filter_map(|line| line.bytes).collect();
    let days: BTreeSet<i64> = long.iter().filter_map(|line| line.time).map(accesslog::Time::day).collect();
    let is_of_program = |line: &&Finding| {
        let agent = line.agent.as_deref().unwrap_or_default();
        tracer::is_named(agent) || tracer::is_crawler(agent)
    };
    let is_own = u64::from(of_all) * u64::from(OWN_SHARE) <= long.len() as u64 * 100;
    let is_told = LONG_MIN as usize <= long.len() && has_ordinary && is_own && !long.iter().all(is_of_program);
    if !is_told || different.len() < SIZES_MIN || DAYS_MAX < days.len() {
        return Vec::new();
    }
    let (Some(least), Some(most)) = (different.first(), different.last()) else { return Vec::new() };
    let usual =
        counts[..Sizes::bucket(low)].iter().rposition(|count| 0 < *count).map_or(0, |bucket| Sizes::floor(bucket + 1));
    let mut suspicion = Suspicion::default();
    suspicion.add(
        "reply-size",
        BITS,
        format!("{} answers of {least} to {most} bytes", long.len()),
        format!("less than {usual} bytes, as all answers to others, and to the same client before"),
    );
    if suspicion.reasons.is_empty() { Vec::new() } else { tracer::told_lines(&long, &suspicion, Severity::Medium) }
}

/// How many bits it is: fewer than make it loud.
const BITS: i32 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn far_of(sizes: impl Iterator<Item = u64>) -> Option<u64> {
        let mut all = Sizes::default();
        let mut answered = 0;
        for bytes in sizes {
            all.add(bytes);
            answered += 1;
        }
        far(&all, answered)
    }

    fn users() -> impl Iterator<Item = u64> {
        (0..2_000).map(|n| 900 + n * 37 % 9_000)
    }

    #[test]
    fn what_lies_apart_is_far() {
        let long = |count: u64, from: u64| (0..count).map(move |n| from + n * 100);
        assert_eq!(far_of(users()), None);
        let low = far_of(users().chain(long(60, 200_000))).expect("it lies apart");
        assert!((9_900..=200_000).contains(&low), "{low}");
        assert_eq!(far_of(users().chain(long(19, 200_000))), None, "too few");
        assert_eq!(far_of(users().chain(long(60, 20_000))), None, "twice as long");
        assert_eq!(far_of(users().chain(long(300, 200_000))), None, "that is what the route gives");
        assert_eq!(far_of(users().chain(long(60, 200_000)).chain((0..40).map(|n| 9_000 + n * 5_000))), None, "no gap");
    }
}
