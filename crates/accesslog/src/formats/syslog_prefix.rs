//! What a syslog daemon puts before a line.
//!
//! `<134>Feb  1 18:34:10 host haproxy[42]: ` (RFC 3164), the same with an ISO 8601 time or without its parts, and
//! `<134>1 2024-02-01T18:34:10Z host haproxy 42 - - ` (RFC 5424). Daemons leave out the priority, the host or the time, so
//! every part may lack but the last: a prefix ends with a tag and its colon, or has the fields of RFC 5424.

use crate::grammar::is_address;
use crate::grammar::{present, whole_number, word};
use crate::time;

/// What a prefix says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Prefix<'a> {
    /// The machine that sent the line.
    pub(super) host: Option<&'a [u8]>,
    /// The number of the process.
    pub(super) process: Option<&'a [u8]>,
}

/// How many words may stand between the time and the tag: the host, and what some daemons put beside it.
const WORDS_MAX: usize = 3;

/// The prefix of a line, and what stands behind it; an empty prefix and the line where it has none.
pub(super) fn prefix(line: &[u8]) -> (Prefix<'_>, &[u8]) {
    let text = without_priority(line);
    structured(text).or_else(|| tagged(text)).unwrap_or((Prefix::default(), text))
}

fn without_priority(line: &[u8]) -> &[u8] {
    let number = line.strip_prefix(b"<").and_then(|rest| {
        let end = rest.iter().take(4).position(|byte| *byte == b'>')?;
        whole_number(&rest[..end]).map(|_| &rest[end + 1..])
    });
    number.unwrap_or(line)
}

/// A prefix of RFC 5424.
fn structured(text: &[u8]) -> Option<(Prefix<'_>, &[u8])> {
    let (stamp, rest) = word(text.strip_prefix(b"1 ")?)?;
    if stamp != b"-" {
        time::iso(stamp)?;
    }
    let (host, rest) = word(rest)?;
    let (_application, rest) = word(rest)?;
    let (process, rest) = word(rest)?;
    let (_message_id, mut rest) = word(rest)?;
    match rest.strip_prefix(b"-") {
        Some(behind) => rest = behind,
        None => {
            while rest.starts_with(b"[") {
                rest = &rest[memchr::memchr(b']', rest)? + 1..];
            }
        }
    }
    let rest = rest.strip_prefix(b" ")?;
    let rest = rest.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(rest);
    Some((Prefix { host: present(host), process: present(process) }, rest))
}

/// A prefix of RFC 3164, or what a daemon makes of it.
fn tagged(text: &[u8]) -> Option<(Prefix<'_>, &[u8])> {
    let (is_stamped, mut rest) = match without_stamp(text) {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut host = None;
    for _ in 0..=WORDS_MAX {
        let (next, behind) = word(rest)?;
        if let Some(tag) = next.strip_suffix(b":")
            && !is_address(next)
        {
            return Some((Prefix { host: host.and_then(present), process: process(tag) }, behind.trim_ascii_start()));
        }
        if !is_stamped {
            return None;
        }
        host = host.or(Some(next));
        rest = behind;
    }
    None
}

/// What stands behind the time that a prefix begins with.
fn without_stamp(text: &[u8]) -> Option<&[u8]> {
    let (first, behind) = word(text)?;
    if time::iso(first).is_some() {
        return Some(behind.trim_ascii_start());
    }
    let is_month = first.len() == 3 && first.iter().all(u8::is_ascii_alphabetic);
    let (day, behind) = word(behind.trim_ascii_start())?;
    let is_day = day.len() <= 2 && whole_number(day).is_some();
    let (mut clock, mut behind) = word(behind)?;
    if clock.len() == 4 && whole_number(clock).is_some() {
        // Some daemons write the year.
        (clock, behind) = word(behind)?;
    }
    (is_month && is_day && time::clock(clock).is_some()).then_some(behind)
}

/// The number of the process in a tag, `haproxy[42]`.
fn process(tag: &[u8]) -> Option<&[u8]> {
    let inner = tag.strip_suffix(b"]")?;
    Some(&inner[memchr::memrchr(b'[', inner)? + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, host: Option<&str>, process: Option<&str>) {
        let line = format!("{text}192.0.2.7:80 [");
        let (prefix, rest) = prefix(line.as_bytes());
        assert_eq!(rest, b"192.0.2.7:80 [", "{text}");
        assert_eq!(prefix.host, host.map(str::as_bytes), "{text}");
        assert_eq!(prefix.process, process.map(str::as_bytes), "{text}");
    }

    #[test]
    fn every_part_but_the_tag_may_lack() {
        check("", None, None);
        check("Feb  1 18:34:10 localhost haproxy[42471]: ", Some("localhost"), Some("42471"));
        check("Feb 01 18:34:10 - haproxy[1]: ", None, Some("1"));
        check("Feb 1 18:34:10.123 lb haproxy[1]: ", Some("lb"), Some("1"));
        check("Feb  1 2024 18:34:10 lb haproxy[1]: ", Some("lb"), Some("1"));
        check("<134>Nov 22 21:42:06 haproxy[12389]: ", None, Some("12389"));
        check("2019-01-14T21:49:23+00:00 localhost haproxy[6]: ", Some("localhost"), Some("6"));
        check("Feb  1 18:34:10 localhost local0.info haproxy: ", Some("localhost"), None);
        check("haproxy[42]: ", None, Some("42"));
        check("<134>", None, None);
    }

    #[test]
    fn rfc_5424_has_fields_of_its_own() {
        check("<134>1 2024-02-01T18:34:10.5Z host haproxy 42 - - ", Some("host"), Some("42"));
        check("1 2024-02-01T18:34:10Z - haproxy - - [a@1 b=\"c\"][d] \u{FEFF}", None, None);
    }

    #[test]
    fn what_has_no_tag_has_no_prefix() {
        for line in [
            "2001:db8:: a b",
            "192.0.2.7 - - [a: b",
            "Feb  1 18:34:10 a b c d e f: g",
            "Feb 1 18:34 a b: c",
            "Feb day 18:34:10 a b: c",
        ] {
            assert_eq!(prefix(line.as_bytes()), (Prefix::default(), line.as_bytes()), "{line}");
        }
    }
}
