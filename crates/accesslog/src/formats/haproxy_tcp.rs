//! HAProxy's `option tcplog`: a line a connection that it passed on without looking into it.
//!
//! HAProxy, Configuration Manual, section 8.2.2: three timers, a size, how it ended, and the load.

use super::haproxy::{self, Load, Start, field, load, nanos, numbers, size, start, tell_load, tell_start};
use crate::field::{Sink, Value};
use crate::grammar::fault;
use crate::{Fault, Format, Record};

/// One line a connection.
pub(crate) struct HaproxyTcp;

impl Format for HaproxyTcp {
    fn name(&self) -> &'static str {
        "haproxy_tcp"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["haproxy_tcplog"]
    }

    fn about(&self) -> &'static str {
        "HAProxy, `option tcplog`, behind syslog or not"
    }

    fn example(&self) -> &'static str {
        "Feb  6 12:12:56 localhost haproxy[14387]: 198.51.100.4:33313 [06/Feb/2024:12:12:51.443] fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0"
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let read = read(line)?;
        let mut record = haproxy::record(&read.start);
        record.bytes = size(read.bytes);
        record.duration = nanos(read.timers[2]);
        Ok(Some(record))
    }

    fn further<'a>(&'a self, line: &'a [u8], _record: &Record<'a>, sink: Sink<'_, 'a>) {
        let Ok(read) = read(line) else { return };
        tell_start(&read.start, sink);
        for (name, timer) in ["tw_ms", "tc_ms", "tt_ms"].into_iter().zip(read.timers) {
            sink(name, Value::integer(timer));
        }
        tell_load(&read.load, sink);
    }
}

/// The parts of a line.
struct Line<'a> {
    start: Start<'a>,
    timers: [&'a [u8]; 3],
    bytes: &'a [u8],
    load: Load<'a>,
}

fn read(line: &[u8]) -> Result<Line<'_>, Fault> {
    let (start, text) = start(line)?;
    let three = "three timers";
    let (after, timers) = field(text).map_err(|_| fault(line, text, three))?;
    let timers = numbers(timers).ok_or_else(|| fault(line, text, three))?;
    let (rest, bytes) = field(after)
        .ok()
        .filter(|(_, bytes)| size(bytes).is_some())
        .ok_or_else(|| fault(line, after, "a size in bytes"))?;
    let (load, rest) = load(line, rest)?;
    match rest.trim_ascii() {
        [] => Ok(Line { start, timers, bytes, load }),
        _ => Err(fault(line, rest, "the end of the line")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_a_record_without_a_request() {
        let record = HaproxyTcp.parse(HaproxyTcp.example().as_bytes()).unwrap().unwrap();
        assert_eq!((record.client, record.target), (Some(&b"198.51.100.4"[..]), None));
        assert_eq!((record.bytes, record.duration), (Some(212), Some(5_007_000_000)));
    }

    #[test]
    fn a_line_of_requests_is_refused() {
        let line = HaproxyTcp.example();
        for line in [
            &line.replace("0/0/5007", "0/0/0/0/5007"),
            &line.replace(" -- ", " - "),
            &line.replace(" 212 ", " many "),
            &format!("{line} \"GET / HTTP/1.1\""),
        ] {
            assert!(HaproxyTcp.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
