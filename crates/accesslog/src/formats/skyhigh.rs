//! The access log of Skyhigh's Secure Web Gateway, which was McAfee's: what a proxy let through, and of which kind it was.
//!
//! The first line of a file names the columns (`#time_stamp "auth_user" src_ip status_code "req_line" ...`). Newer files have the bytes
//! from the client, and the application at the end. Nothing is escaped: a line with more quotes than its columns have is no record.

use crate::address::is_address;
use crate::grammar::{ONE_WAY, is_written};
use crate::layout::{Dialect, Divider, Laid, Layouts, Plan};

/// `[time] "user" client status "request" "categories" "reputation" "type" bytes "agent" "virus" "block"`.
pub(crate) static SKYHIGH: Laid = Laid::new(Plan {
    name: "skyhigh",
    aliases: &["mcafee_webgateway", "mwg"],
    about: "Skyhigh (McAfee) Secure Web Gateway access log",
    example: r#"[01/May/2024:00:02:15 +0000] "bob" 192.0.2.7 200 "GET http://shop.example/a?b=1 HTTP/1.1" "Business" "Minimal Risk" "text/html" 2326 "Mozilla/5.0" "" "0""#,
    layouts: || {
        let head =
            r#"[$time_local] "$remote_user" $remote_addr $status "$request" "$_categories" "$_reputation" "$_type""#;
        let tail = r#""$http_user_agent" "$_virus" "$_block""#;
        let old = format!("{head} $body_bytes_sent {tail}");
        let new = format!("{head} $body_bytes_sent $request_length {tail}");
        let named = format!(r#"{new} "$_application""#);
        Layouts::of(Dialect::Nginx, [old, named, new])
    },
    mend: |record, _| {
        if is_written(record, b'"') {
            return Err(ONE_WAY);
        }
        record.user = record.user.filter(|user| !user.is_empty());
        record.agent = record.agent.filter(|agent| !agent.is_empty());
        if record.client.is_some_and(is_address) && record.method.is_some() && record.time.is_some() {
            Ok(())
        } else {
            Err("a time, the address of a client, and a request")
        }
    },
    divider: Some(Divider::counted(b'"', &[16, 18])),
    judge: |line, read| if line.starts_with(b"#time_stamp ") { Ok(None) } else { read },
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn newer_files_have_more_columns() {
        let example = SKYHIGH.example();
        let new = example.replace(" 2326 ", " 2326 412 ");
        for line in [example.to_owned(), new.clone(), format!(r#"{new} "Shop""#)] {
            let record = SKYHIGH.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.user), (Some(&b"192.0.2.7"[..]), Some(&b"bob"[..])), "{line}");
            assert_eq!((record.target, record.status), (Some(&b"http://shop.example/a?b=1"[..]), Some(200)));
            assert_eq!((record.bytes, record.agent), (Some(2326), Some(&b"Mozilla/5.0"[..])));
            assert_eq!(record.time.map(Time::seconds), Some(1_714_521_735));
        }
        let header = r#"#time_stamp "auth_user" src_ip status_code "req_line" "categories" "rep_level" "media_type" bytes_to_client "user_agent" "virus_name" "block_res""#;
        assert_eq!(SKYHIGH.parse(header.as_bytes()), Ok(None));
    }

    #[test]
    fn what_a_client_wrote_ends_nothing() {
        let example = SKYHIGH.example();
        for (of, by) in [
            ("/a?b=1", r#"/a" "" "" "" 7 "x"#),
            ("Mozilla/5.0", r#"x" "" "0"#),
            ("bob", r#"a" 192.0.2.8 404 "GET /"#),
            ("192.0.2.7", "nobody"),
        ] {
            let line = example.replacen(of, by, 1);
            assert!(SKYHIGH.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
