//! The command `trace`: everything that these clients, keys or routes did, with every line of it as evidence.
//!
//! What is asked for is given by hand or taken from an incident. Two passes on all threads count it, and who else there
//! was; where evidence is wanted, a walk in order writes every line, so that none is lost to a bound.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use accesslog::{Position, Record, Time};
use detect::Actors;
use detect::trail::{Others, Question, Trace, Trail};
use report::Untrusted;
use report::document::read;
use report::show::{Shown, instant, named};
use report::trace::{Asked, Evidence, TracedInput, write_text};
use scan::{Account, Condition, Config, Met, Progress, Relief, Window, walk};

use crate::arguments::{AskOptions, TraceOptions};
use crate::interrupt::Interrupt;
use crate::job::{Job, can_be_read_only_once};
use crate::output::{self, Place};
use crate::{Exit, say};

/// Traces what is asked for.
pub(crate) fn trace(options: &TraceOptions, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Exit {
    let job = Job::of(&options.logs).and_then(|job| job.performing(options.performance));
    let prepared = job.map_err(|because| (because, Exit::Usage)).and_then(|job| {
        let place = evidence_place(options, &job)?;
        Ok((job, place))
    });
    let (mut job, place) = match prepared {
        Ok(prepared) => prepared,
        Err((because, exit)) => {
            say(stderr, &because);
            return exit;
        }
    };
    match follow(options, &mut job, stderr) {
        Ok(followed) => write((options, &job), &followed, place, stdout, stderr),
        Err(because) => {
            say(stderr, &because);
            if let Some(place) = place {
                place.abandon();
            }
            Exit::Usage
        }
    }
}

/// Where evidence goes, if it is wanted.
fn evidence_place(options: &TraceOptions, job: &Job) -> Result<Option<Place>, output::Refusal> {
    let usage = |because: String| (because, Exit::Usage);
    let is_pipe = job.inputs.sources.iter().any(can_be_read_only_once);
    if is_pipe {
        return Err(usage("a trace reads its logs more than once, and a pipe can be read only once".to_owned()));
    }
    let Some(path) = options.output.as_deref() else { return Ok(None) };
    let ending = path.extension().and_then(|extension| extension.to_str());
    if path != Path::new("-") && !matches!(ending, Some("ndjson" | "jsonl")) {
        return Err(usage(format!("evidence is written as .ndjson; {} ends otherwise", named(path))));
    }
    if job.inputs.sources.iter().any(|source| output::is_same(&source.path, path)) {
        return Err(usage(format!("the output {} is one of the inputs", named(path))));
    }
    let place = output::place(path).map_err(|error| (format!("{}: {error}", named(path)), Exit::Unwritten))?;
    Ok(Some(place))
}

/// What was asked, and what came of it.
struct Followed {
    question: Arc<Question>,
    asked: Asked,
    trace: Trace,
    account: Account,
}

/// Reads the logs for what is asked.
fn follow(options: &TraceOptions, job: &mut Job, stderr: &mut dyn Write) -> Result<Followed, String> {
    if options.ask.from.is_some() && options.ask.incident.is_none() {
        return Err("--from names a report: give --incident to say which of its incidents".to_owned());
    }
    let mut question = asked_by_hand(&options.ask);
    if let Some(id) = &options.ask.incident {
        let found = match &options.ask.from {
            Some(path) => saved(path, id)?,
            None => scanned(job, id)?,
        };
        if found.more != 0 {
            say(stderr, &format!("the incident {id} names its busiest actors: {} others are not followed", found.more));
        }
        if found.actors.has_roles() {
            say(stderr, "the roles and keys of the incident are followed too, their owner's own use of them with it");
        }
        if found.cut_keys != 0 {
            let keys = found.cut_keys;
            say(stderr, &format!("the saved report holds {keys} ids of keys cut short: their roles are followed"));
        }
        question.actors = found.actors;
        job.config.window = within(job.config.window, found.span);
    }
    if question.is_empty() {
        return Err(
            "nothing is asked for: give --incident, --client, --agent, --key, --principal, --route, --object or \
                    --value"
                .to_owned(),
        );
    }
    let question = Arc::new(question);
    let counted = Interrupt::current().during(|stop| count(job, &question, options.output.is_some(), stop));
    let (trace, account) = counted.map_err(|error| error.to_string())?;
    if !account.has_read() {
        return Err("nothing could be read".to_owned());
    }
    Ok(Followed { question, asked: asked(options, job, &account), trace, account })
}

/// Counts what is asked for, and who else there was.
fn count(
    job: &Job,
    question: &Arc<Question>,
    has_digests: bool,
    stop: Arc<AtomicBool>,
) -> Result<(Trace, Account), scan::Error> {
    let progress = Progress::stopped_by(stop);
    let config = Config { has_digests, ..job.bounded() };
    let observe = |trail: &mut Trail, _: Position, record: &Record<'_>| {
        job.with_client(record, |record| trail.observe(record));
    };
    let empty = Trail::of(job.key(&progress)?, Arc::clone(question)).within(job.memory, config.threads);
    let relief = Some(Relief { is_heavy: Trail::is_heavy, hand_over: Trail::hand_over });
    let (mut trail, account) =
        scan::fold_relieved((&job.inputs, &config, &progress), relief, empty, observe, Trail::merge)?;
    let observe = |others: &mut Others, _: Position, record: &Record<'_>| {
        job.with_client(record, |record| others.observe(record));
    };
    let (config, progress) = (job.bounded(), progress.again());
    let relief = Some(Relief { is_heavy: Others::is_heavy, hand_over: Others::hand_over });
    let (others, _) =
        scan::fold_relieved((&job.inputs, &config, &progress), relief, trail.others(), observe, Others::merge)?;
    Ok((trail.finish(others), account))
}

fn asked_by_hand(ask: &AskOptions) -> Question {
    let own = |values: &[String]| values.iter().map(|value| value.as_bytes().to_vec()).collect();
    Question {
        clients: own(&ask.client),
        actors: Actors::default(),
        agents: own(&ask.agent),
        keys: own(&ask.key),
        principals: own(&ask.principal),
        routes: own(&ask.route),
        objects: own(&ask.object),
        values: own(&ask.value),
    }
}

/// What an incident names.
struct Named {
    actors: Actors,
    /// How many more actors it has.
    more: u64,
    /// How many ids of keys are cut, so that they cannot be followed.
    cut_keys: usize,
    span: Option<(Time, Time)>,
}

fn unknown<'a>(id: &str, ids: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<&str> = ids.take(5).collect();
    let known =
        if known.is_empty() { "there is none".to_owned() } else { format!("the first are {}", known.join(", ")) };
    format!("--incident {}: no such incident; {known}", Shown(id.as_bytes()))
}

fn scanned(job: &Job, id: &str) -> Result<Named, String> {
    let verdict = job
        .examine((false, false), &mut |_, _| {})
        .map(|examined| examined.verdict)
        .map_err(|error| error.to_string())?;
    let found = verdict.incidents.iter().find(|incident| incident.id == id);
    let found = found.ok_or_else(|| unknown(id, verdict.incidents.iter().map(|incident| incident.id.as_str())))?;
    let more = found.actor_count - found.actors.len() as u64;
    let clients = found.actors.iter().filter_map(|actor| actor.client.as_ref());
    let mut actors = Actors::of(clients.map(|client| client.to_vec()));
    for call in found.findings.iter().filter_map(|one| one.finding.cloud.as_deref()) {
        actors.add_call(call.principal.as_deref(), call.access_key_id.as_deref());
    }
    Ok(Named { actors, more, cut_keys: 0, span: found.span })
}

fn saved(path: &Path, id: &str) -> Result<Named, String> {
    let told = |error: String| format!("--from {}: {}", named(path), Shown(error.as_bytes()));
    let file = File::open(path).map_err(|error| told(error.to_string()))?;
    let document = read(BufReader::new(file)).map_err(|error| told(error.to_string()))?;
    let ids = || document.stories.iter().map(|story| story.incident.id.as_str());
    let story = document.stories.iter().find(|story| story.incident.id == id);
    let story = story.ok_or_else(|| unknown(id, ids()))?;
    let found = &story.incident;
    let clients = found.actors.iter().filter_map(|actor| actor.client.as_ref());
    let mut actors = Actors::of(clients.map(Untrusted::to_bytes));
    let mut cut_keys = HashSet::new();
    for call in story.findings.iter().map(|finding| &finding.request).filter(|call| call.operation.is_some()) {
        // A secret is cut in a report, and some ids of keys are secrets by their form.
        let key = call.access_key_id.as_ref().map(Untrusted::to_bytes);
        let (cut, key): (Option<Vec<u8>>, Option<Vec<u8>>) = match key {
            Some(key) if key.contains(&b'*') => (Some(key), None),
            key => (None, key),
        };
        cut_keys.extend(cut);
        actors.add_call(call.principal.as_ref().map(Untrusted::to_bytes).as_deref(), key.as_deref());
    }
    Ok(Named {
        actors,
        cut_keys: cut_keys.len(),
        more: found.actor_count.saturating_sub(found.actors.len() as u64),
        span: found.first_seen.zip(found.last_seen),
    })
}

/// The part of a window that is in the span of an incident too, the last instant of that taken in.
fn within(window: Window, span: Option<(Time, Time)>) -> Window {
    let Some((first, last)) = span else { return window };
    let behind = Time(last.0.saturating_add(1));
    Window {
        since: Some(window.since.map_or(first, |since| since.max(first))),
        until: Some(window.until.map_or(behind, |until| until.min(behind))),
    }
}

fn asked(options: &TraceOptions, job: &Job, account: &Account) -> Asked {
    let ask = &options.ask;
    let mut question: Vec<(&'static str, String)> = Vec::new();
    question.extend(ask.incident.iter().map(|id| ("incident", id.clone())));
    let kinds = [
        ("client", &ask.client),
        ("agent", &ask.agent),
        ("key", &ask.key),
        ("principal", &ask.principal),
        ("route", &ask.route),
        ("object", &ask.object),
        ("value", &ask.value),
    ];
    question.extend(kinds.into_iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value.clone()))));
    question.extend(job.config.window.since.map(|since| ("since", instant(since))));
    question.extend(job.config.window.until.map(|until| ("until", instant(until))));
    let is_read =
        |source: &&scan::SourceAccount| matches!(source.condition, Condition::Complete | Condition::Incomplete(_));
    let inputs = account.sources.iter().filter(is_read).map(|source| {
        let path = source.path.as_os_str().as_encoded_bytes();
        TracedInput::new(path, source.digest, source.format, source.census.records, source.census.fault_count())
    });
    let version = env!("CARGO_PKG_VERSION");
    Asked { version, question, inputs: inputs.collect(), is_complete: !account.has_loss() }
}

/// Writes the text, and the evidence where it is wanted.
fn write(
    (options, job): (&TraceOptions, &Job),
    followed: &Followed,
    place: Option<Place>,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Exit {
    let Followed { asked, trace, account, .. } = followed;
    for (path, because) in account.losses() {
        say(stderr, &format!("{}: {}", Shown(path.as_os_str().as_encoded_bytes()), Shown(because.as_bytes())));
    }
    let mut exit = match (account.has_loss(), trace.total.requests) {
        (true, _) => Exit::Incomplete,
        (_, 0) => Exit::Clean,
        _ => Exit::Found,
    };
    let is_shown = options.output.as_deref() != Some(Path::new("-"));
    if is_shown && let Err(error) = Place::Stdout.write(stdout, &mut |out| write_text(out, asked, trace)) {
        return output::failed(stderr, "standard output", &error);
    }
    let Some(place) = place else { return exit };
    let name = options.output.as_deref().map_or_else(String::new, |path| named(path).to_string());
    let mut lines = 0;
    let written = place.write(stdout, &mut |out| {
        lines = evidence(job, followed, out)?;
        Ok(())
    });
    if let Err(error) = written {
        return output::failed(stderr, &name, &error);
    }
    if lines != trace.total.requests {
        // A log that grows while it is read, or a signal.
        say(stderr, &format!("{lines} lines are in the evidence, {} were counted", trace.total.requests));
        exit = exit.max(Exit::Incomplete);
    }
    exit
}

/// Walks over the logs once more and writes every line that is asked for; gives how many there were.
fn evidence(job: &Job, followed: &Followed, out: &mut dyn Write) -> io::Result<u64> {
    let Followed { question, asked, trace, account } = followed;
    // A copy that was left out of the count is left out of the walk.
    let read: HashSet<&PathBuf> = account.sources.iter().map(|source| &source.path).collect();
    let mut evidence = Evidence::begin(out, asked, trace)?;
    let mut written = Ok(());
    walk(&job.inputs, &job.config, &mut |met| {
        let (source, seen) = match met {
            Met::Source(source) => return written.is_ok() && read.contains(&source.path),
            Met::Torn(..) => return true,
            Met::Line(source, seen) => (source, seen),
        };
        if let Ok(Some(record)) = seen.outcome {
            let path = source.path.as_os_str().as_encoded_bytes();
            job.with_client(&record, |record| {
                if question.asks_for(record) {
                    written = evidence.line(path, seen.line.at, record);
                }
            });
        }
        written.is_ok() && Interrupt::current().signal().is_none()
    });
    written?;
    evidence.finish()
}
