//! A sieve that tells, for nearly every text, that no needle stands in it.
//!
//! An automaton over fifteen hundred needles is megabytes of table, and each step waits for the one before. The sieve is
//! two bitmaps that stay in the first cache, and its steps are independent. Of each needle the rarest four bytes stand in
//! the one, by a hash; of a shorter needle the rarest two in the other. A text that holds a needle holds its bytes, so
//! the sieve never holds back what the automaton would find; what it lets through by chance costs only time.

/// How many bits the map of four bytes has: sixteen kibibytes.
const QUAD_BITS: u32 = 17;

/// Bitmaps of the bytes by which needles are known.
pub(crate) struct Sieve {
    quads: Box<[u64; 1 << (QUAD_BITS - 6)]>,
    pairs: Box<[u64; 1 << (16 - 6)]>,
}

impl Sieve {
    /// The sieve of needles, which are in lower case and not empty.
    pub(crate) fn new(needles: &[Vec<u8>]) -> Sieve {
        let mut sieve = Sieve { quads: Box::new([0; _]), pairs: Box::new([0; _]) };
        for needle in needles {
            match (rarest(needle, 4), rarest(needle, 2), &needle[..]) {
                (Some(quad), ..) => set(&mut *sieve.quads, quad_place(word(quad))),
                (None, Some(pair), _) => set(&mut *sieve.pairs, word(pair)),
                // A single byte is one behind any other, or behind nothing.
                (.., single) => {
                    (0..=255).for_each(|before| set(&mut *sieve.pairs, word(&[&[before], single].concat())));
                }
            }
        }
        sieve
    }

    /// Whether the text may hold a needle. Letters are taken for lower case.
    pub(crate) fn lets_through(&self, text: &[u8]) -> bool {
        let mut last = 0_u32;
        text.iter().any(|byte| {
            last = last << 8 | u32::from(LOWER[usize::from(*byte)]);
            is_set(&*self.pairs, last & 0xFFFF) | is_set(&*self.quads, quad_place(last))
        })
    }
}

fn set(map: &mut [u64], bit: u32) {
    map[bit as usize / 64] |= 1 << (bit % 64);
}

fn is_set(map: &[u64], bit: u32) -> bool {
    map[bit as usize / 64] >> (bit % 64) & 1 == 1
}

/// The place of four bytes in their map.
fn quad_place(quad: u32) -> u32 {
    quad.wrapping_mul(0x9E37_79B1) >> (32 - QUAD_BITS)
}

fn word(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |word, byte| word << 8 | u32::from(*byte))
}

/// The run of that many bytes in a needle that is rarest in ordinary requests.
fn rarest(needle: &[u8], length: usize) -> Option<&[u8]> {
    needle.windows(length).max_by_key(|run| run.iter().map(|byte| rarity(*byte)).sum::<u32>())
}

/// How rare a byte is in the targets of ordinary requests, from their letters' usual shares.
fn rarity(byte: u8) -> u32 {
    match byte {
        b'/' | b'e' | b'a' | b't' | b'o' | b'i' | b's' | b'r' | b'n' => 1,
        b'c' | b'p' | b'l' | b'd' | b'm' | b'u' | b'0' | b'1' | b'2' => 2,
        b'g' | b'h' | b'b' | b'f' | b'=' | b'.' | b'-' | b'3'..=b'9' => 3,
        b'v' | b'w' | b'k' | b'y' | b'&' | b'?' | b'_' | b'%' => 4,
        b'x' | b'j' | b'z' | b'q' | b':' | b'+' | b' ' => 6,
        _ => 9,
    }
}

/// Each byte, letters in lower case.
const LOWER: [u8; 256] = {
    let mut lower = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        lower[byte] = (byte as u8).to_ascii_lowercase();
        byte += 1;
    }
    lower
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_a_needle_is_let_through() {
        let needles: Vec<Vec<u8>> =
            [&b".."[..], b"=//", b"heapdump", b".git/", b"${", b"\xC0"].iter().map(|needle| needle.to_vec()).collect();
        let sieve = Sieve::new(&needles);
        for needle in &needles {
            for (before, after) in [("", ""), ("/a/", ""), ("", "/b"), ("/products/", "?c=1")] {
                let text = [before.as_bytes(), &needle.to_ascii_uppercase(), after.as_bytes()].concat();
                assert!(sieve.lets_through(&text), "{}", text.escape_ascii());
            }
        }
    }

    #[test]
    fn ordinary_targets_are_held_back() {
        let sieve = Sieve::new(&[b"heapdump".to_vec(), b"..".to_vec()]);
        for target in ["/products/1107-starter", "/api/v1/orders/500401?page=1", "/assets/app.dd192a99.js"] {
            assert!(!sieve.lets_through(target.as_bytes()), "{target}");
        }
    }
}
