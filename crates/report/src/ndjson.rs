//! One JSON object a line: the scan, then the incidents by rank, then what left by them, then their findings by time.
//!
//! This is the [`Document`] itself, each row under its type, from which every other form can be made again. What does not
//! fit in a row ([`fitted`](crate::fitted)) goes on in rows of the type `more` behind it. The last row seals it: how many
//! rows stand before it, and their SHA-256. A report without that row is not whole.

use std::io;

use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::document::{Document, End, Scan};
use crate::fitted::{Fitted, Held, Omitted, ROW_BYTES_MAX, Rest, fitted, omitted, split};
use crate::foreign::NDJSON;
use crate::json::{hex, line_bytes, write_line};
use crate::render::{Look, Render};

/// How much of a row of the type `more` may be what it holds, in bytes; the rest is for its other keys.
const HELD_BYTES_MAX: usize = ROW_BYTES_MAX - 2_000;

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

    fn render(&self, document: &Document, _: Look, out: &mut dyn io::Write) -> io::Result<()> {
        let mut out = Sealed::new(out);
        write_head(&mut out, &document.scan)?;
        for story in &document.stories {
            write_row(&mut out, "incident", Some(&story.incident.id), &story.incident)?;
        }
        for impact in document.stories.iter().flat_map(|story| &story.impact) {
            write_row(&mut out, "impact", Some(&impact.incident), impact)?;
        }
        for (_, finding) in document.findings() {
            write_row(&mut out, "finding", Some(&finding.id), finding)?;
        }
        out.finish()
    }
}

/// Writes the first row, which says of all of them where text of strangers may stand.
fn write_head(out: &mut dyn io::Write, scan: &Scan) -> io::Result<()> {
    let keys: Map<String, Value> = NDJSON.iter().map(|(row, keys)| ((*row).to_owned(), Value::from(*keys))).collect();
    write_typed(out, Typed { r#type: "scan", id: None, untrusted: Some(&keys) }, scan)
}

/// Writes a row that is not the first.
fn write_row<T: Serialize>(out: &mut dyn io::Write, r#type: &'static str, id: Option<&str>, row: &T) -> io::Result<()> {
    write_typed(out, Typed { r#type, id, untrusted: None }, row)
}

/// Writes a row, and behind it what does not fit in it.
fn write_typed<T: Serialize>(out: &mut dyn io::Write, typed: Typed<'_>, row: &T) -> io::Result<()> {
    let Typed { r#type: of, id, untrusted } = typed;
    let mut line = Vec::new();
    write_line(&mut line, &Row { r#type: of, untrusted, row })?;
    if line.len() <= ROW_BYTES_MAX {
        return out.write_all(&line);
    }
    let whole = serde_json::to_value(row)?;
    let own = line_bytes(&Row { r#type: of, untrusted, row: &Map::new() });
    let cut = fitted(&whole, "", ROW_BYTES_MAX - own, &|mut value, omitted| {
        value["omitted"] = serde_json::to_value(omitted).unwrap_or_default();
        value
    });
    write_line(out, &Row { r#type: of, untrusted, row: &cut.value })?;
    cut.rests.iter().try_for_each(|rest| write_more(out, (of, id), rest))
}

/// Writes the rest of a list or of a text.
fn write_more(out: &mut dyn io::Write, (of, id): (&'static str, Option<&str>), rest: &Rest<'_>) -> io::Result<()> {
    let key = rest.key.as_str();
    let more = || More { r#type: "more", of, id, key, items: None, text: None, omitted: Vec::new() };
    match rest.held {
        Held::Text(mut text) => {
            while !text.is_empty() {
                let (piece, further) = split(text, HELD_BYTES_MAX);
                write_line(out, &More { text: Some(piece), ..more() })?;
                text = further;
            }
            Ok(())
        }
        Held::Items(mut place, mut items) => {
            while let [first, ..] = items {
                let count = fitting(items);
                let (own, further) = items.split_at(count.max(1));
                if 0 < count {
                    write_line(out, &More { items: Some(own), ..more() })?;
                } else {
                    let below = format!("{key}.{place}");
                    let Fitted { value, rests } = fitted(first, &below, HELD_BYTES_MAX, &|value, _| value);
                    write_line(out, &More { items: Some(&[value]), omitted: omitted(&rests), ..more() })?;
                    rests.iter().try_for_each(|rest| write_more(out, (of, id), rest))?;
                }
                place += own.len();
                items = further;
            }
            Ok(())
        }
    }
}

/// How many items from the first on fit in a row.
fn fitting(items: &[Value]) -> usize {
    let mut bytes = 0;
    let is_over = |item: &Value| {
        bytes += line_bytes(item);
        HELD_BYTES_MAX < bytes
    };
    items.iter().position(is_over).unwrap_or(items.len())
}

/// A writer that takes the digest of what passes through it, and counts its rows.
pub(crate) struct Sealed<'o> {
    out: &'o mut dyn io::Write,
    hasher: Sha256,
    rows: u64,
}

impl<'o> Sealed<'o> {
    pub(crate) fn new(out: &'o mut dyn io::Write) -> Sealed<'o> {
        Sealed { out, hasher: Sha256::new(), rows: 0 }
    }

    /// Writes the last row.
    pub(crate) fn finish(self) -> io::Result<()> {
        let end = End { rows: self.rows, sha256: hex(&self.hasher.finalize()) };
        write_line(self.out, &Row { r#type: "end", untrusted: None, row: &end })
    }
}

impl io::Write for Sealed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        // JSON on one line holds no line feed but the one behind it.
        self.rows += line_feeds(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn line_feeds(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// More of a row: the one of another type before it.
#[derive(Serialize)]
struct More<'a> {
    r#type: &'static str,
    /// The type of that row.
    of: &'static str,
    /// Its identifier; of what an incident lost, that of the incident.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    /// The key in it that goes on here: `inputs`, `inputs.3.path`.
    key: &'a str,
    /// The next items of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<&'a [Value]>,
    /// The next piece of the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    omitted: Vec<Omitted>,
}

/// What stands in a row beside what it is about.
#[derive(Clone, Copy)]
struct Typed<'a> {
    r#type: &'static str,
    id: Option<&'a str>,
    untrusted: Option<&'a Map<String, Value>>,
}

/// A row under its type.
#[derive(Serialize)]
struct Row<'a, T> {
    r#type: &'static str,
    /// The keys below which text of strangers may stand, by the type of the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    untrusted: Option<&'a Map<String, Value>>,
    #[serde(flatten)]
    row: &'a T,
}

#[cfg(test)]
pub(crate) mod tests {
    use detect::{Confidence, Outcome, Role, Severity, Stage};

    use super::*;
    use crate::Untrusted;
    use crate::document::{
        Actor, Chance, Fault, Finding, Impact, Incident, Input, Reason, Reproduce, Request, Scan, Seal, Sighting,
        Source, Span, Stages, Story, read, read_with_seal,
    };

    pub(crate) fn document() -> Document {
        let incident = Incident {
            id: "KT-1".to_owned(),
            rank: 1,
            severity: Severity::High,
            confidence: Confidence::Probable,
            title: "a title".into(),
            summary: "a \u{202E} summary".into(),
            told: Some("a summary of a name".into()),
            stages: Stages { extract: 1, ..Stages::default() },
            first_seen: Some(accesslog::Time(1_700_000_000_123_456_789)),
            last_seen: None,
            actors: Vec::new(),
            actor_count: 1,
            techniques: vec!["T1190".to_owned()],
            findings: 1,
            successes: 1,
            why: vec![Reason {
                signal: "secret-by-name".to_owned(),
                role: Role::Objective,
                seen: "/.env".into(),
                expected: "no request for it".into(),
                bits: -3,
            }],
            next: vec!["look".to_owned()],
            would_change: vec!["it would be".into()],
            neighbour: Some("a twin".into()),
            chance: Some(Chance {
                one_in: 40,
                parts: 2,
                among: Some("clients".to_owned()),
                others: Some(79),
                as_odd: Some(0),
            }),
            routes: Vec::new(),
            persons: Vec::new(),
            contents: None,
            reproduce: Some(Reproduce { command: Some("keytrace show 'a.log@9'".into()), because: None }),
        };
        let finding = Finding {
            id: "f".to_owned(),
            incident: "KT-1".to_owned(),
            stage: Stage::Extract,
            outcome: Outcome::Success,
            severity: Severity::High,
            confidence: Confidence::Probable,
            signals: vec![Sighting {
                name: "secret-by-name".to_owned(),
                role: Role::Objective,
                evidence: "\\xff".into(),
                what: "a file".to_owned(),
            }],
            source: Source {
                path: "a\nb.log".into(),
                line: 3,
                offset: 99,
                length: 7,
                record: 1,
                sha256: "00".repeat(32),
                is_tainted: false,
            },
            request: Request { status: Some(200), duration: Some(0.25), ..Request::default() },
            telling: Some(Span { start: 0, length: 5 }),
            route: "/p".into(),
        };
        let impact = Impact {
            incident: "KT-1".to_owned(),
            place: "/api/orders/*".into(),
            period: Some("2024-05".to_owned()),
            requests: 9,
            successes: 7,
            unknown: 1,
            bytes: 900,
            objects: 5,
            objects_upper: 6,
            first_seen: None,
            last_seen: None,
        };
        Document {
            scan: Scan::default(),
            stories: vec![Story { incident, impact: vec![impact], findings: vec![finding] }],
        }
    }

    fn written(document: &Document) -> String {
        let mut out = Vec::new();
        Ndjson.render(document, Look::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_written_is_read_back_and_written_the_same() {
        let document = document();
        let text = written(&document);
        let again = read(text.as_bytes()).unwrap();
        assert_eq!(again, document);
        assert_eq!(written(&again), text);
    }

    #[test]
    fn a_row_that_is_too_long_goes_on_behind_itself() {
        let mut document = document();
        let long = |letter: &str| Untrusted::from(letter.repeat(4_096));
        let input = |number: usize| Input { path: format!("{number}.log").into(), ..input() };
        document.scan.inputs = (0..3_000).map(input).collect();
        document.scan.inputs[2_000].path = long("p");
        let fault = |line| Fault { line, offset: line, at: 0, expected: "x".repeat(300) };
        document.scan.inputs[2_001].first_faults = (0..99).map(fault).collect();
        document.scan.traffic.stretches = (0..9_000).collect();
        let incident = &mut document.stories[0].incident;
        let actor = |number| Actor { client: Some(format!("c{number}").into()), agent: Some(long("é")), findings: 1 };
        incident.actors = (0..900).map(actor).collect();
        incident.would_change = vec!["short".into(), long("\u{202e}"), "short".into()];
        let finding = &mut document.stories[0].findings[0];
        finding.request.target = Some(long("\u{1b}"));
        finding.request.agent = Some(long("\u{e0041}"));
        let text = written(&document);
        assert!(text.lines().all(|line| line.len() < ROW_BYTES_MAX));
        assert_eq!(text.lines().filter(|line| line.starts_with("{\"type\":\"scan\"")).count(), 1);
        let again = read(text.as_bytes()).unwrap();
        assert!(again == document, "nothing is lost");
        assert_eq!(written(&again), text);
        assert!(matches!(read_with_seal(text.as_bytes()), Ok((_, Seal::Whole(_)))));
        let refused = |text: &str| read(text.as_bytes()).err().map(|error| error.to_string()).unwrap_or_default();
        let no_list = text.replacen("\"key\":\"inputs\",\"items\":[", "\"key\":\"version.0\",\"items\":[", 1);
        assert!(refused(&no_list).contains("`version.0` is neither a list nor a text"), "{}", refused(&no_list));
        let first = text.lines().find(|line| line.starts_with("{\"type\":\"more\"")).unwrap();
        assert!(refused(first).contains("a row before it"), "{}", refused(first));
    }

    /// A source of one line.
    pub(crate) fn input() -> Input {
        serde_json::from_value(serde_json::json!({
            "path": "", "codec": "plain", "format": "combined", "recognised": {"lines": 1, "of": 1}, "bytes": 1, "lines": 1,
            "records": 1, "faults": 0, "blank": 0, "directives": 0, "outside": 0, "undated": 0, "first": null, "last": null,
            "formats": [], "fault_kinds": [], "first_faults": [], "alike": null, "cut_short": null,
        }))
        .unwrap()
    }

    #[test]
    fn what_is_no_report_is_told_with_its_place() {
        let refused = |text: &str| read(text.as_bytes()).unwrap_err().to_string();
        let text = written(&document());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(refused(""), "line 1, byte 0: expected a row of type scan");
        assert!(refused(&format!("{}\n{}\n", lines[0], lines[0])).starts_with("line 2, byte 0: a second scan"));
        assert!(refused(&format!("{}\n{}\n", lines[0], lines[3])).contains("KT-1"));
        assert!(refused(&text.replace("\"high\"", "\"loud\"")).contains("expected one of info, low, medium, high"));
        assert!(refused(&text[..text.len() - 9]).starts_with(&format!("line {}, byte", lines.len())));
    }
}
