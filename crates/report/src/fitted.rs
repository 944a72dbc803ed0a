//! Rows that whatever collects them takes whole.
//!
//! Collectors of events cut a line at a length that is theirs, ten thousand bytes where nothing else was said, and half a
//! row of JSON is none. So no row is longer than [`ROW_BYTES_MAX`]: of its lists the first items stay and of its texts the
//! beginnings, by the first of [`STEPS`] that makes it fit, and the row says under `omitted` of which key how much is not
//! there. A key never goes, and nothing goes unsaid.
//!
//! What is left out is at hand as [`Rest`]s. The report itself goes on with them in rows of their own, so that nothing is
//! lost in it; what is sent to a collector names the finding, which the report holds whole.

use serde::Serialize;
use serde_json::Value;

use crate::json::{escaped_bytes, line_bytes};

/// How long a row may be, in bytes, with the line feed that ends it.
pub(crate) const ROW_BYTES_MAX: usize = 10_000;

/// How long a text may be, in bytes as JSON spells it, and how many items a list may have: from what cuts least to what
/// cuts most. Lists go first: a sentence of ours is to be read. The shortest text still holds a digest whole, and thereby
/// every identifier, time and word of ours.
const STEPS: [(usize, usize); 12] = [
    (4_096, 256),
    (2_048, 128),
    (1_024, 64),
    (1_024, 32),
    (512, 16),
    (512, 8),
    (512, 4),
    (256, 4),
    (256, 2),
    (128, 2),
    (64, 2),
    (64, 1),
];

/// Of which key how much is not in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Omitted {
    /// The key, below others: `request.target`, with `*` for any item of a list.
    pub(crate) key: String,
    /// How many items of lists.
    #[serde(skip_serializing_if = "is_none")]
    pub(crate) items: usize,
    /// How many bytes of texts.
    #[serde(skip_serializing_if = "is_none")]
    pub(crate) bytes: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_none(count: &usize) -> bool {
    *count == 0
}

/// What was left out of a row.
#[derive(Clone, Debug)]
pub(crate) struct Rest<'v> {
    /// Where it belongs: `inputs`, `inputs.3.path`.
    pub(crate) key: String,
    pub(crate) held: Held<'v>,
}

/// The rest of a list or of a text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Held<'v> {
    /// The items from this place on.
    Items(usize, &'v [Value]),
    Text(&'v str),
}

/// A value that fits, and what had to go for it.
pub(crate) struct Fitted<'v> {
    pub(crate) value: Value,
    pub(crate) rests: Vec<Rest<'v>>,
}

/// The value in at most so many bytes, what was left out noted in it as `note` does; it stands below `key`.
pub(crate) fn fitted<'v>(
    value: &'v Value,
    key: &str,
    bytes_max: usize,
    note: &dyn Fn(Value, Vec<Omitted>) -> Value,
) -> Fitted<'v> {
    let cut = |(text_bytes, items): (usize, usize)| {
        let mut knife = Knife { text_bytes, items, rests: Vec::new() };
        let cut = knife.value(value, &mut key.to_owned());
        let value = note(cut, omitted(&knife.rests));
        Fitted { value, rests: knife.rests }
    };
    by_steps(cut, |cut| line_bytes(&cut.value) <= bytes_max)
}

/// What is cut by the first of the [`STEPS`] that makes it fit, or by the last.
pub(crate) fn by_steps<C>(cut: impl Fn((usize, usize)) -> C, fits: impl Fn(&C) -> bool) -> C {
    let (last, all) = STEPS.split_last().expect("there are steps");
    all.iter().map(|step| cut(*step)).find(fits).unwrap_or_else(|| cut(*last))
}

/// The row of an event in at most [`ROW_BYTES_MAX`] bytes: as it is, where it is no longer.
pub(crate) fn event(row: Value, note: &dyn Fn(Value, Vec<Omitted>) -> Value) -> Value {
    match line_bytes(&row) <= ROW_BYTES_MAX {
        true => row,
        false => fitted(&row, "", ROW_BYTES_MAX, note).value,
    }
}

/// How much of each key is in the rests.
pub(crate) fn omitted(rests: &[Rest<'_>]) -> Vec<Omitted> {
    let mut all: Vec<Omitted> = Vec::new();
    for rest in rests {
        let is_place = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let parts: Vec<&str> = rest.key.split('.').map(|part| if is_place(part) { "*" } else { part }).collect();
        let key = parts.join(".");
        let place = all.iter().position(|omitted| omitted.key == key).unwrap_or_else(|| {
            all.push(Omitted { key, ..Omitted::default() });
            all.len() - 1
        });
        match rest.held {
            Held::Items(_, items) => all[place].items += items.len(),
            Held::Text(text) => all[place].bytes += text.len(),
        }
    }
    all
}

struct Knife<'v> {
    text_bytes: usize,
    items: usize,
    rests: Vec<Rest<'v>>,
}

impl<'v> Knife<'v> {
    fn value(&mut self, value: &'v Value, key: &mut String) -> Value {
        match value {
            Value::String(text) => {
                let (own, rest) = split(text, self.text_bytes);
                self.leave(key, Held::Text(rest), rest.is_empty());
                own.into()
            }
            Value::Array(items) => {
                let (own, rest) = items.split_at(self.items.min(items.len()));
                self.leave(key, Held::Items(own.len(), rest), rest.is_empty());
                let own = own.iter().enumerate();
                Value::Array(own.map(|(place, item)| self.below(item, key, &place.to_string())).collect())
            }
            Value::Object(map) => {
                Value::Object(map.iter().map(|(name, value)| (name.clone(), self.below(value, key, name))).collect())
            }
            other => other.clone(),
        }
    }

    fn below(&mut self, value: &'v Value, key: &mut String, name: &str) -> Value {
        let length = key.len();
        if 0 < length {
            key.push('.');
        }
        key.push_str(name);
        let value = self.value(value, key);
        key.truncate(length);
        value
    }

    fn leave(&mut self, key: &str, held: Held<'v>, is_nothing: bool) {
        if !is_nothing {
            self.rests.push(Rest { key: key.to_owned(), held });
        }
    }
}

/// The longest beginning of a text that is at most so long as JSON spells it, and the rest.
pub(crate) fn split(text: &str, bytes_max: usize) -> (&str, &str) {
    let mut spelt = 0;
    let end = text.char_indices().find(|(_, letter)| {
        spelt += escaped_bytes(letter.encode_utf8(&mut [0; 4]));
        bytes_max < spelt
    });
    text.split_at(end.map_or(text.len(), |(at, _)| at))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn noted(mut value: Value, omitted: Vec<Omitted>) -> Value {
        value["omitted"] = serde_json::to_value(omitted).unwrap();
        value
    }

    #[test]
    fn lists_and_texts_are_cut_and_counted() {
        let long = "é".repeat(20_000);
        let row = json!({"a": {"text": long}, "list": vec![json!({"b": long}); 900], "short": "x"});
        let cut = event(row.clone(), &noted);
        assert!(line_bytes(&cut) <= ROW_BYTES_MAX);
        let kept = cut["list"].as_array().unwrap();
        let of = |key: &str| {
            cut["omitted"].as_array().unwrap().iter().find(|omitted| omitted["key"] == key).cloned().unwrap()
        };
        assert_eq!(of("list")["items"].as_u64(), Some(900 - kept.len() as u64));
        assert_eq!(of("a.text")["bytes"].as_u64(), Some(40_000 - cut["a"]["text"].as_str().unwrap().len() as u64));
        let texts: usize = kept.iter().map(|item| item["b"].as_str().unwrap().len()).sum();
        assert_eq!(of("list.*.b")["bytes"].as_u64(), Some((40_000 * kept.len() - texts) as u64));
        assert_eq!(cut["short"], "x");
        let whole = json!({"a": "b"});
        assert_eq!(event(whole.clone(), &noted), whole, "what fits is as it is");
    }

    #[test]
    fn a_text_is_measured_as_it_is_spelt() {
        for (text, wanted) in [("abc", "ab"), ("a\u{1b}", "a"), ("\"\"", "\""), ("éé", "é"), ("", ""), ("a", "a")] {
            assert_eq!(split(text, 2).0, wanted);
        }
        assert_eq!(split("\u{e0041}b", 12), ("\u{e0041}", "b"));
    }

    #[test]
    fn a_text_in_a_list_is_cut_where_it_stands() {
        let row = json!({"all": ["a", "b".repeat(20_000), "c"]});
        let cut = event(row, &noted);
        assert_eq!(cut["all"].as_array().unwrap().len(), 3);
        assert_eq!(cut["omitted"], json!([{"key": "all.*", "bytes": 20_000 - 4_096}]));
    }
}
