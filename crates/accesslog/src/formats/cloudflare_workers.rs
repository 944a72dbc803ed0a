//! What Cloudflare tells of each run of a Worker: the data set `workers_trace_events` of Logpush, and `wrangler tail`.
//!
//! Of a run that a request began, its method, its absolute target and the status of its answer stand in `Event`; who asked is told
//! only by the headers, which the tail has and Logpush has not ("Workers Trace Events" in Cloudflare's documentation). The tail
//! writes the same names beginning with a small letter. Runs that a clock, a queue or another Worker began are no requests.

use super::absolute::{name_missing_authority, tell_path};
use crate::json::{As, Field, Form, Found, Further, Keys, field, inner};

/// One run a line.
pub(crate) static CLOUDFLARE_WORKERS: Form = Form {
    name: "cloudflare_workers",
    aliases: &["workers_trace_events", "wrangler_tail"],
    about: "Cloudflare Workers trace events (Logpush, `wrangler tail --format json`)",
    example: r#"{"Event":{"RayID":"87ed87f80cf22d84","Request":{"URL":"https://shop.example/a?b=1","Method":"GET"},"Response":{"Status":200}},"EventTimestampMs":1714521735250,"EventType":"fetch","Exceptions":[],"Logs":[],"Outcome":"ok","ScriptName":"shop","WallTimeMs":12}"#,
    holds: b"criptName\"",
    keys: &KEYS,
    missing,
    finish: |_, record| name_missing_authority(record),
    further: &[Further("outcome", OUTCOME, As::Text), Further("script", SCRIPT, As::Text)],
    more: |_, record, sink| tell_path(record, sink),
};

const OUTCOME: Field = Field::further(0);
const SCRIPT: Field = Field::further(1);

static KEYS: Keys = Keys::new(&[
    inner("Event", &EVENT),
    field("EventTimestampMs", Field::TIME, 0),
    field("EventType", Field::KIND, 0),
    field("Outcome", OUTCOME, 0),
    field("ScriptName", SCRIPT, 0),
    field("WallTimeMs", Field::MILLISECONDS, 0),
    inner("event", &EVENT),
    field("eventTimestamp", Field::TIME, 0),
    field("outcome", OUTCOME, 0),
    field("scriptName", SCRIPT, 0),
    field("wallTime", Field::MILLISECONDS, 0),
]);

static EVENT: Keys = Keys::new(&[
    field("RayID", Field::REQUEST_ID, 0),
    inner("Request", &REQUEST),
    inner("Response", &RESPONSE),
    inner("request", &REQUEST),
    inner("response", &RESPONSE),
]);

static REQUEST: Keys = Keys::new(&[
    field("URL", Field::TARGET, 0),
    field("Method", Field::METHOD, 0),
    field("url", Field::TARGET, 0),
    field("method", Field::METHOD, 0),
    inner("Headers", &HEADERS),
    inner("headers", &HEADERS),
]);

/// The client is a header that Cloudflare sets itself, whatever a client sent.
static HEADERS: Keys = Keys::new(&[
    field("cf-connecting-ip", Field::CLIENT, 0),
    field("cf-ray", Field::REQUEST_ID, 1),
    field("user-agent", Field::AGENT, 0),
    field("referer", Field::REFERER, 0),
    field("host", Field::HOST, 0),
    field("x-forwarded-for", Field::FORWARDED, 0),
]);

static RESPONSE: Keys = Keys::new(&[field("Status", Field::STATUS, 0), field("status", Field::STATUS, 0)]);

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_run = found.is_named(OUTCOME) && found.is_named(SCRIPT);
    if is_run && found.has(Field::METHOD) && found.has(Field::TARGET) {
        None
    } else {
        Some("the keys `Outcome` and `ScriptName`, and a request in `Event`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn a_tail_tells_who_asked() {
        let tail = r#"{"outcome":"ok","scriptName":"shop","exceptions":[],"logs":[],"eventTimestamp":1714521735250,"wallTime":12,"event":{"request":{"url":"https://shop.example/a?b=1","method":"GET","headers":{"cf-connecting-ip":"192.0.2.7","user-agent":"curl/8.5"}},"response":{"status":200}}}"#;
        for (line, client, agent) in
            [(CLOUDFLARE_WORKERS.example, None, None), (tail, Some(&b"192.0.2.7"[..]), Some(&b"curl/8.5"[..]))]
        {
            let record = CLOUDFLARE_WORKERS.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.agent), (client, agent), "{line}");
            assert_eq!((record.method, record.status), (Some(&b"GET"[..]), Some(200)));
            assert_eq!(record.target, Some(&b"https://shop.example/a?b=1"[..]));
            assert_eq!((record.host, record.duration), (Some(&b"shop.example"[..]), Some(12_000_000)));
            assert_eq!(record.time, Time::from_parts(1_714_521_735, 250_000_000));
        }
    }

    #[test]
    fn a_run_that_a_clock_began_is_no_request() {
        let line = r#"{"Event":{"Cron":"* * * * *"},"EventTimestampMs":1714521735250,"EventType":"scheduled","Outcome":"ok","ScriptName":"shop"}"#;
        assert!(CLOUDFLARE_WORKERS.parse(line.as_bytes()).is_err());
        assert!(CLOUDFLARE_WORKERS.parse(CLOUDFLARE_WORKERS.example.replace("Outcome", "Result").as_bytes()).is_err());
    }
}
