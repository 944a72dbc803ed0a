//! Common and combined lines without a time, as servers write them whose output is stamped by somebody else: journald, a
//! syslog daemon, a container engine.
//!
//! The time is that of the wrapping, if it has one with a year. What stands behind the agent, or behind the size, is left alone.

use crate::Fault;
use crate::address::is_address;
use crate::grammar::{ONE_WAY, fault, size, status, time_stamp};
use crate::layout::{Dialect, Laid, Layouts, Plan};

/// How many places look like the end of a request: a quote that nothing escapes, a status, and a size.
fn request_ends(line: &[u8]) -> usize {
    let is_end = |at: &usize| {
        let is_escaped = line[..*at].ends_with(b"\\");
        let behind = line[at + 1..].strip_prefix(b" ").and_then(status).and_then(|(_, rest)| rest.strip_prefix(b" "));
        !is_escaped && behind.and_then(size).is_some()
    };
    memchr::memchr_iter(b'"', line).filter(is_end).count()
}

/// `client ident user "request" status bytes`, with a referer and an agent behind it or not.
pub(crate) static COMMON_UNDATED: Laid = Laid::new(Plan {
    name: "common_undated",
    aliases: &["combined_undated"],
    about: "Common or combined lines without a time",
    example: r#"192.0.2.7 - - "GET /a?b=1 HTTP/1.1" 200 2326 "https://shop.example/" "Mozilla/5.0""#,
    layouts: || {
        let common = r#"$remote_addr $remote_ident $remote_user "$request" $status $body_bytes_sent"#;
        let combined = format!(r#"{common} "$http_referer" "$http_user_agent""#);
        let more = |layout: &str| format!("{layout} $_more");
        // Harbor's proxy writes no user.
        let harbor = r#"$remote_addr - "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_time $upstream_response_time $_word"#;
        let layouts = [more(&combined), combined, more(common), common.to_owned(), harbor.to_owned()];
        Layouts::of(Dialect::Nginx, layouts)
    },
    mend: |record, _| {
        // A user with a bracket or a blank is a time, in brackets or not, and whatever stands before it.
        let is_user = record.user.is_none_or(|user| !user.iter().any(|byte| matches!(byte, b'[' | b' ')));
        // A status that is not there is the gap between two blanks that a client wrote.
        let is_answered = record.status.is_some();
        if is_user && is_answered && record.client.is_some_and(is_address) && record.method.is_some() {
            Ok(())
        } else {
            Err("the address of a client, a request, and a status")
        }
    },
    judge: |line, read| {
        // Behind a request that follows the user at once, a client wrote what looks like a time, or like another end of it.
        let begins_undated = || line.splitn(4, |byte| *byte == b' ').nth(3).is_some_and(|rest| rest.starts_with(b"\""));
        match time_stamp(line) {
            _ if 1 < request_ends(line) && begins_undated() => Err(Fault { at: 0, expected: ONE_WAY }),
            Some(_) if begins_undated() => Err(Fault { at: 0, expected: ONE_WAY }),
            // Where a time stands, the line is a dated one, and a client may have written all else that is read of it.
            Some((_, _, rest)) => Err(fault(line, rest, "a line without a time")),
            None => read,
        }
    },
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, recognise};

    #[test]
    fn the_wrapping_has_the_time() {
        let example = COMMON_UNDATED.example();
        for (line, agent) in [
            (example.to_owned(), Some(&b"Mozilla/5.0"[..])),
            (format!("{example} 0.012"), Some(&b"Mozilla/5.0"[..])),
            (example.split(" \"https").next().unwrap().to_owned(), None),
            (example.split(" \"https").next().unwrap().to_owned() + " 4.386", None),
            (format!("Mar 24 14:02:50 web1 tomcat.log: {example}"), Some(&b"Mozilla/5.0"[..])),
            (format!("2024-05-01T00:02:15Z stdout F {example}"), Some(&b"Mozilla/5.0"[..])),
        ] {
            let reading = recognise(line.as_bytes()).reading.unwrap();
            assert_eq!(reading.format.name(), "common_undated", "{line}");
            let mut scratch = Vec::new();
            let inner = reading.wrapping.unwrap(line.as_bytes(), &mut scratch).unwrap();
            let record = COMMON_UNDATED.parse(inner.text).unwrap().unwrap();
            assert_eq!((record.client, record.target), (Some(&b"192.0.2.7"[..]), Some(&b"/a?b=1"[..])), "{line}");
            assert_eq!((record.status, record.bytes, record.agent), (Some(200), Some(2326), agent), "{line}");
        }
    }

    #[test]
    fn what_looks_like_another_end_or_a_time_makes_a_line_ambiguous() {
        for line in [
            r#"192.0.2.7 - - "GET /a" 404 7 "x HTTP/1.1" 200 2326 "-" "y""#,
            r#"192.0.2.7 - - "GET /a [10/Oct/2000:13:55:36 -0700] "GET /b HTTP/1.1" 404 7 "-" "x" HTTP/1.1" 200 2326"#,
            r#"192.0.2.7 - - "GET /a HTTP/1.1" 200 2326 "-" "x" 404 7 "y""#,
        ] {
            assert_eq!(COMMON_UNDATED.parse(line.as_bytes()).unwrap_err().expected, ONE_WAY, "{line}");
        }
        let escaped = br#"192.0.2.7 - - "GET /a\" 404 7 HTTP/1.1" 200 2326 "-" "y""#;
        assert_eq!(COMMON_UNDATED.parse(escaped).unwrap().unwrap().status, Some(200));
    }

    #[test]
    fn harbor_names_no_user() {
        let line = r#"192.0.2.7 - "GET /a?b=1 HTTP/1.1" 200 2326 "-" "curl/8.5" 0.002 0.001 ."#;
        let record = COMMON_UNDATED.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.client, record.target), (Some(&b"192.0.2.7"[..]), Some(&b"/a?b=1"[..])));
        assert_eq!((record.status, record.bytes, record.duration), (Some(200), Some(2326), Some(2_000_000)));
        assert!(COMMON_UNDATED.parse(line.replace(" 0.001 .", "").as_bytes()).is_err());
    }

    #[test]
    fn what_is_no_request_of_a_client_is_none() {
        for line in [
            r#"web1 - - "GET /a HTTP/1.1" 200 2326"#,
            r#"192.0.2.7 - - "started" 200 2326"#,
            r#"192.0.2.7 - - "GET /a HTTP/1.1" ok"#,
            r#"192.0.2.7 - - "GET /a"  404 7  HTTP/1.1" 200 2326 "-" "x""#,
            r#"192.0.2.7 - - 01/May/2024:00:02:15 +0000 "GET /a HTTP/1.1" 200 2326 "-" "x""#,
            r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2326"#,
            r#"192.0.2.7 - ] "GET / HTTP/1.1" 200 5 [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 404 7"#,
            r#"192.0.2.7 - " 200 5 "-" " [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 5 HTTP/1.1" 404 7 "\" """#,
        ] {
            assert!(COMMON_UNDATED.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
