//! Requests as web firewalls tell them in ArcSight's Common Event Format: `CEF:0|vendor|product|version|id|name|severity|` and
//! pairs of a key and a value (ArcSight CEF Implementation Standard, version 25).
//!
//! A value goes on to the blank before the next key, blanks included; `=` in it has a back-slash before it. Only what has a target
//! and a method or a client is a request. The standard has no key for a status: makers put it into one of the numbers that they
//! may name (`cn1`, and its `cn1Label`), Imperva's cloud without a name. Imperva's SecureSphere names texts so.
//!
//! Firewalls send it to a syslog daemon, and `CEF:` is no tag of a program there: what stands before it is passed over.

use memchr::{memchr, memchr_iter, memmem};

use crate::address::is_address;
use crate::field::Sink;
use crate::grammar::{whole_number, word};
use crate::json::instant;
use crate::{Escape, Fault, Format, Record, Time, Value, time};

use super::absolute::{absolute, tell_path};

/// One event a line.
pub(crate) struct Cef;

impl Format for Cef {
    fn name(&self) -> &'static str {
        "cef"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["arcsight"]
    }

    fn about(&self) -> &'static str {
        "Requests in ArcSight's CEF (Imperva, Citrix, F5, Akamai)"
    }

    fn example(&self) -> &'static str {
        "CEF:0|Incapsula|SIEMintegration|1|1|Normal|0| fileId=7130008 sourceServiceName=a.example requestClientApplication=curl/8.5 (x) request=https://a.example/a?b\\=1 requestMethod=GET cn1=200 src=192.0.2.7 in=512 xff=192.0.2.7 start=1714521735000 act=REQ_PASSED"
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let (vendor, extension) = header(line).ok_or(Fault { at: 0, expected: "`CEF:0` and seven bars" })?;
        let mut record = Record { escape: Escape::Backslash, ..Record::default() };
        let mut numbers = [Number::default(); 3];
        let mut texts = [None; TEXTS];
        let mut context = None;
        for (key, value) in pairs(extension) {
            let present = Some(value).filter(|value| !matches!(*value, b"" | b"-"));
            match key {
                b"src" | b"c6a2" => record.client = present.filter(|value| is_address(value)).or(record.client),
                b"suser" => record.user = present,
                b"request" => record.target = present,
                b"qstr" => record.query = present,
                b"requestMethod" | b"requestmethod" => record.method = present,
                b"method" => record.method = record.method.or(present),
                b"requestClientApplication" => record.agent = present,
                b"requestContext" => context = present,
                b"ref" => record.referer = present,
                b"sourceServiceName" => record.host = present,
                b"dhost" => record.host = record.host.or(present),
                b"in" => record.bytes = whole_number(value),
                b"xff" => record.forwarded = present,
                b"start" => record.time = moment(value),
                b"rt" | b"end" => record.time = record.time.or_else(|| moment(value)),
                [b'c', b'n', number @ b'1'..=b'3'] => numbers[usize::from(number - b'1')].value = whole_number(value),
                [b'c', b'n', number @ b'1'..=b'3', b'L', b'a', b'b', b'e', b'l'] => {
                    numbers[usize::from(number - b'1')].is_status = Some(is_status(value));
                }
                [b'c', b's', number @ b'1'..=b'9'] => texts[usize::from(number - b'1')] = present,
                [b'c', b's', number @ b'1'..=b'9', b'L', b'a', b'b', b'e', b'l'] => {
                    let text = texts[usize::from(number - b'1')];
                    match value {
                        b"HTTPHeaderRequest-URLMethod" => record.method = record.method.or(text),
                        b"HTTPHeaderRequest-URLPath" => record.target = record.target.or(text),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        if record.target.is_none() || record.method.is_none() && record.client.is_none() {
            return Err(Fault {
                at: line.len() - extension.len(),
                expected: "the key `request`, and a method or a client",
            });
        }
        // What stands without a name is a status in Imperva's cloud.
        let is_named = |number: &&Number| number.is_status.unwrap_or(vendor == b"Incapsula");
        let status = numbers.iter().find(is_named).and_then(|number| number.value);
        record.status = status.filter(|status| (100..600).contains(status)).map(|status| status as u16);
        record.referer = record.referer.or(context.filter(|context| absolute(context).is_some()));
        if let Some(parts) = record.target.and_then(absolute) {
            record.host = record.host.or(Some(parts.host)).filter(|host| !host.is_empty());
        }
        Ok(Some(record))
    }

    fn further<'a>(&'a self, line: &'a [u8], record: &Record<'a>, sink: Sink<'_, 'a>) {
        let Some((vendor, extension)) = header(line) else { return };
        sink("vendor", Value::text(vendor));
        for (key, value) in pairs(extension) {
            match key {
                b"act" => sink("action", Value::text(value)),
                b"spt" => sink("client_port", Value::integer(value)),
                b"dst" => sink("server_ip", Value::text(value)),
                _ => {}
            }
        }
        tell_path(record, sink);
    }
}

/// A number whose meaning its maker may name.
#[derive(Clone, Copy, Default)]
struct Number {
    value: Option<u64>,
    is_status: Option<bool>,
}

/// Whether the name of a number is that of a status.
fn is_status(label: &[u8]) -> bool {
    let has = |word: &[u8]| label.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    has(b"status") || has(b"response code") || has(b"responsecode")
}

/// Reads a time in one of the standard's spellings: a number, or `May 01 2024 00:02:15.250`, of a zone perhaps that is no other than
/// UTC, or `Wed May 01 00:02:15 UTC 2024`. Without its year it is none.
pub(super) fn moment(value: &[u8]) -> Option<Time> {
    let by_words = || {
        let (first, rest) = word(value)?;
        let (second, rest) = word(rest)?;
        let (third, rest) = word(rest)?;
        let (fourth, rest) = word(rest).unwrap_or((rest, b"UTC"));
        let (month, day, year, clock, zone) = match word(rest) {
            Some((zone, year)) => (second, third, year, fourth, zone),
            None => (first, second, third, fourth, rest),
        };
        let (year, day) = (whole_number(year)?, whole_number(day)?);
        let month = time::month_number(*month.first_chunk()?)?;
        let Time(midnight) = time::civil(u32::try_from(year).ok()?, month, u32::try_from(day).ok()?, 0, 0, 0)?;
        let nanos = time::clock(clock)??;
        matches!(zone, b"UTC" | b"GMT" | b"GMT+00:00" | b"Z").then(|| midnight.checked_add(nanos).map(Time))?
    };
    instant(value).or_else(by_words)
}

/// How many texts there are whose meaning their maker may name.
const TEXTS: usize = 9;

/// The longest prefix of a syslog daemon that is passed over, in bytes.
const PREFIX_BYTES_MAX: usize = 128;

/// What stands behind `CEF:`, or another name: at the beginning, or behind a priority, a time, a host and a program, in which there
/// is no quote.
pub(super) fn behind_name<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    if let Some(text) = line.strip_prefix(name) {
        return Some(text);
    }
    let near = &line[..line.len().min(PREFIX_BYTES_MAX + name.len())];
    let at = memmem::find(near, name)?;
    let is_of_prefix = |byte: &u8| byte.is_ascii_alphanumeric() || b"<>:.,-+/_[]() ".contains(byte);
    let is_prefix = matches!(line[at - 1], b' ' | b'>' | b':') && line[..at].iter().all(is_of_prefix);
    is_prefix.then_some(&line[at + name.len()..])
}

/// The vendor, and what follows the seventh bar. A bar in a value has a back-slash before it.
fn header(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = behind_name(line, b"CEF:")?;
    let mut bars = memchr_iter(b'|', text).filter(|at| !text[..*at].ends_with(b"\\"));
    let (first, second) = (bars.next()?, bars.next()?);
    whole_number(&text[..first])?;
    Some((&text[first + 1..second], &text[bars.nth(4)? + 1..]))
}

/// The pairs of an extension.
pub(super) fn pairs(extension: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = next_key(extension, 0).map(|(begin, equals)| (&extension[begin..], equals - begin));
    std::iter::from_fn(move || {
        let (text, equals) = rest?;
        let key = &text[..equals];
        let value = &text[equals + 1..];
        let next = next_key(value, 1);
        let end = next.map_or(value.len(), |(begin, _)| begin);
        rest = next.map(|(begin, equals)| (&value[begin..], equals - begin));
        Some((key, value[..end].trim_ascii()))
    })
}

/// Where the next key begins, behind a blank unless it is the first, and where its sign stands.
fn next_key(text: &[u8], blanks: usize) -> Option<(usize, usize)> {
    let mut from = 0;
    loop {
        let equals = from + memchr(b'=', &text[from..])?;
        let name =
            text[..equals].iter().rev().take(KEY_BYTES_MAX).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let begin = equals - name;
        let is_key = 0 < name && (begin == 0 && blanks == 0 || begin != 0 && text[begin - 1] == b' ');
        if is_key {
            return Some((begin, equals));
        }
        from = equals + 1;
    }
}

/// The longest key that is looked for, in bytes.
const KEY_BYTES_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(line: &str) -> Result<Record<'_>, Fault> {
        Cef.parse(line.as_bytes()).map(|record| record.unwrap())
    }

    #[test]
    fn values_go_on_to_the_next_key() {
        let record = parse(Cef.example()).unwrap();
        assert_eq!((record.client, record.status), (Some(&b"192.0.2.7"[..]), Some(200)));
        assert_eq!((record.target, record.method), (Some(&b"https://a.example/a?b\\=1"[..]), Some(&b"GET"[..])));
        assert_eq!((record.agent, record.host), (Some(&b"curl/8.5 (x)"[..]), Some(&b"a.example"[..])));
        assert_eq!((record.bytes, record.time.map(Time::seconds)), (Some(512), Some(1_714_521_735)));
    }

    #[test]
    fn a_number_is_a_status_by_its_name() {
        let head = "CEF:0|Citrix|NetScaler|NS13.0|APPFW|X|6|src=192.0.2.7 method=GET request=http://a.example/a";
        for (tail, want) in [
            (" cn1=112702 cn2=157553", None),
            (" cn1=9 cn2=404 cn2Label=HTTP Status Code", Some(404)),
            (" cn3=404 cn3Label=Response code act=blocked", Some(404)),
            (" cn1=404 cn1Label=port", None),
        ] {
            assert_eq!(parse(&format!("{head}{tail}")).unwrap().status, want, "{tail}");
        }
    }

    #[test]
    fn a_syslog_daemon_puts_something_before_it() {
        let example = Cef.example();
        for prefix in
            ["<134>", "<134> ", "<134>Nov 27 20:00:00 fw-1 ", "2024-05-01T00:02:15+00:00 fw-1 ", "fw-1 asm[7]: "]
        {
            let line = format!("{prefix}{example}");
            let record = parse(&line).unwrap();
            assert_eq!((record.client, record.status), (Some(&b"192.0.2.7"[..]), Some(200)), "{line}");
        }
        for prefix in ["a\"", "x", "GET /a?b=", &"a ".repeat(PREFIX_BYTES_MAX)] {
            assert!(parse(&format!("{prefix}{example}")).is_err(), "{prefix}");
        }
    }

    #[test]
    fn a_time_is_a_number_or_has_a_year() {
        let of = |text: &str| moment(text.as_bytes()).map(Time::seconds);
        for text in [
            "1714521735000",
            "May 01 2024 00:02:15",
            "May 1 2024 00:02:15.250 UTC",
            "2024-05-01T00:02:15Z",
            "Wed May 01 00:02:15 UTC 2024",
        ] {
            assert_eq!(of(text), Some(1_714_521_735), "{text}");
        }
        for text in ["May 01 00:02:15", "May 01 2024 00:02:15 EST", "May 2024", "Foo 01 2024 00:02:15", ""] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn a_text_is_a_method_or_a_path_by_its_name() {
        let line = "CEF:0|Imperva Inc.|SecureSphere|13.5|Custom|x|High|act=block src=192.0.2.7 cs6=POST cs6Label=HTTPHeaderRequest-URLMethod cs7=/a.php cs7Label=HTTPHeaderRequest-URLPath cs1=a b cs1Label=Policy";
        let record = parse(line).unwrap();
        assert_eq!((record.method, record.target), (Some(&b"POST"[..]), Some(&b"/a.php"[..])));
    }

    #[test]
    fn an_event_without_a_request_is_none() {
        for line in [
            "CEF:0|a|b|1|2|c|3|src=192.0.2.7 dst=192.0.2.1 spt=80",
            "CEF:0|a|b|1|2|c|3|request=/a",
            "CEF:0|a|b|1|2|request=/a src=192.0.2.7",
            "CEF:x|a|b|1|2|c|3|request=/a src=192.0.2.7",
            "CEF:0|",
            "CEF:",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_extension_makes_it_stumble(text in "[a-c =|\\\\0-9]{0,60}") {
            let line = format!("CEF:0|a|b|1|2|c|3|{text}");
            let _ = Cef.parse(line.as_bytes());
            for (key, value) in pairs(text.as_bytes()) {
                prop_assert!(!key.is_empty() && !key.contains(&b' ') && value.len() <= text.len());
            }
        }
    }
}
