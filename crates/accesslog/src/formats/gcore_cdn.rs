//! Gcore's log of its network of caches: nginx with every value in quotes, the time in brackets within.
//!
//! What stands behind the agent has grown over the years, and what is behind the server's port is left alone ("Raw logs" in the
//! service's guide). nginx escapes the quotes of a client, so quotes stand in pairs.

use crate::address::is_address;
use crate::grammar::is_written;
use crate::layout::{Dialect, Laid, Layouts, Plan, Tail};

/// `"client" "-" "user" "[time]" "request" "status" "bytes" "referer" "agent"`, and more values in quotes.
pub(crate) static GCORE_CDN: Laid = Laid::new(Plan {
    name: "gcore_cdn",
    aliases: &["gcore"],
    about: "Gcore CDN log",
    example: r#""192.0.2.7" "-" "-" "[01/May/2024:00:02:15 +0000]" "GET /a?b=1 HTTP/1.1" "200" "2326" "https://shop.example/" "Mozilla/5.0" "2726" "[dh-up-gc18]" "https" "cdn.shop.example" "0.317" "0.284" "157" "-" "[dh]" "MISS" "2326" "198.51.100.4:80" "2510" "7399" "-" "-" "KZ" "-" "shield_no" "198.51.100.5" "443" "200""#,
    layouts: || {
        let layout = r#""$remote_addr" "$_ident" "$remote_user" "[$time_local]" "$request" "$status" "$body_bytes_sent" "$http_referer" "$http_user_agent""#;
        let more = r#""$bytes_sent" "$_edge" "$scheme" "$host" "$request_time" "$upstream_response_time" "$request_length" "$_range""#;
        let upstream = r#""$_node" "$upstream_cache_status" "$upstream_response_length" "$upstream_addr""#;
        let client = r#""$_customer" "$_resource" "$_got" "$_set" "$geoip_country_code" "$_city" "$_shield" "$server_addr" "$server_port""#;
        let whole = format!("{layout} {more} {upstream} {client}");
        Layouts::of(Dialect::Nginx, [whole, format!("{layout} {more}"), layout.to_owned()]).with_tail(Tail::Anything)
    },
    mend: |record, rest| {
        let values = rest.trim_ascii();
        let is_quoted = values.is_empty() || values.starts_with(b"\"") && values.ends_with(b"\"");
        let is_even = memchr::memchr_iter(b'"', values).count().is_multiple_of(2);
        // No quote of a client is bare: one in a value is the writer's, of a line that has other values.
        if is_quoted
            && !is_written(record, b'"')
            && record.host.is_none_or(|host| !host.contains(&b'"'))
            && is_even
            && record.client.is_some_and(is_address)
            && record.time.is_some()
            && record.method.is_some()
        {
            Ok(())
        } else {
            Err("the address of a client, a time and a request, and values in quotes behind the agent")
        }
    },
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn every_value_is_in_quotes() {
        let example = GCORE_CDN.example();
        let short = example.split(" \"2726\"").next().unwrap();
        let request = GCORE_CDN.parse(example.as_bytes()).unwrap().unwrap();
        assert_eq!((request.host, request.duration), (Some(&b"cdn.shop.example"[..]), Some(317_000_000)));
        assert_eq!((request.scheme, request.upstream), (Some(&b"https"[..]), Some(&b"198.51.100.4:80"[..])));
        for line in [example, short] {
            let record = GCORE_CDN.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.agent), (Some(&b"192.0.2.7"[..]), Some(&b"Mozilla/5.0"[..])), "{line}");
            assert_eq!((record.target, record.status, record.bytes), (Some(&b"/a?b=1"[..]), Some(200), Some(2326)));
            assert_eq!(record.time.map(Time::seconds), Some(1_714_521_735));
        }
        for (of, by) in [
            ("\"192.0.2.7\"", "\"nobody\""),
            (" \"2726\"", " 2726"),
            ("\"443\" \"200\"", "\"443\" 200"),
            ("\"[01/May", "\"x [01/May"),
            ("\"GET /a?b=1 HTTP/1.1\"", "\"hello\""),
        ] {
            let line = example.replacen(of, by, 1);
            let read = GCORE_CDN.parse(line.as_bytes());
            assert!(read.is_err(), "{line} is {read:?}");
        }
    }
}
