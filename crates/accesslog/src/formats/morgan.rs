//! morgan, the request logger of Express: its layouts `short`, `tiny` and `dev`.
//!
//! `combined` and `common` are those of Apache. The others have no time, and all but `short` no client; a token without a
//! value is a dash, and on a terminal `dev` colours the status (morgan's README, "Predefined Formats"). What tells such a
//! line is that it is all of this: a method in capitals, a target that is one, a status, a size and milliseconds.

use memchr::memrchr;

use crate::address::is_address;
use crate::field::Sink;
use crate::grammar::{fault, present, seconds, whole_number, word};
use crate::{Fault, Format, Record};

/// One request a line.
pub(crate) struct Morgan;

impl Format for Morgan {
    fn name(&self) -> &'static str {
        "morgan"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["express"]
    }

    fn about(&self) -> &'static str {
        "Express with morgan (short, tiny, dev)"
    }

    fn example(&self) -> &'static str {
        "::1 - GET /a?b=1 HTTP/1.1 200 2326 - 0.283 ms"
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let (mut record, rest) = client(line);
        let expected = |at: &[u8]| fault(line, at, "a method in capitals, and a target");
        let (method, rest) = word(without_colour(rest)).ok_or_else(|| expected(rest))?;
        if method.is_empty() || !method.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'-') {
            return Err(expected(rest));
        }
        let (target, mut rest) = word(rest).ok_or_else(|| expected(rest))?;
        let is_target = matches!(target, [b'/', ..] | b"*") || memchr::memmem::find(target, b"://").is_some();
        if !is_target {
            return Err(expected(rest));
        }
        if record.client.is_some() {
            let (protocol, behind) = word(rest).ok_or_else(|| fault(line, rest, "a protocol and its version"))?;
            if !protocol.starts_with(b"HTTP/") {
                return Err(fault(line, rest, "a protocol and its version"));
            }
            record.protocol = Some(protocol);
            rest = behind;
        }
        let tail = tail(rest).ok_or_else(|| fault(line, rest, "a status, a size and milliseconds"))?;
        Ok(Some(Record {
            method: present(method),
            target: Some(target),
            status: tail.status,
            bytes: tail.bytes,
            duration: tail.duration,
            ..record
        }))
    }

    fn further<'a>(&'a self, _line: &'a [u8], _record: &Record<'a>, _sink: Sink<'_, 'a>) {}
}

/// `:remote-addr :remote-user `, if the line begins so, and what follows.
fn client(line: &[u8]) -> (Record<'_>, &[u8]) {
    let read = word(line).filter(|(client, _)| is_address(client)).and_then(|(client, rest)| {
        let (user, rest) = word(rest)?;
        Some((Record { client: Some(client), user: present(user), ..Record::default() }, rest))
    });
    read.unwrap_or((Record::default(), line))
}

/// What stands behind the target.
struct Tail {
    status: Option<u16>,
    bytes: Option<u64>,
    duration: Option<u64>,
}

/// `:status :res[content-length] - :response-time ms`, or, of `dev`, `:status :response-time ms - :res[content-length]`.
fn tail(text: &[u8]) -> Option<Tail> {
    let (code, rest) = word(without_colour(text))?;
    let code = code_without_colour(code);
    let status = match code {
        b"-" => None,
        [_, _, _] => Some(whole_number(code)? as u16),
        _ => return None,
    };
    let rest = without_colour(rest.trim_ascii_end());
    let (time, size) = match rest.strip_suffix(b" ms") {
        Some(rest) => {
            let dash = memrchr(b'-', rest.strip_suffix(b" -").unwrap_or(&rest[..memrchr(b' ', rest)?]))?;
            (&rest[memrchr(b' ', rest)? + 1..], rest[..dash].trim_ascii())
        }
        None => {
            let ms = memchr::memmem::find(rest, b" ms - ")?;
            (&rest[..ms], &rest[ms + 6..])
        }
    };
    let number = |text: &[u8]| whole_number(text).is_some() || text == b"-";
    let is_time = time == b"-" || seconds(time).is_some();
    let size = code_without_colour(size);
    (is_time && number(size)).then(|| Tail {
        status,
        bytes: whole_number(size),
        // Milliseconds with a fraction.
        duration: seconds(time).map(|nanos| nanos / 1_000),
    })
}

/// What follows the code of a colour (`ESC [ 32 m`), if the text begins with one.
fn without_colour(text: &[u8]) -> &[u8] {
    let Some(code) = text.strip_prefix(b"\x1b[") else { return text };
    match code.iter().take(COLOUR_BYTES_MAX).position(|byte| *byte == b'm') {
        Some(end) => &code[end + 1..],
        None => text,
    }
}

/// The longest code of a colour, in bytes.
const COLOUR_BYTES_MAX: usize = 16;

/// A word without the code of a colour behind it.
fn code_without_colour(word: &[u8]) -> &[u8] {
    &word[..memchr::memchr(0x1B, word).unwrap_or(word.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    type Read = (Option<u16>, Option<u64>, Option<u64>);

    fn parse(line: &str) -> Result<Read, Fault> {
        let record = Morgan.parse(line.as_bytes())?.unwrap();
        assert_eq!((record.method, record.target), (Some(&b"GET"[..]), Some(&b"/a?b=1"[..])), "{line}");
        Ok((record.status, record.bytes, record.duration))
    }

    #[test]
    fn the_three_layouts_hold_the_same() {
        let want = Ok((Some(200), Some(2326), Some(283_000)));
        for line in [
            "::1 - GET /a?b=1 HTTP/1.1 200 2326 - 0.283 ms",
            "GET /a?b=1 200 2326 - 0.283 ms",
            "GET /a?b=1 200 0.283 ms - 2326",
            "\x1b[0mGET /a?b=1 \x1b[32m200\x1b[0m 0.283 ms - 2326\x1b[0m",
        ] {
            assert_eq!(parse(line), want, "{line}");
        }
        assert_eq!(parse("GET /a?b=1 - - - - ms"), Ok((None, None, None)));
        assert_eq!(parse("GET /a?b=1 304 - - 12.5 ms"), Ok((Some(304), None, Some(12_500_000))));
    }

    #[test]
    fn what_a_program_says_is_no_request() {
        for line in [
            "GET /a?b=1",
            "GET a 200 5 - 1 ms",
            "GOT it 200 5 - 1 ms",
            "get /a 200 5 - 1 ms",
            "GET /a?b=1 2xx 5 - 1 ms",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
