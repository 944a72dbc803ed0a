//! The combined format with the host that was asked for between the time and the request: `[$time_local] $host "$request"`.
//!
//! Many a configuration of nginx puts it there, without quotes. A user with a blank or a bracket, and a line with more quotes than
//! six, may have been written by a client to be read otherwise: neither is a record.

use crate::address::is_address;
use crate::grammar::{ONE_WAY, is_written};
use crate::layout::{Dialect, Divider, Laid, Layouts, Plan};

/// `client ident user [time] host "request" status bytes "referer" "agent"`, and the list of those that forwarded or not.
pub(crate) static COMBINED_HOST: Laid = Laid::new(Plan {
    name: "combined_host",
    aliases: &[],
    about: "Combined format with the host before the request",
    example: r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] shop.example "GET /a?b=1 HTTP/1.1" 200 2326 "https://shop.example/" "Mozilla/5.0""#,
    layouts: || {
        let combined = r#"$remote_addr $remote_ident $remote_user [$time_local] $host "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#;
        let timed = format!("{combined} $request_time");
        let forwarded = format!(r#"{combined} "$http_x_forwarded_for""#);
        Layouts::of(Dialect::Nginx, [combined.to_owned(), timed, forwarded])
    },
    mend: |record, _| {
        if is_written(record, b'"') {
            return Err(ONE_WAY);
        }
        let is_user = record.user.is_none_or(|user| !user.iter().any(|byte| matches!(byte, b' ' | b'[' | b']')));
        let is_host = record
            .host
            .is_none_or(|host| host.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-:".contains(byte)));
        if is_user && is_host && record.client.is_some_and(is_address) && record.time.is_some() {
            Ok(())
        } else {
            Err("the address of a client, a user of one word, a time and a host")
        }
    },
    divider: Some(Divider::counted(b'"', &[6, 8])),
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn the_host_stands_before_the_request() {
        let example = COMBINED_HOST.example();
        for (line, forwarded, duration) in [
            (example.to_owned(), None, None),
            (format!("{example} 0.042"), None, Some(42_000_000)),
            (format!("{example} \"198.51.100.4, 10.0.0.1\""), Some(&b"198.51.100.4, 10.0.0.1"[..]), None),
        ] {
            let record = COMBINED_HOST.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.host), (Some(&b"192.0.2.7"[..]), Some(&b"shop.example"[..])), "{line}");
            assert_eq!((record.target, record.status), (Some(&b"/a?b=1"[..]), Some(200)));
            assert_eq!((record.agent, record.forwarded), (Some(&b"Mozilla/5.0"[..]), forwarded));
            assert_eq!((record.bytes, record.duration), (Some(2326), duration));
        }
    }

    #[test]
    fn what_a_client_wrote_is_no_host_and_ends_nothing() {
        let example = COMBINED_HOST.example();
        for (of, by) in [
            ("shop.example ", ""),
            ("shop.example ", "] "),
            ("- - [", "- a b ["),
            ("- - [", r#"- x [10/Oct/2000:13:55:36 -0700] y "GET /b" 404 7 "-" "-" ["#),
            ("/a?b=1", r#"/a" 404 7 "x"#),
            ("Mozilla/5.0", r#"x" 0.1 "y"#),
            ("192.0.2.7", "nobody"),
        ] {
            let line = example.replacen(of, by, 1);
            let read = COMBINED_HOST.parse(line.as_bytes());
            assert!(read.is_err(), "{line} is {read:?}");
        }
    }
}
