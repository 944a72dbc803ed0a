//! Sonatype Nexus' `request.log`: the common format, then milliseconds and the agent.
//!
//! Version 3 has the size of what was received before that of the answer, and the name of a thread in brackets at the end.
//! Nothing is escaped: a line with a quote that a client wrote may be read in two ways, and is no record.

use crate::grammar::{ONE_WAY, is_written};
use crate::layout::{Dialect, Laid, Layouts, Plan};

/// `client - user [time] "request" status received bytes milliseconds "agent" [thread]`.
pub(crate) static NEXUS: Laid = Laid::new(Plan {
    name: "nexus",
    aliases: &[],
    about: "Sonatype Nexus request.log",
    example: r#"192.0.2.7 - admin [01/May/2024:00:02:15 +0000] "GET /repository/a HTTP/1.1" 200 - 2326 12 "curl/8.5" [qtp1804379080-42]"#,
    layouts: || {
        let head = r#"$remote_addr $remote_ident $remote_user [$time_local] "$request" $status"#;
        let tail = r#"$bytes_sent $request_time_ms "$http_user_agent""#;
        Layouts::of(Dialect::Nginx, [format!("{head} $_word {tail} [$_word]"), format!("{head} {tail}")])
    },
    mend: |record, _| match record.duration {
        _ if is_written(record, b'"') => Err(ONE_WAY),
        Some(_) => Ok(()),
        None => Err("milliseconds"),
    },
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn quotes_that_a_client_wrote_begin_nothing() {
        let example = NEXUS.example();
        for (of, forged) in [
            ("/a HTTP/1.1", "/a HTTP/1.1\" 404 - 5 1 \"x\" [y]"),
            ("curl/8.5", "x\" [y] \"z"),
            ("curl/8.5", "a\"b"),
            ("admin", "a [01/May/2024:00:02:15 +0000] \"GET /b HTTP/1.1\" 404 - 5 1 \"x\" [y]"),
        ] {
            let line = example.replacen(of, forged, 1);
            let read = NEXUS.parse(line.as_bytes());
            assert!(read.is_err(), "{line} is {read:?}");
        }
        // A combined line whose agent holds the end of another is none of these.
        let line =
            r#"192.0.2.7 - - [01/May/2024:00:02:15 +0000] "GET /a" 200 5 - HTTP/1.1" 404 7 "" " [x]" "" 200 5 "a:80""#;
        assert!(NEXUS.parse(line.as_bytes()).is_err());
    }

    #[test]
    fn sizes_and_milliseconds_stand_behind_the_status() {
        let example = NEXUS.example();
        let before =
            r#"192.0.2.7 - admin [01/May/2024:00:02:15 +0000] "GET /repository/a HTTP/1.1" 200 2326 12 "curl/8.5""#;
        for line in [example, before] {
            let record = NEXUS.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.user, record.status), (Some(&b"admin"[..]), Some(200)), "{line}");
            assert_eq!((record.bytes, record.duration), (Some(2326), Some(12_000_000)));
            assert_eq!(record.agent, Some(&b"curl/8.5"[..]));
        }
        assert!(NEXUS.parse(before.replace(" 12 \"curl/8.5\"", "").as_bytes()).is_err());
    }
}
