//! ModSecurity's audit log in JSON: one transaction a line, the request and the reply in it.
//!
//! libmodsecurity writes an object `transaction` with the client, the request line in its parts, and `http_code`
//! (ModSecurity v3, `SecAuditLogFormat JSON`). The time is that of C's `asctime`, local and without a zone.

use super::json::ASKING;
use crate::json::{AS_SENT, As, Field, Form, Found, Further, Keys, field, inner, joined};

/// One transaction a line.
pub(crate) static MODSECURITY_JSON: Form = Form {
    name: "modsecurity_json",
    aliases: &["modsec_json"],
    about: "ModSecurity audit log in JSON (v3)",
    example: r#"{"transaction":{"client_ip":"192.0.2.7","time_stamp":"Wed May  1 00:02:15 2024","server_id":"8a1b","client_port":40420,"host_ip":"10.0.0.5","host_port":443,"unique_id":"1714521735","request":{"method":"GET","http_version":1.1,"uri":"/a?b=1","headers":{"Host":"a.example","User-Agent":"curl/8.5"}},"response":{"http_code":403,"headers":{"Content-Length":"162"}},"producer":{"modsecurity":"ModSecurity v3.0.12"},"messages":[]}}"#,
    holds: b"",
    keys: &KEYS,
    missing,
    finish: Form::AS_FOUND,
    further: &[Further("client_port", Field::CLIENT_PORT, As::Integer), Further("server_ip", SERVER, As::Text)],
    more: Form::NO_MORE,
};

const SERVER: Field = Field::further(0);

static KEYS: Keys = Keys::new(&[inner("transaction", &TRANSACTION)]);

static TRANSACTION: Keys = Keys::new(&[
    field("client_ip", Field::CLIENT, 0),
    field("remote_address", Field::CLIENT, 0),
    field("time_stamp", Field::TIME, 0),
    field("client_port", Field::CLIENT_PORT, 0),
    field("host_ip", SERVER, 0),
    field("host_port", Field::PORT, 0),
    field("unique_id", Field::REQUEST_ID, 0),
    field("id", Field::REQUEST_ID, 1),
    inner("request", &REQUEST),
    inner("response", &RESPONSE),
]);

static REQUEST: Keys =
    Keys::new(&[field("method", Field::METHOD, 0), field("uri", Field::TARGET, 0), inner("headers", &HEADERS)]);

static HEADERS: Keys = Keys::new(&joined::<{ ASKING.len() + 2 }>(&[
    ASKING,
    &[field("Host", Field::HOST, AS_SENT), field("host", Field::HOST, AS_SENT)],
]));

static RESPONSE: Keys = Keys::new(&[field("http_code", Field::STATUS, 0), inner("headers", &REPLY)]);
static REPLY: Keys = Keys::new(&[field("Content-Length", Field::BYTES, 0), field("content-length", Field::BYTES, 0)]);

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_transaction = found.has(Field::CLIENT) && found.has(Field::METHOD) && found.has(Field::TARGET);
    if is_transaction { None } else { Some("an object `transaction` with its `client_ip` and `request`") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn a_transaction_has_both_sides() {
        let record = MODSECURITY_JSON.parse(MODSECURITY_JSON.example.as_bytes()).unwrap().unwrap();
        assert_eq!((record.client, record.target), (Some(&b"192.0.2.7"[..]), Some(&b"/a?b=1"[..])));
        assert_eq!((record.status, record.bytes), (Some(403), Some(162)));
        assert_eq!(record.time, Time::from_parts(1_714_521_735, 0));
        assert!(MODSECURITY_JSON.parse(br#"{"transaction":{"client_ip":"192.0.2.7"}}"#).is_err());
    }
}
