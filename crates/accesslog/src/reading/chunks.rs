//! The lines of a chunk, read one behind the other: the hot loops.
//!
//! Where all lines stand as their server wrote them, in a format that never changes, next to nothing but the records is made
//! of them. An ordinary line of the combined format is read into one of a few records that are used again and again, and when all
//! of these are full they are shown ([`Observe`]): so what one of them will ask memory for is on its way while the next are read.

use super::{Reading, Seen, each_element, each_line, without_return};
use crate::chunk::{LINE_BYTES_MAX, Line};
use crate::marks::{Marked, Marks, Quotes};
use crate::ordinary::{self, Ordinary};
use crate::time::LastDay;
use crate::wrapping::Wrapping;
use crate::{Census, Chunk, Format, Observe, Position, Record, Time};

/// How many records are read before the first of them is shown: enough for what it wants of memory to be there, and few
/// enough to stay in a processor's first cache.
const READ_AHEAD: usize = 16;

/// Whether the records of a client, by its name as the log writes it, are wanted: no bytes stand for no client.
pub type IsWanted<'w> = dyn Fn(&[u8]) -> bool + 'w;

/// Reads the lines of a chunk, counts each in the census, and shows each record to `observe`.
pub fn parse_chunk(
    chunk: Chunk<'_>,
    reading: &Reading,
    census: &mut Census,
    mut observe: impl FnMut(Position, &Record<'_>),
) {
    parse_chunk_to(chunk, reading, None, census, &mut observe);
}

/// As [`parse_chunk`], where the records of some clients alone are wanted: those of others may be passed over unread, which is
/// several times as fast, and are lines in the census and nothing else. A record without a client has that of no bytes.
pub fn parse_chunk_of(
    chunk: Chunk<'_>,
    reading: &Reading,
    is_wanted: &IsWanted<'_>,
    census: &mut Census,
    mut observe: impl FnMut(Position, &Record<'_>),
) {
    parse_chunk_to(chunk, reading, Some(is_wanted), census, &mut observe);
}

/// As [`parse_chunk`], or as [`parse_chunk_of`] where it is said whose records are wanted, for one who notes something of each
/// record before it is shown.
pub fn parse_chunk_to(
    chunk: Chunk<'_>,
    reading: &Reading,
    is_wanted: Option<&IsWanted<'_>>,
    census: &mut Census,
    observer: &mut impl Observe,
) {
    if reading.wrapping != Wrapping::Bare || reading.format.directive_mark().is_some() {
        return each_line(chunk, reading, census, |seen| seen.show(observer));
    }
    census.bytes += chunk.bytes.len() as u64;
    match is_wanted.filter(|_| reading.format.begins_with_client()) {
        Some(is_wanted) => parse_wanted(chunk, reading, is_wanted, census, observer),
        None if reading.format.ordinary() == Some(Ordinary::Combined) => {
            parse_combined(chunk, reading, census, observer);
        }
        None => parse_plain(chunk, reading, census, observer),
    }
}

/// As [`parse_chunk`], of a chunk whose records stand at these places.
pub fn parse_elements(
    chunk: Chunk<'_>,
    places: &[Position],
    reading: &Reading,
    census: &mut Census,
    mut observe: impl FnMut(Position, &Record<'_>),
) {
    parse_elements_to(chunk, places, reading, census, &mut observe);
}

/// As [`parse_elements`], for one who notes something of each record before it is shown.
pub fn parse_elements_to(
    chunk: Chunk<'_>,
    places: &[Position],
    reading: &Reading,
    census: &mut Census,
    observer: &mut impl Observe,
) {
    each_element(chunk, places, reading, census, |seen| seen.show(observer));
}

/// Lines of a format that never changes, whatever it is.
fn parse_plain(chunk: Chunk<'_>, reading: &Reading, census: &mut Census, observer: &mut impl Observe) {
    let mut records = Records::default();
    for line in chunk.lines() {
        census.lines += 1;
        parse_line(line, reading, census, &mut records, observer);
    }
    records.count(reading, census);
}

/// The hottest loop: as [`parse_plain`], of a format whose ordinary lines are read by their quotes.
fn parse_combined(chunk: Chunk<'_>, reading: &Reading, census: &mut Census, observer: &mut impl Observe) {
    let mut ahead = Ahead::new(reading, observer);
    for (line, quotes) in marked::<true>(chunk) {
        census.lines += 1;
        ahead.read(line, quotes, census);
    }
    ahead.finish(census);
}

/// Lines of whatever format that begins with the client, those of clients that are not wanted passed over.
fn parse_wanted(
    chunk: Chunk<'_>,
    reading: &Reading,
    is_wanted: &IsWanted<'_>,
    census: &mut Census,
    observer: &mut impl Observe,
) {
    let (ordinary, mut ahead) = (reading.format.ordinary(), Ahead::new(reading, observer));
    for (line, _) in marked::<false>(chunk) {
        census.lines += 1;
        // Whoever else reads a line that begins so takes its first word for the client, too.
        if ordinary::client_of(line.bytes).is_none_or(is_wanted) {
            let quotes = ordinary.and_then(|Ordinary::Combined| Quotes::all(memchr::memchr_iter(b'"', line.bytes)));
            ahead.read(line, quotes, census);
        }
    }
    ahead.finish(census);
}

/// The lines of a chunk, found many at a time, with their quotes or without.
fn marked<const HAS_QUOTES: bool>(chunk: Chunk<'_>) -> impl Iterator<Item = (Line<'_>, Option<Quotes>)> {
    let mut next = chunk.start;
    Marks::<HAS_QUOTES>::new(chunk.bytes).map(move |Marked { line, quotes, taken }| {
        let bytes = without_return(line);
        let at = Position { length: bytes.len() as u32, ..next };
        next.offset += taken as u64;
        next.line += 1;
        (Line { bytes, at }, quotes)
    })
}

/// Reads lines, ordinary ones of the combined format some at a time before they are shown.
struct Ahead<'a, 'r, O: Observe> {
    reading: &'r Reading,
    observer: &'r mut O,
    records: Records,
    day: LastDay,
    /// The records that are not shown yet are the first so many; the others are to be used again.
    read: [(Position, Record<'a>, O::Noted); READ_AHEAD],
    count: usize,
}

impl<'a, 'r, O: Observe> Ahead<'a, 'r, O> {
    fn new(reading: &'r Reading, observer: &'r mut O) -> Ahead<'a, 'r, O> {
        let read = [(Position::default(), Record::default(), O::Noted::default()); READ_AHEAD];
        Ahead { reading, observer, records: Records::default(), day: LastDay::default(), read, count: 0 }
    }

    /// Reads a line whose quotes stand there, if it has as many as an ordinary one.
    #[inline]
    fn read(&mut self, line: Line<'a>, quotes: Option<Quotes>, census: &mut Census) {
        let (at, record, noted) = &mut self.read[self.count];
        match quotes {
            Some(quotes) if ordinary::combined(line.bytes, quotes, &mut self.day, record) => {
                record.raw = line.bytes;
                self.records.add(record);
                (*at, *noted) = (line.at, self.observer.note(record));
                self.count += 1;
                if self.count == READ_AHEAD {
                    self.show();
                }
            }
            _ => {
                self.show();
                parse_line(line, self.reading, census, &mut self.records, self.observer);
            }
        }
    }

    /// Shows what is not shown yet.
    fn show(&mut self) {
        for (at, record, noted) in &self.read[..self.count] {
            self.observer.observe(*at, record, *noted);
        }
        self.count = 0;
    }

    fn finish(mut self, census: &mut Census) {
        self.show();
        self.records.count(self.reading, census);
    }
}

/// Reads one line of a format that never changes.
fn parse_line(
    line: Line<'_>,
    reading: &Reading,
    census: &mut Census,
    records: &mut Records,
    observer: &mut impl Observe,
) {
    let format: &dyn Format = &*reading.format;
    match format.parse(line.bytes) {
        Ok(Some(mut record)) if line.bytes.len() <= LINE_BYTES_MAX => {
            record.raw = line.bytes;
            records.add(&record);
            observer.observe_at_once(line.at, &record);
        }
        outcome => {
            let seen = Seen { line, text: line.bytes, format, outcome }.settled(reading);
            let mut visit = |seen: &Seen<'_>| seen.show(observer);
            if !seen.holds_many(reading, census, &mut visit) {
                seen.count(census);
                visit(&seen);
            }
        }
    }
}

/// What is counted of the records of a chunk, to be added to the census at its end.
#[derive(Default)]
struct Records {
    count: u64,
    span: Option<(Time, Time)>,
}

impl Records {
    fn add(&mut self, record: &Record<'_>) {
        self.count += 1;
        if let Some(time) = record.time {
            let (first, last) = self.span.unwrap_or((time, time));
            self.span = Some((first.min(time), last.max(time)));
        }
    }

    fn count(self, reading: &Reading, census: &mut Census) {
        census.add_records(reading.format.name(), self.count);
        if let Some((first, last)) = self.span {
            census.add_time(first);
            census.add_time(last);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Escape, FORMATS, named};

    /// All of a record. Where nothing is escaped it is the same how that would be undone.
    fn shown(record: &Record<'_>) -> String {
        let escape = if record.raw.contains(&b'\\') { record.escape } else { Escape::Raw };
        format!("{:?}", Record { escape, ..*record })
    }

    proptest! {
        #[test]
        fn the_hottest_loop_sees_what_the_plain_one_sees(
            kinds in prop::collection::vec((0..10_usize, 0..400_usize), 0..60),
            is_ended in any::<bool>(),
        ) {
            let line = |(kind, length): (usize, usize)| {
                let tail = "x".repeat(length);
                let head = r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a?b=1 HTTP/1.1" 200 2326"#;
                match kind {
                    0..4 => format!("{head} \"-\" \"{tail}\""),
                    4 => format!("{head} \"-\" \"a \"quoted\" agent {tail}\""),
                    5 => format!("{head} \"-\" \"{tail}\"\r"),
                    9 => format!("{head} \"-\" \"\\x22{tail}\\\"\""),
                    6 => head.to_owned(),
                    7 => "\"".repeat(length % 9),
                    _ => String::new(),
                }
            };
            let mut text = kinds.into_iter().map(line).collect::<Vec<_>>().join("\n");
            if is_ended {
                text.push('\n');
            }
            let reading = Reading::listed(named("combined").unwrap());
            let chunk = Chunk { bytes: text.as_bytes(), start: Position { offset: 7, line: 3, source: 1, ..Position::default() } };
            let (mut fast, mut plain) = (Census::default(), Census::default());
            let (mut seen, mut want) = (Vec::new(), Vec::new());
            let owned = |at: Position, record: &Record<'_>| (at, shown(record));
            parse_chunk(chunk, &reading, &mut fast, |at, record| seen.push(owned(at, record)));
            each_line(chunk, &reading, &mut plain, |line| {
                if let Ok(Some(record)) = &line.outcome {
                    want.push(owned(line.line.at, record));
                }
            });
            prop_assert_eq!(seen, want);
            prop_assert_eq!(fast, plain);
        }

        #[test]
        fn whoever_reads_a_line_that_begins_with_a_client_takes_it_for_that(
            place in any::<prop::sample::Index>(),
            client in "[0-9a-f.:_-]{1,30}",
            cut in prop::option::of(any::<prop::sample::Index>()),
        ) {
            let example = place.get(FORMATS).example();
            let behind = example.find(" - - [").map_or("", |at| &example[at..]);
            let mut line = format!("{client}{behind}");
            if let Some(cut) = cut {
                line.truncate(cut.index(line.len() + 1));
            }
            if let Some(client) = ordinary::client_of(line.as_bytes()) {
                // Whoever is asked where the format does not read the line.
                for reader in FORMATS.iter().filter(|format| format.is_recognised()) {
                    if let Ok(Some(record)) = reader.parse(line.as_bytes()) {
                        prop_assert_eq!(record.client.unwrap_or_default(), client, "{} reads {}", reader.name(), line);
                    }
                }
            }
        }

        #[test]
        fn records_of_others_alone_are_passed_over(
            lines in prop::collection::vec((0..4_usize, 0..6_usize), 0..50),
            format in prop::sample::select(vec!["combined", "common", "combined_extended"]),
        ) {
            let line = |(client, kind): &(usize, usize)| {
                let client = ["192.0.2.7", "-", "2001:db8::17", "a.client.with.a.long.name.example"][*client];
                let head = format!(r#"{client} - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2326"#);
                match kind {
                    0 | 1 => format!(r#"{head} "-" "x""#),
                    2 => head,
                    3 => format!(r#"{head} "-" "x" 0.042 "198.51.100.4""#),
                    4 => format!(r#"{{"remote_addr":"{client}","request":"GET /b HTTP/1.1","status":200}}"#),
                    _ => format!(r#"shop.example:443 {head} "-" "x""#),
                }
            };
            let text = lines.iter().map(line).collect::<Vec<_>>().join("\n");
            let reading = Reading::listed(named(format).unwrap());
            let chunk = Chunk { bytes: text.as_bytes(), start: Position::default() };
            for wanted in [&b"192.0.2.7"[..], b"", b"2001:db8::17", b"a.client.with.a.long.name.example"] {
                let (mut seen, mut want) = (Vec::new(), Vec::new());
                let (mut fast, mut plain) = (Census::default(), Census::default());
                let is_wanted = |client: &[u8]| client == wanted;
                parse_chunk_of(chunk, &reading, &is_wanted, &mut fast, |at, record| {
                    if is_wanted(record.client.unwrap_or_default()) {
                        seen.push((at, shown(record)));
                    }
                });
                parse_chunk(chunk, &reading, &mut plain, |at, record| {
                    if is_wanted(record.client.unwrap_or_default()) {
                        want.push((at, shown(record)));
                    }
                });
                prop_assert_eq!(seen, want);
                prop_assert_eq!((fast.lines, fast.bytes), (plain.lines, plain.bytes));
            }
        }
    }
}
