//! The command `check`: did anything of an incident's kind succeed since?
//!
//! The whole log is read, what was before that time too: what is usual is known from it, and so is what happened. Then
//! three things are told: what succeeded since, over how many of the hours there is a log at all, and the smallest leak
//! of that kind that would have been found in it.

use std::io::{self, Write};

use accesslog::{Position, Record, Time};
use detect::{Detector, Incident, Severity, Since, Tracer, Verdict, Watch, smallest_seen};
use report::show::{Shown, instant, shortened};
use scan::{Account, Progress, Relief, Window};

use crate::arguments::CheckOptions;
use crate::interrupt::Interrupt;
use crate::job::Job;
use crate::{Exit, output, say};

/// How many successes are named.
const NAMED_MAX: usize = 20;

/// How many gaps are named.
const GAPS_MAX: usize = 5;

/// Checks what happened since a time.
pub(crate) fn check(options: &CheckOptions, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Exit {
    let Some(since) = options.logs.input.since else {
        say(stderr, "check needs --since TIME: the time from which on nothing should have succeeded");
        return Exit::Usage;
    };
    let job = match Job::of(&options.logs).and_then(|job| job.performing(options.performance)) {
        Ok(job) => job.through_window(Window { since: None, until: options.logs.input.until }),
        Err(because) => {
            say(stderr, &because);
            return Exit::Usage;
        }
    };
    if let Some(note) = job.own.note() {
        say(stderr, &note);
    }
    let checked = match Interrupt::current().during(|_| Checked::of(&job, options, since)) {
        Ok(checked) => checked,
        Err(because) => {
            say(stderr, &because);
            return Exit::Usage;
        }
    };
    let account = &checked.account;
    for (path, because) in account.losses() {
        say(stderr, &format!("{}: {}", Shown(path.as_os_str().as_encoded_bytes()), Shown(because.as_bytes())));
    }
    if !account.has_read() {
        say(stderr, "nothing could be read");
        return Exit::Usage;
    }
    match checked.tell(stdout, since) {
        Err(error) => output::failed(stderr, "standard output", &error),
        Ok(()) if account.has_loss() => Exit::Incomplete,
        Ok(()) if checked.since.has_success() => Exit::Found,
        Ok(()) => Exit::Clean,
    }
}

struct Checked {
    account: Account,
    /// The incidents that began before, and the smallest leak of the kind of each that would have been found.
    incidents: Vec<(Incident, Option<usize>)>,
    since: Since,
}

impl Checked {
    fn of(job: &Job, options: &CheckOptions, since: Time) -> Result<Checked, String> {
        let said = |error: scan::Error| error.to_string();
        let key = job.key(&Progress::default()).map_err(said)?;
        let observe = |detector: &mut Detector, at: Position, record: &Record<'_>| detector.observe(at, record);
        let empty = Detector::keyed(key).within(job.memory, job.workers());
        let relief = Relief { is_heavy: Detector::is_heavy, hand_over: Detector::hand_over };
        let (detector, account) =
            job.pass(&Progress::default(), (empty, Some(relief)), observe, Detector::merge).map_err(said)?;
        let verdict = detector.clone().finish();
        let tracer = job.tracer(&verdict);
        let verdict = if tracer.is_idle() {
            verdict
        } else {
            let observe = |tracer: &mut Tracer, at: Position, record: &Record<'_>| tracer.observe(at, record);
            let trace = |tracer: Tracer| {
                let relief = Relief { is_heavy: Tracer::is_heavy, hand_over: Tracer::hand_over };
                let traced = job.pass(&Progress::default(), (tracer, Some(relief)), observe, Tracer::merge);
                traced.map(|(tracer, _)| tracer).map_err(said)
            };
            verdict.traced(trace(tracer.among(job.workers()))?.completed(trace)?)
        };
        let verdict = job.without_allowed(verdict);
        let wanted = wanted(&verdict, options, since)?;
        let observe = |watch: &mut Watch, at: Position, record: &Record<'_>| watch.observe(at, record);
        let (watch, _) = job
            .pass(&Progress::default(), (Watch::of(key, &wanted, since), None), observe, Watch::merge)
            .map_err(said)?;
        let last = account.total().span.map(|(_, last)| last);
        let smallest = |incident: &Incident| {
            let last = last.filter(|last| since < *last)?;
            smallest_seen(&detector, incident, since, last)
        };
        let incidents = wanted.iter().map(|incident| ((*incident).clone(), smallest(incident))).collect();
        Ok(Checked { since: watch.finish(&verdict, last), incidents, account })
    }

    fn tell(&self, out: &mut dyn Write, since: Time) -> io::Result<()> {
        let Since { again, same_way, others, hours_covered, hours, .. } = self.since;
        match self.since.has_success() {
            false => writeln!(out, "NO SUCCESS since {} of the kind of:", instant(since))?,
            true => writeln!(out, "SUCCEEDED since {}, of the kind of:", instant(since))?,
        }
        for (incident, _) in &self.incidents {
            writeln!(out, "  {}  {}  {}", incident.id, incident.severity.name(), Shown(incident.title.as_bytes()))?;
        }
        writeln!(out)?;
        writeln!(out, "by the same clients or roles, where they had succeeded before: {again}")?;
        self.named(out, &self.since.first_again)?;
        writeln!(out, "by the same way in, whoever made them:                         {same_way}")?;
        self.named(out, &self.since.first_same_way)?;
        if 0 < others {
            writeln!(out, "of other kinds, which `keytrace scan` shows:                   {others}")?;
        }
        writeln!(out)?;
        let share = (hours_covered * 100).checked_div(hours).unwrap_or(0);
        let last = self.since.last.map_or("nothing".to_owned(), instant);
        writeln!(
            out,
            "the log holds something in {hours_covered} of the {hours} hours since ({share} %); its last time is {last}"
        )?;
        for (first, last) in self.since.gaps.iter().take(GAPS_MAX) {
            writeln!(out, "  nothing from {} to {}", instant(*first), instant(*last))?;
        }
        writeln!(out)?;
        for (incident, smallest) in &self.incidents {
            match smallest {
                Some(lines) => writeln!(
                    out,
                    "the smallest leak of the kind of {} that would have been found: {lines} successful request{}",
                    incident.id,
                    if *lines == 1 { "" } else { "s" }
                )?,
                None if hours == 0 => writeln!(
                    out,
                    "there is no log since, so no leak of the kind of {} would have been found",
                    incident.id
                )?,
                None => writeln!(
                    out,
                    "no leak of the kind of {}, of up to 1,600 requests from new addresses, is sure to be found",
                    incident.id
                )?,
            }
        }
        Ok(())
    }

    fn named(&self, out: &mut dyn Write, successes: &[(Time, Position)]) -> io::Result<()> {
        for (time, at) in successes.iter().take(NAMED_MAX) {
            let source = self.account.sources.iter().find(|source| source.number == at.source);
            let path = source.map_or(String::new(), |source| shortened(source.path.as_os_str().as_encoded_bytes(), 60));
            let record = if at.record <= 1 { String::new() } else { format!(", record {}", at.record) };
            writeln!(out, "  {path}:{}{record}  {}", at.line, instant(*time))?;
        }
        match successes.len().saturating_sub(NAMED_MAX) {
            0 => Ok(()),
            more => writeln!(out, "  and {more} more"),
        }
    }
}

/// The incidents to check: those that were named, or all that a person should look at and that began before.
fn wanted<'a>(verdict: &'a Verdict, options: &CheckOptions, since: Time) -> Result<Vec<&'a Incident>, String> {
    if let Some(missing) =
        options.incident.iter().find(|id| !verdict.incidents.iter().any(|incident| incident.id == **id))
    {
        return Err(format!("--incident {missing}: these logs hold no such incident; `keytrace scan` lists them"));
    }
    let is_before = |incident: &&Incident| incident.span.is_some_and(|(first, _)| first < since);
    let is_wanted = |incident: &&Incident| match options.incident.is_empty() {
        true => Severity::High <= incident.severity && is_before(incident),
        false => options.incident.contains(&incident.id),
    };
    let wanted: Vec<&Incident> = verdict.incidents.iter().filter(is_wanted).collect();
    match wanted.is_empty() {
        true => {
            Err("these logs hold no incident before that time that a person should look at: nothing to compare with"
                .to_owned())
        }
        false => Ok(wanted),
    }
}
