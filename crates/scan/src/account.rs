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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::account;
    use crate::unpack::Place;
    use crate::{Origin, Skipped};

    fn source(number: u32, condition: Condition) -> SourceAccount {
        let place = Place { path: format!("{number}.log").into(), origin: Origin::Met, layers: Layers::default() };
        let census = Census { lines: 10, records: 7, blank: 3, bytes: 100, ..Census::default() };
        let fields = if number.is_multiple_of(2) { Fields::TARGET } else { Fields::STATUS };
        SourceAccount { census, fields, ..account(number, place, condition) }
    }

    fn skipped(path: &str, is_loss: bool) -> Skipped {
        Skipped { path: path.into(), because: "no rights".to_owned(), is_loss }
    }

    #[test]
    fn what_is_missing_is_lost_and_what_is_no_log_is_not() {
        let because = |of: fn(String) -> Condition| of("cut".to_owned());
        let all = Account {
            sources: vec![
                source(0, Condition::Complete),
                source(1, because(Condition::Incomplete)),
                source(2, because(Condition::Unread)),
                source(3, because(Condition::NoLog)),
            ],
            skipped: vec![skipped("a", true), skipped("b", false)],
        };
        let losses: Vec<(&str, &str)> = all.losses().map(|(path, because)| (path.to_str().unwrap(), because)).collect();
        assert_eq!(losses, [("a", "no rights"), ("1.log", "cut"), ("2.log", "cut")]);
        let of = |sources: Vec<SourceAccount>, skipped| Account { sources, skipped };
        for (account, has_read, has_loss) in [
            (of(vec![], vec![]), false, false),
            (of(vec![], vec![skipped("b", false)]), false, false),
            (of(vec![], vec![skipped("a", true)]), false, true),
            (of(vec![source(0, Condition::Complete)], vec![]), true, false),
            (of(vec![source(0, because(Condition::Incomplete))], vec![]), true, true),
            (of(vec![source(0, because(Condition::Unread))], vec![]), false, true),
            (of(vec![source(0, because(Condition::NoLog))], vec![]), false, false),
        ] {
            assert_eq!((account.has_read(), account.has_loss()), (has_read, has_loss), "{account:?}");
        }
    }

    #[test]
    fn sums_and_fields_are_those_of_all_sources() {
        let all = Account {
            sources: (0..3).map(|number| source(number, Condition::Complete)).collect(),
            skipped: Vec::new(),
        };
        let Census { lines, records, blank, bytes, .. } = all.total();
        assert_eq!((lines, records, blank, bytes), (30, 21, 9, 300));
        assert_eq!(all.fields(), Fields::TARGET | Fields::STATUS);
        assert_eq!(Account::default().total(), Census::default());
        assert_eq!(Account::default().fields(), Fields::default());
    }

    #[test]
    fn how_a_source_is_read_is_taken_down() {
        let text = b"192.0.2.1 - - [01/May/2024:00:00:00 +0000] \"GET /a HTTP/1.1\" 200 5 \"-\" \"curl\"\nno record\n";
        let mut source = source(0, Condition::Complete);
        source.recognise(&accesslog::recognise(text));
        assert_eq!((source.format, source.recognised), (Some("combined"), (1, 2)));
        assert!(source.fields.without(Fields::TARGET) != source.fields, "{:?}", source.fields);
        source.recognise(&accesslog::recognise(b"no record\n"));
        assert_eq!((source.format, source.recognised.0), (None, 0));
    }
}
