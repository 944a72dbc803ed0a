//! A sieve that finds, at hardly any cost, that no needle stands in a text, and confirms one that may.
//!
//! An automaton over two and a half thousand needles is megabytes of table that take longer to make than many a log to read, and
//! each step waits for the one before. The sieve is two small tables that stay in the first caches, and its steps are
//! independent.
//!
//! A text is taken apart into fours of bytes. Of seven bytes that stand in it one four is whole, wherever they begin, so of
//! each needle that is that long seven rare bytes are chosen, and the four fours in them stand in a bitmap, by a hash: it is
//! asked once for each four of the text. A shorter needle is known by three bytes, or by all it has, and these are asked for
//! at each byte, two at a time: a table tells of each pair in which of seven groups of threes it is the beginning and in
//! which the end.
//!
//! A text that holds a needle holds its bytes, so nothing is held back that an automaton would find; where they stand, the
//! needles that are known by them are held against the text, so what is let through by chance costs a comparison and not a
//! walk through the automaton.

mod choice;
mod lists;

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};

use choice::Chosen;
use lists::{Holder, Holders};

/// How many bytes a text is taken apart into.
const FOUR: usize = 4;

/// The shortest text that holds a whole four wherever it begins.
const LONG: usize = FOUR * 2 - 1;

/// How many bytes a needle that is shorter is known by, if it has them.
const THREE: usize = 3;

/// How many bits the map of fours has: thirty-two kibibytes.
const FOURS_BITS: u32 = 18;

/// The bytes by which needles are known, and the needles.
pub(crate) struct Sieve {
    fours: Box<[u64; 1 << (FOURS_BITS - 6)]>,
    pairs: Box<Pairs>,
    of_fours: Holders,
    of_threes: Holders,
    of_pairs: Holders,
}

/// What each pair of bytes may be a part of, by its number, the first the higher.
///
/// In the lower byte a bit for each group of threes that it begins one of, and the highest, [`WHOLE`], for all; in the upper
/// byte one for each group that it ends one of, and the highest if it is itself what a needle is known by. So what ends at
/// some byte are the bits that the pair before has in its lower half and the pair that ends there in its upper. Of its 128 KiB
/// text asks for a tenth.
struct Pairs([u16; 1 << 16]);

/// The bit that tells of a pair by itself.
const WHOLE: u16 = 0x80;

/// In how many groups threes are.
const GROUPS: usize = 7;

impl Pairs {
    /// Those of some threes and pairs, [folded](fold), the threes in their order: those that begin alike are in a group.
    fn new<'k>(threes: impl ExactSizeIterator<Item = &'k u32>, pairs: impl Iterator<Item = &'k u32>) -> Box<Pairs> {
        let mut all = Box::new(Pairs([WHOLE; _]));
        let count = threes.len();
        for (place, three) in threes.enumerate() {
            let group = 1 << (place * GROUPS / count);
            all.mark(three >> 8, group);
            all.mark(three & 0xFFFF, group << 8);
        }
        pairs.for_each(|pair| all.mark(*pair, WHOLE << 8));
        all
    }

    fn mark(&mut self, pair: u32, bits: u16) {
        let letters = |folded: u32| [folded & 0xFF, folded & 0xFF & !0x20];
        for one in letters(pair >> 8) {
            letters(pair).iter().for_each(|other| self.0[(one << 8 | other) as usize] |= bits);
        }
    }

    /// What the pair at the end of some bytes may be a part of.
    #[inline]
    fn at(&self, bytes: u64) -> u16 {
        self.0[usize::from(bytes as u16)]
    }
}

/// What ends with a pair that stands behind another, by the bits of both.
#[inline]
fn ended(before: u16, pair: u16) -> u16 {
    before & 0xFF & pair >> 8
}

impl Sieve {
    /// The sieve of needles, which are in lower case, not empty and without a zero.
    pub(crate) fn new(needles: &[Vec<u8>]) -> Sieve {
        assert!(needles.iter().all(|needle| !needle.contains(&0)), "what stands beyond a text is no part of a needle");
        let of_length = |lengths: Range<usize>| {
            needles.iter().map(Vec::as_slice).filter(move |needle| lengths.contains(&needle.len()))
        };
        let sevens = Chosen::of(LONG, of_length(LONG..usize::MAX));
        let threes = Chosen::of(THREE, of_length(THREE..LONG));
        let mut fours = Box::new([0; _]);
        let (mut of_fours, mut of_threes, mut of_pairs) = (Known::new(), Known::new(), Known::new());
        for (place, needle) in needles.iter().enumerate() {
            let know = |known: &mut Known, bytes: u32, before: usize| {
                known.entry(bytes).or_default().push(Holder::new(place, needle, before));
            };
            match **needle {
                // It stands behind any other, or behind nothing.
                [byte] => {
                    let others = (0..=255).filter(|before| before & 0x20 != 0);
                    others.for_each(|before| know(&mut of_pairs, before << 8 | fold(byte.into()) & 0xFF, 1));
                }
                [_, _] => know(&mut of_pairs, fold(word(needle)) & 0xFFFF, 2),
                _ if needle.len() < LONG => {
                    let end = threes.place_in(needle) + THREE;
                    know(&mut of_threes, fold(word(&needle[end - THREE..end])) & 0xFF_FFFF, end);
                }
                _ => {
                    let begin = sevens.place_in(needle);
                    for end in begin + FOUR..=begin + LONG {
                        let four = fold(word(&needle[end - FOUR..end]));
                        set(&mut *fours, place_of(four));
                        know(&mut of_fours, four, end);
                    }
                }
            }
        }
        let pairs = Pairs::new(of_threes.keys(), of_pairs.keys());
        let [of_fours, of_threes, of_pairs] = [of_fours, of_threes, of_pairs].map(Holders::of);
        Sieve { fours, pairs, of_fours, of_threes, of_pairs }
    }

    /// Shows every needle that stands in the text, letters of either case being equal, until it is said to break: its place
    /// among the needles, and where in the text it ends. In no order; one that stands in it often is shown often.
    pub(crate) fn find(&self, text: &[u8], show: &mut dyn FnMut(usize, usize) -> ControlFlow<()>) -> ControlFlow<()> {
        let pairs = &*self.pairs;
        let (mut before, mut last) = (0, pairs.at(0));
        let (fours, rest) = text.as_chunks::<FOUR>();
        for (number, four) in fours.iter().enumerate() {
            // The four bytes before, and these: what ends at each of these is a shift away. Nearly always there is nothing at any
            // of them, which is asked of all at once.
            let these = u32::from_be_bytes(*four);
            let both = u64::from(before) << 32 | u64::from(these);
            let (first, second, third, fourth) =
                (pairs.at(both >> 24), pairs.at(both >> 16), pairs.at(both >> 8), pairs.at(both));
            let short = ended(last, first) | ended(first, second) | ended(second, third) | ended(third, fourth);
            let folded = fold(these);
            let is_long = is_set(&*self.fours, place_of(folded));
            if (short != 0) | is_long {
                self.look((text, number * FOUR), before, four, show)?;
                if is_long {
                    self.of_fours.confirm(folded, (text, (number + 1) * FOUR), show)?;
                }
            }
            (before, last) = (these, fourth);
        }
        self.look((text, fours.len() * FOUR), before, rest, show)
    }

    /// Looks for the short needles at each of some bytes, which stand there in a text behind others.
    fn look(
        &self,
        (text, from): (&[u8], usize),
        mut before: u32,
        bytes: &[u8],
        show: &mut dyn FnMut(usize, usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut last = self.pairs.at(before.into());
        for (end, &byte) in (from + 1..).zip(bytes) {
            before = before << 8 | u32::from(byte);
            let pair = self.pairs.at(before.into());
            match ended(last, pair) {
                0 => {}
                here => self.confirm((text, end), fold(before), here & WHOLE != 0, show)?,
            }
            last = pair;
        }
        ControlFlow::Continue(())
    }

    /// Shows the short needles that are known by the bytes that end here and stand in the text.
    #[cold]
    fn confirm(
        &self,
        at: (&[u8], usize),
        bytes: u32,
        is_pair: bool,
        show: &mut dyn FnMut(usize, usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.of_threes.confirm(bytes & 0xFF_FFFF, at, show)?;
        if is_pair { self.of_pairs.confirm(bytes & 0xFFFF, at, show) } else { ControlFlow::Continue(()) }
    }

    /// The needles, in no order; those that are known by more than one run of bytes as often.
    #[cfg(test)]
    pub(crate) fn needles(&self) -> impl Iterator<Item = &[u8]> {
        [&self.of_fours, &self.of_threes, &self.of_pairs].into_iter().flat_map(Holders::needles)
    }
}

/// The needles by the bytes, [folded](fold), that they are known by.
type Known = BTreeMap<u32, Vec<Holder>>;

/// A few phrases that are looked for together.
pub(crate) struct Phrases<const N: usize> {
    sieve: Sieve,
    lengths: [usize; N],
}

impl<const N: usize> Phrases<N> {
    /// These, in lower case.
    pub(crate) fn new(phrases: [&str; N]) -> Phrases<N> {
        Phrases { sieve: Sieve::new(&phrases.map(|phrase| phrase.as_bytes().to_vec())), lengths: phrases.map(str::len) }
    }

    /// Shows every phrase that stands in the text, letters of either case being equal: its place among them, and where it
    /// begins. In no order.
    pub(crate) fn find(&self, text: &[u8], mut show: impl FnMut(usize, usize)) {
        let _ = self.sieve.find(text, &mut |place, end| {
            show(place, end - self.lengths[place]);
            ControlFlow::Continue(())
        });
    }
}

/// Four bytes, letters in lower case. Some bytes that are no letters become others, which costs a comparison: so nothing
/// has to be asked of each.
fn fold(word: u32) -> u32 {
    word | 0x2020_2020
}

fn set(map: &mut [u64], bit: u32) {
    map[bit as usize / 64] |= 1 << (bit % 64);
}

fn is_set(map: &[u64], bit: u32) -> bool {
    map[bit as usize / 64] >> (bit % 64) & 1 == 1
}

/// The place of four bytes in their map.
fn place_of(four: u32) -> u32 {
    four.wrapping_mul(0x9E37_79B1) >> (32 - FOURS_BITS)
}

/// Bytes as a number, the first the highest.
fn word(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |word, byte| word << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(needles: &[Vec<u8>], text: &[u8]) -> Vec<usize> {
        let mut found = Vec::new();
        let _ = Sieve::new(needles).find(text, &mut |place, _| {
            found.push(place);
            ControlFlow::Continue(())
        });
        found.sort_unstable();
        found.dedup();
        found
    }

    #[test]
    fn every_needle_that_stands_in_a_text_is_found_and_no_other() {
        let needles: Vec<Vec<u8>> = [&b".."[..], b"=//", b"heapdump", b"console", b".git/", b".env", b"${", b"\xC0"]
            .iter()
            .map(|needle| needle.to_vec())
            .collect();
        for (place, needle) in needles.iter().enumerate() {
            for (before, after) in
                [("", ""), ("/", ""), ("/a", ""), ("/a/", ""), ("/a/b", ""), ("", "/b"), ("/products/", "?c=1")]
            {
                let text = [before.as_bytes(), &needle.to_ascii_uppercase(), after.as_bytes()].concat();
                assert_eq!(found(&needles, &text), [place], "{}", text.escape_ascii());
                let cut = [before.as_bytes(), &needle[1..], b"~", after.as_bytes()].concat();
                assert_eq!(found(&needles, &cut), [], "{}", cut.escape_ascii());
            }
        }
        assert_eq!(found(&needles, b"/..${=//.GIT/../"), [0, 1, 4, 6]);
    }

    #[test]
    fn phrases_are_found_where_they_begin() {
        let mut found = Vec::new();
        let phrases = Phrases::new(["env", ";env", "getenv(", "<%"]);
        phrases.find(b"a;ENV b getenv( <", |phrase, begin| found.push((phrase, begin)));
        found.sort_unstable();
        assert_eq!(found, [(0, 2), (0, 11), (1, 1), (2, 8)]);
    }

    #[test]
    fn ordinary_targets_are_held_back() {
        let needles = [b"heapdump".to_vec(), b"..".to_vec()];
        for target in ["/products/1107-starter", "/api/v1/orders/500401?page=1", "/assets/app.dd192a99.js"] {
            assert_eq!(found(&needles, target.as_bytes()), [], "{target}");
        }
    }
}
