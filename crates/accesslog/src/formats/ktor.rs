//! Ktor's `CallLogging`: the status and its words, the method and the path, and how long it took.
//!
//! The time is the logger's, who stands before it; no client is told, and no query. Versions before 2.3 tell no duration either.

use crate::grammar::{fault, word};
use crate::json::duration_of;
use crate::{Fault, Format, Record};

/// `status words: METHOD - path in time`.
pub(crate) struct Ktor;

impl Format for Ktor {
    fn name(&self) -> &'static str {
        "ktor"
    }

    fn about(&self) -> &'static str {
        "Ktor (Kotlin) call log"
    }

    fn example(&self) -> &'static str {
        "2024-05-01 00:02:15.250 [eventLoopGroupProxy-4-1] INFO  Application - 200 OK: GET - /a in 12ms"
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let expected = || fault(line, line, "a status and its words, a method, a path, and `in` some time");
        let read = || {
            let [a @ b'1'..=b'5', b @ b'0'..=b'9', c @ b'0'..=b'9', b' ', rest @ ..] = line.trim_ascii_end() else {
                return None;
            };
            let colon = rest.iter().take(REASON_BYTES_MAX).position(|byte| *byte == b':')?;
            let (reason, rest) = (&rest[..colon], rest[colon + 1..].strip_prefix(b" ")?);
            let (method, rest) = word(rest)?;
            let rest = rest.strip_prefix(b"- ")?;
            let (path, took) = match word(rest) {
                Some((path, took)) => (path, Some(took.strip_prefix(b"in ")?)),
                None => (rest, None),
            };
            let is_reason = reason.iter().all(|byte| byte.is_ascii_alphabetic() || b" -'".contains(byte));
            let is_method = !method.is_empty() && method.iter().all(u8::is_ascii_uppercase);
            let duration = match took {
                Some(took) => Some(duration_of(took.strip_suffix(b"ms")?, 1e6)?),
                None => None,
            };
            let digit = |byte: u8| u16::from(byte - b'0');
            (is_reason && is_method && path.starts_with(b"/")).then(|| Record {
                method: Some(method),
                target: Some(path),
                status: Some(digit(*a) * 100 + digit(*b) * 10 + digit(*c)),
                duration,
                ..Record::default()
            })
        };
        read().map(Some).ok_or_else(expected)
    }
}

/// The longest words of a status, in bytes.
const REASON_BYTES_MAX: usize = 48;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Wrapping, recognise};

    #[test]
    fn a_logger_stands_before_it() {
        for (line, status, duration) in [
            ("200 OK: GET - /a in 12ms", 200, Some(12_000_000)),
            ("404 Not Found: GET - /a in 12ms", 404, Some(12_000_000)),
            ("200 OK: GET - /a", 200, None),
        ] {
            let record = Ktor.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.method, record.target), (Some(&b"GET"[..]), Some(&b"/a"[..])), "{line}");
            assert_eq!((record.status, record.duration), (Some(status), duration));
        }
        let reading = recognise(Ktor.example().as_bytes()).reading.unwrap();
        assert_eq!((reading.format.name(), reading.wrapping), ("ktor", Wrapping::Stamped));
    }

    #[test]
    fn what_it_says_otherwise_is_no_request() {
        for line in [
            "Application started in 0.303 seconds.",
            "200 OK: GET /a in 12ms",
            "200 OK: GET - a in 12ms",
            "200 OK: GET - /a in 12",
            "200 OK: get - /a in 12ms",
            "200 (x): GET - /a in 12ms",
            "900 OK: GET - /a in 12ms",
        ] {
            assert!(Ktor.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
