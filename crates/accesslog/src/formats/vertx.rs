//! Vert.x' access log: the combined format with the time as HTTP has it, `[Wed, 1 May 2024 00:02:15 GMT]`.
//!
//! Nothing is escaped: a line with a quote that a client wrote is no record.

use crate::address::is_address;
use crate::grammar::{ONE_WAY, is_written};
use crate::layout::{Dialect, Divider, Laid, Layouts, Plan};

/// `client - - [time] "request" status bytes "referer" "agent"`.
pub(crate) static VERTX: Laid = Laid::new(Plan {
    name: "vertx",
    aliases: &["vert.x"],
    about: "Vert.x access log",
    example: r#"192.0.2.7 - - [Wed, 1 May 2024 00:02:15 GMT] "GET /a?b=1 HTTP/1.1" 200 2326 "-" "Mozilla/5.0""#,
    layouts: || {
        let short = r#"$remote_addr - - [${time:%a, %e %b %Y %H:%M:%S %Z}] "$request" $status $body_bytes_sent"#;
        Layouts::of(Dialect::Nginx, [format!(r#"{short} "$http_referer" "$http_user_agent""#), short.to_owned()])
    },
    mend: |record, _| match record.client.is_some_and(is_address) && record.method.is_some() {
        _ if is_written(record, b'"') => Err(ONE_WAY),
        true => Ok(()),
        false => Err("the address of a client, and a request"),
    },
    divider: Some(Divider::counted(b'"', &[2, 6])),
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn the_time_is_that_of_http() {
        let example = VERTX.example();
        for line in [example.to_owned(), example.replace(" 1 May", " 01 May")] {
            let record = VERTX.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.agent), (Some(&b"192.0.2.7"[..]), Some(&b"Mozilla/5.0"[..])), "{line}");
            assert_eq!((record.target, record.status, record.bytes), (Some(&b"/a?b=1"[..]), Some(200), Some(2326)));
            assert_eq!(record.time.map(Time::seconds), Some(1_714_521_735));
        }
        for (of, by) in [
            ("/a?b=1", r#"/a" 404 7 "x"#),
            ("/a?b=1", r#"/a" 404 7 "-" "x"#),
            ("Mozilla/5.0", r#"x" "y"#),
            ("192.0.2.7", "nobody"),
            ("Wed, 1 May 2024", "01/May/2024"),
        ] {
            let line = example.replacen(of, by, 1);
            assert!(VERTX.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
