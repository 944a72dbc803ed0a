//! Replies of a size that a route hardly ever gives, and who got them.
//!
//! A request whose payload is not in the log (a body, a header, a redirect) still gets an answer, and a document of
//! keys has another size than what the route answers otherwise. A reply of a rare size is kept, with the client that
//! got it, while no more than [`RARE_MAX`] have that size on that route; beyond that the size is usual and its cell
//! keeps a count alone. So rare stays rare under merging: a cell is whole or it is common.

use accesslog::{Position, Time};
use serde::{Deserialize, Serialize};

use crate::bounded::Bounded;
use crate::hash::join;
use crate::kept;
use crate::memory::Memory;
use crate::profile::Sizes;
use crate::sighting::Sighting;

/// How many replies of one size, by bucket, on one route may be called rare.
pub(crate) const RARE_MAX: usize = 32;

/// The count at which a size is common; nothing is counted beyond it.
pub(crate) const COMMON: u32 = RARE_MAX as u32 + 1;

/// How many pairs of route and size are kept.
pub(crate) const ODD_MAX: usize = 1 << 16;

/// The sizes that a document of keys can have, in bytes, wrapped or not: beyond them nothing is kept.
///
/// Whole buckets, so that what a route's histogram counts of a size is what is counted here.
pub(crate) const DOCUMENT_BYTES: std::ops::Range<u64> = 176..6_144;

/// Replies of rare sizes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OddReplies {
    pub(crate) cells: Bounded<Cell>,
}

/// The replies of one size, by bucket, on one route.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cell {
    /// How many there are, up to one more than is rare.
    pub(crate) count: u32,
    /// The route.
    pub(crate) route: u64,
    /// The bucket of the size.
    #[serde(deserialize_with = "kept::bucket")]
    pub(crate) bucket: usize,
    /// The replies, while they are rare.
    pub(crate) replies: Vec<Reply>,
}

/// A reply of a rare size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Reply {
    /// Where its request stands.
    pub(crate) at: Position,
    /// When it was.
    pub(crate) time: Option<Time>,
    /// The hash of the client.
    pub(crate) client: u64,
    /// Its size in bytes.
    pub(crate) bytes: u64,
}

impl Default for OddReplies {
    fn default() -> OddReplies {
        OddReplies::within(Memory::default())
    }
}

/// How many bytes a cell takes outside of its table, at most.
const CELL_BYTES: usize = RARE_MAX * size_of::<Reply>();

impl OddReplies {
    /// Those that keep within some memory.
    pub(crate) fn within(memory: Memory) -> OddReplies {
        OddReplies { cells: Bounded::new(memory.share(ODD_MAX)) }
    }

    /// None, that drop what these would.
    pub(crate) fn emptied(&self) -> OddReplies {
        OddReplies { cells: self.cells.emptied() }
    }

    /// How many bytes they take, at most.
    pub(crate) fn bytes(&self) -> usize {
        self.cells.bytes(CELL_BYTES)
    }

    /// Enforces the bound, so that equal contents have equal states.
    pub(crate) fn settle(&mut self) {
        self.cells.prune();
    }

    /// Takes in one request, of a size that is not known to be common on its route: see
    /// [`is_common`](crate::profile::Sizes::is_common).
    pub(crate) fn observe(&mut self, seen: &Sighting) {
        let Sighting { at, time, client, route, .. } = *seen;
        let Some(bytes) = seen.bytes.filter(|bytes| DOCUMENT_BYTES.contains(bytes)) else { return };
        if seen.answer().is_none() {
            return;
        }
        let bucket = Sizes::bucket(bytes);
        let Some(cell) = self.cells.get_or_insert_with(join(route.key, bucket as u64), Cell::default) else { return };
        (cell.route, cell.bucket) = (route.key, bucket);
        cell.count = (cell.count + 1).min(COMMON);
        if cell.count < COMMON {
            cell.replies.push(Reply { at, time, client, bytes });
        } else if !cell.replies.is_empty() {
            cell.replies = Vec::new();
        }
    }

    /// Takes in what another worker saw.
    pub(crate) fn merge(&mut self, other: OddReplies) {
        self.cells.merge(other.cells, Cell::merge);
    }
}

impl Cell {
    fn merge(&mut self, other: Cell) {
        self.count = (self.count + other.count).min(COMMON);
        self.replies.extend(other.replies);
        if self.count == COMMON {
            self.replies = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use accesslog::Record;

    use super::*;
    use crate::hash::Key;
    use crate::route::route;

    fn seen(bytes: impl Iterator<Item = u64>) -> OddReplies {
        let mut odd = OddReplies::default();
        for bytes in bytes {
            let record = Record { status: Some(200), bytes: Some(bytes), ..Record::default() };
            let at = Position { offset: bytes, ..Position::default() };
            odd.observe(&Sighting::new(at, &record, route(b"/render"), 7, 0, Key::default()));
        }
        odd
    }

    #[test]
    fn the_sizes_are_whole_buckets() {
        for end in [DOCUMENT_BYTES.start, DOCUMENT_BYTES.end] {
            assert_eq!(Sizes::floor(Sizes::bucket(end)), end);
        }
    }

    #[test]
    fn rare_is_kept_and_common_is_counted_however_it_was_split() {
        let sizes = || (0..80_u64).map(|n| if n % 8 == 0 { 1_300 + n / 8 } else { 2_000 });
        let whole = seen(sizes());
        let mut merged = seen(sizes().skip(1).step_by(2));
        merged.merge(seen(sizes().step_by(2)));
        let cells = |odd: &OddReplies| {
            let mut cells: Vec<Cell> = odd.cells.iter().map(|(_, cell)| cell.clone()).collect();
            cells.iter_mut().for_each(|cell| cell.replies.sort_unstable());
            cells.sort_by_key(|cell| cell.bucket);
            cells
        };
        assert_eq!(cells(&whole), cells(&merged));
        let kept: Vec<(u32, usize)> = cells(&whole).iter().map(|cell| (cell.count, cell.replies.len())).collect();
        assert_eq!(kept, [(10, 10), (33, 0)]);
    }
}
