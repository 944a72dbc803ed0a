//! SOGo's log, the lines of requests among it: who asked, the request, and what the answer was and took.
//!
//! The size of the answer and of the request stand with a slash between. The line begins with a time that has no year and the process;
//! what SOGo says otherwise begins so as well, and is no request. Nothing is escaped: a line with more quotes than two is no record.

use crate::address::is_address;
use crate::layout::{Dialect, Divider, Laid, Layouts, Plan};

/// `Mmm dd hh:mm:ss sogod [process]: client "request" status bytes/bytes seconds size ratio memory - number`.
pub(crate) static SOGO: Laid = Laid::new(Plan {
    name: "sogo",
    aliases: &["sogod"],
    about: "SOGo request log",
    example: r#"May 01 00:02:15 sogod [50]: 192.0.2.7 "GET /SOGo/a?b=1 HTTP/1.1" 200 2326/0 0.012 8120 71% 160K - 11"#,
    layouts: || {
        let request = r#"$remote_addr "$request" $status $body_bytes_sent/$request_length $request_time $_tail"#;
        Layouts::of(Dialect::Nginx, [format!("${{time:%b %d %H:%M:%S}} sogod [$pid]: {request}"), request.to_owned()])
    },
    mend: |record, _| {
        // A day without a year is of none.
        record.time = None;
        let client = record.client.unwrap_or_default();
        // Behind a proxy the list of those that forwarded stands in its place.
        let is_client = is_address(client) || client == b"-";
        if is_client && record.method.is_some() && record.protocol.is_some() {
            Ok(())
        } else {
            Err("the address of a client, and a request")
        }
    },
    divider: Some(Divider::counted(b'"', &[2])),
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn two_sizes_stand_together() {
        let example = SOGO.example();
        for line in [example, &example.replace("8120 71%", "- -"), example.split_once(": ").unwrap().1] {
            let record = SOGO.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.time), (Some(&b"192.0.2.7"[..]), None), "{line}");
            assert_eq!((record.target, record.status), (Some(&b"/SOGo/a?b=1"[..]), Some(200)));
            assert_eq!((record.bytes, record.duration), (Some(2326), Some(12_000_000)));
            assert_eq!(record.request_bytes, Some(0));
        }
    }

    #[test]
    fn what_it_says_otherwise_is_no_request() {
        let example = SOGO.example();
        for line in [
            "May 01 00:02:15 sogod [26818]: SOGoRootPage Login from '192.0.2.7' for user 'bob' might not have worked",
            &example.replace("2326/0", "2326"),
            &example.replace("/SOGo/a?b=1", r#"/a" 404 7/0 0.1 "#),
            &example.replace("192.0.2.7", "nobody"),
        ] {
            assert!(SOGO.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
