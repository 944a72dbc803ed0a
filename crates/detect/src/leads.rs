//! Findings while the log is read: kept whole while they are rare, counted when they are many.
//!
//! Findings that reach for the same kind of thing, from one client, with one kind of reply, share a cell. A cell
//! keeps its first findings and counts the rest; all cells together keep at most as many as there is memory for. Which
//! cells are dropped at that bound follows from their tier (what was answered goes last) and their key, never from when
//! they came, so the state merges exactly: cells only grow, so a cell that is within the bound in the end was within it
//! in every part.
//!
//! What is bounded is memory, and a request may bear far more text than others. So a finding has a *weight*, one for each
//! [`UNIT_BYTES`] that it takes, rounded up to a power of two. Findings that share a cell have one weight: so a cell
//! still only grows, which a sum of the bytes of its first findings would not. No cell may take more than a part of all, so
//! that whoever writes long lines fills no more than whoever writes many.
//!
//! What many clients are answered, or what a parameter is used for, turns out to be ordinary while the log is read, and
//! each worker learns it at another moment. So a finding that may turn out so shares its cell only with those that would
//! turn out so with it: such a cell is whole, or is left out whole in the end.

use std::collections::BTreeMap;

use accesslog::Time;
use serde::{Deserialize, Serialize};

use crate::catalog::Grade;
use crate::finding::Finding;
use crate::hash::{self, join};
use crate::memory::Memory;
use crate::profile::is_answer;
use crate::signal::Way;

/// How many findings are kept in all, by weight.
pub(crate) const FINDINGS_MAX: usize = 1 << 17;

/// Which part of all the findings of one cell are, at most: 4,096 of the usual bound.
const CELL_PART: usize = 32;

/// For how many bytes a finding has a weight of one.
pub(crate) const UNIT_BYTES: usize = 1024;

/// The findings of a log.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Leads {
    cells: BTreeMap<(u8, u64), Cell>,
    /// How much the cells keep at most, by weight.
    max: usize,
    /// How much they keep.
    kept: usize,
    /// How many findings were made that cannot turn out to be ordinary, kept or not.
    certain: u64,
    /// The first cell past the bound; nothing from it on is kept.
    ceiling: Option<(u8, u64)>,
}

/// Findings that are alike.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cell {
    /// How many there are.
    pub(crate) count: u64,
    /// What each of them weighs.
    weight: usize,
    /// Whether they cannot turn out to be ordinary.
    is_certain: bool,
    /// The first and last time.
    pub(crate) span: Option<(Time, Time)>,
    /// The first of them, in the order of their places.
    pub(crate) findings: Vec<Finding>,
}

impl Default for Leads {
    fn default() -> Leads {
        Leads::within(Memory::default())
    }
}

impl Leads {
    /// Those that keep within some memory.
    pub(crate) fn within(memory: Memory) -> Leads {
        Leads { cells: BTreeMap::new(), max: memory.share(FINDINGS_MAX), kept: 0, certain: 0, ceiling: None }
    }

    /// None, that drop what these would.
    pub(crate) fn emptied(&self) -> Leads {
        Leads { cells: BTreeMap::new(), kept: 0, certain: 0, ..*self }
    }

    /// How many bytes they take, at most.
    pub(crate) fn bytes(&self) -> usize {
        self.kept * UNIT_BYTES
    }

    /// How many findings of a weight of one are kept in all.
    pub(crate) fn max(&self) -> usize {
        self.max
    }

    /// Takes in a finding.
    pub(crate) fn add(&mut self, finding: Finding) {
        let (key, weight, is_certain) = key(&finding);
        self.certain += u64::from(is_certain);
        let span = finding.time.map(|time| (time, time));
        self.put(key, Cell { count: 1, weight, is_certain, span, findings: vec![finding] });
        if self.max * 2 <= self.kept {
            self.prune();
        }
    }

    /// Takes in what another worker found.
    pub(crate) fn merge(&mut self, other: Leads) {
        self.certain += other.certain;
        self.ceiling = match (self.ceiling, other.ceiling) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        for (key, cell) in other.cells {
            self.put(key, cell);
        }
        self.prune();
    }

    fn put(&mut self, key: (u8, u64), cell: Cell) {
        if self.ceiling.is_some_and(|ceiling| ceiling <= key) {
            return;
        }
        let max = self.max / CELL_PART;
        let mine = self.cells.entry(key).or_default();
        let before = mine.kept(max);
        mine.merge(cell, max);
        self.kept = self.kept + mine.kept(max) - before;
    }

    /// Drops the cells past the bound.
    pub(crate) fn prune(&mut self) {
        let mut sum = 0;
        let max = self.max / CELL_PART;
        let within = |(key, cell): (&(u8, u64), &Cell)| {
            sum += cell.kept(max);
            (self.max < sum).then_some(*key)
        };
        let over = self.cells.iter().find_map(within);
        self.ceiling = match (self.ceiling, over) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        if let Some(ceiling) = self.ceiling {
            self.cells.split_off(&ceiling);
            self.kept = self.cells.values().map(|cell| cell.kept(max)).sum();
        }
    }

    /// The cells, in the order of their keys.
    pub(crate) fn into_cells(mut self) -> Vec<Cell> {
        self.prune();
        let max = self.max / CELL_PART;
        self.cells.values_mut().for_each(|cell| cell.truncate(max));
        self.cells.into_values().collect()
    }

    /// How many findings are past the bound, and in no cell any more; `None` if there are none.
    ///
    /// Those that might have turned out to be ordinary are not among them: how many of those a worker kept in the first
    /// place depends on when it learnt that.
    pub(crate) fn dropped(&mut self) -> Option<u64> {
        self.prune();
        self.ceiling?;
        let kept: u64 = self.cells.values().filter(|cell| cell.is_certain).map(|cell| cell.count).sum();
        Some(self.certain - kept)
    }
}

impl Cell {
    /// Takes in what is alike, and keeps within a sum of weights.
    fn merge(&mut self, other: Cell, max: usize) {
        self.count += other.count;
        self.weight = self.weight.max(other.weight);
        self.is_certain |= other.is_certain;
        self.span = match (self.span, other.span) {
            (Some((first, last)), Some((earlier, later))) => Some((first.min(earlier), last.max(later))),
            (one, other) => one.or(other),
        };
        self.findings.extend(other.findings);
        // More than there is room for: the bound is enforced seldom, and then in one go.
        let room = self.room(max);
        if room + room / 4 + CELL_SPARE <= self.findings.len() {
            self.truncate(max);
        }
    }

    /// How many findings are kept within a sum of weights.
    fn room(&self, max: usize) -> usize {
        (max / self.weight.max(1)).max(1)
    }

    /// How much the findings that are kept weigh.
    fn kept(&self, max: usize) -> usize {
        self.findings.len().min(self.room(max)) * self.weight
    }

    fn truncate(&mut self, max: usize) {
        if self.room(max) < self.findings.len() {
            self.findings.sort_by_key(|finding| finding.at);
            self.findings.truncate(self.room(max));
        }
    }
}

/// How many findings a cell takes in beyond its bound before that is enforced, at least.
const CELL_SPARE: usize = 4;

/// The tier and the key of the cell that a finding belongs to, what it weighs, and whether it cannot turn out to be ordinary.
fn key(finding: &Finding) -> ((u8, u64), usize, bool) {
    let aim = &finding.evidence[0];
    let is_answered = finding.status.is_none_or(is_answer);
    let tier = match (is_answered, aim.way) {
        (true, Way::Fetch | Way::Read | Way::Document | Way::Select) => 0,
        (true, _) => 1,
        (false, _) => 2,
    };
    let kind = hash::hash(&[aim.signal, u8::from(is_answered), aim.way as u8]);
    let shared = if aim.way == Way::Callout && aim.grade == Grade::Weak {
        Some(finding.param_key(aim))
    } else if aim.grade <= Grade::Fair && finding.status.is_some_and(is_answer) {
        Some(finding.document_key())
    } else {
        None
    };
    let alike = join(shared.unwrap_or(finding.client_key), kind);
    let weight = weight(finding);
    let key = if weight == 1 { alike } else { join(alike, weight as u64) };
    ((tier, key), weight, shared.is_none())
}

/// What a finding weighs: one for each [`UNIT_BYTES`] that it takes, rounded up to a power of two.
pub(crate) fn weight(finding: &Finding) -> usize {
    finding.bytes().div_ceil(UNIT_BYTES).next_power_of_two()
}
