//! The combined log format: Apache's and nginx's `combined`.
//!
//! `client ident user [time] "request" status bytes "referer" "agent"`, and nothing behind it. Escaping is
//! Apache's (`\"`, `\\`, `\x1b`) or nginx's (`\x22`, `\x5C`).

use crate::address::{is_address, port_of};
use crate::grammar::{
    ONE_WAY, Rest, common_head, ends_in_protocol, ends_word, fault, offset, plainly_quoted, present, quoted, size,
    status, time_stamp, whole_number, word,
};
use crate::layout::address_and_port;
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

    fn begins_with_client(&self) -> bool {
        true
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
        if let Some(port) = word(line).and_then(|(client, _)| port_of(client)) {
            sink("client_port", Value::integer(port));
        }
        // For the record it is no request; in the log it stands.
        if record.request.is_none() {
            sink("request_line", Value::Text(b"-"));
        }
    }
}

/// Reads ` "referer" "agent"` into the record; gives what follows.
///
/// Either may be a bare dash. The referer ends where the agent's quote follows, the agent where a blank or the end
/// of the line does.
///
/// # Errors
///
/// A fault at the first piece that does not fit, or where the request can as well end further on.
pub(super) fn referer_and_agent<'a>(
    line: &'a [u8],
    rest: &'a [u8],
    record: &mut Record<'a>,
) -> Result<&'a [u8], Fault> {
    let plain = plain_pair(rest);
    let Pair { referer, agent, rest: behind } = plain.map_or_else(|| pair(line, rest), Ok)?;
    record.referer = present(referer);
    record.agent = present(agent);
    // Nearly every line is so: six quotes, and nothing behind the last. There is no other way to read it.
    if plain.is_some() && behind.is_empty() {
        return Ok(behind);
    }
    let (whole, behind) = whole_agent(rest, agent, behind);
    record.agent = present(whole);
    let is_plain = plain.is_some() && whole.len() == agent.len();
    match other_way(rest, behind, is_plain, record.protocol.is_some()) {
        Some(other) => Err(fault(line, other, ONE_WAY)),
        None => Ok(behind),
    }
}

/// A referer and an agent, and what follows.
#[derive(Clone, Copy)]
struct Pair<'a> {
    referer: &'a [u8],
    agent: &'a [u8],
    rest: &'a [u8],
}

/// Reads a referer and an agent that hold no quotes.
#[inline(always)]
fn plain_pair(text: &[u8]) -> Option<Pair<'_>> {
    let text = text.strip_prefix(b" ")?;
    let (referer, rest) = match text {
        [b'-', rest @ ..] if ends_word(rest) => (&text[..1], rest),
        _ => plainly_quoted(text, |rest| rest.starts_with(b" \""))?,
    };
    let (agent, rest) = plainly_quoted(rest.strip_prefix(b" ")?, ends_word)?;
    Some(Pair { referer, agent, rest })
}

/// Reads a referer and an agent, whatever they hold.
#[cold]
fn pair<'a>(line: &[u8], rest: &'a [u8]) -> Result<Pair<'a>, Fault> {
    let text = rest.strip_prefix(b" ").ok_or_else(|| fault(line, rest, "a referer in quotes"))?;
    let (referer, rest) = match text {
        [b'-', rest @ ..] if ends_word(rest) => (&text[..1], rest),
        // Couchbase writes none of its referers in quotes.
        [b'h', b't', b't', b'p', ..] if bare_url(text).is_some() => bare_url(text).unwrap_or_default(),
        _ => quoted(text, |rest| rest.starts_with(b" \"") || rest == b" -" || rest.starts_with(b" - "))
            .ok_or_else(|| fault(line, text, "a referer in quotes, then an agent"))?,
    };
    let text = rest.strip_prefix(b" ").ok_or_else(|| fault(line, rest, "an agent in quotes"))?;
    let (agent, rest) = match text {
        [b'-', rest @ ..] if ends_word(rest) => (&text[..1], rest),
        _ => quoted(text, ends_word).ok_or_else(|| fault(line, text, "an agent in quotes"))?,
    };
    Ok(Pair { referer, agent, rest })
}

/// A URL without quotes, before a value in quotes that is the last. Where more quotes follow, what stands here may be what a
/// client wrote within its request.
pub(super) fn bare_url(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (url, _) = word(text)?;
    let rest = &text[url.len()..];
    let is_url = url.starts_with(b"http://") || url.starts_with(b"https://");
    (is_url && rest.starts_with(b" \"") && memchr::memchr_iter(b'"', text).count() == 2).then_some((url, rest))
}

/// Where another reading parts from this one, if there is one: `text` is what follows the size, `behind` what follows the
/// agent.
///
/// The request may end at a quote further on, or the user, whom the client names, may end at a time stamp further on. That
/// referer and agent share their quotes in one way and not in another is not asked: both are the client's own.
fn other_way<'a>(text: &'a [u8], behind: &'a [u8], is_plain: bool, has_protocol: bool) -> Option<&'a [u8]> {
    // Of plain values the last quote alone can end a request: no status stands behind those before it.
    let from = if is_plain { text.len() - behind.len() - 1 } else { 0 };
    let text_behind = &text[from..];
    let parts = |at: usize| {
        matches!(text_behind[at + 1..], [b' ', b'0'..=b'9' | b'-', ..]) || text_behind[..at].ends_with(b"] ")
    };
    if !memchr::memchr_iter(b'"', text_behind).any(parts) {
        return None;
    }
    other_end(text, from, !(is_plain && has_protocol)).or_else(|| other_time(text_behind))
}

/// Where the request could end instead.
///
/// Behind a protocol, a status and a size are enough: the line may be of the common format. Without a protocol a referer and
/// an agent must follow, and `is_bare` say that such a request is looked for: fields behind the agent of a request that has
/// one may look like these (`"agent" 200 512 "-" "-"`).
#[cold]
fn other_end(text: &[u8], from: usize, is_bare: bool) -> Option<&[u8]> {
    let mut fitting = memchr::memchr_iter(b'"', &text[from..]).map(|at| from + at).filter(|&at| {
        let is_escaped = text[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1;
        !is_escaped && status_and_size(&text[at + 1..]).is_some()
    });
    let is_end = |at: &usize| {
        let rest = status_and_size(&text[at + 1..]).unwrap_or_default();
        ends_in_protocol(&text[..*at]) || is_bare && pair(text, rest).is_ok()
    };
    // Whoever writes more of them means none to be read.
    fitting.by_ref().take(ENDS_MAX).find(is_end).or_else(|| fitting.next()).map(|at| &text[at + 1..])
}

/// Where the user could end instead: a time stamp with a request, a status and a size behind.
#[cold]
fn other_time(text: &[u8]) -> Option<&[u8]> {
    let (_, _, request) = time_stamp(text)?;
    quoted(request, |rest| status_and_size(rest).is_some()).map(|_| request)
}

/// How many quotes with a status and a size behind are tried for the end of a request, at most.
const ENDS_MAX: usize = 16;

/// What follows ` status size`, if it is that.
fn status_and_size(text: &[u8]) -> Option<&[u8]> {
    let (_, rest) = status(text.strip_prefix(b" ")?)?;
    size(rest.strip_prefix(b" ")?).map(|(_, rest)| rest)
}

/// The agent and what follows it, where quotes that are not escaped stand in it: an odd number of quotes behind what seems to
/// be its end, the last of them ending the line, means that it goes on to there. `text` holds both.
fn whole_agent<'a>(text: &'a [u8], agent: &'a [u8], rest: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let behind = rest.trim_ascii_end();
    match behind.strip_suffix(b"\"") {
        Some(inner) if memchr::memchr_iter(b'"', inner).count().is_multiple_of(2) => {
            let end = text.len() - rest.len() + inner.len();
            (&text[offset(text, agent)..end], &rest[behind.len()..])
        }
        _ => (agent, rest),
    }
}

/// Puts a host that stands in the place of the identity (OVH's `%h %v %u`) where it belongs.
///
/// # Errors
///
/// A fault where the identity is an address and more follows than a user: that is the vhost format, whose first word is the
/// host. Where only a user follows an address and another, the server was asked for by its address.
pub(super) fn name_host<'a>(record: &mut Record<'a>, ident: Option<&'a [u8]>) -> Result<(), Fault> {
    let Some(ident) = ident else { return Ok(()) };
    let is_client = record.client.is_some_and(is_address) && record.user.is_none_or(|user| !user.contains(&b' '));
    if is_address(ident) && !is_client {
        return Err(Fault { at: record.client.map_or(1, <[u8]>::len), expected: "an identity that is no host" });
    }
    if ident.contains(&b'.') || is_address(ident) {
        // Behind a host, the identity may stand all the same: `192.0.2.7:4711 shop.example:443 - - [`.
        if let Some(user) = record.user.and_then(|user| user.strip_prefix(b"- ")) {
            record.user = present(user.trim_ascii());
        }
        record.host = Some(ident);
        if let Some((host, port)) = address_and_port(ident).filter(|_| !is_address(ident)) {
            record.host = Some(host);
            record.port = whole_number(port).and_then(|port| port.try_into().ok());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Record<'_> {
        Combined.parse(line.as_bytes()).unwrap().unwrap()
    }

    #[test]
    fn a_referer_may_lack_its_quotes() {
        let head = r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2"#;
        let line = format!(r#"{head} https://shop.example/ "x y""#);
        let record = parse(&line);
        assert_eq!((record.referer, record.agent), (Some(&b"https://shop.example/"[..]), Some(&b"x y"[..])));
        let forged = r#"https://a/ "b HTTP/1.1" 404 7 "-" "c""#;
        for tail in [r#"https://a/ b "c""#, r#"shop.example "c""#, r#"https://a"b/ "c""#, forged] {
            assert!(Combined.parse(format!("{head} {tail}").as_bytes()).is_err(), "{tail}");
        }
    }

    #[test]
    fn a_host_may_stand_before_the_identity_and_a_port_behind_the_client() {
        let tail = r#"[10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2 "-" "-""#;
        for (head, user, host, port) in [
            ("192.0.2.7:4711 - -", None, None, None),
            ("[2001:db8::7]:4711 - bob", Some(&b"bob"[..]), None, None),
            ("192.0.2.7:4711 shop.example:443 - -", None, Some(&b"shop.example"[..]), Some(443)),
            ("192.0.2.7 shop.example - bob", Some(&b"bob"[..]), Some(&b"shop.example"[..]), None),
            ("192.0.2.7 shop.example bob", Some(&b"bob"[..]), Some(&b"shop.example"[..]), None),
        ] {
            let line = format!("{head} {tail}");
            let record = parse(&line);
            assert_eq!((record.user, record.host, record.port), (user, host, port), "{line}");
            let client = if head.starts_with('[') { &b"2001:db8::7"[..] } else { &b"192.0.2.7"[..] };
            assert_eq!(record.client, Some(client), "{line}");
        }
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

    const HEAD: &str = "192.0.2.1 - - [10/Oct/2000:13:55:36 -0700]";

    #[test]
    fn what_can_be_read_in_two_ways_is_no_record() {
        for tail in [
            r#""GET /" 200 5 "x HTTP/1.1" 404 7 "-" "-""#,
            r#""GET / HTTP/1.1" 200 5 "x HTTP/1.1" 404 7 "-" "-""#,
            r#""GET / HTTP/1.1" 200 5 "-" "x HTTP/1.1" 404 7 "-" "-""#,
            r#""GET / HTTP/1.1" 200 5 "-" "x"y" 400 0 "-" "-""#,
            r#""GET / HTTP/1.1" 200 5 "-" "x [10/Oct/2000:13:55:37 -0700] "GET /b HTTP/1.1" 404 7 "-" "-""#,
            r#""GET / HTTP/1.1" 200 5 "-" "x [10/Oct/2000:13:55:37 -0700] "-" 400 0 "-" "-""#,
        ] {
            let line = format!("{HEAD} {tail}");
            assert_eq!(Combined.parse(line.as_bytes()).unwrap_err().expected, ONE_WAY, "{line}");
        }
        let line = format!(r#"{HEAD} "GET /" 200 5 "x HTTP/1.1" 404 7 "-" "-""#);
        let fault = Combined.parse(line.as_bytes()).unwrap_err();
        assert_eq!(&line[fault.at..], r#" 404 7 "-" "-""#, "it says where the other way begins");
    }

    #[test]
    fn what_only_resembles_a_second_way_is_a_record() {
        for tail in [
            // The writer escapes.
            r#""GET /b HTTP/1.1" 404 7 "-" "x\" 200 5 \"-\" \"y""#,
            r#""GET /\" 200 5 \"x HTTP/1.1" 404 7 "-" "-""#,
            r#""GET /b HTTP/1.1" 404 7 "-" "[10/Oct/2000:13:55:37 -0700] \"GET /b HTTP/1.1\" 200 7""#,
            // No size, or no agent, stands behind the other status.
            r#""GET /b HTTP/1.1" 404 7 "-" "a"c" 200 "b" c""#,
            r#""GET /b HTTP/1.1" 404 7 "-" "a"c" 200 5 "b" c""#,
            // No status at all.
            r#""GET /b HTTP/1.1" 404 7 "-" "GET /c HTTP/1.1""#,
            r#""GET /b HTTP/1.1" 404 7 "-" "a "x HTTP/1.1" b""#,
        ] {
            let line = format!("{HEAD} {tail}");
            assert_eq!(parse(&line).status, Some(404), "{line}");
        }
    }

    #[test]
    fn a_thousand_ends_cost_no_more_than_a_few() {
        let line = format!(r#"{HEAD} "GET / HTTP/1.1" 200 5 "-" "{}""#, r#"x" 200 5 "#.repeat(100_000));
        let begun = std::time::Instant::now();
        assert_eq!(Combined.parse(line.as_bytes()).unwrap_err().expected, ONE_WAY);
        assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
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
    fn forwarding_clients_may_stand_first() {
        let rest = r#"- bob [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1 "-" "-""#;
        for (head, list, client) in [
            ("198.51.100.4, 10.0.0.1, 192.0.2.7", "198.51.100.4, 10.0.0.1, 192.0.2.7", "198.51.100.4"),
            ("\"198.51.100.4, 10.0.0.1\" 192.0.2.7", "198.51.100.4, 10.0.0.1", "192.0.2.7"),
            ("2001:db8::4, 10.0.0.1 192.0.2.7", "2001:db8::4, 10.0.0.1", "192.0.2.7"),
        ] {
            let line = format!("{head} {rest}");
            let record = parse(&line);
            assert_eq!(record.forwarded, Some(list.as_bytes()), "{line}");
            assert_eq!((record.client, record.user), (Some(client.as_bytes()), Some(&b"bob"[..])), "{line}");
        }
        let line = format!("\"-\" 192.0.2.7 {rest}");
        let record = parse(&line);
        assert_eq!((record.forwarded, record.client), (None, Some(&b"192.0.2.7"[..])));
        assert!(Combined.parse(format!(", - {rest}").as_bytes()).is_err(), "an empty list");
    }

    #[test]
    fn a_time_may_have_a_fraction_or_be_of_another_spelling() {
        for stamp in [
            "10/Oct/2000:20:55:36.5",
            "10/Oct/2000:13:55:36.5 -0700",
            "2000-10-10T20:55:36.5Z",
            "2000-10-10 13:55:36.500-07:00",
        ] {
            let line = format!(r#"192.0.2.1 - - [{stamp}] "GET / HTTP/1.0" 200 1 "-" "-""#);
            assert_eq!(parse(&line).time, crate::Time::from_parts(971_211_336, 500_000_000), "{stamp}");
        }
        for stamp in
            ["10/Oct/2000 13:55:36", "2000-10-10", "2000-10-10T20:55", "10/Sma/2000:13:55:36.5", "82775", "1971211336x"]
        {
            let line = format!(r#"192.0.2.1 - - [{stamp}] "GET / HTTP/1.0" 200 1 "-" "-""#);
            assert!(Combined.parse(line.as_bytes()).is_err(), "{stamp}");
        }
    }

    #[test]
    fn a_time_may_be_a_number() {
        for (stamp, nanos) in [("1714521735.250", 250_000_000), ("1714521735250", 250_000_000), ("1714521735", 0)] {
            let line = format!(r#"192.0.2.1 - - [{stamp}] "GET / HTTP/1.0" 200 1 "-" "-""#);
            assert_eq!(parse(&line).time, crate::Time::from_parts(1_714_521_735, nanos), "{stamp}");
        }
    }

    #[test]
    fn a_client_behind_a_socket_of_the_system_is_absent() {
        let line = r#" - bob [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 1 "-" "x""#;
        let record = parse(line);
        assert_eq!((record.client, record.user, record.status), (None, Some(&b"bob"[..]), Some(200)));
        assert!(Combined.parse(line.replace(" - bob", " bob").as_bytes()).is_err());
    }

    #[test]
    fn what_is_absent_may_be_a_bare_dash() {
        for tail in ["- -", "\"-\" -", "- \"-\""] {
            let line = format!("{HEAD} \"GET / HTTP/1.1\" 200 5 {tail}");
            let record = parse(&line);
            assert_eq!((record.referer, record.agent, record.bytes), (None, None, Some(5)), "{line}");
        }
        let line = format!(r#"{HEAD} "GET / HTTP/1.1" 200 5 "https://a.example/" -"#);
        assert_eq!(parse(&line).referer, Some(&b"https://a.example/"[..]));
        assert!(Combined.parse(format!(r#"{HEAD} "GET / HTTP/1.1" 200 5 -"#).as_bytes()).is_err());
    }

    #[test]
    fn a_server_may_be_asked_for_by_its_address() {
        let record = parse(r#"192.0.2.1 198.51.100.4 - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1 "-" "-""#);
        assert_eq!((record.client, record.host), (Some(&b"192.0.2.1"[..]), Some(&b"198.51.100.4"[..])));
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
        assert_eq!(fault, Fault { at: 60, expected: "a status of three digits, or a dash" });
        let fault = Combined.parse(br#"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / a b" 1"#).unwrap_err();
        assert_eq!(fault, Fault { at: 43, expected: "a request in quotes, then a status" });
    }
}
