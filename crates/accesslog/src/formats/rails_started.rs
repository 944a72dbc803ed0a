//! Rails' own log: the line that says that a request has begun.
//!
//! `Started GET "/a?b=1" for 192.0.2.7 at 2024-05-01 00:02:15 +0900`, bare or behind the prefix of Ruby's logger
//! (`I, [2024-05-01T00:02:15.123456 #7]  INFO -- : `), and behind tags in brackets. What became of the request stands in
//! another line, which says no target; so such a record has no status, and what it tells is an attempt at most.

use memchr::memmem;

use crate::address::is_address;
use crate::field::Sink;
use crate::grammar::fault;
use crate::json::instant;
use crate::{Fault, Format, Record};

/// One request that has begun a line; what else Rails says is a fault.
pub(crate) struct RailsStarted;

impl Format for RailsStarted {
    fn name(&self) -> &'static str {
        "rails_started"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["rails"]
    }

    fn about(&self) -> &'static str {
        "Ruby on Rails log, the lines `Started GET ...`"
    }

    fn example(&self) -> &'static str {
        r#"I, [2024-05-01T00:02:15.123456 #7]  INFO -- : Started GET "/a?b=1" for 192.0.2.7 at 2024-05-01 00:02:15 +0900"#
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let expected = |at: &[u8]| fault(line, at, "`Started`, a method, a target in quotes, a client and a time");
        let near = &line[..line.len().min(PREFIX_BYTES_MAX)];
        let begin = memmem::find(near, b"Started ").ok_or_else(|| expected(line))?;
        let is_alone = begin == 0 || matches!(line[begin - 1], b' ' | b']');
        let rest = &line[begin + b"Started ".len()..];
        let method_end = memmem::find(rest, b" \"").filter(|_| is_alone).ok_or_else(|| expected(rest))?;
        let (method, text) = (&rest[..method_end], &rest[method_end + 2..]);
        // The target is inspected by Ruby, and so escaped; what follows its quote is the server's.
        let end = memmem::rfind(text, b"\" for ").ok_or_else(|| expected(text))?;
        let (target, rest) = (&text[..end], &text[end + b"\" for ".len()..]);
        let at = memmem::find(rest, b" at ").ok_or_else(|| expected(rest))?;
        let (client, time) = (&rest[..at], rest[at + 4..].trim_ascii_end());
        let is_method = !method.is_empty() && method.iter().all(u8::is_ascii_uppercase);
        if !is_method || !is_address(client) {
            return Err(expected(rest));
        }
        let time = instant(time).ok_or_else(|| expected(&rest[at + 4..]))?;
        Ok(Some(Record {
            time: Some(time),
            client: Some(client),
            method: Some(method),
            target: Some(target),
            escape: crate::Escape::Backslash,
            ..Record::default()
        }))
    }

    fn further<'a>(&'a self, _line: &'a [u8], _record: &Record<'a>, _sink: Sink<'_, 'a>) {}
}

/// The longest prefix, with its tags, in bytes.
const PREFIX_BYTES_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_begun() {
        for line in [
            RailsStarted.example().to_owned(),
            RailsStarted.example().split_once(": ").unwrap().1.to_owned(),
            RailsStarted.example().replace("Started", "[a1b2] Started"),
        ] {
            let record = RailsStarted.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.method, record.target), (Some(&b"GET"[..]), Some(&b"/a?b=1"[..])));
            assert_eq!((record.client, record.status), (Some(&b"192.0.2.7"[..]), None));
            assert_eq!(record.time.unwrap().seconds(), 1_714_489_335);
        }
        for line in ["Completed 200 OK in 5ms", "Started working", r#"Started GET "/a" for b at c"#] {
            assert!(RailsStarted.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
