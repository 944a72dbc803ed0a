//! CouchDB's log of requests: its levels, then who asked for what.
//!
//! Versions from 2.0 on write a node, a process and an id of the request before the host that was asked for; version 1 a time as
//! in mails. Nobody who logged in is `undefined`, or no word at all. What else CouchDB logs has no request behind these.

use crate::layout::{Dialect, Laid, Layouts, Plan};

/// `[notice] time node <process> id host client user METHOD /path status text milliseconds`.
pub(crate) static COUCHDB: Laid = Laid::new(Plan {
    name: "couchdb",
    aliases: &["couch"],
    about: "CouchDB's log of requests",
    example: "[notice] 2024-05-01T00:02:15.110000Z nonode@nohost <0.892.0> 3d2f1a8bc7 shop.example:5984 192.0.2.7 undefined GET /items/_all_docs?limit=5 200 ok 8",
    layouts: || {
        let head = "[$_level] $time_iso8601 $_node <$_process> $request_id $host $remote_addr";
        let tail = "$request_method $request_uri $status $reason $request_time_ms";
        let layouts = Layouts::of(Dialect::Nginx, [format!("{head} $remote_user {tail}"), format!("{head} {tail}")]);
        let old = "[%{%a, %d %b %Y %H:%M:%S GMT}t] [%{_level}n] [<%{_process}n>] %h - - %r %>s";
        layouts.and(Layouts::of(Dialect::Apache, [old.to_owned()]))
    },
    mend: |record, _| {
        record.user = record.user.filter(|user| *user != b"undefined");
        if record.method.is_some() && record.target.is_some() { Ok(()) } else { Err("a method and a target") }
    },
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn who_asked_may_be_nobody() {
        let example = COUCHDB.example();
        for (line, user) in [
            (example.to_owned(), None),
            (example.replace("undefined", "shop"), Some(&b"shop"[..])),
            (example.replace("undefined ", ""), None),
        ] {
            let record = COUCHDB.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.user), (Some(&b"192.0.2.7"[..]), user), "{line}");
            assert_eq!((record.target, record.status), (Some(&b"/items/_all_docs?limit=5"[..]), Some(200)), "{line}");
            assert_eq!((record.duration, record.time.map(Time::seconds)), (Some(8_000_000), Some(1_714_521_735)));
        }
    }

    #[test]
    fn the_first_version_has_a_time_as_in_mails() {
        let line = "[Wed, 01 May 2024 00:02:15 GMT] [info] [<0.404.0>] 192.0.2.7 - - DELETE /items/a?rev=2-4c 200";
        let record = COUCHDB.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.method, record.target), (Some(&b"DELETE"[..]), Some(&b"/items/a?rev=2-4c"[..])));
        assert_eq!((record.status, record.time.map(Time::seconds)), (Some(200), Some(1_714_521_735)));
    }

    #[test]
    fn what_it_says_otherwise_is_no_request() {
        for line in [
            "[error] 2024-05-01T00:02:15.470000Z couchdb@192.0.2.7 <0.8925.6176> -------- CRASH REPORT Process (<0.8925.6176>)",
            "[info] 2024-05-01T00:02:15.470000Z nonode@nohost <0.9.0> -------- Application couch started on node nonode@nohost",
        ] {
            assert!(COUCHDB.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
