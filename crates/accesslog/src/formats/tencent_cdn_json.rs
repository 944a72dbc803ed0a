//! Tencent Cloud's caches as their real-time logs give them: one flat object a request.
//!
//! `time` is when, in seconds, and `request_time` how long, in milliseconds; `NULL` stands for what has no value ("CDN Access Log" in
//! the guide of Tencent's log service).

use crate::json::{As, Field, Form, Found, Further, Keys, field};

/// One object a line.
pub(crate) static TENCENT_CDN_JSON: Form = Form {
    name: "tencent_cdn_json",
    aliases: &[],
    about: "Tencent Cloud CDN real-time log",
    example: r#"{"app_id":1250000001,"client_ip":"192.0.2.7","file_size":2326,"hit":"hit","host":"shop.example","http_code":200,"isp":"-","method":"GET","param":"b=1","proto":"HTTP/1.1","prov":"-","referer":"NULL","request_port":"51234","request_range":"NULL","request_time":12,"rsp_size":2326,"time":1714521735,"ua":"curl/8.5","url":"/a","uuid":"6d2a","version":1}"#,
    holds: b"\"rsp_size\"",
    keys: &KEYS,
    missing,
    finish: |_, record| {
        let told = |value: &&[u8]| !value.eq_ignore_ascii_case(b"null");
        record.referer = record.referer.filter(told);
        record.agent = record.agent.filter(told);
        record.query = record.query.filter(told);
    },
    further: &[Further("client_port", Field::CLIENT_PORT, As::Integer), Further("cache_status", CACHE, As::Text)],
    more: Form::NO_MORE,
};

const CACHE: Field = Field::further(0);

static KEYS: Keys = Keys::new(&[
    field("app_id", Field::MARK, 0),
    field("client_ip", Field::CLIENT, 0),
    field("hit", CACHE, 0),
    field("host", Field::HOST, 0),
    field("http_code", Field::STATUS, 0),
    field("method", Field::METHOD, 0),
    field("param", Field::QUERY, 0),
    field("proto", Field::PROTOCOL, 0),
    field("referer", Field::REFERER, 0),
    field("request_port", Field::CLIENT_PORT, 0),
    field("request_time", Field::MILLISECONDS, 0),
    field("rsp_size", Field::BYTES, 0),
    field("time", Field::TIME, 0),
    field("ua", Field::AGENT, 0),
    field("url", Field::TARGET, 0),
    field("uuid", Field::REQUEST_ID, 0),
]);

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_request = found.has(Field::METHOD) && found.has(Field::TARGET) && found.has(Field::STATUS);
    if is_request && found.is_named(Field::BYTES) && found.is_named(CACHE) {
        None
    } else {
        Some("the keys `url`, `method`, `http_code`, `rsp_size` and `hit`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn null_is_a_word_for_nothing() {
        let example = TENCENT_CDN_JSON.example;
        let record = TENCENT_CDN_JSON.parse(example.as_bytes()).unwrap().unwrap();
        assert_eq!((record.client, record.host), (Some(&b"192.0.2.7"[..]), Some(&b"shop.example"[..])));
        assert_eq!((record.target, record.query), (Some(&b"/a"[..]), Some(&b"b=1"[..])));
        assert_eq!((record.status, record.bytes, record.duration), (Some(200), Some(2326), Some(12_000_000)));
        assert_eq!((record.time.map(Time::seconds), record.referer), (Some(1_714_521_735), None));
        for (of, by) in [("rsp_size", "size"), ("\"url\"", "\"path\""), ("http_code", "code")] {
            let line = example.replacen(of, by, 1);
            assert!(TENCENT_CDN_JSON.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
