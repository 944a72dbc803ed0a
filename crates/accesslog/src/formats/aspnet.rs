//! What ASP.NET Core says of each request: that it has finished it, in the words of its hosting layer or of Serilog.
//!
//! Neither names the client, and the time stands before the line, where a logger puts one there: on a console alone there is none.
//! The path is decoded, so blanks may stand in it; what the server says of its answer is read from the right, where no client
//! writes.

use memchr::memmem;

use super::absolute::{absolute, name_authority, tell_path};
use crate::grammar::{fault, status, whole_number, word};
use crate::json::duration_of;
use crate::{Fault, Format, Record, Sink};

/// `Request finished protocol METHOD target ... - status bytes type time`, or `HTTP METHOD target responded status in time`.
pub(crate) struct AspNet;

impl Format for AspNet {
    fn name(&self) -> &'static str {
        "aspnet"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["aspnetcore", "kestrel"]
    }

    fn about(&self) -> &'static str {
        "ASP.NET Core request log, and that of Serilog"
    }

    fn example(&self) -> &'static str {
        "Request finished HTTP/1.1 GET https://shop.example/a?b=1 - 200 2326 text/html;+charset=utf-8 12.3456ms"
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let text = line.trim_ascii();
        let record = match text.strip_prefix(b"Request finished ") {
            Some(rest) => finished(rest),
            None => behind_clock(text).strip_prefix(b"HTTP ").and_then(responded),
        };
        match record {
            Some(record) => Ok(Some(record)),
            None => Err(fault(line, text, "`Request finished`, or `HTTP`, then a request and what was answered")),
        }
    }

    fn further<'a>(&'a self, _line: &'a [u8], record: &Record<'a>, sink: Sink<'_, 'a>) {
        tell_path(record, sink);
    }
}

/// `HTTP/1.1 GET https://host/path type length - 200 2326 text/html 12.3456ms`.
fn finished(text: &[u8]) -> Option<Record<'_>> {
    let (protocol, rest) = word(text).filter(|(protocol, _)| protocol.starts_with(b"HTTP/"))?;
    let (method, rest) = word(rest)?;
    // From the right: how long it took, the type and the length of the answer, its status, and a dash.
    let mut words = rest.rsplitn(6, |byte| *byte == b' ');
    let (taken, media) = (words.next()?, words.next()?);
    let (length, code, dash, request) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let (code, _) = status(code).filter(|(_, rest)| rest.is_empty())?;
    let is_media = media == b"-" || media.contains(&b'/');
    if dash != b"-" || !is_media || length != b"-" && whole_number(length).is_none() {
        return None;
    }
    let target = without_body(request);
    absolute(target)?;
    let mut record = Record {
        method: Some(method).filter(|method| is_method(method)),
        target: Some(target),
        protocol: Some(protocol),
        status: Some(code?),
        bytes: whole_number(length),
        duration: Some(duration_of(taken.strip_suffix(b"ms")?, 1e6)?),
        ..Record::default()
    };
    name_authority(&mut record);
    record.method.is_some().then_some(record)
}

/// A target without the type and the length of the request's body, which versions before 8 write behind it.
fn without_body(text: &[u8]) -> &[u8] {
    let mut words = text.rsplitn(3, |byte| *byte == b' ');
    match (words.next(), words.next(), words.next()) {
        (Some(length), Some(media), Some(target))
            if (length == b"-" || whole_number(length).is_some()) && (media == b"-" || media.contains(&b'/')) =>
        {
            target
        }
        _ => text,
    }
}

/// `GET /path responded 200 in 12.3456 ms`, with quotes around the texts where a template does not take them off.
fn responded(text: &[u8]) -> Option<Record<'_>> {
    let (method, rest) = word(text)?;
    let at = memmem::rfind(rest, b" responded ")?;
    let (method, target) = (bare(method), bare(&rest[..at]));
    let (code, rest) = status(&rest[at + b" responded ".len()..])?;
    let taken = rest.strip_prefix(b" in ")?.trim_ascii_end().strip_suffix(b" ms")?;
    let duration = duration_of(taken, 1e6)?;
    (is_method(method) && target.starts_with(b"/") && code.is_some()).then(|| Record {
        method: Some(method),
        target: Some(target),
        status: code,
        duration: Some(duration),
        ..Record::default()
    })
}

/// A text without the quotes around it, if there are some.
fn bare(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).unwrap_or(text)
}

/// What stands behind `[12:34:56 INF] `, which Serilog puts before its lines on a console.
fn behind_clock(text: &[u8]) -> &[u8] {
    match text {
        [b'[', clock @ ..] => {
            let end = clock.iter().take(CLOCK_BYTES_MAX).position(|byte| *byte == b']');
            let head = end.map_or(&b""[..], |end| &clock[..end]);
            let is_clock = matches!(head, [_, _, b':', _, _, b':', _, _, b' ', ..])
                && head
                    .iter()
                    .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase() || matches!(byte, b':' | b' '));
            let rest = end.filter(|_| is_clock).and_then(|end| clock[end + 1..].strip_prefix(b" "));
            rest.unwrap_or(text)
        }
        _ => text,
    }
}

/// The longest clock and level between brackets, in bytes.
const CLOCK_BYTES_MAX: usize = 24;

fn is_method(method: &[u8]) -> bool {
    !method.is_empty() && method.iter().all(u8::is_ascii_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_ends_with_the_answer() {
        for line in [
            AspNet.example(),
            "      Request finished HTTP/1.1 GET https://shop.example/a?b=1 - - - 200 2326 text/html;+charset=utf-8 12.3456ms",
            "Request finished HTTP/2 GET https://shop.example/a?b=1 application/json 17 - 200 2326 - 12.3456ms",
        ] {
            let record = AspNet.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.target, record.status), (Some(&b"https://shop.example/a?b=1"[..]), Some(200)), "{line}");
            assert_eq!((record.method, record.host), (Some(&b"GET"[..]), Some(&b"shop.example"[..])));
            assert_eq!((record.bytes, record.duration), (Some(2326), Some(12_345_600)));
        }
        for line in [
            "HTTP GET /a b responded 404 in 12.3456 ms",
            "[00:02:15 INF] HTTP GET /a b responded 404 in 12.3456 ms",
            r#"HTTP "GET" "/a b" responded 404 in 12.3456 ms"#,
        ] {
            let record = AspNet.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.target, record.status), (Some(&b"/a b"[..]), Some(404)), "{line}");
            assert_eq!(record.duration, Some(12_345_600));
        }
    }

    #[test]
    fn the_answer_is_what_the_server_wrote() {
        let line =
            "Request finished HTTP/1.1 GET https://shop.example/a - 200 5 text/html 1ms - 404 7 text/html 12.3456ms";
        let record = AspNet.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.status, record.bytes), (Some(404), Some(7)));
        let line = "HTTP GET /a responded 200 in 1.0 ms responded 404 in 12.3456 ms";
        assert_eq!(AspNet.parse(line.as_bytes()).unwrap().unwrap().status, Some(404));
    }

    #[test]
    fn what_else_it_says_is_no_request() {
        for line in [
            "Request starting HTTP/1.1 GET https://shop.example/a?b=1 - -",
            "Request finished in 12.34ms 200 text/html",
            "Request finished HTTP/1.1 GET /a - 200 2326 text/html 12.3456ms",
            "HTTP GET /a responded",
            "HTTP GET a responded 200 in 12.3 ms",
            "[a b] HTTP GET /a responded 200 in 12.3 ms",
        ] {
            assert!(AspNet.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
