//! A text with its percent-encoding undone, layer by layer, and where each byte of that came from.
//!
//! Who hides an address or a key from a reader hides it in `%40` and `%2540` too. What is found in a view is replaced where
//! it came from; what stands between two encoded marks is found in the view in which they are still encoded, and a value that holds
//! such a mark in the one in which it does.

use std::ops::Range;

/// How many layers are undone.
const LAYERS_MAX: usize = 3;

/// A text with some layers undone.
pub struct View {
    /// The text.
    pub text: Vec<u8>,
    /// Where each byte begins in the original, and where the last one ends.
    starts: Vec<usize>,
}

impl View {
    /// Where a part of this view came from.
    pub fn origin(&self, range: Range<usize>) -> Range<usize> {
        self.starts[range.start]..self.starts[range.end]
    }
}

/// The text as it is, and with each layer undone as long as there is one.
pub fn views(text: &[u8]) -> Vec<View> {
    let mut all = vec![View { text: text.to_vec(), starts: (0..=text.len()).collect() }];
    while let Some(next) = all.last().filter(|_| all.len() <= LAYERS_MAX).and_then(undone) {
        all.push(next);
    }
    all
}

fn undone(view: &View) -> Option<View> {
    let digit = |at: usize| view.text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let (mut text, mut starts) = (Vec::with_capacity(view.text.len()), Vec::with_capacity(view.starts.len()));
    let (mut at, mut is_encoded) = (0, false);
    while at < view.text.len() {
        starts.push(view.starts[at]);
        match (view.text[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                text.push((high * 16 + low) as u8);
                is_encoded = true;
                at += 3;
            }
            (byte, ..) => {
                text.push(byte);
                at += 1;
            }
        }
    }
    starts.push(view.starts[at]);
    is_encoded.then_some(View { text, starts })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_view_is_found_in_the_text() {
        let text = "a=b%2540c%2g&d";
        let all = views(text.as_bytes());
        let shown: Vec<&[u8]> = all.iter().map(|view| &view.text[..]).collect();
        assert_eq!(shown, [&b"a=b%2540c%2g&d"[..], b"a=b%40c%2g&d", b"a=b@c%2g&d"]);
        assert_eq!(&text[all[2].origin(2..5)], "b%2540c");
        assert_eq!(views(b"").len(), 1);
    }
}
