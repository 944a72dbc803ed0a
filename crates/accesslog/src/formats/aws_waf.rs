//! AWS WAF: what the firewall made of a request, before any server saw it.
//!
//! The headers are a list of names and values, the names in any case and repeatable: the first of a name is taken. The
//! path and the query stand apart. There is no status but where a rule sends its own answer.

use super::header_list::header_list;
use crate::json::{As, Field, Form, Found, Further, Keys, field, inner};

/// One decision a line.
pub(crate) static AWS_WAF: Form = Form {
    name: "aws_waf",
    aliases: &["waf"],
    about: "AWS WAF web ACL log",
    example: r#"{"timestamp":1714489335700,"formatVersion":1,"webaclId":"arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/shop/1","terminatingRuleId":"Default_Action","action":"ALLOW","httpSourceName":"ALB","httpRequest":{"clientIp":"192.0.2.7","country":"DE","headers":[{"name":"Host","value":"a.example"},{"name":"User-Agent","value":"curl/8.5"}],"uri":"/a","args":"b=1","httpVersion":"HTTP/1.1","httpMethod":"GET","requestId":"1-6631"}}"#,
    holds: b"",
    keys: &KEYS,
    missing,
    finish: header_list,
    further: &[
        Further("action", ACTION, As::Text),
        Further("rule_id", RULE, As::Text),
        Further("rule_type", RULE_TYPE, As::Text),
        Further("web_acl", Field::MARK, As::Text),
        Further("source_name", SOURCE, As::Text),
        Further("country", COUNTRY, As::Text),
        Further("ja3", JA3, As::Text),
        Further("ja4", JA4, As::Text),
    ],
    more: Form::NO_MORE,
};

const ACTION: Field = Field::further(0);
const RULE: Field = Field::further(1);
const RULE_TYPE: Field = Field::further(2);
const SOURCE: Field = Field::further(3);
const COUNTRY: Field = Field::further(4);
const JA3: Field = Field::further(5);
const JA4: Field = Field::further(6);

static KEYS: Keys = Keys::new(&[
    field("timestamp", Field::TIME, 0),
    field("webaclId", Field::MARK, 0),
    field("terminatingRuleId", RULE, 0),
    field("terminatingRuleType", RULE_TYPE, 0),
    field("action", ACTION, 0),
    field("httpSourceName", SOURCE, 0),
    field("responseCodeSent", Field::STATUS, 0),
    field("requestBodySize", Field::REQUEST_BYTES, 0),
    field("ja3Fingerprint", JA3, 0),
    field("ja4Fingerprint", JA4, 0),
    inner("httpRequest", &REQUEST),
]);

static REQUEST: Keys = Keys::new(&[
    field("clientIp", Field::CLIENT, 0),
    field("country", COUNTRY, 0),
    field("headers", Field::HEADERS, 0),
    field("uri", Field::TARGET, 0),
    field("args", Field::QUERY, 0),
    field("httpVersion", Field::PROTOCOL, 0),
    field("httpMethod", Field::METHOD, 0),
    field("requestId", Field::REQUEST_ID, 0),
    field("scheme", Field::SCHEME, 0),
    field("host", Field::HOST, 0),
]);

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_waf = found.has(Field::MARK) && found.has(ACTION);
    let is_request = found.has(Field::METHOD) || found.has(Field::TARGET);
    if is_waf && is_request { None } else { Some("the keys `webaclId`, `action` and `httpRequest`") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn headers_are_a_list_and_the_first_of_a_name_counts() {
        let line = AWS_WAF.example.replace(
            r#"{"name":"User-Agent","value":"curl/8.5"}"#,
            r#"{"name":"user-AGENT","value":"curl/8.5"},{"value":"b","name":"User-Agent"},{"name":"Referer","value":""}"#,
        );
        let record = AWS_WAF.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.host, record.agent), (Some(&b"a.example"[..]), Some(&b"curl/8.5"[..])));
        assert_eq!((record.target, record.query), (Some(&b"/a"[..]), Some(&b"b=1"[..])));
        assert_eq!((record.referer, record.status), (None, None));
    }

    #[test]
    fn a_decision_without_its_list_is_refused() {
        let line = AWS_WAF.example.replace("webaclId", "webaclid");
        assert!(AWS_WAF.parse(line.as_bytes()).is_err());
    }
}
