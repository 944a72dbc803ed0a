//! Patterns of paths and of object keys, as people write them.
//!
//! `*` stands for any run of bytes within a segment, `**` for any run at all, and `{subject}` for the identifier that
//! is looked for: a run of at least one byte within a segment. All else stands for itself. The time a match takes is at
//! most the length of the pattern times that of the text, whatever both are: nothing is tried and taken back.

use std::fmt;

/// How long a pattern may be, in bytes.
const PATTERN_BYTES_MAX: usize = 1024;

/// The word for the identifier in a pattern.
const SUBJECT: &str = "{subject}";

/// A pattern of paths or of object keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    pieces: Vec<Piece>,
}

/// Why a text is no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternError {
    /// It is empty.
    Empty,
    /// It is longer than 1,024 bytes.
    Long,
    /// It names the subject more than once.
    Twice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Byte(u8),
    WithinSegment,
    Anything,
    Subject,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// Why the text is none.
    pub fn parse(text: &str) -> Result<Pattern, PatternError> {
        match text.len() {
            0 => return Err(PatternError::Empty),
            1..=PATTERN_BYTES_MAX => {}
            _ => return Err(PatternError::Long),
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.bytes().next() {
            let (piece, length) = match first {
                b'*' if rest.starts_with("**") => (Piece::Anything, 2),
                b'*' => (Piece::WithinSegment, 1),
                _ if rest.starts_with(SUBJECT) => (Piece::Subject, SUBJECT.len()),
                _ => {
                    let length = rest.chars().next().map_or(1, char::len_utf8);
                    pieces.extend(rest.as_bytes()[..length].iter().map(|byte| Piece::Byte(*byte)));
                    rest = &rest[length..];
                    continue;
                }
            };
            pieces.push(piece);
            rest = &rest[length..];
        }
        match pieces.iter().filter(|piece| **piece == Piece::Subject).count() {
            0 | 1 => Ok(Pattern { pieces }),
            _ => Err(PatternError::Twice),
        }
    }

    /// Whether it says where the subject stands.
    pub fn has_subject(&self) -> bool {
        self.pieces.contains(&Piece::Subject)
    }

    /// Matches a whole text: the subject in it, empty if the pattern names none. Of several readings, the subject that
    /// begins first, and of those the longest.
    pub fn find<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        let Some(at) = self.pieces.iter().position(|piece| *piece == Piece::Subject) else {
            return ends(self.pieces.iter(), text.iter())[text.len()].then_some(&[]);
        };
        let begins = ends(self.pieces[..at].iter(), text.iter());
        let behind = ends(self.pieces[at + 1..].iter().rev(), text.iter().rev());
        (0..text.len()).filter(|begin| begins[*begin]).find_map(|begin| {
            let segment = memchr::memchr(b'/', &text[begin..]).map_or(text.len(), |length| begin + length);
            let end = (begin + 1..=segment).rev().find(|end| behind[text.len() - end])?;
            Some(&text[begin..end])
        })
    }
}

/// After how many bytes of the text the pieces can end.
fn ends<'a>(pieces: impl Iterator<Item = &'a Piece>, text: impl Iterator<Item = &'a u8> + Clone) -> Vec<bool> {
    let length = text.clone().count();
    let mut here = vec![false; length + 1];
    here[0] = true;
    for piece in pieces {
        let mut next = vec![false; length + 1];
        if let Piece::WithinSegment | Piece::Anything = piece {
            next[0] = here[0];
        }
        for (place, byte) in text.clone().enumerate() {
            next[place + 1] = match piece {
                Piece::Byte(own) => here[place] && own == byte,
                Piece::WithinSegment => here[place + 1] || next[place] && *byte != b'/',
                Piece::Anything => here[place + 1] || next[place],
                Piece::Subject => false,
            };
        }
        here = next;
    }
    here
}

impl fmt::Display for PatternError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            PatternError::Empty => "expected a pattern, found nothing",
            PatternError::Long => "expected a pattern of at most 1,024 bytes",
            PatternError::Twice => "expected {subject} once",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str) -> Option<String> {
        let found = Pattern::parse(pattern).unwrap().find(text.as_bytes())?.to_vec();
        Some(String::from_utf8(found).unwrap())
    }

    #[test]
    fn the_subject_is_the_run_within_its_segment() {
        assert_eq!(found("/api/customers/{subject}", "/api/customers/17").as_deref(), Some("17"));
        assert_eq!(found("/api/customers/{subject}", "/api/customers/17/orders"), None);
        assert_eq!(found("/api/customers/{subject}", "/api/customers/"), None);
        assert_eq!(found("uploads/**/{subject}.jpg", "uploads/2024/05/a.b.jpg").as_deref(), Some("a.b"));
        assert_eq!(found("/c/{subject}-*", "/c/17-4-x").as_deref(), Some("17-4"));
    }

    #[test]
    fn a_star_stays_in_its_segment_and_two_do_not() {
        assert_eq!(found("/a/*", "/a/b").as_deref(), Some(""));
        assert_eq!(found("/a/*", "/a/b/c"), None);
        assert_eq!(found("/a/**", "/a/b/c").as_deref(), Some(""));
        assert_eq!(found("/a/é*", "/a/éb").as_deref(), Some(""));
    }

    #[test]
    fn a_hostile_text_costs_no_more_than_pattern_times_text() {
        let pattern = "**a".repeat(300);
        let text = "a".repeat(4_000) + "b";
        assert_eq!(found(&pattern, &text), None);
    }

    #[test]
    fn what_is_no_pattern_says_why() {
        assert_eq!(Pattern::parse(""), Err(PatternError::Empty));
        assert_eq!(Pattern::parse("/{subject}/{subject}"), Err(PatternError::Twice));
        assert_eq!(Pattern::parse(&"a".repeat(1_025)), Err(PatternError::Long));
    }
}
