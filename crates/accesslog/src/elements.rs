//! Sources that are one JSON document and hold many records, or many documents that are no lines.
//!
//! A CloudTrail file is `{"Records":[...]}` on a single line of any length; an event hub writes `{"records":[...]}`, an
//! export `[...]`; a tool may print one object after another over many lines each. [`Elements`] finds the records in
//! such a stream without reading it into memory: it is fed bytes in any cuts, keeps counters and one key, and says where
//! each record begins and ends. What stands in a record is its format's affair; that it is whole is all that is known here.
//!
//! What is an element: an item of an array at the top; an item of the array under one of the [`ENVELOPES`] of an object
//! at the top, if its first item is an object or it has none; any other value at the top. Commas and blanks separate.
//! OpenTelemetry and Loki nest their envelopes: what stands in one of the [`NESTS`] is looked at as an object at the top is,
//! and holds [`INNER`] ones. Nothing is kept of them but how many are open.
//!
//! Brackets are counted, not matched, so that no memory grows with the nesting; whether they match, the parser of the
//! element says, which bounds its depth.

use memchr::{memchr_iter, memchr2};

use crate::Position;

/// The keys whose array holds the records of an object at the top.
pub const ENVELOPES: &[&[u8]] =
    &[b"Records", b"records", b"Events", b"events", b"logEvents", b"entries", b"logs", b"value", b"items"];

/// The keys whose array holds objects that hold the records: of an object at the top, and of the objects in those.
const NESTS: [&[&[u8]]; 2] = [&[b"resourceLogs", b"streams"], &[b"scopeLogs", b"instrumentationLibraryLogs"]];

/// The keys whose array holds the records of an object in a nest. The items of `values` are arrays: a time and a line.
const INNER: &[&[u8]] = &[b"logRecords", b"values"];

/// Long enough for every name of these, and one byte for what is longer.
const KEY_BYTES: usize = 27;

/// Finds the elements of a stream, however it is cut.
#[derive(Clone, Debug)]
pub struct Elements {
    place: Place,
    /// How many brackets are open in the object at the top, or in the element.
    depth: u64,
    string: Text,
    /// The last string of the object at the top, while it may be a key: its first bytes, and how many it has.
    key: [u8; KEY_BYTES],
    key_bytes: usize,
    /// How far behind that key the object is.
    after_key: AfterKey,
    /// Whether the object at the top has shown itself as an envelope, and so is no element.
    is_envelope: bool,
    /// How many nests are open.
    nests: u8,
    /// How many values have begun at the top.
    documents: u64,
    /// Where the element begins, or the object that may be one.
    begin: Position,
    /// Where the next byte stands; its record is the number of elements so far.
    next: Position,
}

/// Where the stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Between values at the top.
    Top,
    /// In an object at the top, outside of its list.
    Outer,
    /// Between the objects of a nest.
    Nest,
    /// Between the items of a list, which stands in an object or at the top.
    List(Holder),
    /// In an element that is no string and no bracket, and ends before what is no part of it.
    Bare(Holder),
    /// In an element.
    Element(Holder),
}

/// What elements stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    Nothing,
    Array,
    Envelope,
}

/// Whether the stream is in a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Text {
    Outside,
    Inside,
    /// Behind a back-slash.
    Escaped,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AfterKey {
    Nothing,
    /// The key of an envelope is read.
    Key(Kind),
    /// And its colon.
    Colon(Kind),
    /// And the bracket of an array: the next byte decides.
    Bracket(Kind),
}

/// What the array of an envelope holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Records,
    /// Arrays of a time and a line.
    Pairs,
    /// Objects that hold further envelopes.
    Nest,
}

impl Elements {
    /// A finder of the elements of a stream that begins there.
    pub fn new(start: Position) -> Elements {
        Elements {
            place: Place::Top,
            depth: 0,
            string: Text::Outside,
            key: [0; KEY_BYTES],
            key_bytes: 0,
            after_key: AfterKey::Nothing,
            is_envelope: false,
            nests: 0,
            documents: 0,
            begin: start,
            next: Position { length: 0, record: 0, ..start },
        }
    }

    /// Takes in the next bytes, and gives the place of each element that ends in them, in order.
    pub fn feed(&mut self, bytes: &[u8], take: &mut dyn FnMut(Position)) {
        let mut at = 0;
        // Up to where line feeds are counted.
        let mut counted = 0;
        while at < bytes.len() {
            if self.string == Text::Outside {
                let byte = bytes[at];
                if self.is_between() && !is_separator(byte) {
                    self.next.line += memchr_iter(b'\n', &bytes[counted..at]).count() as u64;
                    counted = at;
                }
                let offset = self.next.offset + at as u64;
                at += usize::from(self.byte(byte, offset, take));
            } else {
                at = self.text(bytes, at, take);
            }
        }
        self.next.line += memchr_iter(b'\n', &bytes[counted..]).count() as u64;
        self.next.offset += bytes.len() as u64;
    }

    /// The stream is over: gives the element that ends with it, if one may.
    ///
    /// # Errors
    ///
    /// The place of what is cut off.
    pub fn finish(mut self, take: &mut dyn FnMut(Position)) -> Result<(), Position> {
        match self.place {
            Place::Bare(_) => {
                let end = self.next.offset;
                self.end(end, take);
                Ok(())
            }
            Place::Element(_) => Err(self.span(self.next.offset)),
            Place::Outer if !self.is_envelope => Err(self.span(self.next.offset)),
            Place::Top | Place::Outer | Place::Nest | Place::List(_) => Ok(()),
        }
    }

    /// The first byte that must be kept, since it is part of an element that is not over.
    pub fn keep_from(&self) -> u64 {
        match self.place {
            Place::Element(_) | Place::Bare(_) => self.begin.offset,
            Place::Outer if !self.is_envelope => self.begin.offset,
            Place::Top | Place::Outer | Place::Nest | Place::List(_) => self.next.offset,
        }
    }

    /// How many documents have begun.
    pub fn documents(&self) -> u64 {
        self.documents
    }

    /// Whether the next byte that is no blank may begin an element.
    fn is_between(&self) -> bool {
        match self.place {
            Place::Top | Place::List(_) => true,
            Place::Outer => matches!(self.after_key, AfterKey::Bracket(_)),
            Place::Bare(_) | Place::Element(_) | Place::Nest => false,
        }
    }

    /// Takes in a byte that is in no string; whether it is used up.
    fn byte(&mut self, byte: u8, offset: u64, take: &mut dyn FnMut(Position)) -> bool {
        match self.place {
            Place::Top => self.begin_top(byte, offset),
            Place::List(holder) => self.begin_item(holder, byte, offset),
            Place::Outer => self.outer(byte, offset, take),
            Place::Nest => self.nest(byte),
            Place::Element(_) => self.element(byte, offset, take),
            Place::Bare(_) if is_separator(byte) || matches!(byte, b'{' | b'[' | b'"' | b'}' | b']') => {
                self.end(offset, take);
                return false;
            }
            Place::Bare(_) => {}
        }
        true
    }

    fn begin_top(&mut self, byte: u8, offset: u64) {
        self.documents += u64::from(!is_separator(byte));
        match byte {
            _ if is_separator(byte) => {}
            b'[' => self.place = Place::List(Holder::Array),
            b'{' => {
                self.begin_at(offset);
                (self.is_envelope, self.nests) = (false, 0);
                self.begin_outer();
            }
            _ => self.begin_value(Holder::Nothing, byte, offset),
        }
    }

    /// Begins an object that may be an envelope.
    fn begin_outer(&mut self) {
        (self.place, self.depth) = (Place::Outer, 1);
        (self.after_key, self.key_bytes) = (AfterKey::Nothing, 0);
    }

    /// Takes in a byte between the objects of a nest. What is no object there is nothing.
    fn nest(&mut self, byte: u8) {
        match byte {
            b'{' => self.begin_outer(),
            b']' => {
                self.nests -= 1;
                self.begin_outer();
            }
            b'"' => self.string = Text::Inside,
            _ => {}
        }
    }

    fn begin_item(&mut self, holder: Holder, byte: u8, offset: u64) {
        match byte {
            _ if is_separator(byte) => {}
            b']' if holder == Holder::Envelope => self.place = Place::Outer,
            b']' => self.place = Place::Top,
            _ => self.begin_value(holder, byte, offset),
        }
    }

    fn begin_value(&mut self, holder: Holder, byte: u8, offset: u64) {
        self.begin_at(offset);
        self.depth = 0;
        match byte {
            b'{' | b'[' => (self.place, self.depth) = (Place::Element(holder), 1),
            b'"' => (self.place, self.string) = (Place::Element(holder), Text::Inside),
            _ => self.place = Place::Bare(holder),
        }
    }

    fn begin_at(&mut self, offset: u64) {
        self.begin = Position { offset, ..self.next };
    }

    fn element(&mut self, byte: u8, offset: u64, take: &mut dyn FnMut(Position)) {
        match byte {
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    self.end(offset + 1, take);
                }
            }
            b'"' => self.string = Text::Inside,
            _ => {}
        }
    }

    /// Takes in a byte of the object at the top, and finds out whether it is an envelope.
    fn outer(&mut self, byte: u8, offset: u64, take: &mut dyn FnMut(Position)) {
        self.after_key = match (self.after_key, byte) {
            (after, b' ' | b'\t' | b'\r' | b'\n') => after,
            (AfterKey::Key(kind), b':') => AfterKey::Colon(kind),
            (AfterKey::Colon(kind), b'[') => AfterKey::Bracket(kind),
            (AfterKey::Bracket(Kind::Nest), b'{' | b']') => {
                (self.is_envelope, self.place) = (true, Place::Nest);
                self.nests += 1;
                return self.nest(byte);
            }
            (AfterKey::Bracket(Kind::Records), b'{' | b']') | (AfterKey::Bracket(Kind::Pairs), b'[' | b']') => {
                // The bracket was counted as any other: the list takes it back.
                self.depth -= 1;
                self.is_envelope = true;
                self.place = Place::List(Holder::Envelope);
                self.after_key = AfterKey::Nothing;
                return self.begin_item(Holder::Envelope, byte, offset);
            }
            _ => AfterKey::Nothing,
        };
        match byte {
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 && 0 < self.nests {
                    self.place = Place::Nest;
                } else if self.depth == 0 && self.is_envelope {
                    self.place = Place::Top;
                } else if self.depth == 0 {
                    self.end(offset + 1, take);
                }
            }
            b'"' => (self.string, self.key_bytes) = (Text::Inside, 0),
            _ => {}
        }
    }

    /// Goes through a string to its end or to the end of the bytes; gives where it has come.
    fn text(&mut self, bytes: &[u8], mut at: usize, take: &mut dyn FnMut(Position)) -> usize {
        if self.string == Text::Escaped {
            self.note_key(&bytes[at..=at]);
            self.string = Text::Inside;
            return at + 1;
        }
        let Some(step) = memchr2(b'"', b'\\', &bytes[at..]) else {
            self.note_key(&bytes[at..]);
            return bytes.len();
        };
        self.note_key(&bytes[at..at + step]);
        at += step;
        if bytes[at] == b'\\' {
            self.note_key(b"\\");
            self.string = Text::Escaped;
            return at + 1;
        }
        self.string = Text::Outside;
        match self.place {
            Place::Outer if self.depth == 1 => {
                self.after_key = self.envelope().map_or(AfterKey::Nothing, AfterKey::Key);
            }
            Place::Outer => self.after_key = AfterKey::Nothing,
            Place::Element(_) if self.depth == 0 => self.end(self.next.offset + at as u64 + 1, take),
            _ => {}
        }
        at + 1
    }

    fn note_key(&mut self, bytes: &[u8]) {
        if self.place == Place::Outer && self.depth == 1 {
            let held = self.key_bytes.min(KEY_BYTES);
            let more = bytes.len().min(KEY_BYTES - held);
            self.key[held..held + more].copy_from_slice(&bytes[..more]);
            self.key_bytes += bytes.len();
        }
    }

    /// What the array under the last key holds, if that is the key of an envelope.
    fn envelope(&self) -> Option<Kind> {
        let key = self.key.get(..self.key_bytes)?;
        let is_nest = |nests: &&[&[u8]]| nests.contains(&key);
        match self.nests {
            nests if NESTS.get(usize::from(nests)).is_some_and(is_nest) => Some(Kind::Nest),
            0 => ENVELOPES.contains(&key).then_some(Kind::Records),
            _ if !INNER.contains(&key) => None,
            _ if key == b"values" => Some(Kind::Pairs),
            _ => Some(Kind::Records),
        }
    }

    /// Ends the element, or the object that turned out to be one, before that offset.
    fn end(&mut self, offset: u64, take: &mut dyn FnMut(Position)) {
        self.place = match self.place {
            Place::Element(Holder::Nothing) | Place::Bare(Holder::Nothing) => Place::Top,
            Place::Outer | Place::Top | Place::Nest => Place::Top,
            Place::Element(holder) | Place::Bare(holder) | Place::List(holder) => Place::List(holder),
        };
        if self.place == Place::List(Holder::Envelope) {
            self.depth = 1;
        }
        take(self.span(offset));
        self.next.record = self.next.record.saturating_add(1);
    }

    /// The place of the element that ends before that offset.
    fn span(&self, end: u64) -> Position {
        let length = u32::try_from(end - self.begin.offset).unwrap_or(u32::MAX);
        Position { length, record: self.next.record.saturating_add(1), ..self.begin }
    }
}

/// Whether a byte only separates elements.
fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Position = Position { source: 3, offset: 100, line: 7, length: 0, record: 0 };

    /// The elements of a text fed in pieces of these sizes, over and over, and what is cut off.
    fn found(text: &[u8], sizes: &[usize]) -> (Vec<Position>, Option<Position>) {
        let mut elements = Elements::new(START);
        let mut places = Vec::new();
        let mut rest = text;
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, behind) = rest.split_at(rest.len().min((*size).max(1)));
            elements.feed(piece, &mut |at| places.push(at));
            rest = behind;
        }
        let cut = elements.finish(&mut |at| places.push(at)).err();
        (places, cut)
    }

    fn texts(text: &str) -> Vec<&str> {
        let (places, cut) = found(text.as_bytes(), &[usize::MAX]);
        assert_eq!(cut, None, "{text}");
        for (number, at) in places.iter().enumerate() {
            assert_eq!(at.record as usize, number + 1);
            let line = 7 + text[..(at.offset - 100) as usize].matches('\n').count() as u64;
            assert_eq!((at.source, at.line), (3, line), "{text}");
        }
        places.iter().map(|at| &text[(at.offset - 100) as usize..][..at.length as usize]).collect()
    }

    #[test]
    fn records_stand_in_envelopes_arrays_or_one_after_another() {
        let want = [r#"{"a":[1]}"#, "{\"b\":\"}\\\"{\"\n}"];
        let [one, two] = want;
        for text in [
            format!("[{one},{two}]"),
            format!(" [\n{one}\n,\n{two}\n]\n"),
            format!("{{\"Records\":[{one},{two}]}}"),
            format!(
                "{{\"version\":\"1\",\"x\":{{\"Records\":[3]}},\"Records\" : [ {one} , {two} ],\"tail\":[{{}}]}}\n"
            ),
            format!("{{\"Records\":[\n\n{one},\n{two}]}}"),
            format!("{{\"records\":[{one}]}}\n{{\"records\":[]}}\n{{\"records\":[{two}]}}"),
            format!("{one}\n{two}"),
            format!("{one}{two}"),
            format!("[{one}][{two}]"),
        ] {
            assert_eq!(texts(&text), want, "{text}");
        }
    }

    #[test]
    fn envelopes_may_be_nested() {
        let want = [r#"{"a":[1]}"#, r#"["b]","{"]"#];
        let [one, two] = want;
        let scopes = format!(r#"{{"scope":{{"logRecords":[{{}}]}},"logRecords":[{one}]}}"#);
        for text in [
            format!(
                r#"{{"resourceLogs":[{{"resource":{{}},"scopeLogs":[{scopes},{{"logRecords":[]}}]}},{{"values":[{two}]}}]}}"#
            ),
            format!(
                r#"{{"streams": [ {{"stream":{{"a":"b"}},"logRecords":[{one}],"values": [ {two} ]}} ],"x":[{{}}]}}"#
            ),
            format!(r#"{{"streams":[]}} {{"resourceLogs":[]}} [{one},{two}]"#),
            format!(
                r#"{{"streams":[{{"scopeLogs":[{{"scopeLogs":[{{}}],"logRecords":[{one}]}}],"values":[{two}]}}]}}"#
            ),
        ] {
            assert_eq!(texts(&text), want, "{text}");
        }
        for text in [r#"{"values":[["a","b"]]}"#, r#"{"scopeLogs":[{"logRecords":[{}]}]}"#, r#"{"streams":["a"]}"#] {
            assert_eq!(texts(text), [text]);
        }
        assert!(texts(r#"{"streams":[{"values":[1,2]}]}"#).is_empty());
    }

    #[test]
    fn an_object_is_an_envelope_by_its_key_alone() {
        for text in [
            r#"{"records":[1,2]}"#,
            r#"{"recordsX":[{}]}"#,
            r#"{"x":"records","y":[{}]}"#,
            r#"{"x":{"records":[{}]}}"#,
            r#"{"records":{"records":[{}]}}"#,
            r#"{"\records":[{}]}"#,
        ] {
            assert_eq!(texts(text), [text]);
        }
    }

    #[test]
    fn what_is_no_object_is_an_element_too() {
        assert_eq!(texts(r#"[1, "a]", [2,[3]], null]"#), ["1", r#""a]""#, "[2,[3]]", "null"]);
        assert_eq!(texts("hello {} world"), ["hello", "{}", "world"]);
        assert_eq!(texts("} ]"), ["}", "]"]);
    }

    #[test]
    fn what_is_cut_off_is_said() {
        let cut = |text: &str| found(text.as_bytes(), &[usize::MAX]).1.map(|at| (at.offset - 100, at.length));
        assert_eq!(cut(r#"{"Records":[{"a":1},{"b"#), Some((20, 3)));
        assert_eq!(cut(r#"{"Records":[{"a":1}"#), None, "all records are whole");
        assert_eq!(cut(r#"{"a":1"#), Some((0, 6)));
        assert_eq!(cut(r#"["a"#), Some((1, 2)));
    }

    #[test]
    fn nesting_costs_no_memory_and_no_stack() {
        let deep = format!("[{}{}]", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(texts(&deep), [&deep[1..deep.len() - 1]]);
        assert!(size_of::<Elements>() <= 192);
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_elements(
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    "{", "}", "[", "]", ",", ":", "\"", "\\", " ", "\n", "1", "\"Records\":[", "\"records\" : [",
                    "{\"a\":1}", "{\"b\":\"\\\"}\"}", "null", "\"x\"", "Records", "\"streams\":[", "\"values\":[",
                    "\"scopeLogs\":[{",
                ]),
                0..60,
            ),
            sizes in prop::collection::vec(1_usize..9, 1..6),
        ) {
            let text: String = pieces.concat();
            prop_assert_eq!(found(text.as_bytes(), &sizes), found(text.as_bytes(), &[usize::MAX]));
        }

        #[test]
        fn what_a_library_reads_is_found(
            values in prop::collection::vec(json(), 0..6),
            is_pretty in any::<bool>(),
            sizes in prop::collection::vec(1_usize..20, 1..4),
        ) {
            let print = |value: &serde_json::Value| {
                if is_pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) }.unwrap()
            };
            let objects: Vec<serde_json::Value> =
                values.into_iter().map(|value| serde_json::json!({ "inner": value })).collect();
            let text = print(&serde_json::json!({ "before": [{}], "Records": &objects, "tail": {} }));
            let (places, cut) = found(text.as_bytes(), &sizes);
            prop_assert_eq!(cut, None);
            let read: Vec<serde_json::Value> = places
                .iter()
                .map(|at| serde_json::from_str(&text[(at.offset - 100) as usize..][..at.length as usize]).unwrap())
                .collect();
            prop_assert_eq!(read, objects);
        }
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            "[ -~\\n\"\\\\{}\\[\\]]{0,12}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::hash_map("[a-zR\"\\\\]{0,8}", inner, 0..4)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }
}
