//! Objects that left by name, and the persons inside them.
//!
//! A request names one person at most; an export that it fetched may hold them all. So the objects that leave are kept by
//! name where the owner's map says how such objects are read ([`ContentRule`](crate::ContentRule)); whoever has the files
//! shows what is in them ([`Inside`]); and a person named by both is one. For certain are those in objects that were found
//! and read to their end, and that left whole: a part of an object (status 206, or fewer bytes than the file has), or an
//! answer to a query on it, may hold fewer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use accesslog::Record;
use hashbrown::HashSet;
use serde::{Deserialize, Serialize};

use crate::aims::Aims;
use crate::bounded::Bounded;
use crate::cells::{Row, Rows};
use crate::data_map::{ContentForm, DataMap, name_of};
use crate::detector::{Limit, Verdict};
use crate::hash::{self, Key, join};
use crate::incident::is_success;
use crate::memory::Memory;
use crate::outcome::Outcome;
use crate::persons::{PERSONS_MAX, Subjects, record};
use crate::trail::outcome_of;

/// How many objects are told apart, in all incidents together.
const OBJECTS_MAX: usize = 1 << 17;

/// How long a name may be, in bytes: a key of S3 has at most 1,024, and a bucket 63.
const NAME_BYTES_MAX: usize = 1_100;

/// An object that left, or may have.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Named {
    story: u64,
    /// `bucket/key`, or the path with its leading slash; empty where no entry is about it.
    name: Box<[u8]>,
    /// How many bytes the largest answer had, and whether one had all for certain.
    bytes: u64,
    is_whole: bool,
}

/// The objects that leave, as they are met.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Leaked {
    #[serde(skip)]
    map: Arc<DataMap>,
    objects: Bounded<Named>,
}

impl Leaked {
    /// The same, still empty, within some memory.
    pub(crate) fn within(self, memory: Memory) -> Leaked {
        Leaked { objects: Bounded::new(memory.share(OBJECTS_MAX)), ..self }
    }

    /// None, that drop what these would.
    pub(crate) fn emptied(&self) -> Leaked {
        Leaked { map: Arc::clone(&self.map), objects: self.objects.emptied() }
    }

    /// Drops what is past the bound, without which nothing may be made of it.
    pub(crate) fn prune(&mut self) {
        self.objects.prune();
    }

    /// How many bytes they take, at most.
    pub(crate) fn bytes(&self) -> usize {
        self.objects.bytes(NAME_BYTES_MAX)
    }

    pub(crate) fn of(map: Arc<DataMap>) -> Leaked {
        Leaked { map, objects: Bounded::new(OBJECTS_MAX) }
    }

    /// Takes in a request of a story.
    pub(crate) fn add(&mut self, story: u64, record: &Record<'_>, outcome: Outcome) {
        // An answer to HEAD has no body (RFC 9110, 9.3.2).
        if outcome == Outcome::Failure || record.method == Some(b"HEAD") {
            return;
        }
        let Some((name, has_query)) = name_of(record) else { return };
        let has_entry = self.map.content_of(&name).is_some();
        if !has_entry && self.map.find(record).is_some() {
            return;
        }
        let kept = if has_entry { &name[..name.len().min(NAME_BYTES_MAX + 1)] } else { &[] };
        let make = || Named { story, name: kept.into(), ..Named::default() };
        let key = join(story, hash::hash(&name));
        let Some(object) = self.objects.get_or_insert_with(key, make) else { return };
        if outcome == Outcome::Success && !has_query {
            object.bytes = object.bytes.max(record.bytes.unwrap_or(0));
            object.is_whole |= record.bytes.is_none() && record.status != Some(206);
        }
    }

    /// Takes in what another worker saw.
    pub(crate) fn merge(&mut self, other: Leaked) {
        self.objects.merge(other.objects, |mine, other| {
            mine.bytes = mine.bytes.max(other.bytes);
            mine.is_whole |= other.is_whole;
        });
    }
}

/// What a second pass took in that is needed where the contents of objects are counted.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) aims: Arc<Aims>,
    pub(crate) subjects: Subjects,
    pub(crate) leaked: Leaked,
}

/// How many of the objects of an incident were found, and what is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Distinct objects that left or may have, and that an entry is about.
    pub objects: u64,
    /// Those that were found, read to their end, and left whole.
    pub whole: u64,
    /// Those that were found and read to their end, of which it is not certain that all left.
    pub in_part: u64,
    /// Those that are not below the folder.
    pub missing: u64,
    /// Those that could not be read, or not to their end.
    pub unread: u64,
    /// Distinct objects that no entry is about.
    pub without_entry: u64,
    /// Rows and records in which no identifier could be read.
    pub unnamed: u64,
}

/// An object in the incidents in which it left: by the incident's place, the bytes of its largest answer and whether it
/// left whole.
type Places = BTreeMap<usize, (u64, bool)>;

/// The objects to be looked for.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    key: Key,
    map: Arc<DataMap>,
    objects: Vec<(Vec<u8>, Places)>,
    without_entry: BTreeMap<usize, u64>,
    is_full: bool,
}

impl Objects {
    /// The names, `bucket/key` or a path with its leading slash, sorted.
    pub fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.objects.iter().map(|(name, _)| &name[..])
    }

    /// Whether an object is a log.
    pub fn is_log(&self, place: usize) -> bool {
        self.map.content_of(&self.objects[place].0).is_some_and(|rule| self.map.contents[rule].form == ContentForm::Log)
    }

    /// What is in an object, nothing yet.
    pub fn inside(&self, place: usize) -> Inside {
        let rule = self.map.content_of(&self.objects[place].0).unwrap_or(0);
        Inside {
            key: self.key,
            map: Arc::clone(&self.map),
            rule,
            rows: None,
            subjects: Subjects::of(Arc::clone(&self.map)),
            unnamed: 0,
            fault: None,
        }
    }

    /// The counts of all objects, none yet.
    pub fn counted(self: &Arc<Objects>) -> Counted {
        Counted { objects: Arc::clone(self), subjects: Subjects::of(Arc::clone(&self.map)), contents: BTreeMap::new() }
    }
}

/// What is in one object.
pub struct Inside {
    key: Key,
    map: Arc<DataMap>,
    rule: usize,
    rows: Option<Rows>,
    subjects: Subjects,
    unnamed: u64,
    fault: Option<&'static str>,
}

impl Inside {
    /// A text begins.
    pub fn begin(&mut self) {
        let rule = &self.map.contents[self.rule];
        let more = rule.held.iter().map(|(_, name)| name.as_str());
        self.rows = match &rule.form {
            ContentForm::Column(name) => {
                Some(Rows::of_table(std::iter::once(name.as_str()).chain(more).map(str::to_owned).collect()))
            }
            ContentForm::Field(path) => {
                let paths: Vec<&str> = std::iter::once(path.as_str()).chain(more).collect();
                Some(Rows::of_lines(&paths))
            }
            ContentForm::Log => None,
        };
    }

    /// The next bytes of it.
    pub fn bytes(&mut self, bytes: &[u8]) {
        let _scope = self.key.enter();
        if let Some(mut rows) = self.rows.take() {
            rows.take(bytes, &mut |row| self.row(row));
            self.rows = Some(rows);
        }
    }

    /// It ends.
    pub fn end(&mut self) {
        let _scope = self.key.enter();
        if let Some(rows) = self.rows.take() {
            let fault = rows.finish(&mut |row| self.row(row));
            self.fault = self.fault.or(fault);
        }
    }

    /// A record, where it is a log: it names a person where the map says so, and somebody who is, unless the answer was
    /// that there is none.
    pub fn record(&mut self, record: &Record<'_>) {
        let _scope = self.key.enter();
        let outcome = outcome_of(record);
        let is_none = record.status.is_some_and(|status| matches!(status, 404 | 410));
        if let Some(held) = self.map.find(record).filter(|_| !is_none) {
            let items = self.map.contents[self.rule].items;
            let certain = if outcome == Outcome::Success { items } else { 0 };
            self.subjects.put(0, (held.rule, held.subject), certain, items);
        }
    }

    /// So many lines are no record.
    pub fn faults(&mut self, count: u64) {
        self.unnamed += count;
    }

    fn row(&mut self, row: &Row) {
        let subject = row.first().and_then(Option::as_deref).map(<[u8]>::trim_ascii).filter(|text| !text.is_empty());
        let Some(subject) = subject else {
            self.unnamed += 1;
            return;
        };
        let rule = &self.map.contents[self.rule];
        let is_there = |place: usize| matches!(row.get(place), Some(Some(cell)) if !cell.trim_ascii().is_empty());
        let held = rule.held.iter().enumerate().filter(|(place, _)| is_there(place + 1));
        let items = held.fold(rule.items, |items, (_, (bit, _))| items | bit);
        let kind = self.map.rules.len() + self.rule;
        self.subjects.put(0, (kind, join(self.map.kind(kind), hash::hash(subject))), items, items);
    }
}

/// What became of an object that was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// It was read to its end; how many bytes it has as it lies there.
    Read(u64),
    /// It could not be read, or not to its end.
    Unread,
    /// It is not there.
    Missing,
}

/// What is in all objects.
#[derive(Clone, Debug)]
pub struct Counted {
    objects: Arc<Objects>,
    subjects: Subjects,
    contents: BTreeMap<usize, Contents>,
}

impl Counted {
    /// Takes in an object.
    pub fn add(&mut self, place: usize, inside: Inside, became: Became) {
        let became = if inside.fault.is_some() && matches!(became, Became::Read(_)) { Became::Unread } else { became };
        for (incident, (bytes, is_whole)) in &self.objects.objects[place].1 {
            let contents = self.contents.entry(*incident).or_default();
            contents.objects += 1;
            contents.unnamed += inside.unnamed;
            let is_certain = match became {
                Became::Missing => {
                    contents.missing += 1;
                    continue;
                }
                Became::Unread => {
                    contents.unread += 1;
                    false
                }
                Became::Read(size) if *is_whole || size <= *bytes => {
                    contents.whole += 1;
                    true
                }
                Became::Read(_) => {
                    contents.in_part += 1;
                    false
                }
            };
            self.subjects.take_in(*incident as u64, &inside.subjects, is_certain);
        }
    }

    /// Takes in what another worker counted.
    pub fn merge(&mut self, other: Counted) {
        self.subjects.merge(other.subjects);
        for (incident, other) in other.contents {
            let mine = self.contents.entry(incident).or_default();
            mine.objects += other.objects;
            mine.whole += other.whole;
            mine.in_part += other.in_part;
            mine.missing += other.missing;
            mine.unread += other.unread;
            mine.unnamed += other.unnamed;
        }
    }
}

impl Verdict {
    /// The objects whose contents are to be counted: those that left by the incidents as they now stand.
    pub fn objects(&self, map: &Arc<DataMap>) -> Objects {
        let _scope = self.key.enter();
        let mut by_name: BTreeMap<Vec<u8>, Places> = BTreeMap::new();
        let mut out = Objects { key: self.key, map: Arc::clone(map), ..Objects::default() };
        for (place, incident) in self.incidents.iter().enumerate() {
            let mut own = Leaked::of(Arc::clone(map));
            let mut stories: HashSet<u64> = HashSet::new();
            for one in &incident.findings {
                match self.story_of(incident.is_cut, one) {
                    Some(story) => drop(stories.insert(story)),
                    None if is_success(one) || one.outcome == Outcome::Unknown => {
                        own.add(0, &record(&one.finding), one.outcome);
                    }
                    None => {}
                }
            }
            let taken = self.taken.as_ref().map(|taken| &taken.leaked.objects);
            let taken = taken.into_iter().flat_map(Bounded::iter).filter(|(_, object)| stories.contains(&object.story));
            let mut without: BTreeSet<u64> = BTreeSet::new();
            for (key, object) in taken.chain(own.objects.iter()) {
                if object.name.is_empty() {
                    without.insert(key);
                    continue;
                }
                let found = by_name.entry(object.name.to_vec()).or_default().entry(place).or_default();
                *found = (found.0.max(object.bytes), found.1 | object.is_whole);
            }
            out.without_entry.insert(place, without.len() as u64);
            out.is_full |= own.objects.is_full();
        }
        out.is_full |= self.taken.as_ref().is_some_and(|taken| taken.leaked.objects.is_full());
        out.objects = by_name.into_iter().collect();
        out
    }

    /// The story in which a finding's line was counted, if it was and still counts.
    fn story_of(&self, is_cut: bool, one: &crate::Judged) -> Option<u64> {
        let taken = self.taken.as_ref().filter(|_| !is_cut && one.finding.is_traced)?;
        taken.aims.get(one.finding.client_key, one.finding.route).map(|aim| aim.story)
    }

    /// The verdict with the persons inside the objects that left, each counted once with those whom requests name.
    #[must_use]
    pub fn with_contents(mut self, counted: Counted) -> Verdict {
        let _scope = self.key.enter();
        let objects = &counted.objects;
        for place in 0..self.incidents.len() {
            let mut contents = counted.contents.get(&place).copied().unwrap_or_default();
            contents.without_entry = objects.without_entry.get(&place).copied().unwrap_or(0);
            let incident = &self.incidents[place];
            let mut own = Subjects::of(Arc::clone(&objects.map));
            own.take_from(place as u64, &counted.subjects);
            let mut stories: HashSet<u64> = HashSet::new();
            for one in &incident.findings {
                match self.story_of(incident.is_cut, one) {
                    Some(story) => drop(stories.insert(story)),
                    None => own.add_finding(one),
                }
            }
            let none = Subjects::of(Arc::clone(&objects.map));
            let persons = self.taken.as_ref().map_or(&none, |taken| &taken.subjects).counted(&stories, &own);
            let incident = &mut self.incidents[place];
            if contents != Contents::default() {
                (incident.persons, incident.contents) = (persons, Some(contents));
            }
        }
        let bounds = [
            (
                objects.is_full,
                "objects by name",
                self.memory.share(OBJECTS_MAX),
                "some objects that left were not looked into: persons are lower bounds",
            ),
            (
                counted.subjects.is_full(),
                "persons inside objects",
                PERSONS_MAX,
                "there are more persons than are told apart: their numbers are lower bounds",
            ),
        ];
        for (_, name, limit, meaning) in bounds.into_iter().filter(|(is_full, ..)| *is_full) {
            self.limits.push(Limit { name, limit: limit as u64, over: None, meaning });
        }
        self
    }
}
