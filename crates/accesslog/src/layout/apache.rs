//! Apache's `LogFormat`, and what took it over: Tomcat's valve, Jetty, lighttpd, varnishncsa.
//!
//! A directive is `%`, modifiers in any order (`!`, status codes, `<`, `>`, an argument in braces), and a letter. Of a
//! value that a condition may leave out (`%!200,304{Referer}i`) a dash is written. In the string of a configuration
//! `\"`, `\\`, `\t` and `\n` are escapes.

use std::borrow::Cow;

use super::field::Meaning;
use super::moment::Moment;
use super::nginx::{Characters, unescaped};
use super::syntax::Syntax;
use super::{Dialect, Field, Kind, Layout, LayoutError, Piece};
use crate::Escape;

/// The layout of a `LogFormat` string, or of the whole directive.
pub(super) fn compile(dialect: Dialect, text: &str) -> Result<Layout, LayoutError> {
    let characters = match argument(text)? {
        Some((at, string)) => unescaped(string, at),
        None => unescaped(text, 0),
    };
    layout(dialect, &characters)
}

/// The string of a directive `LogFormat "..." nickname` or `CustomLog path "..."`, and its place; `None` where the text
/// is a bare string.
fn argument(text: &str) -> Result<Option<(usize, &str)>, LayoutError> {
    let word = text.split_whitespace().next().unwrap_or_default();
    if !["LogFormat", "CustomLog", "GlobalLog"].iter().any(|name| name.eq_ignore_ascii_case(word)) {
        return Ok(None);
    }
    let missing = |at| LayoutError { at, expected: "a layout in double quotes" };
    let strings = quoted_strings(text).map_err(missing)?;
    strings.into_iter().find(|(_, string)| string.contains('%')).map(Some).ok_or(missing(text.len()))
}

/// The strings in double quotes, with their places; the place of a quote that has no other.
pub(super) fn quoted_strings(text: &str) -> Result<Vec<(usize, &str)>, usize> {
    let bytes = text.as_bytes();
    let mut strings = Vec::new();
    let mut at = 0;
    while let Some(open) = bytes[at..].iter().position(|byte| *byte == b'"').map(|step| at + step) {
        let mut end = open + 1;
        while end < bytes.len() && bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        if bytes.len() <= end {
            return Err(open);
        }
        strings.push((open + 1, &text[open + 1..end]));
        at = end + 1;
    }
    Ok(strings)
}

/// The layout of the characters of a string, in Apache's notation, for any of its followers.
fn layout(dialect: Dialect, characters: &Characters) -> Result<Layout, LayoutError> {
    let end = characters.last().map_or(0, |(at, _)| at + 1);
    let place = |at: usize| characters.get(at).map_or(end, |(place, _)| *place);
    let byte = |at: usize| characters.get(at).map(|(_, byte)| *byte);
    let mut pieces: Vec<Piece> = Vec::new();
    let mut at = 0;
    while let Some(current) = byte(at) {
        if current != b'%' {
            pieces.push(Piece::literal(place(at), [current]));
            at += 1;
            continue;
        }
        let begin = place(at);
        at += 1;
        let mut modifiers = Modifiers::default();
        while let Some(modifier) = byte(at) {
            match modifier {
                b'!' | b',' | b'0'..=b'9' => modifiers.is_conditional = true,
                b'<' => modifiers.is_original = true,
                b'>' => modifiers.is_final = true,
                b'{' => {
                    let inner: Vec<u8> =
                        characters[at + 1..].iter().map(|(_, byte)| *byte).take_while(|byte| *byte != b'}').collect();
                    at += 1 + inner.len();
                    if byte(at).is_none() {
                        return Err(LayoutError {
                            at: begin,
                            expected: "a brace that ends the argument of this directive",
                        });
                    }
                    modifiers.argument = Some(String::from_utf8_lossy(&inner).into_owned());
                }
                _ => break,
            }
            at += 1;
        }
        // With a letter behind it the same name is Apache's (`%{REMOTE_USER}e`).
        let has_letter = matches!(byte(at), Some(b'e' | b'x' | b'n' | b'i' | b'o' | b'C'));
        if !has_letter && let Some(field) = modifiers.argument.as_deref().and_then(exchange_attribute) {
            pieces.push(Piece::field(begin, field));
            continue;
        }
        let letter = byte(at).ok_or(LayoutError { at: begin, expected: "a letter behind the percent sign" })?;
        at += 1;
        if letter == b'%' {
            pieces.push(Piece::literal(begin, "%"));
            continue;
        }
        if letter == b'^' {
            let name: Vec<u8> = characters[at..].iter().take(2).map(|(_, byte)| *byte).collect();
            at += name.len();
            pieces.push(Piece::field(begin, caret(&name, &modifiers).ok_or(unknown(begin))?));
            continue;
        }
        if letter == b'q' && pieces.last().is_some_and(Piece::is_target) {
            pieces.pop();
            pieces.push(Piece::field(begin, path_and_query()));
        } else {
            pieces.push(Piece::field(begin, directive(dialect, letter, &modifiers, begin)?));
        }
    }
    Layout::of(dialect, Escape::Backslash, pieces)
}

/// What Undertow has in braces without a letter behind them: a header of the request or the reply by its kind and name
/// (`%{i,User-Agent}`), or an attribute of the exchange in capitals.
fn exchange_attribute(argument: &str) -> Option<Field> {
    use Syntax::{Integer, Text, Word};
    if let Some((kind, name)) = argument.split_once(',') {
        return Some(match kind {
            "i" => request_header(name),
            "o" => response_header(name),
            "c" => named("cookie", name, Text),
            "r" => named("attribute", name, Text),
            "q" => named("arg", name, Text),
            _ => return None,
        });
    }
    Some(match argument {
        "REMOTE_IP" | "REMOTE_HOST" => Field::new(Meaning::Client, Word),
        "REMOTE_USER" => Field::new(Meaning::User, Text),
        "METHOD" => Field::new(Meaning::Method, Word),
        "REQUEST_LINE" => Field::new(Meaning::Request, Text).told("request_line", Kind::Dash),
        "REQUEST_URL" => Field::new(Meaning::Target, Text).starting(b'/').told("path", Kind::Dash),
        "RESPONSE_CODE" => Field::new(Meaning::Status, Syntax::Status),
        "BYTES_SENT" => Field::new(Meaning::Bytes, Integer),
        "RESPONSE_TIME" => Field::new(Meaning::Milliseconds, Integer).told("request_time_ms", Kind::Integer),
        "RESPONSE_TIME_MICROS" => Field::new(Meaning::Microseconds, Integer).told("request_time_us", Kind::Integer),
        "THREAD_NAME" => Field::other("thread", Text, Kind::Text),
        _ => return None,
    })
}

/// `%U%q`: the path, decoded, and the query behind it.
fn path_and_query() -> Field {
    let target = Field::new(Meaning::Target, Syntax::Text).starting(b'/');
    target.told("path", Kind::Path).told("query_with_qmark", Kind::MarkedQuery)
}

fn unknown(at: usize) -> LayoutError {
    LayoutError { at, expected: "a directive of a LogFormat" }
}

/// What stands between the percent sign and the letter.
#[derive(Default)]
struct Modifiers {
    argument: Option<String>,
    is_conditional: bool,
    is_original: bool,
    is_final: bool,
}

#[rustfmt::skip]
fn directive(dialect: Dialect, letter: u8, modifiers: &Modifiers, at: usize) -> Result<Field, LayoutError> {
    use Syntax::{Decimal, Integer, Protocol, Status, Text, Word};
    let new = Field::new;
    let argument = modifiers.argument.as_deref();
    let field = match letter {
        b'a' | b'h' if argument == Some("c") => new(Meaning::Client, Word).ranked(3).told("peer_ip", Kind::Text),
        b'a' if matches!(argument, Some("server" | "local")) => Field::other("server_ip", Word, Kind::Text),
        b'a' | b'h' => new(Meaning::Client, Word),
        b'A' => Field::other("server_ip", Word, Kind::Text),
        b'b' | b'B' => new(Meaning::Bytes, Integer),
        b'C' => named("cookie", argument.unwrap_or_default(), Text),
        b'c' => match argument {
            Some("version") => new(Meaning::TlsVersion, Word),
            Some("cipher") => new(Meaning::TlsCipher, Word),
            _ => named("cookie", argument.unwrap_or_default(), Text),
        },
        // Jetty's own unit has changed over the years, and it says which nowhere.
        b'D' if dialect == Dialect::Jetty => Field::other("trailing_number", Integer, Kind::Integer),
        b'D' if dialect == Dialect::Tomcat => new(Meaning::Milliseconds, Integer).told("request_time_ms", Kind::Integer),
        b'D' => new(Meaning::Microseconds, Integer).told("request_time_us", Kind::Integer),
        b'e' => match argument.unwrap_or_default() {
            "UNIQUE_ID" => new(Meaning::RequestId, Word).ranked(1).told("unique_id", Kind::Text),
            name => named("env", name, Text),
        },
        b'E' => Field::other("error_string", Text, Kind::Text),
        b'f' => Field::other("file", Text, Kind::Text),
        b'F' => Field::other("first_byte_ms", Integer, Kind::Integer),
        b'g' | b'G' => named("geo", argument.unwrap_or_default(), Text),
        b'H' => new(Meaning::Protocol, Protocol),
        b'i' => request_header(argument.ok_or(LayoutError { at, expected: "the name of a header in braces" })?),
        // Tomcat writes the name of the thread.
        b'I' => new(Meaning::RequestBytes, Word).told("bytes_received", Kind::IfInteger).told("thread", Kind::UnlessInteger),
        b'k' => Field::other("keepalive_requests", Integer, Kind::Integer),
        b'l' => Field::other("ident", Word, Kind::Text),
        b'L' => new(Meaning::RequestId, Word),
        b'm' => new(Meaning::Method, Word),
        b'n' => named("note", argument.unwrap_or_default(), Text),
        b'o' => response_header(argument.ok_or(LayoutError { at, expected: "the name of a header in braces" })?),
        b'O' => new(Meaning::TotalBytes, Integer).told("total_bytes_sent", Kind::Integer),
        b'p' => match argument.map(str::to_ascii_lowercase).as_deref() {
            // Jetty has words of its own.
            Some("remote" | "client") => Field::other("client_port", Integer, Kind::Integer),
            None | Some("canonical" | "server") => new(Meaning::Port, Integer).told("server_port", Kind::Integer),
            Some("local") => new(Meaning::Port, Integer).ranked(1).told("server_port", Kind::Integer),
            _ => return Err(LayoutError { at, expected: "canonical, local or remote in braces" }),
        },
        b'P' => match argument.map(str::to_ascii_lowercase).as_deref() {
            Some("tid" | "hextid") => Field::other("thread_id", Word, Kind::Integer),
            _ => Field::other("pid", Integer, Kind::Integer),
        },
        b'q' => new(Meaning::Query, Text).starting(b'?').told("query_with_qmark", Kind::Text),
        b'r' if argument.is_none() => new(Meaning::Request, Text).told("request_line", Kind::Dash),
        b'r' => named("attribute", argument.unwrap_or_default(), Text),
        b'R' => Field::other("handler", Word, Kind::Text),
        b's' if argument.is_some() => named("session", argument.unwrap_or_default(), Text),
        b's' if modifiers.is_original => new(Meaning::Status, Status).ranked(2).told("original_status", Kind::Integer),
        b's' => new(Meaning::Status, Status).ranked(u8::from(!modifiers.is_final)),
        // Tomcat writes the id of the session.
        b'S' => Field::other("bytes_transferred", Word, Kind::IfInteger).told("session_id", Kind::UnlessInteger),
        b't' => return time(argument.unwrap_or_default(), at).map(|field| conditional(field, modifiers)),
        b'T' => match argument.map(str::to_ascii_lowercase).as_deref() {
            None | Some("s") => new(Meaning::Seconds, Decimal).ranked(2),
            Some("ms") => new(Meaning::Milliseconds, Integer).ranked(1).told("request_time_ms", Kind::Integer),
            Some("us") => new(Meaning::Microseconds, Integer).told("request_time_us", Kind::Integer),
            Some("ns") => new(Meaning::Seconds, Integer).ranked(9).told("request_time_ns", Kind::Integer),
            _ => return Err(LayoutError { at, expected: "a unit in braces: s, ms or us" }),
        },
        b'u' => new(Meaning::User, Text),
        b'U' => new(Meaning::Target, Text).starting(b'/').told("path", Kind::Dash),
        b'v' => new(Meaning::Host, Word).ranked(1),
        b'V' => new(Meaning::Host, Word),
        b'x' => match argument.unwrap_or_default() {
            "SSL_PROTOCOL" => new(Meaning::TlsVersion, Word),
            "SSL_CIPHER" => new(Meaning::TlsCipher, Word),
            name => named("", name.rsplit(':').next().unwrap_or(name), Text),
        },
        b'X' => Field::other("connection_status", Word, Kind::Dash),
        _ => return Err(unknown(at)),
    };
    Ok(conditional(field, modifiers))
}

/// A field that may be left out by a condition is worth less than one that is always written; one of the request as it
/// came (`%<`), before it was redirected inside the server, less than the same of what was answered.
fn conditional(field: Field, modifiers: &Modifiers) -> Field {
    let rank = field.rank + if modifiers.is_conditional { 4 } else { 0 };
    let is_earlier = modifiers.is_original && !modifiers.is_final;
    field.ranked(rank * 2 + u8::from(is_earlier))
}

/// `%^FB`, `%{x}^ti`, `%{x}^to`.
fn caret(name: &[u8], modifiers: &Modifiers) -> Option<Field> {
    let argument = modifiers.argument.as_deref().unwrap_or_default();
    Some(match name {
        b"FB" => Field::other("first_byte_us", Syntax::Integer, Kind::Integer),
        b"ti" => named("request_trailer", argument, Syntax::Text),
        b"to" => named("sent_trailer", argument, Syntax::Text),
        _ => return None,
    })
}

/// `%t`, with the argument in its braces.
fn time(argument: &str, at: usize) -> Result<Field, LayoutError> {
    let format = argument.strip_prefix("begin").or_else(|| argument.strip_prefix("end"));
    // `begin` and `end` are prefixes only before a colon or alone.
    let format = match format {
        Some("") => "",
        Some(rest) => rest.strip_prefix(':').unwrap_or(argument),
        None => argument,
    };
    let java = if format.contains('%') { None } else { java_pattern(format) };
    let moment = match format {
        "" => return Ok(Field::new(Meaning::Time, Syntax::Clf)),
        "sec" => Moment::epoch_seconds(),
        "msec" => Moment::epoch_milliseconds(),
        "usec" => Moment::epoch_microseconds(),
        "msec_frac" => Moment::fraction(3),
        "usec_frac" => Moment::fraction(6),
        _ if java.is_some() => java.unwrap_or_else(|| Moment::fraction(3)),
        _ => Moment::of(format).map_err(|offset| LayoutError {
            at: at + 2 + argument.len() - format.len() + offset,
            expected: "a directive of strftime",
        })?,
    };
    Ok(Field::new(Meaning::TimePart, Syntax::Moment(Box::new(moment))))
}

/// A time as Java spells it, in which Tomcat and Jetty write it: `dd/MMM/yyyy:HH:mm:ss ZZZ`, behind a bar perhaps Jetty's zone
/// and language (`|GMT|en`). `None` where it is no such pattern.
fn java_pattern(format: &str) -> Option<Moment> {
    let pattern = format.split('|').next().unwrap_or(format);
    let (mut spelled, mut rest) = (String::new(), pattern);
    while let Some(letter) = rest.chars().next() {
        if letter == '\'' {
            let end = rest[1..].find('\'')?;
            spelled.push_str(&rest[1..=end]);
            rest = &rest[end + 2..];
            continue;
        }
        let run = rest.len() - rest.trim_start_matches(letter).len();
        let directive = match (letter, run / letter.len_utf8()) {
            ('y' | 'u', 2) => "%y",
            ('y' | 'u', _) => "%Y",
            ('M' | 'L', 1 | 2) => "%m",
            ('M' | 'L', _) => "%b",
            ('d', _) => "%d",
            ('H', _) => "%H",
            ('h', _) => "%I",
            ('m', _) => "%M",
            ('s', _) => "%S",
            ('S', _) => "%f",
            ('E', _) => "%a",
            ('a', _) => "%p",
            ('Z' | 'X' | 'x', _) => "%z",
            ('z', _) => "%Z",
            (letter, _) if letter.is_ascii_alphabetic() => return None,
            _ => &rest[..run],
        };
        spelled.push_str(directive);
        rest = &rest[run..];
    }
    if pattern.len() < format.len() {
        // Jetty, which alone knows the bar, writes the brackets itself.
        spelled = format!("[{spelled}]");
    }
    if spelled.contains('%') { Moment::of(&spelled).ok() } else { None }
}

/// The field of a request header.
pub(super) fn request_header(name: &str) -> Field {
    use Syntax::{List, Text, Word};
    match name.to_ascii_lowercase().as_str() {
        "referer" | "referrer" => Field::new(Meaning::Referer, Text),
        "user-agent" => Field::new(Meaning::Agent, Text),
        "x-forwarded-for" => Field::new(Meaning::Forwarded, List),
        "host" => Field::new(Meaning::Host, Word).ranked(2).told("host_header", Kind::Text),
        "x-request-id" | "x-correlation-id" => Field::new(Meaning::RequestId, Word).ranked(2),
        "x-ausername" => Field::new(Meaning::User, Text).ranked(1),
        "x-forwarded-proto" => Field::new(Meaning::Scheme, Word).ranked(1).told("x_forwarded_proto", Kind::Text),
        "x-real-ip" | "cf-connecting-ip" | "true-client-ip" => named("http", name, Text).of(Meaning::Client).ranked(4),
        _ => named("http", name, Text),
    }
}

/// The field of a header of the reply. Atlassian's programs send the user back in one.
pub(super) fn response_header(name: &str) -> Field {
    match name.to_ascii_lowercase().as_str() {
        "x-ausername" => Field::new(Meaning::User, Syntax::Text).ranked(1),
        "x-request-id" | "x-arequestid" => Field::new(Meaning::RequestId, Syntax::Word).ranked(2),
        _ => named("sent_http", name, Syntax::Text),
    }
}

/// A field named after what it is and its own name, in the way of nginx: `http_x_custom`.
pub(super) fn named(of: &'static str, name: &str, syntax: Syntax) -> Field {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' };
    let name: String = name.chars().map(plain).collect();
    let name: Cow<'static, str> = match (of, name.is_empty()) {
        ("", _) => name.into(),
        (_, true) => of.into(),
        _ => format!("{of}_{name}").into(),
    };
    Field::other(name, syntax, Kind::Text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Record, Time, Value};

    #[test]
    fn undertow_has_names_in_braces_alone() {
        let layout = r#"%h %u %t "%r" %s %b "%{i,User-Agent}" %{RESPONSE_TIME}"#;
        let record = read(layout, r#"192.0.2.7 - [01/May/2024:00:02:15 +0000] "GET /a HTTP/1.1" 200 5 "curl/8.5" 12"#);
        assert_eq!((record.agent, record.duration), (Some(&b"curl/8.5"[..]), Some(12_000_000)));
        let told = told("%a %{REMOTE_USER}e %p", "192.0.2.7 bob 443", "env_remote_user");
        assert_eq!(told.as_deref(), Some("bob"), "a variable of Apache's environment");
    }

    #[test]
    fn a_time_may_be_spelled_as_java_does() {
        for (layout, line) in [
            ("%h %{yyyy-MM-dd HH:mm:ss.SSS}t %s", "192.0.2.7 2024-05-01 00:02:15.000 200"),
            ("%h %{dd/MMM/yyyy:HH:mm:ss ZZZ|GMT}t %s", "192.0.2.7 [01/May/2024:00:02:15 +0000] 200"),
            ("%h %{yyyy-MM-dd'T'HH:mm:ssXXX}t %s", "192.0.2.7 2024-05-01T09:02:15+09:00 200"),
        ] {
            let record = read(layout, line);
            assert_eq!((record.time, record.status), (Time::from_parts(1_714_521_735, 0), Some(200)), "{layout}");
        }
        assert!(compile(Dialect::Apache, "%h %{no time}t").is_err() || java_pattern("no time").is_none());
    }

    fn read<'a>(layout: &str, line: &'a str) -> Record<'a> {
        compile(Dialect::Apache, layout).unwrap().read(line.as_bytes()).unwrap()
    }

    fn told(layout: &str, line: &str, name: &str) -> Option<String> {
        let layout = compile(Dialect::Apache, layout).unwrap();
        let mut found = None;
        layout.tell(line.as_bytes(), &mut |told, value| {
            if told == name {
                found = Some(match value {
                    Value::Text(text) => String::from_utf8_lossy(text).into_owned(),
                    other => format!("{other:?}"),
                });
            }
        });
        found
    }

    #[test]
    fn modifiers_stand_in_any_order() {
        for layout in
            ["%200<T", "%>!200T", "%>{s}!200T", "%{s}!200>T", "%<200<!>T", "%200t", "%200{%Y-%m-%d}t", "%200{}t"]
        {
            assert_eq!(read(layout, "-").duration, None, "{layout}");
        }
        assert_eq!(read("%<s %s %>s", "201 202 203").status, Some(203));
        assert_eq!(read("%<{Referer}i %{Referer}i", "/before /after").referer, Some(&b"/after"[..]));
        assert_eq!(read("\"%400r\" \"%r\"", "\"-\" \"GET / HTTP/1.1\"").method, Some(&b"GET"[..]));
    }

    #[test]
    fn a_letter_means_what_its_server_means() {
        let read =
            |dialect, line: &'static str| compile(dialect, "%h %D").unwrap().read(line.as_bytes()).unwrap().duration;
        assert_eq!(read(Dialect::Apache, "::1 7"), Some(7_000));
        assert_eq!(read(Dialect::Tomcat, "::1 7"), Some(7_000_000));
        assert_eq!(read(Dialect::Jetty, "::1 7"), None);
        let unit = |layout| compile(Dialect::Apache, layout).unwrap().read(b"7").unwrap().duration;
        assert_eq!((unit("%{MS}T"), unit("%{ms}T"), unit("%{US}T")), (Some(7_000_000), Some(7_000_000), Some(7_000)));
    }

    #[test]
    fn a_directive_of_a_configuration_is_undone() {
        let layout = r#"LogFormat "%h\t%l\t%u\t%t\t\"%r\"\t%>s\t%b" tabs"#;
        let record = read(layout, "10.0.0.11\t-\t-\t[11/Jun/2017:05:56:04 +0900]\t\"GET / HTTP/1.1\"\t200\t741");
        assert_eq!((record.status, record.bytes), (Some(200), Some(741)));
    }

    #[test]
    fn a_time_may_be_scattered() {
        let record = read("%{%Y-%m-%dT%H:%M:%S}t.%{msec_frac}t%{%z}t %a", "2026-11-22T21:42:06.096+0000 127.0.0.1");
        assert_eq!(record.time, Time::from_parts(1_795_383_726, 96_000_000));
        let record = read("%>{%Y-%m-%dT%H:%M:%S}t.%>{usec_frac}t%>{%z}t", "2019-05-06T12:09:43.123456-0400");
        assert_eq!(record.time, Time::from_parts(1_557_158_983, 123_456_000));
    }

    #[test]
    fn nothing_is_quoted_in_an_atlassian_log() {
        let layout = "%t %{X-Forwarded-For}i %{X-AUSERNAME}o %I %h %r %s %Dms %b %{Referer}i %{User-Agent}i";
        let line = "[03/Oct/2022:09:00:01 +0000] 10.0.0.5, 10.0.0.6 admin http-nio-8080-exec-1 192.168.1.10 GET /a b HTTP/1.1 200 350ms 12345 http://localhost/ Mozilla/5.0 (X11; rv)";
        let record = read(layout, line);
        assert_eq!(record.forwarded, Some(&b"10.0.0.5, 10.0.0.6"[..]));
        assert_eq!((record.user, record.client), (Some(&b"admin"[..]), Some(&b"192.168.1.10"[..])));
        assert_eq!(record.target, Some(&b"/a b"[..]));
        assert_eq!(record.duration, Some(350_000_000));
        assert_eq!(record.agent, Some(&b"Mozilla/5.0 (X11; rv)"[..]));
        assert_eq!(told(layout, line, "thread").as_deref(), Some("http-nio-8080-exec-1"));
    }

    #[test]
    fn a_path_and_its_query_are_no_target_as_sent() {
        let (layout, line) = ("%m \"%U\" \"%q\" %s", "GET \"/a b\" \"?x=1\" 200");
        let record = read(layout, line);
        assert_eq!((record.target, record.query), (Some(&b"/a b"[..]), Some(&b"x=1"[..])));
        assert_eq!(told(layout, line, "query_with_qmark").as_deref(), Some("?x=1"));
        let (layout, line) = ("\"%m\" \"%U%q\"", "\"GET\" \"/a?b\"");
        assert_eq!(read(layout, line).target, Some(&b"/a?b"[..]));
        assert_eq!(told(layout, line, "path").as_deref(), Some("/a"));
        assert_eq!(told(layout, line, "query_with_qmark").as_deref(), Some("?b"));
    }

    #[test]
    fn more_blanks_than_the_layout_has_are_blanks() {
        let record =
            read("%h %l %u %t \"%r\" %>s %b", "::1 -  -  [24/Jul/2016:07:08:31 +0000]  \"GET / HTTP/1.1\" 400   0");
        assert_eq!((record.user, record.status), (None, Some(400)));
    }

    #[test]
    fn a_quote_that_is_not_escaped_ends_nothing() {
        let combined = "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"";
        let head = "::1 - - [24/Jul/2016:07:08:31 +0000] \"GET /?<a href=\"x\" b=\"y\"> HTTP/1.1\" 400 0";
        let line = format!("{head} \"a\\\" \\\"b\" \"Mozilla \"old\" one\"");
        let record = read(combined, &line);
        assert_eq!(record.target, Some(&br#"/?<a href="x" b="y">"#[..]));
        assert_eq!(record.referer, Some(&br#"a\" \"b"#[..]));
        assert_eq!(record.agent, Some(&br#"Mozilla "old" one"#[..]));
        let layout = compile(Dialect::Apache, combined).unwrap();
        assert!(layout.read(format!("{head} \"-\" \"Mozilla\" \"more\"").as_bytes()).is_err());
    }

    #[test]
    fn an_error_says_where() {
        let error = |text| compile(Dialect::Apache, text).unwrap_err();
        assert_eq!(error("%h %").at, 3);
        assert_eq!(error("%h %Y").at, 3);
        assert_eq!(error("%h %{Referer").at, 3);
        assert_eq!(error("%h %i").expected, "the name of a header in braces");
        assert_eq!(error("%{begin:%Y-%Q}t").at, 11);
        assert_eq!(error("LogFormat \"%h").at, 10);
    }
}
