//! Members as nearly every program writes them.
//!
//! A line that a program wrote has no blank in it but in its strings, and most of its values are strings and numbers. Such
//! members are told by the bytes between a key and its value, `":"` or `":`, and by the comma or brace behind. What is written
//! otherwise is left to the grammar of [`scanner`](super::scanner), which reads these the same, as the tests ask.

use super::Field;
use super::scanner::{Kind, Lookup, Meaning, Raw, Scanner};
use super::strings::{bare_end, near_marks, string_end};

/// What comes behind members that are written as usual.
pub(super) enum Next<'a> {
    /// A member.
    Member,
    /// The value of that key.
    Value(&'a [u8]),
    /// What comes behind the object.
    End,
}

impl<'a, const IS_QUOTED: bool, const IS_PLAIN: bool> Scanner<'a, IS_QUOTED, IS_PLAIN> {
    /// Goes through members that are written as nearly all are, `"key":"value",` and `"key":200,` without a blank, until
    /// something is written otherwise: what that is.
    ///
    /// Whatever is read here would be read the same as any other member. The place is kept apart, as it stays in a
    /// register then.
    #[inline(always)]
    pub(super) fn usual_members<L: Lookup>(&mut self, keys: L, take: &mut impl FnMut(Field, u8, Raw<'a>)) -> Next<'a> {
        let text = self.text;
        let mut at = self.at;
        while let Some(b'"') = text.get(at) {
            let marks = near_marks(text, at + 1);
            let key_end = at + 1 + marks.trailing_zeros() as usize;
            if marks == 0 {
                break;
            }
            let Some([b'"', b':', first]) = text[key_end..].first_chunk() else { break };
            let key = &text[at + 1..key_end];
            let (kind, begin, end, behind) = match first {
                b'"' => {
                    let begin = key_end + 3;
                    let end = string_end(text, begin).unwrap_or(text.len());
                    (Kind::String, begin, end, end + 1)
                }
                b'-' | b'0'..=b'9' | b'a'..=b'z' => {
                    let begin = key_end + 2;
                    let end = bare_end(text, begin);
                    (Kind::Bare, begin, end, end)
                }
                _ => {
                    self.at = key_end + 2;
                    return Next::Value(key);
                }
            };
            let Some(behind @ (b',' | b'}')) = text.get(behind) else {
                self.at = key_end + 2;
                return Next::Value(key);
            };
            if let Some(Meaning { field: Some((field, rank)), .. }) = keys.member(key) {
                take(field, rank, Raw { kind, text: &text[begin..end] });
            }
            at = end + 1 + usize::from(kind == Kind::String);
            if *behind == b'}' {
                self.at = at;
                return Next::End;
            }
        }
        self.at = at;
        Next::Member
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;
    use crate::Fault;
    use crate::json::scanner::tests::{Everything, Nothing, json, object};
    use crate::json::scanner::walk;

    /// Keys of an even length mean a field, those of more than three bytes hold further ones.
    #[derive(Clone, Copy)]
    struct Something;

    impl Lookup for Something {
        const KNOWS_ITEMS: bool = true;

        fn member(self, key: &[u8]) -> Option<Meaning<Self>> {
            let field = key.len().is_multiple_of(2).then_some((Field::MARK, key.len() as u8));
            Some(Meaning { field, inner: (3 < key.len()).then_some(self) })
        }

        fn item(self, number: usize) -> Option<Meaning<Self>> {
            (number < 2).then_some(Meaning { field: Some((Field::KIND, number as u8)), inner: Some(self) })
        }
    }

    /// The rank of each value that a walk shows, in their order, and where it stands.
    type Shown<'a> = Vec<(u8, Raw<'a>, *const u8)>;

    /// What a walk shows and how it ends: as it is done, and by the grammar alone.
    fn both<'a, L: Lookup>(text: &'a [u8], keys: L) -> [(Shown<'a>, Result<(), Fault>); 2] {
        let (mut shown, mut shown_plainly) = (Vec::new(), Vec::new());
        let end = walk(text, keys, &mut |_, rank, value| shown.push((rank, value, value.text.as_ptr())));
        let mut take = |_, rank, value: Raw<'a>| shown_plainly.push((rank, value, value.text.as_ptr()));
        let plain_end = Scanner::<false, true>::of(text).whole(keys, "the end of the line", &mut take);
        [(shown, end), (shown_plainly, plain_end)]
    }

    /// What a text may be made wrong by.
    const BYTES: &[u8] = b"{}[]\",:\\ 1an\xFF";

    proptest! {
        #[test]
        fn members_written_as_usual_are_read_as_any_other(
            object in object(json()),
            changes in prop::collection::vec((any::<Index>(), prop::sample::select(BYTES), 0..3), 0..4),
        ) {
            let mut text = serde_json::to_vec(&object).unwrap();
            for (place, byte, change) in changes {
                let place = place.index(text.len());
                match change {
                    0 => text[place] = byte,
                    1 => text.insert(place, byte),
                    _ if 1 < text.len() => drop(text.remove(place)),
                    _ => {}
                }
            }
            let [read, plainly] = both(&text, Everything);
            prop_assert_eq!(read, plainly);
            let [read, plainly] = both(&text, Something);
            prop_assert_eq!(read, plainly);
            let [read, plainly] = both(&text, Nothing);
            prop_assert_eq!(read, plainly);
        }
    }
}
