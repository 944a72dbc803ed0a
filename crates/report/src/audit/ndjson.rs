//! The audit for programs: a row a thing, the kind of thing in `type`.

use std::io;

use serde::Serialize;

use super::AuditReport;
use crate::json::{spelt, text, write_line};
use crate::show::instant;

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Row<'a> {
    Audit {
        schema: &'static str,
        version: &'a str,
        inputs: usize,
        defects: usize,
        secrets: usize,
    },
    Input {
        path: String,
        format: Option<&'a str>,
        records: u64,
        faults: u64,
        first: Option<String>,
        last: Option<String>,
    },
    Defect {
        name: &'a str,
        gravity: &'a str,
        source: Option<&'a str>,
        says: &'a str,
        lines: &'a [u64],
    },
    Secret {
        kind: &'a str,
        what: &'a str,
        danger: u8,
        place: String,
        count: u64,
        distinct: u64,
        is_counted: bool,
        sample: String,
        lines: Vec<Place>,
    },
    Blind {
        format: &'a str,
        sources: usize,
        records: u64,
        missing: &'a [&'static str],
        rare: &'a [(&'static str, u64)],
        not_run: &'a [(String, Vec<&'static str>)],
        weak: &'a [(String, Vec<&'static str>)],
        unknown: &'a [&'static str],
    },
    Advice {
        server: &'a str,
        adds: &'a [&'static str],
        lines: &'a [String],
    },
}

#[derive(Serialize)]
struct Place {
    source: String,
    line: u64,
    offset: u64,
}

/// Writes the audit for programs.
///
/// # Errors
///
/// What the writer says.
pub fn write_ndjson(out: &mut dyn io::Write, report: &AuditReport) -> io::Result<()> {
    write_line(
        out,
        &Row::Audit {
            schema: "keytrace-audit/1",
            version: report.version,
            inputs: report.inputs.len(),
            defects: report.claims.len(),
            secrets: report.secrets.len(),
        },
    )?;
    for input in &report.inputs {
        let path = spelt(input.path.as_os_str().as_encoded_bytes());
        let census = &input.census;
        let (first, last) = census.span.map(|(first, last)| (instant(first), instant(last))).unzip();
        let (records, faults) = (census.records, census.fault_count());
        write_line(out, &Row::Input { path, format: input.format, records, faults, first, last })?;
    }
    for claim in &report.claims {
        let (source, says, lines) = (claim.source.as_deref(), claim.says.as_str(), &claim.lines[..]);
        write_line(out, &Row::Defect { name: claim.name, gravity: claim.gravity.name(), source, says, lines })?;
    }
    for secret in &report.secrets {
        let place =
            |at: &accesslog::Position| Place { source: report.path_of(at.source), line: at.line, offset: at.offset };
        write_line(
            out,
            &Row::Secret {
                kind: secret.kind.name,
                what: secret.kind.what,
                danger: secret.kind.danger,
                place: text(secret.place.as_bytes()),
                count: secret.count,
                distinct: secret.distinct,
                is_counted: secret.is_counted,
                sample: secret.sample.clone(),
                lines: secret.lines.iter().map(place).collect(),
            },
        )?;
    }
    for blind in &report.blind {
        let (missing, rare, not_run, weak) = (&blind.missing[..], &blind.rare[..], &blind.not_run[..], &blind.weak[..]);
        let (format, sources, records, unknown) = (blind.format, blind.sources, blind.records, &blind.unknown[..]);
        write_line(out, &Row::Blind { format, sources, records, missing, rare, not_run, weak, unknown })?;
    }
    for advice in &report.advice {
        write_line(out, &Row::Advice { server: advice.server, adds: &advice.adds, lines: &advice.lines })?;
    }
    Ok(())
}
