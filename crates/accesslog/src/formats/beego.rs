//! Beego's line of each request: who asked, what became of it, how long it took, and the pattern that the path fitted.
//!
//! Columns are aligned between bars. The time stands before them with a level, in brackets, and perhaps a place in the program. The path
//! is undone and has no query; whatever stands in it, the server's columns are before it. On a terminal some are in colours, whose first
//! byte a syslog daemon writes as `#033`.

use crate::address::is_address;
use crate::grammar::{fault, status, word};
use crate::json::{duration_of, instant};
use crate::{Fault, Format, Record, Sink, Value};

/// `date clock [D] [place]  |client| status |time|match| METHOD path   r:pattern`.
pub(crate) struct Beego;

impl Format for Beego {
    fn name(&self) -> &'static str {
        "beego"
    }

    fn about(&self) -> &'static str {
        "Beego (Go) request log"
    }

    fn example(&self) -> &'static str {
        "2024/05/01 00:02:15.250 [D] [server.go:2807]  |      192.0.2.7| 200 |   1.303161ms|   match| GET      /a   r:/a"
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        read(line)
            .map(|(record, _)| Some(record))
            .ok_or_else(|| fault(line, line, "a client, a status, a time, a match, a method and a path, bars between"))
    }

    fn further<'a>(&'a self, line: &'a [u8], _record: &Record<'a>, sink: Sink<'_, 'a>) {
        if let Some((_, Some(pattern))) = read(line) {
            sink("route_name", Value::Text(pattern));
        }
    }
}

/// The record of a line, and the pattern that its path fitted.
fn read(line: &[u8]) -> Option<(Record<'_>, Option<&[u8]>)> {
    let bar = memchr::memchr(b'|', &line[..line.len().min(PREFIX_BYTES_MAX)])?;
    let time = match line[..bar].trim_ascii_end() {
        // The logger's prefix is off.
        [] => None,
        prefix => {
            let (date, rest) = word(prefix)?;
            let (clock, rest) = word(rest)?;
            let rest = without_colours(rest);
            let is_prefix = rest.starts_with(b"[") && rest.ends_with(b"]");
            Some(instant(&prefix[..date.len() + 1 + clock.len()]).filter(|_| is_prefix)?)
        }
    };
    let mut cells = line[bar + 1..].splitn(5, |byte| *byte == b'|');
    let mut cell = || cells.next();
    let (client, code, took, fit, request) = (cell()?.trim_ascii(), cell()?, cell()?, cell()?, cell()?);
    let request = without_colours(request);
    let (code, _) = status(without_colours(code)).filter(|(_, rest)| rest.is_empty())?;
    let duration = duration_of(took.trim_ascii(), 1.0)?;
    let (method, path) = word(request)?;
    let path = without_colours(path);
    let is_fit = matches!(fit.trim_ascii(), b"match" | b"nomatch");
    let is_method = !method.is_empty() && method.iter().all(u8::is_ascii_uppercase);
    let (path, pattern) = match memchr::memmem::rfind(path, b"   r:/").filter(|_| fit.trim_ascii() == b"match") {
        Some(at) => (path[..at].trim_ascii_end(), Some(&path[at + b"   r:".len()..])),
        None => (path, None),
    };
    let record = Record {
        time,
        client: Some(client),
        method: Some(method),
        target: Some(path),
        status: code,
        duration: Some(duration),
        ..Record::default()
    };
    (is_address(client) && is_fit && is_method && path.starts_with(b"/")).then_some((record, pattern))
}

/// A text without the blanks and the colours of a terminal around it: `ESC[1;44m`, `#033[0m`.
fn without_colours(text: &[u8]) -> &[u8] {
    let mut rest = text.trim_ascii();
    loop {
        let begin = [&b"\x1b["[..], b"#033["].into_iter().find_map(|mark| rest.strip_prefix(mark));
        let behind = begin.and_then(|code| code.iter().position(|byte| *byte == b'm').map(|end| &code[end + 1..]));
        let before = [&b"\x1b[0m"[..], b"#033[0m"].into_iter().find_map(|mark| rest.strip_suffix(mark));
        rest = match behind.or(before) {
            Some(text) => text.trim_ascii(),
            None => return rest,
        };
    }
}

/// The longest prefix of a line, in bytes.
const PREFIX_BYTES_MAX: usize = 96;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Time;

    #[test]
    fn columns_are_aligned() {
        let example = Beego.example();
        for line in [
            example.to_owned(),
            example.replace(" [server.go:2807]", "").replace("2024/05/01", "2024-05-01"),
            example.replace("   match|", " nomatch|").replace("   r:/a", "  "),
            "2024/05/01 00:02:15.250 [D] [server.go:2694] | 192.0.2.7| 200 | 1.303161ms| match| GET /a r:/a"
                .replace(" r:/a", ""),
        ] {
            let record = Beego.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.method), (Some(&b"192.0.2.7"[..]), Some(&b"GET"[..])), "{line}");
            assert_eq!((record.target, record.status), (Some(&b"/a"[..]), Some(200)));
            assert_eq!(record.duration, Some(1_303_161));
            assert_eq!(record.time, Time::from_parts(1_714_521_735, 250_000_000));
        }
    }

    #[test]
    fn a_terminal_has_colours() {
        for escape in ["\x1b", "#033"] {
            let line = "2024/05/01 00:02:15 ^[1;44m[D] [server.go:2619] |      192.0.2.7|^[42m 200 ^[0m|     9.5ms|   match|^[44m GET     ^[0m /a   r:/a^[0m".replace('^', escape);
            let record = Beego.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.method), (Some(&b"192.0.2.7"[..]), Some(&b"GET"[..])), "{line}");
            assert_eq!((record.target, record.status), (Some(&b"/a"[..]), Some(200)));
            assert_eq!((record.duration, record.time), (Some(9_500_000), Time::from_parts(1_714_521_735, 0)));
        }
    }

    #[test]
    fn what_it_says_otherwise_is_no_request() {
        let example = Beego.example();
        for (of, by) in [
            ("192.0.2.7", "nobody"),
            ("| 200 |", "| ok |"),
            ("   match|", "   fits|"),
            (" GET ", " get "),
            ("[D] [server.go:2807]", "x"),
        ] {
            let line = example.replacen(of, by, 1);
            assert!(Beego.parse(line.as_bytes()).is_err(), "{line}");
        }
        assert!(
            Beego
                .parse(b"2024/05/01 00:02:15.250 [I] [asm_amd64.s:1373]  http server Running on http://:8080")
                .is_err()
        );
    }
}
