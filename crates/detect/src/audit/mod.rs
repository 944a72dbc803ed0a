//! What logs fail to record, and what is wrong or dangerous in them.
//!
//! Nothing is judged of requests here, only of the log: which fields it holds, whether its hours and its order are
//! whole, who its clients seem to be, and which secrets stand in it. An [`Audit`] takes in records, takes in what other
//! workers saw, and finishes, as a [`Detector`](crate::Detector) does; its state is integers and sets that are bounded by
//! hash or by place, so that neither threads nor cuts change what is told.

mod forms;
mod gaps;
mod secrets;
mod source;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use accesslog::{Position, Record};

use crate::bounded::Bounded;
use crate::detector::Limit;
use crate::hash::{Key, hash, join};
use crate::memory::{self, Memory};

pub use gaps::Gap;
pub use secrets::{KINDS, Kind, Secret};
pub use source::{FIELDS, FieldOf, Late, SourceAudit};

use secrets::Secrets;
use source::Source;

/// How many distinct lines are counted by the hash of their bytes: beyond it, a fair sample of so many.
const LINES_MAX: usize = 1 << 16;

/// What is seen of the logs.
#[derive(Clone, Debug)]
pub struct Audit {
    key: Key,
    sources: BTreeMap<u32, Source>,
    /// How many bytes all of them take, about.
    sources_bytes: usize,
    /// How often each line stands in the logs, and where first.
    lines: Bounded<Copies>,
    secrets: Secrets,
    memory: Memory,
    workers: usize,
}

/// A line that may stand in the logs more than once.
#[derive(Clone, Copy, Debug)]
struct Copies {
    count: u64,
    first: Position,
    last: Position,
    /// Whether it names its request: then no second request is written so.
    has_id: bool,
}

/// What the logs were found to be.
#[derive(Clone, Debug, Default)]
pub struct Audited {
    /// Each source, by its number.
    pub sources: Vec<SourceAudit>,
    /// The hours that are missing from logs of one kind, in the order of the kinds as given, then of time.
    pub gaps: Vec<Gap>,
    /// Lines that stand more than once.
    pub copies: CopiesAudit,
    /// Secrets and personal data, the most dangerous kind first.
    pub secrets: Vec<Secret>,
    /// The bounds that were reached.
    pub limits: Vec<Limit>,
}

/// How many lines stand in the logs more than once, byte for byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CopiesAudit {
    /// How many distinct lines were counted.
    pub distinct: u64,
    /// How many lines there are beyond the first of each of those.
    pub surplus: u64,
    /// Whether all lines were counted, and not a fair sample of the distinct ones.
    pub is_whole: bool,
    /// The line that stands there most often: how often, and where first.
    pub most: Option<(u64, Position)>,
    /// Those that were delivered twice, and those that may have been.
    pub redelivered: Redelivered,
}

/// How many lines were delivered more than once. They are counted in every figure as often as they stand in the logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Redelivered {
    /// How many lines there are beyond the first of those that name their request by an id: these were.
    pub surely: u64,
    /// How many distinct lines that name no request stand in two sources, and so at times that both have: these may have
    /// been.
    pub perhaps: u64,
    /// The first of either, where it stands first and where last.
    pub example: Option<(Position, Position)>,
}

impl Default for Audit {
    fn default() -> Audit {
        Audit {
            key: Key::default(),
            sources: BTreeMap::new(),
            sources_bytes: 0,
            lines: Bounded::new(LINES_MAX),
            secrets: Secrets::within(Memory::default()),
            memory: Memory::default(),
            workers: 1,
        }
    }
}

impl Audit {
    /// An audit whose hashes are under this key. Only those under one key can be merged.
    pub fn keyed(key: Key) -> Audit {
        Audit { key, ..Audit::default() }
    }

    /// The same, still empty, within some memory that so many workers share. What a source is told by is beside it: a source
    /// has its own bounds, and how many there are strangers have no say in.
    #[must_use]
    pub fn within(self, memory: Memory, workers: usize) -> Audit {
        let (lines, secrets) = (Bounded::new(memory.share(LINES_MAX)), Secrets::within(memory));
        Audit { lines, secrets, memory, workers, ..self }
    }

    /// Whether it holds more than one of the workers may, and is to be handed over.
    pub fn is_heavy(&self) -> bool {
        self.memory.of_worker(self.workers) < self.sources_bytes + self.lines.bytes(0) + self.secrets.bytes()
    }

    /// Hands what was taken in over to another, and goes on without it, dropping what the other would.
    pub fn hand_over(&mut self, to: &mut Audit) {
        memory::hand_over((self, to), Audit::emptied, Audit::merge);
    }

    fn emptied(&self) -> Audit {
        let (lines, secrets) = (self.lines.emptied(), self.secrets.emptied());
        Audit { lines, secrets, memory: self.memory, workers: self.workers, ..Audit::keyed(self.key) }
    }

    /// Takes in a record.
    pub fn observe(&mut self, at: Position, record: &Record<'_>) {
        let _scope = self.key.enter();
        self.at_source(at.source, |source| source.observe(at, record));
        // Two documents may hold the same bytes for a reason, two lines of a source only if both say the same.
        let has_id = record.request_id.is_some();
        let key = join(hash(record.raw), record.time.map_or(0, |time| time.0 as u64));
        if let Some(copies) = self.lines.get_or_insert_with(key, || Copies { count: 0, first: at, last: at, has_id }) {
            copies.add(Copies { count: 1, first: at, last: at, has_id });
        }
        self.secrets.observe(at, record);
    }

    /// Lets a source change. What all take together is known all the time: there may be a hundred thousand of them.
    fn at_source(&mut self, number: u32, change: impl FnOnce(&mut Source)) {
        let (before, source) = match self.sources.entry(number) {
            Entry::Occupied(one) => (one.get().bytes(), one.into_mut()),
            Entry::Vacant(one) => (0, one.insert(Source::default())),
        };
        change(source);
        self.sources_bytes = self.sources_bytes + source.bytes() - before;
    }

    /// Takes in what another worker saw.
    pub fn merge(&mut self, other: Audit) {
        for (number, source) in other.sources {
            self.at_source(number, |mine| mine.merge(source));
        }
        self.lines.merge(other.lines, Copies::add);
        self.secrets.merge(other.secrets);
    }

    /// What the logs were found to be. Each kind is the numbers of sources that hold one stream of requests, such as the
    /// parts of one rotated log: an hour is missing only where none of them has it.
    pub fn finish(mut self, kinds: &[Vec<u32>]) -> Audited {
        self.lines.prune();
        let mut limits = Vec::new();
        let mut limit = |name, is_full: bool, limit: usize, meaning| {
            if is_full {
                limits.push(Limit { name, limit: limit as u64, over: None, meaning });
            }
        };
        limit(
            "distinct lines",
            self.lines.is_full(),
            self.lines.capacity(),
            "copies are told of a fair sample of the lines",
        );
        limit(
            "places of secrets",
            self.secrets.is_full(),
            self.secrets.places_max(),
            "some places of secrets are not told",
        );
        let has_dropped = self.sources.values().any(Source::has_dropped_hours);
        limit("hours of a source", has_dropped, source::HOURS_MAX, "gaps are told of its earliest hours alone");
        let gaps = kinds.iter().enumerate().flat_map(|(kind, numbers)| {
            let hours = numbers.iter().filter_map(|number| self.sources.get(number)).flat_map(Source::hours);
            gaps::gaps(
                kind,
                &hours.fold(BTreeMap::new(), |mut sum, (hour, count)| {
                    *sum.entry(hour).or_default() += count;
                    sum
                }),
            )
        });
        Audited {
            gaps: gaps.collect(),
            copies: copies(&self.lines),
            sources: self.sources.iter().map(|(number, source)| source.finish(*number)).collect(),
            secrets: self.secrets.finish(),
            limits,
        }
    }
}

impl Copies {
    fn add(&mut self, other: Copies) {
        self.count += other.count;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        // Each format alone says whether an id is in a line, and another may have read its copy.
        self.has_id |= other.has_id;
    }
}

fn copies(lines: &Bounded<Copies>) -> CopiesAudit {
    let mut audit = CopiesAudit { is_whole: !lines.is_full(), ..CopiesAudit::default() };
    let mut most: Option<Copies> = None;
    for (_, copies) in lines.iter() {
        audit.distinct += 1;
        audit.surplus += copies.count - 1;
        audit.redelivered.count(copies);
        let is_more = most.is_none_or(|most| {
            (most.count, std::cmp::Reverse(most.first)) < (copies.count, std::cmp::Reverse(copies.first))
        });
        if 1 < copies.count && is_more {
            most = Some(*copies);
        }
    }
    audit.most = most.map(|most| (most.count, most.first));
    audit
}

impl Redelivered {
    fn count(&mut self, copies: &Copies) {
        let is_perhaps = !copies.has_id && copies.first.source != copies.last.source;
        let surely = if copies.has_id { copies.count - 1 } else { 0 };
        self.surely += surely;
        self.perhaps += u64::from(is_perhaps);
        if is_perhaps || 0 < surely {
            let place = (copies.first, copies.last);
            self.example = Some(self.example.map_or(place, |other| other.min(place)));
        }
    }
}

#[cfg(test)]
mod tests;
