//! What PHP's own server (`php -S`) says of each request.
//!
//! Between the records it tells of connections (`Accepted`, `Closing`) and of itself. A target ends at its first blank, as the
//! server's parser ends it there; behind it may stand why there was no answer.

use super::absolute::host_and_port;
use super::internet_time;
use crate::address::is_address;
use crate::grammar::{fault, status, word};
use crate::{Fault, Format, Record, Sink, Time, Value};

/// `[Www Mmm d hh:mm:ss yyyy] client:port [status]: METHOD target`.
pub(crate) struct PhpServer;

impl Format for PhpServer {
    fn name(&self) -> &'static str {
        "php_server"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["php_cli_server"]
    }

    fn about(&self) -> &'static str {
        "PHP's built-in server (php -S)"
    }

    fn example(&self) -> &'static str {
        "[Wed May  1 00:02:15 2024] 192.0.2.7:51234 [200]: GET /index.php?a=b"
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let line = line.trim_ascii_end();
        let (time, rest) =
            stamp(line).ok_or_else(|| fault(line, line, "a time stamp such as [Wed May  1 00:02:15 2024]"))?;
        let rest = without_colour(rest);
        if rest.starts_with(b"PHP ") && rest.ends_with(b" started") {
            return Ok(None);
        }
        let (socket, rest) = word(rest).ok_or_else(|| fault(line, rest, "a client and its port"))?;
        let client = client(socket).ok_or_else(|| fault(line, socket, "a client and its port"))?;
        if matches!(rest, b"Accepted" | b"Closing") {
            return Ok(None);
        }
        let expected = |at: &[u8]| fault(line, at, "a status in brackets, a method and a target");
        let code = rest.strip_prefix(b"[").and_then(|rest| rest.get(..3)).and_then(status);
        let (code, request) =
            code.zip(rest.get(4..).and_then(|rest| rest.strip_prefix(b"]: "))).ok_or_else(|| expected(rest))?;
        let (method, target) = match word(request) {
            Some((method, target)) if method.iter().all(u8::is_ascii_uppercase) => (Some(method), target),
            // Version 7.3 and before name no method.
            _ => (None, request),
        };
        let (target, why) = word(target).unwrap_or((target, b"- "));
        if !target.starts_with(b"/") || !why.starts_with(b"- ") {
            return Err(expected(request));
        }
        Ok(Some(Record {
            time: Some(time),
            client: Some(client),
            method,
            target: Some(target),
            status: code.0,
            ..Record::default()
        }))
    }

    fn further<'a>(&'a self, line: &'a [u8], _record: &Record<'a>, sink: Sink<'_, 'a>) {
        let socket = stamp(line).and_then(|(_, rest)| word(without_colour(rest)));
        if let Some((_, Some(port))) = socket.map(|(socket, _)| host_and_port(socket)) {
            sink("client_port", Value::integer(port));
        }
    }
}

/// The time that a line begins with, behind the number of a process where there are several, and what follows.
fn stamp(line: &[u8]) -> Option<(Time, &[u8])> {
    let inner = line.strip_prefix(b"[")?;
    let digits = inner.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let inner = inner[digits..].strip_prefix(b"] [").filter(|_| 0 < digits).unwrap_or(inner);
    let (stamp, rest) = inner.split_at_checked(STAMP_BYTES)?;
    Some((internet_time(stamp)?, rest.strip_prefix(b"] ")?))
}

/// A line without the colour that it has on a terminal.
fn without_colour(text: &[u8]) -> &[u8] {
    match text {
        [0x1B, b'[', b'3', b'0'..=b'7', b'm', rest @ ..] => rest.strip_suffix(b"\x1b[0m").unwrap_or(rest),
        _ => text,
    }
}

/// The bytes of `Wed May  1 00:02:15 2024`.
const STAMP_BYTES: usize = 24;

/// The address of a socket; old versions write no brackets around one of IPv6.
fn client(socket: &[u8]) -> Option<&[u8]> {
    let (host, port) = host_and_port(socket);
    let is_port = port.is_some_and(|port| !port.is_empty() && port.iter().all(u8::is_ascii_digit));
    (is_port && is_address(host)).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_a_status_in_brackets() {
        for (line, client, method, code) in [
            (PhpServer.example(), "192.0.2.7", Some(&b"GET"[..]), 200),
            (
                "[Wed May  1 00:02:15 2024] [::1]:51234 [404]: GET /index.php?a=b - No such file or directory",
                "::1",
                Some(b"GET"),
                404,
            ),
            ("[Wed May  1 00:02:15 2024] ::1:51234 [200]: /index.php?a=b", "::1", None, 200),
            (
                "[Wed May  1 00:02:15 2024] \x1b[32m192.0.2.7:51234 [200]: GET /index.php?a=b\x1b[0m",
                "192.0.2.7",
                Some(b"GET"),
                200,
            ),
            (
                "[7] [Wed May  1 00:02:15 2024] 192.0.2.7:51234 [200]: GET /index.php?a=b",
                "192.0.2.7",
                Some(b"GET"),
                200,
            ),
        ] {
            let record = PhpServer.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.method), (Some(client.as_bytes()), method), "{line}");
            assert_eq!((record.target, record.status), (Some(&b"/index.php?a=b"[..]), Some(code)));
            assert_eq!(record.time.map(Time::seconds), Some(1_714_521_735));
        }
    }

    #[test]
    fn what_it_says_of_itself_is_no_request() {
        for line in [
            "192.0.2.7:51234 Accepted",
            "[::1]:51234 Closing",
            "PHP 8.2.7 Development Server (http://localhost:8000) started",
        ] {
            assert_eq!(PhpServer.parse(format!("[Wed May  1 00:02:15 2024] {line}").as_bytes()), Ok(None));
        }
        for line in [
            "[Wed May  1 00:02:15 2024] 192.0.2.7:51234 Invalid request (Malformed HTTP request)",
            "[Wed May  1 00:02:15 2024] PHP Notice:  Undefined variable: a in /var/www/a.php on line 1",
            "[Wed May  1 00:02:15 2024] 192.0.2.7 [200]: GET /a",
            "[Wed May  1 00:02:15 2024] 192.0.2.7:51234 [200]: GET /a [404]: GET /b",
            "[Wed May 01 00:02:15.123456 2024] [core:error] [pid 7] [client 192.0.2.7:51234] a",
        ] {
            assert!(PhpServer.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
