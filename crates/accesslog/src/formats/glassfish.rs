//! GlassFish's and Payara's access log: the common format with its texts in quotes, the time included.
//!
//! `%client.name% %auth-user-name% %datetime% %request% %status% %response.length%` is what is set where nobody sets it; nobody
//! who logged in is `NULL-AUTH-USER`, and other values that are missing have words that begin so. Nothing is escaped: a line with a quote that a client wrote is no record.

use crate::grammar::{ONE_WAY, is_written};
use crate::layout::{Dialect, Divider, Laid, Layouts, Plan};

/// `"client" "user" "time" "request" status bytes`.
pub(crate) static GLASSFISH: Laid = Laid::new(Plan {
    name: "glassfish",
    aliases: &["payara"],
    about: "GlassFish and Payara access log",
    example: r#""192.0.2.7" "NULL-AUTH-USER" "01/May/2024:00:02:15 +0000" "GET /a?b=1 HTTP/1.1" 200 2326"#,
    layouts: || {
        let layout = r#""$remote_addr" "$remote_user" "$time_local" "$request" $status $body_bytes_sent"#;
        let longer = [r#" "$http_referer" "$http_user_agent""#, r#" "$http_user_agent""#, " $request_time_ms"];
        let longer = longer.map(|tail| format!("{layout}{tail}"));
        Layouts::of(Dialect::Nginx, [layout.to_owned()].into_iter().chain(longer))
    },
    mend: |record, _| {
        if is_written(record, b'"') {
            return Err(ONE_WAY);
        }
        let told = |value: &&[u8]| !value.starts_with(b"NULL-");
        record.user = record.user.filter(told);
        record.referer = record.referer.filter(told);
        record.agent = record.agent.filter(told);
        let is_word = record.client.is_some_and(|client| !client.is_empty() && !client.contains(&b' '));
        if is_word && record.time.is_some() && record.method.is_some() {
            Ok(())
        } else {
            Err("a client, a time and a request")
        }
    },
    divider: Some(Divider::counted(b'"', &[8, 10, 12])),
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn all_texts_are_in_quotes() {
        let example = GLASSFISH.example();
        for (line, user, agent) in [
            (example.to_owned(), None, None),
            (example.replace("NULL-AUTH-USER", "bob"), Some(&b"bob"[..]), None),
            (format!(r#"{example} "-" "curl/8.5""#), None, Some(&b"curl/8.5"[..])),
            (format!(r#"{example} "NULL-REFERER" "curl/8.5""#), None, Some(&b"curl/8.5"[..])),
            (format!(r#"{example} "curl/8.5""#), None, Some(&b"curl/8.5"[..])),
            (format!("{example} 12"), None, None),
        ] {
            let record = GLASSFISH.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.user, record.agent), (Some(&b"192.0.2.7"[..]), user, agent), "{line}");
            assert_eq!((record.target, record.status), (Some(&b"/a?b=1"[..]), Some(200)));
            assert_eq!((record.bytes, record.time.map(Time::seconds)), (Some(2326), Some(1_714_521_735)));
        }
    }

    #[test]
    fn what_a_client_wrote_ends_nothing() {
        let example = GLASSFISH.example();
        for line in [
            example.replace("/a?b=1", r#"/a" 404 7 "#),
            example.replace("/a?b=1", r#"/a" 404 7 "-" "#),
            example.replace("NULL-AUTH-USER", r#"a" "01/May/2024:00:02:15 +0000" "GET /b" 404 7 ""#),
            example.replace("192.0.2.7", "192.0.2.7 x"),
            format!("{example} x"),
        ] {
            assert!(GLASSFISH.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
