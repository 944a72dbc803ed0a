//! The requests that Azure's Application Insights keeps: the table `AppRequests` as it is exported, and `requests` of its own queries.
//!
//! Durations are milliseconds and the target is absolute. No column is the method: it is the first word of the name, where the name
//! is that of a request (`GET Home/Index`). The address of the client is zeros where the service masks it, as it does by itself.

use super::absolute::{name_missing_authority, tell_path};
use crate::grammar::word;
use crate::json::{As, Field, Form, Found, Further, Keys, field};

/// One request a line.
pub(crate) static AZURE_APP_INSIGHTS: Form = Form {
    name: "azure_app_insights",
    aliases: &["app_insights", "apprequests"],
    about: "Azure Application Insights requests (AppRequests)",
    example: r#"{"time":"2024-05-01T00:02:15.2500000Z","Type":"AppRequests","AppRoleName":"shop","ClientIP":"192.0.2.7","Name":"GET /a","OperationId":"6e1a","Url":"https://shop.example/a?b=1","Success":true,"ResultCode":"200","DurationMs":12.5,"ItemCount":1}"#,
    holds: b"esultCode\"",
    keys: &KEYS,
    missing,
    finish: |found, record| {
        let is_method = |word: &&[u8]| !word.is_empty() && word.iter().all(u8::is_ascii_uppercase);
        record.method = found.get(NAME).and_then(word).map(|(method, _)| method).filter(is_method);
        record.client = record.client.filter(|client| *client != b"0.0.0.0");
        name_missing_authority(record);
    },
    further: &[Further("operation", NAME, As::Text), Further("role", ROLE, As::Text)],
    more: |_, record, sink| tell_path(record, sink),
};

const NAME: Field = Field::further(0);
const ROLE: Field = Field::further(1);

static KEYS: Keys = Keys::new(&[
    field("Type", Field::KIND, 0),
    field("time", Field::TIME, 0),
    field("TimeGenerated", Field::TIME, 1),
    field("Name", NAME, 0),
    field("Url", Field::TARGET, 0),
    field("ResultCode", Field::STATUS, 0),
    field("DurationMs", Field::MILLISECONDS, 0),
    field("ClientIP", Field::CLIENT, 0),
    field("UserAuthenticatedId", Field::USER, 0),
    field("OperationId", Field::REQUEST_ID, 0),
    field("AppRoleName", ROLE, 0),
    field("itemType", Field::KIND, 0),
    field("timestamp", Field::TIME, 0),
    field("name", NAME, 0),
    field("url", Field::TARGET, 0),
    field("resultCode", Field::STATUS, 0),
    field("duration", Field::MILLISECONDS, 0),
    field("client_IP", Field::CLIENT, 0),
    field("user_AuthenticatedId", Field::USER, 0),
    field("operation_Id", Field::REQUEST_ID, 0),
    field("cloud_RoleName", ROLE, 0),
]);

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_request = found.get(Field::KIND).is_some_and(|kind| matches!(kind, b"AppRequests" | b"request"));
    let is_named = found.has(Field::TARGET) && found.is_named(Field::STATUS) && found.is_named(NAME);
    if is_request && is_named {
        None
    } else {
        Some("the type `AppRequests` or `request`, and a name, a target and a code")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn a_query_has_other_names_than_an_export() {
        let query = r#"{"timestamp":"2024-05-01T00:02:15.25Z","id":"|6e1a.","name":"GET Home/Index","url":"https://shop.example/a?b=1","success":"True","resultCode":"200","duration":12.5,"client_IP":"192.0.2.7","cloud_RoleName":"shop","itemType":"request"}"#;
        for line in [AZURE_APP_INSIGHTS.example, query] {
            let record = AZURE_APP_INSIGHTS.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.method), (Some(&b"192.0.2.7"[..]), Some(&b"GET"[..])), "{line}");
            assert_eq!((record.status, record.duration), (Some(200), Some(12_500_000)));
            assert_eq!(
                (record.target, record.host),
                (Some(&b"https://shop.example/a?b=1"[..]), Some(&b"shop.example"[..]))
            );
            assert_eq!(record.time, Time::from_parts(1_714_521_735, 250_000_000));
        }
    }

    #[test]
    fn a_masked_address_is_none_and_a_dependency_no_request() {
        let example = AZURE_APP_INSIGHTS.example;
        let masked = example.replace("192.0.2.7", "0.0.0.0").replace("GET /a", "shop-items");
        let record = AZURE_APP_INSIGHTS.parse(masked.as_bytes()).unwrap().unwrap();
        assert_eq!((record.client, record.method), (None, None));
        for (of, by) in [("AppRequests", "AppDependencies"), ("\"Url\"", "\"Data\""), ("ResultCode", "Code")] {
            let line = example.replacen(of, by, 1);
            assert!(AZURE_APP_INSIGHTS.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
