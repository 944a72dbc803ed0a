//! The calls of an account, and how they are written: CloudTrail for all that is managed, and for objects either a server
//! access log of S3 or CloudTrail's events of data.

use std::fmt::Write as _;

use crate::logs::Dice;

/// A day in seconds.
pub(crate) const DAY: u64 = 86_400;

/// How many days a world has.
pub(crate) const DAYS: u64 = 12;

/// The account whose logs these are.
pub(crate) const ACCOUNT: &str = "210987654321";

/// Where calls of objects are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Objects {
    /// In a server access log.
    ServerLog,
    /// In CloudTrail.
    DataEvents,
}

/// Who calls, from where, with what.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    pub(crate) arn: String,
    pub(crate) client: String,
    pub(crate) agent: String,
    pub(crate) region: &'static str,
    /// The service of the cloud that calls for it.
    pub(crate) invoked_by: Option<&'static str>,
}

impl Who {
    pub(crate) fn role(role: &str, session: &str, client: &str, agent: &str) -> Who {
        Who::of(format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}"), client, agent)
    }

    pub(crate) fn user(user: &str, client: &str, agent: &str) -> Who {
        Who::of(format!("arn:aws:iam::{ACCOUNT}:user/{user}"), client, agent)
    }

    fn of(arn: String, client: &str, agent: &str) -> Who {
        Who { arn, client: client.to_owned(), agent: agent.to_owned(), region: "eu-central-1", invoked_by: None }
    }

    pub(crate) fn from(&self, client: &str) -> Who {
        Who { client: client.to_owned(), ..self.clone() }
    }

    pub(crate) fn with(&self, agent: &str) -> Who {
        Who { agent: agent.to_owned(), ..self.clone() }
    }

    /// The key: of a session one for six hours, of a user one for ever.
    fn key(&self, seconds: u64) -> String {
        let (prefix, turn) = if self.arn.contains(":user/") { ("AKIA", 0) } else { ("ASIA", seconds / 21_600) };
        let mixed = self.arn.bytes().fold(0xCBF2_9CE4_8422_2325 ^ turn, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        format!("{prefix}{mixed:016X}")
    }
}

/// One call.
struct Call {
    seconds: u64,
    who: Who,
    service: &'static str,
    operation: String,
    bucket: String,
    key: String,
    bytes: u64,
    error: Option<&'static str>,
    /// What the call was given, as JSON, beyond bucket and key.
    parameters: &'static str,
    is_theft: bool,
}

/// A world in the making.
pub(crate) struct World {
    pub(crate) dice: Dice,
    pub(crate) objects: Objects,
    /// Whether what is done is of the theft.
    pub(crate) is_theft: bool,
    calls: Vec<Call>,
}

/// The logs of a world, and which of their records are of the theft.
pub(crate) struct Written {
    pub(crate) trail: String,
    pub(crate) server_log: String,
    /// Records of the trail, and lines of the server log, from one.
    pub(crate) stolen: (Vec<u64>, Vec<u64>),
    pub(crate) calls: u64,
}

impl World {
    pub(crate) fn new(seed: u64, objects: Objects) -> World {
        World { dice: Dice::new(seed), objects, is_theft: false, calls: Vec::new() }
    }

    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.dice.below((high - low) as usize) as u64
    }

    /// A call that is managed.
    pub(crate) fn call(&mut self, seconds: u64, who: &Who, service: &'static str, operation: &str) {
        self.put(seconds, who, service, operation, ("", "", 0), None, "");
    }

    /// A call that is refused.
    pub(crate) fn refused(&mut self, seconds: u64, who: &Who, service: &'static str, operation: &str) {
        self.put(seconds, who, service, operation, ("", "", 0), Some("AccessDenied"), "");
    }

    /// A call that says more than its name.
    pub(crate) fn call_with(
        &mut self,
        seconds: u64,
        who: &Who,
        service: &'static str,
        operation: &str,
        parameters: &'static str,
    ) {
        self.put(seconds, who, service, operation, ("", "", 0), None, parameters);
    }

    pub(crate) fn list(&mut self, seconds: u64, who: &Who, bucket: &str) {
        self.put(seconds, who, "s3", "REST.GET.BUCKET", (bucket, "", 90_000), None, "");
    }

    pub(crate) fn read(&mut self, seconds: u64, who: &Who, bucket: &str, key: &str) {
        let bytes = self.between(2_000, 900_000);
        self.put(seconds, who, "s3", "REST.GET.OBJECT", (bucket, key, bytes), None, "");
    }

    pub(crate) fn write(&mut self, seconds: u64, who: &Who, bucket: &str, key: &str) {
        self.put(seconds, who, "s3", "REST.PUT.OBJECT", (bucket, key, 0), None, "");
    }

    #[allow(clippy::too_many_arguments, reason = "they are the columns of a record")]
    fn put(
        &mut self,
        seconds: u64,
        who: &Who,
        service: &'static str,
        operation: &str,
        (bucket, key, bytes): (&str, &str, u64),
        error: Option<&'static str>,
        parameters: &'static str,
    ) {
        if DAYS * DAY <= seconds {
            return;
        }
        let (operation, bucket, key) = (operation.to_owned(), bucket.to_owned(), key.to_owned());
        let (who, is_theft) = (who.clone(), self.is_theft);
        self.calls.push(Call { seconds, who, service, operation, bucket, key, bytes, error, parameters, is_theft });
    }

    /// Writes the calls, by time.
    pub(crate) fn written(mut self) -> Written {
        self.calls.sort_by_key(|call| call.seconds);
        let mut written = Written {
            trail: "{\"Records\":[".to_owned(),
            server_log: String::new(),
            stolen: (Vec::new(), Vec::new()),
            calls: self.calls.len() as u64,
        };
        let (mut records, mut lines) = (0, 0);
        for call in &self.calls {
            if call.operation.starts_with("REST.") && self.objects == Objects::ServerLog {
                lines += 1;
                line(&mut written.server_log, call);
                written.stolen.1.extend(call.is_theft.then_some(lines));
            } else {
                if 0 < records {
                    written.trail.push(',');
                }
                records += 1;
                record(&mut written.trail, call);
                written.stolen.0.extend(call.is_theft.then_some(records));
            }
        }
        written.trail.push_str("]}\n");
        written
    }
}

fn line(out: &mut String, call: &Call) {
    let Call { seconds, who, operation, bucket, key, bytes, .. } = call;
    let (day, hour, minute, second) = (1 + seconds / DAY, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let (method, status) = if operation.contains(".PUT.") { ("PUT", 200) } else { ("GET", 200) };
    let (written, target) = match key.as_str() {
        "" => ("-", "?list-type=2&max-keys=1000"),
        key => (key, key),
    };
    writeln!(
        out,
        "79a59df900b949e5 {bucket} [{day:02}/Jun/2024:{hour:02}:{minute:02}:{second:02} +0000] {client} {arn} 3E57427F3EX{seconds:X} {operation} {written} \"{method} /{target} HTTP/1.1\" {status} - {bytes} {bytes} 45 33 \"-\" \"{agent}\" - Zm9vYmFy= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader {bucket}.s3.{region}.amazonaws.com TLSv1.2 - -",
        client = who.client,
        arn = who.arn,
        agent = who.agent,
        region = who.region,
    )
    .expect("memory");
}

fn record(out: &mut String, call: &Call) {
    let Call { seconds, who, service, operation, bucket, key, bytes, error, parameters, .. } = call;
    let (day, hour, minute, second) = (1 + seconds / DAY, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let operation = match operation.as_str() {
        "REST.GET.BUCKET" => "ListObjects",
        "REST.GET.OBJECT" => "GetObject",
        "REST.PUT.OBJECT" => "PutObject",
        other => other,
    };
    let parameters = match (bucket.as_str(), key.as_str(), *parameters) {
        ("", _, "") => "null".to_owned(),
        ("", _, parameters) => parameters.to_owned(),
        (bucket, "", _) => format!(r#"{{"bucketName":"{bucket}"}}"#),
        (bucket, key, _) => format!(r#"{{"bucketName":"{bucket}","key":"{key}"}}"#),
    };
    let (kind, issued) = match who.arn.split_once("assumed-role/").and_then(|(_, rest)| rest.split_once('/')) {
        Some((role, _)) => (
            "AssumedRole",
            format!(
                r#","sessionContext":{{"sessionIssuer":{{"type":"Role","arn":"arn:aws:iam::{ACCOUNT}:role/{role}","userName":"{role}"}}}}"#
            ),
        ),
        None => ("IAMUser", String::new()),
    };
    let invoked = who.invoked_by.map_or(String::new(), |service| format!(r#","invokedBy":"{service}""#));
    let error =
        error.map_or(String::new(), |error| format!(r#","errorCode":"{error}","errorMessage":"not authorized""#));
    write!(
        out,
        r#"{{"eventVersion":"1.09","userIdentity":{{"type":"{kind}","arn":"{arn}","accountId":"{ACCOUNT}","accessKeyId":"{access}"{issued}{invoked}}},"eventTime":"2024-06-{day:02}T{hour:02}:{minute:02}:{second:02}Z","eventSource":"{service}.amazonaws.com","eventName":"{operation}","awsRegion":"{region}","sourceIPAddress":"{client}","userAgent":"{agent}"{error},"requestParameters":{parameters},"additionalEventData":{{"bytesTransferredOut":{bytes}}},"eventType":"AwsApiCall","recipientAccountId":"{ACCOUNT}"}}"#,
        arn = who.arn,
        access = who.key(*seconds),
        region = who.region,
        client = who.client,
        agent = who.agent,
    )
    .expect("memory");
}
