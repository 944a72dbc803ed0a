//! Rows, read back into a document.
//!
//! A row waits for the next one, as that may be more of it.

use std::io::{self, BufRead};

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Document, End, Finding, Impact, Incident, Scan};
use crate::json::hex;

/// Why something is no saved report.
#[derive(Debug)]
pub enum ReadError {
    /// It could not be read.
    Io(io::Error),
    /// A row does not fit: its line from 1, its byte from 0 where that is known, and what was expected.
    Row {
        /// The line, from 1.
        line: usize,
        /// The byte in the line, from 0.
        at: usize,
        /// What was expected.
        expected: String,
    },
    /// A finding names an incident that is not there.
    NoIncident(String),
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ReadError::Io(error) => error.fmt(out),
            ReadError::Row { line, at, expected } => write!(out, "line {line}, byte {at}: {expected}"),
            ReadError::NoIncident(id) => write!(out, "a row is of the incident {id}, which is not there"),
        }
    }
}

impl std::error::Error for ReadError {}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> ReadError {
        ReadError::Io(error)
    }
}

/// Whether a saved report is as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seal {
    /// It is, and this is the SHA-256 of its rows.
    Whole(String),
    /// Its rows are not those that were sealed.
    Broken,
    /// It bears no seal: its end is missing, or it was put together by something else.
    Missing,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Row {
    Scan(Box<Scan>),
    Incident(Box<Incident>),
    Impact(Box<Impact>),
    Finding(Box<Finding>),
    More(More),
    End(End),
}

impl Row {
    fn name(&self) -> &'static str {
        match self {
            Row::Scan(_) => "scan",
            Row::Incident(_) => "incident",
            Row::Impact(_) => "impact",
            Row::Finding(_) => "finding",
            Row::More(_) => "more",
            Row::End(_) => "end",
        }
    }
}

/// More of the row before.
#[derive(Deserialize)]
struct More {
    of: String,
    key: String,
    #[serde(default)]
    items: Vec<Value>,
    #[serde(default)]
    text: String,
}

impl More {
    /// Puts it where it belongs.
    fn join(self, row: &mut Value) -> Result<(), String> {
        match row.pointer_mut(&format!("/{}", self.key.replace('.', "/"))) {
            Some(Value::Array(items)) => items.extend(self.items),
            Some(Value::String(text)) => text.push_str(&self.text),
            _ => return Err(format!("the key `{}` is neither a list nor a text of the row before", self.key)),
        }
        Ok(())
    }
}

/// A row that may go on.
struct Begun {
    row: Row,
    place: usize,
    line: Vec<u8>,
    /// The row with all that came behind it, if anything did.
    joined: Option<Value>,
}

impl Begun {
    fn join(&mut self, more: More) -> Result<(), String> {
        if more.of != self.row.name() {
            return Err(format!("expected more of a row of type {}, not {}", self.row.name(), more.of));
        }
        let whole = match self.joined.take() {
            Some(whole) => whole,
            None => serde_json::from_slice(&self.line).map_err(|error| without_place(&error))?,
        };
        more.join(self.joined.insert(whole))
    }

    /// The row, whole.
    fn finish(self) -> Result<Row, ReadError> {
        let fault = |error: serde_json::Error| ReadError::Row { line: self.place, at: 0, expected: error.to_string() };
        self.joined.map_or(Ok(self.row), |whole| serde_json::from_value(whole).map_err(fault))
    }
}

/// The rows that were read.
#[derive(Default)]
struct Rows {
    scan: Option<Scan>,
    incidents: Vec<Incident>,
    impacts: Vec<Impact>,
    findings: Vec<Finding>,
    begun: Option<Begun>,
}

impl Rows {
    /// Takes in a row: the one before it is whole, unless this is more of it.
    fn take(&mut self, place: usize, row: Row, line: Vec<u8>) -> Result<(), ReadError> {
        let fault = |expected: String| ReadError::Row { line: place, at: 0, expected };
        match row {
            Row::More(more) => match &mut self.begun {
                Some(begun) => begun.join(more).map_err(fault),
                None => Err(fault("expected a row before it, of which it is more".to_owned())),
            },
            Row::Scan(_) if self.has_scan() => {
                Err(fault("a second scan: expected incidents and findings of the first".to_owned()))
            }
            row => {
                self.flush()?;
                self.begun = Some(Begun { row, place, line, joined: None });
                Ok(())
            }
        }
    }

    fn has_scan(&self) -> bool {
        self.scan.is_some() || self.begun.as_ref().is_some_and(|begun| matches!(begun.row, Row::Scan(_)))
    }

    fn flush(&mut self) -> Result<(), ReadError> {
        match self.begun.take().map(Begun::finish).transpose()? {
            Some(Row::Scan(row)) => self.scan = Some(*row),
            Some(Row::Incident(row)) => self.incidents.push(*row),
            Some(Row::Impact(row)) => self.impacts.push(*row),
            Some(Row::Finding(row)) => self.findings.push(*row),
            Some(Row::More(_) | Row::End(_)) | None => {}
        }
        Ok(())
    }
}

/// Reads a report that was written as NDJSON.
///
/// # Errors
///
/// What the reader says, or the first row that does not fit.
pub fn read(input: impl BufRead) -> Result<Document, ReadError> {
    read_with_seal(input).map(|(document, _)| document)
}

/// As [`read`], and tells whether the report is as it was written.
///
/// # Errors
///
/// As [`read`].
pub fn read_with_seal(input: impl BufRead) -> Result<(Document, Seal), ReadError> {
    let (mut hasher, mut count, mut seal) = (Sha256::new(), 0, Seal::Missing);
    let mut rows = Rows::default();
    let mut lines = 0;
    for (place, line) in input.split(b'\n').enumerate() {
        let line = line?;
        lines = place + 1;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let row = serde_json::from_slice(&line).map_err(|error| {
            let at = error.column().saturating_sub(1);
            ReadError::Row { line: lines, at, expected: without_place(&error) }
        })?;
        if let Row::End(end) = row {
            let digest = hex(&hasher.clone().finalize());
            let is_whole = seal == Seal::Missing && (end.rows, &end.sha256) == (count, &digest);
            seal = if is_whole { Seal::Whole(digest) } else { Seal::Broken };
            continue;
        }
        if seal != Seal::Missing {
            seal = Seal::Broken;
        }
        hasher.update(&line);
        hasher.update(b"\n");
        count += 1;
        rows.take(lines, row, line)?;
    }
    rows.flush()?;
    let missing = || ReadError::Row { line: lines.max(1), at: 0, expected: "expected a row of type scan".to_owned() };
    let Rows { scan, incidents, impacts, findings, .. } = rows;
    let document = Document::of_rows(scan.ok_or_else(missing)?, incidents, impacts, findings);
    let document = document.map_err(ReadError::NoIncident)?;
    Ok((document, seal))
}

/// What an error says, without the place that is told beside it.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(what, _)| what.to_owned())
}
