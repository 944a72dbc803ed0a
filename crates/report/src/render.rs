//! The joint between what a scan came to and a form of report.

use std::io;
use std::path::PathBuf;

use accesslog::Census;
use detect::{NotRun, Verdict};

use crate::{ndjson, text};

/// What a scan came to.
#[derive(Clone, Debug)]
pub struct Report {
    /// The version of the program that made it.
    pub version: &'static str,
    /// What was read, in the order of its numbers.
    pub inputs: Vec<Input>,
    /// What was met and not read.
    pub passed: Vec<Passed>,
    /// What was found.
    pub verdict: Verdict,
    /// The signals that could not run.
    pub not_run: Vec<NotRun>,
}

/// A source, and what became of it.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its path.
    pub path: PathBuf,
    /// How it is compressed.
    pub codec: &'static str,
    /// Its format, where one was recognised.
    pub format: Option<&'static str>,
    /// How many of its opening lines that format reads, of how many.
    pub recognised: (usize, usize),
    /// What became of its lines.
    pub census: Census,
    /// Why it was not read to its end, if it was not.
    pub cut_short: Option<String>,
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Whether the reader's terminal shows colours.
    pub has_colour: bool,
}

/// A form of report.
pub trait Render: Sync {
    /// The name by which users call it.
    fn name(&self) -> &'static str;

    /// The endings of file names that stand for it.
    fn extensions(&self) -> &'static [&'static str];

    /// What it is for, in one line.
    fn about(&self) -> &'static str;

    /// Writes the report.
    ///
    /// # Errors
    ///
    /// What the writer says.
    fn render(&self, report: &Report, look: Look, out: &mut dyn io::Write) -> io::Result<()>;
}

/// All forms of report.
pub const RENDERERS: &[&dyn Render] = &[&text::Text, &ndjson::Ndjson];

impl Report {
    /// The sums over all inputs.
    pub fn total(&self) -> Census {
        self.inputs.iter().fold(Census::default(), |mut sum, input| {
            sum.merge(input.census.clone());
            sum
        })
    }
}
