//! The command `draft`: the draft of a report to a regulator.
//!
//! It is made of a saved report alone, so that what is drafted is what was sealed, and can be checked with it.

use std::fs::File;
use std::io::{BufReader, Read, Write, stdin};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use report::document::{ReadError, Seal, read_with_seal};
use report::draft::{Draft, Language};
use report::show::named;

use crate::output::{self, Place, is_same};
use crate::{Exit, say};

/// The options of `draft`.
#[derive(Args, Debug)]
#[command(
    long_about = "\
Draft a report to a regulator from a saved report, in English or Japanese.

The headings are those of Japan's Enforcement Rules of the APPI, Article 8(1), with those of the GDPR, Article 33(3),
beside them. What the logs show is filled in, with its evidence; what only a person can know is marked and never
guessed. It is no legal advice.",
    after_help = "\
Examples:
  keytrace draft findings.ndjson -o draft.md
  keytrace draft findings.ndjson --lang ja --incident KT-0123456789 -o draft.md

Exit codes:
  0  drafted
  2  the command makes no sense, that is no report, or it holds no such incident
  3  drafted, but the report is incomplete or not as it was written
  4  the output could not be written"
)]
pub(crate) struct DraftOptions {
    /// The report, as `scan -o FILE.ndjson` writes it, or - for standard input
    #[arg(value_name = "REPORT")]
    report: PathBuf,

    /// Draft about this incident; may be given again [default: the worst]
    #[arg(long, value_name = "ID")]
    incident: Vec<String>,

    /// The language
    #[arg(long, value_name = "LANGUAGE", default_value = "en")]
    lang: Tongue,

    /// Write to this file, as Markdown; - for standard output
    #[arg(short, long, value_name = "FILE", default_value = "-", hide_default_value = true)]
    output: PathBuf,
}

/// A language, as users write it.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Tongue {
    /// English.
    En,
    /// Japanese.
    Ja,
}

/// Drafts a report to a regulator.
pub(crate) fn draft(options: &DraftOptions, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Exit {
    let is_stdin = options.report == Path::new("-");
    let opened: Result<Box<dyn Read>, ReadError> = match is_stdin {
        true => Ok(Box::new(stdin().lock())),
        false => File::open(&options.report).map(|file| Box::new(file) as Box<dyn Read>).map_err(ReadError::Io),
    };
    let mut refused = |because: String| {
        say(stderr, &because);
        Exit::Usage
    };
    let name = named(&options.report);
    let (document, seal) = match opened.and_then(|input| read_with_seal(BufReader::new(input))) {
        Ok(read) => read,
        Err(ReadError::Io(error)) => return refused(format!("{name}: {error}")),
        Err(error) => {
            return refused(format!("{name} is no saved report of keytrace (NDJSON): {error}"));
        }
    };
    if !is_stdin && is_same(&options.report, &options.output) {
        return refused(format!("the output {name} is the report"));
    }
    let draft = match Draft::of(&document, &seal, &options.incident) {
        Ok(draft) => draft,
        Err(because) => return refused(because),
    };
    let language = match options.lang {
        Tongue::En => Language::English,
        Tongue::Ja => Language::Japanese,
    };
    let output = named(&options.output).to_string();
    let place = match output::place(&options.output) {
        Ok(place) => place,
        Err(error) => return output::failed(stderr, &output, &error),
    };
    let output = if matches!(place, Place::Stdout) { "standard output".to_owned() } else { output };
    if let Err(error) = place.write(stdout, &mut |out| draft.write(language, out)) {
        return output::failed(stderr, &output, &error);
    }
    match seal {
        Seal::Broken => say(stderr, "the report was changed since it was written; the draft says so"),
        Seal::Missing => say(stderr, "the report bears no seal, its end is missing; the draft says so"),
        Seal::Whole(_) => {}
    }
    match document.has_loss() || !matches!(seal, Seal::Whole(_)) {
        true => Exit::Incomplete,
        false => Exit::Clean,
    }
}
