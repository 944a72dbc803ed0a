//! Azure App Service: the HTTP log, as diagnostic records (category `AppServiceHTTPLogs`).
//!
//! The names are IIS's, without their dashes. A record that comes through an event hub has its properties as an object; one
//! that a storage account keeps has them as a JSON string, whose values are escaped twice. The path and the query stand
//! apart, and `TimeTaken` is in milliseconds (Microsoft, "AppServiceHTTPLogs").

use crate::field::Sink;
use crate::json::{As, Field, Found, Further, Keys, field, key};
use crate::{Escape, Fault, Format, Record};

/// One diagnostic record a line.
pub(crate) struct AzureAppservice;

impl Format for AzureAppservice {
    fn name(&self) -> &'static str {
        "azure_appservice"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["azure_app_service", "appservicehttplogs"]
    }

    fn about(&self) -> &'static str {
        "Azure App Service HTTP log"
    }

    fn example(&self) -> &'static str {
        r#"{"time":"2024-05-01T00:02:15.9893370Z","resourceId":"/SUBSCRIPTIONS/1/SITES/SHOP","category":"AppServiceHTTPLogs","properties":{"CsHost":"a.example","CIp":"192.0.2.7","SPort":"443","CsUriStem":"/a","CsUriQuery":"b=1","CsMethod":"GET","TimeTaken":42,"ScStatus":"200","CsBytes":"1189","ScBytes":"512","UserAgent":"curl/8.5","CsUsername":"-","Referer":"-","Protocol":"HTTP/1.1"}}"#
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let outer = Found::of(line, &KEYS)?;
        if !outer.get(Field::KIND).is_some_and(|kind| kind.eq_ignore_ascii_case(b"AppServiceHTTPLogs")) {
            return Err(Fault { at: 0, expected: "the category `AppServiceHTTPLogs`" });
        }
        let (found, escape) = properties(line, outer)?;
        if !found.has(Field::METHOD) && !found.has(Field::TARGET) {
            return Err(Fault { at: 0, expected: "the `properties` of a request" });
        }
        let mut record = Record { escape, ..found.record() };
        if escape == Escape::JsonTwice {
            record.time = Found::of(line, &KEYS)?.time(Field::TIME);
        }
        Ok(Some(record))
    }

    fn further<'a>(&'a self, line: &'a [u8], _: &Record<'a>, sink: Sink<'_, 'a>) {
        if let Ok(outer) = Found::of(line, &KEYS)
            && let Ok((found, _)) = properties(line, outer)
        {
            Further::tell(FURTHER, &found, sink);
        }
    }
}

/// The properties of a record, out of their string if they are in one, and how their values are escaped.
fn properties<'a>(line: &'a [u8], outer: Found<'a>) -> Result<(Found<'a>, Escape), Fault> {
    let Some(inside) = outer.get(INSIDE) else { return Ok((outer, Escape::Json)) };
    let shift = inside.as_ptr() as usize - line.as_ptr() as usize;
    let found = Found::quoted(inside, &PROPERTIES).map_err(|fault| Fault { at: fault.at + shift, ..fault })?;
    Ok((found, Escape::JsonTwice))
}

const INSIDE: Field = Field::further(0);
const COOKIE: Field = Field::further(1);
const COMPUTER: Field = Field::further(2);
const SUB_STATUS: Field = Field::further(3);

const FURTHER: &[Further] = &[
    Further("bytes_received", Field::REQUEST_BYTES, As::Integer),
    Further("cookie", COOKIE, As::Text),
    Further("server_name", COMPUTER, As::Text),
    Further("sub_status", SUB_STATUS, As::Integer),
];

static KEYS: Keys = Keys::new(&[
    field("time", Field::TIME, 0),
    field("EventTime", Field::TIME, 1),
    field("TimeGenerated", Field::TIME, 1),
    field("category", Field::KIND, 0),
    key("properties", INSIDE, 0, &PROPERTIES),
]);

static PROPERTIES: Keys = Keys::new(&[
    field("CsHost", Field::HOST, 0),
    field("CIp", Field::CLIENT, 0),
    field("SPort", Field::PORT, 0),
    field("CsUriStem", Field::TARGET, 0),
    field("CsUriQuery", Field::QUERY, 0),
    field("CsMethod", Field::METHOD, 0),
    field("TimeTaken", Field::MILLISECONDS, 0),
    field("ScStatus", Field::STATUS, 0),
    field("ScSubStatus", SUB_STATUS, 0),
    field("CsBytes", Field::REQUEST_BYTES, 0),
    field("ScBytes", Field::BYTES, 0),
    field("UserAgent", Field::AGENT, 0),
    field("Cookie", COOKIE, 0),
    field("CsUsername", Field::USER, 0),
    field("Referer", Field::REFERER, 0),
    field("ComputerName", COMPUTER, 0),
    field("Protocol", Field::PROTOCOL, 0),
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_properties_may_be_a_string() {
        let line = AzureAppservice.example();
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let string = serde_json::Value::from(value["properties"].to_string());
        let mut other = value;
        other["properties"] = string;
        let other = other.to_string();
        let (plain, quoted) = (
            AzureAppservice.parse(line.as_bytes()).unwrap().unwrap(),
            AzureAppservice.parse(other.as_bytes()).unwrap().unwrap(),
        );
        assert_eq!((plain.target, plain.query), (Some(&b"/a"[..]), Some(&b"b=1"[..])));
        assert_eq!((plain.status, plain.duration), (Some(200), Some(42_000_000)));
        assert_eq!(Record { escape: plain.escape, ..quoted }, plain);
    }

    #[test]
    fn other_categories_are_refused() {
        let line = AzureAppservice.example().replace("HTTPLogs", "ConsoleLogs");
        assert!(AzureAppservice.parse(line.as_bytes()).is_err());
    }
}
