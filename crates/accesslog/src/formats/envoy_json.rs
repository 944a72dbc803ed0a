//! Envoy's access log in JSON (`json_format`, Istio, Envoy Gateway).
//!
//! The keys are the operator's, but nearly all keep the names of the command operators in one of two spellings
//! (`user_agent`, `user-agent`). The client is the downstream address where it is logged, and else the last of the
//! forwarding list, which is the one that the proxy itself saw. Connections that carried no request have no method
//! and no target, as in Envoy's text.

use memchr::memrchr;

use crate::Value;
use crate::json::{As, Field, Form, Found, Further, Keys, field};
use crate::url::{host_port, tell_address};

/// One object a line, as Envoy writes it.
pub(crate) static ENVOY_JSON: Form = Form {
    name: "envoy_json",
    aliases: &["envoy-json", "istio_json"],
    about: "Envoy's access log in JSON (Istio, Envoy Gateway)",
    example: r#"{":authority":"a.example","bytes_received":0,"bytes_sent":512,"downstream_remote_address":"192.0.2.7:59292","duration":11,"method":"GET","protocol":"HTTP/2","response_code":200,"response_flags":"-","start_time":"2024-05-01T00:02:15.479Z","upstream_host":"10.42.0.82:8080","user-agent":"curl/8.5","x-envoy-origin-path":"/a","x-forwarded-for":"192.0.2.7","x-request-id":"3bbc0252"}"#,
    holds: b"",
    keys: &KEYS,
    missing,
    finish: |found, record| record.client = client(found),
    further: &[
        Further("bytes_received", Field::REQUEST_BYTES, As::Integer),
        Further("response_flags", FLAGS, As::Text),
        Further("response_code_details", DETAILS, As::Text),
        Further("duration_ms", Field::MILLISECONDS, As::Integer),
        Further("upstream_service_time_ms", SERVICE_TIME, As::Integer),
        Further("upstream_addr", Field::UPSTREAM, As::Text),
        Further("upstream_cluster", CLUSTER, As::Text),
        Further("downstream_remote_address", REMOTE, As::Text),
        Further("downstream_local_address", LOCAL, As::Text),
        Further("route_name", ROUTE, As::Text),
        Further("sni_host", SNI, As::Text),
    ],
    more: |found, record, sink| {
        if let Some(port) = found.get(REMOTE).and_then(|address| host_port(address).1) {
            sink("client_port", Value::Integer(i64::from(port)));
        }
        tell_address("upstream_ip", "upstream_port", record.upstream, sink);
    },
};

const REMOTE: Field = Field::further(0);
const LOCAL: Field = Field::further(1);
const FLAGS: Field = Field::further(2);
const DETAILS: Field = Field::further(3);
const SERVICE_TIME: Field = Field::further(4);
const CLUSTER: Field = Field::further(5);
const ROUTE: Field = Field::further(6);
const SNI: Field = Field::further(7);

static KEYS: Keys = Keys::new(&[
    field("start_time", Field::TIME, 0),
    field("timestamp", Field::TIME, 1),
    field("@timestamp", Field::TIME, 1),
    field("time", Field::TIME, 1),
    field("method", Field::METHOD, 0),
    field(":method", Field::METHOD, 0),
    field("request_method", Field::METHOD, 0),
    field("x-envoy-original-path", Field::TARGET, 0),
    field("x_envoy_original_path", Field::TARGET, 0),
    field("x-envoy-origin-path", Field::TARGET, 0),
    field("x_envoy_origin_path", Field::TARGET, 0),
    field("path", Field::TARGET, 1),
    field(":path", Field::TARGET, 1),
    field("request_path", Field::TARGET, 1),
    field("uri_path", Field::TARGET, 2),
    field("protocol", Field::PROTOCOL, 0),
    field("response_code", Field::STATUS, 0),
    field("response_flags", FLAGS, 0),
    field("response_code_details", DETAILS, 0),
    field("bytes_received", Field::REQUEST_BYTES, 0),
    field("bytes_sent", Field::BYTES, 0),
    field("duration", Field::MILLISECONDS, 0),
    field("total_duration", Field::MILLISECONDS, 1),
    field("upstream_service_time", SERVICE_TIME, 0),
    field("x-envoy-upstream-service-time", SERVICE_TIME, 0),
    field("x_envoy_upstream_service_time", SERVICE_TIME, 0),
    field("x-forwarded-for", Field::FORWARDED, 0),
    field("x_forwarded_for", Field::FORWARDED, 0),
    field("user-agent", Field::AGENT, 0),
    field("user_agent", Field::AGENT, 0),
    field("referer", Field::REFERER, 0),
    field("x-request-id", Field::REQUEST_ID, 0),
    field("x_request_id", Field::REQUEST_ID, 0),
    field("request_id", Field::REQUEST_ID, 0),
    field(":authority", Field::HOST, 0),
    field("authority", Field::HOST, 0),
    field("host", Field::HOST, 1),
    field("scheme", Field::SCHEME, 0),
    field("x-forwarded-proto", Field::SCHEME, 1),
    field("upstream_host", Field::UPSTREAM, 0),
    field("upstream_remote_address", Field::UPSTREAM, 1),
    field("upstream_cluster", CLUSTER, 0),
    field("route_name", ROUTE, 0),
    field("downstream_remote_address", REMOTE, 0),
    field("downstream_direct_remote_address", REMOTE, 1),
    field("downstream_local_address", LOCAL, 0),
    field("requested_server_name", SNI, 0),
    field("downstream_tls_version", Field::TLS_VERSION, 0),
    field("downstream_tls_cipher", Field::TLS_CIPHER, 0),
]);

fn client<'a>(found: &Found<'a>) -> Option<&'a [u8]> {
    let last = |list: &'a [u8]| list[memrchr(b',', list).map_or(0, |comma| comma + 1)..].trim_ascii();
    let address = found.get(REMOTE).or_else(|| found.get(Field::FORWARDED).map(last))?;
    Some(host_port(address).0)
}

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_envoy = [REMOTE, FLAGS, CLUSTER, SERVICE_TIME, DETAILS].into_iter().any(|field| found.is_named(field));
    match () {
        () if !found.is_named(Field::STATUS) || !is_envoy => Some("the keys `response_code` and `response_flags`"),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    fn client_of(line: &str) -> Option<String> {
        let record = ENVOY_JSON.parse(line.as_bytes()).unwrap().unwrap();
        record.client.map(|client| String::from_utf8(client.to_vec()).unwrap())
    }

    #[test]
    fn the_client_is_the_downstream_address_or_the_last_that_forwarded() {
        let line = ENVOY_JSON.example;
        assert_eq!(client_of(line).as_deref(), Some("192.0.2.7"));
        let line = line.replace(r#""192.0.2.7:59292""#, r#""[2001:db8::7]:59292""#);
        assert_eq!(client_of(&line).as_deref(), Some("2001:db8::7"));
        let line = line.replace(r#""[2001:db8::7]:59292""#, "null");
        let line =
            line.replace(r#""x-forwarded-for":"192.0.2.7""#, r#""x-forwarded-for":"192.0.2.7, [2001:db8::8]:1""#);
        assert_eq!(client_of(&line).as_deref(), Some("2001:db8::8"));
    }

    #[test]
    fn a_connection_has_no_request() {
        let line = ENVOY_JSON.example.replace(r#""GET""#, "null").replace(r#""/a""#, "null");
        let line = line.replace("\"response_code\":200", "\"response_code\":0");
        let record = ENVOY_JSON.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.method, record.target, record.status), (None, None, Some(0)));
        assert_eq!(record.client, Some(&b"192.0.2.7"[..]));
        let line = ENVOY_JSON.example.replace("response_code", "code");
        assert!(ENVOY_JSON.parse(line.as_bytes()).is_err());
    }
}
