//! A pass over logs that grow: whole lines are handed out as they come, until somebody says that it is enough.
//!
//! One looks at the files, the others work on the lines, and the one does as well when enough is under way. A file is
//! recognised once as much of it is there as a scan of a whole one looks at, or at the end; its lines wait for that, unless what
//! they come to is to be shown before. So what a pass came to is what a scan of the same bytes comes to, wherever the writer
//! stopped in between.
//!
//! A last line whose end has not come is not yet a line, however long it takes: it might go on. At the end it is a fault where
//! its file is still written to, and a line like any other where the file was put away, as nobody writes to that any more.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::io::{self, Read};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use accesslog::{Framing, Reading};
use rayon::Scope;

use super::pass::{Pass, Share};
use super::tally::{Met, Tally, completed};
use super::{Error, Observer, Relief, account, locked, pool};
use crate::follow::{Clock, Event, Follower, Following, HELD_MAX, Pause};
use crate::framer::{Dry, Frame, Framer};
use crate::layer::{Layer, OPENING_BYTES as MAGIC_BYTES};
use crate::source::{self, OPENING_BYTES, Opened};
use crate::survey::{Pipe, Plan, Survey};
use crate::unpack::Place;
use crate::{Account, Condition, Config, FileDigest, Inputs, Layers, Origin, Progress, Skipped, Source, SourceAccount};

/// What logs that were followed came to.
#[derive(Debug)]
pub struct Followed<S> {
    /// The state.
    pub state: S,
    /// The account.
    pub account: Account,
    /// What reads all of it once more, through the handles that are still held; `None` where some of it is gone.
    pub again: Option<Inputs>,
}

/// What is done with what logs came to so far, about each time so long is over.
pub struct Every<'e, S> {
    /// How long that is.
    pub time: Duration,
    /// What is done. Nothing is read meanwhile.
    pub show: &'e mut (dyn FnMut(S, Account) + Send),
}

/// The same as [`fold`](super::fold) of logs that are written to meanwhile, until the progress is stopped or they were
/// followed as long as they were to be. What is there then is still read.
///
/// # Errors
///
/// [`Error::Threads`].
pub fn follow<S, O, M>(
    (inputs, config, progress): (&Inputs, &Config, &Progress),
    (following, clock, mut every): (Following, &dyn Clock, Option<Every<'_, S>>),
    relief: Option<Relief<S>>,
    initial: S,
    observe: O,
    merge: M,
) -> Result<Followed<S>, Error>
where
    S: Clone + Send,
    O: Observer<S>,
    M: Fn(&mut S, S) + Sync,
{
    let (pool, threads) = pool(config)?;
    let begin = (initial.clone(), None, relief);
    let pass = Pass::new((inputs, config, progress), (&pool, threads), begin, observe, None);
    let mut follower = Follower::new(inputs.sources.iter().map(|source| source.path.as_path()), config.has_digests);
    let Ends { digests, again } = pool.scope(|scope| {
        let mut lives = Lives { pass: &pass, scope, following, all: Vec::new(), counts: HashMap::new() };
        let mut pause = Pause::default();
        let mut due = every.as_ref().map_or(Duration::MAX, |every| every.time);
        loop {
            let come = follower.look(&mut |event| lives.take(event, clock.now()));
            lives.close_lines(clock.now());
            let left = following.length.map_or(Duration::MAX, |length| length.saturating_sub(clock.now()));
            if progress.is_stopped() || left.is_zero() {
                break;
            }
            if let Some(Every { time, show }) = every.as_mut().filter(|_| due <= clock.now()) {
                lives.open_all();
                let state = pass.so_far(&merge);
                show(state, lives.so_far(&mut follower));
                // From when that is done: what takes longer than it may must not be all that is done.
                due = clock.now().saturating_add(*time);
            }
            while pass.take_one() {}
            match pause.next(come, left.min(due.saturating_sub(clock.now()))) {
                Duration::ZERO => {}
                pause => clock.wait(pause),
            }
        }
        follower.last_look(&mut |event| lives.take(event, clock.now()));
        lives.end(&mut follower, clock.now())
    });
    let (mut account, shared, states) = pass.finish();
    for source in &mut account.sources {
        source.digest = digests.get(&source.number).copied();
    }
    let state = states.into_iter().chain(shared).reduce(|mut one, other| {
        merge(&mut one, other);
        one
    });
    Ok(Followed { state: state.unwrap_or(initial), account, again })
}

/// What has come of a file and was not yet cut into lines.
#[derive(Default)]
struct Fed {
    bytes: VecDeque<u8>,
    is_over: bool,
}

struct Feed(Rc<RefCell<Fed>>);

impl Read for Feed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let fed = &mut *self.0.borrow_mut();
        if fed.bytes.is_empty() && !fed.is_over && !buffer.is_empty() {
            return Err(io::Error::other(Dry));
        }
        fed.bytes.read(buffer)
    }
}

/// A file as its lines are handed out.
struct Live {
    number: u32,
    place: Place,
    fed: Rc<RefCell<Fed>>,
    stage: Stage,
    tally: Arc<Mutex<Tally>>,
    is_last_line_open: bool,
    /// When something last came.
    came: Duration,
}

/// How far a file is.
enum Stage {
    /// Too little is there to tell its format.
    Waiting,
    /// Its lines are handed out.
    Open {
        framer: Box<Framer<Box<dyn Read>>>,
        reading: Box<Reading>,
        account: Box<SourceAccount>,
        opening: Option<[u8; 32]>,
    },
    /// It is not read, or not any more: what became of it, the digest of its first bytes, and how many bytes a second reading
    /// reads, if it was read at all.
    Over { account: Box<SourceAccount>, opening: Option<[u8; 32]>, bytes: Option<u64> },
}

/// All files, by their numbers.
struct Lives<'l, 'a, 's, S, O> {
    pass: &'s Pass<'a, S, O>,
    scope: &'l Scope<'s>,
    following: Following,
    all: Vec<Live>,
    /// How many files of each log there are.
    counts: HashMap<usize, u32>,
}

/// How files that were followed ended.
struct Ends {
    digests: HashMap<u32, FileDigest>,
    again: Option<Inputs>,
}

impl<'a, 's, S, O> Lives<'_, 'a, 's, S, O>
where
    S: Clone + Send,
    O: Observer<S>,
{
    /// Takes in what happened to a file.
    fn take(&mut self, event: Event<'_>, now: Duration) {
        match event {
            Event::Begin(log) => self.begin(log, now),
            Event::Bytes(file, bytes) => {
                let live = &mut self.all[file];
                self.pass.progress.read.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                live.came = now;
                if !matches!(live.stage, Stage::Over { .. }) {
                    live.fed.borrow_mut().bytes.extend(bytes);
                    live.step(self.pass, self.scope);
                }
            }
            Event::End(file, is_cut) => self.all[file].end(is_cut, self.pass, self.scope),
        }
    }

    fn begin(&mut self, log: usize, now: Duration) {
        let plan = &self.pass.survey.plans[log];
        let count = self.counts.entry(log).or_default();
        let has_number = *count < plan.numbers;
        let number = plan.first + (*count).min(plan.numbers.saturating_sub(1));
        *count += 1;
        let path = self.pass.inputs.sources[log].path.clone();
        let place = Place { path, origin: Origin::Named, layers: Layers::default() };
        let stage = match has_number {
            true => Stage::Waiting,
            false => Stage::unread(number, &place, Condition::Unread("more files than can be numbered".to_owned())),
        };
        self.all.push(Live {
            number,
            place,
            fed: Rc::default(),
            stage,
            tally: Arc::default(),
            is_last_line_open: false,
            came: now,
        });
    }

    /// Takes last lines as they are that have not gone on for as long as it was said.
    fn close_lines(&mut self, now: Duration) {
        let Some(partial) = self.following.partial else { return };
        for live in self.all.iter_mut().filter(|live| live.came + partial <= now) {
            live.close_line(self.pass, self.scope);
        }
    }

    /// Hands out the lines of files that wait for more by which to tell their format, where it can be told already.
    fn open_all(&mut self) {
        for live in self.all.iter_mut().filter(|live| matches!(live.stage, Stage::Waiting)) {
            let waiting = live.fed.borrow().bytes.clone();
            if !waiting.contains(&b'\n') {
                continue;
            }
            match live.opened(self.pass.config) {
                Ok(stage) => {
                    live.stage = stage;
                    live.whole_lines(self.pass, self.scope);
                }
                Err(_) => live.fed.borrow_mut().bytes = waiting,
            }
        }
    }

    /// The account of what was read so far.
    fn so_far(&self, follower: &mut Follower) -> Account {
        let names = follower.names();
        let mut met = Vec::new();
        for (file, (live, name)) in self.all.iter().zip(names).enumerate() {
            let (mut account, opening) = match &live.stage {
                Stage::Open { account, opening, .. } | Stage::Over { account, opening, .. } => {
                    (SourceAccount::clone(account), *opening)
                }
                Stage::Waiting => continue,
            };
            account.path = name;
            account.digest = follower.file(file).digest();
            met.push(Met { account, tally: Arc::clone(&live.tally), opening });
        }
        met.sort_unstable_by_key(|met| met.account.number);
        let still = |source: &Source| Skipped {
            path: source.path.clone(),
            because: "it is still followed: this is what it came to so far".to_owned(),
            is_loss: false,
        };
        Account { sources: completed(met), skipped: self.pass.inputs.sources.iter().map(still).collect() }
    }

    /// Hands out what is left of all files, and says what they were.
    fn end(&mut self, follower: &mut Follower, now: Duration) -> Ends {
        let names = follower.names();
        let (mut digests, mut again) = (HashMap::new(), Some(Again::default()));
        let mut let_go = 0;
        for (file, (mut live, name)) in self.all.drain(..).zip(names).enumerate() {
            let held = follower.file(file);
            if self.following.partial.is_some_and(|partial| live.came + partial <= now) {
                live.close_line(self.pass, self.scope);
            }
            live.end(follower.is_current(file) || held.gap.is_some(), self.pass, self.scope);
            let Stage::Over { mut account, opening, bytes } = live.stage else { unreachable!("it was just ended") };
            if let Some(bytes) = bytes {
                let pipe = held.again(bytes);
                again = again.zip(pipe).map(|(again, pipe)| again.with(name.clone(), live.number, Box::new(pipe)));
            }
            if let Some(digest) = held.digest() {
                digests.insert(live.number, digest);
            }
            let_go += usize::from(!held.is_held() && held.gap.is_none());
            account.path = name;
            account.is_last_line_open = live.is_last_line_open;
            if let (Condition::Complete, Some(gap)) = (&account.condition, &held.gap) {
                account.condition = Condition::Incomplete(gap.clone());
            }
            self.pass.is_met(*account, live.tally, opening);
        }
        for (path, because, is_loss) in follower.troubles() {
            self.pass.skip(path, because.to_owned(), is_loss);
        }
        if 0 < let_go {
            let because = format!(
                "{let_go} files that were put away were let go before the end, as no more than {HELD_MAX} are held: what was \
                 still written to them is not read"
            );
            self.pass.skip(&self.pass.inputs.sources[0].path, because, false);
        }
        Ends { digests, again: again.map(|again| again.into_inputs(self.pass.survey.key)) }
    }
}

impl Stage {
    /// That of a file of which nothing is read.
    fn unread(number: u32, place: &Place, condition: Condition) -> Stage {
        Stage::Over { account: Box::new(account(number, place.clone(), condition)), opening: None, bytes: None }
    }
}

impl Live {
    /// Hands out the whole lines that are there.
    fn step<'s, S, O>(&mut self, pass: &'s Pass<'_, S, O>, scope: &Scope<'s>)
    where
        S: Clone + Send,
        O: Observer<S>,
    {
        if matches!(self.stage, Stage::Waiting) && OPENING_BYTES <= self.fed.borrow().bytes.len() {
            self.open(pass.config);
        }
        self.whole_lines(pass, scope);
    }

    fn whole_lines<'s, S, O>(&mut self, pass: &'s Pass<'_, S, O>, scope: &Scope<'s>)
    where
        S: Clone + Send,
        O: Observer<S>,
    {
        while let Stage::Open { framer, .. } = &mut self.stage
            && let Some(frame) = framer.next(|| pass.spare())
        {
            self.hand_out(frame, pass, scope);
        }
    }

    /// Tells the format by what is there.
    fn open(&mut self, config: &Config) {
        self.stage = match self.opened(config) {
            Ok(stage) => stage,
            Err(condition) => {
                self.fed.borrow_mut().bytes = VecDeque::new();
                Stage::unread(self.number, &self.place, condition)
            }
        };
    }

    fn opened(&self, config: &Config) -> Result<Stage, Condition> {
        let magic: Vec<u8> = self.fed.borrow().bytes.iter().take(MAGIC_BYTES).copied().collect();
        if !matches!(Layer::of(&magic), Ok(None)) {
            let because = "it is packed, and what is packed is not followed: scan it when it is whole";
            return Err(Condition::Unread(because.to_owned()));
        }
        let feed = Box::new(Feed(Rc::clone(&self.fed)));
        let Opened { framer, recognition, opening } = source::open(feed, self.place.origin, self.number, config)?;
        let mut account = account(self.number, self.place.clone(), Condition::Complete);
        account.recognise(&recognition);
        let reading = recognition.reading.unwrap_or_else(|| Reading::listed(accesslog::FORMATS[0]));
        let framer = Box::new(framer);
        match reading.framing {
            Framing::Lines => {
                Ok(Stage::Open { framer, reading: Box::new(reading), account: Box::new(account), opening })
            }
            Framing::Elements => {
                let because = "it is one document, which is not followed: scan it when it is whole";
                Err(Condition::Unread(because.to_owned()))
            }
        }
    }

    fn hand_out<'s, S, O>(&mut self, frame: Frame, pass: &'s Pass<'_, S, O>, scope: &Scope<'s>)
    where
        S: Clone + Send,
        O: Observer<S>,
    {
        let Stage::Open { reading, .. } = &mut self.stage else { return };
        match frame {
            Frame::Lines(lines) => {
                let after = reading.after(lines.bytes());
                self.is_last_line_open = !lines.bytes().ends_with(b"\n");
                let share = Share { reading: Reading::clone(reading), tally: Arc::clone(&self.tally) };
                pass.hand_out(scope, share, lines);
                if let Some(after) = after {
                    **reading = after;
                }
            }
            Frame::Fault(fault, bytes) => {
                let census = &mut locked(&self.tally).census;
                census.bytes += bytes;
                census.lines += 1;
                census.add_fault(fault.at, fault.fault);
            }
        }
    }

    /// Takes a last line as it is.
    fn close_line<'s, S, O>(&mut self, pass: &'s Pass<'_, S, O>, scope: &Scope<'s>)
    where
        S: Clone + Send,
        O: Observer<S>,
    {
        if let Stage::Open { framer, .. } = &mut self.stage
            && let Some(frame) = framer.close_line(|| pass.spare())
        {
            self.hand_out(frame, pass, scope);
        }
    }

    /// Hands out what is left; a last line that is open is torn, or one like any other.
    fn end<'s, S, O>(&mut self, is_torn: bool, pass: &'s Pass<'_, S, O>, scope: &Scope<'s>)
    where
        S: Clone + Send,
        O: Observer<S>,
    {
        self.fed.borrow_mut().is_over = !is_torn;
        if matches!(self.stage, Stage::Waiting) {
            self.open(pass.config);
        }
        self.whole_lines(pass, scope);
        let Stage::Open { framer, .. } = &mut self.stage else { return };
        let bytes = Some(framer.position().offset);
        if let Some(frame) = framer.tear_line() {
            self.is_last_line_open = true;
            self.hand_out(frame, pass, scope);
        }
        if let Stage::Open { account, opening, .. } = std::mem::replace(&mut self.stage, Stage::Waiting) {
            self.stage = Stage::Over { account, opening, bytes };
        }
    }
}

/// What is read once more.
#[derive(Default)]
struct Again {
    sources: Vec<Source>,
    plans: Vec<Plan>,
    pipes: HashMap<usize, Mutex<Option<Pipe>>>,
}

impl Again {
    fn with(mut self, path: PathBuf, number: u32, reader: Box<dyn Read + Send>) -> Again {
        self.pipes.insert(self.sources.len(), Mutex::new(Some(Pipe::new(reader))));
        self.plans.push(Plan { first: number, numbers: 1, twin_of: None });
        self.sources.push(Source { path, size: 0, origin: Origin::Named, built_in: None });
        self
    }

    fn into_inputs(self, key: [u8; 32]) -> Inputs {
        let survey = Survey { plans: self.plans, key, sample: Vec::new(), files: HashMap::new(), pipes: self.pipes };
        Inputs { sources: self.sources, survey: OnceLock::from(survey), ..Inputs::default() }
    }
}
