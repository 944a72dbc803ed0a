//! What became of every source, and of every line in it.

use std::path::{Path, PathBuf};

use accesslog::{Census, Fields};

use crate::source::Opened;
use crate::{Codec, Skipped, Source};

/// The account of a scan: what was read, what was not, and why.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// The sources that were opened, in the order by which positions number them.
    pub sources: Vec<SourceAccount>,
    /// What was met but not opened, or could not be.
    pub skipped: Vec<Skipped>,
}

/// The account of one source.
#[derive(Clone, Debug)]
pub struct SourceAccount {
    /// Its path; `-` for standard input.
    pub path: PathBuf,
    /// How it is compressed.
    pub codec: Codec,
    /// Its format, where one was recognised.
    pub format: Option<&'static str>,
    /// How many of the opening lines that format reads, of how many.
    pub recognised: (usize, usize),
    /// The fields that its opening lines hold.
    pub fields: Fields,
    /// What became of its lines.
    pub census: Census,
    /// Whether it was read to its end.
    pub condition: Condition,
}

/// Whether a source was read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// The account of a source that is not opened yet.
    pub(crate) fn of(source: &Source) -> SourceAccount {
        SourceAccount {
            path: source.path.clone(),
            codec: Codec::Plain,
            format: None,
            recognised: (0, 0),
            fields: Fields::default(),
            census: Census::default(),
            condition: Condition::Complete,
        }
    }

    /// Takes down how the source is read.
    pub(crate) fn recognise(&mut self, opened: &Opened<'_>) {
        self.codec = opened.codec;
        self.format = opened.recognition.reading.as_ref().map(|reading| reading.format.name());
        self.recognised = (opened.recognition.read, opened.recognition.tried);
        self.fields = opened.recognition.fields;
    }
}

impl Account {
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

    /// Whether something that should have been read was not, or not to its end.
    pub fn has_loss(&self) -> bool {
        let is_loss =
            |source: &SourceAccount| matches!(source.condition, Condition::Incomplete(_) | Condition::Unread(_));
        self.skipped.iter().any(|skipped| skipped.is_loss) || self.sources.iter().any(is_loss)
    }
}
