//! JSON that is safe to show.
//!
//! A log holds bytes that are no UTF-8, and characters that are not seen or turn the direction of writing. A byte
//! that is no UTF-8 becomes the four characters `\xNN`; a character that is not seen is escaped as `\uNNNN`, which
//! every reader of JSON turns back. So the output is valid UTF-8 in which nothing hides, and on one line.

use std::io;

use detect::masked;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

use crate::show::is_unseen;

/// Writes a value on one line.
pub(crate) fn write_line(out: &mut dyn io::Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Visible(CompactFormatter)))?;
    out.write_all(b"\n")
}

/// How many bytes [`write_line`] writes for it.
pub(crate) fn line_bytes(value: &impl Serialize) -> usize {
    let mut line = Vec::new();
    write_line(&mut line, value).expect("memory takes it, and rows are JSON");
    line.len()
}

/// How many bytes a text has between its quotes.
pub(crate) fn escaped_bytes(text: &str) -> usize {
    let of = |letter: char| match letter {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        letter if is_unseen(letter) => "\\uNNNN".len() * letter.len_utf16(),
        letter => letter.len_utf8(),
    };
    text.chars().map(of).sum()
}

/// Text of a log as a JSON string: secrets hidden, what is no UTF-8 spelt out.
pub(crate) fn text(bytes: &[u8]) -> String {
    spelt(&masked(bytes))
}

/// Text of a log as a JSON string, secrets and all: what is no UTF-8 spelt out.
pub(crate) fn spelt(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    out
}

/// Bytes as hexadecimal digits, as digests are written.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xF)]).collect()
}

/// The compact form, with characters that are not seen escaped.
struct Visible(CompactFormatter);

impl Formatter for Visible {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(is_unseen) {
            let letter = rest[at..].chars().next().expect("a character was found there");
            self.0.write_string_fragment(out, &rest[..at])?;
            for unit in letter.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &rest[at + letter.len_utf8()..];
        }
        self.0.write_string_fragment(out, rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_escaped_and_comes_back() {
        let value = "a\u{202E}b\u{7f}c\u{9b}\u{E0041}\n\u{1b}検";
        let mut out = Vec::new();
        write_line(&mut out, &value).unwrap();
        let line = String::from_utf8(out).unwrap();
        assert_eq!(line, "\"a\\u202eb\\u007fc\\u009b\\udb40\\udc41\\n\\u001b検\"\n");
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), value);
    }

    #[test]
    fn a_text_is_as_long_as_it_is_written() {
        let all: String = (0..0x3_0000).chain(0xE_0000..0xE_0200).filter_map(char::from_u32).collect();
        for letter in all.chars() {
            let text = letter.to_string();
            assert_eq!(escaped_bytes(&text) + "\"\"\n".len(), line_bytes(&text), "{letter:?}");
        }
    }

    #[test]
    fn bytes_are_two_digits_each() {
        let all: Vec<u8> = (0..=255).collect();
        let plainly: String = all.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex(&all), plainly);
    }

    #[test]
    fn bytes_that_are_no_text_are_spelt() {
        assert_eq!(text(b"\xffa\xc3\xa9"), "\\xffaé");
        assert_eq!(hex(b"\x00\x1f\xff"), "001fff");
    }

    #[test]
    fn secrets_are_cut_unless_they_are_asked_for() {
        assert_eq!(text(b"\xff/a?token=abcdefghij"), "\\xff/a?token=abcd****");
        assert_eq!(spelt(b"\xff/a?token=abcdefghij"), "\\xff/a?token=abcdefghij");
    }
}
