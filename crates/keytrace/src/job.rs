//! What is to be read, and how; and the two passes over it.
//!
//! The first pass finds. Where it wants a client looked at line by line, a second one, aimed at those clients alone,
//! reads once more; where it does not, none is taken.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use accesslog::{Position, Record, Time, TrustedProxies};
use detect::audit::Audit;
use detect::{Apart, Budget, Detector, Key, Memory, Openings, Tracer, Verdict};
use report::show::{instant, named};
use scan::{
    Account, Checkpoint, Clients, Clock, Config, Every, Followed, Inputs, Kept, Limits, Monotonic, Observer, Progress,
    RATIO_MAX, Relief, Selection, Source, UNPACKED_BYTES_MAX, Window,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::arguments::LogOptions;
use crate::checkpoint::CheckpointOptions;
use crate::content;
use crate::follow_options::{Follow, FollowOptions, HashKey};
use crate::interrupt::Interrupt;
use crate::performance_options::PerformanceOptions;
use crate::progress;
use crate::settings::{BudgetOptions, Settings};

/// How many chunks of lines the memory would have room for, at least: what a worker sees of one before it looks at how much
/// it holds is then little beside it.
const CHUNKS: u64 = 2048;

/// How much memory it takes to judge on many threads, in bytes.
const ROOMY_BYTES: u64 = 512 << 20;

/// What is to be read, and how.
pub(crate) struct Job {
    pub(crate) inputs: Inputs,
    pub(crate) config: Config,
    /// The proxies whose word is taken for who the client is.
    pub(crate) proxies: TrustedProxies,
    /// What the owner of the service allows, and which data is whose.
    pub(crate) own: Settings,
    /// How much memory may be taken.
    pub(crate) memory: Memory,
    /// The folder below which the objects that left can be found.
    pub(crate) content_root: Option<PathBuf>,
    /// Where the first pass is kept, if it is.
    pub(crate) checkpoint: Option<Checkpoint>,
    /// How the logs are followed, if they are.
    pub(crate) following: Option<Follow>,
    /// The key of all hashes, where it is not the content that makes it.
    pub(crate) hash_key: Option<HashKey>,
    /// The options that the answer is a function of, as they were given.
    pub(crate) settings: Vec<(&'static str, String)>,
}

/// The threads of a scan, lent to whoever merges and judges.
struct Threads;

impl Apart for Threads {
    fn each(&self, pieces: usize, work: &(dyn Fn(usize) + Sync)) {
        scan::each(pieces, work);
    }
}

/// Merges at the end of a pass, when all threads are idle. Where a pass rests in its midst they are not: what is shared out
/// then may wait for a reader that rests.
fn merge_at_the_end(one: &mut Detector, other: Detector) {
    one.merge_apart(other, &Threads);
}

/// What an examination came to.
pub(crate) struct Examined {
    pub(crate) verdict: Verdict,
    pub(crate) account: Account,
    /// How many files an earlier run had read, of how many, in each pass that goes on from there.
    pub(crate) resumed: Vec<(usize, usize)>,
    /// Why the checkpoint could not be written, where it could not.
    pub(crate) unwritten: Option<io::Error>,
}

/// How many files were read before, of how many, and why a pass could not be kept.
type Keeping = (Option<(usize, usize)>, Option<io::Error>);

impl Job {
    /// The job that was asked for.
    ///
    /// # Errors
    ///
    /// What makes no sense, for people.
    pub(crate) fn of(logs: &LogOptions) -> Result<Job, String> {
        let LogOptions { paths, reading, input: options, settings: own } = logs;
        if let (Some(since), Some(until)) = (options.since, options.until)
            && until <= since
        {
            return Err("--until is not after --since: no request can be between them".to_owned());
        }
        let config = Config {
            reading: reading.reading()?,
            window: Window { since: options.since, until: options.until },
            limits: Limits { ratio_max: options.max_ratio, bytes_max: options.max_bytes, ..Limits::default() },
            ..Config::default()
        };
        let own = Settings::of(own)?;
        let proxies = reading.proxies(&own.proxies)?;
        let selection = Selection::new(&options.include, &options.exclude)?;
        let settings = settings(logs, &own);
        Ok(Job {
            inputs: Inputs::select(paths, selection),
            config,
            proxies,
            own,
            memory: Memory::default(),
            content_root: None,
            checkpoint: None,
            following: None,
            hash_key: None,
            settings,
        })
    }

    /// A job whose log is in the program.
    pub(crate) fn built_in(name: &str, bytes: &'static [u8]) -> Job {
        Job {
            inputs: Inputs::built_in(name, bytes),
            config: Config::default(),
            proxies: TrustedProxies::default(),
            own: Settings::default(),
            memory: Memory::default(),
            content_root: None,
            checkpoint: None,
            following: None,
            hash_key: None,
            settings: Vec::new(),
        }
    }

    /// The same, taking so much of the machine.
    ///
    /// # Errors
    ///
    /// That it is too little, for people.
    pub(crate) fn performing(mut self, options: PerformanceOptions) -> Result<Job, String> {
        self.memory = options.memory()?;
        if self.memory != Memory::default() {
            self.settings.push(("memory", self.memory.bytes().to_string()));
        }
        self.config.threads = options.threads.map_or(0, usize::from);
        Ok(self)
    }

    /// How many workers share the memory.
    pub(crate) fn workers(&self) -> usize {
        self.bounded().threads
    }

    /// The same, counting the persons inside the objects that left, which lie below a folder.
    ///
    /// # Errors
    ///
    /// That nothing can be counted so, and why.
    pub(crate) fn with_content(self, root: Option<&Path>) -> Result<Job, String> {
        let Some(root) = root else { return Ok(self) };
        let shown = named(root);
        if !root.is_dir() {
            return Err(format!("--content-root {shown}: expected a folder"));
        }
        if self.own.map.contents.is_empty() {
            return Err(format!(
                "--content-root {shown}: no settings say how an object is read; give keytrace.toml a [[data]] with content"
            ));
        }
        let mut settings = self.settings;
        settings.push(("content-root", shown.to_string()));
        Ok(Job { content_root: Some(root.to_owned()), settings, ..self })
    }

    /// The same within another budget, if one was given.
    pub(crate) fn within(mut self, options: BudgetOptions) -> Job {
        if let Some(budget) = options.budget {
            self.own.budget = Budget(budget);
            self.settings.push(("budget", budget.to_string()));
        }
        self
    }

    /// The same, its hashes under a key that is given, or drawn for logs that are followed. It is told among the settings.
    ///
    /// # Errors
    ///
    /// Why there is no key, for people.
    pub(crate) fn keyed(mut self, options: FollowOptions) -> Result<Job, String> {
        self.hash_key = options.key()?;
        let digits = |key: HashKey| key.iter().map(|byte| format!("{byte:02x}")).collect();
        self.settings.extend(self.hash_key.map(|key| ("key", digits(key))));
        Ok(self)
    }

    /// The same, the first pass being kept in a file.
    ///
    /// # Errors
    ///
    /// Why it cannot be, for people.
    pub(crate) fn kept(self, options: &CheckpointOptions, logs: &LogOptions) -> Result<Job, String> {
        let checkpoint = options.checkpoint(&self.settings, logs.reading.log_format.as_deref())?;
        let inputs = match &checkpoint {
            Some(checkpoint) => self.inputs.without_checkpoint(&checkpoint.path),
            None => self.inputs,
        };
        Ok(Job { inputs, checkpoint, ..self })
    }

    /// The same, reading what is still written to the logs, if that is asked for.
    ///
    /// # Errors
    ///
    /// What cannot be followed, for people.
    pub(crate) fn following(self, options: FollowOptions, paths: &[PathBuf]) -> Result<Job, String> {
        match options.follow() {
            Some(follow) => {
                let inputs = Inputs::followed(paths).map_err(|because| format!("--follow: {because}"))?;
                Ok(Job { inputs, following: Some(follow), ..self })
            }
            None => Ok(self),
        }
    }

    /// The same, looking at another stretch of time.
    pub(crate) fn through_window(self, window: Window) -> Job {
        Job { config: Config { window, ..self.config }, ..self }
    }

    /// The key of all hashes: the content makes it, unless there is another. With it goes what the openings of the logs show.
    pub(crate) fn key(&self, progress: &Progress) -> Result<Key, scan::Error> {
        let key = match &self.hash_key {
            Some(key) => Key::of(key),
            None => Key::of(&scan::content_key(&self.inputs, &self.config)?),
        };
        let pass = (&self.inputs, &self.config, progress);
        Ok(scan::openings(pass, Openings::default, Openings::observe, Openings::merge)?.key(key))
    }

    /// One pass over everything within the memory, each record with the client that the trusted proxies vouch for.
    pub(crate) fn pass<S: Clone + Send>(
        &self,
        progress: &Progress,
        (initial, relief): (S, Option<Relief<S>>),
        observe: impl Fn(&mut S, Position, &Record<'_>) + Sync,
        merge: impl Fn(&mut S, S) + Sync,
    ) -> Result<(S, Account), scan::Error> {
        let observe = |state: &mut S, at: Position, record: &Record<'_>| {
            self.with_client(record, |record| observe(state, at, record));
        };
        scan::fold_relieved((&self.inputs, &self.bounded(), progress), relief, initial, observe, merge)
    }

    /// Reads everything and judges it.
    ///
    /// Where logs are followed and that is asked for, `so_far` is shown now and then what they came to until then.
    pub(crate) fn examine(
        &self,
        (has_progress, has_digests): (bool, bool),
        so_far: &mut (dyn FnMut(Verdict, Account) + Send),
    ) -> Result<Examined, scan::Error> {
        Interrupt::current().during(|stop| self.examine_until(stop, (has_progress, has_digests), so_far))
    }

    /// Reads everything and takes it in as it stands: the client of a record is the peer that the log names.
    pub(crate) fn audit(&self) -> Result<(Audit, Account), scan::Error> {
        Interrupt::current().during(|stop| {
            let progress = Progress::stopped_by(stop);
            let config = self.bounded();
            let empty = Audit::keyed(self.key(&progress)?).within(self.memory, config.threads);
            let relief = Some(Relief { is_heavy: Audit::is_heavy, hand_over: Audit::hand_over });
            scan::fold_relieved((&self.inputs, &config, &progress), relief, empty, Audit::observe, Audit::merge)
        })
    }

    fn examine_until(
        &self,
        stop: Arc<AtomicBool>,
        (has_progress, has_digests): (bool, bool),
        so_far: &mut (dyn FnMut(Verdict, Account) + Send),
    ) -> Result<Examined, scan::Error> {
        let config = Config { has_digests, ..self.bounded() };
        let progress = Progress::stopped_by(stop);
        if let Some(checkpoint) = &self.checkpoint {
            checkpoint.second().check(&self.inputs, &self.config)?;
        }
        progress::shown(has_progress, self.inputs.bytes(), &progress, || {
            let observer = self.noting(Detector::note, Detector::observe_noted);
            let (initial, how) =
                (Detector::keyed(self.key(&progress)?).within(self.memory, config.threads), (&config, &progress));
            let relief = Relief { is_heavy: Detector::is_heavy, hand_over: Detector::hand_over };
            let (found, followed) = match &self.following {
                None => {
                    let checkpoint = self.checkpoint.as_ref();
                    let is_apart = checkpoint.is_none() && self.is_roomy();
                    let merge = if is_apart { merge_at_the_end } else { Detector::merge };
                    (self.read(&self.inputs, how, (checkpoint, relief), initial, observer, merge)?, None)
                }
                Some(Follow { how, every, .. }) => {
                    let mut show = |detector: Detector, account| {
                        so_far(self.without_allowed(self.seen_once(detector.finish())), account);
                    };
                    let every = every.map(|time| Every { time, show: &mut show });
                    let clock = (*how, &Monotonic::default() as &dyn Clock, every);
                    let pass = (&self.inputs, &config, &progress);
                    let Followed { state, account, again } =
                        scan::follow(pass, clock, Some(relief), initial, observer, Detector::merge)?;
                    (Kept::from((state, account)), Some(again))
                }
            };
            let progress = match Interrupt::current() {
                interrupt if followed.is_some() && interrupt.is_awaited_end() => Progress::default(),
                _ => progress.again(),
            };
            let again = match &followed {
                Some(again) => again.as_ref(),
                None => (!self.inputs.sources.iter().any(can_be_read_only_once)).then_some(&self.inputs),
            };
            let verdict = match self.is_roomy() {
                true => found.state.finish_apart(&Threads),
                false => found.state.finish(),
            };
            let (verdict, second) = self.look_again(verdict, again, &progress)?;
            let verdict = self.with_contents(self.without_allowed(verdict), &progress.again())?;
            let passes = [(found.resumed, found.unwritten), second];
            let resumed = passes.iter().filter_map(|(resumed, _)| *resumed).collect();
            let unwritten = passes.into_iter().find_map(|(_, unwritten)| unwritten);
            Ok(Examined { verdict, account: found.account, resumed, unwritten })
        })
    }

    /// Whether there is memory for judging on many threads, each of which keeps to itself what it frees.
    fn is_roomy(&self) -> bool {
        ROOMY_BYTES <= self.memory.bytes()
    }

    /// One pass over everything, kept in a file if there is one for it.
    fn read<S: Clone + Send + Serialize + DeserializeOwned>(
        &self,
        inputs: &Inputs,
        (config, progress): (&Config, &Progress),
        (checkpoint, relief): (Option<&Checkpoint>, Relief<S>),
        initial: S,
        observer: impl Observer<S>,
        merge: impl Fn(&mut S, S) + Sync,
    ) -> Result<Kept<S>, scan::Error> {
        let pass = (inputs, config, progress);
        match checkpoint {
            Some(checkpoint) => scan::fold_kept(pass, (checkpoint, Some(relief)), initial, observer, merge),
            None => scan::fold_relieved(pass, Some(relief), initial, observer, merge).map(Kept::from),
        }
    }

    /// How a pass runs that keeps within the memory.
    pub(crate) fn bounded(&self) -> Config {
        let threads = self.memory.threads(scan::threads(&self.config));
        let chunk_bytes = usize::try_from(self.memory.bytes() / CHUNKS).unwrap_or(usize::MAX);
        Config { threads, chunk_bytes: chunk_bytes.min(self.config.chunk_bytes), ..self.config.clone() }
    }

    /// Reads once more what a verdict wants looked at line by line, if there is anything, where that can be read again; and how
    /// that was kept.
    fn look_again(
        &self,
        verdict: Verdict,
        again: Option<&Inputs>,
        progress: &Progress,
    ) -> Result<(Verdict, Keeping), scan::Error> {
        let tracer = self.tracer(&verdict);
        if tracer.is_idle() {
            return Ok((verdict.with_persons(Arc::clone(&self.own.map)), (None, None)));
        }
        let Some(inputs) = again.filter(|_| !progress.is_stopped()) else {
            return Ok((self.seen_once(verdict), (None, None)));
        };
        let config = Config { has_digests: false, ..self.bounded() };
        let second = self.checkpoint.as_ref().map(Checkpoint::second);
        let tracer = tracer.among(config.threads);
        let traced = self.trace((inputs, &config, progress), second.as_ref(), tracer)?;
        // Few logs hold anybody who may have turned, and what is kept is kept until then.
        let look = |turned| Ok(self.trace((inputs, &config, &progress.again()), None, turned)?.state);
        let tracer = if progress.is_stopped() { traced.state } else { traced.state.completed(look)? };
        Ok((verdict.traced(tracer), (traced.resumed, traced.unwritten)))
    }

    /// A pass over the lines that a tracer is aimed at.
    fn trace(
        &self,
        (inputs, config, progress): (&Inputs, &Config, &Progress),
        checkpoint: Option<&Checkpoint>,
        tracer: Tracer,
    ) -> Result<Kept<Tracer>, scan::Error> {
        let observer = self.noting(Tracer::note, Tracer::observe_noted);
        // Where a proxy is trusted, who the client is stands elsewhere in the line.
        let clients = self.proxies.is_empty().then(|| Clients(Arc::new(tracer.clients())));
        let config = Config { clients, ..config.clone() };
        let relief = Relief { is_heavy: Tracer::is_heavy, hand_over: Tracer::hand_over };
        self.read(inputs, (&config, progress), (checkpoint, relief), tracer, observer, Tracer::merge)
    }

    /// A verdict of which nothing is looked at again.
    fn seen_once(&self, verdict: Verdict) -> Verdict {
        let verdict = if self.tracer(&verdict).is_idle() { verdict } else { verdict.untraced() };
        verdict.with_persons(Arc::clone(&self.own.map))
    }

    /// A second pass over what a verdict wants looked at again.
    pub(crate) fn tracer(&self, verdict: &Verdict) -> Tracer {
        let tracer = Tracer::of(verdict).with_map(Arc::clone(&self.own.map));
        match self.content_root {
            Some(_) => tracer.with_objects(Arc::clone(&self.own.map)),
            None => tracer,
        }
    }

    /// A verdict with the persons inside the objects that left.
    fn with_contents(&self, verdict: Verdict, progress: &Progress) -> Result<Verdict, scan::Error> {
        match &self.content_root {
            Some(root) => content::counted(root, verdict, &self.own.map, (&self.config, progress)),
            None => Ok(verdict),
        }
    }

    /// A verdict without what the owner of the service allows, and with no more loud than their budget has.
    pub(crate) fn without_allowed(&self, verdict: Verdict) -> Verdict {
        verdict.allowed(&self.own.policy, &self.own.map).within(self.own.budget)
    }

    /// Whoever notes something of each record and takes it in, with the client that the trusted proxies vouch for.
    fn noting<S, T: Copy + Default>(
        &self,
        note: impl Fn(&S, &Record<'_>) -> T + Sync,
        observe: impl Fn(&mut S, Position, &Record<'_>, T) + Sync,
    ) -> impl Observer<S> {
        scan::noting(
            move |state: &mut S, record: &Record<'_>| self.with_client(record, |record| note(state, record)),
            move |state: &mut S, at: Position, record: &Record<'_>, noted| {
                self.with_client(record, |record| observe(state, at, record, noted));
            },
        )
    }

    /// Shows a record with the client that the trusted proxies vouch for.
    pub(crate) fn with_client<T>(&self, record: &Record<'_>, observe: impl FnOnce(&Record<'_>) -> T) -> T {
        match record.client {
            Some(peer) if !self.proxies.is_empty() => {
                let client = Some(self.proxies.effective_client(peer, record.forwarded));
                observe(&Record { client, ..*record })
            }
            _ => observe(record),
        }
    }
}

/// The options that the answer is a function of, those that were left at their defaults not among them.
fn settings(logs: &LogOptions, own: &Settings) -> Vec<(&'static str, String)> {
    let LogOptions { reading, input, .. } = logs;
    let one = |name, value: Option<String>| value.map(|value| (name, value));
    let each = |name, values: &[String]| values.iter().map(|value| (name, value.clone())).collect::<Vec<_>>();
    let time = |time: Option<Time>| time.map(instant);
    let unless = |value: u64, usual: u64| (value != usual).then(|| value.to_string());
    let single = [
        one("format", reading.format.clone()),
        one("log-format", reading.log_format.clone()),
        one("since", time(input.since)),
        one("until", time(input.until)),
        one("max-ratio", unless(input.max_ratio, RATIO_MAX)),
        one("max-bytes", unless(input.max_bytes, UNPACKED_BYTES_MAX)),
    ];
    let source = own.source.as_ref();
    let source = source
        .map(|(path, digest)| [("config", path.to_string_lossy().into_owned()), ("config-sha256", digest.clone())]);
    let many = [
        each("json-map", &reading.json_map),
        each("trusted-proxy", &reading.trusted_proxy),
        each("include", &input.include),
        each("exclude", &input.exclude),
    ];
    single.into_iter().flatten().chain(many.into_iter().flatten()).chain(source.into_iter().flatten()).collect()
}

/// Whether a source is a pipe: what was read of it is gone.
pub(crate) fn can_be_read_only_once(source: &Source) -> bool {
    let is_file = || fs::metadata(&source.path).is_ok_and(|metadata| metadata.is_file());
    source.built_in.is_none() && (source.path == Path::new("-") || !is_file())
}
