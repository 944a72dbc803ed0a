//! Whole lines, and where they stand.
//!
//! A chunk is cut once, at a line feed, by whoever owns the buffer; after that nobody here looks for a
//! boundary again. Positions are absolute, so a finding can be traced to its byte whichever worker found it,
//! and however the bytes were cut.
//!
//! Only a line feed ends a line. A carriage return before it belongs to it; NUL, U+2028 or the end of a
//! buffer end nothing: a reader that starts a record at its own buffer's edge lets an attacker forge records
//! with a long enough request.

use memchr::memchr;
use serde::{Deserialize, Serialize};

/// The longest line that is parsed, in bytes. A longer one is one fault, whatever its length.
pub const LINE_BYTES_MAX: usize = 1 << 20;

/// Whole lines of one source, and the place of the first.
#[derive(Clone, Copy, Debug)]
pub struct Chunk<'a> {
    /// The lines, each with its line feed but perhaps the last.
    pub bytes: &'a [u8],
    /// The place of the first line. Its `length` has no meaning here.
    pub start: Position,
}

/// Where a line stands. Ordered by source, then offset: the id of a record, on which every tie breaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The number of the source in the order of the scan.
    pub source: u32,
    /// The offset of the line's first byte in the decompressed source.
    pub offset: u64,
    /// The number of the line in its source, from 1.
    pub line: u64,
    /// The length of the line in bytes, its end not counted.
    pub length: u32,
    /// Where the record is an element of a document ([`Elements`](crate::Elements)), its number in that document's
    /// source, or in its line if the source is of lines, from 1; the line is the one on which it begins. Otherwise 0: the
    /// line is the record.
    pub record: u32,
}

/// One line without its end, and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The line, its line feed and a carriage return before that taken off.
    pub bytes: &'a [u8],
    /// Where it stands.
    pub at: Position,
}

impl<'a> Chunk<'a> {
    /// The lines of the chunk, in order.
    pub fn lines(self) -> impl Iterator<Item = Line<'a>> {
        Lines { rest: self.bytes, next: self.start }
    }
}

struct Lines<'a> {
    rest: &'a [u8],
    next: Position,
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let end = memchr(b'\n', self.rest).unwrap_or(self.rest.len());
        let bytes = without_return(&self.rest[..end]);
        let taken = self.rest.len().min(end + 1);
        let at = Position { length: bytes.len() as u32, ..self.next };
        self.rest = &self.rest[taken..];
        self.next.offset += taken as u64;
        self.next.line += 1;
        Some(Line { bytes, at })
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    match line {
        [line @ .., b'\r'] => line,
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<(&[u8], u64, u64)> {
        let start = Position { offset: 100, line: 7, ..Position::default() };
        Chunk { bytes, start }.lines().map(|line| (line.bytes, line.at.offset, line.at.line)).collect()
    }

    #[test]
    fn positions_are_absolute() {
        assert_eq!(lines(b"ab\ncd\n"), [(&b"ab"[..], 100, 7), (b"cd", 103, 8)]);
    }

    #[test]
    fn the_last_line_needs_no_feed_and_an_empty_line_is_a_line() {
        assert_eq!(lines(b"\n\nab"), [(&b""[..], 100, 7), (b"", 101, 8), (b"ab", 102, 9)]);
        assert_eq!(lines(b""), []);
    }

    #[test]
    fn only_a_line_feed_ends_a_line() {
        assert_eq!(lines(b"a\rb\0c\x0bd\r\n"), [(&b"a\rb\0c\x0bd"[..], 100, 7)]);
    }
}
