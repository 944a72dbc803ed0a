//! A literal of a layout, made to be compared fast.
//!
//! Nearly all literals are a few bytes (`" "`), and a comparison of so few costs more in the call than in the work: they are
//! held as a word, and compared in one step with the eight bytes that stand in the line.

/// A literal.
#[derive(Debug)]
pub(super) struct Literal {
    text: Box<[u8]>,
    word: u64,
    /// The bits of the word that count; none where the literal is too long for it.
    mask: u64,
}

const WORD_BYTES: usize = size_of::<u64>();

impl Literal {
    pub(super) fn new(text: &[u8]) -> Literal {
        let mut bytes = [0; WORD_BYTES];
        let mut mask = [0; WORD_BYTES];
        if text.len() <= WORD_BYTES {
            bytes[..text.len()].copy_from_slice(text);
            mask[..text.len()].fill(0xFF);
        }
        Literal { text: text.into(), word: u64::from_le_bytes(bytes), mask: u64::from_le_bytes(mask) }
    }

    /// Its bytes.
    #[inline]
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// What follows it at the beginning of the line.
    #[inline]
    pub(super) fn strip<'a>(&self, line: &'a [u8]) -> Option<&'a [u8]> {
        match line.first_chunk::<WORD_BYTES>() {
            Some(head) if self.text.len() <= WORD_BYTES => {
                let is_here = u64::from_le_bytes(*head) & self.mask == self.word;
                if is_here { line.get(self.text.len()..) } else { None }
            }
            _ => line.strip_prefix(&*self.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_compares_as_its_bytes_do() {
        for literal in ["", " ", "\" \"", "12345678", "123456789"] {
            let made = Literal::new(literal.as_bytes());
            for line in ["", " ", "\" \"Mozilla/5.0", "12345678", "123456789", "1234567890", "12345679 and so on"] {
                let line = line.as_bytes();
                assert_eq!(made.strip(line), line.strip_prefix(literal.as_bytes()), "{literal:?}");
            }
        }
    }
}
