//! What one role did from one network: sums and sets that merge exactly.

use accesslog::{Position, Record, Time};
use serde::{Deserialize, Serialize};

use super::tool::Tool;
use super::{Caller, Kind};
use crate::hash::{self, join};
use crate::profile::is_answer;

/// How many different things of a kind a cell remembers: those of the smallest hashes.
const DISTINCT_MAX: usize = 24;

/// One hour in nanoseconds.
const HOUR_NANOS: i64 = 3_600 * 1_000_000_000;

/// For how many secrets a call for many stands, at least.
const BATCH: u32 = 8;

/// One day in nanoseconds.
const DAY_NANOS: i64 = 86_400 * 1_000_000_000;

/// What one role did from one network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Use {
    pub(crate) role_key: u64,
    pub(crate) network_key: u64,
    pub(crate) is_machine: bool,
    pub(crate) is_user: bool,
    pub(crate) is_private: bool,
    /// The time and the place of the first use.
    pub(crate) first: (Option<Time>, Position),
    /// The last time.
    pub(crate) last: Option<Time>,
    /// One bit for each day, modulo 64.
    pub(crate) days: u64,
    /// One bit for each hour, modulo 64.
    pub(crate) hours: u64,
    /// The calls that were allowed, by kind.
    pub(crate) allowed: [u32; Kind::COUNT],
    /// The calls that were refused.
    pub(crate) refused: u32,
    /// How many secrets were asked for, allowed or not; a call for many counts as [`BATCH`].
    pub(crate) secrets: u32,
    /// What was read, in bytes.
    pub(crate) bytes: u64,
    pub(crate) is_for_hands: bool,
    pub(crate) is_for_attacks: bool,
    /// Tools, operations, regions, prefixes of objects and keys, by their hashes.
    pub(crate) tools: Distinct,
    pub(crate) operations: Distinct,
    pub(crate) regions: Distinct,
    pub(crate) prefixes: Distinct,
    pub(crate) keys: Distinct,
}

impl Use {
    /// How many bytes it takes outside of its place, at most: tools, operations, regions, prefixes and keys.
    pub(crate) const BYTES_MAX: usize = 5 * DISTINCT_MAX.next_power_of_two() * size_of::<u64>();

    pub(crate) fn new(caller: &Caller) -> Use {
        Use {
            role_key: caller.role_key,
            network_key: caller.network_key,
            is_machine: false,
            is_user: caller.is_user,
            is_private: caller.is_private,
            first: (None, Position { source: u32::MAX, ..Position::default() }),
            last: None,
            days: 0,
            hours: 0,
            allowed: [0; Kind::COUNT],
            refused: 0,
            secrets: 0,
            bytes: 0,
            is_for_hands: false,
            is_for_attacks: false,
            tools: Distinct::default(),
            operations: Distinct::default(),
            regions: Distinct::default(),
            prefixes: Distinct::default(),
            keys: Distinct::default(),
        }
    }

    pub(crate) fn add(&mut self, at: Position, record: &Record<'_>, caller: &Caller) {
        let cloud = record.cloud.unwrap_or_default();
        let operation = cloud.operation.unwrap_or_default();
        let kind = Kind::of(operation, record.raw);
        let is_allowed = is_allowed(record);
        self.is_machine |= caller.is_machine;
        if is_allowed {
            self.allowed[kind as usize] = self.allowed[kind as usize].saturating_add(1);
        } else {
            self.refused = self.refused.saturating_add(1);
        }
        if kind == Kind::ReadSecrets {
            let count = if operation.starts_with(b"Batch") { BATCH } else { 1 };
            self.secrets = self.secrets.saturating_add(count);
        }
        if kind == Kind::Read && is_allowed {
            self.bytes = self.bytes.saturating_add(record.bytes.unwrap_or(0));
        }
        if let Some(time) = record.time {
            self.days |= 1 << time.day().rem_euclid(64);
            self.hours |= 1 << (time.0.div_euclid(HOUR_NANOS)).rem_euclid(64);
            self.last = self.last.max(Some(time));
        }
        if is_before((record.time, at), self.first) {
            self.first = (record.time, at);
        }
        let tool = Tool::of(record.agent);
        self.is_for_hands |= tool.is_for_hands;
        self.is_for_attacks |= tool.is_for_attacks;
        self.tools.add(tool.key);
        self.operations.add(hash::hash(operation));
        if let Some(region) = cloud.region {
            self.regions.add(hash::hash(region));
        }
        if let (Some(bucket), Some(key)) = (cloud.bucket, cloud.key) {
            let end = memchr::memchr2(b'/', b'%', key).unwrap_or(0);
            self.prefixes.add(join(hash::hash(bucket), hash::hash(&key[..end])));
        }
        // The key of a session is made for one place; a long-lived one may be in many.
        if let Some(key) = cloud.access_key_id.filter(|key| key.starts_with(b"ASIA")) {
            self.keys.add(hash::hash(key));
        }
    }

    pub(crate) fn merge(&mut self, other: Use) {
        self.is_machine |= other.is_machine;
        if is_before(other.first, self.first) {
            self.first = other.first;
        }
        self.last = self.last.max(other.last);
        self.days |= other.days;
        self.hours |= other.hours;
        self.allowed.iter_mut().zip(other.allowed).for_each(|(mine, other)| *mine = mine.saturating_add(other));
        self.refused = self.refused.saturating_add(other.refused);
        self.secrets = self.secrets.saturating_add(other.secrets);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.is_for_hands |= other.is_for_hands;
        self.is_for_attacks |= other.is_for_attacks;
        self.tools.merge(other.tools);
        self.operations.merge(other.operations);
        self.regions.merge(other.regions);
        self.prefixes.merge(other.prefixes);
        self.keys.merge(other.keys);
    }

    /// How many calls of a kind were allowed.
    pub(crate) fn of(&self, kind: Kind) -> u32 {
        self.allowed[kind as usize]
    }

    /// How many calls that only look around were allowed.
    pub(crate) fn looks(&self) -> u32 {
        self.of(Kind::Look) + self.of(Kind::ListSecrets)
    }

    /// How many days lie between the first use and the last, both included.
    pub(crate) fn span_days(&self) -> u32 {
        let span = self.first.0.zip(self.last).map_or(0, |(first, last)| last.0.saturating_sub(first.0));
        u32::try_from(span / DAY_NANOS).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// How many days it was used on; of a use of more than 64 days, 64 at most.
    pub(crate) fn day_count(&self) -> u32 {
        self.days.count_ones()
    }
}

/// A time that is known is before one that is not.
fn is_before(one: (Option<Time>, Position), other: (Option<Time>, Position)) -> bool {
    (one.0.is_none(), one) < (other.0.is_none(), other)
}

/// Whether a call was allowed: no error, and where there is a status, one of an answer.
pub(crate) fn is_allowed(record: &Record<'_>) -> bool {
    record.cloud.is_some_and(|cloud| cloud.error.is_none())
        && record.status.is_none_or(|status| is_answer(status) || status == 304)
}

/// Different hashes: the smallest of all that were added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Distinct(Vec<u64>);

impl Distinct {
    pub(crate) fn add(&mut self, hash: u64) {
        if let Err(place) = self.0.binary_search(&hash)
            && place < DISTINCT_MAX
        {
            self.0.insert(place, hash);
            self.0.truncate(DISTINCT_MAX);
        }
    }

    pub(crate) fn merge(&mut self, other: Distinct) {
        other.0.into_iter().for_each(|hash| self.add(hash));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing in it is in the other.
    pub(crate) fn is_apart_from(&self, other: &Distinct) -> bool {
        self.0.iter().all(|hash| other.0.binary_search(hash).is_err())
    }

    /// How many of it are not in the other.
    pub(crate) fn new_beside(&self, other: &Distinct) -> usize {
        self.0.iter().filter(|hash| other.0.binary_search(hash).is_err()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_are_kept_however_they_came() {
        let hashes: Vec<u64> = (0..200_u64).map(|n| hash::hash(&n.to_le_bytes())).collect();
        let mut whole = Distinct::default();
        hashes.iter().for_each(|hash| whole.add(*hash));
        let (mut one, mut two) = (Distinct::default(), Distinct::default());
        hashes.iter().rev().step_by(2).for_each(|hash| one.add(*hash));
        hashes.iter().step_by(2).for_each(|hash| two.add(*hash));
        two.merge(one);
        assert_eq!(whole, two);
        assert_eq!(whole.len(), DISTINCT_MAX);
    }
}
