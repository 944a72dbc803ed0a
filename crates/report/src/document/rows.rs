//! The rows of a document.
//!
//! Their fields, in this order and by these names, are the keys of NDJSON.

use accesslog::Time;
use detect::{Confidence, Outcome, Role, Severity, Stage};
use serde::{Deserialize, Serialize};

use super::{Chance, Contents, Persons, Reproduce, named, rfc3339};
use crate::Untrusted;

/// What was read, and what was not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scan {
    /// The version of the program that scanned.
    pub version: String,
    /// Whether all that should have been read was read to its end.
    #[serde(default)]
    pub is_complete: bool,
    /// What stopped the scan before its end, if anything did.
    #[serde(default)]
    pub stopped_by: Option<String>,
    /// What else the answer is a function of: the options that were given.
    #[serde(default)]
    pub settings: Vec<Setting>,
    /// The SHA-256 of the settings: of each its name, `=`, its value and a line feed.
    #[serde(default)]
    pub settings_sha256: String,
    /// What was opened and read, be it not to its end.
    pub inputs: Vec<Input>,
    /// What was met and not read.
    pub passed: Vec<Passed>,
    /// The stretch of time that was looked at.
    pub window: Window,
    /// The sums.
    pub totals: Totals,
    /// The bounds that were reached.
    pub limits_reached: Vec<Limit>,
    /// The signals that could not run.
    pub not_run: Vec<NotRun>,
    /// What the owner of the service allows, and what that took out: a row for each entry of `keytrace.toml`.
    #[serde(default)]
    pub suppressed: Vec<Suppressed>,
    /// All requests over time.
    #[serde(default)]
    pub traffic: Traffic,
}

/// What an entry of what is allowed took out of the incidents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppressed {
    /// Why it is allowed.
    pub reason: Untrusted,
    /// How many findings were taken out.
    pub findings: u64,
    /// How many of them succeeded.
    pub successes: u64,
    /// Of how many it is not known whether they did.
    pub unknown: u64,
    /// How many findings the entry is about that are told nevertheless, as they succeeded.
    pub kept_successes: u64,
    /// How many are told nevertheless, as others that were counted and not kept are told by them.
    pub kept_counts: u64,
    /// From how many incidents something was taken out.
    pub incidents: u64,
    /// How many of those had nothing left, and are gone.
    pub gone: u64,
}

/// Requests over time: three lists of one length, an item of each for every stretch of time that holds requests.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Traffic {
    /// How long a stretch is, in seconds: an hour, unless that makes too many.
    pub width: i64,
    /// How many stretches after the beginning of 1970 each begins, ascending.
    pub stretches: Vec<i64>,
    /// All requests.
    pub requests: Vec<u64>,
    /// Those that failed: with a status of 400 or above.
    pub failures: Vec<u64>,
}

/// An option that was given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Untrusted,
}

/// The first instant that was looked at, and the first that was not any more.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// The first instant in it.
    #[serde(with = "rfc3339")]
    pub since: Option<Time>,
    /// The first behind it.
    #[serde(with = "rfc3339")]
    pub until: Option<Time>,
}

/// A source, and what became of its lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// Its path; `logs.tar!access.log` for a member of an archive.
    pub path: Untrusted,
    /// The SHA-256 of the file as it lies on disk (of a member, of its archive), where it was taken.
    #[serde(default)]
    pub sha256: Option<String>,
    /// What it is wrapped in: `plain`, `gzip in tar`.
    pub codec: String,
    /// Its format, where one was recognised.
    pub format: Option<String>,
    /// How many of its opening lines that format reads.
    pub recognised: Share,
    /// Bytes of its lines, decompressed.
    pub bytes: u64,
    /// All lines.
    pub lines: u64,
    /// Lines that are a record.
    pub records: u64,
    /// Lines that should be one and are not.
    pub faults: u64,
    /// Blank lines.
    pub blank: u64,
    /// Lines that speak of the log itself.
    pub directives: u64,
    /// Records outside the window of time.
    pub outside: u64,
    /// Records without a time, where there is a window; they were looked at.
    pub undated: u64,
    /// The earliest time of a record.
    #[serde(with = "rfc3339")]
    pub first: Option<Time>,
    /// The latest.
    #[serde(with = "rfc3339")]
    pub last: Option<Time>,
    /// How many records each format gave.
    pub formats: Vec<Count>,
    /// How many faults of each kind there are.
    pub fault_kinds: Vec<Count>,
    /// The first faults.
    pub first_faults: Vec<Fault>,
    /// An earlier input that begins with the same bytes.
    pub alike: Option<Alike>,
    /// Why it was not read to its end, if it was not.
    pub cut_short: Option<Untrusted>,
    /// Whether a checksum of what it is packed in does not hold: all that was unpacked of it may be wrong.
    #[serde(default)]
    pub is_damaged: bool,
}

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// So many.
    pub lines: usize,
    /// Of so many.
    pub of: usize,
}

/// An earlier input that begins with the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alike {
    /// Its path.
    pub path: Untrusted,
    /// Whether it is as long too.
    pub is_as_long: bool,
}

/// How many lines there are of something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Count {
    /// The something.
    pub name: String,
    /// How many lines.
    pub lines: u64,
}

/// A line that is no record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// The line, from 1.
    pub line: u64,
    /// Where it begins, in bytes of the decompressed source.
    pub offset: u64,
    /// Where in the line it stops fitting, in bytes.
    pub at: usize,
    /// What was expected there.
    pub expected: String,
}

/// Something that was met and not read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Passed {
    /// Its path.
    pub path: Untrusted,
    /// Why.
    pub because: Untrusted,
    /// Whether something is missing for it.
    pub is_loss: bool,
}

/// The sums over all inputs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// How many inputs were read.
    pub inputs: usize,
    /// Bytes of their lines, decompressed.
    pub bytes: u64,
    /// All lines.
    pub lines: u64,
    /// Lines that are a record.
    pub records: u64,
    /// Lines that should be one and are not.
    pub faults: u64,
    /// Blank lines.
    pub blank: u64,
    /// Lines that speak of the log itself.
    pub directives: u64,
    /// Records outside the window of time.
    pub outside: u64,
    /// Records without a time, where there is a window.
    pub undated: u64,
    /// Records that were looked at.
    pub looked_at: u64,
    /// The earliest time of a record.
    #[serde(with = "rfc3339")]
    pub first: Option<Time>,
    /// The latest.
    #[serde(with = "rfc3339")]
    pub last: Option<Time>,
    /// How many incidents there are.
    pub incidents: usize,
    /// How many findings, counted ones included.
    pub findings: u64,
}

/// A bound that was reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// What is bounded.
    pub name: String,
    /// How many are kept.
    pub limit: u64,
    /// How many more there were, where that is known.
    pub over: Option<u64>,
    /// What that means for the report.
    pub meaning: String,
}

/// A signal that could not run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NotRun {
    /// The signal.
    pub signal: String,
    /// Why.
    pub because: String,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// A name that stays the same when the same log is read again.
    pub id: String,
    /// 1 for the one to read first.
    pub rank: u32,
    /// How bad it is.
    #[serde(with = "named")]
    pub severity: Severity,
    /// How sure that is.
    #[serde(with = "named")]
    pub confidence: Confidence,
    /// What it is, in a few words.
    pub title: Untrusted,
    /// What happened, in a sentence of our words alone.
    pub summary: Untrusted,
    /// The same for people, where it can name parameters, roles or clients that are no addresses: names of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Untrusted>,
    /// How many findings are in each stage.
    pub stages: Stages,
    /// The time of the first finding.
    #[serde(with = "rfc3339")]
    pub first_seen: Option<Time>,
    /// Of the last.
    #[serde(with = "rfc3339")]
    pub last_seen: Option<Time>,
    /// Who acted, the busiest first; at most a thousand.
    pub actors: Vec<Actor>,
    /// How many acted.
    pub actor_count: u64,
    /// ATT&CK techniques.
    pub techniques: Vec<String>,
    /// How many findings there are, counted ones included.
    pub findings: u64,
    /// How many of them succeeded.
    pub successes: u64,
    /// Why it is believed.
    pub why: Vec<Reason>,
    /// What to do next.
    pub next: Vec<String>,
    /// What would change the verdict, in one to three sentences.
    #[serde(default)]
    pub would_change: Vec<Untrusted>,
    /// The innocent thing that looks most like it, and how it differs.
    #[serde(default)]
    pub neighbour: Option<Untrusted>,
    /// How likely chance is, where it rests on rarity alone.
    #[serde(default)]
    pub chance: Option<Chance>,
    /// The routes on which it was answered, the busiest first, and the sizes that they answer others.
    #[serde(default)]
    pub routes: Vec<RouteSizes>,
    /// How many persons lost which items by it, the most first, where `keytrace.toml` says which data is whose.
    #[serde(default)]
    pub persons: Vec<Persons>,
    /// What is known of the contents of the objects that left, where they were looked into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contents: Option<Contents>,
    /// How the line that tells it best is looked at again.
    #[serde(default)]
    pub reproduce: Option<Reproduce>,
}

/// A route, and the sizes of its answers to others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteSizes {
    /// The shape of its paths: `*` for what identifies, `#` for a number within a name.
    pub route: Untrusted,
    /// The smallest size of each class of sizes, eight of which make a doubling, in bytes.
    pub floors: Vec<u64>,
    /// How many answers have a size of that class.
    pub answers: Vec<u64>,
}

impl Incident {
    /// What happened, in a sentence for people.
    pub(crate) fn told(&self) -> &Untrusted {
        self.told.as_ref().unwrap_or(&self.summary)
    }
}

/// How many findings are in each stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stages {
    /// Looking for a way in.
    pub probe: u64,
    /// Taking a key or a secret.
    pub extract: u64,
    /// Using a key that was taken.
    pub r#use: u64,
    /// Fetching many records.
    pub harvest: u64,
}

impl Stages {
    /// Each stage with its count, in order.
    pub fn each(self) -> [(Stage, u64); 4] {
        [
            (Stage::Probe, self.probe),
            (Stage::Extract, self.extract),
            (Stage::Use, self.r#use),
            (Stage::Harvest, self.harvest),
        ]
    }
}

/// What left by one route, or from below one prefix, in one month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Impact {
    /// Its incident.
    pub incident: String,
    /// The route, `*` for what is set aside; or the bucket and prefix.
    pub place: Untrusted,
    /// The year and month in UTC: `2024-05`.
    pub period: Option<String>,
    /// How many requests there were.
    pub requests: u64,
    /// How many of them got what they asked for.
    pub successes: u64,
    /// How many may have.
    pub unknown: u64,
    /// How many bytes left, by those that did.
    pub bytes: u64,
    /// How many distinct objects left: at least so many.
    pub objects: u64,
    /// At most so many.
    pub objects_upper: u64,
    /// The first time of a success.
    #[serde(with = "rfc3339")]
    pub first_seen: Option<Time>,
    /// The last.
    #[serde(with = "rfc3339")]
    pub last_seen: Option<Time>,
}

/// Who acted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Actor {
    /// The client.
    pub client: Option<Untrusted>,
    /// The agent of most of its findings.
    pub agent: Option<Untrusted>,
    /// How many findings are its.
    pub findings: u64,
}

/// One reason for an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The signal.
    pub signal: String,
    /// What it speaks of.
    #[serde(with = "named")]
    pub role: Role,
    /// What was seen.
    pub seen: Untrusted,
    /// What would be expected otherwise.
    pub expected: Untrusted,
    /// The weight, in bits.
    pub bits: i32,
}

/// A request, judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// A name that stays the same when the same log is read again.
    pub id: String,
    /// Its incident.
    pub incident: String,
    /// Which part of the story it is.
    #[serde(with = "named")]
    pub stage: Stage,
    /// What it got.
    #[serde(with = "named")]
    pub outcome: Outcome,
    /// How bad it is.
    #[serde(with = "named")]
    pub severity: Severity,
    /// How sure that is.
    #[serde(with = "named")]
    pub confidence: Confidence,
    /// What each signal saw, the objectives first.
    pub signals: Vec<Sighting>,
    /// Where it stands.
    pub source: Source,
    /// The request.
    pub request: Request,
    /// Where the telling part stands in the request's target, if it stands there.
    pub telling: Option<Span>,
    /// The shape of its path, as in the incident's list of routes.
    #[serde(default)]
    pub route: Untrusted,
}

/// What a signal saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    /// The signal.
    pub name: String,
    /// What it speaks of.
    #[serde(with = "named")]
    pub role: Role,
    /// What it saw, decoded.
    pub evidence: Untrusted,
    /// What that is.
    pub what: String,
}

/// Where a record stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// The path of the source.
    pub path: Untrusted,
    /// The line, from 1.
    pub line: u64,
    /// Where the line begins, in bytes of the decompressed source.
    pub offset: u64,
    /// Its length in bytes, its end not included.
    pub length: u32,
    /// The number of the record in its document, from 1; 1 where the line is the record.
    pub record: u32,
    /// The SHA-256 of the bytes that stand there.
    #[serde(default)]
    pub sha256: String,
    /// Whether the source is damaged, so that these bytes may never have been written.
    #[serde(default)]
    pub is_tainted: bool,
}

/// The request of a finding, as the log holds it, the log's own escapes undone. What only the logs of a cloud say is not
/// there for others.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// When it was.
    #[serde(with = "rfc3339")]
    pub time: Option<Time>,
    /// Its client.
    pub client: Option<Untrusted>,
    /// Its user.
    pub user: Option<Untrusted>,
    /// Its method.
    pub method: Option<Untrusted>,
    /// Its target.
    pub target: Option<Untrusted>,
    /// The status of the reply.
    pub status: Option<u16>,
    /// The size of the reply in bytes.
    pub bytes: Option<u64>,
    /// How long it took, in seconds.
    pub duration: Option<f64>,
    /// Its referer.
    pub referer: Option<Untrusted>,
    /// Its agent.
    pub agent: Option<Untrusted>,
    /// The host that it asked for.
    pub host: Option<Untrusted>,
    /// The operation: `REST.GET.OBJECT`, `ListBuckets`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Untrusted>,
    /// The service that was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Untrusted>,
    /// The bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<Untrusted>,
    /// The key of the object in its bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Untrusted>,
    /// The region that it was called in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Untrusted>,
    /// The principal that called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<Untrusted>,
    /// The id of the key that signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<Untrusted>,
    /// The error code of the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<Untrusted>,
}

/// The last row: what stands before it is whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// How many rows stand before it.
    pub rows: u64,
    /// Their SHA-256, line feeds included.
    pub sha256: String,
}

/// A part of a text, in bytes of its UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Where it begins.
    pub start: usize,
    /// How long it is.
    pub length: usize,
}

impl Span {
    /// The text before it, the part itself, and the text after it; `None` if it is no part of this text.
    pub fn split(self, text: &str) -> Option<(&str, &str, &str)> {
        let end = self.start.checked_add(self.length)?;
        Some((text.get(..self.start)?, text.get(self.start..end)?, text.get(end..)?))
    }
}
