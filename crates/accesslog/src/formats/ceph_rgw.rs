//! The operations log of Ceph's object gateway (`rgw_ops_log_file_path`), one JSON object a line.
//!
//! The request line is in `uri`, the operation in Ceph's own words (`get_obj`); `total_time` is in milliseconds (Ceph,
//! "Ops logging").

use crate::json::{As, Field, Form, Found, Further, Keys, field};

/// One operation a line.
pub(crate) static CEPH_RGW: Form = Form {
    name: "ceph_rgw",
    aliases: &["rgw_ops_log"],
    about: "Ceph object gateway operations log in JSON",
    example: r#"{"bucket":"shop-exports","object":"2024/customers.csv","time":"2024-05-01T00:02:15.123456Z","time_local":"2024-05-01T09:02:15.123456+0900","remote_addr":"192.0.2.7","user":"reports","operation":"get_obj","uri":"GET /shop-exports/2024/customers.csv HTTP/1.1","http_status":"200","error_code":"","bytes_sent":512,"bytes_received":0,"object_size":512,"total_time":12,"user_agent":"aws-cli/2","referrer":"","trans_id":"tx0001","access_key_id":"AKEXAMPLE"}"#,
    holds: b"",
    keys: &KEYS,
    missing,
    // Whoever does not say who he is has that name.
    finish: |_, record| record.user = record.user.filter(|user| *user != b"anonymous"),
    further: &[
        Further("bytes_received", Field::REQUEST_BYTES, As::Integer),
        Further("object_size", OBJECT_SIZE, As::Integer),
        Further("auth_type", AUTHENTICATION, As::Text),
    ],
    more: Form::NO_MORE,
};

const OBJECT_SIZE: Field = Field::further(0);
const AUTHENTICATION: Field = Field::further(1);

static KEYS: Keys = Keys::new(&[
    field("time", Field::TIME, 0),
    field("time_local", Field::TIME, 1),
    field("remote_addr", Field::CLIENT, 0),
    field("user", Field::USER, 0),
    field("operation", Field::OPERATION, 0),
    field("bucket", Field::BUCKET, 0),
    field("object", Field::KEY, 0),
    field("uri", Field::REQUEST, 0),
    field("http_status", Field::STATUS, 0),
    field("error_code", Field::ERROR, 0),
    field("bytes_sent", Field::BYTES, 0),
    field("bytes_received", Field::REQUEST_BYTES, 0),
    field("object_size", OBJECT_SIZE, 0),
    field("total_time", Field::MILLISECONDS, 0),
    field("user_agent", Field::AGENT, 0),
    field("referrer", Field::REFERER, 0),
    field("trans_id", Field::REQUEST_ID, 0),
    field("authentication_type", AUTHENTICATION, 0),
    field("access_key_id", Field::ACCESS_KEY_ID, 0),
]);

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_operation = found.has(Field::OPERATION) && found.has(Field::REQUEST_ID) && found.is_named(Field::STATUS);
    if is_operation { None } else { Some("the keys `operation`, `http_status` and `trans_id`") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn an_operation_has_its_request_line() {
        let record = CEPH_RGW.parse(CEPH_RGW.example.as_bytes()).unwrap().unwrap();
        assert_eq!((record.method, record.target), (Some(&b"GET"[..]), Some(&b"/shop-exports/2024/customers.csv"[..])));
        assert_eq!((record.status, record.bytes, record.duration), (Some(200), Some(512), Some(12_000_000)));
        assert_eq!((record.user, record.cloud.unwrap().operation), (Some(&b"reports"[..]), Some(&b"get_obj"[..])));
        let nobodys = CEPH_RGW.example.replace(r#""reports""#, r#""anonymous""#);
        assert_eq!(CEPH_RGW.parse(nobodys.as_bytes()).unwrap().unwrap().user, None);
        assert!(CEPH_RGW.parse(br#"{"operation":"x","http_status":"200"}"#).is_err());
    }
}
