//! MinIO's audit log: what was asked of an object store, one JSON object a line.
//!
//! The operation, the bucket and the key stand in `api`, beside the status and how long the answer took, a text with its
//! unit. The target is the path as it was asked for, without its query, which is an object of its own and no text.

use crate::json::{As, Field, Form, Found, Further, Keys, field, inner};

/// One operation a line.
pub(crate) static MINIO_AUDIT: Form = Form {
    name: "minio_audit",
    aliases: &["minio"],
    about: "MinIO audit log",
    example: r#"{"version":"1","deploymentid":"8ca2b7ad","time":"2024-05-01T00:02:15.123456789Z","trigger":"incoming","api":{"name":"GetObject","bucket":"shop-exports","object":"2024/customers.csv","status":"OK","statusCode":200,"rx":0,"tx":512,"timeToFirstByte":"410677ns","timeToResponse":"1410677ns"},"remotehost":"192.0.2.7","requestID":"16A0","userAgent":"MinIO (linux; amd64)","requestPath":"/shop-exports/2024/customers.csv","requestHost":"s3.shop.example","accessKey":"reports"}"#,
    holds: b"",
    keys: &KEYS,
    missing,
    finish: |_, record| record.user = record.cloud.and_then(|cloud| cloud.access_key_id),
    further: &[
        Further("bytes_received", Field::REQUEST_BYTES, As::Integer),
        Further("status_text", STATUS_TEXT, As::Text),
        Further("deployment", Field::MARK, As::Text),
    ],
    more: Form::NO_MORE,
};

const STATUS_TEXT: Field = Field::further(0);

static KEYS: Keys = Keys::new(&[
    field("deploymentid", Field::MARK, 0),
    field("time", Field::TIME, 0),
    inner("api", &API),
    field("remotehost", Field::CLIENT, 0),
    field("requestID", Field::REQUEST_ID, 0),
    field("userAgent", Field::AGENT, 0),
    field("requestPath", Field::TARGET, 0),
    field("requestHost", Field::HOST, 0),
    field("accessKey", Field::ACCESS_KEY_ID, 0),
]);

static API: Keys = Keys::new(&[
    field("name", Field::OPERATION, 0),
    field("bucket", Field::BUCKET, 0),
    field("object", Field::KEY, 0),
    field("status", STATUS_TEXT, 0),
    field("statusCode", Field::STATUS, 0),
    field("rx", Field::REQUEST_BYTES, 0),
    field("tx", Field::BYTES, 0),
    field("timeToResponse", Field::TAKEN, 0),
    field("timeToResponseInNS", Field::NANOSECONDS, 0),
]);

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_audit = found.has(Field::MARK) && found.has(Field::OPERATION) && found.has(Field::STATUS);
    if is_audit { None } else { Some("the keys `deploymentid` and `api`, with a status") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn an_operation_has_its_bucket_and_its_key() {
        let record = MINIO_AUDIT.parse(MINIO_AUDIT.example.as_bytes()).unwrap().unwrap();
        let cloud = record.cloud.unwrap();
        assert_eq!((cloud.operation, cloud.bucket), (Some(&b"GetObject"[..]), Some(&b"shop-exports"[..])));
        assert_eq!((cloud.key, record.user), (Some(&b"2024/customers.csv"[..]), Some(&b"reports"[..])));
        assert_eq!((record.status, record.bytes, record.duration), (Some(200), Some(512), Some(1_410_677)));
        assert!(MINIO_AUDIT.parse(br#"{"deploymentid":"a","level":"INFO","time":"2024-05-01T00:02:15Z"}"#).is_err());
    }
}
