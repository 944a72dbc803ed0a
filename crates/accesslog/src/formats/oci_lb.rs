//! The access log of Oracle Cloud's load balancer, as entries of OCI Logging.
//!
//! The request stands in `data`, which an export puts into `logContent`; all numbers are strings, times are in seconds,
//! the target of the request line may be absolute ("Details for Load Balancer Logs" in Oracle's documentation).

use super::absolute::{absolute, tell_path};
use crate::json::{As, Field, Form, Found, Further, Keys, field, inner};
use crate::url::host_port;

/// One entry a line.
pub(crate) static OCI_LB: Form = Form {
    name: "oci_lb",
    aliases: &["oracle_lb"],
    about: "Oracle Cloud load balancer access log",
    example: r#"{"datetime":1714521735000,"logContent":{"data":{"backendAddr":"10.0.0.5:80","backendStatusCode":"200","clientAddr":"192.0.2.7:51234","host":"a.example","lbStatusCode":"200","listenerName":"https","receivedBytes":"120","request":"GET https://a.example/a?b=1 HTTP/1.1","requestProcessingTime":"0.012","sentBytes":"512","sslCipher":"ECDHE-RSA-AES256-GCM-SHA384","sslProtocol":"TLSv1.2","timestamp":"2024-05-01T00:02:15+00:00","userAgent":"curl/8.5"},"id":"6a1f","time":"2024-05-01T00:02:15Z","type":"com.oraclecloud.loadbalancer.access"}}"#,
    holds: b"",
    keys: &KEYS,
    missing,
    finish: |_, record| {
        record.client = record.client.map(|client| host_port(client).0);
        if let Some(parts) = record.target.and_then(absolute) {
            record.host = record.host.or(Some(parts.host)).filter(|host| !host.is_empty());
            record.scheme = Some(parts.scheme);
        }
    },
    further: &[
        Further("bytes_received", Field::REQUEST_BYTES, As::Integer),
        Further("upstream_addr", Field::UPSTREAM, As::Text),
        Further("upstream_status", Field::UPSTREAM_STATUS, As::Integer),
        Further("listener", LISTENER, As::Text),
    ],
    more: |_, record, sink| tell_path(record, sink),
};

const LISTENER: Field = Field::further(0);

static KEYS: Keys = Keys::new(&[
    inner("logContent", &CONTENT),
    inner("data", &DATA),
    field("datetime", Field::TIME, 3),
    field("time", Field::TIME, 2),
]);

static CONTENT: Keys = Keys::new(&[inner("data", &DATA), field("time", Field::TIME, 2)]);

static DATA: Keys = Keys::new(&[
    field("timestamp", Field::TIME, 0),
    field("clientAddr", Field::CLIENT, 0),
    field("request", Field::REQUEST, 0),
    field("host", Field::HOST, 0),
    field("lbStatusCode", Field::STATUS, 0),
    field("backendStatusCode", Field::UPSTREAM_STATUS, 0),
    field("backendAddr", Field::UPSTREAM, 0),
    field("receivedBytes", Field::REQUEST_BYTES, 0),
    field("sentBytes", Field::BYTES, 0),
    field("requestProcessingTime", Field::SECONDS, 0),
    field("userAgent", Field::AGENT, 0),
    field("referrer", Field::REFERER, 0),
    field("forwardedForAddr", Field::FORWARDED, 0),
    field("sslProtocol", Field::TLS_VERSION, 0),
    field("sslCipher", Field::TLS_CIPHER, 0),
    field("listenerName", LISTENER, 0),
]);

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_balancer = found.has(Field::CLIENT) && found.is_named(Field::STATUS);
    if is_balancer { None } else { Some("the keys `clientAddr` and `lbStatusCode` in `data`") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn an_entry_may_be_an_export_or_the_data_alone() {
        let record = OCI_LB.parse(OCI_LB.example.as_bytes()).unwrap().unwrap();
        assert_eq!((record.client, record.method), (Some(&b"192.0.2.7"[..]), Some(&b"GET"[..])));
        assert_eq!((record.target, record.status), (Some(&b"https://a.example/a?b=1"[..]), Some(200)));
        assert_eq!((record.bytes, record.duration), (Some(512), Some(12_000_000)));
        let alone = br#"{"data":{"clientAddr":"192.0.2.7:1","lbStatusCode":"404","request":"GET /a HTTP/1.1"},"time":"2024-05-01T00:02:15Z"}"#;
        let record = OCI_LB.parse(alone).unwrap().unwrap();
        assert_eq!((record.status, record.time.is_some()), (Some(404), true));
        assert!(OCI_LB.parse(br#"{"data":{"request":"GET / HTTP/1.1"}}"#).is_err());
    }
}
