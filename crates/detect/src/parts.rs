//! The parts of a request, each read in every way, and what is remembered of them.
//!
//! To read a text in every way takes microseconds, and who attacks sends the same text to many pages. What it is read as follows
//! from the text, the name of its parameter and what part it is, whatever else stands in the request: so the last few are
//! remembered, as [targets](crate::memo) are. To forget costs time and nothing else.

use std::ops::Deref;
use std::sync::Arc;

use crate::catalog::{ParamKind, param_kind};
use crate::decode::{self, Reading};
use crate::memo::{Known, Pair, TextKeys};
use crate::names;
use crate::request::{Field, param_name};
use crate::vocabulary::VOCABULARY;

/// A part of a request.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) field: Field,
    /// Where the part stands in the target: its offset and length in bytes, as written.
    pub(crate) span: (u32, u32),
    /// What stands there.
    pub(crate) content: Arc<Content>,
}

impl Deref for Part {
    type Target = Content;

    fn deref(&self) -> &Content {
        &self.content
    }
}

/// What a part of a request holds, wherever it stands.
#[derive(Debug)]
pub(crate) struct Content {
    /// The name of a parameter, decoded and in lower case; empty for other parts.
    pub(crate) name: Vec<u8>,
    /// What the name of a parameter tells.
    pub(crate) kind: Option<ParamKind>,
    /// Every way to read it, the plain one first.
    pub(crate) readings: Vec<Reading>,
}

impl Content {
    fn new(field: Field, name: &[u8], value: &[u8]) -> Content {
        let name = param_name(name).into_owned();
        let kind = param_kind(&name);
        let mut readings = decode::readings(value);
        // A rule for a parameter knows it by its name, too.
        let mut named = Vec::new();
        if field == Field::Param {
            named.reserve(name.len() + 1 + value.len());
            named.extend_from_slice(&name);
            named.push(b'=');
        }
        let name_bytes = named.len();
        for reading in &mut readings {
            let text = match field {
                Field::Param => {
                    named.truncate(name_bytes);
                    named.extend_from_slice(&reading.folded);
                    &named
                }
                _ => &reading.folded,
            };
            let holds_paths = field != Field::Param || names::may_name_file(kind, &reading.folded);
            reading.words = VOCABULARY.words(text, name_bytes, holds_paths);
        }
        Content { name, kind, readings }
    }

    /// Whether it is small enough to be remembered.
    fn is_small(&self) -> bool {
        self.name.len() + self.readings.iter().map(|reading| reading.text.len()).sum::<usize>() <= REMEMBERED_BYTES_MAX
    }
}

/// How long the readings of a part that is remembered are together at most, in bytes.
const REMEMBERED_BYTES_MAX: usize = 2 << 10;

/// How many pairs of parts are remembered: a mebibyte at most.
const REMEMBERED: usize = 1 << 7;

/// What the last parts were read as. Nothing is remembered by what is made by default.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contents(Option<(TextKeys, Box<[Pair<Remembered>]>)>);

/// The key of a part, and what it holds once it came again: most parts never do.
#[derive(Clone, Debug, Default)]
struct Remembered(u64, Option<Arc<Content>>);

impl Known for Remembered {
    fn key(&self) -> u64 {
        self.0
    }
}

impl Contents {
    /// Some that are remembered by these keys.
    pub(crate) fn remembered(texts: TextKeys) -> Contents {
        Contents(Some((texts, vec![Pair::default(); REMEMBERED].into_boxed_slice())))
    }

    /// What a part holds, by what the log says of it.
    pub(crate) fn of(&mut self, field: Field, name: &[u8], value: &[u8]) -> Arc<Content> {
        let Some((texts, remembered)) = &mut self.0 else { return Arc::new(Content::new(field, name, value)) };
        let key = texts.of_both(field as u64, name, value);
        let place = &mut remembered[key.place(REMEMBERED)];
        let is_new = match place.get(key) {
            Some(Remembered(_, Some(content))) => return Arc::clone(content),
            known => known.is_none(),
        };
        let content = Arc::new(Content::new(field, name, value));
        let is_kept = !is_new && content.is_small();
        place.put(Remembered(key.0, is_kept.then(|| Arc::clone(&content))));
        content
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_what_would_be_read() {
        let mut contents = Contents::remembered(TextKeys::drawn());
        let long = [&b"%2e%2e/"[..]; 1_000].concat();
        let texts: [&[u8]; 5] = [b"..%2f..%2fetc%2fpasswd", b"file", b"/file/", b"", &long];
        for _ in 0..3 {
            for field in [Field::Path, Field::Param, Field::Referer] {
                for (name, value) in texts.iter().flat_map(|name| texts.map(|value| (*name, value))) {
                    let (got, wanted) = (contents.of(field, name, value), Content::new(field, name, value));
                    assert_eq!((&got.name, got.kind, &got.readings), (&wanted.name, wanted.kind, &wanted.readings));
                }
            }
        }
    }

    #[test]
    fn what_comes_again_is_read_twice_and_what_is_long_each_time() {
        let mut contents = Contents::remembered(TextKeys::drawn());
        let mut is_same = |value: &[u8]| {
            let [first, second, third] = std::array::from_fn(|_| contents.of(Field::Path, b"", value));
            [Arc::ptr_eq(&first, &second), Arc::ptr_eq(&second, &third)]
        };
        assert_eq!(is_same(b"/file/"), [false, true]);
        assert_eq!(is_same(&[b'a'; REMEMBERED_BYTES_MAX + 1]), [false, false]);
    }
}
