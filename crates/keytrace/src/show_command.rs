//! The command `show`: a saved report, in any form.
//!
//! One machine scans where the logs are, people look elsewhere, and nothing is read again for it: a saved report holds all
//! that any form says.

use std::fs::File;
use std::io::{BufReader, Read, Write, stdin};
use std::path::Path;

use report::Document;
use report::document::{ReadError, read};
use report::show::named;

use crate::arguments::ShowOptions;
use crate::{Exit, delivery, output, say};

/// Shows a saved report.
pub(crate) fn show(options: &ShowOptions, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Exit {
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
