//! How the lines of one source are read: in which format, and out of which wrapping.
//!
//! A [`Reading`] is recognised from a source's opening lines ([`recognise`]) or named by a person, and is handed to
//! whoever takes a chunk. Some formats say in the middle of a source how the lines after it are to be read
//! (`#Fields:`): the reading that a chunk begins with is part of the chunk, so that a worker needs nothing from the
//! chunk before. [`Reading::after`] computes it, and looks at no line but those that may change it.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use memchr::memchr;
use memchr::memmem;

use crate::chunk::{LINE_BYTES_MAX, Line};
use crate::syslog::syslog_prefix;
use crate::wrapping::Wrapping;
use crate::{Census, Chunk, Elements, FORMATS, Fault, Fields, Format, Position, Record};

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

/// A format: one of the list, or one made from what a person or a log says.
#[derive(Clone)]
pub enum FormatHandle {
    /// One of [`FORMATS`].
    Listed(&'static dyn Format),
    /// One that was made.
    Made(Arc<dyn Format>),
}

impl Deref for FormatHandle {
    type Target = dyn Format;

    fn deref(&self) -> &(dyn Format + 'static) {
        match self {
            FormatHandle::Listed(format) => *format,
            FormatHandle::Made(format) => &**format,
        }
    }
}

impl fmt::Debug for FormatHandle {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// The format that a person calls by that name.
pub fn named(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.name() == name || format.aliases().contains(&name))
}

/// How the lines of a source are read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The format of the lines.
    pub format: FormatHandle,
    /// What stands around each.
    pub wrapping: Wrapping,
    /// Whether a line that the format does not read is offered to no other: a person has said what the lines are.
    pub is_strict: bool,
    /// Where records begin and end.
    pub framing: Framing,
}

/// Where the records of a source begin and end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// Each line is one.
    #[default]
    Lines,
    /// They are the elements of JSON documents ([`Elements`]).
    Elements,
}

impl Reading {
    /// Lines that stand as their server wrote them, in a format of the list.
    pub fn listed(format: &'static dyn Format) -> Reading {
        Reading {
            format: FormatHandle::Listed(format),
            wrapping: Wrapping::Bare,
            is_strict: false,
            framing: Framing::Lines,
        }
    }

    /// Lines that stand as their server wrote them, in a format that was made.
    pub fn made(format: Arc<dyn Format>) -> Reading {
        Reading {
            format: FormatHandle::Made(format),
            wrapping: Wrapping::Bare,
            is_strict: false,
            framing: Framing::Lines,
        }
    }

    /// How the lines behind this chunk are read, if one in it says so.
    pub fn after(&self, chunk: &[u8]) -> Option<Reading> {
        let mark = self.format.directive_mark()?;
        let mut reading: Option<Reading> = None;
        let mut offer = |line: &[u8]| {
            let current = reading.as_ref().unwrap_or(self);
            if let Some(next) = current.next(without_return(line)) {
                reading = Some(next);
            }
        };
        if chunk.starts_with(mark) {
            offer(first_line(chunk));
        }
        let needle = [b"\n", mark].concat();
        for at in memmem::find_iter(chunk, &needle) {
            offer(first_line(&chunk[at + 1..]));
        }
        reading
    }

    /// How the lines behind this one are read, if it says so.
    fn next(&self, line: &[u8]) -> Option<Reading> {
        if !line.starts_with(self.format.directive_mark()?) {
            return None;
        }
        let format = FormatHandle::Made(self.format.after(line)?);
        Some(Reading { format, ..self.clone() })
    }
}

fn first_line(text: &[u8]) -> &[u8] {
    &text[..memchr(b'\n', text).unwrap_or(text.len())]
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// What the opening lines of a file tell of how it is read.
#[derive(Clone, Debug)]
pub struct Recognition {
    /// How, if one format reads enough of them.
    pub reading: Option<Reading>,
    /// How many of the lines it reads.
    pub read: usize,
    /// How many lines were tried, blank ones and those that speak of the log itself left out.
    pub tried: usize,
    /// The fields that at least one of these lines holds.
    pub fields: Fields,
}

impl Recognition {
    /// What the opening lines show of a reading that a person named.
    pub fn given(reading: Reading, opening: &[u8]) -> Recognition {
        let of_lines = try_reading(reading.clone(), &opening_lines(opening));
        if of_lines.is_of_lines() {
            return of_lines;
        }
        let elements = opening_elements(opening);
        let of_elements = try_reading(Reading { framing: Framing::Elements, ..reading }, &elements);
        if of_elements.is_better(&of_lines) { of_elements } else { of_lines }
    }

    /// Whether its lines are records and no pieces of documents: half of them are read. Elements may read a greater share
    /// and still be wrong, for where one line is torn they take all that follows for its rest.
    fn is_of_lines(&self) -> bool {
        0 < self.read && self.tried <= self.read * 2
    }

    /// Whether it reads a greater share than the other.
    fn is_better(&self, other: &Recognition) -> bool {
        0 < self.read && other.read * self.tried < self.read * other.tried
    }
}

/// The format that reads most of the opening lines; of two that read as many, the one listed first.
///
/// `opening` is the beginning of a file; its last line is left out if it is cut and not the only one. Where its lines
/// are not read and it begins as JSON does, it is tried as a document that holds records.
pub fn recognise(opening: &[u8]) -> Recognition {
    let best = best_reading(&opening_lines(opening), Framing::Lines);
    if best.is_of_lines() {
        return best;
    }
    let elements = best_reading(&opening_elements(opening), Framing::Elements);
    if elements.is_better(&best) { elements } else { best }
}

fn best_reading(lines: &[&[u8]], framing: Framing) -> Recognition {
    let mut best = Recognition { reading: None, read: 0, tried: lines.len(), fields: Fields::default() };
    for &wrapping in Wrapping::ALL {
        // What is read whole as it stands is not wrapped.
        if best.read * 2 < best.tried || wrapping == Wrapping::Bare {
            for &format in FORMATS.iter().filter(|format| format.is_recognised()) {
                let trial = try_reading(Reading { wrapping, framing, ..Reading::listed(format) }, lines);
                if best.read < trial.read && trial.tried <= trial.read * OPENING_SHARE {
                    best = trial;
                }
            }
        }
    }
    best
}

/// The first lines of a file that are whole and not blank.
fn opening_lines(opening: &[u8]) -> Vec<&[u8]> {
    let whole = match memchr::memrchr(b'\n', opening) {
        Some(end) => &opening[..=end],
        None => opening,
    };
    let chunk = Chunk { bytes: whole, start: Position::default() };
    chunk.lines().map(|line| line.bytes).filter(|line| !is_blank(line)).take(OPENING_LINES_MAX).collect()
}

/// The first whole elements of a file that begins as JSON does.
fn opening_elements(opening: &[u8]) -> Vec<&[u8]> {
    if !matches!(opening.trim_ascii_start().first(), Some(b'{' | b'[')) {
        return Vec::new();
    }
    let mut found = Vec::new();
    Elements::new(Position::default()).feed(opening, &mut |at| {
        if found.len() < OPENING_LINES_MAX {
            found.push(&opening[at.offset as usize..][..at.length as usize]);
        }
    });
    found
}

/// Reads the opening lines in one way.
fn try_reading(start: Reading, lines: &[&[u8]]) -> Recognition {
    let mut trial = Recognition { reading: Some(start.clone()), read: 0, tried: 0, fields: Fields::default() };
    let mut reading = start;
    let mut scratch = Vec::new();
    for line in lines {
        if let Some(next) = reading.next(line) {
            reading = next;
        }
        match reading.wrapping.unwrap(line, &mut scratch).map(|inner| reading.format.parse(inner.text)) {
            Some(Ok(Some(record))) if reading.wrapping == Wrapping::Bare && is_of_prefix(line, &record) => {
                trial.tried += 1;
            }
            Some(Ok(Some(record))) => {
                trial.read += 1;
                trial.tried += 1;
                trial.fields = trial.fields | Fields::of(&record);
            }
            Some(Ok(None)) => {}
            _ => trial.tried += 1,
        }
    }
    trial
}

/// Whether the record's client was found in the prefix of a syslog daemon. Formats whose user may be anything take the
/// prefix for client and user; those that know the prefix look behind it.
fn is_of_prefix(line: &[u8], record: &Record<'_>) -> bool {
    let (Some(client), Some((_, rest))) = (record.client, syslog_prefix(line)) else { return false };
    (client.as_ptr() as usize).wrapping_sub(line.as_ptr() as usize) < line.len() - rest.len()
}

/// Reads the lines of a chunk, counts each in the census, and shows each record to `observe`.
pub fn parse_chunk(
    chunk: Chunk<'_>,
    reading: &Reading,
    census: &mut Census,
    mut observe: impl FnMut(Position, &Record<'_>),
) {
    if reading.wrapping == Wrapping::Bare && reading.format.directive_mark().is_none() {
        return parse_plain(chunk, reading, census, observe);
    }
    each_line(chunk, reading, census, |seen| {
        if let Ok(Some(record)) = &seen.outcome {
            observe(seen.line.at, record);
        }
    });
}

/// As [`parse_chunk`], of a chunk whose records stand at these places.
pub fn parse_elements(
    chunk: Chunk<'_>,
    places: &[Position],
    reading: &Reading,
    census: &mut Census,
    mut observe: impl FnMut(Position, &Record<'_>),
) {
    each_element(chunk, places, reading, census, |seen| {
        if let Ok(Some(record)) = &seen.outcome {
            observe(seen.line.at, record);
        }
    });
}

/// The hot loop: lines as their server wrote them, in a format that never changes.
fn parse_plain(
    chunk: Chunk<'_>,
    reading: &Reading,
    census: &mut Census,
    mut observe: impl FnMut(Position, &Record<'_>),
) {
    let format: &dyn Format = &*reading.format;
    let mut records = 0;
    census.bytes += chunk.bytes.len() as u64;
    for line in chunk.lines() {
        census.lines += 1;
        match format.parse(line.bytes) {
            Ok(Some(record)) if line.bytes.len() <= LINE_BYTES_MAX => {
                records += 1;
                if let Some(time) = record.time {
                    census.add_time(time);
                }
                observe(line.at, &record);
            }
            outcome => {
                let seen = Seen { line, text: line.bytes, format, outcome }.settled(reading);
                let mut visit = |seen: &Seen<'_>| {
                    if let Ok(Some(record)) = &seen.outcome {
                        observe(seen.line.at, record);
                    }
                };
                if !seen.holds_many(reading, census, &mut visit) {
                    seen.count(census);
                    visit(&seen);
                }
            }
        }
    }
    census.add_records(format.name(), records);
}

/// A line, and what it is read as.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// The line, with its place.
    pub line: Line<'a>,
    /// What stands in its wrapping, or the line itself.
    pub text: &'a [u8],
    /// The format that reads it, or should.
    pub format: &'a dyn Format,
    /// The record; nothing where the line is blank or speaks of the log itself; or the fault.
    pub outcome: Result<Option<Record<'a>>, Fault>,
}

/// Reads the lines of a chunk, counts each in the census, and shows each to `visit`, whatever it is.
pub fn each_line(chunk: Chunk<'_>, reading: &Reading, census: &mut Census, visit: impl FnMut(&Seen<'_>)) {
    census.bytes += chunk.bytes.len() as u64;
    each(chunk.lines(), reading, census, visit);
}

/// As [`each_line`], of a chunk whose records stand at these places, all of them in it. Each counts as a line.
pub fn each_element(
    chunk: Chunk<'_>,
    places: &[Position],
    reading: &Reading,
    census: &mut Census,
    visit: impl FnMut(&Seen<'_>),
) {
    census.bytes += chunk.bytes.len() as u64;
    let elements = places.iter().map(|&at| {
        let begin = (at.offset - chunk.start.offset) as usize;
        Line { bytes: &chunk.bytes[begin..begin + at.length as usize], at }
    });
    each(elements, reading, census, visit);
}

fn each<'a>(
    lines: impl Iterator<Item = Line<'a>>,
    reading: &Reading,
    census: &mut Census,
    mut visit: impl FnMut(&Seen<'_>),
) {
    let mut current: Option<Reading> = None;
    let mut scratch = Vec::new();
    for line in lines {
        census.lines += 1;
        if let Some(next) = current.as_ref().unwrap_or(reading).next(line.bytes) {
            current = Some(next);
        }
        let now = current.as_ref().unwrap_or(reading);
        let (text, written) = match now.wrapping.unwrap(line.bytes, &mut scratch) {
            Some(inner) => (inner.text, inner.time),
            None => (line.bytes, None),
        };
        let mut seen = Seen { line, text, format: &*now.format, outcome: now.format.parse(text) };
        if seen.outcome.is_err() || LINE_BYTES_MAX < line.bytes.len() {
            seen = seen.settled(now);
        }
        if let Ok(Some(record)) = &mut seen.outcome {
            record.time = record.time.or(written);
        }
        if !seen.holds_many(now, census, &mut visit) {
            seen.count(census);
            visit(&seen);
        }
    }
}

impl Seen<'_> {
    /// Shows what a line holds that is no record itself but a document of many (`{"records":[...]}`): whether it is one.
    ///
    /// Among lines that are records such a line is rare, so it is asked only of what would be a fault. It counts as as
    /// many lines as it has elements.
    fn holds_many(&self, reading: &Reading, census: &mut Census, visit: &mut dyn FnMut(&Seen<'_>)) -> bool {
        if self.outcome.is_ok() || self.outcome == Err(OVERLONG) || self.line.at.record != 0 {
            return false;
        }
        let places = elements_of(self.line);
        let element = |at: &Position| {
            let begin = (at.offset - self.line.at.offset) as usize;
            Line { bytes: &self.line.bytes[begin..begin + at.length as usize], at: *at }
        };
        let is_read = |at: &Position| matches!(reading.format.parse(element(at).bytes), Ok(Some(_)));
        if !places.iter().any(is_read) {
            return false;
        }
        census.lines -= 1;
        each(places.iter().map(element), reading, census, visit);
        true
    }

    /// What the line is once everything is asked: too long, blank, or a record of another format.
    #[cold]
    fn settled(self, reading: &Reading) -> Self {
        if LINE_BYTES_MAX < self.line.bytes.len() {
            return Seen { outcome: Err(OVERLONG), ..self };
        }
        if self.outcome.is_ok() {
            return self;
        }
        let others = FORMATS.iter().filter(|other| other.is_recognised() && other.name() != self.format.name());
        let mut read = others.filter_map(|other| Some((*other, other.parse(self.text).ok()??)));
        match if reading.is_strict { None } else { read.next() } {
            _ if is_blank(self.text) => Seen { outcome: Ok(None), ..self },
            Some((format, record)) => Seen { format, outcome: Ok(Some(record)), ..self },
            None => self,
        }
    }

    fn count(&self, census: &mut Census) {
        match &self.outcome {
            Ok(Some(record)) => {
                census.add_records(self.format.name(), 1);
                if let Some(time) = record.time {
                    census.add_time(time);
                }
            }
            Ok(None) if is_blank(self.text) => census.blank += 1,
            Ok(None) => census.directives += 1,
            Err(fault) => census.add_fault(self.line.at, *fault),
        }
    }
}

/// The elements of a line that is one document of them. Two objects in a line are none: that is two lines torn into one.
fn elements_of(line: Line<'_>) -> Vec<Position> {
    let mut places = Vec::new();
    if matches!(line.bytes.trim_ascii_start().first(), Some(b'{' | b'[')) {
        let mut elements = Elements::new(line.at);
        elements.feed(line.bytes, &mut |at| places.push(at));
        if elements.documents() != 1 {
            places.clear();
        }
    }
    places
}

fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_reads_its_own_example_best() {
        for format in FORMATS.iter().filter(|format| format.is_recognised()) {
            let recognition = recognise(format.example().as_bytes());
            assert_eq!(
                recognition.reading.map(|reading| reading.format.name()),
                Some(format.name()),
                "{}",
                format.example()
            );
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
    fn a_torn_line_does_not_make_a_document_of_a_log() {
        let line = named("caddy_json").unwrap().example();
        let text = format!("{line}\n{}\n{line}\n{line}\n", &line[..30]);
        let by_name = Recognition::given(Reading::listed(named("caddy_json").unwrap()), text.as_bytes());
        for recognition in [recognise(text.as_bytes()), by_name] {
            assert_eq!((recognition.read, recognition.tried), (3, 4));
            assert_eq!(recognition.reading.unwrap().framing, Framing::Lines);
        }
    }

    #[test]
    fn a_file_that_changes_its_format_is_read_on() {
        let common = r#"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 1"#;
        let combined = r#"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /b HTTP/1.0" 200 1 "-" "-""#;
        let text = format!("{common}\n{combined}\n\nno access line\n{common}\n");
        let reading = recognise(text.as_bytes()).reading.unwrap();
        let (mut census, mut targets) = (Census::default(), Vec::new());
        let chunk = Chunk { bytes: text.as_bytes(), start: Position::default() };
        parse_chunk(chunk, &reading, &mut census, |_, record| targets.push(record.target.unwrap().to_vec()));
        assert_eq!(targets, [b"/a", b"/b", b"/a"]);
        assert_eq!(census.formats, [("combined", 1), ("common", 2)]);
        assert_eq!((census.lines, census.records, census.blank, census.fault_count()), (5, 3, 1, 1));
        assert_eq!(census.faults[0].0, "a time stamp in brackets, then a request in quotes");
    }

    #[test]
    fn a_document_that_holds_records_is_read_by_its_elements() {
        let event = named("aws_cloudtrail").unwrap().example();
        let value: serde_json::Value = serde_json::from_str(event).unwrap();
        let pretty = |value: &serde_json::Value| serde_json::to_string_pretty(value).unwrap();
        for text in [
            format!("{{\"Records\":[{event},{event}]}}"),
            pretty(&serde_json::json!({ "Records": [value, value] })),
            pretty(&serde_json::json!([value, value])),
            format!("{}\n{}\n", pretty(&value), pretty(&value)),
        ] {
            let by_name = Recognition::given(Reading::listed(named("aws_cloudtrail").unwrap()), text.as_bytes());
            for recognition in [recognise(text.as_bytes()), by_name] {
                let reading = recognition.reading.unwrap();
                assert_eq!((reading.format.name(), reading.framing), ("aws_cloudtrail", Framing::Elements), "{text}");
                assert_eq!((recognition.read, recognition.tried), (2, 2));
            }
            let start = Position { line: 1, ..Position::default() };
            let mut places = Vec::new();
            Elements::new(start).feed(text.as_bytes(), &mut |at| places.push(at));
            let (mut census, mut records) = (Census::default(), Vec::new());
            let chunk = Chunk { bytes: text.as_bytes(), start };
            let reading = recognise(text.as_bytes()).reading.unwrap();
            parse_elements(chunk, &places, &reading, &mut census, |at, _| records.push(at.record));
            assert_eq!((census.lines, census.records, census.bytes), (2, 2, text.len() as u64));
            assert_eq!(records, [1, 2]);
        }
        let torn = format!("{event}\n{event}\n{event}{event}\n{event}\n");
        let (mut census, chunk) = (Census::default(), Chunk { bytes: torn.as_bytes(), start: Position::default() });
        parse_chunk(chunk, &recognise(torn.as_bytes()).reading.unwrap(), &mut census, |_, _| {});
        assert_eq!((census.lines, census.records, census.fault_count()), (4, 3, 1), "two lines torn into one");
        let lines = format!("{event}\n{event}\n");
        assert_eq!(recognise(lines.as_bytes()).reading.unwrap().framing, Framing::Lines);
    }

    #[test]
    fn a_line_among_lines_may_hold_many_records() {
        let event = named("aws_cloudtrail").unwrap().example();
        let text = format!("{event}\n{{\"Records\":[{event},{{}},{event}]}}\n{event}\n{{\"Records\":[{{}}]}}\n");
        let start = Position { line: 1, ..Position::default() };
        let chunk = Chunk { bytes: text.as_bytes(), start };
        let reading = recognise(text.as_bytes()).reading.unwrap();
        assert_eq!(reading.framing, Framing::Lines);
        let (mut plain, mut visited) = (Vec::new(), Vec::new());
        let (mut census, mut other) = (Census::default(), Census::default());
        parse_chunk(chunk, &reading, &mut census, |at, _| plain.push((at.line, at.record, at.length as usize)));
        each_line(chunk, &reading, &mut other, |seen| {
            if let Ok(Some(_)) = seen.outcome {
                let at = seen.line.at;
                assert_eq!(seen.text, &text.as_bytes()[at.offset as usize..][..at.length as usize]);
                visited.push((at.line, at.record, at.length as usize));
            }
        });
        let length = event.len();
        assert_eq!(plain, [(1, 0, length), (2, 1, length), (2, 3, length), (3, 0, length)]);
        assert_eq!(plain, visited);
        assert_eq!((census.lines, census.records, census.fault_count()), (6, 4, 2));
        assert_eq!(census, other);
    }

    #[test]
    fn prose_has_no_format() {
        let recognition = recognise(b"# Samples\n\nThis folder holds logs.\n");
        assert!(recognition.reading.is_none());
        assert_eq!(recognition.tried, 2);
        assert!(recognise(b"").reading.is_none());
    }
}
