//! What a value says once its layers of encoding are undone.
//!
//! An attacker encodes so that a filter reads one thing and the application another. So a value is not decoded
//! to *one* text here, but read in every way that an application might read it: the value itself, and breadth
//! first each text that undoing one more layer gives. The readings and the trail of layers to each are what
//! the signals look at.
//!
//! The bounds are part of the method: a bomb of encodings ends at [`LAYERS_MAX`] and [`READINGS_MAX`], and
//! percent decoding never makes a text longer.

use std::str;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::bytes::Bytes;
use crate::vocabulary::Words;

/// How many layers of encoding are undone, at most. Of real requests none has more than three.
pub const LAYERS_MAX: usize = 5;

/// How many readings one value has, at most.
pub const READINGS_MAX: usize = 24;

/// For how many readings there is room at first.
const READINGS_USUAL: usize = 2;

/// How much of a value is read, in bytes.
pub(crate) const READING_BYTES_MAX: usize = 8 << 10;

/// The shortest run of base64 digits that is tried: nine bytes of text.
const BASE64_DIGITS_MIN: usize = 12;

/// The shortest run of hexadecimal digits that is tried: eight bytes of text.
const HEX_DIGITS_MIN: usize = 16;

/// One layer of encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Layer {
    /// Percent encoding (RFC 3986, section 2.1), `%uXXXX` and overlong UTF-8 with it.
    Percent,
    /// Numeric and a few named character references of HTML.
    Entity,
    /// The escapes of JavaScript and JSON strings.
    Escape,
    /// base64 or base64url (RFC 4648).
    Base64,
    /// Two hexadecimal digits a byte.
    Hex,
    /// Characters that Unicode holds equal to plain ones: `①`, `ｌ`, `。`.
    Unicode,
}

impl Layer {
    /// The name to show.
    pub fn name(self) -> &'static str {
        match self {
            Layer::Percent => "percent",
            Layer::Entity => "entity",
            Layer::Escape => "escape",
            Layer::Base64 => "base64",
            Layer::Hex => "hex",
            Layer::Unicode => "unicode",
        }
    }
}

/// One way to read a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The text.
    pub text: Vec<u8>,
    /// The text in ASCII lower case, its back-slashes turned: byte for byte as long as `text`.
    pub folded: Vec<u8>,
    /// The layers that were undone to get it, the outermost first.
    pub trail: Vec<Layer>,
    /// Which telling bytes stand in `text`.
    pub(crate) bytes: Held,
    /// What stands in it of all that is known. Nothing, before it is looked for.
    pub(crate) words: Words,
}

impl Reading {
    fn new(text: Vec<u8>, trail: Vec<Layer>) -> Reading {
        let folded = text.iter().map(|byte| if *byte == b'\\' { b'/' } else { byte.to_ascii_lowercase() }).collect();
        Reading { bytes: Held::of(&text), text, folded, trail, words: Words::default() }
    }
}

/// Which of a few telling bytes stand in a text, and whether any that is no ASCII: it is asked of every reading before it is
/// searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held(u8);

/// The bytes that are asked for, each by its bit.
const ASKED: [u8; 6] = *b"%&\\.:;";

/// The bit of every byte that is no ASCII.
const NO_ASCII: u8 = 1 << 7;

const BIT_OF: [u8; 256] = {
    let mut bits = [0; 256];
    let mut at = 0;
    while at < ASKED.len() {
        bits[ASKED[at] as usize] = 1 << at;
        at += 1;
    }
    let mut byte = 0x80;
    while byte < bits.len() {
        bits[byte] = NO_ASCII;
        byte += 1;
    }
    bits
};

impl Held {
    fn of(text: &[u8]) -> Held {
        Held(text.iter().fold(0, |held, byte| held | BIT_OF[usize::from(*byte)]))
    }

    /// Whether one of them stands in the text.
    #[inline]
    pub(crate) fn has(self, byte: u8) -> bool {
        debug_assert!(ASKED.contains(&byte), "only the bytes of the list are known");
        self.0 & BIT_OF[usize::from(byte)] != 0
    }

    fn is_ascii(self) -> bool {
        self.0 & NO_ASCII == 0
    }
}

/// All readings of a value, the value itself first.
pub fn readings(value: &[u8]) -> Vec<Reading> {
    let value = &value[..value.len().min(READING_BYTES_MAX)];
    let mut readings = Vec::with_capacity(READINGS_USUAL);
    readings.push(Reading::new(value.to_vec(), Vec::new()));
    let mut next = 0;
    while next < readings.len() {
        for (layer, text) in peeled(&readings[next]) {
            let is_known = readings.iter().any(|reading| reading.text == text);
            if readings.len() < READINGS_MAX && readings[next].trail.len() < LAYERS_MAX && !is_known {
                let trail = readings[next].trail.iter().copied().chain([layer]).collect();
                readings.push(Reading::new(text, trail));
            }
        }
        next += 1;
    }
    readings
}

/// The texts that undoing one layer gives.
fn peeled(reading: &Reading) -> Vec<(Layer, Vec<u8>)> {
    let text = &reading.text[..];
    let mut out = Vec::new();
    let mut whole = |lead: u8, layer: Layer, undo: fn(&[u8]) -> Option<Vec<u8>>| {
        if reading.bytes.has(lead) {
            out.extend(undo(text).map(|text| (layer, text)));
        }
    };
    whole(b'%', Layer::Percent, percent);
    whole(b'&', Layer::Entity, entities);
    whole(b'\\', Layer::Escape, escapes);
    if !reading.bytes.is_ascii() {
        out.extend(compatible(text).map(|text| (Layer::Unicode, text)));
    }
    for run in runs(text, &BASE64_DIGITS, &BASE64_DIGITS, BASE64_DIGITS_MIN) {
        out.extend(base64_texts(run).into_iter().map(|text| (Layer::Base64, text)));
    }
    for word in runs(text, &HEX_DIGITS, &LETTERS_AND_DIGITS, HEX_DIGITS_MIN) {
        out.extend(hex_text(without_0x(word)).map(|text| (Layer::Hex, text)));
    }
    out
}

/// Undoes percent encoding once: `%2f`, `%u002f`, and overlong UTF-8 in what comes of it.
///
/// `None` where there is nothing to undo. What is no escape stays as it is, as servers leave it.
pub(crate) fn percent(text: &[u8]) -> Option<Vec<u8>> {
    memchr::memchr(b'%', text)?;
    let mut out = Vec::with_capacity(text.len());
    percent_into(text, &mut out).then(|| fold_overlong(out))
}

/// Undoes `%2f` and `%u002f` into `out`; whether there was any.
pub(crate) fn percent_into(text: &[u8], out: &mut Vec<u8>) -> bool {
    let mut rest = text;
    let mut is_changed = false;
    while let Some(at) = memchr::memchr(b'%', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        rest = match *rest {
            [_, high, low, ref behind @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                out.push(byte_of(high, low));
                is_changed = true;
                behind
            }
            [_, b'u' | b'U', a, b, c, d, ref behind @ ..] if [a, b, c, d].iter().all(u8::is_ascii_hexdigit) => {
                let point = point_of(&[a, b, c, d]);
                out.extend_from_slice(char::from_u32(point).unwrap_or('\u{FFFD}').encode_utf8(&mut [0; 4]).as_bytes());
                is_changed = true;
                behind
            }
            _ => {
                out.push(b'%');
                &rest[1..]
            }
        };
    }
    out.extend_from_slice(rest);
    is_changed
}

/// Whether undoing percent encoding would change the text.
pub(crate) fn has_percent(text: &[u8]) -> bool {
    memchr::memchr_iter(b'%', text).any(|at| match text[at + 1..] {
        [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => true,
        [b'u' | b'U', a, b, c, d, ..] => [a, b, c, d].iter().all(u8::is_ascii_hexdigit),
        _ => false,
    })
}

/// Replaces ASCII written in two, three or four bytes of UTF-8, which no encoder may write (RFC 3629,
/// section 3) and some decoders read: `C0 AE` for a dot.
fn fold_overlong(mut text: Vec<u8>) -> Vec<u8> {
    // Bytes that are joined show as one whether any is no ASCII, many at a time.
    if text.iter().fold(0, |joined, byte| joined | byte) < 0x80 {
        return text;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = &text[..];
    while let Some((&byte, behind)) = rest.split_first() {
        let (letter, taken) = match *rest {
            [lead @ (0xC0 | 0xC1), tail, ..] if is_tail(tail) => (folded(lead, tail), 2),
            // Some writers set the second byte without its high bit.
            [lead @ (0xC0 | 0xC1), tail @ 0x20..0x40, ..] => (folded(lead, tail), 2),
            [0xE0, middle @ (0x80 | 0x81), tail, ..] if is_tail(tail) => (folded(middle, tail), 3),
            [0xF0, 0x80, middle @ (0x80 | 0x81), tail, ..] if is_tail(tail) => (folded(middle, tail), 4),
            _ => {
                out.push(byte);
                rest = behind;
                continue;
            }
        };
        out.push(letter);
        rest = &rest[taken..];
    }
    text = out;
    text
}

/// The letter whose lower six bits are in one byte, and whose seventh is the lowest of the byte before.
fn folded(before: u8, tail: u8) -> u8 {
    before % 2 * 64 + tail % 64
}

fn is_tail(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// Undoes `&#47;`, `&#x2f;` and the named references that spell a URL or a path.
fn entities(text: &[u8]) -> Option<Vec<u8>> {
    replace_each(text, b'&', |rest| {
        let end = rest.iter().take(10).position(|byte| *byte == b';')?;
        let name = str::from_utf8(&rest[1..end]).ok()?;
        let point = match name {
            "amp" => u32::from(b'&'),
            "lt" => u32::from(b'<'),
            "gt" => u32::from(b'>'),
            "quot" => u32::from(b'"'),
            "apos" => u32::from(b'\''),
            "sol" => u32::from(b'/'),
            "bsol" => u32::from(b'\\'),
            "period" => u32::from(b'.'),
            "colon" => u32::from(b':'),
            _ => match name.strip_prefix('#')? {
                hex if hex.starts_with(['x', 'X']) => u32::from_str_radix(&hex[1..], 16).ok()?,
                decimal => decimal.parse().ok()?,
            },
        };
        Some((char::from_u32(point)?, end + 1))
    })
}

/// Undoes `\u002f`, `\x2f` and `\/`.
fn escapes(text: &[u8]) -> Option<Vec<u8>> {
    replace_each(text, b'\\', |rest| {
        let digits = match rest {
            [_, b'u', ..] => 4,
            [_, b'x', ..] => 2,
            [_, b'/', ..] => return Some(('/', 2)),
            _ => return None,
        };
        let hex = rest.get(2..2 + digits).filter(|hex| hex.iter().all(u8::is_ascii_hexdigit))?;
        Some((char::from_u32(point_of(hex))?, 2 + digits))
    })
}

/// Replaces what `read` knows at each `lead`: the character it stands for, and how many bytes it takes.
fn replace_each(text: &[u8], lead: u8, read: impl Fn(&[u8]) -> Option<(char, usize)>) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    let mut is_changed = false;
    while let Some(at) = memchr::memchr(lead, rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        match read(rest) {
            Some((letter, taken)) => {
                out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                rest = &rest[taken..];
                is_changed = true;
            }
            None => {
                out.push(lead);
                rest = &rest[1..];
            }
        }
    }
    out.extend_from_slice(rest);
    is_changed.then_some(out)
}

/// The text in the compatibility form of Unicode (NFKC), without invisible characters, the full stops of other
/// scripts turned to dots: what resolvers make of a host name (UTS #46).
fn compatible(text: &[u8]) -> Option<Vec<u8>> {
    let readable = String::from_utf8_lossy(text);
    let plain: String = readable
        .chars()
        .filter(|letter| !matches!(letter, '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}'))
        .nfkc()
        .map(|letter| match letter {
            '。' | '｡' | '．' => '.',
            // Servers that fold text to a code page of one byte write these so.
            '\u{2044}' | '\u{2215}' => '/',
            '\u{2216}' => '\\',
            _ => letter,
        })
        .collect();
    if plain.as_bytes() == text || !has_new_ascii(text, plain.as_bytes()) { None } else { Some(plain.into_bytes()) }
}

/// Whether the second text holds more ASCII letters than the first: else there is nothing to read in it.
fn has_new_ascii(before: &[u8], after: &[u8]) -> bool {
    let count = |text: &[u8]| text.iter().filter(|byte| byte.is_ascii_graphic()).count();
    count(before) < count(after)
}

/// The runs of bytes of a set that hold so many digits, which are some of these, one behind the other. What stands behind a
/// percent sign is left out: its first two bytes are an escape's.
fn runs<'t>(
    text: &'t [u8],
    digits: &'static Bytes,
    set: &'static Bytes,
    length_min: usize,
) -> impl Iterator<Item = &'t [u8]> {
    let (mut begin, mut at) = (0, 0);
    std::iter::from_fn(move || {
        // Whether there are enough is asked from where they would be so backwards: most of what is too short is passed over.
        while let Some(least) = text.get(at..at + length_min) {
            if let Some(other) = least.iter().rposition(|byte| !digits.has(*byte)) {
                at += other + 1;
                continue;
            }
            let from =
                text[begin..at].iter().rposition(|byte| !set.has(*byte)).map_or(begin, |other| begin + other + 1);
            let behind = &text[at + length_min..];
            let more = behind.iter().position(|byte| !set.has(*byte)).unwrap_or(behind.len());
            let run = &text[from..at + length_min + more];
            let is_behind_percent = from.checked_sub(1).is_some_and(|before| text[before] == b'%');
            begin = from + run.len();
            at = begin;
            if !is_behind_percent {
                return Some(run);
            }
        }
        None
    })
}

static HEX_DIGITS: Bytes = Bytes::of(b"0123456789abcdefABCDEF");

static BASE64_DIGITS: Bytes = Bytes::of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_");

static LETTERS_AND_DIGITS: Bytes = Bytes::of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");

/// The printable texts in a run of base64 digits.
///
/// `/`, `-` and `_` are digits of base64 and dividers of other text, so the run is also tried from behind each.
fn base64_texts(run: &[u8]) -> Vec<Vec<u8>> {
    let starts = std::iter::once(0).chain(memchr::memchr3_iter(b'/', b'-', b'_', run).map(|at| at + 1)).take(16);
    starts.filter_map(|start| base64_text(&run[start..])).take(2).collect()
}

/// Whether a text may have a reading in base64.
pub(crate) fn may_be_base64(text: &[u8]) -> bool {
    let mut starts = std::iter::once(0).chain(memchr::memchr3_iter(b'/', b'-', b'_', text).map(|at| at + 1));
    starts.any(|start| begins_as_base64(&text[start..]))
}

/// What the digits spell, as far as it is printable: behind it may stand a path that is no base64.
fn base64_text(digits: &[u8]) -> Option<Vec<u8>> {
    if !begins_as_base64(digits) {
        return None;
    }
    let mut out = Vec::with_capacity(digits.len() * 3 / 4);
    for group in digits.chunks(4) {
        let bits = group.iter().try_fold(0_u32, |bits, &byte| Some(bits * 64 + u32::from(sextet(byte)?)))?;
        match group.len() {
            4 => out.extend_from_slice(&bits.to_be_bytes()[1..]),
            3 => out.extend_from_slice(&(bits << 6).to_be_bytes()[1..3]),
            2 => out.extend_from_slice(&(bits << 12).to_be_bytes()[1..2]),
            _ => {}
        }
    }
    out.truncate(printable_bytes(&out));
    Some(out)
}

/// How many bytes at the beginning of a text are printable UTF-8.
fn printable_bytes(text: &[u8]) -> usize {
    let valid = match str::from_utf8(text) {
        Ok(_) => text.len(),
        Err(error) => error.valid_up_to(),
    };
    text[..valid].iter().take_while(|byte| is_printable(**byte) || !byte.is_ascii()).count()
}

/// How URLs begin in base64: behind that, letters of any script may stand in the host.
const URLS_IN_BASE64: [&[u8]; 6] = [b"aHR0c", b"SFRUU", b"ZnRwO", b"Z29wa", b"ZmlsZ", b"ZGljd"];

/// Whether the first twelve digits of a run spell printable ASCII, or the beginning of a URL: of arbitrary bytes one run
/// in 7,500 does.
pub(crate) fn begins_as_base64(digits: &[u8]) -> bool {
    let Some(head) = digits.first_chunk::<BASE64_DIGITS_MIN>() else { return false };
    if matches!(head[0], b'a' | b'S' | b'Z') && URLS_IN_BASE64.iter().any(|url| head.starts_with(url)) {
        return true;
    }
    head.chunks_exact(4).all(|group| {
        let sextets = [0, 1, 2, 3].map(|at| u32::from(SEXTETS[usize::from(group[at])]));
        let bits = sextets.iter().fold(0, |bits, sextet| bits * 64 + sextet);
        sextets.iter().all(|sextet| *sextet < 64) && bits.to_be_bytes()[1..].iter().all(|byte| is_printable(*byte))
    })
}

/// Whether the first sixteen digits of a run spell printable ASCII in hexadecimal.
pub(crate) fn begins_as_hex(digits: &[u8]) -> bool {
    digits.first_chunk::<HEX_DIGITS_MIN>().is_some_and(|head| {
        head.iter().all(u8::is_ascii_hexdigit) && head.chunks(2).all(|pair| is_printable(byte_of(pair[0], pair[1])))
    })
}

/// A word of hexadecimal digits without the `0x` that databases want before it.
pub(crate) fn without_0x(word: &[u8]) -> &[u8] {
    word.strip_prefix(b"0x").unwrap_or(word)
}

fn hex_text(digits: &[u8]) -> Option<Vec<u8>> {
    if digits.len() < HEX_DIGITS_MIN || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let out: Vec<u8> = digits.chunks_exact(2).map(|pair| byte_of(pair[0], pair[1])).collect();
    if out.iter().all(|byte| is_printable(*byte)) { Some(out) } else { None }
}

fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

/// The value of a digit of base64 or base64url.
fn sextet(byte: u8) -> Option<u8> {
    let value = SEXTETS[usize::from(byte)];
    (value < 64).then_some(value)
}

/// The values of the digits of base64 and base64url; 64 for what is none.
const SEXTETS: [u8; 256] = {
    let mut sextets = [64; 256];
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut value = 0;
    while value < digits.len() {
        sextets[digits[value] as usize] = value as u8;
        value += 1;
    }
    sextets[b'-' as usize] = 62;
    sextets[b'_' as usize] = 63;
    sextets
};

/// The byte of two hexadecimal digits.
fn byte_of(high: u8, low: u8) -> u8 {
    digit(high) * 16 + digit(low)
}

/// The number of a few hexadecimal digits.
fn point_of(hex: &[u8]) -> u32 {
    hex.iter().fold(0, |point, hex| point * 16 + u32::from(digit(*hex)))
}

/// The value of a hexadecimal digit; of anything else, nonsense.
fn digit(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        _ => (byte | 0x20).wrapping_sub(b'a') + 10,
    }
}

#[cfg(test)]
mod tests;
