//! Rows in which text of strangers stands under one key.
//!
//! Whoever reads a report by program hands parts of it on: to rules, to a ticket, to a model that is asked what to make of it.
//! A text that was written to be obeyed there must not stand beside the report's own words. So a row is split as it is
//! written: what is [`Untrusted`](crate::Untrusted) leaves its place and stands in the same place of a second tree, under
//! [`KEY`]; and is put back as it is read. Nobody lists the fields: the type of a field says whose text it is, and a field
//! that is added tomorrow is fenced too.
//!
//! In a list both trees keep the places of its items, so that the third item of one speaks of the third of the other. Where
//! nothing of ours is left in a list, it stands in the second tree alone.

use serde::Serialize;
use serde::ser::{Error as _, Impossible, SerializeMap, SerializeSeq, SerializeStruct, Serializer};
use serde_json::{Error, Value};

/// The key under which a row holds text of strangers.
pub(crate) const KEY: &str = "untrusted";

/// The name by which [`Untrusted`](crate::Untrusted) tells a serializer what it is.
pub(crate) const MARK: &str = "report::Untrusted";

/// A row, what strangers wrote behind everything else.
///
/// # Errors
///
/// Where it is no object.
pub(crate) fn fenced(row: &impl Serialize) -> Result<Tree, Error> {
    let Split { own, theirs } = row.serialize(Fence { is_theirs: false })?;
    let Some(Tree::Object(mut keys)) = own else { return Err(Error::custom("a row is an object")) };
    keys.extend(theirs.map(|theirs| (KEY.to_owned(), theirs)));
    Ok(Tree::Object(keys))
}

/// A row as it was before it was fenced.
pub(crate) fn unfenced(mut row: Value) -> Value {
    match row.as_object_mut().and_then(|keys| keys.remove(KEY)) {
        Some(theirs) => joined(row, theirs),
        None => row,
    }
}

/// Two trees in one. What only one has is taken as it is; where neither is an object or a list, it is theirs.
fn joined(own: Value, theirs: Value) -> Value {
    match (own, theirs) {
        (own, Value::Null) => own,
        (Value::Object(mut own), Value::Object(theirs)) => {
            for (key, value) in theirs {
                let before = own.remove(&key).unwrap_or_default();
                own.insert(key, joined(before, value));
            }
            Value::Object(own)
        }
        (Value::Array(own), Value::Array(theirs)) => {
            let (mut own, mut theirs) = (own.into_iter(), theirs.into_iter());
            let mut items = Vec::new();
            loop {
                match (own.next(), theirs.next()) {
                    (None, None) => return Value::Array(items),
                    (own, theirs) => items.push(joined(own.unwrap_or_default(), theirs.unwrap_or_default())),
                }
            }
        }
        (_, theirs) => theirs,
    }
}

/// A value, the keys of its objects in the order in which they were written.
pub(crate) enum Tree {
    Leaf(Value),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Tree::Leaf(value) => value.serialize(serializer),
            Tree::List(items) => serializer.collect_seq(items),
            Tree::Object(keys) => serializer.collect_map(keys.iter().map(|(key, value)| (key, value))),
        }
    }
}

/// What is ours of a value, and what is theirs.
struct Split {
    own: Option<Tree>,
    theirs: Option<Tree>,
}

/// The serializer that tells the two apart.
#[derive(Clone, Copy)]
struct Fence {
    is_theirs: bool,
}

impl Fence {
    fn leaf(self, value: impl Into<Value>) -> Result<Split, Error> {
        let leaf = Some(Tree::Leaf(value.into()));
        Ok(if self.is_theirs { Split { own: None, theirs: leaf } } else { Split { own: leaf, theirs: None } })
    }

    fn object(self) -> Object {
        Object { fence: self, own: Vec::new(), theirs: Vec::new(), count: 0, key: None }
    }
}

/// An object that is being split.
struct Object {
    fence: Fence,
    own: Vec<(String, Tree)>,
    theirs: Vec<(String, Tree)>,
    count: usize,
    /// The key of a map whose value comes next.
    key: Option<String>,
}

impl Object {
    fn add<T: Serialize + ?Sized>(&mut self, key: String, value: &T) -> Result<(), Error> {
        let Split { own, theirs } = value.serialize(self.fence)?;
        self.theirs.extend(theirs.map(|theirs| (key.clone(), theirs)));
        self.own.extend(own.map(|own| (key, own)));
        self.count += 1;
        Ok(())
    }

    fn finish(self) -> Split {
        let is_all_theirs = self.own.is_empty() && 0 < self.count;
        Split {
            own: (!is_all_theirs).then_some(Tree::Object(self.own)),
            theirs: (!self.theirs.is_empty()).then_some(Tree::Object(self.theirs)),
        }
    }
}

/// A list that is being split.
struct List {
    fence: Fence,
    items: Vec<Split>,
}

impl List {
    fn add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.items.push(value.serialize(self.fence)?);
        Ok(())
    }

    fn finish(self) -> Split {
        let is_none = |tree: fn(&Split) -> &Option<Tree>| self.items.iter().all(|item| tree(item).is_none());
        let has_own = self.items.is_empty() || !is_none(|item| &item.own);
        let has_theirs = !is_none(|item| &item.theirs);
        let filled = |tree: Option<Tree>| tree.unwrap_or(Tree::Leaf(Value::Null));
        let (own, theirs) = self.items.into_iter().map(|item| (filled(item.own), filled(item.theirs))).unzip();
        Split { own: has_own.then_some(Tree::List(own)), theirs: has_theirs.then_some(Tree::List(theirs)) }
    }
}

impl SerializeStruct for Object {
    type Ok = Split;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        self.add(key.to_owned(), value)
    }

    fn end(self) -> Result<Split, Error> {
        Ok(self.finish())
    }
}

impl SerializeMap for Object {
    type Ok = Split;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        match serde_json::to_value(key)? {
            Value::String(key) => self.key = Some(key),
            _ => return Err(Error::custom("a key is a text")),
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let key = self.key.take().ok_or_else(|| Error::custom("a value has a key"))?;
        self.add(key, value)
    }

    fn end(self) -> Result<Split, Error> {
        Ok(self.finish())
    }
}

impl SerializeSeq for List {
    type Ok = Split;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.add(value)
    }

    fn end(self) -> Result<Split, Error> {
        Ok(self.finish())
    }
}

/// What no row has.
type Never = Impossible<Split, Error>;

fn never<T>(what: &str) -> Result<T, Error> {
    Err(Error::custom(format!("no row has {what}")))
}

impl Serializer for Fence {
    type Ok = Split;
    type Error = Error;
    type SerializeSeq = List;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Object;
    type SerializeStruct = Object;
    type SerializeStructVariant = Never;

    fn serialize_bool(self, value: bool) -> Result<Split, Error> {
        self.leaf(value)
    }

    fn serialize_i8(self, value: i8) -> Result<Split, Error> {
        self.leaf(value)
    }

    fn serialize_i16(self, value: i16) -> Result<Split, Error> {
        self.leaf(value)
    }

    fn serialize_i32(self, value: i32) -> Result<Split, Error> {
        self.leaf(value)
    }

    fn serialize_i64(self, value: i64) -> Result<Split, Error> {
        self.leaf(value)
    }

    fn serialize_u8(self, value: u8) -> Result<Split, Error> {
        self.leaf(value)
    }

    fn serialize_u16(self, value: u16) -> Result<Split, Error> {
        self.leaf(value)
    }

    fn serialize_u32(self, value: u32) -> Result<Split, Error> {
        self.leaf(value)
    }

    fn serialize_u64(self, value: u64) -> Result<Split, Error> {
        self.leaf(value)
    }

    fn serialize_f32(self, value: f32) -> Result<Split, Error> {
        self.leaf(value)
    }

    fn serialize_f64(self, value: f64) -> Result<Split, Error> {
        self.leaf(value)
    }

    fn serialize_char(self, value: char) -> Result<Split, Error> {
        self.leaf(value.to_string())
    }

    fn serialize_str(self, value: &str) -> Result<Split, Error> {
        self.leaf(value)
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Split, Error> {
        never("bytes")
    }

    fn serialize_none(self) -> Result<Split, Error> {
        self.leaf(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Split, Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Split, Error> {
        self.leaf(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Split, Error> {
        self.leaf(Value::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Split, Error> {
        self.leaf(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<Split, Error> {
        value.serialize(Fence { is_theirs: self.is_theirs || name == MARK })
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Split, Error> {
        never("a variant with a value")
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List, Error> {
        Ok(List { fence: self, items: Vec::new() })
    }

    fn serialize_tuple(self, _: usize) -> Result<Never, Error> {
        never("a tuple")
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Never, Error> {
        never("a tuple")
    }

    fn serialize_tuple_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Never, Error> {
        never("a variant with a value")
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Object, Error> {
        Ok(self.object())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Object, Error> {
        Ok(self.object())
    }

    fn serialize_struct_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Never, Error> {
        never("a variant with a value")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Untrusted;

    #[derive(Serialize)]
    struct Row {
        name: &'static str,
        target: Untrusted,
        agent: Option<Untrusted>,
        none: Option<Untrusted>,
        items: Vec<Item>,
        texts: Vec<Untrusted>,
        empty: Vec<Untrusted>,
        only: Only,
        numbers: Vec<u64>,
    }

    #[derive(Serialize)]
    struct Item {
        count: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<Untrusted>,
    }

    #[derive(Serialize)]
    struct Only {
        text: Untrusted,
    }

    fn row() -> Row {
        let item = |count, text: Option<&str>| Item { count, text: text.map(Untrusted::from) };
        Row {
            name: "ours",
            target: "t1".into(),
            agent: Some("t2".into()),
            none: None,
            items: vec![item(1, None), item(2, Some("t3"))],
            texts: vec!["t4".into(), "t5".into()],
            empty: Vec::new(),
            only: Only { text: "t6".into() },
            numbers: vec![7],
        }
    }

    #[test]
    fn text_of_strangers_stands_in_its_own_place_under_one_key() {
        let text = serde_json::to_string(&fenced(&row()).unwrap()).unwrap();
        let want = json!({
            "name": "ours", "none": null, "items": [{"count": 1}, {"count": 2}], "empty": [], "numbers": [7],
            "untrusted": {
                "target": "t1", "agent": "t2", "items": [null, {"text": "t3"}], "texts": ["t4", "t5"], "only": {"text": "t6"},
            },
        });
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), want, "{text}");
        assert!(
            text.starts_with(r#"{"name":"ours","#) && text.find(KEY) > text.find("numbers"),
            "in order, theirs last"
        );
    }

    #[test]
    fn what_was_fenced_comes_back() {
        let plain = serde_json::to_value(row()).unwrap();
        let fenced = serde_json::to_value(fenced(&row()).unwrap()).unwrap();
        assert_eq!(unfenced(fenced), plain);
        assert_eq!(unfenced(plain.clone()), plain, "a row of before");
    }

    #[test]
    fn a_row_without_text_of_strangers_has_no_such_key() {
        let text = serde_json::to_string(&fenced(&json!({"a": [1, null], "b": {}})).unwrap()).unwrap();
        assert_eq!(text, r#"{"a":[1,null],"b":{}}"#);
        assert!(fenced(&7).is_err());
    }
}
