//! How the lines of one source are read: in which format, and out of which wrapping.
//!
//! A [`Reading`] is recognised from a source's opening lines ([`recognise`](crate::recognise)) or named by a person, and is handed to
//! whoever takes a chunk. Some formats say in the middle of a source how the lines after it are to be read
//! (`#Fields:`): the reading that a chunk begins with is part of the chunk, so that a worker needs nothing from the
//! chunk before. [`Reading::after`] computes it, and looks at no line but those that may change it.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use memchr::memchr;
use memchr::memmem;

use crate::chunk::{LINE_BYTES_MAX, Line};
use crate::grammar::ONE_WAY;
use crate::wrapping::Wrapping;
use crate::{Census, Chunk, Elements, FORMATS, Fault, Format, Observe, Position, Record};

mod chunks;

pub use chunks::{IsWanted, parse_chunk, parse_chunk_of, parse_chunk_to, parse_elements, parse_elements_to};

/// What is said of a line longer than [`LINE_BYTES_MAX`]. Whoever cuts chunks says it of a line too long for
/// its buffer, so that the answer does not depend on the size of the buffer.
pub const OVERLONG: Fault = Fault { at: LINE_BYTES_MAX, expected: "the end of the line: a line of at most 1 MiB" };

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
#[derive(Clone)]
pub struct Reading {
    /// The format of the lines.
    pub format: FormatHandle,
    /// What stands around each.
    pub wrapping: Wrapping,
    /// The formats that a line is offered to which that one does not read.
    ///
    /// They are few, as a hostile log may consist of such lines: those that read some of the opening lines, and those
    /// that a server changes to when it is upgraded. None, where a person has said what the lines are.
    pub others: Arc<[&'static dyn Format]>,
    /// Where records begin and end.
    pub framing: Framing,
}

impl fmt::Debug for Reading {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let others: Vec<&str> = self.others.iter().map(|other| other.name()).collect();
        out.debug_struct("Reading")
            .field("format", &self.format)
            .field("wrapping", &self.wrapping)
            .field("others", &others)
            .field("framing", &self.framing)
            .finish()
    }
}

/// The formats that servers are upgraded from and to.
pub(crate) fn usual() -> impl Iterator<Item = &'static dyn Format> {
    const USUAL: &str = "combined combined_extended common vhost_combined \
        nginx_json caddy_json traefik_json aws_cloudtrail";
    // Each file that is recognised asks for them a thousand times.
    static FOUND: LazyLock<Vec<&'static dyn Format>> = LazyLock::new(|| {
        FORMATS.iter().copied().filter(|format| USUAL.split(' ').any(|name| name == format.name())).collect()
    });
    FOUND.iter().copied()
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
        Reading::of(FormatHandle::Listed(format))
    }

    /// Lines that stand as their server wrote them, in a format that was made.
    pub fn made(format: Arc<dyn Format>) -> Reading {
        Reading::of(FormatHandle::Made(format))
    }

    fn of(format: FormatHandle) -> Reading {
        let others = usual().filter(|other| other.name() != format.name()).collect();
        Reading { format, wrapping: Wrapping::Bare, others, framing: Framing::Lines }
    }

    /// The same, lines that the format does not read being offered to no other: a person has said what they are.
    #[must_use]
    pub fn strictly(self) -> Reading {
        Reading { others: Arc::default(), ..self }
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
    pub(crate) fn next(&self, line: &[u8]) -> Option<Reading> {
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
            record.raw = line.bytes;
        }
        if !seen.holds_many(now, census, &mut visit) {
            seen.count(census);
            visit(&seen);
        }
    }
}

impl Seen<'_> {
    /// Shows the record of the line, if it is one.
    #[inline]
    fn show(&self, observer: &mut impl Observe) {
        if let Ok(Some(record)) = &self.outcome {
            observer.observe_at_once(self.line.at, record);
        }
    }

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
        if self.outcome.as_ref().map_or_else(|fault| fault.expected == ONE_WAY, |_| true) {
            return self;
        }
        let mut read = reading.others.iter().filter_map(|other| Some((*other, other.parse(self.text).ok()??)));
        match read.next() {
            _ if is_blank(self.text) => Seen { outcome: Ok(None), ..self },
            Some((format, record)) => {
                Seen { format, outcome: Ok(Some(Record { raw: self.line.bytes, ..record })), ..self }
            }
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
            Ok(None) if is_blank(self.line.bytes) => census.blank += 1,
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
            return Vec::new();
        }
        // What is cut off where the line ends is a fault of its own: it must not be lost beside those that are read.
        let cut = elements.finish(&mut |at| places.push(at)).err();
        places.extend(cut);
    }
    places
}

pub(crate) fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_offered_to_no_other_format_where_a_person_says_what_it_is() {
        let text = b"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] \"GET /a HTTP/1.1\" 200 5\n";
        let counts = |reading: &Reading| {
            let mut census = Census::default();
            parse_chunk(Chunk { bytes: text, start: Position::default() }, reading, &mut census, |_, _| {});
            (census.records, census.fault_count(), census.formats)
        };
        let reading = Reading::listed(named("combined").unwrap());
        assert_eq!(counts(&reading), (1, 0, vec![("common", 1)]));
        assert_eq!(counts(&reading.strictly()), (0, 1, vec![]));
    }

    #[test]
    fn a_reading_says_how_lines_are_read() {
        let columns = b"#Fields: date time c-ip cs-method cs-uri-stem sc-status";
        let w3c = Reading::listed(named("iis_w3c").unwrap());
        assert!(w3c.next(b"2024-05-01 00:00:00 192.0.2.1 GET / 200").is_none());
        let made = Reading::made(w3c.format.after(columns).unwrap());
        for (reading, name, others) in [(&w3c, w3c.format.name(), usual().count()), (&made, made.format.name(), 8)] {
            let said = format!("{reading:?}");
            assert!(said.contains(&format!("format: {name}, wrapping: Bare")), "{said}");
            assert_eq!((reading.others.len(), said.contains("\"caddy_json\"")), (others, true), "{said}");
        }
        assert!(format!("{:?}", made.strictly()).contains("others: [], framing: Lines"));
    }
}
