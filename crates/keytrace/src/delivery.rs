//! From a document to its readers: every output is written, and the exit code says what was found.
//!
//! A scan and a saved report that is shown again go this one way, so that the form never changes the exit code.

use std::io::{IsTerminal, Write, stdout as standard_output};
use std::{env, fs};

use detect::Severity;
use report::show::named;
use report::{Document, Look, Redactor};
use terminal_size::{Width, terminal_size};

use crate::arguments::{Colour, OutputOptions};
use crate::output::{self, Output};
use crate::{Exit, say};

/// How narrow and how wide a report for people may be, in columns.
const WIDTHS: (u16, u16) = (60, 200);

/// How short a key may be, in bytes: a shorter one is guessed.
const KEY_BYTES_MIN: usize = 16;

/// What puts pseudonyms in, if that is asked for.
///
/// # Errors
///
/// Why there is no key, for people.
pub(crate) fn redactor(options: &OutputOptions) -> Result<Option<Redactor>, String> {
    let key = match &options.redact_key {
        _ if !options.redact => return Ok(None),
        Some(path) => fs::read(path).map_err(|error| format!("--redact-key: {}: {error}", named(path)))?,
        None => {
            let mut key = vec![0; 2 * KEY_BYTES_MIN];
            getrandom::fill(&mut key).map_err(|error| format!("--redact: no key can be made: {error}"))?;
            key
        }
    };
    if key.len() < KEY_BYTES_MIN {
        return Err(format!("--redact-key: {} bytes are no key: at least {KEY_BYTES_MIN} are needed", key.len()));
    }
    Ok(Some(Redactor::new(&key)))
}

/// Writes a document to all outputs, with pseudonyms if there is a redactor.
pub(crate) fn deliver(
    document: Document,
    redactor: Option<Redactor>,
    outputs: Vec<Output>,
    options: &OutputOptions,
    has_loss: bool,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Exit {
    let document = &match redactor {
        Some(redactor) => redactor.redact(document),
        None => document,
    };
    let mut exit = match (has_loss, document.has(options.fail_on.severity())) {
        (true, _) => Exit::Incomplete,
        (_, true) => Exit::Found,
        _ => Exit::Clean,
    };
    if !options.quiet && outputs.iter().all(|output| !output.is_stdout()) {
        say(stderr, &in_short(document, &outputs));
    }
    for output in outputs {
        let name = output.name().unwrap_or_else(|| "standard output".to_owned());
        let look = look(options, output.is_stdout());
        if let Err(error) = output.write(document, look, stdout) {
            exit = output::failed(stderr, &name, &error).max(exit);
        }
    }
    exit
}

/// What was found and where it was written, in a line.
fn in_short(document: &Document, outputs: &[Output]) -> String {
    let loud = document.stories.iter().filter(|story| Severity::High <= story.incident.severity).count();
    let names: Vec<String> = outputs.iter().filter_map(Output::name).collect();
    format!("{} incidents, {loud} of them high or critical; see {}", document.stories.len(), names.join(", "))
}

/// How a report looks that goes to standard output, or to a file.
fn look(options: &OutputOptions, is_stdout: bool) -> Look {
    let is_terminal = is_stdout && standard_output().is_terminal();
    let has_colour = match options.color {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => is_terminal && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    };
    Look { has_colour, is_summary: options.summary, ..width(options.width, is_terminal) }
}

/// How text looks on standard output that has no colours.
pub(crate) fn plain_look(asked: Option<u16>) -> Look {
    width(asked, standard_output().is_terminal())
}

/// As wide as it is asked for, or as the terminal is, if it is one.
fn width(asked: Option<u16>, is_terminal: bool) -> Look {
    let found = is_terminal.then(terminal_size).flatten().map(|(Width(width), _)| width.clamp(WIDTHS.0, WIDTHS.1));
    let default = Look::default();
    Look { width: asked.or(found).map_or(default.width, usize::from), ..default }
}
