//! Hiawatha's own access log, which it writes where nobody sets `AccessLogFormat`: columns with bars between, headers last.
//!
//! Five columns are the server's, the user among them; then the request line, then each header as it came, cookies and passwords left
//! out. Bars are not escaped: one in a target is told by the protocol that ends a request, and a line without that is cut.

use super::header_list::place_of;
use crate::address::is_address;
use crate::grammar::{fault, split_request, status, whole_number};
use crate::json::instant;
use crate::{Fault, Format, Record};

/// `client|Www dd Mmm yyyy hh:mm:ss +zone|status|bytes|user|METHOD target protocol|Name: value|...`.
pub(crate) struct Hiawatha;

impl Format for Hiawatha {
    fn name(&self) -> &'static str {
        "hiawatha"
    }

    fn about(&self) -> &'static str {
        "Hiawatha access log"
    }

    fn example(&self) -> &'static str {
        "192.0.2.7|Wed 01 May 2024 00:02:15 +0000|200|2326||GET /a?b=1 HTTP/1.1|Host: shop.example|User-Agent: Mozilla/5.0|Referer: https://shop.example/"
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let expected = || fault(line, line, "a client, a time, a status, a size, a user and a request, bars between");
        // Nearly every line of another format is told by its first word.
        let client = &line[..memchr::memchr(b'|', &line[..line.len().min(CLIENT_BYTES_MAX)]).ok_or_else(expected)?];
        let mut cells = line[client.len() + 1..].splitn(5, |byte| *byte == b'|');
        let mut cell = || cells.next().ok_or_else(expected);
        let (stamp, code, bytes, user, rest) = (cell()?, cell()?, cell()?, cell()?, cell()?);
        let (code, _) = status(code).filter(|(_, rest)| rest.is_empty()).ok_or_else(expected)?;
        let bytes = whole_number(bytes).ok_or_else(expected)?;
        let time = time(stamp).filter(|_| is_address(client)).ok_or_else(expected)?;
        let (request, headers) = split_headers(rest);
        let mut record = Record {
            time: Some(time),
            client: Some(client),
            user: Some(user).filter(|user| !user.is_empty()),
            status: code,
            bytes: Some(bytes),
            ..Record::default()
        };
        split_request(request, &mut record);
        for header in headers.split(|byte| *byte == b'|') {
            let Some(colon) = memchr::memchr(b':', header) else { continue };
            let (name, value) = (&header[..colon], header[colon + 1..].trim_ascii());
            let Some(place) = place_of(name, &mut record) else { continue };
            *place = place.or(Some(value));
        }
        Ok(Some(record))
    }
}

/// `Wed 01 May 2024 00:02:15 +0000`: the weekday has no comma, and so is no part of what reads the rest.
fn time(stamp: &[u8]) -> Option<crate::Time> {
    let [_, _, _, b' ', day @ ..] = stamp else { return None };
    let mut buffer = [0; STAMP_BYTES];
    // `01 May 2024 00:02:15 +0000` to `01/May/2024:00:02:15 +0000`, which is the layout that all read.
    let text: &[u8; STAMP_BYTES] = day.try_into().ok()?;
    buffer.copy_from_slice(text);
    for (at, from, to) in [(2, b' ', b'/'), (6, b' ', b'/'), (11, b' ', b':')] {
        if buffer[at] != from {
            return None;
        }
        buffer[at] = to;
    }
    instant(&buffer)
}

/// The bytes of `01 May 2024 00:02:15 +0000`.
const STAMP_BYTES: usize = 26;

/// The request line and the headers behind it: a bar in the target ends nothing, as the protocol does.
fn split_headers(rest: &[u8]) -> (&[u8], &[u8]) {
    let is_end = |at: &usize| {
        let word = rest[..*at].iter().rposition(|byte| *byte == b' ').map(|blank| &rest[blank + 1..*at]);
        word.is_some_and(|word| word.starts_with(b"HTTP/") && word.len() <= PROTOCOL_BYTES_MAX)
    };
    match memchr::memchr_iter(b'|', rest).find(is_end).or_else(|| memchr::memchr(b'|', rest)) {
        Some(at) => (&rest[..at], &rest[at + 1..]),
        None => (rest, b""),
    }
}

/// The longest address, and the bar behind it, in bytes.
const CLIENT_BYTES_MAX: usize = 64;

/// The bytes of `HTTP/1.1`, and no more.
const PROTOCOL_BYTES_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Time;

    #[test]
    fn headers_stand_behind_the_request() {
        let example = Hiawatha.example();
        for (line, user, target) in [
            (example.to_owned(), None, &b"/a?b=1"[..]),
            (example.replace("||GET", "|bob|GET"), Some(&b"bob"[..]), b"/a?b=1"),
            (example.replace("b=1", "b=1|2"), None, b"/a?b=1|2"),
        ] {
            let record = Hiawatha.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.user), (Some(&b"192.0.2.7"[..]), user), "{line}");
            assert_eq!((record.target, record.status, record.bytes), (Some(target), Some(200), Some(2326)));
            assert_eq!((record.host, record.agent), (Some(&b"shop.example"[..]), Some(&b"Mozilla/5.0"[..])));
            assert_eq!(record.referer, Some(&b"https://shop.example/"[..]));
            assert_eq!(record.time.map(Time::seconds), Some(1_714_521_735));
        }
    }

    #[test]
    fn columns_must_fit() {
        let example = Hiawatha.example();
        for (of, by) in [
            ("192.0.2.7", "nobody"),
            ("|200|", "|ok|"),
            ("|2326|", "|-|"),
            ("Wed 01 May", "01 May"),
            ("|Wed 01 May 2024 00:02:15 +0000", ""),
        ] {
            let line = example.replacen(of, by, 1);
            assert!(Hiawatha.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
