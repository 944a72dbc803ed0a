//! Huawei Cloud's caches as their real-time logs give them: one flat object a request.
//!
//! `request_time` is when, in milliseconds since the epoch, and `response_time` how long, in milliseconds; the path and the query
//! stand apart, and so do the parts of a referer, of which only the host is told ("Real-Time Log Fields" in the service's guide).

use crate::json::{As, Field, Form, Found, Further, Keys, field};

/// One object a line.
pub(crate) static HUAWEI_CDN_JSON: Form = Form {
    name: "huawei_cdn_json",
    aliases: &[],
    about: "Huawei Cloud CDN real-time log",
    example: r#"{"request_time":"1714521735250","domain":"shop.example","method":"GET","scheme":"https","uri":"/a","uri_param":"b=1","client_ip":"192.0.2.7","client_port":"51234","refer_protocol":"-","refer_domain":"-","refer_uri":"-","refer_param":"-","request_size":"412","response_time":"12","response_size":"2326","http_code":"200","hit_info":"HIT","user_agent":"curl/8.5","uuid":"6d2a","xforwordfor":"-"}"#,
    holds: b"\"uri_param\"",
    keys: &KEYS,
    missing,
    finish: Form::AS_FOUND,
    further: &[
        Further("client_port", Field::CLIENT_PORT, As::Integer),
        Further("bytes_received", Field::REQUEST_BYTES, As::Integer),
        Further("cache_status", CACHE, As::Text),
        Further("referer_host", REFERER_HOST, As::Text),
    ],
    more: Form::NO_MORE,
};

const CACHE: Field = Field::further(0);
const REFERER_HOST: Field = Field::further(1);

static KEYS: Keys = Keys::new(&[
    field("request_time", Field::TIME, 0),
    field("domain", Field::HOST, 0),
    field("method", Field::METHOD, 0),
    field("scheme", Field::SCHEME, 0),
    field("uri", Field::TARGET, 0),
    field("uri_param", Field::QUERY, 0),
    field("client_ip", Field::CLIENT, 0),
    field("client_port", Field::CLIENT_PORT, 0),
    field("refer_domain", REFERER_HOST, 0),
    field("request_size", Field::REQUEST_BYTES, 0),
    field("response_time", Field::MILLISECONDS, 0),
    field("response_size", Field::BYTES, 0),
    field("http_code", Field::STATUS, 0),
    field("hit_info", CACHE, 0),
    field("user_agent", Field::AGENT, 0),
    field("uuid", Field::REQUEST_ID, 0),
    field("xforwordfor", Field::FORWARDED, 0),
    field("X-Forwarded-For", Field::FORWARDED, 1),
]);

fn missing(found: &Found<'_>) -> Option<&'static str> {
    // A short `request_time` is how long a request took, of some other writer.
    let is_dated = found.get(Field::TIME).is_some_and(|time| time.len() == 13) && found.is_named(Field::MILLISECONDS);
    let is_request = found.has(Field::METHOD) && found.has(Field::TARGET) && found.is_named(Field::QUERY);
    if is_request && is_dated && found.has(Field::STATUS) {
        None
    } else {
        Some("the keys `request_time` in milliseconds, `response_time`, `uri`, `uri_param` and `http_code`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn a_request_has_a_time_and_a_response_a_duration() {
        let example = HUAWEI_CDN_JSON.example;
        let record = HUAWEI_CDN_JSON.parse(example.as_bytes()).unwrap().unwrap();
        assert_eq!((record.client, record.host), (Some(&b"192.0.2.7"[..]), Some(&b"shop.example"[..])));
        assert_eq!((record.target, record.query), (Some(&b"/a"[..]), Some(&b"b=1"[..])));
        assert_eq!((record.status, record.bytes, record.duration), (Some(200), Some(2326), Some(12_000_000)));
        assert_eq!(record.time, Time::from_parts(1_714_521_735, 250_000_000));
        for (of, by) in
            [("1714521735250", "12"), ("\"uri\"", "\"path\""), ("http_code", "code"), ("uri_param", "query")]
        {
            let line = example.replacen(of, by, 1);
            assert!(HUAWEI_CDN_JSON.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
