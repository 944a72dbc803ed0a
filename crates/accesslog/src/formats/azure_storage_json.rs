//! Azure Storage's log of requests, as diagnostic records: `StorageRead`, `StorageWrite` and `StorageDelete`.
//!
//! The values of the Storage Analytics log under names ("Azure Blob Storage monitoring data reference"); in Log Analytics (the
//! tables `StorageBlobLogs` and its like) all of them stand at the top, each name with a capital. The target is absolute.

use super::absolute::{name_missing_authority, tell_path};
use super::nginx_json::without_port;
use crate::json::{As, Field, Form, Found, Further, Keys, field, inner};

/// One diagnostic record a line.
pub(crate) static AZURE_STORAGE_JSON: Form = Form {
    name: "azure_storage_json",
    aliases: &["azure_blob", "storagebloblogs"],
    about: "Azure Storage resource log (StorageRead, StorageWrite, StorageDelete)",
    example: r#"{"time":"2024-05-01T00:02:15.2500000Z","resourceId":"/subscriptions/1/storageAccounts/shopexports/blobServices/default","category":"StorageRead","operationName":"GetBlob","operationVersion":"2020-04-08","schemaVersion":"1.0","statusCode":200,"statusText":"Success","durationMs":18,"callerIpAddress":"192.0.2.7:11111","correlationId":"ad881411-201e","identity":{"type":"SAS"},"protocol":"HTTPS","uri":"https://shopexports.blob.core.windows.net/2024/customers.csv?sp=r","properties":{"accountName":"shopexports","userAgentHeader":"AzCopy/10.11.0","serviceType":"blob","responseBodySize":512,"objectKey":"/shopexports/2024/customers.csv","tlsVersion":"TLS 1.2"}}"#,
    holds: b"",
    keys: &KEYS,
    missing,
    finish: |_, record| {
        without_port(record);
        name_missing_authority(record);
        record.user = record.cloud.and_then(|cloud| cloud.principal);
    },
    further: &[
        Further("bytes_received", Field::REQUEST_BYTES, As::Integer),
        Further("request_status", RESULT, As::Text),
        Further("auth_type", AUTHENTICATION, As::Text),
    ],
    more: |_, record, sink| tell_path(record, sink),
};

const RESULT: Field = Field::further(0);
const AUTHENTICATION: Field = Field::further(1);

static KEYS: Keys = Keys::new(&[
    field("time", Field::TIME, 0),
    field("category", Field::KIND, 0),
    field("operationName", Field::OPERATION, 0),
    field("statusCode", Field::STATUS, 0),
    field("statusText", RESULT, 0),
    field("durationMs", Field::MILLISECONDS, 0),
    field("callerIpAddress", Field::CLIENT, 0),
    field("correlationId", Field::REQUEST_ID, 0),
    inner("identity", &IDENTITY),
    field("uri", Field::TARGET, 0),
    inner("properties", &PROPERTIES),
    field("TimeGenerated", Field::TIME, 1),
    field("Category", Field::KIND, 0),
    field("OperationName", Field::OPERATION, 0),
    field("StatusCode", Field::STATUS, 0),
    field("StatusText", RESULT, 0),
    field("DurationMs", Field::MILLISECONDS, 0),
    field("CallerIpAddress", Field::CLIENT, 0),
    field("CorrelationId", Field::REQUEST_ID, 0),
    field("Uri", Field::TARGET, 0),
    field("AuthenticationType", AUTHENTICATION, 0),
    field("AccountName", Field::BUCKET, 0),
    field("UserAgentHeader", Field::AGENT, 0),
    field("ReferrerHeader", Field::REFERER, 0),
    field("ResponseBodySize", Field::BYTES, 0),
    field("RequestBodySize", Field::REQUEST_BYTES, 0),
    field("ObjectKey", Field::KEY, 0),
    field("RequesterUpn", Field::PRINCIPAL, 0),
    field("RequesterObjectId", Field::PRINCIPAL, 1),
    field("TlsVersion", Field::TLS_VERSION, 0),
]);

static IDENTITY: Keys = Keys::new(&[field("type", AUTHENTICATION, 0), inner("requester", &REQUESTER)]);
static REQUESTER: Keys = Keys::new(&[field("upn", Field::PRINCIPAL, 0), field("objectId", Field::PRINCIPAL, 1)]);

static PROPERTIES: Keys = Keys::new(&[
    field("accountName", Field::BUCKET, 0),
    field("userAgentHeader", Field::AGENT, 0),
    field("referrerHeader", Field::REFERER, 0),
    field("responseBodySize", Field::BYTES, 0),
    field("requestBodySize", Field::REQUEST_BYTES, 0),
    field("objectKey", Field::KEY, 0),
    field("tlsVersion", Field::TLS_VERSION, 0),
]);

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_storage = matches!(found.get(Field::KIND), Some(b"StorageRead" | b"StorageWrite" | b"StorageDelete"));
    if is_storage && found.has(Field::OPERATION) && found.has(Field::TARGET) {
        None
    } else {
        Some("the category `StorageRead`, `StorageWrite` or `StorageDelete`, and `operationName` and `uri`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn a_request_may_be_told_at_the_top() {
        let example = AZURE_STORAGE_JSON.example;
        let table = r#"{"TimeGenerated":"2024-05-01T00:02:15.25Z","Category":"StorageRead","OperationName":"GetBlob","StatusCode":"200","DurationMs":18,"CallerIpAddress":"192.0.2.7:11111","Uri":"https://shopexports.blob.core.windows.net/2024/customers.csv?sp=r","AccountName":"shopexports","UserAgentHeader":"AzCopy/10.11.0","ResponseBodySize":512,"ObjectKey":"/shopexports/2024/customers.csv"}"#;
        for line in [example, table] {
            let record = AZURE_STORAGE_JSON.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.status), (Some(&b"192.0.2.7"[..]), Some(200)), "{line}");
            assert_eq!(record.host, Some(&b"shopexports.blob.core.windows.net"[..]));
            assert_eq!((record.bytes, record.duration), (Some(512), Some(18_000_000)));
            let cloud = record.cloud.unwrap();
            assert_eq!((cloud.operation, cloud.bucket), (Some(&b"GetBlob"[..]), Some(&b"shopexports"[..])));
        }
        assert!(AZURE_STORAGE_JSON.parse(example.replace("StorageRead", "Transaction").as_bytes()).is_err());
    }
}
