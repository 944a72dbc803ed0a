//! Tencent Cloud's EdgeOne, layer 7: one object a request, in its offline and its real-time logs.
//!
//! The path and the query stand apart, durations are milliseconds and times are UTC ("Layer 7 Access Logs" in the service's guide).
//! Whoever sets real-time delivery up chooses the fields.

use crate::json::{As, Field, Form, Found, Further, Keys, field};

/// One object a line.
pub(crate) static TENCENT_EDGEONE: Form = Form {
    name: "tencent_edgeone",
    aliases: &["edgeone"],
    about: "Tencent Cloud EdgeOne access log",
    example: r#"{"RequestID":"6d2a","ClientIP":"192.0.2.7","ClientRegion":"JP","RequestTime":"2024-05-01T00:02:15Z","RequestStatus":1,"RequestHost":"shop.example","RequestBytes":412,"RequestMethod":"GET","RequestUrl":"/a","RequestUrlQueryString":"b=1","RequestUA":"curl/8.5","RequestReferer":"-","RequestProtocol":"HTTP/2.0","RemotePort":51234,"EdgeCacheStatus":"miss","EdgeResponseStatusCode":200,"EdgeResponseBytes":2326,"EdgeResponseTime":12}"#,
    holds: b"\"EdgeResponseStatusCode\"",
    keys: &KEYS,
    missing,
    finish: Form::AS_FOUND,
    further: &[
        Further("client_port", Field::CLIENT_PORT, As::Integer),
        Further("bytes_received", Field::REQUEST_BYTES, As::Integer),
        Further("cache_status", CACHE, As::Text),
        Further("client_country", COUNTRY, As::Text),
        Further("action", ACTION, As::Text),
        Further("rule_id", RULE, As::Text),
    ],
    more: Form::NO_MORE,
};

const CACHE: Field = Field::further(0);
const COUNTRY: Field = Field::further(1);
const ACTION: Field = Field::further(2);
const RULE: Field = Field::further(3);

static KEYS: Keys = Keys::new(&[
    field("RequestID", Field::REQUEST_ID, 0),
    field("ClientIP", Field::CLIENT, 0),
    field("ClientRegion", COUNTRY, 0),
    field("RequestTime", Field::TIME, 0),
    field("RequestHost", Field::HOST, 0),
    field("RequestBytes", Field::REQUEST_BYTES, 0),
    field("RequestMethod", Field::METHOD, 0),
    field("RequestUrl", Field::TARGET, 0),
    field("RequestUrlQueryString", Field::QUERY, 0),
    field("RequestUA", Field::AGENT, 0),
    field("RequestReferer", Field::REFERER, 0),
    field("RequestProtocol", Field::PROTOCOL, 0),
    field("RequestScheme", Field::SCHEME, 0),
    field("RequestSSLProtocol", Field::TLS_VERSION, 0),
    field("RemotePort", Field::CLIENT_PORT, 0),
    field("EdgeCacheStatus", CACHE, 0),
    field("EdgeResponseStatusCode", Field::STATUS, 0),
    field("EdgeResponseBytes", Field::BYTES, 0),
    field("EdgeResponseTime", Field::MILLISECONDS, 0),
    field("SecurityAction", ACTION, 0),
    field("SecurityRuleID", RULE, 0),
]);

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_request = found.has(Field::METHOD) && found.has(Field::TARGET);
    if is_request && found.is_named(Field::STATUS) {
        None
    } else {
        Some("the keys `RequestMethod`, `RequestUrl` and `EdgeResponseStatusCode`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn the_query_stands_apart() {
        let example = TENCENT_EDGEONE.example;
        let record = TENCENT_EDGEONE.parse(example.as_bytes()).unwrap().unwrap();
        assert_eq!((record.client, record.host), (Some(&b"192.0.2.7"[..]), Some(&b"shop.example"[..])));
        assert_eq!((record.target, record.query), (Some(&b"/a"[..]), Some(&b"b=1"[..])));
        assert_eq!((record.status, record.bytes, record.duration), (Some(200), Some(2326), Some(12_000_000)));
        assert_eq!((record.time.map(Time::seconds), record.referer), (Some(1_714_521_735), None));
        assert!(TENCENT_EDGEONE.parse(example.replace("EdgeResponseStatusCode", "Status").as_bytes()).is_err());
    }
}
