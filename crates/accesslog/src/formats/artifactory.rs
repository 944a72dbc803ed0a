//! Artifactory's log of requests: columns with bars between.
//!
//! Since version 7 the time has a zone and the agent stands at the end; before, a local time of fourteen digits, how long the
//! request took, and its kind come first. Nothing is escaped: a line with a bar that a client wrote may be read in two ways, and
//! is no record.

use crate::address::is_address;
use crate::grammar::{ONE_WAY, is_written};
use crate::layout::{Dialect, Divider, Laid, Layouts, Plan};

/// `time|trace|client|user|METHOD|target|status|length|bytes|milliseconds|agent`.
pub(crate) static ARTIFACTORY: Laid = Laid::new(Plan {
    name: "artifactory",
    aliases: &[],
    about: "JFrog Artifactory request log",
    example: r#"2024-05-01T00:02:15.250Z|3d2f1a8bc7|192.0.2.7|reports|GET|/api/storage/a?b=1|200|-1|2326|12|JFrog-CLI/2.0"#,
    layouts: || {
        let now = "$time_iso8601|$request_id|$remote_addr|$remote_user|$request_method|$request_uri|$status|$_length|$body_bytes_sent|$request_time_ms|$http_user_agent";
        let old = "${time:%Y%m%d%H%M%S}|$request_time_ms|$_kind|$remote_addr|$remote_user|$request_method|$request_uri|$server_protocol|$status|$body_bytes_sent";
        Layouts::of(Dialect::Nginx, [now, old])
    },
    mend: |record, _| {
        record.user = record.user.filter(|user| *user != b"non_authenticated_user");
        match (record.client.is_some_and(is_address), record.method) {
            _ if is_written(record, b'|') => Err(ONE_WAY),
            (true, Some(method)) if method.iter().all(u8::is_ascii_uppercase) => Ok(()),
            _ => Err("the address of a client, and a method"),
        }
    },
    divider: Some(Divider::counted(b'|', &[9, 10])),
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn columns_that_a_client_wrote_are_no_columns() {
        let before = "20240501000215|12|REQUEST|192.0.2.7|reports|GET|/api/storage/a?b=1|HTTP/1.1|200|2326";
        for (line, of, columns) in [
            (ARTIFACTORY.example(), "reports", "|GET|/b|404|-1|5|1|x"),
            (ARTIFACTORY.example(), "/api/storage/a?b=1", "|404|-1|5|1|x"),
            (ARTIFACTORY.example(), "JFrog-CLI/2.0", "|x"),
            (before, "reports", "|GET|/b|HTTP/1.1|404|5"),
            (before, "/api/storage/a?b=1", "|HTTP/1.1|404|5"),
        ] {
            let forged = line.replacen(of, &format!("{of}{columns}"), 1);
            let read = ARTIFACTORY.parse(forged.as_bytes());
            assert!(read.is_err(), "{forged} is {read:?}");
        }
    }

    #[test]
    fn a_line_with_bars_of_a_client_is_no_other_format() {
        let forged = r#"/a|x [01/May/2024:00:02:15 +0000] "GET /b HTTP/1.1" 404 7 "-" "x""#;
        let line = ARTIFACTORY.example().replace("/api/storage/a?b=1", forged);
        assert_eq!(ARTIFACTORY.parse(line.as_bytes()).unwrap_err().expected, ONE_WAY);
    }

    #[test]
    fn two_versions_hold_the_same() {
        let before = "20240501000215|12|REQUEST|192.0.2.7|reports|GET|/api/storage/a?b=1|HTTP/1.1|200|2326";
        for line in [ARTIFACTORY.example(), before] {
            let record = ARTIFACTORY.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.user), (Some(&b"192.0.2.7"[..]), Some(&b"reports"[..])), "{line}");
            assert_eq!((record.target, record.status), (Some(&b"/api/storage/a?b=1"[..]), Some(200)));
            assert_eq!((record.bytes, record.duration), (Some(2326), Some(12_000_000)));
            assert_eq!(record.time.map(Time::seconds), Some(1_714_521_735));
        }
        let line = before.replace("|reports|", "|non_authenticated_user|");
        assert_eq!(ARTIFACTORY.parse(line.as_bytes()).unwrap().unwrap().user, None);
        assert!(ARTIFACTORY.parse(b"20240501000215|12|ACCEPTED LOGIN|192.0.2.7|reports").is_err());
    }
}
