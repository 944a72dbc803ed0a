//! Each format, tried on a log that is written in it: `formats/NAME.quiet.log`, an hour of one small shop in which nothing
//! happens, and `formats/NAME.story.log`, the same hour with a theft in it.
//!
//! The theft is told in every format alike: one client makes the fetcher of pictures ask the metadata service, is refused,
//! spells its address otherwise, gets the name of a role and then its keys. Where a format tells no query, or is of
//! storage, a file of secrets is found instead. So what is held against each format is not that it reads a line, but
//! that enough of the line arrives where the detection needs it.
//!
//! Damaged logs are held to the accounts: whatever is cut out of a line or written over it, each line is a record, a
//! fault, blank, or of the log itself, and the lines beside it are read as before.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use accesslog::{Census, Chunk, FORMATS, Fields, Format, Position, Reading, each_line, recognise};
use proptest::prelude::*;
use serde_json::Value;

use crate::program::{keytrace, of_type, parsed, root};

/// Formats in which no theft can be seen, and why. Their quiet logs are read all the same.
const NO_STORY: [(&str, &str); 10] = [
    ("apache_ssl_request", "it holds no status, so what was answered is not known: seen, and an attempt at most"),
    ("rails_started", "it says that a request has begun, and not what became of it"),
    ("aws_lambda_event", "it holds what a function is asked, not what it answers"),
    ("aws_waf", "the firewall sees requests, not replies"),
    ("aws_cloudtrail", "it holds operations of an interface, no targets"),
    ("aws_nlb", "it holds connections, no requests"),
    ("haproxy_tcp", "it holds connections, no requests"),
    ("request_line", "a request without time, client and reply"),
    ("clf_timestamp", "a time alone"),
    ("azure_timestamp", "a time alone"),
];

/// Formats whose records name no peer: the thief stands in the list of those that forwarded, which the line shows.
const NO_PEER: [&str; 2] = ["cf_cloud_controller", "healthd"];

/// Formats that tell of nobody who asked: the theft is seen, and whose it was is not known.
const NO_CLIENT: [&str; 3] = ["aspnet", "koa", "ktor"];

/// Who steals, in each story.
const THIEF: &str = "203.0.113.77";

/// The proxy of the shop, where its logs are written behind one.
const PROXY: &str = "192.0.2.20";

fn path(format: &dyn Format, kind: &str) -> PathBuf {
    root().join(format!("tests/formats/{}.{kind}.log", format.name()))
}

fn text(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn has_story(format: &dyn Format) -> bool {
    NO_STORY.iter().all(|(name, _)| *name != format.name())
}

fn with_story() -> impl Iterator<Item = &'static dyn Format> {
    FORMATS.iter().copied().filter(|format| has_story(*format))
}

/// How a log of this format is read: as it is recognised, or as it is named where its lines are too plain.
fn reading(format: &'static dyn Format, text: &[u8]) -> Reading {
    if !format.is_recognised() {
        return Reading::listed(format).strictly();
    }
    let reading = recognise(text).reading.unwrap_or_else(|| panic!("{} is recognised", format.name()));
    assert_eq!(reading.format.name(), format.name(), "what the log is taken for");
    reading
}

/// The rows of the report of a log, each format named only where it must be.
fn scanned(format: &dyn Format, path: &Path) -> Vec<Value> {
    let path = path.to_str().expect("plain names");
    let mut arguments = vec!["scan", "--output-format", "ndjson", "--trusted-proxy", PROXY];
    if !format.is_recognised() {
        arguments.extend(["--format", format.name()]);
    }
    arguments.push(path);
    let run = keytrace(arguments);
    assert!(run.code <= 1, "{path}: {}", run.error);
    parsed(run.text())
}

/// The incidents that are at least as severe as one of these.
fn severe<'a>(rows: &'a [Value], severities: &[&str]) -> Vec<&'a Value> {
    of_type(rows, "incident")
        .into_iter()
        .filter(|row| severities.contains(&row["severity"].as_str().expect("incidents are graded")))
        .collect()
}

const LOUD: [&str; 2] = ["high", "critical"];

#[test]
fn every_format_has_its_logs_and_every_log_its_format() {
    let mut wanted = BTreeSet::new();
    let mut bytes = 0;
    for format in FORMATS {
        wanted.insert(path(*format, "quiet"));
        if has_story(*format) {
            wanted.insert(path(*format, "story"));
        }
    }
    let folder = root().join("tests/formats");
    let found: BTreeSet<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let shown = |paths: Vec<&PathBuf>| paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
    assert!(found.is_superset(&wanted), "missing: {:?}", shown(wanted.difference(&found).collect()));
    assert!(wanted.is_superset(&found), "of no format: {:?}", shown(found.difference(&wanted).collect()));
    for path in found {
        let text = text(&path);
        let lines = text.iter().filter(|byte| **byte == b'\n').count();
        assert!((15..=30).contains(&lines), "{}: {lines} lines", path.display());
        bytes += text.len();
    }
    assert!(bytes < FORMATS.len() * 9_500, "the logs are small: {bytes} bytes");
}

#[test]
fn a_format_has_no_story_only_where_it_tells_too_little() {
    let enough = Fields::TARGET | Fields::STATUS;
    for format in FORMATS {
        let text = text(&path(*format, "quiet"));
        let told = match format.is_recognised() {
            true => recognise(&text).fields,
            false => accesslog::Recognition::given(reading(*format, &text), &text).fields,
        };
        assert_eq!(told.contains(enough), has_story(*format), "{} tells {told:?}", format.name());
    }
    assert!(NO_STORY.iter().all(|(name, because)| accesslog::named(name).is_some() && !because.is_empty()));
}

#[test]
fn a_quiet_log_is_recognised_read_whole_and_wakes_nobody() {
    for format in FORMATS {
        let (name, path) = (format.name(), path(*format, "quiet"));
        let rows = scanned(*format, &path);
        let input = &rows[0]["inputs"][0];
        assert_eq!((&input["format"], &input["faults"]), (&name.into(), &0.into()), "{input}");
        let records = input["records"].as_u64().unwrap();
        assert!(15 <= records, "{name}: {records} records");
        // What is no record is a header.
        let headers = text(&path).split(|byte| *byte == b'\n').filter(|line| is_header(*format, line)).count() as u64;
        assert_eq!(input["lines"].as_u64().unwrap(), records + headers, "{name}");
        let above = severe(&rows, &["medium", "high", "critical"]);
        assert!(above.is_empty(), "{name}: {above:?}");
    }
}

/// Whether a line says what the columns are, or something else of the log itself.
fn is_header(format: &dyn Format, line: &[u8]) -> bool {
    line.starts_with(b"#") || format.after(line).is_some()
}

#[test]
fn the_theft_is_one_loud_incident_of_its_thief_in_every_format() {
    for format in with_story() {
        let (name, path) = (format.name(), path(format, "story"));
        let rows = scanned(format, &path);
        let input = &rows[0]["inputs"][0];
        assert_eq!((&input["format"], &input["faults"]), (&name.into(), &0.into()), "{input}");
        let loud = severe(&rows, &LOUD);
        let [theft] = loud[..] else { panic!("{name}: one incident is loud: {loud:?}") };
        let findings = of_type(&rows, "finding").into_iter().filter(|row| row["incident"] == theft["id"]);
        let mut taken = 0;
        for finding in findings {
            match NO_PEER.contains(&name) || NO_CLIENT.contains(&name) {
                true => assert!(finding["request"]["client"].is_null(), "{name} needs no exception any more"),
                false => assert_eq!(finding["request"]["client"], THIEF, "{name}: {finding}"),
            }
            assert_ne!(line_of(finding, &path).contains(THIEF), NO_CLIENT.contains(&name), "{name}: {finding}");
            let target = finding["request"]["target"].as_str().unwrap();
            let is_secret = target.contains("security-credentials") || target.ends_with("/.env");
            taken += usize::from(finding["outcome"] == "success" && is_secret);
        }
        assert_eq!(taken, 2, "{name}: the list and the keys, or the file twice");
    }
}

/// The line that a finding was found in.
fn line_of(finding: &Value, path: &Path) -> String {
    let number = finding["source"]["line"].as_u64().unwrap() as usize;
    let text = String::from_utf8(text(path)).expect("the logs are text");
    text.lines().nth(number - 1).expect("the line is there").to_owned()
}

/// The near miss: all that the thief asked for and was refused, without the replies that held something.
#[test]
fn the_same_requests_without_what_was_answered_are_not_loud() {
    let folder = tempfile::tempdir().unwrap();
    for format in with_story() {
        let story = path(format, "story");
        let rows = scanned(format, &story);
        let is_taken = |row: &&Value| row["outcome"] == "success";
        let taken: BTreeSet<u64> =
            of_type(&rows, "finding").iter().filter(|row| is_taken(row)).map(|row| line_number(row)).collect();
        let log = String::from_utf8(text(&story)).expect("the logs are text");
        let kept = log.lines().zip(1..).filter(|(_, number)| !taken.contains(number));
        let kept: String = kept.map(|(line, _)| format!("{line}\n")).collect();
        let near = folder.path().join(format!("{}.log", format.name()));
        fs::write(&near, kept).unwrap();
        let rows = scanned(format, &near);
        assert!(severe(&rows, &LOUD).is_empty(), "{}", format.name());
        assert!(!of_type(&rows, "finding").is_empty(), "{}: the attempts are seen", format.name());
    }
}

fn line_number(row: &Value) -> u64 {
    row["source"]["line"].as_u64().unwrap()
}

/// What happens to a line.
#[derive(Clone, Debug)]
enum Damage {
    /// It ends early.
    Truncate,
    /// Bytes are missing.
    Cut(usize),
    /// Bytes are others.
    Flip(Vec<u8>),
    /// Bytes stand in it that were not written by the server.
    Insert(Vec<u8>),
}

/// Bytes that are no line end, as damage within a line is meant.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![any::<u8>(), prop::sample::select(&b"\"\\ []{},:-\t#\r\0"[..])];
    prop::collection::vec(byte.prop_filter("a line end", |byte| *byte != b'\n'), 1..8)
}

fn damages() -> impl Strategy<Value = Damage> {
    prop_oneof![
        Just(Damage::Truncate),
        (1..40_usize).prop_map(Damage::Cut),
        pieces().prop_map(Damage::Flip),
        pieces().prop_map(Damage::Insert),
    ]
}

fn damaged(line: &[u8], at: prop::sample::Index, damage: &Damage) -> Vec<u8> {
    let from = at.index(line.len() + 1);
    let (length, put): (usize, &[u8]) = match damage {
        Damage::Truncate => (line.len(), &[]),
        Damage::Cut(length) => (*length, &[]),
        Damage::Flip(put) => (put.len(), put),
        Damage::Insert(put) => (0, put),
    };
    let to = line.len().min(from + length);
    [&line[..from], put, &line[to..]].concat()
}

/// What each line is read as, by its number, and the account of all.
fn read(text: &[u8], reading: &Reading) -> (Vec<(u64, String)>, Census, bool) {
    let (mut seen_as, mut census, mut holds_many) = (Vec::new(), Census::default(), false);
    let start = Position { line: 1, ..Position::default() };
    each_line(Chunk { bytes: text, start }, reading, &mut census, |seen| {
        holds_many |= seen.line.at.record != 0;
        seen_as.push((seen.line.at.line, format!("{} {:?}", seen.format.name(), seen.outcome)));
    });
    (seen_as, census, holds_many)
}

/// How many lines at the beginning of a log may say what its columns are.
const HEADERS: usize = 4;

/// A log of the folder with some of its lines damaged.
#[derive(Clone, Debug)]
struct Wreck {
    format: usize,
    is_story: bool,
    hits: Vec<(prop::sample::Index, prop::sample::Index, Damage)>,
}

fn wrecks() -> impl Strategy<Value = Wreck> {
    let hits = prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), damages()), 1..4);
    (0..FORMATS.len(), any::<bool>(), hits).prop_map(|(format, is_story, hits)| Wreck { format, is_story, hits })
}

impl Wreck {
    fn format(&self) -> &'static dyn Format {
        FORMATS[self.format]
    }

    fn whole(&self) -> Vec<u8> {
        let kind = if self.is_story && has_story(self.format()) { "story" } else { "quiet" };
        text(&path(self.format(), kind))
    }

    /// The lines after the damage, and the numbers of those that were hit.
    fn lines(&self) -> (Vec<Vec<u8>>, BTreeSet<usize>) {
        let whole = self.whole();
        let mut lines: Vec<Vec<u8>> = whole.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        lines.pop();
        let mut hit = BTreeSet::new();
        for (line, at, damage) in &self.hits {
            let number = line.index(lines.len());
            lines[number] = damaged(&lines[number], *at, damage);
            hit.insert(number);
        }
        (lines, hit)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damage_stays_in_its_line_and_every_line_is_accounted_for(wreck in wrecks()) {
        let whole = wreck.whole();
        let reading = reading(wreck.format(), &whole);
        let (lines, hit) = wreck.lines();
        let (after, census, holds_many) = read(&(lines.join(&b'\n')), &reading);
        let accounted = census.records + census.fault_count() + census.blank + census.directives;
        prop_assert_eq!(accounted, census.lines);
        prop_assert!(holds_many || census.lines == lines.len() as u64 || lines.last().is_some_and(Vec::is_empty));

        let (before, ..) = read(&whole, &reading);
        // A header that is damaged, or a line that became one, speaks of the lines behind it.
        let speaks = |line: &[u8]| is_header(wreck.format(), line);
        let whole: Vec<&[u8]> = whole.split(|byte| *byte == b'\n').collect();
        if hit.iter().any(|number| speaks(whole[*number]) || speaks(&lines[*number])) {
            return Ok(());
        }
        let untouched = |rows: Vec<(u64, String)>| {
            rows.into_iter().filter(|(line, _)| !hit.contains(&(*line as usize - 1))).collect::<Vec<_>>()
        };
        prop_assert_eq!(untouched(before), untouched(after));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_log_is_scanned_to_its_end(wreck in wrecks(), is_named in any::<bool>()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("access.log");
        let (lines, hit) = wreck.lines();
        fs::write(&path, lines.join(&b'\n')).unwrap();
        // A log whose columns are damaged may be taken for nothing, unless a person says what it is.
        let is_named = is_named || !wreck.format().is_recognised() || hit.iter().any(|number| *number < HEADERS);
        let name = is_named.then(|| ["--format", wreck.format().name()]);
        let run = keytrace(
            ["scan", "--output-format", "ndjson", path.to_str().unwrap()].into_iter().chain(name.into_iter().flatten()),
        );
        prop_assert!(run.code <= 1, "{}", run.error);
        let rows = parsed(run.text());
        let number = |name: &str| rows[0]["totals"][name].as_u64().unwrap();
        let accounted = ["records", "faults", "blank", "directives"].map(number).iter().sum::<u64>();
        prop_assert_eq!(accounted, number("lines"));
        prop_assert!(lines.len() as u64 <= number("lines") + 1);
    }
}
