//! The combined log format: Apache's and nginx's `combined`.
//!
//! `client ident user [time] "request" status bytes "referer" "agent"`, and nothing behind it. Escaping is
//! Apache's (`\"`, `\\`, `\x1b`) or nginx's (`\x22`, `\x5C`).

use std::str;

use crate::grammar::{Rest, common_head, ends_word, fault, present, quoted};
use crate::{Fault, Format, Ordinary, Record, Sink, Value};

/// The common format, then the referer and the agent in quotes.
pub(crate) struct Combined;

impl Format for Combined {
    fn name(&self) -> &'static str {
        "combined"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["ncsa_combined"]
    }

    fn about(&self) -> &'static str {
        "Combined log format (Apache and nginx `combined`)"
    }

    fn example(&self) -> &'static str {
        r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a?b=1 HTTP/1.1" 200 2326 "https://shop.example/" "Mozilla/5.0""#
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let mut record = Record::default();
        let Rest { ident, rest } = common_head(line, &mut record)?;
        let rest = referer_and_agent(line, rest, &mut record)?;
        if !rest.trim_ascii().is_empty() {
            return Err(fault(line, rest, "the end of the line"));
        }
        name_host(&mut record, ident)?;
        Ok(Some(record))
    }

    fn ordinary(&self) -> Option<Ordinary> {
        Some(Ordinary::Combined)
    }

    fn further<'a>(&'a self, line: &'a [u8], _record: &Record<'a>, sink: Sink<'_, 'a>) {
        tell_head(line, sink);
    }
}

/// Tells what a record of the family has no place for: the identity, and a request line that is a dash.
pub(super) fn tell_head<'a>(line: &'a [u8], sink: Sink<'_, 'a>) {
    let mut record = Record::default();
    if let Ok(Rest { ident, .. }) = common_head(line, &mut record) {
        sink("ident", ident.map_or(Value::Absent, Value::Text));
        // For the record it is no request; in the log it stands.
        if record.request.is_none() {
            sink("request_line", Value::Text(b"-"));
        }
    }
}

/// Reads ` "referer" "agent"` into the record; gives what follows.
///
/// The referer may be a bare dash. It ends where the agent's quote follows, the agent where a blank or the end
/// of the line does.
pub(super) fn referer_and_agent<'a>(
    line: &'a [u8],
    rest: &'a [u8],
    record: &mut Record<'a>,
) -> Result<&'a [u8], Fault> {
    let text = rest.strip_prefix(b" ").ok_or_else(|| fault(line, rest, "a referer in quotes"))?;
    let (referer, rest) = match text {
        [b'-', rest @ ..] if ends_word(rest) => (&text[..1], rest),
        _ => quoted(text, |rest| rest.starts_with(b" \""))
            .ok_or_else(|| fault(line, text, "a referer in quotes, then an agent"))?,
    };
    let text = rest.strip_prefix(b" ").ok_or_else(|| fault(line, rest, "an agent in quotes"))?;
    let (agent, rest) = quoted(text, ends_word).ok_or_else(|| fault(line, text, "an agent in quotes"))?;
    let (agent, rest) = if rest.is_empty() { (agent, rest) } else { whole_agent(text, agent, rest) };
    record.referer = present(referer);
    record.agent = present(agent);
    Ok(rest)
}

/// The agent, where quotes that are not escaped stand in it: an odd number of quotes behind what seems to be its end, the
/// last of them ending the line, means that it goes on to there.
#[cold]
fn whole_agent<'a>(text: &'a [u8], agent: &'a [u8], rest: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let behind = rest.trim_ascii_end();
    match behind.strip_suffix(b"\"") {
        Some(inner) if memchr::memchr_iter(b'"', inner).count().is_multiple_of(2) => {
            let end = text.len() - rest.len() + inner.len();
            (&text[1..end], &rest[behind.len()..])
        }
        _ => (agent, rest),
    }
}

/// Puts a host that stands in the place of the identity (OVH's `%h %v %u`) where it belongs.
///
/// # Errors
///
/// A fault where the client is `name:port` and the identity an address: that is the vhost format, whose first
/// word is the host.
pub(super) fn name_host<'a>(record: &mut Record<'a>, ident: Option<&'a [u8]>) -> Result<(), Fault> {
    let Some(ident) = ident else { return Ok(()) };
    if is_address(ident) {
        return Err(Fault { at: record.client.map_or(1, <[u8]>::len), expected: "an identity that is no address" });
    }
    if ident.contains(&b'.') {
        record.host = Some(ident);
    }
    Ok(())
}

/// Whether the word is an IP address.
pub(super) fn is_address(word: &[u8]) -> bool {
    str::from_utf8(word).is_ok_and(|word| word.parse::<std::net::IpAddr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Record<'_> {
        Combined.parse(line.as_bytes()).unwrap().unwrap()
    }

    #[test]
    fn every_field_is_the_slice_that_stands_in_the_line() {
        let record = parse(r#"::1 - fr ank [10/Oct/2000:13:55:36 -0700] "GET /a\x22b HTTP/1.0" 200 - "-" "x \"y\" z""#);
        assert_eq!(record.client, Some(&b"::1"[..]));
        assert_eq!(record.user, Some(&b"fr ank"[..]));
        assert_eq!(record.target, Some(&br"/a\x22b"[..]));
        assert_eq!((record.status, record.bytes), (Some(200), None));
        assert_eq!((record.referer, record.agent), (None, Some(&br#"x \"y\" z"#[..])));
    }

    #[test]
    fn a_false_record_in_the_agent_stays_in_the_agent() {
        let record = parse(
            r#"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1 "-" "x\" 200 1 [01/Jan/2000:00:00:00 +0000] \"GET /fake HTTP/1.0""#,
        );
        assert_eq!(record.target, Some(&b"/"[..]));
        assert!(record.agent.unwrap().ends_with(b"HTTP/1.0"));
    }

    #[test]
    fn quotes_that_are_not_escaped_end_nothing() {
        let head = r#"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /?<a b="c" d="e"> HTTP/1.0" 404 1"#;
        let line = format!(r#"{head} "http://a/?"b"" "Mozilla "old" one""#);
        let record = parse(&line);
        assert_eq!(record.target, Some(&br#"/?<a b="c" d="e">"#[..]));
        assert_eq!(record.referer, Some(&br#"http://a/?"b""#[..]));
        assert_eq!(record.agent, Some(&br#"Mozilla "old" one"#[..]));
        let line = format!(r#"{head} "-" "Mozilla" "198.51.100.4""#);
        assert!(Combined.parse(line.as_bytes()).is_err(), "a field more");
    }

    #[test]
    fn a_dash_for_a_request_is_told() {
        let line = br#"192.0.2.1 bob - [10/Oct/2000:13:55:36 -0700] "-" 408 - "-" "-""#;
        let record = Combined.parse(line).unwrap().unwrap();
        assert_eq!(record.request, None);
        let mut told = Vec::new();
        Combined.further(line, &record, &mut |name, value| told.push((name, value)));
        assert_eq!(told, [("ident", Value::Text(b"bob")), ("request_line", Value::Text(b"-"))]);
    }

    #[test]
    fn a_user_may_hold_brackets() {
        let record = parse(r#"192.0.2.1 - a] [b [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1 "-" "-""#);
        assert_eq!(record.user, Some(&b"a] [b"[..]));
    }

    #[test]
    fn garbage_requests_are_records() {
        for request in [r"\x16\x03\x01\x00", "-", "", "GET", "quit now please"] {
            let line = format!(r#"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "{request}" 400 150 "-" "-""#);
            assert_eq!(parse(&line).status, Some(400), "{request}");
        }
    }

    #[test]
    fn a_fault_says_where() {
        let fault =
            Combined.parse(br#"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1 "-""#).unwrap_err();
        assert_eq!(fault, Fault { at: 66, expected: "a referer in quotes, then an agent" });
        let fault =
            Combined.parse(br#"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" abc 1"#).unwrap_err();
        assert_eq!(fault, Fault { at: 43, expected: "a request in quotes, then a status" });
    }
}
