//! The combined format with fields behind it, as shops add them: forwarding clients, times, ids. Bare ones may stand between
//! the size and the referer too.
//!
//! Nobody says which field is which, so a field is taken for what only it looks like, and for nothing else:
//!
//! * a list of addresses, in quotes or not, is `X-Forwarded-For`;
//! * a bare decimal number with a point is the time the request took, in seconds (`$request_time`);
//! * an address with a port, or the path of a socket (`unix:/run/a.sock`), is the server behind;
//! * 32 hexadecimal digits, or a UUID, are the id of the request;
//! * `TLSv1.3` and a cipher by its name are those of TLS;
//! * `name=value` with a name of nginx's variables is what the name says, and with any other is told under that name.
//!
//! The first field that looks so is taken. The others stay in the line, which is the evidence.

use std::str;

use memchr::{memchr, memchr2};

use super::combined::{bare_url, name_host, referer_and_agent, tell_head};
use crate::address::is_address;
use crate::grammar::{Rest, common_head, ends_word, fault, present, quoted, seconds, whole_number};
use crate::layout::address_and_port;
use crate::{Fault, Format, Record, Sink, Value};

/// The combined format, then at least one more field, quoted or bare.
pub(crate) struct CombinedExtended;

impl Format for CombinedExtended {
    fn name(&self) -> &'static str {
        "combined_extended"
    }

    fn about(&self) -> &'static str {
        "Combined format with fields behind it (X-Forwarded-For, request time, request id)"
    }

    fn example(&self) -> &'static str {
        r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2326 "-" "Mozilla/5.0" "198.51.100.4, 192.0.2.1" 0.042"#
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let mut record = Record::default();
        let Rest { ident, rest } = common_head(line, &mut record)?;
        let (between, rest) = between(rest);
        let rest = referer_and_agent(line, rest, &mut record)?;
        if between.is_empty() && rest.trim_ascii().is_empty() {
            return Err(fault(line, rest, "a field behind the agent"));
        }
        name_host(&mut record, ident)?;
        for text in [between, rest] {
            for Trailing { name, value } in trailing(text) {
                trailing_field(name, value, &mut record);
            }
        }
        Ok(Some(record))
    }

    fn begins_with_client(&self) -> bool {
        true
    }

    fn further<'a>(&'a self, line: &'a [u8], _record: &Record<'a>, sink: Sink<'_, 'a>) {
        tell_head(line, sink);
        let mut record = Record::default();
        let (between, rest) = common_head(line, &mut record).map(|head| between(head.rest)).unwrap_or_default();
        let tail = referer_and_agent(line, rest, &mut record).unwrap_or_default();
        for Trailing { name, value } in trailing(between).chain(trailing(tail)) {
            if let Some(name) = name.and_then(|name| str::from_utf8(name).ok())
                && !trailing_field(Some(name.as_bytes()), value, &mut Record::default())
            {
                sink(name, Value::text(value));
            }
        }
    }
}

/// How many fields may stand between the size and the referer.
const BETWEEN_MAX: usize = 8;

/// Bare words between the size and the referer, and what follows them: nothing where the referer follows the size.
fn between(rest: &[u8]) -> (&[u8], &[u8]) {
    if rest.starts_with(b" \"") { (b"", rest) } else { words_between(rest) }
}

#[cold]
fn words_between(rest: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    for _ in 0..=BETWEEN_MAX {
        // A bare dash is a referer behind the size alone, and a bare URL wherever it is before the last value in quotes.
        let is_referer = rest[at..].starts_with(b" http") && bare_url(&rest[at + 1..]).is_some();
        if rest[at..].starts_with(b" \"") || at == 0 && rest.starts_with(b" - \"") || is_referer {
            return rest.split_at(at);
        }
        // A quote is the end of a request that holds what looks like its end: nothing before it is a field.
        match rest.get(at + 1..).and_then(|text| memchr2(b' ', b'"', text).map(|length| (length, text[length]))) {
            Some((length, b' ')) => at += 1 + length,
            _ => break,
        }
    }
    (b"", rest)
}

/// A field between the size and the referer, or behind the agent.
struct Trailing<'a> {
    name: Option<&'a [u8]>,
    value: &'a [u8],
}

/// The fields of a tail: words, words with a comma at their end taken with the next, and what stands in quotes.
fn trailing(tail: &[u8]) -> impl Iterator<Item = Trailing<'_>> {
    let mut rest = tail;
    std::iter::from_fn(move || {
        rest = rest.trim_ascii_start();
        if rest.is_empty() {
            return None;
        }
        let (name, text) = match name_before(rest) {
            Some(length) => (Some(&rest[..length]), &rest[length + 1..]),
            None => (None, rest),
        };
        let (value, behind) = quoted(text, ends_word).unwrap_or_else(|| list(text));
        rest = behind;
        Some(Trailing { name, value })
    })
}

/// The length of a name with an equals sign behind it.
fn name_before(text: &[u8]) -> Option<usize> {
    let length = text.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_' && *byte != b'-')?;
    (0 < length && text[length] == b'=').then_some(length)
}

/// A word, or several with commas between, and what follows.
fn list(text: &[u8]) -> (&[u8], &[u8]) {
    let mut end = 0;
    loop {
        end += memchr(b' ', &text[end..]).unwrap_or(text.len() - end);
        if end == text.len() || !text[..end].ends_with(b",") {
            return text.split_at(end);
        }
        end += 1;
    }
}

/// Puts a field where it belongs; `false` where it belongs nowhere in a record.
fn trailing_field<'a>(name: Option<&[u8]>, value: &'a [u8], record: &mut Record<'a>) -> bool {
    match name {
        Some(name) => named_field(name, value, record),
        None => unnamed_field(value, record),
    }
}

/// Puts a field without a name where its look says.
fn unnamed_field<'a>(value: &'a [u8], record: &mut Record<'a>) -> bool {
    // What is missing looks like nothing.
    if value == b"-" {
        return false;
    }
    if value.contains(&b'.')
        && !is_ratio(value)
        && let Some(duration) = seconds(value)
    {
        record.duration = record.duration.or(Some(duration));
    } else if is_request_id(value) {
        record.request_id = record.request_id.or(Some(value));
    } else if is_address_list(value) {
        record.forwarded = record.forwarded.or(Some(value));
    } else if value.starts_with(b"unix:/") || address_and_port(value).is_some_and(|(address, _)| is_address(address)) {
        record.upstream = record.upstream.or(Some(value));
    } else if value.starts_with(b"TLSv1") {
        record.tls_version = record.tls_version.or(Some(value));
    } else if is_cipher(value) {
        record.tls_cipher = record.tls_cipher.or(Some(value));
    } else {
        return false;
    }
    true
}

/// Whether a word is a cipher as TLS 1.3 or OpenSSL names them: nothing else begins so.
fn is_cipher(value: &[u8]) -> bool {
    [&b"TLS_AES_"[..], b"TLS_CHACHA20_", b"ECDHE-", b"DHE-RSA-"].iter().any(|begin| value.starts_with(begin))
}

/// Whether a number is nginx' `$gzip_ratio`, as GitLab's nginx writes it behind the agent: of two decimals always, where its times
/// have three.
fn is_ratio(value: &[u8]) -> bool {
    matches!(value, [b'1'..=b'9', .., b'.', b'0'..=b'9', b'0'..=b'9'])
}

/// The longest name that says where a field belongs, in bytes.
const NAME_BYTES_MAX: usize = b"http_x_forwarded_for".len();

/// Puts a field where its name says.
fn named_field<'a>(name: &[u8], value: &'a [u8], record: &mut Record<'a>) -> bool {
    let mut lowered = [0; NAME_BYTES_MAX];
    let Some(lowered) = lowered.get_mut(..name.len()) else { return false };
    lowered.copy_from_slice(name);
    lowered.make_ascii_lowercase();
    match &*lowered {
        b"rt" | b"request_time" => record.duration = record.duration.or(seconds(value)),
        b"host" | b"http_host" | b"vhost" | b"server_name" => record.host = record.host.or(present(value)),
        b"request_id" | b"req_id" | b"rid" | b"x-request-id" => {
            record.request_id = record.request_id.or(present(value));
        }
        b"xff" | b"http_x_forwarded_for" | b"x-forwarded-for" | b"x_forwarded_for" => {
            // What has a name is known better than what has a look, that it is missing included.
            record.forwarded = present(value);
        }
        b"port" | b"server_port" => {
            record.port = record.port.or(whole_number(value).and_then(|port| port.try_into().ok()));
        }
        b"rl" | b"request_length" => record.request_bytes = record.request_bytes.or(whole_number(value)),
        b"ua" | b"us" | b"upstream" | b"upstream_addr"
            if value.starts_with(b"unix:/") || address_and_port(value).is_some() =>
        {
            record.upstream = record.upstream.or(present(value));
        }
        _ => return false,
    }
    true
}

fn is_address_list(value: &[u8]) -> bool {
    // An address holds a point or a colon. Most words hold neither, and are no addresses before they are taken apart.
    let may_be = memchr2(b'.', b':', value).is_some() || value.trim_ascii_start().starts_with(b"unknown");
    let is_item = |item: &[u8]| is_address(item) || item == b"unknown";
    may_be && value.split(|&byte| byte == b',').all(|item| is_item(item.trim_ascii()))
}

fn is_request_id(value: &[u8]) -> bool {
    let is_of_length = match value.len() {
        32 => true,
        36 => value.iter().filter(|byte| **byte == b'-').count() == 4,
        _ => false,
    };
    is_of_length && value.iter().filter(|byte| byte.is_ascii_hexdigit()).count() == 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::ONE_WAY;

    fn parse(tail: &str) -> (Option<String>, Option<u64>, Option<String>, Option<String>) {
        let line = format!(
            r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2326 "-" "Mozilla/5.0" {tail}"#
        );
        let record = CombinedExtended.parse(line.as_bytes()).unwrap().unwrap();
        let text = |value: Option<&[u8]>| value.map(|value| String::from_utf8_lossy(value).into_owned());
        (text(record.forwarded), record.duration, text(record.request_id), text(record.host))
    }

    #[test]
    fn fields_that_may_be_the_end_of_the_request_make_two_ways() {
        const HEAD: &str = "192.0.2.1 - - [10/Oct/2000:13:55:36 -0700]";
        for tail in [
            r#""GET /a" 200 5 "x" "y HTTP/1.1" 404 7"#,
            r#""GET /a HTTP/1.1" 200 5 "x" "y" "z HTTP/1.1" 404 7 "-" "-""#,
            r#""GET /a" 200 5 "x" "y" 400 7 "-" "-""#,
            r#""GET /a HTTP/1.1" 200 5 "-" "y" [10/Oct/2000:13:55:37 -0700] "-" 400 0 "-" "-""#,
            r#""GET /a HTTP/1.1" 200 5 "-" "x\\" 404 7 "-" "z""#,
        ] {
            let line = format!("{HEAD} {tail}");
            assert_eq!(CombinedExtended.parse(line.as_bytes()).unwrap_err().expected, ONE_WAY, "{line}");
        }
        for tail in [
            r#""GET /a HTTP/1.1" 200 5 "-" "y" 200 512 "-" "-""#,
            r#""GET /a HTTP/1.1" 200 5 "-" "y" 200 "b""#,
            r#""GET /a HTTP/1.1" 200 5 "-" "y" "x HTTP/1.1" 0.042"#,
            r#""-" 200 5 "-" "y" 400 0 [a] "b""#,
            r#""GET /a HTTP/1.1" 200 5 - "y" 200 512 "-" "-""#,
            r#""GET /a HTTP/1.1" 200 5 "-" "x\" 404 7 "-" "z""#,
        ] {
            let line = format!("{HEAD} {tail}");
            let record = CombinedExtended.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!(record.status, Some(200), "{line}");
        }
    }

    #[test]
    fn fields_are_known_by_their_look() {
        let (forwarded, duration, id, _) =
            parse(r#""198.51.100.4, 2001:db8::1" 0.042 0123456789abcdef0123456789abcdef"#);
        assert_eq!(forwarded.as_deref(), Some("198.51.100.4, 2001:db8::1"));
        assert_eq!(duration, Some(42_000_000));
        assert_eq!(id.as_deref(), Some("0123456789abcdef0123456789abcdef"));
    }

    #[test]
    fn tls_is_known_by_its_look() {
        let line = br#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2 "-" "x" TLSv1.3 TLS_AES_256_GCM_SHA384 ua="unix:/run/a""#;
        let record = CombinedExtended.parse(line).unwrap().unwrap();
        assert_eq!(record.tls_version, Some(&b"TLSv1.3"[..]));
        assert_eq!(record.tls_cipher, Some(&b"TLS_AES_256_GCM_SHA384"[..]));
        assert_eq!(record.upstream, Some(&b"unix:/run/a"[..]));
    }

    #[test]
    fn fields_are_known_by_their_name() {
        let (_, duration, _, host) = parse(r#"rt=1.500 uct="0.001" host="shop.example""#);
        assert_eq!((duration, host.as_deref()), (Some(1_500_000_000), Some("shop.example")));
    }

    #[test]
    fn a_name_may_stand_before_a_list_and_a_list_without_quotes() {
        let (forwarded, _, id, _) = parse(r#"X-Forwarded-For="198.51.100.4, 192.0.2.1" request_id=abc"#);
        assert_eq!((forwarded.as_deref(), id.as_deref()), (Some("198.51.100.4, 192.0.2.1"), Some("abc")));
        let (forwarded, ..) = parse(r#"192.0.2.9 xff="198.51.100.4""#);
        assert_eq!(forwarded.as_deref(), Some("198.51.100.4"), "by its name");
        let (forwarded, ..) = parse(r#"192.0.2.9 X-Forwarded-For="-""#);
        assert_eq!(forwarded, None, "an address beside it is another's");
        for (value, want) in
            [("3.45", None), ("12.34", None), ("3.450", Some(3_450_000_000)), ("0.45", Some(450_000_000))]
        {
            let (_, duration, ..) = parse(value);
            assert_eq!(duration, want, "{value}: a ratio of sizes is no time");
        }
        let (forwarded, duration, ..) = parse("198.51.100.4, 192.0.2.1 0.5");
        assert_eq!((forwarded.as_deref(), duration), (Some("198.51.100.4, 192.0.2.1"), Some(500_000_000)));
    }

    #[test]
    fn names_that_are_not_known_are_told() {
        let line = br#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2 "-" "x" rt=0.1 uct="0.001" port=443"#;
        let record = CombinedExtended.parse(line).unwrap().unwrap();
        assert_eq!(record.port, Some(443));
        let mut told = Vec::new();
        CombinedExtended.further(line, &record, &mut |name, value| told.push((name, value)));
        assert_eq!(told, [("ident", Value::Absent), ("uct", Value::Text(b"0.001"))]);
    }

    #[test]
    fn fields_may_stand_before_the_referer() {
        let head = r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2326"#;
        for (between, behind) in
            [("0.042", ""), ("812 0.042 -", " \"-\""), ("+ 10.0.0.1:80 0.042", " port=443"), ("rt=0.042", "")]
        {
            let line = format!(r#"{head} {between} "-" "Mozilla/5.0"{behind}"#);
            let record = CombinedExtended.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!(record.duration, Some(42_000_000), "{line}");
            assert_eq!((record.bytes, record.agent), (Some(2326), Some(&b"Mozilla/5.0"[..])), "{line}");
        }
        let line = format!(r#"{head} 0.042 - "x""#);
        assert!(CombinedExtended.parse(line.as_bytes()).is_err(), "a bare referer stands behind the size alone");
        assert!(CombinedExtended.parse(format!(r#"{head} {}"-" "x""#, "1 ".repeat(10)).as_bytes()).is_err());
    }

    #[test]
    fn what_is_left_of_a_request_is_no_field() {
        let line = r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a" 200 5 HTTP/1.1" 404 7 "-" "x""#;
        assert!(!matches!(CombinedExtended.parse(line.as_bytes()), Ok(Some(record)) if record.status != Some(404)));
    }

    #[test]
    fn a_host_may_stand_before_the_request() {
        let line = r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "shop.example" "GET /a?b HTTP/1.1" 206 8 0.000 "-" "x" "-" port=443 rl=293"#;
        let record = CombinedExtended.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.host, record.target), (Some(&b"shop.example"[..]), Some(&b"/a?b"[..])));
        assert_eq!((record.method, record.duration, record.port), (Some(&b"GET"[..]), Some(0), Some(443)));
    }

    #[test]
    fn what_looks_like_nothing_is_left_alone() {
        assert_eq!(parse(r#""-" - 17 "a b""#), (None, None, None, None));
        assert_eq!(parse(r#""unterminated"#), (None, None, None, None));
    }

    #[test]
    fn a_bare_referer_and_words_behind_the_agent() {
        let line = br#"192.0.2.7 shop.example bob [18/Aug/2025:09:22:35 +0000] "GET /a HTTP/1.1" 302 0 http://shop.example "x y" Redirected to login"#;
        let record = CombinedExtended.parse(line).unwrap().unwrap();
        assert_eq!((record.referer, record.agent), (Some(&b"http://shop.example"[..]), Some(&b"x y"[..])));
        assert_eq!((record.user, record.host), (Some(&b"bob"[..]), Some(&b"shop.example"[..])));
    }
}
