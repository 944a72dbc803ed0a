//! Heroku's router: a syslog prefix, then `key=value` pairs (logfmt).
//!
//! Any value may be empty; old lines leave out the quotes, and before 2012 began with the method, and the host and the
//! target in one. The client is the last of `fwd`, which the router itself added to what was forwarded. Lines of other
//! processes share the stream: they are refused by their prefix.

use memchr::{memchr, memrchr};

use crate::field::Sink;
use crate::grammar::{ends_word, number, whole_number, word};
use crate::syslog::{Prefix, syslog_prefix};
use crate::{Fault, Format, Record, Value};

/// One request a line.
pub(crate) struct HerokuRouter;

impl Format for HerokuRouter {
    fn name(&self) -> &'static str {
        "heroku_router"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["heroku"]
    }

    fn about(&self) -> &'static str {
        "Heroku's router (logfmt behind a syslog prefix)"
    }

    fn example(&self) -> &'static str {
        r#"2024-05-01T00:02:15.123456+00:00 heroku[router]: at=info method=GET path="/a?b=1" host=a.example request_id=8601b555-6a83-4c12-8269-97c8e32cdb22 fwd="192.0.2.7" dyno=web.1 connect=1ms service=18ms status=200 bytes=13 protocol=https"#
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let (prefix, text) = router_line(line)?;
        let mut record = Record { time: prefix.time, ..Record::default() };
        let mut rest = text;
        if let Some((method, host, target, behind)) = old_head(text) {
            (record.method, record.host, record.target) = (Some(method), Some(host), Some(target));
            rest = behind;
        }
        let mut has_dyno = false;
        let (mut connect, mut service) = (None, None);
        for (key, value) in pairs(rest) {
            has_dyno |= key == b"dyno";
            let present = Some(value).filter(|value| !value.is_empty());
            match key {
                b"method" => record.method = present,
                b"path" => record.target = present,
                b"host" => record.host = present,
                b"request_id" => record.request_id = present,
                b"fwd" => record.forwarded = present,
                // Routers of the newer generation say the version, `http1.1`.
                b"protocol" if value.len() <= b"https".len() => record.scheme = present,
                b"protocol" => record.protocol = present,
                b"status" => record.status = whole_number(value).and_then(|status| status.try_into().ok()),
                b"bytes" => record.bytes = whole_number(value),
                b"connect" => connect = milliseconds(value),
                b"service" => service = milliseconds(value),
                b"tls_version" => record.tls_version = present,
                _ => {}
            }
        }
        if record.method.is_none() && record.target.is_none() || !has_dyno {
            let at = line.len() - text.len();
            return Err(Fault { at, expected: "the pairs `method=`, `path=` and `dyno=`" });
        }
        record.client = record.forwarded.map(last_of);
        record.duration = match (connect, service) {
            (None, None) => None,
            (connect, service) => connect.unwrap_or(0_u64).checked_add(service.unwrap_or(0)),
        }
        .and_then(|milliseconds| milliseconds.checked_mul(1_000_000));
        Ok(Some(record))
    }

    fn further<'a>(&'a self, line: &'a [u8], _: &Record<'a>, sink: Sink<'_, 'a>) {
        let Ok((prefix, text)) = router_line(line) else { return };
        if let Some(host) = prefix.host {
            sink("syslog_host", Value::Text(host));
        }
        for (key, value) in pairs(old_head(text).map_or(text, |(.., rest)| rest)) {
            let text = |value: &'a [u8]| if value.is_empty() { Value::Absent } else { Value::Text(value) };
            let time = |value: &'a [u8]| match milliseconds(value) {
                Some(time) => Value::Integer(time as i64),
                None => text(value),
            };
            match key {
                b"at" => sink("at", text(value)),
                b"code" => sink("error_code", text(value)),
                b"desc" => sink("error_reason", text(value)),
                b"dyno" => sink("dyno", text(value)),
                b"connect" => sink("connect_ms", time(value)),
                b"service" => sink("service_ms", time(value)),
                b"queue" => sink("queue", Value::integer(value)),
                b"wait" => sink("wait_ms", time(value)),
                b"sock" => sink("sock", text(value)),
                _ => {}
            }
        }
    }
}

/// The prefix and the pairs behind it. Lines of which a collector took the prefix have none.
fn router_line(line: &[u8]) -> Result<(Prefix<'_>, &[u8]), Fault> {
    match syslog_prefix(line) {
        Some((prefix, text)) if prefix.tag == Some(b"heroku") && prefix.pid == Some(b"router") => Ok((prefix, text)),
        None if line.starts_with(b"at=") => Ok((Prefix::default(), line)),
        _ => Err(Fault { at: 0, expected: "the prefix `heroku[router]:`" }),
    }
}

/// Method, host, target, and the pairs behind them.
type OldHead<'a> = (&'a [u8], &'a [u8], &'a [u8], &'a [u8]);

/// The head of a line from before 2012: `GET www.a.example/b?c dyno=web.4 ...`.
fn old_head(text: &[u8]) -> Option<OldHead<'_>> {
    let (method, rest) = word(text)?;
    let (address, rest) = word(rest)?;
    if method.is_empty() || !method.iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    let slash = memchr(b'/', address)?;
    Some((method, &address[..slash], &address[slash..], rest))
}

/// The pairs of a logfmt text. A value without quotes goes on to the blank before the next key.
fn pairs(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let from = rest.trim_ascii_start();
        let equals = key_end(from)?;
        let (key, value) = (&from[..equals], &from[equals + 1..]);
        let (value, behind) = match value.strip_prefix(b"\"") {
            Some(inner) => {
                let end = quote(inner).unwrap_or(inner.len());
                (&inner[..end], inner.get(end + 1..).unwrap_or_default())
            }
            None => value.split_at(value_end(value)),
        };
        rest = behind;
        Some((key, value.trim_ascii_end()))
    })
}

/// Where the equals sign behind a key stands.
fn key_end(text: &[u8]) -> Option<usize> {
    let end = text.iter().position(|byte| !byte.is_ascii_lowercase() && *byte != b'_')?;
    if 0 < end && text[end] == b'=' { Some(end) } else { None }
}

/// Where a value without quotes ends: at its end, or at the blank before the next key.
fn value_end(value: &[u8]) -> usize {
    memchr::memchr_iter(b' ', value).find(|at| key_end(&value[at + 1..]).is_some()).unwrap_or(value.len())
}

fn quote(inner: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + memchr(b'"', &inner[from..])?;
        // The router escapes no quote of a path: the last one has a blank behind it.
        if !inner[..at].ends_with(b"\\") && ends_word(&inner[at + 1..]) {
            return Some(at);
        }
        from = at + 1;
    }
}

fn last_of(list: &[u8]) -> &[u8] {
    list[memrchr(b',', list).map_or(0, |comma| comma + 1)..].trim_ascii()
}

fn milliseconds(value: &[u8]) -> Option<u64> {
    match number(value)? {
        (number, b"ms" | b"") => Some(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Record<'_>, Fault> {
        HerokuRouter.parse(line.as_bytes()).map(|record| record.unwrap())
    }

    #[test]
    fn values_may_be_quoted_plain_or_empty() {
        let record = parse(HerokuRouter.example()).unwrap();
        assert_eq!((record.target, record.duration), (Some(&b"/a?b=1"[..]), Some(19_000_000)));
        let line = r#"<158>1 2012-10-11T03:47:20+00:00 host heroku router - at=error code=H12 desc="Request timeout" method=GET path=/a?b=c fwd=192.0.2.1, 192.0.2.7 dyno= connect= service=30000ms status=503 bytes="#;
        let record = parse(line).unwrap();
        assert_eq!((record.target, record.client), (Some(&b"/a?b=c"[..]), Some(&b"192.0.2.7"[..])));
        assert_eq!((record.bytes, record.duration), (None, Some(30_000_000_000)));
    }

    #[test]
    fn the_oldest_lines_have_host_and_target_in_one() {
        let line = "2012-04-29T15:57:54+00:00 heroku[router]: GET www.a.example/b?c=d dyno=web.4 queue=0 wait=0ms service=17ms status=200 bytes=496";
        let record = parse(line).unwrap();
        assert_eq!((record.host, record.target), (Some(&b"www.a.example"[..]), Some(&b"/b?c=d"[..])));
        assert_eq!((record.status, record.bytes), (Some(200), Some(496)));
    }

    #[test]
    fn other_processes_are_refused() {
        assert!(parse("2012-04-29T15:57:54+00:00 app[web.1]: at=info method=GET path=/ dyno=web.1").is_err());
        let error = parse("2012-04-29T15:57:54+00:00 heroku[router]: Error H10 (App crashed)").unwrap_err();
        assert_eq!(error.expected, "the pairs `method=`, `path=` and `dyno=`");
    }
}
