//! What is counted of a request: numbers alone, so that it can wait.
//!
//! The tables of clients and walks are far larger than any cache, and a request that asks them at once waits for memory
//! twice. So requests are counted in batches: what their entries are is asked for all of them before any is counted,
//! and the processor fetches many at a time.

use accesslog::{Position, Record, Time};

use crate::finding;
use crate::hash::Key;
use crate::profile::{is_answer, size_key};
use crate::route::Route;

/// What is counted of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sighting {
    /// Where it stands.
    pub(crate) at: Position,
    /// When it was.
    pub(crate) time: Option<Time>,
    /// The hash of the client.
    pub(crate) client: u64,
    /// The hash of the agent, where the route has an object.
    pub(crate) agent: u64,
    /// The route.
    pub(crate) route: Route,
    /// The status.
    pub(crate) status: Option<u16>,
    /// The size of the answer in bytes.
    pub(crate) bytes: Option<u64>,
    /// The key of its answer by status and size; nothing in particular where it has none.
    pub(crate) size_key: u64,
    /// Whether it is for the front page.
    pub(crate) is_root: bool,
}

impl Sighting {
    /// What is counted of a record, the hash of the client and that of the agent being known, under a key.
    pub(crate) fn new(at: Position, record: &Record<'_>, route: Route, client: u64, agent: u64, key: Key) -> Sighting {
        Sighting {
            at,
            time: record.time,
            client,
            agent,
            route,
            status: record.status,
            bytes: record.bytes,
            size_key: record.status.zip(record.bytes).map_or(0, |(status, bytes)| size_key(status, bytes, key)),
            is_root: finding::is_root(record),
        }
    }

    /// The status, if it says that the client got what it asked for.
    pub(crate) fn answer(&self) -> Option<u16> {
        self.status.filter(|status| is_answer(*status))
    }
}
