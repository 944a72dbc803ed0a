//! The access log of Amazon's Network Load Balancer: the connections of its TLS listeners.
//!
//! AWS, "Access logs for your Network Load Balancer": 21 words divided by blanks, 22 with the time at which the
//! connection was made. It knows no HTTP; what it has is who came, how much went each way, and the name the client asked
//! for in the TLS hello.

use super::absolute::host_and_port;
use super::elb::port;
use crate::field::{Sink, Value};
use crate::grammar::{fault, fault_at, present, whole_number};
use crate::{Fault, Format, Record, time};

/// One line a TLS connection.
pub(crate) struct AwsNlb;

/// The fewest words of a line.
const WORDS_MIN: usize = 21;

/// The words that are read, the time at which the connection was made being the last.
const WORDS: usize = 22;

impl Format for AwsNlb {
    fn name(&self) -> &'static str {
        "aws_nlb"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["nlb"]
    }

    fn about(&self) -> &'static str {
        "Access log of Amazon's Network Load Balancer (TLS listeners)"
    }

    fn example(&self) -> &'static str {
        "tls 2.0 2024-04-01T08:51:42 net/shop/c6e77e28c25b2234 g3d4b5e8bb8464cd 198.51.100.4:51341 10.0.0.1:443 5 2 98 246 - \
         arn:aws:acm:us-east-2:123456789012:certificate/2a108f19-aded-46b0-8493-c63eb1ef4a99 - ECDHE-RSA-AES128-SHA tlsv12 - \
         shop.example h2 h2 \"h2\",\"http/1.1\" 2024-04-01T08:51:20"
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let words = words(line)?;
        let [kind, version, time, _, _, client, target, connection, handshake, received, sent, ..] = words;
        if kind != b"tls" || !matches!(version, [b'0'..=b'9', b'.', b'0'..=b'9']) {
            return Err(fault(line, line, "tls and the version of the log"));
        }
        if host_and_port(client).1.and_then(whole_number).is_none() {
            return Err(fault_at(line, client, "a client and its port"));
        }
        for number in [connection, handshake, received, sent] {
            if whole_number(number).is_none() && number != b"-" {
                return Err(fault_at(line, number, "a number, or a dash"));
            }
        }
        Ok(Some(Record {
            time: time::iso(time).ok_or_else(|| fault_at(line, time, "a time"))?,
            client: Some(host_and_port(client).0),
            upstream: present(target),
            duration: whole_number(connection).and_then(|milliseconds| milliseconds.checked_mul(1_000_000)),
            request_bytes: whole_number(received),
            bytes: whole_number(sent),
            tls_cipher: present(words[14]),
            tls_version: present(words[15]),
            host: present(words[17]),
            ..Record::default()
        }))
    }

    fn further<'a>(&'a self, line: &'a [u8], _record: &Record<'a>, sink: Sink<'_, 'a>) {
        let Ok(words) = words(line) else { return };
        sink("type", Value::Text(words[0]));
        sink("version", Value::Text(words[1]));
        sink("elb", Value::text(words[3]));
        sink("listener_id", Value::text(words[4]));
        sink("client_port", port(words[5]));
        sink("upstream_addr", Value::text(words[6]));
        sink("upstream_ip", Value::text(host_and_port(words[6]).0));
        sink("upstream_port", port(words[6]));
        sink("connection_time_ms", Value::integer(words[7]));
        sink("tls_handshake_time_ms", Value::integer(words[8]));
        sink("bytes_received", Value::integer(words[9]));
        sink("incoming_tls_alert", Value::text(words[11]));
        sink("cert_arn", Value::text(words[12]));
        sink("cert_serial", Value::text(words[13]));
        sink("tls_named_group", Value::text(words[16]));
        sink("sni_host", Value::text(words[17]));
        sink("alpn_fe", Value::text(words[18]));
        sink("alpn_be", Value::text(words[19]));
        sink("alpn_client_list", Value::text(words[20]));
        if !words[21].is_empty() {
            let time = time::iso(words[21]).flatten();
            sink("tls_connection_creation_time", time.map_or_else(|| Value::text(words[21]), Value::Time));
        }
    }
}

/// The words of a line, those that it lacks at its end empty. AWS may append more.
fn words(line: &[u8]) -> Result<[&[u8]; WORDS], Fault> {
    let mut words: [&[u8]; WORDS] = [b""; WORDS];
    let mut found = line.trim_ascii_end().split(|byte| *byte == b' ');
    for (number, word) in words.iter_mut().enumerate() {
        match found.next() {
            Some(next) => *word = next,
            None if number < WORDS_MIN => return Err(fault(line, b"", "a word")),
            None => {}
        }
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Time;

    #[test]
    fn a_connection_is_a_record_without_a_request() {
        let record = AwsNlb.parse(AwsNlb.example().as_bytes()).unwrap().unwrap();
        assert_eq!((record.target, record.status), (None, None));
        assert_eq!((record.client, record.host), (Some(&b"198.51.100.4"[..]), Some(&b"shop.example"[..])));
        assert_eq!(record.time, Time::from_parts(1_711_961_502, 0), "UTC");
        assert_eq!((record.request_bytes, record.bytes, record.duration), (Some(98), Some(246), Some(5_000_000)));
    }

    #[test]
    fn the_list_of_protocols_is_one_word() {
        let line = AwsNlb.example();
        let record = AwsNlb.parse(line.as_bytes()).unwrap().unwrap();
        let mut told = Vec::new();
        AwsNlb.further(line.as_bytes(), &record, &mut |name, value| told.push((name, value)));
        assert!(told.contains(&("alpn_client_list", Value::Text(br#""h2","http/1.1""#))));
        assert!(told.contains(&("tls_connection_creation_time", Value::Time(Time(1_711_961_480_000_000_000)))));
    }

    #[test]
    fn what_is_no_line_of_it_is_refused() {
        let line = AwsNlb.example();
        for line in [
            &line.replacen("tls 2.0", "tcp 2.0", 1),
            &line.replacen("tls 2.0", "tls two", 1),
            &line.replace(":51341", ""),
            &line.replace(" 98 ", " many "),
            &line[..line.find(" h2 h2").unwrap()].to_owned(),
        ] {
            assert!(AwsNlb.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
