//! One pass: files are read, cut into chunks, and the chunks worked on.

use std::collections::VecDeque;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use accesslog::{Chunk, Framing, IsWanted, Reading, parse_chunk_to, parse_elements_to};
use rayon::Scope;

use super::keeping::{FarNow, Keeping, LogMark, Mark, Standing};
use super::observer::{Observer, Working};
use super::tally::{End, Met, OUR_MISTAKE, Tally, completed, failed};
use super::{Clients, Config, Pool, Progress, Relief, account, locked, unlocked};
use crate::budget::{Budget, Packed};
use crate::digest::{Stamp, sha256_of_file};
use crate::framer::{Frame, Lines};
use crate::peel::Whose;
use crate::source::{self, Opened};
use crate::survey::{Plan, Survey};
use crate::twin::{self, Compared};
use crate::unpack::{Place, Unpacked, Unpacker};
use crate::{Account, Condition, FileDigest, Inputs, Layers, Skipped, Source, SourceAccount, codec};

/// How many chunks are under way for each thread, at most.
const CHUNKS_PER_THREAD: usize = 3;

/// How long who waits for the chunks of others sleeps before looking again.
const NAP: Duration = Duration::from_micros(50);

/// What a chunk must bear: whose it is and how its lines are read.
#[derive(Clone)]
pub(super) struct Share {
    pub(super) reading: Reading,
    pub(super) tally: Arc<Mutex<Tally>>,
}

/// A log among those of a file, and how far it is known.
struct Visit {
    /// The place of the file.
    file: usize,
    /// How many were met in it before.
    met: u32,
    log: Option<LogMark>,
}

/// What the workers of one pass share.
pub(super) struct Pass<'a, S, O> {
    pub(super) config: &'a Config,
    pub(super) progress: &'a Progress,
    pub(super) inputs: &'a Inputs,
    pub(super) survey: &'a Survey,
    /// What a worker's state begins as. Behind a lock, as states need not be shareable.
    initial: Mutex<S>,
    observer: O,
    /// The state of each worker. A lock is held by its worker alone, so it is never waited for.
    states: Vec<Mutex<Option<S>>>,
    relief: Option<Relief<S>>,
    /// What was known before, what was merged when the pass was kept, and what workers whose states were heavy handed over.
    shared: Mutex<Option<S>>,
    /// The sources met so far.
    met: Mutex<Vec<Met>>,
    skipped: Mutex<Vec<Skipped>>,
    /// Chunks that are handed out and that nobody has taken.
    waiting: Mutex<VecDeque<(Share, Lines)>>,
    /// How many chunks are handed out and not yet done.
    under_way: AtomicUsize,
    under_way_max: usize,
    /// Buffers to be used again.
    spares: Mutex<Vec<Vec<u8>>>,
    /// The digest of each file, once it is taken.
    digests: Vec<OnceLock<FileDigest>>,
    /// How it is kept, if it is.
    pub(super) keeping: Option<Keeping<'a, S>>,
}

impl<'a, S, O> Pass<'a, S, O>
where
    S: Clone + Send,
    O: Observer<S>,
{
    pub(super) fn new(
        (inputs, config, progress): (&'a Inputs, &'a Config, &'a Progress),
        (pool, threads): (&Pool, usize),
        (initial, known, relief): (S, Option<S>, Option<Relief<S>>),
        observer: O,
        mut keeping: Option<Keeping<'a, S>>,
    ) -> Pass<'a, S, O> {
        let before = keeping.as_mut().and_then(Keeping::before);
        let (met, skipped, digests) = before.unwrap_or_else(|| (Vec::new(), inputs.skipped.clone(), Vec::new()));
        let digest = |place: usize| digests.get(place).copied().flatten().map_or_else(OnceLock::new, OnceLock::from);
        Pass {
            config,
            progress,
            inputs,
            survey: inputs.survey.get_or_init(|| pool.install(|| Survey::of(inputs, config))),
            initial: Mutex::new(initial),
            observer,
            states: (0..threads).map(|_| Mutex::new(None)).collect(),
            relief,
            shared: Mutex::new(known),
            met: Mutex::new(met),
            skipped: Mutex::new(skipped),
            waiting: Mutex::default(),
            under_way: AtomicUsize::new(0),
            under_way_max: if threads == 1 { 0 } else { threads * CHUNKS_PER_THREAD },
            spares: Mutex::default(),
            digests: (0..inputs.sources.len()).map(digest).collect(),
            keeping,
        }
    }

    /// Reads all files that are not read yet.
    pub(super) fn run(&self, pool: &Pool) {
        pool.scope(|scope| {
            for (place, (source, plan)) in self.inputs.sources.iter().zip(&self.survey.plans).enumerate() {
                if !matches!(self.standing(place), Standing::Done) {
                    scope.spawn(move |scope| self.file(scope, place, source, plan));
                }
                let has_digest = self.digests[place].get().is_some();
                if self.config.has_digests && !has_digest && plan.twin_of.is_none() && Stamp::of(&source.path).is_some()
                {
                    scope.spawn(move |_| self.digest(place));
                }
            }
        });
    }

    /// The account, the state that all share, if there is one, and those of the workers.
    pub(super) fn finish(self) -> (Account, Option<S>, Vec<S>) {
        let states = self.states.into_iter().filter_map(unlocked).collect();
        let mut met = unlocked(self.met);
        met.sort_unstable_by_key(|met| met.account.number);
        let mut skipped = unlocked(self.skipped);
        skipped.sort_unstable();
        let mut sources = completed(met);
        for source in sources.iter_mut().filter(|_| self.config.has_digests) {
            let file = self.survey.plans.partition_point(|plan| plan.first <= source.number).saturating_sub(1);
            source.digest = self.digests.get(file).and_then(|digest| digest.get().copied());
        }
        (Account { sources, skipped }, unlocked(self.shared), states)
    }

    /// How far a file is known.
    fn standing(&self, file: usize) -> Standing {
        self.keeping.as_ref().map_or(Standing::Untouched, |keeping| locked(&keeping.files)[file].clone())
    }

    /// Reads a file to its end, and all logs that are in it.
    fn file<'s>(&'s self, scope: &Scope<'s>, file: usize, source: &Source, plan: &Plan) {
        let _inside = self.keeping.as_ref().map(Keeping::enter);
        self.whole_file(scope, file, source, plan);
        if let Some(keeping) = &self.keeping {
            locked(&keeping.files)[file] = Standing::Done;
        }
    }

    fn whole_file<'s>(&'s self, scope: &Scope<'s>, file: usize, source: &Source, plan: &Plan) {
        if let Some(twin) = plan.twin_of {
            return self.skip_twin(&source.path, twin);
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
        if self.stops(file, || None) {
            return self.unread(number(), place, "the scan was stopped before it".to_owned());
        }
        let (reader, packed) = match source::bytes(source, self.survey.pipe(file), self.progress) {
            Ok(opened) => opened,
            Err(error) => return self.unread(number(), place, error.to_string()),
        };
        let mut known = match self.standing(file) {
            Standing::Begun(mark) => mark,
            Standing::Untouched | Standing::Done => Mark::default(),
        };
        let mut met = 0;
        let mut visit = |unpacked: Unpacked<'_>| {
            let is_known = met < known.met;
            let log = if met == known.met { known.log.take() } else { None };
            let visit = Visit { file, met, log };
            met += 1;
            match unpacked {
                Unpacked::Log(place, text) if is_known => self.pass_over(number(), &visit, place, text),
                // What has one number is a file, and was held against the others before.
                Unpacked::Log(place, text) if plan.numbers == 1 => self.log(scope, number(), visit, place, text),
                Unpacked::Log(place, text) => match self.compared(text) {
                    Compared::Other(text) => self.log(scope, number(), visit, place, text),
                    Compared::Same(twin) => {
                        number();
                        self.skip_twin(&place.path, twin);
                    }
                },
                Unpacked::Unread(..) if is_known => {
                    number();
                }
                Unpacked::Unread(place, because) => self.unread(number(), place, because),
                Unpacked::Skipped(_) if is_known => {}
                Unpacked::Skipped(skipped) => locked(&self.skipped).push(skipped),
            }
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
    fn log<'s>(&'s self, scope: &Scope<'s>, number: u32, visit: Visit, place: Place, text: Box<dyn Read + '_>) {
        let is_file = place.layers.0.is_empty() && place.path == self.inputs.sources[visit.file].path;
        let opened = match source::open(text, place.origin, number, self.config) {
            Ok(opened) => opened,
            Err(condition) => return self.is_met(account(number, place, condition), Arc::default(), None),
        };
        let mut account = account(number, place, Condition::Complete);
        account.recognise(&opened.recognition);
        let opening = opened.opening;
        let tally = visit.log.as_ref().map_or_else(Arc::default, |log| Arc::clone(&log.tally));
        let ends;
        (account.condition, ends) = self.chunks(scope, &tally, visit, opened, is_file);
        (account.is_damaged, account.is_last_line_open) = (ends.is_damaged, ends.is_last_line_open);
        self.is_met(account, tally, opening);
    }

    /// Reads one log to its end that is known, as what is behind it is not, and what it unpacks to counts for its archive.
    fn pass_over(&self, number: u32, visit: &Visit, place: Place, text: Box<dyn Read + '_>) {
        if let Ok(Opened { mut framer, .. }) = source::open(text, place.origin, number, self.config) {
            while framer.pass_over(u64::MAX) && !self.stops(visit.file, || None) {}
        }
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

    pub(super) fn is_met(&self, account: SourceAccount, tally: Arc<Mutex<Tally>>, opening: Option<[u8; 32]>) {
        locked(&self.met).push(Met { account, tally, opening });
    }

    pub(super) fn skip(&self, path: &Path, because: String, is_loss: bool) {
        locked(&self.skipped).push(Skipped { path: path.to_path_buf(), because, is_loss });
    }

    /// Says that what stands there is left out, as a file has the same content.
    fn skip_twin(&self, path: &Path, twin: usize) {
        let twin = self.inputs.sources[twin].path.display();
        self.skip(path, format!("the same content as {twin}, which is read: counted once"), false);
    }

    /// What a stream is beside the files.
    fn compared<'r>(&self, text: Box<dyn Read + 'r>) -> Compared<'r> {
        twin::compare(text, (self.inputs, self.survey, self.config.limits), || !self.progress.is_stopped())
    }

    /// Whether the scan is stopped. A pass that is kept rests here when it is time: before it is stopped, the last time.
    ///
    /// `mark` says up to where the file counts, where that is further than is known.
    fn stops(&self, file: usize, mark: impl FnOnce() -> Option<Mark>) -> bool {
        let is_stopped = self.progress.is_stopped();
        if let Some(keeping) = self.keeping.as_ref().filter(|keeping| keeping.is_time(is_stopped)) {
            if let Some(mark) = mark() {
                locked(&keeping.files)[file] = Standing::Begun(mark);
            }
            while self.take_one() {}
            keeping.rest(|| self.keep());
        }
        is_stopped
    }

    /// Waits until nobody is at a chunk, working on those that wait.
    fn settle(&self) {
        while 0 < self.under_way.load(Ordering::Acquire) {
            if !self.take_one() {
                thread::sleep(NAP);
            }
        }
    }

    /// What all workers saw so far, once nobody is at a chunk. Nobody may be reading.
    pub(super) fn so_far(&self, merge: &dyn Fn(&mut S, S)) -> S {
        self.settle();
        let mut all = locked(&self.shared).take().unwrap_or_else(|| locked(&self.initial).clone());
        for state in self.states.iter().filter_map(|state| locked(state).take()) {
            merge(&mut all, state);
        }
        locked(&self.shared).insert(all).clone()
    }

    /// Merges what all workers saw, and writes it. Nobody may be reading.
    pub(super) fn keep(&self) {
        let Some(keeping) = &self.keeping else { return };
        self.settle();
        // What is new is merged into what there is, and an empty state into both: so nothing waits in it to be counted.
        let mut all = locked(&self.shared).take().unwrap_or_else(|| locked(&self.initial).clone());
        (keeping.merge)(&mut all, locked(&self.initial).clone());
        for state in self.states.iter().filter_map(|state| locked(state).take()) {
            (keeping.merge)(&mut all, state);
        }
        let far = FarNow {
            files: &locked(&keeping.files),
            met: &locked(&self.met),
            skipped: &locked(&self.skipped),
            digests: self.digests.iter().map(|digest| digest.get().copied()).collect(),
        };
        keeping.write(&far, &all, self.progress);
        *locked(&self.shared) = Some(all);
    }

    fn chunks<'s>(
        &'s self,
        scope: &Scope<'s>,
        tally: &Arc<Mutex<Tally>>,
        visit: Visit,
        opened: Opened<'_>,
        is_file: bool,
    ) -> (Condition, End) {
        let Visit { file, met, log } = visit;
        let Opened { mut framer, recognition, .. } = opened;
        let (mut end, known) = log.map_or((End::default(), None), |log| (log.end, Some(log.at)));
        // A source of blank lines alone has no format, but its lines are counted by any.
        let mut reading = recognition.reading.unwrap_or_else(|| Reading::listed(accesslog::FORMATS[0]));
        let is_even = reading.framing == Framing::Lines && reading.format.directive_mark().is_none();
        let stopped = || Condition::Incomplete("the scan was stopped before its end".to_owned());
        let known = match known {
            // No line says how those behind it are read: so none before the place has to be looked at.
            Some(at) if is_even => {
                let source = &self.inputs.sources[file];
                if is_file && let Some(rest) = source::bytes_from(source, at.offset, self.progress) {
                    framer.go_on_with(rest, at);
                }
                while framer.position().offset < at.offset {
                    if self.stops(file, || None) {
                        return (stopped(), end);
                    }
                    if !framer.pass_over(at.offset) {
                        break;
                    }
                }
                if framer.position().offset != at.offset {
                    self.refuse(&source.path);
                }
                framer.stands_at(at);
                None
            }
            known => known,
        };
        loop {
            let at = framer.position();
            let is_known = known.is_some_and(|known| at.offset < known.offset);
            let mark = || Mark { met, log: Some(LogMark { at, tally: Arc::clone(tally), end }) };
            if self.stops(file, || (!is_known).then(mark)) {
                return (stopped(), end);
            }
            let Some(frame) = framer.next(|| self.spare()) else { break };
            let skip = known.map_or(0, |known| known.offset.saturating_sub(at.offset));
            match frame {
                Frame::Lines(mut lines) => {
                    let after = reading.after(lines.bytes());
                    end.is_last_line_open = reading.framing == Framing::Lines && !lines.bytes().ends_with(b"\n");
                    let bytes = lines.bytes().len() as u64;
                    if let Some(known) = known.filter(|_| 0 < skip && skip < bytes) {
                        reading = reading.after(&lines.cut(known)).unwrap_or(reading);
                    }
                    if skip < bytes {
                        self.hand_out(scope, Share { reading: reading.clone(), tally: Arc::clone(tally) }, lines);
                    }
                    reading = after.unwrap_or(reading);
                }
                Frame::Fault(fault, bytes) => {
                    let census = &mut locked(tally).census;
                    census.bytes += bytes.saturating_sub(skip);
                    if known.is_none_or(|known| known.offset <= fault.at.offset) {
                        census.lines += 1;
                        census.add_fault(fault.at, fault.fault);
                    }
                }
            }
        }
        if known.is_some_and(|known| framer.position().offset < known.offset) {
            self.refuse(&self.inputs.sources[file].path);
        }
        match framer.into_error() {
            Some(error) => {
                end.is_damaged = codec::is_damage(&error);
                (Condition::Incomplete(error.to_string()), end)
            }
            None => (Condition::Complete, end),
        }
    }

    /// A buffer that was used, or an empty one.
    pub(super) fn spare(&self) -> Vec<u8> {
        locked(&self.spares).pop().unwrap_or_default()
    }

    /// Says that a file is not what it was when it was kept how far it was read.
    fn refuse(&self, path: &Path) {
        if let Some(keeping) = &self.keeping {
            keeping.refuse(format!("{} holds less than was read of it", path.display()), self.progress);
        }
    }

    /// Gives the lines to whoever is idle, or works on them here if enough is under way.
    pub(super) fn hand_out<'s>(&'s self, scope: &Scope<'s>, share: Share, lines: Lines) {
        if self.under_way_max <= self.under_way.load(Ordering::Relaxed) {
            return self.work(&share, lines);
        }
        self.under_way.fetch_add(1, Ordering::Relaxed);
        locked(&self.waiting).push_back((share, lines));
        scope.spawn(move |_| {
            self.take_one();
        });
    }

    /// Works on the chunk that waits longest. Gives whether there was one.
    pub(super) fn take_one(&self) -> bool {
        let Some((share, lines)) = locked(&self.waiting).pop_front() else { return false };
        self.work(&share, lines);
        self.under_way.fetch_sub(1, Ordering::Release);
        true
    }

    fn work(&self, share: &Share, lines: Lines) {
        let worker = rayon::current_thread_index().unwrap_or(0);
        let mut state = locked(&self.states[worker]);
        let state = state.get_or_insert_with(|| locked(&self.initial).clone());
        let mut tally = Tally::default();
        let chunk = Chunk { bytes: lines.bytes(), start: lines.start };
        let Tally { census, outside, undated, .. } = &mut tally;
        let parse = || {
            let mut working = Working { state, observer: &self.observer, window: self.config.window, outside, undated };
            let (reading, clients) = (&share.reading, self.config.clients.as_ref());
            match reading.framing {
                Framing::Elements => parse_elements_to(chunk, &lines.places, reading, census, &mut working),
                Framing::Lines => {
                    let are_theirs = clients.map(|Clients(are_theirs)| &**are_theirs as &IsWanted<'_>);
                    parse_chunk_to(chunk, reading, are_theirs, census, &mut working);
                }
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
