//! Gcore's log of its network of caches: nginx with every value in quotes, the time in brackets within.
//!
//! What stands behind the agent has grown over the years and is left alone. nginx escapes the quotes of a client, so quotes stand
//! in pairs.

use crate::address::is_address;
use crate::layout::{Dialect, Laid, Layouts, Plan, Tail};

/// `"client" "-" "user" "[time]" "request" "status" "bytes" "referer" "agent"`, and more values in quotes.
pub(crate) static GCORE_CDN: Laid = Laid::new(Plan {
    name: "gcore_cdn",
    aliases: &["gcore"],
    about: "Gcore CDN log",
    example: r#""192.0.2.7" "-" "-" "[01/May/2024:00:02:15 +0000]" "GET /a?b=1 HTTP/1.1" "200" "2326" "https://shop.example/" "Mozilla/5.0" "2726" "-" "[dh-up-gc18]" "https" "cdn.shop.example" "0.317""#,
    layouts: || {
        let layout = r#""$remote_addr" "$remote_ident" "$remote_user" "[$time_local]" "$request" "$status" "$body_bytes_sent" "$http_referer" "$http_user_agent""#;
        Layouts::of(Dialect::Nginx, [layout]).with_tail(Tail::Anything)
    },
    mend: |record, rest| {
        let values = rest.trim_ascii();
        let is_quoted = values.is_empty() || values.starts_with(b"\"") && values.ends_with(b"\"");
        let is_even = memchr::memchr_iter(b'"', values).count().is_multiple_of(2);
        if is_quoted
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
        for line in [example, short] {
            let record = GCORE_CDN.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.agent), (Some(&b"192.0.2.7"[..]), Some(&b"Mozilla/5.0"[..])), "{line}");
            assert_eq!((record.target, record.status, record.bytes), (Some(&b"/a?b=1"[..]), Some(200), Some(2326)));
            assert_eq!(record.time.map(Time::seconds), Some(1_714_521_735));
        }
        for (of, by) in [
            ("\"192.0.2.7\"", "\"nobody\""),
            (" \"2726\"", " 2726"),
            ("\"0.317\"", "0.317"),
            ("\"[01/May", "\"x [01/May"),
            ("\"GET /a?b=1 HTTP/1.1\"", "\"hello\""),
        ] {
            let line = example.replacen(of, by, 1);
            let read = GCORE_CDN.parse(line.as_bytes());
            assert!(read.is_err(), "{line} is {read:?}");
        }
    }
}
