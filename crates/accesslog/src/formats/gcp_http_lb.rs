//! Requests that a Google Cloud load balancer handled, as entries of Cloud Logging.
//!
//! The request is the entry's `httpRequest`, its target absolute; addresses may carry their ports; sizes are strings.
//! Other services log under `httpRequest` too: an entry is of this format if its resource is a load balancer, or if
//! its payload is a load balancer's.

use super::absolute::{absolute, tell_path};
use crate::json::{As, Field, Form, Found, Further, Keys, field, inner};
use crate::url::{host_port, tell_address};

/// One entry a line.
pub(crate) static GCP_HTTP_LB: Form = Form {
    name: "gcp_http_lb",
    aliases: &["gcp_lb", "google_lb"],
    about: "Google Cloud HTTP(S) load balancer (Cloud Logging entries)",
    example: r#"{"httpRequest":{"latency":"0.005192s","remoteIp":"192.0.2.7:51234","requestMethod":"GET","requestSize":"29","requestUrl":"https://a.example/a?b=1","responseSize":"780","serverIp":"10.20.0.4","status":200,"userAgent":"curl/8.7"},"insertId":"h91ql8","jsonPayload":{"statusDetails":"response_sent_by_backend"},"resource":{"labels":{"project_id":"p"},"type":"http_load_balancer"},"timestamp":"2024-05-01T00:02:15.558637Z"}"#,
    holds: b"",
    keys: &KEYS,
    missing,
    finish: |found, record| {
        record.client = record.client.map(|client| host_port(client).0);
        if let Some(parts) = record.target.and_then(absolute) {
            record.host = Some(parts.host).filter(|host| !host.is_empty());
            record.scheme = Some(parts.scheme);
        }
        record.time = record.time.or_else(|| found.time(RECEIVED));
    },
    further: &[
        Further("bytes_received", Field::REQUEST_BYTES, As::Integer),
        Further("status_details", DETAILS, As::Text),
        Further("security_policy_action", POLICY, As::Text),
        Further("cache_hit", CACHE_HIT, As::Text),
        Further("trace_id", TRACE, As::Text),
        Further("resource_type", Field::KIND, As::Text),
    ],
    more: |found, record, sink| {
        if let Some(port) = found.get(Field::CLIENT).and_then(|client| host_port(client).1) {
            sink("client_port", crate::Value::Integer(i64::from(port)));
        }
        tell_address("upstream_ip", "upstream_port", record.upstream, sink);
        tell_path(record, sink);
    },
};

const DETAILS: Field = Field::further(0);
const POLICY: Field = Field::further(1);
const CACHE_HIT: Field = Field::further(2);
const TRACE: Field = Field::further(3);
const RECEIVED: Field = Field::further(4);

static KEYS: Keys = Keys::new(&[
    field("timestamp", Field::TIME, 0),
    field("receiveTimestamp", RECEIVED, 0),
    field("insertId", Field::REQUEST_ID, 0),
    field("trace", TRACE, 0),
    inner("httpRequest", &REQUEST),
    inner("jsonPayload", &PAYLOAD),
    inner("resource", &RESOURCE),
]);

static REQUEST: Keys = Keys::new(&[
    field("requestMethod", Field::METHOD, 0),
    field("requestUrl", Field::TARGET, 0),
    field("requestSize", Field::REQUEST_BYTES, 0),
    field("status", Field::STATUS, 0),
    field("responseSize", Field::BYTES, 0),
    field("userAgent", Field::AGENT, 0),
    field("remoteIp", Field::CLIENT, 0),
    field("serverIp", Field::UPSTREAM, 0),
    field("referer", Field::REFERER, 0),
    field("latency", Field::SECONDS, 0),
    field("protocol", Field::PROTOCOL, 0),
    field("cacheHit", CACHE_HIT, 0),
]);

static PAYLOAD: Keys = Keys::new(&[
    field("@type", Field::MARK, 0),
    field("statusDetails", DETAILS, 0),
    field("remoteIp", Field::CLIENT, 1),
    inner("enforcedSecurityPolicy", &ENFORCED),
    inner("tls", &TLS),
]);

static ENFORCED: Keys = Keys::new(&[field("configuredAction", POLICY, 0)]);
static TLS: Keys = Keys::new(&[field("protocol", Field::TLS_VERSION, 0), field("cipher", Field::TLS_CIPHER, 0)]);
static RESOURCE: Keys = Keys::new(&[field("type", Field::KIND, 0)]);

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let holds =
        |field, needle: &[u8]| found.get(field).is_some_and(|text| memchr::memmem::find(text, needle).is_some());
    let is_balancer = holds(Field::KIND, b"load_balancer")
        || holds(Field::KIND, b"http_lb_rule")
        || holds(Field::KIND, b"_regional_lb_rule")
        || holds(Field::MARK, b"LoadBalancerLogEntry");
    match () {
        () if !found.has(Field::TARGET) || !found.has(Field::TIME) => {
            Some("an object `httpRequest`, and a `timestamp`")
        }
        () if !is_balancer => Some("a load balancer as the resource"),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Value};

    #[test]
    fn the_target_is_absolute_and_addresses_have_ports() {
        let line = GCP_HTTP_LB.example.as_bytes();
        let record = GCP_HTTP_LB.parse(line).unwrap().unwrap();
        assert_eq!((record.client, record.host), (Some(&b"192.0.2.7"[..]), Some(&b"a.example"[..])));
        assert_eq!((record.duration, record.bytes), (Some(5_192_000), Some(780)));
        let mut told = Vec::new();
        GCP_HTTP_LB.further(line, &record, &mut |name, value| told.push((name, value)));
        assert!(told.contains(&("path", Value::Text(b"/a"))));
        assert!(told.contains(&("query", Value::Text(b"b=1"))));
        assert!(told.contains(&("client_port", Value::Integer(51234))));
        assert!(told.contains(&("upstream_ip", Value::Text(b"10.20.0.4"))));
    }

    #[test]
    fn an_entry_of_another_resource_is_refused() {
        let line = GCP_HTTP_LB.example.replace("http_load_balancer", "cloud_run_revision");
        assert_eq!(GCP_HTTP_LB.parse(line.as_bytes()).unwrap_err().expected, "a load balancer as the resource");
        let line = r#"{"insertId":"a","resource":{"type":"http_load_balancer"},"timestamp":"2024-05-01T00:02:15Z"}"#;
        assert!(GCP_HTTP_LB.parse(line.as_bytes()).is_err());
    }
}
