//! Zscaler's web log in JSON, as its streaming service (NSS) writes it: flat, or under `event` as Splunk takes it.
//!
//! The customer chooses the keys of a feed; these are those of Zscaler's own templates, the older with names of their own
//! (`ClientIP`, `requestmethod`), the newer with the short ones (`cip`, `reqmethod`). The target has no scheme. What is not known
//! is the word `None`. ("NSS Feed Output Format: Web Logs" in Zscaler's help.)

use crate::json::{As, Entry, Field, Form, Found, Further, Keys, field, inner, joined};

/// One object a line.
pub(crate) static ZSCALER_WEB: Form = Form {
    name: "zscaler_web",
    aliases: &["zscaler", "zscaler_nss"],
    about: "Zscaler web log in JSON (NSS feed)",
    example: r#"{"sourcetype":"zscalernss-web","event":{"time":"Wed May  1 00:02:15 2024","login":"bob@shop.example","proto":"HTTPS","eurl":"shop.example/a?b=1","action":"Allowed","reqsize":"600","respsize":"2326","ctime":"12","cip":"192.0.2.7","sip":"198.51.100.4","reqmethod":"GET","respcode":"200","ua":"Mozilla/5.0","ereferer":"None"}}"#,
    holds: b"",
    keys: &KEYS,
    missing,
    finish: |_, record| {
        let told = |value: &&[u8]| !matches!(*value, b"None" | b"NA" | b"N/A");
        record.user = record.user.filter(told);
        record.referer = record.referer.filter(told);
        record.agent = record.agent.filter(told);
        record.method = record.method.filter(told);
        record.tls_version = record.tls_version.filter(told);
    },
    further: &[
        Further("action", ACTION, As::Text),
        Further("reason", REASON, As::Text),
        Further("bytes_received", Field::REQUEST_BYTES, As::Integer),
        Further("upstream_ip", Field::UPSTREAM, As::Text),
    ],
    more: Form::NO_MORE,
};

const ACTION: Field = Field::further(0);
const REASON: Field = Field::further(1);

static KEYS: Keys =
    Keys::new(&joined::<{ FLAT.len() + 2 }>(&[FLAT, &[field("sourcetype", Field::KIND, 0), inner("event", &EVENT)]]));

static EVENT: Keys = Keys::new(FLAT);

const FLAT: &[Entry] = &[
    field("vendor", Field::KIND, 1),
    field("time", Field::TIME, 0),
    field("datetime", Field::TIME, 0),
    field("epochtime", Field::TIME, 1),
    field("login", Field::USER, 0),
    field("user", Field::USER, 1),
    field("eurl", Field::TARGET, 0),
    field("url", Field::TARGET, 1),
    field("ehost", Field::HOST, 0),
    field("host", Field::HOST, 1),
    field("hostname", Field::HOST, 1),
    field("reqmethod", Field::METHOD, 0),
    field("requestmethod", Field::METHOD, 1),
    field("reqversion", Field::PROTOCOL, 0),
    field("proto", Field::SCHEME, 0),
    field("protocol", Field::SCHEME, 1),
    field("respcode", Field::STATUS, 0),
    field("status", Field::STATUS, 1),
    field("respsize", Field::BYTES, 0),
    field("responsesize", Field::BYTES, 1),
    field("reqsize", Field::REQUEST_BYTES, 0),
    field("requestsize", Field::REQUEST_BYTES, 1),
    field("cip", Field::CLIENT, 0),
    field("ClientIP", Field::CLIENT, 1),
    field("cintip", Field::CLIENT, 2),
    field("sip", Field::UPSTREAM, 0),
    field("serverip", Field::UPSTREAM, 1),
    field("ua", Field::AGENT, 0),
    field("eua", Field::AGENT, 0),
    field("useragent", Field::AGENT, 1),
    field("ereferer", Field::REFERER, 0),
    field("erefererpath", Field::REFERER, 1),
    field("refererURL", Field::REFERER, 1),
    field("ctime", Field::MILLISECONDS, 0),
    field("clienttlsversion", Field::TLS_VERSION, 0),
    field("action", ACTION, 0),
    field("reason", REASON, 0),
];

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_zscaler = found.get(Field::KIND).is_some_and(|kind| kind.to_ascii_lowercase().starts_with(b"zscaler"))
        || found.is_below(Field::TARGET, 1);
    match () {
        () if !is_zscaler => Some("a source type or a vendor that is Zscaler, or a key `eurl`"),
        () if !found.has(Field::TARGET) || !found.has(Field::CLIENT) || !found.has(Field::STATUS) => {
            Some("a target, a client and a status")
        }
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn both_templates_are_read() {
        let old = r#"{"sourcetype":"zscalernss-web","event":{"datetime":"2024-05-01 00:02:15","protocol":"HTTPS","action":"Allowed","responsesize":"2326","requestsize":"40","serverip":"198.51.100.4","requestmethod":"GET","refererURL":"None","useragent":"Mozilla/5.0","ClientIP":"192.0.2.7","status":"200","user":"bob@shop.example","url":"shop.example/a?b=1","vendor":"Zscaler","hostname":"shop.example"}}"#;
        for line in [ZSCALER_WEB.example, old] {
            let record = ZSCALER_WEB.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.user), (Some(&b"192.0.2.7"[..]), Some(&b"bob@shop.example"[..])));
            assert_eq!((record.target, record.status), (Some(&b"shop.example/a?b=1"[..]), Some(200)));
            assert_eq!((record.bytes, record.referer), (Some(2326), None));
            assert_eq!(record.time.map(Time::seconds), Some(1_714_521_735));
        }
    }

    #[test]
    fn an_event_of_another_source_is_refused() {
        let line = r#"{"sourcetype":"nginx","event":{"time":"2024-05-01T00:02:15Z","ClientIP":"192.0.2.7","status":"200","url":"/a"}}"#;
        assert!(ZSCALER_WEB.parse(line.as_bytes()).is_err());
        let line = ZSCALER_WEB.example.replace(r#""respcode":"200","#, "");
        assert_eq!(ZSCALER_WEB.parse(line.as_bytes()).unwrap_err().expected, "a target, a client and a status");
    }
}
