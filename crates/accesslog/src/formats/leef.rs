//! Requests as web firewalls and proxies tell them in IBM's Log Event Extended Format (QRadar): `LEEF:1.0|vendor|product|version|id|`
//! and pairs of a key and a value, a tab between them; in `LEEF:2.0` a sixth field may name another sign, as itself or as `x5E`.
//!
//! Imperva's cloud and some collectors have a blank for the tab, and there a value goes on to the blank before the next key, as in
//! CEF. The standard has no key for a request: these are the ones that makers use. `NA` and `None` are no values (Zscaler). What a
//! syslog daemon puts before it is passed over.

use memchr::memchr;

use crate::address::is_address;
use crate::field::Sink;
use crate::grammar::whole_number;
use crate::{Escape, Fault, Format, Record, Value};

use super::absolute::{absolute, tell_path};
use super::cef;

/// One event a line.
pub(crate) struct Leef;

impl Format for Leef {
    fn name(&self) -> &'static str {
        "leef"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["qradar"]
    }

    fn about(&self) -> &'static str {
        "Requests in IBM's LEEF (Zscaler, Imperva)"
    }

    fn example(&self) -> &'static str {
        "LEEF:1.0|Zscaler|NSS|4.1|Allowed|cat=Allowed\tdevTime=May 01 2024 00:02:15 GMT\tdevTimeFormat=MMM dd yyyy HH:mm:ss z\tsrc=192.0.2.7\tdst=203.0.113.9\tusrName=NA\tdstBytes=512\turl=a.example/a?b=1\treqmethod=GET\trespcode=200\treferer=None\thostname=a.example\tuseragent=curl/8.5 (x)"
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let event = Event::of(line).ok_or(Fault { at: 0, expected: "`LEEF:1.0` or `LEEF:2.0`, and five bars" })?;
        let mut record = Record { escape: Escape::Backslash, ..Record::default() };
        // Imperva's cloud has a status in a number without a name.
        let is_incapsula = event.vendor == b"Incapsula";
        event.each(|key, value| {
            let Some(present) = present(value) else { return };
            match key {
                b"src" | b"c6a2" => record.client = Some(present).filter(|client| is_address(client)).or(record.client),
                b"usrName" | b"suser" | b"userName" | b"username" | b"user" => record.user = Some(present),
                b"url" | b"request" | b"uri" | b"URL" => record.target = Some(present),
                b"qstr" | b"queryString" | b"query_string" => record.query = Some(present),
                b"reqmethod" | b"requestMethod" | b"requestmethod" | b"method" | b"httpMethod" | b"http_method" => {
                    record.method = Some(present);
                }
                b"useragent" | b"userAgent" | b"user_agent" | b"requestClientApplication" => {
                    record.agent = Some(present);
                }
                b"referer" | b"ref" | b"refererURL" => record.referer = Some(present),
                b"hostname" | b"sourceServiceName" | b"hostName" => record.host = Some(present),
                b"dhost" | b"host" => record.host = record.host.or(Some(present)),
                b"respcode" | b"responsecode" | b"responseCode" | b"response_code" | b"statusCode" | b"httpStatus" => {
                    record.status = status(present);
                }
                b"cn1" if is_incapsula => record.status = status(present),
                b"dstBytes" | b"in" => record.bytes = whole_number(present),
                b"xff" | b"xForwardedFor" | b"x_forwarded_for" => record.forwarded = Some(present),
                b"devTime" | b"start" => record.time = cef::moment(present),
                b"rt" | b"end" => record.time = record.time.or_else(|| cef::moment(present)),
                _ => {}
            }
        });
        if record.target.is_none() || record.method.is_none() && record.client.is_none() {
            return Err(Fault {
                at: line.len() - event.extension.len(),
                expected: "the key `url`, and a method or a client",
            });
        }
        if let Some(parts) = record.target.and_then(absolute) {
            record.host = record.host.or(Some(parts.host)).filter(|host| !host.is_empty());
        }
        Ok(Some(record))
    }

    fn further<'a>(&'a self, line: &'a [u8], record: &Record<'a>, sink: Sink<'_, 'a>) {
        let Some(event) = Event::of(line) else { return };
        sink("vendor", Value::text(event.vendor));
        event.each(|key, value| match (key, present(value)) {
            (b"act" | b"cat", Some(action)) => sink("action", Value::text(action)),
            (b"srcPort" | b"cpt", Some(port)) => sink("client_port", Value::integer(port)),
            (b"dst", Some(server)) => sink("server_ip", Value::text(server)),
            _ => {}
        });
        tell_path(record, sink);
    }
}

/// A value that is one.
fn present(value: &[u8]) -> Option<&[u8]> {
    Some(value.trim_ascii()).filter(|value| !matches!(*value, b"" | b"-" | b"NA" | b"N/A" | b"None"))
}

/// A status, if a number is one.
fn status(value: &[u8]) -> Option<u16> {
    whole_number(value).filter(|status| (100..600).contains(status)).map(|status| status as u16)
}

/// A line in its parts.
struct Event<'a> {
    vendor: &'a [u8],
    extension: &'a [u8],
    /// What stands between two pairs, unless it is a blank.
    between: Option<u8>,
}

impl<'a> Event<'a> {
    fn of(line: &'a [u8]) -> Option<Event<'a>> {
        let text = cef::behind_name(line, b"LEEF:")?;
        let (version, rest) = until_bar(text)?;
        if !matches!(version, b"0" | b"1" | b"1.0" | b"2" | b"2.0") {
            return None;
        }
        let (vendor, rest) = until_bar(rest)?;
        let (_product, rest) = until_bar(rest)?;
        let (_product_version, rest) = until_bar(rest)?;
        let (_id, rest) = until_bar(rest)?;
        let sign = until_bar(rest).and_then(|(sign, rest)| Some((between(sign)?, rest)));
        let (between, extension) = match sign {
            Some((sign, extension)) if version.starts_with(b"2") => (Some(sign), extension),
            _ => (memchr(b'\t', rest).map(|_| b'\t'), rest),
        };
        Some(Event { vendor, extension, between })
    }

    fn each(&self, mut tell: impl FnMut(&'a [u8], &'a [u8])) {
        let Some(between) = self.between else {
            return cef::pairs(self.extension).for_each(|(key, value)| tell(key, value));
        };
        for pair in self.extension.split(|byte| *byte == between) {
            if let Some(equals) = memchr(b'=', pair) {
                tell(pair[..equals].trim_ascii(), &pair[equals + 1..]);
            }
        }
    }
}

/// What stands before the next bar, and behind it.
fn until_bar(text: &[u8]) -> Option<(&[u8], &[u8])> {
    memchr(b'|', text).map(|at| (&text[..at], &text[at + 1..]))
}

/// The sign that the header names: nothing is a tab, and a number is in base sixteen.
fn between(sign: &[u8]) -> Option<u8> {
    match sign {
        b"" | b"\\t" => Some(b'\t'),
        [sign] if !sign.is_ascii_alphanumeric() && *sign != b'=' => Some(*sign),
        [b'x', digits @ ..] | [b'0', b'x', digits @ ..] if (2..=4).contains(&digits.len()) => {
            u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Time;

    fn parse(line: &str) -> Result<Record<'_>, Fault> {
        Leef.parse(line.as_bytes()).map(|record| record.unwrap())
    }

    #[test]
    fn a_tab_stands_between_pairs() {
        let record = parse(Leef.example()).unwrap();
        assert_eq!((record.client, record.status, record.user), (Some(&b"192.0.2.7"[..]), Some(200), None));
        assert_eq!((record.target, record.method), (Some(&b"a.example/a?b=1"[..]), Some(&b"GET"[..])));
        assert_eq!((record.agent, record.host), (Some(&b"curl/8.5 (x)"[..]), Some(&b"a.example"[..])));
        assert_eq!((record.referer, record.bytes), (None, Some(512)));
        assert_eq!(record.time.map(Time::seconds), Some(1_714_521_735));
    }

    #[test]
    fn a_header_may_name_another_sign() {
        for head in ["LEEF:2.0|F5|ASM|16|x|^|", "LEEF:2.0|F5|ASM|16|x|x5E|", "LEEF:2.0|F5|ASM|16|x|0x5e|"] {
            let line = format!("{head}src=192.0.2.7^url=/a?b=c d|e^method=GET^responseCode=404");
            let record = parse(&line).unwrap();
            assert_eq!((record.target, record.status), (Some(&b"/a?b=c d|e"[..]), Some(404)), "{line}");
        }
        let tab = "LEEF:2.0|F5|ASM|16|x|src=192.0.2.7\turl=/a?b=|c\tmethod=GET";
        assert_eq!(parse(tab).unwrap().target, Some(&b"/a?b=|c"[..]));
    }

    #[test]
    fn blanks_may_stand_for_tabs() {
        let line = "<14>May  1 00:02:15 nss: LEEF:0|Incapsula|SIEMintegration|0|SQL Injection| fileId=3 sourceServiceName=a.example requestClientApplication=Mozilla/5.0 (X11; Linux) start=1714521735000 url=a.example/ requestMethod=GET qstr=a\\=1 cn1=200 src=192.0.2.7 cat=REQ_PASSED";
        let record = parse(line).unwrap();
        assert_eq!((record.client, record.status), (Some(&b"192.0.2.7"[..]), Some(200)));
        assert_eq!(record.agent, Some(&b"Mozilla/5.0 (X11; Linux)"[..]));
        assert_eq!(record.time.map(Time::seconds), Some(1_714_521_735));
        let zscaler = "LEEF:1.0|Zscaler|NSS|4.1|NA|cat=Blocked useragent=NA src=192.0.2.7 url=a.example/ devTimeFormat=MMM dd yyyy HH:mm:ss z devTime=Wed May 01 00:02:15 UTC 2024 dstBytes=5";
        let record = parse(zscaler).unwrap();
        assert_eq!((record.agent, record.bytes), (None, Some(5)));
        assert_eq!(record.time.map(Time::seconds), Some(1_714_521_735));
    }

    #[test]
    fn an_event_without_a_request_is_none() {
        for line in [
            "LEEF:1.0|a|b|1|2|src=192.0.2.7\tdst=192.0.2.1",
            "LEEF:1.0|a|b|1|2|url=/a",
            "LEEF:1.0|a|b|1|url=/a\tsrc=192.0.2.7",
            "LEEF:3|a|b|1|2|url=/a\tsrc=192.0.2.7",
            "LEEF:1.0|a",
            "LEEF:",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_extension_makes_it_stumble(head in "(2.0|1.0)", text in "[a-c =|\t^x0-9\\\\]{0,60}") {
            let line = format!("LEEF:{head}|a|b|1|2|{text}");
            let _ = Leef.parse(line.as_bytes());
        }
    }
}
