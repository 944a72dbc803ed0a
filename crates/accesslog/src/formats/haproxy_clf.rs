//! HAProxy's `option httplog clf`: its numbers behind a line of the common log format.
//!
//! `client - - [time zone] "request" status bytes "" "" port milliseconds "frontend" "backend" "server"`, five timers, how
//! the request ended, the load, two captured cookies, and the captured headers. The places of referer and agent are
//! always empty. A line is cut at 1024 bytes by default, which leaves of a long request nothing but its beginning: it
//! is a record still, as a client must not become unseen by a long target. Only a line of about that length is taken so.

use super::absolute::{name_authority, tell_path};
use super::haproxy::{is_number, name_captured, nanos, tell_numbers, tell_proxies};
use crate::field::{Sink, Value};
use crate::grammar::{Rest, common_head, fault, field, split_request};
use crate::syslog::prefix_if_any;
use crate::{Escape, Fault, Format, Record, time};

/// One line a request.
pub(crate) struct HaproxyClf;

/// How long a line is that HAProxy has cut, in bytes: 1024 by default, with the prefix that a daemon takes off.
const CUT_BYTES_MIN: usize = 900;
const CUT_BYTES_MAX: usize = 1024;

/// How many fields stand between the empty quotes and the captured headers.
const FIELDS: usize = 20;

impl Format for HaproxyClf {
    fn name(&self) -> &'static str {
        "haproxy_clf"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["haproxy_httplog_clf"]
    }

    fn about(&self) -> &'static str {
        "HAProxy, `option httplog clf`"
    }

    fn example(&self) -> &'static str {
        "198.51.100.4 - - [22/Nov/2024:21:42:06 +0000] \"GET /index.html HTTP/1.1\" 200 203 \"\" \"\" 45334 522 \"front\" \"back\" \"web1\" \
         0 0 0 0 0 ---- 1 1 0 0 0 0 0 \"\" \"\" "
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let (_, text) = prefix_if_any(line);
        if let Some(record) = cut(text) {
            return Ok(Some(record));
        }
        let shift = line.len() - text.len();
        let shifted = |fault: Fault| Fault { at: fault.at + shift, ..fault };
        let mut record = Record::default();
        let Rest { rest, .. } = common_head(text, &mut record).map_err(shifted)?;
        let (fields, rest) = fields(text, rest).map_err(shifted)?;
        record.duration = nanos(fields[9]);
        name_captured(captured(text, rest), &mut record);
        record.escape = Escape::Hash;
        name_authority(&mut record);
        Ok(Some(record))
    }

    fn further<'a>(&'a self, line: &'a [u8], record: &Record<'a>, sink: Sink<'_, 'a>) {
        let (prefix, text) = prefix_if_any(line);
        tell_path(record, sink);
        let Ok(Rest { rest, .. }) = common_head(text, &mut Record::default()) else { return };
        let Ok((fields, rest)) = fields(text, rest) else { return };
        let [port, milliseconds, frontend, backend, server, queue @ ..] = fields;
        let [timers @ .., termination, a, b, c, d, e, f, g, request_cookie, response_cookie] = queue;
        sink("syslog_host", prefix.host.map_or(Value::Absent, Value::Text));
        sink("pid", prefix.pid.map_or(Value::Absent, Value::integer));
        sink("client_port", Value::integer(port));
        sink("accept_ms", Value::integer(milliseconds));
        tell_proxies(frontend, backend, server, sink);
        for (name, timer) in ["tq_ms", "tw_ms", "tc_ms", "tr_ms", "tt_ms"].into_iter().zip(timers) {
            sink(name, Value::integer(timer));
        }
        tell_numbers(termination, [a, b, c, d, e], [f, g], sink);
        sink("req_cookie", quoted_text(request_cookie));
        sink("res_cookie", quoted_text(response_cookie));
        let captured: Vec<&[u8]> = captured(text, rest).collect();
        if !captured.is_empty() {
            sink("captured_headers", Value::List(captured));
        }
    }
}

/// A value that HAProxy writes empty where there is none.
fn quoted_text(value: &[u8]) -> Value<'_> {
    if value.is_empty() { Value::Absent } else { Value::text(value) }
}

/// The fields behind the status and the size: port, milliseconds, frontend, backend, server, five timers, the state, seven
/// numbers, and two cookies; and what follows them.
fn fields<'a>(line: &'a [u8], rest: &'a [u8]) -> Result<([&'a [u8]; FIELDS], &'a [u8]), Fault> {
    let mut rest = rest.strip_prefix(b" \"\" \"\" ").ok_or_else(|| fault(line, rest, "two pairs of empty quotes"))?;
    let mut fields: [&[u8]; FIELDS] = [b""; FIELDS];
    for (place, value) in fields.iter_mut().enumerate() {
        let (read, after) = field(line, rest)?.ok_or_else(|| fault(line, rest, "a field"))?;
        let is_word = matches!(place, 2..5 | 10 | 18..);
        if !is_word && !is_number(read) {
            return Err(fault(line, rest.trim_ascii_start(), "a number"));
        }
        (*value, rest) = (read, after);
    }
    Ok((fields, rest))
}

/// The captured headers, `rest` beginning behind the fields.
fn captured<'a>(line: &'a [u8], mut rest: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    std::iter::from_fn(move || {
        let (value, after) = field(line, rest).ok()??;
        rest = after;
        Some(value)
    })
}

/// The record of a line that is cut inside its request.
fn cut(line: &[u8]) -> Option<Record<'_>> {
    if !(CUT_BYTES_MIN..=CUT_BYTES_MAX).contains(&line.len()) {
        return None;
    }
    let quote = memchr::memchr(b'"', line)?;
    let (head, request) = (&line[..quote], &line[quote + 1..]);
    let (client, stamp) = head.split_at(memchr::memchr(b' ', head)?);
    let stamp = stamp.strip_prefix(b" - - [")?.strip_suffix(b"] ")?;
    let time = time::clf(stamp).filter(|_| memchr::memchr(b'"', request).is_none())?;
    let mut record = Record { time, client: Some(client), escape: Escape::Hash, ..Record::default() };
    split_request(request, &mut record);
    Some(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn further(line: &str, name: &str) -> Option<String> {
        let record = HaproxyClf.parse(line.as_bytes()).unwrap().unwrap();
        let mut found = None;
        HaproxyClf.further(line.as_bytes(), &record, &mut |told, value| {
            if told == name {
                found = Some(format!("{value:?}"));
            }
        });
        found
    }

    #[test]
    fn the_numbers_stand_behind_a_common_line() {
        let line = HaproxyClf.example();
        let record = HaproxyClf.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.status, record.bytes, record.referer, record.agent), (Some(200), Some(203), None, None));
        for (name, value) in
            [("client_port", "Integer(45334)"), ("accept_ms", "Integer(522)"), ("feconn", "Integer(1)")]
        {
            assert_eq!(further(line, name).as_deref(), Some(value), "{name}");
        }
        let with_prefix = format!("<134>Nov 22 21:42:06 haproxy[7]: {line}");
        assert_eq!(further(&with_prefix, "pid").as_deref(), Some("Integer(7)"));
        let with_captures = format!("{line}\"Mozilla/5.0 (X11)\" \"198.51.100.9\"");
        let record = HaproxyClf.parse(with_captures.as_bytes()).unwrap().unwrap();
        assert_eq!(record.agent, Some(&b"Mozilla/5.0 (X11)"[..]));
        assert_eq!(record.forwarded, Some(&b"198.51.100.9"[..]));
    }

    #[test]
    fn a_line_that_is_cut_at_its_length_is_a_record_still() {
        let line = format!("198.51.100.4 - - [22/Nov/2024:21:42:06 +0000] \"GET /{}", "A".repeat(940));
        let record = HaproxyClf.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.method, record.status), (Some(&b"GET"[..]), None));
        assert!(HaproxyClf.parse(&line.as_bytes()[..200]).is_err(), "cut by another");
    }

    #[test]
    fn a_combined_line_is_refused() {
        let line = HaproxyClf.example();
        for line in [
            "198.51.100.4 - - [22/Nov/2024:21:42:06 +0000] \"GET / HTTP/1.1\" 200 203 \"-\" \"-\"",
            "198.51.100.4 - - [22/Nov/2024:21:42:06 +0000] \"GET / HTTP/1.1\" 200 203 \"\" \"\" 1 2",
            &line.replace(" 45334 ", " port "),
            &line.replace(" 1 1 0 ", " 1 x 0 "),
        ] {
            assert!(HaproxyClf.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
