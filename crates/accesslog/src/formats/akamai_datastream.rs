//! Akamai's DataStream 2, one JSON object a line.
//!
//! Whoever sets a stream up chooses the fields, and a dash or a caret stands for what has no value ("Data set parameters"
//! in Akamai's documentation). The path is written without its leading slash in old streams; the query stands apart; the
//! agent is percent-encoded. Durations are in milliseconds, the time in seconds with a fraction.

use crate::json::{As, Field, Form, Found, Further, Keys, field};

/// One request a line.
pub(crate) static AKAMAI_DATASTREAM: Form = Form {
    name: "akamai_datastream",
    aliases: &["akamai", "datastream2"],
    about: "Akamai DataStream 2 in JSON",
    example: r#"{"version":2,"cp":"123456","reqId":"1239f220","reqTimeSec":"1714521735.123","bytes":"4995","cliIP":"192.0.2.7","statusCode":"206","proto":"HTTP/1.1","reqHost":"a.example","reqMethod":"GET","reqPath":"/a","reqPort":"443","UA":"curl%2F8.5","tlsVersion":"TLSv1.3","queryStr":"b=1","referer":"-","xForwardedFor":"-","turnAroundTimeMSec":"11","transferTimeMSec":"125","cacheStatus":"1","country":"DE"}"#,
    holds: b"",
    keys: &KEYS,
    missing,
    finish: |found, record| {
        // The time from the request to the first byte, and from there to the last.
        let parts = [found.duration_of(TURNAROUND, 1e6), found.duration_of(TRANSFER, 1e6)];
        record.duration = parts.into_iter().flatten().reduce(u64::saturating_add);
    },
    further: &[
        Further("cache_status", CACHE, As::Text),
        Further("country", COUNTRY, As::Text),
        Further("edge_ip", EDGE, As::Text),
        Further("error_code", Field::ERROR, As::Text),
    ],
    more: Form::NO_MORE,
};

const TURNAROUND: Field = Field::further(0);
const TRANSFER: Field = Field::further(1);
const CACHE: Field = Field::further(2);
const COUNTRY: Field = Field::further(3);
const EDGE: Field = Field::further(4);

static KEYS: Keys = Keys::new(&[
    field("reqTimeSec", Field::TIME, 0),
    field("cliIP", Field::CLIENT, 0),
    field("statusCode", Field::STATUS, 0),
    field("reqMethod", Field::METHOD, 0),
    field("reqPath", Field::TARGET, 0),
    field("queryStr", Field::QUERY, 0),
    field("proto", Field::PROTOCOL, 0),
    field("reqHost", Field::HOST, 0),
    field("reqPort", Field::PORT, 0),
    field("bytes", Field::BYTES, 0),
    field("totalBytes", Field::BYTES, 1),
    field("UA", Field::AGENT, 0),
    field("referer", Field::REFERER, 0),
    field("xForwardedFor", Field::FORWARDED, 0),
    field("tlsVersion", Field::TLS_VERSION, 0),
    field("reqId", Field::REQUEST_ID, 0),
    field("turnAroundTimeMSec", TURNAROUND, 0),
    field("transferTimeMSec", TRANSFER, 0),
    field("cacheStatus", CACHE, 0),
    field("country", COUNTRY, 0),
    field("edgeIP", EDGE, 0),
    field("cp", Field::MARK, 0),
]);

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let own = [Field::TIME, Field::CLIENT, Field::MARK].into_iter().filter(|field| found.is_named(*field)).count();
    let is_request = found.has(Field::METHOD) || found.has(Field::TARGET);
    if is_request && 2 <= own { None } else { Some("keys of DataStream such as `reqPath`, `reqTimeSec` and `cliIP`") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn path_and_query_stand_apart_and_two_times_make_one() {
        let record = AKAMAI_DATASTREAM.parse(AKAMAI_DATASTREAM.example.as_bytes()).unwrap().unwrap();
        assert_eq!((record.target, record.query), (Some(&b"/a"[..]), Some(&b"b=1"[..])));
        assert_eq!((record.status, record.bytes, record.referer), (Some(206), Some(4995), None));
        assert_eq!(record.time, Time::from_parts(1_714_521_735, 123_000_000));
        assert_eq!(record.duration, Some(136_000_000));
        assert!(AKAMAI_DATASTREAM.parse(br#"{"reqPath":"/a","statusCode":"200"}"#).is_err());
    }
}
