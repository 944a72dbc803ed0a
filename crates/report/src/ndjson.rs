//! One JSON object a line: the scan, then the incidents by rank, then their findings by time.
//!
//! This is the contract with other programs: keys may be added, and are never renamed. Nothing here depends on how
//! the scan ran (threads, compression, time of day), so that two scans of one log give the same bytes.

use std::io;

use accesslog::{Census, FaultAt, Time};
use detect::{Incident, Judged, Stage};
use serde::Serialize;

use crate::json::{text, write_line};
use crate::render::{Input, Look, Render, Report};
use crate::show::instant;

/// The form for programs.
pub(crate) struct Ndjson;

impl Render for Ndjson {
    fn name(&self) -> &'static str {
        "ndjson"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["ndjson", "jsonl"]
    }

    fn about(&self) -> &'static str {
        "one JSON object a line, for programs: the scan, the incidents, every finding"
    }

    fn render(&self, report: &Report, _: Look, out: &mut dyn io::Write) -> io::Result<()> {
        write_line(out, &scan(report))?;
        for incident in &report.verdict.incidents {
            write_line(out, &row_of_incident(incident))?;
        }
        for incident in &report.verdict.incidents {
            for judged in &incident.findings {
                write_line(out, &row_of_finding(report, incident, judged))?;
            }
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct ScanRow {
    r#type: &'static str,
    version: &'static str,
    inputs: Vec<InputRow>,
    passed: Vec<PassedRow>,
    window: WindowRow,
    totals: TotalsRow,
    limits_reached: Vec<LimitRow>,
    not_run: Vec<NotRunRow>,
}

/// The first instant that was looked at, and the first that was not any more.
#[derive(Serialize)]
struct WindowRow {
    since: Option<String>,
    until: Option<String>,
}

#[derive(Serialize)]
struct InputRow {
    path: String,
    format: Option<&'static str>,
    bytes: u64,
    lines: u64,
    records: u64,
    faults: u64,
    blank: u64,
    directives: u64,
    outside: u64,
    undated: u64,
    first: Option<String>,
    last: Option<String>,
    formats: Vec<CountRow>,
    fault_kinds: Vec<CountRow>,
    first_faults: Vec<FaultRow>,
    alike: Option<AlikeRow>,
    cut_short: Option<String>,
}

/// An earlier input that begins with the same bytes.
#[derive(Serialize)]
struct AlikeRow {
    path: String,
    is_as_long: bool,
}

#[derive(Serialize)]
struct CountRow {
    name: &'static str,
    lines: u64,
}

#[derive(Serialize)]
struct FaultRow {
    line: u64,
    offset: u64,
    at: usize,
    expected: &'static str,
}

#[derive(Serialize)]
struct PassedRow {
    path: String,
    because: String,
    is_loss: bool,
}

#[derive(Serialize)]
struct TotalsRow {
    inputs: usize,
    bytes: u64,
    lines: u64,
    records: u64,
    faults: u64,
    blank: u64,
    directives: u64,
    outside: u64,
    undated: u64,
    first: Option<String>,
    last: Option<String>,
    incidents: usize,
    findings: u64,
}

#[derive(Serialize)]
struct LimitRow {
    name: &'static str,
    limit: u64,
    over: Option<u64>,
    meaning: &'static str,
}

#[derive(Serialize)]
struct NotRunRow {
    signal: &'static str,
    because: String,
}

#[derive(Serialize)]
struct IncidentRow {
    r#type: &'static str,
    id: String,
    rank: u32,
    severity: &'static str,
    confidence: &'static str,
    title: String,
    summary: String,
    stages: StagesRow,
    first_seen: Option<String>,
    last_seen: Option<String>,
    actors: Vec<ActorRow>,
    actor_count: u64,
    techniques: Vec<&'static str>,
    findings: u64,
    successes: u64,
    why: Vec<ReasonRow>,
    next: Vec<&'static str>,
}

#[derive(Serialize)]
struct StagesRow {
    probe: u64,
    extract: u64,
    r#use: u64,
    harvest: u64,
}

#[derive(Serialize)]
struct ActorRow {
    client: Option<String>,
    agent: Option<String>,
    findings: u64,
}

#[derive(Serialize)]
struct ReasonRow {
    signal: &'static str,
    role: &'static str,
    seen: String,
    expected: String,
    bits: i32,
}

#[derive(Serialize)]
struct FindingRow {
    r#type: &'static str,
    id: String,
    incident: String,
    stage: &'static str,
    outcome: &'static str,
    severity: &'static str,
    confidence: &'static str,
    signals: Vec<SignalRow>,
    source: SourceRow,
    request: RequestRow,
}

#[derive(Serialize)]
struct SignalRow {
    name: &'static str,
    role: &'static str,
    evidence: String,
    what: String,
}

#[derive(Serialize)]
struct SourceRow {
    path: String,
    line: u64,
    offset: u64,
    length: u32,
    /// The number of the record in its document, from 1; 1 where the line is the record.
    record: u32,
}

#[derive(Serialize)]
struct RequestRow {
    time: Option<String>,
    client: Option<String>,
    user: Option<String>,
    method: Option<String>,
    target: Option<String>,
    status: Option<u16>,
    bytes: Option<u64>,
    duration: Option<f64>,
    referer: Option<String>,
    agent: Option<String>,
    host: Option<String>,
}

fn scan(report: &Report) -> ScanRow {
    let total = report.total();
    let (first, last) = span(total.span);
    ScanRow {
        r#type: "scan",
        version: report.version,
        inputs: report.read().map(input).collect(),
        passed: report
            .passed
            .iter()
            .map(|passed| PassedRow {
                path: path(&passed.path),
                because: passed.because.clone(),
                is_loss: passed.is_loss,
            })
            .collect(),
        window: WindowRow { since: report.window.0.map(instant), until: report.window.1.map(instant) },
        totals: TotalsRow {
            inputs: report.read().count(),
            bytes: total.bytes,
            lines: total.lines,
            records: total.records,
            faults: total.fault_count(),
            blank: total.blank,
            directives: total.directives,
            outside: report.inputs.iter().map(|input| input.outside).sum(),
            undated: report.inputs.iter().map(|input| input.undated).sum(),
            first,
            last,
            incidents: report.verdict.incidents.len(),
            findings: report.verdict.incidents.iter().map(|incident| incident.finding_count).sum(),
        },
        limits_reached: report
            .verdict
            .limits
            .iter()
            .map(|limit| LimitRow { name: limit.name, limit: limit.limit, over: limit.over, meaning: limit.meaning })
            .collect(),
        not_run: report
            .not_run
            .iter()
            .map(|not_run| NotRunRow { signal: not_run.signal, because: not_run.because.clone() })
            .collect(),
    }
}

fn input(input: &Input) -> InputRow {
    let Census { lines, records, blank, directives, bytes, .. } = input.census;
    let (first, last) = span(input.census.span);
    let counts =
        |counts: &[(&'static str, u64)]| counts.iter().map(|(name, lines)| CountRow { name, lines: *lines }).collect();
    InputRow {
        path: path(&input.path),
        format: input.format,
        bytes,
        lines,
        records,
        faults: input.census.fault_count(),
        blank,
        directives,
        outside: input.outside,
        undated: input.undated,
        first,
        last,
        formats: counts(&input.census.formats),
        fault_kinds: counts(&input.census.faults),
        first_faults: input.census.first_faults.iter().map(fault).collect(),
        alike: input.alike.as_ref().map(|(other, is_as_long)| AlikeRow { path: path(other), is_as_long: *is_as_long }),
        cut_short: input.cut_short.clone(),
    }
}

fn fault(FaultAt { at, fault }: &FaultAt) -> FaultRow {
    FaultRow { line: at.line, offset: at.offset, at: fault.at, expected: fault.expected }
}

fn span(span: Option<(Time, Time)>) -> (Option<String>, Option<String>) {
    (span.map(|(first, _)| instant(first)), span.map(|(_, last)| instant(last)))
}

fn path(path: &std::path::Path) -> String {
    text(path.as_os_str().as_encoded_bytes())
}

fn row_of_incident(incident: &Incident) -> IncidentRow {
    let (first_seen, last_seen) = span(incident.span);
    let [probe, extract, r#use, harvest] = incident.stages;
    const _: () = assert!(matches!(Stage::ALL, [Stage::Probe, Stage::Extract, Stage::Use, Stage::Harvest]));
    IncidentRow {
        r#type: "incident",
        id: incident.id.clone(),
        rank: incident.rank,
        severity: incident.severity.name(),
        confidence: incident.confidence.name(),
        title: incident.title.clone(),
        summary: incident.summary.clone(),
        stages: StagesRow { probe, extract, r#use, harvest },
        first_seen,
        last_seen,
        actors: incident
            .actors
            .iter()
            .map(|actor| ActorRow { client: own(&actor.client), agent: own(&actor.agent), findings: actor.findings })
            .collect(),
        actor_count: incident.actor_count,
        techniques: incident.techniques.clone(),
        findings: incident.finding_count,
        successes: incident.success_count,
        why: incident
            .why
            .iter()
            .map(|reason| ReasonRow {
                signal: reason.signal,
                role: reason.role.name(),
                seen: text(&reason.seen),
                expected: reason.expected.clone(),
                bits: reason.bits,
            })
            .collect(),
        next: incident.advice.clone(),
    }
}

fn row_of_finding(report: &Report, incident: &Incident, judged: &Judged) -> FindingRow {
    let finding = &judged.finding;
    let source = report.input_at(finding.at).map_or(String::new(), |input| path(&input.path));
    FindingRow {
        r#type: "finding",
        id: judged.id(),
        incident: incident.id.clone(),
        stage: judged.stage.name(),
        outcome: judged.outcome.name(),
        severity: judged.severity.name(),
        confidence: judged.confidence.name(),
        signals: judged
            .sightings()
            .iter()
            .map(|sighting| SignalRow {
                name: sighting.signal,
                role: sighting.role.name(),
                evidence: text(sighting.seen),
                what: sighting.what.to_owned(),
            })
            .collect(),
        source: SourceRow {
            path: source,
            line: finding.at.line,
            offset: finding.at.offset,
            length: finding.at.length,
            record: finding.at.record.max(1),
        },
        request: RequestRow {
            time: finding.time.map(instant),
            client: own(&finding.client),
            user: own(&finding.user),
            method: own(&finding.method),
            target: own(&finding.target),
            status: finding.status,
            bytes: finding.bytes,
            duration: finding.duration.map(|nanos| nanos as f64 / 1e9),
            referer: own(&finding.referer),
            agent: own(&finding.agent),
            host: own(&finding.host),
        },
    }
}

fn own(value: &Option<Box<[u8]>>) -> Option<String> {
    value.as_deref().map(text)
}
