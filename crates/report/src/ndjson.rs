//! One JSON object a line: the scan, then the incidents by rank, then what left by them, then their findings by time.
//!
//! This is the [`Document`] itself, each row under its type, from which every other form can be made again; what strangers
//! wrote stands apart in each ([`fenced`](crate::fence::fenced)). The last row
//! seals it: how many rows stand before it, and their SHA-256. A report without that row is not whole.

use std::io;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::document::{Document, End};
use crate::fence::fenced;
use crate::json::{hex, write_line};
use crate::render::{Look, Render};

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
        let schema = Schema { schema: SCHEMA, row: &document.scan };
        write_row(&mut out, "scan", &schema)?;
        for story in &document.stories {
            write_row(&mut out, "incident", &story.incident)?;
        }
        for impact in document.stories.iter().flat_map(|story| &story.impact) {
            write_row(&mut out, "impact", impact)?;
        }
        for (_, finding) in document.findings() {
            write_row(&mut out, "finding", finding)?;
        }
        out.finish()
    }
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
        write_line(self.out, &Row { r#type: "end", row: &end })
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

/// Writes a row under its type, what strangers wrote apart.
fn write_row(out: &mut dyn io::Write, r#type: &'static str, row: &impl Serialize) -> io::Result<()> {
    write_line(out, &fenced(&Row { r#type, row })?)
}

/// The shape of the rows: another number where what was written for one may not read the other.
const SCHEMA: &str = "keytrace-report/2";

/// A row that says which shape it and those behind it have.
#[derive(Serialize)]
struct Schema<'a, T> {
    schema: &'static str,
    #[serde(flatten)]
    row: &'a T,
}

/// A row under its type.
#[derive(Serialize)]
struct Row<'a, T> {
    r#type: &'static str,
    #[serde(flatten)]
    row: &'a T,
}

#[cfg(test)]
pub(crate) mod tests {
    use detect::{Confidence, Outcome, Role, Severity, Stage};

    use super::*;
    use crate::document::{
        Finding, Impact, Incident, Reason, Request, Scan, Sighting, Source, Span, Stages, Story, read,
    };

    pub(crate) fn document() -> Document {
        let incident = Incident {
            id: "KT-1".to_owned(),
            rank: 1,
            severity: Severity::High,
            confidence: Confidence::Probable,
            title: "a title".into(),
            summary: "a \u{202E} summary".into(),
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
            routes: Vec::new(),
            persons: Vec::new(),
            contents: None,
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
