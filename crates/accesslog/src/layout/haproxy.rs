//! HAProxy's `log-format` and the words of its `option` lines.
//!
//! A variable is `%`, flags in braces (`%{+Q}r`), and a name. What is logged by `option httplog` and its like has formats
//! of its own, since captured headers and times without a zone need more than a layout.

use std::sync::Arc;

use super::field::Meaning;
use super::moment::Moment;
use super::syntax::Syntax;
use super::{Dialect, Field, Kind, Layout, LayoutError, Piece, borrowed};
use crate::{Escape, Format};

/// The format of an `option` line; `None` where the text is none.
pub(super) fn option(text: &str) -> Option<Result<Arc<dyn Format>, LayoutError>> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let name = match words[..] {
        ["option", "httplog", "clf"] => "haproxy_clf",
        ["option", "httplog" | "httpslog"] => "haproxy_http",
        ["option", "tcplog", ..] => "haproxy_tcp",
        ["option", ..] => "",
        _ => return None,
    };
    let unknown =
        LayoutError { at: "option ".len(), expected: "httplog, httplog clf, httpslog or tcplog: this is unknown" };
    Some(crate::named(name).map(borrowed).ok_or(unknown))
}

/// The layout of a `log-format` string, or of the whole directive.
pub(super) fn compile(text: &str) -> Result<Layout, LayoutError> {
    let string = text.trim_start().strip_prefix("log-format").map_or(text, str::trim_start);
    let within = |quote: char| string.strip_prefix(quote).and_then(|inner| inner.trim_end().strip_suffix(quote));
    // Between single quotes nothing is escaped.
    let is_plain = within('\'').is_some();
    let string = within('"').or_else(|| within('\'')).unwrap_or(string);
    let offset = text.find(string).unwrap_or(0);
    let mut pieces = Vec::new();
    let mut literal = Vec::new();
    let mut at = 0;
    let mut has_quotes = false;
    let bytes = string.as_bytes();
    while at < bytes.len() {
        match bytes[at..] {
            // A line begins with no blank.
            [b' ', ..] if pieces.is_empty() && literal.is_empty() => at += 1,
            [b'%', ..] if for_all(&string[at..]).is_some() => {
                let (flags, length) = for_all(&string[at..]).unwrap_or_default();
                has_quotes = flags.contains("+Q");
                at += length;
            }
            // In HAProxy's configuration a blank outside of quotes is escaped.
            [b'\\', byte, ..] if !is_plain => {
                literal.push(byte);
                at += 2;
            }
            [b'%', b'%', ..] => {
                literal.push(b'%');
                at += 2;
            }
            [b'%', ..] => {
                let (field, length, is_quoted) = variable(&string[at..], has_quotes)
                    .ok_or(LayoutError { at: offset + at, expected: "a variable of HAProxy's log-format" })?;
                let quote: &[u8] = if is_quoted { b"\"" } else { b"" };
                literal.extend_from_slice(quote);
                pieces.push(Piece::literal(offset + at, std::mem::take(&mut literal)));
                pieces.push(Piece::field(offset + at, field));
                literal.extend_from_slice(quote);
                at += length;
            }
            _ => {
                literal.push(bytes[at]);
                at += 1;
            }
        }
    }
    pieces.push(Piece::literal(offset + at, literal));
    Layout::of(Dialect::Haproxy, Escape::Raw, pieces)
}

/// The flags for all that follows, `%{+Q}o`, and their length.
fn for_all(text: &str) -> Option<(&str, usize)> {
    let (flags, rest) = text.strip_prefix("%{")?.split_once('}')?;
    let rest = rest.strip_prefix('o').filter(|rest| !rest.starts_with(|letter: char| letter.is_ascii_alphabetic()))?;
    Some((flags, text.len() - rest.len()))
}

/// The variable that begins here, its length, and whether it is written in quotes; `has_quotes` say that texts are
/// unless a flag says otherwise.
fn variable(text: &str, has_quotes: bool) -> Option<(Field, usize, bool)> {
    let mut rest = &text[1..];
    let mut flag = None;
    if let Some((flags, behind)) = rest.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
        flag = flags.contains("+Q").then_some(true).or_else(|| flags.contains("-Q").then_some(false));
        rest = behind;
    }
    if rest.starts_with('[') {
        let end = expression_end(rest)?;
        let is_quoted = flag.unwrap_or(has_quotes);
        return Some((expression(&rest[1..end]), text.len() - rest.len() + end + 1, is_quoted));
    }
    let length = rest.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(rest.len());
    let length = (1..=length.min(4)).rev().find(|&length| known(&rest[..length]).is_some())?;
    let name = &rest[..length];
    // Numbers, times and how a session ended never are.
    let is_text = matches!(name, "ci" | "si" | "bi" | "fi" | "f" | "ft" | "b" | "s" | "r" | "CC" | "CS" | "hr" | "hs")
        || matches!(name, "HM" | "HU" | "HP" | "HPO" | "HQ" | "HV" | "sslv" | "sslc" | "ID" | "H");
    Some((known(name)?, text.len() - rest.len() + length, flag.unwrap_or(has_quotes && is_text)))
}

/// The field of a sample expression: what it fetches, whatever is made of that.
fn expression(text: &str) -> Field {
    let fetched = text.split_once(',').map_or(text, |(fetched, _)| fetched).trim();
    let header = |name: &str| fetched.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    let name = match fetched {
        "src" => "ci",
        "src_port" => "cp",
        "dst" => "fi",
        "dst_port" => "fp",
        "method" => "HM",
        "url" | "capture.req.uri" => "HU",
        "path" => "HP",
        "query" => "HQ",
        "capture.req.method" => "HM",
        "status" => "ST",
        "ssl_fc_protocol" => "sslv",
        "ssl_fc_cipher" => "sslc",
        "unique-id" => "ID",
        _ => "",
    };
    if let Some(syntax) = date(fetched, text) {
        return Field::new(Meaning::TimePart, syntax);
    }
    match ["req.hdr", "req.fhdr", "hdr"].into_iter().find_map(header) {
        Some(header) => super::apache::request_header(header.trim_matches('"')),
        None => known(name)
            .unwrap_or_else(|| super::apache::named("", fetched.trim_matches(')').trim_matches('('), Syntax::Text)),
    }
}

/// A date, `date` or `date(...)`, as a converter spells it: `utime(%Y-%m-%d)`; a Unix time where none does.
fn date(fetched: &str, text: &str) -> Option<Syntax> {
    if fetched != "date" && !fetched.starts_with("date(") {
        return None;
    }
    let spelled =
        |name: &str| text.split_once(name).and_then(|(_, rest)| rest.split_once(')')).map(|(format, _)| format);
    let moment = match spelled("utime(").or_else(|| spelled("ltime(")) {
        Some(format) => Moment::of(format.trim_matches('"')).ok()?,
        None => Moment::epoch_seconds(),
    };
    Some(Syntax::Moment(Box::new(moment)))
}

/// The end of a sample expression, `[ssl_fc_sni,lower]`: brackets may stand within.
fn expression_end(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' => depth += 1,
            b']' if depth == 1 => return Some(at),
            b']' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[rustfmt::skip]
fn known(name: &str) -> Option<Field> {
    use Syntax::{Braces, Clf, Epoch, Integer, Protocol, Status, Text, Word};
    let number = |name: &'static str| Field::other(name, Integer, Kind::Integer);
    let word = |name: &'static str| Field::other(name, Word, Kind::Text);
    let text = |name: &'static str| Field::other(name, Text, Kind::Text);
    let moment = || Moment::of("%d/%b/%Y:%H:%M:%S.%3f").ok().map(|moment| Syntax::Moment(Box::new(moment)));
    Some(match name {
        "ci" => Field::new(Meaning::Client, Word),
        "cp" => number("client_port"),
        "si" => word("upstream_ip"),
        "sp" => number("upstream_port"),
        "bi" => word("backend_ip"),
        "bp" => number("backend_port"),
        "fi" => word("server_ip"),
        "fp" => Field::new(Meaning::Port, Integer).told("server_port", Kind::Integer),
        "t" | "tr" => Field::new(Meaning::TimePart, moment()?),
        "trg" | "T" | "Tl" | "trl" => Field::new(Meaning::Time, Clf),
        "Ts" => Field::new(Meaning::Time, Epoch),
        "ms" => number("accept_ms"),
        "f" | "ft" => word("frontend"),
        "b" => word("backend"),
        "s" => word("server"),
        "TR" | "Tq" => number("tq_ms"),
        "Th" => number("handshake_ms"),
        "Ti" => number("idle_ms"),
        "Tw" => number("tw_ms"),
        "Tc" => number("tc_ms"),
        "Tr" => number("tr_ms"),
        "Td" => number("data_ms"),
        "Ta" | "Tt" => Field::new(Meaning::Milliseconds, Integer).told("tt_ms", Kind::Integer),
        "Tu" => Field::new(Meaning::Milliseconds, Integer).ranked(1).told("total_ms", Kind::Integer),
        "ST" => Field::new(Meaning::Status, Status),
        "B" => Field::new(Meaning::Bytes, Integer),
        "U" => Field::new(Meaning::RequestBytes, Integer).told("bytes_received", Kind::Integer),
        "CC" => text("req_cookie"),
        "CS" => text("res_cookie"),
        "tsc" | "ts" => Field::other("termination_state", Word, Kind::Dash),
        "ac" => number("actconn"),
        "fc" => number("feconn"),
        "bc" => number("beconn"),
        "sc" => number("srvconn"),
        "rc" => number("retries"),
        "sq" => number("srv_queue"),
        "bq" => number("backend_queue"),
        "hr" => Field::other("captured_request_headers", Braces, Kind::Braced),
        "hs" => Field::other("captured_response_headers", Braces, Kind::Braced),
        "hrl" | "hsl" => text("captured_headers"),
        "r" => Field::new(Meaning::Request, Text).told("request_line", Kind::Dash),
        "HM" => Field::new(Meaning::Method, Word),
        "HU" => Field::new(Meaning::Target, Text),
        "HP" | "HPO" => Field::new(Meaning::Target, Text).ranked(1),
        "HQ" => Field::new(Meaning::Query, Text),
        "HV" => Field::new(Meaning::Protocol, Protocol),
        "sslv" => Field::new(Meaning::TlsVersion, Word),
        "sslc" => Field::new(Meaning::TlsCipher, Word),
        "ID" => Field::new(Meaning::RequestId, Word),
        "H" => word("hostname"),
        "pid" => number("pid"),
        "lc" => number("log_counter"),
        "rt" => number("request_counter"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTTP: &str =
        "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r";

    #[test]
    fn captured_headers_may_be_missing_with_their_blanks() {
        let layout = compile(HTTP).unwrap();
        let head = "2001:db8::1:50886 [01/Feb/2018:18:34:10.200] web~ app/<NOSRV> 0/0/0/121/+122 200 938 - - --VN 4/4/3/3/+0 0/0";
        for captured in ["", " {a|b c}", " {a} {b}"] {
            let line = format!("{head}{captured} \"GET /a \"b\" HTTP/1.1\"");
            let record = layout.read(line.as_bytes()).unwrap();
            assert_eq!(record.client, Some(&b"2001:db8::1"[..]), "{line}");
            assert_eq!(record.target, Some(&br#"/a "b""#[..]), "{line}");
            assert_eq!((record.status, record.duration), (Some(200), Some(122_000_000)), "{line}");
        }
    }

    #[test]
    fn an_expression_is_a_field_of_its_own_name() {
        let layout = compile("log-format \"%ci %[ssl_fc_sni,lower] %{+Q}[req.hdr(Host)] %ST\"").unwrap();
        let record = layout.read(b"192.0.2.1 a.example \"b.example\" 200").unwrap();
        assert_eq!((record.status, record.host), (Some(200), Some(&b"b.example"[..])));
        let layout = compile("%[src] %[method] %[url] %[req.hdr(User-Agent),lower] %[status]").unwrap();
        let record = layout.read(b"192.0.2.1 GET /a?b curl/8.5 404").unwrap();
        assert_eq!((record.client, record.target), (Some(&b"192.0.2.1"[..]), Some(&b"/a?b"[..])));
        assert_eq!((record.agent, record.status), (Some(&b"curl/8.5"[..]), Some(404)));
    }

    #[test]
    fn a_layout_of_json_stands_in_single_quotes() {
        let layout = r#"log-format '{"time":"%[date,utime(%Y-%m-%dT%H:%M:%S)]","client":"%ci","method":"%HM","path":"%HPO","status":%ST,"ua":"%[capture.req.hdr(0),json(utf8s)]"}'"#;
        let line = r#"{"time":"2024-05-01T00:02:15","client":"192.0.2.7","method":"GET","path":"/a","status":200,"ua":"x \"y\""}"#;
        let record = compile(layout).unwrap().read(line.as_bytes()).unwrap();
        assert_eq!(
            (record.client, record.target, record.status),
            (Some(&b"192.0.2.7"[..]), Some(&b"/a"[..]), Some(200))
        );
        assert_eq!(record.time.map(crate::Time::seconds), Some(1_714_521_735));
        assert_eq!(
            compile("%[date] %ci").unwrap().read(b"1714521735 192.0.2.7").unwrap().time.unwrap().seconds(),
            1_714_521_735
        );
    }

    #[test]
    fn flags_for_all_quote_what_is_text() {
        let layout = "%{+Q}o %{-Q}ci - - [%trg] %r %ST %B \"\" \"\" %cp %ms %ft %b %s %TR %Tw %Tc %Tr %Ta %tsc %ac %fc %bc %sc %rc %sq %bq %CC %CS";
        let line = r#"192.0.2.7 - - [06/Feb/2009:12:14:14 +0000] "GET /a HTTP/1.1" 200 2750 "" "" 33317 655 "in" "static" "srv1" 10 0 30 69 109 ---- 1 1 1 1 0 0 0 "-" "-""#;
        let record = compile(layout).unwrap().read(line.as_bytes()).unwrap();
        assert_eq!((record.client, record.target), (Some(&b"192.0.2.7"[..]), Some(&b"/a"[..])));
        assert_eq!((record.status, record.bytes, record.duration), (Some(200), Some(2750), Some(109_000_000)));
        assert_eq!(compile("%{+Q}o %zz").unwrap_err().at, 7);
    }

    #[test]
    fn an_error_says_where() {
        assert_eq!(compile("%ci %zz").unwrap_err().at, 4);
        assert!(option("option httpchk").unwrap().is_err());
        assert!(option("httplog").is_none());
    }
}
