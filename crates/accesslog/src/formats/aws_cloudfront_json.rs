//! CloudFront's standard log, version 2, in JSON.
//!
//! The keys are the column names of version 1, and each distribution chooses its own: there may be no date, no client,
//! no method. A line is known by having some of the names that only CloudFront uses. Values are percent-encoded as they
//! are in the columns; numbers may be strings.

use crate::json::{As, Field, Form, Found, Further, Keys, field, instant};
use crate::{Time, Value};

/// One object a line.
pub(crate) static AWS_CLOUDFRONT_JSON: Form = Form {
    name: "aws_cloudfront_json",
    aliases: &["cloudfront_json"],
    about: "CloudFront standard log v2 in JSON",
    example: r#"{"date":"2024-05-01","time":"00:02:15","x-edge-location":"FRA50-P2","sc-bytes":"703","c-ip":"192.0.2.7","cs-method":"GET","cs(Host)":"d1.cloudfront.net","cs-uri-stem":"/a","sc-status":"200","cs(Referer)":"-","cs(User-Agent)":"curl/8.5","cs-uri-query":"b=1","x-edge-result-type":"Hit","x-edge-request-id":"375WZmnR4hh==","x-host-header":"a.example","cs-protocol":"https","time-taken":"0.113","cs-protocol-version":"HTTP/2.0"}"#,
    holds: b"",
    keys: &KEYS,
    missing,
    finish: |found, record| record.time = record.time.or_else(|| day_and_clock(found, CLOCK)),
    further: &[
        Further("edge_location", LOCATION, As::Text),
        Further("client_port", Field::CLIENT_PORT, As::Integer),
        Further("cookie", COOKIE, As::Text),
        Further("edge_result_type", RESULT, As::Text),
        Further("edge_response_result_type", RESPONSE_RESULT, As::Text),
        Further("edge_detailed_result_type", DETAILED_RESULT, As::Text),
        Further("host_header", HOST_HEADER, As::Text),
        Further("bytes_received", Field::REQUEST_BYTES, As::Integer),
        Further("time_to_first_byte_s", FIRST_BYTE, As::Decimal),
        Further("fle_status", FLE_STATUS, As::Text),
        Further("fle_encrypted_fields", FLE_FIELDS, As::Text),
        Further("content_type", CONTENT_TYPE, As::Text),
        Further("content_length", CONTENT_LENGTH, As::Integer),
        Further("client_country", COUNTRY, As::Text),
        Further("client_asn", ASN, As::Integer),
    ],
    more: |found, _, sink| {
        // The target stands in two: without a query there is none, though the columns have a dash for it.
        if found.is_empty(Field::QUERY) {
            sink("query", Value::Absent);
        }
    },
};

const CLOCK: Field = Field::further(0);
const LOCATION: Field = Field::further(1);
const COOKIE: Field = Field::further(2);
const RESULT: Field = Field::further(3);
const RESPONSE_RESULT: Field = Field::further(4);
const DETAILED_RESULT: Field = Field::further(5);
const HOST_HEADER: Field = Field::further(6);
const FIRST_BYTE: Field = Field::further(7);
const FLE_STATUS: Field = Field::further(8);
const FLE_FIELDS: Field = Field::further(9);
const CONTENT_TYPE: Field = Field::further(10);
const CONTENT_LENGTH: Field = Field::further(11);
const COUNTRY: Field = Field::further(12);
const ASN: Field = Field::further(13);

static KEYS: Keys = Keys::new(&[
    field("timestamp(ms)", Field::TIME, 0),
    field("timestamp", Field::TIME, 1),
    field("date", Field::DATE, 0),
    field("time", CLOCK, 0),
    field("x-edge-location", LOCATION, 0),
    field("sc-bytes", Field::BYTES, 0),
    field("c-ip", Field::CLIENT, 0),
    field("c-port", Field::CLIENT_PORT, 0),
    field("cs-method", Field::METHOD, 0),
    field("cs(Host)", Field::HOST, 0),
    field("cs-host", Field::HOST, 0),
    field("cs-uri-stem", Field::TARGET, 0),
    field("cs-uri-query", Field::QUERY, 0),
    field("sc-status", Field::STATUS, 0),
    field("cs(Referer)", Field::REFERER, 0),
    field("cs-referer", Field::REFERER, 0),
    field("cs(User-Agent)", Field::AGENT, 0),
    field("cs-user-agent", Field::AGENT, 0),
    field("cs(Cookie)", COOKIE, 0),
    field("cs-cookie", COOKIE, 0),
    field("x-edge-result-type", RESULT, 0),
    field("x-edge-request-id", Field::REQUEST_ID, 0),
    field("x-host-header", HOST_HEADER, 0),
    field("cs-protocol", Field::SCHEME, 0),
    field("cs-bytes", Field::REQUEST_BYTES, 0),
    field("time-taken", Field::SECONDS, 0),
    field("x-forwarded-for", Field::FORWARDED, 0),
    field("ssl-protocol", Field::TLS_VERSION, 0),
    field("ssl-cipher", Field::TLS_CIPHER, 0),
    field("x-edge-response-result-type", RESPONSE_RESULT, 0),
    field("x-edge-detailed-result-type", DETAILED_RESULT, 0),
    field("cs-protocol-version", Field::PROTOCOL, 0),
    field("fle-status", FLE_STATUS, 0),
    field("fle-encrypted-fields", FLE_FIELDS, 0),
    field("time-to-first-byte", FIRST_BYTE, 0),
    field("sc-content-type", CONTENT_TYPE, 0),
    field("sc-content-len", CONTENT_LENGTH, 0),
    field("c-country", COUNTRY, 0),
    field("asn", ASN, 0),
]);

/// A date and a time of day, each under its own key, in UTC.
pub(super) fn day_and_clock(found: &Found<'_>, clock: Field) -> Option<Time> {
    let (day, clock) = (found.get(Field::DATE)?, found.get(clock)?);
    let mut stamp = [b'T'; 19];
    stamp[..10].copy_from_slice(day.get(..10).filter(|_| day.len() == 10)?);
    stamp[11..].copy_from_slice(clock.get(..8).filter(|_| clock.len() == 8)?);
    instant(&stamp)
}

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let own = [
        LOCATION,
        RESULT,
        RESPONSE_RESULT,
        DETAILED_RESULT,
        HOST_HEADER,
        Field::REQUEST_ID,
        Field::TARGET,
        Field::METHOD,
        Field::CLIENT,
        Field::STATUS,
    ];
    let named = own.into_iter().filter(|field| found.is_named(*field)).count();
    if 2 <= named { None } else { Some("names of CloudFront's columns, such as `x-edge-location`") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn the_columns_are_keys() {
        let record = AWS_CLOUDFRONT_JSON.parse(AWS_CLOUDFRONT_JSON.example.as_bytes()).unwrap().unwrap();
        assert_eq!(record.time, Time::from_parts(1_714_521_735, 0));
        assert_eq!((record.target, record.query), (Some(&b"/a"[..]), Some(&b"b=1"[..])));
        assert_eq!((record.status, record.referer), (Some(200), None));
    }

    #[test]
    fn few_of_the_columns_are_enough_and_none_are_not() {
        let line = br#"{"timestamp(ms)":"1714521735123","x-edge-location":"FRA50","cs-uri-stem":"/a"}"#;
        let record = AWS_CLOUDFRONT_JSON.parse(line).unwrap().unwrap();
        assert_eq!((record.time, record.method), (Time::from_parts(1_714_521_735, 123_000_000), None));
        assert!(AWS_CLOUDFRONT_JSON.parse(br#"{"date":"2024-05-01","time":"00:02:15","asn":1}"#).is_err());
    }
}
