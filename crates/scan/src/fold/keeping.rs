//! Where a pass rests to be kept, and how one that was kept goes on.
//!
//! What is kept must fit together: the state of the workers, the count of each source, and the place up to which both
//! hold. So all come to rest. Every file that is being read has one reader; when it is time, each stops behind its last
//! chunk, works on what is handed out and not yet taken, and waits. Who comes last waits for the chunks that others are at,
//! merges what all workers saw, writes it, and all go on. Between two rests nothing is different from a pass that is
//! not kept. When that is depends on the clock; what it comes to does not, as merging is exact.
//!
//! A file that was being read is read again from its beginning where it is packed, without looking at what is known, and from
//! the place itself where it is plain. Chunks may be cut elsewhere then: what is known is left out by place, to the byte.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use accesslog::Position;
use serde::{Deserialize, Serialize};

use super::locked;
use super::tally::{End, Met, Tally};
use crate::{FileDigest, Inputs, Progress, Skipped, kept};

/// How many times as long as it took to keep a pass it must go on before it is kept again.
const WORK_FOR_KEEPING: u32 = 10;

/// How far a pass has come with each file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Standing {
    /// Nothing of it counts yet.
    Untouched,
    /// It counts up to a place.
    Begun(Mark),
    /// All of it counts.
    Done,
}

/// A place in a file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Mark {
    /// How many of the logs that are in it, and of what else was met there, are done with.
    pub(super) met: u32,
    /// How far the next log was read.
    pub(super) log: Option<LogMark>,
}

/// A place in a log, and what is counted up to it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct LogMark {
    pub(super) at: Position,
    #[serde(with = "kept::shared")]
    pub(super) tally: Arc<Mutex<Tally>>,
    pub(super) end: End,
}

/// What is kept beside the caller's state.
#[derive(Debug, Deserialize)]
pub(super) struct Far {
    pub(super) files: Vec<Standing>,
    pub(super) met: Vec<Met>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) digests: Vec<Option<FileDigest>>,
}

impl Far {
    /// How far a pass is that has not begun.
    pub(super) fn nothing(inputs: &Inputs) -> Far {
        Far {
            files: vec![Standing::Untouched; inputs.sources.len()],
            met: Vec::new(),
            skipped: inputs.skipped.clone(),
            digests: vec![None; inputs.sources.len()],
        }
    }

    /// Whether nothing is left to be read.
    pub(super) fn is_whole(&self, has_digests: bool) -> bool {
        let is_done = |file: &Standing| matches!(file, Standing::Done);
        self.files.iter().all(is_done) && (!has_digests || self.digests.iter().all(Option::is_some))
    }

    /// Whether it can be of these inputs.
    pub(super) fn fits(&self, inputs: &Inputs) -> bool {
        self.files.len() == inputs.sources.len() && self.digests.len() == inputs.sources.len()
    }
}

/// The same, as it stands while all rest.
#[derive(Serialize)]
pub(super) struct FarNow<'f> {
    pub(super) files: &'f [Standing],
    pub(super) met: &'f [Met],
    pub(super) skipped: &'f [Skipped],
    pub(super) digests: Vec<Option<FileDigest>>,
}

/// Writes how far a pass is, and the caller's state.
pub(super) type Write<'k, S> = &'k (dyn Fn(&FarNow<'_>, &S) -> io::Result<()> + Sync);

/// Takes in what another worker saw.
pub(super) type Merge<'k, S> = &'k (dyn Fn(&mut S, S) + Sync);

/// What was met, skipped and taken the digest of.
type Before = (Vec<Met>, Vec<Skipped>, Vec<Option<FileDigest>>);

/// What a pass that is kept knows.
pub(super) struct Keeping<'k, S> {
    pub(super) merge: Merge<'k, S>,
    pub(super) files: Mutex<Vec<Standing>>,
    /// What is wrong with what was kept, if that shows only where a file is read.
    pub(super) refused: Mutex<Option<String>>,
    /// The first that went wrong when it was written.
    pub(super) unwritten: Mutex<Option<io::Error>>,
    /// What was known before it began.
    before: Option<Before>,
    write: Write<'k, S>,
    gate: Gate,
    every: Duration,
    begun: Instant,
    /// When it is to be kept next, in nanoseconds since it began.
    due: AtomicU64,
    /// Whether it is kept no more, as the pass is stopped.
    is_closed: AtomicBool,
}

impl<'k, S> Keeping<'k, S> {
    pub(super) fn new(every: Duration, merge: Merge<'k, S>, far: Far, write: Write<'k, S>) -> Keeping<'k, S> {
        Keeping {
            merge,
            files: Mutex::new(far.files),
            before: Some((far.met, far.skipped, far.digests)),
            refused: Mutex::default(),
            unwritten: Mutex::default(),
            write,
            gate: Gate::default(),
            every,
            begun: Instant::now(),
            due: AtomicU64::new(nanos(every)),
            is_closed: AtomicBool::new(false),
        }
    }

    /// What was known before it began; once.
    pub(super) fn before(&mut self) -> Option<Before> {
        self.before.take()
    }

    /// Begins to read a file, once nobody rests; it ends when what this gives is dropped.
    pub(super) fn enter(&self) -> Inside<'_> {
        self.gate.enter();
        Inside(&self.gate)
    }

    /// Whether a reader is to rest here.
    pub(super) fn is_time(&self, is_stopped: bool) -> bool {
        if self.is_closed.load(Ordering::Acquire) {
            return false;
        }
        let is_due = || self.due.load(Ordering::Relaxed) <= nanos(self.begun.elapsed());
        self.gate.is_called.load(Ordering::Acquire) || is_stopped || is_due()
    }

    /// Rests until the pass is kept; who comes last does it.
    pub(super) fn rest(&self, keep: impl FnOnce()) {
        self.gate.rest(keep);
    }

    /// Writes what is kept. Not after the pass was stopped: what is met then is not what the logs hold.
    pub(super) fn write(&self, far: &FarNow<'_>, all: &S, progress: &Progress) {
        if self.is_closed.load(Ordering::Acquire) {
            return;
        }
        let begun = Instant::now();
        if let Err(error) = (self.write)(far, all) {
            locked(&self.unwritten).get_or_insert(error);
        }
        let pause = if self.every.is_zero() { self.every } else { begun.elapsed() * WORK_FOR_KEEPING };
        self.due.store(nanos(self.begun.elapsed() + pause.max(self.every)), Ordering::Relaxed);
        self.is_closed.store(progress.is_stopped(), Ordering::Release);
    }

    /// Says that what was kept does not fit the file, and stops the pass.
    pub(super) fn refuse(&self, because: String, progress: &Progress) {
        self.is_closed.store(true, Ordering::Release);
        locked(&self.refused).get_or_insert(because);
        progress.stop();
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Where readers come to rest.
#[derive(Default)]
struct Gate {
    readers: Mutex<Readers>,
    turned: Condvar,
    /// Whether readers are called to rest.
    is_called: AtomicBool,
}

#[derive(Default)]
struct Readers {
    inside: usize,
    resting: usize,
    /// How often all have rested.
    turns: u64,
}

/// A reader is inside as long as this lives.
pub(super) struct Inside<'g>(&'g Gate);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        locked(&self.0.readers).inside -= 1;
        // The last that is awaited may be the one who leaves.
        self.0.turned.notify_all();
    }
}

impl Gate {
    fn enter(&self) {
        let mut readers = locked(&self.readers);
        // Where nobody is left to come to rest, who comes in will.
        while self.is_called.load(Ordering::Acquire) && 0 < readers.inside {
            readers = self.turned.wait(readers).expect("no worker has panicked");
        }
        readers.inside += 1;
    }

    fn rest(&self, work: impl FnOnce()) {
        self.is_called.store(true, Ordering::Release);
        let mut readers = locked(&self.readers);
        readers.resting += 1;
        let turn = readers.turns;
        while readers.turns == turn {
            if readers.resting == readers.inside {
                work();
                readers.resting = 0;
                readers.turns += 1;
                self.is_called.store(false, Ordering::Release);
                self.turned.notify_all();
                return;
            }
            readers = self.turned.wait(readers).expect("no worker has panicked");
        }
    }
}

#[cfg(test)]
mod tests;
