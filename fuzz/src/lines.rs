//! Any bytes, read in any format: every line is accounted for, a cut changes nothing, and no line reaches into another.
//!
//! The first byte chooses the format, the second where the text is cut.

use accesslog::{Census, Chunk, FORMATS, Position, Reading, Record, parse_chunk, recognise};

/// Checks a text in a format.
pub fn check(bytes: &[u8]) {
    let [choice, cut, text @ ..] = bytes else { return };
    let reading = match FORMATS.get(usize::from(*choice)) {
        Some(format) => Reading::listed(*format),
        None => match recognise(text).reading {
            Some(reading) => reading,
            None => return,
        },
    };
    let (whole, _) = read(text, &reading);
    assert_eq!(whole.records + whole.blank + whole.directives + whole.fault_count(), whole.lines, "every line counts");
    assert_eq!(whole.bytes, text.len() as u64, "every byte counts");
    assert_eq!(in_two(text, usize::from(*cut), &reading), whole, "a cut changes nothing");
    neighbours(text, &reading);
}

/// The census of a text, and its records as they print.
fn read(text: &[u8], reading: &Reading) -> (Census, Vec<String>) {
    let (mut census, mut records, mut before) = (Census::default(), Vec::new(), None);
    let start = Position { line: 1, ..Position::default() };
    parse_chunk(Chunk { bytes: text, start }, reading, &mut census, |at, record| {
        assert!(before < Some(at), "places rise");
        before = Some(at);
        assert!(at.offset as usize + at.length as usize <= text.len(), "a record stands in its text");
        inside(text, record);
        records.push(format!("{:?}", Record { raw: b"", ..*record }));
    });
    assert_eq!(census.records, records.len() as u64);
    (census, records)
}

/// Values borrow from the line, and from nothing else.
fn inside(text: &[u8], record: &Record<'_>) {
    let all = text.as_ptr_range();
    let values = [record.client, record.user, record.request, record.target, record.referer, record.agent, record.host];
    for value in values.into_iter().flatten().filter(|value| !value.is_empty()) {
        let range = value.as_ptr_range();
        assert!(all.start <= range.start && range.end <= all.end, "a value stands in its text");
    }
}

/// The census of a text that two workers share, cut behind one of its lines.
fn in_two(text: &[u8], cut: usize, reading: &Reading) -> Census {
    let ends: Vec<usize> = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1).collect();
    let (before, end) = match ends.len() {
        0 => (0, 0),
        count => (cut % count + 1, ends[cut % count]),
    };
    let start = Position { line: 1, ..Position::default() };
    let behind = Position { offset: end as u64, line: 1 + before as u64, ..start };
    let after = reading.after(&text[..end]).unwrap_or_else(|| reading.clone());
    let mut sum = Census::default();
    parse_chunk(Chunk { bytes: &text[end..], start: behind }, &after, &mut sum, |_, _| {});
    let mut first = Census::default();
    parse_chunk(Chunk { bytes: &text[..end], start }, reading, &mut first, |_, _| {});
    sum.merge(first);
    sum
}

/// What stands before and behind a line is read as if it stood alone.
fn neighbours(text: &[u8], reading: &Reading) {
    let Some(example) = reading.format.example().lines().last().map(str::as_bytes) else { return };
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let (alone, own) = read(example, reading);
    let (census, between) = read(line, reading);
    // What speaks of the log itself is there to change how others are read.
    if alone.records != 1 || alone.directives + census.directives != 0 {
        return;
    }
    let together = [example, b"\n", line, b"\n", example, b"\n"].concat();
    let (_, records) = read(&together, reading);
    assert_eq!(records, [&own[..], &between, &own].concat(), "no line reaches into another");
}
