//! Tencent Cloud's caches as their logs are downloaded: columns with blanks between, the agent in quotes.
//!
//! The time has digits alone and is Beijing's; `NULL` and `(null)` stand for what has no value; milliseconds are how long it took ("Log
//! Download" in the service's guide). Nothing is said of how a quote is written that a client sent: a line with more quotes than its
//! columns have is no record.

use crate::address::is_address;
use crate::grammar::ONE_WAY;
use crate::layout::{Dialect, Divider, Laid, Layouts, Plan};
use crate::{Fault, Time};

/// `time client host target bytes province isp status referer milliseconds "agent" "range" METHOD protocol cache [port]`.
pub(crate) static TENCENT_CDN: Laid = Laid::new(Plan {
    name: "tencent_cdn",
    aliases: &["qcloud_cdn"],
    about: "Tencent Cloud CDN log",
    example: r#"20240501080215 192.0.2.7 shop.example /a?b=1 2326 22 2 200 https://shop.example/ 12 "Mozilla/5.0" "(null)" GET HTTP/1.1 hit 51234"#,
    layouts: || {
        let head = "${time:%Y%m%d%H%M%S} $remote_addr $host $request_uri $body_bytes_sent $_word $_word $status";
        let tail = r#"$http_referer $request_time_ms "$http_user_agent" "$_range" $request_method $server_protocol $upstream_cache_status"#;
        let whole = format!("{head} {tail}");
        Layouts::of(Dialect::Nginx, [format!("{whole} $remote_port"), whole])
    },
    mend: |record, _| {
        let told = |value: &&[u8]| !matches!(*value, b"NULL" | b"(null)" | b"null");
        record.referer = record.referer.filter(told);
        record.agent = record.agent.filter(told);
        record.time = record.time.and_then(|Time(nanos)| nanos.checked_sub(BEIJING_NANOS)).map(Time);
        let is_method = record.method.is_some_and(|method| method.iter().all(u8::is_ascii_uppercase));
        if is_method && record.client.is_some_and(is_address) && record.time.is_some() {
            Ok(())
        } else {
            Err("a time, the address of a client, and a method in capitals")
        }
    },
    divider: Some(Divider::counted(b'"', &[4])),
    judge: |line, read| {
        let before = || line.iter().take_while(|byte| **byte != b'"').filter(|byte| **byte == b' ').count();
        // Blanks that a client wrote into its target or its referer make columns of their own.
        match read {
            Ok(Some(_)) if before() != WORDS => Err(Fault { at: 0, expected: ONE_WAY }),
            read => read,
        }
    },
    ..Plan::EMPTY
});

/// How many words stand before the agent.
const WORDS: usize = 10;

/// Beijing is eight hours ahead, in nanoseconds.
const BEIJING_NANOS: i64 = 8 * 3600 * 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn the_time_is_beijings() {
        let example = TENCENT_CDN.example();
        for (line, referer) in [
            (example.to_owned(), Some(&b"https://shop.example/"[..])),
            (example.replace("https://shop.example/", "NULL"), None),
            (example.replace(" 51234", ""), Some(b"https://shop.example/")),
        ] {
            let record = TENCENT_CDN.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.referer), (Some(&b"192.0.2.7"[..]), referer), "{line}");
            assert_eq!((record.method, record.target), (Some(&b"GET"[..]), Some(&b"/a?b=1"[..])));
            assert_eq!((record.status, record.bytes, record.duration), (Some(200), Some(2326), Some(12_000_000)));
            assert_eq!((record.host, record.agent), (Some(&b"shop.example"[..]), Some(&b"Mozilla/5.0"[..])));
            assert_eq!(record.time.map(Time::seconds), Some(1_714_521_735));
        }
    }

    #[test]
    fn what_a_client_wrote_ends_nothing() {
        let example = TENCENT_CDN.example();
        for (of, by) in [
            ("Mozilla/5.0", r#"x" "y"#),
            ("https://shop.example/", r#"- 1 "x" "y" GET HTTP/1.1 hit"#),
            ("/a?b=1", "/a?b=1 404 7  404 7 "),
            ("192.0.2.7", "nobody"),
            ("20240501080215", "1714521735"),
            (" GET ", " get "),
        ] {
            let line = example.replacen(of, by, 1);
            assert!(TENCENT_CDN.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
