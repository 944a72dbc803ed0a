//! What syslog daemons put in front of a line.
//!
//! Three layouts are in use, and files mix them: the old one (RFC 3164: `Feb  1 18:34:10 host tag[123]: `), the same
//! with an ISO 8601 time in place of the old one (rsyslog's and journald's long forms), and RFC 5424 with its version
//! and structured data (`<134>1 2024-05-01T00:02:15Z host tag 123 - - `). Each may have a priority before it, and
//! over TCP the length of the message before that (RFC 6587, section 3.4.1).
//!
//! journald's other short forms have the day of the week and a blank in the time (`Wed 2024-05-01 00:02:15 UTC`), or a number
//! of seconds. Collectors leave out the priority, the host or the time, so that a format which is written through such a
//! daemon alone ([`prefix_if_any`]) must do without any of them.
//!
//! Appliances leave out the tag, and some all but the priority: what follows is then known to be the message by the address or the
//! object that it begins with.
//!
//! The old time has no year and no zone. No year is supposed: a guess would depend on the day on which the log is
//! read, and an answer must not. [`Prefix::time`] is then absent, and so is the record's unless its format has its own.

use crate::address::is_address;
use crate::grammar::{number, present, word};
use crate::{Time, time};

/// What a prefix says.
///
/// The wrapping needs the time alone; a format whose lines are known by their prefix (HAProxy, Heroku) tells the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prefix<'a> {
    /// The priority: facility times eight plus severity.
    pub(crate) priority: Option<u16>,
    /// The time as written.
    pub(crate) stamp: &'a [u8],
    /// The time, if the stamp holds its year.
    pub(crate) time: Option<Time>,
    /// The host that sent it. Absent where it is a dash, and where the tag follows the time at once.
    pub(crate) host: Option<&'a [u8]>,
    /// The program.
    pub(crate) tag: Option<&'a [u8]>,
    /// The id of its process, as written.
    pub(crate) pid: Option<&'a [u8]>,
}

/// The most that a priority can be: facility 23, severity 7.
const PRIORITY_MAX: u64 = 191;

/// Reads the prefix of a line: what it says, and the line behind it.
pub(crate) fn syslog_prefix(line: &[u8]) -> Option<(Prefix<'_>, &[u8])> {
    // Nearly every line that has none is told by its first byte.
    match line.first()? {
        b'<' | b'0'..=b'9' | b'A' | b'D' | b'F' | b'J' | b'M' | b'N' | b'O' | b'S' | b'T' | b'W' => {}
        _ => return None,
    }
    let (priority, rest) = match priority(behind_length(line)) {
        Some((priority, rest)) => (Some(priority), rest),
        None => (None, line),
    };
    let (prefix, rest) = match rest {
        [b'1', b' ', rest @ ..] if priority.is_some() => modern(rest)?,
        _ if priority.is_some() && is_message(rest) => (Prefix::default(), rest),
        _ => old(rest)?,
    };
    Some((Prefix { priority, ..prefix }, rest))
}

/// Whether a text begins as a line without a tag does: with the address of a client, or as an object.
fn is_message(text: &[u8]) -> bool {
    text.starts_with(b"{") || word(text).is_some_and(|(client, rest)| is_address(client) && rest.starts_with(b"- "))
}

/// Reads the prefix of a line whose daemon may have left out any part of it but the tag: what it says, and the line behind
/// it; nothing and the whole line where it has none.
pub(crate) fn prefix_if_any(line: &[u8]) -> (Prefix<'_>, &[u8]) {
    let (priority, text) = match priority(behind_length(line)) {
        Some((priority, rest)) => (Some(priority), rest),
        None => (None, line),
    };
    let modern = text.strip_prefix(b"1 ").and_then(modern);
    let (prefix, rest) = modern.or_else(|| tagged(text)).unwrap_or((Prefix::default(), text));
    (Prefix { priority, ..prefix }, rest)
}

/// How many words may stand between the time and the tag: the host, and what some daemons put beside it.
const WORDS_MAX: usize = 3;

/// What stands behind a tag with its colon, whatever stands before it. Without a time the tag is the first word.
fn tagged(text: &[u8]) -> Option<(Prefix<'_>, &[u8])> {
    let (stamp, time, mut rest) = stamp(text).unwrap_or((b"", None, text));
    let mut host = None;
    for _ in 0..=WORDS_MAX {
        let (next, behind) = word(rest)?;
        if let Some((tag, pid)) = tag(next) {
            let host = host.and_then(present);
            return Some((
                Prefix { stamp, time, host, tag: Some(tag), pid, ..Prefix::default() },
                behind.trim_ascii_start(),
            ));
        }
        if stamp.is_empty() {
            return None;
        }
        host = host.or(Some(next));
        rest = behind;
    }
    None
}

/// The line behind the length that stands before its priority.
fn behind_length(line: &[u8]) -> &[u8] {
    match number(line) {
        Some((_, [b' ', rest @ ..])) if rest.first() == Some(&b'<') => rest,
        _ => line,
    }
}

fn priority(line: &[u8]) -> Option<(u16, &[u8])> {
    let (priority, rest) = number(line.strip_prefix(b"<")?)?;
    let rest = rest.strip_prefix(b">")?;
    if priority <= PRIORITY_MAX { Some((priority as u16, rest)) } else { None }
}

/// RFC 5424 behind its version: time, host, program, process, kind, structured data.
///
/// Heroku's drains leave out the structured data; what does not have its form is taken for the message.
fn modern(line: &[u8]) -> Option<(Prefix<'_>, &[u8])> {
    let (stamp, rest) = word(line)?;
    let (host, rest) = word(rest)?;
    let (tag, rest) = word(rest)?;
    let (pid, rest) = word(rest)?;
    let (_kind, rest) = word(rest)?;
    let rest = structured_data(rest).unwrap_or(rest);
    let time = match present(stamp) {
        Some(stamp) => time::iso(stamp)?,
        None => None,
    };
    let prefix = Prefix { priority: None, stamp, time, host: present(host), tag: present(tag), pid: present(pid) };
    Some((prefix, rest.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(rest)))
}

/// What follows structured data and the blank behind it; `None` where there is none, not even a dash.
fn structured_data(text: &[u8]) -> Option<&[u8]> {
    let mut rest = match text {
        [b'-', rest @ ..] => rest,
        [b'[', ..] => text,
        _ => return None,
    };
    while let [b'[', element @ ..] = rest {
        rest = structured_element(element)?;
    }
    match rest {
        [] => Some(rest),
        [b' ', rest @ ..] => Some(rest),
        _ => None,
    }
}

/// What follows the bracket that ends an element, `text` beginning behind the one that opens it.
fn structured_element(text: &[u8]) -> Option<&[u8]> {
    let name_end = text.iter().position(|byte| matches!(byte, b' ' | b']' | b'"' | b'='))?;
    let mut rest = &text[name_end..];
    if name_end == 0 {
        return None;
    }
    while let [b' ', parameter @ ..] = rest {
        let equals = parameter.iter().position(|byte| matches!(byte, b' ' | b']' | b'"' | b'='))?;
        rest = behind_quoted(parameter[equals..].strip_prefix(b"=\"")?)?;
    }
    rest.strip_prefix(b"]")
}

/// What follows the quote that ends a value.
fn behind_quoted(mut text: &[u8]) -> Option<&[u8]> {
    loop {
        text = match text {
            [b'"', rest @ ..] => return Some(rest),
            [b'\\', _, rest @ ..] | [_, rest @ ..] => rest,
            [] => return None,
        };
    }
}

/// The old layout: time, host, tag with a colon. The host may be left out, and the tag where the message is known without it.
fn old(line: &[u8]) -> Option<(Prefix<'_>, &[u8])> {
    let (stamp, time, rest) = stamp(line)?;
    // A time with a year may be the first column of a table, and a host the second.
    let is_of_daemon = !stamp[0].is_ascii_digit();
    if is_of_daemon && is_message(rest) {
        return Some((Prefix { stamp, time, ..Prefix::default() }, rest));
    }
    let (first, behind) = word(rest)?;
    if let Some((tag, pid)) = tag(first) {
        return Some((Prefix { stamp, time, tag: Some(tag), pid, ..Prefix::default() }, behind));
    }
    if is_message(behind) && (is_of_daemon || behind.starts_with(b"{")) {
        return Some((Prefix { stamp, time, host: present(first), ..Prefix::default() }, behind));
    }
    // A message may follow its tag with no blank between.
    let colon = behind.iter().take(TAG_BYTES_MAX).position(|byte| *byte == b':')?;
    let (tag, pid) = tag(&behind[..=colon])?;
    let message = &behind[colon + 1..];
    let message = message.strip_prefix(b" ").unwrap_or(message);
    Some((Prefix { stamp, time, host: present(first), tag: Some(tag), pid, ..Prefix::default() }, message))
}

/// The longest tag that is looked for, with its process id and colon, in bytes.
const TAG_BYTES_MAX: usize = 128;

/// The program and the process of `haproxy[123]:`.
fn tag(word: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let word = word.strip_suffix(b":")?;
    let (name, pid) = match word.strip_suffix(b"]") {
        Some(word) => {
            let open = memchr::memchr(b'[', word)?;
            (&word[..open], Some(&word[open + 1..]))
        }
        None => (word, None),
    };
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-./@()".contains(byte);
    if name.is_empty() || !name.iter().all(is_name) || name[0].is_ascii_digit() {
        return None;
    }
    Some((name, pid.filter(|pid| !pid.is_empty())))
}

/// `Feb  1 18:34:10 `, the day padded with a blank, a zero, or not at all; with a year behind the day (Cisco), it is a
/// time.
fn old_time(line: &[u8]) -> Option<(&[u8], Option<Time>, &[u8])> {
    let [a, b, c, b' ', rest @ ..] = line else { return None };
    let month = time::month_number([*a, *b, *c])?;
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let (day, rest) = number(rest)?;
    let rest = rest.strip_prefix(b" ")?;
    let (year, clock) = match rest {
        [a, b, c, d, b' ', clock @ ..] if [a, b, c, d].into_iter().all(u8::is_ascii_digit) => {
            (number(&[*a, *b, *c, *d]).map(|(year, _)| year as u32), clock)
        }
        _ => (None, rest),
    };
    let ([hour, colon, minute, colon_too, second], rest) = clock_parts(clock)?;
    if !(1..=31).contains(&day) || colon != u32::from(b':') || colon_too != u32::from(b':') {
        return None;
    }
    let stamp = &line[..line.len() - rest.len()];
    let rest = rest.strip_prefix(b" ")?;
    let time = year.and_then(|year| time::civil(year, month, day as u32, hour, minute, second));
    Some((stamp, time, rest))
}

/// Hour, colon, minute, colon, second, and what follows them and a fraction.
fn clock_parts(clock: &[u8]) -> Option<([u32; 5], &[u8])> {
    let (parts, rest) = clock.split_first_chunk::<8>()?;
    let two = |at: usize| {
        let (tens, ones) = (parts[at].wrapping_sub(b'0'), parts[at + 1].wrapping_sub(b'0'));
        if tens <= 9 && ones <= 9 { Some(u32::from(tens) * 10 + u32::from(ones)) } else { None }
    };
    let read = [two(0)?, u32::from(parts[2]), two(3)?, u32::from(parts[5]), two(6)?];
    let rest = match rest {
        [b'.' | b',', fraction @ ..] => number(fraction)?.1,
        _ => rest,
    };
    Some((read, rest))
}

/// A time that a prefix begins with, and what follows the blanks behind it.
fn stamp(line: &[u8]) -> Option<(&[u8], Option<Time>, &[u8])> {
    old_time(line).or_else(|| iso_time(line)).or_else(|| apart_time(line)).or_else(|| epoch_time(line))
}

/// An ISO 8601 time with its `T`.
fn iso_time(line: &[u8]) -> Option<(&[u8], Option<Time>, &[u8])> {
    let (stamp, rest) = word(line)?;
    if stamp.get(10) != Some(&b'T') {
        return None;
    }
    Some((stamp, time::iso(stamp)?, rest.trim_ascii_start()))
}

/// A date and a clock, perhaps behind the day of the week and before the name of a zone: `Wed 2024-05-01 00:02:15 UTC`.
/// A zone other than that may be any, so such a time is not known.
fn apart_time(line: &[u8]) -> Option<(&[u8], Option<Time>, &[u8])> {
    let is_weekday =
        |name: &&[u8]| [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"].iter().any(|day| day == name);
    let date = match word(line) {
        Some((name, rest)) if is_weekday(&name) => rest,
        _ => line,
    };
    let (day, clock) = word(date)?;
    let (clock, rest) = word(clock)?;
    let time = time::iso(&date[..day.len() + 1 + clock.len()]).filter(|_| day.len() == 10 && 8 <= clock.len())?;
    let is_zone = |name: &[u8]| (3..=5).contains(&name.len()) && name.iter().all(u8::is_ascii_uppercase);
    let (time, rest) = match word(rest) {
        Some((b"UTC" | b"GMT", rest)) => (time, rest),
        Some((zone, rest)) if is_zone(zone) => (None, rest),
        _ => (time, rest),
    };
    Some((line[..line.len() - rest.len()].trim_ascii_end(), time, rest.trim_ascii_start()))
}

/// Seconds since the epoch, with their fraction: `1714489335.123456`.
fn epoch_time(line: &[u8]) -> Option<(&[u8], Option<Time>, &[u8])> {
    let (stamp, rest) = word(line)?;
    let is_epoch = stamp.len() <= 20 && stamp.get(10) == Some(&b'.');
    let time = time::epoch(stamp).filter(|_| is_epoch)?;
    Some((stamp, Some(time), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: Option<&[u8]>) -> Option<&str> {
        bytes.map(|bytes| std::str::from_utf8(bytes).unwrap())
    }

    /// Host, tag, process, seconds, and the message.
    type Told<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>, Option<i64>, &'a str);

    fn read(line: &str) -> Option<Told<'_>> {
        let (prefix, rest) = syslog_prefix(line.as_bytes())?;
        let seconds = prefix.time.map(Time::seconds);
        Some((text(prefix.host), text(prefix.tag), text(prefix.pid), seconds, text(Some(rest)).unwrap()))
    }

    #[test]
    fn the_old_layout_has_no_time() {
        let want = Some((Some("web1"), Some("haproxy"), Some("123"), None, "10.0.0.1:80 [x] a"));
        assert_eq!(read("Feb  1 18:34:10 web1 haproxy[123]: 10.0.0.1:80 [x] a"), want);
        assert_eq!(read("Feb 01 18:34:10 web1 haproxy[123]: 10.0.0.1:80 [x] a"), want);
        assert_eq!(read("<134>Feb  1 18:34:10 web1 haproxy[123]: 10.0.0.1:80 [x] a"), want);
        assert_eq!(read("Feb  1 18:34:10 - nginx: a"), Some((None, Some("nginx"), None, None, "a")));
        assert_eq!(read("<190>Feb  1 18:34:10 nginx: a"), Some((None, Some("nginx"), None, None, "a")), "`nohostname`");
    }

    #[test]
    fn the_old_layout_with_a_year_or_an_iso_time_has_one() {
        let want = Some((Some("web1"), Some("nginx"), None, Some(1_714_489_335), "a b"));
        assert_eq!(read("Apr 30 2024 15:02:15 web1 nginx: a b"), want);
        assert_eq!(read("2024-05-01T00:02:15.123456+09:00 web1 nginx: a b"), want);
        assert_eq!(read("<13>2024-05-01T00:02:15+0900 web1 nginx: a b"), want);
        assert_eq!(
            read("2012-04-29T15:57:54+00:00 heroku[router]: at=info"),
            Some((None, Some("heroku"), Some("router"), Some(1_335_715_074), "at=info"))
        );
    }

    #[test]
    fn a_line_may_have_no_tag_where_it_begins_with_a_client_or_as_an_object() {
        let line = "192.0.2.7 - - [01/May/2024:00:02:15 +0000] \"GET /a: HTTP/1.1\" 200 1";
        for message in [line, r#"{"a":1}"#] {
            assert_eq!(
                read(&format!("Feb  1 18:34:10 web1 {message}")),
                Some((Some("web1"), None, None, None, message))
            );
            assert_eq!(read(&format!("<13>Feb  1 18:34:10 {message}")), Some((None, None, None, None, message)));
            assert_eq!(read(&format!("<13>{message}")), Some((None, None, None, None, message)));
        }
        for line in [
            "Feb  1 18:34:10 web1 192.0.2.7 GET /a",
            "Feb  1 18:34:10 192.0.2.7 GET /a",
            "<13>web1 192.0.2.7 - -",
            "<13>192.0.2.7",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
        assert_eq!(read(&format!("2024-05-01T00:02:15Z web1 {line}")), None, "a time and a host are columns");
    }

    #[test]
    fn the_modern_layout_has_structured_data_or_not() {
        let want = Some((Some("web1"), Some("nginx"), Some("7"), Some(1_714_489_335), "a [b"));
        assert_eq!(read("<134>1 2024-04-30T15:02:15Z web1 nginx 7 - - a [b"), want);
        assert_eq!(read(r#"<134>1 2024-04-30T15:02:15Z web1 nginx 7 ID47 [x@1 a="\"]" b=""][y] a [b"#), want);
        assert_eq!(read("103 <134>1 2024-04-30T15:02:15Z web1 nginx 7 - a [b"), want, "Heroku, with the length");
        assert_eq!(read("<134>1 2024-04-30T15:02:15Z - nginx - - - \u{feff}a").unwrap().4, "a");
    }

    #[test]
    fn the_other_short_forms_of_journald_have_a_time() {
        let want = |seconds| Some((Some("web1"), Some("nginx"), Some("7"), seconds, "a b"));
        assert_eq!(read("Tue 2024-04-30 15:02:15 UTC web1 nginx[7]: a b"), want(Some(1_714_489_335)));
        assert_eq!(read("2024-05-01 00:02:15.123456+0900 web1 nginx[7]: a b"), want(Some(1_714_489_335)));
        assert_eq!(read("Wed 2024-05-01 00:02:15 JST web1 nginx[7]: a b"), want(None), "a zone by its name");
        assert_eq!(read("1714489335.123456 web1 nginx[7]: a b"), want(Some(1_714_489_335)));
    }

    #[test]
    fn every_part_but_the_tag_may_lack() {
        let check = |before: &str, host: Option<&str>, pid: Option<&str>| {
            let line = format!("{before}192.0.2.7:80 [");
            let (prefix, rest) = prefix_if_any(line.as_bytes());
            assert_eq!(rest, b"192.0.2.7:80 [", "{before}");
            assert_eq!((text(prefix.host), text(prefix.pid)), (host, pid), "{before}");
        };
        check("", None, None);
        check("Feb  1 18:34:10 localhost haproxy[42471]: ", Some("localhost"), Some("42471"));
        check("Feb 01 18:34:10 - haproxy[1]: ", None, Some("1"));
        check("Feb 1 18:34:10.123 lb haproxy[1]: ", Some("lb"), Some("1"));
        check("Feb  1 2024 18:34:10 lb haproxy[1]: ", Some("lb"), Some("1"));
        check("<134>Nov 22 21:42:06 haproxy[12389]: ", None, Some("12389"));
        check("2019-01-14T21:49:23+00:00 localhost haproxy[6]: ", Some("localhost"), Some("6"));
        check("Feb  1 18:34:10 localhost local0.info haproxy: ", Some("localhost"), None);
        check("Wed 2024-05-01 00:02:15 JST lb haproxy[1]: ", Some("lb"), Some("1"));
        check("haproxy[42]: ", None, Some("42"));
        check("<134>", None, None);
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
            assert_eq!(prefix_if_any(line.as_bytes()), (Prefix::default(), line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn what_only_resembles_a_prefix_is_none() {
        for line in [
            "192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.1\" 200 1",
            "2015-05-13T23:39:43.945958Z my-loadbalancer 192.168.131.39:2817 10.0.0.1:80 0.1 0.2 0.3 200 200 0 29",
            "2024-05-01 00:02:15 W3SVC1 192.0.2.1 GET /",
            "2024-05-01 00:02:15 192.0.2.1 GET /a:b c 80 - 192.0.2.7 x",
            "1714489335.123    104 192.0.2.7 TCP_MISS/200 904 GET http://a.example/ - HIER_DIRECT/203.0.113.10 text/html",
            "Wed 2024-05-01 web1 nginx: a",
            "Feb  1 18:34 host nginx: a",
            "Feb 41 18:34:10 host nginx: a",
            "Foo  1 18:34:10 host nginx: a",
            "<192>1 2024-04-30T15:02:15Z h t - - - a",
            "<134>1 yesterday h t - - - a",
            "<134>1 2024-04-30T15:02:15Z h t",
            "Feb  1 18:34:10 host no tag here",
            "",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
