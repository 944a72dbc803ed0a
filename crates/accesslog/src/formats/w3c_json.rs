//! What proxies log in columns of the W3C's extended format, as JSON: Netskope's transaction events, Symantec's (Blue Coat's).
//!
//! The keys are the names of the columns, with brackets (`cs(User-Agent)`) or without (`cs-user-agent`); a dash says that there is
//! no value. A proxy has the path under `cs-uri-path`, where a server has `cs-uri-stem`, and counts milliseconds. ("Transaction
//! Events" in Netskope's help; "Access Log Formats" in Symantec's.)

use crate::Value;
use crate::json::{As, Field, Form, Found, Further, Keys, field};

use super::aws_cloudfront_json::day_and_clock;

/// One object a line.
pub(crate) static W3C_JSON: Form = Form {
    name: "w3c_json",
    aliases: &["netskope", "netskope_transaction", "bluecoat_json"],
    about: "Columns of a proxy in JSON (Netskope transactions, Symantec Web Security Service)",
    example: r#"{"date":"2024-05-01","time":"00:02:15","c-ip":"192.0.2.7","cs-username":"bob@shop.example","cs-method":"GET","cs-uri-scheme":"https","cs-host":"shop.example","cs-uri-path":"/a","cs-uri-query":"b=1","cs-uri-port":"443","cs-user-agent":"Mozilla/5.0","cs-referer":"-","sc-status":"200","sc-bytes":"2326","cs-bytes":"412","time-taken":"64"}"#,
    holds: b"",
    keys: &KEYS,
    missing,
    finish: |found, record| {
        record.time = day_and_clock(found, CLOCK).or(record.time);
        // Where there is no path of its own, the whole target has its query in it.
        if record.target.is_none() {
            record.target = found.get(WHOLE);
            record.query = record.query.filter(|_| !record.target.is_some_and(|target| target.contains(&b'?')));
        }
    },
    further: &[
        Further("client_port", Field::CLIENT_PORT, As::Integer),
        Further("bytes_received", Field::REQUEST_BYTES, As::Integer),
        Further("content_type", CONTENT_TYPE, As::Text),
        Further("action", ACTION, As::Text),
        Further("server_ip", SERVER, As::Text),
    ],
    more: |found, _, sink| {
        if found.is_empty(Field::QUERY) {
            sink("query", Value::Absent);
        }
    },
};

const CLOCK: Field = Field::further(0);
const WHOLE: Field = Field::further(1);
const CONTENT_TYPE: Field = Field::further(2);
const ACTION: Field = Field::further(3);
const SERVER: Field = Field::further(4);

static KEYS: Keys = Keys::new(&[
    field("date", Field::DATE, 0),
    field("time", CLOCK, 0),
    field("x-cs-timestamp", Field::TIME, 0),
    field("x-timestamp", Field::TIME, 1),
    field("x-timestamp-unix", Field::TIME, 1),
    field("c-ip", Field::CLIENT, 0),
    field("x-cs-userip", Field::CLIENT, 1),
    field("c-port", Field::CLIENT_PORT, 0),
    field("x-cs-src-port", Field::CLIENT_PORT, 1),
    field("cs-username", Field::USER, 0),
    field("cs-user", Field::USER, 1),
    field("cs-userdn", Field::USER, 2),
    field("cs-method", Field::METHOD, 0),
    field("cs-uri-scheme", Field::SCHEME, 0),
    field("cs-host", Field::HOST, 0),
    field("cs(Host)", Field::HOST, 0),
    field("cs-uri-port", Field::PORT, 0),
    field("cs-uri-path", Field::TARGET, 0),
    field("x-cs-uri-path", Field::TARGET, 1),
    field("cs-uri", WHOLE, 0),
    field("x-cs-url", WHOLE, 1),
    field("c-uri", WHOLE, 1),
    field("c-url", WHOLE, 1),
    field("cs-uri-query", Field::QUERY, 0),
    field("cs-version", Field::PROTOCOL, 0),
    field("x-cs-http-version", Field::PROTOCOL, 1),
    field("sc-status", Field::STATUS, 0),
    field("sc-bytes", Field::BYTES, 0),
    field("cs-bytes", Field::REQUEST_BYTES, 0),
    field("time-taken", Field::MILLISECONDS, 0),
    field("cs-referer", Field::REFERER, 0),
    field("cs(Referer)", Field::REFERER, 0),
    field("cs(referer)", Field::REFERER, 0),
    field("cs-user-agent", Field::AGENT, 0),
    field("cs(User-Agent)", Field::AGENT, 0),
    field("x-forwarded-for", Field::FORWARDED, 0),
    field("cs(X-Forwarded-For)", Field::FORWARDED, 0),
    field("x-cs-ip-xff", Field::FORWARDED, 1),
    field("x-request-id", Field::REQUEST_ID, 0),
    field("x-cs-ssl-version", Field::TLS_VERSION, 0),
    field("x-cs-ssl-cipher", Field::TLS_CIPHER, 0),
    field("sc-content-type", CONTENT_TYPE, 0),
    field("rs(Content-Type)", CONTENT_TYPE, 1),
    field("s-action", ACTION, 0),
    field("sc-filter-result", ACTION, 1),
    field("x-policy-action", ACTION, 1),
    field("s-ip", SERVER, 0),
    field("x-edge-location", Field::MARK, 0),
]);

/// CloudFront's lines have names of their own, and no path of a proxy.
fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_proxy = found.is_named(WHOLE) || found.is_named(Field::TARGET);
    let asked =
        [Field::CLIENT, Field::METHOD, Field::STATUS].into_iter().filter(|field| found.is_named(*field)).count();
    if is_proxy && 2 <= asked && !found.is_named(Field::MARK) {
        None
    } else {
        Some("names of a proxy's columns, such as `cs-uri-path`, `c-ip` and `cs-method`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Record, Time};

    fn parse(line: &str) -> Record<'_> {
        W3C_JSON.parse(line.as_bytes()).unwrap().unwrap()
    }

    #[test]
    fn the_columns_are_keys() {
        let record = parse(W3C_JSON.example);
        assert_eq!((record.target, record.query), (Some(&b"/a"[..]), Some(&b"b=1"[..])));
        assert_eq!((record.client, record.user), (Some(&b"192.0.2.7"[..]), Some(&b"bob@shop.example"[..])));
        assert_eq!((record.status, record.duration, record.referer), (Some(200), Some(64_000_000), None));
        assert_eq!(record.time, Time::from_parts(1_714_521_735, 0));
    }

    #[test]
    fn a_target_may_be_whole() {
        let line = W3C_JSON.example.replace(r#""cs-uri-path":"/a""#, r#""cs-uri":"/a?b=1""#);
        assert_eq!((parse(&line).target, parse(&line).query), (Some(&b"/a?b=1"[..]), None));
        let line = line.replace("/a?b=1", "*").replace("b=1", "-");
        assert_eq!((parse(&line).target, parse(&line).query), (Some(&b"*"[..]), None));
    }

    #[test]
    fn lines_of_a_network_of_caches_are_none() {
        let line = crate::named("aws_cloudfront_json").unwrap().example();
        assert!(W3C_JSON.parse(line.as_bytes()).is_err());
        assert!(W3C_JSON.parse(br#"{"date":"2024-05-01","time":"00:02:15","cs-uri-path":"/a"}"#).is_err());
    }
}
