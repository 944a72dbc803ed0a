//! Akamai's security events, as its SIEM interface gives them: one object of JSON a request that a rule looked at.
//!
//! The request stands in `httpMessage`, the client beside it in `attackData` ("Security event attributes" in Akamai's
//! documentation). All numbers are strings. Headers are one text, percent-encoded, lines divided by `%0d%0a`: the agent and the
//! referer are cut out of it, as they stand there.

use memchr::memmem;

use crate::json::{As, Field, Form, Found, Further, Keys, field, inner};

/// One event a line.
pub(crate) static AKAMAI_SIEM: Form = Form {
    name: "akamai_siem",
    aliases: &[],
    about: "Akamai security events (SIEM)",
    example: r#"{"type":"akamai_siem","format":"json","version":"1.0","attackData":{"configId":"14227","policyId":"qik1","clientIP":"192.0.2.7","ruleActions":"YWxlcnQ%3d"},"httpMessage":{"requestId":"1158db1758e37bfe","start":"1714521735","protocol":"HTTP/1.1","method":"GET","host":"a.example","port":"443","path":"/a","query":"b=1","requestHeaders":"Host%3a%20a.example%0d%0aUser-Agent%3a%20curl%2f8.5","status":"200","bytes":"512"},"geo":{"country":"DE","asn":"14618"}}"#,
    holds: b"",
    keys: &KEYS,
    missing,
    finish: |found, record| {
        let Some(headers) = found.get(HEADERS) else { return };
        record.agent = header(headers, b"user-agent");
        record.referer = header(headers, b"referer");
        record.forwarded = header(headers, b"x-forwarded-for");
    },
    further: &[
        Further("country", COUNTRY, As::Text),
        Further("asn", ASN, As::Integer),
        Further("policy_id", POLICY, As::Text),
        Further("rule_actions", ACTIONS, As::Text),
    ],
    more: Form::NO_MORE,
};

const HEADERS: Field = Field::further(0);
const COUNTRY: Field = Field::further(1);
const ASN: Field = Field::further(2);
const POLICY: Field = Field::further(3);
const ACTIONS: Field = Field::further(4);

static KEYS: Keys = Keys::new(&[
    inner("httpMessage", &MESSAGE),
    inner("attackData", &ATTACK),
    inner("geo", &GEO),
    field("type", Field::KIND, 0),
]);

static MESSAGE: Keys = Keys::new(&[
    field("requestId", Field::REQUEST_ID, 0),
    field("start", Field::TIME, 0),
    field("protocol", Field::PROTOCOL, 0),
    field("method", Field::METHOD, 0),
    field("host", Field::HOST, 0),
    field("port", Field::PORT, 0),
    field("path", Field::TARGET, 0),
    field("query", Field::QUERY, 0),
    field("requestHeaders", HEADERS, 0),
    field("status", Field::STATUS, 0),
    field("bytes", Field::BYTES, 0),
    field("tls", Field::TLS_VERSION, 0),
]);

static ATTACK: Keys =
    Keys::new(&[field("clientIP", Field::CLIENT, 0), field("policyId", POLICY, 0), field("ruleActions", ACTIONS, 0)]);

static GEO: Keys = Keys::new(&[field("country", COUNTRY, 0), field("asn", ASN, 0)]);

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_event = found.has(Field::CLIENT) && found.has(Field::METHOD) && found.has(Field::TARGET);
    if is_event { None } else { Some("the keys `clientIP` in `attackData`, `method` and `path` in `httpMessage`") }
}

/// The value of a header in the text of all, still percent-encoded.
fn header<'a>(headers: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut rest = headers;
    loop {
        let end = line_end(rest).unwrap_or(rest.len());
        let line = &rest[..end];
        let value = line.split_at_checked(name.len()).filter(|(head, _)| head.eq_ignore_ascii_case(name));
        if let Some(value) = value.and_then(|(_, value)| behind_colon(value)) {
            return Some(value);
        }
        rest = rest.get(end + LINE_END_BYTES..)?;
    }
}

/// The length of `%0d%0a` in bytes.
const LINE_END_BYTES: usize = 6;

fn line_end(text: &[u8]) -> Option<usize> {
    let is_end =
        |at: &usize| text.get(at + 3..at + LINE_END_BYTES).is_some_and(|next| next.eq_ignore_ascii_case(b"%0a"));
    let [lower, upper] = [b"%0d", b"%0D"].map(|end| memmem::find_iter(text, end).find(is_end));
    lower.into_iter().chain(upper).min()
}

/// What follows a colon and a blank, encoded or not.
fn behind_colon(text: &[u8]) -> Option<&[u8]> {
    let rest = text.strip_prefix(b":").or_else(|| text.strip_prefix(b"%3a")).or_else(|| text.strip_prefix(b"%3A"))?;
    let blank = [&b"%20"[..], b"+", b" "].into_iter().find_map(|blank| rest.strip_prefix(blank));
    Some(blank.unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn headers_are_cut_out_of_one_text() {
        let record = AKAMAI_SIEM.parse(AKAMAI_SIEM.example.as_bytes()).unwrap().unwrap();
        assert_eq!((record.client, record.agent), (Some(&b"192.0.2.7"[..]), Some(&b"curl%2f8.5"[..])));
        assert_eq!((record.target, record.query), (Some(&b"/a"[..]), Some(&b"b=1"[..])));
        assert_eq!((record.status, record.bytes), (Some(200), Some(512)));
        let text = b"A%3A%20b%0D%0AREFERER%3a%20https%3a%2f%2fa%2f%0d%0aX:%0dy";
        assert_eq!(header(text, b"referer"), Some(&b"https%3a%2f%2fa%2f"[..]));
        assert_eq!((header(text, b"x"), header(text, b"b"), header(b"", b"a")), (Some(&b"%0dy"[..]), None, None));
    }

    #[test]
    fn an_event_without_a_request_is_none() {
        assert!(
            AKAMAI_SIEM.parse(br#"{"attackData":{"clientIP":"192.0.2.7"},"httpMessage":{"status":"200"}}"#).is_err()
        );
    }
}
