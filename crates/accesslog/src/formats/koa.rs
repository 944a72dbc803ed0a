//! koa-logger's lines: an arrow, the method, the target, and behind an answer its status, how long it took and its size.
//!
//! An arrow to the left is of a request that has come, and is no record; one to the right is of its answer, `xxx` and `-x-` of one that
//! failed or was broken off. No client stands in it, and no time. Sizes of a kilobyte and more are rounded, and are not told. On a
//! terminal, and in a container that has one, every word is coloured.

use crate::grammar::{fault, status, whole_number};
use crate::json::duration_of;
use crate::{Fault, Format, Record};

/// `--> METHOD target status time size`.
pub(crate) struct Koa;

impl Format for Koa {
    fn name(&self) -> &'static str {
        "koa"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["koa_logger"]
    }

    fn about(&self) -> &'static str {
        "koa-logger (Node.js) request log"
    }

    fn example(&self) -> &'static str {
        "  --> GET /a?b=1 200 12ms 746b"
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let expected = || fault(line, line, "an arrow, a method, a target, a status, a time and a size");
        let mut words = line.split(|byte| *byte == b' ').map(bare).filter(|word| !word.is_empty());
        let mut next = || words.next().ok_or_else(expected);
        let arrow = next()?;
        let (method, target) = (next()?, next()?);
        let is_method = method.iter().all(u8::is_ascii_uppercase);
        if !is_method || !target.starts_with(b"/") {
            return Err(expected());
        }
        match arrow {
            b"<--" if next().is_err() => return Ok(None),
            b"-->" | b"xxx" | b"-x-" => {}
            _ => return Err(expected()),
        }
        let (code, took, size) = (next()?, next()?, next()?);
        let (code, _) = status(code).filter(|(code, rest)| code.is_some() && rest.is_empty()).ok_or_else(expected)?;
        let duration = duration_of(took, 1e6).filter(|_| took.ends_with(b"s")).ok_or_else(expected)?;
        if !(size == b"-" || size.ends_with(b"b")) || next().is_ok() {
            return Err(expected());
        }
        Ok(Some(Record {
            method: Some(method),
            target: Some(target),
            status: code,
            bytes: size.strip_suffix(b"b").and_then(whole_number),
            duration: Some(duration),
            ..Record::default()
        }))
    }
}

/// A word without the codes of colours before and behind it.
fn bare(mut word: &[u8]) -> &[u8] {
    while let Some(code) = word.strip_prefix(b"\x1b[") {
        let Some(end) = code.iter().take(COLOUR_BYTES_MAX).position(|byte| *byte == b'm') else { break };
        word = &code[end + 1..];
    }
    &word[..memchr::memchr(0x1B, word).unwrap_or(word.len())]
}

/// The longest code of a colour, in bytes.
const COLOUR_BYTES_MAX: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_an_arrow_to_the_right() {
        let coloured = "  \x1b[90m-->\x1b[39m \x1b[1mGET\x1b[22m \x1b[90m/a?b=1\x1b[39m \x1b[32m200\x1b[39m \x1b[90m12ms\x1b[39m \x1b[90m746b\x1b[39m";
        for (line, bytes) in [
            (Koa.example(), Some(746)),
            (coloured, Some(746)),
            ("--> GET /a?b=1 200 12ms -", None),
            ("  xxx GET /a?b=1 200 12ms 1.25kb", None),
        ] {
            let record = Koa.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.method, record.target), (Some(&b"GET"[..]), Some(&b"/a?b=1"[..])), "{line}");
            assert_eq!((record.status, record.bytes, record.duration), (Some(200), bytes, Some(12_000_000)));
        }
        assert_eq!(Koa.parse(b"  <-- GET /a?b=1"), Ok(None));
    }

    #[test]
    fn other_arrows_are_none() {
        for line in [
            "--> GET /a?b=1 200 12ms",
            "--> GET /a?b=1 200 12 746b",
            "--> get /a?b=1 200 12ms 746b",
            "--> GET a 200 12ms 746b",
            "--> GET /a 200 12ms 746b x",
            "==> GET /a 200 12ms 746b",
            "<-- GET /a x",
        ] {
            assert!(Koa.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
