//! OpenLiteSpeed's access log: the common or the combined format with double quotes around the whole line.
//!
//! They are those of its configuration, which it writes as they are. What a client sends is escaped as Apache does it (`\"`, `\\`,
//! `\xHH`): a line with more bare quotes than its values have is no record.

use crate::Fault;
use crate::address::is_address;
use crate::grammar::{ONE_WAY, word};
use crate::layout::{Dialect, Laid, Layouts, Plan};

/// `"client ident user [time] "request" status bytes"`, with a referer and an agent or without.
pub(crate) static OPENLITESPEED: Laid = Laid::new(Plan {
    name: "openlitespeed",
    aliases: &["litespeed"],
    about: "OpenLiteSpeed access log, in quotes",
    example: r#""192.0.2.7 - - [01/May/2024:00:02:15 +0000] "GET /a?b=1 HTTP/1.1" 200 2326 "-" "Mozilla/5.0"""#,
    layouts: || {
        let common = r#""$remote_addr $remote_ident $remote_user [$time_local] "$request" $status $body_bytes_sent"#;
        Layouts::of(Dialect::Nginx, [format!(r#"{common} "$http_referer" "$http_user_agent"""#), format!("{common}\"")])
    },
    mend: |record, _| {
        let is_user = record.user.is_none_or(|user| !user.contains(&b'['));
        if is_user && record.client.is_some_and(is_address) && record.method.is_some() && record.time.is_some() {
            Ok(())
        } else {
            Err("the address of a client, a time and a request")
        }
    },
    judge: |line, read| match read {
        Ok(Some(_)) if matches!(bare_quotes(line), 4 | 8) => read,
        // What begins so is no other server's, whatever a client made of the rest of it.
        _ if begins_in_quotes(line) && 4 < bare_quotes(line) => Err(Fault { at: 0, expected: ONE_WAY }),
        _ => read,
    },
    ..Plan::EMPTY
});

/// Whether a line begins with a quote and the address of a client.
fn begins_in_quotes(line: &[u8]) -> bool {
    line.strip_prefix(b"\"").and_then(word).is_some_and(|(client, _)| is_address(client))
}

/// The quotes of a line that no back-slash escapes.
fn bare_quotes(line: &[u8]) -> usize {
    let mut is_escaped = false;
    let is_bare = |byte: &&u8| {
        let is_bare = **byte == b'"' && !is_escaped;
        is_escaped = **byte == b'\\' && !is_escaped;
        is_bare
    };
    line.iter().filter(is_bare).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn quotes_stand_around_the_line() {
        let example = OPENLITESPEED.example();
        for (line, agent) in
            [(example.to_owned(), Some(&b"Mozilla/5.0"[..])), (example.replace(r#" "-" "Mozilla/5.0""#, ""), None)]
        {
            let record = OPENLITESPEED.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.agent), (Some(&b"192.0.2.7"[..]), agent), "{line}");
            assert_eq!((record.target, record.status), (Some(&b"/a?b=1"[..]), Some(200)));
            assert_eq!((record.bytes, record.time.map(Time::seconds)), (Some(2326), Some(1_714_521_735)));
        }
    }

    #[test]
    fn what_a_client_sent_is_escaped() {
        let line = OPENLITESPEED.example().replace("/a?b=1", r#"/a\" 404 7 \"x"#);
        let record = OPENLITESPEED.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.target, record.status), (Some(&br#"/a\" 404 7 \"x"#[..]), Some(200)));
    }

    #[test]
    fn what_a_client_wrote_ends_nothing() {
        let example = OPENLITESPEED.example();
        for line in [
            example.replace("/a?b=1", r#"/a" 404 7 "x"#),
            example.replace("/a?b=1", r#"/a" 404 7 "x" ""#),
            example.replace("Mozilla/5.0", r#"x" "y"#),
            example.replace("- -", r#"- a [01/May/2024:00:02:15 +0000] "GET /b" 404 7 "-" ""#),
            example.trim_matches('"').to_owned(),
        ] {
            assert!(OPENLITESPEED.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
