//! What the access logs of Amazon's Classic and Application Load Balancers have in common.
//!
//! `time name client:port target:port request-time target-time response-time status target-status received sent
//! "request"`: eleven words and a request in quotes. A time of -1 is none, as is a dash for a status. The request is
//! `METHOD scheme://host:port/path HTTP/x.y`; where the client sent none, the parts that lack are dashes, with or without
//! blanks around them (`- http://host:80- -`, `- - - `).

use super::absolute::{host_and_port, name_authority, tell_path};
use crate::field::{Sink, Value};
use crate::grammar::{fault, present, quoted, seconds, size, split_request, status, word};
use crate::{Escape, Fault, Record, time};

/// The words before the request, where a record has no place for them, and the request.
pub(super) struct Head<'a> {
    pub(super) balancer: &'a [u8],
    pub(super) client: &'a [u8],
    pub(super) target: &'a [u8],
    pub(super) seconds: [&'a [u8]; 3],
    pub(super) target_status: &'a [u8],
    pub(super) received: &'a [u8],
}

/// Reads the head of a line into the record; gives what has no place there, and what follows the request.
///
/// # Errors
///
/// A fault at the first word that does not fit.
pub(super) fn head<'a>(line: &'a [u8], text: &'a [u8], record: &mut Record<'a>) -> Result<(Head<'a>, &'a [u8]), Fault> {
    let (time, rest) = next(line, text, "a time")?;
    record.time = time::iso(time).ok_or_else(|| fault(line, text, "a time"))?;
    let (balancer, rest) = next(line, rest, "the name of a load balancer")?;
    let (client, after) = next(line, rest, "a client and its port")?;
    let (address, port) = host_and_port(client);
    if port.is_none() && client != b"-" {
        return Err(fault(line, rest, "a client and its port"));
    }
    record.client = present(address);
    let (target, rest) = next(line, after, "a target and its port")?;
    record.upstream = present(target);
    let mut text = rest;
    let mut times: [&[u8]; 3] = [b""; 3];
    for time in &mut times {
        let (value, rest) = next(line, text, "a time in seconds, or -1")?;
        if seconds(value).is_none() && !is_none(value) {
            return Err(fault(line, text, "a time in seconds, or -1"));
        }
        (*time, text) = (value, rest);
    }
    record.duration = times.iter().try_fold(0_u64, |sum, time| sum.checked_add(seconds(time)?));
    let (code, rest) = status(text).ok_or_else(|| fault(line, text, "a status"))?;
    record.status = code;
    let (target_status, rest) = next(line, behind(line, rest)?, "the status of the target")?;
    let (received, after) = next(line, rest, "the bytes received")?;
    record.request_bytes = bytes(line, rest, received)?;
    let (sent, rest) = next(line, after, "the bytes sent")?;
    record.bytes = bytes(line, after, sent)?;
    let (request, rest) = quoted(rest, |rest| matches!(rest, [] | [b' ', b'"', ..] | [b' ', b'-', ..]))
        .ok_or_else(|| fault(line, rest, "a request in quotes"))?;
    split(request, record);
    name_authority(record);
    record.escape = Escape::Backslash;
    Ok((Head { balancer, client, target, seconds: times, target_status, received }, rest))
}

/// Tells what of the head has no place in a record.
pub(super) fn tell_head<'a>(head: &Head<'a>, target_seconds: &'a str, record: &Record<'a>, sink: Sink<'_, 'a>) {
    tell_path(record, sink);
    sink("elb", Value::text(head.balancer));
    sink("client_port", port(head.client));
    sink("upstream_addr", Value::text(head.target));
    sink("upstream_ip", if head.target == b"-" { Value::Absent } else { Value::Text(host_and_port(head.target).0) });
    sink("upstream_port", port(head.target));
    sink("request_processing_time_s", Value::decimal(head.seconds[0]));
    sink(target_seconds, Value::decimal(head.seconds[1]));
    sink("response_processing_time_s", Value::decimal(head.seconds[2]));
    sink("upstream_status", Value::integer(head.target_status));
    sink("bytes_received", Value::integer(head.received));
}

/// The port of an address and its port.
pub(super) fn port(socket: &[u8]) -> Value<'_> {
    host_and_port(socket).1.map_or(Value::Absent, Value::integer)
}

fn next<'a>(line: &[u8], text: &'a [u8], expected: &'static str) -> Result<(&'a [u8], &'a [u8]), Fault> {
    word(text).filter(|(word, _)| !word.is_empty()).ok_or_else(|| fault(line, text, expected))
}

fn behind<'a>(line: &[u8], rest: &'a [u8]) -> Result<&'a [u8], Fault> {
    rest.strip_prefix(b" ").ok_or_else(|| fault(line, rest, "a blank"))
}

fn is_none(value: &[u8]) -> bool {
    matches!(value, b"-1" | b"-")
}

fn bytes(line: &[u8], rest: &[u8], value: &[u8]) -> Result<Option<u64>, Fault> {
    match size(value) {
        Some((bytes, _)) => Ok(bytes),
        None if is_none(value) => Ok(None),
        None => Err(fault(line, rest, "a size in bytes, or -1")),
    }
}

/// Splits the request; a dash in the place of a part, or nothing, is no part.
fn split<'a>(request: &'a [u8], record: &mut Record<'a>) {
    split_request(request, record);
    if record.protocol.is_none()
        && let Some(target) = record.target
    {
        let target = target.trim_ascii_end();
        let target = target.strip_suffix(b" -").unwrap_or(target);
        record.target = present(target).filter(|target| !target.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(request: &[u8]) -> [Option<&[u8]>; 3] {
        let mut record = Record::default();
        split(request, &mut record);
        [record.method, record.target, record.protocol]
    }

    #[test]
    fn a_dash_is_no_part_of_a_request() {
        let get = Some(&b"GET"[..]);
        assert_eq!(parts(b"- - - "), [None, None, None]);
        assert_eq!(parts(b"- http://a:80- -"), [None, Some(&b"http://a:80-"[..]), None]);
        assert_eq!(parts(b"- http://a:80-/ "), [None, Some(&b"http://a:80-/"[..]), None]);
        assert_eq!(parts(b"GET http://a:80/ "), [get, Some(&b"http://a:80/"[..]), None]);
        let http = Some(&b"HTTP/1.1"[..]);
        assert_eq!(parts(b"GET http://a:80/b - c HTTP/1.1"), [get, Some(&b"http://a:80/b - c"[..]), http]);
    }
}
