//! Synapse, the server of Matrix: who asked, how long it took, what was sent, and the request.
//!
//! The line stands behind the prefix of Python's logger, whose time is that of the record. The client is the one that a proxy
//! names, where Synapse is told to believe it. A status with an exclamation mark is of an answer that was not sent whole. Nothing
//! is escaped: a line with a quote that a client wrote is no record.

use crate::address::is_address;
use crate::layout::{Dialect, Divider, Laid, Layouts, Plan};

/// `client - site - {user} Processed request: seconds/... (...) (...) bytesB status "request" "agent" [n dbevts]`.
pub(crate) static SYNAPSE: Laid = Laid::new(Plan {
    name: "synapse",
    aliases: &["matrix"],
    about: "Matrix Synapse request log",
    example: r#"192.0.2.7 - 8008 - {@bob:shop.example} Processed request: 0.012sec/0.001sec (0.001sec, 0.000sec) (0.001sec/0.002sec/3) 2326B 200 "GET /a?b=1 HTTP/1.1" "Mozilla/5.0" [0 dbevts]"#,
    layouts: || {
        let head = "$remote_addr - $_site - {$remote_user} Processed request: ${request_time}sec$_sent";
        let tail = r#""$request" "$http_user_agent" [$_count dbevts]"#;
        // Newer versions name what was used.
        let usages = ["($_usage)", "ru=($_usage)"];
        let whole = usages.map(|usage| format!("{head} {usage} ${{body_bytes_sent}}B $status {tail}"));
        let broken = usages.map(|usage| format!("{head} {usage} ${{body_bytes_sent}}B ${{status}}! {tail}"));
        Layouts::of(Dialect::Nginx, whole.into_iter().chain(broken))
    },
    mend: |record, _| {
        record.user = record.user.filter(|user| *user != b"None");
        if record.client.is_some_and(is_address) && record.method.is_some() {
            Ok(())
        } else {
            Err("the address of a client, and a request")
        }
    },
    divider: Some(Divider::counted(b'"', &[4])),
    holds: b" Processed request: ",
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn versions_differ_in_what_was_used() {
        let example = SYNAPSE.example();
        for (line, user) in [
            (example.to_owned(), Some(&b"@bob:shop.example"[..])),
            (example.replace("@bob:shop.example", "None"), None),
            (example.replace(" 200 ", " 200! "), Some(b"@bob:shop.example")),
            (example.replace("sec (0", "sec ru=(0").replace(") (0", ") db=(0"), Some(b"@bob:shop.example")),
            (example.replace("/0.001sec (", " ("), Some(b"@bob:shop.example")),
        ] {
            let record = SYNAPSE.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.user), (Some(&b"192.0.2.7"[..]), user), "{line}");
            assert_eq!((record.target, record.status), (Some(&b"/a?b=1"[..]), Some(200)));
            assert_eq!((record.bytes, record.duration), (Some(2326), Some(12_000_000)));
            assert_eq!(record.agent, Some(&b"Mozilla/5.0"[..]));
        }
    }

    #[test]
    fn the_prefix_has_the_time() {
        let line = format!(
            "2024-05-01 00:02:15,123 - synapse.access.http.8008 - 448 - INFO - GET-123 - {}\n",
            SYNAPSE.example()
        );
        let reading = crate::recognise(line.as_bytes()).reading.unwrap();
        assert_eq!((reading.format.name(), reading.wrapping), ("synapse", crate::Wrapping::Stamped));
    }

    #[test]
    fn what_a_client_wrote_ends_nothing() {
        let example = SYNAPSE.example();
        for line in [
            example.replace("Mozilla/5.0", r#"x" [0 dbevts] "y"#),
            example.replace("/a?b=1", r#"/a" "x" [0 dbevts]"#),
            example.replace("192.0.2.7", "nobody"),
            example.replace("dbevts", "events"),
        ] {
            assert!(SYNAPSE.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
