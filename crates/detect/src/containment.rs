//! Whether anything of an incident's kind succeeded since a time, and what would have been overlooked.
//!
//! "Nothing since" is worth what could have been seen. So two things stand beside the answer: in how many of the hours
//! the log has anything at all, and the smallest leak of the same kind that this very detector finds in this very log.
//! The second is not guessed: lines of the incident's own kind, from addresses that the log does not know, are mixed
//! into what was observed ([`smallest_seen`]), fewer and fewer of them, until they are no longer found.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;

use accesslog::{Cloud, Escape, Position, Record, Time};
use hashbrown::{HashMap, HashSet};

use crate::detector::{Detector, Verdict};
use crate::finding::{Finding, Judged, Severity};
use crate::hash::{self, Key, join};
use crate::incident::{Incident, is_success};
use crate::keys;
use crate::profile::is_answer;
use crate::request;
use crate::route::route_of;
use crate::signal::Way;
use crate::target::Target;
use crate::tracer::Tracer;

/// How many successes are named.
const NAMED_MAX: usize = 1_000;

/// One hour in nanoseconds.
const HOUR_NANOS: i64 = 3_600 * 1_000_000_000;

/// The volumes that are tried, in successful lines, the smallest first.
const VOLUMES: [usize; 15] = [1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 400, 800, 1_600];

/// How many times each volume is tried, with other addresses, objects and times. Found each time, it would be found at
/// least nine times of ten, with a doubt of 1.5 % (0.9 to the power of the tries).
const TRIES: u64 = 40;

/// The number of the source that lines bear which were mixed in.
const MIXED_IN: u32 = u32::MAX - 1;

/// What an incident was done by: clients on routes, roles from networks, and ways in.
#[derive(Clone, Debug, Default)]
struct Kinds {
    /// Clients on routes, and roles from networks.
    places: HashSet<u64>,
    /// Ways in: what a finding reaches for, by its parameter and signal.
    ways: HashSet<u64>,
    since: Option<Time>,
}

/// The pass that looks for what succeeded since.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    key: Key,
    kinds: Arc<Kinds>,
    /// The first successes by the incident's own actors, in the same places.
    again: BTreeSet<(Time, Position)>,
    again_count: u64,
    hours: BTreeSet<i64>,
    last_hour: Option<i64>,
}

/// What was seen since.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Since {
    /// How many requests of the incident's own actors succeeded, where they had succeeded before.
    pub again: u64,
    /// The first of them.
    pub first_again: Vec<(Time, Position)>,
    /// How many findings succeeded that came in by the same way, whoever made them.
    pub same_way: u64,
    /// The first of them.
    pub first_same_way: Vec<(Time, Position)>,
    /// How many other loud findings succeeded.
    pub others: u64,
    /// In how many hours there is at least one record.
    pub hours_covered: u64,
    /// How many hours there are from the time that was asked for to the last record.
    pub hours: u64,
    /// The longest stretches of hours without a record, as first and last hour, the longest first.
    pub gaps: Vec<(Time, Time)>,
    /// The last time in the log.
    pub last: Option<Time>,
}

impl Watch {
    /// A watch for what these incidents did before a time.
    /// `key` is that of the verdict which they are from.
    pub fn of(key: Key, incidents: &[&Incident], since: Time) -> Watch {
        let _scope = key.enter();
        let mut kinds = Kinds { since: Some(since), ..Kinds::default() };
        let findings = incidents.iter().flat_map(|incident| &incident.findings);
        for one in findings.filter(|one| is_success(one) && one.finding.time.is_some_and(|time| time < since)) {
            kinds.places.insert(join(one.finding.client_key, one.finding.route));
            kinds.ways.insert(way_of(one));
        }
        Watch { key, kinds: Arc::new(kinds), ..Watch::default() }
    }

    /// Takes in a record.
    pub fn observe(&mut self, at: Position, record: &Record<'_>) {
        let Some(time) = record.time.filter(|time| self.kinds.since.is_some_and(|since| since <= *time)) else {
            return;
        };
        let hour = time.0.div_euclid(HOUR_NANOS);
        if self.last_hour != Some(hour) {
            self.hours.insert(hour);
            self.last_hour = Some(hour);
        }
        let _scope = self.key.enter();
        let is_again = match keys::place_of_use(record) {
            Some((role, network)) if self.kinds.places.contains(&join(role, network)) => keys::is_allowed(record),
            _ => {
                record.status.is_some_and(is_answer) && {
                    let target = request::target_of(record);
                    let client = hash::hash(record.client.unwrap_or_default());
                    self.kinds.places.contains(&join(client, route_of(&Target::new(&target)).key))
                }
            }
        };
        if is_again {
            self.again_count += 1;
            self.again.insert((time, at));
            if NAMED_MAX < self.again.len() {
                self.again.pop_last();
            }
        }
    }

    /// Takes in what another worker saw.
    pub fn merge(&mut self, other: Watch) {
        self.again_count += other.again_count;
        self.again.extend(other.again);
        while NAMED_MAX < self.again.len() {
            self.again.pop_last();
        }
        self.hours.extend(other.hours);
    }

    /// What was seen since, with what a verdict on the whole log says.
    pub fn finish(self, verdict: &Verdict, last: Option<Time>) -> Since {
        let _scope = self.key.enter();
        let since = self.kinds.since.unwrap_or(Time(0));
        let mut ways: BTreeSet<(Time, Position)> = BTreeSet::new();
        let (mut same_way, mut others) = (0, 0);
        for incident in &verdict.incidents {
            for one in incident.findings.iter().filter(|one| is_success(one) && one.aim().way != Way::Use) {
                let Some(time) = one.finding.time.filter(|time| since <= *time) else { continue };
                if self.again.contains(&(time, one.finding.at)) {
                    continue;
                }
                if self.kinds.ways.contains(&way_of(one)) {
                    same_way += 1 + one.finding.more;
                    ways.insert((time, one.finding.at));
                } else if Severity::High <= incident.severity {
                    others += 1 + one.finding.more;
                }
            }
            let uses = incident.findings.iter().filter(|one| is_success(one) && one.aim().way == Way::Use);
            let is_new = |one: &&Judged| {
                one.finding.time.is_some_and(|time| since <= time)
                    && !self.kinds.places.contains(&join(one.finding.client_key, one.finding.route))
            };
            others += uses.filter(is_new).count() as u64;
        }
        let begin = since.0.div_euclid(HOUR_NANOS);
        let end = last.map_or(begin - 1, |last| last.0.div_euclid(HOUR_NANOS));
        Since {
            again: self.again_count,
            first_again: self.again.into_iter().collect(),
            same_way,
            first_same_way: ways.into_iter().take(NAMED_MAX).collect(),
            others,
            hours_covered: self.hours.len() as u64,
            hours: (end - begin + 1).max(0) as u64,
            gaps: gaps(&self.hours, begin, end),
            last,
        }
    }
}

impl Since {
    /// Whether anything of the incident's kind succeeded.
    pub fn has_success(&self) -> bool {
        0 < self.again + self.same_way
    }
}

/// The stretches of hours between two that are not there, the longest first, at most ten.
fn gaps(hours: &BTreeSet<i64>, begin: i64, end: i64) -> Vec<(Time, Time)> {
    let mut gaps = Vec::new();
    let mut next = begin;
    for &hour in hours.iter().filter(|hour| (begin..=end).contains(*hour)).chain(&[end + 1]) {
        if next < hour {
            gaps.push((next, hour - 1));
        }
        next = hour + 1;
    }
    gaps.sort_by_key(|(first, last)| (first - last, *first));
    gaps.truncate(10);
    gaps.into_iter().map(|(first, last)| (Time(first * HOUR_NANOS), Time((last + 1) * HOUR_NANOS - 1))).collect()
}

/// The way in of a finding: what it reaches for by which parameter; a harvest, by its route.
fn way_of(one: &Judged) -> u64 {
    let aim = one.aim();
    match aim.way {
        Way::Harvest | Way::Blind => join(one.finding.route, u64::from(aim.signal)),
        Way::Document => join(aim.object, u64::from(aim.signal)),
        Way::Use => join(one.finding.client_key, u64::from(aim.signal)),
        _ => join(one.finding.param_key(aim), u64::from(aim.signal)),
    }
}

/// The smallest number of successful lines of an incident's kind that would have been found, mixed into the log between
/// two times, in every one of ten tries; `None` if the largest is overlooked too.
pub fn smallest_seen(detector: &Detector, incident: &Incident, from: Time, to: Time) -> Option<usize> {
    if !incident.findings.iter().any(is_success) {
        return None;
    }
    let is_found =
        |volume: usize| (0..TRIES).all(|seed| is_seen(detector, &incident.findings, volume, seed, (from, to)));
    let place = VOLUMES.partition_point(|volume| !is_found(*volume));
    VOLUMES.get(place).copied()
}

/// How many lines an incident may have for a try to begin with its first: a few lines are one story, of which no part
/// makes sense without what is before it.
const STORY_LINES: usize = 64;

/// Whether lines as the incident's own, so many of them successful, make an incident that a person should look at.
///
/// They come in the order in which they came, its failures among them, each of its clients under a new address.
fn is_seen(detector: &Detector, findings: &[Judged], volume: usize, seed: u64, span: (Time, Time)) -> bool {
    let mut dice = Dice(hash::hash(&seed.to_le_bytes()));
    let begin = if findings.len() <= STORY_LINES { 0 } else { dice.below(findings.len() as u64) as usize };
    let mut models: Vec<&Finding> = Vec::new();
    let mut successes = 0;
    for one in findings.iter().cycle().skip(begin) {
        models.push(&one.finding);
        successes += usize::from(is_success(one));
        if volume <= successes {
            break;
        }
    }
    let mut clients: HashMap<Option<&[u8]>, String> = HashMap::new();
    for model in &models {
        let address = || format!("198.18.{}.{}", dice.below(256), dice.below(256));
        clients.entry(model.client.as_deref()).or_insert_with(address);
    }
    let step = pace(&models);
    let room = (span.1.0 - span.0.0 - step * models.len() as i64).max(1);
    let start = span.0.0 + dice.below(room as u64) as i64;
    let lines: Vec<(Position, Line<'_>)> = models
        .iter()
        .enumerate()
        .map(|(number, model)| {
            let client = clients[&model.client.as_deref()].as_bytes();
            let at = Position {
                source: MIXED_IN,
                offset: number as u64 * 512,
                line: number as u64 + 1,
                ..Position::default()
            };
            (at, Line { model, client, time: Time(start + step * number as i64) })
        })
        .collect();
    // What they are told with are the lines of the incident, which the first pass has seen.
    let own: Vec<(Position, Line<'_>)> = findings
        .iter()
        .filter_map(|one| {
            let (model, time) = (&one.finding, one.finding.time?);
            Some((model.at, Line { model, client: model.client.as_deref()?, time }))
        })
        .collect();
    let mut mixed = detector.clone();
    lines.iter().for_each(|(at, line)| mixed.observe(*at, &line.record()));
    let verdict = mixed.finish();
    let trace = |mut tracer: Tracer| {
        own.iter().chain(&lines).for_each(|(at, line)| tracer.observe(*at, &line.record()));
        tracer
    };
    let Ok(tracer) = trace(Tracer::of(&verdict)).completed(|turned| Ok::<_, Infallible>(trace(turned)));
    let verdict = verdict.traced(tracer);
    let is_mixed_in = |one: &Judged| one.finding.at.source == MIXED_IN && is_success(one);
    let loud = verdict.incidents.iter().filter(|incident| Severity::High <= incident.severity);
    loud.flat_map(|incident| &incident.findings).any(is_mixed_in)
}

/// The middle distance of lines, in nanoseconds, from a second to an hour.
fn pace(models: &[&Finding]) -> i64 {
    let times: Vec<i64> = models.iter().filter_map(|model| model.time).map(|time| time.0).collect();
    let mut steps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps.sort_unstable();
    steps.get(steps.len() / 2).copied().unwrap_or(60_000_000_000).clamp(1_000_000_000, HOUR_NANOS)
}

/// A line that is mixed in: as one of the incident's, from another client, at another time.
struct Line<'a> {
    model: &'a Finding,
    client: &'a [u8],
    time: Time,
}

impl Line<'_> {
    fn record(&self) -> Record<'_> {
        let model = self.model;
        let cloud = model.cloud.as_deref().map(|call| Cloud {
            operation: call.operation.as_deref(),
            bucket: call.bucket.as_deref(),
            key: call.object.as_deref(),
            error: call.error.as_deref(),
            service: call.service.as_deref(),
            region: call.region.as_deref(),
            principal: call.principal.as_deref(),
            access_key_id: call.access_key_id.as_deref(),
        });
        Record {
            time: Some(self.time),
            client: Some(self.client),
            user: model.user.as_deref(),
            method: model.method.as_deref(),
            target: model.target.as_deref(),
            status: model.status,
            bytes: model.bytes,
            duration: model.duration,
            referer: model.referer.as_deref(),
            agent: model.agent.as_deref(),
            host: model.host.as_deref(),
            cloud,
            escape: Escape::Raw,
            ..Record::default()
        }
    }
}

/// Numbers that are the same everywhere for one seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_that_are_not_there_are_gaps_the_longest_first() {
        let hours = BTreeSet::from([10, 11, 14, 20]);
        let found: Vec<(i64, i64)> =
            gaps(&hours, 9, 21).iter().map(|(first, last)| (first.0 / HOUR_NANOS, last.0 / HOUR_NANOS)).collect();
        assert_eq!(found, [(15, 19), (12, 13), (9, 9), (21, 21)]);
        assert_eq!(gaps(&hours, 10, 11), []);
    }
}
