//! logfmt: pairs of a name and a value, `method=GET path=/a status=200`, as lograge and many programs in Go write them.
//!
//! The names are those of flat JSON, and so is what a request must have; what a web firewall blocked has no status, and names its
//! host as no other writer does. A value is in double quotes where it holds a blank, with a back-slash before a quote; firewalls and
//! proxies that quote nothing leave the blanks in the name of a program, which goes on to the blank before the next name. Which unit
//! a `duration` counts follows as in JSON: Rails counts milliseconds, a text may name its unit, a whole number says nothing.

use memchr::{memchr, memchr2};

use crate::field::Sink;
use crate::grammar::{split_request, whole_number};
use crate::json::{duration_of, instant};
use crate::{Escape, Fault, Format, Record, Time, Value, time};

use super::nginx_json::{bare_unit, without_port};

/// One request a line.
pub(crate) struct Logfmt;

impl Format for Logfmt {
    fn name(&self) -> &'static str {
        "logfmt"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["lograge", "key_value"]
    }

    fn about(&self) -> &'static str {
        "logfmt: name=value pairs (lograge, programs in Go)"
    }

    fn example(&self) -> &'static str {
        "time=2024-05-01T00:02:15Z method=GET path=/a?b=1 format=html controller=AController action=show status=200 duration=58.33 remote_ip=192.0.2.7"
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let mut record = Record { escape: Escape::Backslash, ..Record::default() };
        let (mut ranks, mut is_rails, mut taken) = ([u8::MAX; MEANINGS], [false; 2], None);
        let (mut day_and_clock, mut is_of_firewall, mut server) = ((None, None), false, None);
        for (name, value) in pairs(line) {
            match name {
                b"http_host" => is_of_firewall = true,
                b"server" => server = Some(value),
                b"controller" => is_rails[0] = true,
                b"action" => is_rails[1] = true,
                b"duration" => taken = Some(value),
                // A number that does not name its unit may count any.
                b"latency" | b"took" | b"elapsed" | b"http.response.duration" if value.ends_with(b"s") => {
                    taken = taken.or(Some(value));
                }
                b"date" => day_and_clock.0 = Some(value),
                b"time" => day_and_clock.1 = Some(value),
                _ => {}
            }
            let Some((_, meaning, rank)) = known(name) else { continue };
            let best = &mut ranks[*meaning as usize];
            if *rank < *best && !matches!(value, b"" | b"-" | b"N/A" | b"none") && take(*meaning, value, &mut record) {
                *best = *rank;
            }
        }
        let is_answered = record.status.is_some() || is_of_firewall && record.client.is_some();
        if record.method.is_none() || record.target.is_none() || !is_answered {
            return Err(Fault { at: 0, expected: "the pairs `method=`, `path=` and `status=`" });
        }
        if record.duration.is_none()
            && let Some(text) = taken
        {
            record.duration = bare_unit(text, is_rails == [true; 2]).and_then(|unit| duration_of(text, unit));
        }
        if record.time.is_none()
            && let (Some(day), Some(clock)) = day_and_clock
        {
            // FortiWeb writes them apart, in a zone that it names otherwise: they are taken for UTC.
            let (day, nanos) = (time::date(day).flatten(), time::clock(clock).flatten());
            record.time = day.zip(nanos).and_then(|(day, nanos)| time::at(day, nanos, 0));
        }
        if let Some(time) = time_of_sophos(line) {
            // What its firewall calls a time is how long it took.
            record.time = Some(time);
            record.duration = record.duration.or_else(|| duration_of(day_and_clock.1?, 1e3));
        }
        // Sophos calls the client a host, and the host a server.
        if record.host.is_some() && record.host == record.client {
            record.host = server;
        }
        // Skyhigh's gateway writes both into the date.
        record.time = record.time.or_else(|| day_and_clock.0.and_then(instant)).or_else(|| time_before(line));
        without_port(&mut record);
        Ok(Some(record))
    }

    fn further<'a>(&'a self, line: &'a [u8], _record: &Record<'a>, sink: Sink<'_, 'a>) {
        for (name, value) in pairs(line) {
            match name {
                b"controller" => sink("controller", Value::text(value)),
                b"action" => sink("action", Value::text(value)),
                _ => {}
            }
        }
    }
}

/// What a pair is of the record.
#[derive(Clone, Copy)]
enum Meaning {
    Time,
    Client,
    User,
    Request,
    Method,
    Target,
    Query,
    Protocol,
    Status,
    Bytes,
    Referer,
    Agent,
    Host,
    Seconds,
    Milliseconds,
    Microseconds,
    Forwarded,
    RequestId,
    Scheme,
}

/// How many meanings there are.
const MEANINGS: usize = Meaning::Scheme as usize + 1;

#[rustfmt::skip]
const NAMES: &[(&str, Meaning, u8)] = &[
    ("time", Meaning::Time, 0), ("ts", Meaning::Time, 0), ("t", Meaning::Time, 1), ("timestamp", Meaning::Time, 0), ("@timestamp", Meaning::Time, 0),
    ("client_ip", Meaning::Client, 0), ("remote_ip", Meaning::Client, 0), ("remote_addr", Meaning::Client, 0),
    ("remote", Meaning::Client, 1), ("ip", Meaning::Client, 1), ("client", Meaning::Client, 2),
    ("user", Meaning::User, 1), ("user_id", Meaning::User, 2), ("username", Meaning::User, 0), ("user_name", Meaning::User, 0),
    ("request", Meaning::Request, 0),
    ("method", Meaning::Method, 0), ("verb", Meaning::Method, 1), ("http_method", Meaning::Method, 1), ("request_method", Meaning::Method, 0),
    ("request_uri", Meaning::Target, 0), ("uri", Meaning::Target, 0), ("url", Meaning::Target, 1), ("path", Meaning::Target, 2), ("fullpath", Meaning::Target, 0),
    ("query", Meaning::Query, 0), ("query_string", Meaning::Query, 0),
    ("proto", Meaning::Protocol, 0), ("protocol", Meaning::Protocol, 1),
    ("status", Meaning::Status, 0), ("status_code", Meaning::Status, 0), ("code", Meaning::Status, 1),
    ("bytes", Meaning::Bytes, 2), ("size", Meaning::Bytes, 2), ("body_bytes_sent", Meaning::Bytes, 0), ("bytes_sent", Meaning::Bytes, 1), ("resp_bytes", Meaning::Bytes, 2), ("response_size", Meaning::Bytes, 0),
    ("referer", Meaning::Referer, 0), ("referrer", Meaning::Referer, 0),
    ("user_agent", Meaning::Agent, 0), ("ua", Meaning::Agent, 1), ("agent", Meaning::Agent, 1),
    ("host", Meaning::Host, 0),
    ("duration_s", Meaning::Seconds, 0), ("request_time", Meaning::Seconds, 0),
    ("duration_ms", Meaning::Milliseconds, 0), ("latency_total", Meaning::Milliseconds, 1), ("latency_ms", Meaning::Milliseconds, 0), ("elapsed_ms", Meaning::Milliseconds, 0), ("time_ms", Meaning::Milliseconds, 1),
    ("x_forwarded_for", Meaning::Forwarded, 0), ("fwd", Meaning::Forwarded, 1),
    ("request_id", Meaning::RequestId, 0), ("req_id", Meaning::RequestId, 1),
    ("scheme", Meaning::Scheme, 0),
    // What Kubernetes', Docker's registry, GitLab and the layouts of Splunk's add-ons call so.
    ("srcIP", Meaning::Client, 0), ("URI", Meaning::Target, 0), ("userAgent", Meaning::Agent, 0), ("resp", Meaning::Status, 1),
    ("http.request.method", Meaning::Method, 0), ("http.request.uri", Meaning::Target, 0), ("http.request.host", Meaning::Host, 0), ("http.request.remoteaddr", Meaning::Client, 0),
    ("http.request.useragent", Meaning::Agent, 0), ("http.request.referer", Meaning::Referer, 0), ("http.request.id", Meaning::RequestId, 0), ("http.response.status", Meaning::Status, 0), ("http.response.written", Meaning::Bytes, 0),
    ("written_bytes", Meaning::Bytes, 0), ("uname", Meaning::User, 0), ("time_local", Meaning::Time, 1), ("remote_host", Meaning::Client, 2), ("uri_path", Meaning::Target, 1), ("uri_query", Meaning::Query, 0),
    // What firewalls and proxies of many makers call the same.
    ("srcip", Meaning::Client, 0), ("src_ip", Meaning::Client, 0), ("src_host", Meaning::Client, 1), ("src", Meaning::Client, 2), ("c-ip", Meaning::Client, 0), ("clientip", Meaning::Client, 0), ("ClientIP", Meaning::Client, 0), ("source_ip", Meaning::Client, 0),
    ("cs-username", Meaning::User, 0), ("cs-user", Meaning::User, 1),
    ("mtd", Meaning::Method, 1), ("meth", Meaning::Method, 1), ("requestmethod", Meaning::Method, 0), ("cs-method", Meaning::Method, 0),
    ("http_url", Meaning::Target, 1), ("http_uri", Meaning::Target, 0), ("request_url", Meaning::Target, 1), ("cs-uri-path", Meaning::Target, 1), ("cs-uri-stem", Meaning::Target, 1), ("cs-uri", Meaning::Target, 0),
    ("cs-uri-query", Meaning::Query, 0), ("cs-uri-scheme", Meaning::Scheme, 0), ("cs-version", Meaning::Protocol, 0),
    ("http_retcode", Meaning::Status, 0), ("http_response", Meaning::Status, 0), ("http_status", Meaning::Status, 0), ("response_code", Meaning::Status, 0), ("sc-status", Meaning::Status, 0), ("http_status_code", Meaning::Status, 0),
    ("http_request_first_line", Meaning::Request, 0),
    ("http_response_bytes", Meaning::Bytes, 0), ("responsesize", Meaning::Bytes, 0), ("sc-bytes", Meaning::Bytes, 0), ("bytes_out", Meaning::Bytes, 3),
    ("http_referer", Meaning::Referer, 0), ("http_referrer", Meaning::Referer, 0), ("http_refer", Meaning::Referer, 0), ("cs-Referer", Meaning::Referer, 0), ("refererURL", Meaning::Referer, 0),
    ("http_user_agent", Meaning::Agent, 0), ("http_agent", Meaning::Agent, 0), ("useragent", Meaning::Agent, 0), ("cs-User-Agent", Meaning::Agent, 0),
    ("destination_bytes", Meaning::Bytes, 2), ("server_to_client_bytes", Meaning::Bytes, 0), ("user_agent_comment", Meaning::Agent, 2), ("cs-user-agent", Meaning::Agent, 0), ("cs-referer", Meaning::Referer, 0),
    ("http_action", Meaning::Method, 1), ("requested_path", Meaning::Target, 1), ("requested_host", Meaning::Host, 0), ("uri_scheme", Meaning::Scheme, 0), ("http_version", Meaning::Protocol, 0),
    ("datetime", Meaning::Time, 1), ("req_start_time", Meaning::Time, 1), ("request_timestamp_epoch", Meaning::Time, 1), ("time-taken", Meaning::Milliseconds, 1), ("req_elapsed_time", Meaning::Milliseconds, 1),
    ("statuscode", Meaning::Status, 0), ("httpstatus", Meaning::Status, 0), ("fullreqtime", Meaning::Microseconds, 0), ("sourceip", Meaning::Client, 0), ("querystring", Meaning::Query, 0), ("bytessent", Meaning::Bytes, 0), ("ws_protocol", Meaning::Protocol, 0),
    ("remote_address", Meaning::Client, 0), ("remoteaddr", Meaning::Client, 0), ("ip_client", Meaning::Client, 0), ("date_time", Meaning::Time, 1), ("x_forwarded_for_header_value", Meaning::Forwarded, 1),
    ("http_host", Meaning::Host, 0), ("cs-host", Meaning::Host, 0), ("dhost", Meaning::Host, 1), ("dst_host", Meaning::Host, 1), ("hostname", Meaning::Host, 2), ("destination_host", Meaning::Host, 0),
];

/// The lengths that known names have, as bits, by the last byte of the name: most names that mean nothing are told by these.
const LENGTHS: [u32; 256] = {
    let mut lengths = [0; 256];
    let mut at = 0;
    while at < NAMES.len() {
        let name = NAMES[at].0.as_bytes();
        lengths[name[name.len() - 1] as usize] |= 1 << name.len();
        at += 1;
    }
    lengths
};

/// What a name means, if it means anything.
fn known(name: &[u8]) -> Option<&'static (&'static str, Meaning, u8)> {
    let lengths = LENGTHS[usize::from(*name.last()?)];
    let may_be = name.len() < 32 && lengths & (1 << name.len()) != 0;
    may_be.then(|| NAMES.iter().find(|(known, ..)| known.as_bytes() == name))?
}

/// Puts a value into its place; `false` where it cannot be one.
fn take<'a>(meaning: Meaning, value: &'a [u8], record: &mut Record<'a>) -> bool {
    let times = |unit: f64| {
        let number =
            std::str::from_utf8(value).ok()?.parse::<f64>().ok().filter(|number| (0.0..1e9).contains(number))?;
        Some((number * unit).round() as u64)
    };
    match meaning {
        Meaning::Time => record.time = instant(value),
        Meaning::Client => record.client = Some(value),
        Meaning::User => record.user = Some(value),
        // What a proxy has of a request is its place in the memory.
        Meaning::Request if memchr(b' ', value).is_none() => return false,
        // F5 writes the headers behind the request line.
        Meaning::Request => {
            split_request(&value[..memchr::memmem::find(value, br"\r\n").unwrap_or(value.len())], record);
        }
        // A program has methods too: what is none of HTTP's makes no request.
        Meaning::Method
            if !value.iter().all(u8::is_ascii_uppercase) && !matches!(value, b"get" | b"post" | b"head" | b"put") =>
        {
            return false;
        }
        Meaning::Method => record.method = Some(value),
        Meaning::Target => record.target = Some(value),
        Meaning::Query => record.query = Some(value.strip_prefix(b"?").unwrap_or(value)),
        // Firewalls call so what carries HTTP (`tcp`, `6`), and proxies the scheme.
        Meaning::Protocol if !is_version(value) => return false,
        Meaning::Protocol => record.protocol = Some(value),
        // McAfee's gateway writes the status that it gave, a slash, and the one that it got.
        Meaning::Status => match whole_number(&value[..memchr(b'/', value).unwrap_or(value.len())]) {
            Some(code @ 0..=999) => record.status = Some(code as u16),
            _ => return false,
        },
        Meaning::Bytes => record.bytes = whole_number(value),
        Meaning::Referer => record.referer = Some(value),
        Meaning::Agent => record.agent = Some(value),
        Meaning::Host => record.host = Some(value),
        Meaning::Seconds => record.duration = times(1e9),
        Meaning::Milliseconds => record.duration = times(1e6),
        Meaning::Microseconds => record.duration = times(1e3),
        Meaning::Forwarded => record.forwarded = Some(value),
        Meaning::RequestId => record.request_id = Some(value),
        Meaning::Scheme => record.scheme = Some(value),
    }
    true
}

/// Whether a value is a version of HTTP: `HTTP/1.1`, `h2`, `1.1`.
fn is_version(value: &[u8]) -> bool {
    let is_named = matches!(value.first(), Some(b'H' | b'h'));
    (is_named || value.contains(&b'.')) && value.iter().any(u8::is_ascii_digit)
}

/// The time that stands before the pairs, without a name: what a program's logger writes, in brackets or quotes or not.
fn time_before(line: &[u8]) -> Option<Time> {
    // Ruby's logger has a letter first, and an id of the process behind the time.
    let text = line.strip_prefix(b"I, ").unwrap_or(line);
    let stamp = match text.strip_prefix(b"[").or_else(|| text.strip_prefix(b"\"")) {
        Some(inner) => {
            let end = inner.iter().take(STAMP_BYTES_MAX).position(|byte| matches!(byte, b']' | b'#' | b'"'))?;
            inner[..end].trim_ascii_end()
        }
        None if text.first().is_some_and(u8::is_ascii_digit) => text.get(..SECONDS_BYTES)?,
        None => return None,
    };
    instant(stamp)
}

/// The time that Sophos' firewall puts before the pairs, perhaps behind a priority: `2024:05:01-00:02:15`.
fn time_of_sophos(line: &[u8]) -> Option<Time> {
    let text = line.strip_prefix(b"<").and_then(|text| Some(&text[memchr(b'>', &text[..text.len().min(4)])? + 1..]));
    let mut stamp = *text.unwrap_or(line).first_chunk::<SECONDS_BYTES>()?;
    if [stamp[4], stamp[7], stamp[10]] != *b"::-" {
        return None;
    }
    [stamp[4], stamp[7], stamp[10]] = *b"--T";
    time::iso(&stamp).flatten()
}

/// The longest time stamp before the pairs, and one to the second (`2024-05-01 00:02:15`), in bytes.
const STAMP_BYTES_MAX: usize = 40;
const SECONDS_BYTES: usize = 19;

/// The pairs of a line. Words that are none are passed over.
///
/// Where a comma stands behind the first value, commas divide: a value without quotes ends at one that a name follows.
fn pairs(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let has_commas = divided(text, false).next().is_some_and(|(_, value)| {
        let end = value.as_ptr() as usize - text.as_ptr() as usize + value.len();
        text[..end].ends_with(b",") || ends_at_comma(value).is_some() || text[end..].starts_with(b"\",")
    });
    divided(text, has_commas)
}

/// Where an unquoted value ends, of a line that commas divide: at one that a name follows.
fn ends_at_comma(value: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b',', value).find(|&at| {
        let rest = value[at + 1..].trim_ascii_start();
        let length = rest.iter().take(NAME_BYTES_MAX).take_while(|byte| is_name(byte)).count();
        rest.is_empty() || 0 < length && rest.get(length) == Some(&b'=')
    })
}

/// The longest name that is looked for behind a comma, in bytes.
const NAME_BYTES_MAX: usize = 64;

fn is_name(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.@".contains(byte)
}

fn divided(text: &[u8], has_commas: bool) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = text;
    let is_tabbed = memchr(b'\t', text).is_some();
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_ascii_start();
            if has_commas && let Some(behind) = rest.strip_prefix(b",") {
                rest = behind.trim_ascii_start();
            }
            if rest.is_empty() {
                return None;
            }
            let length = rest.iter().position(|byte| !is_name(byte)).unwrap_or(rest.len());
            if length == 0 || rest.get(length) != Some(&b'=') {
                // A word without a name, perhaps in quotes: a message. Pairs that commas divide may begin at one behind a host.
                rest = match rest.strip_prefix(b"\"") {
                    Some(inner) => &inner[quote(inner).map_or(inner.len(), |end| end + 1)..],
                    None => {
                        let word = &rest[..memchr2(b' ', b'\t', rest).unwrap_or(rest.len())];
                        &rest[ends_at_comma(word).map_or(word.len(), |comma| comma + 1)..]
                    }
                };
                continue;
            }
            let (name, text) = (&rest[..length], &rest[length + 1..]);
            let (value, behind) = match text.strip_prefix(b"\"") {
                // Between quotes there may be blanks; between tabs, too, and there is no need of quotes.
                None if is_tabbed => text.split_at(memchr(b'\t', text).unwrap_or(text.len())),
                // Zscaler doubles the quotes of some.
                Some(inner) if is_tabbed && inner.starts_with(b"\"") => {
                    let end = 1 + memchr(b'"', &inner[1..]).unwrap_or(inner.len() - 1);
                    let behind = &inner[end.min(inner.len())..];
                    (&inner[1..end], behind.strip_prefix(b"\"\"").unwrap_or(behind))
                }
                Some(inner) => {
                    let end = quote(inner).unwrap_or(inner.len());
                    (&inner[..end], inner.get(end + 1..).unwrap_or_default())
                }
                None if has_commas => text.split_at(ends_at_comma(text).unwrap_or(text.len())),
                None if is_agent(name) => text.split_at(ends_before_name(text)),
                None => text.split_at(memchr(b' ', text).unwrap_or(text.len())),
            };
            rest = behind;
            return Some((name, value));
        }
    })
}

/// Whether a pair names a client's program. Few names are looked for: each pair without quotes asks.
fn is_agent(name: &[u8]) -> bool {
    let may_be = name == b"ua" || name.ends_with(b"gent") || name.ends_with(b"comment");
    may_be && known(name).is_some_and(|(_, meaning, _)| matches!(meaning, Meaning::Agent))
}

/// Where a value ends that nobody quoted though it may hold blanks: before the blank that a name and its sign follow.
fn ends_before_name(text: &[u8]) -> usize {
    let is_before = |at: &usize| {
        let rest = &text[at + 1..];
        let length = rest.iter().take(NAME_BYTES_MAX).take_while(|byte| is_name(byte)).count();
        0 < length && rest.get(length) == Some(&b'=')
    };
    memchr::memchr_iter(b' ', text).find(is_before).unwrap_or(text.len())
}

/// Where the quote stands that ends a value.
fn quote(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Record<'_>, Fault> {
        Logfmt.parse(line.as_bytes()).map(|record| record.unwrap())
    }

    #[test]
    fn rails_counts_milliseconds() {
        let record = parse(Logfmt.example()).unwrap();
        assert_eq!((record.target, record.status), (Some(&b"/a?b=1"[..]), Some(200)));
        assert_eq!((record.client, record.duration), (Some(&b"192.0.2.7"[..]), Some(58_330_000)));
        assert!(record.time.is_some());
    }

    #[test]
    fn values_may_be_in_quotes_and_words_may_stand_between() {
        let line = r#"level=info msg="request \"done\"" access method=GET uri="/a b" status=200 ua="x y" remote_addr=[::1]:80 duration=12ms"#;
        let record = parse(line).unwrap();
        assert_eq!((record.target, record.agent), (Some(&b"/a b"[..]), Some(&b"x y"[..])));
        assert_eq!((record.client, record.duration), (Some(&b"::1"[..]), Some(12_000_000)));
        assert_eq!(parse("method=GET path=/a status=200 duration=12").unwrap().duration, None);
        assert_eq!(parse("method=GET path=/a status=200 duration=0.5").unwrap().duration, Some(500_000_000));
    }

    #[test]
    fn firewalls_and_proxies_have_names_of_their_own() {
        let want = (Some(&b"192.0.2.7"[..]), Some(&b"/a?b=1"[..]), Some(200), Some(&b"curl 8"[..]));
        for line in [
            r#"date=2024-05-01 time=00:02:15 type=traffic status=success src=192.0.2.7 src_port=8142 http_method=get http_url="/a?b=1" http_host="shop.example" http_agent="curl 8" http_retcode=200 msg="HTTP get request""#,
            "2024-05-01 00:02:15\taction=Allowed\trequestmethod=GET\tuseragent=curl 8\tClientIP=192.0.2.7\turl=/a?b=1\tstatus=200",
            r#"source_ip=192.0.2.7 http_status_code=200 http_request_first_line="GET /a?b=1 HTTP/1.1" useragent="curl 8""#,
            r#"c-ip=192.0.2.7 cs-method=GET cs-uri-path=/a?b=1 cs-User-Agent="curl 8" sc-status=200"#,
        ] {
            let record = parse(line).unwrap();
            assert_eq!((record.client, record.target, record.status, record.agent), want, "{line}");
            let is_dated = line.starts_with("date") || line.starts_with("2024");
            assert_eq!(record.time.map(Time::seconds), is_dated.then_some(1_714_521_735));
        }
    }

    #[test]
    fn gateways_and_firewalls_quote_less_and_tell_more() {
        let fortiweb = r#"date=2024-05-01 time=00:02:15 type=attack proto=tcp src=192.0.2.7 http_method=get http_url="/a" http_host="a.example" http_agent="x""#;
        let record = parse(fortiweb).unwrap();
        assert_eq!((record.client, record.status, record.protocol), (Some(&b"192.0.2.7"[..]), None, None));
        assert!(parse(&fortiweb.replace("http_host", "host")).is_err());
        let websense = "user=LDAP://bob src_host=192.0.2.7 http_response=200 http_method=POST http_user_agent=Mozilla/5.0 (X11; rv:1) x/1 reason=- url=http://a.example/a";
        let record = parse(websense).unwrap();
        assert_eq!(
            (record.agent, record.target),
            (Some(&b"Mozilla/5.0 (X11; rv:1) x/1"[..]), Some(&b"http://a.example/a"[..]))
        );
        let skyhigh = "source_ip=192.0.2.7 http_action=PUT server_to_client_bytes=7976 requested_host=a.example requested_path=/a request_timestamp_epoch=1714521735 request_timestamp=2024-05-01 00:02:15 uri_scheme=https category=Personal Storage http_status_code=200 user_agent_comment=Mozilla/5.0 (X11) process_name=x referer=";
        let record = parse(skyhigh).unwrap();
        assert_eq!((record.host, record.bytes, record.status), (Some(&b"a.example"[..]), Some(7976), Some(200)));
        assert_eq!(
            (record.agent, record.time.map(Time::seconds)),
            (Some(&b"Mozilla/5.0 (X11)"[..]), Some(1_714_521_735))
        );
        let mwg = r#"date="2024-05-01T00:02:15.250Z" source_ip=192.0.2.7 http_status_code=403/80 destination_bytes=512 http_request_first_line="GET http://a.example/ HTTP/1.1""#;
        let record = parse(mwg).unwrap();
        assert_eq!(
            (record.status, record.bytes, record.time.map(Time::seconds)),
            (Some(403), Some(512), Some(1_714_521_735))
        );
    }

    #[test]
    fn a_firewall_calls_the_client_a_host_and_the_time_taken_a_time() {
        let want = (Some(&b"192.0.2.7"[..]), Some(200), Some(1523), Some(12_345_000), Some(1_714_521_735));
        for (line, host) in [
            (
                r#"2024:05:01-00:02:15 utm reverseproxy: id="0299" srcip="192.0.2.7" size="1523" user="-" host="192.0.2.7" method="GET" statuscode="200" time="12345" url="/a" server="a.example" referer="-""#,
                Some(&b"a.example"[..]),
            ),
            (
                r#"<30>2024:05:01-00:02:15 utm httpproxy[7]: id="0001" method="GET" srcip="192.0.2.7" user="bob" statuscode="200" size="1523" request="0x7fad" url="https://a.example/a" fullreqtime="12345" ua="x y""#,
                None,
            ),
        ] {
            let record = parse(line).unwrap();
            let seconds = record.time.map(Time::seconds);
            assert_eq!((record.client, record.status, record.bytes, record.duration, seconds), want, "{line}");
            assert_eq!((record.method, record.host), (Some(&b"GET"[..]), host));
        }
        let xg = r#"device="SFW" date=2024-05-01 time=00:02:15 timezone="BST" log_type="WAF" user_name="-" server=a.example sourceip=192.0.2.7 ws_protocol="HTTP/1.1" url=/a querystring=b=1 method=GET httpstatus=403 useragent="x" host=192.0.2.7 bytessent=726"#;
        let record = parse(xg).unwrap();
        assert_eq!(
            (record.client, record.host, record.status),
            (Some(&b"192.0.2.7"[..]), Some(&b"a.example"[..]), Some(403))
        );
        assert_eq!(
            (record.query, record.bytes, record.time.map(Time::seconds)),
            (Some(&b"b=1"[..]), Some(726), Some(1_714_521_735))
        );
    }

    #[test]
    fn quotes_may_be_doubled_between_tabs() {
        let line = "datetime=\"Wed May  1 00:02:15 2024\"\tprotocol=\"HTTPS\"\trequestmethod=\"GET\"\tuseragent=\"\"Mozilla/5.0 (X11)\"\"\tClientIP=\"192.0.2.7\"\tstatus=\"200\"\turl=\"a.example/a\"\tfiletype=\"\"";
        let record = parse(line).unwrap();
        assert_eq!((record.agent, record.protocol), (Some(&b"Mozilla/5.0 (X11)"[..]), None));
        assert_eq!((record.client, record.time.map(Time::seconds)), (Some(&b"192.0.2.7"[..]), Some(1_714_521_735)));
    }

    #[test]
    fn a_daemon_puts_a_host_and_a_comma_before_the_pairs() {
        let line = r#"<134>Nov 27 20:00:00 lb-1,f5_irule=a,src_ip=192.0.2.7,http_method=GET,http_host=a.example:80,http_uri=/a,http_version=1.1,http_user_agent="x (y)",req_start_time=2024/05/01 00:02:15,cookie="",http_status=301,req_elapsed_time=2,bytes_out=145"#;
        let record = parse(line).unwrap();
        assert_eq!(
            (record.client, record.target, record.status),
            (Some(&b"192.0.2.7"[..]), Some(&b"/a"[..]), Some(301))
        );
        assert_eq!((record.protocol, record.duration), (Some(&b"1.1"[..]), Some(2_000_000)));
        assert_eq!((record.bytes, record.time.map(Time::seconds)), (Some(145), Some(1_714_521_735)));
    }

    #[test]
    fn a_time_may_stand_before_the_pairs() {
        let pairs = "method=GET path=/a status=200 remote_ip=192.0.2.7";
        for before in
            ["I, [2024-05-01T00:02:15.123456 #7]  INFO -- : ", "[01/May/2024:00:02:15 +0000], ", "2024-05-01 00:02:15 "]
        {
            let line = format!("{before}{pairs}");
            assert_eq!(parse(&line).unwrap().time.map(Time::seconds), Some(1_714_521_735), "{line}");
        }
        assert_eq!(parse(&format!("a [2024-05-01T00:02:15] {pairs}")).unwrap().time, None);
    }

    #[test]
    fn commas_may_divide_the_pairs() {
        let want = (Some(&b"192.0.2.7"[..]), Some(&b"/a,b"[..]), Some(&b"x=1"[..]), Some(200), Some(2048));
        for line in [
            r#"time=1714521735.25, bytes_out=2048, http_method="GET", client=192.0.2.7, status=200, uri_path="/a,b", uri_query="?x=1""#,
            r#"[01/May/2024:00:02:15 +0000], x_forwarded_for="-", remote_ip="192.0.2.7", http_method=GET, uri_path="/a,b", uri_query="?x=1", status=200, bytes_sent=2048"#,
            "f5_irule=a,src_ip=192.0.2.7,http_method=GET,http_uri=/a,b,query=x=1,http_status=200,bytes_out=2048",
        ] {
            let record = parse(line).unwrap();
            let told = (record.client, record.target, record.query, record.status, record.bytes);
            assert_eq!(told, want, "{line}");
        }
        let line = "method=GET path=/a,b=1 status=200";
        assert_eq!(parse(line).unwrap().target, Some(&b"/a,b=1"[..]), "blanks divide, so a comma is a target's");
    }

    #[test]
    fn programs_have_names_of_their_own() {
        let want = (Some(&b"192.0.2.7"[..]), Some(&b"/v2/"[..]), Some(200), Some(&b"a/1"[..]));
        for line in [
            r#"I0501 00:02:15.250000       1 httplog.go:132] "HTTP" verb="GET" URI="/v2/" latency="1.2ms" userAgent="a/1" srcIP="192.0.2.7:51234" resp=200"#,
            r#"time="2024-05-01T00:02:15Z" level=info msg="response completed" http.request.method=GET http.request.remoteaddr="192.0.2.7:51234" http.request.uri=/v2/ http.request.useragent=a/1 http.response.status=200"#,
        ] {
            let record = parse(line).unwrap();
            assert_eq!((record.client, record.target, record.status, record.agent), want, "{line}");
        }
    }

    #[test]
    fn what_a_program_says_is_no_request() {
        for line in
            ["level=info msg=started path=/etc/a", "method=run path=/a status=200", "method=GET path=/a", "a b c", "="]
        {
            assert!(parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_latency_names_its_unit() {
        for (pair, duration) in
            [("latency=12ms", Some(12_000_000)), ("took=1.5ms", Some(1_500_000)), ("latency=12", None)]
        {
            let line = format!("method=GET path=/a status=200 remote_address=192.0.2.7:5 {pair}");
            let record = parse(&line).unwrap();
            assert_eq!((record.client, record.duration), (Some(&b"192.0.2.7"[..]), duration), "{line}");
        }
    }

    #[test]
    fn a_firewall_writes_the_whole_request() {
        let line = r#"unit_hostname="a",response_code="404",ip_client="192.0.2.7",method="GET",date_time="2024-05-01 00:02:15",x_forwarded_for_header_value="N/A",username="N/A",uri="/a",request="GET /a?b=1 HTTP/1.1\r\nHost: a.example\r\n\r\n""#;
        let record = parse(line).unwrap();
        assert_eq!((record.client, record.user, record.forwarded), (Some(&b"192.0.2.7"[..]), None, None));
        assert_eq!((record.target, record.status), (Some(&b"/a?b=1"[..]), Some(404)));
        assert_eq!((record.protocol, record.time.map(Time::seconds)), (Some(&b"HTTP/1.1"[..]), Some(1_714_521_735)));
    }
}
