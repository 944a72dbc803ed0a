//! Which format a file is in, told by its opening lines.
//!
//! Nobody is asked: every format tries the opening lines, bare and out of every wrapping, and the one that reads most
//! of them is the file's. Those that read some of them are remembered beside it, for the lines that it does not read.

use std::cmp::Reverse;

use crate::grammar::offset;
use crate::reading::{is_blank, usual};
use crate::syslog::syslog_prefix;
use crate::wrapping::{exported, grepped, labelled, stamp_of};
use crate::{Chunk, Elements, FORMATS, Fields, Format, Framing, Position, Reading, Record, Wrapping};

/// How many of a file's opening lines are tried to recognise its format.
const OPENING_LINES_MAX: usize = 200;

/// The formats that are the usual names of fields and no writer's own.
const SHARED: &str = "nginx_json json json_names logfmt";

/// The share of the opening lines, one in this many, that a format must read to be the file's format.
///
/// Low on purpose: a log in which a program mixes its own messages with the access lines is still a log, and
/// what is not read is counted and shown.
const OPENING_SHARE: usize = 10;

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

    /// Whether the other reads more lines, where a format of one writer's reads as many as two that many writers share: what those
    /// share says less of each line, and is asked of the lines that the one does not read.
    ///
    /// Of two that many writers share the one that reads as much and more fields of it.
    fn is_exceeded(&self, other: &Recognition) -> bool {
        match (self.is_shared(), other.is_shared()) {
            (false, true) => self.read * 2 < other.read,
            (true, true) if self.read == other.read => {
                other.fields != self.fields && other.fields.contains(self.fields)
            }
            _ => self.read < other.read,
        }
    }

    /// Whether the format is one that many writers share.
    fn is_shared(&self) -> bool {
        let is = |reading: &Reading| SHARED.split(' ').any(|name| name == reading.format.name());
        self.reading.as_ref().is_some_and(is)
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
    let mut best = best_reading(&opening_lines(opening), Framing::Lines);
    if best.read == 0
        && let Some(all) = with_cut_line(opening)
    {
        // A file that ends without a line feed: its last line may be the only record.
        best = best_reading(&all, Framing::Lines);
    }
    if best.is_of_lines() {
        return best;
    }
    let elements = best_reading(&opening_elements(opening), Framing::Elements);
    if elements.is_better(&best) { elements } else { best }
}

/// How many formats are kept that read some of the opening lines, beside the one that reads most.
const ALTERNATIVES_MAX: usize = 4;

fn best_reading(lines: &[&[u8]], framing: Framing) -> Recognition {
    let mut trials: Vec<(usize, &'static dyn Format, Wrapping)> = Vec::new();
    let mut best = Recognition { reading: None, read: 0, tried: lines.len(), fields: Fields::default() };
    for &wrapping in Wrapping::ALL {
        // What is read whole as it stands is not wrapped, and where nothing is wrapped so, no format reads anything.
        if wrapping == Wrapping::Bare || best.read * 2 < best.tried && wraps_one(wrapping, lines) {
            for &format in FORMATS.iter().filter(|format| format.is_recognised()) {
                let trial = try_reading(Reading { wrapping, framing, ..Reading::listed(format) }, lines);
                if 0 < trial.read {
                    trials.push((trial.read, format, wrapping));
                }
                if best.is_exceeded(&trial) && trial.tried <= trial.read * OPENING_SHARE {
                    best = trial;
                }
                // Nothing reads more than all, but of shared formats another may read more of each.
                if best.read == lines.len() && !best.is_shared() {
                    return best;
                }
            }
        }
    }
    best.reading = best.reading.map(|reading| with_alternatives(reading, trials));
    best
}

/// A reading that offers what its format does not read first to those that read some of the opening lines as well.
fn with_alternatives(reading: Reading, mut trials: Vec<(usize, &'static dyn Format, Wrapping)>) -> Reading {
    // The sort is stable: of two that read as many the one listed first is asked first.
    trials.sort_by_key(|(read, ..)| Reverse(*read));
    let mut others: Vec<&'static dyn Format> = Vec::new();
    let seen = trials.into_iter().filter(|(.., wrapping)| *wrapping == reading.wrapping).map(|(_, format, _)| format);
    for other in seen.filter(|other| other.name() != reading.format.name()).take(ALTERNATIVES_MAX).chain(usual()) {
        if other.name() != reading.format.name() && others.iter().all(|known| known.name() != other.name()) {
            others.push(other);
        }
    }
    Reading { others: others.into(), ..reading }
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

/// The lines of an opening that ends in a line without its end, that one included, where they are few: none is left out of more.
fn with_cut_line(opening: &[u8]) -> Option<Vec<&[u8]>> {
    let chunk = Chunk { bytes: opening, start: Position::default() };
    let is_cut = opening.contains(&b'\n') && !opening.ends_with(b"\n");
    let lines: Vec<&[u8]> = chunk.lines().map(|line| line.bytes).filter(|line| !is_blank(line)).collect();
    (is_cut && lines.len() <= OPENING_LINES_MAX).then_some(lines)
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

/// Whether one of the lines is wrapped so.
fn wraps_one(wrapping: Wrapping, lines: &[&[u8]]) -> bool {
    let mut scratch = Vec::new();
    lines.iter().any(|line| wrapping.unwrap(line, &mut scratch).is_some())
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
        let inner = reading.wrapping.unwrap(line, &mut scratch);
        if inner.is_some_and(|inner| is_blank(inner.text)) {
            continue;
        }
        match inner.map(|inner| reading.format.parse(inner.text)) {
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

/// Whether the record's client was found in what a collector put before the line, which is a time, a label, a place or the
/// prefix of a syslog daemon. Formats whose user may be anything take the prefix for client and user; those that know it look behind it.
fn is_of_prefix(line: &[u8], record: &Record<'_>) -> bool {
    // What a line begins with, with a quote in it, is the cell of a table up to its first blank.
    if record.client.is_some_and(|client| line.starts_with(client) && client.contains(&b'"')) {
        return true;
    }
    let mut names = [record.client, record.host].into_iter().flatten();
    let rest = syslog_prefix(line).map(|(_, rest)| rest);
    let rest = rest.or_else(|| labelled(line)).or_else(|| grepped(line)).or_else(|| exported(line));
    let prefix_bytes = rest.map_or(0, |rest| line.len() - rest.len());
    names.any(|name| is_date(name) || stamp_of(name).is_some() || offset(line, name) < prefix_bytes)
}

/// Whether a word is a date, `2024-05-01` or `2024/05/01`: what a logger puts before a line, and no client.
fn is_date(word: &[u8]) -> bool {
    let [year @ .., one @ (b'-' | b'/'), b'0'..=b'1', b'0'..=b'9', two, b'0'..=b'3', b'0'..=b'9'] = word else {
        return false;
    };
    year.len() == 4 && year.iter().all(u8::is_ascii_digit) && one == two
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Census, each_line, named, parse_chunk, parse_elements};

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
    fn the_only_record_may_lack_its_line_feed() {
        let header = "#Fields: date time c-ip cs-method cs-uri-stem sc-status\n";
        let text = format!("{header}2024-05-01 00:02:15 192.0.2.7 GET /a 200");
        let recognition = recognise(text.as_bytes());
        assert_eq!((recognition.read, recognition.reading.unwrap().format.name()), (1, "iis_w3c"));
        assert!(recognise(b"# a\nno log").reading.is_none());
    }

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
    fn a_line_of_another_kind_makes_no_other_format_of_a_file() {
        let shared = named("nginx_json").unwrap().example();
        for name in ["envoy_json", "traefik_json", "fastly_json", "heroku_router"] {
            let (own, odd) = match name {
                "heroku_router" => (named(name).unwrap().example(), named("logfmt").unwrap().example()),
                _ => (named(name).unwrap().example(), shared),
            };
            let text = format!("{own}\n{odd}\n{own}\n");
            let recognition = recognise(text.as_bytes());
            let reading = recognition.reading.unwrap();
            assert_eq!((reading.format.name(), recognition.read), (name, 2), "{text}");
            let (mut census, chunk) = (Census::default(), Chunk { bytes: text.as_bytes(), start: Position::default() });
            parse_chunk(chunk, &reading, &mut census, |_, _| {});
            assert_eq!((census.records, census.fault_count()), (3, 0), "{:?}", census.formats);
        }
    }

    #[test]
    fn of_shared_formats_the_one_that_reads_more_of_each_line_is_taken() {
        let line = r#"{"remote-address":"192.0.2.7","method":"GET","url":"/a","status-code":200,"time":"2024-05-01T00:02:15Z"}"#;
        assert_eq!(recognise(line.as_bytes()).reading.unwrap().format.name(), "json_names");
        let line =
            r#"{"remote_addr":"192.0.2.7","method":"GET","url":"/a","status":200,"time":"2024-05-01T00:02:15Z"}"#;
        assert_eq!(recognise(line.as_bytes()).reading.unwrap().format.name(), "nginx_json");
    }

    /// The format of a text, and what its records hold.
    fn read(text: &[u8]) -> (&'static str, Vec<String>) {
        let reading = recognise(text).reading.unwrap_or_else(|| panic!("{}", text.escape_ascii()));
        let chunk = Chunk { bytes: text, start: Position::default() };
        let mut told = Vec::new();
        each_line(chunk, &reading, &mut Census::default(), |seen| {
            if let Ok(Some(record)) = seen.outcome {
                // The line itself is told with the blanks at its end.
                told.push(format!("{:?}", Record { raw: b"", ..record }));
            }
        });
        (FORMATS.iter().find(|format| format.name() == reading.format.name()).unwrap().name(), told)
    }

    #[test]
    fn how_lines_end_changes_nothing() {
        for format in FORMATS.iter().filter(|format| format.is_recognised()) {
            let example = format.example().trim_end();
            let (want, text) = (read(example.as_bytes()), format!("{example}\n"));
            assert_eq!((want.0, want.1.is_empty()), (format.name(), false));
            for other in [text.clone(), text.replace('\n', "\r\n"), format!("\n\n{text}")] {
                assert_eq!(read(other.as_bytes()), want, "{}", other.escape_debug());
            }
            // A label may hold blanks, those at its end included.
            if format.name() != "ltsv" {
                assert_eq!(read(text.replace('\n', " \n").as_bytes()), want, "{text}");
            }
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
    fn what_is_cut_off_of_a_document_in_a_line_is_a_fault() {
        let reading = Reading::listed(named("aws_cloudtrail").unwrap()).strictly();
        let event = reading.format.example();
        let head = format!("{{\"Records\":[{event},");
        for (tail, records, faults) in
            [(format!("{event}]}}"), 2, 0), (event[..40].to_owned(), 1, 1), ("7".into(), 1, 1)]
        {
            let mut census = Census::default();
            let text = [&head, &*tail].concat();
            parse_chunk(Chunk { bytes: text.as_bytes(), start: Position::default() }, &reading, &mut census, |_, _| {});
            assert_eq!((census.records, census.fault_count(), census.lines), (records, faults, 2), "{tail}");
            let places: Vec<u64> = census.first_faults.iter().map(|fault| fault.at.offset).collect();
            assert!(places.iter().all(|offset| *offset == head.len() as u64), "{places:?}");
        }
    }

    #[test]
    fn prose_has_no_format() {
        let recognition = recognise(b"# Samples\n\nThis folder holds logs.\n");
        assert!(recognition.reading.is_none());
        assert_eq!(recognition.tried, 2);
        assert!(recognise(b"").reading.is_none());
    }
}
