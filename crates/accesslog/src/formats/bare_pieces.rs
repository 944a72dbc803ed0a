//! Pieces of a line as a log of their own: a request line, a time stamp.
//!
//! Nobody logs these alone; programs that have cut a log do. They are too plain to be recognised by their lines.

use std::sync::LazyLock;

use crate::grammar::split_request;
use crate::layout::Moment;
use crate::{Escape, Fault, Format, Record, Time, time};

/// A request line.
pub(crate) struct RequestLine;

impl Format for RequestLine {
    fn name(&self) -> &'static str {
        "request_line"
    }

    fn about(&self) -> &'static str {
        "A request line alone"
    }

    fn example(&self) -> &'static str {
        "GET /a?b=1 HTTP/1.1"
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        // Servers write down whatever was sent as a request line, but nothing is none: such a line is blank.
        if line.trim_ascii().is_empty() {
            return Err(Fault { at: 0, expected: "a request line" });
        }
        let mut record = Record { escape: Escape::Backslash, ..Record::default() };
        split_request(line, &mut record);
        Ok(Some(record))
    }

    fn is_recognised(&self) -> bool {
        false
    }
}

/// A time stamp as web servers write it: Apache's, that of ISO 8601, that of RFC 2822; in brackets or without.
pub(crate) struct ClfTimestamp;

impl Format for ClfTimestamp {
    fn name(&self) -> &'static str {
        "clf_timestamp"
    }

    fn about(&self) -> &'static str {
        "A time stamp of an access log alone"
    }

    fn example(&self) -> &'static str {
        "[10/Oct/2000:13:55:36 -0700]"
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        // Whoever cuts it out of a line may leave one of its brackets.
        let inner = line.strip_prefix(b"[").unwrap_or(line);
        let inner = inner.strip_suffix(b"]").unwrap_or(inner);
        let moment = || whole(&INTERNET, inner);
        // A bare date has no zone, and such a time is nobody's.
        let iso = || time::iso(inner).filter(|_| has_zone(inner));
        match time::clf(inner).or_else(iso).or_else(moment) {
            Some(time) => Ok(Some(Record { time, ..Record::default() })),
            None => Err(Fault { at: 0, expected: "a time stamp such as 10/Oct/2000:13:55:36 -0700" }),
        }
    }

    fn is_recognised(&self) -> bool {
        false
    }
}

fn has_zone(iso: &[u8]) -> bool {
    iso.last() == Some(&b'Z') || iso.get(19..).is_some_and(|tail| tail.contains(&b'+') || tail.contains(&b'-'))
}

/// RFC 2822, with the name of the day or without, and what `date` prints.
static INTERNET: LazyLock<Vec<Moment>> = LazyLock::new(|| {
    moments(&[
        "%a, %d %b %Y %H:%M:%S %z",
        "%d %b %Y %H:%M:%S %z",
        "%a, %d %b %Y %H:%M:%S %Z",
        "%Y-%m-%d %H:%M:%S %z",
        "%Y/%m/%d %H:%M:%S %z",
        "%Y/%m/%d:%H:%M:%S %z",
        "%a %b %e %H:%M:%S %z %Y",
        "%a %b %e %H:%M:%S %Z %Y",
    ])
});

/// What C's `asctime` gives, which has no zone: it is taken for UTC.
static ASCTIME: LazyLock<Vec<Moment>> = LazyLock::new(|| moments(&["%a %b %e %H:%M:%S %Y"]));

/// A time as letters, the protocol itself and C spell it, in English words.
pub(crate) fn internet_time(text: &[u8]) -> Option<Time> {
    if !text.first()?.is_ascii_alphanumeric() {
        return None;
    }
    whole(&INTERNET, text).or_else(|| whole(&ASCTIME, text)).flatten()
}

/// A time as records of Azure's diagnostics have it: ISO 8601, or American. Without a zone it is UTC.
pub(crate) struct AzureTimestamp;

impl Format for AzureTimestamp {
    fn name(&self) -> &'static str {
        "azure_timestamp"
    }

    fn about(&self) -> &'static str {
        "A time stamp of an Azure diagnostic record alone"
    }

    fn example(&self) -> &'static str {
        "1/9/2007 9:41:00 AM"
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let line = line.trim_ascii();
        match time::iso(line).or_else(|| whole(&AMERICAN, line)) {
            Some(time) => Ok(Some(Record { time, ..Record::default() })),
            None => Err(Fault { at: 0, expected: "a time stamp such as 2007-01-09T09:41:00Z or 1/9/2007 9:41:00 AM" }),
        }
    }

    fn is_recognised(&self) -> bool {
        false
    }
}

static AMERICAN: LazyLock<Vec<Moment>> = LazyLock::new(|| {
    moments(&[
        "%m/%d/%Y %I:%M:%S %p",
        "%m/%d/%Y %I:%M:%S %p %z",
        "%m/%d/%Y %I:%M:%S.%f %p",
        "%m/%d/%Y %I:%M %p",
        "%m/%d/%Y %H:%M:%S",
        "%m/%d/%Y %H:%M:%S %z",
        "%m/%d/%Y %H:%M:%S%z",
        "%m/%d/%Y %H:%M:%S.%f",
        "%m/%d/%Y %H:%M:%S.%f %z",
        "%m/%d/%Y %H:%M:%S %Z",
        "%m/%d/%Y %H:%M",
        "%Y-%m-%dT%H:%M%z",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M:%S %z",
        "%Y-%m-%d %H:%M:%S.%f %z",
        "%Y-%m-%d %H:%M:%S %Z",
        "%a, %d %b %Y %H:%M:%S %Z",
        "%a, %d %b %Y %H:%M:%S %z",
    ])
});

fn moments(formats: &[&str]) -> Vec<Moment> {
    formats.iter().filter_map(|format| Moment::of(format).ok()).collect()
}

/// The instant of the first spelling that reads the text to its end; nothing within where there is no such instant.
fn whole(spellings: &[Moment], text: &[u8]) -> Option<Option<Time>> {
    let read = spellings.iter().filter_map(|moment| moment.read(text));
    read.filter(|(_, end)| *end == text.len()).map(|(clock, _)| clock.time()).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(format: &dyn Format, text: &str) -> Option<i64> {
        format.parse(text.as_bytes()).ok()??.time.map(Time::seconds)
    }

    #[test]
    fn nothing_is_no_request_line_and_anything_else_is() {
        let read = |line: &'static [u8]| RequestLine.parse(line).ok().flatten().map(|record| record.target);
        assert_eq!(read(b"GET /a HTTP/1.1"), Some(Some(&b"/a"[..])));
        assert_eq!(read(b"\x16\x03\x01"), Some(None));
        assert_eq!([read(b""), read(b" \t")], [None, None]);
    }

    #[test]
    fn a_time_stamp_may_have_brackets() {
        for text in [
            "[25/Jul/2000:13:55:36 -0700]",
            "25/Jul/2000:13:55:36 -0700",
            "[25/Jul/2000:13:55:36 -0700",
            "25/Jul/2000:13:55:36 -0700]",
            "[2000-07-25T13:55:36-07:00]",
            "[Tue, 25 Jul 2000 13:55:36 -0700]",
        ] {
            assert_eq!(seconds(&ClfTimestamp, text), Some(964_558_536), "{text}");
        }
        for text in [
            "13/Mar/2016:01:59:59 -05:00",
            "13/Mar/2016:01:59:59 -05",
            "13/Mar/2016:01:59:59",
            "13/03/2016:01:59:59 -0500",
            "13/Mar/2016 01:59:59 -0500",
            "13/Mar/2016T01:59:59 -0500",
            "13/Sma/2016:01:59:59 -0500",
        ] {
            assert_eq!(seconds(&ClfTimestamp, text), None, "{text}");
        }
    }

    #[test]
    fn an_azure_time_stamp_may_be_american() {
        for text in [
            "2007-01-09T09:41:00Z",
            "2007-01-09T09:41:00.0000000Z",
            "2007-01-09T09:41:00+00:00",
            "1/9/2007 9:41:00 AM",
            "1/9/2007 09:41:00",
            "01/09/2007 09:41:00.123456789",
        ] {
            assert_eq!(seconds(&AzureTimestamp, text), Some(1_168_335_660), "{text}");
        }
        assert_eq!(seconds(&AzureTimestamp, "1/9/2007 9:41:00 PM"), Some(1_168_378_860));
        assert_eq!(seconds(&AzureTimestamp, "9. Januar 2007"), None);
    }
}
