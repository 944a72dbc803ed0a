//! What the script of the page reads: the findings as rows of numbers and of places in one list of texts.
//!
//! Texts repeat (clients, agents, paths, what signals say), so each stands once. All are shown as on a terminal before
//! they come here, and the script only ever makes text of them. The whole is bounded: the findings that tell most of each
//! incident come first, then the others by rank, as far as there is room.

use std::collections::HashMap;

use detect::{Confidence, Outcome, Severity, Stage};
use serde::Serialize;

use super::story::{TEXT_MAX, TITLE_MAX, anchor, parts};
use crate::Untrusted;
use crate::document::{Document, Finding, Incident, RouteSizes, Story, Traffic};
use crate::facts::telling;
use crate::show::shortened;

/// How much the rows and texts of findings may take, in bytes.
const FINDINGS_BYTES_MAX: usize = 9 << 19;

/// How many incidents the script knows; the findings of others are left out.
const INCIDENTS_MAX: usize = 3_000;

/// How many classes of sizes of all routes together there is room for.
const CLASSES_MAX: usize = 50_000;

/// How many findings of each incident come before any others.
const FIRST: usize = 40;

/// What the script reads.
#[derive(Serialize)]
pub(super) struct Data<'a> {
    traffic: &'a Traffic,
    texts: Vec<String>,
    incidents: Vec<IncidentRow<'a>>,
    stages: [&'static str; 4],
    outcomes: [&'static str; 3],
    severities: [&'static str; 5],
    confidences: [&'static str; 4],
    findings: Columns,
    /// How many findings there was no room for.
    left_out: u64,
}

/// An incident, as far as the plots and the table need it.
#[derive(Serialize)]
struct IncidentRow<'a> {
    id: String,
    anchor: String,
    rank: u32,
    severity: usize,
    /// Its place in the list of texts.
    title: usize,
    first: Option<i64>,
    last: Option<i64>,
    /// None if there is no room for them.
    routes: Option<Vec<RouteRow<'a>>>,
}

/// A route: its shape by its place in the list of texts, and the sizes that it answers others.
#[derive(Serialize)]
struct RouteRow<'a> {
    route: usize,
    floors: &'a [u64],
    answers: &'a [u64],
}

/// The findings, column by column: numbers, and places in the list of texts.
#[derive(Default, Serialize)]
struct Columns {
    id: Vec<usize>,
    incident: Vec<usize>,
    stage: Vec<usize>,
    outcome: Vec<usize>,
    severity: Vec<usize>,
    confidence: Vec<usize>,
    /// In milliseconds since 1970.
    time: Vec<Option<i64>>,
    client: Vec<usize>,
    user: Vec<usize>,
    method: Vec<usize>,
    /// The target before its telling part.
    before: Vec<usize>,
    telling: Vec<usize>,
    after: Vec<usize>,
    status: Vec<Option<u16>>,
    bytes: Vec<Option<u64>>,
    /// In seconds.
    duration: Vec<Option<f64>>,
    referer: Vec<usize>,
    agent: Vec<usize>,
    host: Vec<usize>,
    operation: Vec<usize>,
    service: Vec<usize>,
    bucket: Vec<usize>,
    object: Vec<usize>,
    region: Vec<usize>,
    principal: Vec<usize>,
    access_key_id: Vec<usize>,
    error_code: Vec<usize>,
    path: Vec<usize>,
    /// What the source is wrapped in.
    codec: Vec<usize>,
    line: Vec<u64>,
    offset: Vec<u64>,
    length: Vec<u32>,
    record: Vec<u32>,
    sha256: Vec<usize>,
    is_tainted: Vec<bool>,
    route: Vec<usize>,
    /// Of each signal its name, its role, what it saw and what that is.
    signals: Vec<Vec<[usize; 4]>>,
}

/// Bytes of a finding beside its texts, at most: what its numbers take, and their commas.
const ROW_BYTES: usize = 170;

/// Bytes of a signal of it: four places in the list of texts.
const SIGNAL_BYTES: usize = 24;

/// The data of a document of which so many incidents are told as stories.
pub(super) fn of(document: &Document, told: usize) -> Data<'_> {
    let mut texts = Texts::default();
    let incidents = incidents(document, told, &mut texts);
    let (findings, left_out) = findings(document, &mut texts);
    Data {
        traffic: &document.scan.traffic,
        texts: texts.all,
        incidents,
        stages: Stage::ALL.map(Stage::name),
        outcomes: OUTCOMES.map(Outcome::name),
        severities: Severity::ALL.map(Severity::name),
        confidences: CONFIDENCES.map(Confidence::name),
        findings,
        left_out,
    }
}

const OUTCOMES: [Outcome; 3] = [Outcome::Failure, Outcome::Unknown, Outcome::Success];

const CONFIDENCES: [Confidence; 4] =
    [Confidence::Anomaly, Confidence::Attempt, Confidence::Probable, Confidence::Confirmed];

/// The incidents, those that are told and loud with their routes, since only these have plots.
fn incidents<'a>(document: &'a Document, told: usize, texts: &mut Texts) -> Vec<IncidentRow<'a>> {
    let mut room = CLASSES_MAX;
    let stories = document.stories.iter().take(INCIDENTS_MAX).enumerate();
    let rows = stories.map(|(place, Story { incident, .. })| {
        let routes = if place < told && Severity::Medium <= incident.severity { &incident.routes[..] } else { &[] };
        let classes: usize = routes.iter().map(|route| route.floors.len()).sum();
        let fits = classes <= room;
        room -= if fits { classes } else { 0 };
        let routes = fits.then(|| routes.iter().map(|of| route(of, texts)).collect());
        row(incident, routes, texts)
    });
    rows.collect()
}

fn route<'a>(of: &'a RouteSizes, texts: &mut Texts) -> RouteRow<'a> {
    RouteRow { route: texts.foreign(&of.route, TEXT_MAX), floors: &of.floors, answers: &of.answers }
}

fn row<'a>(incident: &Incident, routes: Option<Vec<RouteRow<'a>>>, texts: &mut Texts) -> IncidentRow<'a> {
    IncidentRow {
        id: shortened(incident.id.as_bytes(), 60),
        anchor: anchor(incident),
        rank: incident.rank,
        severity: place(&Severity::ALL, incident.severity),
        title: texts.foreign(&incident.title, TITLE_MAX),
        first: incident.first_seen.map(millis),
        last: incident.last_seen.map(millis),
        routes,
    }
}

fn place<T: PartialEq>(all: &[T], one: T) -> usize {
    all.iter().position(|other| *other == one).expect("the list holds all")
}

fn millis(time: accesslog::Time) -> i64 {
    time.0.div_euclid(1_000_000)
}

/// The findings there is room for, by incident and time, and how many there is none for.
fn findings(document: &Document, texts: &mut Texts) -> (Columns, u64) {
    let mut order: Vec<(usize, &Finding)> = Vec::new();
    let mut others: Vec<(usize, &Finding)> = Vec::new();
    for (place, story) in document.stories.iter().take(INCIDENTS_MAX).enumerate() {
        let (first, rest) = first_and_rest(story);
        order.extend(first.into_iter().map(|one| (place, one)));
        others.extend(rest.into_iter().map(|one| (place, one)));
    }
    order.extend(others);
    let fit = order.iter().take_while(|(_, one)| texts.bytes < FINDINGS_BYTES_MAX && texts.take_in(one)).count();
    let left_out = document.findings().count() - fit;
    order.truncate(fit);
    order.sort_by_key(|(place, one)| (*place, one.request.time));
    let codecs: HashMap<&Untrusted, &str> =
        document.scan.inputs.iter().map(|input| (&input.path, input.codec.as_str())).collect();
    let mut columns = Columns::default();
    for (place, one) in order {
        let codec = codecs.get(&one.source.path).copied().unwrap_or_default();
        columns.push(place, one, codec, texts);
    }
    (columns, left_out as u64)
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

impl Columns {
    fn push(&mut self, incident: usize, one: &Finding, codec: &str, texts: &mut Texts) {
        let Finding { request, source, .. } = one;
        let [before, telling, after] = parts(one).map(|part| texts.place_of(part));
        self.id.push(texts.short(&one.id, 60));
        self.incident.push(incident);
        self.stage.push(place(&Stage::ALL, one.stage));
        self.outcome.push(place(&OUTCOMES, one.outcome));
        self.severity.push(place(&Severity::ALL, one.severity));
        self.confidence.push(place(&CONFIDENCES, one.confidence));
        self.time.push(request.time.map(millis));
        self.client.push(texts.optional(request.client.as_ref(), 60));
        self.user.push(texts.optional(request.user.as_ref(), 60));
        self.method.push(texts.optional(request.method.as_ref(), 16));
        self.before.push(before);
        self.telling.push(telling);
        self.after.push(after);
        self.status.push(request.status);
        self.bytes.push(request.bytes);
        self.duration.push(request.duration);
        self.referer.push(texts.optional(request.referer.as_ref(), TEXT_MAX));
        self.agent.push(texts.optional(request.agent.as_ref(), TEXT_MAX));
        self.host.push(texts.optional(request.host.as_ref(), 120));
        self.operation.push(texts.optional(request.operation.as_ref(), 120));
        self.service.push(texts.optional(request.service.as_ref(), 120));
        self.bucket.push(texts.optional(request.bucket.as_ref(), 120));
        self.object.push(texts.optional(request.object.as_ref(), TEXT_MAX));
        self.region.push(texts.optional(request.region.as_ref(), 60));
        self.principal.push(texts.optional(request.principal.as_ref(), TEXT_MAX));
        self.access_key_id.push(texts.optional(request.access_key_id.as_ref(), 60));
        self.error_code.push(texts.optional(request.error_code.as_ref(), 120));
        self.path.push(texts.foreign(&source.path, TEXT_MAX));
        self.codec.push(texts.short(codec, 60));
        self.line.push(source.line);
        self.offset.push(source.offset);
        self.length.push(source.length);
        self.record.push(source.record);
        self.sha256.push(texts.short(&source.sha256, 64));
        self.is_tainted.push(source.is_tainted);
        self.route.push(texts.foreign(&one.route, TEXT_MAX));
        let signals = one.signals.iter().map(|signal| {
            let [name, role] = [&signal.name, signal.role.name()].map(|text| texts.short(text, TEXT_MAX));
            [name, role, texts.foreign(&signal.evidence, TEXT_MAX), texts.short(&signal.what, TEXT_MAX)]
        });
        self.signals.push(signals.collect());
    }
}

/// Texts, each once.
#[derive(Default)]
struct Texts {
    all: Vec<String>,
    places: HashMap<String, usize>,
    bytes: usize,
}

impl Texts {
    /// Takes in the texts of a finding, so that it is known how much room they take.
    fn take_in(&mut self, one: &Finding) -> bool {
        Columns::default().push(0, one, "", self);
        self.bytes += ROW_BYTES + one.signals.len() * SIGNAL_BYTES;
        true
    }

    fn short(&mut self, text: &str, most: usize) -> usize {
        self.place_of(shortened(text.as_bytes(), most))
    }

    fn foreign(&mut self, text: &Untrusted, most: usize) -> usize {
        self.place_of(text.shortened(most))
    }

    fn optional(&mut self, text: Option<&Untrusted>, most: usize) -> usize {
        self.place_of(text.map_or_else(String::new, |text| text.shortened(most)))
    }

    fn place_of(&mut self, text: String) -> usize {
        if let Some(place) = self.places.get(&text) {
            return *place;
        }
        let place = self.all.len();
        self.bytes += 3 + text.chars().map(written_bytes).sum::<usize>();
        self.all.push(text.clone());
        self.places.insert(text, place);
        place
    }
}

/// How many bytes a letter takes in the page.
fn written_bytes(letter: char) -> usize {
    match letter {
        '<' | '>' | '&' => 6,
        '"' | '\\' => 2,
        _ => letter.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_as_long_as_it_is_written() {
        for (letter, wanted) in [('a', 1), ('é', 2), ('検', 3), ('<', 6), ('>', 6), ('&', 6), ('"', 2), ('\\', 2)] {
            assert_eq!(written_bytes(letter), wanted, "{letter}");
        }
    }
}
