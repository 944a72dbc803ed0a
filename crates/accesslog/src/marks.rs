//! Lines, and where their quotes stand, found in one sweep.
//!
//! To look for one byte costs little for each byte of a text and much to begin with, and an ordinary line of the combined
//! format asks for one seven times. So the line feeds and the quotes of many lines are found together, sixty-four bytes
//! at a time, without a branch that depends on what they hold. What is made of them is left to
//! [`ordinary`](crate::ordinary); a line that has another number of quotes is given out without them.

use memchr::memchr;
use wide::u8x16;

/// How many double quotes an ordinary line holds.
pub(crate) const QUOTES: usize = 6;

/// How many bytes are swept at once: they and their marks stay in the first cache until the lines are read.
const WINDOW_BYTES: usize = 16 << 10;

/// How many bytes are looked at together.
const BLOCK: usize = u64::BITS as usize;

/// How many places there is room for: for each byte, and for a block more.
const PLACES: usize = WINDOW_BYTES + BLOCK;

/// How many marks of a block are put down without asking whether there are as many.
const USUAL: usize = 4;

const _: () = assert!(WINDOW_BYTES <= u16::MAX as usize, "a place in a window fits");

/// The lines of a text.
pub(crate) struct Marks<'a> {
    text: &'a [u8],
    /// Where the next line begins.
    begin: usize,
    /// Where what was swept last begins.
    window: usize,
    /// The places of the marks in the window that are not used yet are `places[next..count]`.
    places: Box<[u16; PLACES]>,
    next: usize,
    count: usize,
}

/// A line without its line feed, and what is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Marked<'a> {
    pub(crate) line: &'a [u8],
    /// Where its quotes stand, if they are as many as in an ordinary line.
    pub(crate) quotes: Option<[usize; QUOTES]>,
    /// How many bytes it takes, its line feed included.
    pub(crate) taken: usize,
}

impl<'a> Marks<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Marks<'a> {
        let mut marks = Marks { text, begin: 0, window: 0, places: Box::new([0; _]), next: 0, count: 0 };
        marks.sweep();
        marks
    }

    /// The line whose line feed stands there in the window, `marks` being used up by it.
    fn give(&mut self, end: u16, marks: usize, quotes: Option<[usize; QUOTES]>) -> Marked<'a> {
        let end = self.window + usize::from(end);
        let line = &self.text[self.begin..end];
        self.begin = end + 1;
        self.next += marks;
        Marked { line, quotes, taken: line.len() + 1 }
    }

    /// A line that is longer than a window, or the last.
    #[cold]
    fn give_long(&mut self) -> Marked<'a> {
        let rest = &self.text[self.begin..];
        let end = memchr(b'\n', rest).unwrap_or(rest.len());
        let taken = rest.len().min(end + 1);
        self.begin += taken;
        self.sweep();
        Marked { line: &rest[..end], quotes: None, taken }
    }

    /// Finds the marks of as many bytes as fit a window, from the next line on.
    fn sweep(&mut self) {
        (self.window, self.next) = (self.begin, 0);
        let window = &self.text[self.begin..self.text.len().min(self.begin + WINDOW_BYTES)];
        let (blocks, rest) = window.as_chunks::<BLOCK>();
        let mut count = 0;
        for (number, block) in blocks.iter().enumerate() {
            count = put(&mut self.places, count, marks(block), number * BLOCK);
        }
        if !rest.is_empty() {
            let mut block = [0; BLOCK];
            block[..rest.len()].copy_from_slice(rest);
            count = put(&mut self.places, count, marks(&block), blocks.len() * BLOCK);
        }
        self.count = count;
    }
}

impl<'a> Iterator for Marks<'a> {
    type Item = Marked<'a>;

    fn next(&mut self) -> Option<Marked<'a>> {
        loop {
            let window = &self.text[self.window..];
            let places = &self.places[self.next..self.count];
            if let Some([quotes @ .., end]) = places.first_chunk::<{ QUOTES + 1 }>()
                && window[usize::from(*end)] == b'\n'
                && quotes.iter().fold(true, |are, quote| are & (window[usize::from(*quote)] == b'"'))
            {
                let (end, before, mut from_begin) = (*end, self.begin - self.window, [0; QUOTES]);
                for (quote, place) in from_begin.iter_mut().zip(quotes) {
                    *quote = usize::from(*place) - before;
                }
                return Some(self.give(end, QUOTES + 1, Some(from_begin)));
            }
            if let Some(at) = places.iter().position(|place| window[usize::from(*place)] == b'\n') {
                return Some(self.give(places[at], at + 1, None));
            }
            match () {
                () if self.begin == self.text.len() => return None,
                () if self.begin == self.window => return Some(self.give_long()),
                () => self.sweep(),
            }
        }
    }
}

/// Puts down the places of the marks of a block behind those that are there; how many there are then.
#[inline]
fn put(places: &mut [u16; PLACES], count: usize, mut marks: u64, block: usize) -> usize {
    let Some(free) = places.get_mut(count..).and_then(<[u16]>::first_chunk_mut::<BLOCK>) else { return count };
    let mut more = 0;
    for _ in 0..USUAL {
        // What is put down where there is none is overwritten by the next.
        free[more] = (block + marks.trailing_zeros() as usize) as u16;
        more += usize::from(marks != 0);
        marks &= marks.wrapping_sub(1);
    }
    while marks != 0 && more < BLOCK {
        free[more] = (block + marks.trailing_zeros() as usize) as u16;
        more += 1;
        marks &= marks - 1;
    }
    count + more
}

/// The quotes and line feeds of a block, a bit each.
fn marks(block: &[u8; BLOCK]) -> u64 {
    let (parts, _) = block.as_chunks::<16>();
    parts.iter().enumerate().fold(0, |marks, (number, part)| {
        let part = u8x16::new(*part);
        let marked = part.cmp_eq(u8x16::splat(b'"')) | part.cmp_eq(u8x16::splat(b'\n'));
        marks | u64::from(marked.move_mask() as u16) << (number * 16)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same, looked for byte by byte.
    fn plainly(text: &[u8]) -> Vec<Marked<'_>> {
        let lines = text.split_inclusive(|byte| *byte == b'\n').map(|whole| {
            let line = whole.strip_suffix(b"\n").unwrap_or(whole);
            let quotes: Vec<usize> = (0..line.len()).filter(|at| line[*at] == b'"').collect();
            let is_ended = line.len() < whole.len();
            let quotes = quotes.try_into().ok().filter(|_| is_ended && line.len() < WINDOW_BYTES);
            Marked { line, quotes, taken: whole.len() }
        });
        lines.collect()
    }

    proptest! {
        #[test]
        fn every_line_is_found_with_its_quotes(
            pieces in prop::collection::vec((0..12_u8, 0..70_usize), 0..400),
            long in prop::option::of((any::<prop::sample::Index>(), 15_000..34_000_usize)),
        ) {
            let mut texts: Vec<Vec<u8>> = pieces
                .into_iter()
                .map(|(kind, length)| match kind {
                    0..7 => [&b"\""[..], &vec![b'a'; length]].concat(),
                    7..9 => b"\n".to_vec(),
                    9 => b"\"\"\"\"\"\"\n".to_vec(),
                    _ => vec![b'!' + kind; length],
                })
                .collect();
            if let Some((place, length)) = long {
                let place = place.index(texts.len() + 1);
                texts.insert(place, vec![b'x'; length]);
            }
            let text = texts.concat();
            prop_assert_eq!(Marks::new(&text).collect::<Vec<_>>(), plainly(&text));
        }
    }

    #[test]
    fn nothing_but_quotes_fills_a_window_and_no_more() {
        let text = [vec![b'"'; 3 * WINDOW_BYTES], b"\n\n\"".to_vec()].concat();
        assert_eq!(Marks::new(&text).collect::<Vec<_>>(), plainly(&text));
    }
}
