//! How many persons lost which items: counted, each once, by the data map of the service's owner.
//!
//! A regulator asks of how many persons the name left, of how many the name and the address. So for each story and
//! person a set of items is kept: those that left for certain, and those that may have, where it is not known what a
//! request got. Sets only grow, by one bit and another, so what two workers saw joins exactly. In the end the persons
//! are counted by their sets. Where some answers are not clear, a person's true set lies between the two, and is counted
//! as possible for every combination that occurs between them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use accesslog::{Cloud, Record};
use hashbrown::HashSet;
use serde::{Deserialize, Serialize};

use crate::aims::Aims;
use crate::bounded::Bounded;
use crate::data_map::{DataMap, Held};
use crate::detector::Verdict;
use crate::finding::{Finding, Judged};
use crate::hash::join;
use crate::incident::{Incident, is_success};
use crate::memory::Memory;
use crate::outcome::Outcome;

/// How many pairs of story and person are told apart.
pub(crate) const PERSONS_MAX: usize = 1 << 21;

/// Persons who lost the same items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Persons {
    /// What identifies them, as the map says it: `customer`.
    pub kind: String,
    /// The items, in the order of the map.
    pub items: Vec<String>,
    /// Of how many exactly these left for certain.
    pub certain: u64,
    /// Of how many it may be these, at most.
    pub at_most: u64,
}

/// The items of one person in one story, by their bits.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Lost {
    story: u64,
    subject: u64,
    /// The first rule that speaks of such persons.
    kind: usize,
    certain: u64,
    possible: u64,
}

impl Lost {
    fn merge(&mut self, other: Lost) {
        self.certain |= other.certain;
        self.possible |= other.possible;
    }
}

/// Who lost what, as it is counted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Subjects {
    #[serde(skip)]
    map: Arc<DataMap>,
    lost: Bounded<Lost>,
    /// How many requests got data of somebody, or may have; and how often an object names somebody.
    answers: u64,
    /// Whether a count that was taken in was full.
    is_part: bool,
}

impl Default for Subjects {
    fn default() -> Subjects {
        Subjects::of(Arc::default())
    }
}

impl Subjects {
    /// The same, still empty, within some memory.
    pub(crate) fn within(self, memory: Memory) -> Subjects {
        Subjects { lost: Bounded::new(memory.share(PERSONS_MAX)), ..self }
    }

    /// A count of nobody that drops what this one would.
    pub(crate) fn emptied(&self) -> Subjects {
        Subjects { lost: self.lost.emptied(), ..Subjects::of(Arc::clone(&self.map)) }
    }

    /// Drops what is past the bound, without which nothing may be made of it.
    pub(crate) fn prune(&mut self) {
        self.lost.prune();
    }

    /// How many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.lost.bytes(0)
    }

    /// How many pairs of story and person are told apart.
    pub(crate) fn max(&self) -> u64 {
        self.lost.capacity() as u64
    }

    pub(crate) fn of(map: Arc<DataMap>) -> Subjects {
        Subjects { map, lost: Bounded::new(PERSONS_MAX), answers: 0, is_part: false }
    }

    /// Counts a request of a story.
    pub(crate) fn add(&mut self, story: u64, record: &Record<'_>, outcome: Outcome) {
        if outcome == Outcome::Failure {
            return;
        }
        let Some(Held { rule, subject, items }) = self.map.find(record) else { return };
        let certain = if outcome == Outcome::Success { items } else { 0 };
        self.put(story, (rule, subject), certain, items);
    }

    /// Counts a person of a rule, who lost these items for certain, and these perhaps.
    pub(crate) fn put(&mut self, story: u64, (rule, subject): (usize, u64), certain: u64, possible: u64) {
        self.answers += 1;
        self.keep(Lost { story, subject, kind: first_alike(&self.map, rule), certain, possible });
    }

    /// Takes in the persons inside one object, in whatever story they were counted, as those of this one.
    pub(crate) fn take_in(&mut self, story: u64, inside: &Subjects, is_certain: bool) {
        self.answers += inside.answers;
        self.is_part |= inside.is_full();
        for (_, lost) in inside.lost.iter() {
            self.keep(Lost { story, certain: if is_certain { lost.certain } else { 0 }, ..*lost });
        }
    }

    /// Takes in the persons of one story of another count, as those of no story.
    pub(crate) fn take_from(&mut self, story: u64, other: &Subjects) {
        self.answers += other.answers;
        self.is_part |= other.is_full();
        for (_, lost) in other.lost.iter().filter(|(_, lost)| lost.story == story) {
            self.keep(Lost { story: 0, ..*lost });
        }
    }

    /// Takes in what a person lost in a story, beside what is known of it.
    fn keep(&mut self, lost: Lost) {
        if let Some(mine) = self.lost.get_or_insert_with(join(lost.story, lost.subject), || lost) {
            mine.merge(lost);
        }
    }

    /// Takes in what another worker counted.
    pub(crate) fn merge(&mut self, other: Subjects) {
        self.answers += other.answers;
        self.is_part |= other.is_part;
        self.lost.merge(other.lost, Lost::merge);
    }

    /// Whether there were more persons than are told apart.
    pub(crate) fn is_full(&self) -> bool {
        self.is_part || self.lost.is_full()
    }

    /// The persons of these stories and of what else is counted, each once, by what they lost.
    pub(crate) fn counted(&self, stories: &HashSet<u64>, own: &Subjects) -> Vec<Persons> {
        let mut persons: BTreeMap<u64, Lost> = BTreeMap::new();
        let of_stories = self.lost.iter().filter(|(_, lost)| stories.contains(&lost.story));
        for (_, lost) in of_stories.chain(own.lost.iter()) {
            let all = persons.entry(lost.subject).or_insert(Lost { certain: 0, possible: 0, ..*lost });
            all.certain |= lost.certain;
            all.possible |= lost.possible;
        }
        let mut sets: BTreeMap<(usize, u64, u64), u64> = BTreeMap::new();
        for lost in persons.values() {
            *sets.entry((lost.kind, lost.certain, lost.possible)).or_default() += 1;
        }
        let told = sets.keys().flat_map(|(kind, certain, possible)| [(*kind, *certain), (*kind, *possible)]);
        let told: BTreeSet<(usize, u64)> = told.filter(|(_, items)| *items != 0).collect();
        let row = |(kind, items): (usize, u64)| {
            let mut row =
                Persons { kind: label(&self.map, kind), items: names(&self.map, items), certain: 0, at_most: 0 };
            for ((_, certain, possible), count) in sets.iter().filter(|((of, ..), _)| *of == kind) {
                row.certain += if *certain == items { *count } else { 0 };
                row.at_most += if certain & !items == 0 && items & !possible == 0 { *count } else { 0 };
            }
            if self.is_full() || own.is_full() {
                row.at_most = self.answers.saturating_add(own.answers).max(row.at_most);
            }
            row
        };
        let mut rows: Vec<Persons> = told.into_iter().map(row).collect();
        // Stable: what is as many stays in the order of the map.
        rows.sort_by_key(|row| std::cmp::Reverse((row.certain, row.at_most)));
        rows
    }
}

/// The first rule that speaks of the same persons as a rule does.
fn first_alike(map: &DataMap, rule: usize) -> usize {
    let kind = map.kind_name(rule);
    let alike = || (0..rule).find(|other| map.kind_name(*other) == kind);
    kind.and_then(|_| alike()).unwrap_or(rule)
}

/// What the persons of a rule are called.
fn label(map: &DataMap, rule: usize) -> String {
    let class = map.rules.get(rule).and_then(|rule| rule.class.as_ref());
    map.kind_name(rule).or(class).cloned().unwrap_or_else(|| "person".to_owned())
}

fn names(map: &DataMap, items: u64) -> Vec<String> {
    let held = map.items.iter().enumerate().filter(|(place, _)| items >> place & 1 == 1);
    held.map(|(_, name)| name.clone()).collect()
}

/// Says of each incident who lost what by it: by the lines of its stories, and by the findings whose lines were not
/// counted.
pub(crate) fn assess(incidents: &mut [Incident], aims: &Aims, subjects: &Subjects) {
    if subjects.map.rules.is_empty() {
        return;
    }
    for incident in incidents {
        let mut stories: HashSet<u64> = HashSet::new();
        let mut own = Subjects::of(Arc::clone(&subjects.map));
        for one in &incident.findings {
            match aims.get(one.finding.client_key, one.finding.route) {
                Some(aim) if one.finding.is_traced => {
                    stories.insert(aim.story);
                }
                _ => own.add_finding(one),
            }
        }
        incident.persons = subjects.counted(&stories, &own);
    }
}

/// Who lost what by these findings.
pub(crate) fn of_findings(findings: &[Judged], map: &DataMap) -> Vec<Persons> {
    let mut own = Subjects::of(Arc::new(map.clone()));
    findings.iter().for_each(|one| own.add_finding(one));
    own.counted(&HashSet::new(), &own)
}

impl Subjects {
    pub(crate) fn add_finding(&mut self, one: &Judged) {
        if is_success(one) || one.outcome == Outcome::Unknown {
            self.add(0, &record(&one.finding), one.outcome);
        }
    }
}

/// What the map asks of a request.
pub(crate) fn record(finding: &Finding) -> Record<'_> {
    let cloud = finding.cloud.as_deref().map(|call| Cloud {
        bucket: call.bucket.as_deref(),
        key: call.object.as_deref(),
        ..Cloud::default()
    });
    let (method, status, bytes) = (finding.method.as_deref(), finding.status, finding.bytes);
    Record { target: finding.target.as_deref(), method, status, bytes, cloud, ..Record::default() }
}

impl Verdict {
    /// The verdict with the persons that its findings tell, where no second look was taken.
    #[must_use]
    pub fn with_persons(mut self, map: Arc<DataMap>) -> Verdict {
        let _scope = self.key.enter();
        assess(&mut self.incidents, &Aims::default(), &Subjects::of(map));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DataPlace, DataRule, Pattern};

    fn map() -> Arc<DataMap> {
        let rule = |pattern: &str, items| DataRule {
            class: None,
            place: DataPlace::Route,
            pattern: Pattern::parse(pattern).unwrap(),
            parameter: None,
            kind: Some("customer".to_owned()),
            items,
        };
        let items = ["name", "address"].map(str::to_owned).to_vec();
        let rules = vec![rule("/names/{subject}", 0b01), rule("/addresses/{subject}", 0b10)];
        Arc::new(DataMap { items, rules, contents: Vec::new() })
    }

    fn add(subjects: &mut Subjects, number: u64) {
        let (target, outcome) = match number % 5 {
            0 | 1 => (format!("/names/{}", number % 40), Outcome::Success),
            2 => (format!("/addresses/{}", number % 20), Outcome::Success),
            3 => (format!("/addresses/{}", number % 60), Outcome::Unknown),
            _ => (format!("/addresses/{}", number % 200), Outcome::Failure),
        };
        let record = Record { target: Some(target.as_bytes()), ..Record::default() };
        subjects.add(number % 2, &record, outcome);
    }

    #[test]
    fn persons_are_counted_once_however_the_lines_were_shared() {
        let stories = HashSet::from_iter([0, 1]);
        let none = Subjects::of(map());
        let mut whole = Subjects::of(map());
        (0..400).for_each(|number| add(&mut whole, number));
        for cuts in [2, 3, 7] {
            let mut parts: Vec<Subjects> = (0..cuts).map(|_| Subjects::of(map())).collect();
            (0..400).for_each(|number| add(&mut parts[number as usize * 31 % cuts], number));
            let mut merged = Subjects::of(map());
            parts.into_iter().rev().for_each(|part| merged.merge(part));
            assert_eq!(merged.counted(&stories, &none), whole.counted(&stories, &none), "{cuts} parts");
            assert_eq!(merged.answers, whole.answers);
        }
    }

    #[test]
    fn a_set_that_is_not_clear_lies_between_its_bounds() {
        let mut subjects = Subjects::of(map());
        let mut got = |target: &str, outcome| {
            subjects.add(1, &Record { target: Some(target.as_bytes()), ..Record::default() }, outcome);
        };
        got("/names/1", Outcome::Success);
        got("/addresses/1", Outcome::Success);
        got("/names/2", Outcome::Success);
        got("/addresses/2", Outcome::Unknown);
        got("/names/3", Outcome::Success);
        got("/addresses/4", Outcome::Unknown);
        got("/addresses/5", Outcome::Failure);
        let rows = subjects.counted(&HashSet::from_iter([1]), &Subjects::of(map()));
        let row = |items: &[&str]| {
            let row = rows.iter().find(|row| row.items == items).unwrap();
            (row.kind.as_str(), row.certain, row.at_most)
        };
        assert_eq!(row(&["name"]), ("customer", 2, 2), "the second may have lost more");
        assert_eq!(row(&["name", "address"]), ("customer", 1, 2));
        assert_eq!(row(&["address"]), ("customer", 0, 1));
        assert_eq!(rows.len(), 3);
        assert!(rows.iter().all(|row| row.certain <= row.at_most));
    }
}
