//! A table for a spreadsheet: a row for every finding, with its incident beside it.
//!
//! What was not read is a row too: a table that looks complete and is not would be worse than none.

use std::io;

use crate::Untrusted;
use crate::cells::{self, failed, text};
use crate::document::{Document, Finding, Incident};
use crate::facts::{lead, losses};
use crate::render::{Look, Render};
use crate::show::instant;

/// The form for spreadsheets.
pub(crate) struct Csv;

const COLUMNS: [&str; 37] = [
    "row",
    "incident",
    "rank",
    "title",
    "incident_severity",
    "finding",
    "stage",
    "outcome",
    "severity",
    "confidence",
    "time",
    "client",
    "user",
    "method",
    "target",
    "status",
    "bytes",
    "duration",
    "referer",
    "agent",
    "host",
    "signal",
    "evidence",
    "what",
    "techniques",
    "path",
    "line",
    "offset",
    "note",
    "operation",
    "service",
    "bucket",
    "object",
    "region",
    "principal",
    "access_key_id",
    "error_code",
];

impl Render for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["csv"]
    }

    fn about(&self) -> &'static str {
        "a table for spreadsheets, a row for each finding; no cell is a formula"
    }

    fn render(&self, document: &Document, _: Look, out: &mut dyn io::Write) -> io::Result<()> {
        let mut rows = cells::writer(out);
        rows.write_record(COLUMNS).map_err(failed)?;
        for (incident, finding) in document.findings() {
            rows.write_record(row(incident, finding)).map_err(failed)?;
        }
        for (path, because) in losses(&document.scan) {
            rows.write_record(of_loss(&path, &because)).map_err(failed)?;
        }
        rows.flush()
    }
}

fn row(incident: &Incident, finding: &Finding) -> [String; COLUMNS.len()] {
    let Finding { request, source, .. } = finding;
    let own = |value: &Option<Untrusted>| value.as_ref().map_or(String::new(), Untrusted::in_cell);
    let number = |value: Option<u64>| value.map_or(String::new(), |value| value.to_string());
    let lead = lead(finding);
    [
        "finding".to_owned(),
        text(&incident.id),
        incident.rank.to_string(),
        incident.title.in_cell(),
        incident.severity.name().to_owned(),
        text(&finding.id),
        finding.stage.name().to_owned(),
        finding.outcome.name().to_owned(),
        finding.severity.name().to_owned(),
        finding.confidence.name().to_owned(),
        request.time.map_or(String::new(), instant),
        own(&request.client),
        own(&request.user),
        own(&request.method),
        own(&request.target),
        number(request.status.map(u64::from)),
        number(request.bytes),
        request.duration.map_or(String::new(), |seconds| seconds.to_string()),
        own(&request.referer),
        own(&request.agent),
        own(&request.host),
        lead.map_or(String::new(), |lead| text(&lead.name)),
        lead.map_or(String::new(), |lead| lead.evidence.in_cell()),
        lead.map_or(String::new(), |lead| text(&lead.what)),
        text(&incident.techniques.join(" ")),
        source.path.in_cell(),
        source.line.to_string(),
        source.offset.to_string(),
        String::new(),
        own(&request.operation),
        own(&request.service),
        own(&request.bucket),
        own(&request.object),
        own(&request.region),
        own(&request.principal),
        own(&request.access_key_id),
        own(&request.error_code),
    ]
}

fn of_loss(path: &Untrusted, because: &Untrusted) -> [String; COLUMNS.len()] {
    let mut row = [const { String::new() }; COLUMNS.len()];
    row[0] = "not read".to_owned();
    row[25] = path.in_cell();
    row[28] = because.in_cell();
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::tests::Full;
    use crate::document::{Passed, Request};
    use crate::ndjson::tests::document;

    #[test]
    fn every_value_stands_under_its_name_and_no_cell_is_a_formula() {
        let mut document = document();
        let finding = &mut document.stories[0].findings[0];
        finding.request = Request {
            client: Some("198.51.100.7".into()),
            target: Some("=1+1".into()),
            bytes: Some(0),
            error_code: Some("@x".into()),
            ..finding.request.clone()
        };
        let mut out = Vec::new();
        Csv.render(&document, Look::default(), &mut out).unwrap();
        let mut rows = ::csv::Reader::from_reader(&out[..]);
        let names = rows.headers().unwrap().clone();
        let row = rows.records().next().unwrap().unwrap();
        let of = |name: &str| &row[names.iter().position(|known| known == name).unwrap()];
        assert_eq!((of("row"), of("incident"), of("finding"), of("rank")), ("finding", "KT-1", "f", "1"));
        assert_eq!((of("client"), of("target"), of("bytes"), of("user")), ("198.51.100.7", "'=1+1", "0", ""));
        assert_eq!((of("status"), of("duration"), of("signal")), ("200", "0.25", "secret-by-name"));
        assert_eq!((of("path"), of("line"), of("offset"), of("error_code")), ("a\\x0ab.log", "3", "99", "'@x"));
    }

    #[test]
    fn what_is_missing_stands_in_its_columns() {
        assert_eq!((COLUMNS[25], COLUMNS[28]), ("path", "note"));
        assert_eq!(of_loss(&"a.log".into(), &"gone".into())[25], "a.log");
    }

    #[test]
    fn what_was_not_read_is_a_row_behind_the_findings() {
        let mut document = document();
        let passed = |path: &str, is_loss| Passed { path: path.into(), because: "=gone".into(), is_loss };
        document.scan.passed = vec![passed("-lost", true), passed("notes", false)];
        document.scan.stopped_by = Some("SIGINT".to_owned());
        let mut out = Vec::new();
        Csv.render(&document, Look::default(), &mut out).unwrap();
        let mut rows = ::csv::Reader::from_reader(&out[..]);
        let rows: Vec<Vec<String>> =
            rows.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        let told: Vec<[&str; 3]> = rows.iter().map(|row| [&row[0], &row[25], &row[28]].map(String::as_str)).collect();
        let stopped = ["not read", "'-", "the scan was stopped before its end"];
        assert_eq!(told, [["finding", "a\\x0ab.log", ""], stopped, ["not read", "'-lost", "'=gone"]]);
    }

    #[test]
    fn a_table_that_cannot_be_written_is_an_error() {
        let error = Csv.render(&document(), Look::default(), &mut Full).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }

    #[test]
    fn it_is_asked_for_by_its_name_or_its_files() {
        assert_eq!((Csv.name(), Csv.extensions()), ("csv", &["csv"][..]));
        assert!(!Csv.about().is_empty());
    }
}
