//! Hypercorn's access log: the combined format whose requests end in the bare version of the protocol, `GET /a 1.1`.
//!
//! Its client is a socket. Whatever else a request ends in is of another server's log.

use super::combined::Combined;
use crate::address::port_of;
use crate::field::Sink;
use crate::grammar::{fault, word};
use crate::{Fault, Format, Record};

/// `client:port ident user [time] "METHOD target version" status bytes "referer" "agent"`.
pub(crate) struct Hypercorn;

impl Format for Hypercorn {
    fn name(&self) -> &'static str {
        "hypercorn"
    }

    fn about(&self) -> &'static str {
        "Hypercorn access log"
    }

    fn example(&self) -> &'static str {
        r#"192.0.2.7:39708 - - [01/May/2024:00:02:15 +0000] "GET /a?b=1 1.1" 200 2326 "-" "Mozilla/5.0""#
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        if word(line).is_none_or(|(client, _)| port_of(client).is_none()) {
            return Err(fault(line, line, "a client and its port"));
        }
        let Some(record) = Combined.parse(line)? else { return Ok(None) };
        let divided = record.target.filter(|_| record.protocol.is_none()).and_then(|target| {
            let blank = memchr::memrchr(b' ', target)?;
            Some((&target[..blank], &target[blank + 1..]))
        });
        match divided {
            Some((target, version)) if VERSIONS.contains(&version) && target.starts_with(b"/") => {
                Ok(Some(Record { target: Some(target), protocol: Some(version), ..record }))
            }
            _ => Err(fault(line, record.request.unwrap_or(line), "a request that ends in a version, such as 1.1")),
        }
    }

    fn further<'a>(&'a self, line: &'a [u8], record: &Record<'a>, sink: Sink<'_, 'a>) {
        Combined.further(line, record, sink);
    }
}

/// What Hypercorn writes for a protocol: the version of HTTP, or that it is a web socket.
const VERSIONS: [&[u8]; 5] = [b"1.0", b"1.1", b"2", b"3", b"ws"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_ends_in_a_version() {
        let example = Hypercorn.example();
        for version in ["1.1", "2", "ws"] {
            let line = example.replace("1.1\"", &format!("{version}\""));
            let record = Hypercorn.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.target, record.protocol), (Some(&b"/a?b=1"[..]), Some(version.as_bytes())), "{line}");
            assert_eq!((record.client, record.status), (Some(&b"192.0.2.7"[..]), Some(200)));
        }
        for (of, by) in [("1.1\"", "HTTP/1.1\""), (" 1.1\"", "\""), ("1.1\"", "4\""), (":39708", ""), ("/a?b=1", "a")] {
            let line = example.replacen(of, by, 1);
            assert!(Hypercorn.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
