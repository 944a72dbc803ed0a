//! What may stand in a text that is shown.

use std::borrow::Cow;

/// Whether a character does nothing but show itself.
pub(super) fn is_plain(letter: char) -> bool {
    let turns =
        matches!(letter, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    let hides = matches!(letter, '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}');
    letter == '\n' || !letter.is_control() && !turns && !hides
}

/// Asserts that a text holds nothing else; lines may end with CRLF where a table asks for it.
pub(super) fn assert_plain(what: &str, text: &[u8]) {
    // Most of most forms is written by this program.
    let is_usual = |byte: &u8| matches!(byte, b'\n' | b' '..=b'~');
    let text = std::str::from_utf8(text).unwrap_or_else(|error| panic!("{what} is no UTF-8: {error}"));
    let text = if what.ends_with("csv") { Cow::Owned(text.replace("\r\n", "\n")) } else { Cow::Borrowed(text) };
    // Many bytes are asked at once, and letters only of a line that has one of the others.
    let is_odd = |line: &&str| !line.bytes().fold(true, |all, byte| all & is_usual(&byte));
    let odd = text.split('\n').filter(is_odd);
    let bad: Vec<char> = odd.flat_map(str::chars).filter(|letter| !is_plain(*letter)).collect();
    assert!(bad.is_empty(), "{what} shows {bad:?}");
}
