//! Any value, the escapes of its writer undone: what was escaped is had back, and what another reader of JSON says is said.
//!
//! The first byte chooses the escaping, the second how it is written where there are two ways.

use std::borrow::Cow;

use accesslog::Escape;

/// Checks a value.
pub fn check(bytes: &[u8]) {
    let [choice, way, text @ ..] = bytes else { return };
    let (escape, mark) = match choice % 6 {
        0 => (Escape::Raw, None),
        1 => (Escape::Backslash, Some(b'\\')),
        2 => (Escape::Json, Some(b'\\')),
        3 => (Escape::Hash, Some(b'#')),
        4 => (Escape::Html, Some(b'&')),
        _ => (Escape::JsonTwice, Some(b'\\')),
    };
    let undone = escape.undo(text);
    assert!(undone.len() <= text.len(), "nothing grows");
    let first = text.iter().position(|byte| Some(*byte) == mark).unwrap_or(text.len());
    assert_eq!(undone[..first], text[..first], "what stands before the first escape stays");
    if first == text.len() {
        assert!(matches!(undone, Cow::Borrowed(same) if same == text), "what holds no escape is lent");
    }
    if escape != Escape::JsonTwice {
        assert_eq!(undone[first..], *escape.undo(&text[first..]), "it is undone wherever it stands");
    }
    if escape == Escape::Json
        && let Ok(text) = std::str::from_utf8(text)
        && let Ok(read) = serde_json::from_str::<String>(&format!("\"{text}\""))
    {
        assert_eq!(*undone, *read.as_bytes(), "another reader says the same");
    }
    assert_eq!(*escape.undo(&escaped(escape, *way, text)), *text, "what was escaped is had back");
}

/// The text as a writer of that kind escapes it; what is no UTF-8 JSON cannot write, and is left as it is there.
fn escaped(escape: Escape, way: u8, text: &[u8]) -> Vec<u8> {
    let is_odd = way % 2 == 1;
    let mut out = Vec::with_capacity(text.len() * 2);
    match escape {
        Escape::Raw => return text.to_vec(),
        Escape::JsonTwice => return escaped(Escape::Json, way >> 1, &escaped(Escape::Json, way, text)),
        _ => {}
    }
    for byte in text {
        match (escape, byte) {
            (Escape::Backslash, b'"' | b'\\') if is_odd => out.extend([b'\\', *byte]),
            (Escape::Backslash, b'\n') if is_odd => out.extend(b"\\n"),
            (Escape::Backslash, b'\t') if is_odd => out.extend(b"\\t"),
            (Escape::Backslash, b'"' | b'\\' | ..b' ' | 0x7F..) => {
                out.extend(if is_odd { format!("\\x{byte:02x}") } else { format!("\\x{byte:02X}") }.bytes());
            }
            (Escape::Hash, b'#' | b'"' | b'{' | b'|' | b'}' | ..b' ' | 0x7F..) => {
                out.extend(format!("#{byte:02X}").bytes());
            }
            (Escape::Html, b'&' | b'<' | b'>' | b'"' | b'\'') if !is_odd => out.extend(match byte {
                b'&' => &b"&amp;"[..],
                b'<' => b"&lt;",
                b'>' => b"&gt;",
                b'"' => b"&quot;",
                _ => b"&apos;",
            }),
            (Escape::Html, b'&' | b'<' | b';' | ..b' ') => {
                out.extend(if way & 2 == 0 { format!("&#{byte};") } else { format!("&#x{byte:X};") }.bytes());
            }
            (Escape::Json, b'"' | b'\\') => out.extend([b'\\', *byte]),
            (Escape::Json, b'\n') => out.extend(b"\\n"),
            (Escape::Json, b'/') if is_odd => out.extend(b"\\/"),
            (Escape::Json, ..b' ' | 0x7F) => out.extend(format!("\\u{byte:04x}").bytes()),
            _ => out.push(*byte),
        }
    }
    out
}
