//! A question asked of the logs by a person: everything that these clients, keys or routes did, and who else.
//!
//! Nothing is judged here. A [`Question`] says which records are asked for: of each kind that is given, one value must
//! fit. A [`Trail`] counts them in one pass: what left, hour by hour, and by whom. A second pass, of [`Others`], asks
//! the reverse: who beside them had the same address, agent, key or object. Both merge as every state here does.

mod room;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use accesslog::{Record, Time};
use hashbrown::{HashMap, HashSet};

use crate::actors::Actors;
use crate::bounded::Bounded;
use crate::decode;
use crate::hash::{self, Key, join};
use crate::impact::{Impact, Item, Tally, of_call};
use crate::keys;
use crate::memory::Memory;
use crate::outcome::Outcome;
use crate::request::target_of;
use crate::route::route;
use crate::target::Target;
use crate::tracer::of_status;

/// How many hours are told apart, as all bounds here at a gibibyte; the earliest are kept.
const HOURS_MAX: usize = 1 << 16;

/// How many distinct values of each kind are counted.
const VALUES_MAX: usize = 1 << 16;

/// How many values of each kind are asked about in a second pass, the busiest first.
pub const PIVOTS_MAX: usize = 20;

/// How many other clients of a value are told apart.
const OTHERS_MAX: usize = 1 << 12;

/// How much of a value is kept, in bytes. It is told from others by all of it.
const TEXT_BYTES_MAX: usize = 256;

const HOUR_NANOS: i64 = 3_600 * 1_000_000_000;

/// What is asked for. A kind without values asks nothing; `*` in a value stands for any text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// The client as written.
    pub clients: Vec<Vec<u8>>,
    /// Who acted in an incident; whoever else fits the kinds that follow is not asked for.
    pub actors: Actors,
    /// The agent.
    pub agents: Vec<Vec<u8>>,
    /// The id of the access key that signed.
    pub keys: Vec<Vec<u8>>,
    /// The principal, or the user.
    pub principals: Vec<Vec<u8>>,
    /// The path, from its beginning.
    pub routes: Vec<Vec<u8>>,
    /// Bucket, slash and key of an object of a storage service, from its beginning.
    pub objects: Vec<Vec<u8>>,
    /// The value of a parameter, percent-encoding undone.
    pub values: Vec<Vec<u8>>,
}

impl Question {
    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        *self == Question::default()
    }

    /// Whether a record is asked for.
    pub fn asks_for(&self, record: &Record<'_>) -> bool {
        let is = |wanted: &[Vec<u8>], values: &[Option<&[u8]>]| {
            wanted.is_empty()
                || values.iter().flatten().any(|value| {
                    let value = record.escape.undo(value);
                    wanted.iter().any(|wanted| fits(wanted, &value))
                })
        };
        let cloud = record.cloud.unwrap_or_default();
        (self.actors.is_empty() || self.actors.hold(record))
            && is(&self.clients, &[record.client])
            && is(&self.agents, &[record.agent])
            && is(&self.keys, &[cloud.access_key_id])
            && is(&self.principals, &[cloud.principal, record.user])
            && self.asks_for_object(record)
            && self.asks_for_target(record)
    }

    fn asks_for_object(&self, record: &Record<'_>) -> bool {
        self.objects.is_empty()
            || stored(record).is_some_and(|object| self.objects.iter().any(|wanted| begins(wanted, &object)))
    }

    fn asks_for_target(&self, record: &Record<'_>) -> bool {
        if self.routes.is_empty() && self.values.is_empty() {
            return true;
        }
        let text = target_of(record);
        let target = Target::new(&text);
        let has_value = || {
            target.params().any(|param| {
                let value = decode::percent(param.value).map_or(Cow::Borrowed(param.value), Cow::Owned);
                self.values.iter().any(|wanted| fits(wanted, &value))
            })
        };
        (self.routes.is_empty() || self.routes.iter().any(|wanted| begins(wanted, target.path)))
            && (self.values.is_empty() || has_value())
    }
}

/// Whether a text is what is wanted, `*` standing for any text.
fn fits(wanted: &[u8], text: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    // Where to go on should the text not fit: behind the last star, and one byte further.
    let mut last: Option<(usize, usize)> = None;
    while from < text.len() {
        match wanted.get(at) {
            Some(b'*') => {
                last = Some((at + 1, from));
                at += 1;
            }
            Some(byte) if *byte == text[from] => (at, from) = (at + 1, from + 1),
            _ => match last {
                Some((star, begin)) => {
                    last = Some((star, begin + 1));
                    (at, from) = (star, begin + 1);
                }
                None => return false,
            },
        }
    }
    wanted[at..].iter().all(|byte| *byte == b'*')
}

/// Whether a text begins with what is wanted; as a whole, where that has a star.
fn begins(wanted: &[u8], text: &[u8]) -> bool {
    if wanted.contains(&b'*') { fits(wanted, text) } else { text.starts_with(wanted) }
}

/// Bucket and key of an object of a storage service.
fn stored(record: &Record<'_>) -> Option<Vec<u8>> {
    let cloud = record.cloud?;
    Some([&record.escape.undo(cloud.bucket?), &b"/"[..], &record.escape.undo(cloud.key?)].concat())
}

/// What a person goes on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A client.
    Client,
    /// An agent.
    Agent,
    /// The id of an access key.
    Key,
    /// A principal or user.
    Principal,
    /// An object: bucket and key, or a path.
    Object,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 5] = [Kind::Client, Kind::Agent, Kind::Key, Kind::Principal, Kind::Object];

    /// The name to show.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Client => "client",
            Kind::Agent => "agent",
            Kind::Key => "key",
            Kind::Principal => "principal",
            Kind::Object => "object",
        }
    }

    fn of<'r>(self, record: &Record<'r>) -> Option<Cow<'r, [u8]>> {
        let cloud = record.cloud.unwrap_or_default();
        let field = match self {
            Kind::Client => record.client,
            Kind::Agent => record.agent,
            Kind::Key => cloud.access_key_id,
            Kind::Principal => cloud.principal.or(record.user),
            Kind::Object => return object_of(record),
        };
        field.map(|value| record.escape.undo(value))
    }

    fn key(self, value: &[u8]) -> u64 {
        join(self as u64, hash::hash(value))
    }
}

fn object_of<'r>(record: &Record<'r>) -> Option<Cow<'r, [u8]>> {
    if let Some(object) = stored(record) {
        return Some(Cow::Owned(object));
    }
    let target = target_of(record);
    let path = Target::new(&target).path;
    (!path.is_empty()).then(|| Cow::Owned(path.to_vec()))
}

/// What a record got, as far as its status tells: in a trace what it is in the count of an incident. A part of an object
/// (status 206) left, and its bytes with it.
pub fn outcome_of(record: &Record<'_>) -> Outcome {
    match record.cloud {
        Some(_) => of_call(record.status, keys::is_allowed(record)),
        None => of_status(record.status),
    }
}

/// How many requests there were, by what they got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Requests.
    pub requests: u64,
    /// Those that got what they asked for.
    pub successes: u64,
    /// Those that may have.
    pub unknown: u64,
    /// The bytes that left by those that did.
    pub bytes: u64,
}

impl Count {
    fn add(&mut self, record: &Record<'_>, outcome: Outcome) {
        self.requests += 1;
        self.unknown += u64::from(outcome == Outcome::Unknown);
        if outcome == Outcome::Success {
            self.successes += 1;
            self.bytes = self.bytes.saturating_add(record.bytes.unwrap_or(0));
        }
    }

    fn merge(&mut self, other: Count) {
        self.requests += other.requests;
        self.successes += other.successes;
        self.unknown += other.unknown;
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

/// A value that a record that was asked for has.
#[derive(Clone, Debug)]
struct Value {
    kind: Kind,
    text: Box<[u8]>,
    requests: u64,
}

/// What was asked for, counted.
#[derive(Clone, Debug)]
pub struct Trail {
    key: Key,
    question: Arc<Question>,
    total: Count,
    undated: u64,
    hours: Bounded<Count>,
    values: [Bounded<Value>; Kind::ALL.len()],
    tally: Tally,
    memory: Memory,
    workers: usize,
}

impl Trail {
    /// An empty trail of a question.
    pub fn of(key: Key, question: Arc<Question>) -> Trail {
        let values = Kind::ALL.map(|_| Bounded::new(VALUES_MAX));
        let (total, undated, hours) = (Count::default(), 0, Bounded::new(HOURS_MAX));
        let (memory, workers) = (Memory::default(), 1);
        Trail { key, question, total, undated, hours, values, tally: Tally::default(), memory, workers }
    }

    /// Takes in a record.
    pub fn observe(&mut self, record: &Record<'_>) {
        if !self.question.asks_for(record) {
            return;
        }
        let _scope = self.key.enter();
        let outcome = outcome_of(record);
        self.total.add(record, outcome);
        match record.time {
            // The sign is turned, so that the order of keys is that of hours.
            Some(time) => {
                let hour = (time.0.div_euclid(HOUR_NANOS) as u64) ^ (1 << 63);
                if let Some(count) = self.hours.get_or_insert_with(hour, Count::default) {
                    count.add(record, outcome);
                }
            }
            None => self.undated += 1,
        }
        for (kind, values) in Kind::ALL.into_iter().zip(&mut self.values) {
            let Some(text) = kind.of(record) else { continue };
            let make = || Value { kind, text: beginning(&text), requests: 0 };
            if let Some(value) = values.get_or_insert_with(kind.key(&text), make) {
                value.requests += 1;
            }
        }
        let item = match record.cloud {
            Some(_) => Item::of_call(record, keys::is_allowed(record)),
            None => {
                let target = target_of(record);
                Some(Item::of_web(&target, route(Target::new(&target).path), record, outcome))
            }
        };
        if let Some(item) = item {
            self.tally.add(0, item);
        }
    }

    /// Takes in what another worker saw.
    pub fn merge(&mut self, other: Trail) {
        self.total.merge(other.total);
        self.undated += other.undated;
        self.hours.merge(other.hours, Count::merge_into);
        for (mine, other) in self.values.iter_mut().zip(other.values) {
            mine.merge(other, |mine, other| mine.requests += other.requests);
        }
        self.tally.merge(other.tally);
    }

    /// The second question: who else has the busiest values of each kind.
    pub fn others(&mut self) -> Others {
        self.values.iter_mut().for_each(Bounded::prune);
        let _scope = self.key.enter();
        let mut watched = Watched { key: self.key, question: Arc::clone(&self.question), ..Watched::default() };
        for values in &self.values {
            let mut values: Vec<(u64, &Value)> = values.iter().collect();
            values.sort_by(|(key, one), (other_key, other)| {
                (other.requests, &one.text, key).cmp(&(one.requests, &other.text, other_key))
            });
            for (key, value) in values.into_iter().take(PIVOTS_MAX) {
                watched.places.insert(key, watched.values.len());
                watched.values.push(value.clone());
            }
        }
        let seen = watched.values.iter().map(|_| Seen::within(self.memory)).collect();
        Others { watched: Arc::new(watched), seen, memory: self.memory, workers: self.workers }
    }

    /// What it came to, with who else there was.
    pub fn finish(mut self, others: Others) -> Trace {
        self.hours.prune();
        self.tally.prune();
        self.values.iter_mut().for_each(Bounded::prune);
        let hours = self.hours.iter().map(|(hour, count)| {
            let hour = (hour ^ (1 << 63)) as i64;
            (Time(hour.saturating_mul(HOUR_NANOS)), *count)
        });
        let (places, objects) = self.tally.is_full();
        let full = [
            (self.hours.is_full(), "hours"),
            (self.values.iter().any(Bounded::is_full), "values to go on from"),
            (places, "places and months"),
            (objects, "distinct objects"),
        ];
        Trace {
            hours_max: self.hours.capacity() as u64,
            values_max: self.values[0].capacity() as u64,
            total: self.total,
            undated: self.undated,
            hours: hours.collect(),
            distinct: Kind::ALL.map(|kind| self.values[kind as usize].iter().count() as u64),
            impact: self.tally.of_stories(&HashSet::from_iter([0])),
            pivots: others.finish(),
            limits_reached: full.into_iter().filter(|(is, _)| *is).map(|(_, name)| name).collect(),
        }
    }
}

impl Count {
    fn merge_into(mine: &mut Count, other: Count) {
        mine.merge(other);
    }
}

/// What a trail came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// All that was asked for.
    pub total: Count,
    /// How many of that bear no time.
    pub undated: u64,
    /// By the beginning of each hour.
    pub hours: BTreeMap<Time, Count>,
    /// How many distinct values of each kind there are, in the order of [`Kind::ALL`]; at most `values_max`.
    pub distinct: [u64; Kind::ALL.len()],
    /// What left, by route or prefix and month.
    pub impact: Vec<Impact>,
    /// What to go on from.
    pub pivots: Vec<Pivot>,
    /// The bounds that were reached, by what they bound.
    pub limits_reached: Vec<&'static str>,
    /// How many hours are told apart at most.
    pub hours_max: u64,
    /// How many values of each kind.
    pub values_max: u64,
}

/// A value to go on from, and who else has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pivot {
    /// What it is.
    pub kind: Kind,
    /// The value.
    pub value: Box<[u8]>,
    /// How many of the requests that were asked for have it.
    pub requests: u64,
    /// How many others have it.
    pub others: Count,
    /// The clients of those, the busiest first, and how many requests each made.
    pub clients: Vec<(Box<[u8]>, u64)>,
    /// How many such clients there are, at least.
    pub client_count: u64,
    /// Whether there may be more.
    pub is_cut: bool,
}

/// What is kept of a value.
fn beginning(text: &[u8]) -> Box<[u8]> {
    text[..text.len().min(TEXT_BYTES_MAX)].into()
}

/// The values that are watched for, shared by all workers.
#[derive(Clone, Debug, Default)]
struct Watched {
    key: Key,
    question: Arc<Question>,
    places: HashMap<u64, usize>,
    values: Vec<Value>,
}

#[derive(Clone, Debug)]
struct Seen {
    count: Count,
    clients: Bounded<(Box<[u8]>, u64)>,
}

/// Who else has the values of a trail.
#[derive(Clone, Debug)]
pub struct Others {
    watched: Arc<Watched>,
    seen: Vec<Seen>,
    memory: Memory,
    workers: usize,
}

impl Others {
    /// Takes in a record.
    pub fn observe(&mut self, record: &Record<'_>) {
        let _scope = self.watched.key.enter();
        let mut is_asked_for = None;
        for kind in Kind::ALL {
            let Some(text) = kind.of(record) else { continue };
            let Some(&place) = self.watched.places.get(&kind.key(&text)) else { continue };
            if *is_asked_for.get_or_insert_with(|| self.watched.question.asks_for(record)) {
                return;
            }
            let seen = &mut self.seen[place];
            seen.count.add(record, outcome_of(record));
            let client = record.escape.undo(record.client.unwrap_or_default());
            let make = || (beginning(&client), 0);
            if let Some((_, requests)) = seen.clients.get_or_insert_with(hash::hash(&client), make) {
                *requests += 1;
            }
        }
    }

    /// Takes in what another worker saw.
    pub fn merge(&mut self, other: Others) {
        for (mine, other) in self.seen.iter_mut().zip(other.seen) {
            mine.count.merge(other.count);
            mine.clients.merge(other.clients, |mine, other| mine.1 += other.1);
        }
    }

    fn finish(self) -> Vec<Pivot> {
        let pivot = |(value, mut seen): (&Value, Seen)| {
            seen.clients.prune();
            let mut clients: Vec<(Box<[u8]>, u64)> = seen.clients.iter().map(|(_, client)| client.clone()).collect();
            clients.sort_by(|one, other| (other.1, &one.0).cmp(&(one.1, &other.0)));
            let (client_count, is_cut) = (clients.len() as u64, seen.clients.is_full());
            clients.truncate(PIVOTS_MAX);
            let (kind, value, requests) = (value.kind, value.text.clone(), value.requests);
            Pivot { kind, value, requests, others: seen.count, clients, client_count, is_cut }
        };
        self.watched.values.iter().zip(self.seen).map(pivot).collect()
    }
}

#[cfg(test)]
mod tests;
