//! Cuts a stream of bytes into chunks of whole lines.
//!
//! One framer reads one source, from its beginning to its end, and counts its lines as it goes: that is what
//! makes the line numbers exact however many workers take the chunks. A chunk ends behind the last line feed of
//! its buffer; what follows is carried into the next. A line too long for any buffer is skipped to its end and
//! becomes one fault, so that memory stays flat whatever a line's length.

use std::error::Error;
use std::io::{self, Read};
use std::{fmt, mem};

use accesslog::{Fault, FaultAt, LINE_BYTES_MAX, OVERLONG, Position};
use memchr::{memchr, memchr_iter, memrchr};

mod elements;

use elements::ByElements;

/// What a framer finds next in its source.
pub(crate) enum Frame {
    /// Whole lines.
    Lines(Lines),
    /// A line that is not whole or too long to be looked at, and its bytes, its end included.
    Fault(FaultAt, u64),
}

/// Whole lines in a buffer that is used again.
pub(crate) struct Lines {
    buffer: Vec<u8>,
    end: usize,
    /// Where the first line stands.
    pub(crate) start: Position,
    /// Where the records stand in it, if the source is cut behind elements.
    pub(crate) places: Vec<Position>,
}

impl Lines {
    /// The lines.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer[..self.end]
    }

    /// Cuts off what stands before a place, and gives it.
    pub(crate) fn cut(&mut self, at: Position) -> Vec<u8> {
        let before = ((at.offset - self.start.offset) as usize).min(self.end);
        let rest = self.buffer[before..self.end].to_vec();
        self.places.retain(|place| at.offset <= place.offset);
        (self.start, self.end) = (at, rest.len());
        let mut cut = mem::replace(&mut self.buffer, rest);
        cut.truncate(before);
        cut
    }

    /// The buffer, to be used again.
    pub(crate) fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }
}

/// What a reader says that has no more for now, and is not at its end: a log that is followed.
#[derive(Debug)]
pub(crate) struct Dry;

impl fmt::Display for Dry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("there is no more for now")
    }
}

impl Error for Dry {}

impl Dry {
    fn is(error: &io::Error) -> bool {
        error.get_ref().is_some_and(<dyn Error + Send + Sync>::is::<Dry>)
    }
}

pub(crate) struct Framer<R> {
    reader: R,
    chunk_bytes: usize,
    /// Bytes read and not yet given out: `buffer[..filled]`.
    buffer: Vec<u8>,
    filled: usize,
    next: Position,
    is_over: bool,
    /// Whether the reader has no more for now.
    is_dry: bool,
    /// What was let go of a line that is too long and whose end has not come yet.
    skipped: Option<Skip>,
    /// What ended the source before its end. Everything before it is still given out.
    error: Option<io::Error>,
    /// How elements are found, where the source is cut behind them and not behind lines.
    elements: Option<ByElements>,
}

/// The beginning of a line that is too long: how many bytes, and the last of them.
#[derive(Clone, Copy, Default)]
struct Skip {
    bytes: u64,
    last: u8,
}

impl<R: Read> Framer<R> {
    /// A framer of the source of that number, which gives chunks of about `chunk_bytes`.
    pub(crate) fn new(reader: R, source: u32, chunk_bytes: usize) -> Framer<R> {
        let next = Position { source, line: 1, ..Position::default() };
        Framer {
            reader,
            chunk_bytes: chunk_bytes.max(1),
            buffer: Vec::new(),
            filled: 0,
            next,
            is_over: false,
            is_dry: false,
            skipped: None,
            error: None,
            elements: None,
        }
    }

    /// The first `bytes` of the source, or all of it; nothing is taken away by looking.
    pub(crate) fn opening(&mut self, bytes: usize) -> &[u8] {
        self.fill(bytes);
        &self.buffer[..self.filled.min(bytes)]
    }

    /// Leaves out a byte order mark. It is no part of the first line, but positions count it.
    pub(crate) fn skip_mark(&mut self) {
        if self.opening(3) == b"\xEF\xBB\xBF" {
            self.take(3);
            self.next.offset = 3;
        }
    }

    /// The fault that ended the source too early, once it is read.
    pub(crate) fn into_error(self) -> Option<io::Error> {
        self.error
    }

    /// Where what is given out next begins.
    pub(crate) fn position(&self) -> Position {
        self.next
    }

    /// Goes on with other bytes, which stand at that place of the source.
    pub(crate) fn go_on_with(&mut self, reader: R, at: Position) {
        (self.reader, self.filled, self.is_over, self.next) = (reader, 0, false, at);
    }

    /// Lets some bytes go that stand before an offset. Gives whether there were any; lines are not counted.
    pub(crate) fn pass_over(&mut self, offset: u64) -> bool {
        self.fill(self.chunk_bytes);
        let bytes = self.filled.min(usize::try_from(offset.saturating_sub(self.next.offset)).unwrap_or(usize::MAX));
        self.take(bytes);
        self.next.offset += bytes as u64;
        0 < bytes
    }

    /// Says which place this is, of which the offset is known.
    pub(crate) fn stands_at(&mut self, at: Position) {
        self.next = at;
    }

    /// Gives out the line whose end has not come as if it were whole. What still comes of it is a line of its own.
    pub(crate) fn close_line(&mut self, spare: impl FnOnce() -> Vec<u8>) -> Option<Frame> {
        match self.skipped.take() {
            Some(Skip { bytes, .. }) => Some(self.fault(OVERLONG, bytes, 0)),
            None if self.filled == 0 => None,
            None => {
                let lines = self.give(self.filled, spare());
                self.next.line += 1;
                Some(Frame::Lines(lines))
            }
        }
    }

    /// Gives out the line whose end has not come as one that is not whole.
    pub(crate) fn tear_line(&mut self) -> Option<Frame> {
        match self.skipped.take() {
            Some(Skip { bytes, .. }) => Some(self.fault(OVERLONG, bytes, 0)),
            None => (0 < self.filled).then(|| self.torn()),
        }
    }

    /// The next lines; `spare` gives a used buffer, or an empty one. None comes at the end, and where there is none for now.
    pub(crate) fn next(&mut self, spare: impl FnOnce() -> Vec<u8>) -> Option<Frame> {
        if let Some(by) = self.elements.take() {
            return self.next_elements(by, spare);
        }
        self.fill(self.chunk_bytes);
        if self.skipped.is_some() {
            return self.skip_line();
        }
        loop {
            if self.filled == 0 {
                return None;
            }
            match memrchr(b'\n', &self.buffer[..self.filled]) {
                Some(last) => return Some(Frame::Lines(self.give(last + 1, spare()))),
                None if self.error.is_some() && self.filled <= LINE_BYTES_MAX + 1 => return Some(self.torn()),
                None if LINE_BYTES_MAX + 1 < self.filled => return self.skip_line(),
                None if self.is_dry => return None,
                None if self.is_over => return Some(Frame::Lines(self.give(self.filled, spare()))),
                None => self.fill(self.filled * 2),
            }
        }
    }

    /// Reads until `want` bytes are there, or the source is over.
    fn fill(&mut self, want: usize) {
        // Of a small source all is there by now, and a larger buffer would cost more than reading it did.
        if !self.is_over && self.buffer.len() < want {
            self.buffer.resize(want, 0);
        }
        self.is_dry = false;
        while self.filled < want && !self.is_over {
            match self.reader.read(&mut self.buffer[self.filled..]) {
                Ok(0) => self.is_over = true,
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if Dry::is(&error) => {
                    self.is_dry = true;
                    return;
                }
                Err(error) => {
                    self.error = Some(error);
                    self.is_over = true;
                }
            }
        }
    }

    /// Gives out the first `end` bytes, whole lines, and keeps the rest in the buffer that is put in their place.
    fn give(&mut self, end: usize, mut spare: Vec<u8>) -> Lines {
        let rest = self.filled - end;
        if spare.len() < rest {
            spare.resize(rest.max(self.chunk_bytes), 0);
        }
        spare[..rest].copy_from_slice(&self.buffer[end..self.filled]);
        let lines = Lines { buffer: mem::replace(&mut self.buffer, spare), end, start: self.next, places: Vec::new() };
        self.filled = rest;
        self.next.offset += end as u64;
        self.next.line += memchr_iter(b'\n', lines.bytes()).count() as u64;
        lines
    }

    /// Drops the line that the buffer begins with, to its end, however far that is; as far as it has come, if that is not there.
    fn skip_line(&mut self) -> Option<Frame> {
        let Skip { mut bytes, mut last } = self.skipped.take().unwrap_or_default();
        loop {
            let (taken, is_end) = match memchr(b'\n', &self.buffer[..self.filled]) {
                Some(at) => (at + 1, true),
                None => (self.filled, false),
            };
            let body = if is_end { taken - 1 } else { taken };
            last = self.buffer[..body].last().copied().unwrap_or(last);
            bytes += taken as u64;
            self.take(taken);
            if !is_end {
                self.fill(self.chunk_bytes.max(LINE_BYTES_MAX));
            }
            if !is_end && self.filled == 0 && self.is_dry {
                self.skipped = Some(Skip { bytes, last });
                return None;
            }
            if is_end || self.filled == 0 {
                return Some(self.fault(OVERLONG, bytes, u64::from(is_end) + u64::from(last == b'\r')));
            }
        }
    }

    /// A last line that is not whole: its bytes may be those of another record, a size cut to a smaller one.
    fn torn(&mut self) -> Frame {
        let bytes = self.filled;
        self.filled = 0;
        self.fault(Fault { at: bytes, expected: "the rest of the line, where the source is cut off" }, bytes as u64, 0)
    }

    /// The fault of a line of that many bytes, of which `ending` are its end.
    fn fault(&mut self, fault: Fault, bytes: u64, ending: u64) -> Frame {
        let length = u32::try_from(bytes - ending).unwrap_or(u32::MAX);
        let fault = FaultAt { at: Position { length, ..self.next }, fault };
        self.next.offset += bytes;
        self.next.line += 1;
        Frame::Fault(fault, bytes)
    }

    /// Drops the first bytes of the buffer.
    fn take(&mut self, bytes: usize) {
        self.buffer.copy_within(bytes..self.filled, 0);
        self.filled -= bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a text cut by chunks of that size: offset, number, length, and whether it is overlong.
    fn frames(text: &[u8], chunk_bytes: usize) -> Vec<(u64, u64, u32, bool)> {
        let mut out = Vec::new();
        take_all(&mut Framer::new(text, 0, chunk_bytes), &mut out);
        out
    }

    /// Takes all that is there.
    fn take_all(framer: &mut Framer<impl Read>, out: &mut Vec<(u64, u64, u32, bool)>) {
        while let Some(frame) = framer.next(Vec::new) {
            match frame {
                Frame::Lines(lines) => {
                    let chunk = accesslog::Chunk { bytes: lines.bytes(), start: lines.start };
                    out.extend(chunk.lines().map(|line| (line.at.offset, line.at.line, line.at.length, false)));
                }
                Frame::Fault(fault, _) => out.push((fault.at.offset, fault.at.line, fault.at.length, true)),
            }
        }
    }

    #[test]
    fn lines_and_their_places_do_not_depend_on_the_cut() {
        let text = b"one\r\n\ntwo\nthree four five six seven\n\n\nlast";
        let whole = frames(text, 1 << 20);
        assert_eq!(whole.len(), 7);
        for chunk_bytes in 1..=text.len() + 1 {
            assert_eq!(frames(text, chunk_bytes), whole, "chunks of {chunk_bytes}");
        }
    }

    #[test]
    fn an_overlong_line_is_one_fault_wherever_it_is_cut() {
        let long = vec![b'x'; 3 * LINE_BYTES_MAX + 17];
        let text = [b"a\n", &long[..], b"\r\nb\n", &long[..]].concat();
        let (small, large) = (frames(&text, 1000), frames(&text, 64 * 1024));
        assert_eq!(small, large);
        let length = long.len() as u32;
        assert_eq!(
            small,
            [
                (0, 1, 1, false),
                (2, 2, length, true),
                (2 + u64::from(length) + 2, 3, 1, false),
                (2 + u64::from(length) + 4, 4, length, true)
            ]
        );
    }

    struct Broken;

    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("broken"))
        }
    }

    /// The next lines, where lines come next.
    fn lines<R: Read>(framer: &mut Framer<R>) -> Lines {
        match framer.next(Vec::new) {
            Some(Frame::Lines(lines)) => lines,
            Some(Frame::Fault(fault, _)) => panic!("{fault:?}"),
            None => panic!("it is over"),
        }
    }

    #[test]
    fn a_line_about_as_long_as_may_be_is_told_alike_wherever_it_is_cut() {
        for length in LINE_BYTES_MAX..=LINE_BYTES_MAX + 2 {
            for end in [&b""[..], b"\n", b"\r\n", b"\r\nb\n"] {
                let text = [b"a\n", &vec![b'x'; length][..], end].concat();
                let told = |chunk_bytes| {
                    let frames = frames(&text, chunk_bytes);
                    let is_long = |length, is_fault| is_fault || LINE_BYTES_MAX < length as usize;
                    let told = frames
                        .into_iter()
                        .map(|(offset, line, length, is_fault)| (offset, line, length, is_long(length, is_fault)));
                    told.collect::<Vec<_>>()
                };
                let whole = told(1 << 20);
                assert_eq!(whole[1], (2, 2, length as u32, LINE_BYTES_MAX < length));
                for chunk_bytes in [1, 1_000].into_iter().chain(LINE_BYTES_MAX..LINE_BYTES_MAX + 4) {
                    assert_eq!(told(chunk_bytes), whole, "{length} bytes, chunks of {chunk_bytes}");
                }
            }
        }
    }

    #[test]
    fn a_line_that_is_torn_is_told_as_that_unless_it_is_too_long() {
        for length in [5, LINE_BYTES_MAX, LINE_BYTES_MAX + 1, LINE_BYTES_MAX + 2, 2 * LINE_BYTES_MAX] {
            for chunk_bytes in [1, 1_000, 1 << 20] {
                let text = vec![b'x'; length];
                let mut framer = Framer::new(text.chain(Broken), 0, chunk_bytes);
                let Some(Frame::Fault(fault, bytes)) = framer.next(Vec::new) else { panic!("a fault") };
                assert_eq!((bytes, fault.at.length as usize), (length as u64, length));
                let is_torn = fault.fault.expected.contains("cut off");
                assert_eq!(is_torn, length <= LINE_BYTES_MAX + 1, "{length} bytes, chunks of {chunk_bytes}");
                assert!(framer.next(Vec::new).is_none());
            }
        }
    }

    #[test]
    fn an_interruption_is_no_end() {
        struct Interrupted(u32);
        impl Read for Interrupted {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0 += 1;
                match self.0 {
                    1 | 3 => Err(io::ErrorKind::Interrupted.into()),
                    2 => b"a\nb".as_slice().read(buffer),
                    4 => b"\n".as_slice().read(buffer),
                    _ => Ok(0),
                }
            }
        }
        let mut framer = Framer::new(Interrupted(0), 0, 100);
        assert_eq!(lines(&mut framer).bytes(), b"a\nb\n");
        assert!(framer.next(Vec::new).is_none() && framer.into_error().is_none());
    }

    #[test]
    fn looking_at_the_opening_takes_nothing_away() {
        let mut framer = Framer::new(&b"ab\ncd\n"[..], 7, 2);
        assert_eq!(framer.opening(4), b"ab\nc");
        assert_eq!(framer.position().offset, 0);
        assert_eq!(framer.opening(2), b"ab");
        assert_eq!(framer.opening(99), b"ab\ncd\n");
        let lines = lines(&mut framer);
        assert_eq!((lines.bytes(), lines.start.source, lines.start.line), (&b"ab\ncd\n"[..], 7, 1));
        assert!(lines.into_buffer().starts_with(b"ab\ncd\n"), "to be used again");
    }

    #[test]
    fn what_is_passed_over_is_let_go_up_to_the_place_and_no_further() {
        let text = b"ab\ncd\nef\n";
        let mut framer = Framer::new(&text[..], 0, 4);
        let mut passed = 0;
        while framer.pass_over(6) {
            passed += 1;
            assert!(framer.position().offset <= 6 && passed < 9);
        }
        assert_eq!((framer.position().offset, passed), (6, 2));
        let at = Position { line: 3, ..framer.position() };
        framer.stands_at(at);
        let lines = lines(&mut framer);
        assert_eq!((lines.bytes(), lines.start), (&b"ef\n"[..], at));
        let mut framer = Framer::new(&text[..], 0, 4);
        while framer.pass_over(u64::MAX) {}
        assert_eq!(framer.position().offset, text.len() as u64);
        assert!(framer.next(Vec::new).is_none());
    }

    #[test]
    fn other_bytes_go_on_at_their_place() {
        let mut framer = Framer::new(&b"ab\ncd"[..], 0, 100);
        framer.opening(100);
        let at = Position { offset: 50, line: 9, ..Position::default() };
        framer.go_on_with(&b"xy\nz\n"[..], at);
        let lines = lines(&mut framer);
        assert_eq!((lines.bytes(), lines.start), (&b"xy\nz\n"[..], at));
        assert_eq!((framer.position().offset, framer.position().line), (55, 11));
    }

    #[test]
    fn lines_are_cut_at_a_place_and_nothing_is_lost() {
        let mut framer = Framer::new(&b"ab\ncd\nef\n"[..], 0, 100);
        framer.stands_at(Position { offset: 100, line: 1, ..Position::default() });
        let mut lines = lines(&mut framer);
        let place = |offset| Position { offset, ..Position::default() };
        lines.places = vec![place(100), place(103), place(106)];
        let at = Position { offset: 103, line: 2, ..Position::default() };
        assert_eq!(lines.cut(at), b"ab\n");
        assert_eq!((lines.bytes(), lines.start), (&b"cd\nef\n"[..], at));
        assert_eq!(lines.places, [place(103), place(106)]);
        assert_eq!(lines.cut(place(500)), b"cd\nef\n", "a place behind all");
        assert!(lines.bytes().is_empty() && lines.places.is_empty());
    }

    #[test]
    fn a_buffer_is_used_again_and_is_as_large_as_what_is_kept() {
        let mut framer = Framer::new(&b"ab\ncdef\n"[..], 0, 5);
        let Some(Frame::Lines(first)) = framer.next(Vec::new) else { panic!("lines") };
        assert_eq!(first.bytes(), b"ab\n");
        let Some(Frame::Lines(second)) = framer.next(|| first.into_buffer()) else { panic!("lines") };
        assert_eq!((second.bytes(), second.start.offset, second.start.line), (&b"cdef\n"[..], 3, 2));
    }

    #[test]
    fn what_was_read_before_an_error_is_given_out() {
        let mut framer = Framer::new(b"one\ntw".chain(Broken), 0, 1024);
        let Some(Frame::Lines(lines)) = framer.next(Vec::new) else { panic!("lines") };
        assert_eq!(lines.bytes(), b"one\n");
        let Some(Frame::Fault(fault, 2)) = framer.next(Vec::new) else { panic!("the torn line") };
        assert_eq!((fault.at.offset, fault.at.line), (4, 2));
        assert!(framer.next(Vec::new).is_none());
        assert_eq!(framer.into_error().unwrap().to_string(), "broken");
    }

    /// Gives what it has piece by piece, and says in between that there is no more for now.
    struct Dripping<'t>(Vec<&'t [u8]>, bool);

    impl Read for Dripping<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            match self.0.last_mut() {
                Some(_) if self.1 => Err(io::Error::other(Dry)),
                Some(piece) => {
                    let count = piece.read(buffer)?;
                    if piece.is_empty() {
                        self.0.pop();
                    }
                    Ok(count)
                }
                None => Ok(0),
            }
        }
    }

    /// The lines of a text that comes in such pieces, and what was left when `end` came: offset, number, length, whether it
    /// is a fault.
    fn dripped(text: &[u8], piece_bytes: usize) -> Vec<(u64, u64, u32, bool)> {
        let pieces: Vec<&[u8]> = text.chunks(piece_bytes).rev().collect();
        let looks = pieces.len() * 2 + 2;
        let mut framer = Framer::new(Dripping(pieces, false), 0, 64 << 10);
        let mut out = Vec::new();
        for _ in 0..looks {
            take_all(&mut framer, &mut out);
        }
        out
    }

    #[test]
    fn a_line_is_waited_for_until_its_end_comes() {
        let text = b"one\r\n\ntwo\nthree four five six seven\n\n\nlast";
        for piece_bytes in 1..=text.len() {
            assert_eq!(dripped(text, piece_bytes), frames(text, 1 << 20), "pieces of {piece_bytes}");
        }
        let long =
            [&b"a\n"[..], &vec![b'x'; 2 * LINE_BYTES_MAX + 17], b"\r\nb\n", &vec![b'y'; LINE_BYTES_MAX + 2]].concat();
        for piece_bytes in [70_001, LINE_BYTES_MAX - 1, LINE_BYTES_MAX + 1, LINE_BYTES_MAX + 2] {
            assert_eq!(dripped(&long, piece_bytes), frames(&long, 1 << 20), "pieces of {piece_bytes}");
        }
    }

    #[test]
    fn a_line_that_is_open_can_be_closed_or_torn() {
        let framer = |text| {
            let mut framer = Framer::new(Dripping(vec![b" end\n", text], true), 0, 64);
            assert!(framer.next(Vec::new).is_none());
            framer
        };
        let mut closed = framer(b"beginning");
        let Some(Frame::Lines(lines)) = closed.close_line(Vec::new) else { panic!("a line") };
        assert_eq!((lines.bytes(), lines.start.line), (&b"beginning"[..], 1));
        let Some(Frame::Lines(lines)) = closed.next(Vec::new) else { panic!("what came of it later") };
        assert_eq!((lines.bytes(), lines.start.line, lines.start.offset), (&b" end\n"[..], 2, 9));
        assert!(closed.close_line(Vec::new).is_none());
        let Some(Frame::Fault(fault, 9)) = framer(b"beginning").tear_line() else { panic!("a fault") };
        assert_eq!(fault.at.length, 9);
    }

    #[test]
    fn a_byte_order_mark_is_left_out() {
        let mut framer = Framer::new(&b"\xEF\xBB\xBFab\n"[..], 0, 2);
        framer.skip_mark();
        let Some(Frame::Lines(lines)) = framer.next(Vec::new) else { panic!("lines") };
        assert_eq!((lines.bytes(), lines.start.offset), (&b"ab\n"[..], 3));
    }
}
