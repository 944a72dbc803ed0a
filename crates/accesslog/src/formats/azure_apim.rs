//! Azure API Management: the log of its gateway, as diagnostic records.
//!
//! The request stands in `properties`, the client and the duration beside it ("GatewayLogs" in the reference of the service); in
//! Log Analytics (the table `ApiManagementGatewayLogs`) all of it stands at the top, each name with a capital. The target is
//! absolute. The client is the one that the gateway sees.

use super::absolute::{name_missing_authority, tell_path};
use crate::json::{As, Field, Form, Found, Further, Keys, field, inner};

/// One diagnostic record a line.
pub(crate) static AZURE_APIM: Form = Form {
    name: "azure_apim",
    aliases: &["azure_api_management"],
    about: "Azure API Management gateway log",
    example: r#"{"time":"2024-05-01T00:02:15.0000000Z","operationName":"Microsoft.ApiManagement/GatewayLogs","category":"GatewayLogs","durationMs":52,"callerIpAddress":"192.0.2.7","correlationId":"6e1a","properties":{"method":"GET","url":"https://a.example/a?b=1","backendResponseCode":200,"responseCode":200,"responseSize":512,"cache":"none","requestSize":300,"apiId":"shop","operationId":"items","clientProtocol":"HTTP/1.1","clientTlsVersion":"1.3"},"resourceId":"/SUBSCRIPTIONS/1/SERVICE/A"}"#,
    holds: b"",
    keys: &KEYS,
    missing,
    finish: |_, record| name_missing_authority(record),
    further: &[
        Further("bytes_received", Field::REQUEST_BYTES, As::Integer),
        Further("upstream_status", Field::UPSTREAM_STATUS, As::Integer),
        Further("api", API, As::Text),
        Further("operation", OPERATION, As::Text),
        Further("cache_status", CACHE, As::Text),
        Further("error_info", Field::ERROR, As::Text),
    ],
    more: |_, record, sink| tell_path(record, sink),
};

const API: Field = Field::further(0);
const OPERATION: Field = Field::further(1);
const CACHE: Field = Field::further(2);

static KEYS: Keys = Keys::new(&[
    field("time", Field::TIME, 0),
    field("category", Field::KIND, 0),
    field("callerIpAddress", Field::CLIENT, 0),
    field("correlationId", Field::REQUEST_ID, 0),
    field("durationMs", Field::MILLISECONDS, 0),
    inner("properties", &PROPERTIES),
    field("TimeGenerated", Field::TIME, 1),
    field("Category", Field::KIND, 0),
    field("CallerIpAddress", Field::CLIENT, 0),
    field("CorrelationId", Field::REQUEST_ID, 0),
    field("TotalTime", Field::MILLISECONDS, 0),
    field("Method", Field::METHOD, 0),
    field("Url", Field::TARGET, 0),
    field("ResponseCode", Field::STATUS, 0),
    field("BackendResponseCode", Field::UPSTREAM_STATUS, 0),
    field("ResponseSize", Field::BYTES, 0),
    field("RequestSize", Field::REQUEST_BYTES, 0),
    field("ClientProtocol", Field::PROTOCOL, 0),
    field("ClientTlsVersion", Field::TLS_VERSION, 0),
    field("UserId", Field::USER, 0),
    field("ApiId", API, 0),
    field("OperationId", OPERATION, 0),
    field("Cache", CACHE, 0),
    field("LastErrorReason", Field::ERROR, 0),
]);

static PROPERTIES: Keys = Keys::new(&[
    field("method", Field::METHOD, 0),
    field("url", Field::TARGET, 0),
    field("responseCode", Field::STATUS, 0),
    field("backendResponseCode", Field::UPSTREAM_STATUS, 0),
    field("responseSize", Field::BYTES, 0),
    field("requestSize", Field::REQUEST_BYTES, 0),
    field("clientProtocol", Field::PROTOCOL, 0),
    field("clientTlsVersion", Field::TLS_VERSION, 0),
    field("userId", Field::USER, 0),
    field("apiId", API, 0),
    field("operationId", OPERATION, 0),
    field("cache", CACHE, 0),
    inner("requestHeaders", &HEADERS),
    inner("lastError", &LAST_ERROR),
]);

/// The headers that the owner chose to have logged.
static HEADERS: Keys = Keys::new(&[
    field("User-Agent", Field::AGENT, 0),
    field("Referer", Field::REFERER, 0),
    field("Host", Field::HOST, 0),
    field("X-Forwarded-For", Field::FORWARDED, 0),
]);

static LAST_ERROR: Keys = Keys::new(&[field("reason", Field::ERROR, 0)]);

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_gateway =
        found.get(Field::KIND).is_some_and(|kind| matches!(kind, b"GatewayLogs" | b"ApiManagementGatewayLogs"));
    let is_request = found.has(Field::METHOD) && found.has(Field::TARGET);
    if is_gateway && is_request {
        None
    } else {
        Some("the category `GatewayLogs`, and `method` and `url` in `properties`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn a_request_stands_among_the_properties() {
        let example = AZURE_APIM.example;
        let record = AZURE_APIM.parse(example.as_bytes()).unwrap().unwrap();
        assert_eq!((record.client, record.host), (Some(&b"192.0.2.7"[..]), Some(&b"a.example"[..])));
        assert_eq!((record.target, record.status), (Some(&b"https://a.example/a?b=1"[..]), Some(200)));
        assert_eq!((record.bytes, record.duration), (Some(512), Some(52_000_000)));
        let headers = r#""requestHeaders":{"User-Agent":"curl/8.5"},"method""#;
        let with_headers = example.replace(r#""method""#, headers);
        assert_eq!(AZURE_APIM.parse(with_headers.as_bytes()).unwrap().unwrap().agent, Some(&b"curl/8.5"[..]));
        assert!(AZURE_APIM.parse(example.replace("GatewayLogs\"", "WebSocketLogs\"").as_bytes()).is_err());
    }
}
