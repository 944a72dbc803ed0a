//! What Gitea and Forgejo say of each request in their own log: that their router has completed it, or that it failed.
//!
//! The line begins as those of Go's logger do, with a time and a place in the program. A target is the one word that Go's parser
//! leaves of a request line, so what follows it is the server's. Requests that are slow have a line before that has no status yet,
//! and is no record.

use memchr::memmem;

use super::absolute::host_and_port;
use crate::address::is_address;
use crate::grammar::{fault, status, word};
use crate::json::{duration_of, instant};
use crate::{Fault, Format, Record, Sink, Value};

/// `yyyy/mm/dd hh:mm:ss place [level] router: completed METHOD target for client, status text in time @ place`.
pub(crate) struct GiteaRouter;

impl Format for GiteaRouter {
    fn name(&self) -> &'static str {
        "gitea_router"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["gitea", "forgejo"]
    }

    fn about(&self) -> &'static str {
        "Gitea and Forgejo router log"
    }

    fn example(&self) -> &'static str {
        "2024/05/01 00:02:15 ...eb/routing/logger.go:102:func1() [I] router: completed GET /a?b=1 for 192.0.2.7:51234, 200 OK in 12.3ms @ auth/auth.go:150(auth.SignIn)"
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let Router { stamp, request } =
            router(line).ok_or_else(|| fault(line, line, "a time, and `router: completed`"))?;
        let expected =
            |at: &[u8]| fault(line, at, "a method and a target, `for` a client, a status, and `in` some time");
        let read = || {
            let (method, rest) = word(request.trim_ascii_start())?;
            let (target, rest) = word(rest)?;
            let (socket, rest) = word(rest.strip_prefix(b"for ")?)?;
            let (client, _) = host_and_port(socket.strip_suffix(b",")?);
            // A handler that broke off answered nothing that is known.
            let (code, rest) = match rest.strip_prefix(b"panic") {
                Some(rest) => (None, rest),
                None => status(rest)?,
            };
            // The words of the status are letters, and what follows them is the server's.
            let (words, taken) = rest.split_at(memmem::find(rest, b" in ")?);
            let taken = &taken[b" in ".len()..];
            let taken = word(taken).map_or(taken, |(taken, _)| taken);
            let is_reason = words.iter().all(|byte| byte.is_ascii_alphabetic() || b" -'".contains(byte));
            let is_request =
                is_reason && !method.is_empty() && method.iter().all(u8::is_ascii_uppercase) && is_address(client);
            is_request.then(|| Record {
                client: Some(client),
                method: Some(method),
                target: Some(target),
                status: code,
                duration: duration_of(taken, 1.0),
                ..Record::default()
            })
        };
        let record = read().ok_or_else(|| expected(request))?;
        Ok(Some(Record { time: instant(stamp), ..record }))
    }

    fn further<'a>(&'a self, line: &'a [u8], record: &Record<'a>, sink: Sink<'_, 'a>) {
        let behind = record.client.map(|client| &line[crate::grammar::offset(line, client) + client.len()..]);
        let port = behind.map(|rest| rest.strip_prefix(b"]").unwrap_or(rest)).and_then(|rest| rest.strip_prefix(b":"));
        if let Some((port, _)) = port.and_then(word) {
            sink("client_port", Value::integer(port.strip_suffix(b",").unwrap_or(port)));
        }
    }
}

/// A line about a request.
struct Router<'a> {
    stamp: &'a [u8],
    /// What follows what became of it.
    request: &'a [u8],
}

/// What only the server writes before a request: a date with slashes, a clock, and no more words than a place and a level are.
fn router(line: &[u8]) -> Option<Router<'_>> {
    let near = &line[..line.len().min(PREFIX_BYTES_MAX)];
    let begin = memmem::find(near, b"router: ")?;
    let (prefix, rest) = (&line[..begin], &line[begin + b"router: ".len()..]);
    let request = rest.strip_prefix(b"completed ").or_else(|| rest.strip_prefix(b"failed "))?;
    let (stamp, place) = prefix.split_at_checked(STAMP_BYTES)?;
    let is_dated = matches!(stamp, [b'2', _, _, _, b'/', _, _, b'/', _, _, b' ', ..]);
    let is_prefix = place.starts_with(b" ") && place.ends_with(b" ") && memchr::memchr(b'"', place).is_none();
    (is_dated && is_prefix).then_some(Router { stamp, request })
}

/// The bytes of `yyyy/mm/dd hh:mm:ss`, and the longest prefix of a line.
const STAMP_BYTES: usize = 19;
const PREFIX_BYTES_MAX: usize = 160;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Time;

    #[test]
    fn the_router_names_the_request_the_client_and_the_answer() {
        let example = GiteaRouter.example();
        for (line, client) in [
            (example.to_owned(), "192.0.2.7"),
            (example.replace("completed GET", "failed    GET"), "192.0.2.7"),
            (example.replace("192.0.2.7:", "[2001:db8::7]:"), "2001:db8::7"),
            (example.replace("...eb/routing/logger.go:102:func1() [I]", "[65f6c1f0]"), "192.0.2.7"),
            (example.replace("...eb/routing/logger.go:102:func1() [I] ", ""), "192.0.2.7"),
            (example.replace("...eb/routing/logger.go:102:func1()", "HTTPRequest"), "192.0.2.7"),
        ] {
            let record = GiteaRouter.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.method), (Some(client.as_bytes()), Some(&b"GET"[..])), "{line}");
            assert_eq!((record.target, record.status), (Some(&b"/a?b=1"[..]), Some(200)));
            assert_eq!((record.duration, record.time.map(Time::seconds)), (Some(12_300_000), Some(1_714_521_735)));
        }
    }

    #[test]
    fn a_handler_that_broke_off_has_no_status() {
        let line = GiteaRouter.example().replace("completed", "failed   ").replace("200 OK in", "panic in") + ", err=x";
        let record = GiteaRouter.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.target, record.status), (Some(&b"/a?b=1"[..]), None));
        assert_eq!((record.client, record.duration), (Some(&b"192.0.2.7"[..]), Some(12_300_000)));
    }

    #[test]
    fn what_else_it_says_is_no_request() {
        let example = GiteaRouter.example();
        for (of, by) in [
            ("completed", "started  "),
            ("completed", "slow     "),
            (", 200 OK in 12.3ms", ", elapsed 3000.0ms"),
            ("192.0.2.7", "nobody"),
            ("2024/05/01 00:02:15", "192.0.2.7 - - \"GET /"),
            ("/a?b=1", "/a for 192.0.2.8:1, 404 Not"),
        ] {
            let line = example.replacen(of, by, 1);
            let read = GiteaRouter.parse(line.as_bytes());
            assert!(read.is_err(), "{line} is {read:?}");
        }
    }
}
