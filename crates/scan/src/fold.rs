//! One pass over all sources, on all threads.
//!
//! Each source is read by one worker, which cuts it into chunks of whole lines and hands them to the pool;
//! whoever is idle takes one. When enough chunks are under way, the reader works on the next itself instead of
//! handing it out. So nobody ever waits, memory is bounded by the number of threads, one large file keeps all
//! threads busy, and many files are read at once, each by its own worker: the same few lines for both.
//!
//! A worker keeps a state of its own. At the end the states are merged, in whatever order: `merge` is exact and
//! commutative, or the answer would depend on the threads. Where states may grow large, a worker whose state is heavy
//! hands it over to one that all share ([`Relief`]): then there is one large state, and not one for each thread.

use std::collections::HashMap;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;

use accesslog::{Census, Chunk, Fault, Framing, Position, Reading, Record, parse_chunk, parse_elements};
use blake3::Hash;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::{Scope, ThreadPool, ThreadPoolBuilder};
use thiserror::Error;

use crate::budget::{Budget, Limits, Packed};
use crate::digest::{Stamp, sha256_of_file};
use crate::framer::{Frame, Lines};
use crate::peel::Whose;
use crate::source::{self, Opened};
use crate::survey::{Plan, Survey};
use crate::unpack::{Place, Unpacked, Unpacker};
use crate::window::{Standing, Window};
use crate::{Account, Alike, Condition, FileDigest, Inputs, Layers, Skipped, Source, SourceAccount, codec};

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
    /// Whether the SHA-256 of every file is taken. It costs a second reading of what is on disk.
    pub has_digests: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            threads: 0,
            chunk_bytes: CHUNK_BYTES,
            reading: None,
            window: Window::default(),
            limits: Limits::default(),
            has_digests: false,
        }
    }
}

/// How far a scan has come, to be looked at while it runs.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes read from disk.
    pub(crate) read: AtomicU64,
    /// Whether the scan is to stop where it is.
    stop: Arc<AtomicBool>,
}

impl Progress {
    /// The progress of a scan that stops where it is once this becomes true.
    pub fn stopped_by(stop: Arc<AtomicBool>) -> Progress {
        Progress { stop, ..Progress::default() }
    }

    /// The progress of another pass, stopped by the same.
    pub fn again(&self) -> Progress {
        Progress::stopped_by(Arc::clone(&self.stop))
    }

    /// Asks the scan to stop where it is. What was read until then is judged, and the account says what was not.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to stop.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

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

/// How workers keep small. When it happens depends on the threads; what it comes to does not, as merging is exact.
#[derive(Clone, Copy, Debug)]
pub struct Relief<S> {
    /// Whether a worker's state is to be handed over.
    pub is_heavy: fn(&S) -> bool,
    /// Merges what a worker's state holds into the one that all share, and leaves it as good as new.
    pub hand_over: fn(&mut S, &mut S),
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
    fold_relieved((inputs, config, progress), None, initial, observe, merge)
}

/// The same, workers whose states are heavy being relieved of them.
///
/// # Errors
///
/// As [`fold`].
pub fn fold_relieved<S, O, M>(
    (inputs, config, progress): (&Inputs, &Config, &Progress),
    relief: Option<Relief<S>>,
    initial: S,
    observe: O,
    merge: M,
) -> Result<(S, Account), Error>
where
    S: Clone + Send,
    O: Fn(&mut S, Position, &Record<'_>) + Sync,
    M: Fn(&mut S, S) + Sync,
{
    let (pool, threads) = pool(config)?;
    let survey = inputs.survey.get_or_init(|| pool.install(|| Survey::of(inputs, config)));
    let pass = Pass {
        config,
        progress,
        inputs,
        survey,
        initial: Mutex::new(initial.clone()),
        observe,
        states: (0..threads).map(|_| Mutex::new(None)).collect(),
        relief,
        shared: Mutex::new(None),
        met: Mutex::new(Vec::new()),
        skipped: Mutex::new(inputs.skipped.clone()),
        under_way: AtomicUsize::new(0),
        under_way_max: if threads == 1 { 0 } else { threads * CHUNKS_PER_THREAD },
        spares: Mutex::new(Vec::new()),
        digests: (0..inputs.sources.len()).map(|_| OnceLock::new()).collect(),
    };
    pool.scope(|scope| {
        for (place, (source, plan)) in inputs.sources.iter().zip(&survey.plans).enumerate() {
            let pass = &pass;
            scope.spawn(move |scope| pass.file(scope, place, source, plan));
            if config.has_digests && plan.twin_of.is_none() && Stamp::of(&source.path).is_some() {
                scope.spawn(move |_| pass.digest(place));
            }
        }
    });
    let digests = pass.digests;
    let states: Vec<S> = pass.states.into_iter().filter_map(unlocked).collect();
    let merged = |mut one: S, other: S| {
        merge(&mut one, other);
        one
    };
    let state = match unlocked(pass.shared) {
        // What is small is merged into what is large, one by one: never are there two that are large.
        Some(shared) => Some(states.into_iter().fold(shared, merged)),
        None => pool.install(|| states.into_par_iter().reduce_with(merged)),
    };
    let mut met = unlocked(pass.met);
    met.sort_unstable_by_key(|met| met.account.number);
    let mut skipped = unlocked(pass.skipped);
    skipped.sort_unstable();
    let mut sources = completed(met);
    for source in &mut sources {
        let file = survey.plans.partition_point(|plan| plan.first <= source.number).saturating_sub(1);
        source.digest = digests.get(file).and_then(|digest| digest.get().copied());
    }
    Ok((state.unwrap_or(initial), Account { sources, skipped }))
}

/// The key that the content makes for hashes which strangers must not foresee, and which are the same for whoever reads the
/// same content: it is made of the unpacked openings of all logs.
///
/// # Errors
///
/// [`Error::Threads`].
pub fn content_key(inputs: &Inputs, config: &Config) -> Result<[u8; 32], Error> {
    let survey = || Ok(pool(config)?.0.install(|| Survey::of(inputs, config)));
    match inputs.survey.get() {
        Some(survey) => Ok(survey.key),
        None => survey().map(|survey| inputs.survey.get_or_init(|| survey).key),
    }
}

/// How many threads work: those that are asked for, or as many as the machine has.
pub fn threads(config: &Config) -> usize {
    match config.threads {
        0 => thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    }
}

/// The threads that a scan works on, and how many these are.
fn pool(config: &Config) -> Result<(ThreadPool, usize), Error> {
    let threads = threads(config);
    let pool = ThreadPoolBuilder::new().num_threads(threads).thread_name(|number| format!("scan {number}")).build();
    Ok((pool.map_err(|because| Error::Threads { threads, because: because.to_string() })?, threads))
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
    /// The first line of the first chunk at which keytrace itself failed.
    failed: Option<u64>,
}

impl Tally {
    fn merge(&mut self, other: Tally) {
        self.census.merge(other.census);
        self.outside += other.outside;
        self.undated += other.undated;
        self.failed = self.failed.into_iter().chain(other.failed).min();
    }

    fn complete(self, account: SourceAccount) -> SourceAccount {
        let condition = match self.failed {
            Some(line) => Condition::Incomplete(format!("at the lines from {line} on {OUR_MISTAKE}")),
            None => account.condition,
        };
        SourceAccount { census: self.census, outside: self.outside, undated: self.undated, condition, ..account }
    }
}

/// What is known of a source once its end is reached.
#[derive(Clone, Copy, Default)]
struct End {
    is_damaged: bool,
    is_last_line_open: bool,
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
    survey: &'a Survey,
    /// What a worker's state begins as. Behind a lock, as states need not be shareable.
    initial: Mutex<S>,
    observe: O,
    /// The state of each worker. A lock is held by its worker alone, so it is never waited for.
    states: Vec<Mutex<Option<S>>>,
    relief: Option<Relief<S>>,
    /// What workers whose states were heavy handed over.
    shared: Mutex<Option<S>>,
    /// The sources met so far.
    met: Mutex<Vec<Met>>,
    skipped: Mutex<Vec<Skipped>>,
    /// How many chunks are handed out and not yet done.
    under_way: AtomicUsize,
    under_way_max: usize,
    /// Buffers to be used again.
    spares: Mutex<Vec<Vec<u8>>>,
    /// The digest of each file, once it is taken.
    digests: Vec<OnceLock<FileDigest>>,
}

/// What is said where the program fails at a source: it costs that source, and never the run.
const OUR_MISTAKE: &str = "keytrace itself failed: a mistake of the program, please report it";

/// What is expected of lines at which the program fails.
const NO_MISTAKE: Fault = Fault { at: 0, expected: "a line at which keytrace does not fail: a mistake of the program" };

impl<'a, S, O> Pass<'a, S, O>
where
    S: Clone + Send,
    O: Fn(&mut S, Position, &Record<'_>) + Sync,
{
    /// Reads a file to its end, and all logs that are in it.
    fn file<'s>(&'s self, scope: &Scope<'s>, file: usize, source: &Source, plan: &Plan) {
        if let Some(twin) = plan.twin_of {
            let twin = self.inputs.sources[twin].path.display();
            return self.skip(&source.path, format!("the same content as {twin}, which is read: counted once"), false);
        }
        if plan.numbers == 0 {
            return self.skip(&source.path, "more archives than can be numbered".to_owned(), true);
        }
        let stamp = Stamp::of(&source.path);
        // A worker that panics has told where on standard error; whatever it held is dropped.
        if catch_unwind(AssertUnwindSafe(|| self.content(scope, file, source, plan))).is_err() {
            self.skip(&source.path, OUR_MISTAKE.to_owned(), true);
        }
        if let Some(change) = stamp.and_then(|stamp| stamp.change_of(&source.path)) {
            self.skip(&source.path, change, true);
        }
    }

    fn content<'s>(&'s self, scope: &Scope<'s>, file: usize, source: &Source, plan: &Plan) {
        let mut next = plan.first;
        let mut number = || {
            next += 1;
            next - 1
        };
        let place = Place { path: source.path.clone(), origin: source.origin, layers: Layers::default() };
        if self.progress.is_stopped() {
            return self.unread(number(), place, "the scan was stopped before it".to_owned());
        }
        let (reader, packed) = match source::bytes(source, self.survey.pipe(file), self.progress) {
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
        let ends;
        (account.condition, ends) = self.chunks(scope, &tally, opened);
        (account.is_damaged, account.is_last_line_open) = (ends.is_damaged, ends.is_last_line_open);
        self.is_met(account, tally, opening);
    }

    /// Takes the digest of a file, where it can be read; where it cannot, that is told of its text.
    fn digest(&self, place: usize) {
        let path = &self.inputs.sources[place].path;
        if let Ok(digest) = sha256_of_file(path, || !self.progress.is_stopped()) {
            self.digests[place].get_or_init(|| digest);
        }
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

    fn chunks<'s>(&'s self, scope: &Scope<'s>, tally: &Arc<Mutex<Tally>>, opened: Opened<'_>) -> (Condition, End) {
        let Opened { mut framer, recognition, .. } = opened;
        let mut end = End::default();
        // A source of blank lines alone has no format, but its lines are counted by any.
        let mut reading = recognition.reading.unwrap_or_else(|| Reading::listed(accesslog::FORMATS[0]));
        while let Some(frame) = framer.next(|| locked(&self.spares).pop().unwrap_or_default()) {
            if self.progress.is_stopped() {
                return (Condition::Incomplete("the scan was stopped before its end".to_owned()), end);
            }
            match frame {
                Frame::Lines(lines) => {
                    let after = reading.after(lines.bytes());
                    end.is_last_line_open = reading.framing == Framing::Lines && !lines.bytes().ends_with(b"\n");
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
        match framer.into_error() {
            Some(error) => {
                end.is_damaged = codec::is_damage(&error);
                (Condition::Incomplete(error.to_string()), end)
            }
            None => (Condition::Complete, end),
        }
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
        let (window, Tally { census, outside, undated, .. }) = (self.config.window, &mut tally);
        let parse = || {
            let mut observe = |at: Position, record: &Record<'_>| (self.observe)(state, at, record);
            let mut in_window = |at: Position, record: &Record<'_>| {
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
                (Framing::Elements, _) => parse_elements(chunk, &lines.places, &share.reading, census, &mut in_window),
            }
        };
        if catch_unwind(AssertUnwindSafe(parse)).is_err() {
            tally = failed(&lines);
        }
        if let Some(relief) = self.relief.as_ref().filter(|relief| (relief.is_heavy)(state)) {
            let shared = &mut *locked(&self.shared);
            (relief.hand_over)(state, shared.get_or_insert_with(|| locked(&self.initial).clone()));
        }
        locked(&share.tally).merge(tally);
        locked(&self.spares).push(lines.into_buffer());
    }
}

/// The tally of lines at which the program fails: each counts as one that could not be read.
#[cold]
fn failed(lines: &Lines) -> Tally {
    let mut tally = Tally { failed: Some(lines.start.line), ..Tally::default() };
    let mut count = |at: Position| {
        tally.census.lines += 1;
        tally.census.add_fault(at, NO_MISTAKE);
    };
    match lines.places.is_empty() {
        true => Chunk { bytes: lines.bytes(), start: lines.start }.lines().for_each(|line| count(line.at)),
        false => lines.places.iter().copied().for_each(count),
    }
    tally.census.bytes = lines.bytes().len() as u64;
    tally
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
        is_last_line_open: false,
        is_damaged: false,
        digest: None,
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
mod tests;
