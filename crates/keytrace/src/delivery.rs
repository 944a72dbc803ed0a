//! From a document to its readers: every output is written, and the exit code says what was found.
//!
//! A scan and a saved report that is shown again go this one way, so that the form never changes the exit code.

use std::env;
use std::io::{IsTerminal, Write, stdout as standard_output};

use detect::Severity;
use report::{Document, Look};
use terminal_size::{Width, terminal_size};

use crate::arguments::{Colour, OutputOptions};
use crate::output::{self, Output};
use crate::{Exit, say};

/// How narrow and how wide a report for people may be, in columns.
const WIDTHS: (u16, u16) = (60, 200);

/// Writes a document to all outputs.
pub(crate) fn deliver(
    document: &Document,
    outputs: Vec<Output>,
    options: &OutputOptions,
    has_loss: bool,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Exit {
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
pub(crate) fn look(options: &OutputOptions, is_stdout: bool) -> Look {
    let is_terminal = is_stdout && standard_output().is_terminal();
    let has_colour = match options.color {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => is_terminal && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    };
    let found = is_terminal.then(terminal_size).flatten().map(|(Width(width), _)| width.clamp(WIDTHS.0, WIDTHS.1));
    let default = Look::default();
    let width = options.width.or(found).map_or(default.width, usize::from);
    Look { has_colour, width, is_summary: options.summary }
}
