//! Where a string ends, and a number.
//!
//! A line has some thirty strings, keys among them, and nearly all are short. To find the end of one byte by byte costs more than
//! all that is then made of it, and a search that is made for long texts costs as much to begin with. So what is near is looked
//! at together, and only who finds nothing there, or a back-slash, goes on from that.

use memchr::memchr2;
use wide::u8x16;

/// The end of a number or a word that begins there.
#[inline(always)]
pub(super) fn bare_end(text: &[u8], mut at: usize) -> usize {
    while let Some(b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'-' | b'.') = text.get(at) {
        at += 1;
    }
    at
}

/// The quote that ends a string whose text begins at `begin`, if it ends.
#[inline(always)]
pub(super) fn string_end(text: &[u8], begin: usize) -> Option<usize> {
    let marks = near_marks(text, begin);
    let near = begin + marks.trailing_zeros() as usize;
    match marks {
        0 => long_string_end(text, behind_near(text, begin)),
        _ if text.get(near) == Some(&b'"') => Some(near),
        _ => long_string_end(text, near),
    }
}

/// The same of a string that is long or has escapes, of which what is before `from` is known to be of the string.
#[inline(never)]
fn long_string_end(text: &[u8], mut from: usize) -> Option<usize> {
    let mut far = 0;
    loop {
        let marks = near_marks(text, from);
        if marks == 0 && far < FAR {
            (from, far) = (behind_near(text, from), far + 1);
            continue;
        }
        let at = match marks {
            0 => from + memchr2(b'"', b'\\', &text[from..])?,
            _ => from + marks.trailing_zeros() as usize,
        };
        if text[at] == b'"' {
            return Some(at);
        }
        // Whatever is escaped, if it is there.
        text.get(at + 1)?;
        from = at + 2;
    }
}

/// How many times what is near is looked at until the rest is searched through.
const FAR: u32 = 3;

/// Where what is near `at` ends.
#[inline(always)]
fn behind_near(text: &[u8], at: usize) -> usize {
    text.len().min(at + NEAR_BYTES)
}

/// The quotes and the back-slashes that are near behind `at`, a bit each: of the next [`NEAR_BYTES`], or fewer at the end of the
/// text.
///
/// Most strings of a log are shorter than what a vectorised search takes to begin: as many bytes are looked at together
/// as nearly all have, without a branch, and the rest is left to [`long_string_end`].
#[inline(always)]
pub(super) fn near_marks(text: &[u8], at: usize) -> u64 {
    // Near the end of the text, the last of it is looked at, and what is before forgotten.
    let Some(begin) = text.len().checked_sub(NEAR_BYTES).map(|last| last.min(at)) else {
        return short_marks(&text[at..]);
    };
    let Some(near) = text[begin..].first_chunk() else { return 0 };
    u64::from(quotes_and_backslashes(near)) >> (at - begin)
}

/// The same of a text that is short.
#[cold]
fn short_marks(text: &[u8]) -> u64 {
    text.iter().rev().fold(0, |marks, byte| marks << 1 | u64::from(matches!(byte, b'"' | b'\\')))
}

/// How many bytes are looked at together.
const NEAR_BYTES: usize = 32;

/// The quotes and the back-slashes of that many bytes, a bit each.
#[inline(always)]
fn quotes_and_backslashes(near: &[u8; NEAR_BYTES]) -> u32 {
    let (parts, _) = near.as_chunks::<16>();
    parts.iter().enumerate().fold(0, |marks, (number, part)| {
        let part = u8x16::new(*part);
        let marked = part.cmp_eq(u8x16::splat(b'"')) | part.cmp_eq(u8x16::splat(b'\\'));
        marks | u32::from(marked.move_mask() as u16) << (number * 16)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The end of a string, sought byte by byte.
    fn plain_end(text: &[u8], mut at: usize) -> Option<usize> {
        loop {
            match text.get(at)? {
                b'"' => return Some(at),
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
    }

    proptest! {
        #[test]
        fn a_string_ends_where_its_bytes_say(
            text in prop::collection::vec(prop_oneof![40 => Just(b'a'), 1 => Just(b'"'), 2 => Just(b'\\')], 0..300),
            at in any::<prop::sample::Index>(),
        ) {
            let at = at.index(text.len() + 1);
            prop_assert_eq!(string_end(&text, at), plain_end(&text, at));
        }
    }
}
