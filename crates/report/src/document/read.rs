//! Rows, read back into a document.

use std::io::{self, BufRead};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{Document, End, Finding, Impact, Incident, Scan};
use crate::fence::unfenced;
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
    End(End),
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
    let (mut hasher, mut rows, mut seal) = (Sha256::new(), 0, Seal::Missing);
    let (mut scan, mut incidents, mut impacts, mut findings) = (None, Vec::new(), Vec::new(), Vec::new());
    let mut lines = 0;
    for (place, line) in input.split(b'\n').enumerate() {
        let line = line?;
        let fault = |at: usize, expected: String| ReadError::Row { line: place + 1, at, expected };
        lines = place + 1;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let row = row_of(&line).map_err(|error| fault(error.column().saturating_sub(1), without_place(&error)))?;
        match row {
            Row::Scan(_) if scan.is_some() => {
                return Err(fault(0, "a second scan: expected incidents and findings of the first".to_owned()));
            }
            Row::Scan(row) => scan = Some(*row),
            Row::Incident(row) => incidents.push(*row),
            Row::Impact(row) => impacts.push(*row),
            Row::Finding(row) => findings.push(*row),
            Row::End(end) => {
                let digest = hex(&hasher.clone().finalize());
                let is_whole = seal == Seal::Missing && (end.rows, &end.sha256) == (rows, &digest);
                seal = if is_whole { Seal::Whole(digest) } else { Seal::Broken };
                continue;
            }
        }
        if seal != Seal::Missing {
            seal = Seal::Broken;
        }
        hasher.update(&line);
        hasher.update(b"\n");
        rows += 1;
    }
    let missing = || ReadError::Row { line: lines.max(1), at: 0, expected: "expected a row of type scan".to_owned() };
    let document = Document::of_rows(scan.ok_or_else(missing)?, incidents, impacts, findings);
    let document = document.map_err(ReadError::NoIncident)?;
    Ok((document, seal))
}

/// A row, what strangers wrote put back in its place where it stood apart.
fn row_of(line: &[u8]) -> Result<Row, serde_json::Error> {
    // Rows of the first shape say at which byte they do not fit.
    if !line.windows(MARK.len()).any(|bytes| bytes == MARK) {
        return serde_json::from_slice(line);
    }
    serde_json::from_value(unfenced(serde_json::from_slice(line)?))
}

/// What stands in every row that has text of strangers apart.
const MARK: &[u8] = b"\"untrusted\":{";

/// What an error says, without the place that is told beside it.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(what, _)| what.to_owned())
}
