//! The combined format with fields behind it, as shops add them: forwarding clients, times, ids.
//!
//! Nobody says which field is which, so a field is taken for what only it looks like, and for nothing else:
//!
//! * a quoted list of addresses is `X-Forwarded-For`;
//! * a bare decimal number with a point is the time the request took, in seconds (`$request_time`);
//! * 32 hexadecimal digits, or a UUID, are the id of the request;
//! * `name=value` with a name of nginx's variables is what the name says.
//!
//! The first field that looks so is taken. The others stay in the line, which is the evidence.

use memchr::memchr_iter;

use super::combined::{is_address, name_host, referer_and_agent};
use crate::grammar::{Rest, common_head, ends_word, fault, present, quoted, seconds, word};
use crate::{Fault, Format, Record};

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
        let rest = referer_and_agent(line, rest, &mut record)?;
        if rest.trim_ascii().is_empty() {
            return Err(fault(line, rest, "a field behind the agent"));
        }
        name_host(&mut record, ident)?;
        trailing_fields(rest, &mut record);
        Ok(Some(record))
    }
}

fn trailing_fields<'a>(mut rest: &'a [u8], record: &mut Record<'a>) {
    loop {
        rest = rest.trim_ascii_start();
        if rest.is_empty() {
            return;
        }
        let (value, behind) = quoted(rest, ends_word).or_else(|| word(rest)).unwrap_or((rest, b""));
        trailing_field(value, record);
        rest = behind;
    }
}

fn trailing_field<'a>(field: &'a [u8], record: &mut Record<'a>) {
    let (name, value) = match memchr_iter(b'=', field).next() {
        Some(at) => (&field[..at], field[at + 1..].trim_ascii()),
        None => (&b""[..], field),
    };
    let value = value.strip_prefix(b"\"").map_or(value, |value| value.strip_suffix(b"\"").unwrap_or(value));
    match name {
        b"" if value.contains(&b'.') && seconds(value).is_some() => {
            record.duration = record.duration.or(seconds(value));
        }
        b"" if is_request_id(value) => record.request_id = record.request_id.or(Some(value)),
        b"" if is_address_list(value) => record.forwarded = record.forwarded.or(Some(value)),
        b"rt" | b"request_time" => record.duration = record.duration.or(seconds(value)),
        b"host" | b"http_host" | b"vhost" | b"server_name" => record.host = record.host.or(present(value)),
        b"request_id" | b"req_id" | b"rid" => record.request_id = record.request_id.or(present(value)),
        b"xff" | b"http_x_forwarded_for" => record.forwarded = record.forwarded.or(present(value)),
        _ => {}
    }
}

fn is_address_list(value: &[u8]) -> bool {
    value.split(|&byte| byte == b',').all(|item| is_address(item.trim_ascii()) || item.trim_ascii() == b"unknown")
}

fn is_request_id(value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_hexdigit()).count();
    let dashes = value.iter().filter(|byte| **byte == b'-').count();
    digits == 32 && (value.len() == 32 || value.len() == 36 && dashes == 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(tail: &str) -> (Option<String>, Option<u64>, Option<String>, Option<String>) {
        let line = format!(
            r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2326 "-" "Mozilla/5.0" {tail}"#
        );
        let record = CombinedExtended.parse(line.as_bytes()).unwrap().unwrap();
        let text = |value: Option<&[u8]>| value.map(|value| String::from_utf8_lossy(value).into_owned());
        (text(record.forwarded), record.duration, text(record.request_id), text(record.host))
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
    fn fields_are_known_by_their_name() {
        let (_, duration, _, host) = parse(r#"rt=1.500 uct="0.001" host="shop.example""#);
        assert_eq!((duration, host.as_deref()), (Some(1_500_000_000), Some("shop.example")));
    }

    #[test]
    fn what_looks_like_nothing_is_left_alone() {
        assert_eq!(parse(r#""-" - 17 "a b""#), (None, None, None, None));
        assert_eq!(parse(r#""unterminated"#), (None, None, None, None));
    }
}
