//! A trace: what was asked of the logs by hand, counted for people, and every line of it as evidence for programs.
//!
//! The text says what it comes to; the evidence is every line that was asked for, without a bound: where it stands,
//! what it says, and the SHA-256 of its bytes, sealed as a report is. Both are written by whoever walks the logs, since
//! there may be more lines than memory.

use std::io::{self, Write};

use accesslog::{Position, Record, Time};
use detect::trail::{Count, Kind, PIVOTS_MAX, Pivot, Trace, outcome_of};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::document::{Request, Source};
use crate::json::{hex, text, write_line};
use crate::ndjson::Sealed;
use crate::show::{instant, shortened};
use crate::untrusted::{Telling, Untrusted};
use crate::words::{plural, second, size, thousands, wrapped};

/// How wide the text is, in columns.
const WIDTH: usize = 100;

/// How many rows of a table are shown.
const ROWS_MAX: usize = 40;

/// How many other clients of a value are named in the text.
const CLIENTS_SHOWN: usize = 3;

/// What a trace is of.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    /// The version of the program.
    pub version: &'static str,
    /// What was asked for: each option and its value.
    pub question: Vec<(&'static str, String)>,
    /// What was read.
    pub inputs: Vec<TracedInput>,
    /// Whether all that should have been read was read to its end.
    pub is_complete: bool,
}

/// A source that was read.
#[derive(Clone, Debug, Serialize)]
pub struct TracedInput {
    /// Its path.
    pub path: Untrusted,
    /// The SHA-256 of the file as it lies on disk (of a member, of its archive), where it was taken.
    pub sha256: Option<String>,
    /// Its format.
    pub format: Option<&'static str>,
    /// How many of its lines are records.
    pub records: u64,
    /// How many of its lines should be one and are not: none of them can be in a trace.
    pub faults: u64,
}

impl TracedInput {
    /// A source, its path as text, and its digest in hexadecimal digits.
    pub fn new(path: &[u8], digest: Option<[u8; 32]>, format: Option<&'static str>, records: u64, faults: u64) -> Self {
        TracedInput { path: Untrusted::of(path), sha256: digest.map(|digest| hex(&digest)), format, records, faults }
    }
}

#[derive(Serialize)]
struct Typed<'a, R> {
    r#type: &'static str,
    #[serde(flatten)]
    row: &'a R,
}

#[derive(Serialize)]
struct TotalRow {
    requests: u64,
    successes: u64,
    unknown: u64,
    bytes: u64,
    undated: u64,
    limits_reached: Vec<&'static str>,
}

#[derive(Serialize)]
struct ImpactRow {
    place: String,
    period: Option<String>,
    requests: u64,
    successes: u64,
    unknown: u64,
    bytes: u64,
    objects: u64,
    objects_upper: u64,
    first_seen: Option<String>,
    last_seen: Option<String>,
}

#[derive(Serialize)]
struct HourRow {
    hour: String,
    requests: u64,
    successes: u64,
    unknown: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct PivotRow {
    kind: &'static str,
    value: String,
    requests: u64,
    others: u64,
    others_successes: u64,
    client_count: u64,
    clients: Vec<OtherClient>,
}

#[derive(Serialize)]
struct OtherClient {
    client: String,
    requests: u64,
}

#[derive(Serialize)]
struct EvidenceRow {
    outcome: &'static str,
    source: Source,
    request: Request,
}

/// Evidence that is being written.
pub struct Evidence<'o> {
    out: Sealed<'o>,
    lines: u64,
}

impl<'o> Evidence<'o> {
    /// Begins with what was asked, and what it comes to.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn begin(out: &'o mut dyn Write, asked: &Asked, trace: &Trace) -> io::Result<Evidence<'o>> {
        let mut out = Sealed::new(out);
        write_row(&mut out, "trace", asked)?;
        let Count { requests, successes, unknown, bytes } = trace.total;
        let limits_reached = trace.limits_reached.clone();
        write_row(
            &mut out,
            "total",
            &TotalRow { requests, successes, unknown, bytes, undated: trace.undated, limits_reached },
        )?;
        for impact in &trace.impact {
            let row = ImpactRow {
                place: text(&impact.place),
                period: impact.month.map(month),
                requests: impact.requests,
                successes: impact.successes,
                unknown: impact.unknown,
                bytes: impact.bytes,
                objects: impact.objects,
                objects_upper: impact.objects_upper,
                first_seen: impact.span.map(|(first, _)| instant(first)),
                last_seen: impact.span.map(|(_, last)| instant(last)),
            };
            write_row(&mut out, "impact", &row)?;
        }
        for (hour, count) in &trace.hours {
            let Count { requests, successes, unknown, bytes } = *count;
            write_row(&mut out, "hour", &HourRow { hour: instant(*hour), requests, successes, unknown, bytes })?;
        }
        for pivot in &trace.pivots {
            write_row(&mut out, "pivot", &pivot_row(pivot))?;
        }
        Ok(Evidence { out, lines: 0 })
    }

    /// Writes a line that was asked for.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn line(&mut self, path: &[u8], at: Position, record: &Record<'_>) -> io::Result<()> {
        self.lines += 1;
        let source = Source {
            path: Untrusted::of(path),
            line: at.line,
            offset: at.offset,
            length: at.length,
            record: at.record.max(1),
            sha256: hex(&Sha256::digest(record.raw)),
            is_tainted: false,
        };
        let row = EvidenceRow { outcome: outcome_of(record).name(), source, request: request(record) };
        write_row(&mut self.out, "evidence", &row)
    }

    /// Seals it; gives how many lines were written.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn finish(self) -> io::Result<u64> {
        self.out.finish()?;
        Ok(self.lines)
    }
}

fn write_row(out: &mut dyn Write, r#type: &'static str, row: &impl Serialize) -> io::Result<()> {
    write_line(out, &Typed { r#type, row })
}

fn pivot_row(pivot: &Pivot) -> PivotRow {
    let client = |(client, requests): &(Box<[u8]>, u64)| OtherClient { client: text(client), requests: *requests };
    PivotRow {
        kind: pivot.kind.name(),
        value: text(&pivot.value),
        requests: pivot.requests,
        others: pivot.others.requests,
        others_successes: pivot.others.successes,
        client_count: pivot.client_count,
        clients: pivot.clients.iter().map(client).collect(),
    }
}

fn request(record: &Record<'_>) -> Request {
    let own = |field: Option<&[u8]>| field.map(|value| Untrusted::of(&record.escape.undo(value)));
    let cloud = record.cloud.unwrap_or_default();
    let target = match (own(record.target.or(record.request)), own(record.query)) {
        (Some(target), Some(query)) if !query.is_empty() && !target.is(|text| text.contains('?')) => {
            Some(Telling::default().text(&target).own("?").text(&query).finish())
        }
        (target, _) => target,
    };
    Request {
        time: record.time,
        client: own(record.client),
        user: own(record.user),
        method: own(record.method),
        target,
        status: record.status,
        bytes: record.bytes,
        duration: record.duration.map(|nanos| nanos as f64 / 1e9),
        referer: own(record.referer),
        agent: own(record.agent),
        host: own(record.host),
        operation: own(cloud.operation),
        service: own(cloud.service),
        bucket: own(cloud.bucket),
        object: own(cloud.key),
        region: own(cloud.region),
        principal: own(cloud.principal),
        access_key_id: own(cloud.access_key_id),
        error_code: own(cloud.error),
    }
}

fn month((year, month): (i16, u8)) -> String {
    format!("{year:04}-{month:02}")
}

/// Writes a trace for people.
///
/// # Errors
///
/// What the writer says.
pub fn write_text(out: &mut dyn Write, asked: &Asked, trace: &Trace) -> io::Result<()> {
    writeln!(out, "keytrace {} trace\n", asked.version)?;
    for (name, value) in &asked.question {
        writeln!(out, "  {name}: {}", shortened(value.as_bytes(), WIDTH - name.len() - 4))?;
    }
    let total = trace.total;
    let said = format!(
        "{} request{}, {} succeeded, {} may have; {} left. Of {} records in {} log{}.",
        thousands(total.requests),
        plural(usize::try_from(total.requests).unwrap_or(usize::MAX)),
        thousands(total.successes),
        thousands(total.unknown),
        size(total.bytes),
        thousands(asked.inputs.iter().map(|input| input.records).sum()),
        asked.inputs.len(),
        plural(asked.inputs.len())
    );
    writeln!(out)?;
    wrapped(&said, WIDTH).iter().try_for_each(|line| writeln!(out, "{line}"))?;
    warnings(out, asked, trace)?;
    if total.requests == 0 {
        return Ok(());
    }
    time_line(out, trace)?;
    what_left(out, trace)?;
    who_else(out, trace)
}

fn warnings(out: &mut dyn Write, asked: &Asked, trace: &Trace) -> io::Result<()> {
    let mut said = Vec::new();
    if !asked.is_complete {
        said.push("PARTIAL: not everything was read to its end, so there may be more.".to_owned());
    }
    let faults: u64 = asked.inputs.iter().map(|input| input.faults).sum();
    if 0 < faults {
        said.push(format!("{} lines are no record and were not asked.", thousands(faults)));
    }
    if 0 < trace.undated {
        said.push(format!("{} of the requests bear no time.", thousands(trace.undated)));
    }
    for name in &trace.limits_reached {
        let bound = match *name {
            "hours" => format!("the earliest {} are shown", trace.hours_max),
            "values to go on from" => format!("{} of each kind are counted", trace.values_max),
            _ => "what is past it is counted for the upper bound alone".to_owned(),
        };
        said.push(format!("A bound was reached, of {name}: {bound}."));
    }
    said.iter().flat_map(|said| wrapped(said, WIDTH)).try_for_each(|line| writeln!(out, "{line}"))
}

fn time_line(out: &mut dyn Write, trace: &Trace) -> io::Result<()> {
    // By the hour where that fits a page, by the day otherwise.
    let is_daily = ROWS_MAX < trace.hours.len();
    let day_nanos = 86_400 * 1_000_000_000;
    let mut rows: Vec<(Time, Count)> = Vec::new();
    for (hour, count) in &trace.hours {
        let begin = if is_daily { Time(hour.0.div_euclid(day_nanos).saturating_mul(day_nanos)) } else { *hour };
        match rows.last_mut() {
            Some((last, sum)) if *last == begin => {
                sum.requests += count.requests;
                sum.successes += count.successes;
                sum.unknown += count.unknown;
                sum.bytes = sum.bytes.saturating_add(count.bytes);
            }
            _ => rows.push((begin, *count)),
        }
    }
    writeln!(out, "\nWHEN (UTC)           requests  succeeded   may have         left")?;
    for (begin, count) in rows.iter().take(ROWS_MAX) {
        let begin: String = second(*begin).chars().take(if is_daily { 10 } else { 16 }).collect();
        let numbers = [count.requests, count.successes, count.unknown].map(thousands);
        let [requests, successes, unknown] = numbers;
        writeln!(out, "  {begin:<16} {requests:>10} {successes:>10} {unknown:>10} {:>12}", size(count.bytes))?;
    }
    further(out, rows.len())
}

fn what_left(out: &mut dyn Write, trace: &Trace) -> io::Result<()> {
    writeln!(
        out,
        "\nWHAT LEFT                                 month    succeeded  may have         size      objects"
    )?;
    for impact in trace.impact.iter().take(ROWS_MAX) {
        let objects = match impact.objects == impact.objects_upper {
            true => thousands(impact.objects),
            false => format!("{} to {}", thousands(impact.objects), thousands(impact.objects_upper)),
        };
        let (successes, unknown) = (thousands(impact.successes), thousands(impact.unknown));
        let month = impact.month.map_or_else(|| "unknown".to_owned(), month);
        let place = shortened(&impact.place, 38);
        writeln!(
            out,
            "  {place:<38}  {month:<7} {successes:>10} {unknown:>9} {:>12} {objects:>12}",
            size(impact.bytes)
        )?;
    }
    further(out, trace.impact.len())
}

fn who_else(out: &mut dyn Write, trace: &Trace) -> io::Result<()> {
    for kind in Kind::ALL {
        let distinct = trace.distinct[kind as usize];
        let pivots = trace.pivots.iter().filter(|pivot| pivot.kind == kind);
        if distinct == 0 {
            continue;
        }
        writeln!(out, "\nBY {}: {} in all; who else", kind.name().to_uppercase(), thousands(distinct))?;
        for pivot in pivots.take(if kind == Kind::Object { 5 } else { 10 }) {
            writeln!(out, "  {}", shortened(&pivot.value, WIDTH - 2))?;
            let else_said = match pivot.others.requests {
                0 => "nobody else".to_owned(),
                others => {
                    let at_least = if pivot.is_cut { "at least " } else { "" };
                    let names: Vec<String> =
                        pivot.clients.iter().take(CLIENTS_SHOWN).map(|(client, _)| shortened(client, 20)).collect();
                    let more = if names.len() as u64 == pivot.client_count { "" } else { ", ..." };
                    let (count, others) = (thousands(pivot.client_count), thousands(others));
                    format!("{others} by {at_least}{count} others ({}{more})", names.join(", "))
                }
            };
            let said = format!("{} here; {else_said}", thousands(pivot.requests));
            wrapped(&said, WIDTH - 6).iter().try_for_each(|line| writeln!(out, "      {line}"))?;
        }
        if PIVOTS_MAX as u64 <= distinct {
            writeln!(out, "  the busiest are shown")?;
        }
    }
    Ok(())
}

fn further(out: &mut dyn Write, count: usize) -> io::Result<()> {
    match count.checked_sub(ROWS_MAX) {
        None | Some(0) => Ok(()),
        Some(more) => writeln!(out, "  and {more} more rows, which are all in the evidence"),
    }
}
