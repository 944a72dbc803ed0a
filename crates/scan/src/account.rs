//! What became of every source, and of every line in it.

use std::path::{Path, PathBuf};

use accesslog::kept::Phrase;
use accesslog::{Census, Fields, Recognition};
use serde::{Deserialize, Serialize};

use crate::{FileDigest, Layers, Skipped, kept};

/// The account of a scan: what was read, what was not, and why.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// The sources that were opened, in the order of their numbers.
    pub sources: Vec<SourceAccount>,
    /// What was met but not opened, or could not be.
    pub skipped: Vec<Skipped>,
}

/// The account of one source.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SourceAccount {
    /// Its number, which the positions of its records bear. Numbers are in order, but not without gaps: those of the
    /// members of an archive are set aside before the archive is read.
    pub number: u32,
    /// Its path; `-` for standard input; `logs.tar!access.log` for a member of an archive.
    #[serde(with = "kept::path")]
    pub path: PathBuf,
    /// What it is wrapped in.
    pub layers: Layers,
    /// Its format, where one was recognised.
    #[serde(with = "accesslog::kept::optional_phrase")]
    pub format: Option<Phrase>,
    /// How many of the opening lines that format reads, of how many.
    pub recognised: (usize, usize),
    /// The fields that its opening lines hold.
    pub fields: Fields,
    /// What became of its lines.
    pub census: Census,
    /// How many of its records are outside the window of time, and were not looked at.
    pub outside: u64,
    /// How many of its records were looked at though they bear no time, where there is a window.
    pub undated: u64,
    /// An earlier source that it resembles: lines that stand in both count twice.
    pub alike: Option<Alike>,
    /// Whether it was read to its end.
    pub condition: Condition,
    /// Whether its text ends in the middle of a line: its last byte is no line feed. Not told where records are elements.
    pub is_last_line_open: bool,
    /// Whether a checksum of what it is packed in does not hold: text that was unpacked before may be wrong.
    pub is_damaged: bool,
    /// The SHA-256 of the file that it is, or that it lies in, where it was asked for and there is a file.
    pub digest: Option<FileDigest>,
}

/// A source that begins with the same bytes as another and was read all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alike {
    /// The path of the other.
    #[serde(with = "kept::path")]
    pub path: PathBuf,
    /// Whether both are of the same length too, so that they are very likely the same.
    pub is_as_long: bool,
}

/// Whether a source was read to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Condition {
    /// It was.
    Complete,
    /// It was not: what was read before that counts.
    Incomplete(String),
    /// Nothing of it was read, and something may be missing for it.
    Unread(String),
    /// Nothing of it was read, and nothing is missing: it is no log.
    NoLog(String),
}

impl SourceAccount {
    /// Takes down how the source is read.
    pub(crate) fn recognise(&mut self, recognition: &Recognition) {
        self.format = recognition.reading.as_ref().map(|reading| reading.format.name());
        self.recognised = (recognition.read, recognition.tried);
        self.fields = recognition.fields;
    }
}

impl Account {
    /// What should have been read and was not, or not to its end: paths, and why.
    pub fn losses(&self) -> impl Iterator<Item = (&Path, &str)> {
        let skipped = self.skipped.iter().filter(|skipped| skipped.is_loss);
        let skipped = skipped.map(|skipped| (skipped.path.as_path(), skipped.because.as_str()));
        let sources = self.sources.iter().filter_map(|source| match &source.condition {
            Condition::Incomplete(because) | Condition::Unread(because) => {
                Some((source.path.as_path(), because.as_str()))
            }
            Condition::Complete | Condition::NoLog(_) => None,
        });
        skipped.chain(sources)
    }

    /// The sums over all sources.
    pub fn total(&self) -> Census {
        self.sources.iter().fold(Census::default(), |mut sum, source| {
            sum.merge(source.census.clone());
            sum
        })
    }

    /// The fields that at least one source holds.
    pub fn fields(&self) -> Fields {
        self.sources.iter().fold(Fields::default(), |fields, source| fields | source.fields)
    }

    /// Whether anything was read at all, be it an empty log.
    pub fn has_read(&self) -> bool {
        self.sources.iter().any(|source| matches!(source.condition, Condition::Complete | Condition::Incomplete(_)))
    }

    /// Whether something that should have been read was not, or not to its end.
    pub fn has_loss(&self) -> bool {
        let is_loss =
            |source: &SourceAccount| matches!(source.condition, Condition::Incomplete(_) | Condition::Unread(_));
        self.skipped.iter().any(|skipped| skipped.is_loss) || self.sources.iter().any(is_loss)
    }
}
