//! What is to be read, and how; and the two passes over it.
//!
//! The first pass finds. Where it wants a client looked at line by line, a second one, aimed at those clients alone,
//! reads once more; where it does not, none is taken.

use std::fs;
use std::path::Path;

use accesslog::{Position, Record, TrustedProxies};
use detect::{Detector, Tracer, Verdict};
use scan::{Account, Config, Inputs, Limits, Progress, Selection, Source, Window};

use crate::arguments::LogOptions;
use crate::progress;

/// What is to be read, and how.
pub(crate) struct Job {
    pub(crate) inputs: Inputs,
    pub(crate) config: Config,
    /// The proxies whose word is taken for who the client is.
    pub(crate) proxies: TrustedProxies,
}

impl Job {
    /// The job that was asked for.
    ///
    /// # Errors
    ///
    /// What makes no sense, for people.
    pub(crate) fn of(logs: &LogOptions) -> Result<Job, String> {
        let LogOptions { paths, reading, input: options } = logs;
        if let (Some(since), Some(until)) = (options.since, options.until)
            && until <= since
        {
            return Err("--until is not after --since: no request can be between them".to_owned());
        }
        let config = Config {
            reading: reading.reading()?,
            window: Window { since: options.since, until: options.until },
            limits: Limits { ratio_max: options.max_ratio, bytes_max: options.max_bytes },
            ..Config::default()
        };
        let proxies = reading.proxies()?;
        let selection = Selection::new(&options.include, &options.exclude)?;
        Ok(Job { inputs: Inputs::select(paths, selection), config, proxies })
    }

    /// A job whose log is in the program.
    pub(crate) fn built_in(name: &str, bytes: &'static [u8]) -> Job {
        Job { inputs: Inputs::built_in(name, bytes), config: Config::default(), proxies: TrustedProxies::default() }
    }

    /// The same on so many threads, or on as many as the machine has.
    pub(crate) fn on_threads(self, threads: Option<u16>) -> Job {
        Job { config: Config { threads: threads.map_or(0, usize::from), ..self.config }, ..self }
    }

    /// Reads everything and judges it.
    pub(crate) fn examine(&self, has_progress: bool) -> Result<(Verdict, Account), scan::Error> {
        let progress = Progress::default();
        progress::shown(has_progress, self.inputs.bytes(), &progress, || {
            let observe = |detector: &mut Detector, at: Position, record: &Record<'_>| {
                self.with_client(record, |record| detector.observe(at, record));
            };
            let (inputs, config) = (&self.inputs, &self.config);
            let (detector, account) =
                scan::fold(inputs, config, &progress, Detector::default(), observe, Detector::merge)?;
            Ok((self.look_again(detector.finish())?, account))
        })
    }

    /// Reads once more what a verdict wants looked at line by line, if there is anything.
    fn look_again(&self, verdict: Verdict) -> Result<Verdict, scan::Error> {
        let tracer = Tracer::of(&verdict);
        if tracer.is_idle() {
            return Ok(verdict);
        }
        if self.inputs.sources.iter().any(can_be_read_only_once) {
            return Ok(verdict.untraced());
        }
        let observe = |tracer: &mut Tracer, at: Position, record: &Record<'_>| {
            self.with_client(record, |record| tracer.observe(at, record));
        };
        let (tracer, _) = scan::fold(&self.inputs, &self.config, &Progress::default(), tracer, observe, Tracer::merge)?;
        Ok(verdict.traced(tracer))
    }

    /// Shows a record with the client that the trusted proxies vouch for.
    fn with_client(&self, record: &Record<'_>, observe: impl FnOnce(&Record<'_>)) {
        match record.client {
            Some(peer) if !self.proxies.is_empty() => {
                let client = Some(self.proxies.effective_client(peer, record.forwarded));
                observe(&Record { client, ..*record });
            }
            _ => observe(record),
        }
    }
}

/// Whether a source is a pipe: what was read of it is gone.
fn can_be_read_only_once(source: &Source) -> bool {
    let is_file = || fs::metadata(&source.path).is_ok_and(|metadata| metadata.is_file());
    source.built_in.is_none() && (source.path == Path::new("-") || !is_file())
}
