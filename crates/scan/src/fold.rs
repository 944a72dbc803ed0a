//! One pass over all sources, on all threads.
//!
//! Each source is read by one worker, which cuts it into chunks of whole lines and hands them to the pool;
//! whoever is idle takes one. When enough chunks are under way, the reader works on the next itself instead of
//! handing it out. So nobody ever waits, memory is bounded by the number of threads, one large file keeps all
//! threads busy, and many files are read at once, each by its own worker: the same few lines for both.
//!
//! Where a pass is kept in a file ([`fold_kept`]), all readers come to rest now and then: see `keeping.rs`.
//!
//! A worker keeps a state of its own. At the end the states are merged, in whatever order: `merge` is exact and
//! commutative, or the answer would depend on the threads. Where states may grow large, a worker whose state is heavy
//! hands it over to one that all share ([`Relief`]): then there is one large state, and not one for each thread.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use accesslog::{Census, Position, Reading, Record};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::{Scope, ThreadPool, ThreadPoolBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::budget::Limits;
use crate::checkpoint::Checkpoint;
use crate::digest::Stamp;
use crate::survey::Survey;
use crate::unpack::Place;
use crate::window::Window;
use crate::{Account, Condition, Inputs, SourceAccount};

mod keeping;
mod live;
mod observer;
mod pass;
mod tally;

use keeping::{Far, FarNow, Keeping, Standing};
use pass::Pass;

pub use live::{Every, Followed, follow};
pub use observer::{Noting, Observer, noting};

/// How many bytes a chunk holds unless configured otherwise.
///
/// Large enough that handing it out costs nothing beside working on it, small enough to stay in a processor's own cache
/// while it is read, its lines are counted and parsed: of many that is half a mebibyte, which other things need too.
const CHUNK_BYTES: usize = 256 << 10;

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
    /// Whose records are looked at, by the client as the log writes it; nothing for everybody's. Records of others may be
    /// passed over unread, and are then lines in the account and nothing else.
    pub clients: Option<Clients>,
}

/// Whether a client, by its name as the log writes it, is one of some: no bytes stand for no client.
pub type IsClient = dyn Fn(&[u8]) -> bool + Send + Sync;

/// Some clients.
#[derive(Clone)]
pub struct Clients(pub Arc<IsClient>);

impl fmt::Debug for Clients {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Clients")
    }
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
            clients: None,
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
    /// What was kept of an earlier run is of no use for this one.
    #[error("the checkpoint {}: {because}; remove the file to begin anew, or name another", .path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// Why.
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
    O: Observer<S>,
    M: Fn(&mut S, S) + Sync,
{
    let (pool, threads) = pool(config)?;
    let begin = (initial.clone(), None, relief);
    let pass = Pass::new((inputs, config, progress), (&pool, threads), begin, observe, None);
    pass.run(&pool);
    let (account, shared, states) = pass.finish();
    let merged = |mut one: S, other: S| {
        merge(&mut one, other);
        one
    };
    let state = pool.install(|| match shared {
        // What is small is merged into what is large, one by one: never are there two that are large.
        Some(shared) => Some(states.into_iter().fold(shared, merged)),
        None => states.into_par_iter().reduce_with(merged),
    });
    Ok((state.unwrap_or(initial), account))
}

/// What a pass that is kept came to.
#[derive(Debug)]
pub struct Kept<S> {
    /// The state.
    pub state: S,
    /// The account.
    pub account: Account,
    /// How many files an earlier run had read to their end, of how many, where this one went on from there.
    pub resumed: Option<(usize, usize)>,
    /// Why it could not be kept all the time, where it could not.
    pub unwritten: Option<io::Error>,
}

impl<S> From<(S, Account)> for Kept<S> {
    fn from((state, account): (S, Account)) -> Kept<S> {
        Kept { state, account, resumed: None, unwritten: None }
    }
}

/// The same as [`fold`], kept in a file, and begun where an earlier run on the same terms came to.
///
/// # Errors
///
/// [`Error::Threads`], and [`Error::Refused`] where there is a checkpoint that this run cannot go on from.
pub fn fold_kept<S, O, M>(
    (inputs, config, progress): (&Inputs, &Config, &Progress),
    (checkpoint, relief): (&Checkpoint, Option<Relief<S>>),
    initial: S,
    observe: O,
    merge: M,
) -> Result<Kept<S>, Error>
where
    S: Clone + Send + Serialize + DeserializeOwned,
    O: Observer<S>,
    M: Fn(&mut S, S) + Sync,
{
    if inputs.sources.iter().any(|source| source.built_in.is_none() && Stamp::of(&source.path).is_none()) {
        return Err(checkpoint.refused("a pipe cannot be read again, nor what is no file".to_owned()));
    }
    let terms = checkpoint.terms(inputs, config)?;
    let before: Option<(Far, S)> = checkpoint.read(&terms)?;
    let is_resumed = before.is_some();
    let (far, known) = match before {
        Some((far, state)) => {
            // What was read back knows nothing of the key that hashes are under, and `initial` does.
            let mut known = initial.clone();
            merge(&mut known, state);
            (far, Some(known))
        }
        None => (Far::nothing(inputs), None),
    };
    if !far.fits(inputs) {
        return Err(checkpoint.refused("it is of other inputs".to_owned()));
    }
    let is_done = |file: &&Standing| matches!(file, Standing::Done);
    let is_whole = is_resumed && far.is_whole(config.has_digests);
    let done = (far.files.iter().filter(is_done).count(), far.files.len());
    let write = |far: &FarNow<'_>, state: &S| checkpoint.write(&terms, &(far, state));
    let (pool, threads) = pool(config)?;
    let keeping = Keeping::new(checkpoint.every, &merge, far, &write);
    let begin = (initial.clone(), known, relief);
    let mut pass = Pass::new((inputs, config, progress), (&pool, threads), begin, observe, Some(keeping));
    pass.run(&pool);
    if !is_whole {
        pass.keep();
    }
    let Some(keeping) = pass.keeping.take() else { unreachable!("it was given one") };
    if let Some(because) = unlocked(keeping.refused) {
        return Err(checkpoint.refused(because));
    }
    let (account, all, _) = pass.finish();
    Ok(Kept {
        state: all.unwrap_or(initial),
        account,
        resumed: is_resumed.then_some(done),
        unwritten: unlocked(keeping.unwritten),
    })
}

/// The key that the content makes for hashes which strangers must not foresee, and which are the same for whoever reads the
/// same content: it is made of the unpacked openings of all logs.
///
/// # Errors
///
/// [`Error::Threads`].
pub fn content_key(inputs: &Inputs, config: &Config) -> Result<[u8; 32], Error> {
    surveyed(inputs, config).map(|survey| survey.key)
}

/// What a look at the openings of all sources settled, which is taken once.
pub(crate) fn surveyed<'i>(inputs: &'i Inputs, config: &Config) -> Result<&'i Survey, Error> {
    match inputs.survey.get() {
        Some(survey) => Ok(survey),
        None => {
            let survey = pool(config)?.0.install(|| Survey::of(inputs, config));
            Ok(inputs.survey.get_or_init(|| survey))
        }
    }
}

/// Does so many pieces of work, each by its number, in any order: shared out, where it is called in a pass as `merge` is or
/// [`on_threads`].
pub fn each(pieces: usize, work: &(dyn Fn(usize) + Sync)) {
    match rayon::current_thread_index() {
        Some(_) => (0..pieces).into_par_iter().for_each(work),
        None => (0..pieces).for_each(work),
    }
}

/// How many threads work: those that are asked for, or as many as the machine has.
pub fn threads(config: &Config) -> usize {
    match config.threads {
        0 => thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    }
}

/// Does some work on one of the threads that a scan works on, and lets all passes in it use the same.
///
/// An allocator keeps what a thread gave back for threads like it. So whoever judges what a pass counted, and writes that
/// down, does it here: then it takes the room of what was counted, and not more.
///
/// # Errors
///
/// [`Error::Threads`].
pub fn on_threads<T: Send>(config: &Config, work: impl FnOnce() -> T + Send) -> Result<T, Error> {
    Ok(pool(config)?.0.install(work))
}

/// The threads that a scan works on, and how many these are.
fn pool(config: &Config) -> Result<(Pool, usize), Error> {
    let threads = threads(config);
    if rayon::current_thread_index().is_some() && rayon::current_num_threads() == threads {
        return Ok((Pool::Current, threads));
    }
    let pool = ThreadPoolBuilder::new().num_threads(threads).thread_name(|number| format!("scan {number}")).build();
    let pool = pool.map_err(|because| Error::Threads { threads, because: because.to_string() })?;
    Ok((Pool::Own(pool), threads))
}

/// Threads: those that this thread is one of, or others.
enum Pool {
    Current,
    Own(ThreadPool),
}

impl Pool {
    fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match self {
            Pool::Current => work(),
            Pool::Own(pool) => pool.install(work),
        }
    }

    fn scope<'s, T: Send>(&self, work: impl FnOnce(&Scope<'s>) -> T + Send) -> T {
        match self {
            Pool::Current => rayon::scope(work),
            Pool::Own(pool) => pool.scope(work),
        }
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
