//! The lines of a second pass: the first of them, as many as there is memory for.
//!
//! Lines are kept in the order of their places for as long as the sum of their weights is within the bound. What stands
//! before a line only grows where states are merged; so a line that is within the bound in the end was so in every part.

use accesslog::Position;
use serde::{Deserialize, Serialize};

use crate::finding::Finding;
use crate::leads::{UNIT_BYTES, weight};
use crate::memory::Memory;

/// How many lines of a weight of one are kept.
const TRACES_MAX: usize = 1 << 17;

/// The lines of a second pass.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Traces {
    lines: Vec<Finding>,
    /// How much is kept at most, and how much is, by weight.
    max: usize,
    kept: usize,
    /// The first line past the bound; nothing from it on is kept.
    end: Option<Position>,
    /// How many lines there were.
    seen: u64,
}

impl Default for Traces {
    fn default() -> Traces {
        Traces::within(Memory::default())
    }
}

impl Traces {
    /// Those that keep within some memory.
    pub(crate) fn within(memory: Memory) -> Traces {
        Traces { lines: Vec::new(), max: memory.share(TRACES_MAX), kept: 0, end: None, seen: 0 }
    }

    /// None, that drop what these would.
    pub(crate) fn emptied(&self) -> Traces {
        Traces { lines: Vec::new(), kept: 0, seen: 0, ..*self }
    }

    /// How many bytes they take, at most.
    pub(crate) fn bytes(&self) -> usize {
        self.kept * UNIT_BYTES
    }

    /// Whether a line of that place is past the bound, whatever it holds; then it is counted alone.
    pub(crate) fn is_past(&mut self, at: Position) -> bool {
        let is_past = self.end.is_some_and(|end| end <= at);
        self.seen += u64::from(is_past);
        is_past
    }

    /// Takes in a line.
    pub(crate) fn add(&mut self, line: Finding) {
        self.seen += 1;
        self.put(line);
        if self.max * 2 <= self.kept {
            self.prune();
        }
    }

    /// Takes in what another worker kept.
    pub(crate) fn merge(&mut self, other: Traces) {
        self.seen += other.seen;
        self.end = self.end.into_iter().chain(other.end).min();
        other.lines.into_iter().for_each(|line| self.put(line));
        self.prune();
    }

    fn put(&mut self, line: Finding) {
        if self.end.is_none_or(|end| line.at < end) {
            self.kept += weight(&line);
            self.lines.push(line);
        }
    }

    /// Drops the lines past the bound.
    fn prune(&mut self) {
        if self.kept <= self.max && self.end.is_none() {
            return;
        }
        self.lines.sort_by_key(|line| line.at);
        let mut sum = 0;
        let is_within = |line: &Finding| {
            let is_within = sum + weight(line) <= self.max && self.end.is_none_or(|end| line.at < end);
            sum += if is_within { weight(line) } else { 0 };
            is_within
        };
        let within = self.lines.iter().map(is_within).take_while(|is_within| *is_within).count();
        if let Some(over) = self.lines.get(within) {
            self.end = Some(over.at);
            self.lines.truncate(within);
        }
        self.kept = sum;
    }

    /// The bound, and how many lines are past it; `None` where there are none.
    pub(crate) fn over(&mut self) -> Option<(u64, u64)> {
        self.prune();
        let over = self.seen - self.lines.len() as u64;
        (0 < over).then_some((self.max as u64, over))
    }

    /// The lines, none of them past the bound.
    pub(crate) fn into_lines(mut self) -> Vec<Finding> {
        self.prune();
        self.lines
    }
}
