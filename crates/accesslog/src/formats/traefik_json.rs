//! Traefik's access log in JSON (`accessLog.format: json`).
//!
//! The names are Traefik's own, and version 1 had others for the router and the service. Headers that the
//! configuration keeps stand beside them as `request_User-Agent`.

use crate::Value;
use crate::json::{AS_SENT, As, Field, Form, Found, Further, Keys, field};
use crate::url::host_port;

/// One object a line, as Traefik writes it.
pub(crate) static TRAEFIK_JSON: Form = Form {
    name: "traefik_json",
    aliases: &["traefik-json"],
    about: "Traefik's access log in JSON",
    example: r#"{"ClientAddr":"192.0.2.7:39496","ClientHost":"192.0.2.7","ClientPort":"39496","ClientUsername":"-","DownstreamContentSize":358,"DownstreamStatus":200,"Duration":564849,"RequestHost":"a.example","RequestMethod":"GET","RequestPath":"/a?b=1","RequestProtocol":"HTTP/1.1","RouterName":"a@docker","StartUTC":"2024-05-01T00:02:15.5Z","request_User-Agent":"curl/8.5","time":"2024-05-01T00:02:15Z"}"#,
    holds: b"",
    keys: &KEYS,
    missing,
    finish: |found, record| {
        record.time = record.time.or_else(|| found.time(LOGGED));
        if !found.has(Field::CLIENT) {
            record.client = found.get(ADDRESS).map(|address| host_port(address).0);
        }
        // A request that was forwarded has the whole header here. Its last address is the one that a proxy has seen.
        if let Some(at) = record.client.and_then(|client| memchr::memrchr(b',', client)) {
            record.forwarded = record.forwarded.or(record.client);
            record.client = record.client.map(|list| list[at + 1..].trim_ascii());
        }
    },
    further: &[
        Further("client_port", Field::CLIENT_PORT, As::Integer),
        Further("log_time_utc", LOGGED, As::Time),
        Further("duration_ns", Field::NANOSECONDS, As::Integer),
        Further("bytes_received", Field::REQUEST_BYTES, As::Integer),
        Further("request_count", COUNT, As::Integer),
        Further("router", ROUTER, As::Text),
        Further("service", SERVICE, As::Text),
        Further("upstream_addr", Field::UPSTREAM, As::Text),
        Further("upstream_status", Field::UPSTREAM_STATUS, As::Integer),
    ],
    more: |found, _, sink| {
        if !found.has(Field::CLIENT_PORT)
            && let Some(port) = found.get(ADDRESS).and_then(|address| host_port(address).1)
        {
            sink("client_port", Value::Integer(i64::from(port)));
        }
    },
};

const ADDRESS: Field = Field::further(0);
const LOGGED: Field = Field::further(1);
const COUNT: Field = Field::further(2);
const ROUTER: Field = Field::further(3);
const SERVICE: Field = Field::further(4);

static KEYS: Keys = Keys::new(&[
    field("StartUTC", Field::TIME, 0),
    field("StartLocal", Field::TIME, 1),
    field("time", LOGGED, 0),
    field("ClientHost", Field::CLIENT, 0),
    field("ClientAddr", ADDRESS, 0),
    field("ClientPort", Field::CLIENT_PORT, 0),
    field("ClientUsername", Field::USER, 0),
    field("RequestLine", Field::REQUEST, 0),
    field("RequestMethod", Field::METHOD, 0),
    field("RequestPath", Field::TARGET, 0),
    field("RequestProtocol", Field::PROTOCOL, 0),
    field("RequestHost", Field::HOST, 0),
    field("RequestAddr", Field::HOST, 1),
    field("RequestPort", Field::PORT, 0),
    field("RequestScheme", Field::SCHEME, 0),
    field("RequestContentSize", Field::REQUEST_BYTES, 0),
    field("RequestCount", COUNT, 0),
    field("DownstreamStatus", Field::STATUS, 0),
    field("DownstreamContentSize", Field::BYTES, 0),
    field("OriginStatus", Field::UPSTREAM_STATUS, 0),
    field("Duration", Field::NANOSECONDS, 0),
    field("RouterName", ROUTER, 0),
    field("FrontendName", ROUTER, 1),
    field("ServiceName", SERVICE, 0),
    field("BackendName", SERVICE, 1),
    field("ServiceAddr", Field::UPSTREAM, 0),
    field("BackendAddr", Field::UPSTREAM, 1),
    field("TLSVersion", Field::TLS_VERSION, 0),
    field("TLSCipher", Field::TLS_CIPHER, 0),
    field("request_User-Agent", Field::AGENT, AS_SENT),
    field("request_Referer", Field::REFERER, AS_SENT),
    field("request_X-Forwarded-For", Field::FORWARDED, AS_SENT),
    field("request_X-Request-Id", Field::REQUEST_ID, AS_SENT),
]);

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_request = found.has(Field::METHOD) || found.has(Field::REQUEST);
    let is_answered = found.has(Field::STATUS) || found.has(Field::NANOSECONDS);
    if is_request && is_answered { None } else { Some("the keys `RequestMethod` and `DownstreamStatus`") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn the_more_exact_time_and_the_forwarded_client_are_taken() {
        let record = TRAEFIK_JSON.parse(TRAEFIK_JSON.example.as_bytes()).unwrap().unwrap();
        assert_eq!(record.client, Some(&b"192.0.2.7"[..]));
        assert_eq!(record.time, Time::from_parts(1_714_521_735, 500_000_000));
        assert_eq!((record.duration, record.user), (Some(564_849), None));
    }

    #[test]
    fn of_a_list_the_last_is_the_client() {
        let line = TRAEFIK_JSON.example.replace("Host\":\"192.0.2.7\"", "Host\":\"192.0.2.7, 198.51.100.4\"");
        let record = TRAEFIK_JSON.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!(record.client, Some(&b"198.51.100.4"[..]));
        assert_eq!(record.forwarded, Some(&b"192.0.2.7, 198.51.100.4"[..]));
    }

    #[test]
    fn a_message_of_the_program_is_refused() {
        let line = br#"{"level":"info","msg":"Configuration loaded","time":"2024-05-01T00:02:15Z"}"#;
        assert!(TRAEFIK_JSON.parse(line).is_err());
    }
}
