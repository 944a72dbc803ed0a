//! Azure Application Gateway: the access log, as diagnostic records.
//!
//! Two generations share the category and most names. The first counts `timeTaken` in milliseconds and keeps its own
//! routing notes in `requestQuery`; the second counts seconds, keeps the query there, and has the target whole as
//! `originalRequestUriWithArgs`. Which of them a record is follows from keys that only the second has. The firewall's
//! log, the performance log and the health of the resource are other categories, and are refused.
//!
//! Log Analytics exports the same as tables, the properties at the top: of `AzureDiagnostics` with a letter for the type of
//! each behind its name (`httpStatus_d`), of `AGWAccessLogs` with a capital.

use memchr::memmem;

use crate::json::{As, Field, Form, Found, Further, Keys, field, inner};
use crate::url::tell_address;
use crate::{Record, Value};

/// One diagnostic record a line.
pub(crate) static AZURE_APPGW: Form = Form {
    name: "azure_appgw",
    aliases: &["azure_application_gateway"],
    about: "Azure Application Gateway access log",
    example: r#"{"timeStamp":"2024-05-01T00:02:15+00:00","resourceId":"/SUBSCRIPTIONS/1/APPLICATIONGATEWAYS/GW","operationName":"ApplicationGatewayAccess","category":"ApplicationGatewayAccessLog","properties":{"instanceId":"ApplicationGatewayRole_IN_0","clientIP":"192.0.2.7","clientPort":62424,"httpMethod":"GET","originalRequestUriWithArgs":"/a?b=1","requestUri":"/a","requestQuery":"b=1","userAgent":"curl/8.5","httpStatus":200,"httpVersion":"HTTP/1.1","receivedBytes":65,"sentBytes":553,"timeTaken":0.012,"sslEnabled":"on","sslProtocol":"TLSv1.2","serverRouted":"10.0.0.5:80","serverStatus":"200","host":"a.example"}}"#,
    holds: b"",
    keys: &KEYS,
    missing,
    finish,
    further: &[
        Further("client_port", Field::CLIENT_PORT, As::Integer),
        Further("bytes_received", Field::REQUEST_BYTES, As::Integer),
        Further("upstream_addr", Field::UPSTREAM, As::Text),
        Further("upstream_status", Field::UPSTREAM_STATUS, As::Integer),
        Further("upstream_time_s", Field::UPSTREAM_SECONDS, As::Decimal),
        Further("original_host", ORIGINAL_HOST, As::Text),
    ],
    more: |found, record, sink| {
        tell_address("upstream_ip", "upstream_port", record.upstream, sink);
        if found.has(QUERY) && record.query.is_none() && !found.has(WHOLE) {
            sink("query", Value::Absent);
        }
    },
};

const WHOLE: Field = Field::further(0);
const QUERY: Field = Field::further(1);
const TAKEN: Field = Field::further(2);
const ORIGINAL_HOST: Field = Field::further(3);
const ENABLED: Field = Field::further(4);

static KEYS: Keys = Keys::new(&[
    field("timeStamp", Field::TIME, 0),
    field("time", Field::TIME, 0),
    field("timestamp", Field::TIME, 0),
    field("TimeGenerated", Field::TIME, 1),
    field("category", Field::KIND, 0),
    field("Category", Field::KIND, 0),
    field("operationName", Field::MARK, 0),
    field("OperationName", Field::MARK, 0),
    inner("properties", &PROPERTIES),
    field("clientIP_s", Field::CLIENT, 0),
    field("clientPort_d", Field::CLIENT_PORT, 0),
    field("httpMethod_s", Field::METHOD, 0),
    field("originalRequestUriWithArgs_s", WHOLE, 0),
    field("requestUri_s", Field::TARGET, 0),
    field("requestQuery_s", QUERY, 0),
    field("userAgent_s", Field::AGENT, 0),
    field("httpStatus_d", Field::STATUS, 0),
    field("httpVersion_s", Field::PROTOCOL, 0),
    field("receivedBytes_d", Field::REQUEST_BYTES, 0),
    field("sentBytes_d", Field::BYTES, 0),
    field("timeTaken_d", TAKEN, 0),
    field("sslEnabled_s", ENABLED, 0),
    field("sslProtocol_s", Field::TLS_VERSION, 0),
    field("serverRouted_s", Field::UPSTREAM, 0),
    field("serverStatus_s", Field::UPSTREAM_STATUS, 0),
    field("transactionId_g", Field::REQUEST_ID, 0),
    field("host_s", Field::HOST, 0),
    field("originalHost_s", ORIGINAL_HOST, 0),
    field("ClientIp", Field::CLIENT, 0),
    field("ClientPort", Field::CLIENT_PORT, 0),
    field("HttpMethod", Field::METHOD, 0),
    field("OriginalRequestUriWithArgs", WHOLE, 0),
    field("RequestUri", Field::TARGET, 0),
    field("RequestQuery", QUERY, 0),
    field("UserAgent", Field::AGENT, 0),
    field("HttpStatus", Field::STATUS, 0),
    field("HttpVersion", Field::PROTOCOL, 0),
    field("ReceivedBytes", Field::REQUEST_BYTES, 0),
    field("SentBytes", Field::BYTES, 0),
    field("TimeTaken", TAKEN, 0),
    field("SslEnabled", ENABLED, 0),
    field("SslProtocol", Field::TLS_VERSION, 0),
    field("ServerRouted", Field::UPSTREAM, 0),
    field("ServerStatus", Field::UPSTREAM_STATUS, 0),
    field("TransactionId", Field::REQUEST_ID, 0),
    field("Host", Field::HOST, 0),
    field("OriginalHost", ORIGINAL_HOST, 0),
]);

static PROPERTIES: Keys = Keys::new(&[
    field("clientIP", Field::CLIENT, 0),
    field("clientIp", Field::CLIENT, 0),
    field("clientPort", Field::CLIENT_PORT, 0),
    field("httpMethod", Field::METHOD, 0),
    field("originalRequestUriWithArgs", WHOLE, 0),
    field("requestUri", Field::TARGET, 0),
    field("requestQuery", QUERY, 0),
    field("userAgent", Field::AGENT, 0),
    field("httpStatus", Field::STATUS, 0),
    field("httpVersion", Field::PROTOCOL, 0),
    field("receivedBytes", Field::REQUEST_BYTES, 0),
    field("sentBytes", Field::BYTES, 0),
    field("timeTaken", TAKEN, 0),
    field("sslEnabled", ENABLED, 0),
    field("sslProtocol", Field::TLS_VERSION, 0),
    field("sslCipher", Field::TLS_CIPHER, 0),
    field("serverRouted", Field::UPSTREAM, 0),
    field("serverStatus", Field::UPSTREAM_STATUS, 0),
    field("serverResponseLatency", Field::UPSTREAM_SECONDS, 0),
    field("transactionId", Field::REQUEST_ID, 0),
    field("host", Field::HOST, 0),
    field("originalHost", ORIGINAL_HOST, 0),
    field("referer", Field::REFERER, 0),
]);

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_access = match found.get(Field::KIND) {
        Some(kind) => kind.eq_ignore_ascii_case(b"ApplicationGatewayAccessLog"),
        None => found.get(Field::MARK) == Some(b"ApplicationGatewayAccess"),
    };
    match () {
        () if !is_access => Some("the category `ApplicationGatewayAccessLog`"),
        () if !found.has(Field::METHOD) && !found.has(Field::TARGET) => Some("the `properties` of a request"),
        () => None,
    }
}

/// Whether the gateway is of the second generation.
fn is_second(found: &Found<'_>) -> bool {
    let routing = found.get(QUERY).is_some_and(|query| memmem::find(query, b"SERVER-ROUTED=").is_some());
    let second = [WHOLE, Field::UPSTREAM, Field::UPSTREAM_STATUS, Field::UPSTREAM_SECONDS, Field::TLS_VERSION];
    !routing && second.into_iter().any(|field| found.is_named(field))
}

fn finish<'a>(found: &Found<'a>, record: &mut Record<'a>) {
    // Milliseconds were whole.
    let is_second = is_second(found) || found.get(TAKEN).is_some_and(|taken| taken.contains(&b'.'));
    record.duration = found.duration_of(TAKEN, if is_second { 1e9 } else { 1e6 });
    match found.get(WHOLE) {
        Some(whole) => record.target = Some(whole),
        None => record.query = found.get(QUERY).filter(|_| is_second),
    }
    record.host = record.host.or_else(|| found.get(ORIGINAL_HOST));
    record.scheme = match found.get(ENABLED) {
        Some(b"on") => Some(b"https"),
        Some(b"off") => Some(b"http"),
        _ => None,
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fault, Format};

    fn parse(line: &str) -> Result<Record<'_>, Fault> {
        AZURE_APPGW.parse(line.as_bytes()).map(|record| record.unwrap())
    }

    #[test]
    fn the_second_generation_counts_seconds_and_keeps_the_target() {
        let record = parse(AZURE_APPGW.example).unwrap();
        assert_eq!((record.target, record.query), (Some(&b"/a?b=1"[..]), None));
        assert_eq!((record.duration, record.status), (Some(12_000_000), Some(200)));
    }

    #[test]
    fn the_first_generation_counts_milliseconds_and_notes_its_routing() {
        let record = parse(
            r#"{"operationName":"ApplicationGatewayAccess","time":"2017-04-26T19:27:38Z","category":"ApplicationGatewayAccessLog","properties":{"instanceId":"ApplicationGatewayRole_IN_0","clientIP":"192.0.2.7","clientPort":46886,"httpMethod":"GET","requestUri":"/phpmyadmin/scripts/setup.php","requestQuery":"X-AzureApplicationGateway-CACHE-HIT=0&SERVER-ROUTED=10.4.0.4&SERVER-STATUS=404","userAgent":"-","httpStatus":"404","httpVersion":"HTTP/1.0","receivedBytes":65,"sentBytes":553,"timeTaken":205,"sslEnabled":"off"}}"#,
        )
        .unwrap();
        assert_eq!((record.duration, record.status), (Some(205_000_000), Some(404)));
        assert_eq!((record.query, record.agent, record.scheme), (None, None, Some(&b"http"[..])));
    }

    #[test]
    fn other_categories_are_refused() {
        for category in ["ApplicationGatewayFirewallLog", "ApplicationGatewayPerformanceLog", "ResourceHealth"] {
            let line = AZURE_APPGW.example.replace("ApplicationGatewayAccessLog", category);
            assert_eq!(parse(&line).unwrap_err().expected, "the category `ApplicationGatewayAccessLog`");
        }
    }
}
