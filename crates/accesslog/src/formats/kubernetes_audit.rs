//! The audit log of Kubernetes' interface: one `Event` of `audit.k8s.io` a line.
//!
//! A request has an event for each stage that the policy of the cluster does not leave out: when it is received, when an answer
//! begins that lasts, and when it is over ("Auditing" in Kubernetes' documentation); each is a record, the first without a status.
//! The method is Kubernetes' own verb (`list`), and that of HTTP in small letters where the request is for no resource. Of
//! `sourceIPs` the first is where the request came from as its proxies say, the last the peer.

use crate::Time;
use crate::json::{As, Field, Form, Found, Further, Keys, field, inner};

/// One event a line.
pub(crate) static KUBERNETES_AUDIT: Form = Form {
    name: "kubernetes_audit",
    aliases: &["k8s_audit"],
    about: "Kubernetes audit log (audit.k8s.io events)",
    example: r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a5c8369c-6583","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/shop/secrets?limit=500","verb":"list","user":{"username":"bob","groups":["system:authenticated"]},"sourceIPs":["192.0.2.7"],"userAgent":"kubectl/v1.31","objectRef":{"resource":"secrets","namespace":"shop","apiVersion":"v1"},"responseStatus":{"metadata":{},"code":200},"requestReceivedTimestamp":"2024-05-01T00:02:15.250000Z","stageTimestamp":"2024-05-01T00:02:15.262000Z","annotations":{"authorization.k8s.io/decision":"allow"}}"#,
    holds: b"\"auditID\"",
    keys: &KEYS,
    missing,
    finish: |found, record| {
        // Only what is over has taken its time.
        let is_over = record.status.is_some();
        let ended = found.time(STAGE_TIME).filter(|_| is_over);
        record.duration = ended
            .zip(record.time)
            .and_then(|(Time(end), Time(begin))| end.checked_sub(begin).and_then(|nanos| u64::try_from(nanos).ok()));
    },
    further: &[
        Further("stage", STAGE, As::Text),
        Further("source_ips", Field::CLIENT, As::List),
        Further("impersonated_user", IMPERSONATED, As::Text),
        Further("resource", RESOURCE, As::Text),
        Further("namespace", NAMESPACE, As::Text),
        Further("object", OBJECT, As::Text),
        Further("subresource", SUBRESOURCE, As::Text),
        Further("decision", DECISION, As::Text),
        Further("reason", Field::ERROR, As::Text),
    ],
    more: Form::NO_MORE,
};

const STAGE: Field = Field::further(0);
const STAGE_TIME: Field = Field::further(1);
const IMPERSONATED: Field = Field::further(2);
const RESOURCE: Field = Field::further(3);
const NAMESPACE: Field = Field::further(4);
const OBJECT: Field = Field::further(5);
const SUBRESOURCE: Field = Field::further(6);
const DECISION: Field = Field::further(7);

static KEYS: Keys = Keys::new(&[
    field("auditID", Field::REQUEST_ID, 0),
    field("stage", STAGE, 0),
    field("requestURI", Field::TARGET, 0),
    field("verb", Field::METHOD, 0),
    inner("user", &USER),
    inner("impersonatedUser", &IMPERSONATED_USER),
    field("sourceIPs", Field::CLIENT, 0),
    field("userAgent", Field::AGENT, 0),
    inner("objectRef", &OBJECT_REF),
    inner("responseStatus", &STATUS),
    field("requestReceivedTimestamp", Field::TIME, 0),
    field("timestamp", Field::TIME, 1),
    field("stageTimestamp", STAGE_TIME, 0),
    inner("annotations", &ANNOTATIONS),
]);

static USER: Keys = Keys::new(&[field("username", Field::USER, 0)]);

static IMPERSONATED_USER: Keys = Keys::new(&[field("username", IMPERSONATED, 0)]);

static OBJECT_REF: Keys = Keys::new(&[
    field("resource", RESOURCE, 0),
    field("namespace", NAMESPACE, 0),
    field("name", OBJECT, 0),
    field("subresource", SUBRESOURCE, 0),
]);

static STATUS: Keys = Keys::new(&[field("code", Field::STATUS, 0), field("reason", Field::ERROR, 0)]);

static ANNOTATIONS: Keys = Keys::new(&[field("authorization.k8s.io/decision", DECISION, 0)]);

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_event = found.has(Field::REQUEST_ID) && found.has(STAGE);
    if is_event && found.has(Field::METHOD) && found.has(Field::TARGET) {
        None
    } else {
        Some("the keys `auditID`, `stage`, `verb` and `requestURI`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn what_is_over_has_a_status_and_took_its_time() {
        let example = KUBERNETES_AUDIT.example;
        let record = KUBERNETES_AUDIT.parse(example.as_bytes()).unwrap().unwrap();
        assert_eq!((record.client, record.user), (Some(&b"192.0.2.7"[..]), Some(&b"bob"[..])));
        assert_eq!((record.method, record.status), (Some(&b"list"[..]), Some(200)));
        assert_eq!(record.target, Some(&b"/api/v1/namespaces/shop/secrets?limit=500"[..]));
        assert_eq!((record.duration, record.agent), (Some(12_000_000), Some(&b"kubectl/v1.31"[..])));
        assert_eq!(record.time, Time::from_parts(1_714_521_735, 250_000_000));
    }

    #[test]
    fn what_is_received_has_none() {
        let received = KUBERNETES_AUDIT
            .example
            .replace("ResponseComplete", "RequestReceived")
            .replace(r#""responseStatus":{"metadata":{},"code":200},"#, "")
            .replace(r#"["192.0.2.7"]"#, r#"["192.0.2.7","10.0.0.1"]"#);
        let record = KUBERNETES_AUDIT.parse(received.as_bytes()).unwrap().unwrap();
        assert_eq!((record.status, record.duration, record.client), (None, None, Some(&b"192.0.2.7"[..])));
        for (of, by) in [("auditID", "id"), ("\"verb\"", "\"action\""), ("requestURI", "path")] {
            let line = KUBERNETES_AUDIT.example.replacen(of, by, 1);
            assert!(KUBERNETES_AUDIT.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
