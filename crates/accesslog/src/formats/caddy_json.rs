//! Caddy's access log, one JSON object a line (`http.log.access`).
//!
//! The request is an object of its own, its headers lists of what the client sent. Caddy's other loggers write into
//! the same stream, and its error logger writes the request once more: those are refused, or they would count twice.

use crate::json::{AS_SENT, As, Field, Form, Found, Further, Keys, field, inner};
use crate::url::host_port;

/// One object a line, as Caddy writes it.
pub(crate) static CADDY_JSON: Form = Form {
    name: "caddy_json",
    aliases: &["caddy"],
    about: "Caddy's access log in JSON",
    example: r#"{"level":"info","ts":1693840839.5,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"192.0.2.7","remote_port":"54140","client_ip":"192.0.2.7","proto":"HTTP/2.0","method":"GET","host":"a.example","uri":"/a?b=1","headers":{"User-Agent":["curl/8.5"]}},"bytes_read":0,"user_id":"","duration":0.002,"size":512,"status":200,"resp_headers":{"Server":["Caddy"]}}"#,
    holds: b"",
    keys: &KEYS,
    missing,
    finish: |found, record| {
        // Before 2.5 the address and the port were one.
        if !found.has(Field::CLIENT) {
            record.client = found.get(ADDRESS).map(|address| host_port(address).0);
        }
    },
    further: &[
        Further("client_port", Field::CLIENT_PORT, As::Integer),
        Further("bytes_received", Field::REQUEST_BYTES, As::Integer),
        Further("x_forwarded_for_list", Field::FORWARDED, As::List),
        Further("logger", Field::KIND, As::Text),
    ],
    more: |found, _, sink| {
        if let Some(port) = found.get(ADDRESS).and_then(|address| host_port(address).1) {
            sink("client_port", crate::Value::Integer(i64::from(port)));
        }
    },
};

const ADDRESS: Field = Field::further(0);

static KEYS: Keys = Keys::new(&[
    field("ts", Field::TIME, 0),
    field("time", Field::TIME, 1),
    field("timestamp", Field::TIME, 1),
    field("logger", Field::KIND, 0),
    field("msg", Field::MARK, 0),
    inner("request", &REQUEST),
    field("bytes_read", Field::REQUEST_BYTES, 0),
    field("user_id", Field::USER, 0),
    field("duration", Field::SECONDS, 0),
    field("latency", Field::SECONDS, 1),
    field("size", Field::BYTES, 0),
    field("status", Field::STATUS, 0),
]);

static REQUEST: Keys = Keys::new(&[
    field("client_ip", Field::CLIENT, 0),
    field("remote_ip", Field::CLIENT, 1),
    field("remote_addr", ADDRESS, 0),
    field("remote_port", Field::CLIENT_PORT, 0),
    field("proto", Field::PROTOCOL, 0),
    field("method", Field::METHOD, 0),
    field("host", Field::HOST, 0),
    field("uri", Field::TARGET, 0),
    inner("headers", &HEADERS),
]);

static HEADERS: Keys = Keys::new(&[
    field("User-Agent", Field::AGENT, AS_SENT),
    field("Referer", Field::REFERER, AS_SENT),
    field("X-Forwarded-For", Field::FORWARDED, AS_SENT),
    field("X-Request-Id", Field::REQUEST_ID, AS_SENT),
]);

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_request = found.has(Field::METHOD) && found.has(Field::TARGET) && found.has(Field::TIME);
    let is_handled = found.has(Field::STATUS) && found.has(Field::SECONDS);
    let is_access = match found.get(Field::KIND) {
        Some(logger) => logger.starts_with(b"http.log.access"),
        None => found.get(Field::MARK) == Some(b"handled request"),
    };
    match () {
        () if !is_request || !is_handled => Some("an object `request`, its `status`, `duration` and `ts`"),
        () if !is_access => Some("the logger `http.log.access`"),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fault, Format, Record};

    fn parse(line: &str) -> Result<Record<'_>, Fault> {
        CADDY_JSON.parse(line.as_bytes()).map(|record| record.unwrap())
    }

    #[test]
    fn the_request_is_nested_and_headers_are_lists() {
        let record = parse(CADDY_JSON.example).unwrap();
        assert_eq!(record.client, Some(&b"192.0.2.7"[..]));
        assert_eq!((record.target, record.agent), (Some(&b"/a?b=1"[..]), Some(&b"curl/8.5"[..])));
        assert_eq!((record.duration, record.bytes, record.status), (Some(2_000_000), Some(512), Some(200)));
        assert_eq!(record.user, None, "an empty `user_id`");
    }

    #[test]
    fn old_versions_have_address_and_port_in_one() {
        let line = CADDY_JSON.example.replace(
            r#""remote_ip":"192.0.2.7","remote_port":"54140","client_ip":"192.0.2.7""#,
            r#""remote_addr":"[2001:db8::1]:54140""#,
        );
        assert_eq!(parse(&line).unwrap().client, Some(&b"2001:db8::1"[..]));
    }

    #[test]
    fn other_loggers_are_refused() {
        let error = CADDY_JSON.example.replace("http.log.access.log0", "http.log.error.log0");
        assert_eq!(parse(&error).unwrap_err().expected, "the logger `http.log.access`");
        let started = r#"{"level":"info","ts":1693840839.5,"msg":"serving initial configuration"}"#;
        assert!(parse(started).is_err());
    }
}
