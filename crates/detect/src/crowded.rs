//! Stories that are too many to be told one by one.
//!
//! How many stories a log holds is up to whoever writes to it: with a client and a route of its own, every line is one. What
//! is said of a story takes several times what its finding does, and nobody reads the ten-thousandth. So the worst are told
//! one by one, as many as there is memory for, and of those behind them the alike are told as one: with all of their
//! findings, all of their clients counted, and how many they are.
//!
//! It is done when everything is judged, by what incidents are ranked by: so it follows from the records alone.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use accesslog::Time;

use crate::detector::Limit;
use crate::finding::{Confidence, Judged, Severity};
use crate::incident::{is_success, worth};
use crate::memory::Memory;

/// How many stories are told one by one, which takes at most 8 KiB each beside their findings.
const STORIES_MAX: usize = 1 << 13;

/// How many stories are told one by one within some memory.
pub(crate) fn max(memory: Memory) -> usize {
    memory.share(STORIES_MAX)
}

/// What stories have in common that are told as one: how bad, how sure, whether it succeeded, and by which signal.
type Kind = (Reverse<Severity>, Reverse<Confidence>, bool, u8);

/// Joins the stories past the bound that are alike, each given by the places of its findings; and tells of the bound.
pub(crate) fn joined(judged: &[Judged], mut stories: Vec<Vec<usize>>, max: usize) -> (Vec<Vec<usize>>, Option<Limit>) {
    if stories.len() <= max {
        return (stories, None);
    }
    stories.sort_by_cached_key(|members| order(judged, members));
    let behind = stories.split_off(max);
    let meaning = "behind the worst incidents, those that are alike are told as one, with all their findings";
    let over = Some(behind.len() as u64);
    let mut kinds: BTreeMap<Kind, Vec<usize>> = BTreeMap::new();
    for members in behind {
        kinds.entry(kind(judged, &members)).or_default().extend(members);
    }
    kinds.values_mut().for_each(|members| members.sort_unstable());
    stories.extend(kinds.into_values());
    (stories, Some(Limit { name: "incidents", limit: max as u64, over, meaning }))
}

/// What a story would be ranked by; of those that are as bad the earlier comes first.
fn order(judged: &[Judged], members: &[usize]) -> impl Ord + use<> {
    let all = || members.iter().map(|member| &judged[*member]);
    let severity = all().map(|one| one.severity).max();
    let confidence = all().map(|one| one.confidence).max();
    let first: Option<Time> = all().filter_map(|one| one.finding.time).min();
    (Reverse((severity, confidence, all().map(Judged::bits).max())), first, members.first().copied())
}

fn kind(judged: &[Judged], members: &[usize]) -> Kind {
    let worst =
        members.iter().map(|member| &judged[*member]).max_by_key(|one| worth(one)).expect("a story has a finding");
    (Reverse(worst.severity), Reverse(worst.confidence), is_success(worst), worst.aim().signal)
}

#[cfg(test)]
mod tests {
    use accesslog::{Position, Record};

    use super::*;
    use crate::detector::{Detector, Verdict};
    use crate::memory::MEMORY_BYTES_MIN;

    /// Thefts of so many clients through as many routes, behind one of a dump, within the least memory.
    fn verdict(thefts: u64, parts: usize) -> Verdict {
        let least = Memory::of(MEMORY_BYTES_MIN).unwrap();
        let mut workers = vec![Detector::default().within(least, 1); parts];
        for number in 0..thefts {
            let client = format!("10.0.{}.{}", number / 250, number % 250);
            let letter = |place: u32| char::from(b'a' + (number / 16_u64.pow(place) % 16) as u8);
            let route: String = (0..5).map(letter).collect();
            let target = match number {
                7 => "/backup/database.sql".to_owned(),
                _ => format!("/{route}/view?u=http://169.254.169.254/latest/meta-data/iam/security-credentials/web"),
            };
            let record = Record {
                client: Some(client.as_bytes()),
                target: Some(target.as_bytes()),
                status: Some(200),
                bytes: Some(1_100 + number * 13 % 900),
                raw: target.as_bytes(),
                ..Record::default()
            };
            let at = Position { offset: number * 100, line: number, ..Position::default() };
            workers[number as usize % parts].observe(at, &record);
        }
        let all = workers.into_iter().reduce(|mut one, other| {
            one.merge(other);
            one
        });
        all.unwrap().finish()
    }

    fn told(verdict: &Verdict) -> Vec<(String, u64, u64)> {
        verdict.incidents.iter().map(|of| (of.id.clone(), of.finding_count, of.actor_count)).collect()
    }

    #[test]
    fn the_worst_are_told_one_by_one_and_what_is_alike_behind_them_as_one() {
        let max = max(Memory::of(MEMORY_BYTES_MIN).unwrap()) as u64;
        let few = verdict(max, 1);
        assert_eq!(few.incidents.len() as u64, max);
        assert!(few.limits.iter().all(|limit| limit.name != "incidents"), "within the bound: {:?}", few.limits);
        let many = verdict(3 * max, 1);
        let sizes: Vec<u64> = many.incidents.iter().map(|of| of.finding_count).filter(|count| 1 < *count).collect();
        // One of them is the dump, which is less than the keys.
        assert_eq!((many.incidents.len() as u64, &sizes[..]), (max + 2, &[2 * max - 1][..]));
        let limit = many.limits.iter().find(|limit| limit.name == "incidents").expect("it is told");
        assert_eq!((limit.limit, limit.over), (max, Some(2 * max)));
        let findings: u64 = many.incidents.iter().map(|of| of.finding_count).sum();
        assert_eq!((findings, many.findings), (3 * max, 3 * max), "no finding is lost");
        let joined = many.incidents.iter().find(|of| 1 < of.finding_count).unwrap();
        assert_eq!((joined.actor_count, joined.severity), (2 * max - 1, many.incidents[0].severity));
    }

    #[test]
    fn which_stories_are_told_as_one_does_not_depend_on_how_they_were_shared() {
        let whole = told(&verdict(700, 1));
        assert!(whole.len() < 700);
        for parts in [2, 5] {
            assert_eq!(told(&verdict(700, parts)), whole, "{parts} parts");
        }
    }
}
