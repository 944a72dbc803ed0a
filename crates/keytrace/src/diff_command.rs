//! The command `diff`: what is new since the last run, for a job that runs each night.

use std::io::Write;

use report::Changes;

use crate::arguments::{DiffForm, DiffOptions};
use crate::show_command::saved;
use crate::{Exit, delivery, output, say};

/// Compares two saved reports.
pub(crate) fn diff(options: &DiffOptions, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Exit {
    let (before, after) = match saved(&options.before).and_then(|before| Ok((before, saved(&options.after)?))) {
        Ok(both) => both,
        Err(because) => {
            say(stderr, &because);
            return Exit::Usage;
        }
    };
    let changes = Changes::between(&before, &after);
    let written = match options.output_format {
        DiffForm::Text => changes.write_text(delivery::plain_look(options.width), stdout),
        DiffForm::Ndjson => changes.write_ndjson(stdout),
    };
    if let Err(error) = written {
        return output::failed(stderr, "standard output", &error);
    }
    match (after.has_loss(), changes.is_news(options.fail_on.severity())) {
        (true, _) => Exit::Incomplete,
        (_, true) => Exit::Found,
        _ => Exit::Clean,
    }
}
