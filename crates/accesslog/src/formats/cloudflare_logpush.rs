//! Cloudflare Logpush, the data set `http_requests`.
//!
//! Whoever sets a job up chooses the fields and the layout of times, so any may be missing. `ClientRequestURI` is the
//! target as sent; `ClientRequestPath` is the path alone, after Cloudflare's rewriting, and may differ from it. Alibaba Cloud's edge
//! (ESA) has taken most of these names over, and has a few of its own.

use crate::json::{As, Field, Form, Found, Further, Keys, field};

/// One request a line.
pub(crate) static CLOUDFLARE_LOGPUSH: Form = Form {
    name: "cloudflare_logpush",
    aliases: &["cloudflare"],
    about: "Cloudflare Logpush `http_requests`",
    example: r#"{"ClientIP":"192.0.2.7","ClientRequestHost":"a.example","ClientRequestMethod":"GET","ClientRequestPath":"/a","ClientRequestProtocol":"HTTP/2","ClientRequestURI":"/a?b=1","ClientRequestUserAgent":"curl/8.5","EdgeResponseBytes":512,"EdgeResponseStatus":200,"EdgeStartTimestamp":"2024-05-01T00:02:15Z","RayID":"710e98d9367f357d"}"#,
    holds: b"",
    keys: &KEYS,
    missing,
    finish: |found, record| {
        if record.target.is_none() {
            record.target = found.get(PATH);
            record.query = found.get(QUERY).map(|query| query.strip_prefix(b"?").unwrap_or(query));
        }
    },
    further: &[
        Further("client_port", Field::CLIENT_PORT, As::Integer),
        Further("path", PATH, As::Text),
        Further("bytes_received", Field::REQUEST_BYTES, As::Integer),
        Further("upstream_ip", Field::UPSTREAM, As::Text),
        Further("upstream_status", Field::UPSTREAM_STATUS, As::Integer),
        Further("cache_status", CACHE, As::Text),
        Further("client_country", COUNTRY, As::Text),
        Further("client_asn", ASN, As::Integer),
        Further("edge_location", COLO, As::Text),
        Further("action", ACTION, As::Text),
        Further("rule_id", RULE, As::Text),
    ],
    more: Form::NO_MORE,
};

const PATH: Field = Field::further(0);
const CACHE: Field = Field::further(1);
const COUNTRY: Field = Field::further(2);
const ASN: Field = Field::further(3);
const COLO: Field = Field::further(4);
const ACTION: Field = Field::further(5);
const RULE: Field = Field::further(6);
const QUERY: Field = Field::further(7);

static KEYS: Keys = Keys::new(&[
    field("EdgeStartTimestamp", Field::TIME, 0),
    field("EdgeEndTimestamp", Field::TIME, 1),
    field("Datetime", Field::TIME, 2),
    field("ClientIP", Field::CLIENT, 0),
    field("ClientSrcPort", Field::CLIENT_PORT, 0),
    field("ClientRequestMethod", Field::METHOD, 0),
    field("ClientRequestURI", Field::TARGET, 0),
    field("ClientRequestPath", PATH, 0),
    field("ClientRequestQuery", QUERY, 0),
    field("ClientRequestProtocol", Field::PROTOCOL, 0),
    field("ClientRequestHost", Field::HOST, 0),
    field("ClientRequestReferer", Field::REFERER, 0),
    field("ClientRequestUserAgent", Field::AGENT, 0),
    field("ClientRequestScheme", Field::SCHEME, 0),
    field("ClientRequestBytes", Field::REQUEST_BYTES, 0),
    field("ClientXRequestedWith", Field::MARK, 0),
    field("ClientSSLProtocol", Field::TLS_VERSION, 0),
    field("ClientSSLCipher", Field::TLS_CIPHER, 0),
    field("ClientCountry", COUNTRY, 0),
    field("ClientASN", ASN, 0),
    field("EdgeResponseStatus", Field::STATUS, 0),
    field("EdgeResponseStatusCode", Field::STATUS, 1),
    field("EdgeResponseTime", Field::MILLISECONDS, 0),
    field("EdgeCacheStatus", CACHE, 1),
    field("ClientRequestID", Field::REQUEST_ID, 1),
    field("EdgeResponseBytes", Field::BYTES, 0),
    field("EdgeResponseBodyBytes", Field::BYTES, 1),
    field("EdgeColoCode", COLO, 0),
    field("CacheCacheStatus", CACHE, 0),
    field("OriginIP", Field::UPSTREAM, 0),
    field("OriginResponseStatus", Field::UPSTREAM_STATUS, 0),
    field("RayID", Field::REQUEST_ID, 0),
    field("SecurityAction", ACTION, 0),
    field("SecurityRuleID", RULE, 0),
    field("FirewallMatchesActions", ACTION, 1),
    field("FirewallMatchesRuleIDs", RULE, 1),
]);

fn missing(found: &Found<'_>) -> Option<&'static str> {
    // The firewall's data set shares the request's names, and has neither the edge's answer nor its times.
    let is_request = found.has(Field::METHOD) || found.has(Field::TARGET) || found.has(PATH);
    let is_edge = found.has(Field::TIME) || found.is_named(Field::STATUS);
    if is_request && is_edge { None } else { Some("keys such as `ClientRequestURI` and `EdgeResponseStatus`") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn the_time_has_three_layouts() {
        let want = Time::from_parts(1_714_521_735, 0);
        for time in ["\"2024-05-01T00:02:15Z\"", "1714521735", "1714521735000000000", "\"1714521735\""] {
            let line = CLOUDFLARE_LOGPUSH.example.replace("\"2024-05-01T00:02:15Z\"", time);
            assert_eq!(CLOUDFLARE_LOGPUSH.parse(line.as_bytes()).unwrap().unwrap().time, want, "{time}");
        }
    }

    #[test]
    fn alibabas_edge_names_the_status_otherwise() {
        let line = r#"{"ClientIP":"192.0.2.7","ClientRequestMethod":"GET","ClientRequestURI":"/a","EdgeStartTimestamp":"2024-05-01T00:02:15Z","EdgeResponseStatusCode":200,"EdgeResponseBytes":512,"EdgeResponseTime":12}"#;
        let record = CLOUDFLARE_LOGPUSH.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.status, record.bytes, record.duration), (Some(200), Some(512), Some(12_000_000)));
    }

    #[test]
    fn without_the_target_the_path_is_taken() {
        let line = CLOUDFLARE_LOGPUSH.example.replace("ClientRequestURI", "ClientRequestOther");
        let record = CLOUDFLARE_LOGPUSH.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!(record.target, Some(&b"/a"[..]));
        assert!(CLOUDFLARE_LOGPUSH.parse(br#"{"RayID":"1","EdgeResponseStatus":200}"#).is_err());
    }
}
