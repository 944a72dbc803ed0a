//! The common format with numbers behind it: how long the request took, and what else a server counts.
//!
//! Apache's and Tomcat's `%D`, Rack's and Puma's seconds, Tomcat's `%D %F %I`. Nobody says which number is which: a number
//! with a point is the time the request took, in seconds; of a whole number the unit is unknown, and it is told as what it
//! is. The tail is numbers, dashes, and at most one word in quotes (the name of a thread); anything else is another format,
//! or what a client has written into a request that its server does not escape.

use super::combined::{name_host, tell_head};
use crate::grammar::{Rest, common_head, fault, seconds, whole_number};
use crate::{Fault, Format, Record, Sink, Value};

/// The common format, then numbers.
pub(crate) struct CommonExtended;

/// The most numbers behind a line.
const NUMBERS_MAX: usize = 4;

impl Format for CommonExtended {
    fn name(&self) -> &'static str {
        "common_extended"
    }

    fn about(&self) -> &'static str {
        "Common log format with numbers behind it (Tomcat, Rack, Apache's %D)"
    }

    fn example(&self) -> &'static str {
        r#"192.0.2.7 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326 0.0042"#
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let mut record = Record::default();
        let Rest { ident, rest } = common_head(line, &mut record)?;
        let mut count = 0;
        for number in numbers(rest).ok_or_else(|| fault(line, rest, "numbers, and the end of the line"))? {
            if number.contains(&b'.') {
                record.duration = record.duration.or(seconds(number));
            }
            count += 1;
        }
        if count == 0 {
            return Err(fault(line, rest, "a number behind the size"));
        }
        name_host(&mut record, ident)?;
        Ok(Some(record))
    }

    fn begins_with_client(&self) -> bool {
        true
    }

    fn further<'a>(&'a self, line: &'a [u8], _record: &Record<'a>, sink: Sink<'_, 'a>) {
        tell_head(line, sink);
        let mut record = Record::default();
        let Ok(Rest { rest, .. }) = common_head(line, &mut record) else { return };
        let whole = numbers(rest).into_iter().flatten().find(|number| whole_number(number).is_some());
        if let Some(number) = whole {
            sink("trailing_number", Value::integer(number));
        }
    }
}

/// The numbers and dashes of a tail, at most so many, perhaps with a word in quotes behind them; `None` where there is more.
fn numbers(tail: &[u8]) -> Option<impl Iterator<Item = &[u8]>> {
    let tail = tail.trim_ascii();
    let (numbers, name) = match memchr::memchr(b'"', tail) {
        Some(quote) => (tail[..quote].trim_ascii_end(), &tail[quote..]),
        None => (tail, &b""[..]),
    };
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    let is_named = match name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")) {
        Some(name) => !name.is_empty() && name.iter().all(is_name),
        None => name.is_empty(),
    };
    let words = || numbers.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let are_numbers = words().all(|word| word == b"-" || seconds(word).is_some());
    (is_named && are_numbers && words().count() <= NUMBERS_MAX).then(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(tail: &str) -> Result<(Option<u16>, Option<u64>), Fault> {
        let line = format!(r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 5{tail}"#);
        let record = CommonExtended.parse(line.as_bytes())?.unwrap();
        assert_eq!((record.target, record.bytes), (Some(&b"/a"[..]), Some(5)));
        Ok((record.status, record.duration))
    }

    #[test]
    fn only_a_number_with_a_point_says_what_it_counts() {
        assert_eq!(parse(" 0.0012"), Ok((Some(200), Some(1_200_000))));
        assert_eq!(parse(" 1234"), Ok((Some(200), None)));
        assert_eq!(parse(r#" 12 - 3 "http-nio-8080-exec-1""#), Ok((Some(200), None)));
        for tail in ["", " x", r#" "-" "Mozilla/5.0""#, r#" 12 HTTP/1.1" 404 7"#, " 1 2 3 4 5", r#" "a b""#] {
            assert!(parse(tail).is_err(), "{tail}");
        }
    }

    #[test]
    fn whole_numbers_are_told() {
        let line = br#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 5 1234"#;
        let record = CommonExtended.parse(line).unwrap().unwrap();
        let mut told = Vec::new();
        CommonExtended.further(line, &record, &mut |name, value| told.push((name, value)));
        assert!(told.contains(&("trailing_number", Value::Integer(1234))));
    }
}
