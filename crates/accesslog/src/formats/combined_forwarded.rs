//! The common and the combined format behind the list of those that forwarded: `%{X-Forwarded-For}i %h %l %u %t ...`.
//!
//! The list is the client's to write, and stands without quotes: each of its items must be an address, and the user one word, or
//! else who asked is not known and the line is no record. Where nobody forwarded there is a dash. A host by its address, in a log
//! of many hosts, looks the same as a list of one; the client is the second word either way.

use crate::Fault;
use crate::address::is_address;
use crate::grammar::{ONE_WAY, time_stamp};
use crate::layout::{Dialect, Divider, Laid, Layouts, Plan};

/// `forwarded client - user [time] "request" status bytes`, with a referer and an agent or without.
pub(crate) static COMBINED_FORWARDED: Laid = Laid::new(Plan {
    name: "combined_forwarded",
    aliases: &[],
    about: "Common or combined format behind the list of X-Forwarded-For",
    example: r#"198.51.100.4, 203.0.113.9 192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a?b=1 HTTP/1.1" 200 2326 "-" "Mozilla/5.0""#,
    layouts: || {
        let common =
            r#"$http_x_forwarded_for $remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent"#;
        Layouts::of(Dialect::Nginx, [format!(r#"{common} "$http_referer" "$http_user_agent""#), common.to_owned()])
    },
    mend: |record, _| {
        let is_item = |item: &[u8]| is_address(item.trim_ascii());
        let is_list = record.forwarded.is_none_or(|list| list.split(|byte| *byte == b',').all(is_item));
        let is_user = record.user.is_none_or(|user| !user.iter().any(|byte| matches!(byte, b' ' | b'[' | b']')));
        if is_list && is_user && record.client.is_some_and(is_address) && record.time.is_some() {
            Ok(())
        } else {
            Err("a list of addresses, the address of a client, a user of one word and a time")
        }
    },
    divider: Some(Divider::counted(b'"', &[2, 6])),
    // Whatever else a line begins with was written by a client: to read it otherwise would be to take its word.
    judge: |line, read| {
        read.map_err(|fault| match time_stamp(line) {
            Some(_) => Fault { expected: ONE_WAY, ..fault },
            None => fault,
        })
    },
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn the_client_stands_behind_those_that_forwarded() {
        let example = COMBINED_FORWARDED.example();
        for (line, forwarded) in [
            (example.to_owned(), Some(&b"198.51.100.4, 203.0.113.9"[..])),
            (example.replace(", 203.0.113.9", ""), Some(b"198.51.100.4")),
            (example.replace("198.51.100.4, 203.0.113.9", "-"), None),
            (example.replace(r#" "-" "Mozilla/5.0""#, ""), Some(b"198.51.100.4, 203.0.113.9")),
        ] {
            let record = COMBINED_FORWARDED.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.forwarded), (Some(&b"192.0.2.7"[..]), forwarded), "{line}");
            assert_eq!((record.target, record.status, record.bytes), (Some(&b"/a?b=1"[..]), Some(200), Some(2326)));
            let reading = crate::recognise(line.as_bytes()).reading.unwrap();
            assert_eq!(reading.format.name(), "combined_forwarded", "{line}");
        }
    }

    #[test]
    fn what_a_client_wrote_is_no_client_and_ends_nothing() {
        let example = COMBINED_FORWARDED.example();
        for (of, by) in [
            ("198.51.100.4, 203.0.113.9", "198.51.100.4 203.0.113.9"),
            ("198.51.100.4, 203.0.113.9", "198.51.100.4 203.0.113.9 - -"),
            (
                "198.51.100.4, 203.0.113.9",
                r#"198.51.100.4 203.0.113.9 - - [10/Oct/2000:13:55:36 -0700] "GET /b" 404 7"#,
            ),
            ("198.51.100.4, 203.0.113.9", "unknown"),
            ("/a?b=1", r#"/a" 404 7 "x"#),
            ("/a?b=1", r#"/a" 404 7 "-" "x"#),
            ("Mozilla/5.0", r#"x" "y"#),
            ("198.51.100.4, 203.0.113.9 ", ""),
        ] {
            let line = example.replacen(of, by, 1);
            let read = COMBINED_FORWARDED.parse(line.as_bytes());
            assert!(read.is_err(), "{line} is {read:?}");
        }
    }
}
