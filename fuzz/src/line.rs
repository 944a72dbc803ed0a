//! Any bytes as one line of any one format: read by the plain way, by the fast one and a second time, it says the same.
//!
//! The first byte chooses the format. The plain way is [`Format::parse`](accesslog::Format::parse) of a line; the fast one is that of a chunk, in which
//! ordinary lines are read by their quotes and a time stamp by what the last one was. What a line says stands in it.

use std::sync::OnceLock;

use accesslog::{Census, Chunk, FORMATS, Position, Reading, parse_chunk};

use super::seen::inside;

/// Checks a line in a format.
pub fn check(bytes: &[u8]) {
    let [choice, line @ ..] = bytes else { return };
    let bytes = &line[..line.iter().position(|byte| *byte == b'\n').unwrap_or(line.len())];
    let line = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    let reading = &known()[usize::from(*choice) % FORMATS.len()];
    let plain = reading.format.parse(line);
    match &plain {
        Ok(Some(record)) => inside(line, record),
        Ok(None) => {}
        Err(fault) => assert!(fault.at <= line.len() && !fault.expected.is_empty(), "a fault stands in its line"),
    }
    assert_eq!(reading.format.parse(line), plain, "the same twice");
    let mut census = Census::default();
    let chunk = Chunk { bytes, start: Position { line: 1, ..Position::default() } };
    // What is no record may be a document that holds some.
    let may_hold = plain.is_err() && matches!(line.trim_ascii_start().first(), Some(b'{' | b'['));
    let mut records = 0;
    parse_chunk(chunk, reading, &mut census, |at, record| {
        records += 1;
        let own = &line[at.offset as usize..at.offset as usize + at.length as usize];
        assert_eq!(record.raw, own, "a record is its line");
        if at.record == 0 {
            assert_eq!(own, line, "which is the whole line");
            let wanted = plain.as_ref().ok().and_then(Option::as_ref);
            let same = accesslog::Record { raw: &[], ..*record };
            assert_eq!(Some(&same), wanted, "the fast way says what the plain one does");
        } else {
            assert!(may_hold, "or an element of a document");
            assert_eq!(
                reading.format.parse(own),
                Ok(Some(accesslog::Record { raw: &[], ..*record })),
                "read by itself"
            );
        }
    });
    let sum = census.records + census.directives + census.fault_count() + census.blank;
    assert_eq!((records, sum), (census.records, census.lines), "every line counts");
    assert_eq!(census.bytes, bytes.len() as u64, "and every byte");
    let counted = match plain {
        _ if line.trim_ascii().is_empty() => census.blank,
        Ok(Some(_)) => census.records,
        Ok(None) => census.directives,
        Err(_) if census.lines == 1 => census.fault_count() + u64::from(may_hold) * census.records,
        Err(_) if bytes.is_empty() => 0,
        Err(_) => {
            assert!(may_hold, "a line is one thing");
            let (places, is_whole) = super::elements::found(&[line]);
            let wanted = places.len() + usize::from(!is_whole);
            return assert_eq!(census.lines, wanted as u64, "no element is lost, nor what is cut off");
        }
    };
    assert_eq!(
        (counted, census.lines),
        (u64::from(!bytes.is_empty()), u64::from(!bytes.is_empty())),
        "what it is said to be"
    );
}

fn known() -> &'static [Reading] {
    static KNOWN: OnceLock<Vec<Reading>> = OnceLock::new();
    KNOWN.get_or_init(|| FORMATS.iter().map(|format| Reading::listed(*format).strictly()).collect())
}
