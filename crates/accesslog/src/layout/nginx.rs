//! nginx's `log_format`: `$name` and `${name}` between literals.
//!
//! A string in single or double quotes unescapes `\"`, `\'`, `\\`, `\t`, `\r`, `\n`, as nginx reads its configuration;
//! strings beside each other are one. `escape=json` and `escape=none` write a missing value empty, the default a dash.

use super::field::Meaning;
use super::moment::Moment;
use super::syntax::Syntax;
use super::{Dialect, Field, Kind, Layout, LayoutError, Piece};
use crate::Escape;

/// The layout of a `log_format` string, or of the whole directive.
pub(super) fn compile(text: &str) -> Result<Layout, LayoutError> {
    match arguments(text)? {
        Some((escape, characters)) => layout(&characters, escape),
        None => layout(&unescaped(text, 0), Escape::Backslash),
    }
}

/// A character of a string and its place in what a person wrote.
pub(super) type Characters = Vec<(usize, u8)>;

/// The strings of a directive `log_format NAME [escape=...] 'string' ...;`, joined; `None` where it is a bare string.
fn arguments(text: &str) -> Result<Option<(Escape, Characters)>, LayoutError> {
    let text_without = text.trim_start();
    let is_directive =
        text_without.strip_prefix("log_format").is_some_and(|rest| rest.starts_with(char::is_whitespace));
    if !is_directive && !text_without.starts_with('\'') {
        return Ok(None);
    }
    let mut words = words(text)?.into_iter();
    if is_directive {
        // The word `log_format`, and the name.
        words.nth(1).ok_or(LayoutError { at: text.len(), expected: "the name of the format" })?;
    }
    let mut escape = Escape::Backslash;
    let mut characters = Vec::new();
    for word in words {
        let bytes: Vec<u8> = word.iter().map(|(_, byte)| *byte).collect();
        match bytes.strip_prefix(b"escape=") {
            Some(name) if characters.is_empty() => {
                escape = escape_named(name)
                    .ok_or(LayoutError { at: word[0].0, expected: "escape=default, escape=json or escape=none" })?;
            }
            _ => characters.extend(word),
        }
    }
    Ok(Some((escape, characters)))
}

/// The escaping that `escape=` names.
pub(super) fn escape_named(name: &[u8]) -> Option<Escape> {
    Some(match name {
        b"default" => Escape::Backslash,
        b"json" => Escape::Json,
        b"none" => Escape::Raw,
        _ => return None,
    })
}

/// The words of a directive, quotes and escapes undone, up to its semicolon.
pub(super) fn words(text: &str) -> Result<Vec<Characters>, LayoutError> {
    let bytes = text.as_bytes();
    let mut words = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            byte if byte.is_ascii_whitespace() => at += 1,
            b';' => break,
            b'#' => at += bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - at),
            quote @ (b'"' | b'\'') => {
                let length = quoted_length(&bytes[at + 1..], quote)
                    .ok_or(LayoutError { at, expected: "a quote that ends this string" })?;
                words.push(unescaped(&text[at + 1..at + 1 + length], at + 1));
                at += length + 2;
            }
            _ => {
                let ends = |byte: &u8| byte.is_ascii_whitespace() || *byte == b';';
                let length = bytes[at..].iter().position(ends).unwrap_or(bytes.len() - at);
                words.push(unescaped(&text[at..at + length], at));
                at += length;
            }
        }
    }
    Ok(words)
}

fn quoted_length(bytes: &[u8], quote: u8) -> Option<usize> {
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            byte if byte == quote => return Some(at),
            _ => at += 1,
        }
    }
    None
}

/// The characters of a string, the escapes of a configuration undone.
pub(super) fn unescaped(text: &str, offset: usize) -> Characters {
    let bytes = text.as_bytes();
    let mut characters = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let undone = match &bytes[at..] {
            [b'\\', byte @ (b'"' | b'\'' | b'\\'), ..] => Some(*byte),
            [b'\\', b't', ..] => Some(b'\t'),
            [b'\\', b'r', ..] => Some(b'\r'),
            [b'\\', b'n', ..] => Some(b'\n'),
            _ => None,
        };
        characters.push((offset + at, undone.unwrap_or(bytes[at])));
        at += if undone.is_some() { 2 } else { 1 };
    }
    characters
}

/// The layout of the characters of a string.
fn layout(characters: &[(usize, u8)], escape: Escape) -> Result<Layout, LayoutError> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        let (place, byte) = characters[at];
        if byte != b'$' {
            pieces.push(Piece::literal(place, [byte]));
            at += 1;
            continue;
        }
        let is_braced = characters.get(at + 1).is_some_and(|(_, byte)| *byte == b'{');
        let from = at + 1 + usize::from(is_braced);
        // API Gateway's variables are of an object, `$context.identity.sourceIp`.
        let is_context = characters[from..].iter().map(|(_, byte)| byte).take(CONTEXT.len()).eq(CONTEXT);
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || is_context && byte == b'.';
        let name: String = characters[from..]
            .iter()
            .map(|(_, byte)| *byte)
            .take_while(|byte| is_name(*byte))
            .map(char::from)
            .collect();
        at = from + name.len();
        if is_braced && name == "time" && characters.get(at).is_some_and(|(_, byte)| *byte == b':') {
            let format: Vec<u8> =
                characters[at + 1..].iter().map(|(_, byte)| *byte).take_while(|byte| *byte != b'}').collect();
            pieces.push(Piece::field(place, time(&format, place)?));
            at += format.len() + 2;
            continue;
        }
        if name.is_empty() {
            return Err(LayoutError { at: place, expected: "the name of a variable behind the dollar sign" });
        }
        if is_braced {
            if characters.get(at).is_none_or(|(_, byte)| *byte != b'}') {
                return Err(LayoutError { at: place, expected: "a brace that ends the name of this variable" });
            }
            at += 1;
        }
        pieces.push(Piece::field(place, variable(&name)));
    }
    Layout::of(Dialect::Nginx, escape, joined(pieces))
}

/// `${time:%d/%m/%Y}`, which is our own: for times that nginx could not write.
fn time(format: &[u8], at: usize) -> Result<Field, LayoutError> {
    let format = String::from_utf8_lossy(format);
    let moment = Moment::of(&format)
        .map_err(|offset| LayoutError { at: at + "${time:".len() + offset, expected: "a directive of strftime" })?;
    Ok(Field::new(Meaning::TimePart, Syntax::Moment(Box::new(moment))))
}

/// Joins variables that stand together and are one thing: `$uri$is_args$args` is a target.
fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let is_rest_of_target = piece.is_told("is_args") || piece.is_told("args") || piece.is_told("query_string");
        match out.last() {
            Some(last) if is_rest_of_target && last.is_target() => {}
            _ => out.push(piece),
        }
    }
    out
}

impl Piece {
    fn is_told(&self, name: &str) -> bool {
        matches!(&self.what, super::What::Field(field) if field.is_told_as(name))
    }

    pub(super) fn is_target(&self) -> bool {
        matches!(&self.what, super::What::Field(field) if field.meaning == Meaning::Target)
    }
}

/// The field of a variable. One that is not known keeps its own name, and is anything.
fn variable(name: &str) -> Field {
    let field = known(name);
    // Whoever writes a layout looks for the names that stand in it. `bytes_sent` is called otherwise here.
    let is_named = name.starts_with('_')
        || OURS.contains(&name)
        || field.is_told_as(name)
        || field.is_told_twice()
        || name == "bytes_sent"
        || name == "status";
    if is_named { field } else { field.told(name.to_owned(), Kind::OwnName) }
}

/// What the variables of an API Gateway begin with.
const CONTEXT: &[u8] = b"context.";

/// Names that are not nginx's, of layouts of others that are written in its notation. One that begins with an
/// underscore is told to nobody.
const OURS: &[&str] = &[
    "request_time_ms",
    "request_time_us",
    "request_time_spelled",
    "client_and_port",
    "padded_client",
    "padded_time",
    "padded_method",
];

#[rustfmt::skip]
fn known(name: &str) -> Field {
    use Syntax::{Clf, Decimal, Epoch, Integer, Iso, List, Numbers, Protocol, Status, Text, Word};
    let new = Field::new;
    let told = |syntax, kind| Field::other(name.to_owned(), syntax, kind);
    match name {
        "remote_addr" => new(Meaning::Client, Word),
        "the_real_ip" => new(Meaning::Client, Word).ranked(1),
        "realip_remote_addr" | "proxy_protocol_addr" => new(Meaning::Client, Word).ranked(2),
        "binary_remote_addr" => new(Meaning::Client, Word).ranked(3),
        // What a proxy in front says of the client, where the layout has no address of the connection.
        "http_x_real_ip" | "http_cf_connecting_ip" | "http_true_client_ip" => told(Text, Kind::Text).of(Meaning::Client).ranked(4),
        "remote_port" | "realip_remote_port" | "proxy_protocol_port" => told(Integer, Kind::Integer).told("client_port", Kind::Integer),
        "remote_user" => new(Meaning::User, Text),
        "remote_ident" => Field::other("ident", Word, Kind::Text),
        "msec" => new(Meaning::Time, Epoch),
        "time_iso8601" => new(Meaning::Time, Iso).ranked(1),
        "time_local" => new(Meaning::Time, Clf).ranked(2),
        "request" => new(Meaning::Request, Text).told("request_line", Kind::Dash),
        "request_method" => new(Meaning::Method, Word),
        "request_uri" => new(Meaning::Target, Text).starting(b'/'),
        "uri" | "document_uri" => new(Meaning::Target, Text).starting(b'/').ranked(1),
        "args" | "query_string" => new(Meaning::Query, Text),
        "is_args" => told(Text, Kind::Text).starting(b'?'),
        "server_protocol" => new(Meaning::Protocol, Protocol),
        "status" => new(Meaning::Status, Status),
        "body_bytes_sent" => new(Meaning::Bytes, Integer),
        "bytes_sent" => new(Meaning::TotalBytes, Integer).told("total_bytes_sent", Kind::Integer),
        "http_referer" => new(Meaning::Referer, Text),
        "http_user_agent" => new(Meaning::Agent, Text),
        "http_x_forwarded_for" | "proxy_add_x_forwarded_for" => new(Meaning::Forwarded, List),
        "host" => new(Meaning::Host, Word),
        "http_host" => new(Meaning::Host, Word).ranked(1),
        "server_name" => new(Meaning::Host, Word).ranked(2),
        "request_time" => new(Meaning::Seconds, Decimal),
        "request_length" => new(Meaning::RequestBytes, Integer).told("request_length", Kind::Integer),
        "request_id" | "req_id" => new(Meaning::RequestId, Word),
        "http_x_request_id" => new(Meaning::RequestId, Word).ranked(1),
        "scheme" => new(Meaning::Scheme, Word),
        "server_port" => new(Meaning::Port, Integer).told("server_port", Kind::Integer),
        "server_addr" => told(Word, Kind::Text).told("server_ip", Kind::Text),
        "ssl_protocol" => new(Meaning::TlsVersion, Word),
        "ssl_cipher" => new(Meaning::TlsCipher, Word),
        "upstream_addr" => new(Meaning::Upstream, List).told("upstream_addr", Kind::Text),
        "upstream_status" => told(Numbers, Kind::OneInteger).told("upstream_status_list", Kind::IfList),
        "upstream_response_length" => Field::other("upstream_bytes", Numbers, Kind::OneInteger).told("upstream_bytes_list", Kind::IfList),
        "upstream_response_time" => Field::other("upstream_time_s", Numbers, Kind::OneDecimal).told("upstream_time_list", Kind::IfList),
        "upstream_connect_time" | "upstream_header_time" | "upstream_bytes_received" | "upstream_bytes_sent" => told(Numbers, Kind::Text),
        "request_time_ms" => new(Meaning::Milliseconds, Integer),
        "request_time_us" => new(Meaning::Microseconds, Integer),
        "request_time_spelled" => new(Meaning::Spelled, Text),
        "padded_time" => new(Meaning::Spelled, Text).padded(),
        "padded_method" => new(Meaning::Method, Text),
        "padded_client" => new(Meaning::Client, Word).padded(),
        "request_count" | "trailing_number" => told(Integer, Kind::Integer),
        "client_and_port" => new(Meaning::ClientAndPort, Word).told("client_port", Kind::Port),
        "ident" | "app_id" => told(Word, Kind::Text),
        "_word" => new(Meaning::Other, Word),
        _ if name.starts_with('_') => new(Meaning::Other, Text),
        "server" | "proxy_host" => Field::other("upstream_name", Word, Kind::Filled),
        "proxy_upstream_name" => Field::other("upstream_name", Word, Kind::Filled),
        "proxy_alternative_upstream_name" => Field::other("alt_upstream_name", Word, Kind::Filled),
        "connection" | "connection_requests" | "pid" | "content_length" | "bytes_received" | "tcpinfo_rtt"
            | "tcpinfo_rttvar" | "tcpinfo_snd_cwnd" | "tcpinfo_rcv_space" => told(Integer, Kind::Integer),
        "connection_time" | "session_time" | "gzip_ratio" => told(Decimal, Kind::Text),
        "pipe" | "hostname" | "upstream_cache_status" | "proxy_host_header" | "nginx_version" | "ssl_session_id"
            | "ssl_session_reused" | "ssl_server_name" | "ssl_client_verify" | "ssl_curve" | "geoip_country_code" | "proxy_port"
            | "limit_req_status" | "limit_conn_status" | "http3" | "http2" | "https" => told(Word, Kind::Text),
        _ => match name.strip_prefix("context.") {
            Some(variable) => of_gateway(variable),
            None => told(Text, Kind::Text),
        },
    }
}

/// The field of a variable of AWS's API Gateway ("Variables for access logging"). A path of a resource is a pattern, and a target
/// where there is no other.
#[rustfmt::skip]
fn of_gateway(name: &str) -> Field {
    use Syntax::{Clf, Epoch, Integer, Protocol, Status, Text, Word};
    let new = Field::new;
    match name {
        "identity.sourceIp" => new(Meaning::Client, Word),
        "identity.user" => new(Meaning::User, Text),
        "identity.userAgent" => new(Meaning::Agent, Text),
        "requestTime" => new(Meaning::Time, Clf).ranked(1),
        "requestTimeEpoch" => new(Meaning::Time, Epoch),
        "httpMethod" => new(Meaning::Method, Word),
        "path" => new(Meaning::Target, Text),
        "resourcePath" => new(Meaning::Target, Text).ranked(1).told("resource_path", Kind::Text),
        "routeKey" => Field::other("route_key", Text, Kind::Text),
        "protocol" => new(Meaning::Protocol, Protocol),
        "status" => new(Meaning::Status, Status),
        "responseLength" => new(Meaning::Bytes, Integer),
        "responseLatency" => new(Meaning::Milliseconds, Integer),
        "integrationLatency" => Field::other("integration_latency_ms", Integer, Kind::Integer),
        "requestId" => new(Meaning::RequestId, Word),
        "extendedRequestId" => new(Meaning::RequestId, Word).ranked(1),
        "domainName" => new(Meaning::Host, Word),
        _ => Field::other(name.to_owned(), Text, Kind::Text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Record;

    fn read<'a>(layout: &str, line: &'a str) -> Record<'a> {
        compile(layout).unwrap().read(line.as_bytes()).unwrap()
    }

    const COMBINED: &str = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#;

    #[test]
    fn the_combined_layout_reads_what_the_combined_format_reads() {
        let line = r#"192.0.2.7 - a\x22b] [c [10/Oct/2000:13:55:36 -0700] "GET /a b HTTP/1.1" 200 - "-" "x\x22 200 1 [01/Jan/2000:00:00:00 +0000]""#;
        let record = read(COMBINED, line);
        assert_eq!(record.user, Some(&br"a\x22b] [c"[..]));
        assert_eq!(record.target, Some(&b"/a b"[..]));
        assert_eq!((record.status, record.bytes, record.referer), (Some(200), None, None));
        assert!(record.agent.unwrap().ends_with(b"+0000]"));
    }

    #[test]
    fn a_directive_is_read_whole() {
        let layout = "log_format main escape=json '{\"c\":\"$remote_addr\",'\n  '\"s\":${status},' # why\n '\"ua\":\"$http_user_agent\"}';";
        let record = read(layout, r#"{"c":"192.0.2.1","s":200,"ua":"a \"b\""}"#);
        assert_eq!((record.status, record.agent), (Some(200), Some(&br#"a \"b\""#[..])));
        assert_eq!(record.escape, Escape::Json);
        assert_eq!(read(layout, r#"{"c":"192.0.2.1","s":200,"ua":""}"#).agent, None, "json has no dash");
    }

    #[test]
    fn neighbours_decide_lists_without_quotes() {
        let layout =
            compile("$http_x_forwarded_for $remote_addr [$time_local] $upstream_addr $upstream_status $request_time")
                .unwrap();
        let line = b"1.1.1.1, 2.2.2.2 192.0.2.1 [10/Oct/2000:13:55:36 -0700] 10.0.0.1:80, 10.0.0.2:80 : 10.0.0.3:80 502, 502 : 200 0.5";
        let record = layout.read(line).unwrap();
        assert_eq!(record.forwarded, Some(&b"1.1.1.1, 2.2.2.2"[..]));
        assert_eq!(record.client, Some(&b"192.0.2.1"[..]));
        assert_eq!(record.upstream, Some(&b"10.0.0.1:80, 10.0.0.2:80 : 10.0.0.3:80"[..]));
        assert_eq!(record.duration, Some(500_000_000));
    }

    #[test]
    fn what_stands_together_is_told_apart_by_how_it_begins() {
        let record = read("$scheme://$host$request_uri $status", "https://shop.example/a?b 200");
        assert_eq!((record.host, record.target), (Some(&b"shop.example"[..]), Some(&b"/a?b"[..])));
        assert_eq!(read("\"$uri$is_args$args\" $status", "\"/a?b\" 200").target, Some(&b"/a?b"[..]));
    }

    #[test]
    fn a_gateways_variables_are_of_an_object() {
        let layout = r#"$context.identity.sourceIp - [$context.requestTime] "$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength $context.requestId"#;
        let line = r#"192.0.2.7 - [10/Oct/2000:13:55:36 -0700] "GET /pets/{id} HTTP/1.1" 200 5 c6af9ac6"#;
        let record = read(layout, line);
        assert_eq!((record.client, record.target), (Some(&b"192.0.2.7"[..]), Some(&b"/pets/{id}"[..])));
        assert_eq!((record.status, record.bytes, record.request_id), (Some(200), Some(5), Some(&b"c6af9ac6"[..])));
        let layout = r#"{"t":"$context.requestTimeEpoch","ip":"$context.identity.sourceIp","p":"$context.path","r":"$context.resourcePath","s":"$context.status"}"#;
        let record = read(layout, r#"{"t":"1714521735250","ip":"192.0.2.7","p":"/pets/1","r":"/pets/{id}","s":"200"}"#);
        assert_eq!((record.target, record.time.unwrap().seconds()), (Some(&b"/pets/1"[..]), 1_714_521_735));
        assert_eq!(read("$context $status", "x 200").status, Some(200), "a variable of that name");
    }

    #[test]
    fn the_port_is_behind_the_last_colon() {
        let record = read("$remote_addr:$remote_port $status", "2001:db8::1:4711 200");
        assert_eq!(record.client, Some(&b"2001:db8::1"[..]));
    }

    #[test]
    fn an_error_says_where() {
        let error = |text| compile(text).unwrap_err();
        assert_eq!(error("$remote_addr $").at, 13);
        assert_eq!(error("${remote_addr $status").at, 0);
        assert_eq!(error("no field").expected, "at least one field");
        assert_eq!(error("$foo$bar").at, 4);
        assert_eq!(error("log_format main 'a").at, 16);
        assert_eq!(error("log_format main escape=xml '$status'").at, 16);
    }

    #[test]
    fn a_line_that_has_more_or_less_is_refused() {
        let layout = compile(COMBINED).unwrap();
        for (line, at) in [
            (r#"x 192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 1 "-" "-""#, 1),
            (r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 1 "-" "-" "-""#, 73),
            (r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 2xx 1 "-" "-""#, 44),
            ("192.0.2.7", 0),
        ] {
            assert_eq!(layout.read(line.as_bytes()).unwrap_err().at, at, "{line}");
        }
    }
}
