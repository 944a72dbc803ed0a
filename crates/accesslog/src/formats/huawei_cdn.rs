//! Huawei Cloud's log of its network of caches.
//!
//! The path stands without its query ("Log Management" of the service's user guide). Nothing is said of how a quote is written that
//! a client sent: a line with more quotes than its seven values have is no record.

use crate::address::is_address;
use crate::layout::{Dialect, Divider, Laid, Layouts, Plan};

/// `[time] client milliseconds "referer" "protocol" "METHOD" "host" "target" status bytes cache "agent" "range"`, then an address.
pub(crate) static HUAWEI_CDN: Laid = Laid::new(Plan {
    name: "huawei_cdn",
    aliases: &["huawei"],
    about: "Huawei Cloud CDN log",
    example: r#"[01/May/2024:08:02:15 +0800] 192.0.2.7 12 "-" "HTTP/1.1" "GET" "shop.example" "/a" 200 2326 HIT "Mozilla/5.0" "bytes=-256" 198.51.100.4"#,
    layouts: || {
        let head =
            r#"[$time_local] $remote_addr $request_time_ms "$http_referer" "$server_protocol" "$request_method""#;
        let tail =
            r#""$host" "$request_uri" $status $body_bytes_sent $upstream_cache_status "$http_user_agent" "$_range""#;
        Layouts::of(Dialect::Nginx, [format!("{head} {tail}"), format!("{head} {tail} $server_addr")])
    },
    mend: |record, _| {
        let is_method = record.method.is_some_and(|method| method.iter().all(u8::is_ascii_uppercase));
        if is_method && record.client.is_some_and(is_address) && record.time.is_some() {
            Ok(())
        } else {
            Err("a time, the address of a client, and a method in capitals")
        }
    },
    divider: Some(Divider::counted(b'"', &[14])),
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn the_parts_of_a_request_are_in_quotes() {
        let example = HUAWEI_CDN.example();
        for line in [example.to_owned(), example.replace(" 198.51.100.4", "")] {
            let record = HUAWEI_CDN.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.host), (Some(&b"192.0.2.7"[..]), Some(&b"shop.example"[..])), "{line}");
            assert_eq!((record.target, record.status), (Some(&b"/a"[..]), Some(200)));
            assert_eq!((record.bytes, record.duration), (Some(2326), Some(12_000_000)));
            assert_eq!(record.time.map(Time::seconds), Some(1_714_521_735));
        }
    }

    #[test]
    fn what_a_client_wrote_ends_nothing() {
        let example = HUAWEI_CDN.example();
        for (of, by) in [
            ("\"-\"", r#""x" "HTTP/1.1" "GET" "a.example" "/b" 404 7 HIT "y" "-""#),
            ("\"/a\"", r#""/a" 404 7 HIT "x" "y""#),
            ("Mozilla/5.0", r#"x" "y"#),
            ("192.0.2.7", "nobody"),
        ] {
            let line = example.replacen(of, by, 1);
            assert!(HUAWEI_CDN.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
