//! Any bytes as an object of JSON: what stands at some paths in it is what another reader finds there.
//!
//! That reader keeps the members of an object in their order and as often as they come, as a writer may say a thing twice.

use std::fmt;
use std::sync::OnceLock;

use accesslog::JsonPaths;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

/// Where is looked: the same names as in [`wanted`].
const PATHS: [&str; 5] = ["a", "b.a", "b.c", "d[0]", "d[1].a"];

/// How deep the objects are that are compared: deeper ones are refused by one reader or the other.
const DEPTH_MAX: usize = 60;

/// Checks an object.
pub fn check(text: &[u8]) {
    let mut found: Vec<(usize, Vec<u8>)> = Vec::new();
    let read = paths().find(text, &mut |place, value| found.push((place, value.to_vec())));
    if let Err(fault) = read {
        assert!(fault.at <= text.len() && !fault.expected.is_empty(), "a fault stands in its line");
    }
    let is_deep = DEPTH_MAX < text.iter().filter(|byte| matches!(byte, b'[' | b'{')).count();
    // Keys are compared as they stand: one that is spelt by numbers is another.
    let is_spelt = text.windows(4).any(|four| four == b"\\u00");
    let Ok(Tree::Object(members)) = serde_json::from_slice(text) else { return };
    if is_deep || is_spelt {
        return;
    }
    assert!(read.is_ok(), "what another reader takes is taken: {read:?}");
    let mut all = Vec::new();
    wanted(&members, &mut all);
    assert_eq!(found.len(), all.len(), "another reader finds as many: {found:?} and {all:?}");
    for ((place, text), (wanted, tree)) in found.iter().zip(all) {
        let is_same = match tree {
            Tree::Text(other) => *text == other.as_bytes(),
            Tree::Bool(is) => text == if *is { &b"true"[..] } else { b"false" },
            Tree::Number(number) => serde_json::from_slice::<Number>(text).is_ok_and(|read| read == *number),
            Tree::Null | Tree::Array(_) | Tree::Object(_) => false,
        };
        assert!(*place == wanted && is_same, "{} at {} is {tree:?}", text.escape_ascii(), PATHS[*place]);
    }
}

fn paths() -> &'static JsonPaths {
    static MADE: OnceLock<JsonPaths> = OnceLock::new();
    MADE.get_or_init(|| JsonPaths::new(&PATHS).expect("paths"))
}

/// What stands at the paths, in the order of the text.
fn wanted<'t>(members: &'t [(String, Tree)], out: &mut Vec<(usize, &'t Tree)>) {
    let mut put = |place, tree: &'t Tree| {
        if !matches!(tree, Tree::Null | Tree::Array(_) | Tree::Object(_)) {
            out.push((place, tree));
        }
    };
    for (key, value) in members {
        match (key.as_str(), value) {
            ("a", value) => put(0, value),
            ("b", Tree::Object(inner)) => {
                for (key, value) in inner {
                    match key.as_str() {
                        "a" => put(1, value),
                        "c" => put(2, value),
                        _ => {}
                    }
                }
            }
            ("d", Tree::Array(items)) => {
                items.first().into_iter().for_each(|item| put(3, item));
                if let Some(Tree::Object(inner)) = items.get(1) {
                    inner.iter().filter(|(key, _)| key == "a").for_each(|(_, value)| put(4, value));
                }
            }
            _ => {}
        }
    }
}

/// A value of JSON, members in their order.
#[derive(Debug)]
enum Tree {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    Array(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Tree, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Tree;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a value of JSON")
            }
            fn visit_unit<E>(self) -> Result<Tree, E> {
                Ok(Tree::Null)
            }
            fn visit_bool<E>(self, is: bool) -> Result<Tree, E> {
                Ok(Tree::Bool(is))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Tree, E> {
                Ok(Tree::Number(number.into()))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Tree, E> {
                Ok(Tree::Number(number.into()))
            }
            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Tree, E> {
                Number::from_f64(number).map(Tree::Number).ok_or_else(|| E::custom("no number"))
            }
            fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
                Ok(Tree::Text(text.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
                let mut all = Vec::new();
                while let Some(item) = items.next_element()? {
                    all.push(item);
                }
                Ok(Tree::Array(all))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Tree, A::Error> {
                let mut all = Vec::new();
                while let Some(member) = members.next_entry()? {
                    all.push(member);
                }
                Ok(Tree::Object(all))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}
