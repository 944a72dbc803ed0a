//! Sets of bytes: whether a byte is one of a few is asked of every byte of many texts, and whether a text holds a byte by
//! many who look at it.

/// Some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bytes([bool; 256]);

impl Bytes {
    /// The set of these: of a text those that it holds.
    pub(crate) const fn of(bytes: &[u8]) -> Bytes {
        let mut is = [false; 256];
        let mut at = 0;
        while at < bytes.len() {
            is[bytes[at] as usize] = true;
            at += 1;
        }
        Bytes(is)
    }

    /// Whether a byte is one of them.
    #[inline]
    pub(crate) fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte)]
    }
}

/// Whether two bytes stand in a text, one behind the other.
#[inline]
pub(crate) fn has_pair(text: &[u8], pair: [u8; 2]) -> bool {
    find_pair(text, pair).is_some()
}

/// Where two bytes first stand in a text, one behind the other. To look for one costs less than to make a searcher for both.
#[inline]
pub(crate) fn find_pair(text: &[u8], [one, other]: [u8; 2]) -> Option<usize> {
    memchr::memchr_iter(one, text).find(|at| text.get(at + 1) == Some(&other))
}

/// Whether one of two bytes stands in a text. Of eight bytes at a time, as most of these texts are short: to begin a search that
/// is made for long ones costs more than they are worth.
#[inline]
pub(crate) fn holds_either(text: &[u8], one: u8, other: u8) -> bool {
    let each = |byte: u8| u64::from_ne_bytes([byte; 8]);
    let has_zero = |word: u64| word.wrapping_sub(each(1)) & !word & each(0x80) != 0;
    let (eights, rest) = text.as_chunks::<8>();
    let in_eight = |eight: &[u8; 8]| {
        let word = u64::from_ne_bytes(*eight);
        has_zero(word ^ each(one)) || has_zero(word ^ each(other))
    };
    eights.iter().any(in_eight) || rest.iter().any(|byte| *byte == one || *byte == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_its_bytes_alone() {
        let set = Bytes::of(b"a\0\xFF");
        assert!((0..=255).all(|byte| set.has(byte) == matches!(byte, b'a' | 0 | 0xFF)));
    }

    #[test]
    fn one_of_two_bytes_is_found_as_by_going_through_the_text() {
        for length in 0..20 {
            for at in 0..length {
                for byte in [0, b'$', b'%', b'&', b'@', b'A', 0xA5, 0xFF] {
                    let mut text = vec![b'a'; length];
                    text[at] = byte;
                    assert_eq!(holds_either(&text, b'%', b'@'), text.iter().any(|byte| matches!(byte, b'%' | b'@')));
                }
            }
        }
    }

    #[test]
    fn a_pair_is_found_where_it_first_stands() {
        assert_eq!(find_pair(b"a.b..c...", *b".."), Some(3));
        assert_eq!(find_pair(b"a.b.", *b".."), None);
        assert!(has_pair(b"${", *b"${") && !has_pair(b"{$", *b"${") && !has_pair(b"", *b"${"));
    }
}
