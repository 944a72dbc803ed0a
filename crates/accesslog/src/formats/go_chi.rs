//! What chi, a router of Go, says of each request by its middleware `Logger`.
//!
//! The time is that of Go's own log, local and without a zone. The target is absolute: its scheme and its host are put
//! before what was asked for.

use crate::layout::{Dialect, Laid, Layouts, Plan};

/// `date clock [id] "request" from client:port - status bytesB in duration`.
pub(crate) static GO_CHI: Laid = Laid::new(Plan {
    name: "go_chi",
    aliases: &["chi"],
    about: "chi (Go) request log",
    example: r#"2024/05/01 00:02:15 [web-1/9kVq2FcXcB-000042] "GET http://shop.example/a?b=1 HTTP/1.1" from 192.0.2.7:51234 - 200 2326B in 1.283405ms"#,
    layouts: || {
        let dated = "${time:%Y/%m/%d %H:%M:%S}";
        let tail = r#""$request" from $client_and_port - $status ${body_bytes_sent}B in $request_time_spelled"#;
        Layouts::of(Dialect::Nginx, [format!("{dated} [$request_id] {tail}"), format!("{dated} {tail}")])
    },
    mend: |record, _| match (record.method, record.duration) {
        (Some(_), Some(_)) => Ok(()),
        _ => Err("a request, and how long it took"),
    },
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn a_request_may_have_an_id() {
        for (line, id) in [
            (GO_CHI.example().to_owned(), Some(&b"web-1/9kVq2FcXcB-000042"[..])),
            (GO_CHI.example().replace("[web-1/9kVq2FcXcB-000042] ", ""), None),
        ] {
            let record = GO_CHI.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.request_id), (Some(&b"192.0.2.7"[..]), id), "{line}");
            assert_eq!((record.status, record.bytes, record.duration), (Some(200), Some(2326), Some(1_283_405)));
            assert_eq!(record.target, Some(&b"http://shop.example/a?b=1"[..]));
        }
        for line in ["2024/05/01 00:02:15 listening on :80", r#"2024/05/01 00:02:15 "a" from b - 200 1B in c"#] {
            assert!(GO_CHI.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
