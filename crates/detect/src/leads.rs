//! Findings while the log is read: kept whole while they are rare, counted when they are many.
//!
//! Findings that reach for the same kind of thing, from one client, with one kind of reply, share a cell. A cell
//! keeps its first findings and counts the rest; all cells together keep at most [`FINDINGS_MAX`]. Which cells are
//! dropped at that bound follows from their tier (what was answered goes last) and their key, never from when they
//! came, so the state merges exactly: cells only grow, so a cell that is within the bound in the end was within it
//! in every part.
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
use crate::profile::is_answer;
use crate::signal::Way;

/// How many findings are kept in all.
pub(crate) const FINDINGS_MAX: usize = 1 << 17;

/// How many findings of one cell are kept.
pub(crate) const CELL_FINDINGS_MAX: usize = 4096;

/// The findings of a log.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Leads {
    cells: BTreeMap<(u8, u64), Cell>,
    /// How many findings the cells keep.
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
    /// Whether they cannot turn out to be ordinary.
    is_certain: bool,
    /// The first and last time.
    pub(crate) span: Option<(Time, Time)>,
    /// The first of them, in the order of their places.
    pub(crate) findings: Vec<Finding>,
}

impl Leads {
    /// Takes in a finding.
    pub(crate) fn add(&mut self, finding: Finding) {
        let (key, is_certain) = key(&finding);
        self.certain += u64::from(is_certain);
        let cell = Cell { count: 1, is_certain, span: finding.time.map(|time| (time, time)), findings: vec![finding] };
        self.put(key, cell);
        if FINDINGS_MAX * 2 <= self.kept {
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
        let mine = self.cells.entry(key).or_default();
        let before = mine.kept();
        mine.merge(cell);
        self.kept = self.kept + mine.kept() - before;
    }

    /// Drops the cells past the bound.
    pub(crate) fn prune(&mut self) {
        let mut sum = 0;
        let within = |(key, cell): (&(u8, u64), &Cell)| {
            sum += cell.kept();
            (FINDINGS_MAX < sum).then_some(*key)
        };
        let over = self.cells.iter().find_map(within);
        self.ceiling = match (self.ceiling, over) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        if let Some(ceiling) = self.ceiling {
            self.cells.split_off(&ceiling);
            self.kept = self.cells.values().map(Cell::kept).sum();
        }
    }

    /// The cells, in the order of their keys.
    pub(crate) fn into_cells(mut self) -> Vec<Cell> {
        self.prune();
        self.cells.values_mut().for_each(Cell::truncate);
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
    fn merge(&mut self, other: Cell) {
        self.count += other.count;
        self.is_certain |= other.is_certain;
        self.span = match (self.span, other.span) {
            (Some((first, last)), Some((earlier, later))) => Some((first.min(earlier), last.max(later))),
            (one, other) => one.or(other),
        };
        self.findings.extend(other.findings);
        // Twice the room: the bound is enforced seldom, and then in one go.
        if CELL_FINDINGS_MAX * 2 <= self.findings.len() {
            self.truncate();
        }
    }

    /// How many findings count as kept.
    fn kept(&self) -> usize {
        self.findings.len().min(CELL_FINDINGS_MAX)
    }

    fn truncate(&mut self) {
        self.findings.sort_by_key(|finding| finding.at);
        self.findings.truncate(CELL_FINDINGS_MAX);
    }
}

/// The tier and the key of the cell that a finding belongs to, and whether it cannot turn out to be ordinary.
fn key(finding: &Finding) -> ((u8, u64), bool) {
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
    ((tier, join(shared.unwrap_or(finding.client_key), kind)), shared.is_none())
}
