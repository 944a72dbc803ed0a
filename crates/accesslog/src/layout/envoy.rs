//! Envoy's access-log operators: `%START_TIME%`, `%REQ(:METHOD)%`, `%REQ(X-ENVOY-ORIGINAL-PATH?:PATH):100%`.

use super::field::Meaning;
use super::moment::Moment;
use super::syntax::Syntax;
use super::{Dialect, Field, Kind, Layout, LayoutError, Piece};
use crate::Escape;

/// The layout of such a string. Envoy escapes nothing.
pub(super) fn compile(text: &str) -> Result<Layout, LayoutError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(mark) = rest.find('%') {
        let at = text.len() - rest.len() + mark;
        pieces.push(Piece::literal(at, &rest[..mark]));
        rest = &rest[mark + 1..];
        if let Some(behind) = rest.strip_prefix('%') {
            pieces.push(Piece::literal(at, "%"));
            rest = behind;
            continue;
        }
        let (operator, behind) =
            operator(rest).ok_or(LayoutError { at, expected: "an operator between percent signs" })?;
        pieces.push(Piece::field(at, field(operator, at)?));
        rest = behind;
    }
    pieces.push(Piece::literal(text.len() - rest.len(), rest.trim_end_matches(['\n', '\r'])));
    Layout::of(Dialect::Envoy, Escape::Raw, pieces)
}

/// An operator up to the percent sign that ends it, and what follows. Percent signs in its parentheses are its own.
fn operator(text: &str) -> Option<(&str, &str)> {
    let name = text.find(|letter: char| !letter.is_ascii_uppercase() && !letter.is_ascii_digit() && letter != '_')?;
    let end = match text[name..].strip_prefix('(') {
        Some(inner) => name + 1 + inner.find(')')? + 1,
        None => name,
    };
    let sign = text[end..].find('%')? + end;
    let is_length =
        text[end..sign].strip_prefix(':').is_some_and(|length| length.bytes().all(|byte| byte.is_ascii_digit()));
    (0 < name && (sign == end || is_length)).then(|| (&text[..end], &text[sign + 1..]))
}

#[rustfmt::skip]
fn field(operator: &str, at: usize) -> Result<Field, LayoutError> {
    use Syntax::{Integer, Iso, Protocol, Status, Text, Word};
    let (name, argument) = operator.split_once('(').map_or((operator, ""), |(name, rest)| (name, rest.trim_end_matches(')')));
    let lower = name.to_ascii_lowercase();
    let told = |syntax, kind| Field::other(lower.clone(), syntax, kind);
    Ok(match name {
        "START_TIME" | "START_TIME_LOCAL" if argument.is_empty() => Field::new(Meaning::Time, Iso),
        "START_TIME" | "START_TIME_LOCAL" => start_time(argument, at)?,
        "REQ" | "REQ_WITHOUT_QUERY" => request_header(argument),
        "RESP" => match argument.to_ascii_lowercase().as_str() {
            "x-envoy-upstream-service-time" => Field::other("upstream_service_time_ms", Integer, Kind::Integer),
            _ => super::apache::response_header(first_of(argument)),
        },
        "PROTOCOL" => Field::new(Meaning::Protocol, Protocol),
        "RESPONSE_CODE" => Field::new(Meaning::Status, Status),
        "RESPONSE_FLAGS" => Field::other("response_flags", Word, Kind::Dash),
        "RESPONSE_CODE_DETAILS" | "CONNECTION_TERMINATION_DETAILS" | "UPSTREAM_TRANSPORT_FAILURE_REASON" => told(Text, Kind::Text),
        "BYTES_RECEIVED" => Field::new(Meaning::RequestBytes, Integer).told("bytes_received", Kind::Integer),
        "BYTES_SENT" => Field::new(Meaning::Bytes, Integer),
        "DURATION" => Field::new(Meaning::Milliseconds, Integer).told("duration_ms", Kind::Integer),
        "REQUEST_DURATION" | "RESPONSE_DURATION" | "RESPONSE_TX_DURATION" =>
            Field::other(format!("{lower}_ms"), Integer, Kind::Integer),
        "UPSTREAM_HOST" => Field::new(Meaning::Upstream, Text).told("upstream_addr", Kind::Text),
        "UPSTREAM_CLUSTER" | "UPSTREAM_LOCAL_ADDRESS" | "DOWNSTREAM_LOCAL_ADDRESS" | "ROUTE_NAME" | "HOSTNAME" => told(Word, Kind::Text),
        "REQUESTED_SERVER_NAME" => Field::other("sni_host", Word, Kind::Text),
        "DOWNSTREAM_REMOTE_ADDRESS" => Field::new(Meaning::ClientAndPort, Word).told(lower.clone(), Kind::Text).told("client_port", Kind::Port),
        "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT" => Field::new(Meaning::Client, Word).ranked(1),
        "DOWNSTREAM_DIRECT_REMOTE_ADDRESS" => Field::new(Meaning::ClientAndPort, Word).ranked(2).told(lower.clone(), Kind::Text),
        "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT" => Field::new(Meaning::Client, Word).ranked(3),
        "DOWNSTREAM_TLS_VERSION" => Field::new(Meaning::TlsVersion, Word),
        "DOWNSTREAM_TLS_CIPHER" => Field::new(Meaning::TlsCipher, Word),
        "CONNECTION_ID" | "UPSTREAM_REQUEST_ATTEMPT_COUNT" => told(Integer, Kind::Integer),
        "STREAM_ID" | "GRPC_STATUS" | "GRPC_STATUS_NUMBER" => told(Text, Kind::Text),
        _ => super::apache::named("", format!("{lower}_{argument}").trim_matches('_'), Text),
    })
}

/// `%START_TIME(format)%`: strftime, with `%3f` for the digits of a fraction.
fn start_time(format: &str, at: usize) -> Result<Field, LayoutError> {
    match Moment::of(format) {
        Ok(moment) => Ok(Field::new(Meaning::TimePart, Syntax::Moment(Box::new(moment)))),
        Err(offset) => Err(LayoutError { at: at + "%START_TIME(".len() + offset, expected: "a directive of strftime" }),
    }
}

fn first_of(argument: &str) -> &str {
    argument.split('?').next().unwrap_or(argument)
}

/// The field of a request header, of two the first: they are meant to be the same.
fn request_header(argument: &str) -> Field {
    let argument = argument.to_ascii_lowercase();
    let has = |name: &str| argument.split('?').any(|part| part == name);
    if has(":path") {
        return Field::new(Meaning::Target, Syntax::Text);
    }
    match first_of(&argument) {
        ":method" => Field::new(Meaning::Method, Syntax::Word),
        ":authority" | "host" => Field::new(Meaning::Host, Syntax::Word),
        ":scheme" => Field::new(Meaning::Scheme, Syntax::Word),
        name => super::apache::request_header(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Time;

    #[test]
    fn the_parts_of_a_request_share_their_quotes() {
        let layout = compile(concat!(
            r#"[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% "#,
            r#"%BYTES_RECEIVED% %BYTES_SENT% %DURATION% "%REQ(USER-AGENT):10%" %DOWNSTREAM_REMOTE_ADDRESS%"#,
        ))
        .unwrap();
        let line = br#"[2019-03-06T09:31:27.360Z] "GET /a "b HTTP/2" 0 UF,URX 0 135 5 "a"b" [2001:db8::1]:38618"#;
        let record = layout.read(line).unwrap();
        assert_eq!((record.method, record.target), (Some(&b"GET"[..]), Some(&br#"/a "b"#[..])));
        assert_eq!((record.protocol, record.status), (Some(&b"HTTP/2"[..]), Some(0)));
        assert_eq!((record.agent, record.duration), (Some(&br#"a"b"#[..]), Some(5_000_000)));
        assert_eq!(record.client, Some(&b"2001:db8::1"[..]));
    }

    #[test]
    fn a_time_has_a_format() {
        let layout = compile("%START_TIME(%Y/%m/%dT%H:%M:%S.%3f%z)% %RESPONSE_CODE%\n").unwrap();
        let record = layout.read(b"2019/03/06T09:31:27.360+0000 200").unwrap();
        assert_eq!(record.time, Time::from_parts(1_551_864_687, 360_000_000));
    }

    #[test]
    fn an_error_says_where() {
        assert_eq!(compile("%START_TIME% %REQ(x").unwrap_err().at, 13);
        assert_eq!(compile("%START_TIME(%Y %Q)%").unwrap_err().at, 15);
    }
}
