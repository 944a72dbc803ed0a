//! The command `diff`: what is new since the last run, for a job that runs each night.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use report::Changes;

use crate::arguments::Threshold;
use crate::show_command::saved;
use crate::{Exit, delivery, output, say};

pub(crate) const HELP: &str = "\
Example, of a job that runs each night:
  keytrace scan /var/log/nginx/ -q -o today.ndjson
  keytrace diff yesterday.ndjson today.ndjson || notify
  mv today.ndjson yesterday.ndjson

An incident is known again by its identifier; where a log begins elsewhere than it did, by requests that both reports
hold, or by its client, route and aim. Of reports with pseudonyms, compare those of one key.

Exit codes:
  0  nothing new at or above --fail-on
  1  an incident, a further success or a worse judgement is
  2  the command makes no sense, or one of them is no report
  3  the later report is incomplete";

/// The options of `diff`.
#[derive(Args, Debug)]
pub(crate) struct DiffOptions {
    /// The earlier report, as `scan -o FILE.ndjson` writes it
    #[arg(value_name = "BEFORE")]
    before: PathBuf,

    /// The later one; one of the two may be - for standard input
    #[arg(value_name = "AFTER")]
    after: PathBuf,

    /// The form in which changes are told
    #[arg(long, value_name = "FORM", default_value = "text")]
    output_format: DiffForm,

    /// Exit with 1 if something new is at least this severe
    #[arg(long, value_name = "SEVERITY", default_value = "high")]
    fail_on: Threshold,

    /// How wide the text is, in columns [default: the terminal's width, and 100 where there is none]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(60..=200))]
    width: Option<u16>,
}

/// A form in which changes are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffForm {
    /// For a person.
    Text,
    /// One JSON object a line.
    Ndjson,
}

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
