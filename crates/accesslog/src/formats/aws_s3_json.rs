//! S3's server access log as JSON, as it is delivered to CloudWatch Logs.
//!
//! The same values as the columns of `s3`, under names ("Amazon S3 server access log format" in AWS's documentation).
//! Milliseconds are in `total_time`; a dash stands for what has no value.

use crate::json::{As, Field, Form, Found, Further, Keys, field};

/// One object a line.
pub(crate) static AWS_S3_JSON: Form = Form {
    name: "aws_s3_json",
    aliases: &["s3_json"],
    about: "Amazon S3 server access log in JSON (CloudWatch Logs)",
    example: r#"{"schema_version_id":"1","bucket_arn":"arn:aws:s3:::shop-exports","bucket_name":"shop-exports","bucket_owner_id":"79a59df9","request_time":"2024-05-01T00:02:15Z","remote_ip":"192.0.2.7","requester":"arn:aws:iam::123456789012:user/mateo","request_id":"3E57427F3EXAMPLE","operation":"REST.GET.OBJECT","key":"2024/customers.csv","request_uri":"GET /shop-exports/2024/customers.csv HTTP/1.1","http_status":"200","error_code":"-","bytes_sent":"512","object_size":"512","total_time":"41","turn_around_time":"28","referer":"-","user_agent":"aws-cli/2.13","host_id":"s9lz","signature_version":"SigV4","authentication_type":"AuthHeader","host_header":"s3.amazonaws.com","tls_version":"TLSv1.3"}"#,
    holds: b"",
    keys: &KEYS,
    missing,
    finish: |_, record| record.user = record.cloud.and_then(|cloud| cloud.principal),
    further: &[
        Further("object_size", OBJECT_SIZE, As::Integer),
        Further("turnaround_ms", TURNAROUND, As::Integer),
        Further("auth_type", AUTHENTICATION, As::Text),
        Further("version_id", VERSION, As::Text),
    ],
    more: Form::NO_MORE,
};

const OBJECT_SIZE: Field = Field::further(0);
const TURNAROUND: Field = Field::further(1);
const AUTHENTICATION: Field = Field::further(2);
const VERSION: Field = Field::further(3);

static KEYS: Keys = Keys::new(&[
    field("bucket_owner_id", Field::MARK, 0),
    field("bucket_owner", Field::MARK, 0),
    field("bucket_arn", Field::MARK, 1),
    field("bucket_name", Field::BUCKET, 0),
    field("bucket", Field::BUCKET, 1),
    field("request_time", Field::TIME, 0),
    field("time", Field::TIME, 1),
    field("remote_ip", Field::CLIENT, 0),
    field("requester", Field::PRINCIPAL, 0),
    field("request_id", Field::REQUEST_ID, 0),
    field("operation", Field::OPERATION, 0),
    field("key", Field::KEY, 0),
    field("request_uri", Field::REQUEST, 0),
    field("http_status", Field::STATUS, 0),
    field("error_code", Field::ERROR, 0),
    field("bytes_sent", Field::BYTES, 0),
    field("object_size", OBJECT_SIZE, 0),
    field("total_time", Field::MILLISECONDS, 0),
    field("turn_around_time", TURNAROUND, 0),
    field("referer", Field::REFERER, 0),
    field("user_agent", Field::AGENT, 0),
    field("version_id", VERSION, 0),
    field("host_header", Field::HOST, 0),
    field("tls_version", Field::TLS_VERSION, 0),
    field("cipher_suite", Field::TLS_CIPHER, 0),
    field("authentication_type", AUTHENTICATION, 0),
]);

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_access = found.has(Field::OPERATION) && found.has(Field::BUCKET) && found.is_named(Field::PRINCIPAL);
    if is_access { None } else { Some("the keys `bucket_name`, `requester` and `operation`") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn the_columns_have_names() {
        let record = AWS_S3_JSON.parse(AWS_S3_JSON.example.as_bytes()).unwrap().unwrap();
        assert_eq!((record.method, record.status), (Some(&b"GET"[..]), Some(200)));
        assert_eq!((record.bytes, record.duration), (Some(512), Some(41_000_000)));
        let cloud = record.cloud.unwrap();
        assert_eq!((cloud.operation, cloud.error), (Some(&b"REST.GET.OBJECT"[..]), None));
        assert_eq!(record.user, cloud.principal);
        assert!(AWS_S3_JSON.parse(br#"{"operation":"x","bucket":"b"}"#).is_err());
    }
}
