//! How much left: per route or prefix and month, counted and not estimated.
//!
//! An incident shows some of its lines; what a regulator asks is all of them. So a [`Tally`] counts in the second pass,
//! beside the lines that are kept: requests, answers, bytes, and every distinct object, whatever is shown. What a
//! request got is often certain; where it is not (no status, not modified), it counts for the upper bound alone.

use std::collections::BTreeMap;

use accesslog::{Record, Time};
use hashbrown::HashSet;
use serde::{Deserialize, Serialize};

use crate::aims::Aims;
use crate::bounded::Bounded;
use crate::finding::{CloudCall, Finding, Judged};
use crate::hash::{self, join};
use crate::incident::{Incident, is_success};
use crate::keys::Kind;
use crate::memory::Memory;
use crate::outcome::Outcome;
use crate::route::{Object, Route, route_of, shown};
use crate::target::Target;

/// How many distinct objects are told apart, in all incidents together.
const OBJECTS_MAX: usize = 1 << 22;

/// How many pairs of place and month are counted, in all incidents together.
const CELLS_MAX: usize = 1 << 14;

/// How much of a place is shown, in bytes.
const PLACE_BYTES_MAX: usize = 1024;

/// What left by one route, or from below one prefix, in one month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impact {
    /// The route, `*` for what is set aside; or the bucket and prefix.
    pub place: Box<[u8]>,
    /// The year and the month (1 to 12), in UTC; `None` where no time is known.
    pub month: Option<(i16, u8)>,
    /// How many requests there were.
    pub requests: u64,
    /// How many of them got what they asked for.
    pub successes: u64,
    /// How many may have.
    pub unknown: u64,
    /// How many bytes left, by those that did.
    pub bytes: u64,
    /// How many distinct objects left: at least so many.
    pub objects: u64,
    /// At most so many.
    pub objects_upper: u64,
    /// The first time and the last of a success.
    pub span: Option<(Time, Time)>,
}

/// One request, as it counts.
pub(crate) struct Item {
    pub(crate) place: Box<[u8]>,
    pub(crate) object: u64,
    pub(crate) time: Option<Time>,
    pub(crate) outcome: Outcome,
    pub(crate) bytes: u64,
}

impl Item {
    /// A request to a web service.
    pub(crate) fn of_web(target: &[u8], route: Route, record: &Record<'_>, outcome: Outcome) -> Item {
        let path = Target::new(target).path;
        let object = route.object.map_or_else(|| hash::hash(target), Object::bits);
        let bytes = record.bytes.unwrap_or(0);
        Item { place: shown(path).into(), object, time: record.time, outcome, bytes }
    }

    /// A call of a cloud; nothing if it is none by which data leaves.
    pub(crate) fn of_call(record: &Record<'_>, is_allowed: bool) -> Option<Item> {
        let cloud = record.cloud?;
        let kind = Kind::of(cloud.operation.unwrap_or_default(), record.raw);
        let (place, object) = match (kind, cloud.bucket, cloud.key) {
            (Kind::Read, Some(bucket), Some(key)) => {
                ([bucket, b"/", prefix(key)].concat(), join(hash::hash(bucket), hash::hash(key)))
            }
            (Kind::Read | Kind::ReadSecrets | Kind::Share, ..) => {
                let service = cloud.service.unwrap_or_default();
                ([service, b" ", cloud.operation.unwrap_or_default()].concat(), hash::hash(record.raw))
            }
            _ => return None,
        };
        let outcome = of_call(record.status, is_allowed);
        Some(Item { place: place.into(), object, time: record.time, outcome, bytes: record.bytes.unwrap_or(0) })
    }

    /// A call of a cloud that was kept as a finding; nothing if it is none by which data leaves.
    fn of_kept_call(finding: &Finding, call: &CloudCall) -> Option<Item> {
        let (place, object) = match (call.kind, call.bucket.as_deref(), call.object.as_deref()) {
            (Kind::Read, Some(bucket), Some(key)) => {
                ([bucket, b"/", prefix(key)].concat(), join(hash::hash(bucket), hash::hash(key)))
            }
            (Kind::Read | Kind::ReadSecrets | Kind::Share, ..) => {
                let service = call.service.as_deref().unwrap_or_default();
                let operation = call.operation.as_deref().unwrap_or_default();
                ([service, b" ", operation].concat(), hash::hash(&finding.digest))
            }
            _ => return None,
        };
        let outcome = of_call(finding.status, true);
        let bytes = finding.bytes.unwrap_or(0);
        Some(Item { place: place.into(), object, time: finding.time, outcome, bytes })
    }

    /// A finding, where no line was counted.
    fn of_finding(finding: &Finding, outcome: Outcome) -> Item {
        let target = finding.target.as_deref().unwrap_or_default();
        let route = route_of(&Target::new(target));
        let object = route.object.map_or_else(|| hash::hash(target), Object::bits);
        let place = shown(Target::new(target).path).into();
        Item { place, object, time: finding.time, outcome, bytes: finding.bytes.unwrap_or(0) }
    }
}

/// What a call of a cloud got.
pub(crate) fn of_call(status: Option<u16>, is_allowed: bool) -> Outcome {
    match (is_allowed, status) {
        // Whoever has it already was told that it is the same.
        (true, Some(304)) => Outcome::Unknown,
        (true, _) => Outcome::Success,
        (false, _) => Outcome::Failure,
    }
}

/// The prefix of an object's key: its first segment, and a year behind it.
fn prefix(key: &[u8]) -> &[u8] {
    let ends: Vec<usize> = memchr::memchr_iter(b'/', key).take(2).collect();
    match ends[..] {
        [] => b"",
        [first, second] if is_year(&key[first + 1..second]) => &key[..second],
        [first, ..] => &key[..first],
    }
}

fn is_year(segment: &[u8]) -> bool {
    segment.len() == 4
        && segment.iter().all(u8::is_ascii_digit)
        && (segment.starts_with(b"19") || segment.starts_with(b"20"))
}

/// What is counted of one place and month.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Cell {
    story: u64,
    place: Box<[u8]>,
    month: Option<(i16, u8)>,
    requests: u64,
    successes: u64,
    unknown: u64,
    bytes: u64,
    span: Option<(Time, Time)>,
}

/// Whether an object left, or may have.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Left {
    cell: u64,
    is_certain: bool,
}

/// All that is counted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Tally {
    cells: Bounded<Cell>,
    objects: Bounded<Left>,
}

impl Default for Tally {
    fn default() -> Tally {
        Tally::within(Memory::default())
    }
}

impl Tally {
    /// One that keeps within some memory.
    pub(crate) fn within(memory: Memory) -> Tally {
        Tally { cells: Bounded::new(memory.share(CELLS_MAX)), objects: Bounded::new(memory.share(OBJECTS_MAX)) }
    }

    /// One without contents that drops what this one would.
    pub(crate) fn emptied(&self) -> Tally {
        Tally { cells: self.cells.emptied(), objects: self.objects.emptied() }
    }

    /// How many bytes it takes, at most.
    pub(crate) fn bytes(&self) -> usize {
        self.cells.bytes(PLACE_BYTES_MAX) + self.objects.bytes(0)
    }

    /// Drops what is past the bounds, without which nothing may be made of it.
    pub(crate) fn prune(&mut self) {
        self.cells.prune();
        self.objects.prune();
    }

    /// How many objects are told apart.
    pub(crate) fn objects_max(&self) -> u64 {
        self.objects.capacity() as u64
    }

    /// Counts a request of a story.
    pub(crate) fn add(&mut self, story: u64, item: Item) {
        let month = item.time.map(month_of);
        let number = month.map_or(0, |(year, month)| i64::from(year) * 12 + i64::from(month));
        let key = join(join(story, hash::hash(&item.place)), number as u64);
        let shown = &item.place[..item.place.len().min(PLACE_BYTES_MAX)];
        let make = || Cell { story, place: shown.into(), month, ..Cell::default() };
        if let Some(cell) = self.cells.get_or_insert_with(key, make) {
            cell.requests += 1;
            match item.outcome {
                Outcome::Success => {
                    cell.successes += 1;
                    cell.bytes = cell.bytes.saturating_add(item.bytes);
                    cell.span = joined(cell.span, item.time.map(|time| (time, time)));
                }
                Outcome::Unknown => cell.unknown += 1,
                Outcome::Failure => {}
            }
        }
        // Whether a place is past the bound each worker learns at another moment: which objects are kept must not depend on it.
        if item.outcome == Outcome::Failure {
            return;
        }
        let is_certain = item.outcome == Outcome::Success;
        if let Some(left) = self.objects.get_or_insert_with(join(key, item.object), Left::default) {
            left.cell = key;
            left.is_certain |= is_certain;
        }
    }

    /// Takes in what another worker counted.
    pub(crate) fn merge(&mut self, other: Tally) {
        self.cells.merge(other.cells, |mine, other| {
            mine.requests += other.requests;
            mine.successes += other.successes;
            mine.unknown += other.unknown;
            mine.bytes = mine.bytes.saturating_add(other.bytes);
            mine.span = joined(mine.span, other.span);
        });
        self.objects.merge(other.objects, |mine, other| mine.is_certain |= other.is_certain);
    }

    /// The bounds that were reached: of places, and of objects.
    pub(crate) fn is_full(&self) -> (bool, bool) {
        (self.cells.is_full(), self.objects.is_full())
    }

    /// What left by these stories, the largest first.
    pub(crate) fn of_stories(&self, stories: &HashSet<u64>) -> Vec<Impact> {
        let cells = || self.cells.iter().filter(|(_, cell)| stories.contains(&cell.story));
        let mut counts: BTreeMap<u64, (u64, u64)> = cells().map(|(key, _)| (key, (0, 0))).collect();
        for (_, left) in self.objects.iter() {
            if let Some((certain, all)) = counts.get_mut(&left.cell) {
                *certain += u64::from(left.is_certain);
                *all += 1;
            }
        }
        // Beside what was told apart there may be as many as there were answers.
        let upper = |cell: &Cell, all| if self.objects.is_full() { cell.successes + cell.unknown } else { all };
        let mut impacts: Vec<Impact> = cells()
            .map(|(key, cell)| Impact {
                place: cell.place.clone(),
                month: cell.month,
                requests: cell.requests,
                successes: cell.successes,
                unknown: cell.unknown,
                bytes: cell.bytes,
                objects: counts[&key].0,
                objects_upper: upper(cell, counts[&key].1),
                span: cell.span,
            })
            .collect();
        impacts.sort_by(|one, other| {
            (other.objects, &one.place, one.month).cmp(&(one.objects, &other.place, other.month))
        });
        impacts
    }
}

fn joined(one: Option<(Time, Time)>, other: Option<(Time, Time)>) -> Option<(Time, Time)> {
    let all = one.into_iter().chain(other);
    all.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
}

/// The year and month of a time, in UTC: days since 1970-03-01 shifted by eras of 400 years.
fn month_of(time: Time) -> (i16, u8) {
    let days = time.0.div_euclid(86_400_000_000_000) + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    (year as i16, month as u8)
}

/// Says of each incident what left by it.
pub(crate) fn assess(incidents: &mut [Incident], aims: &Aims, tally: &Tally) {
    for incident in incidents {
        let mut stories: HashSet<u64> = HashSet::new();
        let mut own = Tally::default();
        for one in &incident.findings {
            match aims.get(one.finding.client_key, one.finding.route) {
                Some(aim) if one.finding.is_traced => {
                    stories.insert(aim.story);
                }
                _ if leaves(one) => own.add(0, Item::of_finding(&one.finding, one.outcome)),
                _ => {}
            }
        }
        incident.impact = tally.of_stories(&stories);
        incident.impact.extend(own.of_stories(&HashSet::from_iter([0])));
    }
}

/// What left by findings, where nothing else of their story counts.
pub(crate) fn of_findings(findings: &[Judged]) -> Vec<Impact> {
    let mut own = Tally::default();
    for one in findings.iter().filter(|one| is_success(one)) {
        let item = match one.finding.cloud.as_deref() {
            Some(call) => Item::of_kept_call(&one.finding, call),
            None => Some(Item::of_finding(&one.finding, one.outcome)),
        };
        if let Some(item) = item {
            own.add(0, item);
        }
    }
    own.of_stories(&HashSet::from_iter([0]))
}

/// Whether data left by a request that was not counted.
fn leaves(one: &Judged) -> bool {
    is_success(one) && one.finding.cloud.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(place: &str, object: u64, day: i64, outcome: Outcome) -> Item {
        let time = Some(Time(day * 86_400_000_000_000));
        Item { place: place.as_bytes().into(), object, time, outcome, bytes: 100 }
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        let month = |days: i64| month_of(Time(days * 86_400_000_000_000));
        assert_eq!(month(0), (1970, 1));
        assert_eq!(month(-1), (1969, 12));
        assert_eq!(month(19_782), (2024, 2));
        assert_eq!(month(19_783), (2024, 3));
        assert_eq!(month(11_016), (2000, 2));
    }

    #[test]
    fn a_prefix_is_a_first_segment_and_its_year() {
        assert_eq!(prefix(b"photos/2018/05/a.jpg"), b"photos/2018");
        assert_eq!(prefix(b"photos/05/a.jpg"), b"photos");
        assert_eq!(prefix(b"a.jpg"), b"");
        assert_eq!(prefix(b"exports/9999.csv"), b"exports");
    }

    #[test]
    fn distinct_objects_are_counted_once_however_the_lines_were_shared() {
        let items = || {
            (0..300_u64).map(|n| {
                item(
                    if n % 3 == 0 { "/a/*" } else { "/b/*" },
                    n % 50,
                    n as i64 / 10,
                    if n % 7 == 0 { Outcome::Unknown } else { Outcome::Success },
                )
            })
        };
        let mut whole = Tally::default();
        items().for_each(|item| whole.add(1, item));
        let mut parts = [Tally::default(), Tally::default(), Tally::default()];
        items().enumerate().for_each(|(at, item)| parts[at % 3].add(1, item));
        let [one, two, mut three] = parts;
        three.merge(one);
        three.merge(two);
        let stories = HashSet::from_iter([1]);
        assert_eq!(whole.of_stories(&stories), three.of_stories(&stories));
        let all = whole.of_stories(&stories);
        assert_eq!(all.iter().map(|impact| impact.requests).sum::<u64>(), 300);
        assert!(all.iter().all(|impact| impact.successes + impact.unknown == impact.requests));
        assert!(all.iter().all(|impact| impact.objects <= impact.objects_upper && impact.objects_upper <= 50));
    }
}
