//! The command `show`: a saved report, in any form; or a line of a log.
//!
//! One machine scans where the logs are, people look elsewhere, and nothing is read again for it: a saved report holds all
//! that any form says. Where the logs are, `FILE@BYTE` shows the line that a report names, with its digest.

use std::fs::File;
use std::io::{BufReader, Read, Write, stdin};
use std::path::{Path, PathBuf};

use report::Document;
use report::document::{ReadError, read};
use report::show::{Shown, named};
use scan::{Config, Inputs, Met, walk};
use sha2::{Digest, Sha256};

use crate::arguments::ShowOptions;
use crate::verify_command::file_of;
use crate::{Exit, delivery, output, say};

/// Shows a saved report, or a line of a log.
pub(crate) fn show(options: &ShowOptions, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Exit {
    if let Some((source, offset)) = place_of(&options.report) {
        return show_line(source, offset, options, stdout, stderr);
    }
    let document = match saved(&options.report) {
        Ok(document) => document,
        Err(because) => {
            say(stderr, &because);
            return Exit::Usage;
        }
    };
    let redactor = match delivery::redactor(&options.output) {
        Ok(redactor) => redactor,
        Err(because) => {
            say(stderr, &because);
            return Exit::Usage;
        }
    };
    let outputs = match output::open(&options.output, std::slice::from_ref(&options.report)) {
        Ok(outputs) => outputs,
        Err((because, exit)) => {
            say(stderr, &because);
            return exit;
        }
    };
    let has_loss = document.has_loss();
    delivery::deliver(document, redactor, outputs, &options.output, has_loss, stdout, stderr)
}

/// The source and the byte of `FILE@BYTE`, unless a file is called so itself.
fn place_of(path: &Path) -> Option<(&str, u64)> {
    let (source, offset) = path.to_str()?.rsplit_once('@')?;
    let is_place = !path.exists() && Path::new(file_of(source)).is_file();
    offset.parse().ok().filter(|_| is_place).map(|offset| (source, offset))
}

/// Shows the line of a source that begins at a byte, and what can be told of it.
fn show_line(source: &str, offset: u64, options: &ShowOptions, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Exit {
    if !options.output.outputs.is_empty() {
        say(stderr, "a line of a log is shown on standard output alone: leave out -o");
        return Exit::Usage;
    }
    let (mut written, mut is_there) = (Ok(()), false);
    walk(&Inputs::find([PathBuf::from(file_of(source))]), &Config::default(), &mut |met| match met {
        Met::Source(at) => at.path == Path::new(source),
        Met::Line(_, seen) if seen.line.at.offset < offset => true,
        Met::Torn(_, at, _) => at.offset < offset,
        // A document may hold many records on one line.
        Met::Line(_, seen) if seen.line.at.offset == offset => {
            let (line, bytes) = (seen.line.at.line, seen.line.bytes);
            let digest = report::hex(&Sha256::digest(bytes));
            let name = Shown(source.as_bytes());
            is_there = true;
            written = writeln!(
                stdout,
                "{name}:{line}, byte {offset}, {} bytes, SHA-256 {digest}\n{}",
                bytes.len(),
                Shown(bytes)
            );
            written.is_ok()
        }
        Met::Line(..) => false,
    });
    match written {
        Err(error) => output::failed(stderr, "standard output", &error),
        Ok(()) if is_there => Exit::Clean,
        Ok(()) => {
            say(stderr, &format!("no line that can be shown begins at byte {offset} of {source}"));
            Exit::Usage
        }
    }
}

/// A saved report.
///
/// # Errors
///
/// Why it is none, for people, with its name.
pub(crate) fn saved(path: &Path) -> Result<Document, String> {
    let is_stdin = path == Path::new("-");
    let name = if is_stdin { "standard input".to_owned() } else { named(path).to_string() };
    let opened: Result<Box<dyn Read>, ReadError> = match is_stdin {
        true => Ok(Box::new(stdin().lock())),
        false => File::open(path).map(|file| Box::new(file) as Box<dyn Read>).map_err(ReadError::Io),
    };
    let document = opened.and_then(|input| read(BufReader::new(input)));
    document.map_err(|error| match error {
        ReadError::Io(error) => format!("{name}: {error}"),
        other => format!("{name} is no saved report of keytrace (NDJSON): {other}"),
    })
}
