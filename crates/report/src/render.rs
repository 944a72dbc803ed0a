//! The joint between what a scan came to and a form of report.

use std::io;
use std::path::PathBuf;

use accesslog::{Census, Position, Time};
use detect::{NotRun, Verdict};

use crate::document::Document;
use crate::{csv, ecs, html, markdown, ndjson, ocsf, sarif, sigma, stix, text, timesketch_csv, timesketch_jsonl};

/// What a scan came to.
#[derive(Clone, Debug)]
pub struct Report {
    /// The version of the program that made it.
    pub version: &'static str,
    /// What was opened, in the order of its numbers.
    pub inputs: Vec<Input>,
    /// What was met and not read.
    pub passed: Vec<Passed>,
    /// What else the answer is a function of: each option that was given, and its value.
    pub settings: Vec<(&'static str, String)>,
    /// What stopped the scan before its end, if anything did: `SIGINT`.
    pub stopped_by: Option<&'static str>,
    /// The window of time whose records were looked at: the first instant in it, and the first behind it.
    pub window: (Option<Time>, Option<Time>),
    /// What was found.
    pub verdict: Verdict,
    /// The signals that could not run.
    pub not_run: Vec<NotRun>,
}

/// A source, and what became of it.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its number, by which positions name it. Numbers rise, but not without gaps.
    pub number: u32,
    /// Its path.
    pub path: PathBuf,
    /// What it is wrapped in: `plain`, `gzip in tar`.
    pub codec: String,
    /// Its format, where one was recognised.
    pub format: Option<&'static str>,
    /// How many of its opening lines that format reads, of how many.
    pub recognised: (usize, usize),
    /// What became of its lines.
    pub census: Census,
    /// Whether it was read, be it not to its end. If not, it is among what was passed over.
    pub is_read: bool,
    /// How many of its records are outside the window of time.
    pub outside: u64,
    /// How many of its records bear no time, where there is a window; they were looked at.
    pub undated: u64,
    /// An earlier source that begins with the same bytes, and whether it is as long too. Both were read.
    pub alike: Option<(PathBuf, bool)>,
    /// Why it was not read to its end, if it was not.
    pub cut_short: Option<String>,
    /// Whether a checksum of what it is packed in does not hold, so that its text may be wrong.
    pub is_damaged: bool,
    /// Where it can be read again.
    pub kept: Kept,
    /// The SHA-256 of its file, where it was taken.
    pub digest: Option<[u8; 32]>,
}

/// Where a source can be read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Where it was read.
    InFile,
    /// Nowhere: it came through a pipe.
    Nowhere,
    /// In this program.
    BuiltIn,
}

/// Something that was not read.
#[derive(Clone, Debug)]
pub struct Passed {
    /// Its path.
    pub path: PathBuf,
    /// Why.
    pub because: String,
    /// Whether something is missing for it.
    pub is_loss: bool,
}

/// How a report may look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Whether the reader's terminal shows colours.
    pub has_colour: bool,
    /// How wide it is, in columns; what is narrower than 60 is taken for 60.
    pub width: usize,
    /// Whether an incident is told in one line.
    pub is_summary: bool,
}

impl Default for Look {
    /// For a file: a hundred columns, no colours, everything told.
    fn default() -> Look {
        Look { has_colour: false, width: 100, is_summary: false }
    }
}

/// A form of report.
pub trait Render: Sync {
    /// The name by which users call it.
    fn name(&self) -> &'static str;

    /// The endings of file names that stand for it; of several that fit a name the longest counts.
    fn extensions(&self) -> &'static [&'static str];

    /// What it is for, in one line.
    fn about(&self) -> &'static str;

    /// Writes the report.
    ///
    /// # Errors
    ///
    /// What the writer says.
    fn render(&self, document: &Document, look: Look, out: &mut dyn io::Write) -> io::Result<()>;
}

/// All forms of report.
pub const RENDERERS: &[&dyn Render] = &[
    &text::Text,
    &ndjson::Ndjson,
    &html::Html,
    &markdown::Markdown,
    &csv::Csv,
    &sarif::Sarif,
    &ocsf::Ocsf,
    &ecs::Ecs,
    &timesketch_jsonl::TimesketchJsonl,
    &timesketch_csv::TimesketchCsv,
    &stix::Stix,
    &sigma::Sigma,
];

impl Report {
    /// The inputs that were read.
    pub fn read(&self) -> impl Iterator<Item = &Input> {
        self.inputs.iter().filter(|input| input.is_read)
    }

    /// The sums over all inputs.
    pub fn total(&self) -> Census {
        self.inputs.iter().fold(Census::default(), |mut sum, input| {
            sum.merge(input.census.clone());
            sum
        })
    }

    /// The source that a position names.
    pub fn input_at(&self, at: Position) -> Option<&Input> {
        let place = self.inputs.binary_search_by_key(&at.source, |input| input.number).ok()?;
        Some(&self.inputs[place])
    }
}
