//! The joint between a line and a record.
//!
//! A [`Format`] reads one line. Which one a file is written in is not asked of anybody: [`recognise`] lets
//! every format try the file's opening lines and takes the one that reads most of them. After that each line
//! is read by that format, and a line that it refuses is offered to the others before it is counted as a
//! fault: logs change their format when a server is upgraded, in the middle of a file.

use std::fmt;
use std::ops::BitOr;

use crate::chunk::{LINE_BYTES_MAX, Line};
use crate::{Census, Chunk, FORMATS, Fault, Position, Record};

/// What is said of a line longer than [`LINE_BYTES_MAX`]. Whoever cuts chunks says it of a line too long for
/// its buffer, so that the answer does not depend on the size of the buffer.
pub const OVERLONG: Fault = Fault { at: LINE_BYTES_MAX, expected: "the end of the line: a line of at most 1 MiB" };

/// How many of a file's opening lines are tried to recognise its format.
const OPENING_LINES_MAX: usize = 200;

/// The share of the opening lines, one in this many, that a format must read to be the file's format.
///
/// Low on purpose: a log in which a program mixes its own messages with the access lines is still a log, and
/// what is not read is counted and shown.
const OPENING_SHARE: usize = 10;

/// A format of access logs.
pub trait Format: Sync {
    /// The name by which users call it, `combined`.
    fn name(&self) -> &'static str;

    /// What it is and who writes it, in one line.
    fn about(&self) -> &'static str;

    /// A line of it.
    fn example(&self) -> &'static str;

    /// Reads one line, its end taken off; `Ok(None)` for a line that speaks of the log itself.
    ///
    /// # Errors
    ///
    /// The [`Fault`] says where the line stops fitting and what was expected there.
    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault>;
}

/// What the opening lines of a file tell of its format.
#[derive(Clone, Copy)]
pub struct Recognition {
    /// The format, if one reads enough of them.
    pub format: Option<&'static dyn Format>,
    /// How many of the lines it reads.
    pub read: usize,
    /// How many lines were tried, blank ones left out.
    pub tried: usize,
    /// The fields that at least one of these lines holds.
    pub fields: Fields,
}

impl fmt::Debug for Recognition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?} reads {} of {}", self.format.map(Format::name), self.read, self.tried)
    }
}

/// The format that reads most of the opening lines; of two that read as many, the one listed first.
///
/// `opening` is the beginning of a file; its last line is left out if it is cut and not the only one.
pub fn recognise(opening: &[u8]) -> Recognition {
    let whole = match memchr::memrchr(b'\n', opening) {
        Some(end) => &opening[..=end],
        None => opening,
    };
    let chunk = Chunk { bytes: whole, start: Position::default() };
    let lines: Vec<&[u8]> =
        chunk.lines().map(|line| line.bytes).filter(|line| !is_blank(line)).take(OPENING_LINES_MAX).collect();
    let mut best = Recognition { format: None, read: 0, tried: lines.len(), fields: Fields::default() };
    for &format in FORMATS {
        let records = || lines.iter().filter_map(|line| format.parse(line).ok().flatten());
        let read = records().count();
        if best.read < read && lines.len() <= read * OPENING_SHARE {
            let fields = records().fold(Fields::default(), |fields, record| fields | Fields::of(&record));
            best = Recognition { format: Some(format), read, fields, ..best };
        }
    }
    best
}

/// Reads the lines of a chunk, counts each in the census, and shows each record to `observe`.
pub fn parse_chunk(
    chunk: Chunk<'_>,
    format: &'static dyn Format,
    census: &mut Census,
    mut observe: impl FnMut(Position, &Record<'_>),
) {
    let mut records = 0;
    census.bytes += chunk.bytes.len() as u64;
    for line in chunk.lines() {
        census.lines += 1;
        if LINE_BYTES_MAX < line.bytes.len() {
            census.add_fault(line.at, OVERLONG);
            continue;
        }
        match format.parse(line.bytes) {
            Ok(Some(record)) => {
                records += 1;
                if let Some(time) = record.time {
                    census.add_time(time);
                }
                observe(line.at, &record);
            }
            Ok(None) => census.directives += 1,
            Err(_) if is_blank(line.bytes) => census.blank += 1,
            Err(fault) => offer_to_others(line, format, fault, census, &mut observe),
        }
    }
    census.add_records(format.name(), records);
}

/// Offers a line that its file's format refuses to the other formats; if none reads it, it is a fault.
#[cold]
fn offer_to_others(
    line: Line<'_>,
    format: &dyn Format,
    fault: Fault,
    census: &mut Census,
    observe: &mut impl FnMut(Position, &Record<'_>),
) {
    let others = FORMATS.iter().filter(|other| other.name() != format.name());
    match others.filter_map(|other| Some((other.name(), other.parse(line.bytes).ok()??))).next() {
        None => census.add_fault(line.at, fault),
        Some((name, record)) => {
            census.add_records(name, 1);
            if let Some(time) = record.time {
                census.add_time(time);
            }
            observe(line.at, &record);
        }
    }
}

fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty()
}

/// A set of the fields a record can hold.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Fields(u32);

impl Fields {
    /// The time.
    pub const TIME: Fields = Fields(1);
    /// The client.
    pub const CLIENT: Fields = Fields(1 << 1);
    /// The user or principal.
    pub const USER: Fields = Fields(1 << 2);
    /// The request target.
    pub const TARGET: Fields = Fields(1 << 3);
    /// The status.
    pub const STATUS: Fields = Fields(1 << 4);
    /// The size of the reply.
    pub const BYTES: Fields = Fields(1 << 5);
    /// The referer.
    pub const REFERER: Fields = Fields(1 << 6);
    /// The agent.
    pub const AGENT: Fields = Fields(1 << 7);
    /// The host that was asked for.
    pub const HOST: Fields = Fields(1 << 8);
    /// The duration.
    pub const DURATION: Fields = Fields(1 << 9);
    /// The list of forwarding clients.
    pub const FORWARDED: Fields = Fields(1 << 10);
    /// The bucket, key and operation of a storage service.
    pub const CLOUD: Fields = Fields(1 << 11);

    const NAMES: [(Fields, &'static str); 12] = [
        (Fields::TIME, "time"),
        (Fields::CLIENT, "client"),
        (Fields::USER, "user"),
        (Fields::TARGET, "target"),
        (Fields::STATUS, "status"),
        (Fields::BYTES, "bytes"),
        (Fields::REFERER, "referer"),
        (Fields::AGENT, "agent"),
        (Fields::HOST, "host"),
        (Fields::DURATION, "duration"),
        (Fields::FORWARDED, "forwarded"),
        (Fields::CLOUD, "cloud"),
    ];

    /// The fields that a record holds.
    pub fn of(record: &Record<'_>) -> Fields {
        let held = |is: bool, field: Fields| if is { field } else { Fields::default() };
        held(record.time.is_some(), Fields::TIME)
            | held(record.client.is_some(), Fields::CLIENT)
            | held(record.user.is_some(), Fields::USER)
            | held(record.target.is_some(), Fields::TARGET)
            | held(record.status.is_some(), Fields::STATUS)
            | held(record.bytes.is_some(), Fields::BYTES)
            | held(record.referer.is_some(), Fields::REFERER)
            | held(record.agent.is_some(), Fields::AGENT)
            | held(record.host.is_some(), Fields::HOST)
            | held(record.duration.is_some(), Fields::DURATION)
            | held(record.forwarded.is_some(), Fields::FORWARDED)
            | held(record.cloud.is_some(), Fields::CLOUD)
    }

    /// Whether all of `other` are among these.
    pub fn contains(self, other: Fields) -> bool {
        self.0 & other.0 == other.0
    }

    /// These without those of `other`.
    pub fn without(self, other: Fields) -> Fields {
        Fields(self.0 & !other.0)
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names of these fields.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Fields::NAMES.into_iter().filter(move |(field, _)| self.contains(*field)).map(|(_, name)| name)
    }
}

impl BitOr for Fields {
    type Output = Fields;

    fn bitor(self, other: Fields) -> Fields {
        Fields(self.0 | other.0)
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_reads_its_own_example_best() {
        for format in FORMATS {
            let recognition = recognise(format.example().as_bytes());
            assert_eq!(recognition.format.map(Format::name), Some(format.name()), "{}", format.example());
        }
    }

    #[test]
    fn names_are_in_use_once() {
        let mut names: Vec<&str> = FORMATS.iter().map(|format| format.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FORMATS.len());
    }

    #[test]
    fn a_file_that_changes_its_format_is_read_on() {
        let common = r#"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 1"#;
        let combined = r#"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /b HTTP/1.0" 200 1 "-" "-""#;
        let text = format!("{common}\n{combined}\n\nno access line\n{common}\n");
        let format = recognise(text.as_bytes()).format.unwrap();
        let (mut census, mut targets) = (Census::default(), Vec::new());
        let chunk = Chunk { bytes: text.as_bytes(), start: Position::default() };
        parse_chunk(chunk, format, &mut census, |_, record| targets.push(record.target.unwrap().to_vec()));
        assert_eq!(targets, [b"/a", b"/b", b"/a"]);
        assert_eq!(census.formats, [("combined", 1), ("common", 2)]);
        assert_eq!((census.lines, census.records, census.blank, census.fault_count()), (5, 3, 1, 1));
        assert_eq!(census.faults[0].0, "a time stamp in brackets, then a request in quotes");
    }

    #[test]
    fn prose_has_no_format() {
        let recognition = recognise(b"# Samples\n\nThis folder holds logs.\n");
        assert!(recognition.format.is_none());
        assert_eq!(recognition.tried, 2);
        assert!(recognise(b"").format.is_none());
    }
}
