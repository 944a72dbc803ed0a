//! Python's `http.server`: the common format with a blank in the time, and no zone: it is taken for UTC.
//!
//! Werkzeug writes the same, and Odoo three numbers behind it: how many queries it made of its database, and the seconds in it and
//! in all else. Nothing is escaped: a line with a quote that a client wrote is no record.

use crate::grammar::{seconds, split_request};
use crate::layout::{Dialect, Divider, Laid, Layouts, Plan, Tail};

/// `client - - [dd/Mon/yyyy hh:mm:ss] "request" status bytes`.
pub(crate) static PYTHON_HTTP_SERVER: Laid = Laid::new(Plan {
    name: "python_http_server",
    aliases: &["werkzeug", "odoo"],
    about: "Python http.server, Werkzeug and Odoo",
    example: r#"192.0.2.7 - - [29/Aug/2023 22:02:58] "GET /a HTTP/1.1" 200 -"#,
    layouts: || {
        let layout = r#"$remote_addr - - [${time:%d/%b/%Y %H:%M:%S}] "$request" $status $body_bytes_sent"#;
        Layouts::of(Dialect::Nginx, [layout]).with_tail(Tail::Anything)
    },
    mend: |record, rest| {
        record.duration = match rest.trim_ascii() {
            [] => None,
            numbers => taken(numbers).ok_or("the end of the line, or a count and two times")?,
        };
        // Werkzeug colours its requests, into files too.
        if let Some(request) = record.request.and_then(without_colours) {
            split_request(request, record);
        }
        Ok(())
    },
    divider: Some(Divider::counted(b'"', &[2])),
    ..Plan::EMPTY
});

/// A request line without the codes of colours around it, if it begins with one.
fn without_colours(request: &[u8]) -> Option<&[u8]> {
    let mut rest = request.strip_suffix(b"\x1b[0m").unwrap_or(request);
    while let Some(code) = rest.strip_prefix(b"\x1b[") {
        let end = code.iter().take(COLOUR_BYTES_MAX).position(|byte| *byte == b'm')?;
        rest = &code[end + 1..];
    }
    (rest.len() < request.len()).then_some(rest)
}

/// The longest code of a colour, in bytes.
const COLOUR_BYTES_MAX: usize = 16;

/// The nanoseconds in `queries seconds seconds`, if they are known; `None` for what is nothing of the kind.
fn taken(numbers: &[u8]) -> Option<Option<u64>> {
    let mut words = numbers.split(|byte| *byte == b' ').map(|word| match word {
        b"-" => Some(None),
        word => seconds(word).map(Some),
    });
    let (_, database, rest) = (words.next()??, words.next()??, words.next()??);
    words.next().is_none().then(|| database?.checked_add(rest?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn its_messages_are_no_requests() {
        let record = PYTHON_HTTP_SERVER.parse(PYTHON_HTTP_SERVER.example().as_bytes()).unwrap().unwrap();
        assert_eq!((record.time, record.bytes), (Time::from_parts(1_693_346_578, 0), None));
        let line = b"192.0.2.7 - - [29/Aug/2023 22:02:58] code 404, message File not found";
        assert!(PYTHON_HTTP_SERVER.parse(line).is_err());
    }

    #[test]
    fn colours_are_no_part_of_a_request() {
        let example = PYTHON_HTTP_SERVER.example();
        for codes in ["\x1b[33m", "\x1b[31m\x1b[1m"] {
            let line = example.replace("GET /a HTTP/1.1", &format!("{codes}GET /a HTTP/1.1\x1b[0m"));
            let record = PYTHON_HTTP_SERVER.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.method, record.target), (Some(&b"GET"[..]), Some(&b"/a"[..])), "{line}");
            assert_eq!((record.protocol, record.request), (Some(&b"HTTP/1.1"[..]), Some(&b"GET /a HTTP/1.1"[..])));
        }
    }

    #[test]
    fn odoo_says_how_long_it_took() {
        let example = PYTHON_HTTP_SERVER.example();
        for (tail, duration) in [("", None), (" 12 0.012 0.034", Some(46_000_000)), (" - - -", None)] {
            let line = format!("{example}{tail}");
            let record = PYTHON_HTTP_SERVER.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.status, record.duration), (Some(200), duration), "{line}");
        }
        for line in [
            format!("{example} 12"),
            format!("{example} 12 0.012 0.034 5"),
            format!("{example} a b c"),
            example.replace("/a", "/a\" 404 - "),
        ] {
            assert!(PYTHON_HTTP_SERVER.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
