//! The event that Amazon's Lambda hands to a function for a request of HTTP, as functions log it: one object a line.
//!
//! A function's URL and API Gateway's HTTP interfaces send version 2.0, REST interfaces version 1.0, the Application Load Balancer the
//! same without a time and with the client among the headers alone. The event is what was asked; what was answered it cannot hold.
//! Headers have capitals in one and none in the other.

use crate::json::{As, Field, Form, Found, Further, Keys, field, inner};

/// One event a line.
pub(crate) static AWS_LAMBDA_EVENT: Form = Form {
    name: "aws_lambda_event",
    aliases: &["lambda_url", "lambda_event"],
    about: "Requests as AWS Lambda hands them to functions (function URLs, API Gateway)",
    example: r#"{"version":"2.0","routeKey":"$default","rawPath":"/a","rawQueryString":"b=1","headers":{"user-agent":"curl/8.5","host":"x1.lambda-url.us-east-1.on.aws"},"requestContext":{"accountId":"anonymous","apiId":"x1","domainName":"x1.lambda-url.us-east-1.on.aws","http":{"method":"GET","path":"/a","protocol":"HTTP/1.1","sourceIp":"192.0.2.7","userAgent":"curl/8.5"},"requestId":"6d2a","stage":"$default","time":"01/May/2024:00:02:15 +0000","timeEpoch":1714521735250},"isBase64Encoded":false}"#,
    holds: b"\"isBase64Encoded\"",
    keys: &KEYS,
    missing,
    finish: Form::AS_FOUND,
    further: &[Further("operation", ROUTE, As::Text), Further("stage", STAGE, As::Text)],
    more: Form::NO_MORE,
};

const ROUTE: Field = Field::further(0);
const STAGE: Field = Field::further(1);

static KEYS: Keys = Keys::new(&[
    field("rawPath", Field::TARGET, 0),
    field("rawQueryString", Field::QUERY, 0),
    field("path", Field::TARGET, 1),
    field("httpMethod", Field::METHOD, 1),
    field("routeKey", ROUTE, 0),
    field("resource", ROUTE, 1),
    inner("headers", &HEADERS),
    inner("requestContext", &CONTEXT),
    field("isBase64Encoded", Field::MARK, 0),
]);

static CONTEXT: Keys = Keys::new(&[
    inner("http", &HTTP),
    inner("identity", &IDENTITY),
    inner("elb", &ELB),
    field("domainName", Field::HOST, 0),
    field("requestId", Field::REQUEST_ID, 0),
    field("stage", STAGE, 0),
    field("protocol", Field::PROTOCOL, 0),
    field("timeEpoch", Field::TIME, 0),
    field("requestTimeEpoch", Field::TIME, 0),
]);

static HTTP: Keys = Keys::new(&[
    field("method", Field::METHOD, 0),
    field("protocol", Field::PROTOCOL, 0),
    field("sourceIp", Field::CLIENT, 0),
    field("userAgent", Field::AGENT, 0),
]);

static IDENTITY: Keys = Keys::new(&[
    field("sourceIp", Field::CLIENT, 0),
    field("userAgent", Field::AGENT, 0),
    field("userArn", Field::USER, 0),
]);

static ELB: Keys = Keys::new(&[field("targetGroupArn", Field::NETWORK, 0)]);

static HEADERS: Keys = Keys::new(&[
    field("host", Field::HOST, 1),
    field("Host", Field::HOST, 1),
    field("user-agent", Field::AGENT, 1),
    field("User-Agent", Field::AGENT, 1),
    field("referer", Field::REFERER, 0),
    field("Referer", Field::REFERER, 0),
    field("x-forwarded-for", Field::FORWARDED, 0),
    field("X-Forwarded-For", Field::FORWARDED, 0),
    field("x-amzn-trace-id", Field::REQUEST_ID, 1),
    field("X-Amzn-Trace-Id", Field::REQUEST_ID, 1),
]);

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_of_gateway = found.has(Field::CLIENT) && found.has(Field::TIME) || found.has(Field::NETWORK);
    let is_request = found.has(Field::METHOD) && found.has(Field::TARGET);
    if is_request && is_of_gateway && found.is_named(Field::MARK) {
        None
    } else {
        Some("a path, and a method, a time and a client in `requestContext`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn versions_keep_the_request_in_other_places() {
        let first = r#"{"resource":"/{proxy+}","path":"/a","httpMethod":"GET","headers":{"User-Agent":"curl/8.5","Host":"a.example"},"queryStringParameters":{"b":"1"},"requestContext":{"identity":{"sourceIp":"192.0.2.7","userAgent":"curl/8.5"},"httpMethod":"GET","requestTimeEpoch":1714521735250,"path":"/prod/a","protocol":"HTTP/1.1","requestId":"c6af"},"body":null,"isBase64Encoded":false}"#;
        for line in [AWS_LAMBDA_EVENT.example, first] {
            let record = AWS_LAMBDA_EVENT.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.method), (Some(&b"192.0.2.7"[..]), Some(&b"GET"[..])), "{line}");
            assert_eq!((record.target, record.agent), (Some(&b"/a"[..]), Some(&b"curl/8.5"[..])));
            assert_eq!((record.protocol, record.status), (Some(&b"HTTP/1.1"[..]), None));
            assert_eq!(record.time, Time::from_parts(1_714_521_735, 250_000_000));
        }
    }

    #[test]
    fn an_event_of_a_queue_is_no_request() {
        let example = AWS_LAMBDA_EVENT.example;
        for line in [
            r#"{"Records":[{"eventSource":"aws:sqs","body":"a"}]}"#,
            &example.replace("isBase64Encoded", "other"),
            &example.replace("sourceIp", "ip"),
        ] {
            assert!(AWS_LAMBDA_EVENT.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
