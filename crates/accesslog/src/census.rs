//! What became of every line of a source.
//!
//! `records + faults + blank + directives = lines` holds at any moment, for any source: whoever takes a line
//! adds it to one of the four. A census merges exactly, in any order, so the sums do not depend on how the
//! source was cut among workers.

use serde::{Deserialize, Serialize};

use crate::{Fault, Position, Time, kept};

/// How many faults of a source are kept with their place: the first ones.
pub const FAULTS_KEPT: usize = 20;

/// The count of the lines of one source, by what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Census {
    /// All lines; where records are elements of documents, each element for one.
    pub lines: u64,
    /// Lines that are a record.
    pub records: u64,
    /// Lines that are empty, or blank throughout.
    pub blank: u64,
    /// Lines that speak of the log itself, such as `#Fields:`.
    pub directives: u64,
    /// Bytes of the lines, their ends included, decompressed.
    pub bytes: u64,
    /// The earliest and latest time of a record.
    pub span: Option<(Time, Time)>,
    /// How many records each format gave, by its name, in the order of the names.
    #[serde(with = "kept::counts")]
    pub formats: Vec<(&'static str, u64)>,
    /// How many lines are faults, by what was expected of them, in the order of the phrases.
    #[serde(with = "kept::counts")]
    pub faults: Vec<(&'static str, u64)>,
    /// The first faults, with their places.
    pub first_faults: Vec<FaultAt>,
}

/// A fault and the line it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FaultAt {
    /// The line.
    pub at: Position,
    /// What is wrong with it.
    pub fault: Fault,
}

impl Census {
    /// How many lines are faults.
    pub fn fault_count(&self) -> u64 {
        self.faults.iter().map(|(_, count)| count).sum()
    }

    /// Counts `records` lines that the format of that name read.
    pub fn add_records(&mut self, format: &'static str, records: u64) {
        self.records += records;
        add(&mut self.formats, format, records);
    }

    /// Counts a line that is no record.
    #[cold]
    pub fn add_fault(&mut self, at: Position, fault: Fault) {
        add(&mut self.faults, fault.expected, 1);
        self.first_faults.push(FaultAt { at, fault });
        self.keep_first_faults();
    }

    /// Widens the span of time to hold that instant.
    pub fn add_time(&mut self, time: Time) {
        let (first, last) = self.span.unwrap_or((time, time));
        self.span = Some((first.min(time), last.max(time)));
    }

    /// Takes in what another worker counted of the same source, or of another.
    pub fn merge(&mut self, other: Census) {
        self.lines += other.lines;
        self.records += other.records;
        self.blank += other.blank;
        self.directives += other.directives;
        self.bytes += other.bytes;
        if let Some((first, last)) = other.span {
            self.add_time(first);
            self.add_time(last);
        }
        for (name, count) in other.formats {
            add(&mut self.formats, name, count);
        }
        for (expected, count) in other.faults {
            add(&mut self.faults, expected, count);
        }
        self.first_faults.extend(other.first_faults);
        self.keep_first_faults();
    }

    fn keep_first_faults(&mut self) {
        self.first_faults.sort_unstable();
        self.first_faults.truncate(FAULTS_KEPT);
    }
}

/// Adds to the count of `key` in a list that is sorted by key.
fn add(counts: &mut Vec<(&'static str, u64)>, key: &'static str, more: u64) {
    if more == 0 {
        return;
    }
    match counts.binary_search_by_key(&key, |(key, _)| key) {
        Ok(at) => counts[at].1 += more,
        Err(at) => counts.insert(at, (key, more)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(line: u64, expected: &'static str) -> Census {
        let mut census = Census { lines: 1, ..Census::default() };
        census.add_fault(Position { line, offset: line * 10, ..Position::default() }, Fault { at: 0, expected });
        census
    }

    #[test]
    fn the_first_faults_are_kept_in_whatever_order_they_come() {
        let numbers: Vec<u64> = (1..=50).collect();
        let merged = |order: &mut dyn Iterator<Item = &u64>| {
            order.fold(Census::default(), |mut sum, &line| {
                sum.merge(fault(line, if line % 3 == 0 { "a status" } else { "a time" }));
                sum
            })
        };
        let forward = merged(&mut numbers.iter());
        assert_eq!(forward, merged(&mut numbers.iter().rev()));
        assert_eq!(forward.fault_count(), 50);
        assert_eq!(forward.first_faults.len(), FAULTS_KEPT);
        assert_eq!(forward.first_faults[0].at.line, 1);
        assert_eq!(forward.faults, [("a status", 16), ("a time", 34)]);
    }

    #[test]
    fn two_merge_to_the_sum_of_both() {
        let of = |factor: u64, times: [i64; 2]| {
            let mut census = Census {
                lines: 17 * factor,
                blank: 3 * factor,
                directives: 2 * factor,
                bytes: 900 * factor,
                ..Census::default()
            };
            census.add_records("combined", 5 * factor);
            census.add_records("common", 7 * factor);
            census.add_records("caddy_json", 0);
            times.into_iter().for_each(|time| census.add_time(Time(time)));
            census
        };
        let (one, other) = (of(1, [30, 20]), of(10, [25, 40]));
        let mut both = one.clone();
        both.merge(other.clone());
        assert_eq!((both.lines, both.records, both.blank, both.directives, both.bytes), (187, 132, 33, 22, 9_900));
        assert_eq!(both.formats, [("combined", 55), ("common", 77)], "a format that read nothing is not named");
        assert_eq!(both.span, Some((Time(20), Time(40))));
        let mut reversed = other;
        reversed.merge(one);
        assert_eq!(reversed, both);
        let mut alone = both.clone();
        alone.merge(Census::default());
        assert_eq!(alone, both, "an empty one changes nothing");
    }
}
