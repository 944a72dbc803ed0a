//! JSON lines as an nginx configuration writes them: one flat object, under keys that a person chose.
//!
//! Most choose the names of nginx's variables (`log_format main escape=json '{"remote_addr":"$remote_addr", ...'`), the
//! rest short names of their own, which servers of many makes share. Both are read here; where two keys of a line mean
//! the same field, the more exact one is taken, whichever comes first. Objects that nest are read by `json`.
//!
//! nginx writes an empty string for what is absent. A `request_uri` that is empty says that the server made nothing of
//! the request line (400): the line itself is kept, and so are its parts, as an attempt is one still; but told as
//! further fields, target and query are what the log says they are, absent.

use crate::address::is_address;
use crate::json::{As, Entry, Field, Form, Found, Further, Keys, field, inner, key};
use crate::layout::{address_and_port, without_brackets};
use crate::{Record, Value};

/// One flat object a line.
pub(crate) static NGINX_JSON: Form = Form {
    name: "nginx_json",
    aliases: &["nginx-json"],
    about: "JSON lines with flat keys (nginx `escape=json`, and others with such names)",
    example: r#"{"time_iso8601":"2024-05-01T00:02:15+09:00","remote_addr":"192.0.2.7","request":"GET /a HTTP/1.1","status":"200","body_bytes_sent":"2326","http_user_agent":"curl/8.5","request_time":0.042}"#,
    holds: b"",
    keys: &KEYS,
    missing: |found| if found.has(Field::MARK) { Some("a request that is no object") } else { request_missing(found) },
    finish: mended,
    further: FURTHER,
    more: |found, record, sink| {
        if found.is_empty(Field::TARGET) && record.target.is_some() {
            sink("target", Value::Absent);
        }
    },
};

pub(super) static KEYS: Keys = Keys::new(FLAT);

/// Whether a request is missing, or both what became of it and when. A method alone may be that of a program, if it has no
/// size.
pub(super) fn request_missing(found: &Found<'_>) -> Option<&'static str> {
    let is_method = found.has(Field::METHOD) && found.has(Field::BYTES);
    let is_requested = found.is_named(Field::TARGET) || found.is_named(Field::REQUEST) || is_method;
    let is_dated = is_requested && found.has(Field::TIME);
    let is_answered = found.has(Field::STATUS) && found.names_request();
    let is_request = (is_dated || is_answered) && is_of_somebody(found);
    if is_request { None } else { Some("keys that hold a request, and its status or time") }
}

/// Whether something says that a client asked: a `path` with a time, or with a status that is a word, is what a program says
/// of a file.
fn is_of_somebody(found: &Found<'_>) -> bool {
    let asked = [Field::METHOD, Field::REQUEST, Field::CLIENT, Field::PROTOCOL, Field::AGENT];
    asked.into_iter().any(|field| found.is_named(field))
        || found.is_below(Field::TARGET, PATH_RANK)
        || found.get(Field::STATUS).is_some_and(|status| matches!(status, [b'0'..=b'9', ..]))
}

/// What people call by the name of something else: a client that is a `host` by its address, as parsers of the common
/// format have it, and a target that is a `request`, where its method stands apart.
pub(super) fn mended<'a>(found: &Found<'a>, record: &mut Record<'a>) {
    if !found.is_named(Field::CLIENT) && record.host.is_some_and(is_address) {
        (record.client, record.host) = (record.host, None);
    }
    let is_target = record.request.is_some_and(|request| matches!(request, [b'/', ..] | [b'\\', b'/', ..]));
    if record.target.is_none() && is_target && found.has(Field::METHOD) {
        (record.target, record.request) = (record.request, None);
    }
    without_port(record);
    // As in a layout: the size with the headers, where there is no other.
    record.bytes = record.bytes.or_else(|| found.whole(TOTAL_BYTES));
    record.duration = record.duration.or_else(|| {
        let text = found.get(DURATION)?;
        let is_rails = found.has(RAILS_CLASS) && found.has(RAILS_METHOD);
        // Datadog's counts nanoseconds.
        let unit = if !is_rails && found.has(Field::NETWORK) { 1.0 } else { bare_unit(text, is_rails)? };
        found.duration_of(DURATION, unit)
    });
}

/// The unit of a `duration`, whose name has none, in nanoseconds.
///
/// Rails (lograge) counts milliseconds, and is known by what handled the request. A fraction is of seconds, as most
/// loggers write them, and a text may name its own unit. A whole number is of milliseconds here and of nanoseconds there:
/// nothing is read of it.
pub(super) fn bare_unit(text: &[u8], is_rails: bool) -> Option<f64> {
    if is_rails {
        return Some(1e6);
    }
    text.iter().any(|byte| !byte.is_ascii_digit()).then_some(1e9)
}

/// Takes the port from a client that is the address of a socket (`192.0.2.7:5555`, Go's `RemoteAddr`), and of a list of
/// addresses, which is the whole `X-Forwarded-For`, the last: that one a proxy has seen itself.
pub(super) fn without_port(record: &mut Record<'_>) {
    // Digits and points alone are neither: asked first, and of all bytes together.
    let is_plain = |client: &[u8]| client.iter().all(|byte| (b'.'..=b'9').contains(byte));
    let is_divided = |client: &[u8]| client.iter().any(|byte| matches!(byte, b':' | b',' | b'['));
    let Some(client) = record.client.filter(|client| !is_plain(client) && is_divided(client)) else {
        return;
    };
    // The last group of `2001:db8::1:443` may be of digits alone, and is no port.
    if is_address(client) {
        return;
    }
    if let Some(comma) = memchr::memrchr(b',', client)
        && client.split(|byte| *byte == b',').all(|item| is_address(item.trim_ascii()))
    {
        record.forwarded = record.forwarded.or(Some(client));
        record.client = Some(client[comma + 1..].trim_ascii());
        return;
    }
    let host = match address_and_port(client) {
        Some((host, _)) => host,
        None => without_brackets(client),
    };
    if host.len() < client.len() && is_address(host) {
        record.client = Some(host);
    }
}

/// What tells a request in an object of its own.
static NESTED: Keys = Keys::new(&[
    field("method", Field::MARK, 0),
    field("url", Field::MARK, 0),
    field("uri", Field::MARK, 0),
    field("path", Field::MARK, 0),
]);

/// The rank of the plainest name of a target, which is that of a file too.
const PATH_RANK: u8 = 3;

const TOTAL_BYTES: Field = Field::further(0);
const CACHE: Field = Field::further(1);
const UPSTREAM_NAME: Field = Field::further(2);
/// What Rails writes (lograge): the class and the method that handled the request.
const RAILS_CLASS: Field = Field::further(3);
const RAILS_METHOD: Field = Field::further(4);
/// A duration without a unit in its name.
const DURATION: Field = Field::further(5);

/// What such lines tell beyond a record.
pub(super) const FURTHER: &[Further] = &[
    Further("client_port", Field::CLIENT_PORT, As::Integer),
    Further("request_length", Field::REQUEST_BYTES, As::Integer),
    Further("total_bytes_sent", TOTAL_BYTES, As::Integer),
    Further("upstream_addr", Field::UPSTREAM, As::Text),
    Further("upstream_status", Field::UPSTREAM_STATUS, As::Integer),
    Further("upstream_time_s", Field::UPSTREAM_SECONDS, As::Decimal),
    Further("upstream_cache_status", CACHE, As::Text),
    Further("upstream_name", UPSTREAM_NAME, As::Text),
];

/// The keys that mean the same at the top of an object, whoever wrote it.
pub(super) const FLAT: &[Entry] = &[
    field("msec", Field::TIME, 0),
    field("ts", Field::TIME, 1),
    field("time_iso8601", Field::TIME, 1),
    field("timestamp", Field::TIME, 2),
    field("@timestamp", Field::TIME, 2),
    field("time", Field::TIME, 2),
    field("time_local", Field::TIME, 2),
    field("date", Field::TIME, 3),
    field("datetime", Field::TIME, 3),
    field("start_time", Field::TIME, 3),
    field("started_at", Field::TIME, 3),
    field("time_start", Field::TIME, 3),
    field("remote_addr", Field::CLIENT, 0),
    field("client_ip", Field::CLIENT, 0),
    field("remote_ip", Field::CLIENT, 1),
    field("remoteAddr", Field::CLIENT, 1),
    field("remoteAddress", Field::CLIENT, 1),
    field("remote_address", Field::CLIENT, 1),
    field("clientip", Field::CLIENT, 1),
    field("clientIp", Field::CLIENT, 1),
    field("clientIP", Field::CLIENT, 1),
    field("remoteIp", Field::CLIENT, 1),
    field("client", Field::CLIENT, 2),
    field("client_addr", Field::CLIENT, 2),
    field("client_address", Field::CLIENT, 2),
    field("ip_source", Field::CLIENT, 2),
    field("client.addr", Field::CLIENT, 2),
    field("ip", Field::CLIENT, 2),
    field("remote_host", Field::CLIENT, 2),
    field("callerIpAddress", Field::CLIENT, 2),
    field("remoteip", Field::CLIENT, 1),
    field("remoteIP", Field::CLIENT, 1),
    field("source_ip", Field::CLIENT, 2),
    field("src_ip", Field::CLIENT, 2),
    field("remote", Field::CLIENT, 2),
    field("id.orig_h", Field::CLIENT, 2),
    field("remote_port", Field::CLIENT_PORT, 0),
    field("id.orig_p", Field::CLIENT_PORT, 0),
    field("client_port", Field::CLIENT_PORT, 0),
    field("remote_user", Field::USER, 0),
    field("username", Field::USER, 0),
    field("user", Field::USER, 1),
    field("user_id", Field::USER, 2),
    field("auth_user", Field::USER, 1),
    field("authuser", Field::USER, 1),
    field("user-identifier", Field::USER, 2),
    key("request", Field::REQUEST, 0, &NESTED),
    field("request_line", Field::REQUEST, 0),
    inner("proxy", &NESTED),
    field("requested_url", Field::REQUEST, 1),
    key("req", Field::REQUEST, 1, &NESTED),
    field("request_method", Field::METHOD, 0),
    field("method", Field::METHOD, 1),
    field("http_method", Field::METHOD, 1),
    field("verb", Field::METHOD, 1),
    field("request_uri", Field::TARGET, 0),
    field("uri", Field::TARGET, 1),
    field("request_url", Field::TARGET, 1),
    // Rust's loggers name a module so.
    field("target", Field::TARGET, PATH_RANK),
    field("url", Field::TARGET, 2),
    field("request_path", Field::TARGET, 2),
    field("path", Field::TARGET, PATH_RANK),
    field("args", Field::QUERY, 0),
    field("query_string", Field::QUERY, 0),
    field("querystring", Field::QUERY, 0),
    field("query", Field::QUERY, 0),
    field("request_query", Field::QUERY, 0),
    field("server_protocol", Field::PROTOCOL, 0),
    field("proto", Field::PROTOCOL, 1),
    field("protocol", Field::PROTOCOL, 1),
    field("request_protocol", Field::PROTOCOL, 1),
    field("request_proto", Field::PROTOCOL, 1),
    field("http_version", Field::PROTOCOL, 1),
    field("httpversion", Field::PROTOCOL, 1),
    field("status", Field::STATUS, 0),
    field("status_code", Field::STATUS, 1),
    field("statusCode", Field::STATUS, 1),
    field("response_status", Field::STATUS, 1),
    field("responseStatus", Field::STATUS, 1),
    field("http_status", Field::STATUS, 1),
    field("http_status_code", Field::STATUS, 1),
    field("response_code", Field::STATUS, 1),
    field("response", Field::STATUS, 1),
    field("code", Field::STATUS, 2),
    field("body_bytes_sent", Field::BYTES, 0),
    field("size", Field::BYTES, 1),
    field("response_size", Field::BYTES, 1),
    field("response_bytes", Field::BYTES, 1),
    field("response_body_size", Field::BYTES, 1),
    field("response_body_bytes", Field::BYTES, 1),
    field("response_body_length", Field::BYTES, 1),
    field("responseBytes", Field::BYTES, 1),
    field("responseSize", Field::BYTES, 1),
    field("bytes", Field::BYTES, 2),
    field("body_bytes", Field::BYTES, 2),
    field("body_size", Field::BYTES, 2),
    field("content_length", Field::BYTES, 3),
    field("length", Field::BYTES, 3),
    field("bytes_out", Field::BYTES, 3),
    field("response_body_len", Field::BYTES, 3),
    field("response_length", Field::BYTES, 3),
    field("bytes_sent", TOTAL_BYTES, 0),
    field("http_referer", Field::REFERER, 0),
    field("http_referrer", Field::REFERER, 0),
    field("referer", Field::REFERER, 1),
    field("referrer", Field::REFERER, 1),
    field("request_referer", Field::REFERER, 1),
    field("http_user_agent", Field::AGENT, 0),
    field("user_agent", Field::AGENT, 1),
    field("userAgent", Field::AGENT, 1),
    field("useragent", Field::AGENT, 1),
    field("user-agent", Field::AGENT, 1),
    field("request_user_agent", Field::AGENT, 1),
    field("agent", Field::AGENT, 1),
    field("ua", Field::AGENT, 1),
    field("http_host", Field::HOST, 0),
    field("host", Field::HOST, 1),
    field("vhost", Field::HOST, 1),
    field("request_host", Field::HOST, 1),
    field("domain", Field::HOST, 1),
    field("server_name", Field::HOST, 2),
    field("request_time", Field::SECONDS, 0),
    field("duration", DURATION, 0),
    field("responsetime", DURATION, 1),
    field("response_time", Field::SECONDS, 1),
    field("duration_s", Field::SECONDS, 0),
    field("controller", RAILS_CLASS, 0),
    field("action", RAILS_METHOD, 0),
    field("latency", Field::TAKEN, 1),
    field("latency_human", Field::TAKEN, 0),
    field("elapsed", Field::TAKEN, 1),
    field("took", Field::TAKEN, 1),
    field("response-time", Field::MILLISECONDS, 1),
    field("elapsed_time", Field::MILLISECONDS, 1),
    field("responseTime", Field::MILLISECONDS, 1),
    field("durationMs", Field::MILLISECONDS, 0),
    field("written_bytes", Field::BYTES, 3),
    field("duration_ms", Field::MILLISECONDS, 0),
    field("request_time_ms", Field::MILLISECONDS, 0),
    field("request_time_msec", Field::MILLISECONDS, 0),
    field("response_time_ms", Field::MILLISECONDS, 0),
    field("elapsed_ms", Field::MILLISECONDS, 0),
    field("latency_ms", Field::MILLISECONDS, 0),
    field("http_x_forwarded_for", Field::FORWARDED, 0),
    field("x_forwarded_for", Field::FORWARDED, 1),
    field("forwarded_for", Field::FORWARDED, 1),
    field("xff", Field::FORWARDED, 1),
    field("request_id", Field::REQUEST_ID, 0),
    field("requestId", Field::REQUEST_ID, 0),
    field("req_id", Field::REQUEST_ID, 0),
    field("scheme", Field::SCHEME, 0),
    field("server_port", Field::PORT, 0),
    field("request_length", Field::REQUEST_BYTES, 0),
    field("upstream_addr", Field::UPSTREAM, 0),
    field("upstreamhost", Field::UPSTREAM, 1),
    field("upstream_status", Field::UPSTREAM_STATUS, 0),
    field("upstream_response_time", Field::UPSTREAM_SECONDS, 0),
    field("upstreamtime", Field::UPSTREAM_SECONDS, 1),
    field("upstream_cache_status", CACHE, 0),
    field("proxy_upstream_name", UPSTREAM_NAME, 0),
    field("ssl_protocol", Field::TLS_VERSION, 0),
    field("ssl_cipher", Field::TLS_CIPHER, 0),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fault, Format};

    fn parse(line: &str) -> Result<Record<'_>, Fault> {
        NGINX_JSON.parse(line.as_bytes()).map(|record| record.unwrap())
    }

    fn told(line: &str) -> Vec<(&str, Value<'_>)> {
        let mut told = Vec::new();
        NGINX_JSON.further(line.as_bytes(), &parse(line).unwrap(), &mut |name, value| told.push((name, value)));
        told
    }

    #[test]
    fn the_more_exact_of_two_keys_is_taken_wherever_it_stands() {
        for line in [
            r#"{"msec":"1714489335.034","time_local":"01/May/2024:00:02:16 +0900","uri":"/b","request_uri":"/a"}"#,
            r#"{"request_uri":"/a","time_local":"01/May/2024:00:02:16 +0900","uri":"/b","msec":"1714489335.034"}"#,
        ] {
            let record = parse(line).unwrap();
            assert_eq!(record.target, Some(&b"/a"[..]));
            assert_eq!(record.time.unwrap().seconds(), 1_714_489_335);
        }
    }

    #[test]
    fn names_that_people_choose_are_known() {
        let record = parse(
            r#"{"ip":"192.0.2.7","path":"/a?b","status":"200","ua":"x","length":19,"date":"2024-05-01T00:02:15Z"}"#,
        )
        .unwrap();
        assert_eq!((record.client, record.target), (Some(&b"192.0.2.7"[..]), Some(&b"/a?b"[..])));
        assert_eq!((record.bytes, record.agent), (Some(19), Some(&b"x"[..])));
        let ingress = r#"{"time":"2024-05-01T00:02:15Z","remote_addr":"192.0.2.7","bytes_sent":512,"request_proto":"HTTP/2.0","path":"/a","request_query":"b","method":"GET","status":200}"#;
        let record = parse(ingress).unwrap();
        assert_eq!((record.bytes, record.query), (Some(512), Some(&b"b"[..])));
        assert!(parse(r#"{"timestamp":"2024-05-01T00:02:15Z","level":"INFO","target":"app"}"#).is_err(), "a module");
    }

    #[test]
    fn of_a_bad_request_the_line_is_kept_and_the_target_is_told_absent() {
        let line = r#"{"request":"GET /%2e%2e/ HTTP/1.1","request_uri":"","status":"400"}"#;
        let record = parse(line).unwrap();
        assert_eq!((record.request, record.target), (Some(&b"GET /%2e%2e/ HTTP/1.1"[..]), Some(&b"/%2e%2e/"[..])));
        assert!(told(line).contains(&("target", Value::Absent)));
        assert_eq!(parse(r#"{"request":"","status":"400"}"#).unwrap().status, Some(400));
    }

    #[test]
    fn bytes_that_are_no_text_are_kept() {
        let line = b"{\"request\":\"GET /\xFF\x01 HTTP/1.1\",\"status\":404}";
        let record = NGINX_JSON.parse(line).unwrap().unwrap();
        assert_eq!(record.target, Some(&b"/\xFF\x01"[..]));
    }

    #[test]
    fn a_writer_may_escape_slashes() {
        let line = br#"{"request":"GET \/a\/b HTTP\/1.1","status":404}"#;
        let record = NGINX_JSON.parse(line).unwrap().unwrap();
        assert_eq!(record.target, Some(&br"\/a\/b"[..]));
        assert_eq!(record.protocol, Some(&br"HTTP\/1.1"[..]));
        assert_eq!(*record.escape.undo(record.target.unwrap()), *b"/a/b");
    }

    #[test]
    fn a_host_by_its_address_is_the_client_where_no_other_is_named() {
        let line = |keys: &str| format!(r#"{{{keys},"method":"GET","request":"/a?b","status":200}}"#);
        let flat = line(r#""host":"192.0.2.7","user-identifier":"bob""#);
        let record = parse(&flat).unwrap();
        assert_eq!((record.client, record.host, record.user), (Some(&b"192.0.2.7"[..]), None, Some(&b"bob"[..])));
        assert_eq!((record.target, record.request), (Some(&b"/a?b"[..]), None));
        let both = line(r#""host":"192.0.2.7","ip":"192.0.2.8""#);
        assert_eq!(parse(&both).unwrap().host, Some(&b"192.0.2.7"[..]));
        let absent = line(r#""host":"192.0.2.7","ip":"-""#);
        assert_eq!(parse(&absent).unwrap().client, None, "it is said that none is known");
    }

    #[test]
    fn the_method_of_a_program_is_no_request() {
        assert!(parse(r#"{"time":"2024-05-01T00:02:15Z","level":"INFO","method":"run","line":663}"#).is_err());
        assert!(parse(r#"{"method":"GET","status":200}"#).is_ok());
    }

    #[test]
    fn the_path_of_a_file_is_no_target() {
        assert!(parse(r#"{"time":"2024-05-01T00:02:15Z","level":"info","path":"/etc/a","status":"ok"}"#).is_err());
        assert!(parse(r#"{"time":"2024-05-01T00:02:15Z","path":"/a","status":"404"}"#).is_ok());
        assert!(parse(r#"{"time":"2024-05-01T00:02:15Z","request_uri":"/a"}"#).is_ok());
    }

    #[test]
    fn a_client_may_be_a_socket_or_a_list() {
        let of = |client: &'static str| {
            let line = format!(r#"{{"remote_addr":"{client}","method":"GET","uri":"/a","status":200}}"#);
            let record = parse(&line).unwrap();
            let text = |value: Option<&[u8]>| value.map(|value| String::from_utf8_lossy(value).into_owned());
            (text(record.client).unwrap(), text(record.forwarded))
        };
        assert_eq!(of("192.0.2.7:5555"), ("192.0.2.7".to_owned(), None));
        assert_eq!(of("[2001:db8::7]:5555"), ("2001:db8::7".to_owned(), None));
        for whole in ["2001:db8::7", "2001:db8::7:5555", "2001:db8:0:0:0:0:7:5555"] {
            assert_eq!(of(whole), (whole.to_owned(), None), "an address by itself");
        }
        assert_eq!(of("2001:db8:0:0:0:0:0:7:5555"), ("2001:db8:0:0:0:0:0:7".to_owned(), None));
        assert_eq!(of("unix:"), ("unix:".to_owned(), None));
        let list = "198.51.100.4, 192.0.2.7";
        assert_eq!(of(list), ("192.0.2.7".to_owned(), Some(list.to_owned())));
    }

    #[test]
    fn a_duration_has_a_unit_or_a_point() {
        let of =
            |fields: &str| parse(&format!(r#"{{"method":"GET","uri":"/a","status":200,{fields}}}"#)).unwrap().duration;
        assert_eq!(of(r#""duration":0.042"#), Some(42_000_000));
        assert_eq!(of(r#""duration":"42ms""#), Some(42_000_000));
        assert_eq!(of(r#""duration":42"#), None, "of what?");
        assert_eq!(of(r#""duration":42.5,"controller":"A","action":"b""#), Some(42_500_000), "Rails");
        assert_eq!(of(r#""duration_s":42,"controller":"A","action":"b""#), Some(42_000_000_000));
        assert_eq!(of(r#""latency":42,"latency_human":"42\u00b5s""#), Some(42_000));
    }

    #[test]
    fn messages_and_nested_requests_are_others() {
        assert!(parse(r#"{"level":"info","msg":"started","time":"2024-05-01T00:02:15Z"}"#).is_err());
        assert!(parse(r#"{"req":{"method":"GET","url":"/a"},"res":{"statusCode":200},"time":1}"#).is_err());
        assert!(parse(r#"{"method":"GET","status":200,"time":1,"req":{"url":"/a"}}"#).is_err(), "the rest is nested");
        assert!(parse(r#"{"path":"a","statusCode":200,"host":"a","proxy":{"method":"GET","path":"/a"}}"#).is_err());
        assert!(parse(r#"{"request":"GET / HTTP/1.1"}"#).is_err(), "neither status nor time");
    }

    #[test]
    fn balancers_and_meshes_call_the_status_and_the_size_so() {
        let want = (Some(&b"192.0.2.7"[..]), Some(200), Some(12), Some(&b"frank"[..]));
        for line in [
            r#"{"time":"2024-05-01T00:02:15Z","client_ip":"192.0.2.7","request_uri":"/a","http_method":"GET","http_status":200,"response_body_bytes":"12","user_id":7,"username":"frank"}"#,
            r#"{"timestamp":"2024-05-01T00:02:15Z","client.addr":"192.0.2.7:51234","uri":"/a","method":"GET","http_status_code":200,"response_body_length":12,"username":"frank"}"#,
            r#"{"timestamp":"2024-05-01T00:02:15Z","client_ip":"192.0.2.7","path":"/a","method":"GET","responseStatus":200,"responseBytes":12,"user":"frank"}"#,
            r#"{"timestamp":"2024-05-01T00:02:15Z","client_ip":"192.0.2.7","path":"/a","method":"GET","status":200,"responseSize":12,"user":"frank","user_id":7}"#,
        ] {
            let record = NGINX_JSON.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.status, record.bytes, record.user), want, "{line}");
        }
    }
}
