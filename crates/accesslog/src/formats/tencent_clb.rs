//! Tencent Cloud's load balancer (CLB), layer 7: values in brackets, as its access logs lie in a bucket or a log topic.
//!
//! It is nginx's engine: a list of tries stands in the upstream's values, and quotes are no part of the grammar. Logs of a bucket lack
//! the address of the upstream; newer ones have the path and the protocol at the end ("Access Logs" in the service's guide). A bracket
//! that a client wrote is told from the writer's by what must stand in each place; a line whose places do not fit is no record.

use crate::address::is_address;
use crate::grammar::{ONE_WAY, fault, present, seconds, split_request, status, whole_number};
use crate::json::instant;
use crate::layout::address_and_port;
use crate::{Fault, Format, Record, Sink, Value};

/// `[id] [time] [protocol] [server:port] [rule] [client:port] [status] [upstream] [its status] [host] [request] ...`.
pub(crate) struct TencentClb;

impl Format for TencentClb {
    fn name(&self) -> &'static str {
        "tencent_clb"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["clb", "qcloud_clb"]
    }

    fn about(&self) -> &'static str {
        "Tencent Cloud CLB access log (layer 7)"
    }

    fn example(&self) -> &'static str {
        "[6d2a9f0e-1] [01/May/2024:08:02:15 +0800] [HTTPS] [198.51.100.4:443] [shop.example] [192.0.2.7:51234] [200] [10.0.0.4:80] [200] [4f9a1b] [GET /a?b=1 HTTP/1.1] [412] [2326] [shop.example] [Mozilla/5.0] [-] [0.012] [0.011] [0.001] [0.011] [2345] [123] [1] [0.003] [ECDHE-RSA-AES128-GCM-SHA256] [TLSv1.2] [1001] [/a] [HTTP/1.1]"
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let Some(columns) = Columns::of(line) else {
            return Err(fault(line, line, "values in brackets, the second a time"));
        };
        match columns.record() {
            Some(record) => Ok(Some(record)),
            None => Err(Fault { at: 0, expected: ONE_WAY }),
        }
    }

    fn further<'a>(&'a self, line: &'a [u8], _record: &Record<'a>, sink: Sink<'_, 'a>) {
        let Some(columns) = Columns::of(line) else { return };
        if let Some((_, port)) = address_and_port(columns.head(5)) {
            sink("client_port", Value::integer(port));
        }
        if columns.has_upstream() {
            sink("upstream_addr", Value::text(columns.head(7)));
        }
        sink("upstream_status_list", Value::text(columns.tail(0)));
        sink("upstream_time_list", Value::text(columns.tail(9)));
    }
}

/// The fewest values of a line, and the most.
const COLUMNS_MIN: usize = 26;
const COLUMNS_MAX: usize = 29;

/// The values of a line. Those up to the upstream's address are the head; the upstream's status and what follows, the tail.
struct Columns<'a> {
    values: [&'a [u8]; COLUMNS_MAX],
    count: usize,
}

impl<'a> Columns<'a> {
    /// The values of a line that begins as the server's do, however many there are; those beyond the most are left out.
    fn of(line: &'a [u8]) -> Option<Columns<'a>> {
        let mut rest = line.trim_ascii_end().strip_prefix(b"[")?.strip_suffix(b"]")?;
        let mut columns = Columns { values: [b""; COLUMNS_MAX], count: 0 };
        loop {
            let end = memchr::memmem::find_iter(rest, b"] ").find(|at| opens(&rest[at + 2..]).is_some());
            let (value, behind) = match end {
                Some(at) => (&rest[..at], opens(&rest[at + 2..])),
                None => (rest, None),
            };
            if let Some(place) = columns.values.get_mut(columns.count) {
                *place = value;
            }
            columns.count += 1;
            match behind {
                Some(behind) => rest = behind,
                None => break,
            }
        }
        let is_begun = 8 <= columns.count && columns.values[1].len() == crate::time::CLF_BYTES;
        let is_socket = |at: usize| address_and_port(columns.values[at]).is_some_and(|(host, _)| is_address(host));
        (is_begun && is_socket(3) && is_socket(5)).then_some(columns)
    }

    fn has_upstream(&self) -> bool {
        COLUMNS_MIN < self.count
    }

    fn head(&self, at: usize) -> &'a [u8] {
        self.values[at]
    }

    fn tail(&self, at: usize) -> &'a [u8] {
        self.values[7 + usize::from(self.has_upstream()) + at]
    }

    /// The record, if each place holds what must stand there.
    fn record(&self) -> Option<Record<'a>> {
        if !(COLUMNS_MIN..=COLUMNS_MAX).contains(&self.count) {
            return None;
        }
        let integer = |at| self.tail(at) == b"-" || whole_number(self.tail(at)).is_some();
        // Of each upstream that was tried one.
        let is_list = |at| {
            let is_number = |byte: &u8| byte.is_ascii_digit() || b"-.,: ".contains(byte);
            self.tail(at).iter().all(is_number)
        };
        let is_upstream = !self.has_upstream() || self.head(7) == b"-" || self.head(7).contains(&b':');
        let is_timed = seconds(self.tail(8)).is_some() && [0, 9, 10, 11].into_iter().all(is_list);
        if !is_upstream || !is_timed || ![3, 4, 12, 13, 14].into_iter().all(integer) {
            return None;
        }
        // The last of the newer lines is the protocol again.
        if self.count == COLUMNS_MAX && !self.values[COLUMNS_MAX - 1].starts_with(b"HTTP/") {
            return None;
        }
        let (client, _) = address_and_port(self.head(5))?;
        let mut record = Record {
            time: instant(self.head(1)),
            client: Some(client),
            status: status(self.head(6)).filter(|(_, rest)| rest.is_empty())?.0,
            bytes: whole_number(self.tail(4)),
            request_bytes: whole_number(self.tail(3)),
            host: present(self.tail(5)),
            agent: present(self.tail(6)),
            referer: present(self.tail(7)),
            duration: seconds(self.tail(8)),
            request_id: present(self.head(0)),
            upstream: self.has_upstream().then(|| self.head(7)).and_then(present),
            tls_cipher: present(self.tail(16)),
            tls_version: present(self.tail(17)),
            ..Record::default()
        };
        split_request(self.tail(2), &mut record);
        Some(record)
    }
}

/// What follows the bracket that a value begins with, one blank more or less.
fn opens(text: &[u8]) -> Option<&[u8]> {
    text.strip_prefix(b"[").or_else(|| text.strip_prefix(b" ["))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Time;

    #[test]
    fn logs_of_a_bucket_lack_the_upstream() {
        let example = TencentClb.example();
        let topic = example.replace(" [/a] [HTTP/1.1]", "");
        let bucket = topic.replace(" [10.0.0.4:80]", " ");
        for line in [example, &topic, &bucket] {
            let record = TencentClb.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.host), (Some(&b"192.0.2.7"[..]), Some(&b"shop.example"[..])), "{line}");
            assert_eq!((record.target, record.status), (Some(&b"/a?b=1"[..]), Some(200)));
            assert_eq!((record.bytes, record.duration), (Some(2326), Some(12_000_000)));
            assert_eq!((record.agent, record.referer), (Some(&b"Mozilla/5.0"[..]), None));
            assert_eq!(record.tls_version, Some(&b"TLSv1.2"[..]));
            assert_eq!(record.time.map(Time::seconds), Some(1_714_521_735));
        }
    }

    #[test]
    fn brackets_of_a_client_are_no_columns() {
        let example = TencentClb.example();
        let agent = example.replace("Mozilla/5.0", "Mozilla/5.0 [FBAN/FBIOS;FBDV/iPhone] x");
        let record = TencentClb.parse(agent.as_bytes()).unwrap().unwrap();
        assert_eq!(record.agent, Some(&b"Mozilla/5.0 [FBAN/FBIOS;FBDV/iPhone] x"[..]));
        let topic = example.replace(" [/a] [HTTP/1.1]", "");
        for (line, of, by) in [
            (example, "/a?b=1", "/a] [1] [7"),
            (example, "Mozilla/5.0", "x] [-] [0.1"),
            (&topic[..], "/a?b=1", "/a HTTP/1.1] [1] [7] [a.example] [x"),
            (&topic[..], "Mozilla/5.0", "x] [-] [0.1"),
            (example, "[412]", "[four]"),
            (example, "192.0.2.7", "nobody"),
        ] {
            let line = line.replacen(of, by, 1);
            let read = TencentClb.parse(line.as_bytes());
            assert!(read.is_err(), "{line} is {read:?}");
        }
    }

    #[test]
    fn an_upstream_is_tried_again() {
        let line = TencentClb
            .example()
            .replace("[10.0.0.4:80] [200]", "[10.0.0.4:80, 10.0.0.5:80] [502, 200]")
            .replace("[0.011] [0.001] [0.011]", "[0.001, 0.010] [0.000, 0.001] [-, 0.010]");
        let record = TencentClb.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.status, record.upstream), (Some(200), Some(&b"10.0.0.4:80, 10.0.0.5:80"[..])));
    }
}
