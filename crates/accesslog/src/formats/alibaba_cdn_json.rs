//! Alibaba Cloud's caches as their real-time logs give them: CDN, DCDN and video, one flat object a request.
//!
//! Everything is a string, and a dash what has no value. `request_time` counts milliseconds, the path and the query stand apart, and
//! so do the parts of a referer, of which only the host is told ("Fields in real-time logs" in the service's guide). The peer is
//! `remote_ip`; `client_ip` is what it says of itself.

use crate::json::{As, Field, Form, Found, Further, Keys, field};

/// One object a line.
pub(crate) static ALIBABA_CDN_JSON: Form = Form {
    name: "alibaba_cdn_json",
    aliases: &["aliyun_cdn_json", "dcdn"],
    about: "Alibaba Cloud CDN and DCDN real-time log",
    example: r#"{"unixtime":"1714521735","domain":"shop.example","method":"GET","scheme":"https","uri":"/a","uri_param":"b=1","client_ip":"192.0.2.7","proxy_ip":"-","remote_ip":"192.0.2.7","remote_port":"51234","refer_protocol":"-","refer_domain":"-","refer_uri":"-","refer_param":"-","request_size":"412","request_time":"12","response_size":"2326","return_code":"200","hit_info":"HIT","user_agent":"curl/8.5","uuid":"6d2a","xforwordfor":"-"}"#,
    holds: b"\"unixtime\"",
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
    field("unixtime", Field::TIME, 0),
    field("domain", Field::HOST, 0),
    field("method", Field::METHOD, 0),
    field("scheme", Field::SCHEME, 0),
    field("uri", Field::TARGET, 0),
    field("uri_param", Field::QUERY, 0),
    field("remote_ip", Field::CLIENT, 0),
    field("client_ip", Field::CLIENT, 1),
    field("remote_port", Field::CLIENT_PORT, 0),
    field("refer_domain", REFERER_HOST, 0),
    field("request_size", Field::REQUEST_BYTES, 0),
    field("request_time", Field::MILLISECONDS, 0),
    field("response_size", Field::BYTES, 0),
    field("body_bytes_sent", Field::BYTES, 1),
    field("return_code", Field::STATUS, 0),
    field("hit_info", CACHE, 0),
    field("user_agent", Field::AGENT, 0),
    field("uuid", Field::REQUEST_ID, 0),
    field("xforwordfor", Field::FORWARDED, 0),
]);

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_request = found.has(Field::METHOD) && found.has(Field::TARGET);
    if is_request && found.has(Field::TIME) && found.has(Field::STATUS) {
        None
    } else {
        Some("the keys `unixtime`, `method`, `uri` and `return_code`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn everything_is_a_string() {
        let example = ALIBABA_CDN_JSON.example;
        let record = ALIBABA_CDN_JSON.parse(example.as_bytes()).unwrap().unwrap();
        assert_eq!((record.client, record.host), (Some(&b"192.0.2.7"[..]), Some(&b"shop.example"[..])));
        assert_eq!((record.target, record.query), (Some(&b"/a"[..]), Some(&b"b=1"[..])));
        assert_eq!((record.status, record.bytes, record.duration), (Some(200), Some(2326), Some(12_000_000)));
        assert_eq!((record.time.map(Time::seconds), record.forwarded), (Some(1_714_521_735), None));
        for (of, by) in [("unixtime", "time"), ("\"uri\"", "\"path\""), ("return_code", "code")] {
            let line = example.replacen(of, by, 1);
            assert!(ALIBABA_CDN_JSON.parse(line.as_bytes()).is_err(), "{line}");
        }
    }

    #[test]
    fn the_peer_is_the_client() {
        let line = ALIBABA_CDN_JSON.example.replace(r#""client_ip":"192.0.2.7""#, r#""client_ip":"10.1.2.3""#);
        let record = ALIBABA_CDN_JSON.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!(record.client, Some(&b"192.0.2.7"[..]));
        let without = line.replace(r#""remote_ip":"192.0.2.7","#, "");
        assert_eq!(ALIBABA_CDN_JSON.parse(without.as_bytes()).unwrap().unwrap().client, Some(&b"10.1.2.3"[..]));
    }
}
