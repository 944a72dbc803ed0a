//! The walk through the text of a value.

use memchr::memchr;

use crate::Fault;

use super::Field;
use super::strings::{bare_end, string_end};
use super::usual::Next;

/// How deep a text may nest.
pub(crate) const DEPTH_MAX: u32 = 64;

/// What a value is, told by its first byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A string; its text stands between the quotes.
    #[default]
    String,
    /// A number, `true`, `false` or `null`.
    Bare,
    /// An array with its brackets.
    Array,
    /// An object with its braces.
    Object,
}

/// A value as it stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Raw<'a> {
    /// What it is.
    pub(crate) kind: Kind,
    /// Its bytes.
    pub(crate) text: &'a [u8],
}

/// What a key or an item means to who walks.
#[derive(Clone, Copy)]
pub(crate) struct Meaning<L> {
    /// The field whose value it is, and its rank among those that mean the field: the lowest is taken.
    pub(crate) field: Option<(Field, u8)>,
    /// What its members or items mean.
    pub(crate) inner: Option<L>,
}

/// Whoever knows what keys mean.
pub(crate) trait Lookup: Copy {
    /// Whether it knows items of arrays. Where it does not, an array is a value like others.
    const KNOWS_ITEMS: bool = false;

    /// What the member of that key means.
    fn member(self, key: &[u8]) -> Option<Meaning<Self>>;

    /// What the item of that number means.
    fn item(self, _number: usize) -> Option<Meaning<Self>> {
        None
    }
}

/// Walks the whole text, one object, and shows the value of each key that means a field.
pub(crate) fn walk<'a, L: Lookup>(
    text: &'a [u8],
    keys: L,
    take: &mut impl FnMut(Field, u8, Raw<'a>),
) -> Result<(), Fault> {
    Scanner::<false, false>::of(text).whole(keys, "the end of the line", take)
}

/// The items of an array, as far as it is one.
pub(crate) fn items(text: &[u8]) -> impl Iterator<Item = Raw<'_>> {
    let mut scanner = Scanner::<false, true>::of(text);
    let mut is_over = scanner.begin(b'[', b']').unwrap_or(true);
    std::iter::from_fn(move || {
        if is_over {
            return None;
        }
        scanner.skip_blanks();
        let item = scanner.value()?;
        is_over = scanner.separator(b']', "").unwrap_or(true);
        Some(item)
    })
}

/// As [`walk`], of a text that is itself the inside of a JSON string: its quotes are written `\"`, its back-slashes `\\`.
pub(crate) fn walk_quoted<'a, L: Lookup>(
    text: &'a [u8],
    keys: L,
    take: &mut impl FnMut(Field, u8, Raw<'a>),
) -> Result<(), Fault> {
    Scanner::<true, true>::of(text).whole(keys, "the end of the object in the string", take)
}

/// A place in the text of a value; `IS_QUOTED` where the text is the inside of a string, escaped once more; `IS_PLAIN` where
/// every member is read by the grammar alone, however it is written.
///
/// What a step gives fits into registers: a fault is therefore not in it, but `None` is, and the fault is made of what
/// was expected and of the place, which stays where the step failed. Results that go by memory cost a fifth of all time.
pub(super) struct Scanner<'a, const IS_QUOTED: bool, const IS_PLAIN: bool> {
    pub(super) text: &'a [u8],
    pub(super) at: usize,
    /// What was expected where a step failed.
    expected: &'static str,
}

const A_COMMA_OR_BRACE: &str = "a comma or the end of the object";
const A_COMMA_OR_BRACKET: &str = "a comma or the end of the array";
const A_KEY: &str = "a key in quotes";

impl<'a, const IS_QUOTED: bool, const IS_PLAIN: bool> Scanner<'a, IS_QUOTED, IS_PLAIN> {
    /// What a string begins with: a quote, or the back-slash before one.
    const QUOTE: u8 = if IS_QUOTED { b'\\' } else { b'"' };

    pub(super) fn of(text: &'a [u8]) -> Self {
        Scanner { text, at: 0, expected: "" }
    }

    /// Goes through the text, which is one object.
    pub(super) fn whole<L: Lookup>(
        mut self,
        keys: L,
        end: &'static str,
        take: &mut impl FnMut(Field, u8, Raw<'a>),
    ) -> Result<(), Fault> {
        self.skip_blanks();
        let read = self.object(keys, 0, take);
        if read.is_some() {
            self.skip_blanks();
            if self.at == self.text.len() {
                return Ok(());
            }
            self.expected = end;
        }
        Err(Fault { at: self.at, expected: self.expected })
    }

    /// Fails here.
    #[cold]
    fn fail<T>(&mut self, expected: &'static str) -> Option<T> {
        self.expected = expected;
        None
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    #[inline]
    fn skip_blanks(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                Some(b'\\') if IS_QUOTED && matches!(self.text.get(self.at + 1), Some(b'n' | b't' | b'r')) => {
                    self.at += 2;
                }
                _ => return,
            }
        }
    }

    /// Steps over a byte that must stand here.
    fn take(&mut self, byte: u8, expected: &'static str) -> Option<()> {
        if self.peek() != Some(byte) {
            return self.fail(expected);
        }
        self.at += 1;
        Some(())
    }

    /// Steps over the bracket that opens, and the one that closes if nothing is between: whether that is so.
    #[inline]
    fn begin(&mut self, open: u8, close: u8) -> Option<bool> {
        self.take(open, if open == b'{' { "an object" } else { "an array" })?;
        self.skip_blanks();
        let is_empty = self.peek() == Some(close);
        self.at += usize::from(is_empty);
        Some(is_empty)
    }

    /// Steps over what stands behind a value: whether it is the end of what the value stands in.
    #[inline]
    fn separator(&mut self, close: u8, expected: &'static str) -> Option<bool> {
        self.skip_blanks();
        match self.peek() {
            Some(b',') => self.at += 1,
            Some(byte) if byte == close => {
                self.at += 1;
                return Some(true);
            }
            _ => return self.fail(expected),
        }
        Some(false)
    }

    /// Reads a key and its colon, and stands before the value.
    #[inline]
    fn key(&mut self) -> Option<&'a [u8]> {
        self.skip_blanks();
        let key = self.string(A_KEY)?;
        self.skip_blanks();
        self.take(b':', "a colon")?;
        self.skip_blanks();
        Some(key)
    }

    /// Goes through an object, and through what its keys have inside. The depth is that of the tables, which is bounded.
    fn object<L: Lookup>(&mut self, keys: L, depth: u32, take: &mut impl FnMut(Field, u8, Raw<'a>)) -> Option<()> {
        if self.begin(b'{', b'}')? {
            return Some(());
        }
        loop {
            let next = if IS_PLAIN { Next::Member } else { self.usual_members(keys, take) };
            let key = match next {
                Next::Member => self.key()?,
                Next::Value(key) => {
                    self.skip_blanks();
                    key
                }
                Next::End => return Some(()),
            };
            self.meant(keys.member(key), depth, take)?;
            if self.separator(b'}', A_COMMA_OR_BRACE)? {
                return Some(());
            }
        }
    }

    fn array<L: Lookup>(&mut self, keys: L, depth: u32, take: &mut impl FnMut(Field, u8, Raw<'a>)) -> Option<()> {
        if self.begin(b'[', b']')? {
            return Some(());
        }
        let mut number = 0;
        loop {
            self.skip_blanks();
            self.meant(keys.item(number), depth, take)?;
            number += 1;
            if self.separator(b']', A_COMMA_OR_BRACKET)? {
                return Some(());
            }
        }
    }

    /// Reads the value of a key or an item that means that.
    // Inlined, as a meaning is more than registers hold.
    #[inline(always)]
    fn meant<L: Lookup>(
        &mut self,
        meaning: Option<Meaning<L>>,
        depth: u32,
        take: &mut impl FnMut(Field, u8, Raw<'a>),
    ) -> Option<()> {
        let Some(meaning) = meaning else { return self.value().map(|_| ()) };
        match (meaning.inner, self.peek()) {
            (Some(inner), Some(b'{')) if depth < DEPTH_MAX => return self.object(inner, depth + 1, take),
            (Some(inner), Some(b'[')) if L::KNOWS_ITEMS && depth < DEPTH_MAX => {
                return self.array(inner, depth + 1, take);
            }
            _ => {}
        }
        let value = self.value()?;
        if let Some((field, rank)) = meaning.field {
            take(field, rank, value);
        }
        Some(())
    }

    /// Reads a value of any kind.
    // Inlined, as what it gives is more than registers hold.
    #[inline(always)]
    fn value(&mut self) -> Option<Raw<'a>> {
        let kind = match self.peek() {
            Some(quote) if quote == Self::QUOTE => Kind::String,
            Some(b'-' | b'0'..=b'9' | b'a'..=b'z') => Kind::Bare,
            Some(b'[') => Kind::Array,
            Some(b'{') => Kind::Object,
            _ => return self.fail("a value"),
        };
        let text = match kind {
            Kind::String => self.string("a string")?,
            Kind::Bare => self.bare(),
            Kind::Array | Kind::Object => self.container()?,
        };
        Some(Raw { kind, text })
    }

    /// Reads a number or a word. Which of them it is, and whether it is one at all, asks whoever wants its value.
    #[inline]
    fn bare(&mut self) -> &'a [u8] {
        let begin = self.at;
        self.at = bare_end(self.text, begin);
        &self.text[begin..self.at]
    }

    /// Steps over an array or an object with all that it holds.
    ///
    /// No call for each level: a bit tells an object from an array, the lowest that of the innermost.
    fn container(&mut self) -> Option<&'a [u8]> {
        let begin = self.at;
        let (mut objects, mut depth) = (0_u64, 0_u32);
        loop {
            // Here a value begins.
            let is_over = match self.peek() {
                Some(open @ (b'{' | b'[')) => {
                    if depth == DEPTH_MAX {
                        return self.fail("less nesting");
                    }
                    let is_object = open == b'{';
                    if self.begin(open, open + 2)? {
                        true
                    } else {
                        objects = objects << 1 | u64::from(is_object);
                        depth += 1;
                        false
                    }
                }
                Some(quote) if quote == Self::QUOTE => {
                    self.string("a string")?;
                    true
                }
                Some(b'-' | b'0'..=b'9' | b'a'..=b'z') => {
                    self.bare();
                    true
                }
                _ => return self.fail("a value"),
            };
            // Here one is over, or the first inside an array or object is to come.
            if is_over {
                loop {
                    if depth == 0 {
                        return Some(&self.text[begin..self.at]);
                    }
                    let is_end = if objects & 1 == 1 {
                        self.separator(b'}', A_COMMA_OR_BRACE)?
                    } else {
                        self.separator(b']', A_COMMA_OR_BRACKET)?
                    };
                    if !is_end {
                        break;
                    }
                    objects >>= 1;
                    depth -= 1;
                }
            }
            if objects & 1 == 1 {
                self.key()?;
            } else {
                self.skip_blanks();
            }
        }
    }

    /// Reads a string; gives what stands between its quotes.
    // Inlined for the strings that are short.
    #[inline(always)]
    fn string(&mut self, expected: &'static str) -> Option<&'a [u8]> {
        if IS_QUOTED {
            return self.quoted_string(expected);
        }
        self.take(b'"', expected)?;
        let begin = self.at;
        let Some(end) = string_end(self.text, begin) else {
            self.at = self.text.len();
            return self.fail("the end of the string");
        };
        self.at = end + 1;
        Some(&self.text[begin..end])
    }

    /// Reads a string of a text that is escaped once more: `\"` ends it, `\\` is one back-slash before what it escapes.
    fn quoted_string(&mut self, expected: &'static str) -> Option<&'a [u8]> {
        let Some(mut rest) = self.text[self.at..].strip_prefix(b"\\\"") else { return self.fail(expected) };
        let begin = self.at + 2;
        while let Some(at) = memchr(b'\\', rest) {
            rest = match &rest[at + 1..] {
                [b'"', rest @ ..] => {
                    self.at = self.text.len() - rest.len();
                    return Some(&self.text[begin..self.at - 2]);
                }
                // The escaped back-slash, and what it escapes, which may be escaped itself.
                [b'\\', b'\\', _, rest @ ..] | [b'\\', _, rest @ ..] | [_, rest @ ..] => rest,
                [] => break,
            };
        }
        self.at = self.text.len();
        self.fail("the end of the string")
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::Escape;

    /// Every key means a field, so that each value is shown.
    #[derive(Clone, Copy)]
    pub(in crate::json) struct Everything;

    impl Lookup for Everything {
        fn member(self, _: &[u8]) -> Option<Meaning<Self>> {
            Some(Meaning { field: Some((Field::MARK, 0)), inner: None })
        }
    }

    /// No key means anything.
    #[derive(Clone, Copy)]
    pub(in crate::json) struct Nothing;

    impl Lookup for Nothing {
        fn member(self, _: &[u8]) -> Option<Meaning<Self>> {
            None
        }
    }

    fn values(text: &[u8]) -> Result<Vec<Raw<'_>>, Fault> {
        let mut values = Vec::new();
        walk(text, Everything, &mut |_, _, value| values.push(value))?;
        Ok(values)
    }

    /// What the library makes of a value as the scanner gives it.
    fn read(raw: Raw<'_>) -> Value {
        match raw.kind {
            Kind::String => Value::String(String::from_utf8(Escape::Json.undo(raw.text).into_owned()).unwrap()),
            _ => serde_json::from_slice(raw.text).unwrap(),
        }
    }

    #[test]
    fn items_are_those_of_the_array_as_far_as_it_goes() {
        let texts = |text| items(text).map(|item| item.text).collect::<Vec<_>>();
        assert_eq!(texts(b"[ 1 , \"a,\\\"]\" ,[2], {}]"), [&b"1"[..], b"a,\\\"]", b"[2]", b"{}"]);
        assert_eq!(texts(b"[]"), [b""; 0]);
        assert_eq!(texts(b"[1, \"2"), [b"1"], "a cut array ends where it is cut");
        assert_eq!(texts(b"1"), [b""; 0]);
    }

    #[test]
    fn what_is_stepped_over_has_its_grammar_checked() {
        for text in [r#"{"a":[1,]}"#, r#"{"a":{"b"}}"#, r#"{"a":{1:2}}"#, r#"{"a":[1}}"#, r#"{"a":[1 2]}"#, r#"{"a":}"#]
        {
            assert!(walk(text.as_bytes(), Nothing, &mut |_, _, _| {}).is_err(), "{text}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(values(deep(DEPTH_MAX as usize).as_bytes()).is_ok());
        assert_eq!(values(deep(DEPTH_MAX as usize + 1).as_bytes()).unwrap_err().expected, "less nesting");
        assert!(values(deep(1_000_000).as_bytes()).is_err());
    }

    pub(in crate::json) fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            (-1000..1000).prop_map(|number| Value::from(f64::from(number) / 8.0)),
            ".{0,60}".prop_map(Into::into),
            "[\"\\\\ a-c]{0,60}".prop_map(Into::into),
        ];
        leaf.prop_recursive(5, 30, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                object(inner).prop_map(Value::Object),
            ]
        })
    }

    pub(in crate::json) fn object(
        inner: impl Strategy<Value = Value>,
    ) -> impl Strategy<Value = serde_json::Map<String, Value>> {
        prop::collection::vec(("[a-z\"\\\\é]{0,20}", inner), 0..5).prop_map(|pairs| pairs.into_iter().collect())
    }

    proptest! {
        #[test]
        fn the_scanner_reads_what_the_library_writes(object in object(json()), is_pretty in any::<bool>()) {
            let print = if is_pretty { serde_json::to_string_pretty } else { serde_json::to_string };
            let text = print(&object).unwrap();
            let read: Vec<Value> = values(text.as_bytes()).unwrap().into_iter().map(read).collect();
            prop_assert_eq!(read, object.values().cloned().collect::<Vec<_>>());
            prop_assert_eq!(walk(text.as_bytes(), Nothing, &mut |_, _, _| {}), Ok(()));
        }

        #[test]
        fn what_is_cut_is_a_fault_that_stands_in_the_text(object in object(json()), cut in any::<prop::sample::Index>()) {
            let text = serde_json::to_string(&object).unwrap();
            let cut = &text.as_bytes()[..cut.index(text.len())];
            let fault = values(cut).unwrap_err();
            prop_assert!(fault.at <= cut.len());
        }

        #[test]
        fn no_bytes_do_harm(bytes in prop::collection::vec(prop::sample::select(&b"{}[]\",:\\ 1an\xFF"[..]), 0..80)) {
            if let Err(fault) = values(&bytes) {
                prop_assert!(fault.at <= bytes.len());
            } else if let Ok(text) = std::str::from_utf8(&bytes) {
                // What the scanner lets pass differs from JSON in scalars and escapes alone, which are looked at where
                // they are used.
                let is_object = text.trim_start().as_bytes().first() == Some(&b'{');
                prop_assert!(is_object);
            }
        }

        #[test]
        fn a_text_in_a_string_is_the_same_text(object in object(json()), is_pretty in any::<bool>()) {
            let print = if is_pretty { serde_json::to_string_pretty } else { serde_json::to_string };
            let plain = print(&object).unwrap();
            let string = serde_json::to_string(&plain).unwrap();
            let mut inside = Vec::new();
            let text = &string.as_bytes()[1..string.len() - 1];
            walk_quoted(text, Everything, &mut |_, _, value| inside.push(value)).unwrap();
            let undone: Vec<Vec<u8>> = inside.iter().map(|value| Escape::Json.undo(value.text).into_owned()).collect();
            let outside: Vec<&[u8]> = values(plain.as_bytes()).unwrap().iter().map(|value| value.text).collect();
            prop_assert_eq!(undone, outside);
        }
    }
}
