//! HAProxy's `option httplog`, and `option httpslog`, which has the state of TLS behind the request.
//!
//! HAProxy, Configuration Manual, section 8.2.3: behind the beginning that its formats share stand five timers, status,
//! size, two captured cookies, the load, then in braces the captured headers of the request and of the response, each if
//! there is one, and the request in quotes. A line that is cut ends inside the quotes, or even inside the braces, and is
//! a record still: who wants a request unseen must not get it by a long target.

use super::absolute::{name_authority, tell_path};
use super::haproxy::{
    self, Load, Start, field, is_number, load, name_captured, nanos, numbers, size, start, tell_load, tell_start,
};
use crate::field::{Sink, Value};
use crate::grammar::{fault, present, split_request, whole_number};
use crate::{Fault, Format, Record};

/// One line a request.
pub(crate) struct HaproxyHttp;

/// The names of the timers: since accept or since the last request, in the queue, to connect, for the answer, and in
/// all.
const TIMERS: [&str; 5] = ["tq_ms", "tw_ms", "tc_ms", "tr_ms", "tt_ms"];

/// The names of the errors in `option httpslog`.
const ERRORS: [&str; 5] = ["fc_err", "ssl_fc_err", "ssl_c_err", "ssl_c_ca_err", "ssl_fc_is_resumed"];

impl Format for HaproxyHttp {
    fn name(&self) -> &'static str {
        "haproxy_http"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["haproxy", "haproxy_httplog", "haproxy_https"]
    }

    fn about(&self) -> &'static str {
        "HAProxy, `option httplog` and `option httpslog`, behind syslog or not"
    }

    fn example(&self) -> &'static str {
        "Feb  6 12:14:14 localhost haproxy[14389]: 198.51.100.4:33317 [06/Feb/2024:12:14:14.655] http-in static/srv1 10/0/30/69/109 \
         200 2750 - - ---- 1/1/1/1/0 0/0 {shop.example|Mozilla/5.0 (X11)} {} \"GET /index.html?a=b HTTP/1.1\""
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let read = read(line)?;
        let mut record = haproxy::record(&read.start);
        record.status = whole_number(read.status).and_then(|status| status.try_into().ok());
        record.bytes = size(read.bytes);
        record.duration = nanos(read.timers[4]);
        name_captured(read.captured[0].unwrap_or_default().split(|byte| *byte == b'|'), &mut record);
        if let Some(request) = read.request {
            split_request(request, &mut record);
            name_authority(&mut record);
        }
        if let Some(Tls { version, cipher, .. }) = tls(read.tail) {
            record.tls_version = present(version);
            record.tls_cipher = present(cipher);
        }
        Ok(Some(record))
    }

    fn further<'a>(&'a self, line: &'a [u8], record: &Record<'a>, sink: Sink<'_, 'a>) {
        let Ok(read) = read(line) else { return };
        tell_path(record, sink);
        tell_start(&read.start, sink);
        for (name, timer) in TIMERS.into_iter().zip(read.timers) {
            sink(name, Value::integer(timer));
        }
        if read.timers[4].starts_with(b"+") {
            sink("tt_raw", Value::Text(read.timers[4]));
        }
        tell_load(&read.load, sink);
        sink("req_cookie", Value::text(read.cookies[0]));
        sink("res_cookie", Value::text(read.cookies[1]));
        sink("captured_request_headers", read.captured[0].map_or(Value::Absent, Value::Text));
        sink("captured_response_headers", read.captured[1].map_or(Value::Absent, Value::Text));
        if let Some(Tls { errors, name, .. }) = tls(read.tail) {
            for (name, error) in ERRORS.into_iter().zip(errors) {
                sink(name, Value::integer(error));
            }
            sink("sni_host", Value::text(name));
        }
    }
}

/// The parts of a line.
struct Line<'a> {
    start: Start<'a>,
    timers: [&'a [u8]; 5],
    status: &'a [u8],
    bytes: &'a [u8],
    cookies: [&'a [u8]; 2],
    load: Load<'a>,
    /// What was captured of the request and of the response.
    captured: [Option<&'a [u8]>; 2],
    /// The request, if the line is not cut before it.
    request: Option<&'a [u8]>,
    tail: &'a [u8],
}

fn read(line: &[u8]) -> Result<Line<'_>, Fault> {
    let (start, text) = start(line)?;
    let five = "five timers";
    let (after, timers) = field(text).map_err(|_| fault(line, text, five))?;
    let timers = numbers(timers).ok_or_else(|| fault(line, text, five))?;
    let (rest, status) = number(line, after, "a status")?;
    let (rest, bytes) = number(line, rest, "a size in bytes")?;
    let (rest, request_cookie) = field(rest).map_err(|_| fault(line, rest, "a captured cookie, or a dash"))?;
    let (rest, response_cookie) = field(rest).map_err(|_| fault(line, rest, "a captured cookie, or a dash"))?;
    let (load, rest) = load(line, rest)?;
    let (of_request, rest) = braces(rest);
    let (of_response, rest) = braces(rest);
    let (request, tail) = match rest.strip_prefix(b" \"") {
        Some(text) => quoted(text),
        // A line that is cut in its braces, or behind them, has lost its request.
        None if of_request.is_some() && rest.trim_ascii().is_empty() => (None, &b""[..]),
        None => return Err(fault(line, rest, "a request in quotes")),
    };
    let cookies = [request_cookie, response_cookie];
    Ok(Line { start, timers, status, bytes, cookies, load, captured: [of_request, of_response], request, tail })
}

fn number<'a>(line: &[u8], text: &'a [u8], expected: &'static str) -> Result<(&'a [u8], &'a [u8]), Fault> {
    field(text).ok().filter(|(_, word)| is_number(word)).ok_or_else(|| fault(line, text, expected))
}

/// What stands in braces, and what follows them; all of a line that is cut in them.
fn braces(text: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let Some(inner) = text.strip_prefix(b" {") else { return (None, text) };
    let closes = |at: &usize| matches!(inner[at + 1..], [] | [b' ', b'{' | b'"', ..] | [b' ']);
    match memchr::memchr_iter(b'}', inner).find(closes) {
        Some(end) => (Some(&inner[..end]), &inner[end + 1..]),
        None => (Some(inner), b""),
    }
}

/// The request, `text` beginning behind its quote, and what follows it; all of a line that is cut in it.
fn quoted(text: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let closes = |at: &usize| matches!(text[at + 1..], [] | [b' ', ..]);
    match memchr::memchr_iter(b'"', text).find(closes) {
        Some(end) => (Some(&text[..end]), &text[end + 1..]),
        None => (Some(text), b""),
    }
}

/// The state of TLS.
struct Tls<'a> {
    errors: [&'a [u8]; 5],
    name: &'a [u8],
    version: &'a [u8],
    cipher: &'a [u8],
}

/// Reads ` 0/0/0/0/0 shop.example/TLSv1.3/TLS_AES_256_GCM_SHA384`.
fn tls(tail: &[u8]) -> Option<Tls<'_>> {
    let tail = tail.strip_prefix(b" ")?.trim_ascii_end();
    let blank = memchr::memchr(b' ', tail)?;
    let mut errors: [&[u8]; 5] = [b""; 5];
    let mut parts = tail[..blank].split(|byte| *byte == b'/');
    for error in &mut errors {
        // The second is written in hexadecimal digits, without a mark.
        *error = parts.next().filter(|part| *part == b"-" || part.iter().all(u8::is_ascii_hexdigit))?;
    }
    let mut parts = tail[blank + 1..].rsplitn(3, |byte| *byte == b'/');
    let (cipher, version, name) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Tls { errors, name, version, cipher })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "192.0.2.7:33317 [06/Feb/2024:12:14:14.655] in~ static/srv1";

    fn parse(tail: &str) -> (String, Record<'static>) {
        let line: &'static str = Box::leak(format!("{HEAD} {tail}").into_boxed_str());
        (line.to_owned(), HaproxyHttp.parse(line.as_bytes()).unwrap().unwrap())
    }

    fn further(tail: &str, name: &str) -> Option<Value<'static>> {
        let line: &'static str = Box::leak(format!("{HEAD} {tail}").into_boxed_str());
        let record = HaproxyHttp.parse(line.as_bytes()).unwrap().unwrap();
        let mut found = None;
        HaproxyHttp.further(line.as_bytes(), &record, &mut |told, value| {
            if told == name {
                found = Some(value);
            }
        });
        found
    }

    #[test]
    fn a_prefix_and_captures_may_lack() {
        let (_, record) = parse("10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 \"GET /a?b HTTP/1.1\"");
        assert_eq!((record.client, record.target), (Some(&b"192.0.2.7"[..]), Some(&b"/a?b"[..])));
        assert_eq!((record.status, record.bytes, record.duration), (Some(200), Some(2750), Some(109_000_000)));
        assert_eq!(record.time, crate::time::iso(b"2024-02-06T12:14:14.655Z").unwrap());
    }

    #[test]
    fn one_group_of_captures_is_of_the_request() {
        let tail = "1/0/3/6/9 200 2750 a=b - ---- 1/1/1/1/+1 0/0 {198.51.100.1, 198.51.100.2|Mozilla/5.0 (a; b)} \"GET / HTTP/1.1\"";
        let (_, record) = parse(tail);
        assert_eq!(record.agent, Some(&b"Mozilla/5.0 (a; b)"[..]));
        assert_eq!(record.forwarded, Some(&b"198.51.100.1, 198.51.100.2"[..]));
        assert_eq!(further(tail, "captured_response_headers"), Some(Value::Absent));
        assert_eq!(further(tail, "req_cookie"), Some(Value::Text(b"a=b")));
        assert_eq!(further(tail, "retries"), Some(Value::Integer(1)));
        let both = tail.replace("} \"", "} {} \"");
        assert_eq!(further(&both, "captured_response_headers"), Some(Value::Text(b"")));
    }

    #[test]
    fn a_program_that_names_itself_is_the_agent_and_pages_and_types_are_not() {
        let of = |captured: &str| {
            let tail = format!("1/0/3/6/9 200 2750 a=b - ---- 1/1/1/1/+1 0/0 {{{captured}}} \"GET / HTTP/1.1\"");
            parse(&tail).1.agent.map(<[u8]>::to_vec)
        };
        assert_eq!(of("shop.example|Example-Sync/5.2|").as_deref(), Some(&b"Example-Sync/5.2"[..]));
        assert_eq!(of("shop.example|curl/8.9.1").as_deref(), Some(&b"curl/8.9.1"[..]));
        for captured in ["shop.example|https://shop.example/7", "text/html|/7/8", "HTTP/1.1", "203.0.113.7/24"] {
            assert_eq!(of(captured), None, "{captured}");
        }
    }

    #[test]
    fn a_timer_that_was_not_reached_gives_no_duration() {
        let (_, record) = parse("-1/-1/-1/-1/-1 -1 +0 - - PR-- 1/1/0/0/0 0/0 \"<BADREQ>\"");
        assert_eq!((record.duration, record.status, record.bytes), (None, None, Some(0)));
        assert_eq!((record.request, record.method, record.target), (Some(&b"<BADREQ>"[..]), None, None));
        let early = "0/5/1/4/+99 200 +8 - - ---- 8/8/8/1/0 0/6 \"GET / HTTP/1.1\"";
        assert_eq!(parse(early).1.duration, Some(99_000_000));
        assert_eq!(further(early, "tt_raw"), Some(Value::Text(b"+99")));
        assert_eq!(further(early, "tt_ms"), Some(Value::Integer(99)));
    }

    #[test]
    fn a_line_that_is_cut_is_a_record_still() {
        let (_, record) = parse("0/0/0/0/0 404 283 - - ---- 1/1/0/0/0 0/0 {a} {b} \"GET /AAAA");
        assert_eq!((record.method, record.target), (Some(&b"GET"[..]), Some(&b"/AAAA"[..])));
        assert_eq!(record.protocol, None);
        let (_, record) = parse("0/0/0/0/0 404 283 - - ---- 1/1/0/0/0 0/0 {AAAA");
        assert_eq!((record.request, record.status), (None, Some(404)));
    }

    #[test]
    fn the_state_of_tls_stands_behind_the_request() {
        let tail = "0/0/0/0/0 200 283 - - ---- 1/1/0/0/0 0/0 \"GET / HTTP/1.1\" 0/0/0/0/1 shop.example/TLSv1.3/TLS_AES_256_GCM_SHA384";
        let (_, record) = parse(tail);
        assert_eq!(record.tls_version, Some(&b"TLSv1.3"[..]));
        assert_eq!(record.tls_cipher, Some(&b"TLS_AES_256_GCM_SHA384"[..]));
        assert_eq!(further(tail, "sni_host"), Some(Value::Text(b"shop.example")));
        assert_eq!(further(tail, "ssl_fc_is_resumed"), Some(Value::Integer(1)));
    }

    #[test]
    fn an_address_of_ipv6_ends_at_the_last_colon() {
        let line = format!("2001:db8::7:{}", &HEAD["192.0.2.7:".len()..]);
        let line = format!("{line} 0/0/0/0/0 200 283 - - ---- 1/1/0/0/0 0/0 \"GET / HTTP/1.1\"");
        assert_eq!(HaproxyHttp.parse(line.as_bytes()).unwrap().unwrap().client, Some(&b"2001:db8::7"[..]));
    }

    #[test]
    fn notices_are_no_requests() {
        for line in [
            "Jan 21 10:43:56 lb haproxy[137260]: Connect from 192.0.2.7:53412 to 192.0.2.1:80 (main/HTTP)",
            "Feb 26 10:07:24 lb haproxy[1]: Proxy main started.",
            "192.0.2.7:50033 [28/Feb/2025:02:43:10.123] main/1: SSL handshake failure",
            "192.0.2.7:50033 [28/Feb/2025:02:43:10.123] main/1: Connection closed during SSL handshake",
            "Feb 26 10:07:24 lb haproxy[1]: Server static/srv1 is DOWN, reason: Layer4 timeout, check duration: 2001ms.",
            &format!("{HEAD} 0/0/0 283 -- 1/1/0/0/0 0/0"),
            &format!("{HEAD} 0/0/0/0/0 OK 283 - - ---- 1/1/0/0/0 0/0 \"GET / HTTP/1.1\""),
            &format!("{HEAD} 0/0/0/0/0 200 283 - - ---- 1/1/0/0 0/0 \"GET / HTTP/1.1\""),
            &format!("{HEAD} 0/0/0/0/0 200 283 - - ---- 1/1/0/0/0 0/0"),
        ] {
            assert!(HaproxyHttp.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
