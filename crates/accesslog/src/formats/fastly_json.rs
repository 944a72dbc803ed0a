//! Fastly's JSON: the object that its documentation gives for a log line, which most services keep and extend.
//!
//! The layout is written by the customer in VCL, often with blanks around everything. A line is known by the keys that
//! speak of Fastly itself; one without them is read as `json`.

use crate::json::{As, Field, Form, Found, Further, Keys, field};

/// One object a line.
pub(crate) static FASTLY_JSON: Form = Form {
    name: "fastly_json",
    aliases: &["fastly"],
    about: "Fastly log lines in the JSON of its documentation",
    example: r#"{ "timestamp": "2024-05-01T00:02:15+0000", "client_ip": "192.0.2.7", "geo_country": "germany", "host": "a.example", "url": "/a?b=1", "request_method": "GET", "request_protocol": "HTTP/1.1", "request_referer": "", "request_user_agent": "curl/8.5", "response_state": "MISS-CLUSTER", "response_status": 404, "response_reason": "Not Found", "response_body_size": 564, "fastly_server": "cache-fra1", "fastly_is_edge": true }"#,
    holds: b"",
    keys: &KEYS,
    missing,
    finish: Form::AS_FOUND,
    further: &[
        Further("bytes_received", Field::REQUEST_BYTES, As::Integer),
        Further("cache_status", STATE, As::Text),
        Further("cache_status", CACHED, As::Text),
        Further("edge_server", SERVER, As::Text),
        Further("client_country", COUNTRY, As::Text),
        Further("response_reason", REASON, As::Text),
    ],
    more: Form::NO_MORE,
};

const STATE: Field = Field::further(0);
const SERVER: Field = Field::further(1);
const COUNTRY: Field = Field::further(2);
const REASON: Field = Field::further(3);
/// Others have a cache too: it says nothing of whose line this is.
const CACHED: Field = Field::further(4);

static KEYS: Keys = Keys::new(&[
    field("timestamp", Field::TIME, 0),
    field("time_start", Field::TIME, 0),
    field("start_time", Field::TIME, 0),
    field("time", Field::TIME, 1),
    field("client_ip", Field::CLIENT, 0),
    field("geo_country", COUNTRY, 0),
    field("host", Field::HOST, 0),
    field("request_host", Field::HOST, 0),
    field("url", Field::TARGET, 0),
    field("request_url", Field::TARGET, 0),
    field("request_uri", Field::TARGET, 0),
    field("request", Field::REQUEST, 0),
    field("request_method", Field::METHOD, 0),
    field("method", Field::METHOD, 1),
    field("request_protocol", Field::PROTOCOL, 0),
    field("protocol", Field::PROTOCOL, 1),
    field("request_referer", Field::REFERER, 0),
    field("referer", Field::REFERER, 1),
    field("request_user_agent", Field::AGENT, 0),
    field("user_agent", Field::AGENT, 1),
    field("req_bytes", Field::REQUEST_BYTES, 0),
    field("request_size", Field::REQUEST_BYTES, 0),
    field("response_state", STATE, 0),
    field("fastly_info", STATE, 0),
    field("cache_status", CACHED, 0),
    field("response_status", Field::STATUS, 0),
    field("status", Field::STATUS, 1),
    field("response_reason", REASON, 0),
    field("response_body_size", Field::BYTES, 0),
    field("resp_body_size", Field::BYTES, 0),
    field("bytes", Field::BYTES, 1),
    field("time_elapsed", Field::MICROSECONDS, 0),
    field("tls_client_protocol", Field::TLS_VERSION, 0),
    field("tls_client_cipher", Field::TLS_CIPHER, 0),
    field("fastly_server", SERVER, 0),
    field("fastly_pop", SERVER, 1),
    field("fastly_is_edge", Field::MARK, 0),
    field("fastly_is_shield", Field::MARK, 1),
    field("is_h2", Field::MARK, 1),
    field("is_h2_push", Field::MARK, 1),
    field("h2_stream_id", Field::MARK, 1),
    field("socket_cwnd", Field::MARK, 1),
    field("socket_nexthop", Field::MARK, 1),
    field("tls_client_tlsexts_sha", Field::MARK, 1),
    field("origin_host", Field::HOST, 1),
]);

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_fastly = [SERVER, STATE, Field::MARK].into_iter().any(|field| found.is_named(field));
    match () {
        () if !is_fastly => Some("a key that speaks of Fastly, such as `fastly_server`"),
        () if !found.names_request() || !found.has(Field::TIME) => Some("keys that hold a request and its time"),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn a_line_is_known_by_what_speaks_of_fastly() {
        let line = FASTLY_JSON.example;
        let record = FASTLY_JSON.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.status, record.bytes, record.referer), (Some(404), Some(564), None));
        let line = line.replace("fastly_", "other_").replace("response_state", "state");
        assert!(FASTLY_JSON.parse(line.as_bytes()).is_err());
    }
}
