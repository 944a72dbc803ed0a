//! What is counted of a source while it is read, by whoever takes its chunks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use accesslog::{Census, Chunk, Fault, Position};
use serde::{Deserialize, Serialize};

use super::locked;
use crate::framer::Lines;
use crate::{Alike, Condition, SourceAccount, kept};

/// What is said where the program fails at a source: it costs that source, and never the run.
pub(super) const OUR_MISTAKE: &str = "keytrace itself failed: a mistake of the program, please report it";

/// What is expected of lines at which the program fails.
const NO_MISTAKE: Fault = Fault { at: 0, expected: "a line at which keytrace does not fail: a mistake of the program" };

/// A source that was met, and what is counted of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Met {
    pub(super) account: SourceAccount,
    #[serde(with = "kept::shared")]
    pub(super) tally: Arc<Mutex<Tally>>,
    /// The digest of its first bytes.
    pub(super) opening: Option<[u8; 32]>,
}

/// The accounts of all sources, which are in order; each tells the first that it resembles.
pub(super) fn completed(met: Vec<Met>) -> Vec<SourceAccount> {
    let mut openings: HashMap<[u8; 32], usize> = HashMap::new();
    let mut sources: Vec<SourceAccount> = Vec::new();
    for Met { account, tally, opening } in met {
        let mut source = locked(&tally).clone().complete(account);
        if let Some(opening) = opening {
            let first = *openings.entry(opening).or_insert(sources.len());
            source.alike = sources
                .get(first)
                .map(|first| Alike { path: first.path.clone(), is_as_long: first.census.bytes == source.census.bytes });
        }
        sources.push(source);
    }
    sources
}

/// What is counted of a source, by whoever takes its chunks.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    pub(super) census: Census,
    pub(super) outside: u64,
    pub(super) undated: u64,
    /// The first line of the first chunk at which keytrace itself failed.
    pub(super) failed: Option<u64>,
}

impl Tally {
    pub(super) fn merge(&mut self, other: Tally) {
        self.census.merge(other.census);
        self.outside += other.outside;
        self.undated += other.undated;
        self.failed = self.failed.into_iter().chain(other.failed).min();
    }

    fn complete(self, account: SourceAccount) -> SourceAccount {
        let condition = match self.failed {
            Some(line) => Condition::Incomplete(format!("at the lines from {line} on {OUR_MISTAKE}")),
            None => account.condition,
        };
        SourceAccount { census: self.census, outside: self.outside, undated: self.undated, condition, ..account }
    }
}

/// What is known of a source once its end is reached.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct End {
    pub(super) is_damaged: bool,
    pub(super) is_last_line_open: bool,
}

/// The tally of lines at which the program fails: each counts as one that could not be read.
#[cold]
pub(super) fn failed(lines: &Lines) -> Tally {
    let mut tally = Tally { failed: Some(lines.start.line), ..Tally::default() };
    let mut count = |at: Position| {
        tally.census.lines += 1;
        tally.census.add_fault(at, NO_MISTAKE);
    };
    match lines.places.is_empty() {
        true => Chunk { bytes: lines.bytes(), start: lines.start }.lines().for_each(|line| count(line.at)),
        false => lines.places.iter().copied().for_each(count),
    }
    tally.census.bytes = lines.bytes().len() as u64;
    tally
}
