//! What the script of the page reads: the findings as rows of numbers and of places in one list of texts.
//!
//! Texts repeat (clients, agents, paths, what signals say), so each stands once. All are shown as on a terminal before
//! they come here, and the script only ever makes text of them. The whole is bounded: the findings that tell most of each
//! incident come first, then the others by rank, as far as there is room.

use std::collections::HashMap;

use detect::{Confidence, Outcome, Severity, Stage};
use serde::Serialize;

use super::story::{TEXT_MAX, anchor, parts};
use crate::document::{Document, Finding, Incident, Story};
use crate::show::shortened;
use crate::text::telling;

/// How much the rows and texts of findings may take, in bytes.
const FINDINGS_BYTES_MAX: usize = 4 << 20;

/// How many findings of each incident come before any others.
const FIRST: usize = 40;

/// What the script reads.
#[derive(Serialize)]
pub(super) struct Data {
    texts: Vec<String>,
    incidents: Vec<IncidentRow>,
    stages: [&'static str; 4],
    outcomes: [&'static str; 3],
    severities: [&'static str; 5],
    confidences: [&'static str; 4],
    /// The names of what stands in a row of a finding.
    columns: &'static [&'static str],
    findings: Vec<FindingRow>,
    /// How many findings there was no room for.
    left_out: u64,
}

/// An incident, as far as the plots and the table need it.
#[derive(Serialize)]
struct IncidentRow {
    id: String,
    anchor: String,
    rank: u32,
    severity: usize,
    title: String,
    first: Option<i64>,
    last: Option<i64>,
}

/// The names of what stands in a row.
const COLUMNS: &[&str] = &[
    "id",
    "incident",
    "stage",
    "outcome",
    "severity",
    "confidence",
    "time",
    "client",
    "user",
    "method",
    "before",
    "telling",
    "after",
    "status",
    "bytes",
    "duration",
    "referer",
    "agent",
    "host",
    "path",
    "line",
    "offset",
    "length",
    "record",
    "signals",
];

/// A finding: numbers, and places in the list of texts.
#[derive(Serialize)]
struct FindingRow(
    usize,
    usize,
    usize,
    usize,
    usize,
    usize,
    Option<i64>,
    usize,
    usize,
    usize,
    usize,
    usize,
    usize,
    Option<u16>,
    Option<u64>,
    Option<f64>,
    usize,
    usize,
    usize,
    usize,
    u64,
    u64,
    u32,
    u32,
    usize,
    bool,
    Vec<[usize; 4]>,
);

/// Bytes of a row beside its texts, at most, roughly: what numbers and commas take.
const ROW_BYTES: usize = 160;

/// The data of a document.
pub(super) fn of(document: &Document) -> Data {
    let mut texts = Texts::default();
    let (rows, left_out) = rows(document, &mut texts);
    Data {
        texts: texts.all,
        incidents: document.stories.iter().map(|story| incident(&story.incident)).collect(),
        stages: Stage::ALL.map(Stage::name),
        outcomes: OUTCOMES.map(Outcome::name),
        severities: Severity::ALL.map(Severity::name),
        confidences: CONFIDENCES.map(Confidence::name),
        columns: COLUMNS,
        findings: rows,
        left_out,
    }
}

const OUTCOMES: [Outcome; 3] = [Outcome::Failure, Outcome::Unknown, Outcome::Success];

const CONFIDENCES: [Confidence; 4] =
    [Confidence::Anomaly, Confidence::Attempt, Confidence::Probable, Confidence::Confirmed];

fn incident(incident: &Incident) -> IncidentRow {
    IncidentRow {
        id: shortened(incident.id.as_bytes(), 60),
        anchor: anchor(incident),
        rank: incident.rank,
        severity: place(&Severity::ALL, incident.severity),
        title: shortened(incident.title.as_bytes(), TEXT_MAX),
        first: incident.first_seen.map(millis),
        last: incident.last_seen.map(millis),
    }
}

fn place<T: PartialEq>(all: &[T], one: T) -> usize {
    all.iter().position(|other| *other == one).expect("the list holds all")
}

fn millis(time: accesslog::Time) -> i64 {
    time.0.div_euclid(1_000_000)
}

/// The rows there is room for, by incident and time, and how many there is none for.
fn rows(document: &Document, texts: &mut Texts) -> (Vec<FindingRow>, u64) {
    let mut chosen: Vec<(usize, &Finding)> = Vec::new();
    let mut others: Vec<(usize, &Finding)> = Vec::new();
    for (place, story) in document.stories.iter().enumerate() {
        let (first, rest) = first_and_rest(story);
        chosen.extend(first.into_iter().map(|one| (place, one)));
        others.extend(rest.into_iter().map(|one| (place, one)));
    }
    let mut rows = Vec::new();
    let total = chosen.len() + others.len();
    for (place, one) in chosen.into_iter().chain(others) {
        if FINDINGS_BYTES_MAX < texts.bytes + rows.len() * ROW_BYTES {
            break;
        }
        rows.push(row(place, one, texts));
    }
    let left_out = (total - rows.len()) as u64;
    rows.sort_by_key(|row| (row.1, row.6));
    (rows, left_out)
}

/// The findings that tell a story best, and the others, each by time.
fn first_and_rest(story: &Story) -> (Vec<&Finding>, Vec<&Finding>) {
    let first = telling(story, FIRST);
    let mut left = first.iter().peekable();
    let is_other = |one: &&Finding| {
        let is_first = left.peek().is_some_and(|first| std::ptr::eq(**first, *one));
        if is_first {
            left.next();
        }
        !is_first
    };
    let rest = story.findings.iter().filter(is_other).collect();
    (first, rest)
}

fn row(incident: usize, one: &Finding, texts: &mut Texts) -> FindingRow {
    let Finding { request, source, .. } = one;
    let [before, telling, after] = parts(one).map(|part| texts.place_of(part));
    let mut text =
        |text: &Option<String>, most| texts.place_of(shortened(text.as_deref().unwrap_or("").as_bytes(), most));
    let (client, user) = (text(&request.client, 60), text(&request.user, 60));
    let (method, host) = (text(&request.method, 16), text(&request.host, 120));
    let (referer, agent) = (text(&request.referer, TEXT_MAX), text(&request.agent, TEXT_MAX));
    let mut signals = Vec::new();
    for signal in &one.signals {
        let mut text = |text: &str| texts.place_of(shortened(text.as_bytes(), TEXT_MAX));
        signals.push([text(&signal.name), text(signal.role.name()), text(&signal.evidence), text(&signal.what)]);
    }
    FindingRow(
        texts.place_of(shortened(one.id.as_bytes(), 60)),
        incident,
        place(&Stage::ALL, one.stage),
        place(&OUTCOMES, one.outcome),
        place(&Severity::ALL, one.severity),
        place(&CONFIDENCES, one.confidence),
        request.time.map(millis),
        client,
        user,
        method,
        before,
        telling,
        after,
        request.status,
        request.bytes,
        request.duration,
        referer,
        agent,
        host,
        texts.place_of(shortened(source.path.as_bytes(), TEXT_MAX)),
        source.line,
        source.offset,
        source.length,
        source.record,
        texts.place_of(shortened(source.sha256.as_bytes(), 64)),
        source.is_tainted,
        signals,
    )
}

/// Texts, each once.
#[derive(Default)]
struct Texts {
    all: Vec<String>,
    places: HashMap<String, usize>,
    bytes: usize,
}

impl Texts {
    fn place_of(&mut self, text: String) -> usize {
        if let Some(place) = self.places.get(&text) {
            return *place;
        }
        let place = self.all.len();
        self.bytes += text.len() + 3;
        self.all.push(text.clone());
        self.places.insert(text, place);
        place
    }
}
