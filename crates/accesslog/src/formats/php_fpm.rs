//! PHP-FPM's access log, `access.format` as it is set where nobody sets it: `%R - %u %t "%m %r" %s`.
//!
//! The time has no brackets and the request no protocol; nobody who logged in is no word at all. What the manual shows beside
//! it adds the script, milliseconds, kilobytes and a share of the processor behind the status. Nothing is escaped: a line with a
//! quote that a client wrote is no record.

use crate::address::is_address;
use crate::grammar::whole_number;
use crate::json::duration_of;
use crate::layout::{Dialect, Divider, Laid, Layouts, Plan, Tail};

/// `client - user time "METHOD target" status`.
pub(crate) static PHP_FPM: Laid = Laid::new(Plan {
    name: "php_fpm",
    aliases: &["fpm"],
    about: "PHP-FPM access log",
    example: r#"192.0.2.7 -  01/May/2024:00:02:15 +0000 "GET /index.php?a=b" 200"#,
    layouts: || {
        // Where nobody logged in two blanks stand together, or one, where a collector took the other.
        let layouts = [
            r#"$remote_addr - $remote_user $time_local "$request" $status"#,
            r#"$remote_addr - $time_local "$request" $status"#,
        ];
        Layouts::of(Dialect::Nginx, layouts).with_tail(Tail::Anything)
    },
    mend: |record, rest| {
        let is_user = record.user.is_none_or(|user| !user.contains(&b' '));
        let is_request = record.target.is_some_and(|target| target.starts_with(b"/")) && record.protocol.is_none();
        if !is_user || !is_request || !record.client.is_none_or(is_address) || record.time.is_none() {
            return Err("the address of a client, a time, and a method and a target");
        }
        record.user = record.user.filter(|user| !user.is_empty());
        match rest.trim_ascii() {
            [] => Ok(()),
            tail => {
                record.duration = Some(milliseconds(tail).ok_or("a script, milliseconds, kilobytes and a share")?);
                Ok(())
            }
        }
    },
    divider: Some(Divider::counted(b'"', &[2])),
    ..Plan::EMPTY
});

/// The nanoseconds in `script milliseconds kilobytes share%`: what stands behind the script is the server's.
fn milliseconds(tail: &[u8]) -> Option<u64> {
    let mut words = tail.rsplit(|byte| *byte == b' ');
    let (share, kilobytes, milliseconds) = (words.next()?, words.next()?, words.next()?);
    let has_script = words.next().is_some_and(|script| !script.is_empty());
    share.strip_suffix(b"%").and_then(|share| duration_of(share, 1.0))?;
    whole_number(kilobytes).filter(|_| has_script)?;
    duration_of(milliseconds, 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn a_user_and_times_may_be_absent() {
        let example = PHP_FPM.example();
        for (line, user, duration) in [
            (example.to_owned(), None, None),
            (example.replace(" -  ", " - "), None, None),
            (example.replace(" -  ", " - bob "), Some(&b"bob"[..]), None),
            (format!("{example} /var/www/index.php 12.345 2048 40.12%"), None, Some(12_345_000)),
        ] {
            let record = PHP_FPM.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.user), (Some(&b"192.0.2.7"[..]), user), "{line}");
            assert_eq!((record.target, record.status), (Some(&b"/index.php?a=b"[..]), Some(200)));
            assert_eq!((record.duration, record.time.map(Time::seconds)), (duration, Some(1_714_521_735)));
        }
    }

    #[test]
    fn what_a_client_wrote_ends_nothing() {
        let example = PHP_FPM.example();
        for line in [
            example.replace("/index.php?a=b", r#"/a" 404 /x 1 1 1% "#),
            example.replace("/index.php?a=b", r#"/a" 404"#),
            example.replace(" -  ", r#" - 01/May/2024:00:02:15 +0000 "GET /b" 404 "#),
            example.replace("/index.php?a=b", "/a HTTP/1.1"),
            format!("{example} 2326"),
            example.replace("192.0.2.7", "nobody"),
            r#"192.0.2.7 - - [01/May/2024:00:02:15 +0000] "GET /a HTTP/1.1" 200 2326"#.to_owned(),
            r#"192.0.2.7 - - 01/May/2024:00:02:15 +0000 "GET /a HTTP/1.1" 200 2326 "-" "x""#.to_owned(),
        ] {
            assert!(PHP_FPM.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
