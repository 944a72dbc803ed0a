//! The one door to a terminal.
//!
//! Text of a log is written by strangers. A terminal obeys it (control sequences), a reader is misled by it (marks
//! that turn the direction of writing, letters without width). So every byte that is not plainly visible is shown
//! by its number: bytes as `\x1b`, characters as `<U+202E>`. Secrets are hidden on the way.

use std::fmt::{self, Write};
use std::path::Path;

use accesslog::Time;
use detect::masked;

/// Text of a log, to be displayed on a terminal.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a>(pub &'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in masked(self.0).utf8_chunks() {
            for letter in chunk.valid().chars() {
                match letter {
                    _ if letter.is_ascii_control() => write!(out, "\\x{:02x}", u32::from(letter))?,
                    _ if is_unseen(letter) => write!(out, "<U+{:04X}>", u32::from(letter))?,
                    _ => out.write_char(letter)?,
                }
            }
            for byte in chunk.invalid() {
                write!(out, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

/// The text as [`Shown`] displays it, cut in the middle to at most `width` characters.
pub fn shortened(text: &[u8], width: usize) -> String {
    let shown = Shown(text).to_string();
    let length = shown.chars().count();
    if length <= width {
        return shown;
    }
    let tail = width / 4;
    let head = width.saturating_sub(tail + 3);
    let letters: Vec<char> = shown.chars().collect();
    letters[..head].iter().chain(&['.', '.', '.']).chain(&letters[length - tail..]).collect()
}

/// The name of a file, to be displayed on a terminal.
pub fn named(path: &Path) -> Shown<'_> {
    Shown(path.as_os_str().as_encoded_bytes())
}

/// Lines of ours in which text of strangers may stand: each is displayed as [`Shown`] does, and its end is kept.
pub fn lines(text: &str) -> String {
    text.split('\n').map(|line| Shown(line.as_bytes()).to_string()).collect::<Vec<_>>().join("\n")
}

/// An instant in the form of RFC 3339, in UTC.
pub fn instant(time: Time) -> String {
    let timestamp =
        jiff::Timestamp::from_nanosecond(i128::from(time.0)).expect("64 bits of nanoseconds are within the calendar");
    timestamp.to_string()
}

/// Whether a character is not seen as itself: controls, marks of format and direction, private use.
pub(crate) fn is_unseen(letter: char) -> bool {
    // Nearly every letter of a log is of ASCII, and every letter of a report is asked.
    if letter.is_ascii() {
        return letter.is_ascii_control();
    }
    letter.is_control()
        || matches!(letter,
            '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{FEFF}' | '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}'
            | '\u{600}'..='\u{605}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}'
            | '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &[u8], want: &str) {
        assert_eq!(Shown(text).to_string(), want);
    }

    #[test]
    fn nothing_is_obeyed_and_nothing_is_lost() {
        check(b"\x1b[31mred\x07", "\\x1b[31mred\\x07");
        check("a\u{202E}b\u{9b}c".as_bytes(), "a<U+202E>b<U+009B>c");
        check(b"\xff\xfe/x", "\\xff\\xfe/x");
        check("検索".as_bytes(), "検索");
        check(b"a\nb\tc\r", "a\\x0ab\\x09c\\x0d");
    }

    #[test]
    fn no_control_character_passes() {
        for point in (0..0x20).chain(0x7F..0xA0) {
            let letter = char::from_u32(point).unwrap();
            let shown = Shown(letter.to_string().as_bytes()).to_string();
            assert!(!shown.contains(letter), "{point:x}");
        }
    }

    #[test]
    fn marks_that_are_not_seen_are_spelt_and_their_neighbours_are_not() {
        let marks = [
            "\u{ad}",
            "\u{200b}",
            "\u{202e}",
            "\u{2060}",
            "\u{feff}",
            "\u{fe0f}",
            "\u{e000}",
            "\u{e0041}",
            "\u{10ffff}",
        ];
        for mark in marks {
            check(mark.as_bytes(), &format!("<U+{:04X}>", u32::from(mark.chars().next().unwrap())));
        }
        for seen in ["\u{ac}", "\u{2010}", "\u{202f}", "\u{2070}", "\u{fdff}", "é", "😀", " "] {
            check(seen.as_bytes(), seen);
        }
    }

    #[test]
    fn an_instant_is_told_in_utc_to_what_is_known_of_it() {
        assert_eq!(instant(Time(1_714_521_735_000_000_000)), "2024-05-01T00:02:15Z");
        assert_eq!(instant(Time(-1)), "1969-12-31T23:59:59.999999999Z");
    }

    #[test]
    fn lines_keep_their_ends_and_nothing_else() {
        assert_eq!(lines("a\x1b[m\n\rb\n"), "a\\x1b[m\n\\x0db\n");
        assert_eq!(named(Path::new("a\nb")).to_string(), "a\\x0ab");
    }

    #[test]
    fn long_text_is_cut_in_the_middle() {
        assert_eq!(shortened(b"abcdefghijklmnopqrstuvwxyz", 12), "abcdef...xyz");
        assert_eq!(shortened(b"abc", 12), "abc");
        assert_eq!(shortened(b"abcdefghijkl", 12), "abcdefghijkl", "what just fits");
        assert_eq!(shortened("検索検索検索".as_bytes(), 5), "検...索", "characters are counted, not bytes");
    }
}
