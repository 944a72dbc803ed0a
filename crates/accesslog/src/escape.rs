//! How a writer of logs keeps a quote, a control byte or a back-slash inside its own syntax.
//!
//! The escapes are evidence (a raw ESC in a field of a writer that escapes it means another writer, or
//! tampering), so a record keeps its values as written and says which [`Escape`] undoes them. Whoever looks
//! at the meaning of a value calls [`Escape::undo`], which borrows where there is nothing to undo.

use std::borrow::Cow;

use memchr::memchr;
use wide::u8x16;

/// The escaping that a format applies to the values of its fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Escape {
    /// Values stand as they are (S3 server access log, Squid).
    #[default]
    Raw,
    /// Back-slash escapes of nginx (`\x22`, upper case) and Apache (`\"`, `\\`, `\n`, `\x1b`).
    Backslash,
    /// The escapes of a JSON string (RFC 8259, section 7).
    Json,
    /// `#22`, upper case, of HAProxy. It leaves a `#` of the client as it is, so what is undone may never have been
    /// escaped.
    Hash,
    /// The same twice: the value stands in a JSON text that is itself a JSON string.
    JsonTwice,
    /// The references of HTML: `&quot;`, `&amp;`, and those by number (Azure Storage).
    Html,
}

impl Escape {
    /// The value as the server saw it, before it wrote it down.
    ///
    /// An escape that is cut or unknown is kept as written. A lone surrogate becomes U+FFFD, as it has no
    /// bytes of its own in UTF-8.
    pub fn undo(self, value: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Escape::Raw => Cow::Borrowed(value),
            Escape::JsonTwice => match Escape::Json.undo(value) {
                Cow::Borrowed(value) => Cow::Borrowed(value),
                Cow::Owned(value) => Cow::Owned(Escape::Json.undo(&value).into_owned()),
            },
            _ if !holds(value, self.mark()) => Cow::Borrowed(value),
            _ => match memchr(self.mark(), value) {
                None => Cow::Borrowed(value),
                Some(at) => {
                    let mut out = Vec::with_capacity(value.len());
                    out.extend_from_slice(&value[..at]);
                    self.undo_from(&value[at..], &mut out);
                    Cow::Owned(out)
                }
            },
        }
    }

    /// The byte that an escape begins with.
    fn mark(self) -> u8 {
        match self {
            Escape::Hash => b'#',
            Escape::Html => b'&',
            _ => b'\\',
        }
    }

    fn undo_from(self, mut rest: &[u8], out: &mut Vec<u8>) {
        while let Some((&byte, after)) = rest.split_first() {
            rest = match (byte, self) {
                (b'#', Escape::Hash) => undo_hash(after, out),
                (b'&', Escape::Html) => undo_html(after, out),
                (_, Escape::Hash | Escape::Html) => {
                    out.push(byte);
                    after
                }
                (b'\\', Escape::Json) => undo_json(after, out),
                (b'\\', _) => undo_backslash(after, out),
                _ => {
                    out.push(byte);
                    after
                }
            };
        }
    }
}

/// Whether a byte stands in a text. Asked of every target, most of which are shorter than what a search for long texts is
/// made for.
fn holds(text: &[u8], byte: u8) -> bool {
    let Some(last) = text.last_chunk::<16>() else { return text.contains(&byte) };
    let (blocks, _) = text.as_chunks::<16>();
    let equal = |block: &[u8; 16]| u8x16::new(*block).cmp_eq(u8x16::splat(byte));
    blocks.iter().fold(equal(last), |all, block| all | equal(block)).move_mask() != 0
}

/// Undoes one escape of nginx or Apache, `after` its back-slash; returns what follows it.
fn undo_backslash<'a>(after: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    match *after {
        [b'x' | b'X', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
            out.push(hex(high) << 4 | hex(low));
            &after[3..]
        }
        [letter @ (b'"' | b'\\' | b'b' | b'n' | b'r' | b't' | b'v'), ..] => {
            out.push(control(letter));
            &after[1..]
        }
        _ => {
            out.push(b'\\');
            after
        }
    }
}

/// Undoes one escape of HAProxy, `after` its hash; returns what follows it.
fn undo_hash<'a>(after: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let is_digit = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase() && byte.is_ascii_hexdigit();
    match *after {
        [high, low, ..] if is_digit(high) && is_digit(low) => {
            out.push(hex(high) << 4 | hex(low));
            &after[2..]
        }
        _ => {
            out.push(b'#');
            after
        }
    }
}

/// Undoes one reference of HTML, `after` its ampersand; returns what follows it.
fn undo_html<'a>(after: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let named = NAMED.iter().find_map(|(name, letter)| Some((*letter, after.strip_prefix(*name)?)));
    let Some((letter, rest)) = named.or_else(|| numbered(after)) else {
        out.push(b'&');
        return after;
    };
    out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
    rest
}

/// The references that have names.
const NAMED: [(&[u8], char); 5] = [(b"amp;", '&'), (b"quot;", '"'), (b"lt;", '<'), (b"gt;", '>'), (b"apos;", '\'')];

/// The letter of a reference by its number, `#59;` or `#x3B;`, and what follows it.
fn numbered(after: &[u8]) -> Option<(char, &[u8])> {
    let digits = after.strip_prefix(b"#")?;
    let (digits, base) = match digits {
        [b'x' | b'X', digits @ ..] => (digits, 16),
        _ => (digits, 10),
    };
    let end = digits.iter().take(REFERENCE_BYTES_MAX).position(|byte| *byte == b';')?;
    let text = std::str::from_utf8(&digits[..end]).ok().filter(|text| !text.starts_with('+'))?;
    let letter = char::from_u32(u32::from_str_radix(text, base).ok()?)?;
    Some((letter, &digits[end + 1..]))
}

/// The most digits of a reference by number, and its semicolon.
const REFERENCE_BYTES_MAX: usize = 8;

/// Undoes one escape of a JSON string, `after` its back-slash; returns what follows it.
fn undo_json<'a>(after: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    match *after {
        [b'u', ..] => match utf16_unit(&after[1..]) {
            Some(unit) => undo_utf16(unit, &after[5..], out),
            None => {
                out.push(b'\\');
                after
            }
        },
        [letter @ (b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't'), ..] => {
            out.push(control(letter));
            &after[1..]
        }
        _ => {
            out.push(b'\\');
            after
        }
    }
}

fn undo_utf16<'a>(unit: u16, after: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let (letter, rest) = match (unit, after) {
        (0xD800..0xDC00, [b'\\', b'u', low @ ..]) => match utf16_unit(low) {
            Some(low @ 0xDC00..0xE000) => {
                let point = 0x10000 + ((u32::from(unit) - 0xD800) << 10) + (u32::from(low) - 0xDC00);
                (char::from_u32(point), &after[6..])
            }
            _ => (None, after),
        },
        _ => (char::from_u32(u32::from(unit)), after),
    };
    let letter = letter.unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
    rest
}

fn utf16_unit(text: &[u8]) -> Option<u16> {
    let digits = text.first_chunk::<4>()?;
    digits.iter().try_fold(0, |unit, &digit| digit.is_ascii_hexdigit().then(|| unit << 4 | u16::from(hex(digit))))
}

fn control(letter: u8) -> u8 {
    match letter {
        b'b' => 0x08,
        b'f' => 0x0C,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0B,
        _ => letter,
    }
}

/// The value of a hexadecimal digit; of anything else, nonsense.
fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20).wrapping_sub(b'a') + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(escape: Escape, written: &[u8], want: &[u8]) {
        assert_eq!(&*escape.undo(written), want, "{}", written.escape_ascii());
    }

    #[test]
    fn a_byte_is_found_wherever_it_stands() {
        for length in 0..70 {
            let mut text = vec![b'a'; length];
            assert!(!holds(&text, b'#'));
            for at in 0..length {
                text[at] = b'#';
                assert!(holds(&text, b'#'), "{at} of {length}");
                text[at] = b'a';
            }
        }
    }

    #[test]
    fn nginx_and_apache_are_undone_alike() {
        check(Escape::Backslash, br"a\x22b\x5Cc\x0a", b"a\"b\\c\n");
        check(Escape::Backslash, br#"a\"b\\c\n\v"#, b"a\"b\\c\n\x0B");
    }

    #[test]
    fn haproxy_escapes_with_a_hash() {
        check(Escape::Hash, b"a#22#7Bb\\x22#", b"a\"{b\\x22#");
        check(Escape::Hash, b"#2f#G0#", b"#2f#G0#");
    }

    #[test]
    fn html_has_names_and_numbers() {
        check(Escape::Html, b"a&amp;b&quot;&lt;&gt;&#59;&#x3b;&apos;", b"a&b\"<>;;'");
        check(Escape::Html, b"a&b&amp &#; &#x110000; &#+5; &;&", b"a&b&amp &#; &#x110000; &#+5; &;&");
    }

    #[test]
    fn what_is_no_escape_is_kept() {
        check(Escape::Backslash, br"\q\x4\", br"\q\x4\");
        check(Escape::Json, br"\q\u12\", br"\q\u12\");
        check(Escape::Raw, br"\x22", br"\x22");
    }

    #[test]
    fn json_joins_surrogates_and_mends_lone_ones() {
        check(Escape::Json, br"\u0026\u00e9\ud83d\ude00", "&é😀".as_bytes());
        check(Escape::Json, br"\ud83d.", "\u{FFFD}.".as_bytes());
        check(Escape::Json, br"\ud83d\u0041", "\u{FFFD}A".as_bytes());
    }

    #[test]
    fn a_value_without_escapes_is_borrowed() {
        assert!(matches!(Escape::Json.undo(b"/plain"), Cow::Borrowed(_)));
    }
}
