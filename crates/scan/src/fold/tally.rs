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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::account;
    use crate::framer::{Frame, Framer};
    use crate::unpack::Place;
    use crate::{Layers, Origin};

    fn tally(lines: u64, outside: u64, undated: u64, failed: Option<u64>) -> Tally {
        let census = Census { lines, bytes: lines * 10, ..Census::default() };
        Tally { census, outside, undated, failed }
    }

    fn lines(text: &'static [u8], has_elements: bool) -> Lines {
        let mut framer = Framer::new(text, 0, 100);
        if has_elements {
            framer.by_elements();
        }
        match framer.next(Vec::new) {
            Some(Frame::Lines(lines)) => lines,
            _ => panic!("lines"),
        }
    }

    #[test]
    fn what_two_counted_is_the_sum_in_either_order() {
        for (one, other) in [(0, 1), (1, 0)] {
            let parts = [tally(3, 5, 7, Some(40)), tally(11, 13, 17, Some(20))];
            let mut sum = parts[one].clone();
            sum.merge(parts[other].clone());
            assert_eq!((sum.census.lines, sum.census.bytes), (14, 140));
            assert_eq!((sum.outside, sum.undated, sum.failed), (18, 24, Some(20)));
            sum.merge(tally(0, 0, 0, None));
            assert_eq!(sum.failed, Some(20));
        }
    }

    #[test]
    fn lines_at_which_the_program_fails_are_faults_and_every_byte_of_them_counts() {
        let text = b"one\ntwo\n\nthree\n";
        let of_lines = failed(&lines(text, false));
        assert_eq!((of_lines.census.lines, of_lines.census.fault_count()), (4, 4));
        assert_eq!((of_lines.census.bytes, of_lines.failed), (15, Some(1)));
        let of_elements = failed(&lines(b"[{},\n{},{}]\n", true));
        assert_eq!((of_elements.census.lines, of_elements.census.fault_count()), (3, 3));
    }

    #[test]
    fn an_account_holds_what_was_counted_and_which_source_it_resembles() {
        let met = |number: u32, bytes: u64, opening: Option<u8>| {
            let place = Place { path: format!("{number}.log").into(), origin: Origin::Met, layers: Layers::default() };
            let census = Census { lines: 2, bytes, ..Census::default() };
            let tally = Tally { census, outside: 3, undated: 4, failed: (number == 3).then_some(9) };
            Met {
                account: account(number, place, Condition::Complete),
                tally: Arc::new(Mutex::new(tally)),
                opening: opening.map(|byte| [byte; 32]),
            }
        };
        let all = completed(vec![met(0, 50, Some(1)), met(1, 50, None), met(2, 50, Some(1)), met(3, 60, Some(1))]);
        let alike = |is_as_long| Some(Alike { path: "0.log".into(), is_as_long });
        let told: Vec<_> = all.iter().map(|source| source.alike.clone()).collect();
        assert_eq!(told, [None, None, alike(true), alike(false)]);
        assert!(all.iter().all(|source| (source.census.lines, source.outside, source.undated) == (2, 3, 4)));
        assert_eq!(all[2].condition, Condition::Complete);
        let Condition::Incomplete(because) = &all[3].condition else { panic!("it failed") };
        assert!(because.starts_with("at the lines from 9 on"), "{because}");
    }
}
