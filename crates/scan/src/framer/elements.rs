//! The framing of documents that hold many records: a chunk ends behind an element, not behind a line.
//!
//! The bytes between elements belong to the chunk before the next one, so that every byte of the source is counted once.
//! An element too long to be looked at is let go as it comes and becomes one fault, as an overlong line does.

use std::io::Read;

use accesslog::{Elements, Fault, FaultAt, LINE_BYTES_MAX, OVERLONG, Position};
use memchr::memchr_iter;

use super::{Frame, Framer};

/// What a framer by elements knows beside its buffer.
pub(super) struct ByElements {
    elements: Elements,
    /// How many bytes of the buffer are scanned.
    scanned: usize,
    /// The elements that end in the buffer, not yet given out.
    found: Vec<Position>,
}

impl<R: Read> Framer<R> {
    /// From here on the source is cut behind its elements.
    pub(crate) fn by_elements(&mut self) {
        self.elements = Some(ByElements { elements: Elements::new(self.next), scanned: 0, found: Vec::new() });
    }

    /// As `next`, of a source that is cut behind its elements.
    pub(super) fn next_elements(&mut self, mut by: ByElements, spare: impl FnOnce() -> Vec<u8>) -> Option<Frame> {
        self.fill(self.chunk_bytes);
        let frame = loop {
            self.scan(&mut by);
            // What is kept begins with an element that is not over.
            let end = (by.elements.keep_from() - self.next.offset) as usize;
            match () {
                () if 0 < end => {
                    by.scanned -= end;
                    let mut lines = self.give(end, spare());
                    lines.places = std::mem::take(&mut by.found);
                    break Some(Frame::Lines(lines));
                }
                () if self.filled == 0 => break None,
                () if LINE_BYTES_MAX < self.filled => break Some(self.skip_element(&mut by)),
                () if self.is_over => break Some(self.last_element(&mut by, spare())),
                () => self.fill(self.filled.max(self.chunk_bytes / 2) * 2),
            }
        };
        self.elements = Some(by);
        frame
    }

    fn scan(&self, by: &mut ByElements) {
        by.elements.feed(&self.buffer[by.scanned..self.filled], &mut |at| by.found.push(at));
        by.scanned = self.filled;
    }

    /// Gives out what the source ends with: an element that may end so, or one that is cut off.
    fn last_element(&mut self, by: &mut ByElements, spare: Vec<u8>) -> Frame {
        let end = self.filled;
        by.scanned = 0;
        let elements = std::mem::replace(&mut by.elements, Elements::new(self.end()));
        match elements.finish(&mut |at| by.found.push(at)) {
            Ok(()) => {
                let mut lines = self.give(end, spare);
                lines.places = std::mem::take(&mut by.found);
                Frame::Lines(lines)
            }
            Err(at) => {
                let expected = "the rest of the record, where the source is cut off";
                self.pass(end);
                Frame::Fault(FaultAt { at, fault: Fault { at: at.length as usize, expected } }, end as u64)
            }
        }
    }

    /// Lets go of an element that is too long, up to the bytes in which it ends.
    fn skip_element(&mut self, by: &mut ByElements) -> Frame {
        let begin = by.elements.keep_from();
        // Nothing stands before it: what did was given out.
        let mut at = self.next;
        let mut bytes = 0;
        while by.elements.keep_from() == begin && by.found.is_empty() && 0 < self.filled {
            bytes += self.filled as u64;
            self.pass(self.filled);
            self.fill(self.chunk_bytes.max(LINE_BYTES_MAX));
            by.scanned = 0;
            self.scan(by);
        }
        match by.found.first().copied() {
            Some(first) if first.offset == begin => {
                at = first;
                by.found.remove(0);
            }
            // Its end is not in the source, or it is the head of a document before its records.
            _ => at.length = u32::try_from(bytes).unwrap_or(u32::MAX),
        }
        if self.filled == 0 {
            by.elements = Elements::new(self.end());
        }
        Frame::Fault(FaultAt { at, fault: OVERLONG }, bytes)
    }

    /// Where the source ends, all of it being in the buffer. Nothing comes behind, so the line does not matter.
    fn end(&self) -> Position {
        Position { offset: self.next.offset + self.filled as u64, ..self.next }
    }

    /// Drops the first bytes of the buffer, which are counted.
    fn pass(&mut self, bytes: usize) {
        self.next.line += memchr_iter(b'\n', &self.buffer[..bytes]).count() as u64;
        self.next.offset += bytes as u64;
        self.take(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The elements of a text cut by chunks of that size, and whether each is a fault; and the sum of all bytes.
    fn frames(text: &[u8], chunk_bytes: usize) -> (Vec<(Position, bool)>, u64) {
        let mut framer = Framer::new(text, 0, chunk_bytes);
        framer.by_elements();
        let (mut out, mut bytes) = (Vec::new(), 0);
        while let Some(frame) = framer.next(Vec::new) {
            match frame {
                Frame::Lines(lines) => {
                    bytes += lines.bytes().len() as u64;
                    let before = &text[..lines.start.offset as usize];
                    assert_eq!(lines.start.line, 1 + memchr_iter(b'\n', before).count() as u64);
                    for at in &lines.places {
                        let begin = (at.offset - lines.start.offset) as usize;
                        let end = begin + at.length as usize;
                        assert_eq!(lines.bytes()[begin..end], text[at.offset as usize..][..at.length as usize]);
                    }
                    out.extend(lines.places.iter().map(|at| (*at, false)));
                }
                Frame::Fault(fault, more) => {
                    bytes += more;
                    out.push((fault.at, true));
                }
            }
        }
        (out, bytes)
    }

    #[test]
    fn elements_and_their_places_do_not_depend_on_the_cut() {
        let text = b"{\"a\":1,\n\"Records\":[{\"b\":\"]\\\"\"},\n\n{\"c\":[{}]} , 7],\"d\":2}\n{\"e\":{}}\n[{},{}] 12";
        let whole = frames(text, 1 << 20);
        assert_eq!(whole.0.len(), 7);
        assert_eq!((whole.0[1].0.line, whole.0[1].0.record), (4, 2));
        assert_eq!(whole.1, text.len() as u64);
        for chunk_bytes in 1..=text.len() + 1 {
            assert_eq!(frames(text, chunk_bytes), whole, "chunks of {chunk_bytes}");
        }
    }

    #[test]
    fn what_is_cut_off_is_one_fault() {
        for chunk_bytes in [1, 7, 1000] {
            let (found, bytes) = frames(b"{\"Records\":[{},{\"a\":", chunk_bytes);
            let places: Vec<_> = found.iter().map(|(at, is_fault)| (at.offset, at.length, *is_fault)).collect();
            assert_eq!((places, bytes), (vec![(12, 2, false), (15, 5, true)], 20));
        }
    }

    #[test]
    fn what_is_too_long_is_let_go_to_its_end_and_what_follows_stands_where_it_stands() {
        let long = "y\n".repeat(LINE_BYTES_MAX);
        let told = |text: &str, chunk_bytes| {
            let (found, bytes) = frames(text.as_bytes(), chunk_bytes);
            assert_eq!(bytes, text.len() as u64, "every byte is counted");
            found.into_iter().map(|(at, is_fault)| (at.offset, at.length as usize, is_fault)).collect::<Vec<_>>()
        };
        for chunk_bytes in [1_000, 64 * 1024] {
            let within = format!("[{{}},\n{{\"x\":\"{long}\"}},{{\"z\":1}}]\n[7,{{}}]");
            let end = within.find(",{\"z\"").unwrap();
            let expected = [(1, 2, false), (5, end - 5, true), (end as u64 + 1, 7, false)];
            assert_eq!(told(&within, chunk_bytes)[..3], expected);
            let cut_off = format!("[{{}},\n{{\"x\":\"{long}");
            assert_eq!(told(&cut_off, chunk_bytes), [(1, 2, false), (5, cut_off.len() - 5, true)]);
            let head = format!("{{\"a\":\"{long}\",\"Records\":[{{\"z\":1}},{{}}]}}");
            let found = told(&head, chunk_bytes);
            let at = head.find("{\"z\"").unwrap() as u64;
            assert!(found[0].0 == 0 && found[0].2, "{found:?}");
            assert_eq!(found[1..], [(at, 7, false), (at + 8, 2, false)]);
        }
    }

    #[test]
    fn an_overlong_element_is_one_fault_wherever_it_is_cut() {
        let long = format!("{{\"x\":\"{}\"}}", "y".repeat(3 * LINE_BYTES_MAX));
        let text = format!("{{\"Records\":[{{}},\n{long},{{\"z\":1}},{long}]}}");
        let (small, large) = (frames(text.as_bytes(), 1000), frames(text.as_bytes(), 64 * 1024));
        assert_eq!(small, large);
        let told: Vec<_> = small.0.iter().map(|(at, is_fault)| (at.record, at.line, at.length, *is_fault)).collect();
        let length = long.len() as u32;
        assert_eq!(told, [(1, 1, 2, false), (2, 2, length, true), (3, 2, 7, false), (4, 2, length, true)]);
        assert_eq!(small.1, text.len() as u64);
    }
}
