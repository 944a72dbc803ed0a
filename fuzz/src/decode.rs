//! Any value, its encodings undone: bounded, the same twice, and what a plain decoder of one layer says is among it.
//! And secrets: what is cut once stays as it is when it is cut again.

use detect::decode::{LAYERS_MAX, Layer, READINGS_MAX, readings};
use detect::{masked, views};

/// Of how many lengths of an input one asks whether the answer is the same twice, which costs as much as all else.
const OFTEN: usize = 16;

/// Checks a value.
pub fn check(bytes: &[u8]) {
    let all = readings(bytes);
    assert!(all.len() <= READINGS_MAX && all[0].text == bytes[..bytes.len().min(all[0].text.len())]);
    assert!(all.iter().all(|one| one.trail.len() <= LAYERS_MAX && one.folded.len() == one.text.len()));
    if bytes.len().is_multiple_of(OFTEN) {
        assert_eq!(all, readings(bytes), "the same twice");
    }
    if let Some(plain) = percent(&all[0].text) {
        let found = all.iter().any(|one| one.trail == [Layer::Percent] && one.text == plain);
        assert!(found, "what a plain decoder says is among the readings: {:?}", String::from_utf8_lossy(&plain));
    }
    let views = views(bytes);
    for view in &views {
        let whole = view.origin(0..view.text.len());
        assert_eq!(whole, 0..bytes.len(), "a view is of the whole text");
    }
    if let [_, once, ..] = &views[..] {
        assert_eq!(Some(&once.text), undone(bytes).as_ref(), "the second view is the text decoded once");
    }
    let cut = masked(bytes);
    assert_eq!(masked(&cut), cut, "cut once is cut");
}

/// Percent-encoding undone as the standard says, nothing else.
pub(super) fn undone(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(byte) = text.get(at) {
        let pair = text.get(at + 1..at + 3).and_then(|pair| Some(digit(pair[0])? * 16 + digit(pair[1])?));
        match pair.filter(|_| *byte == b'%') {
            Some(code) => (out.push(code as u8), at += 3).1,
            None => (out.push(*byte), at += 1).1,
        }
    }
    (out != text).then_some(out)
}

/// The same, where nothing else can come of it: no `%u`, no byte that an overlong form could begin with.
fn percent(text: &[u8]) -> Option<Vec<u8>> {
    let has_wide = text.windows(2).any(|pair| pair.eq_ignore_ascii_case(b"%u"));
    let plain = undone(text).filter(|_| !has_wide)?;
    plain.iter().all(|byte| *byte < 0xC0).then_some(plain)
}
