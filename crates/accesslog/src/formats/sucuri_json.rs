//! Sucuri's firewall: the audit trail in JSON, one request a line.
//!
//! Date, time of day and zone stand under keys of their own (`01-May-2024`, `05:36:05`, `+0000`). A request that was stopped has
//! the reason for that. ("Audit Trails API" in Sucuri's documentation.)

use crate::Time;
use crate::json::{As, Field, Form, Found, Further, Keys, field, instant};

/// One object a line.
pub(crate) static SUCURI_JSON: Form = Form {
    name: "sucuri_json",
    aliases: &["sucuri"],
    about: "Sucuri firewall audit trail in JSON",
    example: r#"{"request_date":"01-May-2024","request_time":"00:02:15","request_timezone":"+0000","remote_addr":"192.0.2.7","remote_user":"-","request_method":"GET","resource_path":"/a?b=1","http_protocol":"HTTP/1.1","http_status":403,"http_status_title":"Forbidden","http_bytes_sent":2326,"http_referer":"-","http_user_agent":"Mozilla/5.0","sucuri_access_code":"BLOCKED","sucuri_is_allowed":0,"sucuri_is_blocked":1,"sucuri_block_reason":"An attempted SQL injection was detected"}"#,
    holds: b"\"request_date\"",
    keys: &KEYS,
    missing,
    finish: |found, record| record.time = time(found),
    further: &[
        Further("access_code", ACCESS, As::Text),
        Further("reason", REASON, As::Text),
        Further("client_country", COUNTRY, As::Text),
    ],
    more: Form::NO_MORE,
};

const CLOCK: Field = Field::further(0);
const ZONE: Field = Field::further(1);
const ACCESS: Field = Field::further(2);
const REASON: Field = Field::further(3);
const COUNTRY: Field = Field::further(4);

static KEYS: Keys = Keys::new(&[
    field("request_date", Field::DATE, 0),
    field("request_time", CLOCK, 0),
    field("request_timezone", ZONE, 0),
    field("remote_addr", Field::CLIENT, 0),
    field("remote_user", Field::USER, 0),
    field("request_method", Field::METHOD, 0),
    field("resource_path", Field::TARGET, 0),
    field("http_protocol", Field::PROTOCOL, 0),
    field("http_status", Field::STATUS, 0),
    field("http_bytes_sent", Field::BYTES, 0),
    field("http_referer", Field::REFERER, 0),
    field("http_user_agent", Field::AGENT, 0),
    field("domain", Field::HOST, 0),
    field("request_domain", Field::HOST, 0),
    field("sucuri_access_code", ACCESS, 0),
    field("sucuri_block_reason", REASON, 0),
    field("request_country_code", COUNTRY, 0),
]);

/// The date, the time of day and the zone, put together as a time of the common format. A zone that is missing is UTC.
fn time(found: &Found<'_>) -> Option<Time> {
    let (day, clock) = (found.get(Field::DATE)?, found.get(CLOCK)?);
    let mut stamp = *b"00/Mmm/0000:00:00:00 +0000";
    stamp[..11].copy_from_slice(day.get(..11).filter(|_| day.len() == 11)?);
    stamp[12..20].copy_from_slice(clock.get(..8).filter(|_| clock.len() == 8)?);
    (stamp[2], stamp[6]) = (b'/', b'/');
    if let Some(zone) = found.get(ZONE).filter(|zone| zone.len() == 5) {
        stamp[21..].copy_from_slice(zone);
    }
    instant(&stamp)
}

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_request = found.has(Field::TARGET) && found.has(Field::STATUS) && found.has(Field::CLIENT);
    if is_request && time(found).is_some() { None } else { Some("a request, its status, and its date and time") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn the_time_is_put_together() {
        let line = SUCURI_JSON.example;
        for (line, seconds) in
            [(line.to_owned(), 1_714_521_735), (line.replace("\"+0000\"", "\"-0400\""), 1_714_521_735 + 4 * 3600)]
        {
            let record = SUCURI_JSON.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.time.map(Time::seconds), record.status), (Some(seconds), Some(403)), "{line}");
            assert_eq!((record.target, record.user, record.referer), (Some(&b"/a?b=1"[..]), None, None));
        }
        for (of, by) in [("01-May-2024", "01-05-2024"), ("00:02:15", "0:2:15"), ("resource_path", "path")] {
            assert!(SUCURI_JSON.parse(line.replace(of, by).as_bytes()).is_err(), "{of}");
        }
    }
}
