//! Azure Front Door: the access log, as diagnostic records, of the classic service and of the newer one, and of Azure CDN,
//! which is the same service under another category, its names written with a capital.
//!
//! What Log Analytics exports (the table `AzureDiagnostics`) has the properties at the top, a letter for the type of each
//! behind its name: `requestUri_s`.
//!
//! All numbers are strings, the target is absolute. The client is the one that the service believes: the first that
//! forwarded, where one did; the peer stands beside it. Health probes and the firewall are other categories.

use super::absolute::{name_missing_authority, tell_path};
use crate::json::{As, Field, Form, Found, Further, Keys, field, inner};

/// One diagnostic record a line.
pub(crate) static AZURE_FRONTDOOR: Form = Form {
    name: "azure_frontdoor",
    aliases: &["azure_front_door"],
    about: "Azure Front Door access log",
    example: r#"{"time":"2024-05-01T00:02:15.0000000Z","resourceId":"/SUBSCRIPTIONS/1/PROFILES/FD","category":"FrontDoorAccessLog","operationName":"Microsoft.Cdn/Profiles/AccessLog/Write","properties":{"trackingReference":"0f1LkXwAAAAA","httpMethod":"GET","httpVersion":"2.0.0.0","requestUri":"https://a.example:443/a?b=1","requestBytes":"1189","responseBytes":"2000","userAgent":"curl/8.5","clientIp":"192.0.2.7","clientPort":"18304","socketIp":"192.0.2.7","timeTaken":"0.598","securityProtocol":"TLS 1.2","httpStatusCode":"200","pop":"FRA","cacheStatus":"CONFIG_NOCACHE"}}"#,
    holds: b"",
    keys: &KEYS,
    missing,
    finish: |_, record| name_missing_authority(record),
    further: &[
        Further("client_port", Field::CLIENT_PORT, As::Integer),
        Further("socket_ip", PEER, As::Text),
        Further("bytes_received", Field::REQUEST_BYTES, As::Integer),
        Further("pop", POP, As::Text),
        Further("cache_status", CACHE, As::Text),
        Further("upstream_name", ORIGIN, As::Text),
        Further("upstream_addr", Field::UPSTREAM, As::Text),
        Further("error_info", ERROR_INFO, As::Text),
        Further("rule_id", RULE, As::Text),
    ],
    more: |_, record, sink| tell_path(record, sink),
};

const PEER: Field = Field::further(0);
const POP: Field = Field::further(1);
const CACHE: Field = Field::further(2);
const ORIGIN: Field = Field::further(3);
const ERROR_INFO: Field = Field::further(4);
const RULE: Field = Field::further(5);

static KEYS: Keys = Keys::new(&[
    field("time", Field::TIME, 0),
    field("timeStamp", Field::TIME, 0),
    field("timestamp", Field::TIME, 0),
    field("category", Field::KIND, 0),
    inner("properties", &PROPERTIES),
    field("TimeGenerated", Field::TIME, 1),
    field("Category", Field::KIND, 0),
    field("trackingReference_s", Field::REQUEST_ID, 0),
    field("httpMethod_s", Field::METHOD, 0),
    field("httpVersion_s", Field::PROTOCOL, 0),
    field("requestUri_s", Field::TARGET, 0),
    field("requestBytes_s", Field::REQUEST_BYTES, 0),
    field("responseBytes_s", Field::BYTES, 0),
    field("userAgent_s", Field::AGENT, 0),
    field("referer_s", Field::REFERER, 0),
    field("clientIp_s", Field::CLIENT, 0),
    field("clientIP_s", Field::CLIENT, 0),
    field("socketIp_s", PEER, 0),
    field("clientPort_s", Field::CLIENT_PORT, 0),
    field("timeTaken_s", Field::SECONDS, 0),
    field("timeTaken_d", Field::SECONDS, 0),
    field("securityProtocol_s", Field::TLS_VERSION, 0),
    field("httpStatusCode_s", Field::STATUS, 0),
    field("httpStatusCode_d", Field::STATUS, 0),
    field("hostName_s", Field::HOST, 0),
    field("pop_s", POP, 0),
    field("cacheStatus_s", CACHE, 0),
]);

static PROPERTIES: Keys = Keys::new(&[
    field("TrackingReference", Field::REQUEST_ID, 0),
    field("HttpMethod", Field::METHOD, 0),
    field("HttpVersion", Field::PROTOCOL, 0),
    field("RequestUri", Field::TARGET, 0),
    field("RequestBytes", Field::REQUEST_BYTES, 0),
    field("ResponseBytes", Field::BYTES, 0),
    field("UserAgent", Field::AGENT, 0),
    field("Referer", Field::REFERER, 0),
    field("ClientIp", Field::CLIENT, 0),
    field("ClientPort", Field::CLIENT_PORT, 0),
    field("SocketIp", PEER, 0),
    field("TimeTaken", Field::SECONDS, 0),
    field("SecurityProtocol", Field::TLS_VERSION, 0),
    field("HttpStatusCode", Field::STATUS, 0),
    field("POP", POP, 0),
    field("BackendHostName", ORIGIN, 1),
    field("ErrorInfo", ERROR_INFO, 1),
    field("trackingReference", Field::REQUEST_ID, 0),
    field("httpMethod", Field::METHOD, 0),
    field("httpVersion", Field::PROTOCOL, 0),
    field("requestProtocol", Field::SCHEME, 0),
    field("requestUri", Field::TARGET, 0),
    field("requestBytes", Field::REQUEST_BYTES, 0),
    field("responseBytes", Field::BYTES, 0),
    field("userAgent", Field::AGENT, 0),
    field("referer", Field::REFERER, 0),
    field("referrer", Field::REFERER, 0),
    field("clientIp", Field::CLIENT, 0),
    field("clientIP", Field::CLIENT, 0),
    field("socketIp", PEER, 0),
    field("socketIP", PEER, 0),
    field("clientPort", Field::CLIENT_PORT, 0),
    field("timeTaken", Field::SECONDS, 0),
    field("securityProtocol", Field::TLS_VERSION, 0),
    field("securityCipher", Field::TLS_CIPHER, 0),
    field("httpStatusCode", Field::STATUS, 0),
    field("hostName", Field::HOST, 0),
    field("pop", POP, 0),
    field("cacheStatus", CACHE, 0),
    field("originName", ORIGIN, 0),
    field("backendHostname", ORIGIN, 1),
    field("originUrl", Field::UPSTREAM, 0),
    field("originIp", Field::UPSTREAM, 1),
    field("errorInfo", ERROR_INFO, 0),
    field("rulesEngineMatchNames", RULE, 1),
    field("matchedRulesSetName", RULE, 0),
]);

/// The categories of the access log, of Front Door and of Azure CDN.
const CATEGORIES: [&[u8]; 2] = [b"FrontDoorAccessLog", b"AzureCdnAccessLog"];

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_kind = |known: &[u8]| found.get(Field::KIND).is_some_and(|kind| kind.eq_ignore_ascii_case(known));
    match () {
        () if !CATEGORIES.iter().any(|known| is_kind(known)) => Some("the category `FrontDoorAccessLog`"),
        () if !found.has(Field::TARGET) && !found.has(Field::METHOD) => Some("the `properties` of a request"),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn numbers_are_strings_and_the_target_is_absolute() {
        for category in ["FrontDoorAccessLog", "FrontdoorAccessLog"] {
            let line = AZURE_FRONTDOOR.example.replace("FrontDoorAccessLog", category);
            let record = AZURE_FRONTDOOR.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.status, record.bytes, record.duration), (Some(200), Some(2000), Some(598_000_000)));
            assert_eq!((record.host, record.port), (Some(&b"a.example"[..]), Some(443)));
        }
    }

    #[test]
    fn probes_and_the_firewall_are_refused() {
        for category in ["FrontDoorHealthProbeLog", "FrontDoorWebApplicationFirewallLog"] {
            let line = AZURE_FRONTDOOR.example.replace("FrontDoorAccessLog", category);
            assert!(AZURE_FRONTDOOR.parse(line.as_bytes()).is_err());
        }
    }
}
