//! One pass over all sources, on all threads.
//!
//! Each source is read by one worker, which cuts it into chunks of whole lines and hands them to the pool;
//! whoever is idle takes one. When enough chunks are under way, the reader works on the next itself instead of
//! handing it out. So nobody ever waits, memory is bounded by the number of threads, one large file keeps all
//! threads busy, and many files are read at once, each by its own worker: the same few lines for both.
//!
//! A worker keeps a state of its own. At the end the states are merged, in whatever order: `merge` is exact and
//! commutative, or the answer would depend on the threads.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use accesslog::{Census, Chunk, Framing, Position, Reading, Record, parse_chunk, parse_elements};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::{Scope, ThreadPoolBuilder};
use thiserror::Error;

use crate::framer::{Frame, Lines};
use crate::source::{self, Opened};
use crate::{Account, Condition, Inputs, Source, SourceAccount};

/// How many bytes a chunk holds unless configured otherwise.
///
/// Large enough that handing it out costs nothing beside working on it, small enough to stay in the cache
/// between being read and being parsed.
const CHUNK_BYTES: usize = 512 << 10;

/// How many chunks are under way for each thread, at most.
const CHUNKS_PER_THREAD: usize = 3;

/// How a scan runs. But for the reading, none of it changes the answer.
#[derive(Clone, Debug)]
pub struct Config {
    /// How many threads work; 0 for as many as the machine has.
    pub threads: usize,
    /// How many bytes a chunk holds, about.
    pub chunk_bytes: usize,
    /// How every source is read, where a person says it; recognised otherwise.
    pub reading: Option<Reading>,
}

impl Default for Config {
    fn default() -> Config {
        Config { threads: 0, chunk_bytes: CHUNK_BYTES, reading: None }
    }
}

/// How far a scan has come, to be looked at while it runs.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes read from disk.
    pub(crate) read: AtomicU64,
}

impl Progress {
    /// Bytes read from disk so far.
    pub fn bytes(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

/// Why a scan could not begin.
#[derive(Debug, Error)]
pub enum Error {
    /// The system gave no threads.
    #[error("could not start {threads} threads: {because}")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// What the system said.
        because: String,
    },
}

/// Reads all sources and folds their records into one state.
///
/// Every worker begins with a copy of `initial`, which must be the identity of `merge`; `observe` takes in one
/// record, `merge` what another worker saw.
///
/// # Errors
///
/// [`Error::Threads`]. What is wrong with a source costs that source and is told in the [`Account`].
pub fn fold<S, O, M>(
    inputs: &Inputs,
    config: &Config,
    progress: &Progress,
    initial: S,
    observe: O,
    merge: M,
) -> Result<(S, Account), Error>
where
    S: Clone + Send,
    O: Fn(&mut S, Position, &Record<'_>) + Sync,
    M: Fn(&mut S, S) + Sync,
{
    let threads = match config.threads {
        0 => thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    let pool = ThreadPoolBuilder::new().num_threads(threads).thread_name(|number| format!("scan {number}")).build();
    let pool = pool.map_err(|because| Error::Threads { threads, because: because.to_string() })?;
    let pass = Pass {
        config,
        progress,
        initial: Mutex::new(initial.clone()),
        observe,
        states: (0..threads).map(|_| Mutex::new(None)).collect(),
        censuses: inputs.sources.iter().map(|_| Mutex::new(Census::default())).collect(),
        under_way: AtomicUsize::new(0),
        under_way_max: if threads == 1 { 0 } else { threads * CHUNKS_PER_THREAD },
        spares: Mutex::new(Vec::new()),
    };
    let accounts: Vec<Mutex<Option<SourceAccount>>> = inputs.sources.iter().map(|_| Mutex::new(None)).collect();
    pool.scope(|scope| {
        for ((number, source), account) in inputs.sources.iter().enumerate().zip(&accounts) {
            let pass = &pass;
            scope.spawn(move |scope| *locked(account) = Some(pass.source(scope, number, source)));
        }
    });
    let states: Vec<S> = pass.states.into_iter().filter_map(unlocked).collect();
    let state = pool.install(|| {
        states.into_par_iter().reduce_with(|mut one, other| {
            merge(&mut one, other);
            one
        })
    });
    let censuses = pass.censuses.into_iter().map(unlocked);
    let sources = accounts
        .into_iter()
        .filter_map(unlocked)
        .zip(censuses)
        .map(|(account, census)| SourceAccount { census, ..account });
    Ok((state.unwrap_or(initial), Account { sources: sources.collect(), skipped: inputs.skipped.clone() }))
}

/// What the workers of one pass share.
struct Pass<'a, S, O> {
    config: &'a Config,
    progress: &'a Progress,
    /// What a worker's state begins as. Behind a lock, as states need not be shareable.
    initial: Mutex<S>,
    observe: O,
    /// The state of each worker. A lock is held by its worker alone, so it is never waited for.
    states: Vec<Mutex<Option<S>>>,
    /// The census of each source.
    censuses: Vec<Mutex<Census>>,
    /// How many chunks are handed out and not yet done.
    under_way: AtomicUsize,
    under_way_max: usize,
    /// Buffers to be used again.
    spares: Mutex<Vec<Vec<u8>>>,
}

impl<'a, S, O> Pass<'a, S, O>
where
    S: Clone + Send,
    O: Fn(&mut S, Position, &Record<'_>) + Sync,
{
    /// Reads one source to its end; its census is filled by whoever takes its chunks.
    fn source<'s>(&'s self, scope: &Scope<'s>, number: usize, source: &Source) -> SourceAccount {
        let mut account = SourceAccount::of(source);
        let opened = match source::open(source, number as u32, self.config, self.progress) {
            Ok(opened) => opened,
            Err(condition) => return SourceAccount { condition, ..account },
        };
        account.recognise(&opened);
        account.condition = self.chunks(scope, number, opened);
        account
    }

    fn chunks<'s>(&'s self, scope: &Scope<'s>, number: usize, opened: Opened<'_>) -> Condition {
        let Opened { mut framer, recognition, .. } = opened;
        // A source of blank lines alone has no format, but its lines are counted by any.
        let mut reading = recognition.reading.unwrap_or_else(|| Reading::listed(accesslog::FORMATS[0]));
        while let Some(frame) = framer.next(|| locked(&self.spares).pop().unwrap_or_default()) {
            match frame {
                Frame::Lines(lines) => {
                    let after = reading.after(lines.bytes());
                    self.hand_out(scope, number, reading.clone(), lines);
                    reading = after.unwrap_or(reading);
                }
                Frame::Fault(fault, bytes) => {
                    let mut census = locked(&self.censuses[number]);
                    census.lines += 1;
                    census.bytes += bytes;
                    census.add_fault(fault.at, fault.fault);
                }
            }
        }
        framer.into_error().map_or(Condition::Complete, |error| Condition::Incomplete(error.to_string()))
    }

    /// Gives the lines to whoever is idle, or works on them here if enough is under way.
    fn hand_out<'s>(&'s self, scope: &Scope<'s>, number: usize, reading: Reading, lines: Lines) {
        if self.under_way_max <= self.under_way.load(Ordering::Relaxed) {
            return self.work(number, &reading, lines);
        }
        self.under_way.fetch_add(1, Ordering::Relaxed);
        scope.spawn(move |_| {
            self.work(number, &reading, lines);
            self.under_way.fetch_sub(1, Ordering::Relaxed);
        });
    }

    fn work(&self, number: usize, reading: &Reading, lines: Lines) {
        let worker = rayon::current_thread_index().unwrap_or(0);
        let mut state = locked(&self.states[worker]);
        let state = state.get_or_insert_with(|| locked(&self.initial).clone());
        let mut census = Census::default();
        let chunk = Chunk { bytes: lines.bytes(), start: lines.start };
        let observe = |at, record: &Record<'_>| (self.observe)(state, at, record);
        match reading.framing {
            Framing::Lines => parse_chunk(chunk, reading, &mut census, observe),
            Framing::Elements => parse_elements(chunk, &lines.places, reading, &mut census, observe),
        }
        locked(&self.censuses[number]).merge(census);
        locked(&self.spares).push(lines.into_buffer());
    }
}

/// Takes a lock. That it is poisoned would mean that a worker panicked, and then the whole pass does.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().expect("no worker has panicked")
}

fn unlocked<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().expect("no worker has panicked")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    fn log(lines: usize, client: &str) -> String {
        (0..lines)
            .map(|n| format!("{client} - - [10/Oct/2000:13:55:36 -0700] \"GET /{n} HTTP/1.1\" 200 {n} \"-\" \"-\"\n"))
            .collect()
    }

    /// Lines, sum of bytes, and the sum of each line's number times its offset.
    fn sums(paths: &[PathBuf], threads: usize, chunk_bytes: usize) -> (u64, u64, u64, Account) {
        let config = Config { threads, chunk_bytes, ..Config::default() };
        let observe = |state: &mut (u64, u64, u64), at: Position, record: &Record<'_>| {
            state.0 += 1;
            state.1 += record.bytes.unwrap();
            state.2 = state.2.wrapping_add(at.line.wrapping_mul(at.offset + 1).wrapping_mul(u64::from(at.source) + 1));
        };
        let merge = |one: &mut (u64, u64, u64), other: (u64, u64, u64)| {
            one.0 += other.0;
            one.1 += other.1;
            one.2 = one.2.wrapping_add(other.2);
        };
        let ((lines, bytes, places), account) =
            fold(&Inputs::find(paths), &config, &Progress::default(), (0, 0, 0), observe, merge).unwrap();
        (lines, bytes, places, account)
    }

    #[test]
    fn the_answer_does_not_depend_on_threads_and_chunks() {
        let root = tempfile::tempdir().unwrap();
        let paths = [root.path().join("a.log"), root.path().join("b.log")];
        fs::write(&paths[0], log(997, "192.0.2.1")).unwrap();
        fs::write(&paths[1], log(13, "192.0.2.2")).unwrap();
        let (lines, bytes, places, _) = sums(&paths, 1, 1 << 20);
        assert_eq!((lines, bytes), (1010, 997 * 996 / 2 + 13 * 12 / 2));
        for (threads, chunk_bytes) in [(1, 1), (1, 1000), (2, 300), (3, 7777), (8, 64)] {
            let again = sums(&paths, threads, chunk_bytes);
            assert_eq!(
                (again.0, again.1, again.2),
                (lines, bytes, places),
                "{threads} threads, chunks of {chunk_bytes}"
            );
            assert_eq!(again.3.total().lines, 1010);
        }
    }

    #[test]
    fn a_source_that_cannot_be_read_costs_that_source() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        fs::write(path("a.log"), log(5, "192.0.2.1")).unwrap();
        fs::write(path("b.log"), "12:00:00 something happened\n12:00:01 again\n").unwrap();
        fs::write(path("c.log"), "").unwrap();
        fs::write(path("d.md"), "# Notes\n").unwrap();
        fs::write(path("e.gz"), [0x1F, 0x8B, 8, 0]).unwrap();
        let (lines, .., account) = sums(&[root.path().to_path_buf()], 2, 1000);
        assert_eq!(lines, 5);
        let conditions: Vec<&Condition> = account.sources.iter().map(|source| &source.condition).collect();
        assert!(
            matches!(
                conditions[..],
                [
                    Condition::Complete,
                    Condition::Unread(_),
                    Condition::Complete,
                    Condition::NoLog(_),
                    Condition::Incomplete(_)
                ]
            ),
            "{conditions:?}"
        );
        assert!(account.has_loss() && account.has_read());
    }
}
