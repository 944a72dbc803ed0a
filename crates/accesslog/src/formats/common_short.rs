//! The common format with less in it: no size, or, as Django's server writes it, no client.
//!
//! Each is as exact as the whole format is where it has the same fields, and ends where they end. Where Django's logger has the
//! time in its prefix, the request alone is left of the line, and must end in a protocol.

use crate::Fault;
use crate::address::is_address;
use crate::grammar::{ONE_WAY, is_written};
use crate::layout::{Dialect, Laid, Layouts, Plan};

/// Whether a line ends as those without a size do: with a quote, a blank and a status.
fn ends_in_status(line: &[u8]) -> bool {
    matches!(line.trim_ascii_end(), [.., b'"', b' ', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9'])
}

/// `client ident user [time] "request" status`, or `[time] "request" status bytes`.
pub(crate) static COMMON_SHORT: Laid = Laid::new(Plan {
    name: "common_short",
    aliases: &["django"],
    about: "The common format without a size, or without a client (Django)",
    example: r#"192.0.2.7 - frank [10/Oct/2000:13:55:36 -0700] "GET /a?b=1 HTTP/1.0" 200"#,
    layouts: || {
        let request = r#"[$time_local] "$request" $status"#;
        let layouts = [
            format!("$remote_addr {request}"),
            format!("$remote_addr $remote_ident $remote_user {request}"),
            r#"[${time:%d/%b/%Y %H:%M:%S}] "$request" $status $body_bytes_sent"#.to_owned(),
            r#""$request" $status $body_bytes_sent"#.to_owned(),
        ];
        Layouts::of(Dialect::Nginx, layouts)
    },
    mend: |record, _| {
        let is_client = record.client.is_none_or(is_address);
        let is_bare = record.client.is_none() && record.time.is_none();
        let is_request =
            record.method.is_some() && (!is_bare || record.protocol.is_some() && !is_written(record, b'"'));
        if is_client && is_request { Ok(()) } else { Err("the address of a client, and a request") }
    },
    judge: |line, read| {
        // A line that ends in a status, and holds what looks like more, is none of the longer formats.
        let is_longer = || ends_in_status(line) && 2 < memchr::memchr_iter(b'"', line).count();
        read.map_err(|fault| if is_longer() { Fault { expected: ONE_WAY, ..fault } } else { fault })
    },
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn what_is_left_out_is_absent() {
        let example = COMMON_SHORT.example();
        for line in [example.to_owned(), example.replace(" - frank", "")] {
            let record = COMMON_SHORT.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.status), (Some(&b"192.0.2.7"[..]), Some(200)), "{line}");
            assert_eq!((record.bytes, record.target), (None, Some(&b"/a?b=1"[..])), "{line}");
        }
        let line = r#"[01/May/2024 00:02:15] "GET /a?b=1 HTTP/1.1" 200 2326"#;
        let record = COMMON_SHORT.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.client, record.bytes), (None, Some(2326)));
        assert_eq!(record.time.map(Time::seconds), Some(1_714_521_735));
        let prefixed = r#"INFO 2024-05-01 00:02:15,123 basehttp 123 140 "GET /a?b=1 HTTP/1.1" 200 2326"#;
        let reading = crate::recognise(prefixed.as_bytes()).reading.unwrap();
        assert_eq!((reading.format.name(), reading.wrapping), ("common_short", crate::Wrapping::Stamped));
    }

    #[test]
    fn what_is_more_is_another_format() {
        for line in [
            r#"192.0.2.7 [10/Oct/2000:13:55:36 -0700] "GET /a" 200 5 HTTP/1.0" 404 7 9"#,
            r#"shop [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200"#,
            r#"192.0.2.7 [10/Oct/2000:13:55:36 -0700] "hello" 200"#,
            r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a" 404 7 "-" "x HTTP/1.0" 200"#,
            r#""GET /a" 200 5"#,
            r#""GET /a" 200 5 HTTP/1.1" 404 7"#,
            r#""GET /a HTTP/1.1" 200 5 "-""#,
        ] {
            assert!(COMMON_SHORT.parse(line.as_bytes()).is_err(), "{line}");
        }
    }

    #[test]
    fn no_other_is_asked_of_a_line_that_ends_as_one() {
        let line = r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a" 404 7 "-" "x HTTP/1.0" 200"#;
        assert_eq!(COMMON_SHORT.parse(line.as_bytes()).unwrap_err().expected, ONE_WAY);
        let longer = r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 5 "-" "x""#;
        assert_ne!(COMMON_SHORT.parse(longer.as_bytes()).unwrap_err().expected, ONE_WAY);
    }
}
