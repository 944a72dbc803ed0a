//! AWS CloudTrail: who called which operation of which service.
//!
//! An event is an object: a line of its own, an element of the `Records` of a log file, or the inside of the string
//! `CloudTrailEvent` that `lookup-events` gives, whose values are escaped twice. It has no request of HTTP; what a
//! record holds is the caller, the operation, and what it was done to. Insights are no calls, and digests no events:
//! both are refused. Tables made of events (Athena) have the same names in lower case.

use crate::field::Sink;
use crate::json::{As, Field, Found, Further, Keys, field, inner};
use crate::{Escape, Fault, Format, Record};

/// One event a line.
pub(crate) struct AwsCloudtrail;

impl Format for AwsCloudtrail {
    fn name(&self) -> &'static str {
        "aws_cloudtrail"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["cloudtrail"]
    }

    fn about(&self) -> &'static str {
        "AWS CloudTrail events (log files, lines, and `lookup-events`)"
    }

    fn example(&self) -> &'static str {
        r#"{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::123456789012:user/mateo","accountId":"123456789012","accessKeyId":"AKIAIOSFODNN7EXAMPLE","userName":"mateo"},"eventTime":"2024-05-01T00:02:15Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.7","userAgent":"aws-cli/2.13.5","requestParameters":{"bucketName":"shop-exports","key":"2024/customers.csv"},"requestID":"e4336db0","eventID":"e755e09c","readOnly":true,"eventType":"AwsApiCall","recipientAccountId":"123456789012","eventCategory":"Data"}"#
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let (found, escape) = event(line)?;
        if let Some(expected) = missing(&found) {
            return Err(Fault { at: 0, expected });
        }
        let mut record = Record { escape, ..found.record() };
        record.user = record.cloud.and_then(|cloud| cloud.principal);
        Ok(Some(record))
    }

    fn further<'a>(&'a self, line: &'a [u8], _: &Record<'a>, sink: Sink<'_, 'a>) {
        if let Ok((found, _)) = event(line) {
            Further::tell(FURTHER, &found, sink);
        }
    }
}

/// The event of a line, out of its string if it is in one, and how its values are escaped.
fn event(line: &[u8]) -> Result<(Found<'_>, Escape), Fault> {
    let found = Found::of(line, &KEYS)?;
    let Some(inside) = found.get(INSIDE) else { return Ok((found, Escape::Json)) };
    let shift = inside.as_ptr() as usize - line.as_ptr() as usize;
    let found = Found::quoted(inside, &KEYS).map_err(|fault| Fault { at: fault.at + shift, ..fault })?;
    Ok((found, Escape::JsonTwice))
}

fn missing(found: &Found<'_>) -> Option<&'static str> {
    match () {
        () if found.get(CATEGORY) == Some(b"Insight") => Some("a call, not an insight"),
        () if !found.has(Field::OPERATION) || !found.has(Field::SERVICE) => {
            Some("the keys `eventSource` and `eventName`")
        }
        () => None,
    }
}

const INSIDE: Field = Field::further(0);
const CATEGORY: Field = Field::further(1);
const EVENT_ID: Field = Field::further(2);
const EVENT_TYPE: Field = Field::further(3);
const RECIPIENT: Field = Field::further(4);
const PRINCIPAL_TYPE: Field = Field::further(5);
const MESSAGE: Field = Field::further(6);
const ACCOUNT: Field = Field::further(7);
const READ_ONLY: Field = Field::further(8);
const USER_NAME: Field = Field::further(9);
const ISSUER: Field = Field::further(10);

const FURTHER: &[Further] = &[
    Further("event_id", EVENT_ID, As::Text),
    Further("event_type", EVENT_TYPE, As::Text),
    Further("event_category", CATEGORY, As::Text),
    Further("recipient_account", RECIPIENT, As::Text),
    Further("principal_type", PRINCIPAL_TYPE, As::Text),
    Further("principal_account", ACCOUNT, As::Text),
    Further("principal_name", USER_NAME, As::Text),
    Further("session_issuer", ISSUER, As::Text),
    Further("error_message", MESSAGE, As::Text),
    Further("read_only", READ_ONLY, As::Text),
];

static KEYS: Keys = Keys::new(&[
    field("CloudTrailEvent", INSIDE, 0),
    field("eventTime", Field::TIME, 0),
    field("eventSource", Field::SERVICE, 0),
    field("eventName", Field::OPERATION, 0),
    field("awsRegion", Field::REGION, 0),
    field("sourceIPAddress", Field::CLIENT, 0),
    field("userAgent", Field::AGENT, 0),
    field("errorCode", Field::ERROR, 0),
    field("errorMessage", MESSAGE, 0),
    field("requestID", Field::REQUEST_ID, 0),
    field("eventID", EVENT_ID, 0),
    field("eventType", EVENT_TYPE, 0),
    field("eventCategory", CATEGORY, 0),
    field("recipientAccountId", RECIPIENT, 0),
    field("readOnly", READ_ONLY, 0),
    inner("userIdentity", &IDENTITY),
    inner("requestParameters", &PARAMETERS),
    inner("additionalEventData", &ADDITIONAL),
    inner("tlsDetails", &TLS),
    field("cloudtrailevent", INSIDE, 0),
    field("eventtime", Field::TIME, 0),
    field("eventsource", Field::SERVICE, 0),
    field("eventname", Field::OPERATION, 0),
    field("awsregion", Field::REGION, 0),
    field("sourceipaddress", Field::CLIENT, 0),
    field("useragent", Field::AGENT, 0),
    field("errorcode", Field::ERROR, 0),
    field("errormessage", MESSAGE, 0),
    field("requestid", Field::REQUEST_ID, 0),
    field("eventid", EVENT_ID, 0),
    field("eventtype", EVENT_TYPE, 0),
    field("eventcategory", CATEGORY, 0),
    field("recipientaccountid", RECIPIENT, 0),
    field("readonly", READ_ONLY, 0),
    inner("useridentity", &IDENTITY),
    inner("requestparameters", &PARAMETERS),
    inner("additionaleventdata", &ADDITIONAL),
    inner("tlsdetails", &TLS),
]);

static IDENTITY: Keys = Keys::new(&[
    field("type", PRINCIPAL_TYPE, 0),
    field("arn", Field::PRINCIPAL, 0),
    field("principalId", Field::PRINCIPAL, 1),
    field("invokedBy", Field::PRINCIPAL, 2),
    field("accountId", ACCOUNT, 0),
    field("accessKeyId", Field::ACCESS_KEY_ID, 0),
    field("userName", USER_NAME, 0),
    inner("sessionContext", &SESSION),
    field("principalid", Field::PRINCIPAL, 1),
    field("invokedby", Field::PRINCIPAL, 2),
    field("accountid", ACCOUNT, 0),
    field("accesskeyid", Field::ACCESS_KEY_ID, 0),
    field("username", USER_NAME, 0),
    inner("sessioncontext", &SESSION),
]);

static SESSION: Keys = Keys::new(&[inner("sessionIssuer", &SESSION_ISSUER), inner("sessionissuer", &SESSION_ISSUER)]);
static SESSION_ISSUER: Keys = Keys::new(&[field("arn", ISSUER, 0)]);
static PARAMETERS: Keys = Keys::new(&[
    field("bucketName", Field::BUCKET, 0),
    field("key", Field::KEY, 0),
    field("bucketname", Field::BUCKET, 0),
]);
static ADDITIONAL: Keys =
    Keys::new(&[field("bytesTransferredOut", Field::BYTES, 0), field("bytestransferredout", Field::BYTES, 0)]);

static TLS: Keys = Keys::new(&[
    field("tlsVersion", Field::TLS_VERSION, 0),
    field("cipherSuite", Field::TLS_CIPHER, 0),
    field("clientProvidedHostHeader", Field::HOST, 0),
    field("tlsversion", Field::TLS_VERSION, 0),
    field("ciphersuite", Field::TLS_CIPHER, 0),
    field("clientprovidedhostheader", Field::HOST, 0),
]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cloud;

    fn parse(line: &str) -> Result<Record<'_>, Fault> {
        AwsCloudtrail.parse(line.as_bytes()).map(|record| record.unwrap())
    }

    #[test]
    fn an_event_says_who_did_what_to_which() {
        let record = parse(AwsCloudtrail.example()).unwrap();
        let cloud = record.cloud.unwrap();
        assert_eq!(cloud.operation, Some(&b"GetObject"[..]));
        assert_eq!((cloud.bucket, cloud.key), (Some(&b"shop-exports"[..]), Some(&b"2024/customers.csv"[..])));
        assert_eq!(cloud.access_key_id, Some(&b"AKIAIOSFODNN7EXAMPLE"[..]));
        assert_eq!(record.user, cloud.principal);
    }

    #[test]
    fn an_event_in_a_string_is_the_same_event() {
        let plain = AwsCloudtrail.example().replace("aws-cli/2.13.5", r#"a \"b\" \\ c\u0041"#);
        let string = serde_json::to_string(&plain).unwrap();
        let line = format!(r#"{{"EventId":"x","EventTime":"2024-05-01 10:02:15+10:00","CloudTrailEvent":{string}}}"#);
        let (inside, outside) = (parse(&line).unwrap(), parse(&plain).unwrap());
        let undone = |record: &Record<'_>| record.escape.undo(record.agent.unwrap()).into_owned();
        assert_eq!(undone(&inside), undone(&outside));
        assert_eq!(undone(&inside), br#"a "b" \ cA"#);
        let cloud = |record: &Record<'_>| record.cloud.map(|cloud| format!("{cloud:?}"));
        assert_eq!(cloud(&inside), cloud(&outside));
        assert_eq!(inside.time, outside.time);
    }

    #[test]
    fn a_service_that_calls_has_no_arn() {
        let line = r#"{"userIdentity":{"accountId":"1","invokedBy":"ec2.amazonaws.com"},"eventTime":"2024-05-01T00:02:15Z","eventSource":"ec2.amazonaws.com","eventName":"SharedSnapshotVolumeCreated","sourceIPAddress":"ec2.amazonaws.com","requestParameters":null}"#;
        let want = Some(&b"ec2.amazonaws.com"[..]);
        let record = parse(line).unwrap();
        assert_eq!((record.client, record.user), (want, want));
        assert!(matches!(record.cloud, Some(Cloud { bucket: None, .. })));
    }

    #[test]
    fn a_table_of_events_has_lower_case_names() {
        let line = AwsCloudtrail.example();
        let keys = ["eventName", "userIdentity", "accessKeyId", "bucketName"];
        let lower = keys.iter().fold(line.to_owned(), |line, key| {
            line.replace(&format!("\"{key}\":"), &format!("\"{}\":", key.to_lowercase()))
        });
        assert_ne!(lower, line);
        assert_eq!(parse(&lower).unwrap(), parse(line).unwrap());
    }

    #[test]
    fn insights_and_digests_are_refused() {
        let insight = AwsCloudtrail.example().replace(r#""eventCategory":"Data""#, r#""eventCategory":"Insight""#);
        assert_eq!(parse(&insight).unwrap_err().expected, "a call, not an insight");
        assert!(parse(r#"{"digestStartTime":"2024-05-01T00:02:15Z","logFiles":[]}"#).is_err());
        let cut = r#"{"CloudTrailEvent":"{\"eventName\":\"A\""}"#;
        assert_eq!(parse(cut).unwrap_err(), Fault { at: 40, expected: "a comma or the end of the object" });
    }
}
