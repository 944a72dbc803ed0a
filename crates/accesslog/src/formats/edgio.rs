//! The raw logs of Edgio's caches, which were Edgecast's and Verizon's: columns of a W3C log whose time is a Unix time.
//!
//! The first line of a file names the columns in the order that they have by themselves ("Default Log File Format" in the service's
//! guide). The status of the cache and that of the answer stand together (`TCP_HIT/200`), the target is absolute, and milliseconds are
//! how long it took. How a quote is written that a client sent is not said: a line with more of them than six is no record.

use super::absolute::{absolute, name_authority};
use crate::address::is_address;
use crate::layout::{Dialect, Divider, Laid, Layouts, Plan};

/// `time milliseconds client size server port CACHE/status bytes METHOD target - ... "referer" "agent" customer "custom"`.
pub(crate) static EDGIO: Laid = Laid::new(Plan {
    name: "edgio",
    aliases: &["edgecast", "verizon_cdn"],
    about: "Edgio (Edgecast) CDN raw log",
    example: r#"1714521735 12 192.0.2.7 2326 198.51.100.4 80 TCP_HIT/200 2326 GET http://shop.example/a?b=1 - 0 412 "https://shop.example/" "Mozilla/5.0" 11111 "-""#,
    layouts: || {
        let head = "$msec $request_time_ms $remote_addr $_word $server_addr $server_port $_cache/$status $bytes_sent";
        let tail = r#"- $_word $_word "$http_referer" "$http_user_agent" $_word"#;
        let whole = format!("{head} $request_method $request_uri {tail}");
        Layouts::of(Dialect::Nginx, [format!(r#"{whole} "$_custom""#), whole])
    },
    mend: |record, _| {
        let is_method = record.method.is_some_and(|method| method.iter().all(u8::is_ascii_uppercase));
        let is_absolute = record.target.is_some_and(|target| absolute(target).is_some());
        if is_method && is_absolute && record.client.is_some_and(is_address) && record.time.is_some() {
            name_authority(record);
            Ok(())
        } else {
            Err("a Unix time, the address of a client, a method and an absolute target")
        }
    },
    divider: Some(Divider::counted(b'"', &[4, 6])),
    judge: |line, read| if line.starts_with(b"#Fields: timestamp time-taken c-ip ") { Ok(None) } else { read },
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn the_caches_status_and_the_answers_stand_together() {
        let example = EDGIO.example();
        for line in [example.to_owned(), example.replace(r#" 11111 "-""#, " 11111")] {
            let record = EDGIO.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.host), (Some(&b"192.0.2.7"[..]), Some(&b"shop.example"[..])), "{line}");
            assert_eq!((record.target, record.status), (Some(&b"http://shop.example/a?b=1"[..]), Some(200)));
            assert_eq!((record.bytes, record.duration), (Some(2326), Some(12_000_000)));
            assert_eq!(
                (record.agent, record.referer),
                (Some(&b"Mozilla/5.0"[..]), Some(&b"https://shop.example/"[..]))
            );
            assert_eq!(record.time.map(Time::seconds), Some(1_714_521_735));
        }
        let header = "#Fields: timestamp time-taken c-ip filesize s-ip s-port sc-status sc-bytes cs-method cs-uri-stem - rs-duration rs-bytes c-referrer c-user-agent customer-id x-ec_custom-1";
        assert_eq!(EDGIO.parse(header.as_bytes()), Ok(None));
    }

    #[test]
    fn what_a_client_wrote_ends_nothing() {
        let example = EDGIO.example();
        for (of, by) in [
            ("Mozilla/5.0", r#"x" 1 "y"#),
            ("/a?b=1", r#"/a - 0 1 "-" "x" 1"#),
            ("192.0.2.7", "nobody"),
            ("http://shop.example", ""),
            ("TCP_HIT/200", "200"),
        ] {
            let line = example.replacen(of, by, 1);
            assert!(EDGIO.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
