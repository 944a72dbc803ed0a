//! Lines, and where their quotes and back-slashes stand, found in one sweep.
//!
//! To look for one byte costs little for each byte of a text and much to begin with, and an ordinary line of the combined
//! format asks for one seven times. So the line feeds, the quotes and the back-slashes of many lines are found together,
//! sixty-four bytes at a time, without a branch that depends on what they hold. What is made of them is left to
//! [`ordinary`](crate::ordinary); a line that has another number of quotes is given out without them.

use memchr::memchr;
use wide::u8x16;

/// How many double quotes an ordinary line holds.
pub(crate) const QUOTES: usize = 6;

/// Where the quotes of a line stand that has as many as an ordinary one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quotes {
    pub(crate) at: [usize; QUOTES],
    /// Whether the line is known to hold no back-slash, so that nothing in it is escaped.
    pub(crate) is_plain: bool,
}

impl Quotes {
    /// The first of the quotes that stand at these places, if there are as many; whether anything is escaped is not looked at.
    pub(crate) fn first(mut places: impl Iterator<Item = usize>) -> Option<Quotes> {
        let mut at = [0; QUOTES];
        for quote in &mut at {
            *quote = places.next()?;
        }
        Some(Quotes { at, is_plain: false })
    }

    /// The same, if there are no more.
    pub(crate) fn all(mut places: impl Iterator<Item = usize>) -> Option<Quotes> {
        Quotes::first(&mut places).filter(|_| places.next().is_none())
    }
}

/// How many bytes are swept at once: they and their marks stay in the first cache until the lines are read.
const WINDOW_BYTES: usize = 16 << 10;

/// How many bytes are looked at together.
const BLOCK: usize = u64::BITS as usize;

/// How many places there is room for: for each byte, and for a block more.
const PLACES: usize = WINDOW_BYTES + BLOCK;

/// How many marks of a block are put down without asking whether there are as many: of those of lines with quotes, and of
/// line feeds alone.
const USUAL: [usize; 2] = [1, 4];

const _: () = assert!(WINDOW_BYTES <= u16::MAX as usize, "a place in a window fits");

/// The lines of a text, with their quotes or without.
pub(crate) struct Marks<'a, const HAS_QUOTES: bool> {
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
    pub(crate) quotes: Option<Quotes>,
    /// How many bytes it takes, its line feed included.
    pub(crate) taken: usize,
}

impl<'a, const HAS_QUOTES: bool> Marks<'a, HAS_QUOTES> {
    pub(crate) fn new(text: &'a [u8]) -> Marks<'a, HAS_QUOTES> {
        let mut marks = Marks { text, begin: 0, window: 0, places: Box::new([0; _]), next: 0, count: 0 };
        marks.sweep();
        marks
    }

    /// The line whose line feed stands there in the window, `marks` being used up by it.
    fn give(&mut self, end: u16, marks: usize, quotes: Option<Quotes>) -> Marked<'a> {
        let end = self.window + usize::from(end);
        let line = &self.text[self.begin..end];
        self.begin = end + 1;
        self.next += marks;
        Marked { line, quotes, taken: line.len() + 1 }
    }

    /// The quotes of a line that so many marks stand before the end of, not all of them quotes.
    fn escaped(&self, marks: usize) -> Option<Quotes> {
        let marks = self.places[self.next..self.next + marks].iter().map(|place| self.window + usize::from(*place));
        Quotes::all(marks.filter(|place| self.text[*place] == b'"').map(|place| place - self.begin))
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
            count = put::<HAS_QUOTES>(&mut self.places, count, marks::<HAS_QUOTES>(block), number * BLOCK);
        }
        if !rest.is_empty() {
            let mut block = [0; BLOCK];
            block[..rest.len()].copy_from_slice(rest);
            count = put::<HAS_QUOTES>(&mut self.places, count, marks::<HAS_QUOTES>(&block), blocks.len() * BLOCK);
        }
        self.count = count;
    }
}

impl<'a, const HAS_QUOTES: bool> Iterator for Marks<'a, HAS_QUOTES> {
    type Item = Marked<'a>;

    fn next(&mut self) -> Option<Marked<'a>> {
        loop {
            let window = &self.text[self.window..];
            let places = &self.places[self.next..self.count];
            if HAS_QUOTES
                && let Some([quotes @ .., end]) = places.first_chunk::<{ QUOTES + 1 }>()
                && window[usize::from(*end)] == b'\n'
                && quotes.iter().fold(true, |are, quote| are & (window[usize::from(*quote)] == b'"'))
            {
                let before = self.begin - self.window;
                let at = quotes.map(|place| usize::from(place) - before);
                return Some(self.give(*end, QUOTES + 1, Some(Quotes { at, is_plain: true })));
            }
            if let Some(at) = places.iter().position(|place| window[usize::from(*place)] == b'\n') {
                let quotes = if HAS_QUOTES { self.escaped(at) } else { None };
                return Some(self.give(self.places[self.next + at], at + 1, quotes));
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
fn put<const HAS_QUOTES: bool>(places: &mut [u16; PLACES], count: usize, mut marks: u64, block: usize) -> usize {
    let Some(free) = places.get_mut(count..).and_then(<[u16]>::first_chunk_mut::<BLOCK>) else { return count };
    let mut more = 0;
    for _ in 0..USUAL[usize::from(HAS_QUOTES)] {
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

/// The line feeds of a block, and its quotes and back-slashes if these are wanted, a bit each.
fn marks<const HAS_QUOTES: bool>(block: &[u8; BLOCK]) -> u64 {
    let (parts, _) = block.as_chunks::<16>();
    parts.iter().enumerate().fold(0, |marks, (number, part)| {
        let part = u8x16::new(*part);
        let ends = part.cmp_eq(u8x16::splat(b'\n'));
        let marked = match HAS_QUOTES {
            true => part.cmp_eq(u8x16::splat(b'"')) | part.cmp_eq(u8x16::splat(b'\\')) | ends,
            false => ends,
        };
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
            let is_plain = !line.contains(&b'\\');
            let is_ended = line.len() < whole.len();
            let at = quotes.try_into().ok().filter(|_| is_ended && line.len() < WINDOW_BYTES);
            let quotes = at.map(|at| Quotes { at, is_plain });
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
                    10 => b"\\\"\"\"\\\\\"\"\"\n".to_vec(),
                    _ => vec![b'!' + kind; length],
                })
                .collect();
            if let Some((place, length)) = long {
                let place = place.index(texts.len() + 1);
                texts.insert(place, vec![b'x'; length]);
            }
            let text = texts.concat();
            prop_assert_eq!(Marks::<true>::new(&text).collect::<Vec<_>>(), plainly(&text));
            let lines: Vec<_> = plainly(&text).into_iter().map(|marked| Marked { quotes: None, ..marked }).collect();
            prop_assert_eq!(Marks::<false>::new(&text).collect::<Vec<_>>(), lines);
        }
    }

    #[test]
    fn nothing_but_quotes_fills_a_window_and_no_more() {
        let text = [vec![b'"'; 3 * WINDOW_BYTES], b"\n\n\"".to_vec()].concat();
        assert_eq!(Marks::<true>::new(&text).collect::<Vec<_>>(), plainly(&text));
    }
}
