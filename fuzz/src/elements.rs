//! Any bytes as a stream of JSON: its elements are the same however it comes in pieces, and those of another reader.
//!
//! The first byte says where it is cut: in two, or behind every byte.

use accesslog::{ENVELOPES, Elements, Position};
use serde_json::Value;

/// Keys that may open what holds elements further in; objects with one are left to the other laws.
const FURTHER: [&str; 5] = ["resourceLogs", "streams", "scopeLogs", "instrumentationLibraryLogs", "Records"];

/// Checks a stream.
pub fn check(bytes: &[u8]) {
    let [cut, text @ ..] = bytes else { return };
    let all = found(&[text]);
    let pieces: Vec<&[u8]> = match text.split_at_checked(usize::from(*cut)) {
        Some((one, other)) => vec![one, other],
        None => text.chunks(1).collect(),
    };
    assert_eq!(found(&pieces), all, "cuts change nothing");
    let (places, is_whole) = all;
    for (number, place) in places.iter().enumerate() {
        assert_eq!(place.record as usize, number + 1, "elements are counted");
        let before = &text[..place.offset as usize];
        assert_eq!(place.line as usize, 1 + before.iter().filter(|byte| **byte == b'\n').count(), "of its line");
    }
    let end = |place: &Position| place.offset as usize + place.length as usize;
    assert!(places.windows(2).all(|two| end(&two[0]) <= two[1].offset as usize), "elements follow each other");
    assert!(places.last().is_none_or(|last| end(last) <= text.len()), "and stand in the text");
    if let Ok(value) = serde_json::from_slice::<Value>(text)
        && let Some(wanted) = elements(&value)
    {
        assert!(is_whole, "what is JSON is whole");
        let own = |place: &Position| serde_json::from_slice(&text[place.offset as usize..end(place)]).ok();
        assert_eq!(places.iter().map(own).collect::<Vec<Option<Value>>>(), wanted, "another reader finds the same");
    }
}

/// The elements of a stream that comes in these pieces, and whether it ends where it may.
pub(super) fn found(pieces: &[&[u8]]) -> (Vec<Position>, bool) {
    let mut places = Vec::new();
    let mut elements = Elements::new(Position { line: 1, ..Position::default() });
    pieces.iter().for_each(|piece| elements.feed(piece, &mut |at| places.push(at)));
    let is_whole = elements.finish(&mut |at| places.push(at)).is_ok();
    (places, is_whole)
}

/// What the elements of a document are; `None` where that is not easily told.
fn elements(value: &Value) -> Option<Vec<Option<Value>>> {
    let of = |items: &[Value]| items.iter().cloned().map(Some).collect();
    match value {
        Value::Array(items) => Some(of(items)),
        Value::Object(members) => {
            let is_plain = |key: &String| !ENVELOPES.contains(&key.as_bytes()) && !FURTHER.contains(&key.as_str());
            match members.iter().next() {
                _ if members.keys().all(is_plain) => Some(vec![Some(value.clone())]),
                Some((key, Value::Array(items))) if members.len() == 1 && ENVELOPES.contains(&key.as_bytes()) => {
                    items.first().is_none_or(Value::is_object).then(|| of(items))
                }
                _ => None,
            }
        }
        other => Some(vec![Some(other.clone())]),
    }
}
