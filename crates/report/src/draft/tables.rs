//! The figures of a draft, the same in every language.

use std::collections::BTreeMap;
use std::io;

use accesslog::Time;
use detect::{Outcome, Stage};

use crate::document::{Finding, Impact, Scan, Story};
use crate::facts::{lead, losses, request_line};
use crate::markdown::code;
use crate::untrusted::{Telling, Untrusted};
use crate::words::thousands;

/// How many lines of evidence of a stage are listed: the first and the last of those that succeeded.
const EVIDENCE_STAGE_MAX: usize = 20;

/// How many routes or prefixes and months are listed.
const IMPACT_MAX: usize = 200;

/// How many combinations of items are listed.
const PERSONS_MAX: usize = 200;

/// How many users of keys, and how many kinds of calls of each, are listed.
const USES_MAX: usize = 20;

/// How many sources, and how many things that are missing, are listed.
const INPUTS_MAX: usize = 200;

/// The words of one language that stand in tables.
pub(super) struct Cells {
    /// Of the stages, in order.
    pub(super) stages: [&'static str; 4],
    /// Success, unknown, failure.
    pub(super) outcomes: [&'static str; 3],
    /// A time, with its zone.
    pub(super) time: fn(Time) -> String,
    /// Of something that the logs do not say.
    pub(super) unknown: &'static str,
    /// Behind an outcome of a damaged source, whose bytes may never have been written.
    pub(super) tainted: &'static str,
    /// That a report holds so many requests line by line, and counts so many.
    pub(super) kept: fn(u64, u64) -> String,
    /// That so many more are not listed.
    pub(super) more: fn(u64) -> String,
    /// What a signal is, by its name.
    pub(super) signal: fn(&str) -> String,
    pub(super) stage_heads: [&'static str; 5],
    pub(super) way_heads: [&'static str; 5],
    pub(super) impact_heads: [&'static str; 9],
    pub(super) evidence_heads: [&'static str; 8],
    pub(super) person_heads: [&'static str; 4],
    pub(super) use_heads: [&'static str; 6],
    pub(super) input_heads: [&'static str; 8],
}

impl Cells {
    fn when(&self, time: Option<Time>) -> String {
        time.map_or(self.unknown.to_owned(), self.time)
    }

    fn or_unknown(&self, text: Option<&str>) -> String {
        text.map_or(self.unknown.to_owned(), code)
    }

    fn foreign(&self, text: Option<&Untrusted>) -> String {
        text.map_or(self.unknown.to_owned(), Untrusted::in_code)
    }

    fn stage(&self, stage: Stage) -> &'static str {
        self.stages[place(stage)]
    }

    fn outcome(&self, outcome: Outcome) -> &'static str {
        match outcome {
            Outcome::Success => self.outcomes[0],
            Outcome::Unknown => self.outcomes[1],
            Outcome::Failure => self.outcomes[2],
        }
    }
}

fn place(stage: Stage) -> usize {
    Stage::ALL.iter().position(|one| *one == stage).expect("all stages are listed")
}

fn row<const N: usize>(cells: [String; N], out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "| {} |", cells.join(" | "))
}

/// A blank line, the heads of a table, and the line under them.
fn head<const N: usize>(heads: [&str; N], out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out)?;
    row(heads.map(str::to_owned), out)?;
    row(heads.map(|_| "---".to_owned()), out)
}

fn left_out(all: usize, most: usize, cells: &Cells, out: &mut dyn io::Write) -> io::Result<()> {
    match all.saturating_sub(most) as u64 {
        0 => Ok(()),
        more => writeln!(out, "\n{}", (cells.more)(more)),
    }
}

/// A digest as it is; anything else that stands in its place, escaped.
pub(super) fn digest(text: &str) -> String {
    let is_one = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_one { format!("`{text}`") } else { code(text) }
}

fn bounds(least: u64, most: u64) -> String {
    if least == most { thousands(least) } else { format!("{} - {}", thousands(least), thousands(most)) }
}

/// What left by an incident.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) requests: u64,
    pub(super) successes: u64,
    pub(super) unknown: u64,
    pub(super) bytes: u64,
    /// Distinct objects, at least. What left in two months may be one object, so only the fullest month of a place counts.
    pub(super) least: u64,
    /// At most: as if no month repeated one of another.
    pub(super) most: u64,
}

impl Left {
    pub(super) fn of(impacts: &[Impact]) -> Left {
        let mut left = Left::default();
        let mut fullest: BTreeMap<&Untrusted, u64> = BTreeMap::new();
        for impact in impacts {
            left.requests += impact.requests;
            left.successes += impact.successes;
            left.unknown += impact.unknown;
            left.bytes += impact.bytes;
            left.most += impact.objects_upper;
            let most = fullest.entry(&impact.place).or_default();
            *most = impact.objects.max(*most);
        }
        left.least = fullest.values().sum();
        left
    }

    /// The distinct objects, by both bounds where they differ.
    pub(super) fn objects(&self) -> String {
        bounds(self.least, self.most)
    }
}

/// The findings of a stage that a report holds line by line.
fn of_stage(story: &Story, stage: Stage) -> impl Iterator<Item = &Finding> {
    story.findings.iter().filter(move |finding| finding.stage == stage)
}

/// Each stage: how many requests, how many of them succeeded, the first and the last.
pub(super) fn stages(story: &Story, cells: &Cells, out: &mut dyn io::Write) -> io::Result<()> {
    head(cells.stage_heads, out)?;
    for (stage, count) in story.incident.stages.each().into_iter().filter(|(_, count)| 0 < *count) {
        let successes = of_stage(story, stage).filter(|finding| finding.outcome == Outcome::Success).count();
        let times = || of_stage(story, stage).filter_map(|finding| finding.request.time);
        let (first, last) = (cells.when(times().min()), cells.when(times().max()));
        let (count, successes) = (thousands(count), thousands(successes as u64));
        row([cells.stage(stage).to_owned(), count, successes, first, last], out)?;
    }
    let (kept, all) = (story.findings.len() as u64, story.incident.findings);
    if kept < all { writeln!(out, "\n{}", (cells.kept)(kept, all)) } else { Ok(()) }
}

/// By which signs each stage is known, with how many requests, how many of them succeeded, and what was seen in one.
pub(super) fn ways(story: &Story, cells: &Cells, out: &mut dyn io::Write) -> io::Result<()> {
    let mut ways: BTreeMap<(usize, &str), (u64, u64, &Finding)> = BTreeMap::new();
    for finding in &story.findings {
        let Some(lead) = lead(finding) else { continue };
        let way = ways.entry((place(finding.stage), &lead.name)).or_insert((0, 0, finding));
        way.0 += 1;
        if finding.outcome == Outcome::Success {
            way.1 += 1;
            if way.2.outcome != Outcome::Success {
                way.2 = finding;
            }
        }
    }
    head(cells.way_heads, out)?;
    for ((stage, signal), (count, successes, example)) in ways {
        let seen = lead(example).map_or(cells.unknown.to_owned(), |lead| lead.evidence.in_code());
        let stage = cells.stages[stage].to_owned();
        row([stage, (cells.signal)(signal), thousands(count), thousands(successes), seen], out)?;
    }
    Ok(())
}

/// What left, by route or prefix and month.
pub(super) fn impact(story: &Story, cells: &Cells, out: &mut dyn io::Write) -> io::Result<()> {
    head(cells.impact_heads, out)?;
    for impact in story.impact.iter().take(IMPACT_MAX) {
        let cells = [
            impact.place.in_code(),
            cells.or_unknown(impact.period.as_deref()),
            thousands(impact.requests),
            thousands(impact.successes),
            thousands(impact.unknown),
            thousands(impact.bytes),
            bounds(impact.objects, impact.objects_upper),
            cells.when(impact.first_seen),
            cells.when(impact.last_seen),
        ];
        row(cells, out)?;
    }
    left_out(story.impact.len(), IMPACT_MAX, cells, out)
}

/// Of how many persons which items left, each person in the rows of one combination alone, as far as that is certain.
pub(super) fn persons(story: &Story, cells: &Cells, out: &mut dyn io::Write) -> io::Result<()> {
    head(cells.person_heads, out)?;
    for persons in story.incident.persons.iter().take(PERSONS_MAX) {
        let items = persons.items.iter().map(Untrusted::in_code).collect::<Vec<_>>().join(" + ");
        row([persons.kind.in_code(), items, thousands(persons.certain), thousands(persons.at_most)], out)?;
    }
    left_out(story.incident.persons.len(), PERSONS_MAX, cells, out)
}

/// How many persons of each kind lost something for certain: a person stands in one combination.
pub(super) fn persons_least(story: &Story) -> BTreeMap<&Untrusted, u64> {
    let mut least: BTreeMap<&Untrusted, u64> = BTreeMap::new();
    for persons in &story.incident.persons {
        let count = least.entry(&persons.kind).or_default();
        *count = count.saturating_add(persons.certain);
    }
    least
}

/// Who used what was taken, with which key and tool, for which calls. Tells whether anybody did.
pub(super) fn uses(story: &Story, cells: &Cells, out: &mut dyn io::Write) -> io::Result<bool> {
    type User<'a> = (Option<&'a Untrusted>, Option<&'a Untrusted>, Option<&'a Untrusted>);
    let unknown = Untrusted::from("-");
    let mut uses: BTreeMap<User<'_>, BTreeMap<&Untrusted, (u64, u64)>> = BTreeMap::new();
    let mut agents: BTreeMap<User<'_>, &Untrusted> = BTreeMap::new();
    for finding in story.findings.iter().filter(|finding| matches!(finding.stage, Stage::Use | Stage::Harvest)) {
        let request = &finding.request;
        let user = (request.client.as_ref(), request.principal.as_ref(), request.access_key_id.as_ref());
        let call = request.operation.as_ref().or(request.method.as_ref()).unwrap_or(&unknown);
        let counts = uses.entry(user).or_default().entry(call).or_default();
        counts.0 += 1;
        counts.1 += u64::from(finding.outcome == Outcome::Success);
        if let Some(agent) = &request.agent {
            agents.entry(user).or_insert(agent);
        }
    }
    if uses.is_empty() {
        return Ok(false);
    }
    head(cells.use_heads, out)?;
    let all = uses.len();
    let mut uses: Vec<_> = uses.into_iter().collect();
    let requests = |calls: &BTreeMap<&Untrusted, (u64, u64)>| calls.values().map(|counts| counts.0).sum::<u64>();
    uses.sort_by_key(|(_, calls)| u64::MAX - requests(calls));
    for (user, calls) in uses.into_iter().take(USES_MAX) {
        let successes: u64 = calls.values().map(|counts| counts.1).sum();
        let count = requests(&calls);
        let mut calls: Vec<(&Untrusted, u64)> = calls.into_iter().map(|(call, counts)| (call, counts.0)).collect();
        calls.sort_by_key(|(call, count)| (u64::MAX - count, *call));
        let shown =
            calls.iter().take(USES_MAX).map(|(call, count)| format!("{} {}", call.in_code(), thousands(*count)));
        let calls = shown.collect::<Vec<_>>().join(", ");
        let key = [user.1, user.2].into_iter().flatten().map(Untrusted::in_code).collect::<Vec<_>>().join(", ");
        let key = if key.is_empty() { cells.unknown.to_owned() } else { key };
        let agent = cells.foreign(agents.get(&user).copied());
        row([cells.foreign(user.0), key, agent, thousands(count), thousands(successes), calls], out)?;
    }
    left_out(all, USES_MAX, cells, out)?;
    Ok(true)
}

/// The lines that prove it, of each stage the first and the last that succeeded.
pub(super) fn evidence(story: &Story, cells: &Cells, out: &mut dyn io::Write) -> io::Result<()> {
    head(cells.evidence_heads, out)?;
    let mut listed = 0;
    for stage in Stage::ALL {
        let (got, other): (Vec<&Finding>, Vec<&Finding>) =
            of_stage(story, stage).partition(|finding| finding.outcome == Outcome::Success);
        let shown = if got.is_empty() { other } else { got };
        let tail = shown.len().saturating_sub(EVIDENCE_STAGE_MAX / 2);
        let is_listed = |number: usize| number < EVIDENCE_STAGE_MAX / 2 || tail <= number;
        for (_, finding) in shown.iter().enumerate().filter(|(number, _)| is_listed(*number)) {
            listed += 1;
            let (request, source) = (&finding.request, &finding.source);
            let record = if source.record <= 1 { String::new() } else { format!("#{}", source.record) };
            let cells = [
                cells.stage(stage).to_owned(),
                cells.when(request.time),
                Telling::default().text(&source.path).own(format_args!(":{}{record}", source.line)).finish().in_code(),
                cells.foreign(request.client.as_ref()),
                request_line(finding).in_code(),
                lead(finding).map_or(cells.unknown.to_owned(), |lead| lead.evidence.in_code()),
                format!("{}{}", cells.outcome(finding.outcome), if source.is_tainted { cells.tainted } else { "" }),
                if source.sha256.is_empty() { cells.unknown.to_owned() } else { digest(&source.sha256) },
            ];
            row(cells, out)?;
        }
    }
    match story.incident.findings.saturating_sub(listed) {
        0 => Ok(()),
        more => writeln!(out, "\n{}", (cells.more)(more)),
    }
}

/// The logs that were read, each with its digest.
pub(super) fn inputs(scan: &Scan, cells: &Cells, out: &mut dyn io::Write) -> io::Result<()> {
    head(cells.input_heads, out)?;
    for input in scan.inputs.iter().take(INPUTS_MAX) {
        let cells = [
            input.path.in_code(),
            cells.or_unknown(input.format.as_deref()),
            thousands(input.lines),
            thousands(input.records),
            thousands(input.faults),
            cells.when(input.first),
            cells.when(input.last),
            input.sha256.as_deref().map_or(cells.unknown.to_owned(), digest),
        ];
        row(cells, out)?;
    }
    left_out(scan.inputs.len(), INPUTS_MAX, cells, out)
}

/// What was not read, or not to its end, each as a line of a list.
pub(super) fn lost(scan: &Scan, cells: &Cells, out: &mut dyn io::Write) -> io::Result<()> {
    for (path, because) in losses(scan).take(INPUTS_MAX) {
        writeln!(out, "- {}: {}", path.in_code(), because.in_code())?;
    }
    left_out(losses(scan).count(), INPUTS_MAX, cells, out)
}

/// Of how many stretches of time between the first and the last request no log holds any, of how many, and how long one
/// is in seconds. `None` where the report does not say.
pub(super) fn silence(scan: &Scan) -> Option<(u64, u64, i64)> {
    let traffic = &scan.traffic;
    let (first, last) = (traffic.stretches.first()?, traffic.stretches.last()?);
    let all = u64::try_from(last.checked_sub(*first)?).ok()?.checked_add(1)?;
    Some((all.saturating_sub(traffic.stretches.len() as u64), all, traffic.width))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_month(place: &str, month: &str, objects: u64, objects_upper: u64) -> Impact {
        Impact {
            incident: "KT-0".to_owned(),
            place: place.into(),
            period: Some(month.to_owned()),
            requests: 10,
            successes: 9,
            unknown: 1,
            bytes: 100,
            objects,
            objects_upper,
            first_seen: None,
            last_seen: None,
        }
    }

    #[test]
    fn an_object_that_left_twice_is_not_counted_twice_below() {
        let impacts =
            [of_month("/a/*", "2024-04", 7, 8), of_month("/a/*", "2024-05", 5, 5), of_month("/b/*", "2024-05", 2, 2)];
        let left = Left::of(&impacts);
        assert_eq!((left.least, left.most, left.bytes, left.successes), (9, 15, 300, 27));
        assert_eq!(left.objects(), "9 - 15");
    }

    #[test]
    fn only_a_digest_passes_as_one() {
        assert_eq!(digest(&"0a".repeat(32)), format!("`{}`", "0a".repeat(32)));
        assert_eq!(digest("`<b>|"), "`\\x60<b>\\x7c`");
    }
}
