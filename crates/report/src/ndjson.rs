//! One JSON object a line: the scan, then the incidents by rank, then their findings by time.
//!
//! This is the [`Document`] itself, each row under its type, from which every other form can be made again.

use std::io;

use serde::Serialize;

use crate::document::Document;
use crate::json::write_line;
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
        write_line(out, &Row { r#type: "scan", row: &document.scan })?;
        for story in &document.stories {
            write_line(out, &Row { r#type: "incident", row: &story.incident })?;
        }
        for (_, finding) in document.findings() {
            write_line(out, &Row { r#type: "finding", row: finding })?;
        }
        Ok(())
    }
}

/// A row under its type.
#[derive(Serialize)]
struct Row<'a, T> {
    r#type: &'static str,
    #[serde(flatten)]
    row: &'a T,
}

#[cfg(test)]
mod tests {
    use detect::{Confidence, Outcome, Role, Severity, Stage};

    use super::*;
    use crate::document::{Finding, Incident, Reason, Request, Scan, Sighting, Source, Span, Stages, Story, read};

    fn document() -> Document {
        let incident = Incident {
            id: "KT-1".to_owned(),
            rank: 1,
            severity: Severity::High,
            confidence: Confidence::Probable,
            title: "a title".to_owned(),
            summary: "a \u{202E} summary".to_owned(),
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
                seen: "/.env".to_owned(),
                expected: "no request for it".to_owned(),
                bits: -3,
            }],
            next: vec!["look".to_owned()],
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
                evidence: "\\xff".to_owned(),
                what: "a file".to_owned(),
            }],
            source: Source { path: "a\nb.log".to_owned(), line: 3, offset: 99, length: 7, record: 1 },
            request: Request { status: Some(200), duration: Some(0.25), ..Request::default() },
            telling: Some(Span { start: 0, length: 5 }),
        };
        Document { scan: Scan::default(), stories: vec![Story { incident, findings: vec![finding] }] }
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
        assert!(refused(&format!("{}\n{}\n", lines[0], lines[2])).contains("KT-1"));
        assert!(refused(&text.replace("\"high\"", "\"loud\"")).contains("expected one of info, low, medium, high"));
        assert!(refused(&text[..text.len() - 9]).starts_with("line 3, byte"));
    }
}
