//! Sonatype Nexus' `request.log`: the common format, then milliseconds and the agent.
//!
//! Version 3 has the size of what was received before that of the answer, and the name of a thread in brackets at the end.

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
        Layouts::of(Dialect::Nginx, [format!("{head} $_received {tail} [$_thread]"), format!("{head} {tail}")])
    },
    mend: |record, _| match record.duration {
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
