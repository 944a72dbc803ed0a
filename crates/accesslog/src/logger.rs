//! What a program's own logger puts before its message.
//!
//! A server that hands its access lines to the logger of its language writes a time, a level, and the name of who spoke, in the
//! order and with the dividers of that logger. Python's `logging`, gunicorn's and Spring's have brackets or dashes, Go's zap
//! tabs, Rust's `env_logger` one pair of brackets around all (`[2024-05-01T00:02:16Z INFO  web::access] `), its `tracing` a name
//! with a colon; Python's plain form has no time (`INFO:web.access:`). All are read by one rule: a time, then words that
//! only loggers write, a level among them. What a client sends begins behind them, and nothing of it is looked at but its address.

use crate::address::{is_address, without_port};
use crate::grammar::word;
use crate::json::instant;
use crate::wrapping::{Unwrapped, stamp_of};

/// A line behind a time and what a logger puts behind it, its level among that. Without a level, it is no logger's; but Go's
/// own has none, and is known by the slashes of its date and by the client that follows; nor has Ruby's web server, whose time
/// stands in brackets before one, nor what a store of logs puts before a tab or before a whole line of the common format.
pub(crate) fn logged(line: &[u8]) -> Option<Unwrapped<'_>> {
    if let Some(unwrapped) = in_one_bracket(line) {
        return Some(unwrapped);
    }
    // Django's longer form has the level first, and words of numbers before the message.
    let behind_level = word(line).filter(|(level, _)| LEVELS.contains(level)).map(|(_, rest)| rest);
    let (stamp, mut rest) = stamp(behind_level.unwrap_or(line))?;
    let is_marked = stamp[4] == b'/' || line.starts_with(b"[") || rest.starts_with(b"\t");
    let time = Some(instant(stamp)?);
    let mut has_level = behind_level.is_some();
    for _ in 0..PARTS_MAX {
        let from = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'-')).unwrap_or(rest.len());
        let (divider, text) = rest.split_at(from);
        let Some((part, behind)) = part(divider, text, has_level) else {
            let text = match has_level {
                true => behind_name(text).or_else(|| behind_level.and_then(|_| behind_words(text))).unwrap_or(text),
                false => text,
            };
            let is_line = begins_with_client(text) && (is_marked || has_identity(text));
            return (has_level || is_line).then_some(Unwrapped { text, time });
        };
        has_level |= is_level(part);
        rest = behind;
    }
    None
}

/// The message behind `LEVEL:name:`, which is what Python's loggers write where nothing else is set.
pub(crate) fn named(line: &[u8]) -> Option<&[u8]> {
    let colon = |text: &[u8]| text.iter().take(PART_BYTES_MAX).position(|byte| *byte == b':');
    let (level, rest) = line.split_at(colon(line)?);
    let rest = &rest[1..];
    let (name, text) = rest.split_at(colon(rest).filter(|at| 0 < *at)?);
    (LEVELS.contains(&level) && name.iter().all(is_open)).then_some(&text[1..])
}

/// `[2024-05-01T00:02:16Z INFO  web::access] message`.
fn in_one_bracket(line: &[u8]) -> Option<Unwrapped<'_>> {
    let (stamp, rest) = word(line.strip_prefix(b"[")?)?;
    let time = stamp_of(stamp)?;
    let end = rest.iter().take(PART_BYTES_MAX).position(|byte| *byte == b']')?;
    let (level, name) = word(&rest[..end]).unwrap_or((&rest[..end], b""));
    let is_logger =
        LEVELS.contains(&level) && name.trim_ascii_start().iter().all(|byte| is_open(byte) || *byte == b':');
    let text = rest[end + 1..].strip_prefix(b" ").filter(|_| is_logger)?;
    Some(Unwrapped { text, time })
}

/// The time that a line begins with, in brackets or not, its zone included, and what follows.
fn stamp(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (stamp, rest) = match line.strip_prefix(b"[") {
        Some(inner) => {
            let end = inner.iter().take(STAMP_BYTES_MAX).position(|byte| *byte == b']')?;
            (&inner[..end], &inner[end + 1..])
        }
        None => {
            let end_of_word = |from: usize| {
                let text = line.get(from..)?;
                let end = text.iter().take(STAMP_BYTES_MAX).position(|byte| matches!(byte, b' ' | b'\t'))?;
                Some(from + end)
            };
            let date = end_of_word(0)?;
            // The clock stands behind a blank, if it is not in the same word, and so may the zone.
            let clock = if date == DATE_BYTES { end_of_word(date + 1)? } else { date };
            let zone = end_of_word(clock + 1).filter(|end| is_zone(&line[clock + 1..*end]));
            line.split_at(zone.unwrap_or(clock))
        }
    };
    (SECONDS_BYTES <= stamp.len() && stamp[0].is_ascii_digit()).then_some((stamp, rest))
}

/// Whether a word is a zone: `+0900` or `+09:00`.
fn is_zone(word: &[u8]) -> bool {
    match word {
        [b'+' | b'-', rest @ ..] => {
            matches!(rest.len(), 4 | 5) && rest.iter().all(|byte| byte.is_ascii_digit() || *byte == b':')
        }
        _ => false,
    }
}

/// The next word that the logger wrote, without its brackets, and what follows it; `None` where the message begins.
fn part<'a>(divider: &[u8], text: &'a [u8], has_level: bool) -> Option<(&'a [u8], &'a [u8])> {
    if let Some(inner) = text.strip_prefix(b"[") {
        // Twisted's names hold the client, and the level behind a `#`.
        let end = inner.iter().take(PART_BYTES_MAX).position(|byte| *byte == b']')?;
        let (part, behind) = (&inner[..end], &inner[end + 1..]);
        let is_part = !part.is_empty() && part.iter().all(|byte| is_open(byte) || matches!(byte, b'#' | b','));
        return is_part.then_some((part, behind));
    }
    // JBoss has the thread between parentheses, behind the level.
    if let Some(inner) = text.strip_prefix(b"(").filter(|_| has_level) {
        let end = inner.iter().take(PART_BYTES_MAX).position(|byte| *byte == b')')?;
        let (thread, behind) = (&inner[..end], &inner[end + 1..]);
        return thread.iter().all(|byte| is_open(byte) || *byte == b' ').then_some((thread, behind));
    }
    let end = text.iter().take(PART_BYTES_MAX).position(|byte| !is_open(byte)).unwrap_or(0);
    let (word, behind) = text.split_at(end);
    if word.is_empty() || is_address(word) {
        return None;
    }
    // A word belongs to the logger where it is divided as such; a client is followed by a blank alone.
    let is_divided = divider.contains(&b'\t')
        || behind.starts_with(b" - ")
        || behind.starts_with(b" --- ")
        || behind.starts_with(b"\t");
    if is_divided {
        return Some((word, behind));
    }
    let ends = behind.first() == Some(&b' ');
    // The id of a process stands before the level, or behind it.
    let is_number = word.iter().all(u8::is_ascii_digit);
    match behind.strip_prefix(b":") {
        Some(behind) if LEVELS.contains(&word) && behind.first() == Some(&b' ') => Some((word, behind)),
        _ if ends && (LEVELS.contains(&word) || is_number && !has_level) => Some((word, behind)),
        // A name, where a client follows it.
        _ if ends && has_level && begins_with_client(&behind[1..]) => Some((word, behind)),
        _ => None,
    }
}

/// What stands behind the name of a logger that a colon ends, perhaps behind blanks, where a client follows.
///
/// Nothing but the letters of names stands before it: a client may have written what looks like that behind its own address.
fn behind_name(text: &[u8]) -> Option<&[u8]> {
    let near = &text[..text.len().min(NAME_BYTES_MAX)];
    // Odoo has a question mark where it has no database.
    let is_name = |name: &[u8]| name.iter().all(|byte| is_open(byte) || matches!(byte, b':' | b' ' | b'?'));
    memchr::memmem::find_iter(near, b": ")
        .take_while(|at| is_name(&near[..*at]))
        .map(|at| text[at + 2..].trim_ascii_start())
        .find(|rest| begins_with_client(rest))
}

/// What stands behind words of a logger, from a quote on.
fn behind_words(text: &[u8]) -> Option<&[u8]> {
    let near = &text[..text.len().min(NAME_BYTES_MAX)];
    let quote = memchr::memchr(b'"', near)?;
    let mut words = near[..quote].split(|byte| *byte == b' ');
    words.all(|word| !is_address(word) && word.iter().all(is_open)).then(|| &text[quote..])
}

/// Whether a text begins with an address, with a port or without.
fn begins_with_client(text: &[u8]) -> bool {
    word(text).is_some_and(|(client, _)| is_address(without_port(client)))
}

/// Whether a text has the dash of an identity that nobody asks for, as a line of the common format has it behind its client.
fn has_identity(text: &[u8]) -> bool {
    word(text).is_some_and(|(_, rest)| rest.starts_with(b"- "))
}

/// Whether a part says how grave the message is.
fn is_level(part: &[u8]) -> bool {
    let part = part.rsplit(|byte| *byte == b'#').next().unwrap_or(part);
    LEVELS.iter().chain(SHORT_LEVELS).any(|level| part.eq_ignore_ascii_case(level)) || part.starts_with(b"HTTPChannel,")
}

/// Whether a byte stands in the names of loggers.
fn is_open(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._-".contains(byte)
}

/// How loggers call how grave a message is.
const LEVELS: [&[u8]; 8] = [b"DEBUG", b"INFO", b"NOTICE", b"WARN", b"WARNING", b"ERROR", b"CRITICAL", b"TRACE"];

/// The same in three letters, as Serilog writes them between brackets.
const SHORT_LEVELS: &[&[u8]] = &[b"INF", b"DBG", b"WRN", b"ERR", b"VRB"];

/// The bytes of a date, and of a time to the second.
const DATE_BYTES: usize = 10;
const SECONDS_BYTES: usize = 19;

/// The longest time stamp of a logger, the longest part behind it, the longest name with a colon, in bytes, and the most parts.
const STAMP_BYTES_MAX: usize = 40;
const PART_BYTES_MAX: usize = 64;
const NAME_BYTES_MAX: usize = 128;
const PARTS_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Time;

    const LINE: &str = r#"192.0.2.7 - - [01/May/2024:00:02:15 +0000] "GET /a: 192.0.2.8 HTTP/1.1" 200 512"#;

    #[test]
    fn a_time_a_level_and_a_name_are_taken_off() {
        for prefix in [
            "[2024-05-01T00:02:16Z INFO  web::access] ",
            "[2024-05-01T00:02:16Z INFO] ",
            "2024-05-01T00:02:16.000000Z  INFO web::access: ",
            "2024-05-01 00:02:16,000 INFO [wsgi] ",
            "2024-05-01 00:02:16,000 INFO werkzeug ",
            "2024-05-01 00:02:16,000 7 INFO shop werkzeug: ",
            "2024-05-01 00:02:16,000 7 INFO ? odoo.http: ",
            "2024-05-01 00:02:16.000  INFO 7 --- [exec-1] a.b.AccessLog      : ",
            "2024-05-01 02:02:16.000 +02:00 [INF] ",
            "2024-05-01 00:02:16,000 INFO  [io.web.access-log] (executor-thread-1) ",
            "INFO 2024-05-01 00:02:16,000 web ",
            "2024-05-01 00:02:16 INFO: ",
            "2024-05-01 00:02:16+0000 [HTTPChannel,0,192.0.2.7] ",
            "2024-05-01T00:02:16+0000 [twisted.python.log#info] ",
            "2024/05/01 00:02:16 ",
            "[2024-05-01 00:02:16] ",
            "2024-05-01 00:02:16 ",
            "2024-05-01 00:02:16\t",
        ] {
            let line = format!("{prefix}{LINE}");
            let unwrapped = logged(line.as_bytes()).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(String::from_utf8_lossy(unwrapped.text), LINE, "{line}");
            assert_eq!(unwrapped.time.map(Time::seconds), Some(1_714_521_736), "{line}");
        }
        let line = format!("INFO:web.access:{LINE}");
        assert_eq!(named(line.as_bytes()), Some(LINE.as_bytes()));
    }

    #[test]
    fn what_has_no_level_is_no_loggers() {
        for line in [
            "2024-05-01 00:02:16 192.0.2.1 GET /a - 80",
            "[01/May/2024] [INFO] a",
            "2024-05-01 00:02:16 web: 192.0.2.7 -",
            "2024/05/01 00:02:16 GET /a",
            "[2024-05-01T00:02:16Z web] 192.0.2.7 -",
            "[2024-05-01 00:02:16] GET /a",
        ] {
            assert!(logged(line.as_bytes()).is_none(), "{line}");
        }
        for line in ["GET:web:192.0.2.7 -", "INFO:192.0.2.7 - -", "INFO:a b:192.0.2.7 -", "INFO::192.0.2.7"] {
            assert!(named(line.as_bytes()).is_none(), "{line}");
        }
    }

    #[test]
    fn a_message_without_a_client_begins_behind_the_level() {
        let text =
            |line: &'static str| logged(line.as_bytes()).map(|unwrapped| String::from_utf8_lossy(unwrapped.text));
        let line = "2024-05-01 00:02:16.000 +00:00 [INF] HTTP GET /a: 192.0.2.8 responded 200 in 12.3 ms";
        assert_eq!(text(line).as_deref(), Some("HTTP GET /a: 192.0.2.8 responded 200 in 12.3 ms"));
        let line = r#"INFO 2024-05-01 00:02:16,000 basehttp 123 140 "GET /a HTTP/1.1" 200 512"#;
        assert_eq!(text(line).as_deref(), Some(r#""GET /a HTTP/1.1" 200 512"#));
    }
}
