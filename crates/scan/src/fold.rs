//! One pass over all sources, on all threads.
//!
//! Each source is read by one worker, which cuts it into chunks of whole lines and hands them to the pool;
//! whoever is idle takes one. When enough chunks are under way, the reader works on the next itself instead of
//! handing it out. So nobody ever waits, memory is bounded by the number of threads, one large file keeps all
//! threads busy, and many files are read at once, each by its own worker: the same few lines for both.
//!
//! A worker keeps a state of its own. At the end the states are merged, in whatever order: `merge` is exact and
//! commutative, or the answer would depend on the threads.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use accesslog::{Census, Chunk, Framing, Position, Reading, Record, parse_chunk, parse_elements};
use blake3::Hash;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::{Scope, ThreadPoolBuilder};
use thiserror::Error;

use crate::budget::{Budget, Limits, Packed};
use crate::framer::{Frame, Lines};
use crate::peel::Whose;
use crate::source::{self, Opened};
use crate::survey::{Plan, Survey};
use crate::unpack::{Place, Unpacked, Unpacker};
use crate::window::{Standing, Window};
use crate::{Account, Alike, Condition, Inputs, Layers, Skipped, Source, SourceAccount};

/// How many bytes a chunk holds unless configured otherwise.
///
/// Large enough that handing it out costs nothing beside working on it, small enough to stay in the cache
/// between being read and being parsed.
const CHUNK_BYTES: usize = 512 << 10;

/// How many chunks are under way for each thread, at most.
const CHUNKS_PER_THREAD: usize = 3;

/// How a scan runs, how it reads, and what of the records it takes. Threads and chunks do not change the answer.
#[derive(Clone, Debug)]
pub struct Config {
    /// How many threads work; 0 for as many as the machine has.
    pub threads: usize,
    /// How many bytes a chunk holds, about.
    pub chunk_bytes: usize,
    /// How every source is read, where a person says it; recognised otherwise.
    pub reading: Option<Reading>,
    /// The stretch of time whose records are looked at.
    pub window: Window,
    /// How much text packed bytes may become.
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            threads: 0,
            chunk_bytes: CHUNK_BYTES,
            reading: None,
            window: Window::default(),
            limits: Limits::default(),
        }
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
    let survey = inputs.survey.get_or_init(|| pool.install(|| Survey::of(inputs, config.limits)));
    let pass = Pass {
        config,
        progress,
        inputs,
        initial: Mutex::new(initial.clone()),
        observe,
        states: (0..threads).map(|_| Mutex::new(None)).collect(),
        met: Mutex::new(Vec::new()),
        skipped: Mutex::new(inputs.skipped.clone()),
        under_way: AtomicUsize::new(0),
        under_way_max: if threads == 1 { 0 } else { threads * CHUNKS_PER_THREAD },
        spares: Mutex::new(Vec::new()),
    };
    pool.scope(|scope| {
        for (source, plan) in inputs.sources.iter().zip(&survey.plans) {
            let pass = &pass;
            scope.spawn(move |scope| pass.file(scope, source, plan));
        }
    });
    let states: Vec<S> = pass.states.into_iter().filter_map(unlocked).collect();
    let state = pool.install(|| {
        states.into_par_iter().reduce_with(|mut one, other| {
            merge(&mut one, other);
            one
        })
    });
    let mut met = unlocked(pass.met);
    met.sort_unstable_by_key(|met| met.account.number);
    let mut skipped = unlocked(pass.skipped);
    skipped.sort_unstable();
    Ok((state.unwrap_or(initial), Account { sources: completed(met), skipped }))
}

/// A source that was met, and what is counted of it.
struct Met {
    account: SourceAccount,
    tally: Arc<Mutex<Tally>>,
    /// The digest of its first bytes.
    opening: Option<Hash>,
}

/// The accounts of all sources, which are in order; each tells the first that it resembles.
fn completed(met: Vec<Met>) -> Vec<SourceAccount> {
    let mut openings: HashMap<Hash, usize> = HashMap::new();
    let mut sources: Vec<SourceAccount> = Vec::new();
    for Met { account, tally, opening } in met {
        let mut source = locked(&tally).clone().complete(account);
        if let Some(opening) = opening {
            let first = *openings.entry(opening).or_insert(sources.len());
            source.alike = sources
                .get(first)
                .map(|first| Alike { path: first.path.clone(), is_as_long: first.census.bytes == source.census.bytes });
        }
        sources.push(source);
    }
    sources
}

/// What is counted of a source, by whoever takes its chunks.
#[derive(Clone, Default)]
struct Tally {
    census: Census,
    outside: u64,
    undated: u64,
}

impl Tally {
    fn merge(&mut self, other: Tally) {
        self.census.merge(other.census);
        self.outside += other.outside;
        self.undated += other.undated;
    }

    fn complete(self, account: SourceAccount) -> SourceAccount {
        SourceAccount { census: self.census, outside: self.outside, undated: self.undated, ..account }
    }
}

/// What a chunk must bear: whose it is and how its lines are read.
#[derive(Clone)]
struct Share {
    reading: Reading,
    tally: Arc<Mutex<Tally>>,
}

/// What the workers of one pass share.
struct Pass<'a, S, O> {
    config: &'a Config,
    progress: &'a Progress,
    inputs: &'a Inputs,
    /// What a worker's state begins as. Behind a lock, as states need not be shareable.
    initial: Mutex<S>,
    observe: O,
    /// The state of each worker. A lock is held by its worker alone, so it is never waited for.
    states: Vec<Mutex<Option<S>>>,
    /// The sources met so far.
    met: Mutex<Vec<Met>>,
    skipped: Mutex<Vec<Skipped>>,
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
    /// Reads a file to its end, and all logs that are in it.
    fn file<'s>(&'s self, scope: &Scope<'s>, source: &Source, plan: &Plan) {
        if let Some(twin) = plan.twin_of {
            let twin = self.inputs.sources[twin].path.display();
            return self.skip(&source.path, format!("the same content as {twin}, which is read: counted once"), false);
        }
        if plan.numbers == 0 {
            return self.skip(&source.path, "more archives than can be numbered".to_owned(), true);
        }
        let mut next = plan.first;
        let mut number = || {
            next += 1;
            next - 1
        };
        let place = Place { path: source.path.clone(), origin: source.origin, layers: Layers::default() };
        let (reader, packed) = match source::bytes(source, self.progress) {
            Ok(opened) => opened,
            Err(error) => return self.unread(number(), place, error.to_string()),
        };
        let mut visit = |unpacked: Unpacked<'_>| match unpacked {
            Unpacked::Log(place, text) => self.log(scope, number(), place, text),
            Unpacked::Unread(place, because) => self.unread(number(), place, because),
            Unpacked::Skipped(skipped) => locked(&self.skipped).push(skipped),
        };
        let mut unpacker = Unpacker {
            file: &source.path,
            is_on_disk: matches!(packed, Packed::Bytes(_)) && source.built_in.is_none(),
            selection: &self.inputs.selection,
            budget: Budget::new(self.config.limits, packed),
            room: plan.numbers,
            visit: &mut visit,
        };
        unpacker.content(reader, place, Whose::File);
    }

    /// Reads one log to its end; its lines are counted by whoever takes its chunks.
    fn log<'s>(&'s self, scope: &Scope<'s>, number: u32, place: Place, text: Box<dyn Read + '_>) {
        let opened = match source::open(text, place.origin, number, self.config) {
            Ok(opened) => opened,
            Err(condition) => return self.is_met(account(number, place, condition), Arc::default(), None),
        };
        let mut account = account(number, place, Condition::Complete);
        account.recognise(&opened.recognition);
        let (tally, opening) = (Arc::default(), opened.opening);
        account.condition = self.chunks(scope, &tally, opened);
        self.is_met(account, tally, opening);
    }

    fn unread(&self, number: u32, place: Place, because: String) {
        self.is_met(account(number, place, Condition::Unread(because)), Arc::default(), None);
    }

    fn is_met(&self, account: SourceAccount, tally: Arc<Mutex<Tally>>, opening: Option<Hash>) {
        locked(&self.met).push(Met { account, tally, opening });
    }

    fn skip(&self, path: &Path, because: String, is_loss: bool) {
        locked(&self.skipped).push(Skipped { path: path.to_path_buf(), because, is_loss });
    }

    fn chunks<'s>(&'s self, scope: &Scope<'s>, tally: &Arc<Mutex<Tally>>, opened: Opened<'_>) -> Condition {
        let Opened { mut framer, recognition, .. } = opened;
        // A source of blank lines alone has no format, but its lines are counted by any.
        let mut reading = recognition.reading.unwrap_or_else(|| Reading::listed(accesslog::FORMATS[0]));
        while let Some(frame) = framer.next(|| locked(&self.spares).pop().unwrap_or_default()) {
            match frame {
                Frame::Lines(lines) => {
                    let after = reading.after(lines.bytes());
                    self.hand_out(scope, Share { reading: reading.clone(), tally: Arc::clone(tally) }, lines);
                    reading = after.unwrap_or(reading);
                }
                Frame::Fault(fault, bytes) => {
                    let census = &mut locked(tally).census;
                    census.lines += 1;
                    census.bytes += bytes;
                    census.add_fault(fault.at, fault.fault);
                }
            }
        }
        framer.into_error().map_or(Condition::Complete, |error| Condition::Incomplete(error.to_string()))
    }

    /// Gives the lines to whoever is idle, or works on them here if enough is under way.
    fn hand_out<'s>(&'s self, scope: &Scope<'s>, share: Share, lines: Lines) {
        if self.under_way_max <= self.under_way.load(Ordering::Relaxed) {
            return self.work(&share, lines);
        }
        self.under_way.fetch_add(1, Ordering::Relaxed);
        scope.spawn(move |_| {
            self.work(&share, lines);
            self.under_way.fetch_sub(1, Ordering::Relaxed);
        });
    }

    fn work(&self, share: &Share, lines: Lines) {
        let worker = rayon::current_thread_index().unwrap_or(0);
        let mut state = locked(&self.states[worker]);
        let state = state.get_or_insert_with(|| locked(&self.initial).clone());
        let mut tally = Tally::default();
        let chunk = Chunk { bytes: lines.bytes(), start: lines.start };
        let (window, Tally { census, outside, undated }) = (self.config.window, &mut tally);
        let mut observe = |at, record: &Record<'_>| (self.observe)(state, at, record);
        let in_window = |at: Position, record: &Record<'_>| {
            match window.standing(record.time) {
                Standing::Outside => return *outside += 1,
                Standing::Undated => *undated += 1,
                Standing::Inside => {}
            }
            observe(at, record);
        };
        match (share.reading.framing, window.is_all()) {
            (Framing::Lines, true) => parse_chunk(chunk, &share.reading, census, observe),
            (Framing::Lines, false) => parse_chunk(chunk, &share.reading, census, in_window),
            (Framing::Elements, true) => parse_elements(chunk, &lines.places, &share.reading, census, observe),
            (Framing::Elements, false) => parse_elements(chunk, &lines.places, &share.reading, census, in_window),
        }
        locked(&share.tally).merge(tally);
        locked(&self.spares).push(lines.into_buffer());
    }
}

/// The account of a source of which nothing is known yet but that.
pub(crate) fn account(number: u32, place: Place, condition: Condition) -> SourceAccount {
    SourceAccount {
        number,
        path: place.path,
        layers: place.layers,
        format: None,
        recognised: (0, 0),
        fields: Default::default(),
        census: Census::default(),
        outside: 0,
        undated: 0,
        alike: None,
        condition,
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
    use crate::trial;

    fn log(lines: usize, client: &str) -> String {
        (0..lines)
            .map(|n| format!("{client} - - [10/Oct/2000:13:55:36 -0700] \"GET /{n} HTTP/1.1\" 200 {n} \"-\" \"-\"\n"))
            .collect()
    }

    /// Records in one document on a single line.
    fn document(records: usize) -> String {
        let record = |n| format!(r#"{{"request":"GET /{n} HTTP/1.1","status":200,"body_bytes_sent":{n}}}"#);
        format!(r#"{{"records":[{}]}}"#, (0..records).map(record).collect::<Vec<_>>().join(", "))
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
        fs::write(&paths[1], document(13)).unwrap();
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

    #[test]
    fn records_outside_the_window_are_counted_and_not_looked_at() {
        let root = tempfile::tempdir().unwrap();
        let undated = "192.0.2.1 - - [31/Feb/2000:13:55:36 -0700] \"GET /undated HTTP/1.1\" 200 1 \"-\" \"-\"\n";
        let text = [trial::log(100, "192.0.2.1"), b"no record\n\n".to_vec(), undated.into()].concat();
        fs::write(root.path().join("a.log"), text).unwrap();
        let noon = 971_208_000;
        let at = |second: i64| accesslog::Time::from_parts(noon + second, 0);
        let window = Window { since: at(10), until: at(30) };
        let (seen, account) = trial::scan(root.path(), &Config { window, ..Config::default() });
        assert_eq!(seen.len(), 20 + 1);
        assert_eq!(seen[0].1, b"/10");
        let source = &account.sources[0];
        assert_eq!((source.outside, source.undated), (80, 1));
        let census = &source.census;
        assert_eq!(census.records + census.fault_count() + census.blank + census.directives, census.lines);
        assert_eq!((census.lines, census.records), (103, 101));
    }

    #[test]
    fn the_same_content_twice_is_counted_once_whichever_worker_comes_first() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        fs::write(path("access.log"), trial::log(500, "192.0.2.1")).unwrap();
        fs::write(path("access.log.1"), trial::log(400, "192.0.2.1")).unwrap();
        fs::copy(path("access.log.1"), path("copy.log")).unwrap();
        for threads in [1, 2, 8] {
            let (seen, account) = trial::scan(root.path(), &Config { threads, ..Config::default() });
            assert_eq!(seen.len(), 900);
            let names: Vec<_> = account.sources.iter().map(|source| source.path.file_name().unwrap()).collect();
            assert_eq!(names, ["access.log.1", "access.log"], "the oldest first");
            // It begins as its older part does, and is read all the same.
            let alike = Alike { path: path("access.log.1"), is_as_long: false };
            assert_eq!(account.sources[1].alike, Some(alike));
            let [skipped] = &account.skipped[..] else { panic!("{:?}", account.skipped) };
            assert_eq!(skipped.path, path("copy.log"));
            assert!(skipped.because.contains("access.log.1, which is read") && !skipped.is_loss);
        }
    }
}
