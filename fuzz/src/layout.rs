//! Any text as a `--log-format`, and any line in it: refused with the place, or a format that accounts for every line.
//!
//! The layout is the first line, what it is to read stands behind.

use accesslog::{Census, Chunk, Position, Reading, log_format, parse_chunk};

/// Checks a layout and what it reads.
pub fn check(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let Ok(layout) = std::str::from_utf8(&bytes[..end]) else { return };
    let text = &bytes[(end + 1).min(bytes.len())..];
    let format = match log_format(layout) {
        Ok(format) => format,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let reading = Reading::made(format).strictly();
    let count = || {
        let (mut census, mut shown) = (Census::default(), Vec::new());
        let start = Position { line: 1, ..Position::default() };
        parse_chunk(Chunk { bytes: text, start }, &reading, &mut census, |at, record| {
            let all = text.as_ptr_range();
            for value in [record.client, record.target, record.agent].into_iter().flatten() {
                let range = value.as_ptr_range();
                assert!(
                    value.is_empty() || all.start <= range.start && range.end <= all.end,
                    "a value stands in its line"
                );
            }
            shown.push((at, format!("{record:?}")));
        });
        (census, shown)
    };
    let (census, shown) = count();
    assert_eq!(census.records + census.blank + census.directives + census.fault_count(), census.lines);
    assert_eq!((census.records, census.bytes), (shown.len() as u64, text.len() as u64));
    assert_eq!(count(), (census, shown), "the same twice");
}
