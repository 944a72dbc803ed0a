//! What the logs of HAProxy have in common, whichever of its formats they are in.
//!
//! HAProxy, Configuration Manual, section 8.2. A line begins with the client, the time at which it was accepted, the
//! frontend, and `backend/server`; then come words of numbers divided by slashes. A timer of -1 was never reached. A `+`
//! before a number says that the line was written before the end (`option logasap`), or, before the retries, that the
//! request was sent to another server. Values are escaped as `#22`; the line is cut at 1024 bytes by default, wherever that
//! is.

use nom::bytes::complete::{take_till1, take_until};
use nom::character::complete::char;
use nom::sequence::{delimited, terminated};
use nom::{IResult, Parser};

use super::absolute::host_and_port;
use crate::address::is_address;
use crate::field::{Sink, Value};
use crate::grammar::{fault, whole_number};
use crate::syslog::{Prefix, prefix_if_any};
use crate::{Fault, Record, Time, time};

/// The beginning of a line.
pub(super) struct Start<'a> {
    pub(super) prefix: Prefix<'a>,
    pub(super) client: &'a [u8],
    port: &'a [u8],
    pub(super) time: Option<Time>,
    pub(super) frontend: &'a [u8],
    pub(super) backend: &'a [u8],
    pub(super) server: &'a [u8],
}

/// The names of the numbers of connections.
const CONNECTIONS: [&str; 5] = ["actconn", "feconn", "beconn", "srvconn", "retries"];

/// The names of the numbers of the queues.
const QUEUES: [&str; 2] = ["srv_queue", "backend_queue"];

/// Reads up to the server: what stands there, and what follows.
///
/// # Errors
///
/// A fault where a part does not fit: HAProxy writes its notices, of connections and of itself, to the same log.
pub(super) fn start(line: &[u8]) -> Result<(Start<'_>, &[u8]), Fault> {
    // Collectors that take the prefix of syslog leave the blank behind it.
    let (prefix, text) = prefix_if_any(line.trim_ascii_start());
    let (rest, (client, stamp)) =
        client_and_stamp(text).map_err(|_| fault(line, text, "a client, its port, and a time in brackets"))?;
    let (client, port) = host_and_port(client);
    let (time, port) = time::clf_without_zone(stamp)
        .zip(port.filter(|port| whole_number(port).is_some()))
        .ok_or_else(|| fault(line, text, "a client, its port, and a time in brackets"))?;
    let (after, frontend) = field(rest).map_err(|_| fault(line, rest, "a frontend"))?;
    let expected = "a backend, a slash and a server";
    let (rest, pair) = field(after).map_err(|_| fault(line, after, expected))?;
    let slash = memchr::memchr(b'/', pair).ok_or_else(|| fault(line, after, expected))?;
    Ok((Start { prefix, client, port, time, frontend, backend: &pair[..slash], server: &pair[slash + 1..] }, rest))
}

/// `client:port [time] `.
fn client_and_stamp(text: &[u8]) -> IResult<&[u8], (&[u8], &[u8])> {
    (field, terminated(delimited(char('['), take_until("]"), char(']')), char(' '))).parse(text)
}

/// A word that is not empty, and the blank behind it.
pub(super) fn field(text: &[u8]) -> IResult<&[u8], &[u8]> {
    terminated(take_till1(|byte| byte == b' '), char(' ')).parse(text)
}

/// The words behind the timers: how the session ended, and how many connections and requests waited there were.
pub(super) struct Load<'a> {
    pub(super) termination: &'a [u8],
    connections: [&'a [u8]; 5],
    queues: [&'a [u8]; 2],
}

/// Reads those words; `text` begins with the first.
pub(super) fn load<'a>(line: &[u8], text: &'a [u8]) -> Result<(Load<'a>, &'a [u8]), Fault> {
    let (after, termination) = field(text)
        .ok()
        .filter(|(_, word)| is_termination(word))
        .ok_or_else(|| fault(line, text, "a state like ----"))?;
    let (rest, connections) = field(after)
        .ok()
        .and_then(|(rest, word)| Some((rest, numbers(word)?)))
        .ok_or_else(|| fault(line, after, "five numbers of connections"))?;
    let end = rest.iter().position(|byte| *byte == b' ').unwrap_or(rest.len());
    let queues = numbers(&rest[..end]).ok_or_else(|| fault(line, rest, "two lengths of queues"))?;
    Ok((Load { termination, connections, queues }, &rest[end..]))
}

fn is_termination(word: &[u8]) -> bool {
    matches!(word.len(), 2 | 4) && word.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'-')
}

/// So many whole numbers divided by slashes, each perhaps with a sign.
pub(super) fn numbers<const N: usize>(word: &[u8]) -> Option<[&[u8]; N]> {
    let mut numbers: [&[u8]; N] = [b""; N];
    let mut parts = word.split(|byte| *byte == b'/');
    for number in &mut numbers {
        *number = parts.next().filter(|part| is_number(part))?;
    }
    parts.next().is_none().then_some(numbers)
}

/// Whether a word is a whole number, perhaps with a sign.
pub(super) fn is_number(word: &[u8]) -> bool {
    let digits = word.strip_prefix(b"-").or_else(|| word.strip_prefix(b"+")).unwrap_or(word);
    whole_number(digits).is_some()
}

/// A size, which has a `+` where the line was written before the end.
pub(super) fn size(word: &[u8]) -> Option<u64> {
    whole_number(word.strip_prefix(b"+").unwrap_or(word))
}

/// The nanoseconds of a timer; `None` where it was never reached.
pub(super) fn nanos(milliseconds: &[u8]) -> Option<u64> {
    size(milliseconds)?.checked_mul(1_000_000)
}

/// Tells the beginning of a line.
pub(super) fn tell_start<'a>(start: &Start<'a>, sink: Sink<'_, 'a>) {
    sink("syslog_host", start.prefix.host.map_or(Value::Absent, Value::Text));
    sink("pid", start.prefix.pid.map_or(Value::Absent, Value::integer));
    sink("client_port", Value::integer(start.port));
    tell_proxies(start.frontend, start.backend, start.server, sink);
}

/// Tells by which proxies the request went.
pub(super) fn tell_proxies<'a>(frontend: &'a [u8], backend: &'a [u8], server: &'a [u8], sink: Sink<'_, 'a>) {
    sink("frontend", Value::Text(frontend));
    sink("backend", Value::Text(backend));
    sink("server", Value::Text(server));
}

/// Tells how a session ended, and the load.
pub(super) fn tell_load<'a>(load: &Load<'a>, sink: Sink<'_, 'a>) {
    tell_numbers(load.termination, load.connections, load.queues, sink);
}

/// Tells how a session ended, and the numbers of connections and of the queues.
pub(super) fn tell_numbers<'a>(
    termination: &'a [u8],
    connections: [&'a [u8]; 5],
    queues: [&'a [u8]; 2],
    sink: Sink<'_, 'a>,
) {
    sink("termination_state", Value::Text(termination));
    for (name, number) in CONNECTIONS.into_iter().zip(connections).chain(QUEUES.into_iter().zip(queues)) {
        sink(name, Value::integer(number));
    }
}

/// Puts captured headers into the record that only one header looks like: a product and its version (RFC 9110, 10.1.5) is
/// the agent, a list of addresses `X-Forwarded-For`. Which headers are captured is not told, and nothing else is guessed.
pub(super) fn name_captured<'a>(values: impl Iterator<Item = &'a [u8]>, record: &mut Record<'a>) {
    for value in values {
        if is_product(value) {
            record.agent = record.agent.or(Some(value));
        } else if value.split(|byte| *byte == b',').all(|item| is_address(item.trim_ascii())) {
            record.forwarded = record.forwarded.or(Some(value));
        }
    }
}

/// Whether a value begins with a product and its version: `curl/8.9.1`. An address of a page, a range or a type does not, and a
/// protocol is none.
fn is_product(value: &[u8]) -> bool {
    let name =
        value.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')).count();
    let is_name = value.first().is_some_and(u8::is_ascii_alphabetic);
    is_name
        && &value[..name] != b"HTTP"
        && value.get(name) == Some(&b'/')
        && value.get(name + 1).is_some_and(u8::is_ascii_digit)
}

/// The record of the beginning of a line.
pub(super) fn record<'a>(start: &Start<'a>) -> Record<'a> {
    Record { time: start.time, client: Some(start.client), escape: crate::Escape::Hash, ..Record::default() }
}
