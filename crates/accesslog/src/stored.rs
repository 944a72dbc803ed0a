//! Lines in what collectors and stores of logs give out: a member of an object of JSON, an entry of a stream, a cell of a table.
//!
//! What holds the line is known by its name, and where no name is at hand, by what a line of a log is like: it holds quotes,
//! and is longer than whatever was taken out of it.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memmem};

use crate::json::{Entry, Field, Found, Keys, Kind, field, inner, instant, items, joined, key};
use crate::wrapping::Unwrapped;
use crate::{Escape, time};

pub(crate) static DOCKER: Keys = Keys::new(&[field("log", Field::REQUEST, 0), field("time", Field::TIME, 0)]);

pub(crate) static JOURNALD: Keys = Keys::new(&[
    field("MESSAGE", Field::REQUEST, 0),
    field("_SOURCE_REALTIME_TIMESTAMP", Field::TIME, 0),
    field("__REALTIME_TIMESTAMP", Field::TIME, 1),
]);

/// Of shippers, and of what stores of logs give out: Elasticsearch (`_source`), Google's log entries (`textPayload`),
/// CloudWatch (`@message`), Splunk (`_raw`, and `event` of what it collects), Loki (`line`), Graylog (`full_message`), Azure's containers and machines (`LogMessage`, `SyslogMessage`, `RawData`),
/// Datadog's export (`content`), and OpenTelemetry (`body`).
pub(crate) static SHIPPER: Keys = Keys::new(&joined::<{ MESSAGES.len() + 5 }>(&[
    MESSAGES,
    &[
        inner("_source", &STORED),
        inner("result", &STORED),
        inner("content", &STORED),
        key("body", Field::REQUEST, 2, &OPEN_TELEMETRY),
        field("event", Field::WHOLE, 0),
    ],
]));

/// A value of OpenTelemetry that is a text.
static OPEN_TELEMETRY: Keys = Keys::new(&[field("stringValue", Field::REQUEST, 2)]);

static STORED: Keys = Keys::new(MESSAGES);

const MESSAGES: &[Entry] = &[
    field("message", Field::REQUEST, 0),
    field("@message", Field::REQUEST, 0),
    field("full_message", Field::REQUEST, 0),
    field("textPayload", Field::REQUEST, 1),
    field("_raw", Field::REQUEST, 1),
    field("LogMessage", Field::REQUEST, 1),
    field("LogEntry", Field::REQUEST, 2),
    field("SyslogMessage", Field::REQUEST, 1),
    field("RawData", Field::REQUEST, 2),
    field("Message", Field::REQUEST, 3),
    field("short_message", Field::REQUEST, 2),
    field("line", Field::REQUEST, 3),
    field("@timestamp", Field::TIME, 0),
    field("timestamp", Field::TIME, 1),
    field("TimeGenerated", Field::TIME, 1),
    field("time", Field::TIME, 2),
    field("_time", Field::TIME, 2),
    field("asctime", Field::TIME, 2),
    field("timeUnixNano", Field::TIME, 1),
    field("observedTimeUnixNano", Field::TIME, 3),
];

/// The line in a JSON object, under the key that means the request.
pub(crate) fn object<'a>(line: &'a [u8], keys: &'static Keys, scratch: &'a mut Vec<u8>) -> Option<Unwrapped<'a>> {
    if line.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    let found = Found::of(line, keys).ok()?;
    let message = found.raw(Field::REQUEST).or_else(|| found.raw(Field::WHOLE))?;
    let time = found.get(Field::TIME).and_then(instant);
    let text = match message.kind {
        Kind::String => undone(message.text, scratch),
        // journald gives bytes that are no text as a list of numbers.
        Kind::Array => {
            scratch.clear();
            for item in items(message.text) {
                scratch.push(std::str::from_utf8(item.text).ok()?.parse().ok()?);
            }
            scratch
        }
        // A program that logs in JSON is read by some collectors, and stands in theirs as an object.
        Kind::Object => message.text,
        Kind::Bare => return None,
    };
    Some(Unwrapped { text, time })
}

/// A text of JSON, undone.
fn undone<'a>(text: &'a [u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
    match Escape::Json.undo(text) {
        Cow::Borrowed(text) => text,
        Cow::Owned(text) => {
            *scratch = text;
            scratch
        }
    }
}

/// `["1714521735000000000","line"]`: an entry of a stream of Loki, a time and a line, and perhaps an object of labels.
pub(crate) fn entry<'a>(line: &'a [u8], scratch: &'a mut Vec<u8>) -> Option<Unwrapped<'a>> {
    let mut items = items(line);
    let (time, message) = (items.next()?, items.next()?);
    let is_number = !time.text.is_empty() && time.text.iter().all(u8::is_ascii_digit);
    let is_entry =
        time.kind == Kind::String && message.kind == Kind::String && is_number && line.trim_ascii_end().ends_with(b"]");
    is_entry.then(|| Unwrapped { text: undone(message.text, scratch), time: instant(time.text) })
}

/// `"2024-05-01T00:02:15Z","web","192.0.2.7 - - [...] ""GET / HTTP/1.1"" 200 5"`: a row of a table (RFC 4180), one cell of which
/// is a line: that of Splunk's `_raw`, of Kibana's `message`, of `Line` or `LogEntry` elsewhere.
///
/// A line holds quotes, so its cell has them doubled. Other cells may, those of fields that were taken out of the line; the
/// line is the longest. The time is that of the first cell that is one.
pub(crate) fn row<'a>(line: &'a [u8], scratch: &'a mut Vec<u8>) -> Option<Unwrapped<'a>> {
    let (mut rest, mut longest, mut when) = (line, None::<(usize, &[u8])>, None);
    loop {
        let (cell, behind) = match rest.strip_prefix(b"\"") {
            Some(inner) => {
                let end = closing_quote(inner)?;
                let cell = &inner[..end];
                // As long as it is once it is undone.
                let quotes = memchr_iter(b'"', cell).count();
                let length = cell.len() - quotes / 2;
                if 0 < quotes && longest.is_none_or(|(of_longest, _)| of_longest < length) {
                    longest = Some((length, cell));
                }
                (cell, &inner[end + 1..])
            }
            None => rest.split_at(memchr(b',', rest).unwrap_or(rest.len())),
        };
        if when.is_none() && cell.get(10) == Some(&b'T') {
            when = time::iso(cell).flatten();
        }
        match behind {
            [] => break,
            [b',', behind @ ..] => rest = behind,
            _ => return None,
        }
    }
    let (_, cell) = longest?;
    scratch.clear();
    let mut from = 0;
    for at in memmem::find_iter(cell, b"\"\"") {
        scratch.extend_from_slice(&cell[from..=at]);
        from = at + 2;
    }
    scratch.extend_from_slice(&cell[from..]);
    Some(Unwrapped { text: scratch, time: when })
}

/// Where the quote stands that ends a cell: the first that is not doubled.
fn closing_quote(inner: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr(b'"', &inner[at..])?;
        if inner.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::{Time, Wrapping, recognise};

    const COMBINED: &str =
        r#"192.0.2.7 - - [01/May/2024:00:02:15 +0900] "GET /a?b=\"1 HTTP/1.1" 200 512 "-" "curl/8.5""#;

    fn unwrapped(wrapping: Wrapping, line: &str) -> Option<(String, Option<i64>)> {
        let mut scratch = Vec::new();
        let inner = wrapping.unwrap(line.as_bytes(), &mut scratch)?;
        Some((String::from_utf8(inner.text.to_vec()).unwrap(), inner.time.map(Time::seconds)))
    }

    #[test]
    fn streams_of_loki_and_records_of_open_telemetry_are_documents() {
        let line = serde_json::to_string(COMBINED).unwrap();
        let (time, want) = ("1714521736000000000", ("combined in shipper".to_owned(), Some(1_714_521_736)));
        let stream =
            format!(r#"{{"stream":{{"job":"a"}},"values":[["{time}",{line}],["{time}",{line},{{"a":"b"}}]]}}"#);
        let record = format!(r#"{{"timeUnixNano":"{time}","body":{{"stringValue":{line}}},"attributes":[]}}"#);
        let scope = format!(r#"{{"scope":{{"name":"a"}},"logRecords":[{record},{record}]}}"#);
        for text in [
            format!(r#"{{"streams":[{stream}]}}"#),
            format!(r#"{{"resourceLogs":[{{"resource":{{"attributes":[]}},"scopeLogs":[{scope}]}}]}}"#),
        ] {
            let recognition = recognise(text.as_bytes());
            let reading = recognition.reading.unwrap();
            assert_eq!((recognition.read, recognition.tried), (2, 2), "{text}");
            assert_eq!(format!("{} in {}", reading.format.name(), reading.wrapping.name()), want.0);
        }
        let own = (COMBINED.to_owned(), want.1);
        assert_eq!(unwrapped(Wrapping::Shipper, &record), Some(own.clone()));
        assert_eq!(unwrapped(Wrapping::Shipper, &format!(r#"["{time}",{line}]"#)), Some(own));
        for line in [r#"["a","b"]"#, r#"["1"]"#, r#"[1,"b"]"#, r#"["1","b""#, "[]", "[", r#"{"body":{"intValue":"1"}}"#]
        {
            assert_eq!(unwrapped(Wrapping::Shipper, line), None, "{line}");
        }
    }

    #[test]
    fn the_longest_cell_with_quotes_is_the_line() {
        let line = COMBINED.replace('"', "\"\"");
        for (head, row) in [
            ("_time,_raw,host", format!(r#""2024-05-01T00:02:16.000+0000","{line}",web"#)),
            (r#""_serial","agent","_raw","when""#, format!(r#"0,"a ""b"" c","{line}",2024-05-01T00:02:16Z"#)),
        ] {
            assert_eq!(unwrapped(Wrapping::Row, &row), Some((COMBINED.to_owned(), Some(1_714_521_736))), "{row}");
            let reading = recognise(format!("{head}\n{row}\n{row}\n").as_bytes()).reading.unwrap();
            assert_eq!((reading.format.name(), reading.wrapping), ("combined", Wrapping::Row), "{row}");
        }
        // What is longer by the quotes that its own are doubled by is no longer.
        let row = r##""A0#aaaa""#a","a""  "" a""0""##;
        assert_eq!(unwrapped(Wrapping::Row, row), Some((r##"A0#aaaa"#a"##.to_owned(), None)), "{row}");
        for line in ["a,b", r#""a""b"c"#, r#""a""b""#, r#""a","b""#, r#"a,"b"#, "", COMBINED] {
            let want = (line == r#""a""b""#).then(|| (r#"a"b"#.to_owned(), None));
            assert_eq!(unwrapped(Wrapping::Row, line), want, "{line}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_as_a_row_is_read_back(
            line in "[ -~]{0,40}\"[ -~]{0,40}",
            before in prop::collection::vec("[ -~]{0,9}", 0..4),
            after in prop::collection::vec("[ -~]{0,9}", 0..4),
        ) {
            prop_assume!(before.iter().chain(&after).all(|cell| cell.len() < line.len()));
            let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            let cells: Vec<String> = before.iter().chain([&line]).chain(&after).map(quoted).collect();
            prop_assert_eq!(unwrapped(Wrapping::Row, &cells.join(",")).map(|(line, _)| line), Some(line));
        }

        #[test]
        fn no_line_makes_a_wrapping_stumble(line in any::<Vec<u8>>(), row in "[\",a\\[\\]0{}:]{0,20}") {
            for wrapping in Wrapping::ALL {
                for line in [&line[..], row.as_bytes()] {
                    let _ = wrapping.unwrap(line, &mut Vec::new());
                }
            }
        }
    }
}
