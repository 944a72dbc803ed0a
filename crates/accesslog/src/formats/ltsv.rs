//! Labelled tab-separated values (ltsv.org): `label:value` and a tab, in any order.
//!
//! The labels are those that ltsv.org recommends, among which `host` is the client, and the names that nginx
//! configurations use for their variables. What stands explicitly as method, target or protocol wins over the parts of
//! the request line. Values are escaped as the server escapes them.

use memchr::{memchr, memchr_iter};

use crate::field::Sink;
use crate::json::{As, Entry, Field, Found, Further, Keys, Kind, Lookup, Raw, field, joined, without};
use crate::{Escape, Fault, Format, Record};

use super::nginx_json::{FLAT, FURTHER};

/// One request a line.
pub(crate) struct Ltsv;

impl Format for Ltsv {
    fn name(&self) -> &'static str {
        "ltsv"
    }

    fn about(&self) -> &'static str {
        "Labelled tab-separated values (ltsv.org)"
    }

    fn example(&self) -> &'static str {
        "time:01/May/2024:00:02:15 +0900\thost:192.0.2.7\treq:GET /a?b=1 HTTP/1.1\tstatus:200\tsize:36\treferer:-\tua:curl/8.5\treqtime:0.087\tvhost:a.example"
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let found = found(line)?;
        if !found.names_request() || !found.has(Field::STATUS) && !found.has(Field::TIME) {
            return Err(Fault { at: 0, expected: "labels that hold a request, and its status or time" });
        }
        Ok(Some(Record { escape: Escape::Backslash, ..found.record() }))
    }

    fn further<'a>(&'a self, line: &'a [u8], _: &Record<'a>, sink: Sink<'_, 'a>) {
        if let Ok(found) = found(line) {
            Further::tell(FURTHER, &found, sink);
            Further::tell(OWN_FURTHER, &found, sink);
        }
    }
}

const OWN_FURTHER: &[Further] = &[Further("ident", IDENT, As::Text), Further("cache_status", CACHE, As::Text)];

const IDENT: Field = Field::further(10);
const CACHE: Field = Field::further(11);

static KEYS: Keys =
    Keys::new(&joined::<{ FLAT.len() - 1 + OWN.len() }>(&[&without::<{ FLAT.len() - 1 }>(FLAT, &["host"]), OWN]));

const OWN: &[Entry] = &[
    field("host", Field::CLIENT, 3),
    field("ident", IDENT, 0),
    field("forwardedfor", Field::FORWARDED, 0),
    field("reqtime", Field::SECONDS, 0),
    field("taken_sec", Field::SECONDS, 1),
    field("reqtime_microsec", Field::MICROSECONDS, 0),
    field("apptime", Field::UPSTREAM_SECONDS, 0),
    field("cache", CACHE, 0),
];

/// The values of a line. Every part of it has a label, and there are two at least.
fn found(line: &[u8]) -> Result<Found<'_>, Fault> {
    let mut found = Found::nothing_of(line);
    found.check_length()?;
    if memchr(b'\t', line).is_none() {
        return Err(Fault { at: line.len(), expected: "a tab between labelled values" });
    }
    let mut begin = 0;
    for end in memchr_iter(b'\t', line).chain([line.len()]) {
        let part = &line[begin..end];
        // A tab at the end of a line separates nothing.
        if !part.is_empty() {
            let colon = label_end(part).ok_or(Fault { at: begin, expected: "a label and a colon" })?;
            if let Some((field, rank)) = (&KEYS).member(&part[..colon]).and_then(|meaning| meaning.field) {
                found.offer(field, rank, Raw { kind: Kind::String, text: &part[colon + 1..] });
            }
        }
        begin = end + 1;
    }
    Ok(found)
}

fn label_end(part: &[u8]) -> Option<usize> {
    let colon = memchr(b':', part)?;
    let is_label = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-".contains(byte);
    if 0 < colon && part[..colon].iter().all(is_label) { Some(colon) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Record<'_>, Fault> {
        Ltsv.parse(line.as_bytes()).map(|record| record.unwrap())
    }

    #[test]
    fn the_host_is_the_client_and_the_virtual_host_the_host() {
        let record = parse(Ltsv.example()).unwrap();
        assert_eq!((record.client, record.host), (Some(&b"192.0.2.7"[..]), Some(&b"a.example"[..])));
        assert_eq!((record.method, record.target), (Some(&b"GET"[..]), Some(&b"/a?b=1"[..])));
        assert_eq!((record.duration, record.referer), (Some(87_000_000), None));
    }

    #[test]
    fn what_is_explicit_wins_over_the_request_line() {
        let record = parse("req:GET /a HTTP/1.0\turi:/b:c\tstatus:200\tunknown:x").unwrap();
        assert_eq!((record.method, record.target), (Some(&b"GET"[..]), Some(&b"/b:c"[..])));
        let time = parse("time:[08/Mar/2017:14:12:40 +0900]\turi:/\t").unwrap().time;
        assert_eq!(time, parse("time:2017-03-08T14:12:40+09:00\turi:/").unwrap().time);
        assert!(time.is_some());
    }

    #[test]
    fn a_part_without_a_label_is_a_fault() {
        assert_eq!(parse("uri:/\tstatus"), Err(Fault { at: 6, expected: "a label and a colon" }));
        assert!(parse("uri:/").is_err(), "one value alone");
        assert!(parse("level:info\tmessage:started").is_err());
    }
}
