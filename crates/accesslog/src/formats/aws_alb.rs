//! The access log of Amazon's Application Load Balancer.
//!
//! AWS, "Access logs for your Application Load Balancer". The type, the head that it shares with the classic balancer,
//! then fields that were appended over the years: 20 in 2016, 25 in 2018, 27 in 2019, 29 in 2020, 30 in 2023, 33 and 34
//! since. AWS asks readers to bear with more, so whatever follows the request is read as far as it goes, and what is
//! behind the last known field is left alone. A quote inside a value is written `\x22`.

use super::elb::{head, tell_head};
use crate::field::{Sink, Value};
use crate::grammar::{fault, field, present, word};
use crate::{Fault, Format, Record, time};

/// One line a request, or a WebSocket.
pub(crate) struct AwsAlb;

/// What a line may begin with. AWS: "Ignore any other types".
const TYPES: [&[u8]; 6] = [b"http", b"https", b"h2", b"grpcs", b"ws", b"wss"];

/// The fields behind the request, and what kind of value each has.
const TAIL: [(&str, Kind); 21] = [
    ("", Kind::OfRecord),
    ("", Kind::OfRecord),
    ("", Kind::OfRecord),
    ("target_group_arn", Kind::Text),
    ("trace_id", Kind::Text),
    ("sni_host", Kind::Text),
    ("cert_arn", Kind::Text),
    ("matched_rule_priority", Kind::Integer),
    ("request_creation_time", Kind::Time),
    ("actions_executed", Kind::Text),
    ("redirect_url", Kind::Text),
    ("error_reason", Kind::Text),
    ("target_port_list", Kind::List),
    ("target_status_code_list", Kind::List),
    ("classification", Kind::Text),
    ("classification_reason", Kind::Text),
    ("conn_trace_id", Kind::Text),
    ("transformed_host", Kind::Text),
    ("transformed_uri", Kind::Text),
    ("request_transform_status", Kind::Text),
    ("node_ip", Kind::Text),
];

/// The places of those fields that a record holds.
const AGENT: usize = 0;
const CIPHER: usize = 1;
const PROTOCOL: usize = 2;
const TRACE: usize = 4;

#[derive(Clone, Copy)]
enum Kind {
    OfRecord,
    Text,
    Integer,
    Time,
    List,
}

impl Format for AwsAlb {
    fn name(&self) -> &'static str {
        "aws_alb"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["alb"]
    }

    fn about(&self) -> &'static str {
        "Access log of Amazon's Application Load Balancer"
    }

    fn example(&self) -> &'static str {
        "https 2024-07-02T22:23:00.186641Z app/shop/50dc6c495c0c9188 198.51.100.4:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 \
         \"GET https://shop.example:443/a?b=c HTTP/1.1\" \"curl/8.5\" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 \
         arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/shop/73e2d6bc24d8a067 \
         \"Root=1-58337281-1d84f3d73c47ec4e58577259\" \"shop.example\" \
         \"arn:aws:acm:us-east-2:123456789012:certificate/12345678-1234-1234-1234-123456789012\" 1 2024-07-02T22:22:48.364000Z \
         \"forward\" \"-\" \"-\" \"10.0.0.1:80\" \"200\" \"-\" \"-\" TID_1234abcd5678ef90"
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let mut record = Record::default();
        let (_, rest) = head(line, without_type(line)?, &mut record)?;
        let mut rest = rest;
        let mut place = 0;
        while let Some((value, after)) = field(line, rest)? {
            match place {
                AGENT => record.agent = present(value),
                CIPHER => record.tls_cipher = present(value),
                PROTOCOL => record.tls_version = present(value),
                TRACE => record.request_id = present(value),
                _ => {}
            }
            (rest, place) = (after, place + 1);
        }
        Ok(Some(record))
    }

    fn further<'a>(&'a self, line: &'a [u8], record: &Record<'a>, sink: Sink<'_, 'a>) {
        let Ok(text) = without_type(line) else { return };
        let Ok((told, mut rest)) = head(line, text, &mut Record::default()) else { return };
        sink("type", Value::Text(&line[..line.len() - text.len() - 1]));
        tell_head(&told, "target_processing_time_s", record, sink);
        for (name, kind) in TAIL {
            let Ok(Some((value, after))) = field(line, rest) else { return };
            rest = after;
            match kind {
                Kind::OfRecord => {}
                Kind::Text => sink(name, Value::text(value)),
                Kind::Integer => sink(name, Value::integer(value)),
                Kind::Time => sink(name, time::iso(value).flatten().map_or_else(|| Value::text(value), Value::Time)),
                Kind::List => sink(name, Value::List(list(value))),
            }
        }
    }
}

/// What stands behind the type.
fn without_type(line: &[u8]) -> Result<&[u8], Fault> {
    match word(line) {
        Some((kind, rest)) if TYPES.contains(&kind) => Ok(rest),
        _ => Err(fault(line, line, "http, https, h2, grpcs, ws or wss")),
    }
}

/// The items of a list that is divided by blanks.
fn list(value: &[u8]) -> Vec<&[u8]> {
    value.split(|byte| *byte == b' ').filter(|item| !item.is_empty() && *item != b"-").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example_with(from: &str, to: &str) -> String {
        let line = AwsAlb.example().replacen(from, to, 1);
        assert!(line != AwsAlb.example() || from == to, "{from}");
        line
    }

    fn further(line: &str, name: &str) -> Option<String> {
        let record = AwsAlb.parse(line.as_bytes()).unwrap().unwrap();
        let mut found = None;
        AwsAlb.further(line.as_bytes(), &record, &mut |told, value| {
            if told == name {
                found = Some(format!("{value:?}"));
            }
        });
        found
    }

    #[test]
    fn a_line_is_read_however_many_fields_its_year_had() {
        let line = AwsAlb.example();
        for end in ["\" \"curl", " TID_", " \"-\" \"-\" TID_", " 1 2024"] {
            let short = &line[..line.find(end).unwrap() + usize::from(end.starts_with('"'))];
            let record = AwsAlb.parse(short.as_bytes()).unwrap().unwrap();
            assert_eq!(record.target, Some(&b"https://shop.example:443/a?b=c"[..]), "{short}");
        }
        let long = format!("{line} \"m.example\" \"-\" \"TransformSuccess\" 10.0.0.9 \"what comes next\" 7");
        assert_eq!(further(&long, "request_transform_status"), Some(format!("{:?}", Value::Text(b"TransformSuccess"))));
        assert_eq!(further(&long, "node_ip"), Some(format!("{:?}", Value::Text(b"10.0.0.9"))));
    }

    #[test]
    fn the_port_stands_behind_the_last_colon() {
        for client in ["2001:db8::7:443", "[2001:db8::7]:443"] {
            let line = example_with("198.51.100.4:2817", client);
            let record = AwsAlb.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!(record.client, Some(&b"2001:db8::7"[..]));
            assert_eq!(further(&line, "client_port").as_deref(), Some("Integer(443)"));
        }
    }

    #[test]
    fn a_request_may_hold_blanks_and_escaped_quotes() {
        let line = example_with("/a?b=c HTTP", r"/a b\x22 \x22c HTTP");
        let record = AwsAlb.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!(record.target, Some(&br"https://shop.example:443/a b\x22 \x22c"[..]));
        assert_eq!((record.host, record.port), (Some(&b"shop.example"[..]), Some(443)));
    }

    #[test]
    fn the_duration_is_that_of_all_three_parts() {
        let duration = |line: &str| AwsAlb.parse(line.as_bytes()).unwrap().unwrap().duration;
        assert_eq!(duration(AwsAlb.example()), Some(171_000_000));
        assert_eq!(duration(&example_with("0.086 0.048 0.037", "-1 -1 -1")), None);
    }

    #[test]
    fn lists_are_divided_by_blanks() {
        let line = example_with("\"10.0.0.1:80\" \"200\"", "\"10.0.0.1:80 10.0.0.2:80\" \"-\"");
        assert_eq!(
            further(&line, "target_port_list"),
            Some(format!("{:?}", Value::List(vec![b"10.0.0.1:80", b"10.0.0.2:80"])))
        );
        assert_eq!(further(&line, "target_status_code_list").as_deref(), Some("List([])"));
    }

    #[test]
    fn other_logs_of_the_balancer_are_refused() {
        for line in [
            "2024-10-04T17:05:15.514108Z 192.0.2.7 36280 443 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 4.036 \"CN=a\" - FEF Success",
            "Enable AccessLog for ELB: app/shop/1 at 2024-07-02T22:23:00.186641Z",
            &example_with("https 2024", "tls 2024"),
            &example_with("198.51.100.4:2817", "client"),
            &example_with(" 0.086", " fast"),
            &example_with("37 200 200", "37 OK 200"),
            "https 2024-07-02T22:23:00.186641Z app/shop/1 198.51.100.4:2817 - -1 -1 -1 400 - 0 57 \"GET https://sh",
        ] {
            assert!(AwsAlb.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
