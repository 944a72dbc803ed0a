//! AWS CloudTrail: who called which operation of which service.
//!
//! An event is an object: a line of its own, an element of the `Records` of a log file, or the inside of the string
//! `CloudTrailEvent` that `lookup-events` gives, whose values are escaped twice. It has no request of HTTP; what a
//! record holds is the caller, the operation, and what it was done to. Insights are no calls, and digests no events:
//! both are refused. Tables made of events (Athena) have the same names in lower case.

use crate::field::Sink;
use crate::grammar::number;
use crate::json::{As, Field, Found, Further, Keys, field, inner};
use crate::{Escape, Fault, Format, Record, Time, time};

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
const SESSION_BEGUN: Field = Field::further(11);
const DELIVERY: Field = Field::further(12);
const ISSUED_KEY: Field = Field::further(13);
const LIFETIME: Field = Field::further(14);

const FURTHER: &[Further] = &[
    Further("event_id", EVENT_ID, As::Text),
    Further("event_type", EVENT_TYPE, As::Text),
    Further("event_category", CATEGORY, As::Text),
    Further("recipient_account", RECIPIENT, As::Text),
    Further("principal_type", PRINCIPAL_TYPE, As::Text),
    Further("principal_account", ACCOUNT, As::Text),
    Further("principal_name", USER_NAME, As::Text),
    Further("session_issuer", ISSUER, As::Text),
    Further("session_begun", SESSION_BEGUN, As::Text),
    Further("role_delivery", DELIVERY, As::Text),
    Further("issued_key_id", ISSUED_KEY, As::Text),
    Further("lifetime_seconds", LIFETIME, As::Text),
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
    inner("responseElements", &ANSWER),
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
    inner("responseelements", &ANSWER),
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

static SESSION: Keys = Keys::new(&[
    inner("sessionIssuer", &SESSION_ISSUER),
    inner("attributes", &ATTRIBUTES),
    field("ec2RoleDelivery", DELIVERY, 0),
    inner("sessionissuer", &SESSION_ISSUER),
    field("ec2roledelivery", DELIVERY, 0),
]);
static ATTRIBUTES: Keys =
    Keys::new(&[field("creationDate", SESSION_BEGUN, 0), field("creationdate", SESSION_BEGUN, 0)]);
static ANSWER: Keys = Keys::new(&[inner("credentials", &CREDENTIALS)]);
static CREDENTIALS: Keys = Keys::new(&[field("accessKeyId", ISSUED_KEY, 0), field("accesskeyid", ISSUED_KEY, 0)]);
static SESSION_ISSUER: Keys = Keys::new(&[field("arn", ISSUER, 0)]);
static PARAMETERS: Keys = Keys::new(&[
    field("bucketName", Field::BUCKET, 0),
    field("key", Field::KEY, 0),
    field("durationSeconds", LIFETIME, 0),
    field("bucketname", Field::BUCKET, 0),
    field("durationseconds", LIFETIME, 0),
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

/// What an event of CloudTrail says of the time for which keys are good.
///
/// Amazon, "CloudTrail userIdentity element" (`sessionContext`) and the elements of the answers of the security token
/// service's actions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyTimes<'a> {
    /// When the keys of the calling session were issued (`attributes.creationDate`).
    pub issued: Option<Time>,
    /// The version of the metadata service that delivered them, `1.0` or `2.0` (`ec2RoleDelivery`).
    pub delivery: Option<&'a [u8]>,
    /// The id of the key that the call itself issued (`responseElements.credentials.accessKeyId`).
    pub issued_key_id: Option<&'a [u8]>,
    /// For how many seconds it was asked to be good (`requestParameters.durationSeconds`).
    pub lifetime_seconds: Option<u64>,
}

/// What an event says of the time for which keys are good; nothing of what is no event.
pub fn key_times(event: &[u8]) -> KeyTimes<'_> {
    let Ok((found, _)) = self::event(event) else { return KeyTimes::default() };
    KeyTimes {
        issued: found.get(SESSION_BEGUN).and_then(time::iso).flatten(),
        delivery: found.get(DELIVERY),
        issued_key_id: found.get(ISSUED_KEY),
        lifetime_seconds: found.get(LIFETIME).and_then(number).map(|(seconds, _)| seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cloud;

    #[test]
    fn an_event_tells_for_how_long_keys_are_good() {
        let line = r#"{"userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/web/i-0abcdef12","accessKeyId":"ASIAEXAMPLE","sessionContext":{"attributes":{"creationDate":"2024-05-01T00:01:00Z","mfaAuthenticated":"false"},"ec2RoleDelivery":"1.0"}},"eventTime":"2024-05-01T00:02:15Z","eventSource":"sts.amazonaws.com","eventName":"AssumeRole","requestParameters":{"roleArn":"arn:aws:iam::1:role/ops","durationSeconds":900},"responseElements":{"credentials":{"accessKeyId":"ASIAOTHER","expiration":"May 1, 2024, 12:17:15 AM"}}}"#;
        let minute = 60_000_000_000;
        let begun = parse(line).unwrap().time.map(|time| Time(time.0 - minute - minute / 4));
        let want = KeyTimes {
            issued: begun,
            delivery: Some(b"1.0"),
            issued_key_id: Some(b"ASIAOTHER"),
            lifetime_seconds: Some(900),
        };
        assert_eq!(key_times(line.as_bytes()), want);
        let inside = format!(r#"{{"CloudTrailEvent":{}}}"#, serde_json::to_string(line).unwrap());
        assert_eq!(key_times(inside.as_bytes()), want);
        assert_eq!(key_times(b"GET / HTTP/1.1"), KeyTimes::default());
    }

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
