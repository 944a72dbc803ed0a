//! The offline log of Alibaba Cloud CDN.
//!
//! `[time] client proxy milliseconds "referer" "METHOD url" status request-bytes response-bytes HIT "agent" "type"`, the
//! target absolute, the request without a version (Alibaba Cloud, "Offline logs"). Nothing is said of how a quote is written that
//! a client sent: a line with more quotes than its four values have is no record.

use super::absolute::absolute;
use crate::layout::{Dialect, Divider, Laid, Layouts, Plan, Tail};

/// One request a line.
pub(crate) static ALIBABA_CDN: Laid = Laid::new(Plan {
    name: "alibaba_cdn",
    aliases: &["aliyun_cdn"],
    about: "Alibaba Cloud CDN offline log",
    example: r#"[01/May/2024:00:02:15 +0800] 192.0.2.7 - 12 "-" "GET https://a.example/a?b=1" 200 191 2830 MISS "Mozilla/5.0" "text/html""#,
    layouts: || {
        let layout = r#"[$time_local] $remote_addr $_proxy $request_time_ms "$http_referer" "$request" $status $request_length $body_bytes_sent $upstream_cache_status "$http_user_agent" "$_type""#;
        Layouts::of(Dialect::Nginx, [layout]).with_tail(Tail::Anything)
    },
    mend: |record, _| {
        let parts = record.target.and_then(absolute).ok_or("a request with an absolute target")?;
        record.host = record.host.or(Some(parts.host));
        record.scheme = Some(parts.scheme);
        Ok(())
    },
    divider: Some(Divider::counted(b'"', &[8])),
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn the_size_of_the_request_stands_before_that_of_the_reply() {
        let record = ALIBABA_CDN.parse(ALIBABA_CDN.example().as_bytes()).unwrap().unwrap();
        assert_eq!((record.client, record.method), (Some(&b"192.0.2.7"[..]), Some(&b"GET"[..])));
        assert_eq!((record.request_bytes, record.bytes), (Some(191), Some(2830)));
        assert_eq!((record.duration, record.host), (Some(12_000_000), Some(&b"a.example"[..])));
        for (of, by) in
            [("https://a.example", ""), ("/a?b=1", "/a\" 404 191 7 MISS \"x\" \"y"), ("Mozilla/5.0", "x\" \"y")]
        {
            let line = ALIBABA_CDN.example().replace(of, by);
            assert!(ALIBABA_CDN.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
