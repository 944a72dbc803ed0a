//! Any bytes as the opening of a log: if it is recognised, every line of it is accounted for, out of its wrapping and in
//! the formats that it is mixed of, and a cut changes nothing.
//!
//! The first byte says where it is cut. All formats try the text out of all wrappings, which costs a thousand times what
//! one format does: it is short.

use accesslog::{Census, Chunk, Elements, Framing, Position, parse_elements, recognise};

use super::seen::{by_two, whole};

/// How much of a text is taken, in bytes.
const TEXT_BYTES_MAX: usize = 600;

/// Checks a text.
pub fn check(bytes: &[u8]) {
    let [cut, text @ ..] = bytes else { return };
    let text = &text[..text.len().min(TEXT_BYTES_MAX)];
    let seen = recognise(text);
    assert!(seen.read <= seen.tried, "nothing is read that was not tried");
    let Some(reading) = seen.reading else { return };
    assert_ne!(seen.read, 0, "what is recognised reads something");
    if reading.framing == Framing::Lines {
        let all = whole(text, &reading);
        all.assert_accounts_for(text);
        assert_eq!(by_two(text, usize::from(*cut), &reading), all, "a cut changes nothing");
        return;
    }
    let cut = usize::from(*cut).min(text.len());
    let (all, in_two) = (elements(&[text]), elements(&[&text[..cut], &text[cut..]]));
    assert_eq!(in_two, all, "a cut changes nothing");
    let mut census = Census::default();
    let chunk = Chunk { bytes: text, start: Position { line: 1, ..Position::default() } };
    parse_elements(chunk, &all, &reading, &mut census, |_, _| {});
    let sum = census.records + census.blank + census.directives + census.fault_count();
    assert_eq!((sum, census.lines), (census.lines, all.len() as u64), "every element counts");
}

/// Where the elements of a stream stand that comes in these pieces.
fn elements(pieces: &[&[u8]]) -> Vec<Position> {
    let mut places = Vec::new();
    let mut elements = Elements::new(Position { line: 1, ..Position::default() });
    pieces.iter().for_each(|piece| elements.feed(piece, &mut |at| places.push(at)));
    // What is not whole at the end is a fault of its source.
    let _ = elements.finish(&mut |at| places.push(at));
    places
}
